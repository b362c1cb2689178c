//! Causal attention and its way back, one sequence a thread, in blocks of queries.
//!
//! The probabilities are not kept: with the logarithm of each row's sum they are computed again on the way back (as in
//! Dao et al. 2022, `FlashAttention`, section 3.1), so memory grows with the length and not with its square.

use rayon::prelude::*;

use super::matrix::{Hands, Keep, Target, View, product};
use super::rows::Dropout;
use crate::arithmetic::{exp, sum, vectorize};

/// Queries of a block.
const BLOCK: usize = 64;

/// The sides of the problem.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Tokens of a sequence.
    pub len: usize,
    /// Heads.
    pub heads: usize,
    /// Numbers of a head.
    pub head_dim: usize,
    /// What scores are multiplied with.
    pub scale: f32,
}

impl Shape {
    fn width(self) -> usize {
        self.heads * self.head_dim
    }

    /// Queries, keys and values of a sequence in one head, each `[rows, head_dim]` from row `from` on.
    fn parts(self, qkv: &[f32], head: usize, from: usize, rows: usize) -> [View<'_>; 3] {
        let stride = 3 * self.width();
        [0, 1, 2].map(|part| {
            let start = from * stride + part * self.width() + head * self.head_dim;
            View::strided(&qkv[start..], rows, self.head_dim, stride)
        })
    }

    /// Columns of a head in something of the model's width.
    fn head<'a>(&self, x: &'a [f32], head: usize, from: usize, rows: usize) -> View<'a> {
        View::strided(&x[from * self.width() + head * self.head_dim..], rows, self.head_dim, self.width())
    }
}

/// `qkv` is `[sequences, len, 3 * width]`; fills `mixed`, `[sequences, len, width]`, and `log_sums`,
/// `[sequences, heads, len]`.
pub(super) fn attend(shape: Shape, qkv: &[f32], mixed: &mut [f32], log_sums: &mut [f32], dropout: Option<Dropout>) {
    let Shape { len, heads, head_dim, .. } = shape;
    let width = shape.width();
    let sequences = qkv.par_chunks(len * 3 * width).zip(mixed.par_chunks_mut(len * width));
    sequences.zip(log_sums.par_chunks_mut(heads * len)).enumerate().for_each_init(
        || vec![0.0f32; BLOCK * len],
        |scores, (sequence, ((qkv, mixed), log_sums))| {
            for head in 0..heads {
                let dropout = dropout.map(|dropout| dropout.at((sequence * heads + head) as u64));
                for from in (0..len).step_by(BLOCK) {
                    let rows = BLOCK.min(len - from);
                    let keys = from + rows;
                    let [queries, ..] = shape.parts(qkv, head, from, rows);
                    let [_, key, value] = shape.parts(qkv, head, 0, keys);
                    let scores = &mut scores[..rows * keys];
                    let into = Target::new(scores, keys);
                    product(into, Keep::Nothing, shape.scale, queries, key.transposed(), Hands::One);
                    for (row, scores) in scores.chunks_mut(keys).enumerate() {
                        log_sums[head * len + from + row] = softmax(scores, from + row + 1);
                        drop_some(dropout, (from + row) * len, scores);
                    }
                    let into = Target::strided(&mut mixed[from * width + head * head_dim..], width);
                    product(into, Keep::Nothing, 1.0, View::new(scores, rows, keys), value, Hands::One);
                }
            }
        },
    );
}

/// The way back: fills `dqkv` from `dmixed`. The other arguments are those of [`attend`] and what it gave.
pub(super) fn attend_back(
    shape: Shape,
    qkv: &[f32],
    mixed: &[f32],
    log_sums: &[f32],
    dmixed: &[f32],
    dqkv: &mut [f32],
    dropout: Option<Dropout>,
) {
    let Shape { len, heads, head_dim, .. } = shape;
    let width = shape.width();
    let sequences = qkv.par_chunks(len * 3 * width).zip(mixed.par_chunks(len * width));
    let sequences = sequences.zip(log_sums.par_chunks(heads * len)).zip(dmixed.par_chunks(len * width));
    sequences.zip(dqkv.par_chunks_mut(len * 3 * width)).enumerate().for_each_init(
        || (vec![0.0f32; BLOCK * len], vec![0.0f32; BLOCK * len]),
        |(weights, slopes), (sequence, ((((qkv, mixed), log_sums), dmixed), dqkv))| {
            dqkv.fill(0.0);
            for head in 0..heads {
                let dropout = dropout.map(|dropout| dropout.at((sequence * heads + head) as u64));
                for from in (0..len).step_by(BLOCK) {
                    let rows = BLOCK.min(len - from);
                    let keys = from + rows;
                    let [queries, ..] = shape.parts(qkv, head, from, rows);
                    let [_, key, value] = shape.parts(qkv, head, 0, keys);
                    let dout = shape.head(dmixed, head, from, rows);
                    let weights = &mut weights[..rows * keys];
                    let slopes = &mut slopes[..rows * keys];
                    product(
                        Target::new(weights, keys),
                        Keep::Nothing,
                        shape.scale,
                        queries,
                        key.transposed(),
                        Hands::One,
                    );
                    for (row, weights) in weights.chunks_mut(keys).enumerate() {
                        probabilities(weights, from + row + 1, log_sums[head * len + from + row]);
                    }
                    product(Target::new(slopes, keys), Keep::Nothing, 1.0, dout, value.transposed(), Hands::One);
                    for (row, (slopes, weights)) in slopes.chunks_mut(keys).zip(weights.chunks_mut(keys)).enumerate() {
                        let at = (from + row) * width + head * head_dim;
                        let along = dot(&dmixed[at..at + head_dim], &mixed[at..at + head_dim]);
                        drop_some(dropout, (from + row) * len, slopes);
                        score_slopes(slopes, weights, along);
                        drop_some(dropout, (from + row) * len, weights);
                    }
                    let (weights, slopes) = (View::new(weights, rows, keys), View::new(slopes, rows, keys));
                    let mut into = |part: usize, row: usize, left: View<'_>, right: View<'_>, factor: f32| {
                        let start = row * 3 * width + part * width + head * head_dim;
                        product(
                            Target::strided(&mut dqkv[start..], 3 * width),
                            Keep::Sum,
                            factor,
                            left,
                            right,
                            Hands::One,
                        );
                    };
                    into(0, from, slopes, key, shape.scale);
                    into(1, 0, slopes.transposed(), queries, shape.scale);
                    into(2, 0, weights.transposed(), dout, 1.0);
                }
            }
        },
    );
}

/// Makes probabilities of the first `visible` scores and 0 of the others. Returns the logarithm of the sum of
/// `exp(score)`.
fn softmax(scores: &mut [f32], visible: usize) -> f32 {
    let (scores, hidden) = scores.split_at_mut(visible);
    hidden.fill(0.0);
    let max = crate::arithmetic::largest(scores);
    vectorize(
        #[inline(always)]
        || {
            for score in scores.iter_mut() {
                *score = exp(*score - max);
            }
            let total = sum(scores, |x| x);
            let factor = 1.0 / total;
            for score in scores.iter_mut() {
                *score *= factor;
            }
            max + total.ln()
        },
    )
}

/// The same, when the logarithm of the sum is known.
fn probabilities(scores: &mut [f32], visible: usize, log_sum: f32) {
    let (scores, hidden) = scores.split_at_mut(visible);
    hidden.fill(0.0);
    vectorize(
        #[inline(always)]
        || {
            for score in scores.iter_mut() {
                *score = exp(*score - log_sum);
            }
        },
    );
}

/// From the slopes of probabilities to those of scores.
fn score_slopes(slopes: &mut [f32], weights: &[f32], along: f32) {
    vectorize(
        #[inline(always)]
        || {
            for (slope, &weight) in slopes.iter_mut().zip(weights) {
                *slope = weight * (*slope - along);
            }
        },
    );
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn drop_some(dropout: Option<Dropout>, first: usize, row: &mut [f32]) {
    if let Some(dropout) = dropout {
        dropout.drop_from(first, row);
    }
}
