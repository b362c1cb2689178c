//! [`Gpt2Generator`]: a GPT-2 behind the [`TextGenerator`] seam.
//!
//! ```text
//! submit -> waiting -> fitted into the window, in tokens -> takes over the pages that are known (prefix)
//!                                                        -> reads the rest of its prompt, a chunk a step
//!                                                             |-> writes: each candidate forks the prompt's cache, joins
//!                                                             |   the batch, samples a token a step, leaves when it ends
//!                                                             |-> scores: each text forks the cache and is read after it
//!                                                             `-> only reads: its pages are there for the next request
//! ```
//! One [`step`](TextGenerator::step) is one forward pass; [`scheduler`](crate::scheduler) says who takes part in it.
//!
//! A text is a function of the model, the prompt, the settings and the seed alone: the logits of a sequence do not depend
//! on its company, nor on who read the beginning of its prompt, and each candidate has its own random stream.
//!
//! A prompt may name an adapter ([`lora`](crate::lora)): it is then read and written on under it, beside others in the
//! same batch, and pages are shared among those who have the same.
//!
//! What is kept for others is every full page of a prompt as soon as it is read, and the text of a request that writes
//! one: in a talk it stands in the next prompt.
//!
//! What exceeds the window cannot be asked of the model: a prompt is fitted into `n_positions - max_new_tokens`, or into
//! `n_positions` less the longest text to score, before it is read.

mod adapters;
mod backend;
mod cache;
mod context;
mod guide;
mod prefixes;
mod prepare;
mod reading;
mod scoring;
mod vocabulary;
mod writing;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::OnceLock;

use raconteur_core::generate::{
    AdapterError, AdapterFiles, Constraints, GenerateError, GenerationConfig, GenerationEvent, GenerationRequest, Pace,
    Priority, Progress, RequestId, Sink, Task, TextGenerator,
};

use crate::error::Gpt2Error;
use crate::model::{Gpt2, Profile, Workspace};
use crate::parallel::Threads;
use crate::prefix::PrefixCache;
use crate::scheduler::{ALONE, Demand, Grant, StepSize, plan};
use crate::tokenizer::Gpt2Tokenizer;
use adapters::Adapters;
pub(crate) use backend::LanguageModel;
use backend::{Part, Work};
use context::Context;
use reading::Reading;
use scoring::Scoring;
use vocabulary::Vocabulary;
use writing::Writing;

/// Knobs of a [`Gpt2Generator`] that change how fast it is, never what it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratorOptions {
    /// Most texts that are written in one step; one under guidance counts as two. **Default** 8.
    pub max_batch: usize,
    /// Most tokens of prompts that are read in one step beside texts that are written; four times as many while there
    /// are none. **Default** 32.
    pub prefill_chunk: usize,
    /// Threads that compute; 0 leaves one core to the game, and takes at least one. **Default** 0.
    pub threads: usize,
    /// Most MiB of keys and values. What the requests at work leave of it holds beginnings of prompts for others; they
    /// give way when the requests need it, and the requests never do. 0 shares nothing. **Default** 256: with 124 M
    /// parameters and 8-bit keys and values 13,000 tokens, thirteen whole windows.
    pub kv_budget_mb: usize,
}

impl Default for GeneratorOptions {
    fn default() -> Self {
        Self { max_batch: 8, prefill_chunk: 32, threads: 0, kv_budget_mb: 256 }
    }
}

/// Writes and scores texts with a GPT-2, many at once.
pub struct Gpt2Generator {
    model: Box<dyn LanguageModel>,
    vocabulary: Vocabulary,
    options: GeneratorOptions,
    threads: Arc<Threads>,
    workspace: Workspace,
    pace: Pace,
    /// Beginnings of prompts. None where there are no pages or no memory for them.
    prefixes: Option<PrefixCache>,
    /// Of the model, when it has been asked for.
    fingerprint: OnceLock<u64>,
    adapters: Adapters,
    /// Most urgent first, then first come.
    live: Vec<Live>,
    /// Tokens of finished candidates, of the requests whose tokens are kept.
    written: HashMap<RequestId, Vec<Vec<u32>>>,
}

/// Steps without anything to do after which a request that could go on becomes more urgent.
const PATIENCE: u32 = 64;

/// A request that has not ended.
struct Live {
    id: RequestId,
    /// As it was submitted, or more urgent when it has waited long.
    priority: Priority,
    /// Steps that passed it over, since it last got something.
    passed: u32,
    state: State,
}

/// How far a request is.
enum State {
    /// Nobody has looked at it yet. Boxed, since most of the time requests are in the other states.
    Waiting(Box<Submission>),
    /// Texts are written.
    Writing(Box<Writing>),
    /// Texts are scored.
    Scoring(Box<Scoring>),
    /// A prompt is read for others.
    Reading(Box<Reading>),
}

/// What was submitted.
enum Submission {
    /// Text, as the seam has it.
    Text(GenerationRequest),
    /// Tokens.
    Tokens(Vec<u32>, GenerationConfig, Constraints),
}

impl Gpt2Generator {
    /// A generator with its own threads. Without a tokenizer only tokens can be submitted, and texts are empty.
    ///
    /// # Errors
    /// The tokenizer knows tokens that the model does not, or the threads cannot be started.
    pub fn new(model: Gpt2, tokenizer: Option<Gpt2Tokenizer>, options: GeneratorOptions) -> Result<Self, Gpt2Error> {
        Self::with_model(Box::new(model), tokenizer, options)
    }

    fn with_model(
        model: Box<dyn LanguageModel>,
        tokenizer: Option<Gpt2Tokenizer>,
        options: GeneratorOptions,
    ) -> Result<Self, Gpt2Error> {
        let threads = Threads::new(thread_count(options.threads))?;
        Self::on_threads(model, tokenizer, options, threads)
    }

    /// The same on threads that are there already: those which loaded the model.
    pub(crate) fn on_threads(
        model: Box<dyn LanguageModel>,
        tokenizer: Option<Gpt2Tokenizer>,
        options: GeneratorOptions,
        threads: Threads,
    ) -> Result<Self, Gpt2Error> {
        let vocabulary = Vocabulary::new(tokenizer, model.vocab_size(), model.eos_token_id())?;
        let options = GeneratorOptions {
            max_batch: options.max_batch.max(1),
            prefill_chunk: options.prefill_chunk.max(1),
            threads: threads.count(),
            ..options
        };
        let prefixes = prefixes::cache(&*model, options.kv_budget_mb);
        let generator = Self {
            model,
            vocabulary,
            options,
            threads: Arc::new(threads),
            workspace: Workspace::default(),
            pace: Pace::default(),
            prefixes,
            fingerprint: OnceLock::new(),
            adapters: Adapters::default(),
            live: Vec::new(),
            written: HashMap::new(),
        };
        generator.activate();
        Ok(generator)
    }

    /// Takes in a prompt of tokens, to be read as they are. Else as [`submit`](TextGenerator::submit).
    ///
    /// `max_new_tokens` is cut to what the window leaves.
    pub fn submit_tokens(
        &mut self,
        id: RequestId,
        prompt: Vec<u32>,
        config: GenerationConfig,
        constraints: Constraints,
        priority: Priority,
    ) {
        self.keep_tokens(id);
        self.enqueue(id, priority, Submission::Tokens(prompt, config, constraints));
    }

    /// Keeps the tokens of a live request for [`take_tokens`](Self::take_tokens). Without it they are forgotten.
    pub fn keep_tokens(&mut self, id: RequestId) {
        self.written.insert(id, Vec::new());
    }

    /// The tokens of a request that is done, if they were kept: one list a candidate, without end-of-text. They are
    /// given once.
    pub fn take_tokens(&mut self, id: RequestId) -> Vec<Vec<u32>> {
        self.written.remove(&id).unwrap_or_default()
    }

    /// Runs an empty context of one chunk through the model: memory is paged in, buffers are made.
    pub(crate) fn warm_up(&mut self) -> Result<(), GenerateError> {
        let tokens = self.options.prefill_chunk.min(self.model.n_positions());
        let cache = self.model.new_cache(tokens, None);
        let mut work = [Work::warm_up(vec![0; tokens], cache)];
        let (model, workspace) = (&*self.model, &mut self.workspace);
        self.threads.run(|| backend::forward(model, &mut work, workspace)).into_iter().collect()
    }

    /// The token that ends a text, where the model's vocabulary has it.
    pub fn end_of_text(&self) -> Option<u32> {
        self.vocabulary.end_of_text
    }

    /// Whether there is a tokenizer: without one only tokens go in and come out.
    pub fn has_tokenizer(&self) -> bool {
        self.vocabulary.has_tokenizer()
    }

    /// Where the time of all passes through the model so far went. Empty on candle.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.workspace.profile()
    }

    /// Number of threads that compute.
    pub fn threads(&self) -> usize {
        self.threads.count()
    }

    fn enqueue(&mut self, id: RequestId, priority: Priority, submission: Submission) {
        self.stand_in_line(Live { id, priority, passed: 0, state: State::Waiting(Box::new(submission)) });
    }

    /// Behind all that are at least as urgent.
    fn stand_in_line(&mut self, live: Live) {
        let at = self.live.partition_point(|other| other.priority >= live.priority);
        self.live.insert(at, live);
    }

    /// Makes requests more urgent that got nothing for [`PATIENCE`] steps because of others: at the latest among the most
    /// urgent it is those who came first that go on. So nobody is passed over for ever, however many others come. What is
    /// only read ahead may be.
    fn age(&mut self, grants: &[Grant]) {
        for (live, grant) in self.live.iter_mut().zip(grants) {
            let waits =
                *grant == Grant::default() && live.state.demand(1).places() > 0 && live.priority < Priority::Addressed;
            live.passed = if waits { live.passed + 1 } else { 0 };
        }
        while let Some(at) = self.live.iter().position(|live| live.passed >= PATIENCE) {
            let live = self.live.remove(at);
            let priority = match live.priority {
                Priority::Ambient => Priority::OnScreen,
                Priority::OnScreen | Priority::Addressed => Priority::Addressed,
            };
            self.stand_in_line(Live { priority, passed: 0, ..live });
        }
    }

    fn step_size(&self) -> StepSize {
        let GeneratorOptions { max_batch, prefill_chunk, .. } = self.options;
        let most = self.pace.prefill_chunk.map_or(usize::MAX, NonZeroUsize::get);
        StepSize { max_batch, beside: prefill_chunk.min(most), alone: prefill_chunk.saturating_mul(ALONE).min(most) }
    }

    fn grants(&mut self) -> Vec<Grant> {
        let size = self.step_size();
        let mut ahead: Vec<&Context> = Vec::new();
        let mut demands = Vec::with_capacity(self.live.len());
        for live in &mut self.live {
            let mut demand = live.state.demand(size.beside);
            if self.prefixes.is_some()
                && let Some(context) = live.state.context()
            {
                demand.held = ahead.iter().any(|other| other.will_give(context));
                ahead.push(context);
            }
            demands.push(demand);
        }
        plan(&demands, size)
    }

    /// Fits the requests that are to read in this step into the window, if nobody has yet. One that cannot be fitted has
    /// failed, and the next one is looked at.
    fn admit(&mut self, sink: &mut Sink<'_>) {
        while let Some(at) = self.next_to_admit() {
            let live = &mut self.live[at];
            let State::Waiting(submission) = &live.state else { return };
            match prepare::prepare(submission, &*self.model, &self.vocabulary, &mut self.adapters) {
                Ok((state, bill)) => {
                    live.state = state;
                    let id = live.id;
                    sink(id, GenerationEvent::Started { bill });
                    self.catch_up(sink);
                }
                Err(error) => self.fail(at, error, sink),
            }
        }
    }

    fn next_to_admit(&mut self) -> Option<usize> {
        let grants = self.grants();
        let mut live = self.live.iter().zip(grants);
        live.position(|(live, grant)| grant.read > 0 && matches!(live.state, State::Waiting(_)))
    }

    /// Lets as many threads take part as the pace allows. candle splits its work by rayon, which has all of them.
    fn activate(&self) {
        let most = self.pace.threads.map_or(usize::MAX, NonZeroUsize::get);
        self.threads.set_active(if self.model.uses_team() { most } else { 1 });
    }

    /// One step.
    fn advance(&mut self, sink: &mut Sink<'_>) {
        self.start(sink);
        self.catch_up(sink);
        self.admit(sink);
        let mut work = Vec::new();
        let grants = self.grants();
        for (&grant, live) in grants.iter().zip(&mut self.live) {
            match &mut live.state {
                State::Waiting(_) => {}
                State::Writing(writing) => writing.work(live.id, grant, &*self.model, &mut work),
                State::Scoring(scoring) => scoring.work(live.id, grant.read, &*self.model, &mut work),
                State::Reading(reading) => reading.context().work(live.id, grant.read, &*self.model, &mut work),
            }
        }
        self.age(&grants);
        self.make_room(&work);
        let mut workspace = std::mem::take(&mut self.workspace);
        let results = backend::forward(&*self.model, &mut work, &mut workspace);
        self.draw(&work, &workspace);
        for (at, (work, result)) in work.into_iter().zip(results).enumerate() {
            let id = work.request;
            // A request that failed with an earlier row is no longer there.
            let Some(live) = self.live.iter_mut().find(|live| live.id == id) else { continue };
            if let (Ok(_), Part::Context, Some(prefixes)) = (&result, work.part, &mut self.prefixes)
                && let Some(context) = live.state.context()
            {
                let tokens = &context.tokens()[..work.cache.len()];
                prefixes.keep(work.cache.start(), tokens, work.cache.full_pages());
            }
            let result = result.and_then(|()| match &mut live.state {
                State::Waiting(_) => Ok(()),
                State::Reading(reading) => {
                    reading.context().absorb(work.cache);
                    Ok(())
                }
                State::Writing(writing) => {
                    let logits = workspace.logits(at).next_back();
                    writing.absorb(work, logits, &mut |event| sink(id, event))
                }
                State::Scoring(scoring) => scoring.absorb(work, workspace.logits(at)),
            });
            self.settle(id, result, sink);
        }
        self.workspace = workspace;
        self.start(sink);
    }

    /// Samples the next token of every text that has logits now.
    fn draw(&mut self, work: &[Work], workspace: &Workspace) {
        let mut draws = Vec::with_capacity(work.len());
        for live in &mut self.live {
            if let State::Writing(writing) = &mut live.state {
                let id = live.id;
                draws.extend(writing.draws(move |part| {
                    let is_row = |work: &Work| work.request == id && work.part == part;
                    workspace.logits(work.iter().position(is_row)?).next_back()
                }));
            }
        }
        writing::draw(&mut draws, &self.vocabulary);
    }

    fn fail(&mut self, at: usize, error: GenerateError, sink: &mut Sink<'_>) {
        let live = self.live.remove(at);
        self.written.remove(&live.id);
        sink(live.id, GenerationEvent::Failed(error));
    }

    /// Begins texts whose prompts have been read and that have a place, which costs no forward pass.
    fn start(&mut self, sink: &mut Sink<'_>) {
        let grants = self.grants();
        let mut ids: Vec<(RequestId, usize)> = Vec::new();
        ids.extend(self.live.iter().zip(&grants).filter(|(_, grant)| grant.starts > 0).map(|(l, g)| (l.id, g.starts)));
        for (id, starts) in ids {
            let Some(at) = self.live.iter().position(|live| live.id == id) else { continue };
            let State::Writing(writing) = &mut self.live[at].state else { continue };
            let result = writing.start(starts, &self.vocabulary, &mut |event| sink(id, event));
            self.settle(id, result, sink);
        }
    }

    /// Ends a request that is complete or has failed.
    fn settle(&mut self, id: RequestId, result: Result<(), GenerateError>, sink: &mut Sink<'_>) {
        let Some(at) = self.live.iter().position(|live| live.id == id) else { return };
        if let Err(error) = result {
            self.fail(at, error, sink);
            return;
        }
        let usage = match &mut self.live[at].state {
            State::Waiting(_) => None,
            State::Writing(writing) => writing.done().map(|(usage, tokens)| {
                if let (Some(prefixes), Some((tokens, cache))) = (&mut self.prefixes, writing.take_whole()) {
                    prefixes.keep(cache.start(), &tokens, cache.full_pages());
                }
                if let Some(written) = self.written.get_mut(&id) {
                    *written = tokens;
                }
                usage
            }),
            State::Scoring(scoring) => scoring.done().map(|(usage, scores)| {
                sink(id, GenerationEvent::Scored { scores });
                usage
            }),
            State::Reading(reading) => reading.done(),
        };
        if let Some(usage) = usage {
            self.live.remove(at);
            sink(id, GenerationEvent::Done { usage });
        }
    }
}

impl State {
    fn demand(&self, chunk: usize) -> Demand {
        match self {
            Self::Waiting(submission) => {
                let (waiting, width) = submission.texts();
                Demand { reads: 1, waiting, width, ..Demand::default() }
            }
            Self::Writing(writing) => writing.demand(),
            Self::Scoring(scoring) => scoring.demand(chunk),
            Self::Reading(reading) => reading.demand(),
        }
    }

    /// What it is reading, unless that has been read.
    fn context(&mut self) -> Option<&mut Context> {
        let context = match self {
            Self::Waiting(_) => None,
            Self::Writing(writing) => Some(writing.context()),
            Self::Scoring(scoring) => scoring.context(),
            Self::Reading(reading) => Some(reading.context()),
        };
        context.filter(|context| context.left() > 0)
    }
}

impl Submission {
    /// Number of texts that it will have in the batch, and of rows that each of them takes.
    fn texts(&self) -> (usize, usize) {
        let writes =
            |config: &GenerationConfig| (config.num_return_sequences, 1 + usize::from(guide::of(config).is_some()));
        match self {
            Self::Text(request) => match &request.task {
                Task::Continue { config, .. } => writes(config),
                Task::Score { .. } => (1, 1),
                Task::Read { .. } => (0, 1),
            },
            Self::Tokens(_, config, _) => writes(config),
        }
    }
}

impl TextGenerator for Gpt2Generator {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        self.enqueue(id, request.priority, Submission::Text(request));
    }

    fn cancel(&mut self, id: RequestId) {
        self.live.retain(|live| live.id != id);
        self.written.remove(&id);
    }

    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        // All of a step is computed on the threads, sampling too: they have the priority that work beside a game has.
        let threads = Arc::clone(&self.threads);
        let mut events = Vec::new();
        threads.run(|| self.advance(&mut |id, event| events.push((id, event))));
        events.into_iter().for_each(|(id, event)| sink(id, event));
        if self.live.is_empty() { Progress::Idle } else { Progress::Working }
    }

    fn has_room(&self, priority: Priority) -> bool {
        let ahead = self.live.iter().filter(|live| live.priority >= priority);
        ahead.map(|live| live.state.demand(1).places()).sum::<usize>() < self.options.max_batch
    }

    fn describe(&self) -> String {
        self.model.describe()
    }

    fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
        let count = self.threads.count();
        // A thread cannot be given a priority back that it gave up, so there are other threads. Where they cannot be
        // had, the ones that are there go on.
        if pace.priority != self.threads.priority()
            && let Ok(threads) = Threads::with_priority(count, pace.priority)
        {
            self.threads = Arc::new(threads);
        }
        self.activate();
    }

    fn put_adapter(&mut self, name: &str, files: &AdapterFiles) {
        // What is wrong with it is among the news.
        let _ = self.read_adapter(name, files);
    }

    fn adapters(&self) -> Vec<String> {
        self.adapters.names()
    }

    fn take_adapter_errors(&mut self) -> Vec<AdapterError> {
        self.adapters.take_news()
    }
}

/// Threads to start for a setting where 0 leaves one core to the game.
pub(crate) fn thread_count(setting: usize) -> usize {
    if setting > 0 {
        return setting;
    }
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

#[cfg(test)]
mod tests;
