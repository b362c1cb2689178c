//! Lines that are written before they are due are the lines that would be written when they are due.

use std::sync::{Arc, Mutex};

use bevy_raconteur::core::generate::Task;
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, Told, scripted};

use crate::stories::{drowned_bell, story};

/// Says something that depends on the prompt and on the seed, as a model does.
fn echo() -> ScriptedGenerator {
    ScriptedGenerator::new(|request, candidate| {
        let Task::Continue { config, .. } = &request.task else { return Script::Silence };
        let mut hash = config.seed ^ candidate as u64;
        for byte in request.prompt.full().bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Script::Say(format!(" The bell, the silver and the stair, {hash} of them, before the debt."))
    })
}

fn words(prefetch: bool) -> Vec<String> {
    let mut test = TestApp::new(scripted(echo));
    test.run_until_ready();
    test.settings().deadlines = false;
    test.settings().prefetch = prefetch;
    let story = test.play(drowned_bell());
    test.play_to_end(story, &["ford_a", "ford_c", "confess"]);
    let line = |told| if let Told::Line { text, .. } = told { Some(text) } else { None };
    test.log.all().into_iter().filter_map(line).collect()
}

#[test]
fn the_words_are_the_same_with_and_without() {
    let with = words(true);
    assert_eq!(with, words(false));
    assert!(with.iter().any(|line| line.starts_with("The bell, the silver")), "{with:?}");
}

#[test]
fn a_line_is_ready_before_it_is_due() {
    let asked = Arc::new(Mutex::new(0));
    let count = asked.clone();
    let mut test = TestApp::new(scripted(move || {
        let count = count.clone();
        ScriptedGenerator::new(move |_, _| {
            *count.lock().unwrap() += 1;
            Script::Say(" So it is.".into())
        })
    }));
    test.run_until_ready();
    let played = test.play(story(
        r#"Story(
            format: 1, id: "two", start: "a", ends: ["a"],
            cast: { "mara": (name: "Mara") },
            beats: { "a": (setting: "A ferry.", end: true, lines: [
                (id: "a1", who: "mara", say: "First."),
                (id: "a2", who: "mara", say: "Second.", gen: Free(prompt: "say", goal: "She agrees.")),
            ]) },
        )"#,
    ));
    test.run_until(|_| *asked.lock().unwrap() == 1);
    for _ in 0..50 {
        test.frame();
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    // The player goes on, and the words are there in that very frame.
    test.advance(played);
    assert_eq!(test.log.last_line(), Some(("So it is.".into(), Source::Generated)));
    assert_eq!(*asked.lock().unwrap(), 1);
}
