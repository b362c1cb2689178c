//! A story from its start to its end.

use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, Told, scripted};

use crate::stories::{drowned_bell, story};

/// A model that says something on every subject of the story.
fn able() -> ScriptedGenerator {
    ScriptedGenerator::new(|request, _| {
        // The confession is the only place where the silver may be named.
        let confession = request.prompt.full().contains("sold the bell");
        let bell = " The bell, before the flood, and wet boots on the stair of the tower.";
        Script::Say(if confession { " I sold the bell for silver." } else { bell }.into())
    })
}

fn lines(test: &TestApp) -> Vec<(String, String, Source)> {
    let line = |told| match told {
        Told::Line { id, text, source, .. } => Some((id, text, source)),
        _ => None,
    };
    test.log.all().into_iter().filter_map(line).collect()
}

#[test]
fn with_the_model_off_every_line_is_authored() {
    let mut test = TestApp::new(ModelSource::None);
    let story = test.play(drowned_bell());
    assert_eq!(test.play_to_end(story, &["ford_a", "ford_c", "confess"]), "end_truth");
    let lines = lines(&test);
    let ids: Vec<&str> = lines.iter().map(|(id, ..)| id.as_str()).collect();
    assert_eq!(ids, ["ford_1", "ford_2", "heard_1", "ford_1", "ford_2", "tower_1", "conf_1", "et_1"]);
    assert_eq!(lines[0].2, Source::Authored(Why::Written));
    assert_eq!(lines[1].2, Source::Authored(Why::ModelOff));
    assert_eq!(lines[1].1, "You came for the bell. They all come for the bell.");
}

#[test]
fn with_a_model_lines_and_labels_are_generated() {
    let mut test = TestApp::new(scripted(able));
    test.run_until_ready();
    test.settings().deadlines = false;
    let story = test.play(drowned_bell());
    assert_eq!(test.play_to_end(story, &["ford_a", "ford_c", "confess"]), "end_truth");
    let generated = |id: &str| {
        let told = lines(&test).into_iter().find(|(line, ..)| line == id).expect(id);
        matches!(told.2, Source::Generated | Source::Ranked { .. })
    };
    assert!(generated("ford_2") && generated("tower_1") && generated("conf_1"));
    let labels = test.log.last_choices();
    let ids: Vec<&str> = labels.iter().map(|choice| choice.id.as_str()).collect();
    assert_eq!(ids, ["confess", "deflect", "leave_it"], "the writer's order, always-ones included");
    assert_eq!(labels[0].label, "Name the debt to the smith.", "no candidate had its must: {labels:?}");
    assert!(matches!(labels[1].source, Source::Ranked { .. }), "{labels:?}");
    // The same words twice are no choice: the second label falls back.
    assert_eq!(labels[2].label, "Let the river keep it.");
}

#[test]
fn chunks_make_up_the_line() {
    let mut test = TestApp::new(scripted(able));
    test.run_until_ready();
    let story = test.play(drowned_bell());
    test.play_to_end(story, &["ford_c", "leave_it"]);
    let mut chunks = String::new();
    for told in test.log.all() {
        match told {
            Told::Started(_) => chunks.clear(),
            Told::Chunk(_, text) => chunks.push_str(&text),
            Told::Line { text, .. } => {
                assert_eq!(chunks, text);
                assert!(!text.trim().is_empty());
            }
            _ => {}
        }
    }
}

#[test]
fn a_choice_that_is_not_open_changes_nothing() {
    let mut test = TestApp::new(ModelSource::None);
    let story = test.play(drowned_bell());
    test.frame();
    test.choose(story, "ford_a");
    assert!(test.log.problems().iter().any(|problem| problem.contains("'ford_a' cannot be chosen now")));
    test.advance(story);
    test.advance(story);
    test.choose(story, "confess");
    let problem = test.log.problems().pop().unwrap();
    assert!(problem.contains("ford_a, ford_b, ford_c"), "{problem}");
    test.choose(story, "ford_c");
    assert!(test.log.all().contains(&Told::Beat("tower".into())));
}

#[test]
fn several_stories_run_side_by_side() {
    let mut test = TestApp::new(scripted(able));
    test.run_until_ready();
    test.settings().deadlines = false;
    let (one, two) = (test.play(drowned_bell()), test.play(drowned_bell()));
    test.run_until(|test| lines(test).iter().filter(|(id, ..)| id == "ford_1").count() == 2);
    test.advance(one);
    test.run_until(|test| lines(test).iter().filter(|(id, ..)| id == "ford_2").count() == 1);
    test.advance(two);
    test.run_until(|test| lines(test).iter().filter(|(id, ..)| id == "ford_2").count() == 2);
}

#[test]
fn a_hostile_model_never_breaks_a_play() {
    for script in [
        Script::Silence,
        Script::Say("🦀".repeat(3000)),
        Script::Say("Odo: I did it.\nMara: (choices: [])".into()),
        Script::Say("\u{0}\u{7}\u{202e}".into()),
        Script::Babble("bell".into()),
    ] {
        let mut test = TestApp::new(scripted(move || {
            let script = script.clone();
            ScriptedGenerator::new(move |_, _| script.clone())
        }));
        test.run_until_ready();
        test.settings().deadlines = false;
        let story = test.play(drowned_bell());
        assert_eq!(test.play_to_end(story, &["ford_a", "ford_c", "confess"]), "end_truth");
        for (id, text, _) in lines(&test) {
            assert!(!text.trim().is_empty() && !text.contains("Odo:") && !text.contains('🦀'), "{id}: {text}");
        }
    }
}

#[test]
fn authored_variants_are_picked_by_the_model_and_by_nobody_when_it_is_off() {
    let text = r#"Story(
        format: 1, id: "pick", start: "a", ends: ["a"],
        cast: { "mara": (name: "Mara") },
        beats: { "a": (setting: "A ferry.", end: true, lines: [
            (id: "a1", who: "mara", say: "The longest of the greetings that were written.",
             gen: Pick(from: ["Well met.", "You again, and so early."])),
        ]) },
    )"#;
    let first_line = |model| {
        let mut test = TestApp::new(model);
        test.settings().deadlines = false;
        test.play(story(text));
        test.run_until(|test| test.log.last_line().is_some());
        test.log.last_line().expect("a line")
    };
    assert_eq!(first_line(ModelSource::None).1, Source::Authored(Why::ModelOff));
    // The double finds a text the less likely the longer it is, a byte of it counting alike: the first is the best.
    let (picked, source) = first_line(scripted(able));
    assert_eq!(source, Source::Ranked { of: 3 });
    assert_eq!(picked, "The longest of the greetings that were written.");
}
