//! The runner: order, choices, what fails closed, and random walks.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::cell::RefCell;
use std::sync::Arc;

use proptest::prelude::*;
use raconteur_core::runner::{
    HISTORY_LIMIT, Host, Moment, NoHost, Runner, RunnerError, RunnerEvent, RunnerState, StuckReason,
};
use raconteur_core::story::format::{Story, Value, VarDecl};

fn story(source: &str) -> Arc<Story> {
    use ron::extensions::Extensions;
    let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES;
    let options = ron::Options::default().with_default_extension(extensions);
    Arc::new(options.from_str(source).unwrap())
}

fn drowned_bell() -> Arc<Story> {
    story(include_str!("../../../assets/stories/drowned_bell.story.ron"))
}

/// A story of a few beats: `body` stands in `beats: {..}`.
fn beats(body: &str) -> Arc<Story> {
    story(&format!(
        "(format: 1, id: \"t\", start: \"a\", vars: {{ \"n\": Int(init: 0, min: 0, max: 2), \"lit\": Bool(init: false) }},
          host: {{ \"night\": (ret: Bool) }}, cast: {{ \"mara\": (name: \"Mara\") }}, beats: {{ {body} }})"
    ))
}

fn entered(events: &[RunnerEvent]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| match event {
            RunnerEvent::BeatEntered { beat } => Some(beat.as_str()),
            _ => None,
        })
        .collect()
}

fn open(runner: &Runner) -> Vec<String> {
    match runner.moment() {
        Moment::Choices(open) | Moment::Slot { outcomes: open } => open.into_iter().map(|choice| choice.id).collect(),
        _ => Vec::new(),
    }
}

struct Night(bool);

impl Host for Night {
    fn call(&self, name: &str, _args: &[Value]) -> Result<Value, String> {
        if name == "night" || name == "is_night" { Ok(Value::Bool(self.0)) } else { Err("what?".to_owned()) }
    }
}

#[test]
fn lines_then_effects_then_choices() {
    let story = beats(
        r#""a": (lines: [(id: "a1", who: "mara", say: "One."), (id: "a2", who: "mara", say: "Hidden.", when: "n > 5"),
                         (id: "a3", who: "mara", say: "Two.", when: "n == 0")],
                 then: ["n += 1"], choices: [(id: "c", say: "Go.", to: "b", when: "n == 1", then: ["lit = true", "n += 9"])]),
           "b": (lines: [(id: "b1", who: "mara", say: "End.")], end: true)"#,
    );
    let (mut runner, events) = Runner::new(story, 7, &NoHost).unwrap();
    assert_eq!(events, [RunnerEvent::BeatEntered { beat: "a".to_owned() }]);
    assert_eq!(runner.moment(), Moment::Line { beat: "a".to_owned(), index: 0 });
    runner.spoken("Uno.");
    assert_eq!(runner.advance(&NoHost).unwrap(), []);
    assert_eq!(runner.line().unwrap().id, "a3", "the line whose condition fails is passed over");
    let events = runner.advance(&NoHost).unwrap();
    assert_eq!(events, [RunnerEvent::VarChanged { name: "n".to_owned(), value: Value::Int(1) }]);
    assert_eq!(open(&runner), ["c"]);

    let events = runner.choose("c", &NoHost).unwrap();
    let n = |value| Value::Int(value);
    assert_eq!(
        events,
        [
            RunnerEvent::VarChanged { name: "lit".to_owned(), value: Value::Bool(true) },
            RunnerEvent::Clamped { name: "n".to_owned(), wanted: n(10), value: n(2) },
            RunnerEvent::VarChanged { name: "n".to_owned(), value: n(2) },
            RunnerEvent::BeatEntered { beat: "b".to_owned() },
        ]
    );
    let said: Vec<(&str, &str)> =
        runner.state().history.iter().map(|turn| (turn.who.as_str(), turn.text.as_str())).collect();
    assert_eq!(said, [("mara", "Uno."), ("mara", "Two.")], "\"Go.\" is what the player does, not says");
    assert!(runner.state().seen.contains("a1") && !runner.state().seen.contains("a2"));

    assert_eq!(runner.advance(&NoHost).unwrap(), [RunnerEvent::StoryEnded { beat: "b".to_owned() }]);
    assert_eq!(runner.moment(), Moment::Ended { beat: "b".to_owned() });
    assert!(matches!(runner.advance(&NoHost), Err(RunnerError::Over { .. })));
}

#[test]
fn a_label_is_a_turn_when_it_is_speech() {
    let story = beats(
        r#""a": (choices: [(id: "do", say: "Ask about the bell.", to: "a"), (id: "ask", say: "Who rang it?", to: "a"),
                           (id: "quote", say: "“I will pay.”", to: "a"), (id: "cjk", say: "谁敲的？", to: "a"),
                           (id: "part", say: "Say \"no\" and go.", to: "a")])"#,
    );
    let (mut runner, _) = Runner::new(story, 1, &NoHost).unwrap();
    for id in ["do", "ask", "quote", "cjk", "part"] {
        runner.choose(id, &NoHost).unwrap();
    }
    let said: Vec<&str> = runner.state().history.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!(said, ["Who rang it?", "I will pay.", "谁敲的？"]);
}

#[test]
fn what_is_not_open_cannot_be_chosen_and_changes_nothing() {
    let (mut runner, _) = Runner::new(drowned_bell(), 1, &NoHost).unwrap();
    let before = runner.state().clone();
    assert!(matches!(runner.choose("ford_a", &NoHost), Err(RunnerError::NotOpen { open, .. }) if open.is_empty()));
    assert_eq!(runner.state(), &before, "a line is due, not a choice");
    runner.advance(&NoHost).unwrap();
    runner.advance(&NoHost).unwrap();
    assert_eq!(open(&runner), ["ford_a", "ford_b", "ford_c"]);
    let before = runner.state().clone();
    for id in ["confess", "", "no such thing", "ford_1"] {
        assert!(matches!(runner.choose(id, &NoHost), Err(RunnerError::NotOpen { .. })), "{id}");
    }
    assert!(matches!(runner.advance(&NoHost), Err(RunnerError::ChoiceExpected { .. })));
    assert_eq!(runner.state(), &before);
    // `once`: gone when it has been taken.
    runner.choose("ford_a", &NoHost).unwrap();
    for _ in 0..3 {
        runner.advance(&NoHost).unwrap();
    }
    assert_eq!(open(&runner), ["ford_b", "ford_c"]);
    assert_eq!(runner.state().visits["ford"], 2);
}

#[test]
fn the_otherwise_choice_is_open_when_no_other_is() {
    let story = beats(
        r#""a": (choices: [(id: "c", say: "Go.", to: "a", once: true)], otherwise: (id: "o", say: "Leave.", to: "b")),
           "b": (end: true)"#,
    );
    let (mut runner, _) = Runner::new(story, 1, &NoHost).unwrap();
    assert_eq!(open(&runner), ["c"]);
    assert!(runner.choose("o", &NoHost).is_err());
    runner.choose("c", &NoHost).unwrap();
    assert_eq!(open(&runner), ["o"]);
    let events = runner.choose("o", &NoHost).unwrap();
    assert_eq!(events.last(), Some(&RunnerEvent::StoryEnded { beat: "b".to_owned() }));
}

#[test]
fn what_a_story_remembers_can_be_asked() {
    let story = beats(
        r#""a": (lines: [(id: "a1", who: "mara", say: "One.")], choices: [
                (id: "again", say: "Again.", to: "a"),
                (id: "third", say: "Third.", to: "b", when: "visits(\"a\") >= 3"),
                (id: "seen", say: "Seen.", to: "b", when: "seen(\"a1\") and not visited(\"b\")")]),
           "b": (end: true)"#,
    );
    let (mut runner, _) = Runner::new(story, 1, &NoHost).unwrap();
    for expected in [&["again", "seen"][..], &["again", "seen"], &["again", "third", "seen"]] {
        runner.advance(&NoHost).unwrap();
        assert_eq!(open(&runner), expected);
        runner.choose("again", &NoHost).unwrap();
    }
}

#[test]
fn a_story_that_cannot_go_on_says_so() {
    let stuck =
        beats(r#""a": (lines: [(id: "a1", who: "mara", say: "One.")], choices: [(id: "c", to: "a", when: "n > 1")])"#);
    let (mut runner, _) = Runner::new(stuck, 1, &NoHost).unwrap();
    assert!(matches!(runner.advance(&NoHost), Err(RunnerError::Stuck { reason: StuckReason::NoOpenChoice, .. })));
    assert_eq!(runner.moment(), Moment::Stuck(StuckReason::NoOpenChoice));
    assert!(matches!(runner.advance(&NoHost), Err(RunnerError::Stuck { .. })), "and says so again");
    // The game may still help it out.
    runner.set("n", Value::Int(2)).unwrap();
    runner.refresh(&NoHost).unwrap();
    assert_eq!(open(&runner), ["c"]);

    assert!(matches!(Runner::new(beats(r#""a": ()"#), 1, &NoHost), Err(RunnerError::Stuck { .. })));
    let circle = beats(r#""a": (next: "b", then: ["n += 1"]), "b": (next: "a")"#);
    match Runner::new(circle, 1, &NoHost) {
        Err(RunnerError::Loop { hops, events, .. }) => {
            assert_eq!(hops, 1000);
            assert!(entered(&events).len() >= 1000);
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        Runner::new(beats(r#""a": (next: "zz")"#), 1, &NoHost),
        Err(RunnerError::NoSuchBeat { beat, .. }) if beat == "zz"
    ));
}

#[test]
fn a_condition_that_fails_is_false_and_reported() {
    let story = beats(
        r#""a": (choices: [(id: "host", to: "b", when: "night()"), (id: "typo", to: "b", when: "(n"),
                           (id: "type", to: "b", when: "n and lit"), (id: "fine", to: "b")], then: ["x = 1", "lit = 3"]),
           "b": (end: true)"#,
    );
    let (runner, events) = Runner::new(story.clone(), 1, &NoHost).unwrap();
    assert_eq!(open(&runner), ["fine"]);
    let failed: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            RunnerEvent::ConditionFailed { source, .. } | RunnerEvent::EffectFailed { source, .. } => {
                Some(source.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(failed[0], "x = 1");
    assert_eq!(failed[failed.len() - 3..], ["night()", "(n", "n and lit"]);
    assert_eq!(runner.state().vars["lit"], Value::Bool(false));
    let (runner, _) = Runner::new(story, 1, &Night(true)).unwrap();
    assert_eq!(open(&runner), ["host", "fine"]);
}

#[test]
fn a_slot_offers_what_is_ranked_best_and_what_is_always_there() {
    let story = beats(
        r#""a": (slot: (offer: 2, always: ["z"], outcomes: [(id: "p", to: "b"), (id: "z", to: "b"), (id: "q", to: "b"),
                                                         (id: "r", to: "b"), (id: "s", to: "b", when: "n > 0")])),
           "b": (end: true)"#,
    );
    let (mut runner, _) = Runner::new(story, 1, &NoHost).unwrap();
    assert_eq!(open(&runner), ["p", "z", "q", "r"]);
    let offered = |ranking: &[usize]| runner.offered(ranking).into_iter().map(|choice| choice.id).collect::<Vec<_>>();
    assert_eq!(offered(&[]), ["p", "z", "q"]);
    assert_eq!(offered(&[2, 0, 1]), ["p", "z", "r"]);
    assert_eq!(offered(&[2, 2, 99]), ["p", "z", "r"], "nonsense in a ranking does no harm");
    let events = runner.choose_worded("q", Some("Whose boots are these?"), &NoHost).unwrap();
    assert_eq!(entered(&events), ["b"]);
    assert_eq!(runner.state().history.last().unwrap().text, "Whose boots are these?");
}

#[test]
fn the_most_specific_storylet_told_longest_ago_is_told() {
    let story = story(
        r#"(format: 1, id: "t", start: "a", vars: { "n": Int(init: 0, min: 0, max: 9) }, host: { "night": (ret: Bool) },
            cast: { "mara": (name: "Mara") }, beats: { "a": (choices: [(id: "c", to: "a")]) }, storylets: [
            (id: "any", who: "mara", say: "A.", cooldown: 1), (id: "other", who: "mara", say: "O.", when: "true", then: ["n += 1"]),
            (id: "dark", who: "mara", say: "D.", when: "night()", cooldown: 2),
            (id: "deep", who: "mara", say: "X.", when: "n >= 1 and n <= 3", once: true),
            (id: "odo", who: "odo", say: "N.")])"#,
    );
    let (mut runner, _) = Runner::new(story, 1, &NoHost).unwrap();
    let tell = |runner: &mut Runner, host: &dyn Host| {
        let id = runner.storylet("mara", host).map(|storylet| storylet.id.clone());
        if let Some(id) = &id {
            runner.tell(id, host).unwrap();
        }
        id.unwrap_or_default()
    };
    assert_eq!(tell(&mut runner, &NoHost), "any");
    assert_eq!(tell(&mut runner, &NoHost), "other");
    assert_eq!(runner.state().vars["n"], Value::Int(1));
    assert_eq!(tell(&mut runner, &NoHost), "deep", "two comparisons");
    assert_eq!(tell(&mut runner, &Night(true)), "dark", "one call");
    assert_eq!(tell(&mut runner, &Night(true)), "any", "dark rests, deep was told once");
    assert_eq!(tell(&mut runner, &Night(true)), "other");
    assert_eq!(tell(&mut runner, &Night(true)), "dark", "two others have been told");
    assert_eq!(runner.storylet("nobody", &NoHost), None);
    assert!(matches!(runner.tell("zz", &NoHost), Err(RunnerError::NoSuchStorylet { .. })));
}

#[test]
fn a_save_comes_back_also_into_a_changed_story() {
    let first = beats(
        r#""a": (lines: [(id: "a1", who: "mara", say: "One."), (id: "a2", who: "mara", say: "Two.")], then: ["n += 1"],
               checkpoint: true, choices: [(id: "c", to: "b")]),
           "b": (lines: [(id: "b1", who: "mara", say: "End.")], end: true)"#,
    );
    let (mut runner, _) = Runner::new(first.clone(), 5, &NoHost).unwrap();
    runner.advance(&NoHost).unwrap();
    let saved = ron::to_string(runner.state()).unwrap();
    let at_line: RunnerState = ron::from_str(&saved).unwrap();
    assert_eq!(&at_line, runner.state());
    runner.advance(&NoHost).unwrap();
    let at_choice = runner.state().clone();
    runner.choose("c", &NoHost).unwrap();
    let in_b = runner.state().clone();

    let (back, events) = Runner::resume(first.clone(), at_choice.clone(), &NoHost).unwrap();
    assert_eq!((back.state(), events.as_slice()), (&at_choice, &[][..]), "nothing is applied twice");

    // A line is found again where it went; a beat that is gone is left for the checkpoint.
    let second = beats(
        r#""a": (lines: [(id: "a0", who: "mara", say: "New.")], checkpoint: true, choices: [(id: "d", to: "z")]),
           "z": (lines: [(id: "zz", who: "mara", say: "Z."), (id: "a2", who: "mara", say: "Two.")], end: true)"#,
    );
    let (back, _) = Runner::resume(second.clone(), at_line.clone(), &NoHost).unwrap();
    assert_eq!(back.moment(), Moment::Line { beat: "z".to_owned(), index: 1 });
    let (back, _) = Runner::resume(second.clone(), at_choice, &NoHost).unwrap();
    assert_eq!(open(&back), ["d"]);
    let (back, events) = Runner::resume(second, in_b, &NoHost).unwrap();
    assert!(events.contains(&RunnerEvent::Relocated { from: "b".to_owned(), to: "a".to_owned() }));
    assert_eq!(back.line().unwrap().id, "a0");

    let other = story(r#"(format: 1, id: "other", start: "a", beats: { "a": (end: true) })"#);
    assert!(matches!(Runner::resume(other, at_line.clone(), &NoHost), Err(RunnerError::WrongStory { .. })));
    let newer = RunnerState { format: 99, ..at_line };
    assert!(matches!(Runner::resume(first, newer, &NoHost), Err(RunnerError::NewerSave { .. })));
}

/// Answers from a list, over and over, sometimes not at all.
struct Moody(RefCell<(Vec<u8>, usize)>);

impl Host for Moody {
    fn call(&self, _name: &str, _args: &[Value]) -> Result<Value, String> {
        let mut moods = self.0.borrow_mut();
        moods.1 += 1;
        let (list, at) = &*moods;
        match list.get(at % list.len().max(1)).copied().unwrap_or(0) % 4 {
            0 => Ok(Value::Bool(false)),
            1 => Ok(Value::Bool(true)),
            2 => Ok(Value::Int(3)),
            _ => Err("not now".to_owned()),
        }
    }
}

/// Plays by a list of numbers and gives every state on the way.
fn walk(seed: u64, steps: &[u8]) -> Vec<RunnerState> {
    let host = Moody(RefCell::new((steps.to_vec(), 0)));
    let (mut runner, _) = Runner::new(drowned_bell(), seed, &host).unwrap();
    let mut states = vec![runner.state().clone()];
    for step in steps {
        match runner.moment() {
            Moment::Line { .. } | Moment::Detour { .. } => {
                if step % 3 == 0 {
                    runner.spoken("Something else.");
                }
                runner.advance(&host).unwrap();
            }
            Moment::Choices(open) | Moment::Slot { outcomes: open } => {
                assert!(!open.is_empty());
                assert!(runner.choose("nonsense", &host).is_err());
                runner.choose(&open[usize::from(*step) % open.len()].id, &host).unwrap();
            }
            Moment::Ended { .. } => break,
            Moment::Stuck(reason) => panic!("stuck: {reason}"),
        }
        if let Some(id) = runner.storylet("mara", &host).map(|storylet| storylet.id.clone()) {
            runner.tell(&id, &host).unwrap();
        }
        states.push(runner.state().clone());
    }
    states
}

proptest! {
    #[test]
    fn random_walks_stay_within_the_story(seed in any::<u64>(), steps in proptest::collection::vec(any::<u8>(), 0..300)) {
        let states = walk(seed, &steps);
        let story = drowned_bell();
        for state in &states {
            prop_assert!(state.history.len() <= HISTORY_LIMIT);
            for (name, var) in story.vars.iter() {
                match (var, &state.vars[name]) {
                    (VarDecl::Int { min, max, .. }, Value::Int(value)) => prop_assert!((min..=max).contains(&value)),
                    (VarDecl::Bool { .. }, Value::Bool(_)) => {}
                    (VarDecl::Enum { of, .. }, Value::Word(word)) => prop_assert!(of.contains(word)),
                    (var, value) => prop_assert!(false, "{var:?} holds {value:?}"),
                }
            }
        }
        prop_assert_eq!(walk(seed, &steps), states.clone(), "the same inputs give the same states");
        // From anywhere a save comes back to the same place.
        if let Some(last) = states.last() {
            let saved: RunnerState = ron::from_str(&ron::to_string(last).unwrap()).unwrap();
            let (back, events) = Runner::resume(story, saved, &NoHost).unwrap();
            prop_assert_eq!((back.state(), events), (last, Vec::new()));
        }
    }
}

#[test]
fn every_ending_can_be_played() {
    for (choices, ending) in
        [(&["ford_a", "ford_c", "confess"][..], "end_truth"), (&["ford_c", "leave_it"], "end_silence")]
    {
        let (mut runner, _) = Runner::new(drowned_bell(), 1, &NoHost).unwrap();
        let mut choices = choices.iter();
        loop {
            match runner.moment() {
                Moment::Line { .. } | Moment::Detour { .. } => drop(runner.advance(&NoHost).unwrap()),
                Moment::Choices(_) | Moment::Slot { .. } => {
                    drop(runner.choose(choices.next().unwrap(), &NoHost).unwrap());
                }
                Moment::Ended { beat } => {
                    assert_eq!(beat, ending);
                    break;
                }
                Moment::Stuck(reason) => panic!("{reason}"),
            }
        }
    }
}
