//! What is wrong with openings, said with a place.

use super::*;

#[test]
fn each_mistake_is_told_where_it_is() {
    for (from, to, at, what) in [
        (
            "at: \"yard\", with: [\"ann\"], tell",
            "at: \"moor\", with: [\"ann\"], tell",
            "threads.lamp.opens",
            "'moor' is no place",
        ),
        ("with: [\"ann\"], tell", "with: [\"zed\"], tell", "threads.lamp.opens", "'zed' is nobody"),
        ("goal: \"Bo blames Ann.\"", "goal: \" \"", "threads.lamp.blame.goal", "empty"),
        ("after: [\"lamp/blame\"]", "after: [\"lamp/shame\"]", "threads.wheel.closes", "'lamp/shame' is no step"),
        ("must: [[\"lamp\", \"hook\"]]", "must: [[\"rope\"]]", "threads.lamp.opens", "has none of"),
        ("must: [[\"lamp\", \"hook\"]]", "must_not: [\"hand\"]", "threads.lamp.opens", "is not to be said"),
        (
            "Say(\"The wheel stopped at three.\")",
            "Say(\"the HOOK in the yard was empty\")",
            "threads.wheel.opens",
            "stands in lamp/opens too",
        ),
        ("{who} waits", "{whom} waits", "events.rain", "{whom} is no hole"),
        ("{who.their}", "{who.there}", "events.rain", "{who.there} has no such form"),
        ("for {n} hours", "for {n hours", "events.rain", "brace"),
        ("premise: \"A lamp is gone from the yard, and Ann is blamed.\"", "premise: \"\"", "premise", "empty"),
        ("format: 1, id", "format: 1, chapters: 4, id", "chapters", "5 to 60"),
        ("(name: \"Bo\", is: He)", "(name: \"Ann\", is: He)", "cast.bo", "also a name of 'ann'"),
        ("dies: [\"bo\"]", "dies: [\"ann\"]", "threads.wheel.closes", "put them into `with`"),
        ("tell: [Say(\"The wheel stopped at three.\")]", "tell: [Break]", "threads.wheel.opens", "tells nothing"),
        ("returns: [\"cy\"], tell", "tell", "threads", "can never follow"),
        ("after: [\"lamp/blame\"]", "after: [\"lamp/closes\"]", "threads", "lamp/closes"),
    ] {
        assert!(TINY.contains(from), "{from}");
        let error = Opening::from_ron(&TINY.replacen(from, to, 1)).expect_err(to);
        let OpeningError::Troubles(troubles) = &error else { panic!("{error}") };
        let told = troubles.iter().any(|trouble| trouble.at.starts_with(at) && trouble.what.contains(what));
        assert!(told, "{to}: {error}");
    }
}

#[test]
fn what_is_no_opening_is_told_with_a_line() {
    for (text, what) in [
        ("", "line"),
        ("Serial(format: 1, id: \"x\"", "line"),
        ("Story(format: 1)", "Serial"),
        ("Serial(format: 2, from: \"the future\")", "format 2"),
        ("Serial(format: 1, id: \"x\", title: \"X\", premiss: \"?\")", "premiss"),
    ] {
        let error = Opening::from_ron(text).expect_err(text).to_string();
        assert!(error.contains(what), "{text}: {error}");
    }
    let long = " ".repeat(LONGEST_OPENING + 1);
    assert_eq!(Opening::from_ron(&long), Err(OpeningError::TooLong(LONGEST_OPENING + 1)));
}

#[test]
fn openings_that_are_not_sound_are_found_and_there_are_such() {
    let unsound = (0..300).filter(|seed| !random(*seed).troubles().is_empty()).count();
    assert!((20..280).contains(&unsound), "{unsound} of 300");
}
