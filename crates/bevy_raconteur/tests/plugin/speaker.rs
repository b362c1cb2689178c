//! Talk that may not begin, and talk that is cut short.

use bevy_ecs::entity::Entity;
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, Told, scripted};

use crate::stories::{drowned_bell, one_line};

const FIRST: &str = " The bell is gone.";

/// A model that says one sentence and then never another word.
fn hesitant() -> TestApp {
    ready(TestApp::new(scripted(|| ScriptedGenerator::new(|_, _| Script::SayThenHang(format!("{FIRST} And"))))))
}

fn fluent() -> TestApp {
    ready(TestApp::new(scripted(|| ScriptedGenerator::saying(FIRST))))
}

fn ready(mut test: TestApp) -> TestApp {
    test.run_until_ready();
    test.settings().deadlines = false;
    test
}

fn mara(test: &mut TestApp) -> Entity {
    test.app.world_mut().spawn(Persona::new("Mara", "ferrywoman").unsure("Who knows.")).id()
}

fn ask(test: &mut TestApp, npc: Entity) {
    test.app.world_mut().trigger(Ask { entity: npc, text: "Where is the bell?".into() });
    test.frame();
}

fn cancelled(text: &str) -> Vec<(String, Source)> {
    vec![(text.into(), Source::Cancelled)]
}

#[test]
fn who_is_busy_answers_but_does_not_begin() {
    let mut test = fluent();
    let mara = mara(&mut test);
    test.app.world_mut().entity_mut(mara).insert(SpeakerState::Busy);
    test.app.world_mut().trigger(Generate::new(mara, "Hm."));
    test.frame();
    assert_eq!(test.log.generated(), cancelled("Hm."));
    ask(&mut test, mara);
    test.run_until(|test| test.log.generated().len() == 2);
    assert_eq!(test.log.generated()[1], ("The bell is gone.".into(), Source::Generated));
}

#[test]
fn who_is_scripted_says_nothing_of_their_own() {
    let mut test = fluent();
    let mara = mara(&mut test);
    test.app.world_mut().entity_mut(mara).insert(SpeakerState::Scripted);
    ask(&mut test, mara);
    assert_eq!(test.log.generated(), cancelled("Who knows."));
    test.app.world_mut().entity_mut(mara).insert(SpeakerState::Interruptible);
    ask(&mut test, mara);
    test.run_until(|test| test.log.generated().len() == 2);
}

#[test]
fn a_scene_ends_what_is_being_said_with_the_words_that_were_heard() {
    let mut test = hesitant();
    let mara = mara(&mut test);
    ask(&mut test, mara);
    test.run_until(|test| test.log.all().iter().any(|told| matches!(told, Told::GeneratedChunk(..))));
    test.app.world_mut().entity_mut(mara).insert(SpeakerState::Scripted);
    test.frame();
    assert_eq!(test.log.generated(), cancelled("The bell is gone."));
    let persona = test.app.world().get::<Persona>(mara).expect("she is there");
    assert_eq!(persona.history().last().map(|turn| turn.text.as_str()), Some("The bell is gone."));
    test.frame();
    assert!(test.app.world().get::<Speaking>(mara).is_none(), "nothing is written for her any more");
}

#[test]
fn barging_in_ends_what_an_npc_says_and_leaves_them_free() {
    let mut test = hesitant();
    let mara = mara(&mut test);
    ask(&mut test, mara);
    test.app.world_mut().trigger(Interrupt { entity: mara });
    test.frame();
    assert_eq!(test.log.generated().len(), 1);
    assert_eq!(test.log.generated()[0].1, Source::Cancelled);
    // Silent already: nothing happens.
    test.app.world_mut().trigger(Interrupt { entity: mara });
    test.frame();
    assert_eq!(test.log.generated().len(), 1);
}

#[test]
fn a_line_of_a_story_goes_before_idle_talk() {
    let mut test = hesitant();
    let mara = mara(&mut test);
    test.app.world_mut().trigger(Generate::new(mara, "Hm."));
    test.frame();
    let story = test.play(one_line(""));
    test.app.world_mut().entity_mut(story).insert(Cast::default().with("mara", mara));
    test.frame();
    assert_eq!(test.app.world().get::<InScene>(mara), Some(&InScene { story }));
    assert_eq!(test.log.generated()[0].1, Source::Cancelled);
    test.app.world_mut().trigger(Generate::new(mara, "Hm."));
    test.frame();
    assert_eq!(test.log.generated().len(), 2, "not while her line is on show");

    test.app.world_mut().trigger(Interrupt { entity: mara });
    test.frame();
    let (text, source) = test.log.last_line().expect("the line is shown whole");
    assert_eq!((text.as_str(), source), ("The authored words.", Source::Authored(Why::Interrupted)));
    // Through the last line, which is hers too.
    test.advance(story);
    assert!(test.app.world().get::<InScene>(mara).is_some());
    test.advance(story);
    assert_eq!(test.app.world().get::<InScene>(mara), None, "the line is over");
}

#[test]
fn a_story_that_is_gone_keeps_nobody_in_its_scene() {
    let mut test = hesitant();
    let mara = mara(&mut test);
    let story = test.play(one_line(""));
    test.app.world_mut().entity_mut(story).insert(Cast::default().with("mara", mara));
    test.frame();
    assert!(test.app.world().get::<InScene>(mara).is_some());
    test.app.world_mut().despawn(story);
    test.frame();
    assert!(test.app.world().get::<InScene>(mara).is_none());
}

#[test]
fn one_conversation_serves_three_merchants() {
    let mut test = TestApp::new(ModelSource::None);
    let merchants: Vec<Entity> = (0..3).map(|_| test.app.world_mut().spawn_empty().id()).collect();
    let stories: Vec<Entity> = merchants
        .iter()
        .map(|&merchant| {
            let story = test.play(one_line(""));
            test.app.world_mut().entity_mut(story).insert(Cast::default().with("mara", merchant));
            story
        })
        .collect();
    test.frame();
    for (merchant, story) in merchants.iter().zip(&stories) {
        assert_eq!(test.app.world().get::<InScene>(*merchant), Some(&InScene { story: *story }));
    }
    test.advance(stories[1]);
    test.advance(stories[1]);
    let in_scene = merchants.iter().map(|&merchant| test.app.world().get::<InScene>(merchant).is_some());
    assert_eq!(in_scene.collect::<Vec<_>>(), [true, false, true], "each stands where it stands");
}

#[test]
fn an_interrupted_remark_is_not_made() {
    let mut test = ready(TestApp::new(scripted(|| ScriptedGenerator::new(|_, _| Script::Never))));
    let mara = mara(&mut test);
    // Else the lines ahead are written in her voice too.
    test.settings().prefetch = false;
    let story = test.play(drowned_bell());
    test.app.world_mut().entity_mut(story).insert(Cast::default().with("mara", mara));
    test.frame();
    test.app.world_mut().trigger(Remark { entity: story, who: "mara".into() });
    test.frame();
    assert!(test.app.world().get::<Speaking>(mara).is_some());
    test.app.world_mut().trigger(Interrupt { entity: mara });
    test.frame();
    test.frame();
    assert!(test.app.world().get::<Speaking>(mara).is_none());
    assert!(!test.log.all().iter().any(|told| matches!(told, Told::Remark(..))));
}
