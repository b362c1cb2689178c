//! Products of small integers, on AVX2 or in plain Rust: exact, hence the same everywhere.

use crate::arithmetic::LANES;

/// Multiplies weights of [`LANES`] outputs and two inputs with two activations.
pub(super) trait Integer: Copy {
    /// Weights of a pair of inputs, widened to 16 bits: `[LANES, 2]`.
    type Pair: Copy;
    /// Sums of [`LANES`] outputs, 32 bits.
    type Sums: Copy;

    /// Sums of nothing.
    fn zero(self) -> Self::Sums;
    /// Widens 8-bit weights.
    fn bytes(self, weights: &[i8; 2 * LANES]) -> Self::Pair;
    /// Widens 4-bit weights; outputs from `LANES / 2` on are in the high halves.
    fn nibbles(self, weights: &[u8; LANES]) -> Self::Pair;
    /// Adds the products with two activations, the first of which is the low half of `x`.
    fn multiply_add(self, sums: Self::Sums, weights: Self::Pair, x: i32) -> Self::Sums;
    /// The sums as numbers.
    fn finish(self, sums: Self::Sums) -> [i32; LANES];
}

/// Plain Rust, which compilers turn into NEON or whatever there is.
#[derive(Clone, Copy)]
pub(super) struct Portable;

impl Integer for Portable {
    type Pair = [i16; 2 * LANES];
    type Sums = [i32; LANES];

    #[inline(always)]
    fn zero(self) -> Self::Sums {
        [0; LANES]
    }

    #[inline(always)]
    fn bytes(self, weights: &[i8; 2 * LANES]) -> Self::Pair {
        weights.map(i16::from)
    }

    #[inline(always)]
    fn nibbles(self, weights: &[u8; LANES]) -> Self::Pair {
        let mut pair = [0; 2 * LANES];
        for (i, &byte) in weights.iter().enumerate() {
            pair[i] = i16::from(byte & 15);
            pair[i + LANES] = i16::from(byte >> 4);
        }
        pair
    }

    #[inline(always)]
    fn multiply_add(self, mut sums: Self::Sums, weights: Self::Pair, x: i32) -> Self::Sums {
        let (first, second) = (i32::from(x as i16), x >> 16);
        for lane in 0..LANES {
            sums[lane] += i32::from(weights[2 * lane]) * first + i32::from(weights[2 * lane + 1]) * second;
        }
        sums
    }

    #[inline(always)]
    fn finish(self, sums: Self::Sums) -> [i32; LANES] {
        sums
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use avx2::Avx2;

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::__m256i;

    use pulp::cast;
    use pulp::x86::V3;

    use super::{Integer, LANES};

    /// `vpmaddwd` multiplies pairs of 16-bit numbers and adds the two products: eight outputs an instruction.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx2(pub(in super::super) V3);

    impl Integer for Avx2 {
        type Pair = [__m256i; 2];
        type Sums = [__m256i; 2];

        #[inline(always)]
        fn zero(self) -> Self::Sums {
            [self.0.avx._mm256_setzero_si256(); 2]
        }

        #[inline(always)]
        fn bytes(self, weights: &[i8; 2 * LANES]) -> Self::Pair {
            let [low, high]: [[i8; LANES]; 2] = cast(*weights);
            [self.0.avx2._mm256_cvtepi8_epi16(cast(low)), self.0.avx2._mm256_cvtepi8_epi16(cast(high))]
        }

        #[inline(always)]
        fn nibbles(self, weights: &[u8; LANES]) -> Self::Pair {
            let wide = self.0.avx2._mm256_cvtepu8_epi16(cast(*weights));
            let low = self.0.avx2._mm256_and_si256(wide, self.0.avx._mm256_set1_epi16(15));
            [low, self.0.avx2._mm256_srli_epi16::<4>(wide)]
        }

        #[inline(always)]
        fn multiply_add(self, sums: Self::Sums, weights: Self::Pair, x: i32) -> Self::Sums {
            let x = self.0.avx._mm256_set1_epi32(x);
            let product = |i: usize| self.0.avx2._mm256_madd_epi16(weights[i], x);
            [self.0.avx2._mm256_add_epi32(sums[0], product(0)), self.0.avx2._mm256_add_epi32(sums[1], product(1))]
        }

        #[inline(always)]
        fn finish(self, sums: Self::Sums) -> [i32; LANES] {
            cast(sums)
        }
    }
}
