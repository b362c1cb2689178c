//! AVX-VNNI: eight outputs an instruction, four inputs multiplied and added up in 32 bits at once.

use std::arch::x86_64::*;

use pulp::cast;

use super::halves::{add_multiple, add_scaled, kernels, scaled, widen};
use super::{Factor, LANES, PAGE_QUADS, Part, Q4Block, Q8Block, Quads};
use crate::quantize::QUADS;

/// Adds four products to each of 16 sums, for `R` rows.
#[inline]
#[target_feature(enable = "avxvnni,avx2,fma")]
fn add<const R: usize>(sums: &mut [[__m256i; 2]; R], quants: [__m256i; 2], x: &[i32; R]) {
    for r in 0..R {
        let x = _mm256_set1_epi32(x[r]);
        for half in 0..2 {
            sums[r][half] = _mm256_dpbusd_avx_epi32(sums[r][half], quants[half], x);
        }
    }
}

/// Sums of products of 16 outputs with `R` rows: `sum of (quant - 128) x`.
#[inline]
#[target_feature(enable = "avxvnni,avx2,fma")]
fn dot<const R: usize>(quants: &[Quads], x: &[[i32; R]], factors: &[Factor; R]) -> [[__m256i; 2]; R] {
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    for r in 0..R {
        // The numbers come with 128 added.
        sums[r] = [_mm256_set1_epi32(-128 * factors[r].sum); 2];
    }
    for (quants, x) in quants.iter().zip(x) {
        add(&mut sums, cast(*quants), x);
    }
    sums
}

kernels!("avxvnni,avx2,fma");

#[inline]
#[target_feature(enable = "avxvnni,avx2,fma")]
pub(super) fn q4<const R: usize>(weights: &[Q4Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let mask = _mm256_set1_epi8(15);
    let mut totals = [[_mm256_setzero_ps(); 2]; R];
    for ((block, x), factors) in weights.iter().zip(x.as_chunks::<QUADS>().0).zip(factors) {
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        for (quants, x) in block.quants.iter().zip(x) {
            let both: __m256i = cast(*quants);
            let quants = [_mm256_and_si256(both, mask), _mm256_and_si256(_mm256_srli_epi16::<4>(both), mask)];
            add(&mut sums, quants, x);
        }
        let (scales, minimums) = (widen(block.scales), widen(block.minimums));
        for r in 0..R {
            totals[r] = add_scaled(totals[r], sums[r], scales, factors[r].scale);
            totals[r] = add_multiple(totals[r], minimums, factors[r].scale * factors[r].sum as f32);
        }
    }
    totals.map(cast)
}
