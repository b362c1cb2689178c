//! The example, held by scripts: with the model in the box and without one, watched and argued.

#[path = "../examples/debate_court/court.rs"]
mod court;
#[path = "../examples/debate_court/script.rs"]
mod script;
#[path = "../examples/debate_court/terminal.rs"]
mod terminal;

use std::collections::BTreeSet;

use court::Setup;

const PEAR: &str = "assets/debates/pear_tree.debate.ron";

fn setup(debate: &str, model: Option<&str>, side: Option<&str>) -> Setup {
    let side = side.map(str::to_owned);
    Setup { debate: debate.into(), model: court::model(model), seed: 3, side, deadlines: false }
}

fn transcript(debate: &str, model: Option<&str>, side: Option<&str>, entries: &[&str]) -> String {
    let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
    script::play(setup(debate, model, side), &entries).unwrap_or_else(|error| panic!("{debate} {entries:?}: {error}"))
}

/// Ids, sources and words of the claims.
fn claims(transcript: &str) -> Vec<(String, String, String)> {
    let lines =
        transcript.lines().filter(|line| !line.starts_with(['[', '>', '?', ' ']) && !line.starts_with("The end"));
    let claim = |line: &str| {
        let (head, text) = line.split_once("): ")?;
        let (who, source) = head.split_once(" (")?;
        let (_, id) = who.split_once(' ')?;
        let id = id.split(',').next().unwrap_or(id);
        Some((id.to_owned(), source.to_owned(), text.to_owned()))
    };
    lines.filter_map(claim).collect()
}

fn is_sound(transcript: &str) {
    let claims = claims(transcript);
    assert!(claims.len() >= 6, "{transcript}");
    let ids: BTreeSet<&String> = claims.iter().map(|(id, ..)| id).collect();
    assert_eq!(ids.len(), claims.len(), "a claim was made twice:\n{transcript}");
    assert!(claims.iter().all(|(_, _, text)| !text.trim().is_empty()), "{transcript}");
    let end = transcript.lines().last().unwrap_or_default();
    assert!(end.starts_with("The end: ") && end.contains(" by "), "{transcript}");
    assert!(transcript.contains(", an answer, "), "nobody answers anybody:\n{transcript}");
}

#[test]
fn two_npcs_argue_without_a_model_and_the_same_each_time() {
    for debate in [court::DEBATE, PEAR] {
        let first = transcript(debate, Some("off"), None, &[]);
        is_sound(&first);
        assert_eq!(first, transcript(debate, Some("off"), None, &[]));
        assert!(!first.contains("(generated)") && !first.contains("(ranked("), "{first}");
        assert!(claims(&first).iter().all(|(_, source, _)| source == "authored(model_off)"), "{first}");
    }
}

#[test]
fn two_npcs_argue_with_the_model_in_the_box_and_some_words_are_its_own() {
    let first = transcript(court::DEBATE, None, None, &[]);
    is_sound(&first);
    assert!(
        claims(&first).iter().any(|(_, source, _)| source.starts_with("ranked(")),
        "the model wrote nothing:\n{first}"
    );
    assert!(!first.contains("model_off") && !first.contains("(late)"), "{first}");
    assert_eq!(first, transcript(court::DEBATE, None, None, &[]), "two runs differ");
}

#[test]
fn the_player_argues_the_dykes_by_claims_and_in_words_of_their_own() {
    let entries = ["say:where was her pilot, then? one takes a pilot through the ninth"];
    let told = transcript(court::DEBATE, Some("off"), Some("dykes"), &entries);
    is_sound(&told);
    assert!(claims(&told).iter().any(|(id, ..)| id == "w_pilot"), "{told}");
    let refused = script::play(setup(court::DEBATE, Some("off"), Some("dykes")), &["p_barge".to_owned()]);
    assert!(matches!(&refused, Err(why) if why.contains("'p_barge' cannot be said now")), "{refused:?}");
    let nobody = script::play(setup(court::DEBATE, Some("off"), Some("dikes")), &[]);
    assert!(matches!(&nobody, Err(why) if why.contains("'dikes', which is no side")), "{nobody:?}");
}

#[test]
fn a_debate_that_is_not_there_is_an_error_and_not_a_wait() {
    let missing = script::play(setup("assets/debates/none.debate.ron", Some("off"), None), &[]);
    assert!(matches!(&missing, Err(why) if why.contains("none.debate.ron")), "{missing:?}");
}

#[test]
fn the_terminal_goes_to_the_end_with_and_without_somebody_at_it() {
    for (side, typed) in [(None, ""), (Some("keep"), "1\npaint a picture of a horse\n2\n9\n")] {
        let mut out = Vec::new();
        terminal::play(setup(PEAR, Some("off"), side), &mut typed.as_bytes(), &mut out).expect("it can be held");
        let out = String::from_utf8(out).expect("the terminal is UTF-8");
        assert!(out.contains("~ The well in the middle of the village") && out.contains("\nThe end, at "), "{out}");
        assert!(side.is_none() || out.contains("That is nothing you can argue here."), "{out}");
    }
}
