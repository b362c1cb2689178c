//! Texts of so many sentences.

use std::num::NonZeroUsize;

use raconteur_core::pattern::Pattern;
use raconteur_core::sentence::find_end_outside_quotes;

use super::*;

fn sentences(most: usize, pattern: Option<&str>) -> Limits {
    let constraints = Constraints {
        sentences: NonZeroUsize::new(most),
        pattern: pattern.map(|pattern| Pattern::parse(pattern).unwrap()),
        ..Constraints::default()
    };
    Limits::new(&constraints, 0, &lexicon(), &mut encode).unwrap()
}

/// What is given out of a text that comes in pieces, and whether it ended.
fn given(limits: &Limits, pieces: &[&str]) -> (Vec<String>, bool) {
    let (mut written, mut given) = (Written::default(), Vec::new());
    for piece in pieces {
        let ended = written.push(limits, 1, piece.as_bytes());
        given.push(written.take());
        if ended {
            return (given, true);
        }
    }
    given.push(written.stream.finish());
    (given, false)
}

#[test]
fn a_text_ends_where_the_next_sentence_would_begin() {
    let one = sentences(1, None);
    assert_eq!(given(&one, &[" Yes", ".", " ", "No", "x"]), ([" Yes", ".", "", ""].map(String::from).to_vec(), true));
    assert_eq!(given(&one, &["\"Yes.\"", " he said. Then"]).0.concat(), "\"Yes.\" he said.");
    assert_eq!(given(&one, &["Mr", ".", " Odo"]), (["Mr", ".", " Odo", ""].map(String::from).to_vec(), false));
    assert_eq!(given(&one, &["Yes.", " "]), (["Yes.", "", " "].map(String::from).to_vec(), false), "it may go on");
    let two = sentences(2, None);
    assert_eq!(given(&two, &["Yes. \"No. Go.\" Then"]).0.concat(), "Yes. \"No. Go.\"");
}

#[test]
fn a_sentence_ends_no_text_whose_pattern_goes_on() {
    let limits = sentences(1, Some("Yes\\. Go( on)?\\.( Ask)?"));
    assert_eq!(given(&limits, &["Yes. ", "Go.", " A"]), (["Yes. ", "Go.", ""].map(String::from).to_vec(), true));
}

#[test]
fn no_sentence_ends_a_text_too_early() {
    let constraints = Constraints { sentences: NonZeroUsize::new(1), ..Constraints::default() };
    let limits = Limits::new(&constraints, 3, &lexicon(), &mut encode).unwrap();
    let mut written = Written::default();
    written.push(&limits, 1, b"Yes.");
    assert!(!written.allows(&limits, b" No") && written.allows(&limits, b" no"));
    written.push(&limits, 1, b" no");
    written.push(&limits, 1, b"body.");
    assert!(written.allows(&limits, b" No"));
}

proptest! {
    /// However a text is cut into tokens, it ends where the rule on whole texts says, and what was given out is that.
    #[test]
    fn sentences_are_those_of_the_rule(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "Yes", "no", ".", "!", "?\"", " ", " ", "\n", "\"", "'", " 'em", "Mr.", "\u{201c}", "\u{201d}", "。", "…", ")", "(", "J.", "3.5",
        ]), 0..24),
        most in 1usize..4,
    ) {
        let (given, ended) = given(&sentences(most, None), &pieces);
        let whole = pieces.concat();
        let mut count = 0;
        let end = find_end_outside_quotes(&whole, false, |_| { count += 1; count == most });
        prop_assert_eq!(ended, end.is_some());
        prop_assert_eq!(given.concat(), &whole[..end.unwrap_or(whole.len())]);
    }
}
