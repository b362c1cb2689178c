//! Prompts are read before anybody asks: when a beat is entered, and when the player looks at somebody.

use std::sync::{Arc, Mutex, PoisonError};

use bevy_raconteur::core::generate::{
    GenerationRequest, GeneratorLoader, LoadError, LoadProgress, Progress, RequestId, Sink, Task, TextGenerator,
};
use bevy_raconteur::core::scripted::ScriptedGenerator;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, Told};

use crate::stories::drowned_bell;

/// What a generator was asked for, in order.
#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<GenerationRequest>>>);

impl Record {
    fn all(&self) -> Vec<GenerationRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Prompts that were only read.
    fn read(&self) -> Vec<(String, Priority)> {
        let read = self.all().into_iter().filter(|request| matches!(request.task, Task::Read { .. }));
        read.map(|request| (request.prompt.full(), request.priority)).collect()
    }

    /// Prompts that were written on from.
    fn written(&self) -> Vec<String> {
        let written = self.all().into_iter().filter(|request| matches!(request.task, Task::Continue { .. }));
        written.map(|request| request.prompt.full()).collect()
    }
}

struct Recording(ScriptedGenerator, Record);

impl TextGenerator for Recording {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        self.1.0.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        self.0.submit(id, request);
    }
    fn cancel(&mut self, id: RequestId) {
        self.0.cancel(id);
    }
    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        self.0.step(sink)
    }
    fn has_room(&self, priority: Priority) -> bool {
        self.0.has_room(priority)
    }
    fn describe(&self) -> String {
        "recording".into()
    }
}

struct Loader(Record);

impl GeneratorLoader for Loader {
    fn load(&mut self, _: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn TextGenerator>, LoadError> {
        Ok(Box::new(Recording(ScriptedGenerator::saying(" The river took it."), self.0.clone())))
    }
}

fn recorded() -> (TestApp, Record) {
    let record = Record::default();
    let mut test = TestApp::new(ModelSource::custom(Loader(record.clone())));
    test.run_until_ready();
    test.settings().deadlines = false;
    (test, record)
}

fn look(test: &mut TestApp, entity: bevy_ecs::entity::Entity) {
    test.app.world_mut().trigger(LookAt::new(entity));
    test.frame();
}

fn lines(test: &TestApp) -> usize {
    test.log.all().iter().filter(|told| matches!(told, Told::Line { .. })).count()
}

#[test]
fn an_npc_that_is_looked_at_has_its_prompt_read_up_to_the_question() {
    let (mut test, record) = recorded();
    let mara = Persona::new("Mara", "ferrywoman; dry, tired").knowing("The bell is gone.");
    let mara = test.app.world_mut().spawn(mara).id();
    look(&mut test, mara);
    test.run_until(|_| !record.read().is_empty());
    assert!(test.log.all().is_empty() && test.app.world().get::<Speaking>(mara).is_none(), "it is no line");
    test.app.world_mut().trigger(Ask { entity: mara, text: "Where is the bell?".into() });
    test.run_until(|test| test.log.generated().len() == 1);
    let (read, written) = (record.read(), record.written());
    assert_eq!((read.len(), read[0].1), (1, Priority::OnScreen));
    assert_eq!(written[0].strip_prefix(&read[0].0), Some("Where is the bell?\nMara:"), "{read:?} {written:?}");
    // What was said since stands in the next one.
    look(&mut test, mara);
    test.run_until(|_| record.read().len() == 2);
    assert!(record.read()[1].0.contains("The river took it."));
    test.app.world_mut().trigger(LookAt::new(mara).at("The stage, at dusk."));
    test.run_until(|_| record.read().len() == 3);
    test.app.world_mut().trigger(Generate::new(mara, "Hm.").at("The stage, at dusk.").hearing("And now?"));
    test.run_until(|_| record.written().len() == 2);
    assert_eq!(record.written()[1].strip_prefix(&record.read()[2].0), Some("And now?\nMara:"));
}

#[test]
fn a_beat_that_is_entered_has_the_prompts_of_its_speakers_read() {
    let (mut test, record) = recorded();
    let story = test.play(drowned_bell());
    test.run_until(|test| lines(test) == 1);
    test.advance(story);
    test.run_until(|test| lines(test) == 2);
    test.advance(story);
    test.run_until(|test| !test.log.last_choices().is_empty());
    let before = record.read().len();
    test.choose(story, "ford_b");
    test.run_until(|test| test.log.last_line().is_some_and(|(text, _)| text.starts_with("Ask me something")));
    test.run_until(|_| record.read().len() > before);
    assert!(record.read().iter().all(|(_, priority)| *priority == Priority::Ambient));
    let read = record.read();
    test.app.world_mut().trigger(Ask { entity: story, text: "What happened to the bridge?".into() });
    test.run_until(|test| test.log.last_line().is_some_and(|(text, _)| text == "The river took it."));
    let written = record.written();
    let answer = written.iter().find(|prompt| prompt.ends_with("You: What happened to the bridge?\nMara:"));
    let answer = answer.expect("the question stands in a prompt");
    let setting = answer.lines().next().unwrap_or_default();
    assert!(read.iter().any(|(prompt, _)| prompt.starts_with(setting)), "{read:?}\n{answer}");
    assert!(read.iter().all(|(prompt, _)| !prompt.contains("forty silver")), "she hides the debt");
}

#[test]
fn a_speaker_of_a_story_that_is_looked_at_has_its_prompts_read() {
    let (mut test, record) = recorded();
    test.settings().prefetch = false;
    let mara = test.app.world_mut().spawn_empty().id();
    let story = test.play(drowned_bell());
    test.app.world_mut().entity_mut(story).insert(Cast::default().with("mara", mara));
    test.run_until(|test| lines(test) == 1);
    assert!(record.read().is_empty(), "without prefetch nothing is read by itself");
    look(&mut test, story);
    test.run_until(|_| !record.read().is_empty());
    assert!(record.read().iter().all(|(_, priority)| *priority == Priority::OnScreen));
    let nobody = test.app.world_mut().spawn_empty().id();
    look(&mut test, nobody);
    let before = record.read().len();
    look(&mut test, mara);
    test.run_until(|_| record.read().len() > before);
    let voice = "ferrywoman; dry, tired, counts everything twice";
    assert!(record.read()[before..].iter().any(|(prompt, _)| prompt.contains(voice)));
    assert_eq!(lines(&test), 1, "the story stays where it is");
}

#[test]
fn without_a_model_nothing_is_read() {
    let mut test = TestApp::new(ModelSource::None);
    let mara = test.app.world_mut().spawn(Persona::new("Mara", "dry")).id();
    look(&mut test, mara);
    assert!(test.log.all().is_empty());
    let (mut test, record) = recorded();
    test.settings().enabled = false;
    let mara = test.app.world_mut().spawn(Persona::new("Mara", "dry")).id();
    look(&mut test, mara);
    let story = test.play(drowned_bell());
    test.run_until(|test| lines(test) == 1);
    look(&mut test, story);
    test.settings().enabled = true;
    test.app.world_mut().trigger(Generate::new(mara, "Hm."));
    test.run_until(|test| !test.log.generated().is_empty());
    assert!(record.read().is_empty(), "jobs reach the worker in their order, so none was sent");
}
