//! Where in its sentence a text stands, one character at a time: what tells a name from a word that merely comes first.

use super::words::is_word_char;

/// Where a text stands. The default is before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Between two words.
    Between {
        /// The next word is the first of its sentence: a terminator, a colon, a semicolon, a dash, an opening quote or
        /// bracket stands before it, or nothing.
        opens: bool,
    },
    /// In a word.
    Word {
        /// It is the first of its sentence.
        opens: bool,
    },
}

impl Default for Place {
    fn default() -> Self {
        Self::Between { opens: true }
    }
}

impl Place {
    /// Where it stands behind one more character.
    #[must_use]
    pub fn after(self, c: char) -> Self {
        let (in_word, opens) = match self {
            Self::Between { opens } => (false, opens),
            Self::Word { opens } => (true, opens),
        };
        if is_word_char(c) {
            return Self::Word { opens };
        }
        let opens = opens && !in_word;
        Self::Between {
            opens: match c {
                '.' | '?' | '!' | '…' | '。' | '！' | '？' | ':' | '：' | '—' | '–' | '"' | '“' | '«' | '「' | '('
                | ';' => true,
                // Behind a letter it is an apostrophe or a closing quote, else it opens a quotation.
                '\'' | '‘' | '’' => opens || !in_word,
                _ => opens,
            },
        }
    }
}
