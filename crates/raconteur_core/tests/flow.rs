//! Mistakes that are planted into stories are found where they are, with the values and the path that lead there.

#[expect(dead_code, reason = "other tests use the rest of it")]
#[path = "support/stories.rs"]
mod stories;

use raconteur_core::story::diagnostic::{Diagnostic, Severity};
use raconteur_core::story::flow::{Flow, Limits, Openness, Precision, explore};
use raconteur_core::story::parse::{Checked, parse};
use raconteur_core::story::source::Source;

const BELL: &str = include_str!("../../../assets/stories/drowned_bell.story.ron");

fn check(text: &str) -> Checked {
    parse(vec![Source::new("x.story.ron", text)])
}

/// A story of these variables and beats; `n` counts to 3, `b` is a switch.
fn story(beats: &str) -> Checked {
    check(&format!(
        r#"Story(format: 1, id: "x", start: "a",
        vars: {{ "n": Int(init: 0, min: 0, max: 3), "b": Bool(init: false), "gold": Int(init: 0, min: 0, max: 9999) }},
        host: {{ "night": (ret: Bool), "purse": (ret: Int), "who": (ret: Text) }},
        cast: {{ "ann": (name: "Ann") }},
        beats: {{ {beats} "end": (end: true) }})"#
    ))
}

fn flow(checked: &Checked) -> Flow {
    explore(checked.story.as_ref().expect("it has the right shape"), &Limits::default())
}

/// The only finding of a code.
fn only<'a>(checked: &'a Checked, code: &str) -> &'a Diagnostic {
    let found: Vec<&Diagnostic> = checked.diagnostics.iter().filter(|found| found.code == code).collect();
    assert_eq!(found.len(), 1, "{code}:\n{}", checked.render(false));
    found[0]
}

/// Codes of all findings but notes, and but variables that an example does not use.
fn codes(checked: &Checked) -> Vec<&str> {
    let found = checked.diagnostics.iter().filter(|found| found.severity < Severity::Note && found.code != "V04");
    found.map(|found| found.code).collect()
}

/// Codes of the flow checks only.
fn flow_codes(checked: &Checked) -> Vec<&str> {
    codes(checked).into_iter().filter(|code| code.starts_with('F') || ["G04", "G07", "V03"].contains(code)).collect()
}

#[test]
fn a_soft_lock_has_its_values_and_its_path() {
    // The three tests of the issue: a choice that needs more than can be had, in the shipped story.
    let slot = "when: \"clues >= 2\", then: [\"suspect = odo\"]";
    assert!(BELL.contains(slot));
    let broken = BELL
        .replace(
            "say: \"Ask about his wet boots.\",    then",
            "say: \"Ask about his wet boots.\", when: \"clues >= 9\", then",
        )
        .replace(
            "say: \"Let the river keep it.\",      then",
            "say: \"Let the river keep it.\", when: \"clues >= 2\", then",
        );
    let checked = check(&broken);
    let found = only(&checked, "F03");
    assert_eq!(found.message, "'press_odo' has no open outcome when clues=1");
    assert_eq!(found.caption, "path: ford:ford_c > tower");
    assert_eq!(found.help.as_deref(), Some("add an outcome without when:"));
    assert_eq!(found.severity, Severity::Error);
    let dead = only(&checked, "F02");
    assert_eq!(
        dead.message,
        "outcome 'deflect' in 'press_odo' can never be taken: \"clues >= 9\" is false in every state that reaches it"
    );
    assert!(checked.into_story().is_err());
}

#[test]
fn a_choice_that_can_be_used_up_locks_the_story() {
    let checked = story(
        r#""a": (choices: [(id: "x", say: "x", to: "a", once: true), (id: "y", say: "y", to: "end", when: "b")]),"#,
    );
    let found = only(&checked, "F03");
    assert_eq!(found.message, "'a' has no open choice when b=false, seen(x)");
    assert_eq!(found.caption, "path: a:x");
    assert_eq!(flow(&checked).soft_locks.len(), 1);
}

#[test]
fn what_the_game_answers_is_tried_both_ways_but_the_same_in_one_moment() {
    let sound = story(
        r#""a": (choices: [(id: "x", say: "x", to: "end", when: "night()"), (id: "y", say: "y", to: "end", when: "not night()")]),"#,
    );
    assert_eq!(flow_codes(&sound), Vec::<&str>::new(), "{}", sound.render(false));
    let locked = story(r#""a": (choices: [(id: "x", say: "x", to: "end", when: "night()")]),"#);
    assert_eq!(only(&locked, "F03").message, "'a' has no open choice when night()=false");
    assert_eq!(only(&locked, "F03").caption, "right at the start");
    let numbers = story(
        r#""a": (choices: [(id: "x", say: "x", to: "end", when: "purse() > 7"), (id: "y", say: "y", to: "end", when: "purse() < 7")]),"#,
    );
    assert_eq!(only(&numbers, "F03").message, "'a' has no open choice when purse()=7");
    let words = story(
        r#""a": (choices: [(id: "x", say: "x", to: "end", when: "who() == \"odo\""), (id: "y", say: "y", to: "end", when: "who() == \"mara\"")]),"#,
    );
    assert_eq!(only(&words, "F03").message, "'a' has no open choice when who()=another text");
}

#[test]
fn counts_of_visits_are_told_apart_as_far_as_conditions_do() {
    let checked = story(
        r#""a": (choices: [(id: "x", say: "x", to: "a", when: "visits(a) < 3"), (id: "y", say: "y", to: "end", when: "visits(a) >= 5")]),"#,
    );
    assert_eq!(only(&checked, "F03").message, "'a' has no open choice when visits(a)=3");
    assert_eq!(only(&checked, "F03").caption, "path: a:x > a:x");
    assert_eq!(only(&checked, "F02").message.split(" can").next(), Some("choice 'y' in 'a'"));
    // Two counts that are compared with each other are told apart as well, and nothing is claimed that is not so.
    let compared = story(
        r#""a": (choices: [(id: "x", say: "x", to: "c"), (id: "z", say: "z", to: "d")]), "c": (next: "e"), "d": (next: "e"),
        "e": (choices: [(id: "p", say: "p", to: "a", when: "visits(c) > visits(d)"), (id: "q", say: "q", to: "end", when: "visits(d) >= visits(c)")]),"#,
    );
    assert_eq!(flow_codes(&compared), Vec::<&str>::new(), "{}", compared.render(false));
}

#[test]
fn no_ending_and_endings_out_of_reach() {
    let trap = story(
        r#""a": (choices: [(id: "x", say: "x", to: "end"), (id: "y", say: "y", to: "c")]),
        "c": (choices: [(id: "p", say: "p", to: "d")]), "d": (choices: [(id: "q", say: "q", to: "c")]),"#,
    );
    assert_eq!(codes(&trap), ["F04"], "{}", trap.render(false));
    assert_eq!(only(&trap, "F04").message, "from 'c' no ending can be reached");
    assert_eq!(only(&trap, "F04").caption, "path: a:y");
    // The way out can close for ever: that is found as well, with what closes it.
    let late = story(
        r#""a": (choices: [(id: "x", say: "x", to: "end", when: "not b"), (id: "y", say: "y", to: "a", then: ["b = true"])]),"#,
    );
    assert_eq!(only(&late, "F04").message, "from 'a' no ending can be reached when b=true");
    let never = story(r#""a": (choices: [(id: "x", say: "x", to: "a")]), "c": (next: "end"),"#);
    let mut all = codes(&never);
    all.sort_unstable();
    assert_eq!(all, ["F01", "F04", "F05"], "{}", never.render(false));
    assert_eq!(only(&never, "F01").message, "beat 'c' can never be reached from 'a'");
    assert_eq!(only(&never, "F05").message, "ending 'end' cannot be reached");
    assert_eq!(only(&never, "F05").help.as_deref(), Some("'c', which leads to it, can never be reached either"));
}

#[test]
fn a_story_without_endings_is_not_meant_to_end() {
    let text = r#"Story(format: 1, id: "x", start: "a", beats: { "a": (choices: [(id: "c", say: "x", to: "a")]) })"#;
    assert_eq!(codes(&check(text)), Vec::<&str>::new());
}

#[test]
fn circles_hang_only_where_nothing_changes() {
    let silent = story(
        r#""a": (choices: [(id: "x", say: "x", to: "c"), (id: "y", say: "y", to: "end")]), "c": (next: "d"), "d": (next: "c"),"#,
    );
    assert_eq!(
        only(&silent, "F06").message,
        "'c' > 'd' > 'c' repeats without a choice or an effect; the game would hang"
    );
    assert_eq!(only(&silent, "F06").caption, "path: a:x");
    assert_eq!(codes(&silent), ["F06"], "{}", silent.render(false));
    // A line that is shown once only does not keep it from hanging afterwards.
    let once = story(r#""a": (next: "c"), "c": (lines: [(id: "l", who: "ann", say: "Hm.", once: true)], next: "a"),"#);
    assert!(codes(&once).contains(&"F06"), "{}", once.render(false));
    // A chain as long as this the runner takes for a circle.
    let beats: String = (0..1001).map(|n| format!("\"b{n}\": (next: \"b{}\"),", n + 1)).collect();
    let long = story(&format!(
        "\"a\": (choices: [(id: \"x\", say: \"x\", to: \"b0\")]), {beats} \"b1001\": (choices: [(id: \"y\", say: \"y\", to: \"end\")]),"
    ));
    assert!(only(&long, "F06").message.starts_with("more than 1000 beats without a line or a choice follow 'b"));
    assert_eq!(flow(&long).path_to("b1").map(|path| path.to_string()).as_deref(), Some("a:x > b0"));
    // With lines for ever it is no hang, but nothing else ever happens.
    let talk = story(r#""a": (lines: [(id: "l", who: "ann", say: "Hm.")], next: "c"), "c": (next: "a"),"#);
    assert!(!codes(&talk).contains(&"F06") && codes(&talk).contains(&"F04"), "{}", talk.render(false));
    let endless = check(
        r#"Story(format: 1, id: "x", start: "a", cast: { "ann": (name: "Ann") },
        beats: { "a": (lines: [(id: "l", who: "ann", say: "Hm.")], next: "a") })"#,
    );
    assert_eq!(
        only(&endless, "F06").message,
        "'a' > 'a' repeats without a choice or an effect; the player is never asked again"
    );
}

#[test]
fn hidden_choices_are_those_whose_condition_decides_nothing() {
    let beats = |second: &str| {
        story(&format!(
            r#""a": (choices: [(id: "x", say: "x", to: "end", when: "night()"), (id: "y", say: "y", to: "end"{second})]),"#
        ))
    };
    let hidden = beats("");
    assert_eq!(
        only(&hidden, "F07").message,
        "choice 'x' hides behind 'y': whenever it is open 'y' is open, goes to the same beat and does the same"
    );
    for other in [", then: [\"b = true\"]", ", when: \"not night()\""] {
        assert!(!codes(&beats(other)).contains(&"F07"), "{other}");
    }
    // Two ways of saying the same are no mistake.
    let alike = story(r#""a": (choices: [(id: "x", say: "x", to: "end"), (id: "y", say: "y", to: "end")]),"#);
    assert_eq!(codes(&alike), Vec::<&str>::new());
}

#[test]
fn an_otherwise_that_is_never_needed() {
    let checked =
        story(r#""a": (choices: [(id: "x", say: "x", to: "end")], otherwise: (id: "y", say: "y", to: "end")),"#);
    assert_eq!(
        only(&checked, "F02").message,
        "otherwise 'y' in 'a' can never be taken: some other choice is open in every state that reaches it"
    );
}

#[test]
fn detours_write_what_they_may_and_decide_no_ending() {
    let beats = |may: &str, when: &str| {
        story(&format!(
            r#""a": (lines: [(id: "l", who: "ann", say: "Hm.")],
                detour: (goal: "x", say: "x", max_lines: 1, may: [{may:?}]), next: "c"),
            "c": (choices: [(id: "x", say: "x", to: "d", when: {when:?}), (id: "y", say: "y", to: "end")]),
            "d": (choices: [(id: "z", say: "z", to: "c")]),"#
        ))
    };
    let open = |checked: &Checked, id: &str| flow(checked).ways.iter().find(|way| way.id == id).expect("a way").open;
    // All values are tried, and that nothing is told at all.
    assert_eq!(open(&beats("n += 0..2", "n == 2"), "x"), Openness::Sometimes);
    assert_eq!(open(&beats("n += 1..2", "n == 0"), "x"), Openness::Sometimes);
    assert_eq!(open(&beats("n += 0..2", "n == 3"), "x"), Openness::Never);
    assert!(!codes(&beats("n += 0..2", "n == 2")).contains(&"G07"));
    let decides = story(
        r#""a": (lines: [(id: "l", who: "ann", say: "Hm.")], detour: (goal: "x", say: "x", max_lines: 1, may: ["n += 0..1"]),
            then: ["b = n >= 0"], next: "c"),
        "c": (then: ["b = n >= 1"], choices: [(id: "x", say: "x", to: "d", when: "b"), (id: "y", say: "y", to: "end")]),
        "d": (choices: [(id: "z", say: "z", to: "e")]), "e": (end: true),"#,
    );
    assert_eq!(only(&decides, "G07").message, "the detour of 'a' may write 'n', which decides \"b\" in 'c'");
}

#[test]
fn storylets_are_told_at_any_rest() {
    let text = |then: &str| {
        format!(
            r#"Story(format: 1, id: "x", start: "a", vars: {{ "n": Int(init: 0, min: 0, max: 1) }}, cast: {{ "ann": (name: "Ann") }},
            beats: {{ "a": (lines: [(id: "l", who: "ann", say: "Hm.")], next: "c"),
                "c": (choices: [(id: "x", say: "x", to: "end", when: "n == 0")]), "end": (end: true) }},
            storylets: [(id: "s", who: "ann", say: "Hm.", once: true, then: [{then}])])"#
        )
    };
    let checked = check(&text("\"n += 1\""));
    let found = only(&checked, "F03");
    assert_eq!(found.message, "'c' has no open choice when n=1");
    assert_eq!(found.caption, "path: (s) > a");
    assert_eq!(codes(&check(&text(""))), Vec::<&str>::new());
}

#[test]
fn clamps_have_their_furthest_value() {
    let checked = story(
        r#""a": (choices: [(id: "x", say: "x", to: "a", then: ["n += 2"]), (id: "w", say: "w", to: "a", then: ["n -= 1"]),
            (id: "y", say: "y", to: "end", when: "n == 3"), (id: "z", say: "z", to: "end")]),"#,
    );
    let found: Vec<&str> =
        checked.diagnostics.iter().filter(|found| found.code == "V03").map(|found| found.message.as_str()).collect();
    assert_eq!(
        found,
        [
            "\"n += 2\" can push 'n' to 5, outside 0..3; it is clamped",
            "\"n -= 1\" can push 'n' to -1, outside 0..3; it is clamped"
        ]
    );
}

#[test]
fn what_nobody_reads_is_left_out() {
    let checked = story(
        r#""a": (choices: [(id: "x", say: "x", to: "a", then: ["gold += 1"]), (id: "y", say: "y", to: "end")]),"#,
    );
    let flow = flow(&checked);
    assert_eq!(flow.sliced, ["n", "b", "gold"]);
    assert_eq!((flow.states, flow.precision), (2, Precision::Exact));
    // What nobody reads any more is forgotten: n is read in 'a' only.
    let read = story(
        r#""a": (choices: [(id: "x", say: "x", to: "c", when: "n < 3", then: ["n += 1"]), (id: "y", say: "y", to: "c", when: "n >= 3")]),
        "c": (choices: [(id: "z", say: "z", to: "end")]),"#,
    );
    assert_eq!(explore(read.story.as_ref().expect("a story"), &Limits::default()).states, 3);
}

#[test]
fn too_many_states_fall_back_to_ranges() {
    let checked = story(
        r#""a": (choices: [(id: "x", say: "x", to: "a", then: ["gold += 7"]), (id: "u", say: "u", to: "a", then: ["gold -= 3"]),
            (id: "y", say: "y", to: "c", when: "gold >= 50")]),
        "c": (choices: [(id: "p", say: "p", to: "end", when: "gold >= 30"), (id: "q", say: "q", to: "d", when: "gold < 40")]),
        "d": (choices: [(id: "r", say: "r", to: "end")]),"#,
    );
    let story = checked.story.as_ref().expect("it has the right shape");
    let flow = explore(story, &Limits { states: 5 });
    assert_eq!(flow.precision, Precision::Ranges);
    assert_eq!(flow.large[0].variable, "gold");
    let open = |id: &str| flow.ways.iter().find(|way| way.id == id).expect("a way").open;
    assert_eq!((open("q"), open("p")), (Openness::Never, Openness::Unknown));
    let reached: Vec<&str> = flow.beats.iter().filter(|beat| beat.reached).map(|beat| beat.beat.as_str()).collect();
    assert_eq!(reached, ["a", "c", "end"]);
    // Nothing was proved about what was not visited.
    assert!(flow.soft_locks.is_empty() && flow.dead_ends.is_empty());
    assert_eq!(explore(story, &Limits::default()).precision, Precision::Exact);
}

#[test]
fn what_the_game_writes_may_have_any_value() {
    let beats = |game: &str| {
        check(&format!(
            r#"Story(format: 1, id: "x", start: "a", vars: {{ "rain": Bool(init: false), "coins": Int(init: 0, min: 0, max: 900000) }},
            game: ({game}), beats: {{ "a": (choices: [(id: "x", say: "x", to: "end", when: "rain or coins >= 500"),
            (id: "y", say: "y", to: "end", when: "not rain")]), "end": (end: true) }})"#
        ))
    };
    assert_eq!(only(&beats("writes: [\"coins\"]"), "V04").severity, Severity::Warn);
    let both = beats("writes: [\"coins\", \"rain\"]");
    assert_eq!(flow_codes(&both), Vec::<&str>::new(), "{}", both.render(false));
    assert_eq!(flow(&both).ways.iter().filter(|way| way.open == Openness::Sometimes).count(), 2);
    assert_eq!(flow(&beats("")).ways[0].open, Openness::Never);
    let locked = check(
        r#"Story(format: 1, id: "x", start: "a", vars: { "rain": Bool(init: true) }, game: (writes: ["rain"]),
        beats: { "a": (choices: [(id: "x", say: "x", to: "end", when: "rain")]), "end": (end: true) })"#,
    );
    assert_eq!(only(&locked, "F03").message, "'a' has no open choice when rain=false");
}

#[test]
fn mistakes_of_names_come_first() {
    let checked = story(r#""a": (choices: [(id: "x", say: "x", to: "a", when: "m == 1")]),"#);
    assert_eq!(codes(&checked), ["V01"], "{}", checked.render(false));
    // Its flow can still be asked for: what cannot be evaluated is false.
    assert_eq!(flow(&checked).soft_locks.len(), 1);
}

#[test]
fn large_stories_are_checked_state_by_state() {
    let text = stories::large(1, 500, 5000);
    assert_eq!(text, stories::large(1, 500, 5000), "a story comes from its seed");
    let checked = check(&text);
    let story = checked.story.as_ref().expect("it has the right shape");
    let lines: usize = story.beats.iter().map(|(_, beat)| beat.lines.len()).sum();
    assert_eq!((story.beats.len(), lines), (504, 5000));
    assert!(!checked.has_errors(), "{}", checked.render(false));
    let flow = flow(&checked);
    assert_eq!(flow.precision, Precision::Exact);
    assert!(flow.states > 10_000, "{} states", flow.states);
    assert!(flow.beats.iter().all(|beat| beat.reached));
}
