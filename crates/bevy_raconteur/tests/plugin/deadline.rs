//! Late is authored, and what has been shown stands.

use std::time::Duration;

use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, Told, scripted};

use crate::stories::one_line;

fn never() -> ModelSource {
    scripted(|| ScriptedGenerator::new(|_, _| Script::Never))
}

#[test]
fn a_line_that_is_late_shows_its_authored_text() {
    let mut test = TestApp::new(never());
    test.run_until_ready();
    test.play(one_line(""));
    test.frame();
    assert!(test.log.all().contains(&Told::Started("a1".into())));
    test.pass(Duration::from_millis(690));
    assert_eq!(test.log.last_line(), None);
    test.pass(Duration::from_millis(20));
    assert_eq!(test.log.last_line(), Some(("The authored words.".into(), Source::Authored(Why::Late))));
}

#[test]
fn requests_wait_for_a_model_that_is_being_loaded_until_their_deadline() {
    // The loader is held back until the test lets it go.
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let mut test = TestApp::new(scripted(move || {
        wait.recv().ok();
        ScriptedGenerator::saying(" Here at last.")
    }));
    test.play(one_line(""));
    test.frame();
    test.pass(Duration::from_millis(100));
    assert_eq!(test.log.last_line(), None);
    go.send(()).unwrap();
    test.run_until(|test| test.log.last_line().is_some());
    assert_eq!(test.log.last_line().unwrap().0, "Here at last.");
}

#[test]
fn without_deadlines_a_line_waits() {
    let mut test = TestApp::new(never());
    test.run_until_ready();
    test.settings().deadlines = false;
    test.play(one_line(""));
    test.pass(Duration::from_secs(3600));
    test.pass(Duration::from_secs(3600));
    assert_eq!(test.log.last_line(), None);
}

#[test]
fn words_on_screen_are_never_swapped() {
    // One sentence comes, then nothing for ever.
    let model = scripted(|| {
        ScriptedGenerator::new(|_, _| Script::Say(format!(" The rope holds. {}", "And on ".repeat(100_000))))
    });
    let mut test = TestApp::new(model);
    test.run_until_ready();
    test.play(one_line("stream: true"));
    test.run_until(|test| test.log.all().iter().any(|told| matches!(told, Told::Chunk(..))));
    test.pass(Duration::from_millis(800));
    test.frame();
    let (text, source) = test.log.last_line().expect("the line is over");
    assert_eq!(text.trim_end(), "The rope holds.");
    assert_eq!(source, Source::Generated);
}

#[test]
fn switching_the_model_off_ends_what_is_being_written() {
    let mut test = TestApp::new(never());
    test.run_until_ready();
    test.play(one_line(""));
    test.frame();
    test.settings().enabled = false;
    test.frame();
    assert_eq!(test.log.last_line(), Some(("The authored words.".into(), Source::Authored(Why::ModelOff))));
}
