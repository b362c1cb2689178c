//! Typing a text out: so many characters a second, whatever their bytes, and a breath at the end of a clause.

/// Characters of a spaced script that are typed in a second.
const LETTERS: f32 = 40.0;
/// Chinese characters: each says as much as two or three letters, and takes as long to read.
const CHARACTERS: f32 = 16.0;
/// Seconds for a mark that ends a clause.
const BREATH: f32 = 0.22;

/// The part of `text` that is on show after so many seconds: always whole characters.
pub fn visible(text: &str, seconds: f32) -> &str {
    let mut left = seconds;
    for (at, c) in text.char_indices() {
        if left <= 0.0 {
            return &text[..at];
        }
        left -= match c {
            '，' | '。' | '？' | '！' | '；' | '：' | '…' | ',' | '.' | '?' | '!' | ';' => BREATH,
            c if c.is_ascii() => 1.0 / LETTERS,
            _ => 1.0 / CHARACTERS,
        };
    }
    text
}
