//! AVX2: eight outputs an instruction, bytes multiplied in pairs.

use std::arch::x86_64::*;

use pulp::cast;

use super::{Factor, LANES, Q4Block, Q8Block};
use crate::quantize::QUADS;

/// bf16 scales of a block as f32.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn widen(scales: [u16; LANES]) -> [__m256; 2] {
    let [low, high]: [__m128i; 2] = cast(scales);
    [
        _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(low))),
        _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(high))),
    ]
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn q8<const R: usize>(weights: &[Q8Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let ones = _mm256_set1_epi16(1);
    let mut totals = [[_mm256_setzero_ps(); 2]; R];
    for ((block, x), factors) in weights.iter().zip(x.as_chunks::<QUADS>().0).zip(factors) {
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        for r in 0..R {
            // The weights come with 128 added.
            sums[r] = [_mm256_set1_epi32(-128 * factors[r].sum); 2];
        }
        for (quants, x) in block.quants.iter().zip(x) {
            let [low, high]: [__m256i; 2] = cast(*quants);
            for r in 0..R {
                let x = _mm256_set1_epi32(x[r]);
                let low = _mm256_madd_epi16(_mm256_maddubs_epi16(low, x), ones);
                let high = _mm256_madd_epi16(_mm256_maddubs_epi16(high, x), ones);
                sums[r] = [_mm256_add_epi32(sums[r][0], low), _mm256_add_epi32(sums[r][1], high)];
            }
        }
        let scales = widen(block.scales);
        for r in 0..R {
            let factor = _mm256_set1_ps(factors[r].scale);
            for half in 0..2 {
                let scale = _mm256_mul_ps(scales[half], factor);
                totals[r][half] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[r][half]), scale, totals[r][half]);
            }
        }
    }
    let mut out = [[0.0; LANES]; R];
    for r in 0..R {
        out[r] = cast(totals[r]);
    }
    out
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn q4<const R: usize>(weights: &[Q4Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let (ones, mask) = (_mm256_set1_epi16(1), _mm256_set1_epi8(15));
    let mut totals = [[_mm256_setzero_ps(); 2]; R];
    for ((block, x), factors) in weights.iter().zip(x.as_chunks::<QUADS>().0).zip(factors) {
        // Two products are 15 x 128 at most, and 16 of their sums fit into 16 bits.
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        for (quants, x) in block.quants.iter().zip(x) {
            let both: __m256i = cast(*quants);
            let low = _mm256_and_si256(both, mask);
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(both), mask);
            for r in 0..R {
                let x = _mm256_set1_epi32(x[r]);
                let (low, high) = (_mm256_maddubs_epi16(low, x), _mm256_maddubs_epi16(high, x));
                sums[r] = [_mm256_add_epi16(sums[r][0], low), _mm256_add_epi16(sums[r][1], high)];
            }
        }
        let (scales, minimums) = (widen(block.scales), widen(block.minimums));
        for r in 0..R {
            let factor = _mm256_set1_ps(factors[r].scale);
            let offset = _mm256_set1_ps(factors[r].scale * factors[r].sum as f32);
            for half in 0..2 {
                let scale = _mm256_mul_ps(scales[half], factor);
                let sums = _mm256_cvtepi32_ps(_mm256_madd_epi16(sums[r][half], ones));
                let total = _mm256_fmadd_ps(sums, scale, totals[r][half]);
                totals[r][half] = _mm256_fmadd_ps(minimums[half], offset, total);
            }
        }
    }
    let mut out = [[0.0; LANES]; R];
    for r in 0..R {
        out[r] = cast(totals[r]);
    }
    out
}

/// Sixteen bytes as f32.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn bytes(bytes: [i8; LANES]) -> [__m256; 2] {
    let [low, high]: [i64; 2] = cast(bytes);
    [
        _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_cvtsi64_si128(low))),
        _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_cvtsi64_si128(high))),
    ]
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn scores<const R: usize, const B: usize>(
    keys: [&[[i8; LANES]]; B],
    queries: [&[f32]; R],
) -> [[[f32; LANES]; R]; B] {
    let dimensions = queries[0].len();
    let (keys, queries) = (keys.map(|keys| &keys[..dimensions]), queries.map(|query| &query[..dimensions]));
    let mut sums = [[[_mm256_setzero_ps(); 2]; R]; B];
    for dim in 0..dimensions {
        for b in 0..B {
            let keys = bytes(keys[b][dim]);
            for r in 0..R {
                let q = _mm256_set1_ps(queries[r][dim]);
                for half in 0..2 {
                    sums[b][r][half] = _mm256_fmadd_ps(q, keys[half], sums[b][r][half]);
                }
            }
        }
    }
    let mut out = [[[0.0; LANES]; R]; B];
    for b in 0..B {
        for r in 0..R {
            out[b][r] = cast(sums[b][r]);
        }
    }
    out
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn weigh<const R: usize, const B: usize>(
    values: &[i8],
    dimensions: usize,
    first: usize,
    weights: [&[f32]; R],
    sums: &mut [[[f32; LANES]; B]; R],
) {
    let tokens = values.len() / dimensions;
    let weights = weights.map(|weights| &weights[..tokens]);
    let mut totals = [[[_mm256_setzero_ps(); 2]; B]; R];
    for r in 0..R {
        for b in 0..B {
            totals[r][b] = cast(sums[r][b]);
        }
    }
    for (token, values) in values.chunks_exact(dimensions).enumerate() {
        let Some(values) = values[first..].as_chunks::<LANES>().0.first_chunk::<B>() else { return };
        for b in 0..B {
            let values = bytes(values[b]);
            for r in 0..R {
                let weight = _mm256_set1_ps(weights[r][token]);
                for half in 0..2 {
                    totals[r][b][half] = _mm256_fmadd_ps(weight, values[half], totals[r][b][half]);
                }
            }
        }
    }
    for r in 0..R {
        for b in 0..B {
            sums[r][b] = cast(totals[r][b]);
        }
    }
}
