//! Words of a text, folded so that they can be compared: what `must`, bans and copies are found with.

use std::collections::HashSet;
use std::ops::Range;

/// The words of `text`, lower case. Anything but letters and digits separates, apostrophes too: "Odo's" is "odo", "s",
/// so that a possessive still holds its name.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !is_word_char(c)).filter(|word| !word.is_empty()).map(fold).collect()
}

/// Where the words of [`words`] stand in `text`, in bytes.
pub(crate) fn spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, is_word_char(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                spans.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    spans
}

/// Whether a character belongs to a word.
#[must_use]
pub fn is_word_char(c: char) -> bool {
    // U+0300..U+036F: accents that were typed as characters of their own belong to their letter.
    c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c)
}

/// Lower case, with the letters whose small forms differ by place or language made one: ß is ss, ς is σ, and the dot
/// that "İ" leaves over its i goes, as do accents that were typed as characters of their own. What only looks like a
/// Latin letter is that letter, so that a ban cannot be got around in another alphabet.
pub(crate) fn fold(word: &str) -> String {
    word.chars().flat_map(folded).collect()
}

/// What a character of a word becomes when words are compared; nothing, for an accent of its own.
pub fn folded(c: char) -> impl Iterator<Item = char> {
    half_width(c).to_lowercase().flat_map(|c| {
        let (first, second) = match c {
            'ß' => (Some('s'), Some('s')),
            'ς' => (Some('σ'), None),
            '\u{300}'..='\u{36f}' => (None, None),
            other => (Some(latin(other)), None),
        };
        first.into_iter().chain(second)
    })
}

/// The usual form of a full-width letter (U+FF01 to U+FF5E stand for U+0021 to U+007E).
fn half_width(c: char) -> char {
    let half = u32::from(c).checked_sub(0xfee0).filter(|half| (0x21..=0x7e).contains(half));
    half.and_then(char::from_u32).unwrap_or(c)
}

/// The Latin letter that a small Cyrillic or Greek one cannot be told from.
fn latin(c: char) -> char {
    match c {
        '\u{430}' | '\u{3b1}' => 'a',
        '\u{435}' => 'e',
        '\u{456}' | '\u{3b9}' => 'i',
        '\u{458}' => 'j',
        '\u{43e}' | '\u{3bf}' => 'o',
        '\u{440}' | '\u{3c1}' => 'p',
        '\u{441}' => 'c',
        '\u{455}' => 's',
        '\u{443}' => 'y',
        '\u{445}' => 'x',
        other => other,
    }
}

/// Whether `phrase` (a word or several) stands in `words` as whole words. A phrase in a script without spaces is
/// looked for inside words too.
#[must_use]
pub fn contains(words: &[String], phrase: &str) -> bool {
    let wanted = self::words(phrase);
    if wanted.is_empty() {
        return false;
    }
    if phrase.chars().any(|c| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase()) {
        let joined = words.concat();
        return joined.contains(&wanted.concat());
    }
    words.windows(wanted.len()).any(|window| window == wanted)
}

/// Share of the runs of four words of `text` that also stand in `other`; `None` when it has fewer than four words.
pub(crate) fn shared_fours(text: &[String], other: &[Vec<String>]) -> Option<f32> {
    let all = text.windows(4).count();
    if all == 0 {
        return None;
    }
    let other: HashSet<&[String]> = other.iter().flat_map(|text| text.windows(4)).collect();
    let shared = text.windows(4).filter(|four| other.contains(four)).count();
    Some(shared as f32 / all as f32)
}
