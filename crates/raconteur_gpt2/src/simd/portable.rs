//! Plain Rust, which says what the others compute.

use super::{Factor, LANES, Q4Block, Q8Block};
use crate::quantize::{QUADS, widen};

pub(super) fn q8<const R: usize>(weights: &[Q8Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let mut totals = [[0.0f32; LANES]; R];
    for ((block, x), factors) in weights.iter().zip(x.chunks(QUADS)).zip(factors) {
        for r in 0..R {
            // The weights come with 128 added.
            let mut sums = [-128 * factors[r].sum; LANES];
            for (quants, x) in block.quants.iter().zip(x) {
                let x = x[r].to_le_bytes().map(|x| i32::from(x as i8));
                for lane in 0..LANES {
                    for i in 0..4 {
                        sums[lane] += i32::from(quants[4 * lane + i]) * x[i];
                    }
                }
            }
            for lane in 0..LANES {
                let scale = widen(block.scales[lane]) * factors[r].scale;
                totals[r][lane] = (sums[lane] as f32).mul_add(scale, totals[r][lane]);
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

pub(super) fn scores<const R: usize, const B: usize>(
    keys: [&[[i8; LANES]]; B],
    queries: [&[f32]; R],
) -> [[[f32; LANES]; R]; B] {
    let mut sums = [[[0.0f32; LANES]; R]; B];
    for (sums, keys) in sums.iter_mut().zip(keys) {
        for (sums, query) in sums.iter_mut().zip(queries) {
            for (keys, &q) in keys.iter().zip(query) {
                for lane in 0..LANES {
                    sums[lane] = q.mul_add(f32::from(keys[lane]), sums[lane]);
                }
            }
        }
    }
    sums
}

pub(super) fn weigh<const R: usize, const B: usize>(
    values: &[i8],
    dimensions: usize,
    first: usize,
    weights: [&[f32]; R],
    sums: &mut [[[f32; LANES]; B]; R],
) {
    for (sums, weights) in sums.iter_mut().zip(weights) {
        for (values, &weight) in values.chunks_exact(dimensions).zip(weights) {
            for (sum, &value) in sums.as_flattened_mut().iter_mut().zip(&values[first..]) {
                *sum = weight.mul_add(f32::from(value), *sum);
            }
        }
    }
}
