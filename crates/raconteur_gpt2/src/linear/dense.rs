//! The kernel for f32 weights.

use crate::arithmetic::{LANES, vectorize};

/// One panel for `R` rows: their sums stay in registers while the weights pass by. `x: [rows, inputs]`,
/// `weights: [inputs, LANES]`
#[inline]
pub(super) fn panel<const R: usize>(x: &[f32], inputs: usize, weights: &[f32]) -> [[f32; LANES]; R] {
    vectorize(
        #[inline(always)]
        || {
            let weights = &weights.as_chunks::<LANES>().0[..inputs];
            let rows: [&[f32]; R] = std::array::from_fn(|r| &x[r * inputs..][..inputs]);
            let mut sums = [[0.0f32; LANES]; R];
            for (i, weights) in weights.iter().enumerate() {
                for r in 0..R {
                    sums[r] = add_multiple(sums[r], rows[r][i], weights);
                }
            }
            sums
        },
    )
}

/// `sums + x weights`. By value: written in place, the compiler does not keep the sums in registers.
#[inline(always)]
pub(crate) fn add_multiple(mut sums: [f32; LANES], x: f32, weights: &[f32; LANES]) -> [f32; LANES] {
    for lane in 0..LANES {
        sums[lane] = x.mul_add(weights[lane], sums[lane]);
    }
    sums
}
