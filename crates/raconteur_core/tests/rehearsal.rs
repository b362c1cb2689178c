//! Stories that are played without a screen: routes, chance, generators that never come to an end or panic.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use raconteur_core::compose::Composed;
use raconteur_core::desk::authored;
use raconteur_core::generate::{GenerationRequest, Priority, Progress, RequestId, Sink, TextGenerator};
use raconteur_core::rehearsal::{
    Chance, Counts, Delivered, End, Inspector, Kind, KnownWords, Limits, Piece, Player, Plays, Rehearsal, Renewed,
    Room, Told,
};
use raconteur_core::request::{Finished, Source, Why};
use raconteur_core::runner::NoHost;
use raconteur_core::scripted::{Script, ScriptedGenerator};
use raconteur_core::story::format::{NamePolicy, Rank, Repeat, Story};
use raconteur_core::story::parse::load;
use raconteur_core::template::Templates;

/// Read once: the checks walk all its states.
fn bell() -> Arc<Story> {
    static BELL: OnceLock<Arc<Story>> = OnceLock::new();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories/drowned_bell.story.ron");
    BELL.get_or_init(|| load(&path).unwrap().into_story().unwrap()).clone()
}

/// What was delivered: kind, id, text, source.
type Seen = Vec<(Kind, String, String, Source)>;

fn play(player: &mut Player, limits: Limits, writer: Option<&mut dyn TextGenerator>) -> (End, Seen, Counts) {
    let story = bell();
    let mut rehearsal = Rehearsal::new(story, &Templates::default(), 7, &NoHost).unwrap().with_limits(limits);
    let mut seen = Vec::new();
    let mut watch = |told: Told<'_>| {
        if let Told::Delivered(it) = told {
            assert_eq!(it.piece.kind.is_shown(), !matches!(it.piece.kind, Kind::Ranking | Kind::Reading));
            seen.push((it.piece.kind, it.piece.id.clone(), it.finished.text.clone(), it.finished.source.clone()));
        }
    };
    let mut room = Room::new(writer, &mut watch);
    let end = rehearsal.play(player, &mut room);
    (end, seen, rehearsal.counts())
}

fn ended(beat: &str) -> End {
    End::Ended { beat: beat.to_owned() }
}

#[test]
fn a_route_is_played_as_it_is_written() {
    let route = ["ford_b", "ask:Where is the bell?", "ford_c", "leave_it"];
    let (end, seen, counts) = play(&mut Player::on_route(route), Limits::default(), None);
    assert_eq!(end, ended("end_silence"));
    assert_eq!(counts, Counts::default(), "no model, no requests");
    let answer = seen.iter().find(|(kind, ..)| *kind == Kind::Answer).unwrap();
    assert!(!answer.2.is_empty() && matches!(answer.3, Source::Authored(_)), "{answer:?}");
    let labels: Vec<&str> =
        seen.iter().filter(|(kind, ..)| *kind == Kind::Label).map(|(_, id, ..)| id.as_str()).collect();
    assert!(labels.contains(&"leave_it"), "{labels:?}");
}

#[test]
fn a_route_that_is_wrong_or_short_says_what_is_open() {
    let (end, ..) = play(&mut Player::on_route(["ford_c", "ford_a"]), Limits::default(), None);
    assert!(
        matches!(&end, End::NotOpen { id, open } if id == "ford_a" && open.contains(&"leave_it".to_owned())),
        "{end:?}"
    );
    let (end, ..) = play(&mut Player::on_route(["ford_c"]), Limits::default(), None);
    assert!(matches!(&end, End::RouteOver { open } if open.contains(&"leave_it".to_owned())), "{end:?}");
    let (end, ..) = play(&mut Player::by_chance(1), Limits { moments: 2, ..Limits::default() }, None);
    assert_eq!(end, End::StepLimit);
}

#[test]
fn chance_is_the_same_for_the_same_seed_and_comes_to_every_end() {
    let run = |seed| {
        let questions = vec!["Where is the bell?".to_owned()];
        let mut player = Player::by_chance(seed).asking(questions, 50).telling(20);
        let mut writer = ScriptedGenerator::saying(" The river keeps what it takes.");
        play(&mut player, Limits::default(), Some(&mut writer))
    };
    let mut ends = Vec::new();
    let mut answered = 0;
    for seed in 0..40 {
        let (end, seen, counts) = run(seed);
        assert_eq!((end.clone(), seen.clone(), counts), run(seed), "seed {seed}");
        assert_eq!((counts.submitted, counts.surplus, counts.lost), (counts.finished, 0, 0));
        answered += seen.iter().filter(|(kind, ..)| *kind == Kind::Answer).count();
        if !ends.contains(&end) {
            ends.push(end);
        }
    }
    assert!(ends.contains(&ended("end_truth")) && ends.contains(&ended("end_silence")) && ends.len() == 2, "{ends:?}");
    assert!(answered > 5, "{answered}");
}

#[test]
fn a_generator_that_never_ends_is_late_and_the_story_goes_on() {
    let mut never = ScriptedGenerator::new(|_, _| Script::Never);
    let limits = Limits { steps: 50, ..Limits::default() };
    let (end, seen, counts) = play(&mut Player::on_route(["ford_c", "leave_it"]), limits, Some(&mut never));
    assert_eq!(end, ended("end_silence"));
    assert!(seen.iter().any(|(.., source)| *source == Source::Authored(Why::Late)), "{seen:?}");
    assert_eq!((counts.submitted, counts.surplus, counts.lost), (counts.finished, 0, 0));
    assert_eq!(never.live(), 0, "what is late is cancelled");
}

#[test]
fn a_budget_is_kept_by_the_clock_of_the_room() {
    let mut never = ScriptedGenerator::new(|_, _| Script::Never);
    let mut now = 0.0;
    let mut clock = || {
        now += 100.0;
        now
    };
    let limits = Limits { budgets: true, ..Limits::default() };
    let mut rehearsal = Rehearsal::new(bell(), &Templates::default(), 7, &NoHost).unwrap().with_limits(limits);
    let mut times = Vec::new();
    let mut watch = |told: Told<'_>| {
        if let Told::Delivered(it) = told
            && let Some(millis) = it.millis
        {
            assert_eq!(it.finished.source, Source::Authored(Why::Late));
            times.push((millis, it.request.unwrap().budget_ms));
        }
    };
    let end = rehearsal.play(
        &mut Player::on_route(["ford_c", "leave_it"]),
        &mut Room::new(Some(&mut never), &mut watch).timed(&mut clock),
    );
    assert_eq!(end, ended("end_silence"));
    assert!(!times.is_empty());
    for (millis, budget) in times {
        assert!(millis > budget as f64 && millis < budget as f64 + 400.0, "{millis} of {budget}");
    }
}

#[test]
fn a_generator_that_panics_is_made_anew() {
    let mut made = 0;
    let mut writer = Renewed::new(move || {
        made += 1;
        let first = made == 1;
        Box::new(ScriptedGenerator::new(move |_, _| {
            if first { Script::Panic } else { Script::Say(" Your boots are wet from the tower stair.".to_owned()) }
        })) as Box<dyn TextGenerator>
    });
    let (end, seen, counts) = play(&mut Player::on_route(["ford_c", "leave_it"]), Limits::default(), Some(&mut writer));
    assert_eq!(end, ended("end_silence"));
    assert_eq!(counts.panics, 1);
    assert!(seen.iter().any(|(.., source)| *source == Source::Authored(Why::WorkerPanicked)), "{seen:?}");
    assert!(seen.iter().any(|(.., source)| matches!(source, Source::Ranked { .. })), "{seen:?}");
    assert_eq!((counts.submitted, counts.surplus, counts.lost), (counts.finished, 0, 0));
}

/// Says it is idle and leaves what it was asked.
struct Idle;

impl TextGenerator for Idle {
    fn submit(&mut self, _id: RequestId, _request: GenerationRequest) {}

    fn cancel(&mut self, _id: RequestId) {}

    fn step(&mut self, _sink: &mut Sink<'_>) -> Progress {
        Progress::Idle
    }

    fn has_room(&self, _priority: Priority) -> bool {
        false
    }

    fn describe(&self) -> String {
        "idle".to_owned()
    }
}

#[test]
fn a_generator_that_falls_silent_leaves_the_authored_lines() {
    let (end, seen, _) = play(&mut Player::on_route(["ford_c", "leave_it"]), Limits::default(), Some(&mut Idle));
    assert_eq!(end, ended("end_silence"));
    assert!(seen.iter().any(|(.., source)| matches!(source, Source::Authored(Why::Failed(_)))), "{seen:?}");
}

/// The scripted generator scores by length: left to itself it would take the shortest variant at every visit.
#[test]
fn a_model_that_picks_says_each_variant_before_one_comes_again() {
    let source = r#"(format: 1, id: "p", start: "yard", ends: ["off"],
        cast: { "mara": (name: "Mara", voice: "dry") },
        beats: {
            "yard": (setting: "The yard.", lines: [(id: "hail", who: "mara", say: "You again, and so soon.",
                    gen: Pick(from: ["Back?", "The rope has missed you.", "Wipe your feet, the river is wet."]))],
                choices: [(id: "stay", say: "Stay.", to: "yard"), (id: "go", say: "Go.", to: "off")]),
            "off": (setting: "The road.", lines: [], end: true),
        })"#;
    let sources = vec![raconteur_core::story::source::Source::new("p.story.ron", source)];
    let story = Arc::new(raconteur_core::story::parse::parse(sources).story.unwrap());
    let mut rehearsal = Rehearsal::new(story, &Templates::default(), 7, &NoHost).unwrap();
    let mut model = ScriptedGenerator::saying("unused");
    let mut said: Vec<String> = Vec::new();
    let mut watch = |told: Told<'_>| {
        if let Told::Delivered(it) = told
            && it.piece.id == "hail"
        {
            said.push(it.finished.text.clone());
        }
    };
    let route = ["stay", "stay", "stay", "stay", "stay", "go"];
    rehearsal.play(&mut Player::on_route(route), &mut Room::new(Some(&mut model), &mut watch));
    assert_eq!(said.len(), 6, "{said:?}");
    let mut first: Vec<&String> = said.iter().take(4).collect();
    first.sort_unstable();
    first.dedup();
    assert_eq!(first.len(), 4, "each once before any comes again: {said:?}");
    assert!(said.windows(2).all(|two| two[0] != two[1]), "{said:?}");
}

#[test]
fn readings_of_a_detour_are_told() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories/reed_seal.story.ron");
    let story = load(&path).unwrap().into_story().unwrap();
    let mut rehearsal = Rehearsal::new(story, &Templates::default(), 7, &NoHost).unwrap();
    let mut writer = ScriptedGenerator::saying(" The reeds stand still. Nobody speaks.");
    let mut told = Vec::new();
    let mut watch = |it: Told<'_>| match it {
        Told::Asked { piece, .. } if piece.kind == Kind::Reading => told.push(format!("asked {}", piece.id)),
        Told::Delivered(it) if matches!(it.piece.kind, Kind::Detour | Kind::Reading) => {
            told.push(format!("{} {} {}", it.piece.kind.name(), it.piece.id, it.finished.source));
        }
        _ => {}
    };
    let end =
        rehearsal.play(&mut Player::on_route(["bed_go", "to_bed"]), &mut Room::new(Some(&mut writer), &mut watch));
    assert!(matches!(end, End::RouteOver { .. }), "{end:?}");
    assert_eq!(told, ["detour detour:bedside_again ranked(2)", "asked calm", "reading calm ranked(3)"]);
}

#[test]
fn a_game_by_chance_answers_the_same_until_the_next_moment() {
    use raconteur_core::runner::Host;
    use raconteur_core::story::format::Value;
    let chance = Chance::new(&bell(), 3);
    let answers = |chance: &Chance| -> Vec<Value> {
        (0..64)
            .map(|_| {
                chance.next_moment();
                let answer = chance.call("is_night", &[]).unwrap();
                assert_eq!(Ok(answer.clone()), chance.call("is_night", &[]));
                answer
            })
            .collect()
    };
    let first = answers(&chance);
    assert!(first.contains(&Value::Bool(true)) && first.contains(&Value::Bool(false)));
    chance.reseed(3);
    assert_eq!(answers(&chance), first);
    assert!(chance.call("no_such", &[]).is_err());
}

/// A story that the checks would not let pass, and a text that no rule of its policy stops.
#[test]
fn many_plays_report_what_is_wrong() {
    let mut story = Story::clone(&bell());
    let beat = story.beats.iter_mut().find(|(id, _)| *id == "heard").unwrap().1;
    beat.next = Some("nowhere".to_owned());
    beat.choices.clear();
    let plays = Plays { plays: 40, ..Plays::default() };
    let mut writer = ScriptedGenerator::saying(" The stair, the bell.");
    let story = Arc::new(story);
    let run = |writer: Option<&mut dyn TextGenerator>| {
        plays.run(&story, &Templates::default(), None, writer, &mut |_| {}, &mut |_| {}).unwrap()
    };
    let played = run(Some(&mut writer));
    assert!(!played.is_clean());
    assert!(played.stuck.iter().any(|(_, end)| matches!(end, End::Failed(_) | End::Stuck(_))), "{:?}", played.stuck);
    let ends: u64 = played.ends.values().sum();
    assert_eq!(ends + played.stopped + played.stuck.len() as u64, 40);
    assert_eq!(played, run(Some(&mut ScriptedGenerator::saying(" The stair, the bell."))), "the same seed");
    assert!(played.tally.by_model() > 0, "{:?}", played.tally);
}

/// What an inspector would say if the rules let these through.
#[test]
fn an_inspector_sees_what_rules_have_missed() {
    let story = bell();
    let rehearsal = Rehearsal::new(story.clone(), &Templates::default(), 7, &NoHost).unwrap();
    let line = story.beats.get("ford").unwrap().lines.iter().find(|line| line.id == "ford_2").unwrap();
    let piece = Piece {
        kind: Kind::Line,
        id: line.id.clone(),
        beat: "ford".to_owned(),
        who: line.who.clone(),
        name: "Mara".to_owned(),
        gen_kind: "vary",
        at: 0,
    };
    let composer = rehearsal.composer();
    let Composed::Request(request) = composer.line(rehearsal.runner(), line, &NoHost) else { panic!("no request") };
    let faults = |text: &str| -> Vec<&'static str> {
        let finished = Finished { source: Source::Generated, ..authored(text.to_owned(), Why::Written) };
        let mut inspector = Inspector::new(&story, None);
        inspector.watch(&Told::Delivered(&Delivered {
            piece: &piece,
            question: "",
            request: Some(&request),
            finished: &finished,
            millis: None,
            runner: rehearsal.runner(),
            host: &NoHost,
        }));
        inspector.faults().iter().map(|fault| fault.what).collect()
    };
    assert_eq!(faults("You came for the bell."), [] as [&str; 0]);
    assert_eq!(faults("  "), ["empty"]);
    assert_eq!(faults("…"), ["empty"]);
    for hidden in ["The bell\u{7}.", "The\nbell.", "The \u{202e}bell.", "The b\u{200b}ell.", "\u{fffd}"] {
        assert!(faults(hidden).contains(&"invisible"), "{hidden:?}");
    }
    let phones =
        ["My phone.", "PHONE!", "A ph\u{43e}ne.", "ph\u{ad}one", "\u{ff50}hone's", "phone\u{301}", "**phone**"];
    for banned in phones {
        assert!(faults(banned).contains(&"forbidden"), "{banned:?}");
    }
    assert_eq!(faults("My gun and my phone."), ["forbidden"], "the first of them");
    for secret in ["The smith owes you nothing.", "His debts are old.", "Silvered, was it?", "Two smiths.", "SMITHS"] {
        assert_eq!(faults(secret), ["secret"], "Mara does not know of the smith: {secret}");
    }
    for name in ["Your boots are wet, Brennick.", "You came with Brennick's boots.", "Wet, as in the Vornholt-Drum?"] {
        assert_eq!(faults(name), ["name"], "{name}");
    }
    for known in ["Brennick is wet.", "So it is: Brennick is wet.", "I'd not go on a Monday, Sir. \"Wet, the Bell!\""] {
        assert_eq!(faults(known), [] as [&str; 0], "{known}");
    }
    for label in ["Odo: Good day.", "Good day. Odo: Yes.", "ODO : no", "\"You:\" he said"] {
        assert!(faults(label).contains(&"label"), "{label:?}");
    }
    assert_eq!(faults("I told you: run."), [] as [&str; 0]);
    assert_eq!(faults("The telephones rang."), [] as [&str; 0], "whole words");
}

/// A generator whose texts name somebody whom no story knows, or tell a secret in another form of its word.
fn gossip() -> ScriptedGenerator {
    let mut said = 0;
    ScriptedGenerator::new(move |_, _| {
        said += 1;
        let text = if said % 2 == 0 {
            " The stair took Brennick, and the bell."
        } else {
            " Two smiths came, and the stair is wet."
        };
        Script::Say(text.to_owned())
    })
}

/// The rules of a story without those that an inspector is there to check.
fn without_rules(story: &Story) -> Story {
    let mut free = story.clone();
    for (_, policy) in free.policies.iter_mut() {
        policy.names = NamePolicy::Any;
        policy.repeat = Repeat::Allow;
        policy.rank = Rank::First;
    }
    for (_, lore) in free.lore.iter_mut() {
        lore.keys.clear();
    }
    free
}

#[test]
fn what_would_be_delivered_without_the_rules_is_found() {
    let story = bell();
    let play = |played: &Arc<Story>, seeds: std::ops::Range<u64>| {
        let mut inspector = Inspector::new(&story, None);
        for seed in seeds {
            inspector.next_play();
            let mut rehearsal = Rehearsal::new(played.clone(), &Templates::default(), seed, &NoHost).unwrap();
            let mut player = Player::by_chance(seed);
            let mut watch = |told: Told<'_>| inspector.watch(&told);
            rehearsal.play(&mut player, &mut Room::new(Some(&mut gossip()), &mut watch));
        }
        inspector.tally().clone()
    };
    let found = play(&Arc::new(without_rules(&story)), 0..10);
    assert!(found.faults["name"] > 0 && found.faults["secret"] > 0, "{found:?}");
    let kept = play(&story, 0..10);
    assert_eq!(kept.all_faults(), 0, "{kept:?}");
    assert!(kept.rejected["unknown_name"] > 0 && kept.rejected["leaks"] > 0, "{kept:?}");
}

/// Without a model nothing is wrong with what the writers wrote.
#[test]
fn no_shipped_story_has_a_fault_of_its_own() {
    for id in ["drowned_bell", "ninth_mirror", "reed_seal"] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../assets/stories/{id}.story.ron"));
        let story = load(&path).unwrap().into_story().unwrap();
        let plays = Plays { plays: 200, questions: Plays::questions(&story), ..Plays::default() };
        let played = plays.run(&story, &Templates::default(), None, None, &mut |_| {}, &mut |_| {}).unwrap();
        assert_eq!((played.faults.as_slice(), &played.tally.faults), (&[][..], &BTreeMap::new()), "{id}");
        assert!(played.is_clean() && played.tally.written > 2000, "{id}: {:?}", played.tally);
        // Held against itself as if a model had written it, no line of it names anybody unknown either.
        let known = KnownWords::of_story(&story);
        for text in story.texts() {
            assert_eq!(known.unknown_name(&text.source.say, &KnownWords::default()), None, "{}", text.source.say);
        }
    }
}
