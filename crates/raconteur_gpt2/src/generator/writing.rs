//! A request that writes: one prompt, some candidates.

mod force;
mod rewind;
mod row;

use std::sync::Arc;

use raconteur_core::generate::{GenerateError, GenerationConfig, GenerationEvent, RequestId, Usage};

use super::backend::{LanguageModel, Part, Work};
use super::cache::Cache;
use super::context::Context;
use super::guide;
use super::vocabulary::Vocabulary;
use crate::constrain::Limits;
use crate::dry::DryPenalty;
use crate::lora::Adapter;
use crate::sampling::Sampler;
use crate::scheduler::{Demand, Grant};
pub(super) use force::Musts;
use row::Row;
pub(super) use row::{Draw, draw};

/// What the candidates of a request share.
#[derive(Debug)]
pub(super) struct Settings {
    pub config: GenerationConfig,
    /// `config.max_new_tokens`, cut to the window.
    pub max_new_tokens: usize,
    /// Most tokens of a text into which words are forced: there is room for them behind `max_new_tokens`.
    pub most_tokens: usize,
    pub bias: Vec<(u32, f32)>,
    pub dry: Option<DryPenalty>,
    pub limits: Arc<Limits>,
    pub musts: Musts,
    /// Nothing can be told of the text before it is complete.
    pub whole: bool,
}

/// A prompt that is read, then texts that are written after it.
#[derive(Debug)]
pub(super) struct Writing {
    settings: Settings,
    /// The prompt. Its cache is there until the last candidate takes it.
    prompt: Context,
    /// The context that texts are guided against, read after the prompt.
    against: Option<Context>,
    /// Logits after the prompt, guided, `[vocab_size]`, as soon as it has been read.
    logits: Option<Vec<f32>>,
    /// Candidates that have begun: the next one has this index.
    started: usize,
    rows: Vec<Row>,
    /// The candidates that are complete.
    finished: Vec<Finished>,
    /// Prompt and text of an only candidate that is complete, for whoever goes on from there.
    whole: Option<(Vec<u32>, Cache)>,
}

/// A candidate that is complete.
#[derive(Debug)]
struct Finished {
    candidate: usize,
    tokens: Vec<u32>,
    /// Number of tokens it cost.
    cost: usize,
}

/// Tokens, and the adapter under which they are read.
pub(super) type Adapted = (Vec<u32>, Option<Arc<Adapter>>);

/// Takes the events of one request.
type Emit<'a> = dyn FnMut(GenerationEvent) + 'a;

impl Writing {
    /// Texts after a prompt, guided against another context if there is one; each is read under its own adapter.
    pub fn new(prompt: Adapted, against: Option<Adapted>, settings: Settings) -> Self {
        let context = |(tokens, adapter)| Context::new(tokens, settings.most_tokens, adapter);
        let (prompt, against) = (context(prompt), against.map(context));
        let (rows, finished) = (Vec::new(), Vec::new());
        Self { settings, prompt, against, logits: None, started: 0, rows, finished, whole: None }
    }

    pub fn demand(&self) -> Demand {
        let waiting = self.settings.config.num_return_sequences - self.started;
        let left = self.prompt.left();
        let reads = if left > 0 { left } else { self.against.as_ref().map_or(0, Context::left) };
        Demand { reads, held: false, rows: self.rows.len(), waiting, width: 1 + usize::from(self.against.is_some()) }
    }

    /// What it is reading: the prompt, then the context that it is guided against.
    pub fn context(&mut self) -> &mut Context {
        match &mut self.against {
            Some(against) if self.prompt.left() == 0 => against,
            _ => &mut self.prompt,
        }
    }

    /// Prompt and text, when there is one text and it is complete. Given once.
    pub fn take_whole(&mut self) -> Option<(Vec<u32>, Cache)> {
        self.whole.take()
    }

    /// Adds what is to be computed in this step, within the grant.
    pub fn work(&mut self, request: RequestId, grant: Grant, model: &dyn LanguageModel, work: &mut Vec<Work>) {
        self.context().work(request, grant.read, model, work);
        for row in self.rows.iter_mut().take(grant.rows) {
            row.work(request, work);
        }
    }

    /// The rows whose next tokens can be sampled: those with logits, by part of the request.
    pub fn draws<'a>(&'a mut self, logits: impl Fn(Part) -> Option<&'a [f32]>) -> impl Iterator<Item = Draw<'a>> {
        let Self { settings, rows, logits: start, .. } = self;
        let (settings, start) = (&*settings, start.as_deref());
        rows.iter_mut().filter_map(move |row| {
            let prompt = logits(Part::Text(row.candidate()))?;
            let against = if row.is_guided() { Some(logits(Part::Against(row.candidate()))?) } else { None };
            Some(Draw::new(row, settings, start?, prompt, against))
        })
    }

    /// Takes back what was computed. Of a text, the next token was [drawn](draw).
    pub fn absorb(&mut self, work: Work, logits: Option<&[f32]>, emit: &mut Emit<'_>) -> Result<(), GenerateError> {
        let row = |candidate: usize| move |row: &Row| row.candidate() == candidate;
        match work.part {
            Part::Context => {
                self.context().absorb(work.cache);
                let Some(logits) = logits else { return Ok(()) };
                self.logits = Some(match (self.logits.take(), guide::of(&self.settings.config)) {
                    (Some(prompt), Some(guidance)) => {
                        let mut guided = Vec::with_capacity(logits.len());
                        guide::combine(&prompt, logits, guidance.scale, &mut guided);
                        guided
                    }
                    _ => logits.to_vec(),
                });
                Ok(())
            }
            Part::Text(candidate) => {
                let Some(at) = self.rows.iter().position(row(candidate)) else { return Ok(()) };
                self.rows[at].give_back(work.cache);
                self.take(at, emit)
            }
            Part::Against(candidate) => {
                // Of a text that is complete nothing is needed any more.
                if let Some(at) = self.rows.iter().position(row(candidate)) {
                    self.rows[at].give_back_against(work.cache);
                }
                Ok(())
            }
        }
    }

    /// Begins up to `count` candidates, when all has been read: each samples its first token from the prompt's logits and
    /// takes a copy of the prompt's cache.
    pub fn start(&mut self, count: usize, vocabulary: &Vocabulary, emit: &mut Emit<'_>) -> Result<(), GenerateError> {
        if self.context().left() > 0 || self.logits.is_none() {
            return Ok(());
        }
        let first = self.started;
        for _ in 0..count {
            let candidate = self.started;
            self.started += 1;
            let last = self.started == self.settings.config.num_return_sequences;
            let cache =
                |context: &mut Context| if last { context.take_cache() } else { context.cache().map(Cache::fork) };
            let against = self.against.as_mut().map(|against| (against.tokens().len(), cache(against)));
            let cache = cache(&mut self.prompt);
            let Settings { config, bias, dry, .. } = &self.settings;
            let sampler = Sampler::new(config, candidate, bias.clone(), dry.clone())?;
            self.rows.push(Row::new(candidate, self.prompt.tokens(), cache, against, sampler, &self.settings));
        }
        let Self { settings, rows, logits, .. } = self;
        if let Some(logits) = logits.as_deref() {
            let new = rows.iter_mut().filter(|row| row.candidate() >= first);
            let mut draws: Vec<_> = new.map(|row| Draw::new(row, settings, logits, logits, None)).collect();
            draw(&mut draws, vocabulary);
        }
        for candidate in first..self.started {
            if let Some(at) = self.rows.iter().position(|row| row.candidate() == candidate) {
                self.take(at, emit)?;
            }
        }
        Ok(())
    }

    /// Takes in what was sampled for a row; the row goes when its text is complete.
    fn take(&mut self, at: usize, emit: &mut Emit<'_>) -> Result<(), GenerateError> {
        let row = &mut self.rows[at];
        let Some(outcome) = row.settle() else { return Ok(()) };
        let reason = outcome?;
        let text = row.give(&self.settings, reason);
        if !text.is_empty() {
            emit(GenerationEvent::Text { candidate: row.candidate(), text });
        }
        let Some(reason) = reason else { return Ok(()) };
        let row = self.rows.remove(at);
        let (candidate, cost) = (row.candidate(), row.cost());
        emit(GenerationEvent::CandidateDone { candidate, reason, tokens: cost, repairs: row.repairs() });
        let (history, tokens, cache) = row.finish();
        if self.settings.config.num_return_sequences == 1 {
            self.whole = cache.map(|cache| (history, cache));
        }
        self.finished.push(Finished { candidate, tokens, cost });
        Ok(())
    }

    /// Number of tokens of each text that is being written.
    #[cfg(test)]
    pub fn lengths(&self) -> Vec<usize> {
        self.rows.iter().map(Row::len).collect()
    }

    /// For each cache that is here, the tokens that it is to hold when the next step has read what it lacks, and a copy.
    #[cfg(test)]
    pub fn states(&self) -> Vec<(Vec<u32>, Cache)> {
        let against = self.against.as_ref().map_or(&[][..], Context::tokens);
        self.rows.iter().flat_map(|row| row.states(against)).collect()
    }

    /// What it cost and the tokens of the candidates in order, when all are complete.
    pub fn done(&mut self) -> Option<(Usage, Vec<Vec<u32>>)> {
        if self.finished.len() < self.settings.config.num_return_sequences {
            return None;
        }
        self.finished.sort_by_key(|finished| finished.candidate);
        let new_tokens = self.finished.iter().map(|finished| finished.cost).sum();
        let tokens = self.finished.drain(..).map(|finished| finished.tokens).collect();
        let (prompt_tokens, cached_tokens) = (self.prompt.tokens().len(), self.prompt.found());
        Some((Usage { prompt_tokens, cached_tokens, new_tokens }, tokens))
    }
}
