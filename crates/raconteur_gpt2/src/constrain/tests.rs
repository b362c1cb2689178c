use proptest::prelude::*;

use super::*;

mod ends;
mod masks;

/// A vocabulary of bytes, and of two whole words.
const WORDS: [&str; 4] = [" bell", " Bell", " bellows", "\n"];

fn encode(text: &str) -> Vec<u32> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((at, word)) = WORDS.iter().enumerate().find(|(_, word)| rest.starts_with(*word)) {
            tokens.push(256 + at as u32);
            rest = &rest[word.len()..];
        } else {
            tokens.extend(rest[..c.len_utf8()].bytes().map(u32::from));
            rest = &rest[c.len_utf8()..];
        }
    }
    tokens
}

static BYTES: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut i = 0;
    while i < 256 {
        bytes[i] = i as u8;
        i += 1;
    }
    bytes
};

fn bytes(id: u32) -> &'static [u8] {
    let id = id as usize;
    if id < 256 { &BYTES[id..=id] } else { WORDS[id - 256].as_bytes() }
}

fn lexicon() -> Lexicon {
    Lexicon::new(256 + WORDS.len(), &bytes, Some(0))
}

fn limits(banned: &[&str], stop: &[&str], min_new_tokens: usize) -> Limits {
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
    let constraints = Constraints { banned: texts(banned), stop: texts(stop), ..Constraints::default() };
    Limits::new(&constraints, min_new_tokens, &lexicon(), &mut encode).unwrap()
}

/// Whether `next` is allowed after `text`, asking as the sampler does.
fn allowed(limits: &Limits, text: &str, next: &str) -> bool {
    let mut written = Written::default();
    for id in encode(text) {
        written.push(limits, id, bytes(id));
    }
    written.allows(limits, next.as_bytes())
}

#[test]
fn a_ban_holds_in_every_case_between_word_borders() {
    let limits = limits(&["bell"], &[], 0);
    for (text, next) in [("the bel", "l"), ("", "bell"), ("", "BELL"), ("a", " Bell,"), ("\"be", "ll"), ("(", "bell")] {
        assert!(!allowed(&limits, text, next), "{text:?} + {next:?}");
    }
    for (text, next) in [("door", "bell"), ("", " bellows"), ("be", "l"), ("bel", "t"), ("x", " y")] {
        assert!(allowed(&limits, text, next), "{text:?} + {next:?}");
    }
}

#[test]
fn phrases_meet_blanks_apostrophes_and_invisible_characters() {
    let limits = limits(&["Don't  go", " old bell "], &[], 0);
    assert!(!allowed(&limits, "don\u{2019}t\n g", "o"));
    assert!(!allowed(&limits, "OLD \n be\u{200b}l", "l"));
    assert!(allowed(&limits, "old x bel", "l"));
}

#[test]
fn scripts_without_blanks_have_no_borders() {
    let limits = limits(&["鐘", "été", "İstanbul"], &[], 0);
    let bell = "鐘".as_bytes();
    let mut written = Written::default();
    for &byte in "古い".as_bytes().iter().chain(&bell[..2]) {
        assert!(written.allows(&limits, &[byte]));
        written.push(&limits, u32::from(byte), &[byte]);
    }
    assert!(!written.allows(&limits, &bell[2..]), "the last byte completes the character");
    assert!(!allowed(&limits, "l'Ét", "É"));
    assert!(!allowed(&limits, "istanbu", "l"));
}

#[test]
fn usual_forms_are_masked_beforehand_where_they_would_be_a_word() {
    let limits = limits(&["bell", "q"], &[], 0);
    let mut masked = Vec::new();
    let mut written = Written::default();
    written.mask(&limits, &bytes, &mut masked);
    masked.sort_unstable();
    assert_eq!(masked, [u32::from(b'Q'), u32::from(b'q'), 256, 257]);
    written.push(&limits, u32::from(b'a'), b"a");
    written.mask(&limits, &bytes, &mut masked);
    masked.sort_unstable();
    assert_eq!(masked, [256, 257], "aq is another word");
    for byte in *b" bel" {
        written.push(&limits, u32::from(byte), &[byte]);
    }
    assert!(!written.allows(&limits, b"l"), "spelt in letters, which no token sequence foresaw after a space");
}

#[test]
fn neither_the_end_nor_a_stop_string_comes_too_early() {
    let limits = limits(&[], &["\n", "Odo:"], 2);
    let (mut written, mut masked) = (Written::default(), Vec::new());
    for expected in [[0].as_slice(), &[0], &[]] {
        written.mask(&limits, &bytes, &mut masked);
        assert_eq!(masked, expected);
        assert_eq!(written.allows(&limits, b"\n"), expected.is_empty());
        assert!(written.allows(&limits, b"x"));
        written.push(&limits, u32::from(b'x'), b"x");
    }
    assert!(written.push(&limits, 259, b"\n"));
    assert_eq!(written.take(), "xxx");
}

#[test]
fn blank_limits_are_refused() {
    for constraints in [
        Constraints { banned: vec![" \u{200b}".into()], ..Constraints::default() },
        Constraints { stop: vec![String::new()], ..Constraints::default() },
    ] {
        assert!(matches!(Limits::new(&constraints, 0, &lexicon(), &mut encode), Err(GenerateError::Config(_))));
    }
}

/// A text of tokens, by the generator's way of writing.
fn text_of(limits: &Limits, ids: &[u32]) -> Written {
    let mut written = Written::default();
    for &id in ids {
        written.push(limits, id, bytes(id));
    }
    written
}

#[test]
fn a_refusal_names_the_token_with_which_the_phrase_begins() {
    let limits = limits(&["old bell", "bell rope"], &[], 0);
    let mut written = text_of(&limits, &encode("An old"));
    assert_eq!(written.refusal(&limits, b" man"), None);
    assert_eq!(written.refusal(&limits, b" bell"), Some(Refused { phrase_start_token: 3 }));
    assert_eq!(written.refusal(&limits, b" bell rope"), Some(Refused { phrase_start_token: 6 }), "the last one");
    let mut written = text_of(&limits, &encode("x bell"));
    assert_eq!(written.refusal(&limits, b" rope!"), Some(Refused { phrase_start_token: 1 }));
    written.rewind(&limits, 1, &bytes);
    assert_eq!(written.stream.text(), "x");
    assert_eq!(written.refusal(&limits, b" rope!"), None);
}

#[test]
fn what_may_become_a_banned_phrase_is_held_back_from_its_token_on() {
    let limits = limits(&["bell rope", "q q"], &["###"], 0);
    let mut written = Written::default();
    let mut given = Vec::new();
    // " bell" is one token: its space is held back with it.
    for id in encode("A bell ro#d q r") {
        written.push(&limits, id, bytes(id));
        given.push(written.take());
    }
    assert_eq!(given, ["A", "", "", "", "", " bell ro", "#d", " ", "", "", "q r"]);
    assert_eq!(written.given(), written.ids.len());
    let mut written = text_of(&limits, &encode("A bell r"));
    assert_eq!(written.take(), "A");
    assert_eq!((written.given(), written.held_back()), (1, " bell r".len()));
}

proptest! {
    /// Whatever is drawn, a text of allowed tokens never holds a banned word, read as a whole with a plain search.
    #[test]
    fn allowed_tokens_never_make_a_banned_word(ids in prop::collection::vec(prop_oneof![
        prop::sample::select(vec![u32::from(b'a'), u32::from(b'B'), u32::from(b'b'), u32::from(b' '), u32::from(b'.')]), 256u32..260,
    ], 0..60)) {
        let limits = limits(&["bell", "ab", "a b"], &[], 0);
        let mut written = Written::default();
        for id in ids {
            if written.allows(&limits, bytes(id)) {
                written.push(&limits, id, bytes(id));
            }
        }
        let text = written.stream.text().to_lowercase().replace('\n', " ");
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        prop_assert!(!words.contains(&"bell") && !words.contains(&"ab"), "{text:?}");
        let spaced: Vec<&str> = text.split_whitespace().collect();
        prop_assert!(!spaced.windows(2).any(|pair| pair == ["a", "b"]), "{text:?}");
    }

    /// A text that was cut to some of its tokens is, in all that can be asked of it, the text of these tokens alone; and
    /// what was given out before the cut and after it is the whole.
    #[test]
    fn a_rewound_text_is_as_if_never_written(
        ids in prop::collection::vec(prop_oneof![
            prop::sample::select(b"abB .\nq\xc3\xa9".map(u32::from).to_vec()), 256u32..260,
        ], 0..30),
        more in prop::collection::vec(prop::sample::select(b"abB .\nqel".map(u32::from).to_vec()), 0..10),
        cut in any::<prop::sample::Index>(),
        shown in any::<prop::sample::Index>(),
    ) {
        let limits = limits(&["bell", "ab", "a b", "q bell"], &["qa", "\n\n"], 0);
        let mut written = Written::default();
        let mut text = String::new();
        let mut stopped = false;
        for (at, &id) in ids.iter().enumerate() {
            stopped = written.push(&limits, id, bytes(id));
            if stopped {
                break;
            }
            if at <= shown.index(ids.len()) {
                text += &written.take();
            }
        }
        let floor = written.given();
        // Behind a stop string nothing can come.
        let keep = floor + cut.index(written.ids.len() - usize::from(stopped) - floor + 1);
        let kept = written.ids[..keep].to_vec();
        written.rewind(&limits, keep, &bytes);
        let mut fresh = text_of(&limits, &kept);
        prop_assert_eq!(&written.ids, &kept);
        prop_assert_eq!(written.stream.text(), fresh.stream.text());
        prop_assert!(fresh.stream.text().starts_with(&text));
        let (mut masked, mut expected) = (Vec::new(), Vec::new());
        let mut given = Vec::new();
        for id in more.into_iter().chain([0]) {
            prop_assert_eq!(written.held_back(), fresh.held_back());
            written.mask(&limits, &bytes, &mut masked);
            fresh.mask(&limits, &bytes, &mut expected);
            prop_assert_eq!(&masked, &expected);
            for next in 0..260 {
                prop_assert_eq!(written.refusal(&limits, bytes(next)), fresh.refusal(&limits, bytes(next)));
            }
            let stopped = written.push(&limits, id, bytes(id));
            prop_assert_eq!(stopped, fresh.push(&limits, id, bytes(id)));
            given.push(written.take());
            if stopped {
                break;
            }
        }
        given.push(written.stream.finish());
        prop_assert_eq!(text + &given.concat(), fresh.stream.text());
    }

    /// The token that a refusal names is never one of which text was given out.
    #[test]
    fn a_cut_takes_nothing_back(ids in prop::collection::vec(prop_oneof![
        prop::sample::select(b"abB .elq".map(u32::from).to_vec()), 256u32..260,
    ], 0..60)) {
        let limits = limits(&["bell", "ab", "a b", "b bell q"], &["qa"], 0);
        let mut written = Written::default();
        for id in ids {
            if let Some(Refused { phrase_start_token }) = written.refusal(&limits, bytes(id)) {
                prop_assert!(!written.allows(&limits, bytes(id)));
                prop_assert!(written.given() <= phrase_start_token, "{:?}", written.stream.text());
            } else if written.push(&limits, id, bytes(id)) {
                break;
            }
            written.take();
        }
    }
}
