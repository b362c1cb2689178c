//! The only file that knows threads and channels: one worker beside the game, two bounded channels.
//!
//! ```text
//! game  --Job-->    worker     submit, cancel, load, unload, how hard to work
//! game  <--Reply--  worker     what became of a line, how far loading is, figures
//! ```
//! A closed channel means shut down. Dropping the [`Worker`] closes both and waits for the thread, but never longer
//! than [`PATIENCE`]: a generator that does not come back from a step is left behind, and the game goes on.
//!
//! Between two steps the worker rests as long as the governor says. It rests on the channel, as it waits there when
//! there is nothing to do: a job or the end wakes it at once, and it never spins. The thread has the game's own priority,
//! because threads that a generator starts inherit it and may lower it for themselves; it does no heavy work.
//!
//! A panic of a generator is caught here. The requests it was working on end as
//! [`Why::WorkerPanicked`](raconteur_core::request::Why), and its loader makes a new one. So is a panic of what composes a
//! request: that request ends for the same reason, and nothing else happens.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, TrySendError, bounded};
use raconteur_core::desk::{Desk, ReadAhead};
use raconteur_core::generate::{
    AdapterError, AdapterFiles, GeneratorLoader, LoadError, LoadProgress, Priority, Progress, RequestId, TextGenerator,
};
use raconteur_core::request::{LineEvent, LineRequest, Source, Why};

use crate::governor::Decision;
use crate::stats::{Meter, NarrativeStats};

/// Jobs that may be under way to the worker.
const JOBS: usize = 256;
/// Replies that may be under way to the game. When they are this many, the worker waits for the game.
const REPLIES: usize = 1024;
/// How long dropping a [`Worker`] waits for its thread at most.
const PATIENCE: Duration = Duration::from_secs(2);
/// Panics without a finished line between them after which a generator is given up.
const MOST_PANICS: u32 = 3;

enum Job {
    Submit(RequestId, Order),
    Cancel(RequestId),
    ReadAhead(Compose<Vec<ReadAhead>>),
    Load(Box<dyn GeneratorLoader>),
    Unload,
    Govern(Decision),
    Adapter(String, AdapterFiles),
}

/// Composes something on the worker's thread.
type Compose<T> = Box<dyn FnOnce() -> T + Send>;

/// What is asked for.
pub(crate) enum Order {
    /// A request that has been composed.
    Composed(Box<LineRequest>),
    /// What composes it, on the worker's thread: prompts and the names that may stand in the text take a tenth of a
    /// millisecond, and everybody may be asked in the same frame.
    Compose(Compose<LineRequest>),
}

impl Order {
    /// The request; none when composing it panicked.
    fn request(self) -> Option<LineRequest> {
        match self {
            Self::Composed(request) => Some(*request),
            Self::Compose(compose) => composed(compose),
        }
    }
}

/// What is composed; none when that panics. The panic's message is in the log.
fn composed<T>(compose: Compose<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(compose)).ok()
}

/// What the worker says to the game.
#[derive(Debug)]
pub(crate) enum Reply {
    Line(RequestId, LineEvent),
    /// Composing this request panicked: it is over, and what is said for it is known to the game alone.
    NotComposed(RequestId),
    Model(ModelReply),
    Stats(NarrativeStats),
}

/// How it stands with the model.
#[derive(Debug)]
pub(crate) enum ModelReply {
    Loading(LoadProgress),
    Ready { name: String },
    Failed(LoadError),
    Panicked { times: u32 },
    Adapter(AdapterError),
    Off,
}

/// The game's end of the worker.
pub(crate) struct Worker {
    jobs: Option<Sender<Job>>,
    replies: Option<Receiver<Reply>>,
    thread: Option<JoinHandle<()>>,
    /// Jobs that found the channel full and may not be lost: all but submissions.
    /// Behind a lock that nobody contends for, because a loader may not be shared between threads.
    unsent: Mutex<VecDeque<Job>>,
}

impl Worker {
    /// Starts the thread. `None` when the system gives no thread: the game then plays authored lines.
    pub(crate) fn spawn(queue: usize) -> Option<Self> {
        let (jobs, jobs_end) = bounded(JOBS);
        let (replies_end, replies) = bounded(REPLIES);
        let thread = std::thread::Builder::new()
            .name("raconteur".to_owned())
            .spawn(move || Work::new(jobs_end, replies_end, queue).run())
            .ok()?;
        Some(Self { jobs: Some(jobs), replies: Some(replies), thread: Some(thread), unsent: Mutex::default() })
    }

    /// Hands a request over. `false` when there is no room or no worker: the caller ends the request.
    pub(crate) fn submit(&mut self, id: RequestId, order: Order) -> bool {
        let all_sent = self.flush();
        let Some(jobs) = &self.jobs else { return false };
        all_sent && jobs.try_send(Job::Submit(id, order)).is_ok()
    }

    /// Ends a request. Its end is reported as any other.
    pub(crate) fn cancel(&mut self, id: RequestId) {
        self.send(Job::Cancel(id));
    }

    /// Hands over what composes beginnings of prompts that may be needed soon. It is dropped when there is much to do.
    pub(crate) fn read_ahead(&mut self, compose: Compose<Vec<ReadAhead>>) {
        let all_sent = self.flush();
        if let (Some(jobs), true) = (&self.jobs, all_sent) {
            // One that is lost costs nothing but the head start.
            let _ = jobs.try_send(Job::ReadAhead(compose));
        }
    }

    /// Loads another generator in place of the one there is.
    pub(crate) fn load(&mut self, loader: Box<dyn GeneratorLoader>) {
        self.send(Job::Load(loader));
    }

    /// Drops the generator.
    pub(crate) fn unload(&mut self) {
        self.send(Job::Unload);
    }

    /// Gives this generator and all later ones an adapter.
    pub(crate) fn put_adapter(&mut self, name: String, files: AdapterFiles) {
        self.send(Job::Adapter(name, files));
    }

    /// Sets how hard it works.
    pub(crate) fn govern(&mut self, decision: Decision) {
        self.send(Job::Govern(decision));
    }

    /// The next reply, if there is one. `Err` when the thread is gone.
    pub(crate) fn try_recv(&mut self) -> Result<Option<Reply>, WorkerGone> {
        self.flush();
        let Some(replies) = &self.replies else { return Err(WorkerGone) };
        match replies.try_recv() {
            Ok(reply) => Ok(Some(reply)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(WorkerGone),
        }
    }

    fn send(&mut self, job: Job) {
        self.unsent().push_back(job);
        self.flush();
    }

    fn unsent(&mut self) -> &mut VecDeque<Job> {
        self.unsent.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what could not be sent before. Whether nothing is left of it.
    fn flush(&mut self) -> bool {
        let Some(jobs) = self.jobs.clone() else { return false };
        let unsent = self.unsent();
        while let Some(job) = unsent.pop_front() {
            match jobs.try_send(job) {
                Ok(()) => {}
                Err(TrySendError::Full(job)) => {
                    unsent.push_front(job);
                    return false;
                }
                Err(TrySendError::Disconnected(_)) => unsent.clear(),
            }
        }
        true
    }
}

/// The worker's thread has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WorkerGone;

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        self.replies = None;
        let Some(thread) = self.thread.take() else { return };
        let begun = Instant::now();
        while !thread.is_finished() {
            if begun.elapsed() > PATIENCE {
                // It ends by itself when its step returns: both its channels are closed.
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // A panic of the thread has nowhere to go: the game is shutting down.
        drop(thread.join());
    }
}

/// The game's end of the channels is closed.
struct Closed;

/// The thread's side.
struct Work {
    jobs: Receiver<Job>,
    desk: Desk,
    loader: Option<Box<dyn GeneratorLoader>>,
    generator: Option<Box<dyn TextGenerator>>,
    /// What requests are told while there is no generator.
    absence: Why,
    /// What the game has read for every generator, by name.
    adapters: BTreeMap<String, AdapterFiles>,
    panics: u32,
    /// How hard to work. Nobody has said anything yet: as the generator was set up.
    decision: Option<Decision>,
    out: Out,
}

/// The way back to the game, with what sees everything pass.
struct Out {
    replies: Sender<Reply>,
    meter: Meter,
    /// Requests that are not over.
    open: HashMap<RequestId, Priority>,
    closed: bool,
}

impl Out {
    fn send(&mut self, reply: Reply) {
        // Blocks while the game does not read, and wakes when it drops its end.
        self.closed |= self.replies.send(reply).is_err();
    }

    fn submitted(&mut self, id: RequestId, priority: Priority) {
        self.meter.submitted(id);
        self.open.insert(id, priority);
    }

    /// Says which voices are missing. The lines that name them are written without.
    fn missing_voices(&mut self, generator: &mut dyn TextGenerator) {
        for error in generator.take_adapter_errors() {
            self.send(Reply::Model(ModelReply::Adapter(error)));
        }
    }

    fn line(&mut self, id: RequestId, event: LineEvent) {
        self.meter.see(id, &event);
        if matches!(event, LineEvent::Finished(_)) {
            self.open.remove(&id);
        }
        self.send(Reply::Line(id, event));
    }
}

impl Work {
    fn new(jobs: Receiver<Job>, replies: Sender<Reply>, queue: usize) -> Self {
        Self {
            jobs,
            desk: Desk::new(queue),
            loader: None,
            generator: None,
            absence: Why::ModelOff,
            adapters: BTreeMap::new(),
            panics: 0,
            decision: None,
            out: Out { replies, meter: Meter::default(), open: HashMap::new(), closed: false },
        }
    }

    fn run(mut self) {
        while self.turn().is_ok() {}
    }

    /// One round: take jobs, step once, rest.
    fn turn(&mut self) -> Result<(), Closed> {
        if self.desk.is_idle() || self.generator.is_none() {
            let job = self.jobs.recv().map_err(|_| Closed)?;
            self.take(job)?;
        }
        loop {
            match self.jobs.try_recv() {
                Ok(job) => self.take(job)?,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return Err(Closed),
            }
        }
        if !self.desk.is_idle() {
            self.step()?;
        }
        self.report();
        self.rest()?;
        if self.out.closed { Err(Closed) } else { Ok(()) }
    }

    fn take(&mut self, job: Job) -> Result<(), Closed> {
        match job {
            Job::Submit(id, order) => {
                submit(id, order, &mut self.desk, &mut self.out);
                if self.generator.is_none() {
                    self.desk.abandon(&self.absence, &mut |id, event| self.out.line(id, event));
                }
            }
            Job::Cancel(id) => {
                let generator = self.generator.as_mut().map(|generator| &mut **generator as &mut dyn TextGenerator);
                self.desk.cancel(id, generator, &mut |id, event| self.out.line(id, event));
            }
            Job::ReadAhead(compose) => {
                if self.generator.is_some() {
                    read_ahead(compose, &mut self.desk);
                }
            }
            Job::Load(loader) => {
                self.loader = Some(loader);
                self.panics = 0;
                self.load()?;
            }
            Job::Unload => {
                self.loader = None;
                self.drop_generator();
                self.absence = Why::ModelOff;
                self.desk.abandon(&Why::ModelOff, &mut |id, event| self.out.line(id, event));
                self.out.send(Reply::Model(ModelReply::Off));
            }
            Job::Govern(decision) => {
                self.decision = Some(decision);
                self.set_pace()?;
            }
            Job::Adapter(name, files) => {
                let put = self.generator.as_mut().map(|generator| {
                    catch_unwind(AssertUnwindSafe(|| {
                        generator.put_adapter(&name, &files);
                        self.out.missing_voices(&mut **generator);
                    }))
                });
                self.adapters.insert(name, files);
                if let Some(Err(_)) = put {
                    self.recover()?;
                }
            }
        }
        Ok(())
    }

    /// Waits before the next step as long as the governor says, and takes what comes in meanwhile at once. What is more
    /// urgent than anything before shortens the rest that has begun.
    fn rest(&mut self) -> Result<(), Closed> {
        let begun = Instant::now();
        loop {
            let (Some(decision), Some(_)) = (&self.decision, &self.generator) else { return Ok(()) };
            // With no request open it works ahead, which nobody waits for.
            let most_urgent = self.out.open.values().max().copied().unwrap_or_default();
            let rest = decision.rest(most_urgent).saturating_sub(begun.elapsed());
            if rest.is_zero() || self.desk.is_idle() {
                return Ok(());
            }
            match self.jobs.recv_timeout(rest) {
                Ok(job) => self.take(job)?,
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(Closed),
            }
        }
    }

    /// Tells the generator how hard to work, if there is one and it has been said.
    fn set_pace(&mut self) -> Result<(), Closed> {
        let (Some(decision), Some(generator)) = (&self.decision, &mut self.generator) else { return Ok(()) };
        match catch_unwind(AssertUnwindSafe(|| generator.set_pace(decision.pace))) {
            Ok(()) => Ok(()),
            Err(_) => self.recover(),
        }
    }

    /// Loads a generator. Jobs that come in meanwhile are taken: requests queue, cancels are obeyed, a later load wins.
    fn load(&mut self) -> Result<(), Closed> {
        self.drop_generator();
        let Some(mut loader) = self.loader.take() else { return Ok(()) };
        let (jobs, desk, out, decision) = (&self.jobs, &mut self.desk, &mut self.out, &mut self.decision);
        let adapters = &mut self.adapters;
        let mut later = None;
        let loaded = catch_unwind(AssertUnwindSafe(|| {
            loader
                .load(&mut |progress| {
                    out.send(Reply::Model(ModelReply::Loading(progress)));
                    for job in jobs.try_iter() {
                        match job {
                            Job::Submit(id, order) => submit(id, order, desk, out),
                            Job::Cancel(id) => desk.cancel(id, None, &mut |id, event| out.line(id, event)),
                            Job::ReadAhead(compose) => read_ahead(compose, desk),
                            Job::Govern(new) => *decision = Some(new),
                            Job::Adapter(name, files) => drop(adapters.insert(name, files)),
                            job => later = Some(job),
                        }
                    }
                })
                .map(|mut generator| {
                    adapters.iter().for_each(|(name, files)| generator.put_adapter(name, files));
                    out.missing_voices(&mut *generator);
                    generator
                })
        }));
        self.loader = Some(loader);
        match loaded.unwrap_or_else(|_| Err(panicked("while it was loaded"))) {
            Ok(generator) => {
                self.out.send(Reply::Model(ModelReply::Ready { name: generator.describe() }));
                self.generator = Some(generator);
                self.set_pace()?;
            }
            Err(error) => self.fail(error),
        }
        if self.out.closed {
            return Err(Closed);
        }
        later.map_or(Ok(()), |job| self.take(job))
    }

    fn step(&mut self) -> Result<(), Closed> {
        let Some(generator) = &mut self.generator else { return Ok(()) };
        let (desk, out, panics) = (&mut self.desk, &mut self.out, &mut self.panics);
        let begun = Instant::now();
        let stepped = catch_unwind(AssertUnwindSafe(|| {
            let progress = desk.step(&mut **generator, &mut |id, event| {
                if let LineEvent::Finished(finished) = &event
                    && matches!(finished.source, Source::Generated | Source::Ranked { .. })
                {
                    *panics = 0;
                }
                out.line(id, event);
            });
            out.missing_voices(&mut **generator);
            progress
        }));
        self.out.meter.worked(begun.elapsed());
        match stepped {
            Ok(Progress::Working | Progress::Idle) => Ok(()),
            Err(_) => self.recover(),
        }
    }

    fn report(&mut self) {
        if let Some(stats) = self.out.meter.report(self.desk.queued(), self.desk.live()) {
            self.out.send(Reply::Stats(stats));
        }
    }

    /// After a panic of the generator: its requests end, and it is made anew, unless it does nothing but panic.
    fn recover(&mut self) -> Result<(), Closed> {
        self.panics += 1;
        self.desk.abandon_begun(&Why::WorkerPanicked, &mut |id, event| self.out.line(id, event));
        self.out.send(Reply::Model(ModelReply::Panicked { times: self.panics }));
        if self.panics >= MOST_PANICS {
            self.drop_generator();
            self.fail(panicked("several times in a row while it generated"));
            return Ok(());
        }
        self.load()
    }

    fn fail(&mut self, error: LoadError) {
        self.absence = Why::ModelFailed;
        self.desk.abandon(&Why::ModelFailed, &mut |id, event| self.out.line(id, event));
        self.out.send(Reply::Model(ModelReply::Failed(error)));
    }

    fn drop_generator(&mut self) {
        let generator = self.generator.take();
        // A generator that panicked may panic again when it is dropped.
        drop(catch_unwind(AssertUnwindSafe(|| drop(generator))));
        self.desk.abandon_begun(&Why::ModelOff, &mut |id, event| self.out.line(id, event));
    }
}

/// Composes a request, if it is not, and puts it into the queue.
fn submit(id: RequestId, order: Order, desk: &mut Desk, out: &mut Out) {
    let Some(request) = order.request() else {
        out.send(Reply::NotComposed(id));
        return;
    };
    out.submitted(id, request.priority);
    desk.submit(id, request, &mut |id, event| out.line(id, event));
}

/// Composes beginnings of prompts and hands them on. Nothing is lost with those that cannot be composed.
fn read_ahead(compose: Compose<Vec<ReadAhead>>, desk: &mut Desk) {
    composed(compose).into_iter().flatten().for_each(|ahead| desk.read_ahead(ahead));
}

fn panicked(when: &str) -> LoadError {
    LoadError {
        what: format!("the text generator panicked {when}"),
        help: "This is a defect of the generator; the panic's own message is in the log. Stories play their authored lines. Load the model again to try again".to_owned(),
    }
}

#[cfg(test)]
mod tests;
