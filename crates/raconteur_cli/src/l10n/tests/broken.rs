//! Tables that are broken: an error with its line, never a panic.

use proptest::prelude::*;

use super::{FORMATS, po, rows, story, table, write};
use crate::l10n::{Format, merge::merge, utf8};

fn csv(text: &str) -> String {
    table::read(text).expect_err("a broken table").to_string()
}

fn po_error(text: &str) -> String {
    po::read(text).expect_err("a broken table").to_string()
}

#[test]
fn csv_says_where_it_is_broken() {
    assert!(csv("").starts_with("1: there is no column \"key\""));
    assert!(csv("key,source\r\n").starts_with("1: there is no column \"translation\""));
    assert!(
        csv("key,translation\na,b\nc\n").starts_with("3: 1 cells where the first line has 2"),
        "{}",
        csv("key,translation\na,b\nc\n")
    );
    assert!(csv("key,translation\na,\"b\nb\"\n,c\n").starts_with("4: a row without a key"));
    assert!(csv("key,translation\na,1\nb,2\na,3\n").starts_with("4: the key 'a' stands in line 2 already"));
    assert!(
        csv("key,translation,status\na,1,done\n").starts_with("2: 'done' is no status; use one of new, translated")
    );
    assert!(csv("key,translation\na,1\nb,\"2\nc,3\n").starts_with("3: a quote is opened"));
    assert!(utf8(b"key\n\xff").expect_err("no UTF-8").to_string().starts_with("2: this is not UTF-8"));
}

#[test]
fn po_says_where_it_is_broken() {
    for (text, start) in [
        ("msgctxt \"a\"\nmsgid \"b", "2: this text is never closed"),
        ("msgctxt \"a\" x", "1: there is something behind the closing quote"),
        ("msgid \"a\"\nmsgstr \"b\"\n", "1: an entry without msgctxt"),
        ("msgctxt \"a\"\nmsgstr \"b\"\n\n", "1: an entry needs a msgid and a msgstr"),
        ("\"a\"", "1: a text that belongs to no msgctxt"),
        ("hello", "1: 'hello' is nothing that a PO file has"),
        ("msgctxt \"a\"\nmsgid \"\\q\"\n", "2: \\q is no escape"),
        ("msgctxt \"a\"\nmsgid \"\\377\"\n", "2: the escapes of this text are no UTF-8"),
        ("msgctxt \"a\"\nmsgid \"b\"\nmsgid_plural \"c\"\n", "3: plural forms are not used"),
        ("#. status: done\n", "1: 'done' is no status"),
        (
            "msgctxt \"a\"\nmsgid \"\"\nmsgstr \"\"\n\nmsgctxt \"a\"\nmsgid \"\"\nmsgstr \"\"\n",
            "5: the key 'a' stands in line 1",
        ),
        ("msgctxt \"a\"\nmsgid \"\"\nmsgstr \"\"\nmsgstr \"\"\n", "4: a second msgstr"),
        ("msgctxt \"\"\nmsgid \"x\"\nmsgstr \"\"\n", "1: an empty msgctxt"),
        ("msgctxt", "1: a text in quotes goes here"),
    ] {
        assert!(po_error(text).starts_with(start), "{text:?}: {}", po_error(text));
    }
}

#[test]
fn a_cell_that_makes_no_sense_is_an_error_of_its_row() {
    let rows = table::read("key,translation\nvoice:ives,trocken\nvoice:ives#talks,Nur eine Frage?\n").expect("a table");
    let error = merge(&story(), &mut Default::default(), &rows, false).expect_err("no pair");
    assert_eq!(error.to_string().split(':').next(), Some("3"));
    assert!(error.to_string().contains("an example of talk needs a question and an answer"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn anything_is_read_or_refused(text in "[\"\\\\msgidctxtr#~,.;:\n\r|'a= ]{0,80}", junk in ".{0,80}") {
        for text in [text, junk] {
            let _ = (table::read(&text), po::read(&text));
            let _ = table::read(&format!("key,translation,lock,status,note\n{text}"));
        }
    }

    /// A good table with a piece cut out or doubled.
    #[test]
    fn damaged_tables_are_read_or_refused(from in 0..3000_usize, length in 0..60_usize, double in any::<bool>()) {
        let story = story();
        for format in FORMATS {
            let text = write(format, &rows(&story, &super::german(), true));
            let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let range = floor(from)..floor(from + length);
            let mut damaged = text.clone();
            let piece = if double { text[range.clone()].repeat(2) } else { String::new() };
            damaged.replace_range(range, &piece);
            let read = match format { Format::Csv => table::read(&damaged), Format::Po => po::read(&damaged) };
            if let Ok(rows) = read {
                let _ = merge(&story, &mut super::german(), &rows, false);
            }
        }
    }
}
