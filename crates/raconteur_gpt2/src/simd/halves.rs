//! What AVX2 and AVX-VNNI have in common: sixteen outputs in two registers of eight.

use std::arch::x86_64::*;

use pulp::cast;

use super::LANES;

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

/// `totals + sums x scales x factor`
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn add_scaled(totals: [__m256; 2], sums: [__m256i; 2], scales: [__m256; 2], factor: f32) -> [__m256; 2] {
    let mut out = totals;
    for half in 0..2 {
        let scale = _mm256_mul_ps(scales[half], _mm256_set1_ps(factor));
        out[half] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[half]), scale, totals[half]);
    }
    out
}

/// `totals + numbers x factor`
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn add_multiple(totals: [__m256; 2], numbers: [__m256; 2], factor: f32) -> [__m256; 2] {
    let mut out = totals;
    for half in 0..2 {
        out[half] = _mm256_fmadd_ps(numbers[half], _mm256_set1_ps(factor), totals[half]);
    }
    out
}

/// `sums x scales x factor`
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn scaled(sums: [__m256i; 2], scales: &[f32; LANES], factor: f32) -> [f32; LANES] {
    let mut out: [__m256; 2] = cast(*scales);
    for half in 0..2 {
        let scale = _mm256_mul_ps(out[half], _mm256_set1_ps(factor));
        out[half] = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[half]), scale);
    }
    cast(out)
}

/// The kernels that are made of a `dot` of the module that expands it.
macro_rules! kernels {
    ($features:literal) => {
        #[inline]
        #[target_feature(enable = $features)]
        pub(super) fn q8<const R: usize>(
            weights: &[Q8Block],
            x: &[[i32; R]],
            factors: &[[Factor; R]],
        ) -> [[f32; LANES]; R] {
            let mut totals = [[_mm256_setzero_ps(); 2]; R];
            for ((block, x), factors) in weights.iter().zip(x.as_chunks::<QUADS>().0).zip(factors) {
                let sums = dot(&block.quants, x, factors);
                let scales = widen(block.scales);
                for r in 0..R {
                    totals[r] = add_scaled(totals[r], sums[r], scales, factors[r].scale);
                }
            }
            totals.map(cast)
        }

        #[inline]
        #[target_feature(enable = $features)]
        pub(super) fn scores<'a, const R: usize>(
            keys: impl Fn(usize) -> Part<'a>,
            x: &[[i32; R]],
            factors: &[Factor; R],
            out: [&mut [[f32; LANES]]; R],
        ) {
            for page in 0..out[0].len() {
                let Part { quads, scales } = keys(page);
                let sums = dot(quads, x, factors);
                for r in 0..R {
                    out[r][page] = scaled(sums[r], scales, factors[r].scale);
                }
            }
        }

        #[inline]
        #[target_feature(enable = $features)]
        pub(super) fn weigh<'a, const R: usize, const B: usize>(
            values: impl Fn(usize) -> &'a [Quads],
            x: &[[[i32; R]; PAGE_QUADS]],
            factors: &[[Factor; R]],
        ) -> [[[f32; LANES]; B]; R] {
            let mut totals = [[[_mm256_setzero_ps(); 2]; B]; R];
            for (page, (x, factors)) in x.iter().zip(factors).enumerate() {
                let Some(blocks) = values(page).as_chunks::<PAGE_QUADS>().0.first_chunk::<B>() else { break };
                for b in 0..B {
                    let sums = dot(&blocks[b], x, factors);
                    for r in 0..R {
                        let sums = [_mm256_cvtepi32_ps(sums[r][0]), _mm256_cvtepi32_ps(sums[r][1])];
                        totals[r][b] = add_multiple(totals[r][b], sums, factors[r].scale);
                    }
                }
            }
            totals.map(|totals| totals.map(cast))
        }
    };
}
pub(super) use kernels;
