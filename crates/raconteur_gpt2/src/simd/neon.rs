//! NEON: products of bytes in 16 bits, added up in pairs. (`sdot`, four products at once, is not in stable Rust yet.)

use std::arch::aarch64::*;

use pulp::cast;

use super::{Factor, LANES, PAGE_QUADS, Part, Q4Block, Q8Block, Quads};
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

/// Adds products of two neighbouring quads of 16 outputs to the sums of `R` rows.
#[inline]
#[target_feature(enable = "neon")]
fn add<const R: usize>(sums: &mut [[int32x4_t; PARTS]; R], quants: [Quads; 2], x: [&[i32; R]; 2]) {
    let sign = vdupq_n_s8(-128);
    let mut quants: [[int8x16_t; PARTS]; 2] = cast(quants);
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

/// Sums of products of 16 outputs with `R` rows: `sum of (quant - 128) x`. The number of quads is even.
#[inline]
#[target_feature(enable = "neon")]
fn dot<const R: usize>(quants: &[Quads], x: &[[i32; R]]) -> [[int32x4_t; PARTS]; R] {
    let mut sums = [[vdupq_n_s32(0); PARTS]; R];
    for (quants, [x0, x1]) in quants.as_chunks::<2>().0.iter().zip(x.as_chunks::<2>().0) {
        add(&mut sums, *quants, [x0, x1]);
    }
    sums
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn q8<const R: usize>(weights: &[Q8Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let mut totals = [[vdupq_n_f32(0.0); PARTS]; R];
    for ((block, x), factors) in weights.iter().zip(x.as_chunks::<QUADS>().0).zip(factors) {
        let sums = dot(&block.quants, x);
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

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn scores<'a, const R: usize>(
    keys: impl Fn(usize) -> Part<'a>,
    x: &[[i32; R]],
    factors: &[Factor; R],
    out: [&mut [[f32; LANES]]; R],
) {
    for page in 0..out[0].len() {
        let Part { quads, scales } = keys(page);
        let sums = dot(quads, x);
        let scales: [float32x4_t; PARTS] = cast(*scales);
        for r in 0..R {
            let mut scores = scales;
            for part in 0..PARTS {
                let scale = vmulq_n_f32(scales[part], factors[r].scale);
                scores[part] = vmulq_f32(vcvtq_f32_s32(sums[r][part]), scale);
            }
            out[r][page] = cast(scores);
        }
    }
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn weigh<'a, const R: usize, const B: usize>(
    values: impl Fn(usize) -> &'a [Quads],
    x: &[[[i32; R]; PAGE_QUADS]],
    factors: &[[Factor; R]],
) -> [[[f32; LANES]; B]; R] {
    let mut totals = [[[vdupq_n_f32(0.0); PARTS]; B]; R];
    for (page, (x, factors)) in x.iter().zip(factors).enumerate() {
        let Some(blocks) = values(page).as_chunks::<PAGE_QUADS>().0.first_chunk::<B>() else { break };
        for b in 0..B {
            let sums = dot(&blocks[b], x);
            for r in 0..R {
                for part in 0..PARTS {
                    let sums = vcvtq_f32_s32(sums[r][part]);
                    totals[r][b][part] = vfmaq_n_f32(totals[r][b][part], sums, factors[r].scale);
                }
            }
        }
    }
    totals.map(|totals| totals.map(cast))
}
