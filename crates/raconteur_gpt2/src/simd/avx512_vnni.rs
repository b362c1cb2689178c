//! AVX512-VNNI: all sixteen outputs in one register, four inputs multiplied and added up in 32 bits at once.

use std::arch::x86_64::*;

use pulp::cast;

pub(super) use super::avx2::{scores, weigh};
use super::{Factor, LANES, Q4Block, Q8Block};
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
fn load(bytes: [u8; 4 * LANES]) -> __m512i {
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

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")]
pub(super) fn q8<const R: usize>(weights: &[Q8Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let mut totals = [_mm512_setzero_ps(); R];
    for ((block, x), factors) in weights.iter().zip(x.as_chunks::<QUADS>().0).zip(factors) {
        let mut sums = [_mm512_setzero_si512(); R];
        for r in 0..R {
            // The weights come with 128 added.
            sums[r] = _mm512_set1_epi32(-128 * factors[r].sum);
        }
        for (quants, x) in block.quants.iter().zip(x) {
            let quants = load(*quants);
            for r in 0..R {
                sums[r] = _mm512_dpbusd_epi32(sums[r], quants, _mm512_set1_epi32(x[r]));
            }
        }
        let scales = widen(block.scales);
        for r in 0..R {
            let scale = _mm512_mul_ps(scales, _mm512_set1_ps(factors[r].scale));
            totals[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[r]), scale, totals[r]);
        }
    }
    let mut out = [[0.0; LANES]; R];
    for r in 0..R {
        out[r] = store(totals[r]);
    }
    out
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
    let mut out = [[0.0; LANES]; R];
    for r in 0..R {
        out[r] = store(totals[r]);
    }
    out
}
