//! [`Writer`]: what is measured, stepped as a game steps it.

use std::collections::VecDeque;

use raconteur_core::generate::{
    Constraints, GenerationConfig, GenerationEvent, Pace, Priority, Progress, RequestId, TextGenerator,
};
use raconteur_gpt2::generator::Gpt2Generator;
use raconteur_gpt2::model::{Chunk, Logits, Profile};
use raconteur_gpt2::parallel::Threads;
use raconteur_gpt2::reference::{CandleCache, CandleGpt2};
use raconteur_gpt2::sampling::{Sampler, Scratch};

use crate::error::CliError;

/// What a step said about a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Its prompt begins to be read in this step.
    Started,
    /// It has its last token.
    Done {
        /// Tokens that were written.
        new_tokens: usize,
        /// Tokens of the prompt that needed no reading.
        cached_tokens: usize,
    },
}

/// Writes texts, a token for each of them in a step, and reads prompts a chunk at a time.
pub trait Writer: Send {
    /// Takes in a prompt. No number is given twice.
    fn submit(&mut self, text: u64, prompt: Vec<u32>, new_tokens: usize);

    /// One forward pass. Returns whether there is more to do.
    fn step(&mut self, events: &mut Vec<(u64, Event)>) -> Result<bool, CliError>;

    /// How hard it may work, from the next step on.
    fn set_pace(&mut self, pace: Pace);

    /// Where the time of the passes so far went, where that is known.
    fn profile(&self) -> Option<Profile> {
        None
    }
}

/// The generator that a game has.
pub struct GeneratorWriter {
    generator: Gpt2Generator,
    sampling: GenerationConfig,
}

impl GeneratorWriter {
    pub fn new(generator: Gpt2Generator, sampling: GenerationConfig) -> Self {
        Self { generator, sampling }
    }
}

impl Writer for GeneratorWriter {
    fn submit(&mut self, text: u64, prompt: Vec<u32>, new_tokens: usize) {
        // The text may not end early: end-of-text is masked until it has its length.
        let config =
            GenerationConfig { max_new_tokens: new_tokens, min_new_tokens: new_tokens, ..self.sampling.clone() };
        self.generator.submit_tokens(RequestId(text), prompt, config, Constraints::default(), Priority::Addressed);
    }

    fn step(&mut self, events: &mut Vec<(u64, Event)>) -> Result<bool, CliError> {
        let mut failure = None;
        let mut done = Vec::new();
        let progress = self.generator.step(&mut |id, event| match event {
            GenerationEvent::Started { .. } => events.push((id.0, Event::Started)),
            GenerationEvent::Done { usage } => {
                let (new_tokens, cached_tokens) = (usage.new_tokens, usage.cached_tokens);
                events.push((id.0, Event::Done { new_tokens, cached_tokens }));
                done.push(id);
            }
            GenerationEvent::Failed(error) => failure = Some(error),
            _ => {}
        });
        for id in done {
            self.generator.take_tokens(id);
        }
        failure.map_or(Ok(progress == Progress::Working), |error| Err(CliError::failed(error)))
    }

    fn set_pace(&mut self, pace: Pace) {
        self.generator.set_pace(pace);
    }

    fn profile(&self) -> Option<Profile> {
        Some(self.generator.profile())
    }
}

/// candle, with the same steps as the generator: one chunk of one prompt, and a token for each text.
pub struct CandleWriter {
    model: CandleGpt2,
    threads: Threads,
    chunk: usize,
    sampling: GenerationConfig,
    reading: VecDeque<Text>,
    writing: Vec<Text>,
    scratch: Scratch,
}

struct Text {
    id: u64,
    cache: CandleCache,
    history: Vec<u32>,
    /// Tokens of `history` that are in the cache.
    read: usize,
    /// Length of the prompt, and length of `history` at which the text is complete.
    prompt_tokens: usize,
    end: usize,
    sampler: Sampler,
}

impl CandleWriter {
    /// # Errors
    /// The settings make no sense.
    pub fn new(
        model: CandleGpt2,
        threads: Threads,
        chunk: usize,
        sampling: GenerationConfig,
    ) -> Result<Self, CliError> {
        raconteur_gpt2::sampling::check(&sampling).map_err(CliError::failed)?;
        let (reading, writing) = (VecDeque::new(), Vec::new());
        Ok(Self { model, threads, chunk, sampling, reading, writing, scratch: Scratch::default() })
    }
}

impl Writer for CandleWriter {
    fn submit(&mut self, text: u64, prompt: Vec<u32>, new_tokens: usize) {
        let (prompt_tokens, end) = (prompt.len(), prompt.len() + new_tokens);
        // `new` has checked the settings.
        let Ok(sampler) = Sampler::new(&self.sampling, 0, Vec::new(), None) else { return };
        let cache = self.model.new_cache(end);
        self.reading.push_back(Text { id: text, cache, history: prompt, read: 0, prompt_tokens, end, sampler });
    }

    fn step(&mut self, events: &mut Vec<(u64, Event)>) -> Result<bool, CliError> {
        let (model, chunk) = (&self.model, self.chunk);
        let mut work: Vec<(&mut Text, usize)> = Vec::new();
        if let Some(text) = self.reading.front_mut() {
            if text.read == 0 {
                events.push((text.id, Event::Started));
            }
            let end = (text.read + chunk).min(text.history.len());
            work.push((text, end));
        }
        work.extend(self.writing.iter_mut().map(|text| {
            let end = text.history.len();
            (text, end)
        }));
        let mut batch: Vec<Chunk<'_, CandleCache>> = work
            .iter_mut()
            .map(|(text, end)| {
                let logits = if *end == text.history.len() { Logits::Last } else { Logits::None };
                Chunk { ids: &text.history[text.read..*end], cache: &mut text.cache, logits }
            })
            .collect();
        let logits = self.threads.run(|| model.forward(&mut batch)).map_err(CliError::failed)?;
        let masked: Vec<u32> = model.config().eos_token_id.into_iter().collect();
        for ((text, end), logits) in work.into_iter().zip(logits) {
            text.read = end;
            let Some(logits) = logits.last() else { continue };
            let Text { sampler, history, .. } = text;
            let token = sampler.sample(logits, history, &masked, &mut |_| true, &mut self.scratch);
            history.push(token.map_err(CliError::failed)?.unwrap_or(0));
        }
        if self.reading.front().is_some_and(|text| text.history.len() > text.prompt_tokens) {
            self.writing.extend(self.reading.pop_front());
        }
        self.writing.retain(|text| {
            let done = text.history.len() == text.end;
            if done {
                events.push((text.id, Event::Done { new_tokens: text.end - text.prompt_tokens, cached_tokens: 0 }));
            }
            !done
        });
        Ok(!(self.reading.is_empty() && self.writing.is_empty()))
    }

    /// candle knows neither priorities nor fewer threads than it began with.
    fn set_pace(&mut self, _: Pace) {}
}
