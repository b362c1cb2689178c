//! Saves: at any moment, into the same story and into a changed one.

use std::sync::Arc;

use bevy_ecs::entity::Entity;
use bevy_raconteur::core::generate::GenerationRequest;
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, Told, scripted};

use crate::stories::{drowned_bell, story};

/// Through RON and back, as a game's save would go.
fn through_text(state: &RunnerState) -> RunnerState {
    let text = ron::ser::to_string(state).expect("plain data");
    ron::from_str(&text).expect("its own text")
}

fn state(test: &TestApp, story: Entity) -> RunnerState {
    let runner = test.app.world().get::<StoryRunner>(story).expect("it is there");
    through_text(runner.state().expect("it has begun"))
}

fn resume(test: &mut TestApp, story: Arc<Story>, saved: RunnerState) -> Entity {
    let entity = test.play(story.clone());
    let handle = test.app.world_mut().resource_mut::<bevy_asset::Assets<StoryAsset>>().add(StoryAsset::new(story));
    test.app.world_mut().entity_mut(entity).insert(StoryRunner::resume(handle, saved));
    test.frame();
    entity
}

/// Words that depend on the request alone, as those of a model do.
fn author(request: &GenerationRequest, candidate: usize) -> Script {
    let mut sum = candidate as u32;
    for byte in request.prompt.full().bytes() {
        sum = sum.wrapping_mul(31).wrapping_add(u32::from(byte));
    }
    Script::Say(format!(" The bell by the stair, {} times.", ["two", "three", "four", "five"][sum as usize % 4]))
}

fn writing() -> TestApp {
    let mut test = TestApp::new(scripted(|| ScriptedGenerator::new(author)));
    test.run_until_ready();
    test.settings().deadlines = false;
    test
}

/// Lines and labels that have been told.
fn told(test: &TestApp) -> Vec<String> {
    let words = |told| match told {
        Told::Line { id, text, .. } => Some(format!("{id}: {text}")),
        Told::Choices(choices) => {
            let labels: Vec<String> =
                choices.into_iter().map(|choice| format!("{} {}", choice.id, choice.label)).collect();
            Some(labels.join(" | "))
        }
        _ => None,
    };
    test.log.all().into_iter().filter_map(words).collect()
}

const ROUTE: [&str; 3] = ["ford_a", "ford_c", "confess"];

#[test]
fn a_game_that_is_saved_and_loaded_at_every_step_tells_the_same_story() {
    let mut straight = writing();
    let entity = straight.play(drowned_bell());
    straight.play_to_end(entity, &ROUTE);
    let whole = told(&straight);

    let mut stepwise: Vec<String> = Vec::new();
    let mut choices = ROUTE.iter();
    let mut saved: Option<RunnerState> = None;
    for _ in 0..200 {
        // Every step in an app of its own, from a save.
        let mut test = writing();
        let entity = match saved.take() {
            Some(saved) => resume(&mut test, drowned_bell(), saved),
            None => test.play(drowned_bell()),
        };
        test.run_until(|test| !told(test).is_empty() || test.log.ended().is_some());
        let now = told(&test);
        if now.first() != stepwise.last() {
            stepwise.extend(now.first().cloned());
        }
        if test.log.ended().is_some() {
            break;
        }
        if test.log.last_choices().is_empty() {
            test.advance(entity);
        } else {
            let choice = choices.next().expect("the route is long enough");
            test.choose(entity, choice);
        }
        saved = Some(state(&test, entity));
    }
    assert_eq!(stepwise, whole);
}

#[test]
fn a_load_shows_the_words_that_were_on_the_screen_and_asks_no_model() {
    let mut test = writing();
    let entity = test.play(drowned_bell());
    test.run_until(|test| test.log.last_line().is_some());
    test.advance(entity);
    test.run_until(|test| told(test).len() == 2);
    let (words, _) = test.log.last_line().expect("shown");
    let saved = state(&test, entity);

    let mut later = TestApp::new(ModelSource::None);
    let entity = resume(&mut later, drowned_bell(), saved);
    assert_eq!(later.log.last_line().expect("shown again").0, words);
    let runner = later.app.world().get::<StoryRunner>(entity).and_then(StoryRunner::runner).expect("it has begun");
    assert_eq!(runner.state().history.len(), 2, "it was said once");
}

#[test]
fn a_save_of_a_story_that_has_changed_goes_on_and_says_what_is_lost() {
    let text = |beats: &str, vars: &str| {
        story(&format!(
            r#"Story(format: 1, id: "x", start: "a", vars: {{ {vars} }}, cast: {{ "ann": (name: "Ann") }},
                beats: {{ {beats} "z": (lines: [(id: "z_1", who: "ann", say: "The end.")], end: true) }})"#
        ))
    };
    let old = text(
        r#""a": (lines: [(id: "a_1", who: "ann", say: "One."), (id: "a_2", who: "ann", say: "Two.")], next: "z"),"#,
        r#""gold": Int(init: 3, min: 0, max: 9)"#,
    );
    let new = text(r#""a": (lines: [(id: "a_1", who: "ann", say: "One.")], next: "z"),"#, "");
    let mut test = TestApp::new(ModelSource::None);
    let entity = test.play(old);
    test.frame();
    test.advance(entity);
    let saved = state(&test, entity);

    let mut later = TestApp::new(ModelSource::None);
    let entity = resume(&mut later, new, saved);
    let problems = later.log.problems().join("\n");
    assert!(problems.contains("'a_2'") && problems.contains("'gold'"), "{problems}");
    later.play_to_end(entity, &[]);
}

#[test]
fn a_save_that_cannot_be_used_is_told_and_the_story_begins() {
    let mut test = TestApp::new(ModelSource::None);
    let entity = test.play(drowned_bell());
    test.frame();
    let saved = RunnerState { story: "another".into(), ..state(&test, entity) };
    let mut later = TestApp::new(ModelSource::None);
    resume(&mut later, drowned_bell(), saved);
    let problems = later.log.problems();
    assert!(problems.iter().any(|problem| problem.starts_with("the save cannot be used")), "{problems:?}");
    assert!(later.log.last_line().is_some());
}

#[test]
fn an_npc_goes_on_in_the_same_words() {
    let talk = |test: &mut TestApp, npc: Entity, times: usize| {
        for _ in 0..times {
            let before = test.log.generated().len();
            test.app.world_mut().trigger(Ask { entity: npc, text: "And the bell?".into() });
            test.run_until(|test| test.log.generated().len() > before);
        }
    };
    let mara = || Persona::new("Mara", "ferrywoman");
    let mut straight = writing();
    let npc = straight.app.world_mut().spawn(mara()).id();
    talk(&mut straight, npc, 4);

    let mut first = writing();
    let npc = first.app.world_mut().spawn(mara()).id();
    talk(&mut first, npc, 2);
    let memory = first.app.world().get::<Persona>(npc).expect("she is there").memory().clone();
    let memory: PersonaMemory = ron::from_str(&ron::ser::to_string(&memory).expect("plain")).expect("its own text");
    let mut second = writing();
    let npc = second.app.world_mut().spawn(mara().remembering(memory)).id();
    talk(&mut second, npc, 2);

    let words = |test: &TestApp| test.log.generated().into_iter().map(|(text, _)| text).collect::<Vec<_>>();
    assert_eq!([words(&first), words(&second)].concat(), words(&straight));
}
