//! AVX2: eight outputs an instruction, bytes multiplied in pairs.

use std::arch::x86_64::*;

use pulp::cast;

use super::halves::{add_multiple, add_scaled, kernels, scaled, widen};
use super::{Factor, LANES, PAGE_QUADS, Part, Q4Block, Q8Block, Quads};
use crate::quantize::QUADS;

/// Sums of products of 16 outputs with `R` rows: `sum of (quant - 128) x`.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn dot<const R: usize>(quants: &[Quads], x: &[[i32; R]], factors: &[Factor; R]) -> [[__m256i; 2]; R] {
    let ones = _mm256_set1_epi16(1);
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    for r in 0..R {
        // The numbers come with 128 added.
        sums[r] = [_mm256_set1_epi32(-128 * factors[r].sum); 2];
    }
    for (quants, x) in quants.iter().zip(x) {
        let [low, high]: [__m256i; 2] = cast(*quants);
        for r in 0..R {
            let x = _mm256_set1_epi32(x[r]);
            let low = _mm256_madd_epi16(_mm256_maddubs_epi16(low, x), ones);
            let high = _mm256_madd_epi16(_mm256_maddubs_epi16(high, x), ones);
            sums[r] = [_mm256_add_epi32(sums[r][0], low), _mm256_add_epi32(sums[r][1], high)];
        }
    }
    sums
}

kernels!("avx2,fma");

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
            let sums = [_mm256_madd_epi16(sums[r][0], ones), _mm256_madd_epi16(sums[r][1], ones)];
            totals[r] = add_scaled(totals[r], sums, scales, factors[r].scale);
            totals[r] = add_multiple(totals[r], minimums, factors[r].scale * factors[r].sum as f32);
        }
    }
    totals.map(cast)
}
