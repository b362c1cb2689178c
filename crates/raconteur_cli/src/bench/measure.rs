//! A batch alone, and one beside a game.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use indicatif::ProgressBar;
use raconteur_gpt2::model::Profile;

use super::game;
use super::prompts::Prompts;
use super::report::{Game, Percentiles};
use super::trace::{Round, Trace};
use super::writer::{Event, Writer};
use crate::error::CliError;

/// Tokens at the end of a prompt whose beginning is that of an earlier one.
pub const TAIL: usize = 16;

/// A batch to measure.
#[derive(Debug, Clone, Copy)]
pub struct Job {
    /// Texts at once.
    pub batch: usize,
    pub prompt_tokens: usize,
    /// Tokens to write while all texts are being written.
    pub new_tokens: usize,
    /// Steps that read one prompt.
    pub prefill_steps: usize,
}

impl Job {
    /// Length of a text of the batch. Prompts are read one after the other while those who have theirs write: the
    /// earlier ones get as many tokens more, so that all write at once for `new_tokens`.
    pub fn new_tokens_of(&self, index: usize) -> usize {
        self.new_tokens + (self.batch - 1 - index) * self.prefill_steps
    }

    /// Tokens that the caches hold at most.
    pub fn tokens(&self) -> usize {
        (0..self.batch).map(|index| self.prompt_tokens + self.new_tokens_of(index)).sum()
    }
}

/// Steps a [`Writer`], and remembers which numbers it has used.
pub struct Driver {
    writer: Box<dyn Writer>,
    prompts: Prompts,
    next: u64,
}

impl Driver {
    pub fn new(writer: Box<dyn Writer>, vocab_size: usize) -> Self {
        Self { writer, prompts: Prompts::new(vocab_size), next: 0 }
    }

    /// Works as hard as it may, pages the weights in and makes the buffers.
    pub fn warm_up(&mut self) -> Result<(), CliError> {
        self.writer.set_pace(game::Mode::Reply.pace());
        let job = Job { batch: 1, prompt_tokens: 8, new_tokens: 2, prefill_steps: 1 };
        let prompts = self.prompts(&job);
        self.round(prompts, &job).map(drop)
    }

    /// Where the time of the passes so far went, where that is known.
    pub fn profile(&self) -> Option<Profile> {
        self.writer.profile()
    }

    /// Prompts that were never read before.
    pub fn prompts(&mut self, job: &Job) -> Vec<Vec<u32>> {
        (0..job.batch).map(|_| self.prompts.take(job.prompt_tokens)).collect()
    }

    /// The same prompts but for their last [`TAIL`] tokens.
    pub fn with_other_tails(&mut self, mut prompts: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
        for prompt in &mut prompts {
            prompt.truncate(prompt.len().saturating_sub(TAIL));
            prompt.extend(self.prompts.take(TAIL));
        }
        prompts
    }

    /// A batch that is submitted together, until all of it is done.
    pub fn round(&mut self, prompts: Vec<Vec<u32>>, job: &Job) -> Result<Round, CliError> {
        let mut trace = Trace::new(self.next);
        for (index, prompt) in prompts.into_iter().enumerate() {
            self.submit(&mut trace, prompt, job.new_tokens_of(index));
        }
        let mut events = Vec::new();
        while self.step(&mut trace, &mut events)? {}
        trace.round()
    }

    fn submit(&mut self, trace: &mut Trace, prompt: Vec<u32>, new_tokens: usize) {
        trace.submitted(Instant::now(), prompt.len(), new_tokens);
        self.writer.submit(self.next, prompt, new_tokens);
        self.next += 1;
    }

    /// One step. Leaves what it said in `events`, and returns whether there is more to do.
    fn step(&mut self, trace: &mut Trace, events: &mut Vec<(u64, Event)>) -> Result<bool, CliError> {
        events.clear();
        let begin = Instant::now();
        let more = self.writer.step(events)?;
        trace.step(begin, Instant::now(), events)?;
        Ok(more)
    }

    /// Keeps a batch going until `stop`, with a new text for each that is done, then brings to an end what is live.
    /// Calls `ready` when the first prompts have been read.
    fn keep_writing(&mut self, job: &Job, stop: &AtomicBool, ready: impl FnOnce()) -> Result<Trace, CliError> {
        let mut trace = Trace::new(self.next);
        for _ in 0..job.batch {
            let prompt = self.prompts.take(job.prompt_tokens);
            self.submit(&mut trace, prompt, job.new_tokens);
        }
        let (mut ready, mut events) = (Some(ready), Vec::new());
        for step in 1.. {
            let more = self.step(&mut trace, &mut events)?;
            if step > job.batch * job.prefill_steps
                && let Some(ready) = ready.take()
            {
                ready();
            }
            let stopped = stop.load(Ordering::Relaxed);
            if stopped && !more {
                break;
            }
            let done = events.iter().filter(|(_, event)| matches!(event, Event::Done { .. })).count();
            for _ in 0..if stopped { 0 } else { done } {
                let prompt = self.prompts.take(job.prompt_tokens);
                self.submit(&mut trace, prompt, job.new_tokens);
            }
        }
        Ok(trace)
    }
}

/// The game alone, then the game with a batch that is always being written. The game runs on the calling thread.
///
/// Afterwards the writer works as hard as it may, again.
pub fn beside_game(driver: &mut Driver, job: &Job, load: &game::Load, bar: &ProgressBar) -> Result<Game, CliError> {
    let spin = game::Spin::calibrate();
    let without = game::run(&spin, load);
    bar.inc(1);
    driver.writer.set_pace(load.mode.pace());
    let stop = AtomicBool::new(false);
    let (send, ready) = mpsc::channel();
    let (with, trace) = std::thread::scope(|scope| {
        let stop = &stop;
        let driver = &mut *driver;
        let writing = std::thread::Builder::new().name("bench-writer".into()).spawn_scoped(scope, move || {
            driver.keep_writing(job, stop, move || {
                // Nobody listens any more only when the other thread unwinds.
                let _ = send.send(());
            })
        });
        let writing = writing.map_err(|error| CliError::Failed(format!("no thread can be started: {error}")))?;
        // Fails when writing has failed, which is found out below.
        let frames = ready.recv().map(|()| {
            let begin = Instant::now();
            let frames = game::run(&spin, load);
            (frames, begin, Instant::now())
        });
        stop.store(true, Ordering::Relaxed);
        let trace = writing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let (frames, begin, end) = frames.map_err(CliError::failed)?;
        Ok::<_, CliError>((frames, trace.flow(begin, end)?))
    })?;
    bar.inc(1);
    driver.writer.set_pace(game::Mode::Reply.pace());
    Ok(Game {
        mode: load.mode,
        work_ms: load.work_ms,
        helper_ms: load.helper_ms,
        seconds: load.seconds,
        without,
        with,
        tokens_per_s: trace.tokens_per_s,
        decode_tokens_per_s: trace.decode_tokens_per_s,
        step_ms: Percentiles::of_sorted(&trace.steps),
    })
}
