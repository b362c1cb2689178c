//! AVX-VNNI: eight outputs an instruction, four inputs multiplied and added up in 32 bits at once.

use std::arch::x86_64::*;

use pulp::cast;

pub(super) use super::avx2::{scores, weigh};
use super::{Factor, LANES, Q4Block, Q8Block, avx2::widen};
use crate::quantize::QUADS;

#[inline]
#[target_feature(enable = "avxvnni,avx2,fma")]
pub(super) fn q8<const R: usize>(weights: &[Q8Block], x: &[[i32; R]], factors: &[[Factor; R]]) -> [[f32; LANES]; R] {
    let mut totals = [[_mm256_setzero_ps(); 2]; R];
    for ((block, x), factors) in weights.iter().zip(x.as_chunks::<QUADS>().0).zip(factors) {
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        for r in 0..R {
            // The weights come with 128 added.
            sums[r] = [_mm256_set1_epi32(-128 * factors[r].sum); 2];
        }
        for (quants, x) in block.quants.iter().zip(x) {
            let quants: [__m256i; 2] = cast(*quants);
            for r in 0..R {
                let x = _mm256_set1_epi32(x[r]);
                for half in 0..2 {
                    sums[r][half] = _mm256_dpbusd_avx_epi32(sums[r][half], quants[half], x);
                }
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
    totals.map(cast)
}

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
            for r in 0..R {
                let x = _mm256_set1_epi32(x[r]);
                for half in 0..2 {
                    sums[r][half] = _mm256_dpbusd_avx_epi32(sums[r][half], quants[half], x);
                }
            }
        }
        let (scales, minimums) = (widen(block.scales), widen(block.minimums));
        for r in 0..R {
            let factor = _mm256_set1_ps(factors[r].scale);
            let offset = _mm256_set1_ps(factors[r].scale * factors[r].sum as f32);
            for half in 0..2 {
                let scale = _mm256_mul_ps(scales[half], factor);
                let total = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[r][half]), scale, totals[r][half]);
                totals[r][half] = _mm256_fmadd_ps(minimums[half], offset, total);
            }
        }
    }
    totals.map(cast)
}
