//! Every instruction set this processor has against plain Rust, bit by bit.
//!
//! Those of other processors run in emulators: NEON in `qemu-aarch64` (set as `CARGO_TARGET_<TRIPLE>_RUNNER`), VNNI in
//! Miri, which knows `vpdpbusd`, with `RUSTFLAGS="-Ctarget-feature=+avx2,+fma,+avxvnni,+avx512f,+avx512bw,+avx512vl,\
//! +avx512vnni"`. Emulators say that the bits are right, and nothing about speed.

use bytemuck::Zeroable;

use super::*;
use crate::quantize::{BLOCK, QUADS};

/// Miri takes its time.
const SEEDS: u64 = if cfg!(miri) { 1 } else { 20 };

/// Numbers without a pattern.
fn numbers(seed: u64) -> impl FnMut() -> u32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    }
}

fn factor(next: &mut impl FnMut() -> u32, quads: &[i32]) -> Factor {
    let sum = quads.iter().flat_map(|quad| quad.to_le_bytes()).map(|byte| i32::from(byte as i8)).sum();
    Factor { scale: next() as f32 * 1e-12, sum }
}

/// Activations whose neighbours add up to at most 128, often exactly.
fn quad(next: &mut impl FnMut() -> u32) -> i32 {
    let mut pair = || {
        let a = (next() % 257) as i32 - 128;
        let b = (128 - a.abs()) * if next().is_multiple_of(2) { 1 } else { -1 };
        [a.clamp(-127, 127) as i8 as u8, b.clamp(-127, 127) as i8 as u8]
    };
    let ([a, b], [c, d]) = (pair(), pair());
    i32::from_le_bytes([a, b, c, d])
}

fn matrices_agree<const R: usize>(blocks: usize, seed: u64) {
    let mut next = numbers(seed);
    let mut q8s = vec![Q8Block::zeroed(); blocks];
    let mut q4s = vec![Q4Block::zeroed(); blocks];
    for (q8, q4) in q8s.iter_mut().zip(&mut q4s) {
        for lane in 0..LANES {
            let weights: [f32; BLOCK] = std::array::from_fn(|_| match next() % 5 {
                0 => 1.0,
                1 => -1.0,
                _ => next() as f32 / u32::MAX as f32 - 0.5,
            });
            q8.set(lane, &weights);
            q4.set(lane, &weights);
        }
    }
    let x: Vec<[i32; R]> = (0..blocks * QUADS).map(|_| std::array::from_fn(|_| quad(&mut next))).collect();
    let factors: Vec<[Factor; R]> = x
        .chunks(QUADS)
        .map(|x| {
            std::array::from_fn(|r| {
                let quads: Vec<i32> = x.iter().map(|x| x[r]).collect();
                factor(&mut next, &quads)
            })
        })
        .collect();
    for kernel in Kernel::all() {
        assert_eq!(q8(kernel, &q8s, &x, &factors), q8(Kernel::Portable, &q8s, &x, &factors), "{kernel:?}, 8 bits");
        assert_eq!(q4(kernel, &q4s, &x, &factors), q4(Kernel::Portable, &q4s, &x, &factors), "{kernel:?}, 4 bits");
    }
}

#[test]
fn matrix_kernels_agree_to_the_bit() {
    for seed in 0..SEEDS {
        for blocks in [1, 2, 12] {
            matrices_agree::<1>(blocks, seed);
            matrices_agree::<2>(blocks, seed);
            matrices_agree::<3>(blocks, seed);
            matrices_agree::<4>(blocks, seed);
        }
    }
}

fn attention_agrees<const R: usize, const B: usize>(pages: usize, seed: u64) {
    let mut next = numbers(seed);
    let quads = |next: &mut dyn FnMut() -> u32| -> Vec<Quads> {
        (0..pages * B * PAGE_QUADS).map(|_| std::array::from_fn(|_| next() as u8)).collect()
    };
    let (keys, values) = (quads(&mut next), quads(&mut next));
    let scales: Vec<[f32; PAGE]> = (0..pages).map(|_| std::array::from_fn(|_| next() as f32 * 1e-12)).collect();
    let mut rounded = |count: usize| -> (Vec<[i32; R]>, [Factor; R]) {
        let x: Vec<[i32; R]> = (0..count).map(|_| std::array::from_fn(|_| quad(&mut next))).collect();
        let factors = std::array::from_fn(|r| {
            let quads: Vec<i32> = x.iter().map(|x| x[r]).collect();
            factor(&mut next, &quads)
        });
        (x, factors)
    };
    let (queries, factors) = rounded(B * PAGE_QUADS);
    let (weights, weight_factors): (Vec<_>, Vec<_>) = (0..pages).map(|_| rounded(PAGE_QUADS)).unzip();
    let weights: Vec<[[i32; R]; PAGE_QUADS]> = weights.iter().map(|x| std::array::from_fn(|quad| x[quad])).collect();
    let part = |page: usize| Part { quads: &keys[page * B * PAGE_QUADS..][..B * PAGE_QUADS], scales: &scales[page] };
    let run = |kernel| {
        let mut out: [Vec<[f32; LANES]>; R] = std::array::from_fn(|_| vec![[0.5; LANES]; pages]);
        scores(kernel, part, &queries, &factors, out.each_mut().map(|out| &mut out[..]));
        let sums = weigh::<R, B>(kernel, |page| &values[page * B * PAGE_QUADS..], &weights, &weight_factors);
        (out, sums)
    };
    let want = run(Kernel::Portable);
    for kernel in Kernel::all() {
        assert_eq!(run(kernel), want, "{kernel:?}");
    }
}

#[test]
fn attention_kernels_agree_to_the_bit() {
    for seed in 0..SEEDS {
        for pages in [1, 5] {
            attention_agrees::<1, 4>(pages, seed);
            attention_agrees::<2, 2>(pages, seed);
            attention_agrees::<3, 1>(pages, seed);
            attention_agrees::<4, 1>(pages, seed);
        }
    }
}
