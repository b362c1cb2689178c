//! What is computed row by row: norms, biases, activations, dropout. `[tokens, width]` throughout.
//!
//! Sums over rows are taken in pieces of [`PIECE`] rows whose order does not depend on the number of threads.

use rayon::prelude::*;

use super::packing::mix;
use crate::arithmetic::{exp, sum, vectorize};
use crate::config::Activation;

/// Rows of a piece that one thread takes.
const PIECE: usize = 64;

/// What the way back through a norm needs.
#[derive(Debug, Default)]
pub(super) struct NormTape {
    /// Rows with mean 0 and variance 1, `[tokens, width]`.
    pub normal: Vec<f32>,
    /// `1 / deviation` of each row.
    scale: Vec<f32>,
}

/// `out = norm(x) * weight + bias`.
pub(super) fn norm(x: &[f32], weight: &[f32], bias: &[f32], epsilon: f32, tape: &mut NormTape, out: &mut [f32]) {
    let width = weight.len();
    tape.normal.resize(x.len(), 0.0);
    tape.scale.resize(x.len() / width, 0.0);
    let rows = x.par_chunks(width).zip(tape.normal.par_chunks_mut(width)).zip(&mut tape.scale);
    rows.zip(out.par_chunks_mut(width)).with_min_len(PIECE).for_each(|(((x, normal), scale), out)| {
        vectorize(
            #[inline(always)]
            || {
                let mean = sum(x, |x| x) / width as f32;
                let variance = sum(x, |x| (x - mean) * (x - mean)) / width as f32;
                *scale = 1.0 / (variance + epsilon).sqrt();
                for (normal, &x) in normal.iter_mut().zip(x) {
                    *normal = (x - mean) * *scale;
                }
            },
        );
        affine(normal, weight, bias, out);
    });
}

/// `out = normal * weight + bias` for all rows: what a norm gave.
pub(super) fn norm_again(tape: &NormTape, weight: &[f32], bias: &[f32], out: &mut [f32]) {
    let width = weight.len();
    let rows = tape.normal.par_chunks(width).zip(out.par_chunks_mut(width));
    rows.with_min_len(PIECE).for_each(|(normal, out)| affine(normal, weight, bias, out));
}

fn affine(normal: &[f32], weight: &[f32], bias: &[f32], out: &mut [f32]) {
    vectorize(
        #[inline(always)]
        || {
            for (((out, &normal), &weight), &bias) in out.iter_mut().zip(normal).zip(weight).zip(bias) {
                *out = normal * weight + bias;
            }
        },
    );
}

/// Adds to `dx` what a norm passes back of `dout`, and to the gradients of its weight and bias.
pub(super) fn norm_back(
    tape: &NormTape,
    weight: &[f32],
    dout: &[f32],
    dx: &mut [f32],
    dweight: &mut [f32],
    dbias: &mut [f32],
) {
    let width = weight.len();
    let pieces = dx.par_chunks_mut(width * PIECE).zip(dout.par_chunks(width * PIECE));
    let pieces = pieces.zip(tape.normal.par_chunks(width * PIECE)).zip(tape.scale.par_chunks(PIECE));
    let sums: Vec<Vec<f32>> = pieces
        .map(|(((dx, dout), normal), scale)| {
            let mut sums = vec![0.0; 2 * width];
            let (dweight, dbias) = sums.split_at_mut(width);
            let rows = dx.chunks_mut(width).zip(dout.chunks(width)).zip(normal.chunks(width)).zip(scale);
            for (((dx, dout), normal), &scale) in rows {
                vectorize(
                    #[inline(always)]
                    || {
                        let (mut total, mut along) = ([0.0f32; 16], [0.0f32; 16]);
                        for (at, ((&d, &w), &n)) in dout.iter().zip(weight).zip(normal).enumerate() {
                            total[at % 16] += d * w;
                            along[at % 16] += d * w * n;
                        }
                        let mean = total.iter().sum::<f32>() / width as f32;
                        let along = along.iter().sum::<f32>() / width as f32;
                        for (((dx, &d), &w), &n) in dx.iter_mut().zip(dout).zip(weight).zip(normal) {
                            *dx += scale * (d * w - mean - n * along);
                        }
                        for (((dw, db), &d), &n) in dweight.iter_mut().zip(dbias.iter_mut()).zip(dout).zip(normal) {
                            *dw += d * n;
                            *db += d;
                        }
                    },
                );
            }
            sums
        })
        .collect();
    for sums in sums {
        add(dweight, &sums[..width]);
        add(dbias, &sums[width..]);
    }
}

/// Adds a bias to each row.
pub(super) fn add_bias(x: &mut [f32], bias: &[f32]) {
    x.par_chunks_mut(bias.len()).with_min_len(PIECE).for_each(|row| add(row, bias));
}

/// Adds the sum of all rows to the gradient of a bias.
pub(super) fn bias_back(dout: &[f32], dbias: &mut [f32]) {
    let width = dbias.len();
    let pieces = dout.par_chunks(width * PIECE);
    let sums: Vec<Vec<f32>> = pieces
        .map(|rows| {
            let mut sum = vec![0.0; width];
            rows.chunks(width).for_each(|row| add(&mut sum, row));
            sum
        })
        .collect();
    sums.iter().for_each(|sum| add(dbias, sum));
}

/// `x += y`.
pub(super) fn add(x: &mut [f32], y: &[f32]) {
    vectorize(
        #[inline(always)]
        || {
            for (x, &y) in x.iter_mut().zip(y) {
                *x += y;
            }
        },
    );
}

/// `out = activation(x)`.
pub(super) fn activate(activation: Activation, x: &[f32], out: &mut [f32]) {
    each(activation, x, out, Way::Forth);
}

/// `dx *= activation'(x)`.
pub(super) fn activate_back(activation: Activation, x: &[f32], dx: &mut [f32]) {
    each(activation, x, dx, Way::Back);
}

#[derive(Clone, Copy)]
enum Way {
    Forth,
    Back,
}

fn each(activation: Activation, x: &[f32], out: &mut [f32], way: Way) {
    const NUMBERS: usize = 1 << 14;
    // One loop for each activation and way: a choice inside of it would keep it from being vectorised.
    macro_rules! each {
        ($($variant:ident),*) => {
            match (activation, way) {
                $((Activation::$variant, Way::Forth) => run(x, out, |out, x| {
                    vectorize(#[inline(always)] || for (out, &x) in out.iter_mut().zip(x) {
                        *out = crate::arithmetic::activate(Activation::$variant, x);
                    });
                }),
                (Activation::$variant, Way::Back) => run(x, out, |out, x| {
                    vectorize(#[inline(always)] || for (out, &x) in out.iter_mut().zip(x) {
                        *out *= slope(Activation::$variant, x);
                    });
                }),)*
            }
        };
    }
    fn run(x: &[f32], out: &mut [f32], work: impl Fn(&mut [f32], &[f32]) + Sync + Send) {
        out.par_chunks_mut(NUMBERS).zip(x.par_chunks(NUMBERS)).for_each(|(out, x)| work(out, x));
    }
    each!(GeluNew, Gelu, Relu, Silu, Tanh);
}

/// Derivative of an activation.
#[inline(always)]
fn slope(activation: Activation, x: f32) -> f32 {
    let sigmoid = |x: f32| 1.0 / (1.0 + exp(-x));
    match activation {
        // x s(2u) with u = sqrt(2/pi) (x + 0.044715 x^3): s + x s (1 - s) 2u'.
        Activation::GeluNew => {
            let s = sigmoid(1.595_769 * (x + 0.044_715 * x * x * x));
            s + x * s * (1.0 - s) * 1.595_769 * (1.0 + 0.134_145 * x * x)
        }
        // Phi(x) + x phi(x); Phi(x) = gelu(x) / x, which the half of x below 1e-3 is as good as.
        Activation::Gelu => {
            let phi = 0.398_942_3 * exp(-0.5 * x * x);
            let cumulative = if x.abs() < 1e-3 {
                0.5 + 0.398_942_3 * x
            } else {
                crate::arithmetic::activate(Activation::Gelu, x) / x
            };
            cumulative + x * phi
        }
        Activation::Relu => f32::from(u8::from(x > 0.0)),
        Activation::Silu => {
            let s = sigmoid(x);
            s + x * s * (1.0 - s)
        }
        Activation::Tanh => {
            let t = crate::arithmetic::activate(Activation::Tanh, x);
            1.0 - t * t
        }
    }
}

/// Dropout at one place of the model in one step: which numbers go is a function of the seed and their index, so that
/// the way back drops the same ones without a record of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dropout {
    /// Share that goes, 0 to 1.
    pub share: f32,
    /// Different in each step and at each place.
    pub key: u64,
}

impl Dropout {
    /// Another one, for a place inside this one.
    pub fn at(self, place: u64) -> Self {
        Self { key: mix(self.key ^ place.wrapping_mul(0x9e37_79b9_7f4a_7c15)), ..self }
    }

    /// Multiplies each number with 0, or with so much that the mean stays. `first` is the index of the first one.
    pub fn drop_from(self, first: usize, x: &mut [f32]) {
        // 24 bits: what an f32 holds. A share below one half of the smallest step drops nothing.
        let below = (self.share * (1u32 << 24) as f32) as u32;
        let (stays, key, first) =
            (1.0 / (1.0 - self.share), self.key as u32, (first as u32).wrapping_add((self.key >> 32) as u32));
        vectorize(
            #[inline(always)]
            || {
                for (at, x) in x.iter_mut().enumerate() {
                    let drawn = mix_32(first.wrapping_add(at as u32) ^ key) >> 8;
                    *x *= if drawn < below { 0.0 } else { stays };
                }
            },
        );
    }

    /// Drops from all of `x`.
    pub fn apply(self, x: &mut [f32]) {
        if self.share <= 0.0 {
            return;
        }
        const NUMBERS: usize = 1 << 12;
        let pieces = x.par_chunks_mut(NUMBERS).enumerate();
        pieces.for_each(|(piece, x)| self.drop_from(piece * NUMBERS, x));
    }
}

/// The finisher of `MurmurHash3` for 32 bits (Appleby 2011, public domain): products of 32 bits are vectorised.
#[inline(always)]
fn mix_32(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
    let x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
    x ^ (x >> 16)
}
