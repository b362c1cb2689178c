//! The model at work: lines through a desk as in a game, and scores, many at once.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use indicatif::ProgressBar;
use raconteur_core::desk::Desk;
use raconteur_core::generate::{
    GenerationEvent, GenerationRequest, Priority, Progress, RequestId, Score, Task, TextGenerator,
};
use raconteur_core::prompt::Prompt;
use raconteur_core::request::{Finished, LineEvent, LineRequest};
use raconteur_gpt2::generator::GeneratorOptions;
use raconteur_gpt2::loader::{Gpt2Loader, TokenizerFiles};
use raconteur_gpt2::quantize::Quantization;

use crate::error::CliError;

/// How a model is loaded.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// Folder of the model.
    pub model: &'a Path,
    /// Number format; the loader's own when `None`.
    pub quantize: Option<Quantization>,
    /// Threads that compute; 0 for one a core.
    pub threads: usize,
    /// Texts at once; the generator's own when `None`.
    pub batch: Option<usize>,
}

/// A line that was written, and how long it took from its submission.
#[derive(Debug, Clone)]
pub struct Written {
    /// How it ended.
    pub finished: Finished,
    /// Milliseconds to the first words; `None` when an authored line was shown.
    pub first_ms: Option<f64>,
    /// Milliseconds to the end.
    pub done_ms: f64,
}

/// Texts to score in a context.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The context.
    pub prompt: Prompt,
    /// The texts, with their leading space.
    pub texts: Vec<String>,
    /// A context without the scene.
    pub null: Option<String>,
}

/// A generator, a desk before it and a bar beside it.
pub struct Engine {
    generator: Box<dyn TextGenerator>,
    bar: ProgressBar,
    next: u64,
}

impl Engine {
    /// Loads a model.
    pub fn load(setup: Setup<'_>, bar: ProgressBar) -> Result<Self, CliError> {
        let threads = match setup.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let options = GeneratorOptions { threads, ..GeneratorOptions::default() };
        let mut loader = Gpt2Loader {
            generator: GeneratorOptions { max_batch: setup.batch.unwrap_or(options.max_batch), ..options },
            ..Gpt2Loader::new(setup.model)
        };
        if let Some(format) = setup.quantize {
            loader.load.quantization = format;
        }
        let generator = loader.load_generator(TokenizerFiles::Required, &mut |_| {}).map_err(CliError::failed)?;
        Ok(Self { generator: Box::new(generator), bar, next: 0 })
    }

    /// What it is.
    pub fn describe(&self) -> String {
        self.generator.describe()
    }

    /// The bar.
    pub fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    /// Writes lines, all of them waiting at once, and returns them in their order.
    pub fn write(&mut self, requests: Vec<LineRequest>) -> Vec<Written> {
        let mut desk = Desk::new(requests.len().max(1));
        let begin = Instant::now();
        let mut first: HashMap<RequestId, f64> = HashMap::new();
        let mut done: Vec<Option<Written>> = vec![None; requests.len()];
        let bar = self.bar.clone();
        let ms = move || begin.elapsed().as_secs_f64() * 1000.0;
        let mut sink = |id: RequestId, event: LineEvent| match event {
            LineEvent::Chunk { .. } => {
                first.entry(id).or_insert_with(ms);
            }
            LineEvent::Finished(finished) => {
                bar.inc(1);
                let first_ms = first.get(&id).copied();
                if let Ok(place) = usize::try_from(id.0)
                    && let Some(slot) = done.get_mut(place)
                {
                    *slot = Some(Written { finished, first_ms, done_ms: ms() });
                }
            }
            LineEvent::Started { .. } => {}
        };
        for (at, request) in requests.into_iter().enumerate() {
            desk.submit(RequestId(at as u64), request, &mut sink);
        }
        while desk.step(self.generator.as_mut(), &mut sink) == Progress::Working {}
        done.into_iter().flatten().collect()
    }

    /// Writes lines one after another, as one NPC in an idle game would: their times are those of a game.
    pub fn write_alone(&mut self, requests: Vec<LineRequest>) -> Vec<Written> {
        requests.into_iter().flat_map(|request| self.write(vec![request])).collect()
    }

    /// Scores texts; `None` for a context that does not fit the window.
    pub fn score(&mut self, asks: Vec<Ask>) -> Vec<Option<Vec<Score>>> {
        let tasks = asks.into_iter().map(|ask| GenerationRequest {
            prompt: ask.prompt,
            task: Task::Score { continuations: ask.texts, null: ask.null },
            priority: Priority::Addressed,
        });
        let first = self.next;
        let mut scores: Vec<Option<Vec<Score>>> = Vec::new();
        for task in tasks {
            self.generator.submit(RequestId(self.next), task);
            self.next += 1;
            scores.push(None);
        }
        self.run(|id, event, bar| match event {
            GenerationEvent::Scored { scores: found } => {
                if let Some(slot) = usize::try_from(id.0 - first).ok().and_then(|at| scores.get_mut(at)) {
                    *slot = Some(found);
                }
            }
            GenerationEvent::Done { .. } | GenerationEvent::Failed(_) => bar.inc(1),
            _ => {}
        });
        scores
    }

    /// The generator itself.
    pub fn generator(&mut self) -> &mut dyn TextGenerator {
        self.generator.as_mut()
    }

    fn run(&mut self, mut each: impl FnMut(RequestId, GenerationEvent, &ProgressBar)) {
        let bar = &self.bar;
        while self.generator.step(&mut |id, event| each(id, event, bar)) == Progress::Working {}
    }
}

/// `(ln P(text | scene) - ln P(text | null)) / bytes`, as the desk ranks.
pub fn information(score: &Score, text: &str) -> f64 {
    f64::from(score.logprob - score.null_logprob.unwrap_or(0.0)) / text.trim_start().len().max(1) as f64
}
