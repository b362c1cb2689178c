//! What sampling leaves of a distribution: temperature, `top_k`, `top_p`, `min_p`, `typical_p`.
//!
//! Each filter sees only what the one before it left, and renormalises, as the warpers of transformers do. Each leaves
//! at least one token.

use std::cmp::Ordering;

use crate::arithmetic::{self, exp};

/// A token that may be taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    /// The token.
    pub id: u32,
    /// Its score less the highest, over the temperature: 0 or below.
    pub z: f32,
    /// `exp(z)`: its probability but for a common factor.
    pub weight: f32,
}

/// Likeliest first; of equals the lowest id.
fn by_rank(a: &Choice, b: &Choice) -> Ordering {
    b.z.total_cmp(&a.z).then(a.id.cmp(&b.id))
}

/// All tokens that are not masked, in order of their ids. Subtracting `max` first keeps tiny temperatures finite.
pub(super) fn temperature(scores: &[f32], max: f32, temperature: f32, kept: &mut Vec<Choice>) {
    kept.extend((0u32..).zip(scores).filter(|&(_, &score)| score != f32::NEG_INFINITY).map(|(id, &score)| {
        let z = if score == max { 0.0 } else { (score - max) / temperature };
        Choice { id, z, weight: 0.0 }
    }));
}

/// The `k` likeliest; 0 keeps all.
pub(super) fn top_k(kept: &mut Vec<Choice>, k: usize) {
    if k == 0 || k >= kept.len() {
        return;
    }
    kept.select_nth_unstable_by(k - 1, by_rank);
    kept.truncate(k);
    // The selection leaves them in no order; a draw must not depend on its inner workings.
    kept.sort_unstable_by_key(|choice| choice.id);
}

/// Fills in the weights and drops what rounds to nothing.
pub(super) fn weigh(kept: &mut Vec<Choice>) {
    for choice in kept.iter_mut() {
        choice.weight = exp(choice.z);
    }
    kept.retain(|choice| choice.weight > 0.0);
}

/// The smallest set of likeliest tokens whose probability reaches `p` (Holtzman et al. 2020); 1 keeps all.
pub(super) fn top_p(kept: &mut Vec<Choice>, p: f32) {
    if p >= 1.0 || kept.len() < 2 {
        return;
    }
    let target = f64::from(p) * total(kept);
    cut(kept, target);
}

/// Sorts the likeliest and keeps as many of them as reach `target` together.
fn cut(kept: &mut Vec<Choice>, target: f64) {
    // The nucleus is small and the vocabulary large: sort the likeliest 64, then 512, and so on, not all 50257.
    let (mut sorted, mut mass) = (0, 0.0);
    while sorted < kept.len() {
        let end = if sorted == 0 { 64 } else { sorted * 8 }.min(kept.len());
        let rest = &mut kept[sorted..];
        if end - sorted < rest.len() {
            rest.select_nth_unstable_by(end - sorted, by_rank);
        }
        rest[..end - sorted].sort_unstable_by(by_rank);
        for at in sorted..end {
            mass += f64::from(kept[at].weight);
            if mass >= target {
                kept.truncate(at + 1);
                return;
            }
        }
        sorted = end;
    }
}

/// [`temperature`] and [`top_p`] in one, without looking at the many tokens that are too unlikely: a nucleus is a few
/// tokens of a large vocabulary. `weights` is scratch.
pub(super) fn nucleus(
    scores: &[f32],
    max: f32,
    temperature: f32,
    p: f32,
    weights: &mut Vec<f32>,
    kept: &mut Vec<Choice>,
) {
    weights.resize(scores.len(), 0.0);
    let target = f64::from(p) * arithmetic::weigh(scores, max, temperature, weights);
    for floor in [1e-2, 1e-4, 0.0f32] {
        kept.clear();
        let likely = (0u32..).zip(scores.iter().zip(&*weights)).filter(|&(_, (_, &weight))| weight > floor);
        kept.extend(likely.map(|(id, (&score, &weight))| Choice { id, z: (score - max) / temperature, weight }));
        // What is below the floor is less likely than all above it, so it is not needed when these suffice.
        if total(kept) >= target {
            break;
        }
    }
    cut(kept, target);
}

/// Tokens at least `p` times as likely as the likeliest (Nguyen et al. 2024); 0 keeps all.
pub(super) fn min_p(kept: &mut Vec<Choice>, p: f32) {
    let max = kept.iter().map(|choice| choice.weight).fold(0.0, f32::max);
    kept.retain(|choice| choice.weight >= p * max);
}

/// The tokens whose information is nearest the entropy, until their probability reaches `p` (Meister et al. 2023); 1
/// keeps all.
pub(super) fn typical_p(kept: &mut Vec<Choice>, p: f32) {
    if p >= 1.0 || kept.len() < 2 {
        return;
    }
    let total = total(kept);
    let log_total = total.ln();
    let information = |choice: &Choice| log_total - f64::from(choice.z);
    let entropy: f64 = kept.iter().map(|choice| f64::from(choice.weight) / total * information(choice)).sum();
    let distance = |choice: &Choice| (information(choice) - entropy).abs();
    kept.sort_unstable_by(|a, b| distance(a).total_cmp(&distance(b)).then(a.id.cmp(&b.id)));
    let mut mass = 0.0;
    for at in 0..kept.len() {
        mass += f64::from(kept[at].weight) / total;
        if mass >= f64::from(p) {
            kept.truncate(at + 1);
            return;
        }
    }
}

fn total(kept: &[Choice]) -> f64 {
    kept.iter().map(|choice| f64::from(choice.weight)).sum()
}
