//! Adapters: a persona and a story name them, and one that is missing is told while the model talks.

use bevy_ecs::message::Messages;
use bevy_raconteur::core::generate::{
    AdapterError, GenerationRequest, LoadError, Priority, Progress, RequestId, Sink, TextGenerator,
};
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, scripted};

/// Says whose voice it was asked for.
fn parrot() -> ScriptedGenerator {
    ScriptedGenerator::new(|request, _| {
        // An underscore is markup, which no line may hold.
        let voice = request.prompt.adapter.as_deref().unwrap_or("nobody in particular").replace('_', " ");
        Script::Say(format!(" I speak as {voice}."))
    })
}

#[test]
fn a_persona_chooses_its_voice() {
    let mut test = TestApp::new(scripted(parrot));
    let world = test.app.world_mut();
    let mara = world.spawn(Persona::new("Mara", "ferrywoman").speaking_under("marsh_folk")).id();
    let odo = world.spawn(Persona::new("Odo", "sexton")).id();
    world.trigger(Generate::new(mara, "Hm."));
    world.trigger(Generate::new(odo, "Hm."));
    test.run_until(|test| test.log.generated().len() == 2);
    let mut said: Vec<String> = test.log.generated().iter().map(|(text, _)| text.clone()).collect();
    said.sort_unstable();
    assert_eq!(said, ["I speak as marsh folk.", "I speak as nobody in particular."]);
}

/// A generator that has no adapters, and says so once for each name.
struct Voiceless {
    inner: ScriptedGenerator,
    news: Vec<AdapterError>,
}

impl TextGenerator for Voiceless {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        if let Some(name) = &request.prompt.adapter {
            self.news.push(AdapterError::Unknown { name: name.clone(), known: Vec::new() });
        }
        self.inner.submit(id, request);
    }
    fn cancel(&mut self, id: RequestId) {
        self.inner.cancel(id);
    }
    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        self.inner.step(sink)
    }
    fn has_room(&self, priority: Priority) -> bool {
        self.inner.has_room(priority)
    }
    fn describe(&self) -> String {
        self.inner.describe()
    }
    fn take_adapter_errors(&mut self) -> Vec<AdapterError> {
        std::mem::take(&mut self.news)
    }
}

struct Loader;

impl bevy_raconteur::core::generate::GeneratorLoader for Loader {
    fn load(
        &mut self,
        _: &mut dyn FnMut(bevy_raconteur::core::generate::LoadProgress),
    ) -> Result<Box<dyn TextGenerator>, LoadError> {
        let error = LoadError { what: "it is cut off".into(), help: "Copy it again".into() };
        let news = vec![AdapterError::Failed { name: "guards".into(), error }];
        Ok(Box::new(Voiceless { inner: ScriptedGenerator::saying(" The base talks."), news }))
    }
}

#[test]
fn a_missing_voice_is_a_message_and_the_model_talks() {
    let mut test = TestApp::new(ModelSource::custom(Loader));
    let mara = test.app.world_mut().spawn(Persona::new("Mara", "ferrywoman").speaking_under("marsh_folk")).id();
    test.app.world_mut().trigger(Generate::new(mara, "Hm."));
    let mut missing = Vec::new();
    // A cursor reads each message once, however many frames it stays.
    let mut cursor = test.app.world().resource::<Messages<ModelChanged>>().get_cursor();
    for _ in 0..2000 {
        test.frame();
        for change in cursor.read(test.app.world().resource::<Messages<ModelChanged>>()) {
            if let ModelChanged::AdapterMissing(error) = change {
                missing.push(error.name().to_owned());
            }
        }
        if missing.len() == 2 && !test.log.generated().is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    assert_eq!(missing, ["guards", "marsh_folk"]);
    assert_eq!(test.log.generated()[0], ("The base talks.".into(), Source::Generated));
    assert!(matches!(test.app.world().resource::<ModelStatus>(), ModelStatus::Ready { .. }));
}
