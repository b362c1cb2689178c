//! Stories in other languages, switched while they are played.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bevy_raconteur::core::scripted::ScriptedGenerator;
use bevy_raconteur::core::story::parse::parse;
use bevy_raconteur::core::story::source::Source as File;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, Told, scripted};

const ROOT: &str = r#"Story(
    format: 1, id: "x", start: "a", locales: ["de"],
    cast: { "ann": (name: "Ann", voice: "dry") },
    beats: {
        "a": (setting: "A ferry.", lines: [
            (id: "a_1", who: "ann", say: "Good morning."),
            (id: "a_2", who: "ann", say: "The bell is gone.", gen: Vary(prompt: "vary", must: [["bell"]])),
        ], choices: [(id: "go", say: "Go.", to: "z"), (id: "stay", say: "Stay.", to: "z")]),
        "z": (end: true),
    },
)"#;

const GERMAN: &str = r#"(
    name: "Deutsch", generate: true, capitals: false,
    texts: {
        "a_1": (say: "Guten Morgen."),
        "a_2": (say: "Die Glocke ist weg.", must: [["Glocke"]]),
        "go": (say: "Gehen."),
    },
)"#;

fn story() -> Arc<Story> {
    let checked = parse(vec![File::new("x.story.ron", ROOT), File::new("x.de.l10n.ron", GERMAN)]);
    let report = checked.render(false);
    checked.into_story().unwrap_or_else(|_| panic!("{report}"))
}

fn speak(test: &mut TestApp, language: Option<&str>) {
    test.settings().language = language.map(str::to_owned);
    test.frame();
}

fn labels(test: &TestApp) -> Vec<String> {
    test.log.last_choices().into_iter().map(|choice| choice.label).collect()
}

#[test]
fn a_switch_shows_what_is_on_stage_in_the_new_language_and_keeps_the_place() {
    let mut test = TestApp::new(ModelSource::None);
    let story = test.play(story());
    test.frame();
    assert_eq!(test.log.last_line().expect("shown").0, "Good morning.");
    speak(&mut test, Some("de-CH"));
    assert_eq!(test.log.last_line().expect("shown").0, "Guten Morgen.");
    test.advance(story);
    assert_eq!(test.log.last_line().expect("shown").0, "Die Glocke ist weg.");
    test.advance(story);
    assert_eq!(labels(&test), ["Gehen.", "Stay."], "what is not translated stays, text by text");
    speak(&mut test, None);
    assert_eq!(labels(&test), ["Go.", "Stay."]);
    let runner = test.app.world().get::<StoryRunner>(story).and_then(StoryRunner::runner).expect("it has begun");
    assert_eq!(runner.state().history.len(), 2, "nobody has said anything twice");
    test.choose(story, "go");
    assert_eq!(test.log.ended().as_deref(), Some("z"));
    assert!(test.log.problems().is_empty(), "{:?}", test.log.problems());
}

#[test]
fn an_unknown_language_is_the_original() {
    let mut test = TestApp::new(ModelSource::None);
    test.play(story());
    speak(&mut test, Some("tlh"));
    assert_eq!(test.log.last_line().expect("shown").0, "Good morning.");
}

#[test]
fn a_language_is_written_by_its_own_model() {
    let english = Arc::new(AtomicUsize::new(0));
    let count = english.clone();
    let make = move || {
        count.fetch_add(1, Ordering::SeqCst);
        scripted(|| ScriptedGenerator::saying(" No bell any more."))
    };
    let plugins = NarrativePlugins::new(make())
        .with_language_model("en", make)
        .with_language_model("de", || scripted(|| ScriptedGenerator::saying(" Keine Glocke mehr.")));
    let mut test = TestApp::with_plugins(plugins);
    test.run_until_ready();
    test.settings().deadlines = false;
    let story = test.play(story());
    speak(&mut test, Some("de"));
    test.run_until(|test| matches!(test.app.world().resource::<ModelStatus>(), ModelStatus::Loading { .. }));
    test.run_until_ready();
    test.advance(story);
    test.run_until(|test| test.log.last_line().is_some_and(|(text, _)| text.contains("Glocke")));
    assert_eq!(test.log.last_line(), Some(("Keine Glocke mehr.".into(), Source::Generated)));
    speak(&mut test, Some("en"));
    test.run_until(|_| english.load(Ordering::SeqCst) == 2);
    test.run_until_ready();
    let lines = test.log.all().into_iter().filter(|told| matches!(told, Told::Line { .. })).count();
    assert!(lines >= 3, "the line on stage was shown again");
}
