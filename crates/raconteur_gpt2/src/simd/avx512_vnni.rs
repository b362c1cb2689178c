//! AVX512-VNNI: all sixteen outputs in one register, four inputs multiplied and added up in 32 bits at once.

use std::arch::x86_64::*;

use pulp::cast;

use super::{Factor, LANES, PAGE_QUADS, Part, Q4Block, Q8Block, Quads};
use crate::quantize::QUADS;

/// bf16 scales of a block as f32.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")]
fn widen(scales: [u16; LANES]) -> __m512 {
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(cast(scales))))
}

/// 64 bytes as they are. (The compiler makes one load of it.)
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")]
fn load(bytes: Quads) -> __m512i {
    let [low, high]: [__m256i; 2] = cast(bytes);
    _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
}

/// A register as numbers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")]
fn store(x: __m512) -> [f32; LANES] {
    let x = _mm512_castps_si512(x);
    cast([_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64::<1>(x)])
}

/// Sums of products of 16 outputs with `R` rows: `sum of (quant - 128) x`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")]
fn dot<const R: usize>(quants: &[Quads], x: &[[i32; R]], factors: &[Factor; R]) -> [__m512i; R] {
    let mut sums = [_mm512_setzero_si512(); R];
    for r in 0..R {
        // The numbers come with 128 added.
        sums[r] = _mm512_set1_epi32(-128 * factors[r].sum);
    }
    for (quants, x) in quants.iter().zip(x) {
        let quants = load(*quants);
        for r in 0..R {
            sums[r] = _mm512_dpbusd_epi32(sums[r], quants, _mm512_set1_epi32(x[r]));
        }
    }
    sums
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")]
pub(super) fn q8<const R: usize>(weights: &[Q8Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let mut totals = [_mm512_setzero_ps(); R];
    for ((block, x), factors) in weights.iter().zip(x.as_chunks::<QUADS>().0).zip(factors) {
        let sums = dot(&block.quants, x, factors);
        let scales = widen(block.scales);
        for r in 0..R {
            let scale = _mm512_mul_ps(scales, _mm512_set1_ps(factors[r].scale));
            totals[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[r]), scale, totals[r]);
        }
    }
    totals.map(|total| store(total))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")]
pub(super) fn scores<'a, const R: usize>(
    keys: impl Fn(usize) -> Part<'a>,
    x: &[[i32; R]],
    factors: &[Factor; R],
    out: [&mut [[f32; LANES]]; R],
) {
    for page in 0..out[0].len() {
        let Part { quads, scales } = keys(page);
        let sums = dot(quads, x, factors);
        let [low, high]: [__m256i; 2] = cast(*scales);
        let scales = _mm512_castsi512_ps(_mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high));
        for r in 0..R {
            let scale = _mm512_mul_ps(scales, _mm512_set1_ps(factors[r].scale));
            out[r][page] = store(_mm512_mul_ps(_mm512_cvtepi32_ps(sums[r]), scale));
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")]
pub(super) fn weigh<'a, const R: usize, const B: usize>(
    values: impl Fn(usize) -> &'a [Quads],
    x: &[[[i32; R]; PAGE_QUADS]],
    factors: &[[Factor; R]],
) -> [[[f32; LANES]; B]; R] {
    let mut totals = [[_mm512_setzero_ps(); B]; R];
    for (page, (x, factors)) in x.iter().zip(factors).enumerate() {
        let Some(blocks) = values(page).as_chunks::<PAGE_QUADS>().0.first_chunk::<B>() else { break };
        for b in 0..B {
            let sums = dot(&blocks[b], x, factors);
            for r in 0..R {
                let factor = _mm512_set1_ps(factors[r].scale);
                totals[r][b] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[r]), factor, totals[r][b]);
            }
        }
    }
    totals.map(|totals| totals.map(|total| store(total)))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")]
pub(super) fn q4<const R: usize>(weights: &[Q4Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let mask = _mm512_set1_epi8(15);
    // The lower eight outputs are in the low halves of the bytes, the upper eight in the high halves.
    let shift = _mm512_set_epi64(4, 4, 4, 4, 0, 0, 0, 0);
    let mut totals = [_mm512_setzero_ps(); R];
    for ((block, x), factors) in weights.iter().zip(x.as_chunks::<QUADS>().0).zip(factors) {
        let mut sums = [_mm512_setzero_si512(); R];
        for (quants, x) in block.quants.iter().zip(x) {
            let both = _mm512_broadcast_i64x4(cast(*quants));
            let quants = _mm512_and_si512(_mm512_srlv_epi64(both, shift), mask);
            for r in 0..R {
                sums[r] = _mm512_dpbusd_epi32(sums[r], quants, _mm512_set1_epi32(x[r]));
            }
        }
        let (scales, minimums) = (widen(block.scales), widen(block.minimums));
        for r in 0..R {
            let scale = _mm512_mul_ps(scales, _mm512_set1_ps(factors[r].scale));
            let offset = _mm512_set1_ps(factors[r].scale * factors[r].sum as f32);
            let total = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[r]), scale, totals[r]);
            totals[r] = _mm512_fmadd_ps(minimums, offset, total);
        }
    }
    totals.map(|total| store(total))
}
