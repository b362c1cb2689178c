//! The governor, in whole apps: modes, slipping frames, and that neither can be seen in a text.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bevy_diagnostic::{DiagnosticsPlugin, DiagnosticsStore, FrameCountPlugin, FrameTimeDiagnosticsPlugin};
use bevy_raconteur::core::generate::{
    GenerationRequest, GeneratorLoader, LoadError, LoadProgress, Pace, Progress, RequestId, Sink, TextGenerator,
    ThreadPriority,
};
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{HeadlessPlugins, TestApp};

const GOOD: Duration = Duration::from_millis(16);
const SLIPPED: Duration = Duration::from_millis(33);

/// What a generator was told, and how often it was stepped.
#[derive(Clone, Default)]
struct Record {
    paces: Arc<Mutex<Vec<Pace>>>,
    steps: Arc<AtomicUsize>,
    cancels: Arc<AtomicUsize>,
}

impl Record {
    fn locked(&self) -> MutexGuard<'_, Vec<Pace>> {
        self.paces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last(&self) -> Option<Pace> {
        self.locked().last().copied()
    }

    fn paces(&self) -> usize {
        self.locked().len()
    }

    fn steps(&self) -> usize {
        self.steps.load(Ordering::SeqCst)
    }
}

/// Never finishes what is ambient; says something to everybody else.
struct Recording {
    inner: ScriptedGenerator,
    record: Record,
}

impl TextGenerator for Recording {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        self.inner.submit(id, request);
    }
    fn cancel(&mut self, id: RequestId) {
        self.record.cancels.fetch_add(1, Ordering::SeqCst);
        self.inner.cancel(id);
    }
    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        self.record.steps.fetch_add(1, Ordering::SeqCst);
        self.inner.step(sink)
    }
    fn has_room(&self, priority: Priority) -> bool {
        self.inner.has_room(priority)
    }
    fn describe(&self) -> String {
        "recording".into()
    }
    fn set_pace(&mut self, pace: Pace) {
        self.record.locked().push(pace);
    }
}

struct Loader(Record);

impl GeneratorLoader for Loader {
    fn load(&mut self, _: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn TextGenerator>, LoadError> {
        let inner = ScriptedGenerator::new(|request, _| match request.priority {
            Priority::Ambient => Script::Never,
            Priority::OnScreen | Priority::Addressed => Script::Say(" Yes. No. Perhaps.".into()),
        });
        Ok(Box::new(Recording { inner, record: self.0.clone() }))
    }
}

fn settings() -> NarrativeSettings {
    // Ambient requests that never end need no deadline, and the target needs no learning.
    NarrativeSettings { deadlines: false, target_frame_time: Some(GOOD), ..NarrativeSettings::default() }
}

fn recorded(settings: NarrativeSettings) -> (TestApp, Record) {
    let record = Record::default();
    let plugins = NarrativePlugins::new(ModelSource::custom(Loader(record.clone()))).with_settings(settings);
    let mut test = TestApp::with_plugins(plugins);
    test.run_until_ready();
    test.run_until(|_| record.paces() == 1);
    (test, record)
}

fn say(test: &mut TestApp, priority: Priority) -> bevy_ecs::entity::Entity {
    let npc = test.app.world_mut().spawn(Persona::new("Mara", "dry")).id();
    test.app.world_mut().trigger(Generate { priority, ..Generate::new(npc, "Hm.") });
    test.frame();
    npc
}

/// Jobs reach the worker in order: when this one is answered, it has heard everything before.
fn round_trip(test: &mut TestApp) {
    let before = test.log.generated().len();
    say(test, Priority::Addressed);
    test.run_until(|test| test.log.generated().len() > before);
}

fn pass(test: &mut TestApp, frames: usize, took: Duration) {
    for _ in 0..frames {
        test.pass(took);
    }
}

fn governed(test: &TestApp) -> GovernorStats {
    test.app.world().resource::<NarrativeStats>().governor
}

#[test]
fn a_mode_reaches_the_generator_at_run_time() {
    let (mut test, record) = recorded(settings());
    assert_eq!(record.last(), Some(Pace::default()), "Balanced");
    test.settings().governor = GovernorMode::PrioritiseReply;
    test.run_until(|_| record.paces() == 2);
    assert_eq!(record.last(), Some(Pace { priority: ThreadPriority::Normal, ..Pace::default() }));
    test.settings().governor = GovernorMode::PrioritiseFrame;
    test.run_until(|_| record.paces() == 3);
    let pace = record.last().unwrap();
    assert_eq!((pace.threads, pace.priority), (NonZeroUsize::new(1), ThreadPriority::Lowest));
    assert!(pace.prefill_chunk.is_some());
    assert_eq!(governed(&test).mode, GovernorMode::PrioritiseFrame);
    assert_eq!(governed(&test).threads, NonZeroUsize::new(1));
}

#[test]
fn a_mode_that_the_app_starts_with_is_there_before_the_first_step() {
    let (mut test, record) = recorded(NarrativeSettings { governor: GovernorMode::PrioritiseFrame, ..settings() });
    round_trip(&mut test);
    assert_eq!(record.paces(), 1);
    assert_eq!(record.last().unwrap().priority, ThreadPriority::Lowest);
}

#[test]
fn a_mode_outlives_the_model() {
    let (mut test, record) = recorded(settings());
    test.settings().governor = GovernorMode::PrioritiseReply;
    test.run_until(|_| record.paces() == 2);
    test.app.world_mut().trigger(LoadModel::new(ModelSource::custom(Loader(record.clone()))));
    test.run_until(|_| record.paces() == 3);
    assert_eq!(record.last().unwrap().priority, ThreadPriority::Normal);
}

#[test]
fn slipping_frames_back_it_off_and_calm_frames_bring_it_back() {
    let (mut test, record) = recorded(settings());
    say(&mut test, Priority::Ambient);
    pass(&mut test, 60, SLIPPED);
    test.run_until(|_| record.last().is_some_and(|pace| pace.threads == NonZeroUsize::new(1)));
    let stats = governed(&test);
    assert!(stats.rest >= Duration::from_millis(32) && stats.slips == 60 && stats.target == GOOD, "{stats:?}");
    pass(&mut test, 1000, GOOD);
    test.run_until(|_| record.last() == Some(Pace::default()));
    assert_eq!(governed(&test).rest, Duration::ZERO);
}

#[test]
fn without_feedback_frames_change_nothing() {
    let (mut test, record) = recorded(NarrativeSettings { frame_feedback: false, ..settings() });
    say(&mut test, Priority::Ambient);
    pass(&mut test, 120, SLIPPED);
    round_trip(&mut test);
    assert_eq!(record.paces(), 1);
    assert_eq!(governed(&test).rest, Duration::ZERO);
}

#[test]
fn frames_that_slip_without_the_model_change_nothing() {
    let (mut test, record) = recorded(settings());
    pass(&mut test, 120, SLIPPED);
    round_trip(&mut test);
    assert_eq!(record.paces(), 1);
}

#[test]
fn the_frame_diagnostics_count_where_there_are_any() {
    use bevy_app::prelude::*;
    use bevy_diagnostic::Diagnostics;
    let record = Record::default();
    let mut app = App::new();
    app.add_plugins((HeadlessPlugins, DiagnosticsPlugin, FrameCountPlugin, FrameTimeDiagnosticsPlugin::default()));
    app.add_plugins(NarrativePlugins::new(ModelSource::custom(Loader(record.clone()))).with_settings(settings()));
    // A game that knows better than its clock what a frame takes.
    app.add_systems(PostUpdate, |mut diagnostics: Diagnostics| {
        diagnostics.add_measurement(&FrameTimeDiagnosticsPlugin::FRAME_TIME, || 40.0);
    });
    let mut test = TestApp::around(app);
    test.run_until_ready();
    say(&mut test, Priority::Ambient);
    pass(&mut test, 60, GOOD);
    test.run_until(|_| record.last().is_some_and(|pace| pace.threads == NonZeroUsize::new(1)));
    let store = test.app.world().resource::<DiagnosticsStore>();
    let value = |path: &'static str| {
        store.get_measurement(&bevy_diagnostic::DiagnosticPath::const_new(path)).map(|measured| measured.value)
    };
    assert!(value("narrative/rest_ms").unwrap() > 0.0);
    assert_eq!(value("narrative/threads"), Some(1.0));
    assert!(value("narrative/frame_slips").unwrap() >= 60.0);
}

#[test]
fn a_rest_delays_no_cancel() {
    let (mut test, record) = recorded(settings());
    let npc = say(&mut test, Priority::Ambient);
    pass(&mut test, 60, SLIPPED);
    test.run_until(|_| record.steps() > 0);
    test.app.world_mut().despawn(npc);
    test.run_until(|_| record.cancels.load(Ordering::SeqCst) == 1);
    assert!(test.log.generated().is_empty());
}

#[test]
fn an_idle_worker_does_not_step() {
    let (mut test, record) = recorded(settings());
    round_trip(&mut test);
    let steps = record.steps();
    assert!(steps > 0);
    for mode in [GovernorMode::PrioritiseFrame, GovernorMode::Balanced, GovernorMode::PrioritiseReply] {
        test.settings().governor = mode;
        for _ in 0..100 {
            test.pass(SLIPPED);
            std::thread::sleep(Duration::from_micros(200));
        }
    }
    assert_eq!(record.steps(), steps);
}

/// What an NPC says under a mode, while frames slip.
#[cfg(feature = "gpt2")]
fn said(mode: GovernorMode) -> Vec<String> {
    let ember = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/models/ember");
    let plugins = NarrativePlugins::new(ModelSource::directory(ember))
        .with_settings(NarrativeSettings { governor: mode, ..settings() });
    let mut test = TestApp::with_plugins(plugins);
    test.run_until_ready();
    let mut said = Vec::new();
    for round in 0..2 {
        for name in ["Mara", "Tobin", "Oda"] {
            let npc = test.app.world_mut().spawn(Persona::new(name, "ferrywoman; dry, tired")).id();
            let ask = Generate { priority: Priority::Ambient, ..Generate::new(npc, "Hm.") };
            test.app.world_mut().trigger(ask.at("The ferry stage, after the flood.").hearing("Where is the bell?"));
        }
        pass(&mut test, 40, SLIPPED);
        test.run_until(|test| test.log.generated().len() == 3 * (round + 1));
        let mut texts: Vec<String> = test.log.generated()[3 * round..].iter().map(|(text, _)| text.clone()).collect();
        // The order in which they end is no part of what they say.
        texts.sort();
        said.extend(texts);
    }
    said
}

#[cfg(feature = "gpt2")]
#[test]
fn a_text_is_the_same_under_every_mode() {
    let balanced = said(GovernorMode::Balanced);
    assert!(balanced.iter().any(|text| text.split_whitespace().count() > 3), "{balanced:?}");
    assert_eq!(said(GovernorMode::PrioritiseFrame), balanced);
    assert_eq!(said(GovernorMode::PrioritiseReply), balanced);
}
