//! From the last norm to the loss: logits of a few tokens at a time, so that `[tokens, vocab]` never exists.

use rayon::prelude::*;

use super::matrix::{Hands, Keep, Target, View, product};
use crate::arithmetic::{exp, largest, log_sum_exp, vectorize};

/// Tokens whose logits are there at once.
const TOKENS: usize = 256;

/// A target that does not count.
pub const IGNORE: u32 = u32::MAX;

/// Sums over the targets that count, in nats.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Loss {
    /// `-ln P(target)`.
    pub likelihood: f64,
    /// `-ln (1 - P)` of tokens that would repeat.
    pub unlikelihood: f64,
    /// Number of targets.
    pub targets: usize,
}

impl Loss {
    /// Nats a target, without the term against repeats.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.likelihood / self.targets.max(1) as f64
    }
}

impl std::ops::AddAssign for Loss {
    fn add_assign(&mut self, other: Self) {
        self.likelihood += other.likelihood;
        self.unlikelihood += other.unlikelihood;
        self.targets += other.targets;
    }
}

/// What the loss is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal<'a> {
    /// The tokens that were read, `[sequences, len]`.
    pub inputs: &'a [u32],
    /// What comes next, [`IGNORE`] where it does not count.
    pub targets: &'a [u32],
    /// Tokens of a sequence.
    pub len: usize,
    /// What each target's loss is multiplied with before it is passed back.
    pub factor: f32,
    /// Weight of the term against repeats (Welleck et al. 2020, "Neural text generation with unlikelihood training",
    /// equation 4): tokens of the sequence so far, other than the target, become less likely. 0 is off.
    pub unlikelihood: f32,
}

/// Where slopes go.
pub(super) struct Back<'a> {
    /// Of the normed stream, `[tokens, width]`: overwritten.
    pub dx: &'a mut [f32],
    /// Of the head, `[vocab, width]`: added to.
    pub dhead: &'a mut [f32],
}

/// The loss of `x`, `[tokens, width]`, under the head, `[vocab, width]`; with `back`, also the slopes.
pub(super) fn loss(x: &[f32], head: &[f32], width: usize, goal: Goal<'_>, mut back: Option<Back<'_>>) -> Loss {
    let vocab = head.len() / width;
    let mut logits = vec![0.0f32; TOKENS.min(x.len() / width) * vocab];
    let mut total = Loss::default();
    for (piece, x) in x.chunks(TOKENS * width).enumerate() {
        let (first, tokens) = (piece * TOKENS, x.len() / width);
        let logits = &mut logits[..tokens * vocab];
        let (x, head) = (View::new(x, tokens, width), View::new(head, vocab, width));
        product(Target::new(logits, vocab), Keep::Nothing, 1.0, x, head.transposed(), Hands::All);
        let rows = logits.par_chunks_mut(vocab).enumerate();
        let losses: Vec<Loss> = rows.map(|(row, logits)| token(logits, first + row, goal)).collect();
        losses.into_iter().for_each(|loss| total += loss);
        if let Some(Back { dx, dhead }) = &mut back {
            let slopes = View::new(logits, tokens, vocab);
            let dx = &mut dx[first * width..(first + tokens) * width];
            product(Target::new(dx, width), Keep::Nothing, 1.0, slopes, head, Hands::All);
            product(Target::new(dhead, width), Keep::Sum, 1.0, slopes.transposed(), x, Hands::All);
        }
    }
    total
}

/// The loss of one token, whose logits become their slopes.
fn token(logits: &mut [f32], at: usize, goal: Goal<'_>) -> Loss {
    let target = goal.targets[at];
    let Some(&own) = logits.get(target as usize) else {
        logits.fill(0.0);
        return Loss::default();
    };
    let log_sum = log_sum_exp(logits);
    let max = largest(logits);
    let shift = (log_sum - f64::from(max)) as f32;
    vectorize(
        #[inline(always)]
        || {
            for logit in logits.iter_mut() {
                *logit = exp(*logit - max - shift);
            }
        },
    );
    let mut loss = Loss { likelihood: log_sum - f64::from(own), unlikelihood: 0.0, targets: 1 };
    // d/dlogit_i of -sum_c ln(1 - p_c) is sum_c p_c / (1 - p_c) (1{i = c} - p_i): the second part scales with p_i.
    let mut against: Vec<(usize, f32)> = Vec::new();
    if goal.unlikelihood > 0.0 {
        let start = at / goal.len * goal.len;
        let mut seen: Vec<u32> = goal.inputs[start..=at].to_vec();
        seen.sort_unstable();
        seen.dedup();
        for token in seen.into_iter().filter(|&token| token != target) {
            let Some(&p) = logits.get(token as usize) else { continue };
            // A probability that rounds to 1 would be an infinite slope.
            let p = p.min(1.0 - 1e-4);
            loss.unlikelihood -= f64::from(1.0 - p).ln();
            against.push((token as usize, goal.unlikelihood * p / (1.0 - p)));
        }
    }
    let pull: f32 = against.iter().map(|(_, pull)| pull).sum();
    let (factor, all) = (goal.factor, goal.factor * (1.0 - pull));
    vectorize(
        #[inline(always)]
        || {
            for logit in logits.iter_mut() {
                *logit *= all;
            }
        },
    );
    logits[target as usize] -= factor;
    for (token, pull) in against {
        logits[token] += factor * pull;
    }
    loss
}
