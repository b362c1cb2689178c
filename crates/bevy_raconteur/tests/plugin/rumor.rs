//! Rumors among entities, with and without a model.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bevy_asset::Assets;
use bevy_ecs::message::Messages;
use bevy_ecs::prelude::*;
use bevy_raconteur::core::rumors::{Book, RumorSettings, RumorsError, Tale};
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::rumor::{RumorBook, RumorMillData};
use bevy_raconteur::test_app::{TestApp, scripted};

use crate::stories::drowned_bell;

const BELL: &str = r#"(id: "bell",
    says: ["{sure} that the bell was carried to {place} by {men} men.", "The bell? {men} men took it to {place}. {sure} so."],
    holes: { "men": Number(of: 3, most: 60, grows: 50), "place": OneOf(["the mill", "the mine", "the far bank"]) },
    keep: ["bell"], sure: ["Some say", "They say"], drift: 0.9)"#;
const NO_BELL: &str =
    r#"(id: "no_bell", says: ["The bell hangs in its tower."], keep: ["bell", "tower"], against: "bell")"#;

/// What was told, in order.
#[derive(Resource, Clone, Default)]
struct Heard(Arc<Mutex<Vec<TaleOverheard>>>, Arc<Mutex<Vec<WhoToldAnswered>>>, Arc<Mutex<Vec<String>>>);

impl Heard {
    fn overheard(&self) -> Vec<TaleOverheard> {
        self.0.lock().unwrap().clone()
    }

    fn answers(&self) -> Vec<WhoToldAnswered> {
        self.1.lock().unwrap().clone()
    }

    fn problems(&self) -> Vec<String> {
        self.2.lock().unwrap().clone()
    }
}

fn listen(test: &mut TestApp) -> Heard {
    let heard = Heard::default();
    test.app.insert_resource(heard.clone());
    test.app
        .add_observer(|e: On<TaleOverheard>, heard: Res<Heard>| heard.0.lock().unwrap().push(e.clone()))
        .add_observer(|e: On<WhoToldAnswered>, heard: Res<Heard>| heard.1.lock().unwrap().push(e.clone()))
        .add_observer(|e: On<RumorProblem>, heard: Res<Heard>| heard.2.lock().unwrap().push(e.to_string()));
    heard
}

fn mill() -> RumorMill {
    let mut mill = RumorMill::new(7, RumorSettings { tells_at: 0.02, sociable: 0.8, ..RumorSettings::default() });
    mill.add_tale(Tale::from_ron(BELL).unwrap()).unwrap();
    mill.add_tale(Tale::from_ron(NO_BELL).unwrap()).unwrap();
    mill
}

const KEYS: [&str; 6] = ["ada", "bo", "cy", "dot", "eli", "fay"];

fn friends(world: &mut World, key: &str) -> Entity {
    let mut known = Acquaintances::default();
    for other in KEYS.iter().filter(|&&other| other != key) {
        known = known.with(*other, 0.7, 1.0);
    }
    world.spawn((Gossip::new(key).like(1.0, 1.0, 0.0), known, Persona::new(key, "plain"))).id()
}

/// A village in which everybody knows everybody, and the first of all has the tale.
fn village(model: ModelSource, clock: RumorClock) -> (TestApp, Vec<Entity>, Heard) {
    let mut test = TestApp::new(model);
    let heard = listen(&mut test);
    test.app.insert_resource(mill()).insert_resource(clock);
    let people = KEYS.iter().map(|key| friends(test.app.world_mut(), key)).collect::<Vec<_>>();
    test.frame();
    test.app.world_mut().trigger(StartTale { entity: people[0], tale: "bell".into(), belief: 1.0 });
    (test, people, heard)
}

fn by_turns() -> RumorClock {
    RumorClock::by_turns(MeetBy::Game)
}

fn tick(test: &mut TestApp) {
    test.app.world_mut().trigger(TickRumors);
    test.frame();
}

fn tells(test: &mut TestApp, teller: Entity, to: Entity, tale: &str) {
    test.app.world_mut().trigger(TellTale { entity: teller, to: vec![to], tale: tale.into() });
    tick(test);
}

fn the_mill(test: &TestApp) -> &RumorMill {
    test.app.world().resource::<RumorMill>()
}

fn written<M: Message + Clone>(test: &mut TestApp) -> Vec<M> {
    test.app.world_mut().resource_mut::<Messages<M>>().drain().collect()
}

#[test]
fn a_tale_goes_round_and_is_believed_and_corrected() {
    let (mut test, people, heard) = village(ModelSource::None, by_turns());
    for _ in 0..3 {
        tells(&mut test, people[0], people[1], "bell");
    }
    let told: Vec<TaleTold> = written(&mut test);
    assert!(!told.is_empty() && told.iter().all(|told| told.teller == people[0] && told.listeners == [people[1]]));
    tells(&mut test, people[1], people[2], "bell");
    tells(&mut test, people[2], people[1], "bell");
    assert!(the_mill(&test).has_heard(people[2], "bell") && !the_mill(&test).has_heard(people[3], "bell"));
    let believed: Vec<Entity> = written::<TaleBelieved>(&mut test).iter().map(|told| told.entity).collect();
    assert!(believed.contains(&people[1]) || the_mill(&test).belief(people[1], "bell") < 0.5, "{believed:?}");
    // Bo looks into the tower.
    test.app.world_mut().trigger(StartTale { entity: people[1], tale: "bell".into(), belief: 1.0 });
    test.app.world_mut().trigger(ShowEvidence { entity: people[1], tale: "no_bell".into(), sure: 1.0 });
    let corrected: Vec<TaleCorrected> = written(&mut test);
    assert_eq!(corrected.len(), 1);
    assert_eq!((corrected[0].entity, &*corrected[0].tale, corrected[0].belief), (people[1], "bell", 0.0));
    assert_eq!(the_mill(&test).origin(people[1], "no_bell"), TaleOrigin::Seen);
    assert!(heard.overheard().is_empty() && heard.problems().is_empty(), "nobody overhears anything here");
}

#[test]
fn the_clock_is_the_games() {
    let (mut test, people, _) =
        village(ModelSource::None, RumorClock::every(Duration::from_secs(2), MeetBy::Closeness));
    test.frame();
    assert_eq!(the_mill(&test).rumors().now(), 0, "no time has passed");
    for _ in 0..10 {
        test.pass(Duration::from_millis(200));
    }
    assert_eq!(the_mill(&test).rumors().now(), 1);
    test.app.world_mut().resource_mut::<bevy_time::Time<bevy_time::Virtual>>().pause();
    for _ in 0..20 {
        test.pass(Duration::from_millis(200));
    }
    assert_eq!(the_mill(&test).rumors().now(), 1, "the game is paused");
    test.app.world_mut().resource_mut::<bevy_time::Time<bevy_time::Virtual>>().unpause();
    for _ in 0..600 {
        test.pass(Duration::from_millis(200));
    }
    let reached = people.iter().filter(|&&entity| the_mill(&test).has_heard(entity, "bell")).count();
    assert!(reached > 3, "{reached}");
    // A long frame makes few ticks.
    let before = the_mill(&test).rumors().now();
    test.app.world_mut().resource_mut::<RumorClock>().every = Some(Duration::from_millis(1));
    test.pass(Duration::from_secs(3));
    assert_eq!(the_mill(&test).rumors().now() - before, 4);
}

#[test]
fn the_game_says_who_meets_or_where_they_are() {
    let (mut test, people, _) = village(ModelSource::None, by_turns());
    for _ in 0..30 {
        test.app.world_mut().write_message(Meet(vec![people[0], people[1]]));
        tick(&mut test);
    }
    assert!(the_mill(&test).has_heard(people[1], "bell") && !the_mill(&test).has_heard(people[2], "bell"));
    test.app.insert_resource(RumorClock::by_turns(MeetBy::Place));
    let market = test.app.world_mut().spawn(TownPlace { key: "market".into(), setting: "The market.".into() }).id();
    let mill = test.app.world_mut().spawn(TownPlace { key: "mill".into(), setting: "The mill.".into() }).id();
    for (at, &entity) in people.iter().enumerate() {
        test.app.world_mut().entity_mut(entity).insert(AtPlace(if at < 4 { market } else { mill }));
    }
    for _ in 0..60 {
        tick(&mut test);
    }
    let heard: Vec<bool> = people.iter().map(|&entity| the_mill(&test).has_heard(entity, "bell")).collect();
    assert_eq!(heard, [true, true, true, true, false, false], "nobody carried it to the mill");
}

#[test]
fn who_told_you_is_answered_also_when_they_are_gone() {
    let (mut test, people, heard) = village(ModelSource::None, by_turns());
    tells(&mut test, people[0], people[1], "bell");
    tells(&mut test, people[1], people[2], "bell");
    let ask = |test: &mut TestApp, entity: Entity, tale: &str| {
        test.app.world_mut().trigger(AskWhoTold { entity, tale: tale.into() });
        test.frame();
    };
    ask(&mut test, people[2], "bell");
    let answer = heard.answers()[0].clone();
    assert_eq!(answer.text, "I had it from Bo.");
    assert_eq!(answer.origin, TaleOrigin::ToldBy { key: "bo".into(), entity: Some(people[1]) });
    let way: Vec<(&str, u32)> = answer.way.iter().map(|step| (step.key.as_str(), step.hops)).collect();
    assert_eq!(way, [("cy", 2), ("bo", 1), ("ada", 0)]);
    assert!(answer.way.iter().all(|step| step.text.contains("bell")));
    test.app.world_mut().entity_mut(people[1]).despawn();
    test.frame();
    ask(&mut test, people[2], "bell");
    assert_eq!(heard.answers()[1].origin, TaleOrigin::ToldBy { key: "bo".into(), entity: None });
    assert_eq!(heard.answers()[1].text, "I had it from Bo.");
    ask(&mut test, people[0], "bell");
    ask(&mut test, people[3], "bell");
    assert_eq!(heard.answers()[2].origin, TaleOrigin::Started);
    assert_eq!(heard.answers()[3].text, "I have heard nothing of the kind.");
    assert!(heard.problems().is_empty());
    ask(&mut test, people[3], "dragon");
    assert!(heard.problems()[0].contains("no tale dragon"), "{:?}", heard.problems());
}

#[test]
fn who_is_despawned_goes_and_who_comes_back_remembers() {
    let (mut test, people, heard) = village(ModelSource::None, by_turns());
    tells(&mut test, people[0], people[1], "bell");
    let belief = the_mill(&test).belief(people[1], "bell");
    // In the very frame in which they are told something.
    test.app.world_mut().trigger(TellTale { entity: people[0], to: vec![people[1], people[2]], tale: "bell".into() });
    test.app.world_mut().trigger(TickRumors);
    test.app.world_mut().entity_mut(people[1]).despawn();
    test.frame();
    let told: Vec<TaleTold> = written(&mut test);
    assert_eq!(told.last().unwrap().listeners, [people[2]]);
    let again = friends(test.app.world_mut(), "bo");
    test.frame();
    assert_eq!(the_mill(&test).belief(again, "bell"), belief);
    // A second one of the same key is left out, and told.
    let double = friends(test.app.world_mut(), "bo");
    test.frame();
    assert!(heard.problems()[0].contains("'bo'"), "{:?}", heard.problems());
    assert_eq!((the_mill(&test).person(double), the_mill(&test).belief(double, "bell")), (None, 0.0));
    test.app.world_mut().trigger(StartTale { entity: double, tale: "bell".into(), belief: 1.0 });
    test.frame();
    assert!(heard.problems()[1].contains("has no Gossip"), "{:?}", heard.problems());
    // Removing the component is enough.
    test.app.world_mut().entity_mut(again).remove::<Gossip>();
    test.frame();
    assert_eq!(the_mill(&test).person(again), None);
}

#[test]
fn only_what_is_overheard_is_voiced_and_a_bad_wording_falls_back() {
    for (words, shown) in [
        (" They all say 4 men dragged the bell to the mill, I swear it.", None),
        (" A dragon ate my homework, and the moon is cheese.", Some("must")),
        ("", Some("empty")),
    ] {
        let prompts = Arc::new(Mutex::new(Vec::<String>::new()));
        let seen = prompts.clone();
        let model = scripted(move || {
            let seen = seen.clone();
            ScriptedGenerator::new(move |request, _| {
                seen.lock().unwrap().push(request.prompt.full());
                Script::Say(words.into())
            })
        });
        let (mut test, people, heard) = village(model, by_turns());
        test.run_until_ready();
        test.settings().deadlines = false;
        let market = TownPlace { key: "market".into(), setting: "The market, at noon.".into() };
        let market = test.app.world_mut().spawn(market).id();
        test.app.world_mut().entity_mut(people[1]).insert((InEarshot, AtPlace(market)));
        tells(&mut test, people[0], people[1], "bell");
        test.frame();
        assert!(heard.overheard().is_empty() && prompts.lock().unwrap().is_empty(), "Ada is not in earshot");
        tells(&mut test, people[1], people[2], "bell");
        test.run_until(|_| !heard.overheard().is_empty());
        let told = heard.overheard().remove(0);
        assert_eq!((told.entity, &*told.tale, told.hop, &told.listeners), (people[1], "bell", 2, &vec![people[2]]));
        assert!(told.text.contains("bell"), "{}", told.text);
        let prompt = prompts.lock().unwrap().first().cloned().unwrap();
        assert!(prompt.contains("The market, at noon.") && prompt.contains("Ada: "), "{prompt}");
        assert!(prompt.ends_with("bo:"), "{prompt}");
        match shown {
            // The words stand only when they name the number and the place of this very telling.
            None => assert!(matches!(told.source, Source::Generated | Source::Ranked { .. } | Source::Authored(_))),
            Some(_) => assert!(matches!(told.source, Source::Authored(Why::Rejected(_))), "{}", told.source),
        }
        assert_eq!(heard.overheard().len(), 1);
    }
}

#[test]
fn words_that_keep_to_the_telling_are_shown() {
    // Says the fact of the prompt, and one word more.
    let model = scripted(|| {
        ScriptedGenerator::new(|request, _| {
            let prompt = request.prompt.full();
            let fact =
                prompt.lines().find(|line| line.contains("bell") && !line.contains(':')).unwrap_or("").to_owned();
            Script::Say(format!(" Listen, {fact}"))
        })
    });
    let (mut test, people, heard) = village(model, by_turns());
    test.run_until_ready();
    test.settings().deadlines = false;
    test.app.world_mut().entity_mut(people[0]).insert(InEarshot);
    tells(&mut test, people[0], people[1], "bell");
    test.run_until(|_| !heard.overheard().is_empty());
    let told = heard.overheard().remove(0);
    assert!(told.text.starts_with("Listen, "), "{told:?}");
    assert!(TextOrigin::of_writing(told.source.clone()).is_generated());
    let persona = test.app.world().get::<Persona>(people[0]).unwrap();
    assert_eq!(persona.history().last().unwrap().text, told.text, "they remember what they said");
}

#[test]
fn whoever_may_not_speak_tells_without_being_heard() {
    let (mut test, people, heard) = village(scripted(|| ScriptedGenerator::new(|_, _| Script::Never)), by_turns());
    test.run_until_ready();
    test.app.world_mut().entity_mut(people[0]).insert((InEarshot, SpeakerState::Scripted));
    tells(&mut test, people[0], people[1], "bell");
    assert_eq!(heard.overheard()[0].source, Source::Cancelled);
    assert!(the_mill(&test).has_heard(people[1], "bell"), "it is told all the same");
    // Cut short, late, gone: each ends once.
    test.app.world_mut().entity_mut(people[0]).insert(SpeakerState::Interruptible);
    tells(&mut test, people[0], people[2], "bell");
    test.app.world_mut().trigger(Interrupt { entity: people[0] });
    test.frame();
    assert_eq!((heard.overheard().len(), heard.overheard()[1].source.clone()), (2, Source::Cancelled));
    tells(&mut test, people[0], people[3], "bell");
    test.pass(Duration::from_secs(11));
    test.frame();
    assert_eq!((heard.overheard().len(), heard.overheard()[2].source.clone()), (3, Source::Authored(Why::Late)));
    tells(&mut test, people[0], people[4], "bell");
    test.app.world_mut().entity_mut(people[0]).despawn();
    test.frame();
    test.pass(Duration::from_secs(11));
    test.frame();
    assert_eq!(heard.overheard().len(), 3, "who is gone says nothing");
}

#[test]
fn few_are_voiced_at_once_and_the_others_are_told_as_written() {
    let (mut test, people, heard) = village(scripted(|| ScriptedGenerator::new(|_, _| Script::Never)), by_turns());
    test.run_until_ready();
    test.settings().deadlines = false;
    for &entity in &people {
        test.app.world_mut().entity_mut(entity).insert(InEarshot);
        test.app.world_mut().trigger(StartTale { entity, tale: "bell".into(), belief: 1.0 });
    }
    for at in 1..people.len() {
        let tell = TellTale { entity: people[at], to: vec![people[0]], tale: "bell".into() };
        test.app.world_mut().trigger(tell);
    }
    tick(&mut test);
    let full = Source::Authored(Why::QueueFull);
    assert_eq!(
        heard.overheard().iter().map(|told| told.source.clone()).collect::<Vec<_>>(),
        [full.clone(), full.clone(), full]
    );
}

#[test]
fn in_a_story_what_a_teller_hides_stays_hidden() {
    let prompts = Arc::new(Mutex::new(Vec::<String>::new()));
    let seen = prompts.clone();
    let model = scripted(move || {
        let seen = seen.clone();
        ScriptedGenerator::new(move |request, _| {
            seen.lock().unwrap().push(request.prompt.full());
            // Mara hides the debt of the smith: forty silver.
            Script::Say(" The bell went for a debt of forty silver.".into())
        })
    });
    let mut test = TestApp::new(model);
    test.run_until_ready();
    test.settings().deadlines = false;
    test.settings().prefetch = false;
    let heard = listen(&mut test);
    let mut mill = RumorMill::default();
    mill.add_tale(Tale::from_ron(r#"(id: "gone", says: ["The bell went down the river."], keep: ["bell"])"#).unwrap())
        .unwrap();
    test.app.insert_resource(mill).insert_resource(by_turns());
    let world = test.app.world_mut();
    let mara = world.spawn((Gossip::new("mara"), InEarshot)).id();
    let odo = world.spawn(Gossip::new("odo")).id();
    let story = test.play(drowned_bell());
    test.app.world_mut().entity_mut(story).insert(Cast::default().with("mara", mara));
    test.run_until(|test| test.log.last_line().is_some());
    test.app.world_mut().resource_mut::<RumorVoicing>().drift = 1.0;
    test.app.world_mut().trigger(StartTale { entity: mara, tale: "gone".into(), belief: 1.0 });
    // While a line of hers is on show she may not talk by herself.
    while test.app.world().get::<InScene>(mara).is_some() {
        test.advance(story);
    }
    tells(&mut test, mara, odo, "gone");
    test.run_until(|_| !heard.overheard().is_empty());
    let told = heard.overheard().remove(0);
    assert_eq!(told.text, "The bell went down the river.");
    assert!(matches!(told.source, Source::Authored(Why::Rejected(_))), "{}", told.source);
    assert!(prompts.lock().unwrap().iter().any(|prompt| prompt.contains("The bell went down the river.")));
}

#[test]
fn rumors_are_saved_and_go_on_the_same() {
    let clock = RumorClock::by_turns(MeetBy::Closeness);
    let (mut one, people, _) = village(ModelSource::None, clock.clone());
    (0..30).for_each(|_| tick(&mut one));
    // Bo is away when the game is saved.
    one.app.world_mut().entity_mut(people[1]).despawn();
    one.frame();
    let text = ron::to_string(&the_mill(&one).data()).unwrap();
    let data: RumorMillData = ron::from_str(&text).unwrap();

    let mut other = TestApp::new(ModelSource::None);
    let heard = listen(&mut other);
    // Another seed, people in another order, one of them new, and the tales still on their way.
    let settings = RumorSettings { tells_at: 0.02, sociable: 0.8, ..RumorSettings::default() };
    other.app.insert_resource(RumorMill::new(99, settings)).insert_resource(clock);
    let book = Book::from_ron(&format!("(tales: [{BELL}, {NO_BELL}])")).unwrap();
    let handle = other.app.world_mut().resource_mut::<Assets<RumorBook>>().reserve_handle();
    other.app.world_mut().resource_mut::<RumorBooks>().0.push(handle.clone());
    let stranger = other.app.world_mut().spawn(Gossip::new("zoe").like(0.0, 0.0, 0.0)).id();
    let mut back: Vec<Entity> = Vec::new();
    for key in KEYS.iter().rev().filter(|&&key| key != "bo") {
        back.insert(0, friends(other.app.world_mut(), key));
    }
    other.frame();
    other.app.world_mut().resource_mut::<RumorMill>().load(data.clone()).unwrap();
    (0..3).for_each(|_| tick(&mut other));
    assert_eq!(the_mill(&other).rumors().now(), 0, "it waits for the tales");
    other.app.world_mut().entity_mut(stranger).despawn();
    _ = other.app.world_mut().resource_mut::<Assets<RumorBook>>().insert(handle.id(), RumorBook(book));
    other.frame();
    other.frame();
    assert!(heard.problems().is_empty(), "{:?}", heard.problems());
    // Whom the save does not know has heard nothing.
    let zoe = the_mill(&other).person_of_key("zoe").unwrap();
    assert_eq!((the_mill(&other).rumors().form(zoe, 0), the_mill(&other).entity(zoe)), (None, None));
    let asked = the_mill(&other).rumors().now() - 30;
    for _ in asked..20 {
        tick(&mut other);
    }
    (0..20).for_each(|_| tick(&mut one));
    assert_eq!(the_mill(&other).rumors().now(), the_mill(&one).rumors().now());
    for (a, b) in [0, 2, 3, 4, 5].into_iter().zip([0, 1, 2, 3, 4]) {
        for tale in ["bell", "no_bell"] {
            assert_eq!(the_mill(&one).belief(people[a], tale), the_mill(&other).belief(back[b], tale));
            assert_eq!(the_mill(&one).words(people[a], tale), the_mill(&other).words(back[b], tale));
        }
    }
    let bo = friends(other.app.world_mut(), "bo");
    other.frame();
    assert!(the_mill(&other).has_heard(bo, "bell"), "whoever was away remembers");

    for (bad, what) in [
        (RumorMillData { format: 9, ..data.clone() }, "update the game"),
        (RumorMillData { people: vec!["a".into(); data.people.len()], ..data.clone() }, "twice"),
        (RumorMillData { people: vec![], ..data.clone() }, "keys"),
    ] {
        let error: RumorsError = other.app.world_mut().resource_mut::<RumorMill>().load(bad).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[test]
fn a_file_of_tales_is_loaded_and_reloaded() {
    let mut test = TestApp::new(ModelSource::None);
    let heard = listen(&mut test);
    test.app.insert_resource(by_turns());
    let people = KEYS[..2].iter().map(|key| friends(test.app.world_mut(), key)).collect::<Vec<_>>();
    let book = Book::from_ron(&format!("(tales: [{BELL}], answers: (told: \"{{name}} says so.\"))")).unwrap();
    let handle = test.app.world_mut().resource_mut::<Assets<RumorBook>>().add(RumorBook(book));
    test.app.world_mut().resource_mut::<RumorBooks>().0.push(handle.clone());
    test.frame();
    test.app.world_mut().trigger(StartTale { entity: people[0], tale: "bell".into(), belief: 1.0 });
    tells(&mut test, people[0], people[1], "bell");
    assert!(the_mill(&test).has_heard(people[1], "bell"));
    test.app.world_mut().trigger(AskWhoTold { entity: people[1], tale: "bell".into() });
    test.frame();
    assert_eq!(heard.answers()[0].text, "Ada says so.");
    let more = Book::from_ron(&format!("(tales: [(id: \"wolf\", says: [\"A wolf!\"]), {BELL}])")).unwrap();
    _ = test.app.world_mut().resource_mut::<Assets<RumorBook>>().insert(handle.id(), RumorBook(more));
    test.frame();
    test.frame();
    assert_eq!(the_mill(&test).tales().collect::<Vec<_>>(), ["wolf", "bell"]);
    assert!(the_mill(&test).has_heard(people[1], "bell") && !the_mill(&test).has_heard(people[1], "wolf"));
    let less = Book::from_ron("(tales: [(id: \"wolf\", says: [\"A wolf!\"])])").unwrap();
    _ = test.app.world_mut().resource_mut::<Assets<RumorBook>>().insert(handle.id(), RumorBook(less));
    test.frame();
    test.frame();
    assert!(heard.problems().iter().any(|problem| problem.contains("gone") && problem.contains("bell")));
}

#[test]
fn the_same_seed_gives_the_same_village_whatever_the_order_of_spawning() {
    let run = |reverse: bool| {
        let mut test = TestApp::new(ModelSource::None);
        test.app.insert_resource(mill()).insert_resource(RumorClock::by_turns(MeetBy::Closeness));
        let mut keys = KEYS.to_vec();
        if reverse {
            keys.reverse();
        }
        let people: Vec<(&str, Entity)> = keys.iter().map(|key| (*key, friends(test.app.world_mut(), key))).collect();
        let ada = people.iter().find(|(key, _)| *key == "ada").unwrap().1;
        test.frame();
        test.app.world_mut().trigger(StartTale { entity: ada, tale: "bell".into(), belief: 0.8 });
        (0..50).for_each(|_| tick(&mut test));
        the_mill(&test).data()
    };
    assert_eq!(run(false), run(true));
}
