//! The example, visited by scripts and in a terminal: with the model in the box and without one.

#[path = "../examples/ask_the_archivist/archive.rs"]
mod archive;
#[path = "../examples/ask_the_archivist/desk.rs"]
mod desk;

use archive::Archive;

/// Words that stand only in papers that are closed to everybody here.
const CLOSED: &[&str] = &["forty silver", "Brandt", "charcoal", "Hobb", "maul", "barge"];

fn visit(model: Option<&str>, entries: &[&str]) -> String {
    let mut archive = Archive::open(archive::model(model), true).unwrap_or_else(|error| panic!("{error}"));
    desk::visit(&mut archive, entries).unwrap_or_else(|error| panic!("{error}"))
}

/// What was shown for an entry.
fn shown<'a>(transcript: &'a str, entry: &str) -> &'a str {
    let (_, rest) = transcript.split_once(&format!("> {entry}\n")).unwrap_or_else(|| panic!("{entry} in {transcript}"));
    rest.split("\n> ").next().unwrap_or_default()
}

fn check(transcript: &str) {
    for (question, span) in
        [("Who cast the great bell?", "[Joan Carrick]"), ("Who wrote the almanac?", "[Dame Isott Peverell]")]
    {
        assert!(shown(transcript, question).contains(span), "{transcript}");
    }
    for question in ["How much does Odo owe the smith?", "What is the capital of the moon?"] {
        let shown = shown(transcript, question);
        assert!(shown.contains("not answered") && shown.contains("That stands in nothing I may open."), "{transcript}");
    }
    assert!(shown(transcript, "take bell_book").contains("On the bell of Saint Wenna"), "{transcript}");
    assert!(shown(transcript, "take odo_letter").contains("may not be read by them"), "{transcript}");
    assert!(shown(transcript, "look How much does the bell weigh?").contains("[nine hundred pounds]"), "{transcript}");
    assert!(shown(transcript, "look How much does a cart pay on the ferry?").contains("Nothing:"), "{transcript}");
    assert!(shown(transcript, "journal").contains("nine hundred pounds (bell_book)"), "{transcript}");
    for closed in CLOSED {
        assert!(!transcript.contains(closed), "{closed} in {transcript}");
    }
}

#[test]
fn a_visit_without_a_model_quotes_the_papers() {
    let transcript = visit(Some("off"), desk::VISIT);
    check(&transcript);
    assert!(transcript.contains("Quill (authored(model_off)): “"), "{transcript}");
    assert!(!transcript.contains("ranked("), "{transcript}");
}

#[test]
fn a_visit_with_the_model_is_the_same_twice() {
    let transcript = visit(None, desk::VISIT);
    check(&transcript);
    assert!(transcript.contains("Quill (ranked("), "the model wrote nothing:\n{transcript}");
    assert_eq!(visit(None, desk::VISIT), transcript);
}

#[test]
fn the_terminal_talks_until_there_is_nothing_more() {
    let mut archive = Archive::open(None, true).unwrap_or_else(|error| panic!("{error}"));
    let mut out = Vec::new();
    let typed = "papers\ntake nothing\nWho founded the court of Vessen?\n\nWho cast the bell?\n";
    desk::talk(&mut archive, &mut typed.as_bytes(), &mut out).unwrap_or_else(|error| panic!("{error}"));
    let out = String::from_utf8(out).unwrap_or_default();
    assert!(out.contains("lamp_almanac: ") && !out.contains("odo_letter"), "{out}");
    assert!(out.contains("there is no document 'nothing'") && out.contains("Orlan the Patient"), "{out}");
    assert!(!out.contains("Joan Carrick"), "an empty line leaves: {out}");
}
