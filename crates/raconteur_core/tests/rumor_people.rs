//! People who come and go while rumors travel, and what a model is asked for a telling outside a story.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use proptest::prelude::*;
use raconteur_core::compose::Talk;
use raconteur_core::generate::Priority;
use raconteur_core::persona::Persona;
use raconteur_core::request::{Turn, Work};
use raconteur_core::rumors::{
    Answers, Book, Meetings, Person, Relation, Retelling, RumorSettings, Rumors, RumorsError, Tale,
};
use raconteur_core::story::format::Policy;
use raconteur_core::template::Templates;

const BELL: &str = r#"(id: "bell", says: ["{sure} that the bell was carried off by {men} men.", "The bell? {men} men took it, {sure}."],
    holes: { "men": Number(of: 3, most: 60, grows: 50) }, keep: ["bell"], sure: ["some say", "they say"], drift: 0.9)"#;
const NO_BELL: &str =
    r#"(id: "no_bell", says: ["The bell hangs in its tower."], keep: ["bell"], against: Some("bell"))"#;

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

fn people(state: &mut u64, count: u32) -> Vec<Person> {
    let one = |state: &mut u64| Person { talkative: 0.5 + 0.5 * share(state), credulous: share(state), careful: 0.1 };
    (0..count).map(|_| one(state)).collect()
}

fn relations(state: &mut u64, count: u32) -> Vec<Relation> {
    let mut all = Vec::new();
    for from in 0..count {
        for _ in 0..4 {
            let to = (draw(state) % u64::from(count)) as u32;
            all.push(Relation { from, to, trust: share(state), closeness: share(state) });
        }
    }
    all
}

fn settings() -> RumorSettings {
    RumorSettings { tells_at: 0.02, ..RumorSettings::default() }
}

fn with_tales(mut rumors: Rumors) -> Rumors {
    rumors.add(tale(BELL)).unwrap();
    rumors.add(tale(NO_BELL)).unwrap();
    rumors
}

/// Meetings by chance of the first `count` people.
fn meet(state: &mut u64, count: u32) -> Meetings {
    let mut meetings = Meetings::default();
    for _ in 0..count {
        let group: Vec<u32> = (0..3).map(|_| (draw(state) % u64::from(count)) as u32).collect();
        meetings.push(&group, false);
    }
    meetings
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whoever comes later is as good as somebody who was away so far.
    #[test]
    fn newcomers_are_like_people_who_were_away(seed: u64, few in 3..12_u32, more in 1..8_u32) {
        let mut state = seed;
        let (all, near) = (people(&mut state, few + more), relations(&mut state, few + more));
        let mut early = with_tales(Rumors::new(seed, &all, &near, settings()));
        (few..few + more).for_each(|who| early.set_present(who, false));
        let mut late = with_tales(Rumors::new(seed, &all[..few as usize], &near, settings()));
        for rumors in [&mut early, &mut late] {
            rumors.start(0, 0, 1.0).unwrap();
            rumors.witness(1, 1, 0.8).unwrap();
        }
        for tick in 0..40 {
            if tick == 15 {
                (few..few + more).for_each(|who| early.set_present(who, true));
                prop_assert_eq!(late.add_people(&all[few as usize..]), few);
                for from in 0..few + more {
                    let own: Vec<Relation> = near.iter().filter(|row| row.from == from).copied().collect();
                    late.relate(from, &own);
                    prop_assert_eq!(early.relations_of(from), late.relations_of(from));
                }
            }
            // Before they come, a meeting with them is a meeting without them.
            let meetings = meet(&mut state, if tick < 15 { few } else { few + more });
            early.tick(&meetings);
            late.tick(&meetings);
            prop_assert_eq!(early.tellings(), late.tellings());
        }
        prop_assert_eq!(early.data(), late.data());
    }

    /// What is told of the movements of beliefs is all there is.
    #[test]
    fn the_shifts_add_up_to_the_beliefs(seed: u64, count in 3..10_u32) {
        let mut state = seed;
        let (all, near) = (people(&mut state, count), relations(&mut state, count));
        let mut rumors = with_tales(Rumors::new(seed, &all, &near, settings()));
        let mut beliefs = vec![[0.0_f32; 2]; count as usize];
        for tick in 0..60 {
            match tick {
                1 => rumors.start(0, 0, 0.9).unwrap(),
                20 => rumors.witness(count - 1, 1, 0.7).unwrap(),
                30 => rumors.witness(0, 0, 0.4).unwrap(),
                _ => {}
            }
            let mut shifts = rumors.take_shifts();
            let meetings = meet(&mut state, count);
            rumors.tick(&meetings);
            shifts.extend(rumors.take_shifts());
            for shift in shifts {
                let belief = &mut beliefs[shift.who as usize][shift.tale as usize];
                prop_assert_eq!(*belief, shift.from);
                prop_assert!(shift.from != shift.to && (0.0..=1.0).contains(&shift.to));
                *belief = shift.to;
            }
        }
        for (who, beliefs) in beliefs.iter().enumerate() {
            for (tale, &belief) in beliefs.iter().enumerate() {
                prop_assert_eq!(belief, rumors.belief(who as u32, tale as u32));
            }
        }
    }
}

#[test]
fn who_is_away_neither_tells_nor_hears_and_stays_on_the_way() {
    let talker = Person { talkative: 1.0, credulous: 1.0, careful: 1.0 };
    let near = |from, to| Relation { from, to, trust: 0.9, closeness: 1.0 };
    let near: Vec<Relation> = (0..4).flat_map(|from| (0..4).map(move |to| near(from, to))).collect();
    let mut rumors = with_tales(Rumors::new(3, &[talker; 4], &near, settings()));
    rumors.start(0, 0, 1.0).unwrap();
    rumors.say(0, &[1, 3], 0, false).unwrap();
    rumors.set_present(3, false);
    rumors.tick(&Meetings::default());
    let telling = rumors.tellings()[0];
    assert_eq!(rumors.listeners(&telling), [1], "3 is away");
    assert_eq!(rumors.form(3, 0), None);
    rumors.say(1, &[2], 0, false).unwrap();
    rumors.tick(&Meetings::default());
    rumors.set_present(1, false);
    rumors.say(1, &[2], 0, false).unwrap();
    let mut meetings = Meetings::default();
    meetings.push(&[1, 2], true);
    for _ in 0..50 {
        rumors.tick(&meetings);
        assert!(rumors.tellings().is_empty(), "who is away is not met, and nobody is left to talk to");
    }
    let mut by_chance = Meetings::default();
    for _ in 0..50 {
        rumors.meetings_by_chance(&mut by_chance);
        assert!(by_chance.iter().all(|(people, _)| !people.contains(&1) && !people.contains(&3)));
        rumors.tick(&Meetings::default());
    }
    let way: Vec<u32> = rumors.provenance(2, 0).iter().map(|hop| hop.who).collect();
    assert_eq!(way, [2, 1, 0], "they had told it all the same");
    rumors.set_present(1, true);
    assert!(rumors.is_present(1) && !rumors.is_present(3) && !rumors.is_present(9));
}

#[test]
fn tales_are_replaced_and_what_was_heard_stays() {
    let mut rumors = with_tales(Rumors::new(3, &[Person::default(); 2], &[], settings()));
    rumors.start(0, 0, 1.0).unwrap();
    rumors.say(0, &[1], 0, false).unwrap();
    rumors.tick(&Meetings::default());
    let before = rumors.data();
    let broken = tale(r#"(id: "bell", says: ["No word of it."], keep: ["bell"])"#);
    assert!(matches!(rumors.replace_tales(vec![broken]), Err(RumorsError::Tale(_))));
    assert_eq!(rumors.data(), before, "a broken reload changes nothing");
    let other = tale(r#"(id: "wolf", says: ["A wolf is about."])"#);
    let gone = rumors.replace_tales(vec![other, tale(BELL)]).unwrap();
    assert_eq!(gone, ["no_bell"]);
    assert_eq!((rumors.place("wolf"), rumors.place("bell"), rumors.tales()), (Some(0), Some(1), 2));
    assert_eq!((rumors.who_told(1, 1), rumors.form(1, 0)), (Some(0), None));
    assert_eq!(rumors.tale(1).unwrap().id, "bell");
}

#[test]
fn a_telling_outside_a_story_is_asked_for_with_its_limits() {
    let persona = Persona::new("Odo", "smith; loud");
    let policy = Policy::default();
    let history = [Turn { who: "Mara".into(), text: "Some say that the bell was carried off by 3 men.".into() }];
    let talk = Talk {
        persona: &persona,
        setting: "The market, at noon.",
        facts: &["The smith drinks.".to_owned()],
        history: &history,
        said: &[],
        listener: "",
        heard: None,
        goal: "",
        must: &[],
        must_not: &[],
        policy: &policy,
        fallback: "never shown",
        priority: Priority::Ambient,
        seed: 7,
    };
    let text = "They say that the bell was carried off by 12 men.".to_owned();
    let telling = Retelling { text: text.clone(), keep: vec!["bell".into(), "12".into()], drift: 0.4 };
    let request = talk.retell(&telling, &Templates::default());
    assert_eq!(request.fallback, text);
    let prompt = request.prompt().full();
    assert!(prompt.contains(&text) && !prompt.contains("drinks") && prompt.ends_with("Odo:"), "{prompt}");
    let Work::Write { rules, .. } = &request.work else { panic!("a telling is written") };
    assert_eq!(rules.must, [["bell"], ["12"]]);
    let near = rules.near.as_ref().unwrap();
    assert_eq!((near.text.as_str(), near.most), (text.as_str(), 0.4));
    assert_eq!(talk.retell(&telling, &Templates::default()), request, "the same again");
}

#[test]
fn at_a_place_only_those_meet_who_are_there_and_their_order_does_not_matter() {
    let mut state = 5;
    let (all, near) = (people(&mut state, 30), relations(&mut state, 30));
    let mut rumors = Rumors::new(5, &all, &near, RumorSettings { sociable: 0.6, ..settings() });
    rumors.set_present(4, false);
    let mut met = 0;
    for _ in 0..20 {
        let (mut one, mut other) = (Meetings::default(), Meetings::default());
        rumors.meetings_at(1, &[2, 9, 4, 17, 21], &mut one);
        rumors.meetings_at(1, &[21, 4, 17, 2, 9, 9, 99], &mut other);
        assert_eq!(one, other);
        assert!(one.iter().all(|(pair, _)| pair.iter().all(|who| [2, 9, 17, 21].contains(who))));
        met += one.len();
        rumors.tick(&one);
    }
    assert!(met > 20, "{met}");
    let mut alone = Meetings::default();
    rumors.meetings_at(1, &[2, 4], &mut alone);
    assert!(alone.is_empty());
}

#[test]
fn a_file_of_tales_is_read_and_its_mistakes_have_places() {
    let book = Book::from_ron(&format!("(tales: [{BELL}, {NO_BELL}])")).unwrap();
    assert_eq!(book.tales.len(), 2);
    assert_eq!(book.answers, Answers::default());
    let short = Book::from_ron(r#"(tales: [(id: "a", says: ["A."]), (id: "b", says: ["B."], against: "a")])"#).unwrap();
    assert_eq!(short.tales[1].against.as_deref(), Some("a"), "Some( ) may be left out");
    let broken = |text: &str| Book::from_ron(text).unwrap_err().to_string();
    let misspelt = broken("(tales: [\n (id: \"a\", sayz: [\"A.\"]),\n])");
    assert!(misspelt.starts_with("2:") && misspelt.contains("sayz"), "{misspelt}");
    assert!(broken("(tales: [").contains("bracket"));
    assert!(broken(r#"(tales: [(id: "a", says: [])])"#).contains("'a' has no wording"));
    assert!(broken(r#"(tales: [(id: "a", says: ["A."]), (id: "a", says: ["A."])])"#).contains("two tales 'a'"));
    let order = r#"(tales: [(id: "b", says: ["B."], against: "a"), (id: "a", says: ["A."])])"#;
    assert!(broken(order).contains("denies 'a'"));
    assert!(broken(r#"(tales: [], answers: (told: "Somebody."))"#).contains("`told`"));
    assert!(broken(r#"(tales: [], answers: (seen: " "))"#).contains("`seen`"));
    assert!(Tale::from_ron(r#"(id: "a", says: ["A {b}."])"#).is_err());
}
