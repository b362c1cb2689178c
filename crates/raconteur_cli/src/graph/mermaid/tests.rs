use proptest::prelude::*;

use super::*;
use crate::graph::data::{Beat, Graph, Way};

fn graph(text: &str) -> Graph {
    let beat = |id: &str| Beat { id: id.to_owned(), setting: text.to_owned(), ..Beat::default() };
    let way = Way { to: 1, kind: WayKind::Choice, say: text.to_owned(), when: text.to_owned(), ..Way::default() };
    Graph {
        id: text.to_owned(),
        title: text.to_owned(),
        locale: "en".to_owned(),
        beats: vec![beat(text), beat("end")],
        ways: vec![way],
        storylets: Vec::new(),
        cast: Vec::new(),
        variables: Vec::new(),
        findings: Vec::new(),
        states: 0,
        exact: true,
    }
}

/// What a browser shows of a text that Mermaid got: entities decoded, breaks as line breaks.
fn decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("<br/>") {
            out.push('\n');
            rest = after;
        } else if c == '#' {
            let (number, after) = rest[1..].split_once(';').expect("an entity is closed");
            out.push(char::from_u32(number.parse().expect("a number")).expect("a character"));
            rest = after;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

fn words() -> impl Strategy<Value = String> {
    let signs = prop::sample::select("\"\\'#;&<>[]{}|`\n\t\u{7}%".chars().collect::<Vec<_>>());
    prop::collection::vec(prop_oneof![signs, any::<char>()], 0..40).prop_map(String::from_iter)
}

proptest! {
    /// Every text stands between two quotes on its row, holds nothing that Mermaid would read, and decodes to itself.
    #[test]
    fn any_text_is_read_back(text in words()) {
        let graph = graph(&text);
        let out = write(&graph);
        let rows: Vec<&str> = out.lines().collect();
        prop_assert_eq!(rows.len(), 3 + 1 + 2 + 1 + 5, "{}", out);
        for (row, label) in [(4, label(&graph, &graph.beats[0])), (6, way_label(&graph.ways[0]))] {
            let quotes = rows[row].matches('"').count();
            prop_assert_eq!(quotes, if row == 6 && label.is_empty() { 0 } else { 2 }, "{}", rows[row]);
            if !label.is_empty() {
                let inside = rows[row].split('"').nth(1).expect("a text in quotes");
                let open = inside.replace("<br/>", "").replace('#', "");
                prop_assert!(!open.contains(['<', '>', '&', '"', '[', ']', '|', '`']), "{}", inside);
                let clean: String =
                    label.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
                prop_assert_eq!(decoded(inside), clean);
            }
        }
    }
}

#[test]
fn what_mermaid_would_read_is_a_number() {
    assert_eq!(quoted("a \"b\" [c] <d> #e;"), "\"a #34;b#34; #91;c#93; #60;d#62; #35;e#59;\"");
}
