//! A director that paces remarks.

use std::sync::Arc;
use std::time::Duration;

use bevy_asset::Assets;
use bevy_ecs::prelude::*;
use bevy_raconteur::core::director::{Curve, DirectorData, Plan};
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::core::story::source::Source as File;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, Told, scripted};

use crate::stories::story;

/// A moment. Bevy's clock of the game takes a quarter of a second of a frame at most.
const MOMENT: Duration = Duration::from_millis(200);

fn square() -> Arc<Story> {
    story(
        r#"Story(
            format: 1, id: "square", start: "a", ends: ["z"],
            vars: { "fire": Int(init: 0, min: 0, max: 3) }, game: (reads: ["fire"], writes: ["fire"]),
            cast: { "mara": (name: "Mara", voice: "dry"), "odo": (name: "Odo", voice: "loud") },
            beats: {
                "a": (setting: "The square.", lines: [(id: "a1", who: "mara", say: "Well.")], next: "b"),
                "b": (setting: "The square.", lines: [(id: "b1", who: "odo", say: "Well, well.")], next: "z"),
                "z": (end: true),
            },
            storylets: [
                (id: "sun",   who: "mara", say: "Sun on the step.",   tension: 5),
                (id: "eel",   who: "mara", say: "Eels again.",        tension: 8),
                (id: "smoke", who: "odo",  say: "Is that smoke?",     tension: 50),
                (id: "fire",  who: "odo",  say: "Fire! Buckets!",     tension: 95, when: "fire >= 1"),
                (id: "plain", who: "odo",  say: "Nobody paces this."),
            ],
        )"#,
    )
}

fn paced(model: ModelSource, plan: Plan, pace: Pace, saved: Option<DirectorData>) -> (TestApp, Entity) {
    let mut test = TestApp::new(model);
    let asset = test.app.world_mut().resource_mut::<Assets<DirectorAsset>>().add(DirectorAsset::from(plan));
    let story = test.play(square());
    let director = match saved {
        Some(saved) => Director::resume(asset, pace, saved),
        None => Director::new(asset, pace),
    };
    test.app.world_mut().entity_mut(story).insert(director);
    test.run_until(|test| test.log.last_line().is_some());
    test.frame();
    (test, story)
}

fn remarks(test: &TestApp) -> Vec<String> {
    let remark = |told| if let Told::Remark(id, ..) = told { Some(id) } else { None };
    test.log.all().into_iter().filter_map(remark).collect()
}

fn level(tension: u8) -> Plan {
    Plan { silence: 0, ..Plan::new(Curve::new([(0, tension)])) }
}

#[test]
fn remarks_follow_the_curve_a_moment_at_a_time() {
    let plan = Plan { silence: 0, ..Plan::new(Curve::new([(0, 4), (3, 4), (4, 60)])) };
    let (mut test, story) = paced(ModelSource::None, plan, Pace::Every(MOMENT), None);
    assert!(remarks(&test).is_empty(), "no time has passed");
    test.pass(MOMENT / 2);
    test.frame();
    assert!(remarks(&test).is_empty(), "half a moment");
    for _ in 0..7 {
        test.pass(MOMENT);
        test.frame();
    }
    let told = remarks(&test);
    assert!(told.len() >= 5 && told[0] != "smoke" && told.contains(&"smoke".to_owned()), "{told:?}");
    assert!(!told.contains(&"plain".to_owned()) && !told.contains(&"fire".to_owned()), "{told:?}");
    assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "{told:?}");
    let world = test.app.world();
    let pacing = world.get::<Director>(story).and_then(Director::pacing).expect("it has begun");
    assert_eq!(pacing.trace().filter(|sample| sample.told.is_some()).count(), told.len());
    assert_eq!(pacing.moment(), 7);
    assert_eq!(test.log.last_line().expect("a line").0, "Well.", "the story stands where it stood");
}

#[test]
fn a_moment_may_be_a_beat() {
    let (mut test, story) = paced(ModelSource::None, level(30), Pace::Beats, None);
    let before = remarks(&test).len();
    for _ in 0..10 {
        test.pass(MOMENT);
    }
    assert_eq!(remarks(&test).len(), before, "time alone is no moment");
    test.advance(story);
    test.frame();
    assert_eq!(remarks(&test).len(), before + 1);
}

#[test]
fn among_remarks_that_are_as_near_the_model_chooses() {
    let choosing = scripted(|| {
        ScriptedGenerator::saying(" Hm.")
            .with_scores(|_, text| if text.contains("Sun") { 9.0 * text.len() as f32 } else { 1.0 })
    });
    let (mut test, _) = paced(choosing, level(4), Pace::Every(MOMENT), None);
    test.run_until_ready();
    test.settings().deadlines = false;
    test.pass(MOMENT);
    test.run_until(|test| !remarks(test).is_empty());
    assert_eq!(remarks(&test), ["sun"]);

    let (mut test, _) = paced(ModelSource::None, level(4), Pace::Every(MOMENT), None);
    test.pass(MOMENT);
    test.frame();
    assert_eq!(remarks(&test), ["eel"], "without one the nearest");
}

#[test]
fn a_model_that_never_answers_is_late_and_the_first_is_told() {
    let (mut test, _) = paced(
        scripted(|| ScriptedGenerator::new(|_, _| Script::Never).with_room(0)),
        level(4),
        Pace::Every(MOMENT),
        None,
    );
    test.run_until_ready();
    for _ in 0..8 {
        test.pass(MOMENT);
    }
    test.run_until(|test| !remarks(test).is_empty());
    assert!(["sun", "eel"].contains(&remarks(&test)[0].as_str()));
}

#[test]
fn what_goes_on_and_jolts_count() {
    let text = r#"Director(format: 1, curve: (points: [(0, 90)]), measures: [(when: "fire >= 2", tension: 60)],
                  jolts: { "attack": (tension: 90) }, silence: 9)"#;
    let plan = Plan::parse(&File::new("test.director.ron", text)).expect("a plan");
    let (mut test, story) = paced(ModelSource::None, plan, Pace::Every(MOMENT), None);
    test.app.world_mut().trigger(Jolt { entity: story, what: "attack".into() });
    test.pass(MOMENT);
    test.frame();
    assert!(remarks(&test).is_empty(), "after an attack silence is nearest: {:?}", remarks(&test));
    test.app.world_mut().trigger(Jolt { entity: story, what: "unheard of".into() });
    test.pass(MOMENT);
    test.frame();
    assert!(test.log.problems().iter().any(|problem| problem.contains("no jolt 'unheard of'")));
}

#[test]
fn whoever_is_busy_or_gone_is_left_in_peace() {
    let (mut test, story) = paced(ModelSource::None, level(4), Pace::Every(MOMENT), None);
    let mara = test.app.world_mut().spawn(SpeakerState::Busy).id();
    test.app.world_mut().entity_mut(story).insert(Cast::default().with("mara", mara));
    test.pass(MOMENT);
    test.frame();
    assert_eq!(remarks(&test), ["smoke"], "Odo is free");
    test.app.world_mut().despawn(mara);
    for _ in 0..3 {
        test.pass(MOMENT);
        test.frame();
    }
    assert!(remarks(&test).iter().all(|id| id == "smoke"), "a voice that is gone says nothing: {:?}", remarks(&test));
    test.app.world_mut().despawn(story);
    test.pass(MOMENT);
    test.frame();
}

#[test]
fn a_plan_with_mistakes_is_told_once_and_the_story_goes_on() {
    let text = r#"Director(format: 1, curve: (points: [(0, 90)]), measures: [(when: "fir >= 2", tension: 60)])"#;
    let plan = Plan::parse(&File::new("test.director.ron", text)).expect("a plan");
    let (mut test, story) = paced(ModelSource::None, plan, Pace::Every(MOMENT), None);
    for _ in 0..5 {
        test.pass(MOMENT);
    }
    let problems = test.log.problems();
    assert!(problems.len() == 1 && problems[0].contains("'fir'"), "{problems:?}");
    test.advance(story);
    assert_eq!(test.log.last_line().expect("a line").0, "Well, well.");
}

#[test]
fn a_save_goes_on_where_it_was() {
    let plan = || Plan { silence: 0, ..Plan::new(Curve::new([(0, 4), (6, 70)])) };
    let (mut test, story) = paced(ModelSource::None, plan(), Pace::Every(MOMENT), None);
    let play = |test: &mut TestApp, moments: usize| {
        for _ in 0..moments {
            test.pass(MOMENT);
            test.frame();
        }
    };
    play(&mut test, 3);
    let saved = test.app.world().get::<Director>(story).and_then(Director::data).expect("it has begun");
    let (mut later, again) = paced(ModelSource::None, plan(), Pace::Every(MOMENT), Some(saved.clone()));
    play(&mut later, 2);
    let data = later.app.world().get::<Director>(again).and_then(Director::data).expect("it has begun");
    assert_eq!(data.moment, 5);
    let newer = DirectorData { format: 99, ..saved };
    let (later, _) = paced(ModelSource::None, plan(), Pace::Every(MOMENT), Some(newer));
    assert!(later.log.problems().iter().any(|problem| problem.contains("format 99")), "{:?}", later.log.problems());
}
