//! Reads a text as a suspicious person does: what is invisible is not there, what looks like a letter is that letter.

use std::ops::Range;

use crate::judge::Stemmer;

/// Whether a character may not be shown: it moves the cursor, hides something, turns the direction, or is broken.
pub(super) fn is_bad(c: char) -> bool {
    c.is_control() || is_hidden(c) || c == '\u{fffd}'
}

fn is_hidden(c: char) -> bool {
    matches!(u32::from(c),
        0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff9..=0xfffb
        | 0xe0000..=0xe007f)
}

/// The words of a text, folded.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.chars().filter(|c| !is_hidden(*c) && !is_accent(*c)) {
        for c in plain(c).to_lowercase().map(plain).filter(|c| !is_accent(*c)) {
            match words.last_mut() {
                Some(word) if c.is_alphanumeric() => word.push(c),
                Some(word) if word.is_empty() => {}
                _ => words.push(String::new()),
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Where the words of a text stand, in bytes: letters and digits with their accents and what hides between them.
pub(super) fn spans(text: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    let mut inside = false;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match spans.last_mut() {
            Some(span) if inside && (c.is_alphanumeric() || is_accent(c) || is_hidden(c)) => span.end = end,
            _ => {
                inside = c.is_alphanumeric();
                if inside {
                    spans.push(at..end);
                }
            }
        }
    }
    spans
}

/// Accents that were put on a letter as characters of their own.
fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Whether a word, or several in a row, stand in a text.
pub(super) fn has(text: &[String], phrase: &str) -> bool {
    let wanted = words(phrase);
    !wanted.is_empty() && text.windows(wanted.len()).any(|window| *window == wanted)
}

/// Whether a word, or several in a row, stand in a text in whatever form: `text` are its words, `stems` their stems.
pub(super) fn has_form(text: &[String], stems: &[String], phrase: &str, stemmer: Stemmer) -> bool {
    let wanted = stems_of(&words(phrase), stemmer);
    has(text, phrase) || !wanted.is_empty() && stems.windows(wanted.len()).any(|window| *window == wanted)
}

/// The stems of the words of a text.
pub(super) fn stems_of(words: &[String], stemmer: Stemmer) -> Vec<String> {
    words.iter().map(|word| stemmer.stem(word)).collect()
}

/// Whether somebody's turn begins inside a text: their name and a colon, with nothing but a separator before it.
pub(super) fn is_labelled(text: &str, name: &str) -> bool {
    let wanted = words(name);
    if wanted.is_empty() {
        return false;
    }
    let colons = text.char_indices().filter(|(_, c)| matches!(c, ':' | '\u{ff1a}' | '\u{fe55}' | '\u{a789}'));
    colons.into_iter().any(|(at, _)| {
        let before = &text[..at];
        let said: Vec<&str> = before.split_whitespace().collect();
        let Some(from) = said.len().checked_sub(wanted.len()) else { return false };
        let upper = said[from].chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_uppercase);
        upper && words(&said[from..].join(" ")) == wanted
    })
}

/// The Latin letter that a character looks like.
fn plain(c: char) -> char {
    let code = u32::from(c);
    if (0xff01..=0xff5e).contains(&code) {
        return char::from_u32(code - 0xfee0).unwrap_or(c);
    }
    match code {
        0x430 | 0x3b1 => 'a',
        0x435 => 'e',
        0x456 | 0x3b9 | 0x131 => 'i',
        0x43e | 0x3bf => 'o',
        0x440 | 0x3c1 => 'p',
        0x441 => 'c',
        0x443 => 'y',
        0x445 => 'x',
        0x455 => 's',
        0x458 => 'j',
        _ => c,
    }
}
