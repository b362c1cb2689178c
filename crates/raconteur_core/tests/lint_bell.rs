//! The shipped story is sound, and every defect that is seeded into it is found at its line.

use raconteur_core::story::diagnostic::Severity;
use raconteur_core::story::parse::{Checked, parse};
use raconteur_core::story::source::Source;

const BELL: &str = include_str!("../../../assets/stories/drowned_bell.story.ron");

fn check(text: &str) -> Checked {
    parse(vec![Source::new("drowned_bell.story.ron", text)])
}

#[test]
fn the_shipped_story_is_clean() {
    let checked = check(BELL);
    // Counting clues may stop at three: that is what the range is for.
    let notes: Vec<(&str, &str)> =
        checked.diagnostics.iter().map(|found| (found.code, found.severity.name())).collect();
    assert_eq!(notes, [("V03", "note")], "{}", checked.render(false));
    assert!(checked.into_story().is_ok());
}

/// Replaces `from`, which stands in the story once, by `to`, and looks for `code` on the line where `at` then stands first.
fn seeded(code: &str, from: &str, to: &str, at: &str, message: &str) {
    assert_eq!(BELL.matches(from).count(), 1, "{code}: {from:?} has to stand in the story exactly once");
    let text = BELL.replace(from, to);
    let checked = check(&text);
    let line = text.lines().position(|line| line.contains(at)).unwrap_or_else(|| panic!("{code}: no {at:?}")) + 1;
    let found = checked.diagnostics.iter().find(|found| found.code == code && found.primary.line == line);
    let Some(found) = found else { panic!("{code} not found at line {line}:\n{}", checked.render(false)) };
    assert!(found.message.contains(message), "{code}: {:?} should say {message:?}", found.message);
    let rendered = checked.render(false);
    assert!(rendered.contains(&format!("drowned_bell.story.ron:{line}:{}", found.primary.column)), "{rendered}");
    assert!(rendered.contains('^'), "{rendered}");
    assert_eq!(checked.has_errors(), checked.into_story().is_err());
}

#[test]
fn ron_mistakes() {
    // A comma is missed at the next item; the finding is where it belongs.
    seeded("R01", "start: \"ford\",", "start: \"ford\"", "start: \"ford\"", "comma");
    seeded("R01", "dry, tired, counts everything twice\",", "dry\"", "voice: \"ferrywoman; dry\"", "comma");
    seeded("R01", "setting: \"The ferry stage.\"", "setting: \"The ferry stage.", "The ferry stage.,", "runs on");
    seeded("R01", "ends: [\"end_truth\"", "ends: [\"end_truth", "ends: [", "comma");
    seeded("R01", "then: [\"suspect = river\"]", "then: [\"suspect = river\")", "suspect = river\")", "expected `]`");
}

#[test]
fn mistakes_of_shape() {
    let unclosed = "end: true),\n    },\n    storylets";
    seeded("R02", unclosed, "end: true),\n    storylets", "storylets: [", "expected an id, found `storylets`");
    seeded(
        "R02",
        "setting: \"The ferry stage.\"",
        "seting: \"The ferry stage.\"",
        "seting:",
        "'seting' is no field of Beat",
    );
    seeded(
        "R02",
        "say: \"Walk to the tower.\", to: \"tower\"",
        "say: \"Walk to the tower.\"",
        "Walk to the tower",
        "Choice has no 'to'",
    );
    seeded("R02", "gen: Answer(", "gen: Anser(", "gen: Anser(", "'Anser' is no kind of Gen");
    seeded("R02", "offer: 2", "offer: \"2\"", "offer: \"2\"", "expected a whole number");
    seeded("R02", "beats: {", "beats: [", "beats: [", "expected a map");
    seeded("R02", "title: ", "title: \"x\", title: ", "title: ", "'title' is given twice");
}

#[test]
fn ids_that_do_not_fit() {
    seeded("S01", "\"end_silence\": (", "\"end_truth\": (", "The ford at dusk.", "beat 'end_truth' is defined twice");
    seeded("S01", "\"odo_debt\":  (", "\"flood\":  (", "Odo owed the smith", "fact 'flood' is defined twice");
    seeded("S02", "to: \"heard\"", "to: \"herd\"", "to: \"herd\"", "choice 'ford_a' goes to 'herd', which is no beat");
    seeded("S02", "to: \"confession\"", "to: \"confesion\"", "to: \"confesion\"", "outcome 'confess' goes to");
    seeded("S02", "next: \"press_odo\"", "next: \"press\"", "next: \"press\"", "beat 'tower' goes to 'press'");
    seeded("S03", ", next: \"press_odo\"", "", "\"tower\": (", "no way to go on");
    seeded(
        "S03",
        "then: [\"clues += 1\"], next: \"ford\"",
        "end: true, next: \"ford\"",
        "\"heard\": (",
        "2 ways to go on (next and end)",
    );
    seeded("S04", "start: \"ford\"", "start: \"frod\"", "start: \"frod\"", "start beat 'frod' does not exist");
    seeded(
        "S04",
        "\"end_truth\", \"end_silence\"]",
        "\"end_truth\", \"heard\"]",
        "ends: [",
        "'heard', which is not marked end: true",
    );
    seeded(
        "S05",
        "id: \"heard_1\"",
        "id: \"ford_1\"",
        "Two strokes",
        "id 'ford_1' is used in 'ford' and again in 'heard'",
    );
    seeded("S05", "id: \"bark_odo\"", "id: \"confess\"", "Odo paid his tab", "id 'confess' is used in 'press_odo'");
    seeded(
        "S06",
        "id: \"ford_2\", who: \"mara\"",
        "id: \"ford_2\", who: \"mra\"",
        "who: \"mra\"",
        "unknown speaker 'mra' in 'ford_2'",
    );
    seeded("S07", "unsure: \"ask_1\"", "unsure: \"ask_2\"", "unsure: \"ask_2\"", "'ask_2'");
    seeded("S07", "always: [\"leave_it\"]", "always: [\"leave\"]", "always: [", "'leave'");
    seeded("S08", "format: 1", "format: 7", "format: 7", "format 7");
}

#[test]
fn logic_that_does_not_fit() {
    seeded(
        "V01",
        "when: \"trust_mara >= 1\"",
        "when: \"trust_marra >= 1\"",
        "trust_marra",
        "'trust_marra' in \"trust_marra >= 1\" is not a variable",
    );
    seeded("V01", "[\"trust_mara += 1\"]", "[\"trus_mara += 1\"]", "trus_mara", "'trus_mara'");
    seeded("V01", "may: [\"mood += -1..1\"]", "may: [\"mod += -1..1\"]", "mod +=", "'mod'");
    seeded(
        "V02",
        "when: \"suspect == river\"",
        "when: \"suspect >= river\"",
        "suspect >= river",
        "can be compared only with == and !=",
    );
    seeded("V02", "when: \"clues >= 2\"", "when: \"clues\"", "when: \"clues\"", "true or false");
    seeded("V02", "when: \"clues >= 1\"", "when: \"clues >= odo\"", "clues >= odo", "cannot be compared");
    seeded("V02", "[\"suspect = odo\"]", "[\"suspect += 1\"]", "suspect += 1", "changes numbers");
    seeded("V05", "is_night()\"", "is_nigt()\"", "is_nigt()", "host function 'is_nigt' is not declared");
    seeded("V06", "clues >= 2 and trust_mara >= 2", "clues >= 2 && trust_mara >= 2", "&&", "`&&`");
    seeded("V07", "Int(init: 1, min: 0, max: 3)", "Int(init: 9, min: 0, max: 3)", "init: 9", "outside 0..3");
    seeded("V07", "Enum(init: \"nobody\"", "Enum(init: \"nobdy\"", "nobdy", "'nobdy'");
    seeded("V08", "when: \"trust_mara >= 1\"", "when: \"visited(towr)\"", "towr", "no beat");
}

#[test]
fn texts_that_do_not_fit() {
    seeded("L01", "say: \"Watch the third plank.\", ", "", "bark_flood", "storylet 'bark_flood' has no say:");
    seeded("L01", "say: \"Ask her anything.\"", "say: \" \"", "id: \"ford_b\"", "choice 'ford_b' has no say:");
    seeded("L05", "Saints keep you.", "Saints keep you, {player_nmae}.", "{player_nmae}", "{player_nmae} in 'tower_1'");
    seeded("L05", "Goal: {goal}", "Goal: {gaol}", "{gaol}", "{gaol} in prompt 'prose'");
    seeded("L05", "null: \"{speaker}:\", floor: 0.6", "null: \"{speeker}:\"", "{speeker}", "policy 'default'");
}

#[test]
fn knowledge_that_does_not_fit() {
    seeded(
        "K01",
        "from: [\"bell_gone\", \"flood\"]",
        "from: [\"odo_debt\"]",
        "from: [\"odo_debt\"]",
        "mara hides 'odo_debt'",
    );
    seeded(
        "K02",
        "knows: [\"bell_gone\", \"flood\", \"odo_debt\"]",
        "knows: [\"bell_gone\", \"odo_debt\"]",
        "from: [\"bell_gone\", \"flood\"]",
        "mara does not know 'flood'",
    );
    seeded("K06", "of: \"bell_gone\"", "of: \"bel_gone\"", "bel_gone", "no fact of lore");
    seeded(
        "K06",
        "knows: [\"bell_gone\", \"odo_debt\"]",
        "knows: [\"bell_gone\", \"odo_dept\"]",
        "odo_dept",
        "'odo' knows 'odo_dept'",
    );
}

#[test]
fn generation_that_does_not_fit() {
    seeded("G01", "Answer(prompt: \"reply\"", "Answer(prompt: \"repyl\"", "repyl", "prompt 'repyl' does not exist");
    seeded(
        "G01",
        "must_not: [\"Odo\"], tone: \"weary\"",
        "tone: \"weary\"), when: \"true\"), (id: \"x\", who: \"mara\", say: \"x\", gen: Vary(prompt: \"say\"",
        "tone: \"weary\"",
        "{goal}",
    );
    seeded(
        "G01",
        "gen: Vary(prompt: \"vary\", must: [[\"bell\"]]",
        "gen: Vary(prompt: \"reply\", must: [[\"bell\"]]",
        "must: [[\"bell\"]]",
        "nobody has spoken before it",
    );
    seeded("G10", "policy: \"asked\"", "policy: \"strict\"", "strict", "policy 'strict' does not exist");
    seeded("G11", "tries: 8,", "tries: 8, stream: true,", "stream: true", "streams");
    seeded("G11", "tries: 8,", "tries: 1, stream: true,", "must: [[\"plank\"]]", "streams");
    seeded(
        "G13",
        "goal: \"Odo admits he sold the bell to pay the smith.\", ",
        "",
        "Free(prompt: \"say\", must: [[\"silver\"",
        "no goal",
    );
}

#[test]
fn did_you_mean() {
    let checked = check(&BELL.replace("to: \"heard\"", "to: \"herd\""));
    assert_eq!(checked.diagnostics[0].help.as_deref(), Some("did you mean 'heard'?"));
}

#[test]
fn all_mistakes_come_out_at_once_in_the_order_of_the_file() {
    let text = BELL
        .replace("start: \"ford\"", "start: \"frod\"")
        .replace("who: \"odo\"", "who: \"odd\"")
        .replace("when: \"clues >= 2\"", "when: \"clues =>\"");
    let errors: Vec<_> =
        check(&text).diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
    let lines: Vec<usize> = errors.iter().map(|found| found.primary.line).collect();
    assert!(lines.is_sorted(), "{lines:?}");
    let mut codes: Vec<&str> = errors.iter().map(|found| found.code).collect();
    // Odo may get more to say.
    codes.dedup();
    assert_eq!(codes, ["S04", "S06", "V06", "S06"]);
}
