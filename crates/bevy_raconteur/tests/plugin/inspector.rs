//! What was rejected, and why; and what an NPC remembers of what it has said.

use bevy_ecs::entity::Entity;
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::core::story::format::Policy;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, scripted};

use crate::stories::story;

/// An NPC for whom so many candidates are written, these in turn.
fn npc(texts: &'static [&'static str], tries: usize) -> (TestApp, Entity) {
    let mut test = TestApp::new(scripted(move || {
        ScriptedGenerator::new(move |_, candidate| Script::Say(texts[candidate % texts.len()].to_owned()))
    }));
    test.run_until_ready();
    let mut mara = Persona::new("Mara", "ferrywoman");
    mara.policy = Policy { tries, ban: vec!["gun".to_owned()], ..Policy::default() };
    let mara = test.app.world_mut().spawn(mara).id();
    (test, mara)
}

fn say(test: &mut TestApp, mara: Entity) -> (String, Source) {
    let before = test.log.generated().len();
    test.app.world_mut().trigger(Generate::new(mara, "Hm."));
    test.run_until(|test| test.log.generated().len() > before);
    test.log.generated()[before].clone()
}

fn counts(test: &TestApp) -> NarrativeCounts {
    test.app.world().resource::<NarrativeCounts>().clone()
}

#[test]
fn every_rejected_candidate_is_counted_and_kept_with_its_reason() {
    let texts = [" As an AI language model, I wait.", " The gun is wet.", " You nod.", " The rope is wet."];
    let texts: &'static [&'static str] = Box::leak(Box::new(texts));
    let (mut test, mara) = npc(texts, 4);
    assert_eq!(say(&mut test, mara), ("The rope is wet.".to_owned(), Source::Ranked { of: 4 }));

    let counted = counts(&test);
    let rejections: Vec<(&str, u64)> = counted.rejections.iter().map(|(name, count)| (*name, *count)).collect();
    assert_eq!(rejections, [("banned", 1), ("meta", 1), ("speaks_for_player", 1)]);
    assert_eq!(counted.rejected(), 3);
    assert_eq!(counted.ends.get("ranked"), Some(&1));
    assert_eq!(counted.written_share(), Some(1.0));

    let inspector = test.app.world().resource::<Inspector>();
    let inspected: Vec<&Inspected> = inspector.iter().collect();
    assert_eq!(inspected.len(), 1);
    assert_eq!(inspected[0].voice, mara);
    assert_eq!(inspected[0].finished.text, "The rope is wet.");
    let rejected: Vec<(&str, &str)> =
        inspected[0].finished.rejected.iter().map(|(text, why)| (text.as_str(), why.name())).collect();
    assert_eq!(
        rejected,
        [
            (" As an AI language model, I wait.", "meta"),
            (" The gun is wet.", "banned"),
            (" You nod.", "speaks_for_player")
        ]
    );
}

#[test]
fn an_npc_does_not_say_again_what_it_has_said_even_after_a_save() {
    let (mut test, mara) = npc(&[" The rope is wet."], 1);
    assert_eq!(say(&mut test, mara), ("The rope is wet.".to_owned(), Source::Generated));
    let (text, source) = say(&mut test, mara);
    assert_eq!((text.as_str(), source.to_string().as_str()), ("Hm.", "authored(repeats)"));

    let memory = test.app.world().get::<Persona>(mara).expect("spawned").memory().clone();
    assert_eq!(memory.said.len(), 2);
    let saved = ron::to_string(&memory).expect("plain data");
    let mut memory: PersonaMemory = ron::from_str(&saved).expect("its own text");
    memory.history.clear();
    let again = Persona::new("Mara", "ferrywoman").remembering(memory);
    let again = test.app.world_mut().spawn(again).id();
    assert_eq!(say(&mut test, again).1.to_string(), "authored(repeats)", "also when the talk itself is forgotten");
    let other = test.app.world_mut().spawn(Persona::new("Odo", "sexton")).id();
    assert_eq!(say(&mut test, other).0, "The rope is wet.", "somebody else may say it");
    assert_eq!(counts(&test).rejections.get("repeats"), Some(&2));
    let old: PersonaMemory = ron::from_str("(history: [], asked: 3)").expect("a save of before there was `said`");
    assert!(old.said.is_empty());
}

#[test]
fn the_inspector_keeps_the_latest_requests_only() {
    let (mut test, mara) = npc(&[" The rope is wet."], 1);
    test.app.world_mut().resource_mut::<Inspector>().most = 2;
    for _ in 0..4 {
        say(&mut test, mara);
    }
    let mut inspector = test.app.world_mut().resource_mut::<Inspector>();
    let kept: Vec<u64> = inspector.iter().map(|inspected| inspected.request.0).collect();
    assert_eq!(kept, [2, 3]);
    inspector.clear();
    assert_eq!(inspector.iter().count(), 0);
}

#[test]
fn the_ends_of_a_story_are_counted_without_a_model_too() {
    let mut test = TestApp::new(ModelSource::None);
    let story = test.play(story(
        r#"Story(
            format: 1, id: "one", start: "a", cast: { "mara": (name: "Mara", voice: "dry") },
            beats: { "a": (setting: "A ferry.", end: true, lines: [
                (id: "a_1", who: "mara", say: "Well."),
                (id: "a_2", who: "mara", say: "Go on.", gen: Vary(prompt: "vary")),
            ]) },
        )"#,
    ));
    test.play_to_end(story, &[]);
    let counted = counts(&test);
    assert_eq!(counted.ends.get("written"), Some(&1));
    assert_eq!(counted.ends.get("model_off"), Some(&1));
    assert_eq!((counted.rejected(), counted.written_share()), (0, Some(0.0)));
}
