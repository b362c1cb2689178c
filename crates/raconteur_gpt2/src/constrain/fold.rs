//! Text as it is compared: without case, with plain apostrophes and single blanks, without invisible characters.

/// A folded text that grows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Folded {
    chars: Vec<char>,
}

impl Folded {
    /// The folded form of a text.
    pub fn of(text: &str) -> Self {
        let mut folded = Self::default();
        folded.push_str(text);
        folded
    }

    /// Appends a text, folded.
    pub fn push_str(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                // Soft hyphen, zero-width characters, direction marks, the dot of a lowered 'İ'.
                '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{307}' => {}
                '\u{2018}' | '\u{2019}' | '\u{2bc}' | '\u{ff07}' => self.chars.push('\''),
                'ς' => self.chars.push('σ'),
                'ı' => self.chars.push('i'),
                c if c.is_whitespace() => {
                    if self.chars.last() != Some(&' ') {
                        self.chars.push(' ');
                    }
                }
                c => self.chars.extend(c.to_lowercase().filter(|&c| c != '\u{307}')),
            }
        }
    }

    /// Number of folded characters.
    pub fn len(&self) -> usize {
        self.chars.len()
    }

    /// Forgets all after the first `len` characters.
    pub fn truncate(&mut self, len: usize) {
        self.chars.truncate(len);
    }

    /// Whether nothing of it can be seen.
    pub fn is_blank(&self) -> bool {
        self.chars.iter().all(|&c| c == ' ')
    }

    /// The characters, without a blank at either end.
    pub fn trimmed(&self) -> &[char] {
        let chars = self.chars.strip_prefix(&[' ']).unwrap_or(&self.chars);
        chars.strip_suffix(&[' ']).unwrap_or(chars)
    }

    /// Where `phrase` (trimmed, not empty) begins that stands between word borders and ends after the first `before`
    /// characters; of several the last. The end of the text is a border.
    pub fn find_after(&self, phrase: &[char], before: usize) -> Option<usize> {
        let last = *phrase.last()?;
        // A phrase that ended at `before` has been refused there, unless the word went on: then it is none.
        let from = (before + 1).saturating_sub(phrase.len());
        let windows = self.chars[from.min(self.chars.len())..].windows(phrase.len()).enumerate();
        windows.rev().map(|(at, window)| (from + at, window)).find_map(|(start, window)| {
            let ends = |end: usize| self.chars.get(end).is_none_or(|&next| is_border(last, next));
            (window == phrase && self.begins(phrase, start) && ends(start + phrase.len())).then_some(start)
        })
    }

    /// Where the longest end of the text begins that is a beginning of `phrase` and not all of it, at a word border.
    pub fn begun(&self, phrase: &[char]) -> Option<usize> {
        let from = (self.chars.len() + 1).saturating_sub(phrase.len());
        (from..self.chars.len()).find(|&start| phrase.starts_with(&self.chars[start..]) && self.begins(phrase, start))
    }

    /// Whether a word border is before a phrase that begins at `start`.
    fn begins(&self, phrase: &[char], start: usize) -> bool {
        start == 0 || phrase.first().is_some_and(|&first| is_border(self.chars[start - 1], first))
    }
}

/// Whether a word can end between two characters that follow each other.
fn is_border(a: char, b: char) -> bool {
    !(is_word(a) && is_word(b)) || is_unspaced(a) || is_unspaced(b)
}

fn is_word(c: char) -> bool {
    // Combining marks belong to the letter before them.
    c.is_alphanumeric() || matches!(c, '_' | '\u{300}'..='\u{36f}')
}

/// Scripts that put no blanks between words: Thai, Lao, Myanmar, Khmer, kana, Han and its extensions.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
