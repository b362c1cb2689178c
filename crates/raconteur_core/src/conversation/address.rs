//! Whom a text addresses.

use super::member::Member;
use crate::judge::words::{fold, is_word_char};

/// Words after which a name is still at the beginning: "And you, Odo?" needs none of them, "And Odo?" does. English.
const BEFORE: &[&str] = &[
    "and", "aye", "but", "come", "dear", "good", "hello", "hey", "hi", "ho", "listen", "look", "master", "mistress",
    "my", "no", "now", "oh", "old", "please", "right", "so", "sorry", "tell", "thanks", "then", "well", "what", "why",
    "yes",
];

/// Somebody who is addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// Their number.
    pub id: u64,
    /// Where their name begins, in bytes.
    pub at: usize,
}

/// Who of `people` is addressed in a text, in the order of their names in it, each once.
///
/// A name addresses when it stands by itself: at the beginning of a sentence or behind a comma, and before a comma, an end
/// or a mark ("Odo, did it ring?", "Did it ring, Odo?", "And Odo? What of you?"). In "Odo rang it" he is only spoken of.
pub fn addressed<'a>(text: &str, people: impl Iterator<Item = &'a Member>) -> Vec<Address> {
    let spans = spans(text);
    let folded: Vec<String> = spans.iter().map(|&(from, to)| fold(&text[from..to])).collect();
    let mut found: Vec<Address> = Vec::new();
    for member in people {
        let at = member.names().filter_map(|name| first(text, name, &spans, &folded)).min();
        if let Some(at) = at {
            found.push(Address { id: member.id, at });
        }
    }
    found.sort_by_key(|address| (address.at, address.id));
    found
}

/// Where a name first addresses somebody, in bytes.
fn first(text: &str, name: &str, spans: &[(usize, usize)], folded: &[String]) -> Option<usize> {
    if name.chars().any(is_caseless) {
        return within(text, name);
    }
    let wanted: Vec<String> =
        name.split(|c: char| !is_word_char(c)).filter(|word| !word.is_empty()).map(fold).collect();
    let stands = |place: &usize| folded[*place..].starts_with(&wanted);
    let places = (0..folded.len()).filter(stands);
    let mut places = places.filter(|&place| {
        let last = place + wanted.len() - 1;
        let (from, to) = (spans[place].0, spans[last].1);
        let closed = spans.get(last + 1).is_none_or(|next| has_mark(&text[to..next.0]));
        closed && opens(text, spans, folded, place, from)
    });
    places.next().map(|place| spans[place].0)
}

/// Whether a name that is the word `place` of a text stands at a beginning.
fn opens(text: &str, spans: &[(usize, usize)], folded: &[String], place: usize, from: usize) -> bool {
    let Some(before) = place.checked_sub(1) else { return true };
    let marked = |word: usize| word == 0 || has_mark(&text[spans[word - 1].1..spans[word].0]);
    has_mark(&text[spans[before].1..from]) || (marked(before) && BEFORE.contains(&folded[before].as_str()))
}

/// In a script without spaces: a name between two marks.
fn within(text: &str, name: &str) -> Option<usize> {
    let ends = |text: &str| text.trim_end().chars().next_back().is_none_or(is_mark);
    let begins = |text: &str| text.trim_start().chars().next().is_none_or(is_mark);
    let mut found = text.match_indices(name).map(|(at, _)| at);
    found.find(|&at| ends(&text[..at]) && begins(&text[at + name.len()..]))
}

/// Words of a text, in bytes from and to.
fn spans(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, is_word_char(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                spans.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    spans
}

fn has_mark(between: &str) -> bool {
    between.chars().any(is_mark)
}

/// What sets a name off. An apostrophe or a hyphen does not: "Odo's" is not "Odo".
fn is_mark(c: char) -> bool {
    matches!(
        c,
        ',' | '.'
            | '!'
            | '?'
            | ';'
            | ':'
            | '…'
            | '—'
            | '–'
            | '"'
            | '“'
            | '”'
            | '«'
            | '»'
            | '('
            | ')'
            | '\n'
            | '，'
            | '。'
            | '！'
            | '？'
            | '；'
            | '：'
            | '、'
            | '「'
            | '」'
            | '『'
            | '』'
    )
}

fn is_caseless(c: char) -> bool {
    c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase()
}
