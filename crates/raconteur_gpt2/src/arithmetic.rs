//! Elementary functions on slices, written so that every machine and every number of threads gives the same bits.
//!
//! Three rules: only `+ - * /` and `sqrt`, which IEEE 754 rounds in one way; no fused multiply-add, which not every
//! processor has; sums in `LANES` partial sums whose order does not depend on the vector width. `exp` is our own, as
//! the one of the system's library differs from system to system.

use crate::config::Activation;

/// Number of partial sums, and of outputs a kernel computes at once: two AVX2 registers, four NEON ones.
pub(crate) const LANES: usize = 16;

/// Runs `work` compiled for AVX2 where the processor has it. `work` and all it calls have to be inlined.
#[inline(always)]
pub(crate) fn vectorize<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(work);
    }
    work()
}

/// `e^x` within 2 units in the last place; 0 below -87, infinite above 88. (Cody-Waite reduction and the polynomial of
/// Cephes' expf, S. Moshier.)
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer with one addition each.
    const ROUND: f32 = 12_582_912.0;
    let clamped = x.clamp(-87.0, 88.0);
    let rounded = clamped * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = (clamped - n * LN2_HIGH) - n * LN2_LOW;
    let mut p = 1.987_569_2e-4_f32;
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p * r + c;
    }
    // `n` is also in the low bits of `rounded`.
    let power = f32::from_bits((rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127)) << 23);
    let value = (p * r * r + r + 1.0) * power;
    let value = if x < -87.0 { 0.0 } else { value };
    if x > 88.0 { f32::INFINITY } else { value }
}

/// Applies an activation to some numbers.
#[inline]
pub(crate) fn activate_all(activation: Activation, row: &mut [f32; LANES]) {
    // One loop for each activation: a choice inside of it would keep it from being vectorised.
    macro_rules! each {
        ($($variant:ident),*) => {
            match activation {
                $(Activation::$variant => vectorize(
                    #[inline(always)]
                    || {
                        for x in row.iter_mut() {
                            *x = activate(Activation::$variant, *x);
                        }
                    },
                )),*
            }
        };
    }
    each!(GeluNew, Gelu, Relu, Silu, Tanh);
}

/// Applies an activation to one number.
#[inline(always)]
pub(crate) fn activate(activation: Activation, x: f32) -> f32 {
    match activation {
        // 0.5 x (1 + tanh u) = x sigmoid(2u), with u = sqrt(2/pi) (x + 0.044715 x^3).
        Activation::GeluNew => x / (1.0 + exp(-1.595_769 * (x + 0.044_715 * x * x * x))),
        Activation::Gelu => 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2)),
        Activation::Relu => x.max(0.0),
        Activation::Silu => x / (1.0 + exp(-x)),
        Activation::Tanh => 1.0 - 2.0 / (1.0 + exp(2.0 * x)),
    }
}

/// The error function within 2e-7. (Abramowitz and Stegun, 7.1.26.)
#[inline(always)]
fn erf(x: f32) -> f32 {
    let a = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * a);
    let mut p = 1.061_405_4_f32;
    for c in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        p = p * t + c;
    }
    (1.0 - p * t * exp(-a * a)).copysign(x)
}

/// Sum in fixed order: lane `i % LANES`, then the lanes from first to last.
#[inline(always)]
pub(crate) fn sum(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0f32; LANES];
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += term(value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane += term(value);
    }
    lanes.iter().sum()
}

/// Whether none is infinite or NaN.
pub(crate) fn all_finite(values: &[f32]) -> bool {
    vectorize(
        #[inline(always)]
        || sum(values, |x| x * 0.0) == 0.0,
    )
}

/// The largest one, NaN left out; minus infinity of none.
pub(crate) fn largest(values: &[f32]) -> f32 {
    vectorize(
        #[inline(always)]
        || {
            let mut lanes = [f32::NEG_INFINITY; LANES];
            let (chunks, rest) = values.as_chunks::<LANES>();
            for chunk in chunks {
                for (lane, &value) in lanes.iter_mut().zip(chunk) {
                    *lane = if value > *lane { value } else { *lane };
                }
            }
            lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |max, &value| max.max(value))
        },
    )
}

/// Writes `exp((score - max) / temperature)` for every score and returns their sum, in f64.
pub(crate) fn weigh(scores: &[f32], max: f32, temperature: f32, weights: &mut [f32]) -> f64 {
    vectorize(
        #[inline(always)]
        || {
            for (weight, &score) in weights.iter_mut().zip(scores) {
                *weight = exp((score - max) / temperature);
            }
            let mut lanes = [0.0f64; LANES];
            let (chunks, rest) = weights.as_chunks::<LANES>();
            for chunk in chunks {
                for (lane, &weight) in lanes.iter_mut().zip(chunk) {
                    *lane += f64::from(weight);
                }
            }
            for (lane, &weight) in lanes.iter_mut().zip(rest) {
                *lane += f64::from(weight);
            }
            lanes.iter().sum()
        },
    )
}

/// Layer normalisation of one row into `out`.
pub(crate) fn layer_norm(row: &[f32], weight: &[f32], bias: &[f32], epsilon: f32, out: &mut [f32]) {
    vectorize(
        #[inline(always)]
        || {
            let mean = sum(row, |x| x) / row.len() as f32;
            let variance = sum(row, |x| (x - mean) * (x - mean)) / row.len() as f32;
            let scale = 1.0 / (variance + epsilon).sqrt();
            for (((out, &x), &weight), &bias) in out.iter_mut().zip(row).zip(weight).zip(bias) {
                *out = (x - mean) * scale * weight + bias;
            }
        },
    );
}

/// Replaces scores by `exp(score - max)` and returns their sum.
#[inline(always)]
pub(crate) fn softmax_unscaled(scores: &mut [f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = scores.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &score) in lanes.iter_mut().zip(chunk) {
            *lane = if score > *lane { score } else { *lane };
        }
    }
    let max = lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |max, &score| max.max(score));
    for score in scores.iter_mut() {
        *score = exp(*score - max);
    }
    sum(scores, |x| x)
}

/// Natural logarithm of the sum of `exp(logit)`.
pub(crate) fn log_sum_exp(logits: &[f32]) -> f64 {
    let max = largest(logits);
    let total = vectorize(
        #[inline(always)]
        || {
            let (chunks, rest) = logits.as_chunks::<LANES>();
            // Added up in f64: some 50,000 small terms would cost four digits in f32.
            let mut lanes = [0.0f64; LANES];
            for chunk in chunks {
                for (lane, &logit) in lanes.iter_mut().zip(chunk) {
                    *lane += f64::from(exp(logit - max));
                }
            }
            for (lane, &logit) in lanes.iter_mut().zip(rest) {
                *lane += f64::from(exp(logit - max));
            }
            lanes.iter().sum::<f64>()
        },
    );
    f64::from(max) + total.ln()
}

/// Natural logarithm of the probability that a softmax over `logits` gives to `index`.
#[must_use]
pub fn log_prob(logits: &[f32], index: usize) -> f32 {
    (f64::from(logits[index]) - log_sum_exp(logits)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_and_keeps_its_limits() {
        for i in -8700..8800 {
            let x = i as f32 * 0.01;
            let want = f64::from(x).exp();
            assert!((f64::from(exp(x)) - want).abs() <= want * 3e-7, "exp({x})");
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(f32::INFINITY), f32::INFINITY);
        assert!(exp(f32::NAN).is_nan());
    }

    #[test]
    fn activations_match_their_definitions() {
        for i in -100..100 {
            let x = i as f32 * 0.1;
            let d = f64::from(x);
            let tanh = (std::f64::consts::FRAC_2_PI.sqrt() * (d + 0.044_715 * d.powi(3))).tanh();
            let cases = [
                (Activation::GeluNew, 0.5 * d * (1.0 + tanh)),
                (Activation::Relu, d.max(0.0)),
                (Activation::Silu, d / (1.0 + (-d).exp())),
                (Activation::Tanh, d.tanh()),
            ];
            for (activation, want) in cases {
                assert!((f64::from(activate(activation, x)) - want).abs() < 2e-6, "{activation:?}({x})");
            }
        }
        // Values of the error function from Abramowitz and Stegun, table 7.1.
        for (x, want) in [(0.5, 0.520_499_9), (1.0, 0.842_700_8), (2.0, 0.995_322_3), (-1.0, -0.842_700_8)] {
            assert!((erf(x) - want).abs() < 3e-7, "erf({x})");
        }
    }

    #[test]
    fn sums_and_probabilities_do_not_depend_on_the_instruction_set() {
        let values: Vec<f32> = (0..1003).map(|i| ((i * 7919) % 1000) as f32 * 0.013 - 6.0).collect();
        let plain = sum(&values, |x| x * x);
        let wide = vectorize(
            #[inline(always)]
            || sum(&values, |x| x * x),
        );
        assert_eq!(plain.to_bits(), wide.to_bits());
        let (mut a, mut b) = (values.clone(), values.clone());
        let plain = softmax_unscaled(&mut a);
        let wide = vectorize(
            #[inline(always)]
            || softmax_unscaled(&mut b),
        );
        assert_eq!((plain.to_bits(), a), (wide.to_bits(), b));
        let total: f64 = (0..values.len()).map(|i| f64::from(log_prob(&values, i)).exp()).sum();
        assert!((total - 1.0).abs() < 1e-5);
    }
}
