//! A request that writes: one prompt, some candidates.

use raconteur_core::generate::{FinishReason, GenerateError, GenerationConfig, GenerationEvent, RequestId, Usage};

use super::backend::{LanguageModel, Part, Work};
use super::cache::Cache;
use super::context::Context;
use super::vocabulary::Vocabulary;
use crate::constrain::{Limits, Written};
use crate::dry::DryPenalty;
use crate::model::Logits;
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

    /// Takes back what was computed.
    pub fn absorb(
        &mut self,
        work: Work,
        logits: Option<&[f32]>,
        vocabulary: &Vocabulary,
        scratch: &mut Scratch,
        emit: &mut Emit<'_>,
    ) -> Result<(), GenerateError> {
        match work.part {
            Part::Context => {
                self.prompt.absorb(work.cache);
                self.logits = logits.map(<[f32]>::to_vec);
                Ok(())
            }
            Part::Text(candidate) => {
                let Some(at) = self.rows.iter().position(|row| row.candidate == candidate) else { return Ok(()) };
                self.rows[at].cache = Some(work.cache);
                let logits = logits.unwrap_or_default();
                self.sample(at, logits, vocabulary, scratch, emit)
            }
        }
    }

    /// Begins up to `count` candidates, when the prompt has been read: each samples its first token from the prompt's
    /// logits and takes a copy of the prompt's cache.
    pub fn start(
        &mut self,
        count: usize,
        vocabulary: &Vocabulary,
        scratch: &mut Scratch,
        emit: &mut Emit<'_>,
    ) -> Result<(), GenerateError> {
        let Some(logits) = self.logits.take() else { return Ok(()) };
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
            });
            self.sample(self.rows.len() - 1, &logits, vocabulary, scratch, emit)?;
        }
        self.logits = Some(logits);
        Ok(())
    }

    /// Samples the next token of a row; the row goes when its text is complete.
    fn sample(
        &mut self,
        at: usize,
        logits: &[f32],
        vocabulary: &Vocabulary,
        scratch: &mut Scratch,
        emit: &mut Emit<'_>,
    ) -> Result<(), GenerateError> {
        let Settings { max_new_tokens, limits, .. } = &self.settings;
        let row = &mut self.rows[at];
        let reason = row.next(logits, *max_new_tokens, limits, vocabulary, scratch)?;
        // Only the end tells that what was held back as the start of a stop string is none.
        let over = reason.is_some_and(|reason| reason != FinishReason::Stop);
        let text = if over { row.written.stream.finish() } else { row.written.take(limits) };
        if !text.is_empty() {
            emit(GenerationEvent::Text { candidate: row.candidate, text });
        }
        let Some(reason) = reason else { return Ok(()) };
        let Row { candidate, written, history, cache, .. } = self.rows.remove(at);
        emit(GenerationEvent::CandidateDone { candidate, reason, tokens: written.ids.len() });
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
