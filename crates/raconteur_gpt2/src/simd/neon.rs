//! NEON: products of bytes in 16 bits, added up in pairs. (`sdot`, four products at once, is not in stable Rust yet.)

use std::arch::aarch64::*;

use pulp::cast;

use super::{Factor, LANES, Q4Block, Q8Block};
use crate::quantize::QUADS;

/// Registers that hold a number of each output.
const PARTS: usize = LANES / 4;

/// bf16 scales of a block as f32.
#[inline]
#[target_feature(enable = "neon")]
fn widen(scales: [u16; LANES]) -> [float32x4_t; PARTS] {
    let scales: [uint16x4_t; PARTS] = cast(scales);
    let mut wide = [vdupq_n_f32(0.0); PARTS];
    for part in 0..PARTS {
        wide[part] = vreinterpretq_f32_u32(vshll_n_u16::<16>(scales[part]));
    }
    wide
}

/// Four activations, as often as they fit.
#[inline]
#[target_feature(enable = "neon")]
fn repeat(quad: i32) -> int8x16_t {
    vreinterpretq_s8_s32(vdupq_n_s32(quad))
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn q8<const R: usize>(weights: &[Q8Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let sign = vdupq_n_s8(-128);
    let mut totals = [[vdupq_n_f32(0.0); PARTS]; R];
    for ((block, x), factors) in weights.iter().zip(x.as_chunks::<QUADS>().0).zip(factors) {
        let mut sums = [[vdupq_n_s32(0); PARTS]; R];
        for (quants, x) in block.quants.as_chunks::<2>().0.iter().zip(x.as_chunks::<2>().0) {
            let mut quants: [[int8x16_t; PARTS]; 2] = cast(*quants);
            for quants in quants.as_flattened_mut() {
                *quants = veorq_s8(*quants, sign);
            }
            let [w0, w1] = quants;
            for r in 0..R {
                let (x0, x1) = (repeat(x[0][r]), repeat(x[1][r]));
                for part in 0..PARTS {
                    // Two neighbours of two quads: 2 x 127 x 128 at most, which fits into 16 bits.
                    let low = vmull_s8(vget_low_s8(w0[part]), vget_low_s8(x0));
                    let low = vmlal_s8(low, vget_low_s8(w1[part]), vget_low_s8(x1));
                    let high = vmlal_high_s8(vmull_high_s8(w0[part], x0), w1[part], x1);
                    sums[r][part] = vpadalq_s16(sums[r][part], vpaddq_s16(low, high));
                }
            }
        }
        let scales = widen(block.scales);
        for r in 0..R {
            for part in 0..PARTS {
                let scale = vmulq_n_f32(scales[part], factors[r].scale);
                totals[r][part] = vfmaq_f32(totals[r][part], vcvtq_f32_s32(sums[r][part]), scale);
            }
        }
    }
    totals.map(cast)
}

/// Sums of a block for the eight outputs whose weights are in the low or the high halves of the bytes.
#[inline]
#[target_feature(enable = "neon")]
fn nibbles<const HIGH: bool, const R: usize>(
    quants: &[[u8; 2 * LANES]; QUADS],
    x: &[[i32; R]; QUADS],
) -> [[int32x4_t; 2]; R] {
    // Sixteen products are 16 x 15 x 128 at most, which fits into 16 bits.
    let mut sums = [[vdupq_n_s16(0); 4]; R];
    for (quants, x) in quants.iter().zip(x) {
        let quants: [uint8x16_t; 2] = cast(*quants);
        for half in 0..2 {
            let quants = if HIGH { vshrq_n_u8::<4>(quants[half]) } else { vandq_u8(quants[half], vdupq_n_u8(15)) };
            let quants = vreinterpretq_s8_u8(quants);
            for r in 0..R {
                let x = repeat(x[r]);
                sums[r][2 * half] = vmlal_s8(sums[r][2 * half], vget_low_s8(quants), vget_low_s8(x));
                sums[r][2 * half + 1] = vmlal_high_s8(sums[r][2 * half + 1], quants, x);
            }
        }
    }
    let mut wide = [[vdupq_n_s32(0); 2]; R];
    for r in 0..R {
        for half in 0..2 {
            let (low, high) = (vpaddlq_s16(sums[r][2 * half]), vpaddlq_s16(sums[r][2 * half + 1]));
            wide[r][half] = vpaddq_s32(low, high);
        }
    }
    wide
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn q4<const R: usize>(weights: &[Q4Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let mut totals = [[vdupq_n_f32(0.0); PARTS]; R];
    for ((block, x), factors) in weights.iter().zip(x.as_chunks::<QUADS>().0).zip(factors) {
        let (low, high) = (nibbles::<false, R>(&block.quants, x), nibbles::<true, R>(&block.quants, x));
        let (scales, minimums) = (widen(block.scales), widen(block.minimums));
        for r in 0..R {
            let offset = factors[r].scale * factors[r].sum as f32;
            let sums = [low[r][0], low[r][1], high[r][0], high[r][1]];
            for part in 0..PARTS {
                let scale = vmulq_n_f32(scales[part], factors[r].scale);
                let total = vfmaq_f32(totals[r][part], vcvtq_f32_s32(sums[part]), scale);
                totals[r][part] = vfmaq_n_f32(total, minimums[part], offset);
            }
        }
    }
    totals.map(cast)
}

/// Sixteen bytes as f32.
#[inline]
#[target_feature(enable = "neon")]
fn bytes(bytes: [i8; LANES]) -> [float32x4_t; PARTS] {
    let bytes: int8x16_t = cast(bytes);
    let (low, high) = (vmovl_s8(vget_low_s8(bytes)), vmovl_high_s8(bytes));
    [
        vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))),
        vcvtq_f32_s32(vmovl_high_s16(low)),
        vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))),
        vcvtq_f32_s32(vmovl_high_s16(high)),
    ]
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn scores<const R: usize, const B: usize>(
    keys: [&[[i8; LANES]]; B],
    queries: [&[f32]; R],
) -> [[[f32; LANES]; R]; B] {
    let dimensions = queries[0].len();
    let (keys, queries) = (keys.map(|keys| &keys[..dimensions]), queries.map(|query| &query[..dimensions]));
    let mut sums = [[[vdupq_n_f32(0.0); PARTS]; R]; B];
    for dim in 0..dimensions {
        for b in 0..B {
            let keys = bytes(keys[b][dim]);
            for r in 0..R {
                for part in 0..PARTS {
                    sums[b][r][part] = vfmaq_n_f32(sums[b][r][part], keys[part], queries[r][dim]);
                }
            }
        }
    }
    sums.map(|sums| sums.map(cast))
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn weigh<const R: usize, const B: usize>(
    values: &[i8],
    dimensions: usize,
    first: usize,
    weights: [&[f32]; R],
    sums: &mut [[[f32; LANES]; B]; R],
) {
    let tokens = values.len() / dimensions;
    let weights = weights.map(|weights| &weights[..tokens]);
    let mut totals = sums.map(|sums| sums.map(|sums| -> [float32x4_t; PARTS] { cast(sums) }));
    for (token, values) in values.chunks_exact(dimensions).enumerate() {
        let Some(values) = values[first..].as_chunks::<LANES>().0.first_chunk::<B>() else { return };
        for b in 0..B {
            let values = bytes(values[b]);
            for r in 0..R {
                for part in 0..PARTS {
                    totals[r][b][part] = vfmaq_n_f32(totals[r][b][part], values[part], weights[r][token]);
                }
            }
        }
    }
    *sums = totals.map(|totals| totals.map(cast));
}
