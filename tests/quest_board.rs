//! The post of the example, played by its script, without a model and with one that is played by a script.

#![expect(dead_code, reason = "what only the terminal needs is not called here")]

#[path = "../examples/quest_board/post.rs"]
mod post;
#[path = "../examples/quest_board/village.rs"]
mod village;

use bevy_raconteur::core::scripted::ScriptedGenerator;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::scripted;

use post::{Script, Setup, Step, Told, play};

fn by_script(model: ModelSource, setup: &Setup) -> Told {
    let mut script = Script::default();
    play(model, setup, &mut |step| match step {
        Step::Line(_) => None,
        Step::Choose(offered) => script.choose(offered),
    })
}

#[test]
fn the_script_takes_notes_brings_them_to_an_end_and_goes_up_with_the_flocks() {
    let setup = Setup::default();
    let told = by_script(ModelSource::None, &setup);
    assert!(told.ended && told.problems.is_empty(), "{:#?}", told.lines);
    let [offered, taken, done, failed] = told.hooks;
    assert!(taken >= 5 && offered >= taken, "{:?}", told.hooks);
    assert!(done >= 3 && done + failed == taken, "every note comes to an end: {:?}", told.hooks);
    assert!(told.storylets.len() > 10 && told.trace.len() > 30, "{}", told.summary());
    // Whoever is told about is one of the village, in words of the writer.
    for line in told.lines.iter().filter(|line| line.starts_with("  * ")) {
        let known = ["has lost", "with a word from", "are shouting about"].iter().any(|words| line.contains(words));
        assert!(known && line.ends_with("(authored(model_off))") && !line.contains(['{', '}']), "{line}");
    }
    assert!(told.picture().contains("<polyline"));
    assert_eq!(by_script(ModelSource::None, &setup).lines, told.lines, "the same seed, the same play");
    let other = by_script(ModelSource::None, &Setup { seed: 2, ..Setup::default() });
    assert_ne!(other.lines, told.lines, "another seed, another village");
}

#[test]
fn a_model_ranks_the_notes_and_the_play_is_as_sound() {
    let model = scripted(|| {
        ScriptedGenerator::saying(" Hm.")
            .with_scores(|_, text| if text.contains("lost") { 5.0 * text.len() as f32 } else { 1.0 })
    });
    let told = by_script(model, &Setup { seed: 1, wait_for_model: true });
    assert!(told.ended && told.problems.is_empty(), "{:#?}", told.lines);
    let offered: Vec<&String> = told.lines.iter().filter(|line| line.starts_with("  * ")).collect();
    assert!(offered[0].contains("has lost") && offered[0].contains("ranked("), "{offered:#?}");
    let [_, taken, done, failed] = told.hooks;
    assert!(taken >= 5 && done + failed == taken, "{:?}", told.hooks);
}
