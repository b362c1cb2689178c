//! Scores: which of several texts is shown.

use super::{Job, Next};
use crate::compose::seed_of;
use crate::generate::{Repairs, Score};
use crate::judge::Rejection;
use crate::request::{Finished, LineEvent, Source};

/// Nats a byte below the best score within which a candidate is as good as the best: the scores of a model this small
/// do not tell such texts apart, and always taking the first would make a speaker repeat their safest line.
const NEAR: f32 = 0.05;

/// Nats a byte that each word costs which was written into a candidate at the last chance, when candidates are compared.
/// Such a word has much to do with the scene, so the score likes it, and it seldom reads as well as one that came by
/// itself.
const FORCED: f32 = 0.4;

/// Candidates that passed the rules, whose scores are asked for.
#[derive(Default)]
pub(super) struct Ranking {
    pub(super) survivors: Vec<Survivor>,
    /// Number of candidates that were written.
    pub(super) of: usize,
    pub(super) floor: f32,
    pub(super) seed: u64,
}

/// Authored texts whose scores are asked for.
#[derive(Default)]
pub(super) struct Picking {
    pub(super) from: Vec<String>,
}

/// A candidate that passed the rules.
pub(super) struct Survivor {
    pub(super) text: String,
    pub(super) repairs: Repairs,
}

impl Job {
    pub(super) fn on_ranked(&mut self, ranking: Ranking, scores: &[Score], show: &mut dyn FnMut(LineEvent)) -> Next {
        let Ranking { mut survivors, of, floor, seed } = ranking;
        let texts: Vec<&String> = survivors.iter().map(|survivor| &survivor.text).collect();
        let mut ranked = ranked(scores, &texts);
        let scored = ranked.iter().map(|&(place, score)| (texts[place].clone(), score)).collect();
        ranked.retain(|&(_, score)| score >= floor);
        for (place, score) in &mut ranked {
            *score -= FORCED * survivors[*place].repairs.forced as f32;
        }
        ranked.sort_by(|(a, left), (b, right)| right.total_cmp(left).then(a.cmp(b)));
        let finished = match choose(&ranked, seed) {
            Some(place) => {
                let Survivor { text, repairs } = survivors.swap_remove(place);
                self.deliver(text, Source::Ranked { of }, repairs, show)
            }
            None => {
                self.rejected.extend(survivors.into_iter().map(|one| (one.text, Rejection::BelowFloor)));
                self.give_up(crate::request::Why::Rejected(Rejection::BelowFloor))
            }
        };
        Next::Finish(Finished { scored, ..finished })
    }

    pub(super) fn on_picked(&mut self, picking: Picking, scores: &[Score], show: &mut dyn FnMut(LineEvent)) -> Next {
        let Picking { from } = picking;
        let ranked = ranked(scores, &from);
        match ranked.first().map(|&(best, _)| &from[best]) {
            Some(text) if !text.trim().is_empty() => {
                let of = from.len();
                let finished = self.deliver(text.clone(), Source::Ranked { of }, Repairs::default(), show);
                let scored = ranked.iter().map(|&(place, score)| (from[place].clone(), score)).collect();
                let ranking = ranked.into_iter().map(|(place, _)| place).collect();
                Next::Finish(Finished { ranking, scored, ..finished })
            }
            _ => self.reject(Rejection::Empty),
        }
    }
}

/// The place of one of those that are near the best, by seed; `None` when there is none.
fn choose(ranked: &[(usize, f32)], seed: u64) -> Option<usize> {
    let &(_, best) = ranked.first()?;
    let near = ranked.iter().take_while(|&&(_, score)| score >= best - NEAR).count();
    // What is left of a division is below `near`, which is a `usize`.
    let chosen = usize::try_from(seed_of(seed, "near the best", 0) % near.max(1) as u64).unwrap_or(0);
    ranked.get(chosen).map(|&(place, _)| place)
}

/// Places of the texts with their scores, most informative first; ties keep the order.
pub(super) fn ranked(scores: &[Score], texts: &[impl AsRef<str>]) -> Vec<(usize, f32)> {
    let scored = texts.iter().zip(scores).map(|(text, score)| information(score, text.as_ref()));
    let mut ranked: Vec<(usize, f32)> = scored.enumerate().collect();
    ranked.sort_by(|(a, left), (b, right)| right.total_cmp(left).then(a.cmp(b)));
    ranked
}

/// Pointwise mutual information with the scene in nats a byte; without a null context, likelihood a byte.
pub(crate) fn information(score: &Score, text: &str) -> f32 {
    let bits = score.logprob - score.null_logprob.unwrap_or(0.0);
    if bits.is_finite() { bits / text.len().max(1) as f32 } else { f32::NEG_INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Priority;
    use crate::prompt::Prompt;
    use crate::request::{LineRequest, Work};

    #[test]
    fn among_what_is_near_the_best_the_seed_chooses() {
        let ranked = [(3, 0.9), (0, 0.87), (2, 0.86), (1, 0.8)];
        let mut places: Vec<usize> = (0..200).filter_map(|seed| choose(&ranked, seed)).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places, [0, 2, 3], "all that are near, and only those");
        assert_eq!(choose(&ranked, 7), choose(&ranked, 7));
        assert_eq!(choose(&[], 7), None);
    }

    /// Which of some candidates is shown: (text, score in nats a byte, words that were forced).
    fn shown(candidates: &[(&str, f32, usize)], floor: f32) -> (String, Vec<f32>) {
        let survivor = |&(text, _, forced): &(&str, f32, usize)| Survivor {
            text: text.to_owned(),
            repairs: Repairs { forced, rewound: 0 },
        };
        let scores = candidates.iter().map(|&(text, score, _)| Score {
            logprob: score * text.len() as f32,
            null_logprob: Some(0.0),
            tokens: 1,
        });
        let scores: Vec<Score> = scores.collect();
        let survivors: Vec<Survivor> = candidates.iter().map(survivor).collect();
        let work = Work::Pick { prompt: Prompt::default(), from: Vec::new(), null: None };
        let fallback = "as written".to_owned();
        let (mut job, _) = Job::begin(LineRequest { work, fallback, priority: Priority::OnScreen, budget_ms: 0 });
        let ranking = Ranking { of: survivors.len(), survivors, floor, seed: 1 };
        match job.on_ranked(ranking, &scores, &mut |_| {}) {
            Next::Finish(finished) => (finished.text, finished.scored.iter().map(|(_, score)| *score).collect()),
            _ => (String::new(), Vec::new()),
        }
    }

    #[test]
    fn a_word_that_came_by_itself_goes_before_one_that_was_forced() {
        let both = [("I see it. Stair.", 1.3, 1), ("Mind the stair.", 1.0, 0)];
        assert_eq!(shown(&both, 0.6).0, "Mind the stair.");
        assert_eq!(shown(&both, 1.2).0, "I see it. Stair.", "what is below the floor is not there");
        assert_eq!(shown(&both[..1], 0.6).0, "I see it. Stair.", "the floor is for the score as it is");
        assert_eq!(shown(&both, 1.4).0, "as written");
        let scored = shown(&both, 0.6).1;
        assert!((scored[0] - 1.3).abs() < 1e-4 && (scored[1] - 1.0).abs() < 1e-4, "told as scored: {scored:?}");
    }

    #[test]
    fn scores_that_are_no_numbers_are_the_last() {
        let score = |logprob| Score { logprob, null_logprob: Some(-1.0), tokens: 1 };
        let places = |scores: &[f32]| -> Vec<usize> {
            let scores: Vec<Score> = scores.iter().map(|logprob| score(*logprob)).collect();
            ranked(&scores, &["abc"; 3]).into_iter().map(|(place, _)| place).collect()
        };
        assert_eq!(places(&[f32::NAN, -2.0, f32::NEG_INFINITY]), [1, 0, 2]);
        assert_eq!(places(&[-2.0, -2.0, -1.0]), [2, 0, 1]);
    }
}
