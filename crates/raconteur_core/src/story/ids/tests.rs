use proptest::prelude::*;

use super::*;
use crate::story::parse::parse;

fn written(files: &[(&str, &str)]) -> (Vec<Source>, Proposal, Vec<String>) {
    let checked = parse(files.iter().map(|(name, text)| Source::new(*name, *text)).collect());
    let proposal = propose(&checked.sources);
    let texts = checked
        .sources
        .iter()
        .enumerate()
        .map(|(number, source)| apply(&source.text, number, &proposal.edits))
        .collect();
    (checked.sources, proposal, texts)
}

const ROOT: &str = r#"// A ferry.
Story(
    format: 1, id: "x", start: "ford",
    beats: {
        "ford": (
            lines: [
                (who: "mara", say: "Mind the plank."), // the third
                (
                    // weary
                    who: "mara",
                    say: "They all come for the bell.",
                ),
                (id: "ford_7", who: "mara", say: "Well?"),
                (/* later */ who: "mara", say: "Go."),
                (id: "", who: "mara", say: "Go on."),
            ],
            choices: [(say: "Wait.", to: "ford"), (id: "ford_b", say: "Go.", to: "end of it"), Choice(say: "No.", to: "ford")],
            otherwise: (say: "Leave.", to: "end of it"),
        ),
        "end of it": (lines: [(who: "mara", say: "Gone.")], end: true),
    },
    storylets: [(who: "mara", say: "Hm.")],
)
"#;

#[test]
fn every_text_gets_an_id_and_all_else_stays() {
    let (_, proposal, texts) = written(&[("x.story.ron", ROOT)]);
    let expected = ROOT
        .replace(r#"(who: "mara", say: "Mind"#, r#"(id: "ford_8", who: "mara", say: "Mind"#)
        .replace(
            "                    who: \"mara\",\n",
            "                    id: \"ford_9\",\n                    who: \"mara\",\n",
        )
        .replace(r#"(/* later */ who"#, r#"(/* later */ id: "ford_10", who"#)
        .replace(r#"(id: "", "#, r#"(id: "ford_11", "#)
        .replace(r#"(say: "Wait."#, r#"(id: "ford_c", say: "Wait."#)
        .replace(r#"Choice(say: "No."#, r#"Choice(id: "ford_d", say: "No."#)
        .replace(r#"(say: "Leave."#, r#"(id: "ford_e", say: "Leave."#)
        .replace(r#"(who: "mara", say: "Gone."#, r#"(id: "end_of_it_1", who: "mara", say: "Gone."#)
        .replace(r#"(who: "mara", say: "Hm."#, r#"(id: "mara_1", who: "mara", say: "Hm."#);
    assert_eq!(texts[0], expected);
    assert!(proposal.unclear.is_empty());
    let again = propose(&[Source::new("x.story.ron", &texts[0])]);
    assert_eq!(again, Proposal::default(), "a second run has nothing to do");
}

#[test]
fn ids_of_other_files_and_of_translations_are_taken() {
    let root = r#"(format: 1, id: "x", start: "a", locales: ["de"], beats: {"a": (lines: [(who: "m", say: "A.")], end: true)})"#;
    let files = [
        ("x.story.ron", root),
        (
            "x.storylets.ron",
            r#"[(id: "a_1", who: "m", say: "Hm."), (who: "m", say: "Hm."), (id: "m_1", who: "m", say: "O.")]"#,
        ),
        ("x.de.l10n.ron", r#"(texts: {"a_4": (say: "Weg.", lock: "0")})"#),
        ("x.baked.ron", r#"{"m_5": [(say: "B.")]}"#),
    ];
    let (_, proposal, _) = written(&files);
    assert_eq!(proposal.edits.iter().map(|edit| edit.id.as_str()).collect::<Vec<_>>(), ["a_5", "m_6"]);
}

#[test]
fn the_second_of_two_in_a_file_is_the_copy() {
    let root = r#"(format: 1, id: "x", start: "a", beats: {
        "a": (lines: [(id: "a_1", who: "m", say: "A."), (id: "a_1", who: "m", say: "A.")], next: "b"),
        "b": (lines: [(id: "a_1", who: "m", say: "B."), (id: "far", who: "m", say: "C.")], end: true),
    })"#;
    let (_, proposal, texts) = written(&[
        ("x.story.ron", root),
        ("x.storylets.ron", r#"[(id: "far", who: "m", say: "Hm."), (id: "far", who: "m", say: "Hm.")]"#),
    ]);
    let ids: Vec<&str> = proposal.edits.iter().map(|edit| edit.id.as_str()).collect();
    assert_eq!(ids, ["a_2", "b_1", "m_1"]);
    assert_eq!(proposal.edits[0].why, Need::Copied { from: "a_1".to_owned() });
    assert_eq!(proposal.unclear, ["far"], "of two files none is clearly the copy");
    assert!(texts[0].contains(r#"(id: "a_2", who: "m", say: "A.")"#));
}

#[test]
fn counts_in_letters_like_a_spreadsheet() {
    let at = |count| letters(count);
    assert_eq!((at(1), at(26), at(27), at(52), at(53), at(703)), {
        let text = |s: &str| s.to_owned();
        (text("a"), text("z"), text("aa"), text("az"), text("ba"), text("aaa"))
    });
}

#[test]
fn windows_line_ends_stay() {
    let root = "(format: 1, id: \"x\", start: \"a\", beats: {\"a\": (lines: [(\r\n\twho: \"m\",\r\n\tsay: \"A.\",\r\n)], end: true)})";
    let (_, _, texts) = written(&[("x.story.ron", root)]);
    assert_eq!(texts[0], root.replace("\twho", "\tid: \"a_1\",\r\n\twho"));
}

/// A space, a comment or a line end, wherever RON allows one.
fn gap() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(" ".to_owned()), 2 => Just("\n    ".to_owned()), 1 => Just(" // who: \"x\", (\n\t".to_owned()),
        1 => Just("/* id: \"no\" /* nested ) */ */".to_owned()), 1 => Just("\r\n  ".to_owned()),
    ]
}

fn object(kind: &'static str) -> impl Strategy<Value = String> {
    let id = prop_oneof![
        3 => Just(None), 1 => Just(Some(r#""""#.to_owned())), 2 => "[ab]_[1-3a-c]".prop_map(|id| Some(format!("\"{id}\""))),
        1 => Just(Some("r#\"raw\"#".to_owned())), 1 => Just(Some("\"a\\u{5f}9\"".to_owned())),
    ];
    let say = prop_oneof![Just(r#""Plain.""#), Just(r##"r#"(id: "raw", "#"##), Just(r#""{\"id\": (who: \\ 鐘""#)];
    (id, say, prop::collection::vec(gap(), 6), any::<bool>()).prop_map(move |(id, say, gaps, late)| {
        let other = if kind == "line" { r#"who: "m""# } else { r#"to: "b""# };
        let mut fields = vec![other.to_owned(), format!("say:{}{say}", gaps[4])];
        if let Some(id) = id {
            fields.insert(if late { 2 } else { 0 }, format!("id{}:{id}", gaps[5]));
        }
        let body: Vec<String> = fields.iter().zip(&gaps).map(|(field, gap)| format!("{gap}{field}")).collect();
        format!("({}{})", body.join(","), gaps[3])
    })
}

fn story() -> impl Strategy<Value = String> {
    let list = |kind| prop::collection::vec(object(kind), 0..4).prop_map(|list| list.join(", "));
    (list("line"), list("choice"), list("line"), list("line"), prop::collection::vec(gap(), 3)).prop_map(
        |(lines, choices, more, storylets, gaps)| {
            format!(
                "{}Story({}format: 1, id: \"x\", start: \"a\", beats: {{\"a\": (lines: [{lines}], choices: [{choices}]),{}\"b\": \
                 (lines: [{more}], end: true)}}, storylets: [{storylets}])",
                gaps[0], gaps[1], gaps[2]
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What is added is all that changes: the file without it is the file as it was, it reads as the same story with
    /// ids, and a second run has nothing to do.
    #[test]
    fn only_ids_change(text in story()) {
        let before = parse(vec![Source::new("x.story.ron", &text)]);
        let proposal = propose(&before.sources);
        let after_text = apply(&text, 0, &proposal.edits);

        let mut undone = String::new();
        let mut at = 0;
        let (mut added, mut removed) = (0, 0);
        for edit in &proposal.edits {
            let start = edit.range.start + added - removed;
            prop_assert_eq!(&after_text[start..start + edit.insert.len()], &edit.insert);
            undone.push_str(&after_text[at..start]);
            undone.push_str(&text[edit.range.clone()]);
            at = start + edit.insert.len();
            added += edit.insert.len();
            removed += edit.range.len();
        }
        undone.push_str(&after_text[at..]);
        prop_assert_eq!(&undone, &text);

        let after = parse(vec![Source::new("x.story.ron", &after_text)]);
        let (one, other) = (before.story.expect("a story"), after.story.expect("still a story"));
        prop_assert!(same_but_for_ids(&one, &other));
        let ids = after.diagnostics.iter().filter(|found| matches!(found.code, "S05" | "S09"));
        prop_assert_eq!(ids.count(), 0, "{}", after_text);
        prop_assert_eq!(propose(&after.sources), Proposal::default());
    }

    /// Whatever a file holds, nothing panics.
    #[test]
    fn survives_anything(text in "[\"(){}\\[\\]:,#/*rbwhoidlnesa\\\\' \n]{0,120}") {
        let sources = [Source::new("x.story.ron", &text), Source::new("x.beats.ron", &text), Source::new("x.storylets.ron", &text)];
        let proposal = propose(&sources);
        for (number, source) in sources.iter().enumerate() {
            let _ = apply(&source.text, number, &proposal.edits);
        }
    }
}
