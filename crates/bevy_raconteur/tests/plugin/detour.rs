//! Interludes between the lines of a beat and its way on.

use std::sync::Arc;
use std::time::Duration;

use bevy_ecs::entity::Entity;
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, scripted};

use crate::stories::story;

/// One line, an interlude that may change the mood, the end.
fn interlude(say: &str) -> Arc<Story> {
    story(&format!(
        r#"Story(
            format: 1, id: "one", start: "a", ends: ["z"], vars: {{ "mood": Int(init: 0, min: -1, max: 1) }},
            cast: {{ "narrator": (name: ""), "mara": (name: "Mara", voice: "dry") }},
            beats: {{
                "a": (setting: "A ferry.", lines: [(id: "a_1", who: "mara", say: "Well.")],
                      detour: (goal: "Mara remembers the bell.", say: "{say}", may: ["mood += -1..1"], max_lines: 1,
                               reads: {{ "mood": ["Her mood is dark.", "All is as before.", "She is glad."] }}),
                      choices: [(id: "leave", say: "Leave.", to: "y")]),
                "y": (lines: [(id: "y_1", who: "mara", say: "She sings.", when: "mood == 1"),
                               (id: "y_2", who: "mara", say: "She walks.")], next: "z"), "z": (end: true),
            }},
        )"#
    ))
}

fn writing(script: fn() -> Script) -> TestApp {
    let mut test = TestApp::new(scripted(move || ScriptedGenerator::new(move |_, _| script())));
    test.run_until_ready();
    test.settings().deadlines = false;
    test
}

fn mood(test: &TestApp, story: Entity) -> Value {
    let runner = test.app.world().get::<StoryRunner>(story).and_then(StoryRunner::runner).expect("it has begun");
    runner.state().vars["mood"].clone()
}

#[test]
fn without_a_model_a_detour_is_told_as_written_or_passed_over() {
    let mut test = TestApp::new(ModelSource::None);
    let story = test.play(interlude("She thinks of the bell."));
    test.frame();
    test.advance(story);
    assert_eq!(test.log.last_line().expect("told").0, "She thinks of the bell.");
    test.advance(story);
    assert_eq!(test.log.last_choices().len(), 1, "nothing has changed");

    let mut test = TestApp::new(ModelSource::None);
    let story = test.play(interlude(""));
    test.frame();
    test.advance(story);
    assert_eq!(test.log.last_line().expect("shown").0, "Well.", "there is nothing to tell");
    assert_eq!(test.log.last_choices().len(), 1);
}

#[test]
fn a_model_tells_it_and_what_it_bears_out_changes_the_story() {
    let mut test = writing(|| Script::Say(" The bell rang twice that night.".into()));
    let story = test.play(interlude(""));
    test.run_until(|test| test.log.last_line().is_some());
    test.advance(story);
    test.run_until(|test| test.log.last_line().is_some_and(|(text, _)| text != "Well."));
    let (text, source) = test.log.last_line().expect("told");
    assert_eq!((text.as_str(), source), ("The bell rang twice that night.", Source::Generated));
    test.advance(story);
    test.run_until(|test| !test.log.last_choices().is_empty());
    // The double finds the shortest sentence likeliest: "She is glad."
    assert_eq!(mood(&test, story), Value::Int(1));
    test.choose(story, "leave");
    assert_eq!(test.log.last_line().expect("she does").0, "She sings.");
}

#[test]
fn a_model_that_is_late_or_wrong_leaves_the_story_as_it_was_written() {
    for script in [(|| Script::Silence) as fn() -> Script, || Script::Say(" [[".into()), || Script::Panic] {
        let mut test = writing(script);
        let story = test.play(interlude(""));
        test.run_until(|test| test.log.last_line().is_some());
        test.advance(story);
        test.run_until(|test| !test.log.last_choices().is_empty());
        assert_eq!(mood(&test, story), Value::Int(0));
    }
    let mut test = writing(|| Script::Never);
    test.settings().deadlines = true;
    let story = test.play(interlude("She thinks of the bell."));
    test.run_until(|test| test.log.last_line().is_some());
    test.advance(story);
    test.pass(Duration::from_secs(2));
    assert_eq!(test.log.last_line(), Some(("She thinks of the bell.".into(), Source::Authored(Why::Late))));
}

#[test]
fn a_save_in_a_detour_shows_its_words_again() {
    let mut test = writing(|| Script::Say(" The bell rang twice that night.".into()));
    let story = test.play(interlude(""));
    test.run_until(|test| test.log.last_line().is_some());
    test.advance(story);
    test.run_until(|test| test.log.last_line().is_some_and(|(text, _)| text != "Well."));
    let saved = test.app.world().get::<StoryRunner>(story).and_then(StoryRunner::state).expect("it has begun").clone();

    let mut later = TestApp::new(ModelSource::None);
    let asset = StoryAsset::new(interlude(""));
    let handle = later.app.world_mut().resource_mut::<bevy_asset::Assets<StoryAsset>>().add(asset);
    let story = later.app.world_mut().spawn(StoryRunner::resume(handle, saved)).id();
    later.frame();
    assert_eq!(later.log.last_line().expect("again").0, "The bell rang twice that night.");
    later.advance(story);
    assert_eq!(later.log.last_choices().len(), 1, "and then goes on");
}
