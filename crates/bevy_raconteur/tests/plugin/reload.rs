//! Stories as files: loading, changing while they run, breaking.

use std::fs;
use std::path::Path;

use bevy_app::App;
use bevy_asset::{AssetPlugin, AssetServer, Assets};
use bevy_ecs::entity::Entity;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::TestApp;

const GOOD: &str = r#"Story(
    format: 1, id: "ferry", start: "a", ends: ["z"],
    cast: { "mara": (name: "Mara") },
    beats: {
        "a": (lines: [(id: "a1", who: "mara", say: "First."), (id: "a2", who: "mara", say: "Second.")], next: "z"),
        "z": (lines: [(id: "z1", who: "mara", say: "Last.")], end: true),
    },
)"#;

/// An app whose assets stand in a folder of its own.
fn app(folder: &Path) -> (TestApp, Entity) {
    let mut app = App::new();
    app.add_plugins((
        bevy_app::TaskPoolPlugin::default(),
        bevy_time::TimePlugin,
        AssetPlugin { file_path: folder.to_string_lossy().into_owned(), ..Default::default() },
    ));
    app.add_plugins(NarrativePlugins::new(ModelSource::None));
    let mut test = TestApp::around(app);
    let handle = test.app.world().resource::<AssetServer>().load("ferry.story.ron");
    let story = test.app.world_mut().spawn(StoryRunner::new(handle, 1)).id();
    (test, story)
}

fn reload(test: &mut TestApp) {
    test.app.world().resource::<AssetServer>().reload("ferry.story.ron");
}

#[test]
fn a_story_is_loaded_with_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let root = GOOD.replace(r#"cast: { "mara": (name: "Mara") },"#, "");
    fs::write(folder.path().join("ferry.story.ron"), root).unwrap();
    fs::write(folder.path().join("ferry.cast.ron"), r#"{ "mara": (name: "Mara of the Ferry") }"#).unwrap();
    let (mut test, story) = app(folder.path());
    test.run_until(|test| test.log.last_line().is_some());
    let runner = test.app.world().get::<StoryRunner>(story).unwrap().runner().unwrap().clone();
    assert_eq!(runner.story().cast.get("mara").unwrap().name, "Mara of the Ferry");
}

#[test]
fn a_broken_story_says_where_and_the_app_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ferry.story.ron"), GOOD.replace(r#"next: "z""#, r#"next: "y""#)).unwrap();
    let (mut test, _) = app(folder.path());
    test.run_until(|test| !test.log.problems().is_empty());
    let problem = test.log.problems()[0].clone();
    assert!(problem.starts_with("the story cannot be loaded: error[S02]"), "{problem}");
    assert!(problem.contains("ferry.story.ron:5") && !problem.contains("bevy"), "{problem}");
    // The second attempt works.
    fs::write(folder.path().join("ferry.story.ron"), GOOD).unwrap();
    reload(&mut test);
    test.run_until(|test| test.log.last_line().is_some());
    assert_eq!(test.log.last_line().unwrap().0, "First.");
}

#[test]
fn a_change_keeps_the_place_and_a_broken_change_keeps_the_story() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ferry.story.ron");
    fs::write(&file, GOOD).unwrap();
    let (mut test, story) = app(folder.path());
    test.run_until(|test| test.log.last_line().is_some());

    fs::write(&file, "Story(format: 1, id: ").unwrap();
    reload(&mut test);
    test.run_until(|test| !test.log.problems().is_empty());
    assert!(!test.app.world().resource::<Assets<StoryAsset>>().is_empty(), "the last good story is still there");

    fs::write(&file, GOOD.replace("Second.", "Second, mended.").replace("Last.", "Last, mended.")).unwrap();
    reload(&mut test);
    test.run_until(|test| {
        let runner = test.app.world().get::<StoryRunner>(story).and_then(StoryRunner::runner);
        runner.is_some_and(|runner| runner.story().beats.get("z").unwrap().lines[0].say == "Last, mended.")
    });
    test.advance(story);
    assert_eq!(test.log.last_line().unwrap().0, "Second, mended.");
    test.advance(story);
    assert_eq!(test.log.last_line().unwrap().0, "Last, mended.");
}

#[test]
fn a_beat_that_is_gone_is_reported_and_the_story_starts_again() {
    let mut test = TestApp::new(ModelSource::None);
    let story = test.play(crate::stories::story(GOOD));
    test.frame();
    let handle = {
        let assets = test.app.world().resource::<Assets<StoryAsset>>();
        let (id, _) = assets.iter().next().unwrap();
        id
    };
    let other = GOOD
        .replace(r#""a":"#, r#""b":"#)
        .replace(r#"start: "a""#, r#"start: "b""#)
        .replace("a1", "b1")
        .replace("a2", "b2");
    let asset = StoryAsset::from(crate::stories::story(&other));
    test.app.world_mut().resource_mut::<Assets<StoryAsset>>().insert(handle, asset).unwrap();
    test.frame();
    let problems = test.log.problems();
    assert!(problems.iter().any(|problem| problem.contains("goes on in beat 'b'")), "{problems:?}");
    assert!(problems.iter().any(|problem| problem.contains("'a1', which had been shown, is gone")), "{problems:?}");
    test.advance(story);
    test.advance(story);
    assert_eq!(test.log.last_line().unwrap().0, "Last.");
}
