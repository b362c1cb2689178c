//! From logits to the next token.
//!
//! The order is that of transformers (`GenerationMixin._get_logits_processor`), so that settings mean here what they mean
//! there:
//!
//! 1. logit bias
//! 2. repetition penalty over prompt and text; negative logits are multiplied, not divided
//! 3. DRY, which transformers does not have
//! 4. what may not come next: bans, end-of-text before `min_new_tokens`, what names and a pattern leave out
//! 5. only when sampling: temperature, `top_k`, `top_p`, `min_p`, `typical_p`
//! 6. the draw, or for greedy the likeliest token
//!
//! Where transformers keeps all tokens that tie at a border, the lowest ids stay here: `top_k: 1` is greedy.

mod filters;
mod settings;

use raconteur_core::generate::{GenerateError, GenerationConfig};
use rand_core::RngCore;
use rand_pcg::Pcg64;

use crate::arithmetic::{all_finite, largest};
use crate::constrain::Bits;
use crate::dry::{DryPenalty, DryScratch};
use filters::Choice;
pub use settings::check;

/// Rounds of refused tokens after which the whole vocabulary is asked at once: without a limit a greedy text that has
/// nearly everything banned would cost `vocab_size` passes over the logits for one token.
const ROUNDS: usize = 4;

/// Turns logits into tokens for one candidate. Owns the candidate's random stream.
#[derive(Debug, Clone)]
pub struct Sampler {
    choose: Choose,
    repetition_penalty: f32,
    bias: Vec<(u32, f32)>,
    dry: Option<DryPenalty>,
}

/// How one of the tokens that may come next is taken.
#[derive(Debug, Clone)]
enum Choose {
    /// The likeliest; of equals the lowest id.
    Greedy,
    /// A draw from what the filters leave.
    Draw { rng: Box<Pcg64>, temperature: f32, top_k: usize, top_p: f32, min_p: f32, typical_p: f32 },
}

/// Buffers that all samplers of a thread share, so that a token costs no allocation.
#[derive(Debug, Default)]
pub struct Scratch {
    scores: Vec<f32>,
    weights: Vec<f32>,
    kept: Vec<Choice>,
    seen: Vec<bool>,
    dry: DryScratch,
}

impl Sampler {
    /// A sampler for the candidate of that index. `bias` and `dry` are `config.logit_bias` and `config.dry` in tokens.
    ///
    /// # Errors
    /// [`GenerateError::Config`] when a setting makes no sense; see [`check`].
    pub fn new(
        config: &GenerationConfig,
        candidate: usize,
        bias: Vec<(u32, f32)>,
        dry: Option<DryPenalty>,
    ) -> Result<Self, GenerateError> {
        check(config)?;
        let choose = if config.do_sample {
            Choose::Draw {
                rng: Box::new(stream(config.seed, candidate as u64)),
                temperature: config.temperature,
                top_k: config.top_k,
                top_p: config.top_p,
                min_p: config.min_p,
                typical_p: config.typical_p,
            }
        } else {
            Choose::Greedy
        };
        Ok(Self { choose, repetition_penalty: config.repetition_penalty, bias, dry })
    }

    /// The next token, or `None` when no token is left.
    ///
    /// `logits` has one number a token; `history` are the tokens of prompt and text so far; `masked` may not come next;
    /// `accept` has the last word on the token that was taken: when it refuses, another one is.
    ///
    /// # Errors
    /// [`GenerateError::NotFinite`] when a logit is NaN or infinite.
    pub fn sample(
        &mut self,
        logits: &[f32],
        history: &[u32],
        masked: &[u32],
        accept: &mut dyn FnMut(u32) -> bool,
        scratch: &mut Scratch,
    ) -> Result<Option<u32>, GenerateError> {
        self.sample_within(None, logits, history, masked, accept, scratch)
    }

    /// The same, from the tokens of `within` alone when it is given.
    ///
    /// # Errors
    /// [`GenerateError::NotFinite`] when a logit is NaN or infinite.
    pub fn sample_within(
        &mut self,
        within: Option<&Bits>,
        logits: &[f32],
        history: &[u32],
        masked: &[u32],
        accept: &mut dyn FnMut(u32) -> bool,
        scratch: &mut Scratch,
    ) -> Result<Option<u32>, GenerateError> {
        if !all_finite(logits) {
            return Err(GenerateError::NotFinite);
        }
        self.process(logits, history, masked, scratch);
        if let Some(within) = within {
            within.apply(&mut scratch.scores);
        }
        let Scratch { scores, kept, weights, .. } = scratch;
        for round in 0.. {
            if round == ROUNDS {
                for (id, score) in (0u32..).zip(scores.iter_mut()) {
                    if *score != f32::NEG_INFINITY && !accept(id) {
                        *score = f32::NEG_INFINITY;
                    }
                }
            }
            self.choose.keep(scores, weights, kept);
            if kept.is_empty() {
                break;
            }
            while let Some(at) = self.choose.take(kept) {
                let id = kept[at].id;
                if accept(id) {
                    return Ok(Some(id));
                }
                scores[id as usize] = f32::NEG_INFINITY;
                kept.remove(at);
            }
        }
        Ok(None)
    }

    /// Steps 1 to 4. Leaves a score for each token in `scratch.scores`, minus infinity for what may not come.
    fn process(&self, logits: &[f32], history: &[u32], masked: &[u32], scratch: &mut Scratch) {
        let scores = &mut scratch.scores;
        scores.clear();
        scores.extend_from_slice(logits);
        for &(id, bias) in &self.bias {
            if let Some(score) = scores.get_mut(id as usize) {
                *score = if bias == f32::NEG_INFINITY { bias } else { (*score + bias).clamp(f32::MIN, f32::MAX) };
            }
        }
        if self.repetition_penalty != 1.0 {
            penalise_repeats(scores, history, self.repetition_penalty, &mut scratch.seen);
        }
        if let Some(dry) = &self.dry {
            dry.apply(scores, history, &mut scratch.dry);
        }
        for &id in masked {
            if let Some(score) = scores.get_mut(id as usize) {
                *score = f32::NEG_INFINITY;
            }
        }
    }
}

impl Choose {
    /// Step 5: fills `kept` with the tokens that may be taken and their weights; with none when all are masked.
    fn keep(&self, scores: &[f32], weights: &mut Vec<f32>, kept: &mut Vec<Choice>) {
        kept.clear();
        let Some((best, max)) = likeliest(scores) else { return };
        match self {
            Self::Greedy => kept.push(Choice { id: best, z: 0.0, weight: 1.0 }),
            Self::Draw { temperature, top_k, top_p, min_p, typical_p, .. } => {
                if *top_k == 0 && *top_p < 1.0 {
                    filters::nucleus(scores, max, *temperature, *top_p, weights, kept);
                } else {
                    filters::temperature(scores, max, *temperature, kept);
                    filters::top_k(kept, *top_k);
                    filters::weigh(kept);
                    filters::top_p(kept, *top_p);
                }
                filters::min_p(kept, *min_p);
                filters::typical_p(kept, *typical_p);
            }
        }
    }

    /// Step 6: the place in `kept` of the token that is taken.
    fn take(&mut self, kept: &[Choice]) -> Option<usize> {
        let last = kept.len().checked_sub(1)?;
        match self {
            Self::Greedy => Some(0),
            Self::Draw { rng, .. } => {
                let total: f64 = kept.iter().map(|choice| f64::from(choice.weight)).sum();
                // 53 random bits are what an f64 holds: uniform in [0, 1).
                let target = (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64 * total;
                let mut sum = 0.0;
                for (at, choice) in kept.iter().enumerate() {
                    sum += f64::from(choice.weight);
                    if target < sum {
                        return Some(at);
                    }
                }
                Some(last)
            }
        }
    }
}

/// The token with the highest score, of equals the lowest id; none when all are minus infinity.
fn likeliest(scores: &[f32]) -> Option<(u32, f32)> {
    let max = largest(scores);
    if max == f32::NEG_INFINITY {
        return None;
    }
    (0u32..).zip(scores).find(|&(_, &score)| score == max).map(|(id, _)| (id, max))
}

/// Divides positive and multiplies negative scores of tokens in `history`, each token once (Keskar et al. 2019, CTRL,
/// section 4.1, with the correction for negative logits that transformers made).
fn penalise_repeats(scores: &mut [f32], history: &[u32], penalty: f32, seen: &mut Vec<bool>) {
    seen.clear();
    seen.resize(scores.len(), false);
    for &id in history {
        let (Some(score), Some(seen)) = (scores.get_mut(id as usize), seen.get_mut(id as usize)) else { continue };
        if *seen || *score == f32::NEG_INFINITY {
            continue;
        }
        *seen = true;
        let changed = if *score < 0.0 { *score * penalty } else { *score / penalty };
        *score = changed.clamp(f32::MIN, f32::MAX);
    }
}

/// The random stream of a candidate. Seed and index are mixed first (`SplitMix64`): neighbouring seeds, and neighbouring
/// streams of one seed, of a bare congruential generator are correlated.
fn stream(seed: u64, candidate: u64) -> Pcg64 {
    let low = split_mix(seed ^ split_mix(candidate));
    let high = split_mix(low);
    Pcg64::new((u128::from(high) << 64) | u128::from(low), u128::from(candidate))
}

/// The output function of `SplitMix64` (Steele, Lea and Flood 2014).
fn split_mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests;
