//! DRY, "don't repeat yourself": the longer the repeat that a token would extend, the less likely it becomes.
//!
//! As text-generation-webui pull request 5677 defines it: if the last `n` tokens stood in the text before and were
//! followed by `t`, then `t` loses `multiplier * base^(n - allowed_length)` for the longest such `n >= allowed_length`.
//! Breakers end a repeat on both sides, and are never made less likely themselves.

use raconteur_core::generate::Dry;

/// [`Dry`] in tokens.
#[derive(Debug, Clone)]
pub struct DryPenalty {
    multiplier: f32,
    base: f32,
    allowed_length: usize,
    breakers: Vec<Vec<u32>>,
}

/// Buffers of [`DryPenalty::apply`].
#[derive(Debug, Default)]
pub struct DryScratch {
    /// Length of the repeat that ends at each place, then used from the end.
    lengths: Vec<usize>,
    /// (token, longest repeat that it would extend).
    found: Vec<(u32, usize)>,
}

impl DryPenalty {
    /// `encode` gives the tokens of a text. A breaker counts in each of the ways it can stand: alone and after a space.
    pub fn new(dry: &Dry, encode: &mut dyn FnMut(&str) -> Vec<u32>) -> Self {
        let mut breakers: Vec<Vec<u32>> =
            dry.breakers.iter().flat_map(|text| [text.clone(), format!(" {text}")]).map(|text| encode(&text)).collect();
        breakers.retain(|tokens| !tokens.is_empty());
        breakers.sort();
        breakers.dedup();
        Self { multiplier: dry.multiplier, base: dry.base, allowed_length: dry.allowed_length.max(1), breakers }
    }

    /// Lowers the scores of tokens that would extend a repeat. Time is linear in the length of `history`.
    pub fn apply(&self, scores: &mut [f32], history: &[u32], scratch: &mut DryScratch) {
        let free = self.since_breaker(history);
        if self.multiplier == 0.0 || free < self.allowed_length || history.len() < 2 {
            return;
        }
        let DryScratch { lengths, found } = scratch;
        suffix_matches(history, lengths);
        found.clear();
        for (at, &next) in history.iter().enumerate().skip(1) {
            let length = lengths[at - 1].min(free);
            if length >= self.allowed_length && !self.starts_breaker(history, at) {
                found.push((next, length));
            }
        }
        // Longest first, then the first of each token is the one that counts.
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        found.dedup_by_key(|&mut (token, _)| token);
        for &(token, length) in found.iter() {
            let over = i32::try_from(length - self.allowed_length).unwrap_or(i32::MAX);
            let penalty = (self.multiplier * self.base.powi(over)).min(f32::MAX);
            if let Some(score) = scores.get_mut(token as usize).filter(|score| **score != f32::NEG_INFINITY) {
                *score = (*score - penalty).max(f32::MIN);
            }
        }
    }

    /// Number of tokens at the end of `history` that belong to no breaker.
    fn since_breaker(&self, history: &[u32]) -> usize {
        for end in (1..=history.len()).rev() {
            if self.breakers.iter().any(|breaker| history[..end].ends_with(breaker)) {
                return history.len() - end;
            }
        }
        history.len()
    }

    fn starts_breaker(&self, history: &[u32], at: usize) -> bool {
        self.breakers.iter().any(|breaker| history[at..].starts_with(breaker))
    }
}

/// For each place, how many tokens up to and with it are also the last ones of `history`: the Z algorithm, from the end.
fn suffix_matches(history: &[u32], lengths: &mut Vec<usize>) {
    let n = history.len();
    lengths.clear();
    lengths.resize(n, 0);
    // `i` counts from the end; [left, right) is the rightmost stretch that is known to match the end.
    let token = |i: usize| history[n - 1 - i];
    let (mut left, mut right) = (0, 0);
    for i in 1..n {
        let mut length = if i < right { lengths[n - 1 - (i - left)].min(right - i) } else { 0 };
        while i + length < n && token(length) == token(i + length) {
            length += 1;
        }
        if i + length > right {
            (left, right) = (i, i + length);
        }
        lengths[n - 1 - i] = length;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn penalty(breakers: &[&str]) -> DryPenalty {
        let dry = Dry {
            multiplier: 0.8,
            base: 1.75,
            allowed_length: 2,
            breakers: breakers.iter().map(ToString::to_string).collect(),
        };
        // Letters are tokens; a space is none, so that the form after a space is the same.
        DryPenalty::new(&dry, &mut |text| text.trim().bytes().map(u32::from).collect())
    }

    fn scores(dry: &DryPenalty, history: &str) -> Vec<f32> {
        let history: Vec<u32> = history.bytes().map(u32::from).collect();
        let mut scores = vec![0.0; 128];
        dry.apply(&mut scores, &history, &mut DryScratch::default());
        scores
    }

    #[test]
    fn longer_repeats_cost_more() {
        let dry = penalty(&[]);
        let lost = |history: &str, next: char| -scores(&dry, history)[next as usize];
        assert_eq!(lost("abcxb", 'c'), 0.0, "one token is free");
        assert!((lost("abcxab", 'c') - 0.8).abs() < 1e-6);
        assert!((lost("zabcxzab", 'c') - 0.8 * 1.75).abs() < 1e-6);
        assert_eq!(lost("zabcxzab", 'q'), 0.0);
    }

    #[test]
    fn the_longest_of_several_repeats_counts() {
        let dry = penalty(&[]);
        assert!((-scores(&dry, "zabc-abc-zab")[usize::from(b'c')] - 0.8 * 1.75).abs() < 1e-6);
    }

    #[test]
    fn breakers_end_repeats() {
        assert_eq!(scores(&penalty(&["z"]), "zabcxzab")[usize::from(b'c')], -0.8, "counted from after the breaker");
        assert_eq!(scores(&penalty(&["b"]), "zabcxzab")[usize::from(b'c')], 0.0, "the last token is a breaker");
        assert_eq!(scores(&penalty(&["c"]), "zabcxzab")[usize::from(b'c')], 0.0, "the next token is a breaker");
        assert_eq!(scores(&penalty(&["za"]), "zabcxzab")[usize::from(b'c')], 0.0, "breakers of several tokens");
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(history in prop::collection::vec(0u32..4, 0..40), cut in 0u32..5) {
            let dry = DryPenalty { multiplier: 0.5, base: 1.5, allowed_length: 2, breakers: vec![vec![cut]] };
            let mut fast = vec![0.0; 5];
            dry.apply(&mut fast, &history, &mut DryScratch::default());
            let mut longest = [0usize; 5];
            for at in 1..history.len() {
                let mut n = 0;
                while n < at && history[at - 1 - n] == history[history.len() - 1 - n] && history[at - 1 - n] != cut {
                    n += 1;
                }
                if history[at] != cut {
                    longest[history[at] as usize] = longest[history[at] as usize].max(n);
                }
            }
            for (token, &n) in longest.iter().enumerate() {
                let expected = if n >= 2 { -0.5 * 1.5f32.powi(n as i32 - 2) } else { 0.0 };
                prop_assert!((fast[token] - expected).abs() <= 1e-5 * expected.abs(), "{token}: {} {expected}", fast[token]);
            }
        }
    }
}
