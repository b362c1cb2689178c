//! What is remembered, what comes to mind, what is forgotten, and what may be shown.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::sync::Arc;

use proptest::prelude::*;
use raconteur_core::assert_never_sees;
use raconteur_core::compose::{Composed, Composer};
use raconteur_core::generate::Priority;
use raconteur_core::memory::{
    Budget, Claim, Heard, LONGEST_SAVE, Lost, MEMORY_FORMAT, MOST_SAVED, MOST_SOURCES, Memory, MemoryError,
    MemorySettings, Remembered, Remembering, Statement, Weights, knowledge,
};
use raconteur_core::request::Work;
use raconteur_core::rumors::Retelling;
use raconteur_core::runner::{NoHost, Runner};
use raconteur_core::story::format::{Story, Value};
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;
use raconteur_core::template::Templates;
use raconteur_core::testing::{State, never_sees, prompts_of};

const TAVERN: &str = r#"Story(format: 1, id: "t", start: "tavern",
    vars: { "n": Int(init: 0, min: 0, max: 9) },
    cast: {
        "mara": (name: "Mara", voice: "dry", knows: ["rope", "purse"], hides: ["purse"]),
        "odo": (name: "Odo", voice: "polite"), "ede": (name: "Ede", voice: "loud", knows: ["debt"]) },
    places: { "tavern": (name: "Tavern", setting: "The tavern is full."), "quay": (name: "Quay", setting: "It rains.") },
    lore: {
        "rope": (says: "The rope is wet.", keys: ["rope"]),
        "purse": (says: "The purse is gone.", keys: ["purse"]),
        "debt": (says: "Odo owes the smith forty silver.", keys: ["debt", "silver"], secret: true),
        "flood": (says: "The river took the lower bridge.", keys: ["river", "bridge"]),
        "moon": (says: "The moon is up.", keys: ["moon"], when: "n >= 1"),
        "quay": (says: "A boat lies sunk by the pier.", keys: ["boat"], scope: (places: ["quay"])),
    },
    beats: {
        "tavern": (place: "tavern", lines: [
            (id: "m_1", who: "mara", say: "Evening.", gen: Free(prompt: "say", goal: "Mara greets you.")),
            (id: "m_2", who: "mara", say: "Ask me.", gen: Answer(prompt: "reply",
                from: ["rope", "purse", "debt", "flood", "moon", "quay"], unsure: "m_3")),
            (id: "m_3", who: "mara", say: "I can't say."),
        ], next: "quay"),
        "quay": (place: "quay", lines: [
            (id: "q_1", who: "mara", say: "Rain.", gen: Free(prompt: "say", goal: "Mara looks at the pier."))], end: true),
    },
    storylets: [(id: "bark", who: "mara", say: "Hm.", when: "true", gen: Vary(prompt: "vary"))],
)"#;

fn tavern() -> (Arc<Story>, Runner) {
    let checked = parse(vec![Source::new("t.story.ron", TAVERN.to_owned())]);
    let summary = checked.render(false);
    let story = Arc::new(checked.story.unwrap_or_else(|| panic!("{summary}")));
    let (runner, _) = Runner::new(story.clone(), 1, &NoHost).unwrap();
    (story, runner)
}

fn lore(id: &str) -> Claim {
    Claim::Lore(id.to_owned())
}

fn told(who: &str) -> Heard {
    Heard::Told(who.to_owned())
}

fn deed(object: &str, says: &str, keys: &[&str]) -> Claim {
    Claim::Said(Statement {
        subject: "player".to_owned(),
        predicate: "took".to_owned(),
        object: object.to_owned(),
        says: says.to_owned(),
        keys: keys.iter().map(|&key| key.to_owned()).collect(),
    })
}

fn all(_: &raconteur_core::memory::Recollection) -> bool {
    true
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

#[test]
fn the_same_fact_is_stored_once_and_grows_stronger() {
    let mut memory = Memory::default();
    assert_eq!(memory.remember(lore("flood"), told("odo"), 0.2, 100), Remembered::New);
    assert_eq!(memory.remember(lore("flood"), told("ede"), 0.6, 700), Remembered::Again);
    assert_eq!(memory.remember(lore("flood"), told("ede"), 0.1, 700), Remembered::Again);
    let item = memory.get(&lore("flood")).unwrap();
    assert_eq!((memory.items().len(), item.times, item.at, item.last), (1, 3, 100, 700));
    assert_eq!((&item.source, &item.also), (&told("odo"), &vec![told("ede")]));
    assert!((item.importance - 0.6).abs() < 1e-6);
    assert!(item.half_life > 600.0 * 1.2, "it fades more slowly now");
    // The wording of a statement does not make another fact of it.
    memory.remember(deed("candle", "You took a candle.", &[]), Heard::Saw, 0.0, 800);
    assert_eq!(memory.remember(deed("candle", "A candle was taken.", &[]), Heard::Saw, 0.0, 801), Remembered::Again);
    // However many tell it, few sources are kept.
    for n in 0..50 {
        memory.remember(lore("flood"), told(&n.to_string()), 0.1, 900);
    }
    assert_eq!(memory.get(&lore("flood")).unwrap().also.len(), MOST_SOURCES);
}

#[test]
fn what_is_not_heard_again_is_forgotten_and_what_is_pinned_is_not() {
    let mut memory = Memory::new(MemorySettings { half_life: 10.0, ..MemorySettings::default() });
    for id in ["rope", "flood", "debt"] {
        memory.remember(lore(id), Heard::Saw, 0.0, 0);
    }
    memory.pin(&lore("debt"), true);
    // After 40 ticks a sixteenth is left, just above the floor of a twentieth.
    assert!(memory.forget(40).is_empty());
    assert!(memory.rehearse(&lore("rope"), 40));
    assert!(memory.has_fact("flood", 43) && !memory.has_fact("flood", 44));
    let gone = memory.forget(50);
    assert_eq!(gone.iter().map(|item| &item.claim).collect::<Vec<_>>(), [&lore("flood")]);
    assert!(memory.has_fact("rope", 120) && memory.has_fact("debt", u64::MAX));
    assert_eq!(memory.forget(u64::MAX).len(), 1);
    assert!(!memory.rehearse(&lore("rope"), 0) && !memory.pin(&lore("rope"), true));
}

#[test]
fn a_full_memory_loses_the_weakest_that_is_not_pinned() {
    let mut memory = Memory::new(MemorySettings { most: 3, ..MemorySettings::default() });
    memory.remember(lore("rope"), Heard::Saw, 0.0, 0);
    memory.remember(lore("purse"), Heard::Saw, 0.0, 5);
    memory.remember(lore("debt"), Heard::Saw, 0.9, 0);
    memory.pin(&lore("rope"), true);
    let Remembered::Instead(lost) = memory.remember(lore("flood"), Heard::Saw, 0.5, 10) else { panic!() };
    assert_eq!(lost.claim, lore("purse"), "the oldest is pinned, the next weakest goes");
    memory.pin(&lore("debt"), true);
    memory.pin(&lore("flood"), true);
    assert_eq!(memory.remember(lore("moon"), Heard::Saw, 1.0, 10), Remembered::Full);
    assert_eq!(memory.items().len(), 3);
}

#[test]
fn what_is_called_comes_first_then_what_matters_then_what_is_fresh() {
    let (story, _) = tavern();
    let mut memory = Memory::default();
    memory.remember(lore("rope"), Heard::Saw, 0.9, 0);
    memory.remember(lore("flood"), Heard::Saw, 0.1, 0);
    memory.remember(lore("moon"), Heard::Saw, 0.1, 900);
    memory.remember(lore("nowhere"), Heard::Saw, 1.0, 900);
    let recall = |budget: Budget, cue: &str| -> Vec<String> {
        let found = memory.recall(&story, 1000, &[cue], Weights::default(), budget, &all, &mut words);
        found.iter().map(|recalled| recalled.says.to_owned()).collect()
    };
    let whole = Budget::default();
    assert_eq!(recall(whole, "Is the RIVER high?")[0], "The river took the lower bridge.");
    assert_eq!(recall(whole, ""), ["The rope is wet.", "The moon is up.", "The river took the lower bridge."]);
    // Six words do not fit into five; what is shorter does.
    assert_eq!(recall(Budget { items: 3, tokens: 5 }, "river"), ["The rope is wet."]);
    assert_eq!(recall(Budget { items: 1, tokens: 99 }, "river").len(), 1);
    assert!(recall(Budget { items: 0, tokens: 99 }, "river").is_empty());
}

#[test]
fn only_what_was_heard_or_written_may_be_shown() {
    let (story, mut runner) = tavern();
    let mut memory = Memory::default();
    let facts = |runner: &Runner, memory: &Memory, beat: &str, now: u64| -> Vec<String> {
        let env = runner.environment(&NoHost);
        knowledge(&story, "mara", beat, &env, memory, now).facts.iter().map(|&id| id.to_owned()).collect()
    };
    assert_eq!(facts(&runner, &memory, "tavern", 0), ["rope"]);
    for id in ["debt", "flood", "moon", "purse", "quay", "nowhere"] {
        memory.remember(lore(id), told("ede"), 0.0, 0);
    }
    // Hidden, untrue and out of scope stay closed although they were heard.
    assert_eq!(facts(&runner, &memory, "tavern", 0), ["rope", "debt", "flood"]);
    assert_eq!(facts(&runner, &memory, "quay", 0), ["rope", "debt", "flood", "quay"]);
    runner.set("n", Value::Int(1)).unwrap();
    assert_eq!(facts(&runner, &memory, "tavern", 0), ["rope", "debt", "flood", "moon"]);
    assert_eq!(facts(&runner, &memory, "tavern", 1_000_000), ["rope"], "forgotten");

    // A secret that she was told is no secret to her; a statement may not let slip what she hides.
    let env = runner.environment(&NoHost);
    memory.remember(deed("bread", "You took the bread.", &[]), Heard::Saw, 0.0, 0);
    memory.remember(deed("purses", "You took two purses.", &[]), Heard::Saw, 0.0, 0);
    let known = knowledge(&story, "mara", "tavern", &env, &memory, 0);
    assert_eq!(known.forbidden, ["purse", "boat"], "what she hides, and what is closed here");
    let said: Vec<&Claim> = known.statements.iter().map(|item| &item.claim).collect();
    assert_eq!(said, [&deed("bread", "You took the bread.", &[])]);
    let allowed = memory.items().iter().filter(|item| known.allows(item)).count();
    assert_eq!(allowed, 4, "debt, flood, moon and the bread");
}

#[test]
fn a_composer_shows_what_its_host_remembers() {
    let (story, runner) = tavern();
    let composer = Composer::new(story.clone(), &Templates::default()).unwrap();
    let mut memory = Memory::default();
    memory.remember(lore("flood"), told("odo"), 0.0, 0);
    let people = [("mara", &memory)];
    let line = &story.beats.get("tavern").unwrap().lines[0];
    let prompt = |now: u64| {
        let host = Remembering { host: &NoHost, people: &people, now };
        let Composed::Request(request) = composer.line(&runner, line, &host) else { panic!("no request") };
        request.prompt().full()
    };
    assert!(prompt(0).contains("lower bridge"), "{}", prompt(0));
    assert!(!prompt(1_000_000).contains("lower bridge"));
    // Somebody else's memory is not hers.
    let host = Remembering { host: &NoHost, people: &[("ede", &memory)], now: 0 };
    let Composed::Request(request) = composer.line(&runner, line, &host) else { panic!("no request") };
    assert!(!request.prompt().full().contains("bridge"));
}

#[test]
fn a_telling_is_worded_within_its_form() {
    let (story, runner) = tavern();
    let composer = Composer::new(story, &Templates::default()).unwrap();
    let telling = Retelling {
        text: "Some say that 4 men carried the bell to the mill.".to_owned(),
        keep: ["bell", "4", "the mill"].map(str::to_owned).to_vec(),
        drift: 0.4,
    };
    let compose = |id: &str, template: &str| {
        composer.retelling(&runner, "ede", id, &telling, template, "default", Priority::Ambient, &NoHost)
    };
    let Composed::Request(request) = compose("bell:1", "reply") else { panic!("no request") };
    assert_eq!(request.fallback, telling.text);
    let Work::Write { prompt, constraints, rules, config, .. } = &request.work else { panic!("not written") };
    assert!(prompt.full().contains(&telling.text) && !prompt.full().contains("silver"), "{}", prompt.full());
    assert_eq!(constraints.must, [["bell"], ["4"], ["the mill"]]);
    assert_eq!(rules.near.as_ref().map(|near| (near.text.as_str(), near.most)), Some((telling.text.as_str(), 0.4)));
    let Composed::Request(other) = compose("bell:2", "reply") else { panic!("no request") };
    let Work::Write { config: others, .. } = &other.work else { panic!("not written") };
    assert_ne!(config.seed, others.seed, "each telling has words of its own");
    // Without a template no model is asked, and the telling stands as it is.
    let Composed::Chosen { text, .. } = compose("bell:1", "none such") else { panic!("asked") };
    assert_eq!(text, telling.text);
}

#[test]
fn nobody_sees_what_they_neither_know_nor_heard() {
    let (story, runner) = tavern();
    for fact in ["debt", "flood", "moon", "quay", "purse"] {
        assert_never_sees!(story, "mara", fact, &runner);
    }
    // The macro can fail: by what is written, and by what is heard.
    let why = never_sees(&story, "mara", "rope", &State::from(&runner)).unwrap_err();
    assert!(why.contains("mara is shown the fact 'rope' in the prompt of line m_1"), "{why}");
    let mut memory = Memory::default();
    memory.remember(lore("debt"), told("ede"), 0.0, 0);
    memory.remember(lore("purse"), told("ede"), 0.0, 0);
    let state = State { memory: Some((&memory, 0)), ..State::from(&runner) };
    assert!(never_sees(&story, "mara", "debt", &state).unwrap_err().contains("the fact 'debt'"));
    assert_never_sees!(story, "mara", "purse", state.clone());
    assert_never_sees!(story, "mara", "debt", State { memory: Some((&memory, 1_000_000)), ..state });
    for (npc, fact) in [("nobody", "rope"), ("mara", "nothing")] {
        assert!(never_sees(&story, npc, fact, &State::from(&runner)).unwrap_err().contains("the story has no"));
    }
}

#[test]
fn a_key_in_another_form_is_found_and_all_kinds_of_prompts_are_looked_at() {
    let (story, runner) = tavern();
    let mut memory = Memory::default();
    memory.remember(deed("boats", "You took three boats.", &[]), Heard::Saw, 0.0, 0);
    let state = State { memory: Some((&memory, 0)), ..State::from(&runner) };
    let why = never_sees(&story, "mara", "quay", &state).unwrap_err();
    assert!(why.contains("'boat' of the fact 'quay' in the prompt of a talk"), "{why}");
    let of: Vec<String> = prompts_of(&story, "mara", &state).unwrap().into_iter().map(|seen| seen.of).collect();
    for wanted in ["line m_1", "line m_2", "storylet bark", "a talk"] {
        assert!(of.iter().any(|of| of == wanted), "{wanted} in {of:?}");
    }
}

#[test]
fn the_secrets_of_the_shipped_story_stay_secret() {
    let text = include_str!("../../../assets/stories/drowned_bell.story.ron");
    let story = Arc::new(parse(vec![Source::new("bell.story.ron", text.to_owned())]).story.unwrap());
    let (runner, _) = Runner::new(story.clone(), 7, &NoHost).unwrap();
    assert_never_sees!(story, "mara", "odo_debt", &runner);
    assert_never_sees!(story, "odo", "odo_debt", &runner);
    // Nobody told Odo of the flood, and still the word stands in the setting of his prompts: the macro is strict.
    let why = never_sees(&story, "odo", "flood", &State::from(&runner)).unwrap_err();
    assert!(why.contains("'flood' of the fact 'flood'"), "{why}");
}

#[test]
fn a_bad_save_is_refused_with_a_reason() {
    let (story, _) = tavern();
    let settings = MemorySettings::default();
    let mut memory = Memory::default();
    memory.remember(lore("flood"), told("odo"), 0.25, 3);
    memory.remember(lore("gone"), Heard::Read("letter".to_owned()), 0.25, 4);
    memory.remember(deed("candle", "You took a candle.", &["candle"]), Heard::Did, 1.0, 5);
    let text = memory.to_text().unwrap();

    let (same, lost) = Memory::from_text(&text, settings, None).unwrap();
    assert_eq!((&same, lost.len()), (&memory, 0));
    let (_, lost) = Memory::from_text(&text, settings, Some(&story)).unwrap();
    assert_eq!(lost, [Lost::NoSuchFact("gone".to_owned())]);
    let (less, lost) = Memory::from_text(&text, MemorySettings { most: 1, ..settings }, None).unwrap();
    assert_eq!((less.items().len(), lost.len()), (1, 2));

    // Cut anywhere, it is damaged, and says where.
    for end in (0..text.len()).filter(|&end| text.is_char_boundary(end)) {
        let error = Memory::from_text(&text[..end], settings, None).unwrap_err();
        assert!(matches!(error, MemoryError::Damaged { .. }), "{end}: {error}");
    }
    let newer = text.replacen("format:1", "format:99, other:[]", 1);
    assert_eq!(
        Memory::from_text(&newer, settings, None).unwrap_err(),
        MemoryError::Newer { format: 99, newest: MEMORY_FORMAT }
    );
    for (from, to) in [
        ("importance:0.25", "importance:7.5"),
        ("importance:0.25", "importance:NaN"),
        ("importance:0.25", "importance:-1.0"),
        ("half_life:750.0", "half_life:inf"),
        ("half_life:750.0", "half_life:-2.0"),
        ("last:3", "last:2"),
        ("times:1", "times:0"),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        let error = Memory::from_text(&text.replacen(from, to, 1), settings, None).unwrap_err();
        assert!(matches!(error, MemoryError::BadNumber { .. }), "{to}: {error}");
    }
    let mut data = memory.data();
    data.items = vec![data.items[0].clone(); MOST_SAVED + 1];
    assert!(matches!(Memory::from_data(data.clone(), settings, None), Err(MemoryError::TooMany { .. })));
    data.items.truncate(3);
    let (once, lost) = Memory::from_data(data.clone(), settings, None).unwrap();
    assert_eq!((once.items().len(), lost), (1, vec![Lost::Twice(lore("flood")); 2]));
    data.items[0].also = vec![Heard::Saw; MOST_SOURCES + 1];
    assert!(matches!(Memory::from_data(data, settings, None), Err(MemoryError::TooMany { .. })));
    let huge = " ".repeat(LONGEST_SAVE + 1);
    assert!(matches!(Memory::from_text(&huge, settings, None), Err(MemoryError::TooMany { .. })));
}

/// What may happen to a memory.
#[derive(Debug, Clone)]
enum Step {
    Remember(u8, f32),
    Rehearse(u8),
    Pin(u8, bool),
    Forget,
}

fn steps() -> impl Strategy<Value = Vec<(Step, u64)>> {
    let step = prop_oneof![
        (0..12_u8, any::<f32>()).prop_map(|(id, importance)| Step::Remember(id, importance)),
        (0..12_u8).prop_map(Step::Rehearse),
        (0..12_u8, any::<bool>()).prop_map(|(id, pinned)| Step::Pin(id, pinned)),
        Just(Step::Forget),
    ];
    prop::collection::vec((step, 0..400_u64), 0..60)
}

fn play(memory: &mut Memory, steps: &[(Step, u64)], now: &mut u64) {
    for (step, ticks) in steps {
        *now += ticks;
        let claim = |id: &u8| lore(&id.to_string());
        match step {
            Step::Remember(id, importance) => {
                memory.remember(claim(id), told("odo"), *importance, *now);
            }
            Step::Rehearse(id) => {
                memory.rehearse(&claim(id), *now);
            }
            Step::Pin(id, pinned) => {
                memory.pin(&claim(id), *pinned);
            }
            Step::Forget => {
                memory.forget(*now);
            }
        }
    }
}

proptest! {
    #[test]
    fn it_stays_bounded_and_a_save_in_the_middle_changes_nothing(before in steps(), after in steps(), most in 0..8_usize) {
        let settings = MemorySettings { most, half_life: 100.0, ..MemorySettings::default() };
        let (mut memory, mut now) = (Memory::new(settings), 0);
        play(&mut memory, &before, &mut now);
        let (mut loaded, lost) = Memory::from_text(&memory.to_text().unwrap(), settings, None).unwrap();
        prop_assert!(lost.is_empty());
        let mut then = now;
        play(&mut memory, &after, &mut now);
        play(&mut loaded, &after, &mut then);
        prop_assert_eq!(&loaded, &memory);
        prop_assert!(memory.items().len() <= most);
        for item in memory.items() {
            prop_assert!((0.0..=1.0).contains(&item.strength(now)) && (0.0..=1.0).contains(&item.importance));
            prop_assert!(item.half_life <= settings.longest && item.strength(now) >= item.strength(now + 1));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}|\\(format:1,items:\\[\\PC{0,60}\\]\\)") {
        _ = Memory::from_text(&text, MemorySettings::default(), None);
    }
}
