use proptest::prelude::*;

use super::*;
use crate::graph::sample::{HOSTILE, graph};

/// Reads XML as a strict parser would: tags close in order, attributes are quoted, texts hold no bare `<` or `&`.
/// Answers all texts and the values of all attributes, decoded.
fn texts(xml: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").expect("a head");
    while let Some(at) = rest.find('<') {
        found.push(decoded(&rest[..at]));
        let end = rest[at..].find('>').expect("a tag is closed") + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "tags close in order");
            continue;
        }
        let (tag, single) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        while let Some((_, value)) = attributes.split_once("=\"") {
            let (value, after) = value.split_once('"').expect("an attribute is closed");
            found.push(decoded(value));
            attributes = after;
        }
        assert_eq!(attributes.trim(), "", "nothing but attributes in <{tag}>");
        if !single {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    found
}

fn decoded(text: &str) -> String {
    let bare = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&#10;"]
        .iter()
        .fold(text.to_owned(), |text, entity| text.replace(entity, ""));
    assert!(!bare.contains('&'), "a bare & in {text:?}");
    assert!(bare.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&#10;", "\n").replace("&amp;", "&")
}

#[test]
fn hostile_texts_stay_texts() {
    let picture = write(&graph(HOSTILE));
    let texts = texts(&picture);
    assert!(texts.iter().any(|text| text.contains("</script><script>alert(1)</script> & \"Ş🔔\"")));
    assert!(texts.iter().any(|text| text.contains("<img src=x onerror=alert(2)>")));
}

#[test]
fn marks_are_seen() {
    let picture = write(&graph(HOSTILE));
    for (beat, mark) in
        [("locked", "soft-lock"), ("attic", "unreachable"), ("stub", "dead-end"), ("nowhere", "missing")]
    {
        let card = picture.lines().find(|line| line.contains(&format!("data-id=\"{beat}\""))).expect("a card");
        assert!(card.contains(mark), "{card}");
    }
    let dead = picture.lines().filter(|line| line.starts_with("<path class=\"way choice dead\"")).count();
    assert_eq!(dead, 2, "a_y and l_1");
}

#[test]
fn texts_fit_their_rows() {
    assert_eq!(text::wrap("one two three", 10.0, 45.0, 2), ["one two", "three"]);
    assert_eq!(text::wrap("one two three four", 10.0, 45.0, 2), ["one two", "three f…"]);
    assert_eq!(text::fit("", 10.0, 50.0), "");
}

proptest! {
    #[test]
    fn any_text_is_cut_to_its_width(text in "\\PC{0,80}", most in 20.0_f32..300.0, rows in 1_usize..4) {
        let rows_found = text::wrap(&text, 11.0, most, rows);
        prop_assert!(rows_found.len() <= rows);
        for row in &rows_found {
            prop_assert!(text::width(row) * 11.0 <= most + 0.01, "{row:?}");
        }
    }

    #[test]
    fn any_text_is_escaped(text in prop::collection::vec(any::<char>(), 0..40).prop_map(String::from_iter)) {
        let escaped = escape(&text);
        prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
        let clean: String = text
            .chars()
            .map(|c| if (c.is_control() && c != '\n') || matches!(c, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { c })
            .collect();
        prop_assert_eq!(decoded(&escaped), clean);
    }
}
