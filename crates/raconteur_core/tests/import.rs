//! Imports: what is taken from Twee and Yarn, what is reported, and that no file makes them panic.

use std::collections::HashMap;

use proptest::prelude::*;
use raconteur_core::story::diagnostic::{Diagnostic, Severity};
use raconteur_core::story::flow::{Limits, explore};
use raconteur_core::story::format::{Story, Value, VarDecl};
use raconteur_core::story::import::{Format, Imported, NoteKind, import};
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;

const LAMP_HOUSE: &str = include_str!("import/lamp_house.twee");
const TOLL_GATE: &str = include_str!("import/toll_gate.twee");
const NIGHT_FERRY: &str = include_str!("import/night_ferry.yarn");

/// The story that an import gives. It has no errors but those of where a story leads, which are the file's own.
fn story(imported: &Imported) -> Story {
    let checked = parse(vec![Source::new("import.story.ron", imported.ron.clone())]);
    let ours = |found: &&Diagnostic| found.severity == Severity::Error && !found.code.starts_with('F');
    let error = checked.diagnostics.iter().find(ours);
    assert!(error.is_none(), "{}\n{}", checked.render(false), imported.ron);
    checked.story.expect("a story")
}

fn twee(text: &str) -> (Story, Imported) {
    let imported = import(Format::Twee, "a b.twee", text);
    (story(&imported), imported)
}

fn yarn(text: &str) -> (Story, Imported) {
    let imported = import(Format::Yarn, "a.yarn", text);
    (story(&imported), imported)
}

/// Notes on a line of the file.
fn notes(imported: &Imported, line: usize) -> Vec<(NoteKind, &str)> {
    let of_line = imported.report.notes.iter().filter(|note| note.line == line);
    of_line.map(|note| (note.kind, note.what.as_str())).collect()
}

/// Line of the sample on which a text stands.
fn line_of(sample: &str, text: &str) -> usize {
    sample.lines().position(|line| line.contains(text)).expect("it stands there") + 1
}

fn says(story: &Story, beat: &str) -> Vec<String> {
    let beat = story
        .beats
        .get(beat)
        .unwrap_or_else(|| panic!("no beat '{beat}' in {:?}", story.beats.ids().collect::<Vec<_>>()));
    beat.lines.iter().map(|line| line.say.clone()).collect()
}

#[test]
fn twee_passages_become_beats() {
    let (story, imported) = twee(LAMP_HOUSE);
    assert_eq!((story.title.as_str(), story.start.as_str(), story.id.as_str()), ("The Lamp House", "Landing", "a_b"));
    assert_eq!(imported.report.passages, 6);
    let landing = story.beats.get("Landing").expect("a beat");
    assert_eq!(landing.pos, Some((100.0, 200.0)));
    assert_eq!(story.beats.get("Boathouse").and_then(|beat| beat.pos), Some((300.0, 100.0)));
    assert!(imported.ron.contains("\"tags\": [\"shore\", \"first\"]"));
    assert!(story.beats.get("Dark").is_some_and(|beat| beat.end));
    // What changes a variable that is read next ends a beat.
    assert_eq!(landing.next.as_deref(), Some("Landing_part"));
    let part = story.beats.get("Landing_part").expect("a beat");
    assert_eq!(says(&story, "Landing_part")[0], "The can in your hand is heavy.");
    assert_eq!(part.lines[0].when.as_ref().map(ToString::to_string).as_deref(), Some("oil > 3"));
    assert_eq!(part.lines[1].when.as_ref().map(ToString::to_string).as_deref(), Some("not oil > 3"));
}

#[test]
fn twee_links_of_all_kinds_are_choices() {
    let (story, _) = twee(LAMP_HOUSE);
    let part = story.beats.get("Landing_part").expect("a beat");
    let found: Vec<(&str, &str)> =
        part.choices.iter().map(|choice| (choice.say.as_str(), choice.to.as_str())).collect();
    assert_eq!(
        found,
        [
            ("Climb to the lamp house", "Stair"),
            ("Look into the boathouse", "Boathouse"),
            ("Shout for the keeper", "Shout")
        ]
    );
    assert_eq!(part.choices[2].when.as_ref().map(ToString::to_string).as_deref(), Some("visited(\"Boathouse\")"));
    assert_eq!(story.beats.get("Shout").expect("a beat").choices[0].say, "Landing");
    let (toll, _) = twee(TOLL_GATE);
    let start = toll.beats.get("Start").expect("a beat");
    let found: Vec<(&str, &str)> =
        start.choices.iter().map(|choice| (choice.say.as_str(), choice.to.as_str())).collect();
    assert_eq!(found, [("Pay the toll", "Bridge"), ("Show a letter", "Start"), ("Slip him a coin", "Bridge")]);
    assert_eq!(start.choices[0].then[0].source(), "coins -= 3");
    assert_eq!(start.choices[1].then[0].source(), "papers = true");
    assert_eq!(start.choices[2].when.as_ref().map(ToString::to_string).as_deref(), Some("papers and coins >= 1"));
}

#[test]
fn variables_have_the_values_that_the_file_uses() {
    let (story, imported) = twee(LAMP_HOUSE);
    match story.vars.get("oil") {
        Some(VarDecl::Int { init: 0, min: 0, max, .. }) => assert!(*max >= 4, "{max}"),
        other => panic!("{other:?}"),
    }
    match story.vars.get("keeper") {
        Some(VarDecl::Enum { init, of, .. }) => {
            assert_eq!(
                (init.as_str(), of.as_slice()),
                ("", &["".to_owned(), "away".to_owned(), "angry".to_owned()][..])
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(imported.report.notes.iter().any(|note| note.kind == NoteKind::Guessed && note.what.contains("$oil")));
    let (toll, _) = twee(TOLL_GATE);
    assert_eq!(toll.vars.get("coins").map(VarDecl::init), Some(Value::Int(5)), "StoryInit comes first");
    let (ferry, _) = yarn(NIGHT_FERRY);
    assert_eq!(ferry.vars.get("coins").map(VarDecl::init), Some(Value::Int(3)));
    assert_eq!(ferry.vars.get("met_ansa").map(VarDecl::init), Some(Value::Bool(false)));
    assert_eq!(ferry.vars.get("weather").map(VarDecl::init), Some(Value::Word("calm".to_owned())));
}

#[test]
fn what_twee_loses_is_reported_with_its_line() {
    let (_, imported) = twee(LAMP_HOUSE);
    let at = |text: &str| notes(&imported, line_of(LAMP_HOUSE, text));
    assert!(at(":: Looks").iter().any(|(kind, what)| *kind == NoteKind::Lost && what.contains("style sheet")));
    assert!(
        at("text-style").iter().any(|(kind, what)| *kind == NoteKind::Lost && what.contains("text-style")),
        "{}",
        imported.report
    );
    assert!(
        at("You have $oil")
            .iter()
            .any(|(kind, what)| *kind == NoteKind::Changed && what.contains("variable in the text"))
    );
    assert!(at("(goto: \"Dark\")").iter().any(|(kind, what)| *kind == NoteKind::Changed && what.contains("Go on.")));
    assert!(imported.ron.contains("// lost: (text-style: \"italic\")"), "{}", imported.ron);
    let (_, toll) = twee(TOLL_GATE);
    let at = |text: &str| notes(&toll, line_of(TOLL_GATE, text));
    assert!(
        at("either(").iter().any(|(kind, what)| *kind == NoteKind::Lost && what.contains("either")),
        "{}",
        toll.report
    );
    assert!(at("<<print").iter().any(|(kind, what)| *kind == NoteKind::Lost && what.contains("print")));
    assert!(
        at("Nothing Here")
            .iter()
            .any(|(kind, what)| *kind == NoteKind::Lost && what.contains("no passage 'Nothing Here'"))
    );
}

#[test]
fn yarn_nodes_lines_and_ids_are_kept() {
    let (story, imported) = yarn(NIGHT_FERRY);
    assert_eq!(imported.report.passages, 3);
    let start = story.beats.get("Start").expect("a beat");
    assert_eq!(start.pos, Some((40.0, -120.0)));
    let ids: Vec<&str> = start.lines.iter().map(|line| line.id.as_str()).collect();
    assert_eq!(ids, ["0a1f01", "0a1f02", "0a1f03", "0a1f04"]);
    assert!(start.lines.iter().all(|line| line.who == "ansa"));
    assert_eq!(story.cast.get("ansa").map(|character| character.name.as_str()), Some("Ansa"));
    assert_eq!(start.lines[0].say, "Last boat.");
    assert!(start.lines[0].meta.is_some(), "#calm is kept");
    assert_eq!(start.lines[2].when.as_ref().map(ToString::to_string).as_deref(), Some("met_ansa"));
    assert_eq!(start.lines[3].when.as_ref().map(ToString::to_string).as_deref(), Some("not met_ansa"));
    assert!(start.lines[3].once && !start.lines[2].once);
    assert_eq!(says(&story, "Home"), ["The other side. http://example.org is painted on the shed."]);
    assert!(story.beats.get("Home").is_some_and(|beat| beat.end));
}

#[test]
fn yarn_options_nest_and_come_together_again() {
    let (story, _) = yarn(NIGHT_FERRY);
    let start = story.beats.get("Start").expect("a beat");
    let labels: Vec<&str> = start.choices.iter().map(|choice| choice.say.as_str()).collect();
    assert_eq!(labels, ["How much is it?", "Is it safe tonight?", "Leave."]);
    assert_eq!(start.choices[1].when.as_ref().map(ToString::to_string).as_deref(), Some("weather == calm"));
    assert!(story.beats.get(&start.choices[2].to).is_some_and(|beat| beat.end), "<<stop>> ends");
    let inner = story.beats.get(&start.choices[0].to).expect("a beat");
    assert_eq!(inner.lines[0].say, "Two, for you.");
    assert_eq!(inner.then[0].source(), "met_ansa = true");
    assert_eq!(inner.choices[0].id, "0a1f07");
    assert_eq!((inner.choices[0].to.as_str(), inner.choices[0].then[0].source()), ("Deck", "coins -= 2"));
    // Both ways without a jump lead to what stands behind the options.
    let swim = story.beats.get(&inner.choices[1].to).expect("a beat");
    let safe = story.beats.get(&start.choices[1].to).expect("a beat");
    assert_eq!(swim.next, safe.next);
    let behind = swim.next.as_deref().expect("a beat behind the options");
    assert_eq!(says(&story, behind), ["The water slaps the steps."]);
    // A jump under a condition is a choice of which one is open.
    let behind = story.beats.get(behind).expect("a beat");
    let ways: HashMap<&str, Option<String>> = behind
        .choices
        .iter()
        .map(|choice| (choice.to.as_str(), choice.when.as_ref().map(ToString::to_string)))
        .collect();
    assert_eq!(ways["Home"].as_deref(), Some("visited(\"Deck\")"));
    assert_eq!(ways["Deck"].as_deref(), Some("not visited(\"Deck\") and coins > 5"));
    let last = behind.otherwise.as_ref().expect("a way on").to.clone();
    assert_eq!(says(&story, &last), ["Nobody says anything for a while."]);
}

#[test]
fn what_yarn_loses_is_reported_with_its_line() {
    let (story, imported) = yarn(NIGHT_FERRY);
    let at = |text: &str| notes(&imported, line_of(NIGHT_FERRY, text));
    assert!(
        at("play_sound").iter().any(|(kind, what)| *kind == NoteKind::Lost && what.contains("a command of the game"))
    );
    assert!(
        at("A wave comes").iter().any(|(kind, what)| *kind == NoteKind::Lost && what.contains("random")),
        "{}",
        imported.report
    );
    assert!(at("{$coins}").iter().any(|(kind, what)| *kind == NoteKind::Changed && what.contains("value in the text")));
    assert!(at("[wave]").iter().any(|(kind, what)| *kind == NoteKind::Changed && what.contains("markup")));
    assert!(story.host.contains("is_winter"), "a function of the game is asked of the game");
    assert!(imported.ron.contains("// lost: <<play_sound waves>>"));
    let report = imported.report.to_string();
    let row = format!(
        "a.yarn:{}: lost: <<play_sound waves>>: a command of the game ('Start')",
        line_of(NIGHT_FERRY, "play_sound")
    );
    assert!(report.contains(&row), "{report}");
    assert!(report.lines().last().is_some_and(|last| last.starts_with("3 nodes became ")), "{report}");
}

#[test]
fn samples_can_be_played_to_an_end() {
    for (format, name, text) in [
        (Format::Twee, "lamp_house.twee", LAMP_HOUSE),
        (Format::Twee, "toll_gate.twee", TOLL_GATE),
        (Format::Yarn, "night_ferry.yarn", NIGHT_FERRY),
    ] {
        let story = story(&import(format, name, text));
        let flow = explore(&story, &Limits::default());
        assert!(flow.soft_locks.is_empty(), "{name}: {:?}", flow.soft_locks);
        assert!(flow.beats.iter().any(|beat| beat.end && beat.reached), "{name} ends");
    }
}

#[test]
fn awkward_files_give_a_story_too() {
    for text in [
        "",
        "\u{feff}",
        ":: ",
        "::",
        ":: A\n[[",
        ":: A\n(if: $x)[",
        ":: A\n<<if $x>>a",
        ":: A\n(set: $and to 1)(if: $and is 1)[b]",
    ] {
        twee(text);
    }
    for text in [
        "",
        "---",
        "===",
        "title: A\n---",
        "---\n-> \n===",
        "---\n<<endif>>\n<<else>>\n===",
        "---\n<<if>>\n->\n  ->\n===",
        "title: A\n---\n<<set $true to 1>>\n<<set $x to \"it's\">>\n<<if $x == 'a\"b'>>a<<endif>>\n===",
        "title: A\n---\na\n===\ntitle: A\n---\nb\n===",
    ] {
        yarn(text);
    }
    // Nested deeper than anybody writes.
    let deep: String = (0..300).map(|depth| format!("{}-> a\n", " ".repeat(depth))).collect();
    let (_, imported) = yarn(&format!("title: A\n---\n{deep}==="));
    assert!(imported.report.notes.iter().any(|note| note.what.contains("too deep")));
    yarn(&format!("title: A\n---\n{}x\n===", "<<if $a>>\n".repeat(300)));
    yarn(&format!("title: A\n---\n<<if {}$a>>\nx\n<<endif>>\n===", "not (".repeat(300)));
    twee(&format!(":: A\n{}", "(if: $a)[".repeat(300)));
    twee(&format!(":: A\n{}", "<<if $a>>".repeat(300)));
    // Many in a row are no depth.
    let (story, _) = yarn(&format!("title: A\n---\n{}===", "-> a\n-> b\nc\n".repeat(2_000)));
    assert!(story.beats.len() > 2_000);
}

/// A sample with pieces cut out, doubled and put elsewhere.
fn mutated(sample: &'static str) -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(
        [
            "<<if",
            ">>",
            "<<endif>>",
            "<<else>>",
            "->",
            "[[",
            "]]",
            "(if:",
            "(else:)[",
            "]",
            "\n::",
            "===",
            "---",
            "$",
            "\"",
            "#line:",
            "\\",
            "\u{0}",
            "🔔",
            "\t",
        ]
        .to_vec(),
    );
    let edit = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..3, pieces);
    prop::collection::vec(edit, 1..12).prop_map(move |edits| {
        let mut text: Vec<char> = sample.chars().collect();
        for (from, to, what, piece) in edits {
            let at = from.index(text.len().max(1)).min(text.len());
            let other = (at + to.index(40)).min(text.len());
            match what {
                0 => drop(text.drain(at..other)),
                1 => drop(text.splice(at..at, piece.chars())),
                _ => {
                    let copy: Vec<char> = text[at..other].to_vec();
                    text.splice(other..other, copy);
                }
            }
        }
        text.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// Whatever a file holds, an import gives a story without errors.
    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        twee(&text);
        yarn(&text);
        twee(&format!(":: A\n{text}"));
        yarn(&format!("title: A\n---\n{text}\n==="));
    }

    #[test]
    fn broken_twee_never_panics(text in prop_oneof![mutated(LAMP_HOUSE), mutated(TOLL_GATE)]) {
        twee(&text);
    }

    #[test]
    fn broken_yarn_never_panics(text in mutated(NIGHT_FERRY)) {
        yarn(&text);
    }

    /// The same file gives the same story, byte for byte.
    #[test]
    fn imports_are_repeatable(text in mutated(NIGHT_FERRY)) {
        prop_assert_eq!(import(Format::Yarn, "a.yarn", &text), import(Format::Yarn, "a.yarn", &text));
    }
}
