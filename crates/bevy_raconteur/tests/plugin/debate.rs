//! Debates in whole apps: NPCs among themselves, the player as a side, saves, despawns, and models at their worst.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bevy_app::App;
use bevy_asset::{AssetServer, Assets, Handle};
use bevy_ecs::prelude::*;
use bevy_raconteur::core::debate::{DebateState, Ending, Lost, What, parse};
use bevy_raconteur::core::generate::GenerateError;
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::core::story::source::Source as File;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, Told, scripted};

use crate::stories::story;

const GATE: &str = r#"Debate(
    format: 1, id: "gate", topic: "The gate should stay shut.", setting: "A gate at dusk.",
    sides: {
        "shut": (who: "mara", name: "Mara", voice: "dry", opening: "Shut it.", closing: "I said so.", wins: "It stays shut."),
        "open": (who: "odo", name: "Odo", voice: "hearty", opening: "Open it.", wins: "It opens."),
    },
    tied: "It hangs.", turns: 4, offer: 2,
    audience: { "guards": (name: "the guards", opinion: 0) },
    claims: {
        "cold":   (side: "shut", say: "It is bitter cold on the road tonight.", sways: {"guards": 8}),
        "wolves": (side: "shut", say: "There are wolves below the wall.", counters: ["guests"], sways: {"guards": 30}),
        "guests": (side: "open", label: "Guests are waiting.", say: "We have guests on the road.", counters: ["cold"], must: [["guests"]], sways: {"guards": 20}),
        "fire":   (side: "open", say: "We have a good fire and nobody at it.", counters: ["cold"], sways: {"guards": 6}),
        "proud":  (side: "open", say: "We were always a proud house.", sways: {"guards": 5}),
    },
)"#;

/// What a debate has told, in short.
#[derive(Debug, Clone, PartialEq)]
enum Event {
    Turn(String, bool),
    Ready { by: Entity, what: What, text: String, source: String, answers: bool, own: Option<String> },
    Silent(String),
    Opinion(String, i32, i32),
    Ended(Option<String>, Ending, String),
    Problem(DebateTrouble),
}

#[derive(Resource, Clone, Default)]
struct Heard(Arc<Mutex<Vec<Event>>>);

impl Heard {
    fn note(&self, event: Event) {
        self.0.lock().expect("no panic holds it").push(event);
    }
    fn all(&self) -> Vec<Event> {
        self.0.lock().expect("no panic holds it").clone()
    }
    fn ended(&self) -> usize {
        self.all().iter().filter(|event| matches!(event, Event::Ended(..))).count()
    }
    fn ready(&self) -> Vec<(String, String)> {
        let ready = |event| match event {
            Event::Ready { text, source, .. } => Some((text, source)),
            _ => None,
        };
        self.all().into_iter().filter_map(ready).collect()
    }
    fn claims(&self) -> Vec<String> {
        let claim = |event| match event {
            Event::Ready { what: What::Claim(id), .. } => Some(id),
            _ => None,
        };
        self.all().into_iter().filter_map(claim).collect()
    }
    fn problems(&self) -> Vec<DebateTrouble> {
        let problem = |event| if let Event::Problem(problem) = event { Some(problem) } else { None };
        self.all().into_iter().filter_map(problem).collect()
    }
}

fn listen(app: &mut App) -> Heard {
    let heard = Heard::default();
    app.insert_resource(heard.clone())
        .add_observer(|e: On<DebateTurn>, heard: Res<Heard>| heard.note(Event::Turn(e.side.clone(), e.player)))
        .add_observer(|e: On<ClaimReady>, heard: Res<Heard>| {
            heard.note(Event::Ready {
                by: e.entity,
                what: e.what.clone(),
                text: e.text.clone(),
                source: e.source.to_string(),
                answers: e.answers,
                own: e.own_words.clone(),
            });
        })
        .add_observer(|e: On<FellSilent>, heard: Res<Heard>| heard.note(Event::Silent(e.side.clone())))
        .add_observer(|e: On<OpinionMoved>, heard: Res<Heard>| heard.note(Event::Opinion(e.name.clone(), e.from, e.to)))
        .add_observer(|e: On<DebateEnded>, heard: Res<Heard>| {
            heard.note(Event::Ended(e.winner.clone(), e.ending, e.text.clone()));
        })
        .add_observer(|e: On<DebateProblem>, heard: Res<Heard>| heard.note(Event::Problem(e.problem.clone())));
    heard
}

struct Hall {
    test: TestApp,
    heard: Heard,
    debate: Entity,
}

fn asset(text: &str) -> DebateAsset {
    let read = parse(File::new("gate.debate.ron", text), None);
    assert!(!read.checked.has_errors(), "{}", read.checked.render(false));
    read.motion.expect("a debate").into()
}

impl Hall {
    fn new(model: ModelSource, has_model: bool, text: &str, make: impl FnOnce(Handle<DebateAsset>) -> Debate) -> Self {
        let mut test = TestApp::new(model);
        let heard = listen(&mut test.app);
        if has_model {
            test.run_until_ready();
        }
        test.settings().deadlines = false;
        let handle = test.app.world_mut().resource_mut::<Assets<DebateAsset>>().add(asset(text));
        let debate = test.app.world_mut().spawn(make(handle)).id();
        Self { test, heard, debate }
    }

    fn silent(make: impl FnOnce(Handle<DebateAsset>) -> Debate) -> Self {
        Self::new(ModelSource::None, false, GATE, make)
    }

    fn advance(&mut self) {
        self.test.app.world_mut().trigger(Advance { entity: self.debate });
        self.test.frame();
    }

    fn choose(&mut self, claim: &str) {
        self.test.app.world_mut().trigger(Choose { entity: self.debate, choice: claim.into() });
        self.test.frame();
    }

    /// Goes on until something more has been said `times` times, or it is over.
    fn go(&mut self, times: usize) {
        for _ in 0..times {
            let before = self.heard.ready().len();
            let heard = self.heard.clone();
            self.test.run_until(|_| {
                heard.ready().len() > before || heard.ended() > 0 || before == 0 && heard.ready().len() == 1
            });
            if self.heard.ended() > 0 {
                return;
            }
            self.test.app.world_mut().trigger(Advance { entity: self.debate });
        }
    }

    /// To the end, the player taking what is offered first.
    fn play_out(&mut self) {
        let (mut said, mut offered) = (0, 0);
        for _ in 0..20_000 {
            if self.heard.ended() > 0 {
                return;
            }
            let ready = self.heard.ready().len();
            let choices: Vec<Vec<OfferedChoice>> = self
                .test
                .log
                .all()
                .into_iter()
                .filter_map(|told| if let Told::Choices(choices) = told { Some(choices) } else { None })
                .collect();
            if ready > said {
                said = ready;
                self.test.app.world_mut().trigger(Advance { entity: self.debate });
            } else if choices.len() > offered {
                offered = choices.len();
                let first = choices[offered - 1][0].id.clone();
                self.test.app.world_mut().trigger(Choose { entity: self.debate, choice: first });
            }
            self.test.frame();
            std::thread::sleep(Duration::from_micros(100));
        }
        panic!("it does not end: {:#?}", self.heard.all());
    }

    fn state(&self) -> DebateState {
        let debate = self.test.app.world().get::<Debate>(self.debate).expect("a debate");
        debate.state().expect("it has begun").clone()
    }
}

#[test]
fn without_a_model_two_npcs_argue_in_their_writers_words() {
    let mut hall = Hall::silent(|debate| Debate::new(debate, 1));
    let (mara, odo) = (hall.test.app.world_mut().spawn_empty().id(), hall.test.app.world_mut().spawn_empty().id());
    hall.test.app.world_mut().entity_mut(hall.debate).insert(Cast::default().with("mara", mara).with("odo", odo));
    hall.test.frame();
    assert_eq!(hall.heard.ready(), [("Shut it.".to_owned(), "authored(written)".to_owned())]);
    assert_eq!(hall.test.app.world().get::<InScene>(mara), Some(&InScene { story: hall.debate }));
    hall.test.frame();
    assert_eq!(hall.heard.ready().len(), 1, "it waits");
    hall.advance();
    assert!(
        hall.test.app.world().get::<InScene>(mara).is_none() && hall.test.app.world().get::<InScene>(odo).is_some()
    );
    hall.play_out();
    let all = hall.heard.all();
    let claims = hall.heard.claims();
    assert_eq!(claims.len(), 4);
    assert!(claims.iter().collect::<std::collections::BTreeSet<_>>().len() == 4, "{claims:?}");
    let model_off = all.iter().filter(|e| matches!(e, Event::Ready { source, .. } if source == "authored(model_off)"));
    assert_eq!(model_off.count(), 4, "{all:#?}");
    let by: Vec<Entity> =
        all.iter().filter_map(|e| if let Event::Ready { by, .. } = e { Some(*by) } else { None }).collect();
    assert_eq!(by, [mara, odo, mara, odo, mara, odo, mara], "openings, four claims, one closing");
    let mut opinion = 0;
    for event in &all {
        if let Event::Opinion(name, from, to) = event {
            assert_eq!((name.as_str(), *from), ("the guards", opinion));
            opinion = *to;
        }
    }
    let Some(Event::Ended(winner, Ending::Turns, text)) = all.last() else { panic!("{all:#?}") };
    let wanted = if opinion > 0 { ("shut", "It stays shut.") } else { ("open", "It opens.") };
    assert_eq!((winner.as_deref(), text.as_str()), (Some(wanted.0), wanted.1));
    let turns = all.iter().filter(|event| matches!(event, Event::Turn(_, false))).count();
    assert_eq!(turns, 7);
    assert!(hall.test.app.world().get::<InScene>(mara).is_none(), "nobody is on stage when it is over");
    hall.advance();
    assert_eq!(hall.heard.ended(), 1);
}

/// Thinks most of wolves and pride, then of fire, and says what it is told.
fn opinionated(words: &'static str) -> ModelSource {
    scripted(move || {
        ScriptedGenerator::saying(words).with_scores(|_, text| match text {
            _ if text.contains("wolves") || text.contains("proud") => 9.0,
            _ if text.contains("fire") => 5.0,
            _ => 1.0,
        })
    })
}

#[test]
fn a_model_ranks_and_words_what_is_said() {
    let mut hall = Hall::new(opinionated(" Nobody asked the guests."), true, GATE, |debate| Debate::new(debate, 1));
    hall.play_out();
    let claims = hall.heard.claims();
    assert_eq!(claims[..2], ["wolves", "proud"], "no claim answers the wolves, so all were ranked: {claims:?}");
    let mut hall = Hall::new(
        opinionated(" Nobody asked the guests."),
        true,
        &GATE.replace("counters: [\"cold\"]", "counters: [\"wolves\"]"),
        |debate| Debate::new(debate, 1),
    );
    hall.play_out();
    assert_eq!(hall.heard.claims()[..2], ["wolves", "fire"], "of two answers the likelier");
    let all = hall.heard.all();
    let generated: Vec<&Event> =
        all.iter().filter(|event| matches!(event, Event::Ready { source, .. } if source == "generated")).collect();
    assert!(!generated.is_empty(), "{all:#?}");
    assert!(all.iter().any(|event| matches!(event, Event::Ready { answers: true, .. })));
    assert_eq!(
        hall.test.app.world().resource::<NarrativeCounts>().ends.get("generated").copied(),
        Some(generated.len() as u64)
    );
    hall.test.frame();
    assert!(hall.test.app.world().get::<Speaking>(hall.debate).is_none(), "every request has ended");
}

#[test]
fn words_that_miss_their_keyword_are_not_said() {
    let mut hall = Hall::new(opinionated(" Nobody is there."), true, GATE, |debate| Debate::new(debate, 1));
    hall.play_out();
    let guests = hall.heard.all().into_iter().find_map(|event| match event {
        Event::Ready { what: What::Claim(id), text, source, .. } if id == "guests" => Some((text, source)),
        _ => None,
    });
    if let Some((text, source)) = guests {
        assert_eq!((text.as_str(), source.as_str()), ("We have guests on the road.", "authored(must)"));
    }
}

#[test]
fn the_player_argues_a_side_by_choices_and_in_words_of_their_own() {
    let mut hall = Hall::silent(|debate| Debate::new(debate, 1).with_player("open"));
    hall.test.frame();
    hall.advance();
    assert_eq!(hall.heard.ready()[1].0, "Open it.", "an opening is the writer's");
    hall.advance();
    assert!(hall.test.log.last_choices().is_empty(), "Mara is due first");
    let first = hall.heard.claims()[0].clone();
    hall.advance();
    assert!(hall.heard.all().contains(&Event::Turn("open".into(), true)));
    let offered: Vec<String> = hall.test.log.last_choices().iter().map(|choice| choice.id.clone()).collect();
    if first == "cold" {
        assert_eq!(offered, ["guests", "fire"], "what answers comes first");
    }
    assert_eq!(offered.len(), 2);
    hall.choose("wolves");
    assert!(
        matches!(&hall.heard.problems()[..], [DebateTrouble::NotOpen { choice, open }] if choice == "wolves" && open.len() == 3)
    );
    hall.test.say(hall.debate, "paint a picture of a horse");
    assert!(matches!(hall.test.log.all().last(), Some(Told::NotUnderstood(said)) if said.contains("horse")));
    hall.test.say(hall.debate, "we had always been a proud old house");
    let all = hall.heard.all();
    let said = all.iter().find_map(|event| match event {
        Event::Ready { what: What::Claim(id), text, own, .. } if id == "proud" => Some((text.clone(), own.clone())),
        _ => None,
    });
    let own = Some("we had always been a proud old house".to_owned());
    assert_eq!(said, Some(("We were always a proud house.".to_owned(), own)), "{all:#?}");
    hall.test.say(hall.debate, "and another thing");
    assert_eq!(hall.heard.problems().last(), Some(&DebateTrouble::NotYourTurn));
    hall.play_out();
}

#[test]
fn a_side_whose_who_is_the_player_is_theirs_and_a_label_is_no_own_word() {
    let text = GATE.replace("who: \"odo\", name: \"Odo\"", "who: \"player\"");
    let mut hall = Hall::new(ModelSource::None, false, &text, |debate| Debate::new(debate, 1));
    hall.go(3);
    hall.test.run_until(|test| !test.log.last_choices().is_empty());
    hall.test.say(hall.debate, "1");
    assert!(matches!(
        hall.heard.all().iter().rev().find(|e| matches!(e, Event::Ready { .. })),
        Some(Event::Ready { own: None, .. })
    ));
    let mut hall = Hall::silent(|debate| Debate::new(debate, 1).with_player("oppen"));
    hall.test.frame();
    assert!(
        matches!(&hall.heard.problems()[..], [DebateTrouble::NoSuchSide { side, sides }] if side == "oppen" && sides.len() == 2)
    );
}

#[test]
fn a_save_at_any_moment_goes_on_in_the_same_words() {
    let words = || {
        scripted(|| {
            ScriptedGenerator::new(|request, _| {
                Script::Say(format!(" The guests said it {} times.", request.prompt.full().len()))
            })
            .with_scores(|request, text| ((request.prompt.full().len() * 7 + text.len() * 13) % 31) as f32)
        })
    };
    let mut whole = Hall::new(words(), true, GATE, |debate| Debate::new(debate, 4));
    whole.play_out();
    let told = whole.heard.ready();
    for stop in 1..told.len() {
        let mut first = Hall::new(words(), true, GATE, |debate| Debate::new(debate, 4));
        first.go(stop);
        // Now something may be chosen or worded.
        first.test.frame();
        let saved = first.state().to_text().expect("it can be written");
        let said = first.heard.ready().len();
        let before = first.state().said.len();
        drop(first);
        let saved = DebateState::from_text(&saved).expect("it can be read");
        let mut second = Hall::new(words(), true, GATE, |debate| Debate::resume(debate, saved));
        second.play_out();
        assert_eq!(second.heard.ready()[..], told[before..], "stopped after {stop} ({said})");
    }
}

#[test]
fn saves_that_do_not_fit_are_told() {
    let mut hall = Hall::silent(|debate| Debate::new(debate, 1));
    hall.go(4);
    let saved = hall.state();
    let other = DebateState { debate: "other".into(), ..saved.clone() };
    let mut hall = Hall::silent(|debate| Debate::resume(debate, other));
    hall.test.frame();
    assert!(matches!(&hall.heard.problems()[..], [DebateTrouble::Save(_)]), "{:?}", hall.heard.problems());
    hall.play_out();
    let claim =
        saved.said.iter().find_map(|said| if let What::Claim(id) = &said.what { Some(id.clone()) } else { None });
    let claim = claim.expect("one was made");
    let text = GATE.replace(&format!("\"{claim}\""), "\"another\"");
    let mut hall = Hall::new(ModelSource::None, false, &text, |debate| Debate::resume(debate, saved));
    hall.test.frame();
    assert!(hall.heard.problems().contains(&DebateTrouble::Lost(Lost::Claim(claim))));
    hall.play_out();
}

/// A model that never comes to an end.
fn endless() -> ModelSource {
    scripted(|| ScriptedGenerator::new(|_, _| Script::Never))
}

#[test]
fn a_debate_that_is_despawned_asks_for_nothing_and_keeps_nobody() {
    let mut hall = Hall::new(endless(), true, GATE, |debate| Debate::new(debate, 1));
    let mara = hall.test.app.world_mut().spawn_empty().id();
    hall.test.app.world_mut().entity_mut(hall.debate).insert(Cast::default().with("mara", mara));
    hall.go(2);
    let debate = hall.debate;
    hall.test.run_until(|test| {
        test.app.world().get::<Speaking>(mara).is_some() && test.app.world().get::<InScene>(mara).is_some()
    });
    hall.test.app.world_mut().despawn(debate);
    hall.test.run_until(|test| test.app.world().get::<Speaking>(mara).is_none());
    assert!(hall.test.app.world().get::<InScene>(mara).is_none());
    assert_eq!(hall.heard.ended(), 0);
}

#[test]
fn a_speaker_who_is_despawned_ends_it_for_nobody() {
    for frames in 0..4 {
        let mut hall = Hall::new(endless(), true, GATE, |debate| Debate::new(debate, 1));
        let (mara, odo) = (hall.test.app.world_mut().spawn_empty().id(), hall.test.app.world_mut().spawn_empty().id());
        hall.test.app.world_mut().entity_mut(hall.debate).insert(Cast::default().with("mara", mara).with("odo", odo));
        hall.go(2);
        (0..frames).for_each(|_| hall.test.frame());
        hall.test.app.world_mut().despawn(mara);
        let heard = hall.heard.clone();
        hall.test.run_until(|_| heard.ended() > 0);
        hall.test.frame();
        assert_eq!(hall.heard.all().last(), Some(&Event::Ended(None, Ending::Left, "It hangs.".into())));
        hall.test.run_until(|test| test.app.world().get::<Speaking>(odo).is_none());
        assert_eq!(hall.heard.ended(), 1);
    }
}

#[test]
fn a_model_that_is_late_or_interrupted_is_not_waited_for() {
    let mut hall = Hall::new(endless(), true, GATE, |debate| Debate::new(debate, 1));
    hall.test.settings().deadlines = true;
    hall.go(2);
    hall.test.frame();
    assert_eq!(hall.heard.claims().len(), 0, "{:?}", hall.heard.all());
    hall.test.pass(Duration::from_millis(800));
    hall.test.pass(Duration::from_millis(800));
    assert_eq!(hall.heard.ready()[2].1, "authored(late)");
    hall.advance();
    hall.test.frame();
    let debate = hall.debate;
    for _ in 0..3 {
        hall.test.app.world_mut().trigger(Interrupt { entity: debate });
        hall.test.frame();
    }
    assert_eq!(hall.heard.ready()[3].1, "authored(interrupted)");
    hall.test.settings().enabled = false;
    hall.advance();
    assert_eq!(hall.heard.ready()[4].1, "authored(model_off)");
}

#[test]
fn conditions_look_at_the_variables_of_a_story() {
    let played = story(
        r#"Story(format: 1, id: "s", start: "a", ends: ["z"], vars: {"wolf": Bool(init: false)},
            cast: {"mara": (name: "Mara"), "odo": (name: "Odo")},
            beats: {"a": (lines: [(id: "a1", who: "mara", say: "Hm.")],
                          choices: [(id: "go", say: "Go.", to: "z", when: "not wolf", then: ["wolf = true"]), (id: "no", say: "No.", to: "z")]),
                    "z": (lines: [(id: "z1", who: "odo", say: "So.")], end: true)})"#,
    );
    let text = GATE.replace(
        "say: \"There are wolves below the wall.\",",
        "say: \"There are wolves below the wall.\", when: \"wolf\",",
    );
    let text = text.replace("turns: 4", "turns: 4, vars: {\"wolf\": Bool(init: false)}");
    for (choice, open) in [("go", true), ("no", false)] {
        let mut hall = Hall::new(ModelSource::None, false, &text, |debate| Debate::new(debate, 1));
        let story = hall.test.play(played.clone());
        hall.test.frame();
        hall.test.advance(story);
        hall.test.choose(story, choice);
        hall.test.app.world_mut().despawn(hall.debate);
        let handle = hall.test.app.world_mut().resource_mut::<Assets<DebateAsset>>().add(asset(&text));
        let made = Debate::new(handle, 1).with_player("shut").inside(story);
        hall.debate = hall.test.app.world_mut().spawn(made).id();
        let before = hall.heard.ready().len();
        let heard = hall.heard.clone();
        hall.test.run_until(|_| heard.ready().len() > before);
        hall.advance();
        hall.advance();
        let offered: Vec<String> = hall.test.log.last_choices().iter().map(|choice| choice.id.clone()).collect();
        assert_eq!(offered.contains(&"wolves".to_owned()), open, "{choice}: {offered:?}");
        hall.play_out();
    }
    // Without a story the game sets it.
    let mut hall = Hall::new(ModelSource::None, false, &text, |debate| {
        let mut debate = Debate::new(debate, 1).with_player("shut");
        debate.set("wolf", Value::Bool(true));
        debate
    });
    hall.go(2);
    hall.test.run_until(|test| test.log.last_choices().iter().any(|choice| choice.id == "wolves"));
}

#[test]
fn files_that_are_missing_or_do_not_fit_their_story_are_problems() {
    let mut hall = Hall::silent(|debate| Debate::new(debate, 1));
    let missing: Handle<DebateAsset> = hall.test.app.world().resource::<AssetServer>().load("none/none.debate.ron");
    hall.test.app.world_mut().spawn(Debate::new(missing, 1));
    let heard = hall.heard.clone();
    hall.test.run_until(|_| heard.problems().iter().any(|problem| matches!(problem, DebateTrouble::Load(_))));
    let played = story(
        r#"Story(format: 1, id: "s", start: "a", cast: {"mara": (name: "Mara")},
            beats: {"a": (lines: [(id: "a1", who: "mara", say: "Hm.")], end: true)})"#,
    );
    let story: Handle<StoryAsset> =
        hall.test.app.world_mut().resource_mut::<Assets<StoryAsset>>().add(StoryAsset::from(played));
    let asset = DebateAsset { story: Some(story), ..asset(GATE) };
    let handle = hall.test.app.world_mut().resource_mut::<Assets<DebateAsset>>().add(asset);
    hall.test.app.world_mut().spawn(Debate::new(handle, 1));
    hall.test.frame();
    let invalid = hall.heard.problems().into_iter().find(|problem| matches!(problem, DebateTrouble::Invalid(_)));
    assert!(invalid.is_some_and(|problem| problem.to_string().contains("'odo'")));
    hall.test.frame();
    hall.play_out();
}

/// Something else each time: good, empty, garbage, another's label, failing, panicking, endless.
fn worst(seed: u64) -> ModelSource {
    let mut at = seed;
    scripted(move || {
        let mut next = at;
        at = at.wrapping_add(1_000_003);
        ScriptedGenerator::new(move |_, _| {
            next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            match (next >> 33) % 9 {
                0 => Script::Silence,
                1 => Script::Say("\u{0}\u{7f}&&&&".into()),
                2 => Script::Say(" Odo: The gate is open.".into()),
                3 => Script::Fail(GenerateError::Backend("broken".into())),
                4 => Script::Panic,
                5 => Script::Never,
                6 => Script::Babble("gate".into()),
                _ => Script::Say(" The guests have wolves at the fire.".into()),
            }
        })
        .with_scores(move |_, text| (text.len() as u64 * seed % 17) as f32)
    })
}

#[test]
fn models_at_their_worst_keep_no_debate_from_its_end() {
    let mut by_model = 0;
    for seed in 0..12 {
        let mut hall = Hall::new(worst(seed), true, GATE, |debate| Debate::new(debate, seed));
        hall.test.settings().deadlines = true;
        for _ in 0..4_000 {
            if hall.heard.ended() > 0 {
                break;
            }
            hall.test.app.world_mut().trigger(Advance { entity: hall.debate });
            hall.test.pass(Duration::from_millis(20));
            std::thread::sleep(Duration::from_micros(100));
        }
        assert_eq!(hall.heard.ended(), 1, "seed {seed}: {:#?}", hall.heard.all());
        let claims = hall.heard.claims();
        assert_eq!(claims.iter().collect::<std::collections::BTreeSet<_>>().len(), claims.len(), "{claims:?}");
        for (text, source) in hall.heard.ready() {
            assert!(!text.trim().is_empty() && !text.contains('\u{0}') && !text.starts_with("Odo:"), "{text}");
            by_model += usize::from(source == "generated");
        }
        (0..3).for_each(|_| hall.test.frame());
        assert!(hall.test.app.world().get::<Speaking>(hall.debate).is_none());
    }
    assert!(by_model > 0, "some texts get through");
}
