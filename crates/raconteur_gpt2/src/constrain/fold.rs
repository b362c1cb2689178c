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

    /// Whether `phrase` (trimmed, not empty) stands between word borders and ends after the first `before` characters.
    /// The end of the text is a border.
    pub fn has_after(&self, phrase: &[char], before: usize) -> bool {
        let (Some(&first), Some(&last)) = (phrase.first(), phrase.last()) else { return false };
        // A phrase that ended at `before` has been refused there, unless the word went on: then it is none.
        let from = (before + 1).saturating_sub(phrase.len());
        self.chars[from.min(self.chars.len())..].windows(phrase.len()).enumerate().any(|(at, window)| {
            let (start, end) = (from + at, from + at + phrase.len());
            window == phrase
                && (start == 0 || is_border(self.chars[start - 1], first))
                && self.chars.get(end).is_none_or(|&next| is_border(last, next))
        })
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
