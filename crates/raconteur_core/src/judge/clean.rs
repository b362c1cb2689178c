//! From what a model wrote to one clean line.

use super::words::{is_unspaced, is_word_char};

/// The text without control characters and invisible format characters; whitespace stays.
pub(super) fn visible(raw: &str) -> String {
    raw.chars().filter(|c| c.is_whitespace() || !is_invisible(*c)).collect()
}

/// One line with single spaces; between characters of a script without spaces, and behind their punctuation, none.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let run_on = line.chars().next_back().zip(word.chars().next()).is_some_and(|(a, b)| is_wide(a) && is_wide(b));
        if !line.is_empty() && !run_on {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Characters of a script without spaces, and the punctuation that has its space inside of it.
fn is_wide(c: char) -> bool {
    is_unspaced(c) || matches!(c, '\u{3001}'..='\u{3004}' | '\u{3008}'..='\u{3011}' | '\u{ff01}'..='\u{ff60}')
}

/// Lines with single spaces and without empty ones; at most `most`, 0 for all.
pub(super) fn lines(text: &str, most: usize) -> String {
    let most = if most == 0 { usize::MAX } else { most };
    let lines = text.lines().map(one_line).filter(|line| !line.is_empty());
    lines.take(most).collect::<Vec<_>>().join("\n")
}

/// Control characters, and format characters that could hide a word or turn the reading direction.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || ('\u{fff9}'..='\u{fffb}').contains(&c)
        || ('\u{e0000}'..='\u{e007f}').contains(&c)
}

/// Whether a text is broken beyond cleaning: a replacement character (bytes that were no UTF-8), or more than one in
/// eight characters is a control character other than whitespace.
pub(super) fn is_garbage(raw: &str) -> bool {
    let (mut all, mut control) = (0usize, 0usize);
    for c in raw.chars() {
        if c == '\u{fffd}' {
            return true;
        }
        all += 1;
        control += usize::from(c.is_control() && !c.is_whitespace());
    }
    control * 8 > all
}

/// Takes off quotation marks around the whole text, when there is just the one pair.
pub(crate) fn unwrap_quotes(line: &str) -> &str {
    const PAIRS: [(char, char); 6] = [('"', '"'), ('“', '”'), ('«', '»'), ('「', '」'), ('『', '』'), ('\'', '\'')];
    for (open, close) in PAIRS {
        if let Some(inner) = line.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            // An apostrophe inside a line in single quotes is fine; a second quotation is not.
            let second = match open {
                '\'' => inner.contains(" '") || inner.contains("' "),
                _ => inner.contains(open) || inner.contains(close),
            };
            if !second {
                return inner.trim();
            }
        }
    }
    line
}

/// A speaker label in a text: `Odo:`, also `Odo, again:`.
pub(super) struct Label {
    /// Where it starts, in bytes.
    pub(super) at: usize,
    /// The name.
    pub(super) name: String,
}

/// The first label of one of `names`, whole words with a colon (`:` or `：`) behind them. Case is free but for the first
/// letter: "YOU:" is a label, "I told you: run" is not.
pub(super) fn find_label(text: &str, names: &[String]) -> Option<Label> {
    let mut first: Option<Label> = None;
    for (colon, _) in text.char_indices().filter(|(_, c)| matches!(c, ':' | '：')) {
        let before = text[..colon].trim_end();
        let before = before.strip_suffix("again").map_or(before, |b| b.trim_end().trim_end_matches(',').trim_end());
        for name in names.iter().filter(|name| !name.trim().is_empty()) {
            if let Some(at) = ends_with_name(before, name)
                && first.as_ref().is_none_or(|label| at < label.at)
            {
                first = Some(Label { at, name: name.clone() });
            }
        }
        if first.is_some() {
            break;
        }
    }
    first
}

fn ends_with_name(before: &str, name: &str) -> Option<usize> {
    let mut at = before.len();
    // Walk back over as many characters as the name has; sizes in bytes may differ between cases.
    for _ in name.chars() {
        at = before[..at].char_indices().next_back()?.0;
    }
    let found = &before[at..];
    let lower = |text: &str| text.chars().next().is_some_and(char::is_lowercase);
    let same = found.to_lowercase() == name.to_lowercase() && (lower(name) || !lower(found));
    let whole = before[..at].chars().next_back().is_none_or(|c| !is_word_char(c));
    (same && whole).then_some(at)
}

/// The first line of `text` that begins like a turn of somebody, known or not: one to three capitalised words and a
/// colon, or up to four characters of a script without spaces and a wide colon. The text before it is what was asked for.
pub(super) fn find_turn(text: &str) -> Option<Label> {
    for (newline, _) in text.match_indices('\n') {
        let line = text[newline + 1..].split('\n').next().unwrap_or_default();
        let wide = line.split_once('：').map(|(name, _)| name.trim());
        if let Some(name) = wide.filter(|name| (1..=4).contains(&name.chars().count()) && name.chars().all(is_unspaced))
        {
            return Some(Label { at: newline, name: name.to_owned() });
        }
        let Some((name, _)) = line.split_once(':') else { continue };
        let words: Vec<&str> = name.split_whitespace().collect();
        if (1..=3).contains(&words.len()) && words.iter().all(|w| w.chars().next().is_some_and(char::is_uppercase)) {
            return Some(Label { at: newline, name: name.trim().to_owned() });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_lines_join_without_a_space() {
        assert_eq!(one_line(" 读到底。\n再盖下去。 "), "读到底。再盖下去。");
        assert_eq!(one_line("堤道\n 长"), "堤道长");
        assert_eq!(one_line("a  b\n堤 c"), "a b 堤 c");
    }

    #[test]
    fn the_turn_of_somebody_else_begins_with_a_name_and_a_wide_colon() {
        let turn = find_turn("好。\n郝恪：多谢。").map(|label| label.name);
        assert_eq!(turn.as_deref(), Some("郝恪"));
        assert!(find_turn("好。\n他只说了一句话：多谢。").is_none(), "a sentence is no name");
        let label = find_label("好。郝恪：多谢。", &["郝恪".to_owned()]).map(|label| label.at);
        assert_eq!(label, Some("好。".len()));
        assert!(find_label("我告诉你：快走。", &["你".to_owned()]).is_none());
    }
}
