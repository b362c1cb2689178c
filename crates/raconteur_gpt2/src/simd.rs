//! The innermost loops over 8- and 4-bit numbers, for the instructions that the processor has.
//!
//! Integers are added up exactly, and the few operations on f32 are the same, in the same order, with the same rounding.
//! So all instruction sets give the same bits; tests hold them against [`portable`], which says what they compute. A test
//! runs those that its processor has: see `simd/tests.rs` for emulators of the others.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512_vnni;
#[cfg(target_arch = "x86_64")]
mod avx_vnni;
#[cfg(target_arch = "x86_64")]
mod halves;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use crate::arithmetic::LANES;
use crate::kv::{PAGE, Part};
pub(crate) use crate::quantize::Quads;
use crate::quantize::{Q4Block, Q8Block};

/// Groups of four tokens in a page.
pub(crate) const PAGE_QUADS: usize = PAGE / 4;

/// What a block of rounded activations is multiplied with.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Factor {
    /// Activation = scale x rounded activation.
    pub(crate) scale: f32,
    /// Sum of the rounded activations.
    pub(crate) sum: i32,
}

/// A set of instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// Plain Rust.
    Portable,
    /// Bytes in pairs: `vpmaddubsw`, `vpmaddwd`.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Bytes in fours: `vpdpbusd`, 32 bytes at once.
    #[cfg(target_arch = "x86_64")]
    AvxVnni,
    /// Bytes in fours: `vpdpbusd`, 64 bytes at once.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    /// Bytes in pairs: `smull`, `smlal`, `sadalp`.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Kernel {
    /// The fastest one that this processor has.
    #[inline]
    pub(crate) fn best() -> Self {
        static BEST: OnceLock<Kernel> = OnceLock::new();
        *BEST.get_or_init(|| Self::all().pop().unwrap_or(Self::Portable))
    }

    /// Those that this processor has, the fastest last.
    pub(crate) fn all() -> Vec<Self> {
        #[cfg_attr(
            not(any(target_arch = "x86_64", target_arch = "aarch64")),
            expect(unused_mut, reason = "nothing to add on this architecture")
        )]
        let mut all = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            all.push(Self::Avx2);
            if is_x86_feature_detected!("avxvnni") {
                all.push(Self::AvxVnni);
            }
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
            {
                all.push(Self::Avx512Vnni);
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            all.push(Self::Neon);
        }
        all
    }
}

/// Expands to a call of the function of that name for an instruction set.
macro_rules! dispatch {
    ($kernel:expr, $name:ident::<$($generic:ident),*>($($argument:expr),*)) => {
        match $kernel {
            Kernel::Portable => portable::$name::<$($generic),*>($($argument),*),
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "instructions that not every processor has")]
            // SAFETY: `Kernel::all`, which alone makes this one, has found AVX2 and FMA.
            Kernel::Avx2 => unsafe { avx2::$name::<$($generic),*>($($argument),*) },
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "instructions that not every processor has")]
            // SAFETY: `Kernel::all`, which alone makes this one, has found AVX-VNNI, AVX2 and FMA.
            Kernel::AvxVnni => unsafe { avx_vnni::$name::<$($generic),*>($($argument),*) },
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "instructions that not every processor has")]
            // SAFETY: `Kernel::all`, which alone makes this one, has found AVX-512 F, BW, VL and VNNI, AVX2 and FMA.
            Kernel::Avx512Vnni => unsafe { avx512_vnni::$name::<$($generic),*>($($argument),*) },
            #[cfg(target_arch = "aarch64")]
            #[expect(unsafe_code, reason = "instructions that not every processor has")]
            // SAFETY: `Kernel::all`, which alone makes this one, has found NEON.
            Kernel::Neon => unsafe { neon::$name::<$($generic),*>($($argument),*) },
        }
    };
}

/// Asks for memory that will be read soon. Does nothing where there is no such instruction.
#[inline(always)]
pub(crate) fn prefetch<T>(numbers: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in numbers.chunks((64 / size_of::<T>()).max(1)) {
        #[expect(unsafe_code, reason = "an instruction that takes a pointer")]
        // SAFETY: the pointer is that of a slice, and a prefetch reads nothing that a program could see.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = numbers;
}

/// One panel of 8-bit weights for `R` rows.
///
/// `weights: [blocks]`, `x: [blocks, QUADS][R]` with four rounded activations in each number, the first one in the lowest
/// byte, `factors: [blocks][R]`. The magnitudes of two neighbouring activations add up to 128 at most.
#[inline]
pub(crate) fn q8<const R: usize>(
    kernel: Kernel,
    weights: &[Q8Block],
    x: &[[i32; R]],
    factors: &[[Factor; R]],
) -> [[f32; LANES]; R] {
    dispatch!(kernel, q8::<R>(weights, x, factors))
}

/// The same with 4-bit weights.
#[inline]
pub(crate) fn q4<const R: usize>(
    kernel: Kernel,
    weights: &[Q4Block],
    x: &[[i32; R]],
    factors: &[[Factor; R]],
) -> [[f32; LANES]; R] {
    dispatch!(kernel, q4::<R>(weights, x, factors))
}

/// Scores of the keys of a head for `R` queries, a page of [`LANES`] tokens after the other: `out: [pages]` for each query.
///
/// `keys(page)` are the keys and their scales, `x: [quads][R]` the rounded queries, `factors: [R]` theirs. A score is an
/// exact sum of products, times the key's scale times the query's.
#[inline]
pub(crate) fn scores<'a, const R: usize>(
    kernel: Kernel,
    keys: impl Fn(usize) -> Part<'a>,
    x: &[[i32; R]],
    factors: &[Factor; R],
    out: [&mut [[f32; LANES]]; R],
) {
    dispatch!(kernel, scores::<R>(keys, x, factors, out));
}

/// Sums of the values of a head for `R` queries, each times its weight, for `B` blocks of [`LANES`] dimensions.
///
/// `values(page)` are those of the first of the blocks and what follows, `x: [pages][quads of tokens][R]` the rounded
/// weights, `factors: [pages][R]` theirs. Sums are exact within a page, and pages are added up in their order.
#[inline]
pub(crate) fn weigh<'a, const R: usize, const B: usize>(
    kernel: Kernel,
    values: impl Fn(usize) -> &'a [Quads],
    x: &[[[i32; R]; PAGE_QUADS]],
    factors: &[[Factor; R]],
) -> [[[f32; LANES]; B]; R] {
    dispatch!(kernel, weigh::<R, B>(values, x, factors))
}
