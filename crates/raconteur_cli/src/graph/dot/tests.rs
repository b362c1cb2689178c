use proptest::prelude::*;

use super::*;
use crate::graph::data::{Mark, Said};

/// What a reader of DOT makes of the text: every token of the subset that is written here, strings decoded.
#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

/// Fails where Graphviz would: at an open string, and at a character that no token begins with.
fn tokens(dot: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut chars = dot.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                let mut text = String::new();
                loop {
                    match chars.next().expect("a string is closed") {
                        '"' => break,
                        '\\' => match chars.next().expect("an escape is complete") {
                            'n' => text.push('\n'),
                            escaped @ ('"' | '\\') => text.push(escaped),
                            other => panic!("\\{other} has a meaning of its own in labels"),
                        },
                        other => text.push(other),
                    }
                }
                found.push(Token::Text(text.replace("&amp;", "&")));
            }
            c if c.is_whitespace() => {}
            '{' | '}' | '[' | ']' | '=' | ',' | ';' | '>' | '-' => found.push(Token::Sign(c)),
            c if c.is_ascii_alphanumeric() || c == '.' => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '.') {
                    word.push(c);
                }
                found.push(Token::Word(word));
            }
            other => panic!("{other:?} outside of a string"),
        }
    }
    found
}

fn graph(id: &str, say: &str, when: &str) -> Graph {
    let line = |who: &str| Said {
        id: "l".to_owned(),
        who: who.to_owned(),
        say: say.to_owned(),
        mode: Some("vary"),
        notes: Vec::new(),
        when: String::new(),
        once: false,
        then: Vec::new(),
        cooldown: 0,
    };
    let beat = |id: &str| Beat {
        id: id.to_owned(),
        setting: say.to_owned(),
        lines: vec![line(when)],
        speakers: vec![when.to_owned()],
        marks: vec![Mark { kind: MarkKind::DeadEnd, text: say.to_owned(), path: String::new(), values: String::new() }],
        ..Beat::default()
    };
    let way =
        |kind| Way { to: 1, kind, say: say.to_owned(), when: when.to_owned(), id: id.to_owned(), ..Way::default() };
    let kinds = [WayKind::Choice, WayKind::Outcome, WayKind::Next, WayKind::Otherwise, WayKind::Detour];
    Graph {
        id: id.to_owned(),
        title: say.to_owned(),
        locale: "en".to_owned(),
        beats: vec![beat(id), beat("b")],
        ways: kinds.into_iter().map(way).collect(),
        storylets: Vec::new(),
        cast: Vec::new(),
        variables: Vec::new(),
        findings: Vec::new(),
        states: 0,
        exact: true,
    }
}

/// Flat texts, as a label shows them: what is left when control characters and runs of white space are gone.
fn shown(text: &str, most: usize) -> String {
    shorten(text, most).chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn words() -> impl Strategy<Value = String> {
    let signs = prop::sample::select("\"\\'#;&<>[]{}|`\n\t\u{7}%".chars().collect::<Vec<_>>());
    prop::collection::vec(prop_oneof![signs, any::<char>()], 0..40).prop_map(String::from_iter)
}

proptest! {
    /// Whatever stands in a story, Graphviz reads back the same words, and nothing but the graph.
    #[test]
    fn any_text_is_read_back(id in words(), say in words(), when in words()) {
        let dot = write(&graph(&id, &say, &when));
        let tokens = tokens(&dot);
        let count = |sign: char| tokens.iter().filter(|token| **token == Token::Sign(sign)).count();
        prop_assert_eq!((count('{'), count('}')), (1, 1));
        prop_assert_eq!(count('['), count(']'));
        prop_assert_eq!(count('>'), 5, "an arrow for a way");
        let texts: Vec<&String> =
            tokens.iter().filter_map(|token| if let Token::Text(text) = token { Some(text) } else { None }).collect();
        let labels = texts.iter().filter(|text| text.contains(&shown(&say, 40).replace("&amp;", "&")));
        prop_assert!(labels.count() >= 5, "{}", dot);
    }

    /// A picture of any graph is as tall as it has lines: no text breaks out of its row.
    #[test]
    fn every_statement_is_a_row(id in words(), say in words(), when in words()) {
        prop_assert_eq!(write(&graph(&id, &say, &when)).lines().count(), 5 + 2 + 5);
    }
}

#[test]
fn escapes_of_labels_stay_text() {
    let dot = write(&graph("a", r#"\N "quoted" </script> & &lt; é 🔔"#, "x"));
    assert!(dot.contains(r#"\\N \"quoted\" </script> &amp; &amp;lt; é 🔔"#), "{dot}");
}

#[test]
fn long_texts_are_cut_at_characters() {
    assert_eq!(shorten("ééééé", 3), "éé…");
    assert_eq!(shorten("a \n b", 3), "a b");
}
