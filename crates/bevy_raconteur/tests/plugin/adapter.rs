//! Adapters as assets: given to whatever model there is, also to the next one, and given again when they change.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bevy_app::App;
use bevy_asset::{AssetPlugin, AssetServer};
use bevy_ecs::message::Messages;
use bevy_raconteur::core::generate::{
    AdapterError, AdapterFiles, GenerationRequest, GeneratorLoader, LoadError, LoadProgress, Progress, RequestId, Sink,
    TextGenerator,
};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::TestApp;

/// What generators were given: number of the generator, name, weights.
type Given = Arc<Mutex<Vec<(usize, String, Vec<u8>)>>>;

/// Writes nothing and notes its adapters; those without weights are refused.
struct Notes {
    number: usize,
    given: Given,
    refused: Vec<AdapterError>,
}

impl TextGenerator for Notes {
    fn submit(&mut self, _: RequestId, _: GenerationRequest) {}

    fn cancel(&mut self, _: RequestId) {}

    fn step(&mut self, _: &mut Sink<'_>) -> Progress {
        Progress::Idle
    }

    fn has_room(&self, _: Priority) -> bool {
        true
    }

    fn describe(&self) -> String {
        format!("notes {}", self.number)
    }

    fn put_adapter(&mut self, name: &str, files: &AdapterFiles) {
        assert_ne!(&files.weights[..], b"panics", "a panic of the generator");
        if files.weights.is_empty() {
            let error = LoadError { what: "it is empty".into(), help: "Copy it again".into() };
            self.refused.push(AdapterError::Failed { name: name.into(), error });
        }
        self.given.lock().unwrap().push((self.number, name.into(), files.weights.to_vec()));
    }

    fn take_adapter_errors(&mut self) -> Vec<AdapterError> {
        std::mem::take(&mut self.refused)
    }
}

struct Loader(usize, Given);

impl GeneratorLoader for Loader {
    fn load(&mut self, _: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn TextGenerator>, LoadError> {
        self.0 += 1;
        Ok(Box::new(Notes { number: self.0, given: self.1.clone(), refused: Vec::new() }))
    }
}

fn write(folder: &Path, name: &str, weights: &[u8]) {
    fs::create_dir_all(folder.join(name)).unwrap();
    fs::write(folder.join(name).join("adapter_config.json"), "{}").unwrap();
    fs::write(folder.join(name).join("adapter_model.safetensors"), weights).unwrap();
}

/// An app whose assets stand in a folder of its own, and what its models were given.
fn app(folder: &Path) -> (TestApp, Given) {
    let given = Given::default();
    let mut app = App::new();
    app.add_plugins((
        bevy_app::TaskPoolPlugin::default(),
        bevy_time::TimePlugin,
        AssetPlugin { file_path: folder.to_string_lossy().into_owned(), ..Default::default() },
    ));
    app.add_plugins(NarrativePlugins::new(ModelSource::custom(Loader(0, given.clone()))));
    (TestApp::around(app), given)
}

fn choose(test: &mut TestApp, name: &str, folder: &str) {
    let handle = test.app.world().resource::<AssetServer>().load(format!("{folder}/adapter_model.safetensors"));
    test.app.world_mut().resource_mut::<Adapters>().insert(name, handle);
}

/// Runs until a problem with an adapter is told, and gives its words.
fn missing(test: &mut TestApp, name: &str) -> String {
    for _ in 0..10_000 {
        test.frame();
        let told = test.app.world().resource::<Messages<ModelChanged>>();
        let found = told.iter_current_update_messages().find_map(|change| match change {
            ModelChanged::AdapterMissing(error) if error.name() == name => Some(error.to_string()),
            _ => None,
        });
        if let Some(found) = found {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    panic!("nothing was told")
}

#[test]
fn a_model_is_given_what_the_game_loads_and_so_is_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "marsh", b"reeds");
    let (mut test, given) = app(folder.path());
    choose(&mut test, "fen", "marsh");
    choose(&mut test, "heron", "marsh");
    let sorted = |given: &Given| {
        let mut all = given.lock().unwrap().clone();
        all.sort();
        all
    };
    let of = |number: usize| ["fen", "heron"].map(|name| (number, name.to_owned(), b"reeds".to_vec()));
    test.run_until(|_| sorted(&given) == of(1));
    // Nothing is given twice.
    (0..20).for_each(|_| test.frame());
    assert_eq!(sorted(&given), of(1));

    test.app.world_mut().trigger(LoadModel::new(ModelSource::custom(Loader(1, given.clone()))));
    test.run_until(|_| sorted(&given) == [of(1), of(2)].concat());
}

#[test]
fn a_file_that_changes_is_given_again() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "marsh", b"reeds");
    let (mut test, given) = app(folder.path());
    choose(&mut test, "fen", "marsh");
    test.run_until(|_| given.lock().unwrap().len() == 1);
    write(folder.path(), "marsh", b"rushes");
    test.app.world().resource::<AssetServer>().reload("marsh/adapter_model.safetensors");
    test.run_until(|_| given.lock().unwrap().last().is_some_and(|last| last.2 == b"rushes"));
}

#[test]
fn what_cannot_be_read_or_used_is_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "empty", b"");
    write(folder.path(), "lone", b"reeds");
    fs::remove_file(folder.path().join("lone/adapter_config.json")).unwrap();
    let (mut test, _) = app(folder.path());
    choose(&mut test, "gone", "nowhere");
    let words = missing(&mut test, "gone");
    assert!(words.contains("nowhere/adapter_model.safetensors"), "{words}");
    choose(&mut test, "lone", "lone");
    let words = missing(&mut test, "lone");
    assert!(words.contains("adapter_config.json"), "{words}");
    choose(&mut test, "hollow", "empty");
    let words = missing(&mut test, "hollow");
    assert!(words.contains("it is empty"), "{words}");
}

#[test]
fn an_adapter_on_which_generators_panic_ends_in_a_failed_model_and_not_in_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bad", b"panics");
    let (mut test, _) = app(folder.path());
    test.run_until_ready();
    choose(&mut test, "bad", "bad");
    test.run_until(|test| matches!(test.app.world().resource::<ModelStatus>(), ModelStatus::Failed { .. }));
}
