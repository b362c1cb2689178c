//! Debates: what may be said, what it moves, how it ends, and that a save goes on in the same words.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

#[path = "support/debates.rs"]
mod debates;

use std::sync::Arc;

use proptest::prelude::*;
use raconteur_core::compose::{Composed, Composer};
use raconteur_core::debate::{
    Debate, DebateError, DebateEvent, DebateState, Ending, Moment, Motion, Nowhere, Phase, Refusal, Seat, What, parse,
};
use raconteur_core::request::Work;
use raconteur_core::story::expr::Environment;
use raconteur_core::story::format::Value;
use raconteur_core::story::source::Source;
use raconteur_core::template::Templates;

use debates::{Dice, faults, faults_of, opinions, random};

const SMALL: &str = r#"Debate(
    format: 1, id: "small", topic: "The gate should stay shut.", setting: "A gate at dusk.",
    sides: {
        "shut": (who: "mara", name: "Mara", voice: "dry", opening: "Shut it.", closing: "I said so.", wins: "It stays shut."),
        "open": (who: "odo", name: "Odo", voice: "hearty", firmness: 50, opening: "Open it.", wins: "It opens."),
    },
    tied: "It hangs.",
    vars: { "wolves": Bool(init: false) },
    audience: { "guards": (opinion: 0, weight: 3), "crowd": (opinion: 10, weight: 1) },
    turns: 6, beside: 50,
    claims: {
        "cold":   (side: "shut", say: "It is cold out there.", sways: {"guards": 8}),
        "wolf":   (side: "shut", say: "There are wolves.", when: "wolves", sways: {"guards": 30}),
        "safe":   (side: "shut", say: "We are safe here.", counters: ["guests"], sways: {"guards": 10, "crowd": -4}, shakes: 20),
        "fear":   (side: "shut", say: "Nobody is safe anywhere.", contradicts: ["safe"], sways: {"crowd": 5}),
        "grant":  (side: "shut", say: "Guests are good, I grant it.", concedes: ["guests"], sways: {"crowd": 9}, steadies: -20),
        "guests": (side: "open", say: "We have guests.", counters: ["cold"], sways: {"crowd": 20}),
        "fire":   (side: "open", say: "We have a fire.", counters: ["cold"], sways: {"crowd": 6}),
        "proud":  (side: "open", say: "We are a proud house.", sways: {"guards": 6}),
        "known":  (side: "open", say: "The guest is a king.", needs: ["king"], sways: {"guards": 40}),
    },
)"#;

fn motion(text: &str) -> Motion {
    let read = parse(Source::new("small.debate.ron", text), None);
    assert!(!read.checked.has_errors(), "{}", read.checked.render(false));
    read.motion.unwrap()
}

fn begin(motion: Motion, seed: u64) -> Debate {
    Debate::new(Arc::new(motion), None, seed).unwrap()
}

fn small() -> Debate {
    begin(motion(SMALL), 1)
}

/// Past the openings.
fn opened(mut debate: Debate) -> Debate {
    while matches!(debate.moment(), Moment::Opening { .. }) {
        debate.spoken("").unwrap();
    }
    debate
}

fn ids(debate: &Debate, outer: &dyn Environment) -> Vec<String> {
    debate.candidates(outer).iter().map(|candidate| candidate.id.to_owned()).collect()
}

fn refused(debate: &mut Debate, claim: &str) -> Refusal {
    match debate.claim(claim, "", &Nowhere).unwrap_err() {
        DebateError::Refused { why, .. } => why,
        other => panic!("{other}"),
    }
}

/// Somebody remembers everything.
struct Remembers;

impl Environment for Remembers {
    fn var(&self, _: &str) -> Option<Value> {
        None
    }
    fn visits(&self, _: &str) -> u32 {
        0
    }
    fn seen(&self, _: &str) -> bool {
        false
    }
    fn host(&self, _: &str, _: &[Value]) -> Result<Value, String> {
        Err("nobody".into())
    }
    fn remembers(&self, who: &str, fact: &str) -> bool {
        (who, fact) == ("odo", "king")
    }
}

#[test]
fn openings_come_first_and_sides_take_turns() {
    let mut debate = small();
    assert_eq!(debate.moment(), Moment::Opening { seat: Seat::First, say: "Shut it." });
    assert_eq!(debate.claim("cold", "", &Nowhere), Err(DebateError::NotDue { wanted: "a claim" }));
    assert!(debate.candidates(&Nowhere).is_empty());
    debate.spoken("Shut it, I say.").unwrap();
    debate.spoken(" ").unwrap();
    let said: Vec<&str> = debate.state().said.iter().map(|said| said.text.as_str()).collect();
    assert_eq!(said, ["Shut it, I say.", "Open it."], "blank words are the authored ones");
    assert_eq!(debate.moment(), Moment::Claim { seat: Seat::First });
    assert_eq!(ids(&debate, &Nowhere), ["cold", "safe", "fear"]);
    debate.claim("cold", "It's bitter out.", &Nowhere).unwrap();
    assert_eq!(debate.moment(), Moment::Claim { seat: Seat::Second });
    assert_eq!(debate.state().said[2].text, "It's bitter out.");
}

#[test]
fn what_may_be_said_is_for_rules() {
    let mut debate = opened(small());
    assert_eq!(refused(&mut debate, "none"), Refusal::Unknown);
    assert_eq!(refused(&mut debate, "guests"), Refusal::OtherSide);
    assert_eq!(refused(&mut debate, "wolf"), Refusal::Condition);
    assert_eq!(refused(&mut debate, "grant"), Refusal::NothingToGrant);
    assert!(debate.set("wolves", Value::Bool(true)) && !debate.set("bears", Value::Bool(true)));
    assert_eq!(ids(&debate, &Nowhere), ["cold", "wolf", "safe", "fear"]);
    debate.claim("cold", "", &Nowhere).unwrap();
    assert_eq!(refused(&mut debate, "known"), Refusal::Unaware("king".into()));
    assert_eq!(ids(&debate, &Nowhere), ["guests", "fire", "proud"]);
    assert_eq!(ids(&debate, &Remembers), ["guests", "fire", "proud", "known"]);
    debate.claim("guests", "", &Nowhere).unwrap();
    assert_eq!(refused(&mut debate, "cold"), Refusal::Said);
    let mut grants = debate.clone();
    debate.claim("safe", "", &Nowhere).unwrap();
    debate.claim("proud", "", &Nowhere).unwrap();
    assert_eq!(refused(&mut debate, "fear"), Refusal::Contradicts("safe".into()), "it works both ways");
    assert_eq!(refused(&mut debate, "grant"), Refusal::Contradicts("safe".into()), "what it grants was countered");
    let events = grants.claim("grant", "", &Nowhere).unwrap();
    assert!(events.contains(&DebateEvent::Granted { claim: "guests".into() }), "{events:?}");
    grants.claim("proud", "", &Nowhere).unwrap();
    assert_eq!(refused(&mut grants, "safe"), Refusal::Contradicts("grant".into()), "what it counters was granted");
}

#[test]
fn answers_are_preferred_and_without_a_model_the_seed_chooses() {
    let mut debate = opened(small());
    debate.claim("cold", "", &Nowhere).unwrap();
    let candidates = debate.candidates(&Nowhere);
    let preferred: Vec<&str> = Debate::preferred(&candidates).iter().map(|candidate| candidate.id).collect();
    assert_eq!(preferred, ["guests", "fire"]);
    let mut chosen = std::collections::BTreeSet::new();
    for seed in 0..40 {
        let mut other = opened(begin(motion(SMALL), seed));
        other.claim("cold", "", &Nowhere).unwrap();
        let candidates = other.candidates(&Nowhere);
        let once = other.by_seed(&Debate::preferred(&candidates)).unwrap().id.to_owned();
        assert_eq!(once, other.by_seed(&Debate::preferred(&candidates)).unwrap().id);
        chosen.insert(once);
    }
    assert_eq!(chosen.into_iter().collect::<Vec<_>>(), ["fire", "guests"]);
}

#[test]
fn opinion_and_firmness_move_by_what_is_written() {
    let mut debate = opened(small());
    assert_eq!(debate.opinion(), 10 / 4);
    debate.claim("cold", "", &Nowhere).unwrap();
    assert_eq!(debate.state().opinions["guards"], 8, "the first claim has nothing to answer");
    let events = debate.claim("guests", "", &Nowhere).unwrap();
    assert_eq!(
        events,
        [
            DebateEvent::Opinion { group: "crowd".into(), from: 10, to: -10 },
            DebateEvent::Firmness { seat: Seat::First, from: 70, to: 62 },
        ]
    );
    debate.claim("safe", "", &Nowhere).unwrap();
    assert_eq!((debate.state().opinions["guards"], debate.firmness(Seat::Second)), (18, 30));
    assert_eq!(debate.mood(Seat::Second), "pressed");
    debate.claim("proud", "", &Nowhere).unwrap();
    assert_eq!(debate.state().opinions["guards"], 15, "half of it counts, for it answers nothing");
    assert_eq!(debate.opinion(), (3 * 15 - 14) / 4);
}

#[test]
fn a_debate_ends_by_opinion_by_turns_by_silence_and_when_somebody_leaves() {
    let text = SMALL.replace("turns: 6", "turns: 6, ends: (opinion: 20)");
    let mut debate = opened(begin(motion(&text), 1));
    debate.set("wolves", Value::Bool(true));
    let events = debate.claim("wolf", "", &Nowhere).unwrap();
    let Some(DebateEvent::Decided(verdict)) = events.last() else { panic!("{events:?}") };
    assert_eq!((verdict.winner, verdict.ending, verdict.opinion), (Some(Seat::First), Ending::Opinion, 25));
    assert_eq!(debate.moment(), Moment::Closing { seat: Seat::First, say: "I said so." });
    debate.spoken("").unwrap();
    assert_eq!(debate.moment(), Moment::Over(*verdict), "the second has no closing");
    assert_eq!(debate.verdict_says(), "It stays shut.");
    assert_eq!(debate.spoken(""), Err(DebateError::NotDue { wanted: "an opening or a closing" }));

    let mut debate = opened(small());
    for claim in ["cold", "guests", "safe", "fire"] {
        debate.claim(claim, "", &Nowhere).unwrap();
    }
    debate.silence().unwrap();
    let events = debate.claim("proud", "", &Nowhere).unwrap();
    assert!(matches!(events.last(), Some(DebateEvent::Decided(v)) if v.ending == Ending::Turns), "{events:?}");

    let mut debate = opened(small());
    assert!(debate.silence().unwrap().is_empty());
    let events = debate.silence().unwrap();
    assert!(
        matches!(events[..], [DebateEvent::Decided(v)] if v.ending == Ending::Silence && v.winner == Some(Seat::First))
    );
    let loses = SMALL.replace("turns: 6", "turns: 6, ends: (silence: Loses)");
    let events = opened(begin(motion(&loses), 1)).silence().unwrap();
    assert!(matches!(events[..], [DebateEvent::Decided(v)] if v.winner == Some(Seat::Second)));
    let yields = SMALL.replace("turns: 6", "turns: 6, ends: (gives_in: true)").replace("shakes: 20", "shakes: 99");
    let mut debate = opened(begin(motion(&yields), 1));
    debate.claim("cold", "", &Nowhere).unwrap();
    debate.claim("guests", "", &Nowhere).unwrap();
    let events = debate.claim("safe", "", &Nowhere).unwrap();
    assert!(matches!(events.last(), Some(DebateEvent::Decided(v)) if v.ending == Ending::GaveIn));

    let mut debate = opened(small());
    let verdict = debate.leave().unwrap();
    assert_eq!((verdict.winner, verdict.ending), (None, Ending::Left));
    assert_eq!(debate.leave(), None);
    assert_eq!((debate.moment(), debate.verdict_says()), (Moment::Over(verdict), "It hangs."));
}

#[test]
fn a_claim_is_worded_with_its_words_and_ranked_in_the_layout_of_debates() {
    let text = SMALL
        .replace("say: \"We have guests.\",", "say: \"We have guests.\", must: [[\"guests\"]], must_not: [\"king\"],");
    let mut debate = opened(begin(motion(&text), 3));
    debate.claim("cold", "", &Nowhere).unwrap();
    let composer = Composer::new(debate.stage().clone(), &Templates::default()).unwrap();
    let ask = composer.rank_claims(&debate, &debate.candidates(&Nowhere), &Nowhere).unwrap();
    let Work::Pick { prompt, from, null } = &ask.work else { panic!("{ask:?}") };
    assert_eq!(
        prompt.full(),
        "A gate at dusk.\nMara: dry. Mood: sure.\nOdo: hearty. Mood: pressed.\nDebate: The gate should stay shut.\nMara is for. Odo is against.\n\nMara: Shut it.\nOdo: Open it.\nMara: It is cold out there.\nOdo:"
    );
    assert_eq!((from.len(), null.as_deref()), (3, Some("Odo:")));
    let Composed::Request(request) = composer.claim(&debate, "guests", &Nowhere) else { panic!("no request") };
    let Work::Write { prompt, rules, config, .. } = &request.work else { panic!("{request:?}") };
    assert!(
        prompt.full().ends_with("Odo: hearty. Mood: pressed.\n\nOdo: We have guests.\nOdo, again:"),
        "{}",
        prompt.full()
    );
    assert_eq!((rules.must.clone(), rules.say.as_str()), (vec![vec!["guests".to_owned()]], "We have guests."));
    assert!(rules.must_not.contains(&"king".to_owned()) && rules.labels.contains(&"Mara".to_owned()));
    assert_eq!(request.fallback, "We have guests.");
    let again = composer.claim(&debate, "guests", &Nowhere);
    assert_eq!(again, Composed::Request(request.clone()), "the same words for the same turn");
    debate.claim("guests", "", &Nowhere).unwrap();
    let Composed::Request(later) = composer.claim(&debate, "safe", &Nowhere) else { panic!("no request") };
    let Work::Write { config: other, .. } = &later.work else { panic!("{later:?}") };
    assert_ne!(config.seed, other.seed);
}

/// Takes the debate one step on, as a game without a model would.
fn step(debate: &mut Debate, dice: &mut Dice) {
    match debate.moment() {
        Moment::Claim { .. } => {
            let candidates = debate.candidates(&Nowhere);
            // A side may also do what no seed would.
            let free = dice.chance(30);
            let chosen = if free { candidates.get(dice.below(candidates.len())).copied() } else { None };
            let chosen = chosen.or_else(|| debate.by_seed(&Debate::preferred(&candidates)));
            match chosen.map(|candidate| candidate.id.to_owned()) {
                Some(_) if dice.chance(4) => drop(debate.silence().unwrap()),
                Some(id) => drop(debate.claim(&id, "In other words.", &Nowhere).unwrap()),
                None => drop(debate.silence().unwrap()),
            }
        }
        Moment::Opening { .. } | Moment::Closing { .. } => debate.spoken("").unwrap(),
        Moment::Over(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever a writer puts into a debate: it ends, nobody says a thing twice or contradicts themselves, opinions are
    /// what the claims add up to, refused claims change nothing, and a save in between changes nothing.
    #[test]
    fn a_debate_keeps_its_rules_and_ends(seed in any::<u64>()) {
        let motion = Arc::new(random(seed));
        let mut dice = Dice::new(seed ^ 7);
        let mut debate = Debate::new(motion.clone(), None, seed).unwrap();
        let mut steps = 0;
        while !matches!(debate.moment(), Moment::Over(_)) {
            steps += 1;
            prop_assert!(steps < 64, "it does not end");
            let before = debate.state().clone();
            for claim in motion.claims.ids().chain(["c999"]) {
                let open = debate.candidates(&Nowhere).iter().any(|candidate| candidate.id == claim);
                if !open {
                    prop_assert!(debate.clone().claim(claim, "x", &Nowhere).is_err());
                    prop_assert!(debate.claim(claim, "x", &Nowhere).is_err());
                }
            }
            prop_assert_eq!(debate.state(), &before);
            if dice.chance(30) {
                let saved = DebateState::from_text(&debate.state().to_text().unwrap()).unwrap();
                prop_assert_eq!(&saved, debate.state());
                let (resumed, lost) = Debate::resume(motion.clone(), None, saved).unwrap();
                prop_assert_eq!(lost, []);
                prop_assert_eq!(resumed.state(), debate.state());
                debate = resumed;
            }
            step(&mut debate, &mut dice);
            prop_assert_eq!(faults(&debate), Vec::<String>::new());
            prop_assert_eq!(&debate.state().opinions, &opinions(&debate));
            prop_assert!(debate.state().firmness.iter().all(|firmness| (0..=100).contains(firmness)));
            prop_assert!((-100..=100).contains(&debate.opinion()));
        }
        prop_assert!(debate.state().turn <= motion.turns.max(1));
        prop_assert!(debate.candidates(&Nowhere).is_empty());
        prop_assert_eq!(debate.silence(), Err(DebateError::NotDue { wanted: "a silence" }));
    }

    /// A damaged save is an error or a state that can go on, never a panic.
    #[test]
    fn a_damaged_save_is_no_panic(seed in any::<u64>(), at in any::<u16>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut debate = small();
        let mut dice = Dice::new(seed);
        for _ in 0..dice.below(9) {
            step(&mut debate, &mut dice);
        }
        let mut text = debate.state().to_text().unwrap().into_bytes();
        let at = at as usize % text.len();
        if cut { text.truncate(at) } else { text[at] = byte }
        if let Ok(state) = DebateState::from_text(&String::from_utf8_lossy(&text))
            && let Ok((mut debate, _)) = Debate::resume(Arc::new(motion(SMALL)), None, state)
        {
            for _ in 0..40 {
                step(&mut debate, &mut dice);
            }
            prop_assert!(matches!(debate.moment(), Moment::Over(_)));
        }
    }
}

#[test]
fn the_second_look_finds_what_is_wrong() {
    let motion = motion(SMALL);
    let (a, b) = (Seat::First, Seat::Second);
    assert_eq!(faults_of(&motion, &[(a, "cold"), (b, "guests"), (a, "safe"), (b, "proud")]), Vec::<String>::new());
    for (said, count) in [
        (vec![(a, "cold"), (b, "fire"), (a, "cold")], 1),
        (vec![(a, "safe"), (b, "fire"), (a, "fear")], 1),
        (vec![(a, "cold"), (b, "guests"), (a, "grant"), (b, "fire"), (a, "safe")], 1),
        (vec![(a, "grant")], 1),
        (vec![(b, "cold")], 1),
        (vec![(a, "nothing")], 1),
    ] {
        assert_eq!(faults_of(&motion, &said).len(), count, "{said:?}");
    }
}

#[test]
fn a_save_of_a_debate_that_has_changed_goes_on() {
    let mut debate = opened(small());
    debate.claim("cold", "", &Nowhere).unwrap();
    debate.claim("guests", "", &Nowhere).unwrap();
    let saved = debate.state().clone();
    let changed =
        SMALL.replace("\"guests\"", "\"visitors\"").replace("\"crowd\"", "\"market\"").replace("wolves", "bears");
    let (later, lost) = Debate::resume(Arc::new(motion(&changed)), None, saved.clone()).unwrap();
    let lost: Vec<String> = lost.iter().map(ToString::to_string).collect();
    assert_eq!(lost.len(), 3, "{lost:?}");
    assert!(lost[0].contains("'guests'") && lost[1].contains("'crowd'") && lost[2].contains("'wolves'"), "{lost:?}");
    assert_eq!((later.state().opinions["market"], later.state().opinions["guards"]), (10, 8));
    assert_eq!(later.claims_of(Seat::Second).count(), 0);

    let other = DebateState { debate: "large".into(), ..saved.clone() };
    assert!(matches!(Debate::resume(Arc::new(motion(SMALL)), None, other), Err(DebateError::Other { .. })));
    let newer = DebateState { format: 9, ..saved.clone() };
    assert_eq!(DebateState::from_text(&newer.to_text().unwrap()), Err(DebateError::Newer { format: 9, newest: 1 }));
    let mut twice = saved.clone();
    twice.said.push(twice.said[2].clone());
    let mut early = saved.clone();
    early.phase = Phase::Over;
    let mut far = saved.clone();
    far.opinions.insert("guards".into(), 700);
    let mut endless = saved.clone();
    endless.said = vec![saved.said[0].clone(); 5000];
    for broken in [
        twice,
        early,
        far,
        endless,
        DebateState { turn: 0, ..saved.clone() },
        DebateState { firmness: [0, 101], ..saved },
    ] {
        let error = Debate::resume(Arc::new(motion(SMALL)), None, broken).unwrap_err();
        assert!(matches!(error, DebateError::Damaged(_)), "{error}");
    }
}

#[test]
fn conditions_may_ask_what_has_been_said() {
    let text = SMALL
        .replace("say: \"We have a fire.\",", "say: \"We have a fire.\", when: \"seen(guests) and not seen(safe)\",");
    let mut debate = opened(begin(motion(&text), 1));
    debate.claim("cold", "", &Nowhere).unwrap();
    assert_eq!(ids(&debate, &Nowhere), ["guests", "proud"]);
    debate.claim("guests", "", &Nowhere).unwrap();
    debate.claim("fear", "", &Nowhere).unwrap();
    assert_eq!(ids(&debate, &Nowhere), ["fire", "proud"]);
    assert!(matches!(&debate.state().said[2].what, What::Claim(id) if id == "cold"));
    assert!(debate.environment(&Nowhere).seen("cold") && debates::mood(&debate).is_none());
}
