//! An entity that goes takes its requests with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bevy_raconteur::core::generate::{GenerationRequest, Priority, Progress, RequestId, Sink, Task, TextGenerator};
use bevy_raconteur::core::generate::{GeneratorLoader, LoadError, LoadProgress};
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::TestApp;

use crate::stories::one_line;

/// Counts what the generator was given and what it was told to drop.
struct Counting {
    inner: ScriptedGenerator,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    submitted: AtomicUsize,
    cancelled: AtomicUsize,
}

impl TextGenerator for Counting {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        // What is read ahead is no line, and its end is nobody's concern.
        if !matches!(request.task, Task::Read { .. }) {
            self.counts.submitted.fetch_add(1, Ordering::SeqCst);
        }
        self.inner.submit(id, request);
    }
    fn cancel(&mut self, id: RequestId) {
        self.counts.cancelled.fetch_add(1, Ordering::SeqCst);
        self.inner.cancel(id);
    }
    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        self.inner.step(sink)
    }
    fn has_room(&self, priority: Priority) -> bool {
        self.inner.has_room(priority)
    }
    fn describe(&self) -> String {
        "counting".into()
    }
}

struct Loader(Arc<Counts>);

impl GeneratorLoader for Loader {
    fn load(&mut self, _: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn TextGenerator>, LoadError> {
        let inner = ScriptedGenerator::new(|_, _| Script::Never);
        Ok(Box::new(Counting { inner, counts: self.0.clone() }))
    }
}

fn never() -> (TestApp, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    let mut test = TestApp::new(ModelSource::custom(Loader(counts.clone())));
    test.run_until_ready();
    test.settings().deadlines = false;
    (test, counts)
}

fn run_until_begun(test: &mut TestApp, counts: &Counts) {
    test.run_until(|_| counts.submitted.load(Ordering::SeqCst) == 1);
}

fn run_until_cancelled(test: &mut TestApp, counts: &Counts) {
    test.run_until(|_| counts.cancelled.load(Ordering::SeqCst) == 1);
}

#[test]
fn a_despawned_npc_is_not_written_for_any_more() {
    let (mut test, counts) = never();
    let mara = test.app.world_mut().spawn(Persona::new("Mara", "dry")).id();
    test.app.world_mut().trigger(Generate::new(mara, "Hm."));
    test.frame();
    assert_eq!(test.app.world().get::<Speaking>(mara).map(Speaking::requests), Some(1));
    run_until_begun(&mut test, &counts);
    test.app.world_mut().despawn(mara);
    run_until_cancelled(&mut test, &counts);
    assert!(test.log.generated().is_empty(), "nobody is there to hear it");
}

#[test]
fn a_story_goes_on_when_its_speaker_is_despawned() {
    let (mut test, counts) = never();
    let mara = test.app.world_mut().spawn_empty().id();
    let story = test.play(one_line(""));
    test.app.world_mut().entity_mut(story).insert(Cast::default().with("mara", mara));
    test.frame();
    assert!(test.app.world().get::<Speaking>(mara).is_some());
    run_until_begun(&mut test, &counts);
    test.app.world_mut().despawn(mara);
    test.run_until(|test| test.log.last_line().is_some());
    assert_eq!(test.log.last_line(), Some(("The authored words.".into(), Source::Cancelled)));
    run_until_cancelled(&mut test, &counts);
}

#[test]
fn a_despawned_story_drops_its_requests() {
    let (mut test, counts) = never();
    let story = test.play(one_line(""));
    test.frame();
    run_until_begun(&mut test, &counts);
    test.app.world_mut().despawn(story);
    run_until_cancelled(&mut test, &counts);
    test.frame();
    assert_eq!(test.log.last_line(), None);
}

#[test]
fn an_observer_may_despawn_the_story_it_hears_of() {
    use bevy_ecs::prelude::*;
    let mut test = TestApp::new(ModelSource::None);
    test.app.add_observer(|line: On<LineReady>, mut commands: Commands| commands.entity(line.story).despawn());
    let story = test.play(one_line(""));
    test.frame();
    test.frame();
    assert!(test.app.world().get_entity(story).is_err());
    assert!(test.log.last_line().is_some());
}
