//! Saves: nothing is lost on the way through a file, and what a changed story has lost is told.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

#[path = "support/stories.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod stories;

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use raconteur_core::runner::{
    Host, Label, Lost, Moment, NoHost, Position, Runner, RunnerEvent, RunnerState, STATE_FORMAT, StuckReason,
};
use raconteur_core::save::{SAVE_FORMAT, Save, SaveError};
use raconteur_core::story::format::{Choice, Gen, Line, Lore, Story, Value, VarDecl};
use raconteur_core::story::table::Table;
use stories::Dice;

fn story(source: &str) -> Story {
    use ron::extensions::Extensions;
    let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES;
    ron::Options::default().with_default_extension(extensions).from_str(source).unwrap()
}

/// Answers by what is asked alone, so that a play can be repeated.
struct Fixed(u64);

impl Host for Fixed {
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        let seed = self.0 ^ (name.len() + args.len()) as u64;
        match name {
            "coins" => Ok(Value::Int((seed % 20) as i64)),
            "mood" => Ok(Value::Word(if seed.is_multiple_of(2) { "glad" } else { "grim" }.to_owned())),
            _ if seed.is_multiple_of(7) => Err("not now".to_owned()),
            _ => Ok(Value::Bool(seed.is_multiple_of(3))),
        }
    }
}

/// A random story whose lines have variants and rumors.
fn random(seed: u64) -> Story {
    let mut story = story(&stories::random(seed, false));
    let mut dice = Dice::new(seed ^ 7);
    story.lore.push("flood", Lore { says: "The river took the bridge.".to_owned(), ..Lore::default() });
    for (_, beat) in story.beats.iter_mut() {
        beat.checkpoint = dice.chance(30);
        for line in &mut beat.lines {
            line.generate = match dice.below(4) {
                0 => Some(Gen::Pick {
                    from: vec!["Perhaps.".to_owned(), "So they say.".to_owned()],
                    prompt: "say".to_owned(),
                    policy: "default".to_owned(),
                }),
                1 => Some(Gen::Rumor {
                    prompt: "reply".to_owned(),
                    policy: "default".to_owned(),
                    of: "flood".to_owned(),
                    keep: Vec::new(),
                    drift: 0.5,
                }),
                _ => None,
            };
        }
    }
    story
}

/// Does what a step says, and tells what came of it. `None` when the story is over.
fn step(runner: &mut Runner, chance: u64, host: &dyn Host) -> Option<Vec<RunnerEvent>> {
    let went = match runner.moment() {
        Moment::Line { .. } => {
            match chance % 5 {
                0 => runner.spoken("Perhaps."),
                1 => runner.spoken("They say the bridge is gone."),
                2 => runner.record("player", "Why?"),
                _ => {}
            }
            runner.advance(host)
        }
        Moment::Detour { .. } => {
            let lines = ["A memory of water.".to_owned()];
            let readings: BTreeMap<String, i64> = [("n".to_owned(), (chance % 5) as i64 - 1)].into();
            match chance % 3 {
                0 => runner.skip_detour(host),
                1 => runner.finish_detour(&lines, &readings, host),
                _ => runner.advance(host),
            }
        }
        Moment::Choices(open) | Moment::Slot { outcomes: open } => {
            runner.choose(&open[(chance % open.len() as u64) as usize].id, host)
        }
        Moment::Ended { .. } | Moment::Stuck(_) => return None,
    };
    let told = runner.storylet("ann", host).filter(|_| chance.is_multiple_of(4)).map(|storylet| storylet.id.clone());
    let mut events = went.unwrap_or_else(raconteur_core::runner::RunnerError::into_events);
    if let Some(id) = told {
        events.extend(runner.tell(&id, host).unwrap());
        runner.remarked(&id, "Hm.");
        // Its effects may open and close choices; a load settles that, and so does a game that asks for it.
        if matches!(runner.moment(), Moment::Choices(_) | Moment::Slot { .. }) {
            events.extend(runner.refresh(host).unwrap_or_else(raconteur_core::runner::RunnerError::into_events));
        }
    }
    Some(events)
}

/// What a screen needs in the middle of a moment is saved too.
fn half_way(runner: &mut Runner, chance: u64) {
    match runner.moment() {
        Moment::Line { .. } if chance.is_multiple_of(2) => runner.spoken("So they say."),
        Moment::Detour { .. } if chance.is_multiple_of(2) => {
            runner.tell_detour(&["Rain.".to_owned()], &[("m".to_owned(), 1)].into()).unwrap();
        }
        Moment::Slot { outcomes } => {
            let label = Label { id: outcomes[0].id.clone(), text: "Another way.".to_owned() };
            runner.show_labels(&[label, Label { id: "no such".to_owned(), text: "x".to_owned() }]);
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    /// At every moment of a play: through RON, through JSON, through a save, and back into the story. Both go on in the
    /// same way.
    #[test]
    fn a_state_goes_through_a_file_and_plays_on_as_before(
        seed in 0..5000_u64, chances in proptest::collection::vec(any::<u64>(), 1..24), answers in any::<u64>(),
    ) {
        let story = Arc::new(random(seed));
        let host = Fixed(answers);
        let Ok((mut runner, _)) = Runner::new(story.clone(), seed, &host) else { return Ok(()) };
        for (at, chance) in chances.iter().enumerate() {
            half_way(&mut runner, *chance);
            if runner.moment() == Moment::Stuck(StuckReason::Loop) {
                break;
            }
            let state = runner.state();
            let ron: RunnerState = ron::from_str(&ron::to_string(state).unwrap()).unwrap();
            prop_assert_eq!(&ron, state);
            let json: RunnerState = serde_json::from_str(&serde_json::to_string(state).unwrap()).unwrap();
            prop_assert_eq!(&json, state);
            let save = Save::from_text(&Save::new(vec![state.clone()]).to_text().unwrap()).unwrap();
            let saved = save.state_of(&story.id).unwrap().clone();

            let (mut back, events) = Runner::resume(story.clone(), saved, &host).unwrap();
            for event in &events {
                prop_assert!(!matches!(event, RunnerEvent::Lost(_) | RunnerEvent::Relocated { .. }), "{:?}", event);
            }
            prop_assert_eq!(back.state(), state);
            let mut on = runner.clone();
            for chance in &chances[at..] {
                prop_assert_eq!(back.moment(), on.moment());
                prop_assert_eq!(step(&mut back, *chance, &host), step(&mut on, *chance, &host));
                prop_assert_eq!(back.state(), on.state());
            }
            if step(&mut runner, *chance, &host).is_none() {
                break;
            }
        }
    }

    /// Whatever a writer takes out or changes: no panic, each loss is told, and a story that can go on does.
    #[test]
    fn a_save_goes_on_in_a_story_that_was_cut(
        seed in 0..5000_u64, chances in proptest::collection::vec(any::<u64>(), 1..40), cut in any::<u64>(),
    ) {
        let host = Fixed(cut);
        let whole = Arc::new(repaired(random(seed)));
        let Ok((mut runner, _)) = Runner::new(whole.clone(), seed, &host) else { return Ok(()) };
        for chance in &chances {
            half_way(&mut runner, *chance);
            if step(&mut runner, *chance, &host).is_none() {
                break;
            }
        }
        half_way(&mut runner, cut);
        let state = runner.state().clone();
        let less = Arc::new(repaired(mutated((*whole).clone(), cut)));
        let (mut back, events) = Runner::resume(less.clone(), state.clone(), &host).unwrap();
        check_told(&state, &less, &back, &events)?;
        for chance in &chances {
            prop_assert!(!matches!(back.moment(), Moment::Stuck(_)), "{:?}", back.moment());
            if step(&mut back, *chance, &host).is_none() {
                break;
            }
        }
        // And the other way round: a save of the smaller story in the larger one.
        let (back, events) = Runner::resume(whole.clone(), back.state().clone(), &host).unwrap();
        check_told(back.state(), &whole, &back, &events)?;
    }

    /// A save with some bytes changed is read or refused, and what is read can be played.
    #[test]
    fn a_damaged_save_does_no_harm(
        seed in 0..500_u64, chances in proptest::collection::vec(any::<u64>(), 1..12),
        at in any::<proptest::sample::Index>(), with in "[ -~]{0,4}", gone in 0..6_usize,
    ) {
        let story = Arc::new(random(seed));
        let Ok((mut runner, _)) = Runner::new(story.clone(), seed, &NoHost) else { return Ok(()) };
        for chance in &chances {
            if step(&mut runner, *chance, &NoHost).is_none() {
                break;
            }
        }
        let mut text = Save::new(vec![runner.state().clone()]).to_text().unwrap();
        prop_assert!(text.is_ascii());
        let from = at.index(text.len());
        text.replace_range(from..(from + gone).min(text.len()), &with);
        match Save::from_text(&text) {
            Ok(save) => for state in save.stories {
                if let Ok((mut back, _)) = Runner::resume(story.clone(), state, &NoHost) {
                    chances.iter().for_each(|chance| drop(step(&mut back, *chance, &NoHost)));
                }
            },
            Err(SaveError::Damaged { line, column, message }) => {
                prop_assert!(line == 1 && column >= 1 && column <= text.len() + 1 && !message.is_empty());
            }
            Err(SaveError::Newer { format, newest }) => prop_assert!(format > newest),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}

/// The same story with a way on at every place: every beat that is no end says something and can be left.
fn repaired(mut story: Story) -> Story {
    let ids: Vec<String> = story.beats.ids().map(str::to_owned).collect();
    let last = ids.last().unwrap().clone();
    let mend = |to: &mut String| {
        if !ids.contains(to) {
            to.clone_from(&last);
        }
    };
    for (id, beat) in story.beats.iter_mut() {
        if id == last {
            beat.end = true;
        }
        beat.next.iter_mut().for_each(mend);
        beat.choices.iter_mut().chain(&mut beat.otherwise).for_each(|choice| mend(&mut choice.to));
        beat.slot.iter_mut().flat_map(|slot| &mut slot.outcomes).for_each(|outcome| mend(&mut outcome.to));
        if beat.end {
            continue;
        }
        beat.lines.push(Line {
            id: format!("{id}_mended"),
            who: "ann".to_owned(),
            say: "On.".to_owned(),
            ..Line::default()
        });
        let way = Choice { id: format!("{id}_way"), say: "On.".to_owned(), to: last.clone(), ..Choice::default() };
        if let Some(slot) = &mut beat.slot {
            for outcome in &mut slot.outcomes {
                (outcome.when, outcome.once) = (None, false);
            }
            if slot.outcomes.is_empty() {
                beat.slot = None;
            }
        }
        match (&mut beat.otherwise, &beat.slot) {
            (Some(way), _) => (way.when, way.once) = (None, false),
            (None, None) if beat.next.is_none() || !beat.choices.is_empty() => beat.otherwise = Some(way),
            _ => {}
        }
    }
    story
}

/// Takes things out of a story and gives others new types and places.
fn mutated(mut story: Story, seed: u64) -> Story {
    let mut dice = Dice::new(seed);
    let mut beats = Table::default();
    for (id, beat) in story.beats.iter() {
        let mut beat = beat.clone();
        if id != story.start && dice.chance(25) {
            continue;
        }
        beat.lines.retain(|_| dice.chance(75));
        beat.choices.retain(|_| dice.chance(75));
        beat.detour.take_if(|_| dice.chance(30));
        beat.slot.iter_mut().for_each(|slot| slot.outcomes.retain(|_| dice.chance(75)));
        for line in &mut beat.lines {
            if dice.chance(30) {
                line.generate = None;
            }
        }
        beats.push(id, beat);
    }
    // A line may be in another beat now.
    let ids: Vec<String> = beats.ids().map(str::to_owned).collect();
    let (from, to) = (&ids[dice.below(ids.len())], &ids[dice.below(ids.len())]);
    if let Some(line) = beats.get_mut(from).and_then(|beat| beat.lines.pop()) {
        beats.get_mut(to).unwrap().lines.push(line);
    }
    story.beats = beats;
    let mut vars = Table::default();
    for (name, var) in story.vars.iter() {
        match dice.below(6) {
            0 => {}
            1 => vars.push(name, VarDecl::Bool { init: true, meta: None }),
            2 => vars.push(name, VarDecl::Int { init: 1, min: 1, max: 1, meta: None }),
            3 => vars.push(name, VarDecl::Enum { init: "red".to_owned(), of: vec!["red".to_owned()], meta: None }),
            _ => vars.push(name, var.clone()),
        }
    }
    vars.push("fresh", VarDecl::Int { init: 3, min: 0, max: 9, meta: None });
    story.vars = vars;
    story.storylets.retain(|_| dice.chance(50));
    if dice.chance(40) {
        story.lore = Table::default();
    }
    story
}

fn all_ids(story: &Story) -> Vec<&str> {
    let mut ids: Vec<&str> = story.storylets.iter().map(|storylet| storylet.id.as_str()).collect();
    for (_, beat) in story.beats.iter() {
        ids.extend(beat.lines.iter().map(|line| line.id.as_str()));
        ids.extend(beat.choices.iter().chain(&beat.otherwise).map(|choice| choice.id.as_str()));
        ids.extend(beat.slot.iter().flat_map(|slot| &slot.outcomes).map(|outcome| outcome.id.as_str()));
    }
    ids
}

/// Whether everything of `saved` is either still there or told as lost, and the new state is one of the story.
fn check_told(saved: &RunnerState, story: &Story, back: &Runner, events: &[RunnerEvent]) -> Result<(), TestCaseError> {
    let lost: Vec<&Lost> = events
        .iter()
        .filter_map(|event| match event {
            RunnerEvent::Lost(lost) => Some(lost),
            _ => None,
        })
        .collect();
    let state = back.state();
    prop_assert_eq!(state.format, STATE_FORMAT);
    let names: Vec<&str> = state.vars.keys().map(String::as_str).collect();
    let mut declared: Vec<&str> = story.vars.ids().collect();
    declared.sort_unstable();
    prop_assert_eq!(names, declared);
    for (name, value) in &state.vars {
        prop_assert_eq!(&story.vars.get(name).unwrap().clamp(value.clone()), value);
    }
    for (name, value) in &saved.vars {
        match story.vars.get(name) {
            None => {
                let gone = Lost::Variable { name: name.clone(), value: value.clone() };
                prop_assert!(lost.contains(&&gone), "{:?}", gone);
            }
            Some(var) if var.clamp(value.clone()) != *value => {
                let found = lost
                    .iter()
                    .any(|lost| matches!(lost, Lost::Value { name: of, was, .. } if of == name && was == value));
                prop_assert!(found, "{}", name);
            }
            Some(_) => {}
        }
    }
    for (id, visits) in &saved.visits {
        let gone = Lost::Beat { id: id.clone(), visits: *visits };
        prop_assert_eq!(lost.contains(&&gone), !story.beats.contains(id), "{}", id);
    }
    let ids = all_ids(story);
    for id in saved.seen.iter().chain(&saved.taken) {
        prop_assert_eq!(lost.contains(&&Lost::Text { id: id.clone() }), !ids.contains(&id.as_str()), "{}", id);
    }
    prop_assert!(state.seen.iter().chain(&state.taken).all(|id| ids.contains(&id.as_str())));
    prop_assert!(state.visits.keys().chain(&state.detours).all(|id| story.beats.contains(id)));
    for fact in saved.retellings.keys() {
        prop_assert_eq!(lost.contains(&&Lost::Retelling { fact: fact.clone() }), !story.lore.contains(fact));
    }
    for (id, index) in &saved.variants {
        let told = lost.contains(&&Lost::Variant { id: id.clone(), index: *index });
        prop_assert_eq!(told, !state.variants.contains_key(id), "{}", id);
    }
    if let Position::Line { id, .. } = &saved.position
        && !ids.contains(&id.as_str())
        && story.beats.contains(&saved.beat)
    {
        prop_assert!(lost.iter().any(|lost| matches!(lost, Lost::Line { id: of, .. } if of == id)), "{}", id);
    }
    if !story.beats.contains(&saved.beat) {
        // The line may have found another beat; else there is a new place, and either is told.
        let left =
            events.iter().any(|event| matches!(event, RunnerEvent::Relocated { from, .. } if *from == saved.beat));
        prop_assert!(left, "{:?}", events);
    }
    prop_assert!(story.beats.contains(&state.beat));
    Ok(())
}

const INN: &str = r#"(format: 1, id: "inn", start: "hall", vars: { "calm": Int(init: 0, min: 0, max: 3) }, cast: { "mara": (name: "Mara") },
    lore: { "flood": (says: "The river took the bridge.") }, beats: {
    "hall": (checkpoint: true, lines: [
            (id: "h1", who: "mara", say: "Sit down."),
            (id: "h2", who: "mara", say: "Soup?", gen: Pick(from: ["Bread?", "Ale?"])),
            (id: "h3", who: "mara", say: "The bridge is gone.", gen: Rumor(of: "flood", drift: 0.5))],
        choices: [(id: "stay", say: "Stay.", to: "room"), (id: "go", say: "Go.", to: "road")]),
    "room": (detour: (goal: "A dream.", say: "A dream of water.", may: ["calm += 0..2"]),
        slot: (offer: 2, outcomes: [(id: "sleep", say: "Sleep.", to: "road"), (id: "wake", say: "Wake.", to: "road")])),
    "road": (end: true) })"#;

fn inn() -> Arc<Story> {
    Arc::new(story(INN))
}

fn through_a_file(runner: &Runner) -> RunnerState {
    let text = Save::new(vec![runner.state().clone()]).to_text().unwrap();
    Save::from_text(&text).unwrap().state_of("inn").unwrap().clone()
}

#[test]
fn a_reload_shows_the_same_words() {
    let (mut runner, _) = Runner::new(inn(), 1, &NoHost).unwrap();
    runner.advance(&NoHost).unwrap();
    runner.spoken("Ale?");
    runner.record("player", "With pleasure.");
    let (mut runner, events) = Runner::resume(inn(), through_a_file(&runner), &NoHost).unwrap();
    assert_eq!(events, []);
    let words = |runner: &Runner| {
        runner.shown().iter().map(|shown| format!("{}/{}: {}", shown.id, shown.who, shown.text)).collect::<Vec<_>>()
    };
    assert_eq!(words(&runner), ["h1/mara: Sit down.", "h2/mara: Ale?", "/player: With pleasure."]);
    assert!(matches!(&runner.state().position, Position::Line { id, spoken: true, .. } if id == "h2"));
    assert_eq!(runner.state().variants["h2"], 2);

    runner.advance(&NoHost).unwrap();
    runner.spoken("The bridge went down with a cart on it.");
    let heard = &runner.state().retellings["flood"];
    assert_eq!(
        (heard.text.as_str(), heard.who.as_str(), heard.times),
        ("The bridge went down with a cart on it.", "mara", 1)
    );
    runner.advance(&NoHost).unwrap();
    runner.choose("stay", &NoHost).unwrap();
    assert_eq!(words(&runner), [""; 0], "another screen");

    runner.tell_detour(&["Water, and a bell.".to_owned()], &[("calm".to_owned(), 9)].into()).unwrap();
    let (mut runner, events) = Runner::resume(inn(), through_a_file(&runner), &NoHost).unwrap();
    assert_eq!((events, words(&runner)), (vec![], vec!["detour:room/narrator: Water, and a bell.".to_owned()]));
    let events = runner.advance(&NoHost).unwrap();
    assert!(events.contains(&RunnerEvent::VarChanged { name: "calm".to_owned(), value: Value::Int(2) }), "{events:?}");

    let label = |id: &str, text: &str| Label { id: id.to_owned(), text: text.to_owned() };
    runner.show_labels(&[label("wake", "Get up."), label("sleep", "Turn over.")]);
    let state = through_a_file(&runner);
    let (runner, _) = Runner::resume(inn(), state.clone(), &NoHost).unwrap();
    assert_eq!(runner.labels(), [label("wake", "Get up."), label("sleep", "Turn over.")]);
    // One of them is gone: the others would be read anew, so none stays.
    let mut less = (*inn()).clone();
    less.beats.get_mut("room").unwrap().slot.as_mut().unwrap().outcomes.remove(0);
    let (runner, events) = Runner::resume(Arc::new(less), state, &NoHost).unwrap();
    assert_eq!((runner.labels(), events), (&[][..], vec![RunnerEvent::Lost(Lost::Choice { id: "sleep".to_owned() })]));
}

#[test]
fn what_was_saved_before_there_was_more_to_save() {
    let text = r#"(format:1,story:"inn",vars:{"calm":Int(1)},visits:{"hall":1},seen:["h1"],taken:[],beat:"hall",
        position:Line(id:"h2",index:1,spoken:false),checkpoint:Some("hall"),history:[(who:"mara",text:"Sit down.")],told:{},tellings:0,seed:7)"#;
    let save = Save::from_text(text).unwrap();
    let (mut runner, events) = Runner::resume(inn(), save.state_of("inn").unwrap().clone(), &NoHost).unwrap();
    assert_eq!(events, []);
    assert_eq!((runner.line().unwrap().id.as_str(), runner.state().format), ("h2", STATE_FORMAT));
    assert_eq!(runner.state().vars["calm"], Value::Int(1));
    runner.advance(&NoHost).unwrap();
    assert_eq!(runner.line().unwrap().id, "h3");
    // At a slot, where format 1 had no labels.
    let at_slot = text
        .replace(r#"Line(id:"h2",index:1,spoken:false)"#, r#"Slot(open:["sleep"])"#)
        .replace(r#"beat:"hall""#, r#"beat:"room""#);
    let save = Save::from_text(&at_slot).unwrap();
    let (runner, _) = Runner::resume(inn(), save.stories[0].clone(), &NoHost).unwrap();
    assert!(matches!(runner.moment(), Moment::Slot { outcomes } if outcomes.len() == 2), "settled anew");
}

#[test]
fn the_place_is_found_by_line_then_beat_then_checkpoint_then_start() {
    let (mut runner, _) = Runner::new(inn(), 1, &NoHost).unwrap();
    runner.advance(&NoHost).unwrap();
    runner.spoken("Bread?");
    let at_line = runner.state().clone();
    let resumed = |story: Story, state: &RunnerState| Runner::resume(Arc::new(story), state.clone(), &NoHost).unwrap();
    // The line: wherever it is, and whatever stands before it.
    let mut moved = (*inn()).clone();
    let line = moved.beats.get_mut("hall").unwrap().lines.remove(1);
    moved.beats.get_mut("room").unwrap().lines = vec![Line { id: "new".to_owned(), ..Line::default() }, line];
    let (back, events) = resumed(moved, &at_line);
    assert_eq!(back.moment(), Moment::Line { beat: "room".to_owned(), index: 1 });
    assert_eq!(events, [RunnerEvent::Relocated { from: "hall".to_owned(), to: "room".to_owned() }]);
    // The beat: from its first line on, with no other visit.
    let mut cut = (*inn()).clone();
    cut.beats.get_mut("hall").unwrap().lines.remove(1);
    let (back, events) = resumed(cut, &at_line);
    assert_eq!((back.line().unwrap().id.as_str(), back.state().visits["hall"], back.shown().len()), ("h1", 1, 0));
    assert_eq!(
        events,
        [
            RunnerEvent::Lost(Lost::Text { id: "h2".to_owned() }),
            RunnerEvent::Lost(Lost::Variant { id: "h2".to_owned(), index: 1 }),
            RunnerEvent::Lost(Lost::Line { id: "h2".to_owned(), instead: Some("h1".to_owned()) }),
        ]
    );
    // The checkpoint, and the start when that is gone too.
    runner.advance(&NoHost).unwrap();
    runner.advance(&NoHost).unwrap();
    runner.choose("stay", &NoHost).unwrap();
    let mut gone = (*inn()).clone();
    gone.start = "road".to_owned();
    gone.beats =
        gone.beats.iter().filter(|(id, _)| *id != "room").map(|(id, beat)| (id.to_owned(), beat.clone())).collect();
    let (back, events) = resumed(gone.clone(), runner.state());
    assert_eq!(back.line().unwrap().id, "h1");
    assert!(events.contains(&RunnerEvent::Relocated { from: "room".to_owned(), to: "hall".to_owned() }));
    assert!(events.contains(&RunnerEvent::Lost(Lost::Beat { id: "room".to_owned(), visits: 1 })));
    gone.beats =
        gone.beats.iter().filter(|(id, _)| *id != "hall").map(|(id, beat)| (id.to_owned(), beat.clone())).collect();
    let (back, events) = resumed(gone, runner.state());
    assert_eq!(back.moment(), Moment::Ended { beat: "road".to_owned() });
    assert!(events.contains(&RunnerEvent::Lost(Lost::Checkpoint { beat: "hall".to_owned() })));
}

#[test]
fn a_place_without_a_way_on_is_left() {
    let (mut runner, _) = Runner::new(inn(), 1, &NoHost).unwrap();
    for _ in 0..3 {
        runner.advance(&NoHost).unwrap();
    }
    runner.choose("stay", &NoHost).unwrap();
    let mut closed = (*inn()).clone();
    let room = closed.beats.get_mut("room").unwrap();
    (room.detour, room.slot) = (None, None);
    let (back, events) = Runner::resume(Arc::new(closed), runner.state().clone(), &NoHost).unwrap();
    assert_eq!(back.line().unwrap().id, "h1", "back at the checkpoint");
    assert!(events.contains(&RunnerEvent::Lost(Lost::Detour { beat: "room".to_owned() })), "{events:?}");
    assert!(events.contains(&RunnerEvent::Relocated { from: "room".to_owned(), to: "hall".to_owned() }));
}

#[test]
fn saves_that_cannot_be_used_say_why() {
    let (runner, _) = Runner::new(inn(), 1, &NoHost).unwrap();
    let text = Save::new(vec![runner.state().clone()]).to_text().unwrap();
    assert_eq!(Save::from_text(&text).unwrap().to_text().unwrap(), text, "the same save, the same text");
    for end in 0..text.len() {
        let error = Save::from_text(&text[..end]).unwrap_err();
        assert!(matches!(&error, SaveError::Damaged { line: 1, .. }), "{end}: {error}");
        assert!(error.to_string().contains("Load an older save"));
    }
    let newer = text.replacen("format:1", "format:9", 1).replace("stories:", "saves:{},stories:");
    assert_eq!(Save::from_text(&newer), Err(SaveError::Newer { format: 9, newest: SAVE_FORMAT }));
    let newer = text.replacen("format:2", "format:7", 1).replace("shown:", "seen_at:12,shown:");
    assert_eq!(Save::from_text(&newer), Err(SaveError::Newer { format: 7, newest: STATE_FORMAT }));
    let bare = ron::to_string(runner.state()).unwrap().replacen("format:2", "format:8", 1);
    assert_eq!(Save::from_text(&bare), Err(SaveError::Newer { format: 8, newest: STATE_FORMAT }));
    let other = Save::from_text(&text).unwrap();
    assert_eq!(
        other.state_of("bell"),
        Err(SaveError::NoSuchStory { wanted: "bell".to_owned(), saved: vec!["inn".to_owned()] })
    );
    assert!(Save::from_text("").is_err() && Save::from_text("(story: \"x\")").is_err());
}
