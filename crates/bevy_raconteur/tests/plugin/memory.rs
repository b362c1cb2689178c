//! What NPCs remember, in whole apps.

use std::sync::Arc;
use std::time::Duration;

use bevy_ecs::prelude::*;
use bevy_raconteur::core::assert_never_sees;
use bevy_raconteur::core::generate::GenerationRequest;
use bevy_raconteur::core::memory::{Budget, Claim, Heard as Source, Lost, MemorySettings, Statement};
use bevy_raconteur::core::runner::{NoHost, Runner};
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::core::testing::State;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, scripted};

use crate::conversation::{listen, pass, send, spoken, talk};
use crate::stories::story;

/// Everything that was learned and forgotten, in order.
#[derive(Resource, Default)]
struct Minds {
    learned: Vec<(Entity, Claim, Source, bool)>,
    forgot: Vec<(Entity, Claim, Lapse)>,
}

fn minds(test: TestApp) -> TestApp {
    let mut test = listen(test);
    let world = test.app.world_mut();
    world.init_resource::<Minds>();
    world.add_observer(|e: On<Learned>, mut minds: ResMut<Minds>| {
        minds.learned.push((e.entity, e.claim.clone(), e.source.clone(), e.again));
    });
    world.add_observer(|e: On<Forgot>, mut minds: ResMut<Minds>| minds.forgot.push((e.entity, e.claim.clone(), e.why)));
    test
}

/// A model that repeats what of these stands in its prompt.
fn parrot(words: &'static [&'static str]) -> TestApp {
    let mut test = TestApp::new(scripted(move || {
        ScriptedGenerator::new(move |request: &GenerationRequest, _| {
            let prompt = request.prompt.full();
            let seen: Vec<&str> = words.iter().copied().filter(|word| prompt.contains(word)).collect();
            Script::Say(format!(" I see {} of them here.", seen.len()))
        })
    }));
    test.run_until_ready();
    test.settings().deadlines = false;
    minds(test)
}

fn statement(subject: &str, says: &str, keys: &[&str]) -> Claim {
    Claim::Said(Statement {
        subject: subject.into(),
        predicate: "is".into(),
        object: String::new(),
        says: says.into(),
        keys: keys.iter().map(|&key| key.into()).collect(),
    })
}

fn ask(test: &mut TestApp, npc: Entity, text: &str) -> String {
    let before = test.log.generated().len();
    send(test, Ask { entity: npc, text: text.into() });
    test.run_until(|test| test.log.generated().len() > before);
    test.log.generated()[before].0.clone()
}

fn village() -> Arc<Story> {
    story(
        r#"Story(format: 1, id: "village", start: "a",
            cast: {
                "mara": (name: "Mara", voice: "dry", knows: ["debt"]),
                "odo": (name: "Odo", voice: "slow", hides: ["theft"]),
                "sela": (name: "Sela", voice: "quick"),
                "player": (name: "You"),
            },
            lore: {
                "debt": (says: "The smith owes the ferry forty silver.", keys: ["debt", "silver", "owes"], secret: true),
                "theft": (says: "Odo stole the candle from the chapel.", keys: ["candle"], secret: true),
            },
            beats: { "a": (setting: "A ferry.", next: "z",
                lines: [(id: "a1", who: "sela", say: "Well.", gen: Free(prompt: "say", goal: "She says what she has heard."))]),
              "z": (setting: "A ferry.", lines: [(id: "z1", who: "mara", say: "So.")], end: true) })"#,
    )
}

#[test]
fn what_the_game_tells_comes_to_mind_when_it_is_asked_about() {
    let mut test = parrot(&["The bell is cracked.", "The mill stands empty.", "It rained."]);
    let budget = Budget { items: 1, ..Budget::default() };
    let mara =
        test.app.world_mut().spawn((Persona::new("Mara", "dry"), Remembers { budget, ..Remembers::default() })).id();
    for (subject, says) in [("bell", "The bell is cracked."), ("mill", "The mill stands empty.")] {
        let claim = statement(subject, says, &[subject]);
        send(&mut test, Remember { importance: 0.9, ..Remember::new(mara, claim, Source::Saw) });
    }
    assert_eq!(test.app.world().resource::<Minds>().learned.len(), 2);
    assert_eq!(ask(&mut test, mara, "How is the bell?"), "I see 1 of them here.", "no more than the budget");
    test.app.world_mut().get_mut::<Remembers>(mara).unwrap().budget.items = 5;
    assert_eq!(ask(&mut test, mara, "How are the others?"), "I see 2 of them here.");
    let stranger = test.app.world_mut().spawn((Persona::new("Odo", "slow"), Remembers::default())).id();
    assert_eq!(ask(&mut test, stranger, "How is the bell?"), "I see 0 of them here.", "he has not heard of it");
}

#[test]
fn what_is_stated_is_learned_by_who_hears_it_and_by_nobody_else() {
    let mut test = minds(TestApp::new(ModelSource::None));
    let story = village();
    let play = test.play(story.clone());
    test.frame();
    let talk = talk(&mut test);
    let place = |x: f32| (Whereabouts::at(x, 0.0, 0.0), Hearing::default());
    let line = Conversant::default()
        .talkative(100)
        .saying("The smith owes us silver. Odo took the candle from the chapel, I think.");
    let mut people = Vec::new();
    for (who, name, x, manner) in [
        ("mara", "Mara", 0.0, line),
        ("odo", "Odo", 1.0, Conversant::default().talkative(0).saying("Does the smith owe you silver?")),
    ] {
        let part = Remembers::default().part(play, who);
        people.push(
            test.app.world_mut().spawn((Persona::new(name, ""), part, manner, place(x), InConversation(talk))).id(),
        );
    }
    let sela = test.app.world_mut().spawn((Remembers::default().part(play, "sela"), place(2.0))).id();
    let far = test.app.world_mut().spawn((Remembers::default().part(play, "sela"), place(200.0))).id();

    // Before: nobody but Mara is shown the debt, in any prompt.
    let (runner, _) = Runner::new(story.clone(), 1, &NoHost).unwrap();
    assert_never_sees!(story, "odo", "debt", &runner);
    assert_never_sees!(story, "sela", "debt", &runner);

    pass(&mut test, 3);
    assert!(!spoken(&test).is_empty());
    let debt = Claim::Lore("debt".into());
    let learned = &test.app.world().resource::<Minds>().learned;
    let told = Source::Told("Mara".into());
    assert_eq!(*learned, [(people[1], debt.clone(), told.clone(), false), (sela, debt.clone(), told.clone(), false)]);
    // Of the candle she knows nothing, whatever she says.
    let now = test.app.world().resource::<MemoryClock>().now;
    let state = |npc: Entity| State {
        memory: Some((&test.app.world().get::<Remembers>(npc).unwrap().memory, now)),
        ..State::from(&runner)
    };
    assert_never_sees!(story, "sela", "theft", state(sela));
    assert_never_sees!(story, "odo", "theft", state(people[1]));
    assert_never_sees!(story, "sela", "debt", state(far));
    let item = test.app.world().get::<Remembers>(sela).unwrap().memory.get(&debt).unwrap().clone();
    assert_eq!((item.source, item.times), (told, 1));
}

#[test]
fn a_story_shows_its_people_what_they_have_heard() {
    let mut test = parrot(&["The smith owes the ferry forty silver."]);
    test.settings().prefetch = false;
    let sela = test.app.world_mut().spawn(Remembers::default()).id();
    for (knows, line) in [(false, "I see 0 of them here."), (true, "I see 1 of them here.")] {
        if knows {
            let debt = Claim::Lore("debt".into());
            send(&mut test, Remember::new(sela, debt, Source::Told("Mara".into())));
        }
        let play = test.play(village());
        test.app.world_mut().entity_mut(play).insert(Cast::default().with("sela", sela));
        test.run_until(|test| {
            test.log.last_line().is_some_and(|(text, _)| text == line)
                || test
                    .log
                    .last_line()
                    .is_some_and(|(_, source)| matches!(source, bevy_raconteur::prelude::Source::Authored(_)))
        });
        assert_eq!(test.log.last_line().unwrap().0, line);
        test.app.world_mut().despawn(play);
    }
}

#[test]
fn what_a_part_hides_is_banned_from_free_talk() {
    let says = |text: &'static str| {
        let mut test = TestApp::new(scripted(move || ScriptedGenerator::saying(text)));
        test.run_until_ready();
        test.settings().deadlines = false;
        let play = test.play(village());
        test.run_until(|test| test.log.last_line().is_some());
        let part = Remembers::default().part(play, "odo");
        let odo = test.app.world_mut().spawn((Persona::new("Odo", "slow").unsure("Ask at the chapel."), part)).id();
        ask(&mut test, odo, "What did you do?")
    };
    assert_eq!(says(" I lit candles all night."), "Ask at the chapel.");
    assert_eq!(says(" I slept all night."), "I slept all night.");
}

#[test]
fn what_fades_is_forgotten_and_told_once() {
    let mut test = minds(TestApp::new(ModelSource::None));
    let settings = MemorySettings { half_life: 10.0, most: 2, ..MemorySettings::default() };
    let people: Vec<Entity> = (0..40).map(|_| test.app.world_mut().spawn(Remembers::new(settings)).id()).collect();
    test.app.world_mut().resource_mut::<MemoryClock>().per_second = 60.0;
    let claims = ["bell", "mill", "ford"].map(|subject| statement(subject, subject, &[subject]));
    for &person in &people {
        let world = test.app.world_mut();
        world.trigger(Remember { pinned: true, ..Remember::new(person, claims[0].clone(), Source::Saw) });
        world.trigger(Remember::new(person, claims[1].clone(), Source::Did));
        world.trigger(Remember { importance: 0.6, ..Remember::new(person, claims[2].clone(), Source::Saw) });
        world.flush();
    }
    let lapses = |test: &TestApp, why: Lapse, at: usize| {
        let forgot = &test.app.world().resource::<Minds>().forgot;
        forgot.iter().filter(|(_, claim, lapse)| *lapse == why && *claim == claims[at]).count()
    };
    assert_eq!(lapses(&test, Lapse::Displaced, 1), 40, "only two are remembered");
    test.app.world_mut().get_mut::<Remembers>(people[0]).unwrap().memory.pin(&claims[2], true);
    send(&mut test, Remember::new(people[0], claims[1].clone(), Source::Saw));
    assert_eq!(lapses(&test, Lapse::Full, 1), 1);
    pass(&mut test, 10);
    assert_eq!(lapses(&test, Lapse::Faded, 2), 39);
    assert_eq!(test.app.world().resource::<Minds>().forgot.len(), 40 + 1 + 39);
    let left: Vec<usize> =
        people.iter().map(|&who| test.app.world().get::<Remembers>(who).unwrap().memory.items().len()).collect();
    assert_eq!((left[0], left[1..].iter().all(|&left| left == 1)), (2, true), "what is pinned stays");
}

#[test]
fn a_memory_goes_into_a_save_and_out_of_it() {
    let mut test = minds(TestApp::new(ModelSource::None));
    let mara = test.app.world_mut().spawn(Remembers::default()).id();
    for claim in
        [Claim::Lore("debt".into()), Claim::Lore("gone".into()), statement("bell", "The bell is cracked.", &["bell"])]
    {
        send(&mut test, Remember::new(mara, claim, Source::Read("ledger".into())));
    }
    let remembers = test.app.world().get::<Remembers>(mara).unwrap();
    let text = remembers.to_text().unwrap();
    let (all, lost) = Remembers::from_text(&text, MemorySettings::default(), None).unwrap();
    assert_eq!((&all.memory, lost.len()), (&remembers.memory, 0));
    let (some, lost) = Remembers::from_text(&text, MemorySettings::default(), Some(&village())).unwrap();
    assert_eq!(lost, [Lost::NoSuchFact("gone".into())]);
    assert_eq!(some.memory.items().len(), 2);
    assert!(Remembers::from_text(&text[..text.len() - 3], MemorySettings::default(), None).is_err());
}

#[test]
fn a_clock_that_stands_still_forgets_nothing() {
    let mut test = minds(TestApp::new(ModelSource::None));
    let settings = MemorySettings { half_life: 1.0, ..MemorySettings::default() };
    let mara = test.app.world_mut().spawn(Remembers::new(settings)).id();
    send(&mut test, Remember::new(mara, statement("bell", "It rang.", &["bell"]), Source::Saw));
    test.app.world_mut().resource_mut::<MemoryClock>().per_second = 0.0;
    pass(&mut test, 30);
    assert_eq!(test.app.world().resource::<MemoryClock>().now, 0);
    test.app.world_mut().resource_mut::<MemoryClock>().now = 1000;
    test.pass(Duration::from_millis(10));
    assert_eq!(test.app.world().resource::<Minds>().forgot.len(), 1, "a game may set it itself");
}
