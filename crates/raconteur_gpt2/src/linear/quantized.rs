//! The kernels for 8- and 4-bit weights, and the activations they take.

use super::ROWS;
use super::integer::{Integer, Portable};
use crate::arithmetic::{LANES, vectorize};
use crate::parallel::for_each_piece;
use crate::quantize::{BLOCK, widen};

/// Largest magnitude of a rounded activation. A sum over a block is below `32 * 32767 * 127`, far within 32 bits.
const LARGEST: f32 = 32_767.0;

/// Rows of activations, rounded to 16 bits and laid out in groups of up to [`ROWS`] rows as the kernels read them.
pub(super) struct Activations {
    rows: usize,
    blocks: usize,
    /// Of each group: `[blocks, BLOCK / 2, rows of the group]`, two activations in each number.
    pairs: Vec<i32>,
    /// Of each group: `[blocks, rows of the group]`: scale, and scale times the sum of the rounded activations.
    scales: Vec<(f32, f32)>,
}

impl Activations {
    /// `x: [rows, inputs]`
    pub(super) fn new(x: &[f32], rows: usize, inputs: usize) -> Self {
        let blocks = inputs.div_ceil(BLOCK);
        let (per_row, per_group) = (blocks * BLOCK / 2, ROWS * blocks);
        let mut groups = vec![(0.0, 0.0); rows * blocks];
        let mut pairs = vec![0; rows * per_row];
        // Two buffers of different shape: the pairs are made on all threads, the scales, one for each 32 activations, are
        // written beside them.
        let mut work: Vec<_> =
            pairs.chunks_mut(ROWS * per_row).zip(groups.chunks_mut(per_group)).zip(x.chunks(ROWS * inputs)).collect();
        for_each_piece(&mut work, 1, 4, |_, work| {
            for ((pairs, scales), x) in work {
                let rows = x.len() / inputs;
                for (row, x) in x.chunks_exact(inputs).enumerate() {
                    vectorize(
                        #[inline(always)]
                        || round_row(x, row, rows, pairs, scales),
                    );
                }
            }
        });
        Self { rows, blocks, pairs, scales: groups }
    }

    /// Calls `work` for every group: number of rows, pairs, scales, and its part of the tile.
    #[inline(always)]
    fn for_each_group(&self, tile: &mut [f32], mut work: impl FnMut(usize, &[i32], &[(f32, f32)], &mut [f32])) {
        let per_row = self.blocks * BLOCK / 2;
        let pairs = self.pairs.chunks(ROWS * per_row);
        let scales = self.scales.chunks(ROWS * self.blocks);
        for (first, ((pairs, scales), tile)) in pairs.zip(scales).zip(tile.chunks_mut(ROWS * LANES)).enumerate() {
            work((self.rows - first * ROWS).min(ROWS), pairs, scales, tile);
        }
    }
}

/// Rounds one row of a group of `rows`.
#[inline(always)]
fn round_row(x: &[f32], row: usize, rows: usize, pairs: &mut [i32], scales: &mut [(f32, f32)]) {
    for (block, x) in x.chunks(BLOCK).enumerate() {
        let mut values = [0.0f32; BLOCK];
        values[..x.len()].copy_from_slice(x);
        let mut largest = 0.0f32;
        for &value in &values {
            largest = if value.abs() > largest { value.abs() } else { largest };
        }
        let scale = largest / LARGEST;
        let inverse = if scale > f32::MIN_POSITIVE { 1.0 / scale } else { 0.0 };
        // Not finite in, not finite out: whoever samples has to see it.
        let poison: f32 = values.iter().map(|value| value * 0.0).sum();
        let mut rounded = [0i32; BLOCK];
        for (rounded, value) in rounded.iter_mut().zip(values) {
            *rounded = ((value * inverse + 12_582_912.0) - 12_582_912.0) as i32;
        }
        let sum: i32 = rounded.iter().sum();
        let scale = scale + poison;
        scales[block * rows + row] = (scale, scale * sum as f32);
        for (i, &[first, second]) in rounded.as_chunks::<2>().0.iter().enumerate() {
            pairs[(block * BLOCK / 2 + i) * rows + row] = (first & 0xffff) | (second << 16);
        }
    }
}

/// One panel of 8-bit weights for all rows. Shapes as in `Weight::Q8_0`; `tile: [rows, LANES]`
pub(super) fn panel_q8_0(x: &Activations, quants: &[i8], scales: &[u16], tile: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(
            #[inline(always)]
            || q8_0(super::integer::Avx2(simd), x, quants, scales, tile),
        );
    }
    q8_0(Portable, x, quants, scales, tile);
}

/// One panel of 4-bit weights for all rows. Shapes as in `Weight::Q4`; `tile: [rows, LANES]`
pub(super) fn panel_q4(x: &Activations, quants: &[u8], scales: &[u16], minimums: &[u16], tile: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(
            #[inline(always)]
            || q4(super::integer::Avx2(simd), x, quants, scales, minimums, tile),
        );
    }
    q4(Portable, x, quants, scales, minimums, tile);
}

#[inline(always)]
pub(super) fn q8_0<I: Integer>(integer: I, x: &Activations, quants: &[i8], scales: &[u16], tile: &mut [f32]) {
    x.for_each_group(
        tile,
        #[inline(always)]
        |rows, pairs, factors, tile| match rows {
            1 => q8_0_group::<I, 1>(integer, quants, scales, pairs, factors, tile),
            2 => q8_0_group::<I, 2>(integer, quants, scales, pairs, factors, tile),
            3 => q8_0_group::<I, 3>(integer, quants, scales, pairs, factors, tile),
            _ => q8_0_group::<I, ROWS>(integer, quants, scales, pairs, factors, tile),
        },
    );
}

#[inline(always)]
fn q8_0_group<I: Integer, const R: usize>(
    integer: I,
    quants: &[i8],
    scales: &[u16],
    pairs: &[i32],
    factors: &[(f32, f32)],
    tile: &mut [f32],
) {
    let (quants, scales) = (quants.as_chunks::<{ BLOCK * LANES }>().0, scales.as_chunks::<LANES>().0);
    let (pairs, factors) = (pairs.as_chunks::<R>().0.chunks_exact(BLOCK / 2), factors.as_chunks::<R>().0);
    let mut totals = [[0.0f32; LANES]; R];
    for (((quants, scales), pairs), factors) in quants.iter().zip(scales).zip(pairs).zip(factors) {
        let mut sums = [integer.zero(); R];
        for (weights, x) in quants.as_chunks::<{ 2 * LANES }>().0.iter().zip(pairs) {
            let weights = integer.bytes(weights);
            for r in 0..R {
                sums[r] = integer.multiply_add(sums[r], weights, x[r]);
            }
        }
        for r in 0..R {
            let sums = integer.finish(sums[r]);
            for lane in 0..LANES {
                totals[r][lane] += widen(scales[lane]) * (factors[r].0 * sums[lane] as f32);
            }
        }
    }
    for (tile, totals) in tile.chunks_exact_mut(LANES).zip(&totals) {
        tile.copy_from_slice(totals);
    }
}

#[inline(always)]
pub(super) fn q4<I: Integer>(
    integer: I,
    x: &Activations,
    quants: &[u8],
    scales: &[u16],
    minimums: &[u16],
    tile: &mut [f32],
) {
    x.for_each_group(
        tile,
        #[inline(always)]
        |rows, pairs, factors, tile| match rows {
            1 => q4_group::<I, 1>(integer, quants, scales, minimums, pairs, factors, tile),
            2 => q4_group::<I, 2>(integer, quants, scales, minimums, pairs, factors, tile),
            3 => q4_group::<I, 3>(integer, quants, scales, minimums, pairs, factors, tile),
            _ => q4_group::<I, ROWS>(integer, quants, scales, minimums, pairs, factors, tile),
        },
    );
}

#[inline(always)]
fn q4_group<I: Integer, const R: usize>(
    integer: I,
    quants: &[u8],
    scales: &[u16],
    minimums: &[u16],
    pairs: &[i32],
    factors: &[(f32, f32)],
    tile: &mut [f32],
) {
    let (scales, minimums) = (scales.as_chunks::<LANES>().0, minimums.as_chunks::<LANES>().0);
    let quants = quants.as_chunks::<{ BLOCK / 2 * LANES }>().0;
    let (pairs, factors) = (pairs.as_chunks::<R>().0.chunks_exact(BLOCK / 2), factors.as_chunks::<R>().0);
    let mut totals = [[0.0f32; LANES]; R];
    let weights = quants.iter().zip(scales).zip(minimums);
    for (((quants, scales), minimums), (pairs, factors)) in weights.zip(pairs.zip(factors)) {
        let mut sums = [integer.zero(); R];
        for (weights, x) in quants.as_chunks::<LANES>().0.iter().zip(pairs) {
            let weights = integer.nibbles(weights);
            for r in 0..R {
                sums[r] = integer.multiply_add(sums[r], weights, x[r]);
            }
        }
        for r in 0..R {
            let sums = integer.finish(sums[r]);
            let (scale, sum) = factors[r];
            for lane in 0..LANES {
                // sum of (s q + m) x = s * (sum of q x) + m * (sum of x)
                totals[r][lane] += widen(scales[lane]) * (scale * sums[lane] as f32) + widen(minimums[lane]) * sum;
            }
        }
    }
    for (tile, totals) in tile.chunks_exact_mut(LANES).zip(&totals) {
        tile.copy_from_slice(totals);
    }
}
