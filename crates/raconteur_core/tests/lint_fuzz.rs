//! Whatever a file holds, reading, checking and rendering it never panics and always says something sensible.

use proptest::prelude::*;
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;
use raconteur_core::story::spans::{Tree, tokens};

const BELL: &str = include_str!("../../../assets/stories/drowned_bell.story.ron");

/// Reads `text` as a whole story and as each part.
fn survives(text: &str) {
    for name in ["x.story.ron", "x.cast.ron", "x.lore.ron", "x.beats.ron", "x.prompts.ron"] {
        let mut sources = vec![Source::new(name, text)];
        if name != "x.story.ron" {
            sources.push(Source::new("x.story.ron", "Story(format: 1, id: \"x\", start: \"a\")"));
        }
        let checked = parse(sources);
        for found in &checked.diagnostics {
            let source = checked.sources.iter().find(|source| source.name == found.primary.file).expect("test data");
            assert!(found.primary.end <= source.text.len(), "{found}");
            assert!(found.primary.line <= source.text.matches('\n').count() + 1, "{found}");
        }
        let _ = (checked.render(false), checked.render(true), checked.summary());
        if checked.story.is_none() {
            assert!(checked.has_errors(), "no story and no reason: {text:?}");
        }
    }
    let _ = Tree::scan(text);
    let mut last = 0;
    for token in tokens(text) {
        assert!(token.span.start >= last && token.span.end > token.span.start);
        last = token.span.end;
    }
}

fn floor(at: usize) -> usize {
    let mut at = at.min(BELL.len());
    while !BELL.is_char_boundary(at) {
        at -= 1;
    }
    at
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn truncated(at in 0..BELL.len()) {
        survives(&BELL[..floor(at)]);
        survives(&BELL[floor(at)..]);
    }

    #[test]
    fn mutated(edits in prop::collection::vec((0..BELL.len(), 0..40_usize, "[\"(){}\\[\\]:,#/*rb\\\\'a-z0-9=<>\\-鐘\n ]{0,4}"), 1..4)) {
        let mut text = BELL.to_owned();
        for (at, length, insert) in edits {
            let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let range = floor(at)..floor(at + length);
            text.replace_range(range, &insert);
        }
        survives(&text);
    }

    #[test]
    fn swapped_words(from in 0..200_usize, to in 0..200_usize) {
        let words: Vec<&str> = BELL.split('"').collect();
        let mut words = words;
        let (from, to) = (from % words.len(), to % words.len());
        words.swap(from, to);
        survives(&words.join("\""));
    }

    #[test]
    fn arbitrary(text in ".{0,300}", ronish in "[\"(){}\\[\\]:,#!/*rb\\\\' \n]{0,80}") {
        survives(&text);
        survives(&ronish);
    }
}

#[test]
fn deep_brackets_do_not_overflow_the_stack() {
    for open in ["(", "[", "{", "Some(", "(a:", "[(", "/*", "{\"a\":"] {
        for start in ["", "Story(format: 1, id: \"x\", start: \"a\", meta: "] {
            let text = format!("{start}{}", open.repeat(20_000));
            let checked = parse(vec![Source::new("x.story.ron", text.as_str())]);
            assert!(checked.has_errors() && !checked.render(false).is_empty());
            let _ = Tree::scan(&text);
        }
    }
}

#[test]
fn a_large_file_is_read_in_linear_time() {
    // 20 000 beats: a quadratic step would take minutes. A thousand in a row without a choice would be F06.
    let beat = |n: usize| match n % 500 {
        0 => format!("\"b{n}\": (choices: [(id: \"c{n}\", say: \"x\", to: \"b{}\")]),\n", n + 1),
        _ => format!("\"b{n}\": (next: \"b{}\"),\n", n + 1),
    };
    let beats: String = (0..20_000).map(beat).collect();
    let text = format!("Story(format: 1, id: \"x\", start: \"b0\", beats: {{\n{beats}\"b20000\": (end: true) }})");
    let checked = parse(vec![Source::new("x.story.ron", text)]);
    assert!(checked.diagnostics.is_empty(), "{}", checked.render(false));
}

#[test]
fn a_story_of_many_lines_is_checked_in_linear_time() {
    let lines: String = (0..20_000)
        .map(|n| format!("(id: \"l{n}\", who: \"m\", say: \"x\", gen: Vary(prompt: \"vary\"), when: \"v < {n}\"),\n"))
        .collect();
    let text = format!(
        "Story(format: 1, id: \"x\", start: \"a\", vars: {{ \"v\": Int(init: 0, min: 0, max: 9) }}, cast: {{ \"m\": (name: \"M\") }},
         beats: {{ \"a\": (end: true, lines: [{lines}]) }})"
    );
    let checked = parse(vec![Source::new("x.story.ron", text)]);
    // Both are true of such a beat; neither points at 20 000 places.
    let found: Vec<&str> = checked.diagnostics.iter().map(|found| found.code).collect();
    assert_eq!(found, ["V04", "G09"]);
    assert!(checked.diagnostics.iter().all(|found| found.labels.len() <= 3));
    assert!(checked.render(false).len() < 10_000);
}
