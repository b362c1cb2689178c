use proptest::prelude::*;

use super::*;
use crate::story::parse::read_locale;
use crate::story::source::Source;
use crate::story::table::Table;

fn read(text: &str) -> Locale {
    read_locale(&Source::new("x.de.l10n.ron", text)).unwrap_or_else(|found| panic!("{found}\n{text}"))
}

const OLD: &str = r##"// Deutsch, by Ada.
Locale(
    name: "Deutsch", // as the menu shows it
    generate: true,
    texts: { // in the order of the story
        // The rope: der Zug, not das Seil.
        "ford_1": ( say: r#"Das "Seil" summt."#, lock: "1" ), // checked

        "gone": (say: "Weg.", lock: "2"),
        /* a joke */ "ford_2": (
            // see ford_1
            say: "Die Planke.", lock: "3"), // beside
        // at the end
    },
    glossary: { "bell": "Glocke" }, /* last */
)
"##;

fn say(say: &str) -> Translation {
    Translation { say: say.to_owned(), lock: "9".to_owned(), ..Translation::default() }
}

#[test]
fn only_what_changed_is_written_anew() {
    let old = read(OLD);
    let mut new = old.clone();
    *new.texts.get_mut("ford_2").expect("test data") = say("Vorsicht, die Planke.");
    new.texts.push("ford_3", say("Geh."));
    let text = write(Some((OLD, &old)), &new, &["title", "ford_3", "ford_1", "ford_2"]);
    let expected = r##"// Deutsch, by Ada.
Locale(
    name: "Deutsch", // as the menu shows it
    generate: true,
    texts: {
        "ford_3": (say: "Geh.", lock: "9"),
        // in the order of the story
        // The rope: der Zug, not das Seil.
        "ford_1": ( say: r#"Das "Seil" summt."#, lock: "1" ), // checked
        /* a joke */
        // see ford_1
        "ford_2": (say: "Vorsicht, die Planke.", lock: "9"), // beside
        // No longer in the story; kept for when they come back:
        "gone": (say: "Weg.", lock: "2"),
        // at the end
    },
    glossary: { "bell": "Glocke" }, /* last */
)
"##;
    assert_eq!(text, expected);
    let again = read(&text);
    assert_eq!(write(Some((&text, &again)), &again, &["title", "ford_3", "ford_1", "ford_2"]), text, "and stays so");
}

#[test]
fn a_file_without_texts_gets_them() {
    for old in
        ["(generate: true)", "( // settings\n    generate: true,\n)", "()", "Locale(\r\n    name: \"D\",\r\n)\r\n"]
    {
        let before = read(old);
        let mut new = before.clone();
        new.texts.push("a", say("Ä."));
        let text = write(Some((old, &before)), &new, &["a"]);
        assert_eq!(read(&text), new, "{text}");
    }
}

fn words() -> impl Strategy<Value = String> {
    // Quotes, escapes, line ends, braces, comments, right-to-left, emoji, invisible characters.
    let part = prop_oneof![
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("//".to_owned()),
        Just("/*".to_owned()),
        Just("{bell}".to_owned()),
        Just("שלום\u{202e}".to_owned()),
        Just("👩‍🚀".to_owned()),
        Just("\u{feff}\u{0}\u{7}".to_owned()),
        Just("<b>x</b>".to_owned()),
        ".{0,6}",
    ];
    prop::collection::vec(part, 0..5).prop_map(|parts| parts.concat())
}

fn some<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.2, strategy)
}

fn list() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(words(), 0..3)
}

fn translated() -> impl Strategy<Value = Translation> {
    let texts = (words(), words(), words(), words(), any::<bool>(), words());
    let lists = (
        some(prop::collection::vec(list(), 0..3)),
        some(list()),
        some(list()),
        some(list()),
        some(prop::collection::vec((words(), words()), 0..3)),
        some(prop::collection::vec((words(), list()), 0..3)),
    );
    (texts, lists).prop_map(|((say, lock, goal, tone, draft, note), (must, must_not, from, keys, talks, reads))| {
        Translation {
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
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// What is written reads as what was meant, whatever the words are, and writing it again changes nothing.
    #[test]
    fn reads_as_it_was_meant(entries in prop::collection::vec((words(), translated()), 0..5), later in translated()) {
        let texts: Table<Translation> = entries.into_iter().collect();
        let mut locale = Locale { texts, ..Locale::default() };
        let keys: Vec<String> = locale.texts.ids().map(str::to_owned).collect();
        let order: Vec<&str> = keys.iter().map(String::as_str).collect();
        let text = write(None, &locale, &order);
        let again = read(&text);
        prop_assert_eq!(write(Some((&text, &again)), &again, &order), text.clone());
        // Twice the same key is brought together, in the order of the first.
        prop_assert_eq!(again.texts.len(), locale.texts.len());
        if let Some(first) = order.first() {
            prop_assert_eq!(again.texts.get(first), locale.texts.get(first));
            if let Some(text) = locale.texts.get_mut(first) {
                *text = later;
            }
            let text = write(Some((&text, &again)), &locale, &order);
            let later = read(&text);
            prop_assert_eq!(later.texts.get(first), locale.texts.get(first));
        }
    }
}
