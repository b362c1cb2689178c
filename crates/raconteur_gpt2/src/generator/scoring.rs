//! A request that scores: some texts after one context, or after two.

use std::collections::VecDeque;
use std::sync::Arc;

use raconteur_core::generate::{GenerateError, RequestId, Score, Usage};

use super::backend::{LanguageModel, Part, Work};
use super::cache::Cache;
use super::context::Context;
use crate::arithmetic::{all_finite, log_sum_exp};
use crate::lora::Adapter;
use crate::model::Logits;
use crate::scheduler::Demand;

/// Contexts that are read one after the other, and texts that are read after each.
#[derive(Debug)]
pub(super) struct Scoring {
    /// The null context, until it is its turn.
    null: Option<Vec<u32>>,
    texts: Vec<Vec<u32>>,
    /// Under which all is read.
    adapter: Option<Arc<Adapter>>,
    /// Log-probabilities, `[contexts so far][texts]`. The last list grows.
    sums: Vec<Vec<f64>>,
    stage: Stage,
    /// Of the prompt.
    usage: Usage,
}

/// Where in the current context it is.
#[derive(Debug)]
enum Stage {
    /// The context is being read.
    Reading(Context),
    /// Texts are being read after it.
    Texts { cache: Cache, left: VecDeque<Open> },
}

/// A text that is not scored to its end.
#[derive(Debug)]
struct Open {
    text: usize,
    /// Tokens that have been read; one more has been scored.
    read: usize,
    /// None until it begins, and while a step computes.
    cache: Option<Cache>,
    /// In this step.
    away: bool,
}

impl Scoring {
    /// Scores after a prompt, and after a null context if there is one. None of them is empty.
    pub fn new(prompt: Vec<u32>, null: Option<Vec<u32>>, texts: Vec<Vec<u32>>, adapter: Option<Arc<Adapter>>) -> Self {
        let usage = Usage { prompt_tokens: prompt.len(), ..Usage::default() };
        let stage = Stage::Reading(context(prompt, &texts, adapter.clone()));
        Self { null, texts, adapter, sums: Vec::new(), stage, usage }
    }

    /// The context that is being read.
    pub fn context(&mut self) -> Option<&mut Context> {
        match &mut self.stage {
            Stage::Reading(context) => Some(context),
            Stage::Texts { .. } => None,
        }
    }

    /// At most `chunk` tokens of texts are read at once: they are the dearest, as the logits of each are wanted.
    pub fn demand(&self, chunk: usize) -> Demand {
        let reads = match &self.stage {
            Stage::Reading(context) => context.left(),
            Stage::Texts { left, .. } => {
                left.iter().map(|open| self.texts[open.text].len() - 1 - open.read).sum::<usize>().min(chunk)
            }
        };
        Demand { reads, waiting: 1, ..Demand::default() }
    }

    /// Adds up to `budget` tokens that are to be read in this step.
    pub fn work(&mut self, request: RequestId, budget: usize, model: &dyn LanguageModel, work: &mut Vec<Work>) {
        if budget == 0 {
            return;
        }
        match &mut self.stage {
            Stage::Reading(context) => context.work(request, budget, model, work),
            Stage::Texts { cache: context, left } => {
                let mut budget = budget;
                for open in left {
                    let tokens = &self.texts[open.text];
                    let end = (open.read + budget).min(tokens.len() - 1);
                    budget -= end - open.read;
                    let cache = open.cache.take().unwrap_or_else(|| context.fork());
                    let ids = tokens[open.read..end].to_vec();
                    open.away = true;
                    work.push(Work { request, part: Part::Text(open.text), ids, cache, logits: Logits::All });
                    if budget == 0 {
                        break;
                    }
                }
            }
        }
    }

    /// Takes back what was computed.
    pub fn absorb<'a>(
        &mut self,
        work: Work,
        mut logits: impl DoubleEndedIterator<Item = &'a [f32]>,
    ) -> Result<(), GenerateError> {
        let texts = &self.texts;
        match (&mut self.stage, work.part) {
            (Stage::Reading(context), Part::Context) => {
                let Some(last) = logits.next_back() else {
                    context.absorb(work.cache);
                    return Ok(());
                };
                if self.sums.is_empty() {
                    self.usage.cached_tokens = context.found();
                }
                let distribution = LogSoftmax::new(last)?;
                self.sums.push(texts.iter().map(|text| text.first().map_or(0.0, |&id| distribution.of(id))).collect());
                let open = |text| Open { text, read: 0, cache: None, away: false };
                let left = (0..texts.len()).filter(|&text| texts[text].len() > 1).map(open).collect();
                self.stage = Stage::Texts { cache: work.cache, left };
            }
            (Stage::Texts { left, .. }, Part::Text(text)) => {
                let Some(at) = left.iter().position(|open| open.text == text && open.away) else { return Ok(()) };
                let open = &mut left[at];
                open.away = false;
                for (logits, &next) in logits.zip(&texts[text][open.read + 1..]) {
                    if let Some(sum) = self.sums.last_mut() {
                        sum[text] += LogSoftmax::new(logits)?.of(next);
                    }
                }
                open.read += work.ids.len();
                open.cache = Some(work.cache);
                if open.read + 1 >= texts[text].len() {
                    left.remove(at);
                }
            }
            _ => {}
        }
        if matches!(&self.stage, Stage::Texts { left, .. } if left.is_empty())
            && let Some(null) = self.null.take()
        {
            self.stage = Stage::Reading(context(null, &self.texts, self.adapter.clone()));
        }
        Ok(())
    }

    /// What it cost and the scores, when all is read.
    pub fn done(&self) -> Option<(Usage, Vec<Score>)> {
        if !matches!(&self.stage, Stage::Texts { left, .. } if left.is_empty()) {
            return None;
        }
        let scores = self.texts.iter().enumerate().map(|(text, tokens)| Score {
            logprob: self.sums[0][text] as f32,
            null_logprob: self.sums.get(1).map(|sums| sums[text] as f32),
            tokens: tokens.len(),
        });
        Some((self.usage, scores.collect()))
    }
}

/// A context after which texts are scored.
fn context(tokens: Vec<u32>, texts: &[Vec<u32>], adapter: Option<Arc<Adapter>>) -> Context {
    // A text's last token is scored and not read.
    let longest = texts.iter().map(Vec::len).max().unwrap_or(0);
    Context::new(tokens, longest.saturating_sub(1), adapter)
}

/// Log-probabilities of the tokens, in f64: sums of many must not drift.
struct LogSoftmax<'a> {
    logits: &'a [f32],
    normaliser: f64,
}

impl<'a> LogSoftmax<'a> {
    fn new(logits: &'a [f32]) -> Result<Self, GenerateError> {
        if !all_finite(logits) {
            return Err(GenerateError::NotFinite);
        }
        Ok(Self { logits, normaliser: log_sum_exp(logits) })
    }

    fn of(&self, id: u32) -> f64 {
        self.logits.get(id as usize).map_or(f64::NEG_INFINITY, |&x| f64::from(x) - self.normaliser)
    }
}
