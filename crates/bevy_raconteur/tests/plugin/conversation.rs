//! Conversations in whole apps.

use std::time::Duration;

use bevy_ecs::prelude::*;
use bevy_raconteur::core::conversation::{Because, Ending, Refusal, Rules, Verdict};
use bevy_raconteur::core::generate::GenerationRequest;
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, scripted};

use crate::stories::story;

/// What conversations have told, in short.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    Started,
    Joined(Entity),
    Left(Entity),
    Turn(Entity, Because),
    Spoken { who: Entity, text: String, source: Source, cut: bool, by: Vec<Entity> },
    Cut { who: Entity, by: Option<Entity> },
    Offered(Entity),
    Judged(Verdict),
    Ended(Entity, Ending),
}

#[derive(Resource, Default)]
pub struct Heards(pub Vec<Heard>);

/// An app that notes what conversations tell.
pub fn listen(mut test: TestApp) -> TestApp {
    let world = test.app.world_mut();
    world.init_resource::<Heards>();
    world.add_observer(|_: On<ConversationStarted>, mut heard: ResMut<Heards>| heard.0.push(Heard::Started));
    world.add_observer(|e: On<JoinedConversation>, mut heard: ResMut<Heards>| heard.0.push(Heard::Joined(e.entity)));
    world.add_observer(|e: On<LeftConversation>, mut heard: ResMut<Heards>| heard.0.push(Heard::Left(e.entity)));
    world.add_observer(|e: On<TurnStarted>, mut heard: ResMut<Heards>| heard.0.push(Heard::Turn(e.entity, e.because)));
    world.add_observer(|e: On<TurnSpoken>, mut heard: ResMut<Heards>| {
        heard.0.push(Heard::Spoken {
            who: e.entity,
            text: e.text.clone(),
            source: e.source.clone(),
            cut: e.cut,
            by: e.heard_by.clone(),
        });
    });
    world.add_observer(|e: On<TurnInterrupted>, mut heard: ResMut<Heards>| {
        heard.0.push(Heard::Cut { who: e.entity, by: e.by });
    });
    world.add_observer(|e: On<FloorOffered>, mut heard: ResMut<Heards>| heard.0.push(Heard::Offered(e.entity)));
    world.add_observer(|e: On<BargeInJudged>, mut heard: ResMut<Heards>| heard.0.push(Heard::Judged(e.verdict)));
    world.add_observer(|e: On<ConversationEnded>, mut heard: ResMut<Heards>| {
        heard.0.push(Heard::Ended(e.entity, e.ending));
    });
    test
}

fn off() -> TestApp {
    listen(TestApp::new(ModelSource::None))
}

fn with(script: impl Fn(&GenerationRequest) -> Script + Send + Clone + 'static) -> TestApp {
    let mut test = TestApp::new(scripted(move || {
        let script = script.clone();
        ScriptedGenerator::new(move |request: &GenerationRequest, _| script(request))
    }));
    test.run_until_ready();
    test.settings().deadlines = false;
    listen(test)
}

/// Triggers an event with everything that follows from it at once.
pub fn send<'a, E: Event<Trigger<'a>: Default>>(test: &mut TestApp, event: E) {
    test.app.world_mut().trigger(event);
    test.app.world_mut().flush();
}

pub fn told(test: &TestApp) -> Vec<Heard> {
    test.app.world().resource::<Heards>().0.clone()
}

/// Who has spoken, and what.
pub fn spoken(test: &TestApp) -> Vec<(Entity, String)> {
    let spoken = |heard| if let Heard::Spoken { who, text, .. } = heard { Some((who, text)) } else { None };
    told(test).into_iter().filter_map(spoken).collect()
}

fn ended(test: &TestApp) -> Vec<Ending> {
    told(test).iter().filter_map(|heard| if let Heard::Ended(_, why) = heard { Some(*why) } else { None }).collect()
}

pub fn talk(test: &mut TestApp) -> Entity {
    test.app.world_mut().spawn(Conversation::new("The ferry stage at dusk.").about("They talk of the flood.")).id()
}

fn npc(test: &mut TestApp, talk: Entity, name: &str, line: &str) -> Entity {
    let manner = Conversant::default().saying(line);
    test.app.world_mut().spawn((Persona::new(name, "dry"), manner, InConversation(talk))).id()
}

fn player(test: &mut TestApp, talk: Entity) -> Entity {
    test.app.world_mut().spawn((Conversant::player(""), InConversation(talk))).id()
}

/// Lets the game's time pass in frames of a quarter of a second, the longest that bevy lets through.
pub fn pass(test: &mut TestApp, seconds: usize) {
    for _ in 0..seconds * 4 {
        test.pass(Duration::from_millis(250));
    }
}

fn history(test: &TestApp, npc: Entity) -> Vec<(String, String)> {
    let persona = test.app.world().get::<Persona>(npc).expect("they are there");
    persona.history().iter().map(|turn| (turn.who.clone(), turn.text.clone())).collect()
}

#[test]
fn without_a_model_everybody_says_their_own_lines_in_turn_until_it_is_over() {
    let mut test = off();
    let talk = talk(&mut test);
    let lines = ["It rained.", "The mill is empty.", "I counted twice."];
    let people: Vec<Entity> =
        ["Mara", "Odo", "Sela"].into_iter().zip(lines).map(|(name, line)| npc(&mut test, talk, name, line)).collect();
    pass(&mut test, 60);
    let said = spoken(&test);
    assert_eq!(said.len(), 12, "{:#?}", told(&test));
    for (who, text) in &said {
        let at = people.iter().position(|person| person == who).unwrap();
        assert_eq!(text, lines[at]);
        assert_eq!(said.iter().filter(|(other, _)| other == who).count(), 4);
    }
    assert!(said.windows(2).all(|pair| pair[0].0 != pair[1].0), "nobody answers themselves");
    assert_eq!(ended(&test), [Ending::TurnsUsed]);
    assert_eq!(
        told(&test)[..4],
        [Heard::Joined(people[0]), Heard::Joined(people[1]), Heard::Joined(people[2]), Heard::Started]
    );
    let world = test.app.world();
    assert!(world.get::<Conversation>(talk).is_none() && world.get::<Participants>(talk).is_none());
    assert!(people.iter().all(|&person| world.get::<InConversation>(person).is_none()));
    let names: Vec<String> = history(&test, people[0]).into_iter().map(|(who, _)| who).collect();
    assert!(names.contains(&"Odo".to_owned()) && names.contains(&"Mara".to_owned()), "{names:?}");
}

#[test]
fn somebody_without_lines_is_unsure_but_never_silent() {
    let mut test = off();
    let talk = talk(&mut test);
    let unsure = Persona::new("Mara", "dry").unsure("Who knows.");
    let mara = test.app.world_mut().spawn((unsure, InConversation(talk))).id();
    let blank = (Persona::new("Odo", "dry").unsure(" "), Conversant::default().saying("").saying("  "));
    let odo = test.app.world_mut().spawn((blank, InConversation(talk))).id();
    pass(&mut test, 20);
    let said = spoken(&test);
    assert!(said.contains(&(mara, "Who knows.".into())) && said.contains(&(odo, "...".into())), "{said:?}");
}

#[test]
fn a_line_that_fits_what_was_said_goes_before_the_others() {
    let mut test = off();
    let talk = talk(&mut test);
    player(&mut test, talk);
    let manner = Conversant::default().saying("Hm.").answering(["bell"], "It rang twice.");
    let mara = test.app.world_mut().spawn((Persona::new("Mara", "dry"), manner, InConversation(talk))).id();
    test.frame();
    assert_eq!(spoken(&test), [(mara, "Hm.".into())]);
    let player = test.app.world_mut().query_filtered::<Entity, (With<InConversation>, Without<Persona>)>();
    let player = { player }.single(test.app.world()).unwrap();
    send(&mut test, Speak::new(player, "Mara, did the bell ring?"));
    test.frame();
    assert_eq!(spoken(&test)[1..], [(player, "Mara, did the bell ring?".into()), (mara, "It rang twice.".into())]);
    assert_eq!(history(&test, mara)[1], ("You".into(), "Mara, did the bell ring?".into()));
}

#[test]
fn a_prompt_holds_what_was_heard_with_names_and_each_line_once() {
    let mut test = with(|request| {
        let prompt = request.prompt.full();
        let once = |line: &str| prompt.matches(line).count() == 1;
        Script::Say(if !prompt.contains("A: ") && !prompt.contains("B: ") {
            " The ford is deep.".into()
        } else if prompt.ends_with("The ford is deep.\nB:") && once("A: The ford is deep.") {
            " I measured the ford.".into()
        } else if prompt.ends_with("B: I measured the ford.\nA:")
            && once("A: The ford is deep.")
            && once("B: I measured")
        {
            " Then measure again.".into()
        } else {
            " What?".into()
        })
    });
    let talk = talk(&mut test);
    // The first of them likes to talk more, and begins.
    let first = Conversant::default().talkative(90);
    let first = test.app.world_mut().spawn((Persona::new("A", ""), first, InConversation(talk))).id();
    let second = test.app.world_mut().spawn((Persona::new("B", ""), InConversation(talk))).id();
    for turn in 1..=3 {
        test.run_until(|test| spoken(test).len() >= turn);
        pass(&mut test, 3);
    }
    let said = spoken(&test);
    let expected = [(first, "The ford is deep."), (second, "I measured the ford."), (first, "Then measure again.")];
    assert_eq!(said[..3], expected.map(|(who, text)| (who, text.to_owned())));
}

#[test]
fn the_player_is_answered_by_whom_they_address_also_when_they_are_busy() {
    let mut test = off();
    let talk = talk(&mut test);
    let people: Vec<Entity> = ["Mara", "Odo", "Sela"].map(|name| npc(&mut test, talk, name, "Hm.")).to_vec();
    let player = player(&mut test, talk);
    test.app.world_mut().entity_mut(people[1]).insert(SpeakerState::Busy);
    test.frame();
    send(&mut test, Speak::new(player, "Odo, did it ring?"));
    test.frame();
    let said = spoken(&test);
    assert_eq!(said.last().map(|(who, _)| *who), Some(people[1]), "{said:?}");
    assert!(told(&test).contains(&Heard::Turn(people[1], Because::Addressed)));
    pass(&mut test, 60);
    let turns = spoken(&test).iter().filter(|(who, _)| *who == people[1]).count();
    assert_eq!(turns, 1, "he begins nothing by himself");
}

#[test]
fn who_is_scripted_or_in_a_scene_has_no_turn() {
    let mut test = off();
    let talk = talk(&mut test);
    let people: Vec<Entity> = ["Mara", "Odo", "Sela"].map(|name| npc(&mut test, talk, name, "Hm.")).to_vec();
    let player = player(&mut test, talk);
    test.app.world_mut().entity_mut(people[0]).insert(SpeakerState::Scripted);
    let elsewhere = test.app.world_mut().spawn_empty().id();
    test.app.world_mut().entity_mut(people[1]).insert(InScene { story: elsewhere });
    test.frame();
    send(&mut test, Speak::new(player, "Mara, Odo, did it ring?"));
    pass(&mut test, 60);
    let speakers: Vec<Entity> = spoken(&test).into_iter().map(|(who, _)| who).collect();
    assert!(!speakers.contains(&people[0]) && !speakers.contains(&people[1]), "{speakers:?}");
    assert!(speakers.contains(&people[2]));
    assert_eq!(ended(&test).len(), 1);
}

#[test]
fn the_player_barges_in_and_what_was_heard_stays_said() {
    let mut test = with(|_| Script::SayThenHang(" The bell is gone. And".into()));
    let talk = talk(&mut test);
    let mara = npc(&mut test, talk, "Mara", "Hm.");
    let player = player(&mut test, talk);
    test.run_until(|test| {
        test.log.all().iter().any(|told| matches!(told, bevy_raconteur::test_app::Told::GeneratedChunk(..)))
    });
    send(&mut test, Speak::new(player, "Enough."));
    let told = told(&test);
    let cut = told.iter().position(|heard| *heard == Heard::Cut { who: mara, by: Some(player) }).unwrap();
    let texts: Vec<_> = spoken(&test).into_iter().collect();
    assert_eq!(texts, [(mara, "The bell is gone.".into()), (player, "Enough.".into())], "{:?}", &told[cut..]);
    test.frame();
    assert_eq!(test.log.generated().len(), 1, "her request has ended, once");
    assert_eq!(test.log.generated()[0].1, Source::Cancelled);
    let history = history(&test, mara);
    assert_eq!(history, [("Mara".into(), "The bell is gone.".into()), ("You".into(), "Enough.".into())]);
}

#[test]
fn a_higher_standing_cuts_short_where_the_sentence_ends() {
    let mut test = with(|request| {
        Script::Say(if request.prompt.full().ends_with("Reeve:") {
            " Home, all of you.".into()
        } else {
            " One is gone. Two are left. Three.".into()
        })
    });
    let talk = talk(&mut test);
    let mara = npc(&mut test, talk, "Mara", "Hm.");
    let manner = Conversant::default().standing(3).talkative(0);
    let reeve = test.app.world_mut().spawn((Persona::new("Reeve", "loud"), manner, InConversation(talk))).id();
    test.frame();
    assert_eq!(told(&test).last(), Some(&Heard::Turn(mara, Because::Talkative)));
    send(&mut test, BargeIn { entity: reeve, urgent: false, text: None });
    assert_eq!(told(&test).last(), Some(&Heard::Judged(Verdict::AtSentenceEnd)));
    test.run_until(|test| spoken(test).len() == 2);
    assert_eq!(spoken(&test), [(mara, "One is gone.".into()), (reeve, "Home, all of you.".into())]);
    assert!(told(&test).contains(&Heard::Turn(reeve, Because::BargedIn)));
    // One of a lower standing waits.
    send(&mut test, BargeIn { entity: mara, urgent: true, text: Some("But".into()) });
    assert!(matches!(told(&test).last(), Some(Heard::Judged(Verdict::Next | Verdict::Later))));
}

#[test]
fn words_of_the_game_are_said_as_they_are() {
    let mut test = with(|_| Script::Never);
    let talk = talk(&mut test);
    let mara = npc(&mut test, talk, "Mara", "Hm.");
    let odo = npc(&mut test, talk, "Odo", "Hm.");
    test.frame();
    let speaker = test.app.world().get::<Conversation>(talk).unwrap().speaker().unwrap();
    let other = if speaker == mara { odo } else { mara };
    send(&mut test, Speak::new(other, "The water rises!"));
    assert_eq!(told(&test).last(), Some(&Heard::Judged(Verdict::Later)), "they wait for the end of the turn");
    send(&mut test, Interrupt { entity: speaker });
    test.frame();
    assert_eq!(spoken(&test), [(other, "The water rises!".into())]);
    let nobody = test.app.world_mut().spawn(Persona::new("Sela", "")).id();
    send(&mut test, Speak::new(nobody, "Hello?"));
    assert_eq!(told(&test).last(), Some(&Heard::Judged(Verdict::Refused(Refusal::NotThere))));
    send(&mut test, Speak::new(other, " "));
    test.frame();
    assert!(spoken(&test).iter().all(|(_, text)| !text.trim().is_empty()));
}

#[test]
fn who_is_out_of_range_hears_nothing_and_who_passes_by_overhears() {
    let mut test = off();
    let talk = talk(&mut test);
    let at = |x: f32| (Whereabouts::at(x, 0.0, 0.0), Hearing { range: 5.0 });
    let mara = npc(&mut test, talk, "Mara", "It rained.");
    let odo = npc(&mut test, talk, "Odo", "It did.");
    let far = npc(&mut test, talk, "Sela", "Never.");
    for (who, x) in [(mara, 0.0), (odo, 2.0), (far, 90.0)] {
        test.app.world_mut().entity_mut(who).insert(at(x));
    }
    let near = test.app.world_mut().spawn(at(4.0)).id();
    let in_house = test
        .app
        .world_mut()
        .spawn((Whereabouts { room: 1, ..Whereabouts::at(1.0, 0.0, 0.0) }, Hearing::default()))
        .id();
    pass(&mut test, 60);
    for heard in told(&test) {
        if let Heard::Spoken { who, by, .. } = heard
            && who != far
        {
            assert!(by.contains(&near) && by.contains(if who == mara { &odo } else { &mara }), "{by:?}");
            assert!(!by.contains(&far) && !by.contains(&in_house) && !by.contains(&who), "{by:?}");
        }
    }
    // She may speak, and hears nobody.
    assert!(history(&test, far).iter().all(|(who, _)| who == "Sela"));
}

#[test]
fn who_leaves_or_is_despawned_ends_their_turn_and_the_last_is_not_left_waiting() {
    let mut test = with(|_| Script::Never);
    let talk = talk(&mut test);
    let people: Vec<Entity> = ["Mara", "Odo", "Sela"].map(|name| npc(&mut test, talk, name, "Hm.")).to_vec();
    test.frame();
    let first = test.app.world().get::<Conversation>(talk).unwrap().speaker().unwrap();
    test.app.world_mut().despawn(first);
    test.frame();
    assert!(told(&test).contains(&Heard::Cut { who: first, by: None }) && told(&test).contains(&Heard::Left(first)));
    test.frame();
    let second = test.app.world().get::<Conversation>(talk).unwrap().speaker().unwrap();
    assert!(people.contains(&second) && second != first);
    test.app.world_mut().entity_mut(second).remove::<InConversation>();
    test.frame();
    assert_eq!(ended(&test), [Ending::Alone], "{:#?}", told(&test));
    test.frame();
    assert_eq!(test.log.generated().len(), 1, "hers who is still there ended, once");
    assert!(test.app.world().get::<Speaking>(second).is_none());
}

#[test]
fn a_scene_that_is_left_ends_its_conversations_once() {
    for only_talk in [true, false] {
        let mut test = with(|_| Script::Never);
        let talk = talk(&mut test);
        let people: Vec<Entity> = ["Mara", "Odo"].map(|name| npc(&mut test, talk, name, "Hm.")).to_vec();
        test.frame();
        assert!(test.app.world().get::<Conversation>(talk).unwrap().speaker().is_some());
        test.app.world_mut().despawn(talk);
        if !only_talk {
            people.iter().for_each(|&person| assert!(test.app.world_mut().despawn(person)));
        }
        for _ in 0..3 {
            test.frame();
        }
        assert_eq!(ended(&test), [Ending::Gone]);
        if only_talk {
            assert_eq!(test.log.generated().len(), 1, "what was being written ends, once");
            for person in people {
                let world = test.app.world();
                assert!(world.get::<InConversation>(person).is_none() && world.get::<Speaking>(person).is_none());
            }
        }
    }
}

#[test]
fn the_game_ends_it_and_people_go_from_one_to_another() {
    let mut test = off();
    let (one, other) = (talk(&mut test), talk(&mut test));
    let people: Vec<Entity> = ["Mara", "Odo", "Sela"].map(|name| npc(&mut test, one, name, "Hm.")).to_vec();
    npc(&mut test, other, "Bram", "Iron.");
    test.frame();
    test.app.world_mut().entity_mut(people[0]).insert(InConversation(other));
    test.frame();
    assert!(told(&test).contains(&Heard::Left(people[0])));
    assert_eq!(told(&test).iter().filter(|heard| **heard == Heard::Joined(people[0])).count(), 2);
    send(&mut test, EndConversation { entity: one });
    send(&mut test, EndConversation { entity: one });
    test.frame();
    assert!(told(&test).contains(&Heard::Ended(one, Ending::Stopped)));
    pass(&mut test, 60);
    assert_eq!(ended(&test).len(), 2);
    assert!(spoken(&test).iter().any(|(who, _)| *who == people[0]));
}

#[test]
fn a_game_that_sets_the_pace_is_waited_for() {
    let mut test = off();
    let talk = test.app.world_mut().spawn(Conversation::new("A ferry.").paced(TurnPace::Game)).id();
    for name in ["Mara", "Odo"] {
        npc(&mut test, talk, name, "Hm.");
    }
    pass(&mut test, 10);
    assert_eq!(spoken(&test).len(), 1);
    for turn in 2..4 {
        send(&mut test, NextTurn { entity: talk });
        test.frame();
        assert_eq!(spoken(&test).len(), turn);
    }
}

#[test]
fn a_player_who_is_addressed_is_offered_the_floor_and_waited_for() {
    let mut test = off();
    let rules = Rules { silences: 3, ..Rules::default() };
    let talk = test.app.world_mut().spawn(Conversation::new("A ferry.").with_rules(rules, 5)).id();
    npc(&mut test, talk, "Mara", "And what brings you here, stranger?");
    let player = test.app.world_mut().spawn((Conversant::player("").called("stranger"), InConversation(talk))).id();
    pass(&mut test, 4);
    assert_eq!(told(&test).iter().filter(|heard| **heard == Heard::Offered(player)).count(), 1);
    assert!(ended(&test).is_empty());
    pass(&mut test, 40);
    assert_eq!(ended(&test), [Ending::Silence], "the player walked away");
}

#[test]
fn storylets_of_a_story_stand_in_for_lines() {
    let mut test = off();
    let graph = story(
        r#"Story(format: 1, id: "t", start: "a",
            cast: { "mara": (name: "Mara", voice: "dry") },
            storylets: [(id: "s1", who: "mara", say: "Mind the third plank.", once: true), (id: "s2", who: "mara", say: "The rope hums.")],
            beats: { "a": (end: true) })"#,
    );
    let play = test.play(graph);
    test.frame();
    let talk = talk(&mut test);
    let part = Remembers::default().part(play, "mara");
    let mara = test.app.world_mut().spawn((Persona::new("Mara", "dry"), part, InConversation(talk))).id();
    npc(&mut test, talk, "Odo", "Hm.");
    pass(&mut test, 60);
    let said: Vec<String> = spoken(&test).into_iter().filter(|(who, _)| *who == mara).map(|(_, text)| text).collect();
    assert_eq!(said[..2], ["Mind the third plank.", "The rope hums."]);
    assert_eq!(said.iter().filter(|text| *text == "Mind the third plank.").count(), 1, "it is told once");
}

/// A small generator of numbers, for tests that try many things.
fn dice(state: &mut u64, below: u64) -> u64 {
    // xorshift64 (Marsaglia 2003).
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % below
}

#[test]
fn whatever_a_game_does_every_turn_and_every_conversation_ends_once() {
    for seed in 1..=6_u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut test = with(move |request| match request.prompt.full().len() % 4 {
            0 => Script::SayThenHang(" The bell is gone. And".into()),
            1 => Script::Silence,
            _ => Script::Say(format!(" It is {} steps to the river.", request.prompt.full().len())),
        });
        test.settings().deadlines = true;
        let talks: Vec<Entity> = (0..2).map(|_| talk(&mut test)).collect();
        let mut people: Vec<Entity> = ["Mara", "Odo", "Sela", "Bram"]
            .iter()
            .enumerate()
            .map(|(i, name)| npc(&mut test, talks[i % 2], name, "Hm, Odo?"))
            .collect();
        people.push(player(&mut test, talks[0]));
        for _ in 0..60 {
            let who = people[dice(&mut state, people.len() as u64) as usize];
            let place = talks[dice(&mut state, 2) as usize];
            let world = test.app.world_mut();
            let there = world.get_entity(who).is_ok();
            match dice(&mut state, 16) {
                0 if there => {
                    let _ = world.entity_mut(who).insert(InConversation(place));
                }
                1 if there => {
                    let _ = world.entity_mut(who).remove::<InConversation>();
                }
                2 if there => {
                    let _ = world.entity_mut(who).insert(SpeakerState::Scripted);
                }
                3 if there => {
                    let _ = world.entity_mut(who).insert(SpeakerState::Interruptible);
                }
                4 | 5 => world.trigger(Speak::new(who, "Odo, who rang it?")),
                6 => world.trigger(BargeIn { entity: who, urgent: dice(&mut state, 2) == 0, text: None }),
                7 => world.trigger(Interrupt { entity: who }),
                8 if there => {
                    let _ = world.entity_mut(who).remove::<Speaking>();
                }
                9 if dice(&mut state, 8) == 0 => {
                    let _ = world.despawn(who);
                }
                10 if dice(&mut state, 8) == 0 => {
                    let _ = world.despawn(place);
                }
                11 if dice(&mut state, 6) == 0 => world.trigger(EndConversation { entity: place }),
                12 if there => world.trigger(Ask { entity: who, text: "Well?".into() }),
                _ => {}
            }
            test.pass(Duration::from_millis(50 + 200 * dice(&mut state, 2)));
            std::thread::sleep(Duration::from_micros(100));
        }
        // Requests are given up after ten seconds, and then all is silent.
        for _ in 0..400 {
            test.pass(Duration::from_millis(250));
        }
        let told = told(&test);
        for talk in talks {
            let begun = told.contains(&Heard::Started);
            let ends = told.iter().filter(|heard| matches!(heard, Heard::Ended(entity, _) if *entity == talk)).count();
            let open = test.app.world().get::<Conversation>(talk).is_some();
            assert!(ends <= 1 && (ends == 1 || open || !begun), "seed {seed}: {ends} ends\n{told:#?}");
            if let Some(conversation) = test.app.world().get::<Conversation>(talk) {
                assert_eq!(conversation.speaker(), None, "seed {seed}");
            }
        }
        // Between two turns of one and the same speaker the first has ended.
        let mut open: Vec<Entity> = Vec::new();
        for heard in &told {
            match heard {
                Heard::Turn(who, _) => {
                    assert!(!open.contains(who), "seed {seed}: two turns at once\n{told:#?}");
                    open.push(*who);
                }
                Heard::Cut { who, .. } => open.retain(|other| other != who),
                Heard::Spoken { who, text, .. } => {
                    assert!(!text.trim().is_empty());
                    open.retain(|other| other != who);
                }
                _ => {}
            }
        }
        assert!(open.is_empty(), "seed {seed}: {open:?} never ended\n{told:#?}");
    }
}

#[test]
fn another_one_may_begin_at_the_same_place_at_once() {
    let mut test = off();
    let place = talk(&mut test);
    let people: Vec<Entity> = ["Mara", "Odo"].map(|name| npc(&mut test, place, name, "Hm.")).to_vec();
    test.frame();
    // In the place of the one that goes on.
    test.app.world_mut().entity_mut(place).insert(Conversation::new("The mill."));
    test.frame();
    assert_eq!(ended(&test), [Ending::Gone]);
    assert_eq!(told(&test).iter().filter(|heard| **heard == Heard::Started).count(), 2);
    // And when it has ended.
    test.app.world_mut().add_observer(move |end: On<ConversationEnded>, mut commands: Commands| {
        commands.entity(end.entity).insert(Conversation::new("The chapel."));
        for &person in &end.people {
            commands.entity(person).insert(InConversation(place));
        }
    });
    send(&mut test, EndConversation { entity: place });
    test.frame();
    assert_eq!(ended(&test), [Ending::Gone, Ending::Stopped]);
    assert_eq!(told(&test).iter().filter(|heard| **heard == Heard::Started).count(), 3);
    assert!(people.iter().all(|&person| test.app.world().get::<InConversation>(person).is_some()));
    // The component taken away: everybody is free.
    let before = ended(&test).len();
    test.app.world_mut().entity_mut(place).remove::<Conversation>();
    test.frame();
    assert_eq!(ended(&test).len(), before + 1);
}
