//! Words of a text, folded so that they can be compared: what `must`, bans and copies are found with.

use std::collections::HashSet;

/// The words of `text`, lower case. Anything but letters and digits separates, apostrophes too: "Odo's" is "odo", "s",
/// so that a possessive still holds its name.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !is_word_char(c)).filter(|word| !word.is_empty()).map(fold).collect()
}

/// Whether a character belongs to a word.
#[must_use]
pub fn is_word_char(c: char) -> bool {
    // U+0300..U+036F: accents that were typed as characters of their own belong to their letter.
    c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c)
}

/// Lower case, with the letters whose small forms differ by place or language made one: ß is ss, ς is σ, and the dot
/// that "İ" leaves over its i goes.
pub(crate) fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            'ß' => folded.push_str("ss"),
            'ς' => folded.push('σ'),
            '\u{307}' => {}
            other => folded.push(other),
        }
    }
    folded
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
