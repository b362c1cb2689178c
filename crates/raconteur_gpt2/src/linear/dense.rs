//! The kernel for f32 weights.

use super::ROWS;
use crate::arithmetic::{LANES, vectorize};

/// One panel for all rows. `x: [rows, inputs]`, `weights: [inputs, LANES]`, `tile: [rows, LANES]`
pub(super) fn panel(x: &[f32], inputs: usize, weights: &[f32], tile: &mut [f32]) {
    let (weights, _) = weights.as_chunks::<LANES>();
    vectorize(
        #[inline(always)]
        || {
            for (x, tile) in x.chunks(ROWS * inputs).zip(tile.chunks_mut(ROWS * LANES)) {
                match x.len() / inputs {
                    1 => group::<1>(x, weights, tile),
                    2 => group::<2>(x, weights, tile),
                    3 => group::<3>(x, weights, tile),
                    _ => group::<ROWS>(x, weights, tile),
                }
            }
        },
    );
}

/// `R` rows at once: their sums stay in registers while the weights pass by.
#[inline(always)]
fn group<const R: usize>(x: &[f32], weights: &[[f32; LANES]], tile: &mut [f32]) {
    let inputs = weights.len();
    let rows: [&[f32]; R] = std::array::from_fn(|r| &x[r * inputs..][..inputs]);
    let mut sums = [[0.0f32; LANES]; R];
    for (i, weights) in weights.iter().enumerate() {
        for r in 0..R {
            let x = rows[r][i];
            for lane in 0..LANES {
                sums[r][lane] += x * weights[lane];
            }
        }
    }
    for (tile, sums) in tile.chunks_exact_mut(LANES).zip(&sums) {
        tile.copy_from_slice(sums);
    }
}
