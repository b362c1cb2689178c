//! A request that writes: one prompt, some candidates.

use std::cell::RefCell;

use raconteur_core::generate::{
    FinishReason, GenerateError, GenerationConfig, GenerationEvent, Repairs, RequestId, Usage,
};

use super::backend::{LanguageModel, Part, Work};
use super::cache::Cache;
use super::context::Context;
use super::vocabulary::Vocabulary;
use crate::constrain::{Limits, Written};
use crate::dry::DryPenalty;
use crate::model::Logits;
use crate::parallel::for_each_piece;
use crate::sampling::{Sampler, Scratch};
use crate::scheduler::{Demand, Grant};

/// What the candidates of a request share.
#[derive(Debug)]
pub(super) struct Settings {
    pub config: GenerationConfig,
    /// `config.max_new_tokens`, cut to the window.
    pub max_new_tokens: usize,
    pub bias: Vec<(u32, f32)>,
    pub dry: Option<DryPenalty>,
    pub limits: Limits,
}

/// A prompt that is read, then texts that are written after it.
#[derive(Debug)]
pub(super) struct Writing {
    settings: Settings,
    /// The prompt. Its cache is there until the last candidate takes it.
    prompt: Context,
    /// Logits after the prompt, `[vocab_size]`, as soon as it has been read.
    logits: Option<Vec<f32>>,
    /// Candidates that have begun: the next one has this index.
    started: usize,
    rows: Vec<Row>,
    /// Tokens of the candidates that are complete, by index.
    finished: Vec<(usize, Vec<u32>)>,
    /// Prompt and text of an only candidate that is complete, for whoever goes on from there.
    whole: Option<(Vec<u32>, Cache)>,
}

/// A candidate that is being written.
#[derive(Debug)]
struct Row {
    candidate: usize,
    /// Away while a step computes.
    cache: Option<Cache>,
    /// Prompt and text.
    history: Vec<u32>,
    sampler: Sampler,
    written: Written,
    /// What the token that has just been sampled did to it.
    outcome: Option<Outcome>,
}

/// Why the text of a row ends with the token that was sampled, if it does.
type Outcome = Result<Option<FinishReason>, GenerateError>;

thread_local! {
    /// Kept from token to token.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// A token that is to be sampled: a row that reads logits.
pub(super) struct Draw<'a> {
    row: &'a mut Row,
    settings: &'a Settings,
    logits: &'a [f32],
}

/// Samples the next tokens of some rows, on all threads of the team. What becomes of them is told later, by
/// [`Writing::absorb`], in their order.
pub(super) fn draw(draws: &mut [Draw<'_>], vocabulary: &Vocabulary) {
    for_each_piece(draws, 1, 1, |_, draws| {
        for Draw { row, settings, logits } in draws {
            let Settings { max_new_tokens, limits, .. } = settings;
            let next = |scratch: &mut Scratch| row.next(logits, *max_new_tokens, limits, vocabulary, scratch);
            row.outcome = Some(SCRATCH.with_borrow_mut(next));
        }
    });
}

/// Takes the events of one request.
type Emit<'a> = dyn FnMut(GenerationEvent) + 'a;

impl Writing {
    pub fn new(prompt: Vec<u32>, settings: Settings) -> Self {
        let prompt = Context::new(prompt, settings.max_new_tokens);
        Self { settings, prompt, logits: None, started: 0, rows: Vec::new(), finished: Vec::new(), whole: None }
    }

    pub fn demand(&self) -> Demand {
        let waiting = self.settings.config.num_return_sequences - self.started;
        Demand { reads: self.prompt.left(), held: false, rows: self.rows.len(), waiting }
    }

    /// The prompt.
    pub fn context(&mut self) -> &mut Context {
        &mut self.prompt
    }

    /// Prompt and text, when there is one text and it is complete. Given once.
    pub fn take_whole(&mut self) -> Option<(Vec<u32>, Cache)> {
        self.whole.take()
    }

    /// Adds what is to be computed in this step, within the grant.
    pub fn work(&mut self, request: RequestId, grant: Grant, model: &dyn LanguageModel, work: &mut Vec<Work>) {
        self.prompt.work(request, grant.read, model, work);
        for row in self.rows.iter_mut().take(grant.rows) {
            if let (Some(&last), Some(cache)) = (row.history.last(), row.cache.take()) {
                let part = Part::Text(row.candidate);
                work.push(Work { request, part, ids: vec![last], cache, logits: Logits::Last });
            }
        }
    }

    /// The rows whose next tokens can be sampled: those with logits, by candidate.
    pub fn draws<'a>(&'a mut self, logits: impl Fn(usize) -> Option<&'a [f32]>) -> impl Iterator<Item = Draw<'a>> {
        let Self { settings, rows, .. } = self;
        let settings = &*settings;
        rows.iter_mut().filter_map(move |row| {
            let logits = logits(row.candidate)?;
            Some(Draw { row, settings, logits })
        })
    }

    /// Takes back what was computed. Of a text, the next token was [drawn](draw).
    pub fn absorb(&mut self, work: Work, logits: Option<&[f32]>, emit: &mut Emit<'_>) -> Result<(), GenerateError> {
        match work.part {
            Part::Context => {
                self.prompt.absorb(work.cache);
                self.logits = logits.map(<[f32]>::to_vec);
                Ok(())
            }
            Part::Text(candidate) => {
                let Some(at) = self.rows.iter().position(|row| row.candidate == candidate) else { return Ok(()) };
                self.rows[at].cache = Some(work.cache);
                self.take(at, emit)
            }
        }
    }

    /// Begins up to `count` candidates, when the prompt has been read: each samples its first token from the prompt's
    /// logits and takes a copy of the prompt's cache.
    pub fn start(&mut self, count: usize, vocabulary: &Vocabulary, emit: &mut Emit<'_>) -> Result<(), GenerateError> {
        let Some(logits) = self.logits.take() else { return Ok(()) };
        let first = self.started;
        for _ in 0..count {
            let candidate = self.started;
            self.started += 1;
            let last = self.started == self.settings.config.num_return_sequences;
            let cache = if last { self.prompt.take_cache() } else { self.prompt.cache().map(Cache::fork) };
            let Settings { config, bias, dry, .. } = &self.settings;
            self.rows.push(Row {
                candidate,
                cache,
                history: self.prompt.tokens().to_vec(),
                sampler: Sampler::new(config, candidate, bias.clone(), dry.clone())?,
                written: Written::default(),
                outcome: None,
            });
        }
        let new = |candidate| (candidate >= first).then_some(&logits[..]);
        draw(&mut self.draws(new).collect::<Vec<_>>(), vocabulary);
        for candidate in first..self.started {
            if let Some(at) = self.rows.iter().position(|row| row.candidate == candidate) {
                self.take(at, emit)?;
            }
        }
        self.logits = Some(logits);
        Ok(())
    }

    /// Takes in what the token that was sampled did to a row; the row goes when its text is complete.
    fn take(&mut self, at: usize, emit: &mut Emit<'_>) -> Result<(), GenerateError> {
        let row = &mut self.rows[at];
        let Some(outcome) = row.outcome.take() else { return Ok(()) };
        let reason = outcome?;
        // Only the end tells that what was held back as the start of a stop string is none.
        let over = reason.is_some_and(|reason| reason != FinishReason::Stop);
        let text = if over { row.written.stream.finish() } else { row.written.take() };
        if !text.is_empty() {
            emit(GenerationEvent::Text { candidate: row.candidate, text });
        }
        let Some(reason) = reason else { return Ok(()) };
        let Row { candidate, written, history, cache, .. } = self.rows.remove(at);
        emit(GenerationEvent::CandidateDone {
            candidate,
            reason,
            tokens: written.ids.len(),
            repairs: Repairs::default(),
        });
        if self.settings.config.num_return_sequences == 1 {
            self.whole = cache.map(|cache| (history, cache));
        }
        self.finished.push((candidate, written.ids));
        Ok(())
    }

    /// Number of tokens of each text that is being written.
    #[cfg(test)]
    pub fn lengths(&self) -> Vec<usize> {
        self.rows.iter().map(|row| row.written.ids.len()).collect()
    }

    /// What it cost and the tokens of the candidates in order, when all are complete.
    pub fn done(&mut self) -> Option<(Usage, Vec<Vec<u32>>)> {
        if self.finished.len() < self.settings.config.num_return_sequences {
            return None;
        }
        self.finished.sort_by_key(|&(candidate, _)| candidate);
        let tokens: Vec<Vec<u32>> = self.finished.drain(..).map(|(_, tokens)| tokens).collect();
        let new_tokens = tokens.iter().map(Vec::len).sum();
        let (prompt_tokens, cached_tokens) = (self.prompt.tokens().len(), self.prompt.found());
        Some((Usage { prompt_tokens, cached_tokens, new_tokens }, tokens))
    }
}

impl Row {
    /// Samples a token and takes it in. Returns why the text ends, if it does.
    fn next(
        &mut self,
        logits: &[f32],
        max_new_tokens: usize,
        limits: &Limits,
        vocabulary: &Vocabulary,
        scratch: &mut Scratch,
    ) -> Result<Option<FinishReason>, GenerateError> {
        let mut masked = Vec::new();
        let Self { history, sampler, written, .. } = self;
        written.mask(limits, &|id| vocabulary.bytes(id), &mut masked);
        masked.extend_from_slice(&vocabulary.nameless);
        let is_end = |id| vocabulary.end_of_text == Some(id);
        let accept = &mut |id| is_end(id) || written.allows(limits, vocabulary.bytes(id));
        let Some(id) = sampler.sample(logits, history, &masked, accept, scratch)? else {
            return Ok(Some(FinishReason::DeadEnd));
        };
        if is_end(id) {
            return Ok(Some(FinishReason::EndOfText));
        }
        history.push(id);
        let stop = written.push(limits, id, vocabulary.bytes(id));
        let full = written.ids.len() >= max_new_tokens;
        Ok(if stop {
            Some(FinishReason::Stop)
        } else if full {
            Some(FinishReason::Length)
        } else {
            None
        })
    }
}
