//! News among entities: cried, read and sent, tagged, and saved.

use std::sync::{Arc, Mutex};

use bevy_asset::Assets;
use bevy_ecs::message::Messages;
use bevy_ecs::prelude::*;
use bevy_raconteur::core::crier::{CrierBook, Item};
use bevy_raconteur::core::rumors::Tale;
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::crier::{NewsBook, NewsHow, TownCrierData};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, scripted};

const TOWN: &str = r#"(
    channels: {
        "square": (kind: Crier, places: ["market"], every: 2, fresh: 0.1, voice: "wat"),
        "board": (kind: Board, places: ["market"], every: 3, holds: 2, stays: 20),
        "post": (kind: Letters, groups: ["guild"], every: 4, delay: 2),
    },
    groups: { "guild": ["ada", "bo"] },
    notices: [
        (id: "toll", text: "The toll at the bridge is two silver.", channels: ["square"], keep: ["toll"], reword: true),
        (id: "cow", text: "A brown cow has strayed from the pasture.", channels: ["board"], from: 2, until: 30),
        (id: "dues", text: "Guild dues are owed before the feast.", channels: ["post"], from: 3),
    ],
    desk: (reporter: "wat", channels: ["square"], believes: 0.3),
)"#;

#[derive(Resource, Clone, Default)]
struct Heard(Arc<Mutex<Vec<NewsCried>>>, Arc<Mutex<Vec<LetterArrived>>>, Arc<Mutex<Vec<String>>>);

fn listen(test: &mut TestApp) -> Heard {
    let heard = Heard::default();
    test.app.insert_resource(heard.clone());
    test.app
        .add_observer(|e: On<NewsCried>, heard: Res<Heard>| heard.0.lock().unwrap().push(e.clone()))
        .add_observer(|e: On<LetterArrived>, heard: Res<Heard>| heard.1.lock().unwrap().push(e.clone()))
        .add_observer(|e: On<NewsProblem>, heard: Res<Heard>| heard.2.lock().unwrap().push(e.to_string()))
        .add_observer(|e: On<RumorProblem>, heard: Res<Heard>| heard.2.lock().unwrap().push(e.to_string()));
    heard
}

struct Town {
    test: TestApp,
    heard: Heard,
    /// Wat the crier, Ada, Bo and Cy, all at the market.
    people: Vec<Entity>,
    board: Entity,
}

fn town(model: ModelSource) -> Town {
    let mut test = TestApp::new(model);
    let heard = listen(&mut test);
    test.app.insert_resource(RumorClock::by_turns(MeetBy::Game));
    let mut mill = RumorMill::default();
    let bell = r#"(id: "bell", says: ["{n} men took the bell."], holes: {"n": Number(of: 3, most: 9, grows: 50)}, keep: ["bell"])"#;
    mill.add_tale(Tale::from_ron(bell).unwrap()).unwrap();
    test.app.insert_resource(mill).insert_resource(TownCrier::new(CrierBook::from_ron(TOWN).unwrap()).unwrap());
    let world = test.app.world_mut();
    let market = world.spawn(TownPlace { key: "market".into(), setting: "The market, at noon.".into() }).id();
    let mut people = Vec::new();
    for key in ["wat", "ada", "bo", "cy"] {
        let known = Acquaintances::default().with("wat", 0.9, 1.0);
        people.push(world.spawn((Gossip::new(key).like(0.0, 1.0, 1.0), known, AtPlace(market))).id());
    }
    world.entity_mut(people[0]).insert(Persona::new("Wat", "town crier; loud"));
    let board = world.spawn(NoticeBoard::new("board")).id();
    test.frame();
    Town { test, heard, people, board }
}

fn tick(test: &mut TestApp, ticks: u32) {
    for _ in 0..ticks {
        test.app.world_mut().trigger(TickRumors);
        test.frame();
    }
}

fn items(test: &mut TestApp) -> Vec<(String, String, bool)> {
    let world = test.app.world_mut();
    let mut query = world.query::<(&NewsItem, Has<GeneratedText>, Has<AuthoredText>)>();
    let mut all: Vec<_> = query
        .iter(world)
        .map(|(item, generated, authored)| {
            assert!(generated != authored, "each item has one mark");
            (item.id.clone(), item.text.clone(), generated)
        })
        .collect();
    all.sort();
    all
}

#[test]
fn news_are_cried_read_and_sent_and_each_reaches_an_ear_once() {
    let Town { mut test, heard, people, board } = town(ModelSource::None);
    let mut told: Vec<NewsTold> = Vec::new();
    for _ in 0..25 {
        tick(&mut test, 1);
        told.extend(test.app.world_mut().resource_mut::<Messages<NewsTold>>().drain());
    }
    assert!(heard.2.lock().unwrap().is_empty(), "{:?}", heard.2.lock().unwrap());
    let mut pairs: Vec<(u64, Entity)> =
        told.iter().flat_map(|told| told.listeners.iter().map(|&who| (told.number, who))).collect();
    let all = pairs.len();
    pairs.sort();
    pairs.dedup();
    assert_eq!((pairs.len(), all), (10, 10), "toll and cow to all four, dues to the two of the guild");
    let cried = heard.0.lock().unwrap().clone();
    assert_eq!(cried.len(), 1);
    assert_eq!((cried[0].text.as_str(), cried[0].generated), ("The toll at the bridge is two silver.", false));
    assert_eq!((cried[0].crier, cried[0].listeners.len()), (Some(people[0]), 4));
    assert!(test.app.world().get::<TownPlace>(cried[0].entity).is_some());
    let letters = heard.1.lock().unwrap().clone();
    assert_eq!(letters.iter().map(|letter| letter.entity).collect::<Vec<_>>(), [people[1], people[2]]);
    let letter = test.app.world().entity(letters[0].letter);
    assert_eq!(letter.get::<Letter>().unwrap().text, "Guild dues are owed before the feast.");
    assert!(letter.contains::<AuthoredText>() && letter.get::<LetterTo>() == Some(&LetterTo(people[1])));
    assert!(told.iter().any(|told| told.how == NewsHow::Read));
    // The cow has come down; a board that is put up now is as empty.
    assert!(test.app.world().get::<NoticeBoard>(board).unwrap().items.is_empty());
    tick(&mut test, 10);
    assert_eq!(items(&mut test).iter().map(|item| item.0.as_str()).collect::<Vec<_>>(), ["notice:dues", "notice:toll"]);
    test.app.world_mut().trigger(Withdraw("notice:toll".into()));
    test.frame();
    assert_eq!(items(&mut test).len(), 1);
}

#[test]
fn a_board_shows_what_hangs_on_it() {
    let Town { mut test, board, .. } = town(ModelSource::None);
    tick(&mut test, 5);
    let hanging = test.app.world().get::<NoticeBoard>(board).unwrap().items.clone();
    assert_eq!(hanging.len(), 1);
    assert_eq!(test.app.world().get::<NewsItem>(hanging[0]).unwrap().id, "notice:cow");
    let later = test.app.world_mut().spawn(NoticeBoard::new("board")).id();
    test.frame();
    assert_eq!(test.app.world().get::<NoticeBoard>(later).unwrap().items, hanging);
}

#[test]
fn what_a_model_words_is_tagged_and_what_it_spoils_stays_as_written() {
    for (words, generated) in [(" Hear me, the toll at our bridge is two silver now!", true), (" Buy my fish.", false)]
    {
        let model = scripted(move || ScriptedGenerator::new(move |_, _| Script::Say(words.into())));
        let Town { mut test, heard, .. } = town(model);
        test.run_until_ready();
        test.settings().deadlines = false;
        tick(&mut test, 1);
        assert!(items(&mut test).iter().all(|item| item.0 != "notice:toll"), "its words are on their way");
        test.run_until(|test| test.app.world().resource::<TownCrier>().crier().number("notice:toll").is_some());
        test.frame();
        let item = items(&mut test).into_iter().find(|item| item.0 == "notice:toll").unwrap();
        assert_eq!(item.2, generated, "{item:?}");
        assert!(item.1.contains("toll"));
        tick(&mut test, 4);
        let cried = heard.0.lock().unwrap().clone();
        assert_eq!((cried[0].generated, cried[0].text.as_str()), (generated, item.1.as_str()));
        // What the game publishes is tagged as it says.
        test.app.world_mut().trigger(Publish(Item { generated: true, ..Item::new("poem", "A poem of the mill.") }));
        test.app.world_mut().trigger(Publish(Item::new("poem", "Another.")));
        test.frame();
        assert!(items(&mut test).iter().any(|item| item.0 == "poem" && item.2));
        assert!(heard.2.lock().unwrap()[0].contains("'poem' has been published"));
    }
}

#[test]
fn what_the_crier_hears_becomes_news_and_is_believed_from_them() {
    let Town { mut test, heard, people, .. } = town(ModelSource::None);
    test.app.world_mut().trigger(StartTale { entity: people[0], tale: "bell".into(), belief: 0.9 });
    test.app.world_mut().entity_mut(people[0]).insert(InEarshot);
    let overheard = Arc::new(Mutex::new(0));
    let count = overheard.clone();
    test.app.add_observer(move |_: On<TaleOverheard>| *count.lock().unwrap() += 1);
    tick(&mut test, 12);
    let cried = heard.0.lock().unwrap().clone();
    let bell = cried.iter().find(|cried| cried.text == "3 men took the bell.").unwrap();
    assert_eq!(bell.listeners.len(), 4);
    let mill = test.app.world().resource::<RumorMill>();
    for &person in &people[1..] {
        assert!(mill.belief(person, "bell") > 0.3);
        assert_eq!(mill.origin(person, "bell"), TaleOrigin::ToldBy { key: "wat".into(), entity: Some(people[0]) });
    }
    assert_eq!(*overheard.lock().unwrap(), 0, "it has been cried, and is not told once more");
}

#[test]
fn news_are_saved_with_their_people_and_nobody_is_told_again() {
    let Town { mut test, .. } = town(ModelSource::None);
    tick(&mut test, 6);
    let world = test.app.world();
    let (mill, town_now) = (world.resource::<RumorMill>(), world.resource::<TownCrier>());
    let (rumors, text) = (mill.data(), ron::to_string(&town_now.data(mill)).unwrap());
    let before = items(&mut test);

    let mut other = TestApp::new(ModelSource::None);
    let heard = listen(&mut other);
    other.app.insert_resource(RumorClock::by_turns(MeetBy::Game));
    let handle = other.app.world_mut().resource_mut::<Assets<NewsBook>>().reserve_handle();
    other.app.world_mut().resource_mut::<TownCrier>().book = Some(handle.clone());
    let bell = r#"(id: "bell", says: ["{n} men took the bell."], holes: {"n": Number(of: 3, most: 9, grows: 50)}, keep: ["bell"])"#;
    other.app.world_mut().resource_mut::<RumorMill>().add_tale(Tale::from_ron(bell).unwrap()).unwrap();
    let world = other.app.world_mut();
    let market = world.spawn(TownPlace { key: "market".into(), setting: String::new() }).id();
    let new = world.spawn((Gossip::new("zoe"), AtPlace(market))).id();
    let people: Vec<Entity> =
        ["cy", "bo", "ada", "wat"].iter().map(|key| world.spawn((Gossip::new(*key), AtPlace(market))).id()).collect();
    let board = world.spawn(NoticeBoard::new("board")).id();
    world.resource_mut::<RumorMill>().load(rumors).unwrap();
    let data: TownCrierData = ron::from_str(&text).unwrap();
    assert!(world.resource_mut::<TownCrier>().load(TownCrierData { format: 9, ..data.clone() }).is_err());
    world.resource_mut::<TownCrier>().load(data).unwrap();
    tick(&mut other, 3);
    assert!(items(&mut other).is_empty(), "the channels are not there yet");
    let book = NewsBook(CrierBook::from_ron(TOWN).unwrap());
    _ = other.app.world_mut().resource_mut::<Assets<NewsBook>>().insert(handle.id(), book);
    (0..3).for_each(|_| other.frame());
    assert_eq!(items(&mut other), before);
    assert_eq!(other.app.world().get::<NoticeBoard>(board).unwrap().items.len(), 1);
    let mut told: Vec<Entity> = Vec::new();
    for _ in 0..12 {
        tick(&mut other, 1);
        let new: Vec<NewsTold> = other.app.world_mut().resource_mut::<Messages<NewsTold>>().drain().collect();
        told.extend(new.iter().filter(|told| told.how != NewsHow::Letter).flat_map(|told| told.listeners.clone()));
    }
    assert!(told.contains(&new) && told.iter().all(|who| !people.contains(who)), "only who is new is told");
    assert!(heard.2.lock().unwrap().is_empty(), "{:?}", heard.2.lock().unwrap());
}
