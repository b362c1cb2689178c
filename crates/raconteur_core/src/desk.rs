//! The desk: takes line requests in, keeps the queue, drives a [`TextGenerator`] and ends every request exactly once.
//!
//! ```text
//! submit -> queue -> Asking     (scores of the facts that a question may be about)
//!                    -> Writing   (candidates come in, sentence by sentence)
//!                      -> Ranking (scores of those that passed the rules)   -> Finished
//!                 -> Picking    (scores of authored texts)                  -> Finished
//! ```
//! It is plain data and knows no thread and no clock: the plugin's worker steps it, the command line steps it, tests
//! step it. Filters and ranking happen here, so they run wherever the model runs, never in the game's frame.

mod ahead;
mod job;
mod queue;

use std::collections::BTreeMap;

use crate::generate::{GenerationEvent, GenerationRequest, Progress, Repairs, RequestId, TextGenerator};
use crate::request::{Finished, LineEvent, LineRequest, Source, Why};

use ahead::Ahead;
pub(crate) use job::information;
use job::{Job, Next};
use queue::Queue;

pub use ahead::ReadAhead;
pub use queue::DEFAULT_CAPACITY;

/// Takes the events of a step.
pub type LineSink<'a> = dyn FnMut(RequestId, LineEvent) + 'a;

/// Keeps line requests and sees each of them to its end.
pub struct Desk {
    queue: Queue,
    /// Requests that the generator works on.
    jobs: BTreeMap<RequestId, Job>,
    /// Which job a request to the generator belongs to: a job may make several, one after the other.
    inner: BTreeMap<RequestId, RequestId>,
    next_inner: u64,
    /// Prompts to read while there is nothing better to do.
    ahead: Ahead,
    /// Reused between steps.
    events: Vec<(RequestId, GenerationEvent)>,
}

impl Default for Desk {
    fn default() -> Self {
        Self::new(DEFAULT_CAPACITY)
    }
}

impl Desk {
    /// A desk whose queue holds `capacity` requests that have not begun.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            queue: Queue::new(capacity),
            jobs: BTreeMap::new(),
            inner: BTreeMap::new(),
            next_inner: 0,
            ahead: Ahead::default(),
            events: Vec::new(),
        }
    }

    /// Takes a request in. When the queue is full, the oldest of the least urgent requests, perhaps this one, ends as
    /// [`Why::QueueFull`].
    pub fn submit(&mut self, id: RequestId, request: LineRequest, sink: &mut LineSink<'_>) {
        if let Some((dropped, request)) = self.queue.push(id, request) {
            sink(dropped, LineEvent::Finished(authored(request.fallback, Why::QueueFull)));
        }
    }

    /// Takes in a prompt that may be needed soon: it is read while no line waits for its turn. Nothing is told about it,
    /// and when there are too many, or the generator goes, it is dropped.
    pub fn read_ahead(&mut self, ahead: ReadAhead) {
        self.ahead.push(ahead);
    }

    /// Ends a request as [`Source::Cancelled`], wherever it stands. Does nothing when it is over.
    pub fn cancel(&mut self, id: RequestId, generator: Option<&mut dyn TextGenerator>, sink: &mut LineSink<'_>) {
        if let Some(finished) = self.take(id, generator, Why::Written) {
            sink(id, LineEvent::Finished(Finished { source: Source::Cancelled, ..finished }));
        }
    }

    /// Ends a request as [`Why::Late`], wherever it stands: what it has shown stands, else its authored text does. Does
    /// nothing when it is over.
    pub fn expire(&mut self, id: RequestId, generator: Option<&mut dyn TextGenerator>, sink: &mut LineSink<'_>) {
        if let Some(finished) = self.take(id, generator, Why::Late) {
            sink(id, LineEvent::Finished(finished));
        }
    }

    /// Takes a request off the desk, with what it would be shown as.
    fn take(&mut self, id: RequestId, generator: Option<&mut dyn TextGenerator>, why: Why) -> Option<Finished> {
        if let Some(request) = self.queue.remove(id) {
            return Some(authored(request.fallback, why));
        }
        let mut job = self.jobs.remove(&id)?;
        if let Some(generator) = generator {
            self.inner.iter().filter(|(_, job)| **job == id).for_each(|(inner, _)| generator.cancel(*inner));
        }
        self.inner.retain(|_, job| *job != id);
        Some(job.give_up(why))
    }

    /// Ends all requests, begun or not, with their authored text.
    pub fn abandon(&mut self, why: &Why, sink: &mut LineSink<'_>) {
        self.abandon_begun(why, sink);
        for (id, request) in self.queue.drain() {
            sink(id, LineEvent::Finished(authored(request.fallback, why.clone())));
        }
    }

    /// Ends the requests that have begun: their generator is gone. Those in the queue wait for the next one.
    pub fn abandon_begun(&mut self, why: &Why, sink: &mut LineSink<'_>) {
        self.inner.clear();
        self.ahead.clear();
        self.events.clear();
        for (id, mut job) in std::mem::take(&mut self.jobs) {
            sink(id, LineEvent::Finished(job.give_up(why.clone())));
        }
    }

    /// Lets the generator do one step and passes on what came of it.
    pub fn step(&mut self, generator: &mut dyn TextGenerator, sink: &mut LineSink<'_>) -> Progress {
        self.admit(generator);
        let mut events = std::mem::take(&mut self.events);
        let progress = generator.step(&mut |inner, event| events.push((inner, event)));
        for (inner, event) in events.drain(..) {
            self.handle(inner, event, generator, sink);
        }
        self.events = events;
        if progress == Progress::Idle {
            self.ahead.is_over();
        }
        // What waits and finds no room is no reason to step an idle generator for ever.
        let next = self.queue.most_urgent().or_else(|| self.ahead.most_urgent());
        let begins = next.is_some_and(|priority| generator.has_room(priority));
        if self.jobs.is_empty() && !self.ahead.is_reading() && !begins { Progress::Idle } else { Progress::Working }
    }

    /// Number of requests that have not begun.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Number of requests that the generator works on.
    #[must_use]
    pub fn live(&self) -> usize {
        self.jobs.len()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.jobs.is_empty() && self.queue.is_empty() && self.ahead.is_empty()
    }

    fn admit(&mut self, generator: &mut dyn TextGenerator) {
        while let Some(priority) = self.queue.most_urgent() {
            if !generator.has_room(priority) {
                break;
            }
            let Some((id, request)) = self.queue.pop() else { break };
            let (job, asked) = Job::begin(request);
            self.jobs.insert(id, job);
            self.ask(id, asked, generator);
        }
        if self.queue.is_empty()
            && let Some(request) = self.ahead.next(generator)
        {
            let inner = self.next_inner();
            self.ahead.reads(inner);
            generator.submit(inner, request);
        }
    }

    fn ask(&mut self, id: RequestId, request: GenerationRequest, generator: &mut dyn TextGenerator) {
        let inner = self.next_inner();
        self.inner.insert(inner, id);
        generator.submit(inner, request);
    }

    fn next_inner(&mut self) -> RequestId {
        let inner = RequestId(self.next_inner);
        self.next_inner += 1;
        inner
    }

    fn handle(
        &mut self,
        inner: RequestId,
        event: GenerationEvent,
        generator: &mut dyn TextGenerator,
        sink: &mut LineSink<'_>,
    ) {
        if self.ahead.is_read_by(inner) {
            if matches!(event, GenerationEvent::Done { .. } | GenerationEvent::Failed(_)) {
                self.ahead.is_over();
            }
            return;
        }
        // Unknown ids are those of requests that were cancelled or ended in this very step.
        let Some(&id) = self.inner.get(&inner) else { return };
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let over = matches!(event, GenerationEvent::Done { .. } | GenerationEvent::Failed(_));
        let next = job.on_event(event, &mut |event| sink(id, event));
        if over {
            self.inner.remove(&inner);
        }
        match next {
            Next::Wait => {}
            Next::Ask(request) => self.ask(id, request, generator),
            Next::Finish(finished) => {
                if !over {
                    generator.cancel(inner);
                    self.inner.remove(&inner);
                }
                self.jobs.remove(&id);
                sink(id, LineEvent::Finished(finished));
            }
        }
    }
}

/// The end of a request that shows its authored text.
#[must_use]
pub fn authored(text: String, why: Why) -> Finished {
    Finished {
        text,
        source: Source::Authored(why),
        ranking: Vec::new(),
        scored: Vec::new(),
        rejected: Vec::new(),
        tokens: 0,
        repairs: Repairs::default(),
    }
}
