//! Plain Rust, which says what the others compute.

use super::{Factor, LANES, PAGE_QUADS, Part, Q4Block, Q8Block, Quads};
use crate::quantize::{QUADS, widen};

/// Sums of products of 16 outputs with `R` rows: `sum of (quant - 128) x`.
fn dot<const R: usize>(quants: &[Quads], x: &[[i32; R]], factors: &[Factor; R]) -> [[i32; LANES]; R] {
    // The numbers come with 128 added.
    let mut sums = factors.map(|factor| [-128 * factor.sum; LANES]);
    for (quants, x) in quants.iter().zip(x) {
        for (sums, x) in sums.iter_mut().zip(x) {
            let x = x.to_le_bytes().map(|x| i32::from(x as i8));
            for lane in 0..LANES {
                for i in 0..4 {
                    sums[lane] += i32::from(quants[4 * lane + i]) * x[i];
                }
            }
        }
    }
    sums
}

pub(super) fn q8<const R: usize>(weights: &[Q8Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let mut totals = [[0.0f32; LANES]; R];
    for ((block, x), factors) in weights.iter().zip(x.chunks(QUADS)).zip(factors) {
        let sums = dot(&block.quants, x, factors);
        for r in 0..R {
            for lane in 0..LANES {
                let scale = widen(block.scales[lane]) * factors[r].scale;
                totals[r][lane] = (sums[r][lane] as f32).mul_add(scale, totals[r][lane]);
            }
        }
    }
    totals
}

pub(super) fn q4<const R: usize>(weights: &[Q4Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let mut totals = [[0.0f32; LANES]; R];
    for ((block, x), factors) in weights.iter().zip(x.chunks(QUADS)).zip(factors) {
        for r in 0..R {
            let mut sums = [0; LANES];
            for (quants, x) in block.quants.iter().zip(x) {
                let x = x[r].to_le_bytes().map(|x| i32::from(x as i8));
                for lane in 0..LANES / 2 {
                    for i in 0..4 {
                        let byte = i32::from(quants[4 * lane + i]);
                        sums[lane] += (byte & 15) * x[i];
                        sums[lane + LANES / 2] += (byte >> 4) * x[i];
                    }
                }
            }
            // Sum of (s q + m) x = s * (sum of q x) + m * (sum of x).
            let offset = factors[r].scale * factors[r].sum as f32;
            for lane in 0..LANES {
                let scale = widen(block.scales[lane]) * factors[r].scale;
                let total = (sums[lane] as f32).mul_add(scale, totals[r][lane]);
                totals[r][lane] = widen(block.minimums[lane]).mul_add(offset, total);
            }
        }
    }
    totals
}

pub(super) fn scores<'a, const R: usize>(
    keys: impl Fn(usize) -> Part<'a>,
    x: &[[i32; R]],
    factors: &[Factor; R],
    out: [&mut [[f32; LANES]]; R],
) {
    for page in 0..out[0].len() {
        let Part { quads, scales } = keys(page);
        let sums = dot(quads, x, factors);
        for r in 0..R {
            for lane in 0..LANES {
                out[r][page][lane] = sums[r][lane] as f32 * (scales[lane] * factors[r].scale);
            }
        }
    }
}

pub(super) fn weigh<'a, const R: usize, const B: usize>(
    values: impl Fn(usize) -> &'a [Quads],
    x: &[[[i32; R]; PAGE_QUADS]],
    factors: &[[Factor; R]],
) -> [[[f32; LANES]; B]; R] {
    let mut totals = [[[0.0f32; LANES]; B]; R];
    for (page, (x, factors)) in x.iter().zip(factors).enumerate() {
        for (b, quads) in values(page).as_chunks::<PAGE_QUADS>().0[..B].iter().enumerate() {
            let sums = dot(quads, x, factors);
            for r in 0..R {
                for lane in 0..LANES {
                    totals[r][b][lane] = (sums[r][lane] as f32).mul_add(factors[r].scale, totals[r][b][lane]);
                }
            }
        }
    }
    totals
}
