use std::sync::OnceLock;

use proptest::prelude::*;
use raconteur_core::story::format::{Locale, Story, Translation};
use raconteur_core::story::locale::lock;
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;

use super::rows::{Lock, Row, Status, rows};
use super::{Format, merge::merge, po, table};

mod broken;
mod merging;

const STORY: &str = include_str!("../../../raconteur_core/tests/stories/lantern.story.ron");
const GERMAN: &str = include_str!("../../../raconteur_core/tests/stories/lantern.de.l10n.ron");

fn story() -> Story {
    static READ: OnceLock<Story> = OnceLock::new();
    let read = READ.get_or_init(|| {
        let sources = vec![Source::new("lantern.story.ron", STORY), Source::new("lantern.de.l10n.ron", GERMAN)];
        parse(sources).story.expect("test data")
    });
    read.clone()
}

fn german() -> Locale {
    story().translations.get("de").expect("test data").clone()
}

fn write(format: Format, rows: &[Row]) -> String {
    match format {
        Format::Csv => table::write(rows).expect("memory"),
        Format::Po => po::write(rows, "lantern", "de"),
    }
}

fn read(format: Format, text: &str) -> Vec<Row> {
    let text = super::utf8(text.as_bytes()).expect("UTF-8");
    match format {
        Format::Csv => table::read(text),
        Format::Po => po::read(text),
    }
    .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

const FORMATS: [Format; 2] = [Format::Csv, Format::Po];

#[test]
fn the_example_goes_out_and_comes_back() {
    let (story, german) = (story(), german());
    for format in FORMATS {
        let text = write(format, &rows(&story, &german, false));
        let mut same = german.clone();
        let report = merge(&story, &mut same, &read(format, &text), false).expect("rows");
        assert!(!report.changed() && report.conflicts.is_empty(), "{report}");
        assert_eq!(same, german);
        let mut fresh = Locale { texts: Default::default(), ..german.clone() };
        merge(&story, &mut fresh, &read(format, &text), false).expect("rows");
        assert_eq!(fresh, german, "the table holds the whole translation");
        assert_eq!(write(format, &rows(&story, &fresh, false)), text);
    }
}

#[test]
fn a_table_opens_in_spreadsheets() {
    let rows = [Row {
        key: "a_1".to_owned(),
        source: "=1+1".to_owned(),
        translation: "-- \"Nein\",\r\nsagte er.".to_owned(),
        ..Row::default()
    }];
    let text = table::write(&rows).expect("memory");
    assert_eq!(
        text,
        "\u{feff}key,kind,speaker,source,translation,lock,status,note\r\n\
         a_1,,,'=1+1,\"'-- \"\"Nein\"\",\r\nsagte er.\",,new,\r\n"
    );
    // As a spreadsheet of another country would write it, with other columns, in another order.
    let german = "Translation;KEY;rev\r\n\"Ja; gut\";a_1;x\r\n;;\r\n-2;a_2;\r\n";
    let read = table::read(german).expect("a table");
    let cells: Vec<_> = read.iter().map(|row| (row.key.as_str(), row.translation.as_str(), row.line)).collect();
    assert_eq!(cells, [("a_1", "Ja; gut", 2), ("a_2", "-2", 4)]);
}

#[test]
fn po_is_what_gettext_reads() {
    let row = Row {
        key: "dock_2".to_owned(),
        kind: "line".to_owned(),
        speaker: "ives".to_owned(),
        beat: "dock".to_owned(),
        source: "Lit.\nAlways.".to_owned(),
        translation: "Sie \"brennt\".".to_owned(),
        lock: Lock { source: "1".to_owned(), base: Some("2".to_owned()) },
        status: Status::Stale,
        note: "One.\nTwo.".to_owned(),
        ..Row::default()
    };
    let text =
        po::write(&[row.clone(), Row { status: Status::Obsolete, key: "old".to_owned(), ..Row::default() }], "x", "de");
    let entry = text.split("\n\n").nth(1).expect("an entry");
    assert_eq!(
        entry,
        "# One.\n# Two.\n#. line by ives in 'dock'\n#. status: stale\n#. lock: 1.2\n#, fuzzy\nmsgctxt \"dock_2\"\nmsgid \"\"\n\
         \"Lit.\\n\"\n\"Always.\"\nmsgstr \"Sie \\\"brennt\\\".\""
    );
    assert!(text.ends_with("#~ msgctxt \"old\"\n#~ msgid \"\"\n#~ msgstr \"\"\n"), "{text}");
    assert!(text.starts_with("msgid \"\"\nmsgstr \"\"\n\"Project-Id-Version: x\\n\"\n\"Language: de\\n\"\n"), "{text}");
    // What other tools make of it: references, earlier texts, wrapped lines, escapes.
    let theirs = "#: scene.rpy:3\n#| msgid \"Lit\"\n#, c-format, fuzzy\nmsgctxt \"a\"\r\nmsgid \"A\"\nmsgstr \"\"\n\"\\303\\204 \"\n\"b\\x43\"\n\
                  #~| msgid \"x\"\n#~ msgctxt \"b\"\n#~ msgid \"B\"\n#~ msgstr \"C\"";
    let read = po::read(theirs).expect("a table");
    let cells: Vec<_> =
        read.iter().map(|row| (row.key.as_str(), row.translation.as_str(), row.status, row.line)).collect();
    assert_eq!(cells, [("a", "Ä bC", Status::Draft, 4), ("b", "C", Status::Obsolete, 10)]);
}

/// Quotes, line ends, braces, markup, formulas, right-to-left, emoji, invisible characters.
fn words() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("\\n".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\r".to_owned()),
        Just("'=".to_owned()),
        Just("=".to_owned()),
        Just("+".to_owned()),
        Just("-".to_owned()),
        Just("@".to_owned()),
        Just("＝".to_owned()),
        Just(",;\t".to_owned()),
        Just("{bell}".to_owned()),
        Just("<b>|</b>".to_owned()),
        Just("שלום \u{202e}".to_owned()),
        Just("👩‍🚀".to_owned()),
        Just("\u{feff}\u{7}\u{b}\u{2028}".to_owned()),
        Just("#, fuzzy".to_owned()),
        Just("(none)".to_owned()),
        Just("()".to_owned()),
        Just(" ".to_owned()),
        ".{0,6}",
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn list() -> impl Strategy<Value = Option<Vec<String>>> {
    prop::option::weighted(0.3, prop::collection::vec(words(), 0..3))
}

fn translation() -> impl Strategy<Value = Translation> {
    let groups = prop::option::weighted(0.3, prop::collection::vec(prop::collection::vec(words(), 0..3), 0..3));
    let talks = prop::option::weighted(0.3, prop::collection::vec((words(), words()), 0..3));
    let reads =
        prop::option::weighted(0.3, prop::collection::vec(("[a-z]{1,3}", prop::collection::vec(words(), 0..3)), 0..2));
    let locks = prop_oneof![Just(String::new()), Just("0".to_owned()), Just(lock("Well?"))];
    (words(), locks, any::<bool>(), words(), words(), groups, (list(), list(), list()), talks, reads, words()).prop_map(
        |(say, lock, draft, goal, tone, must, (must_not, from, keys), talks, reads, note)| Translation {
            say,
            lock,
            draft,
            goal,
            tone,
            must,
            must_not,
            from,
            keys,
            talks,
            reads: reads.map(|reads| reads.into_iter().collect()),
            note,
        },
    )
}

fn locale() -> impl Strategy<Value = Locale> {
    let keys = prop_oneof![
        Just("title"),
        Just("dock_2"),
        Just("dock_3"),
        Just("talk_a"),
        Just("lore:lamp"),
        Just("voice:ives"),
        Just("gone"),
        Just("gone \"2\"")
    ];
    (prop::collection::btree_map(keys, translation(), 0..5), any::<bool>()).prop_map(|(texts, generate)| Locale {
        texts: texts.into_iter().map(|(key, text)| (key.to_owned(), text)).collect(),
        generate,
        ..Locale::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Out, in, out: the second table is the first, and nothing has changed on the way.
    #[test]
    fn out_in_out(locale in locale()) {
        let story = story();
        for format in FORMATS {
            let before = rows(&story, &locale, false);
            let text = write(format, &before);
            let mut after = locale.clone();
            let report = merge(&story, &mut after, &read(format, &text), false).expect("rows");
            prop_assert!(report.conflicts.is_empty(), "{}", report);
            prop_assert_eq!(&after, &locale);
            prop_assert_eq!(write(format, &rows(&story, &after, false)), text);
        }
    }

    /// Every word that a translator writes arrives as it was written.
    #[test]
    fn words_arrive(say in words(), note in words(), words in translation()) {
        let story = story();
        let line = story.text("dock_2").expect("test data");
        for format in FORMATS {
            let mut table = rows(&story, &Locale::default(), true);
            let row = table.iter_mut().find(|row| row.key == "dock_2").expect("a row");
            row.translation.clone_from(&say);
            row.note.clone_from(&note);
            for field in super::cells::Field::ALL {
                let key = format!("dock_2#{}", field.name());
                let cell = super::cells::encode(&words, field).unwrap_or_default();
                match table.iter_mut().find(|row| row.key == key) {
                    Some(row) => row.translation = cell,
                    None => table.push(Row { key, translation: cell, ..Row::default() }),
                }
            }
            let mut locale = Locale::default();
            merge(&story, &mut locale, &read(format, &write(format, &table)), false).expect("rows");
            let Some(got) = locale.texts.get("dock_2") else {
                prop_assert!(say.trim().is_empty() && note.is_empty());
                continue;
            };
            let wrote = !say.trim().is_empty();
            // A cell of nothing but spaces says nothing.
            let filled = |text: &String| if text.trim().is_empty() { String::new() } else { text.clone() };
            let expected = Translation {
                say: if wrote { say.clone() } else { String::new() },
                lock: if wrote { line.lock() } else { String::new() },
                draft: false,
                note: note.clone(),
                goal: filled(&words.goal),
                tone: filled(&words.tone),
                ..words.clone()
            };
            let got = Translation { goal: filled(&got.goal), tone: filled(&got.tone), ..got.clone() };
            prop_assert_eq!(got, expected);
        }
    }
}
