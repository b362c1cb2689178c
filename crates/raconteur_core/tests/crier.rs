//! Nobody is told the same twice, limits hold, and the same calls give the same news.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use raconteur_core::crier::{
    Attendance, Channel, Crier, CrierBook, CrierBookError, CrierError, CrierEvent, Item, Kind, Limit,
};
use raconteur_core::judge::distance;
use raconteur_core::rumors::{Meetings, Person, Relation, RumorSettings, Rumors, Tale};

const TOWN: &str = r#"(
    channels: {
        "square": (kind: Crier, places: ["market", "inn"], every: 3, fresh: 0.2, limit: (most: 2, per: 9)),
        "board": (kind: Board, places: ["market"], every: 5, holds: 2, stays: 30, limit: (most: 3, per: 20)),
        "post": (kind: Letters, groups: ["guild"], every: 7, delay: 2, limit: (most: 1, per: 10)),
    },
    groups: { "guild": ["ada", "bo"] },
    notices: [
        (id: "toll", text: "The toll at the lower bridge is two silver from today.", from: 2, weight: 0.9),
        (id: "cow", text: "A brown cow has strayed from the mill pasture.", channels: ["board"], from: 4, until: 60),
    ],
    ears: (most: 2, per: 10),
)"#;

/// Texts of which many are near to others.
const TEXTS: [&str; 8] = [
    "The toll at the lower bridge is three silver from today.",
    "From today the toll at the lower bridge is two silver.",
    "The old bell of the chapel was drowned in the river.",
    "In the river the old bell of the chapel was drowned, they say.",
    "A wedding will be held at the chapel on the second day.",
    "Wolves were heard in the northern wood three nights in a row.",
    "The baker sells yesterday's loaves at half the price.",
    "Three nights in a row wolves were heard in the wood.",
];

fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn town() -> Crier {
    let mut crier = Crier::new(CrierBook::from_ron(TOWN).unwrap()).unwrap();
    crier.set_group("guild", &[3, 0, 1, 0]);
    crier
}

/// Whom an event tells something for the first time.
fn told(event: &CrierEvent) -> Option<(u64, Vec<u32>)> {
    match event {
        CrierEvent::Cried { item, listeners, .. } | CrierEvent::Read { item, listeners, .. } => {
            Some((*item, listeners.clone()))
        }
        CrierEvent::Arrived { item, to, .. } => Some((*item, vec![*to])),
        _ => None,
    }
}

/// What a channel does with an item.
fn done(event: &CrierEvent) -> Option<&str> {
    match event {
        CrierEvent::Cried { channel, .. } | CrierEvent::Posted { channel, .. } | CrierEvent::Sent { channel, .. } => {
            Some(channel)
        }
        _ => None,
    }
}

/// Plays a town in which people walk about and items are published and taken back by chance.
fn play(seed: u64, people: u32, ticks: u64, reverse: bool, save_at: Option<u64>) -> Vec<(u64, CrierEvent)> {
    let mut state = seed;
    let mut crier = town();
    let mut all = Vec::new();
    let mut attendance = Attendance::default();
    for tick in 1..=ticks {
        if draw(&mut state).is_multiple_of(4) {
            let text = TEXTS[(draw(&mut state) % 8) as usize];
            let mut item = Item::new(format!("item{tick}"), text);
            item.weight = (draw(&mut state) % 10) as f32 / 10.0;
            item.topic = (draw(&mut state).is_multiple_of(3)).then(|| format!("topic{}", draw(&mut state) % 2));
            item.until = (draw(&mut state).is_multiple_of(2)).then(|| tick + draw(&mut state) % 40);
            item.generated = draw(&mut state).is_multiple_of(2);
            crier.publish(item).unwrap();
        }
        if draw(&mut state).is_multiple_of(20) {
            crier.withdraw(&format!("item{}", draw(&mut state) % ticks));
        }
        if save_at == Some(tick) {
            let text = ron::to_string(&crier.data()).unwrap();
            all.extend(crier.take_events().into_iter().map(|event| (tick, event)));
            let mut next = town();
            assert!(next.load(ron::from_str(&text).unwrap()).unwrap().is_empty());
            next.take_events();
            assert_eq!(ron::to_string(&next.data()).unwrap(), text);
            crier = next;
        }
        attendance.clear();
        let mut there: Vec<(u32, u32)> = (0..people).map(|who| ((draw(&mut state) % 3) as u32, who)).collect();
        if reverse {
            there.reverse();
        }
        there.iter().filter(|(place, _)| *place < 2).for_each(|&(place, who)| attendance.push(place, who));
        crier.tick(&mut attendance);
        all.extend(crier.take_events().into_iter().map(|event| (tick, event)));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nobody_is_told_the_same_twice_and_limits_hold(seed: u64, people in 1..20_u32) {
        let ticks = 150;
        // Once more, to know the items.
        let mut state = seed;
        let mut items: HashMap<u64, (String, Option<String>)> = HashMap::new();
        let events = play(seed, people, ticks, false, None);
        let book = CrierBook::from_ron(TOWN).unwrap();
        let mut published = texts(&mut state, people, ticks);
        for (_, event) in &events {
            if let CrierEvent::Published { item } = event {
                items.insert(*item, published.remove(0));
            }
        }
        let mut heard: HashMap<u32, Vec<(u64, u64)>> = HashMap::new();
        let mut channels: HashMap<String, Vec<u64>> = HashMap::new();
        for (tick, event) in &events {
            if let Some((item, listeners)) = told(event) {
                let unique: HashSet<u32> = listeners.iter().copied().collect();
                prop_assert_eq!(unique.len(), listeners.len());
                for who in listeners {
                    let (text, topic) = &items[&item];
                    for (before, _) in heard.entry(who).or_default().iter() {
                        let (other, about) = &items[before];
                        prop_assert!(*before != item, "{} is told {} twice", who, item);
                        prop_assert!(topic.is_none() || topic != about, "{} is told of {:?} twice", who, topic);
                        prop_assert!(distance(text, other) > book.near, "{}: '{}' and '{}'", who, text, other);
                    }
                    heard.entry(who).or_default().push((item, *tick));
                }
            }
            if let Some(channel) = done(event) {
                channels.entry(channel.to_owned()).or_default().push(*tick);
            }
        }
        let holds = |times: &[u64], limit: Limit| {
            times.iter().all(|&from| {
                times.iter().filter(|&&at| at >= from && at < from + limit.per).count() <= limit.most as usize
            })
        };
        for (name, times) in &channels {
            prop_assert!(holds(times, book.channels[name].limit), "{}: {:?}", name, times);
        }
        for (who, told) in &heard {
            let times: Vec<u64> = told.iter().map(|&(_, at)| at).collect();
            prop_assert!(holds(&times, book.ears), "{}: {:?}", who, times);
        }
    }

    #[test]
    fn the_same_calls_give_the_same_news(seed: u64, people in 1..20_u32, save_at in 2..100_u64) {
        let events = play(seed, people, 100, false, None);
        prop_assert_eq!(&events, &play(seed, people, 100, true, None));
        prop_assert_eq!(&events, &play(seed, people, 100, false, Some(save_at)));
    }

    #[test]
    fn everybody_of_a_group_gets_each_letter_once(count in 1..30_u32, items in 1..12_usize, late in 0..30_u32) {
        let letters = Channel { ..CrierBook::from_ron(TOWN).unwrap().channels["post"].clone() };
        let letters = Channel { every: 1, limit: Limit { most: 64, per: 1 }, ..letters };
        let mut book = CrierBook { near: 0.0, ears: Limit { most: 64, per: 1 }, ..CrierBook::from_ron(TOWN).unwrap() };
        book.channels = [("post".to_owned(), letters)].into();
        book.notices.clear();
        let mut crier = Crier::new(book).unwrap();
        let mut group: Vec<u32> = (0..count).collect();
        crier.set_group("guild", &group);
        for at in 0..items {
            crier.publish(Item::new(format!("i{at}"), format!("The {at}th word of the guild."))).unwrap();
        }
        let mut got: HashMap<(u64, u32), u32> = HashMap::new();
        for tick in 0..60 {
            if tick == late {
                group.push(100);
                crier.set_group("guild", &group);
            }
            crier.tick(&mut Attendance::default());
            for (item, to) in crier.take_events().iter().filter_map(told) {
                *got.entry((item, to[0])).or_default() += 1;
            }
        }
        prop_assert_eq!(got.len(), items * group.len());
        prop_assert!(got.values().all(|&times| times == 1));
    }
}

/// The texts and topics of all items in the order in which `play` publishes them.
fn texts(state: &mut u64, people: u32, ticks: u64) -> Vec<(String, Option<String>)> {
    let book = CrierBook::from_ron(TOWN).unwrap();
    let mut all = Vec::new();
    for tick in 1..=ticks {
        if draw(state).is_multiple_of(4) {
            let text = TEXTS[(draw(state) % 8) as usize].to_owned();
            draw(state);
            let topic = (draw(state).is_multiple_of(3)).then(|| format!("topic{}", draw(state) % 2));
            if draw(state).is_multiple_of(2) {
                draw(state);
            }
            draw(state);
            all.push((text, topic));
        }
        if draw(state).is_multiple_of(20) {
            draw(state);
        }
        (0..people).for_each(|_| {
            draw(state);
        });
        // Notices come in the tick, behind what the game publishes before it.
        all.extend(book.notices.iter().filter(|notice| notice.from == tick).map(|notice| (notice.text.clone(), None)));
    }
    all
}

fn everybody(place: u32, people: u32) -> Attendance {
    let mut attendance = Attendance::default();
    (0..people).for_each(|who| attendance.push(place, who));
    attendance
}

#[test]
fn a_crier_goes_from_place_to_place_and_tells_each_ear_once() {
    let mut crier = town();
    let (market, inn) = (crier.place("market").unwrap(), crier.place("inn").unwrap());
    assert_eq!((crier.place("moon"), crier.place_key(market)), (None, Some("market")));
    let mut cried = Vec::new();
    for _ in 0..12 {
        let mut attendance = everybody(market, 2);
        attendance.push(inn, 7);
        crier.tick(&mut attendance);
        for event in crier.take_events() {
            if let CrierEvent::Cried { place, listeners, .. } = event {
                cried.push((crier.now(), place, listeners));
            }
        }
    }
    // Rounds at 1, 4, 7, 10: market, inn, market, inn. At 1 there is no news; by 7 the board has told the market.
    assert_eq!(cried[0], (4, inn, vec![7]));
    let toll = crier.number("notice:toll").unwrap();
    assert!(crier.has_heard(0, toll) && crier.has_heard(7, toll) && !crier.has_heard(8, toll));
    assert_eq!(cried.iter().filter(|(_, place, _)| *place == inn).count(), 1, "the cow is for the board");
}

#[test]
fn a_board_holds_few_and_is_read_in_passing() {
    let mut crier = town();
    let market = crier.place("market").unwrap();
    for (at, text) in TEXTS[4..7].iter().enumerate() {
        crier.publish(Item { channels: vec!["board".into()], ..Item::new(format!("b{at}"), *text) }).unwrap();
    }
    let (mut most, mut down, mut posted) = (0, Vec::new(), 0);
    for _ in 0..60 {
        crier.tick(&mut Attendance::default());
        most = most.max(crier.board("board").count());
        for event in crier.take_events() {
            match event {
                CrierEvent::TakenDown { item, .. } => down.push(item),
                CrierEvent::Posted { .. } => posted += 1,
                CrierEvent::Read { .. } => panic!("nobody is there"),
                _ => {}
            }
        }
    }
    assert_eq!((most, posted), (2, 5), "each is pinned up once");
    assert!(down.len() >= 3 && down.is_sorted_by(|a, b| a != b));
    crier.publish(Item { channels: vec!["board".into()], ..Item::new("fair", "The fair opens at the mill.") }).unwrap();
    let mut readers = Vec::new();
    for tick in 0..10 {
        crier.tick(&mut everybody(market, if tick < 6 { 1 } else { 3 }));
        for event in crier.take_events() {
            if let CrierEvent::Read { item, listeners, .. } = event
                && crier.item(item).unwrap().id == "fair"
            {
                readers.push(listeners);
            }
        }
    }
    assert_eq!(readers, [vec![0], vec![1, 2]]);
}

#[test]
fn what_the_reporter_believes_is_news_and_what_they_doubt_is_taken_back() {
    let mut book = CrierBook::from_ron(TOWN).unwrap();
    book.notices.clear();
    book.desk = Some(ron::from_str(r#"(reporter: "ada", believes: 0.6, reword: true)"#).unwrap());
    let mut crier = Crier::new(book).unwrap();
    let bell = r#"(id: "bell", says: ["{n} men took the bell."], holes: {"n": Number(of: 3, most: 9, grows: 50)}, keep: ["bell"])"#;
    let near = [Relation { from: 0, to: 1, trust: 1.0, closeness: 1.0 }];
    let mut rumors = Rumors::new(1, &[Person::default(); 2], &near, RumorSettings::default());
    rumors.add(Tale::from_ron(bell).unwrap()).unwrap();
    rumors
        .add(Tale::from_ron(r#"(id: "no_bell", says: ["The bell hangs in its tower."], against: "bell")"#).unwrap())
        .unwrap();
    rumors.start(1, 0, 1.0).unwrap();
    crier.report(&rumors, 0);
    assert!(crier.wanted().is_empty(), "the reporter has heard nothing");
    for _ in 0..20 {
        rumors.say(1, &[0], 0, false).unwrap();
        rumors.tick(&Meetings::default());
        crier.report(&rumors, 0);
    }
    let wanted = crier.wanted()[0].clone();
    assert_eq!((wanted.item.id.as_str(), wanted.item.topic.as_deref()), ("tale:bell", Some("bell")));
    let retelling = wanted.retelling.unwrap();
    assert!(retelling.keep.contains(&"bell".to_owned()) && retelling.keep.len() == 2, "{:?}", retelling.keep);
    let number = crier.settle("tale:bell", Some("Hear ye: 3 men took the bell!".into())).unwrap().unwrap();
    assert!(crier.item(number).unwrap().generated);
    assert_eq!(crier.settle("tale:bell", None).unwrap(), None, "once");
    rumors.witness(0, 1, 1.0).unwrap();
    crier.report(&rumors, 0);
    assert!(crier.items().all(|(other, _)| other != number), "taken back");
    assert_eq!(crier.wanted()[0].item.id, "tale:no_bell");
}

#[test]
fn what_cannot_be_published_is_refused_with_a_reason() {
    let mut crier = town();
    crier.publish(Item::new("a", "A.")).unwrap();
    assert_eq!(crier.publish(Item::new("a", "B.")).unwrap_err(), CrierError::Twice("a".into()));
    assert_eq!(crier.publish(Item::new("b", " ")).unwrap_err(), CrierError::Empty("b".into()));
    let lost = Item { channels: vec!["moon".into()], ..Item::new("c", "C.") };
    assert!(crier.publish(lost).unwrap_err().to_string().contains("board, post, square"));
    for at in 0..1023 {
        crier.publish(Item::new(format!("n{at}"), format!("N{at}."))).unwrap();
    }
    assert!(matches!(crier.publish(Item::new("over", "Over.")), Err(CrierError::Full { .. })));
    assert!(crier.withdraw("n5") && !crier.withdraw("n5") && !crier.withdraw("never"));
    crier.publish(Item::new("over", "Over.")).unwrap();
    assert!(crier.number("n5").is_none(), "what is over makes room");
}

#[test]
fn mistakes_of_a_book_have_names() {
    let wrong = |from: &str, to: &str| CrierBook::from_ron(&TOWN.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(wrong("every: 3", "evry: 3").starts_with("3:"), "{}", wrong("every: 3", "evry: 3"));
    assert!(wrong("every: 3", "every: 0").contains("'square'"));
    assert!(wrong("places: [\"market\"], every: 5", "every: 5").contains("'board' reaches nobody"));
    assert!(wrong("groups: [\"guild\"]", "groups: [\"gild\"]").contains("'gild'"));
    assert!(wrong("channels: [\"board\"]", "channels: [\"bord\"]").contains("there are: board, post, square"));
    assert!(wrong("id: \"cow\"", "id: \"toll\"").contains("two notices 'toll'"));
    assert!(wrong("from: 4, until: 60", "from: 4, until: 1").contains("ends before"));
    assert!(wrong("(most: 2, per: 10)", "(most: 0, per: 10)").contains("`ears`"));
    assert!(wrong("weight: 0.9", "weight: 0.9, keep: [\"silver\", \"gold\"]").contains("'gold'"));
    assert!(wrong("fresh: 0.2", "fresh: 1.2").contains("fresh"));
    let book = CrierBook { near: f32::NAN, ..CrierBook::default() };
    assert!(matches!(book.check(), Err(CrierBookError::BadNumber { .. })));
    assert_eq!(CrierBook::from_ron(TOWN).unwrap().channels["post"].kind, Kind::Letters);
}

#[test]
fn a_bad_save_changes_nothing() {
    let mut crier = town();
    let market = crier.place("market").unwrap();
    (0..20).for_each(|_| crier.tick(&mut everybody(market, 5)));
    let good = ron::to_string(&crier.data()).unwrap();
    for (from, to, what) in [
        ("format:1", "format:7", "update the game"),
        ("number:1,", "number:2,", "twice"),
        ("number:1,", "number:99,", "future"),
        ("now:20", "now:2", "order"),
        ("weight:0.9", "weight:9", "weight"),
        ("heard:[0,", "heard:[4000000000,", "ears"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from} does not stand in {good}");
        let error = crier.load(ron::from_str(&bad).unwrap()).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
        assert_eq!(ron::to_string(&crier.data()).unwrap(), good);
    }
    let mut data = crier.data();
    data.renumber(|person| (person != 1).then_some(person + 10));
    crier.load(data).unwrap();
    let toll = crier.number("notice:toll").unwrap();
    assert!(crier.has_heard(10, toll) && !crier.has_heard(11, toll) && !crier.has_heard(0, toll));
    // A channel that is gone is told.
    let mut less = CrierBook::from_ron(TOWN).unwrap();
    less.channels.remove("board");
    less.notices.clear();
    let mut other = Crier::new(less).unwrap();
    assert_eq!(other.load(ron::from_str(&good).unwrap()).unwrap(), ["board"]);
}
