//! Resting, with rests that no governor would order: only what wakes the worker can end them.

use std::sync::mpsc::{Receiver, Sender, channel};

use raconteur_core::generate::{GenerationConfig, GenerationRequest, Pace, Sink};
use raconteur_core::judge::Rules;
use raconteur_core::prompt::Prompt;
use raconteur_core::request::{Ranking, Work};
use raconteur_core::scripted::{Script, ScriptedGenerator};

use super::*;

const HOUR: Duration = Duration::from_secs(3600);
/// Not a speed: a bound on hanging.
const HANGS: Duration = Duration::from_secs(60);

/// What a [`Told`] generator tells about itself.
#[derive(Debug, PartialEq)]
enum News {
    Stepped,
    Paced(Pace),
    Dropped,
}

/// Never finishes what is ambient, and finishes everything else with its first step.
struct Told {
    inner: ScriptedGenerator,
    news: Sender<News>,
    panics: bool,
}

impl Told {
    fn new(news: Sender<News>, panics: bool) -> Self {
        let inner = ScriptedGenerator::new(|request, _| match request.priority {
            Priority::Ambient => Script::Never,
            Priority::OnScreen | Priority::Addressed => Script::Say(" Yes.".into()),
        });
        Self { inner, news, panics }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.news.send(News::Dropped).ok();
    }
}

impl TextGenerator for Told {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        self.inner.submit(id, request);
    }
    fn cancel(&mut self, id: RequestId) {
        self.inner.cancel(id);
    }
    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        self.news.send(News::Stepped).ok();
        self.inner.step(sink)
    }
    fn has_room(&self, priority: Priority) -> bool {
        self.inner.has_room(priority)
    }
    fn describe(&self) -> String {
        "told".into()
    }
    fn set_pace(&mut self, pace: Pace) {
        self.news.send(News::Paced(pace)).ok();
        assert!(!self.panics, "a pace that panics");
    }
}

/// Loads generators, the first of which panic when they are paced.
struct Loads(Sender<News>, usize);

impl GeneratorLoader for Loads {
    fn load(&mut self, _: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn TextGenerator>, LoadError> {
        let panics = self.1 > 0;
        self.1 = self.1.saturating_sub(1);
        Ok(Box::new(Told::new(self.0.clone(), panics)))
    }
}

fn request(priority: Priority) -> Order {
    let work = Work::Write {
        prompt: Prompt::default(),
        config: GenerationConfig::default(),
        constraints: Default::default(),
        rules: Rules::default(),
        ranking: Ranking::First,
        stream: false,
    };
    Order::Composed(Box::new(LineRequest { work, fallback: "Hm.".into(), priority, budget_ms: 700 }))
}

/// What fails while it is composed.
fn broken<T: 'static>() -> Compose<T> {
    Box::new(|| panic!("composing fails, as this test wants"))
}

/// A worker that rests for an hour after each step, or not at all while somebody is addressed.
fn resting() -> (Worker, Receiver<News>) {
    let (send, news) = channel();
    let mut worker = Worker::spawn(64).unwrap();
    worker.govern(Decision { pace: Pace::default(), rests: [HOUR, HOUR, Duration::ZERO] });
    worker.load(Box::new(Loads(send, 0)));
    assert_eq!(news.recv_timeout(HANGS), Ok(News::Paced(Pace::default())), "a pace that was set before the load holds");
    (worker, news)
}

/// How a request ends, and what else was said before.
fn end_of(worker: &mut Worker, id: RequestId) -> Source {
    let begun = Instant::now();
    while begun.elapsed() < HANGS {
        match worker.try_recv() {
            Ok(Some(Reply::Line(of, LineEvent::Finished(finished)))) if of == id => return finished.source,
            Ok(Some(_)) => {}
            Ok(None) => std::thread::sleep(Duration::from_micros(200)),
            Err(WorkerGone) => panic!("the worker's thread is gone"),
        }
    }
    panic!("the request did not end");
}

/// The next request that could not be composed.
fn not_composed(worker: &mut Worker) -> RequestId {
    let begun = Instant::now();
    while begun.elapsed() < HANGS {
        match worker.try_recv() {
            Ok(Some(Reply::NotComposed(id))) => return id,
            Ok(Some(_)) => {}
            Ok(None) => std::thread::sleep(Duration::from_micros(200)),
            Err(WorkerGone) => panic!("the worker's thread is gone"),
        }
    }
    panic!("nothing is said about it");
}

#[test]
fn a_cancel_ends_at_once_while_the_worker_rests() {
    let (mut worker, news) = resting();
    assert!(worker.submit(RequestId(0), request(Priority::Ambient)));
    assert_eq!(news.recv_timeout(HANGS), Ok(News::Stepped));
    worker.cancel(RequestId(0));
    assert_eq!(end_of(&mut worker, RequestId(0)), Source::Cancelled);
    assert!(news.try_recv().is_err(), "nothing is left to step for");
}

#[test]
fn the_addressed_do_not_wait_for_a_rest_that_has_begun() {
    let (mut worker, news) = resting();
    assert!(worker.submit(RequestId(0), request(Priority::Ambient)));
    assert_eq!(news.recv_timeout(HANGS), Ok(News::Stepped));
    assert!(worker.submit(RequestId(1), request(Priority::Addressed)));
    assert_eq!(end_of(&mut worker, RequestId(1)), Source::Generated);
}

#[test]
fn dropping_a_worker_that_rests_ends_its_thread() {
    let (mut worker, news) = resting();
    assert!(worker.submit(RequestId(0), request(Priority::Ambient)));
    assert_eq!(news.recv_timeout(HANGS), Ok(News::Stepped));
    drop(worker);
    assert_eq!(news.recv_timeout(HANGS), Ok(News::Dropped), "not a rest later");
}

#[test]
fn a_shorter_rest_takes_effect_while_it_rests() {
    let (mut worker, news) = resting();
    assert!(worker.submit(RequestId(0), request(Priority::Ambient)));
    assert_eq!(news.recv_timeout(HANGS), Ok(News::Stepped));
    worker.govern(Decision::default());
    assert_eq!(news.recv_timeout(HANGS), Ok(News::Paced(Pace::default())));
    assert_eq!(news.recv_timeout(HANGS), Ok(News::Stepped));
}

#[test]
fn the_pace_outlives_a_generator_and_its_panics() {
    let (send, news) = channel();
    let mut worker = Worker::spawn(64).unwrap();
    let pace = Pace { prefill_chunk: std::num::NonZeroUsize::new(3), ..Pace::default() };
    worker.govern(Decision { pace, ..Decision::default() });
    worker.load(Box::new(Loads(send, 1)));
    for expected in [News::Paced(pace), News::Dropped, News::Paced(pace)] {
        assert_eq!(news.recv_timeout(HANGS), Ok(expected));
    }
    assert!(worker.submit(RequestId(0), request(Priority::OnScreen)));
    assert_eq!(end_of(&mut worker, RequestId(0)), Source::Generated);
}

#[test]
fn a_panic_while_composing_ends_that_request_and_nothing_else() {
    let (send, news) = channel();
    let mut worker = Worker::spawn(64).unwrap();
    // Before there is a generator, and beside one.
    assert!(worker.submit(RequestId(0), Order::Compose(broken())));
    assert_eq!(not_composed(&mut worker), RequestId(0));
    worker.load(Box::new(Loads(send, 0)));
    worker.read_ahead(broken());
    assert!(worker.submit(RequestId(1), Order::Compose(broken())));
    assert_eq!(not_composed(&mut worker), RequestId(1));
    let Order::Composed(fine) = request(Priority::OnScreen) else { unreachable!() };
    assert!(worker.submit(RequestId(2), Order::Compose(Box::new(move || *fine))));
    assert_eq!(end_of(&mut worker, RequestId(2)), Source::Generated);
    assert_eq!(news.recv_timeout(HANGS), Ok(News::Stepped), "it is the generator that was there");
    drop(worker);
    assert!(news.iter().all(|news| news == News::Stepped || news == News::Dropped));
}
