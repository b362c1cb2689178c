//! Rumors travel, change only as their writer allows, and can be traced; the same from the same seed.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;
use raconteur_core::judge::words;
use raconteur_core::rumors::{
    Form, Hole, Meetings, Person, Relation, RumorSettings, Rumors, RumorsError, Tale, TaleError,
};

const BELL: &str = r#"(id: "bell",
    says: ["{sure} the old bell was carried to {place} by {men} men{when}.",
           "The old bell? {men} men took it to {place}{when}, {sure} so."],
    holes: {
        "men": Number(of: 3, most: 60, grows: 50), "place": OneOf(["the mill", "the mine", "the far bank"]),
        "when": Detail(" by night") },
    keep: ["bell", "old"], sure: ["some say", "they say", "everybody knows"], drift: 0.9)"#;
const NO_BELL: &str = r#"(id: "no_bell", says: ["The bell never left the tower: {sure}."], sure: ["I hear", "I saw it"],
    keep: ["bell", "tower"], against: Some("bell"))"#;

fn tale(source: &str) -> Tale {
    ron::from_str(source).unwrap()
}

fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn share(state: &mut u64) -> f32 {
    draw(state) as f32 / (1_u64 << 31) as f32
}

/// People and relations by chance.
fn village(seed: u64, people: u32) -> (Vec<Person>, Vec<Relation>) {
    let mut state = seed;
    let mut all = Vec::new();
    let mut relations = Vec::new();
    for from in 0..people {
        let (talkative, credulous) = (0.4 + 0.6 * share(&mut state), share(&mut state));
        all.push(Person { talkative, credulous, careful: 0.3 * share(&mut state) });
        for _ in 0..4 {
            let to = (draw(&mut state) % u64::from(people)) as u32;
            relations.push(Relation { from, to, trust: share(&mut state), closeness: share(&mut state) });
        }
    }
    (all, relations)
}

fn mill(seed: u64, people: u32) -> Rumors {
    let (all, relations) = village(seed, people);
    let settings = RumorSettings { sociable: 0.7, tells_at: 0.02, ..RumorSettings::default() };
    let mut rumors = Rumors::new(seed, &all, &relations, settings);
    rumors.add(tale(BELL)).unwrap();
    rumors.add(tale(NO_BELL)).unwrap();
    rumors.start(0, 0, 1.0).unwrap();
    rumors
}

fn go(rumors: &mut Rumors, ticks: u64) {
    let mut meetings = Meetings::default();
    for _ in 0..ticks {
        rumors.meetings_by_chance(&mut meetings);
        rumors.tick(&meetings);
    }
}

fn pair(people: &[u32]) -> Meetings {
    let mut meetings = Meetings::default();
    meetings.push(people, true);
    meetings
}

/// People who always talk, believe and trust.
fn friends(count: u32) -> Rumors {
    let all = vec![Person { talkative: 1.0, credulous: 1.0, careful: 0.0 }; count as usize];
    let mut relations = Vec::new();
    for from in 0..count {
        relations.extend((0..count).map(|to| Relation { from, to, trust: 0.5, closeness: 1.0 }));
    }
    let mut rumors = Rumors::new(1, &all, &relations, RumorSettings { strangers: 0.0, ..RumorSettings::default() });
    rumors.add(tale(BELL)).unwrap();
    rumors.add(tale(NO_BELL)).unwrap();
    rumors
}

/// One person tells the tale to another, whatever is drawn.
fn tells(rumors: &mut Rumors, teller: u32, listener: u32, tale: u32) {
    rumors.say(teller, &[listener], tale, true).unwrap();
    rumors.tick(&Meetings::default());
}

#[test]
fn a_rumor_goes_from_mouth_to_mouth_and_can_be_traced() {
    let mut rumors = friends(4);
    rumors.start(0, 0, 0.9).unwrap();
    assert_eq!(rumors.say(1, &[2], 0, true).unwrap_err(), RumorsError::NotHeard { who: 1, tale: 0 });
    for teller in 0..3 {
        tells(&mut rumors, teller, teller + 1, 0);
        let telling = rumors.tellings()[0];
        assert_eq!((telling.teller, telling.hop, telling.overheard), (teller, teller + 1, true));
        assert_eq!(rumors.listeners(&telling), [teller + 1]);
        assert_eq!(rumors.form(teller + 1, 0), Some(telling.form));
    }
    assert_eq!(rumors.who_told(3, 0), Some(2));
    assert_eq!((rumors.who_told(0, 0), rumors.who_told(2, 1)), (None, None));
    let way: Vec<(u32, u64, u32)> = rumors.provenance(3, 0).iter().map(|hop| (hop.who, hop.at, hop.hops)).collect();
    assert_eq!(way, [(3, 3, 3), (2, 2, 2), (1, 1, 1), (0, 0, 0)]);
    assert!(rumors.provenance(3, 1).is_empty());
}

#[test]
fn independent_sources_add_up_and_echoes_do_not() {
    let mut rumors = friends(6);
    // The origins have it by themselves; the listener is 5.
    for origin in [0, 1] {
        rumors.start(origin, 0, 1.0).unwrap();
    }
    tells(&mut rumors, 0, 5, 0);
    let once = rumors.belief(5, 0);
    assert!((0.25..0.55).contains(&once), "{once}");
    tells(&mut rumors, 0, 5, 0);
    let again = rumors.belief(5, 0);
    tells(&mut rumors, 1, 5, 0);
    let two = rumors.belief(5, 0);
    assert!(again > once && two - again > 1.5 * (again - once), "{once} {again} {two}");
    // 2 has it from 5, so that 5 learns nothing from 2.
    tells(&mut rumors, 5, 2, 0);
    tells(&mut rumors, 2, 5, 0);
    assert_eq!(rumors.belief(5, 0), two);
    // 3 has it from 0, whom 5 has heard already.
    tells(&mut rumors, 0, 3, 0);
    tells(&mut rumors, 3, 5, 0);
    assert!(rumors.belief(5, 0) > two && rumors.belief(5, 0) < two + (1.0 - two) * 0.2);
    // A stranger is not trusted at all here.
    assert_eq!(rumors.belief(4, 0), 0.0);
}

#[test]
fn a_disproof_travels_and_beliefs_fall() {
    let mut rumors = friends(5);
    rumors.start(0, 0, 1.0).unwrap();
    tells(&mut rumors, 0, 1, 0);
    tells(&mut rumors, 0, 2, 0);
    let (one, two) = (rumors.belief(1, 0), rumors.belief(2, 0));
    // 3 looks into the tower. 0, who made the tale up, is told and tells on; 1 sees for themselves.
    rumors.witness(3, 1, 1.0).unwrap();
    tells(&mut rumors, 3, 2, 1);
    assert!(rumors.belief(2, 1) > 0.1 && rumors.belief(2, 0) < two, "the disproof was heard");
    rumors.witness(1, 1, 0.95).unwrap();
    assert!(rumors.belief(1, 0) <= 0.0501 && rumors.belief(1, 0) < one);
    // Own evidence is not moved by hearsay.
    let sees = rumors.belief(1, 1);
    tells(&mut rumors, 0, 1, 0);
    assert_eq!(rumors.belief(1, 1), sees);
    assert!(rumors.belief(1, 0) < 0.1, "{}", rumors.belief(1, 0));
    // Whoever does not believe it does not tell it on.
    let mut meetings = Meetings::default();
    meetings.push(&[1, 4], false);
    for _ in 0..200 {
        rumors.tick(&meetings);
        assert!(rumors.tellings().iter().all(|telling| telling.tale == 1 || telling.teller != 1));
    }
    assert!(rumors.belief(4, 1) > 0.0);
}

#[test]
fn interest_fades_and_what_is_old_is_not_told() {
    let mut rumors = friends(2);
    rumors.start(0, 0, 1.0).unwrap();
    assert!((rumors.interest(0, 0) - 0.8).abs() < 1e-6);
    for _ in 0..200 {
        rumors.tick(&Meetings::default());
    }
    assert!((rumors.interest(0, 0) - 0.4).abs() < 1e-3, "half of it after the half-life");
    for _ in 0..1200 {
        rumors.tick(&Meetings::default());
    }
    for _ in 0..200 {
        assert!(rumors.tick(&pair(&[0, 1])).is_empty());
    }
}

#[test]
fn the_player_tells_and_it_is_worded() {
    let mut rumors = friends(3);
    assert_eq!(rumors.start(3, 0, 1.0).unwrap_err(), RumorsError::NoSuchPerson(3));
    assert_eq!(rumors.start(0, 9, 1.0).unwrap_err(), RumorsError::NoSuchTale("9".to_owned()));
    let made_up = r#"(id: "goat", says: ["The goat of {who} can count to {n}."], keep: ["goat"],
        holes: { "who": OneOf(["Sarre", "Pell"]), "n": Number(of: 9, most: 99, grows: 10) }, drift: 0.0)"#;
    let goat = rumors.add(tale(made_up)).unwrap();
    rumors.start(0, goat, 0.0).unwrap();
    // Told although the player does not believe it.
    let told = (0..50).any(|_| rumors.tick(&pair(&[0, 1])).iter().any(|telling| telling.tale == goat));
    assert!(told && rumors.belief(1, goat) > 0.0 && rumors.belief(0, goat) == 0.0);
    tells(&mut rumors, 1, 2, goat);
    let telling = rumors.tellings()[0];
    let worded = rumors.retelling(&telling, 0.4);
    assert_eq!(worded.text, "The goat of Sarre can count to 9.");
    assert_eq!((worded.keep.len(), worded.drift), (3, 0.4));
    for word in ["goat", "Sarre", "9"] {
        assert!(worded.keep.iter().any(|keep| keep == word), "{:?}", worded.keep);
    }
    assert_eq!(rumors.strayed(goat, telling.form), 0.0);
}

#[test]
fn a_tale_that_could_lose_a_word_is_refused() {
    let bad = |change: &dyn Fn(&mut Tale)| {
        let mut changed = tale(BELL);
        change(&mut changed);
        let mut rumors = friends(0);
        changed.id = "other".to_owned();
        rumors.add(changed).unwrap_err()
    };
    assert!(matches!(bad(&|tale| tale.keep.push("mill".to_owned())), TaleError::NotKept { .. }), "only in a hole");
    assert!(matches!(bad(&|tale| tale.keep.push("carried".to_owned())), TaleError::NotKept { .. }), "not in all");
    assert!(matches!(bad(&|tale| tale.says[0] = "The old bell{men}.".to_owned()), TaleError::Glued { .. }));
    assert!(matches!(bad(&|tale| tale.says[0] = "The old bell{when}s.".to_owned()), TaleError::Glued { .. }));
    assert!(matches!(bad(&|tale| tale.says[0] = "The old bell {why}.".to_owned()), TaleError::NoSuchHole { .. }));
    assert!(matches!(bad(&|tale| tale.says[0] = "The old bell {men".to_owned()), TaleError::NoSuchHole { .. }));
    assert!(matches!(bad(&|tale| tale.sure.clear()), TaleError::NoSuchHole { .. }));
    assert!(matches!(bad(&|tale| tale.says.clear()), TaleError::NoWording { .. }));
    assert!(matches!(bad(&|tale| tale.drift = f32::NAN), TaleError::BadNumber { .. }));
    assert!(matches!(bad(&|tale| tale.half_life = 0.0), TaleError::BadNumber { .. }));
    assert!(matches!(bad(&|tale| tale.against = Some("x".to_owned())), TaleError::NoSuchTale { .. }));
    let hole = |hole: Hole| bad(&|tale| _ = tale.holes.insert("place".to_owned(), hole.clone()));
    assert!(matches!(hole(Hole::OneOf(Vec::new())), TaleError::EmptyHole { .. }));
    assert!(matches!(hole(Hole::Number { of: 2, most: 1, grows: 1 }), TaleError::EmptyHole { .. }));
    let many = |tale: &mut Tale| tale.holes.extend((0..9).map(|n| (n.to_string(), Hole::Detail(" x".to_owned()))));
    assert!(matches!(bad(&many), TaleError::TooManyHoles { .. }));
    assert!(matches!(friends(1).add(tale(BELL)), Err(TaleError::Twice { .. })));
}

#[test]
fn a_bad_save_is_refused_with_a_reason() {
    let mut rumors = mill(3, 12);
    go(&mut rumors, 60);
    let text = rumors.to_text().unwrap();
    let fresh = || mill(3, 12);
    for end in (0..text.len()).step_by(97) {
        assert!(matches!(fresh().load_text(&text[..end]), Err(RumorsError::Damaged(_))), "{end}");
    }
    let newer = text.replacen("format:1", "format:7", 1);
    assert_eq!(fresh().load_text(&newer), Err(RumorsError::Newer { format: 7, newest: 1 }));
    assert!(matches!(mill(3, 11).load_text(&text), Err(RumorsError::Damaged(_))));

    let data = rumors.data();
    let one = data.rows.iter().position(|row| row.from != row.who).unwrap();
    let spoilt = |change: &dyn Fn(&mut raconteur_core::rumors::SavedRow)| {
        let mut data = data.clone();
        change(&mut data.rows[one]);
        let mut loaded = fresh();
        let result = loaded.load(&data);
        if result.is_err() {
            assert_eq!(loaded.data(), fresh().data(), "an error changes nothing");
        }
        result
    };
    assert!(spoilt(&|_| ()).is_ok());
    let changes: [&dyn Fn(&mut raconteur_core::rumors::SavedRow); 9] = [
        &|row| row.belief = 1.5,
        &|row| row.belief = f32::NAN,
        &|row| row.interest = -0.1,
        &|row| row.who = 12,
        &|row| row.from = 99,
        &|row| row.tale = 5,
        &|row| row.at = u64::MAX,
        &|row| row.hops = 0,
        // A circle: who told it heard it later.
        &|row| row.at = 0,
    ];
    for (at, change) in changes.iter().enumerate() {
        assert!(matches!(spoilt(*change), Err(RumorsError::Damaged(_))), "{at}");
    }
    let mut twice = data.clone();
    twice.rows.push(twice.rows[one].clone());
    assert!(fresh().load(&twice).is_err());
    let mut huge = data.clone();
    huge.rows = vec![huge.rows[0].clone(); 12 * 2 + 1];
    assert!(matches!(fresh().load(&huge), Err(RumorsError::TooMany { .. })));

    // A tale that is gone is dropped with a note; a list that is shorter now is fitted.
    let (all, relations) = village(3, 12);
    let mut less = Rumors::new(3, &all, &relations, RumorSettings::default());
    let mut short = tale(BELL);
    short.holes.insert("place".to_owned(), Hole::OneOf(vec!["the mill".to_owned()]));
    less.add(short).unwrap();
    let gone = less.load(&data).unwrap();
    assert_eq!(gone, ["no_bell"]);
    for who in 0..12 {
        if let Some(form) = less.form(who, 0) {
            assert!(less.words(0, form, who).contains("the mill"));
        }
    }
}

/// Whether one telling may make the one form of the other: at most one change, of its type.
fn one_change(before: Form, after: Form) -> bool {
    // Holes by name: men, place, when.
    let mut changes = 0;
    let pairs = || before.values.iter().zip(&after.values).enumerate();
    for (at, (&old, &new)) in pairs().filter(|(_, (old, new))| old != new) {
        changes += 1;
        let grown = old.max(1) + (old / 2).max(1);
        let right = match at {
            0 => new > old && new <= grown.min(60),
            1 => new < 3,
            2 => old == 0 && new == 1,
            _ => false,
        };
        if !right {
            return false;
        }
    }
    if after.sure != before.sure {
        changes += 1;
        if after.sure != before.sure + 1 || after.sure > 2 {
            return false;
        }
    }
    changes <= 1
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nobody_believes_what_nobody_told(seed: u64, people in 2..40_u32, ticks in 1..120_u64) {
        let mut rumors = mill(seed, people);
        if seed % 2 == 0 {
            rumors.witness(people - 1, 1, 0.9).unwrap();
        }
        let mut heard: HashSet<(u32, u32)> = HashSet::from([(0, 0)]);
        if seed % 2 == 0 {
            heard.insert((people - 1, 1));
        }
        let mut held: BTreeMap<(u32, u32), Form> = BTreeMap::new();
        let mut meetings = Meetings::default();
        for _ in 0..ticks {
            rumors.meetings_by_chance(&mut meetings);
            let before = heard.clone();
            rumors.tick(&meetings);
            for telling in rumors.tellings() {
                prop_assert!(before.contains(&(telling.teller, telling.tale)), "told without having heard");
                heard.extend(rumors.listeners(telling).iter().map(|&who| (who, telling.tale)));
                if telling.tale == 0 {
                    prop_assert!(one_change(telling.before, telling.form), "{telling:?}");
                }
                // What is kept stands in every telling, whoever tells it.
                let spoken = words::words(&rumors.words(telling.tale, telling.form, telling.teller));
                let keep: &[&str] = if telling.tale == 0 { &["bell", "old"] } else { &["bell", "tower"] };
                for word in keep {
                    prop_assert!(words::contains(&spoken, word), "{word} in {spoken:?}");
                }
            }
            for who in 0..people {
                for tale in 0..2 {
                    let belief = rumors.belief(who, tale);
                    prop_assert!((0.0..=1.0).contains(&belief));
                    prop_assert!(belief == 0.0 || heard.contains(&(who, tale)), "{who} believes {tale}");
                    prop_assert_eq!(rumors.form(who, tale).is_some(), heard.contains(&(who, tale)));
                    // What was heard first stays, so that the record explains it.
                    if let Some(form) = rumors.form(who, tale) {
                        prop_assert_eq!(*held.entry((who, tale)).or_insert(form), form);
                    }
                }
            }
        }
    }

    #[test]
    fn every_way_ends_at_an_origin_without_a_circle(seed: u64, people in 2..40_u32, ticks in 1..150_u64) {
        let mut rumors = mill(seed, people);
        go(&mut rumors, ticks);
        for who in 0..people {
            let way = rumors.provenance(who, 0);
            prop_assert_eq!(way.is_empty(), rumors.form(who, 0).is_none());
            for pair in way.windows(2) {
                prop_assert!(pair[1].at < pair[0].at && pair[1].hops + 1 == pair[0].hops);
                prop_assert!(one_change(pair[1].form, pair[0].form));
            }
            let people: HashSet<u32> = way.iter().map(|hop| hop.who).collect();
            prop_assert_eq!(people.len(), way.len());
            if let Some(origin) = way.last() {
                prop_assert_eq!((origin.who, origin.hops), (0, 0));
            }
        }
    }

    #[test]
    fn a_save_in_the_middle_changes_nothing(seed: u64, people in 2..30_u32, before in 0..60_u64, after in 0..60_u64) {
        let mut whole = mill(seed, people);
        go(&mut whole, before);
        whole.say(0, &[people - 1, 1], 0, true).unwrap();
        let (all, relations) = village(seed, people);
        let mut loaded = Rumors::new(0, &all, &relations, whole.settings);
        loaded.add(tale(BELL)).unwrap();
        loaded.add(tale(NO_BELL)).unwrap();
        prop_assert!(loaded.load_text(&whole.to_text().unwrap()).unwrap().is_empty());
        go(&mut whole, after);
        go(&mut loaded, after);
        prop_assert_eq!(whole.data(), loaded.data());
        prop_assert!(after == 0 || whole.tellings() == loaded.tellings());
    }

    #[test]
    fn the_order_of_meetings_and_relations_does_not_matter(seed: u64, people in 3..30_u32) {
        let (all, relations) = village(seed, people);
        let settings = RumorSettings { tells_at: 0.02, ..RumorSettings::default() };
        let mut turned = relations.clone();
        turned.reverse();
        let make = |relations: &[Relation]| {
            let mut rumors = Rumors::new(seed, &all, relations, settings);
            rumors.add(tale(BELL)).unwrap();
            rumors.start(0, 0, 1.0).unwrap();
            rumors
        };
        let (mut one, mut other) = (make(&relations), make(&turned));
        let mut state = seed;
        for _ in 0..40 {
            let mut groups: Vec<Vec<u32>> = Vec::new();
            for _ in 0..1 + draw(&mut state) % 6 {
                let size = 2 + draw(&mut state) % 3;
                groups.push((0..size).map(|_| (draw(&mut state) % u64::from(people)) as u32).collect());
            }
            let (mut there, mut back) = (Meetings::default(), Meetings::default());
            groups.iter().for_each(|group| there.push(group, false));
            for group in groups.iter().rev() {
                let reversed: Vec<u32> = group.iter().rev().copied().collect();
                back.push(&reversed, false);
            }
            one.tick(&there);
            other.tick(&back);
            prop_assert_eq!(one.data(), other.data());
        }
    }
}
