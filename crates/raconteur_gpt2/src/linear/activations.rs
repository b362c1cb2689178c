//! Activations as the integer kernels take them.

use super::ROWS;
use crate::arithmetic::{LANES, vectorize};
use crate::parallel::for_each_piece;
use crate::quantize::{BLOCK, QUADS};
use crate::simd::Factor;

/// Most that the magnitudes of two neighbouring activations add up to, before rounding.
///
/// AVX2 multiplies bytes in pairs and adds the two products in 16 bits: 255 x (|a| + |b|) has to stay below 32768, and
/// rounding adds at most a half to each. So a block is scaled by its largest pair instead of its largest number, which
/// costs a third of a bit.
const LARGEST_PAIR: f32 = 127.0;

/// Rows of activations, rounded to 8 bits: a scale for each block, in groups of up to [`ROWS`] rows.
#[derive(Debug, Default)]
pub(crate) struct Activations {
    /// More than are in use, so that their memory is used again.
    groups: Vec<Group>,
}

/// Up to [`ROWS`] rows, as the kernels read them.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// `[blocks, QUADS, rows]`: four activations in each number, the first one in the lowest byte.
    quads: Vec<i32>,
    /// `[blocks, rows]`
    factors: Vec<Factor>,
}

impl Activations {
    /// `x: [rows, inputs]`
    pub(super) fn round(&mut self, x: &[f32], inputs: usize) {
        let rows = x.len() / inputs;
        let count = rows.div_ceil(ROWS);
        if self.groups.len() < count {
            self.groups.resize_with(count, Group::default);
        }
        for_each_piece(&mut self.groups[..count], 1, 2, |index, group| {
            let x = &x[index * ROWS * inputs..];
            let x = &x[..x.len().min(ROWS * inputs)];
            if let [group] = group {
                group.round(x, inputs);
            }
        });
    }

    /// A group of rows; an empty one where nothing was rounded, as for f32 weights.
    pub(super) fn group(&self, index: usize) -> &Group {
        const NONE: &Group = &Group { quads: Vec::new(), factors: Vec::new() };
        self.groups.get(index).unwrap_or(NONE)
    }
}

impl Group {
    /// Activations and factors of `R` rows.
    #[inline]
    pub(super) fn rows<const R: usize>(&self) -> (&[[i32; R]], &[[Factor; R]]) {
        (self.quads.as_chunks().0, self.factors.as_chunks().0)
    }

    fn round(&mut self, x: &[f32], inputs: usize) {
        let (rows, blocks) = (x.len() / inputs, inputs.div_ceil(BLOCK));
        self.quads.resize(blocks * QUADS * rows, 0);
        self.factors.resize(blocks * rows, Factor::default());
        for (row, x) in x.chunks_exact(inputs).enumerate() {
            vectorize(
                #[inline(always)]
                || {
                    for (block, x) in x.chunks(BLOCK).enumerate() {
                        let quads = &mut self.quads[block * QUADS * rows..][..QUADS * rows];
                        let factor = if let Some(x) = x.first_chunk() {
                            round_block(x, row, rows, quads)
                        } else {
                            let mut values = [0.0; BLOCK];
                            values[..x.len()].copy_from_slice(x);
                            round_block(&values, row, rows, quads)
                        };
                        self.factors[block * rows + row] = factor;
                    }
                },
            );
        }
    }
}

/// Rounds a block of one of `rows` rows into `quads: [QUADS, rows]`.
#[inline(always)]
fn round_block(x: &[f32; BLOCK], row: usize, rows: usize, quads: &mut [i32]) -> Factor {
    round_row(x.as_chunks().0, |quad, x| quads[quad * rows + row] = x)
}

/// Rounds numbers to 8 bits with one scale, and hands on four at a time, the first one in the lowest byte.
#[inline(always)]
pub(crate) fn round_row(x: &[[f32; LANES]], mut put: impl FnMut(usize, i32)) -> Factor {
    let mut largest = [0.0f32; LANES / 2];
    let mut poison = [0.0f32; LANES / 2];
    for x in x {
        for lane in 0..LANES / 2 {
            let pair = x[2 * lane].abs() + x[2 * lane + 1].abs();
            largest[lane] = if pair > largest[lane] { pair } else { largest[lane] };
            poison[lane] += pair * 0.0;
        }
    }
    let largest = largest.iter().fold(0.0f32, |max, &x| if x > max { x } else { max });
    if poison.iter().sum::<f32>() != 0.0 {
        // Not finite in, not finite out: whoever samples has to see it.
        for quad in 0..x.len() * LANES / 4 {
            put(quad, 0);
        }
        return Factor { scale: f32::NAN, sum: 0 };
    }
    let scale = largest / LARGEST_PAIR;
    let inverse = if scale > f32::MIN_POSITIVE { 1.0 / scale } else { 0.0 };
    let mut sums = [0i32; LANES];
    for (chunk, x) in x.iter().enumerate() {
        let mut rounded = [0i32; LANES];
        for lane in 0..LANES {
            // Adding 1.5 * 2^23 rounds to the nearest integer, which is then in the low bits.
            rounded[lane] = (x[lane] * inverse + 12_582_912.0).to_bits() as i32 - 0x4b40_0000;
            sums[lane] += rounded[lane];
        }
        for (quad, rounded) in rounded.as_chunks::<4>().0.iter().enumerate() {
            put(chunk * LANES / 4 + quad, i32::from_le_bytes(rounded.map(|x| x as u8)));
        }
    }
    Factor { scale, sum: sums.iter().sum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_never_exceed_what_sixteen_bits_hold() {
        for seed in 1..200u32 {
            let x: [f32; BLOCK] = std::array::from_fn(|i| {
                let noise = (seed.wrapping_mul(2_654_435_761) ^ (i as u32)).wrapping_mul(2_246_822_519) >> 8;
                // Neighbours of equal size are the worst case, and numbers halfway between two steps.
                if seed % 3 == 0 { 63.5 } else { noise as f32 / (1 << 23) as f32 - 1.0 }
            });
            let mut quads = [0; QUADS];
            let factor = round_block(&x, 0, 1, &mut quads);
            let bytes: Vec<i8> = quads.iter().flat_map(|quad| quad.to_le_bytes()).map(|byte| byte as i8).collect();
            for (pair, x) in bytes.chunks(2).zip(x.chunks(2)) {
                let magnitude = pair.iter().map(|&q| i32::from(q).abs()).sum::<i32>();
                assert!(255 * magnitude <= 32_767, "{pair:?}");
                for (&q, x) in pair.iter().zip(x) {
                    assert!((f32::from(q) * factor.scale - x).abs() <= 0.501 * factor.scale);
                }
            }
            assert_eq!(factor.sum, bytes.iter().map(|&q| i32::from(q)).sum::<i32>());
        }
    }
}
