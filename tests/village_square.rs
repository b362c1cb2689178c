//! The village of the example, without a window and with a model that is played by a script.

#![expect(dead_code, reason = "what only the picture needs is not called here")]

#[path = "../examples/village_square/cast.rs"]
mod cast;
#[path = "../examples/village_square/circle.rs"]
mod circle;
#[path = "../examples/village_square/frames.rs"]
mod frames;
#[path = "../examples/village_square/player.rs"]
mod player;
#[path = "../examples/village_square/speech.rs"]
mod speech;
#[path = "../examples/village_square/square.rs"]
mod square;
#[path = "../examples/village_square/talk.rs"]
mod talk;
#[path = "../examples/village_square/tally.rs"]
mod tally;
#[path = "../examples/village_square/village.rs"]
mod village;
#[path = "../examples/village_square/walk.rs"]
mod walk;

use std::time::Duration;

use bevy::prelude::*;
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{HeadlessPlugins, TestApp, scripted};

use player::{Earshot, Player};
use talk::{Pace, Trade, Voice};
use tally::Tally;
use village::{MOST, VillagePlugin};
use walk::Feet;

const FRAME: Duration = Duration::from_millis(50);

fn village(model: ModelSource, npcs: usize, pace: Pace) -> TestApp {
    let mut app = App::new();
    app.add_plugins(HeadlessPlugins).add_plugins(NarrativePlugins::new(model)).add_plugins(VillagePlugin {
        npcs,
        seed: 3,
        tries: 1,
        pace,
        tour: true,
    });
    TestApp::around(app)
}

/// Frames of the village's clock, with a moment for the worker in each.
fn live(test: &mut TestApp, frames: usize) {
    for _ in 0..frames {
        test.pass(FRAME);
        std::thread::sleep(Duration::from_micros(300));
    }
}

fn tally(test: &TestApp) -> Tally {
    test.app.world().resource::<Tally>().clone()
}

#[test]
fn without_a_model_everybody_has_a_writers_words() {
    let mut test = village(ModelSource::None, 8, Pace::Calm);
    live(&mut test, 600);
    let tally = tally(&test);
    assert!(tally.lines() > 10 && tally.generated == 0, "{tally:?}");
    for (text, source) in test.log.generated() {
        let known = cast::VILLAGERS.iter().any(|villager| {
            villager.remarks.contains(&text.as_str()) || villager.topics.iter().any(|topic| topic.answer == text)
        });
        assert!(known && source.to_string() == "authored(model_off)", "{text} ({source})");
    }
}

#[test]
fn with_a_model_lines_are_written_and_heard_and_the_player_is_answered() {
    // Nobody says the same thing twice, so the generator does not either.
    let numbered = || {
        let mut said = 0;
        ScriptedGenerator::new(move |_, _| {
            said += 1;
            Script::Say(format!(" Bell {said} hangs behind the altar."))
        })
    };
    let mut test = village(scripted(numbered), 8, Pace::Calm);
    test.run_until_ready();
    live(&mut test, 800);
    let tally = tally(&test);
    assert!(tally.generated > 10, "{tally:?}");
    assert!(!tally.answer_ms.is_empty(), "the player asked nobody: {tally:?}");
    // What a villager remembers to have heard is what a neighbour, or the player, has said.
    let mut personas = test.app.world_mut().query::<&Persona>();
    let heard: Vec<String> = personas
        .iter(test.app.world())
        .flat_map(|persona| persona.history().iter().filter(|turn| turn.who != persona.who.name))
        .map(|turn| turn.text.clone())
        .collect();
    assert!(heard.iter().any(|text| text.ends_with("hangs behind the altar.")), "{heard:?}");
    assert!(heard.iter().any(|text| text.ends_with('?')), "{heard:?}");
}

#[test]
fn a_model_that_writes_nothing_costs_nobody_a_word() {
    let mut test = village(scripted(|| ScriptedGenerator::new(|_, _| Script::Silence)), 6, Pace::Eager);
    live(&mut test, 200);
    let said = test.log.generated();
    assert!(said.len() > 20, "{}", said.len());
    assert!(said.iter().all(|(text, _)| !text.trim().is_empty()));
}

#[test]
fn a_full_square_stays_within_its_bounds_and_nobody_stands_in_another() {
    let mut test = village(ModelSource::None, MOST, Pace::Calm);
    live(&mut test, 1200);
    let mut people = test.app.world_mut().query_filtered::<(&Feet, &Voice), Or<(With<Trade>, With<Player>)>>();
    let at: Vec<Vec2> = people.iter(test.app.world()).map(|(feet, _)| feet.at).collect();
    assert_eq!(at.len(), MOST + 1);
    for (i, here) in at.iter().enumerate() {
        assert!(here.cmpge(square::NEAR_LEFT).all() && here.cmple(square::FAR_RIGHT).all(), "{here} is outside");
        let near = at[..i].iter().filter(|other| square::distance(**other, *here) < 4.0).count();
        assert_eq!(near, 0, "two stand at {here}");
    }
    let mut heard = test.app.world_mut().query_filtered::<(), With<Earshot>>();
    assert!(heard.iter(test.app.world()).count() > 0, "the tour leads to nobody");
}

#[test]
fn a_histogram_counts_every_frame_once() {
    let (off, on) = ([0.2, 16.0, 17.0, 900.0], [3.0; 5]);
    let text = frames::histograms(["off", "on"], [&off, &on]);
    let counts = |column: usize| -> usize {
        let words = |line: &str| line.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<usize>>();
        text.lines().skip(1).map(words).filter_map(|row| row.into_iter().rev().nth(1 - column)).sum()
    };
    assert_eq!((counts(0), counts(1)), (4, 5), "{text}");
    assert_eq!((frames::missed(&off), frames::missed(&on)), (2, 0));
    assert_eq!(frames::Quantiles::of([4.0, 1.0, 3.0, 2.0]), frames::Quantiles { p50: 2.0, p99: 4.0, max: 4.0 });
}
