//! Every example of docs/writing.md is a story, or a piece of one, with just the findings that it is marked with.

use std::path::PathBuf;

use raconteur_core::story::diagnostic::Severity;
use raconteur_core::story::parse::{Checked, parse};
use raconteur_core::story::source::Source;

/// A line with this and a code has that finding.
const MARK: &str = "// <- ";

/// Root fields that pieces may need; those that a piece has itself are left out.
const FIELDS: &[(&str, &str)] = &[
    (
        "vars",
        r#"{ "clues": Int(init: 0, min: 0, max: 3), "trust": Int(init: 0, min: 0, max: 3), "mood": Int(init: 1, min: 0, max: 2),
             "rope": Bool(init: false), "suspect": Enum(init: "nobody", of: ["nobody", "odo", "river"]) }"#,
    ),
    ("host", r#"{ "is_night": (ret: Bool) }"#),
    (
        "cast",
        r#"{ "narrator": (name: ""), "player": (name: "You"), "mara": (name: "Mara", knows: ["bell_gone", "flood"]),
             "odo": (name: "Odo", knows: ["bell_gone"]) }"#,
    ),
    (
        "lore",
        r#"{ "bell_gone": (says: "The bell vanished.", keys: ["bell"]), "flood": (says: "The river rose.", keys: ["river"]) }"#,
    ),
    (
        "policies",
        r#"{ "default": (names: Known), "asked": (names: Known, stream: true),
             "memory": (names: Known, stop: ["\n\n"]) }"#,
    ),
];

/// A block of the guide: what stands behind `ron` on its fence, its text, and the line it begins at.
struct Block<'a> {
    kind: &'a str,
    text: &'a str,
    line: usize,
}

fn blocks(guide: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    for (at, fence) in guide.match_indices("```ron") {
        let rest = &guide[at + fence.len()..];
        let (kind, rest) = rest.split_once('\n').expect("a block has lines");
        let text = rest.split("```").next().expect("split gives one at least");
        blocks.push(Block { kind: kind.trim(), text, line: guide[..at].matches('\n').count() + 2 });
    }
    blocks
}

/// The name of a file on the first line of a block.
fn file_of<'a>(block: &Block<'a>) -> Option<&'a str> {
    block.text.lines().next()?.strip_prefix("// ").filter(|name| name.ends_with(".ron"))
}

/// Ids of the beats at the outer level of a piece.
fn beats_of(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix('"')?.split_once("\": (")).map(|(id, _)| id).collect()
}

/// A story around a piece; the piece begins where the first text of the pair ends.
fn wrap(block: &Block<'_>) -> (String, String) {
    let own = if block.kind == "fields" { block.text } else { "" };
    let mut head = "Story(format: 1, id: \"guide\", start: \"start\",\n".to_owned();
    for (name, value) in FIELDS {
        if !own.lines().any(|line| line.starts_with(&format!("{name}:"))) {
            head.push_str(&format!("{name}: {value},\n"));
        }
    }
    let inside = if block.kind == "beats" { beats_of(block.text) } else { Vec::new() };
    let stubs: String = ["ford", "end"]
        .into_iter()
        .filter(|id| !inside.contains(id))
        .map(|id| {
            if id == "end" { "\"end\": (end: true),\n".to_owned() } else { "\"ford\": (next: \"start\"),\n".to_owned() }
        })
        .collect();
    // A player who comes to the piece may know anything.
    let learn = ["clues += 1", "trust += 1", "rope = true", "suspect = odo"];
    let learn = learn.iter().enumerate().filter(|_| block.kind != "fields");
    let learn =
        learn.map(|(at, then)| format!("(id: \"learn_{at}\", say: \"Learn.\", to: \"start\", then: [\"{then}\"]),"));
    let ways: String = inside
        .iter()
        .chain(&["ford", "end"])
        .map(|id| format!("(id: \"to_{id}\", say: \"To {id}.\", to: \"{id}\"),"))
        .chain(learn)
        .collect();
    let start = |lines: &str| format!("\"start\": (lines: [{lines}");
    let rest = format!("], choices: [{ways}]),\n{stubs}");
    match block.kind {
        "fields" => (head, format!("beats: {{ {}{rest} }},\n)", start(""))),
        "beats" => (format!("{head}beats: {{ {}{rest}", start("")), "},\n)".to_owned()),
        "lines" => (format!("{head}beats: {{ {}\n", start("")), format!("{rest} }},\n)")),
        "storylets" => (format!("{head}beats: {{ {}{rest} }},\nstorylets: [\n", start("")), "],\n)".to_owned()),
        other => panic!("line {}: no kind of example is called '{other}'", block.line),
    }
}

/// Codes and lines of the findings inside of the piece, lines counted in the guide.
fn findings(block: &Block<'_>, checked: &Checked, file: &str, before: usize) -> Vec<(String, usize)> {
    let lines = block.text.lines().count();
    checked
        .diagnostics
        .iter()
        .filter(|found| found.severity <= Severity::Warn && found.primary.file.ends_with(file))
        // Declarations without a story around them are used by nobody.
        .filter(|found| block.kind != "fields" || !["V04", "K03"].contains(&found.code))
        .filter(|found| (before + 1..=before + lines).contains(&found.primary.line))
        .map(|found| (found.code.to_owned(), found.primary.line - before - 1 + block.line))
        .collect()
}

fn marks(block: &Block<'_>) -> Vec<(String, usize)> {
    let lines = block.text.lines().enumerate();
    lines.filter_map(|(index, line)| Some((line.split_once(MARK)?.1.trim().to_owned(), block.line + index))).collect()
}

fn guide() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/writing.md");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_piece_has_the_findings_it_is_marked_with() {
    let guide = guide();
    let mut pieces = 0;
    for block in blocks(&guide).iter().filter(|block| !block.kind.is_empty()) {
        let (head, tail) = wrap(block);
        let checked = parse(vec![Source::new("guide.story.ron", format!("{head}{}{tail}", block.text))]);
        let found = findings(block, &checked, "guide.story.ron", head.matches('\n').count());
        assert_eq!(found, marks(block), "writing.md:{}:\n{}", block.line, checked.render(false));
        let broken = checked.diagnostics.iter().find(|found| found.code.starts_with('R'));
        assert!(broken.is_none(), "writing.md:{}:\n{}", block.line, checked.render(false));
        pieces += 1;
    }
    assert!(pieces >= 12, "{pieces}");
}

#[test]
fn every_whole_story_is_clean() {
    let guide = guide();
    let blocks = blocks(&guide);
    let whole: Vec<&Block<'_>> = blocks.iter().filter(|block| block.kind.is_empty()).collect();
    let mut stories: Vec<Vec<Source>> = Vec::new();
    for block in whole {
        let file = file_of(block).unwrap_or("village.story.ron");
        // A root begins a story; the parts behind it belong to it.
        if file.ends_with(".story.ron") {
            stories.push(Vec::new());
        }
        let story = stories.last_mut().unwrap_or_else(|| panic!("writing.md:{}: a part before its root", block.line));
        story.push(Source::new(file, block.text));
    }
    assert_eq!(stories.len(), 3, "the first story, several files, a translation");
    for sources in stories {
        let checked = parse(sources);
        assert!(checked.diagnostics.is_empty(), "{}", checked.render(false));
        assert!(checked.into_story().is_ok());
    }
}

/// Codes that the guide names have a page.
#[test]
fn every_code_of_the_guide_has_a_page() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/lint");
    let guide = guide();
    let words = guide.split(|c: char| !c.is_ascii_alphanumeric());
    let codes: std::collections::BTreeSet<&str> = words
        .filter(|word| word.len() == 3 && word.starts_with(['R', 'S', 'V', 'F', 'L', 'K', 'G']))
        .filter(|word| word[1..].bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    assert!(codes.len() >= 15, "{codes:?}");
    for code in codes {
        assert!(folder.join(format!("{code}.md")).is_file(), "{code} has no page");
    }
}
