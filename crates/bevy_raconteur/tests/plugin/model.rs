//! Loading: progress, failure, a second attempt.

use bevy_ecs::message::Messages;
use bevy_raconteur::core::generate::LoadError;
use bevy_raconteur::core::scripted::{ScriptedGenerator, ScriptedLoader};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, scripted};

use crate::stories::one_line;

fn broken() -> ModelSource {
    ModelSource::custom(ScriptedLoader::new(|| {
        Err(LoadError { what: "the weights are cut short".into(), help: "Copy them again".into() })
    }))
}

#[test]
fn a_failed_load_leaves_the_story_playing_and_a_second_one_works() {
    let mut test = TestApp::new(broken());
    test.run_until(|test| matches!(test.app.world().resource::<ModelStatus>(), ModelStatus::Failed { .. }));
    let story = test.play(one_line(""));
    test.run_until(|test| test.log.last_line().is_some());
    assert_eq!(test.log.last_line(), Some(("The authored words.".into(), Source::Authored(Why::ModelFailed))));
    test.advance(story);

    test.app.world_mut().trigger(LoadModel::new(scripted(|| ScriptedGenerator::saying(" Well again."))));
    test.run_until_ready();
    test.play(one_line(""));
    test.run_until(|test| test.log.last_line().is_some_and(|(text, _)| text == "Well again."));
}

#[test]
fn requests_that_came_before_a_failure_end_with_it() {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let mut test = TestApp::new(ModelSource::custom(ScriptedLoader::new(move || {
        wait.recv().ok();
        Err(LoadError { what: "no weights".into(), help: "Look there".into() })
    })));
    test.play(one_line(""));
    test.frame();
    assert_eq!(test.log.last_line(), None);
    go.send(()).unwrap();
    test.run_until(|test| test.log.last_line().is_some());
    assert_eq!(test.log.last_line().unwrap().1, Source::Authored(Why::ModelFailed));
}

#[test]
fn changes_of_the_model_are_messages() {
    let mut test = TestApp::new(scripted(|| ScriptedGenerator::saying("x")));
    let mut seen = Vec::new();
    for _ in 0..1000 {
        test.frame();
        seen.extend(test.app.world().resource::<Messages<ModelChanged>>().iter_current_update_messages().cloned());
        if seen.iter().any(|change| matches!(change, ModelChanged::Ready { .. })) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    assert!(matches!(seen[0], ModelChanged::Loading { .. }), "{seen:?}");
    assert_eq!(seen.last(), Some(&ModelChanged::Ready { name: "scripted".into() }));
}

#[test]
fn an_unloaded_model_leaves_authored_lines() {
    let mut test = TestApp::new(scripted(|| ScriptedGenerator::saying(" Yes.")));
    test.run_until_ready();
    test.app.world_mut().trigger(UnloadModel);
    test.run_until(|test| *test.app.world().resource::<ModelStatus>() == ModelStatus::Off);
    test.play(one_line(""));
    test.frame();
    assert_eq!(test.log.last_line().unwrap().1, Source::Authored(Why::ModelOff));
}

#[cfg(feature = "gpt2")]
#[test]
fn a_directory_that_is_not_there_is_a_clear_error() {
    let mut test = TestApp::new(ModelSource::directory("there is/no 模型 ş"));
    test.run_until(|test| matches!(test.app.world().resource::<ModelStatus>(), ModelStatus::Failed { .. }));
    let ModelStatus::Failed { error } = test.app.world().resource::<ModelStatus>().clone() else { unreachable!() };
    assert!(error.to_string().contains("模型 ş"), "{error}");
}

#[cfg(feature = "gpt2")]
#[test]
fn after_weights_that_are_cut_short_the_model_in_the_box_writes() {
    let ember = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/models/ember");
    let broken = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json"] {
        std::fs::copy(format!("{ember}/{file}"), broken.path().join(file)).unwrap();
    }
    let weights = std::fs::read(format!("{ember}/model.safetensors")).unwrap();
    std::fs::write(broken.path().join("model.safetensors"), &weights[..weights.len() / 2]).unwrap();

    let mut test = TestApp::new(ModelSource::directory(broken.path()));
    test.settings().deadlines = false;
    test.run_until(|test| matches!(test.app.world().resource::<ModelStatus>(), ModelStatus::Failed { .. }));
    test.app.world_mut().trigger(LoadModel::new(ModelSource::directory(ember)));
    test.run_until_ready();
    test.play(one_line(""));
    test.run_until(|test| test.log.last_line().is_some());
    let (text, source) = test.log.last_line().unwrap();
    assert!(!text.trim().is_empty());
    assert_eq!(source, Source::Generated, "{text}");
}
