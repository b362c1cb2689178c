//! Remarks beside the story.

use bevy_ecs::entity::Entity;
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, Told, scripted};

use crate::stories::drowned_bell;

fn remarks(test: &TestApp) -> Vec<(String, String, Source)> {
    let remark = |told| if let Told::Remark(id, text, source) = told { Some((id, text, source)) } else { None };
    test.log.all().into_iter().filter_map(remark).collect()
}

fn remark(test: &mut TestApp, story: Entity) {
    test.app.world_mut().trigger(Remark { entity: story, who: "mara".into() });
    test.frame();
}

#[test]
fn a_remark_is_worded_and_leaves_the_story_where_it_is() {
    let mut test = TestApp::new(scripted(|| ScriptedGenerator::saying(" Mind the third plank.")));
    test.run_until_ready();
    test.settings().deadlines = false;
    let story = test.play(drowned_bell());
    test.run_until(|test| test.log.last_line().is_some());
    remark(&mut test, story);
    test.run_until(|test| !remarks(test).is_empty());
    let (id, text, source) = remarks(&test).remove(0);
    assert_eq!((id.as_str(), text.as_str()), ("bark_flood", "Mind the third plank."));
    assert!(matches!(source, Source::Ranked { .. }), "{source}");
    assert_eq!(test.log.last_line().unwrap().0, "The rope hums. Across the water, the tower stands without its bell.");
}

#[test]
fn a_remark_rests_for_its_cooldown_and_waits_for_its_condition() {
    let mut test = TestApp::new(ModelSource::None);
    test.app.add_host_function("is_night", |_: bevy_ecs::system::In<HostArgs>| Value::Bool(true));
    let story = test.play(drowned_bell());
    test.frame();
    for _ in 0..3 {
        remark(&mut test, story);
    }
    let ids: Vec<String> = remarks(&test).into_iter().map(|(id, ..)| id).collect();
    assert_eq!(ids, ["bark_night", "bark_flood"], "each once, then both rest");
}

#[test]
fn a_late_remark_is_authored() {
    let mut test = TestApp::new(scripted(|| ScriptedGenerator::new(|_, _| Script::Never)));
    test.run_until_ready();
    let story = test.play(drowned_bell());
    test.frame();
    remark(&mut test, story);
    assert!(remarks(&test).is_empty());
    test.pass(std::time::Duration::from_secs(1));
    assert_eq!(remarks(&test)[0].2, Source::Authored(Why::Late));
    assert_eq!(remarks(&test)[0].1, "Watch the third plank.");
}

/// A story in which Mara could say one of three things, none of them before the others.
fn three_remarks() -> std::sync::Arc<Story> {
    let source = r#"(format: 1, id: "t", start: "a", cast: { "mara": (name: "Mara", voice: "dry") },
        beats: { "a": (setting: "The ferry stage.", lines: [(id: "l", who: "mara", say: "Well.")], end: true) },
        storylets: [(id: "rope", who: "mara", say: "The rope is old."), (id: "bell", who: "mara", say: "No bell tonight."),
                    (id: "eel", who: "mara", say: "Eels again.")])"#;
    let sources = vec![bevy_raconteur::core::story::source::Source::new("t.story.ron", source)];
    std::sync::Arc::new(bevy_raconteur::core::story::parse::parse(sources).story.expect("a story"))
}

#[test]
fn among_remarks_that_are_equally_due_the_model_chooses_by_the_scene() {
    let told = |model: ModelSource, ready: bool| {
        let mut test = TestApp::new(model);
        if ready {
            test.run_until_ready();
        }
        test.settings().deadlines = false;
        let story = test.play(three_remarks());
        test.run_until(|test| test.log.last_line().is_some());
        // Both at once: what the first takes, the second does not.
        remark(&mut test, story);
        remark(&mut test, story);
        test.run_until(|test| remarks(test).len() == 2);
        remarks(&test).into_iter().map(|(id, ..)| id).collect::<Vec<_>>()
    };
    let choosing = scripted(|| {
        ScriptedGenerator::saying(" Hm.").with_scores(|request, text| {
            assert!(request.prompt.full().ends_with("Mara: Well.\nMara:"), "{}", request.prompt.full());
            if text.contains("Eels") {
                9.0
            } else if text.contains("bell") {
                5.0
            } else {
                1.0
            }
        })
    });
    assert_eq!(told(choosing, true), ["eel", "bell"]);
    assert_eq!(told(ModelSource::None, false), ["rope", "bell"], "without one the writer's order");
}
