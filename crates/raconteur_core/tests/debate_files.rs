//! What `raconteur check` finds in a debate, with places; and that the shipped ones are without fault.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::path::{Path, PathBuf};

use raconteur_core::debate::{check, load, parse};
use raconteur_core::story::diagnostic::Severity;
use raconteur_core::story::parse::parse as parse_story;
use raconteur_core::story::source::Source;

const CLEAN: &str = r#"Debate(
    format: 1, id: "gate", topic: "The gate should stay shut.", story: "gate.story.ron", place: "yard",
    sides: { "shut": (who: "mara"), "open": (who: "odo") },
    audience: { "crowd": (opinion: 0) },
    turns: 4,
    claims: {
        "cold": (side: "shut", say: "It is cold.", must: [["cold"]], needs: ["frost"], counters: ["fire", "guest"], sways: {"crowd": 3}),
        "safe": (side: "shut", say: "We are safe.", counters: ["fire", "guest"], sways: {"crowd": 3}),
        "fire": (side: "open", say: "We have a fire.", when: "mood >= 1", counters: ["cold", "safe"], sways: {"crowd": 3}),
        "guest": (side: "open", say: "We have a guest.", when: "seen(fire)", counters: ["cold"], sways: {"crowd": 3}),
    },
)"#;

const STORY: &str = r#"Story(
    format: 1, id: "gate", start: "a", vars: {"mood": Int(init: 0, min: 0, max: 2)}, game: (reads: ["mood"], writes: ["mood"]),
    cast: { "mara": (name: "Mara", knows: ["frost"]), "odo": (name: "Odo", hides: ["frost"]) },
    places: { "yard": (setting: "A yard.") },
    lore: { "frost": (says: "The river froze.", keys: ["frost"]), "king": (says: "The king is dead.", keys: ["king"], scope: (who: ["mara"])) },
    beats: { "a": (lines: [(id: "a1", who: "mara", say: "Yes.")], end: true) },
)"#;

/// Codes with the text that they stand at.
fn found(text: &str) -> Vec<(&'static str, String)> {
    let story = parse_story(vec![Source::new("gate.story.ron", STORY)]).into_story().unwrap();
    let read = parse(Source::new("gate.debate.ron", text), Some(&story));
    let place = |span: &raconteur_core::story::diagnostic::Span| text[span.start..span.end].to_owned();
    for finding in &read.checked.diagnostics {
        // What is wrong inside a condition is often plain from the message.
        assert!(finding.help.is_some() || finding.code.starts_with('V'), "{finding}");
        assert!(!finding.render(&read.checked.sources, false).is_empty());
    }
    read.checked.diagnostics.iter().map(|found| (found.code, place(&found.primary))).collect()
}

fn broken(from: &str, to: &str) -> Vec<(&'static str, String)> {
    assert!(CLEAN.contains(from), "{from}");
    found(&CLEAN.replacen(from, to, 1))
}

/// One mistake often leaves others behind: who is in no side is missed in another. The first cause has to be among them.
fn one(from: &str, to: &str, code: &'static str, at: &str) {
    let found = broken(from, to);
    assert!(found.contains(&(code, at.to_owned())) && found.len() <= 4, "{to}: {found:?}");
}

#[test]
fn the_clean_one_is_clean() {
    assert_eq!(found(CLEAN), []);
}

#[test]
fn each_mistake_is_found_where_it_stands() {
    one("format: 1", "format: 7", "D01", "7");
    assert_eq!(broken(", \"open\": (who: \"odo\")", "")[0].0, "D01");
    one("side: \"shut\", say: \"We are", "side: \"shot\", say: \"We are", "D02", "\"shot\"");
    one("counters: [\"cold\", \"safe\"]", "counters: [\"cold\", \"safe\", \"could\"]", "D03", "\"could\"");
    one("counters: [\"cold\"]", "counters: [\"cold\", \"fire\"]", "D04", "\"fire\"");
    one("counters: [\"cold\"]", "counters: [\"cold\"], contradicts: [\"safe\"]", "D04", "\"safe\"");
    one("counters: [\"cold\"]", "counters: [\"cold\"], contradicts: [\"guest\"]", "D04", "\"guest\"");
    one("\"guest\": (side", "\"fire\": (side", "D05", "\"fire\"");
    one("sways: {\"crowd\": 3}),\n        \"safe\"", "sways: {\"crowds\": 3}),\n        \"safe\"", "D06", "\"crowds\"");
    one("needs: [\"frost\"]", "needs: [\"forst\"]", "D07", "\"forst\"");
    one("who: \"odo\"", "who: \"ods\"", "D07", "\"ods\"");
    one("place: \"yard\"", "place: \"yrad\"", "D07", "\"yrad\"");
    one("say: \"We are safe.\"", "say: \" \"", "D09", "\"safe\"");
    one("turns: 4", "turns: 5", "D10", "\"shut\"");
    one("opinion: 0", "opinion: 300", "D11", "300");
    one("turns: 4", "turns: 4, beside: 300", "D11", "300");
    one("turns: 4", "turns: 4, ends: (opinion: 0)", "D11", "0");
    one("must: [[\"cold\"]]", "must: [[\"warm\"]]", "D12", "[\"warm\"]");
    one("counters: [\"cold\", \"safe\"]", "counters: [\"cold\"]", "D13", "\"safe\"");
    one("counters: [\"cold\"], sways: {\"crowd\": 3}", "counters: [\"cold\"]", "D14", "\"guest\"");
    one("mood >= 1", "moot >= 1", "V01", "moot");
    one("mood >= 1", "mood >= true", "V02", "mood >= true");
    one("seen(fire)", "seen(fir)", "V08", "fir");
    one("seen(fire)", "seen(fire", "V06", "\"");
}

#[test]
fn ids_that_are_nearly_right_are_suggested() {
    let text = CLEAN.replacen("\"cold\", \"safe\"]", "\"cold\", \"save\"]", 1);
    let read = parse(Source::new("gate.debate.ron", text), None);
    assert!(read.checked.render(false).contains("did you mean 'safe'?"), "{}", read.checked.render(false));
}

#[test]
fn claims_that_can_never_be_made_are_told() {
    let both = [("D08", "\"fire\"".to_owned()), ("D08", "\"guest\"".to_owned())];
    assert_eq!(broken("mood >= 1", "1 > 2"), both, "and what waits for it");
    let by_waiting = broken("mood >= 1", "1 > 2 and seen(fire)");
    assert_eq!(
        by_waiting.iter().filter(|(code, _)| *code == "D08").count(),
        2,
        "what waits for itself, and what waits for that"
    );
    one("needs: [\"frost\"]", "needs: [\"frost\"], contradicts: [\"safe\"], when: \"seen(safe)\"", "D08", "\"cold\"");
    one(
        "seen(fire)\", counters: [\"cold\"]",
        "seen(fire)\", counters: [\"cold\"], needs: [\"frost\"]",
        "D08",
        "\"guest\"",
    );
    one(
        "seen(fire)\", counters: [\"cold\"]",
        "seen(fire)\", counters: [\"cold\"], needs: [\"king\"]",
        "D08",
        "\"guest\"",
    );
    one(
        "seen(fire)\", counters: [\"cold\"]",
        "seen(fire)\", counters: [\"cold\"], concedes: [\"cold\"]",
        "D08",
        "\"guest\"",
    );
}

#[test]
fn what_is_no_debate_says_what_it_should_be() {
    let read = |text: &str| parse(Source::new("x.debate.ron", text), None).checked;
    for (text, code) in [
        ("", "R01"),
        ("Story(format: 1)", "R02"),
        ("Debate(format: 1", "R01"),
        ("Debate(format: 1, tpoic: \"x\")", "R02"),
    ] {
        let checked = read(text);
        assert_eq!(checked.diagnostics[0].code, code, "{text}: {}", checked.render(false));
        assert!(checked.has_errors());
    }
    assert!(read("Debate(format: 1, id: \"x\", tpoic: \"x\")").render(false).contains("did you mean 'topic'?"));
    assert!(read("Story(format: 1)").render(false).contains("`Debate(`"));
}

fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/debates");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(".debate.ron"));
    files.sort();
    files
}

#[test]
fn the_shipped_debates_have_no_fault_and_ten_claims_a_side() {
    let files = shipped();
    assert!(files.len() >= 2, "{files:?}");
    for path in files {
        let read = load(&path).unwrap();
        let worse = read.checked.count(Severity::Error) + read.checked.count(Severity::Warn);
        assert_eq!(worse, 0, "{}", read.checked.render(false));
        let motion = read.motion.clone().unwrap();
        for side in motion.sides.ids() {
            let claims: Vec<_> = motion.claims.iter().filter(|(_, claim)| claim.side == side).collect();
            let answers = claims.iter().filter(|(_, claim)| !claim.counters.is_empty()).count();
            assert!(
                claims.len() >= 10 && answers >= 8,
                "{} {side}: {} claims, {answers} answers",
                motion.id,
                claims.len()
            );
        }
        let errors =
            check(&motion, read.story.as_deref()).iter().filter(|found| found.severity < Severity::Info).count();
        assert_eq!(errors, 0, "the check of what was made in code says the same");
        let folder = tempfile::tempdir().unwrap();
        let alone = folder.path().join("alone.debate.ron");
        std::fs::copy(&path, &alone).unwrap();
        let missing = load(&alone).unwrap().checked;
        assert_eq!(missing.has_errors(), motion.story.is_some(), "{}", missing.render(false));
    }
}
