//! What a player typed, made safe to stand in a prompt.

use crate::judge::is_invisible;
use crate::judge::words::{is_unspaced, is_word_char};

/// Most characters of a question by default.
pub const DEFAULT_MAX_CHARS: usize = 200;

/// What a player typed as one line without control characters, end-of-text markers or speaker labels, clipped to a
/// length. The words stay: a filter that rewrites questions would be felt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlayerText {
    text: String,
}

impl PlayerText {
    /// Makes `raw` safe and clips it to [`DEFAULT_MAX_CHARS`].
    #[must_use]
    pub fn new(raw: &str) -> Self {
        Self::clipped(raw, DEFAULT_MAX_CHARS)
    }

    /// Makes `raw` safe and clips it to `max_chars` characters, at the border of a word where there is one.
    #[must_use]
    pub fn clipped(raw: &str, max_chars: usize) -> Self {
        // Defusing only ever shortens or keeps, and whitespace runs are the one thing that shrinks much: a few times
        // the limit is plenty to read, and a paste of 100 kB costs no more than a line.
        let visible: String = raw
            .trim_start()
            .chars()
            .take(max_chars.saturating_mul(8).saturating_add(64))
            .filter_map(|c| match c {
                c if c.is_whitespace() => Some(' '),
                '\u{fffd}' => None,
                c if c.is_control() => Some(' '),
                c if is_invisible(c) => None,
                c => Some(c),
            })
            .collect();
        let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = defuse_labels(&defuse_markers(&line));
        Self { text: clip(line.trim(), max_chars).to_owned() }
    }

    /// The text. Empty when nothing of it could be kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing to answer: no letter and no digit. The line to show then is the one for "unsure".
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.text.chars().any(char::is_alphanumeric)
    }
}

impl std::fmt::Display for PlayerText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Takes the brackets from what a tokenizer could read as one of its special tokens: `<|endoftext|>`, `<s>`, `[INST]`.
fn defuse_markers(line: &str) -> String {
    line.chars()
        .map(|c| if matches!(c, '<' | '>' | '|' | '[' | ']' | '{' | '}' | '＜' | '＞' | '｜') { ' ' } else { c })
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Puts a comma for each colon, but not inside a time ("10:30"): a turn needs its colon to look like one.
fn defuse_labels(line: &str) -> String {
    let mut safe = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        if is_colon(c) {
            let after = chars.peek().copied();
            if c == ':' && before.is_ascii_digit() && after.is_some_and(|c| c.is_ascii_digit()) {
                safe.push(':');
            } else if is_unspaced(before) {
                safe.push('，');
            } else if is_word_char(before) {
                safe.push(',');
            } else if !before.is_whitespace() && after.is_some_and(|c| !c.is_whitespace()) {
                safe.push(' ');
            }
        } else {
            safe.push(c);
        }
        before = c;
    }
    safe.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",")
}

fn is_colon(c: char) -> bool {
    matches!(c, ':' | '：' | '﹕' | '︓' | '꞉' | '∶')
}

fn clip(line: &str, max_chars: usize) -> &str {
    let Some((end, next)) = line.char_indices().nth(max_chars) else { return line };
    let clipped = &line[..end];
    // Between characters that are words of their own there is a border everywhere.
    if !is_word_char(next) || is_unspaced(next) || clipped.ends_with(is_unspaced) {
        return clipped.trim_end();
    }
    match clipped.char_indices().rev().find(|(_, c)| c.is_whitespace() || is_unspaced(*c)) {
        Some((at, c)) if is_unspaced(c) => &clipped[..at + c.len_utf8()],
        Some((space, _)) => clipped[..space].trim_end(),
        // One endless word: better half of it than nothing.
        None => clipped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_clipped_by_characters_and_keeps_its_punctuation() {
        let long = format!("Tarn 的{}", "大".repeat(300));
        let clipped = PlayerText::new(&long);
        assert_eq!(clipped.as_str().chars().count(), DEFAULT_MAX_CHARS, "the space near its start is no place to cut");
        assert_eq!(PlayerText::clipped("大军有多少人？", 4).as_str(), "大军有多");
        assert_eq!(PlayerText::clipped("问Tarnish", 5).as_str(), "问", "a Latin word stays whole");
        assert_eq!(PlayerText::new("相国：“路给檀国？”").as_str(), "相国，“路给檀国？”", "no label");
        assert_eq!(PlayerText::new("　名册，\n可否一看？").as_str(), "名册， 可否一看？");
        assert!(!PlayerText::new("路？").is_empty() && PlayerText::new("？！……").is_empty());
    }
}
