//! The words of a sentence with all that a search asks of them.

use std::ops::Range;

use super::words::{is_function, term};
use crate::judge::Stemmer;
use crate::judge::words::{fold, runs};

/// One word of a text; in a script without cases, whose words run together, two neighbouring letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Where it stands, in bytes.
    pub(super) range: Range<usize>,
    /// The word, folded.
    pub(super) word: String,
    /// What has the same term is the same word to a search.
    pub(super) term: String,
    /// A word of grammar.
    pub(super) function: bool,
    /// It has a capital.
    pub(super) capital: bool,
    /// A mark that ends a clause or a name stands before it, or it is the first.
    pub(super) opens: bool,
    /// A sentence or a quotation may begin with it, so that its capital says nothing.
    pub(super) starts: bool,
    /// What stands between it and the word before is an apostrophe: the "s" of "Odo's".
    pub(super) clitic: bool,
}

/// The words of `text[range]`.
pub(super) fn tokens(text: &str, range: &Range<usize>, stemmer: Stemmer) -> Vec<Token> {
    let Some(part) = text.get(range.clone()) else { return Vec::new() };
    let mut found: Vec<Token> = Vec::new();
    let mut last = 0;
    for span in runs(part) {
        let raw = &part[span.clone()];
        let between = &part[last..span.start];
        last = span.end;
        let opens = found.is_empty() || between.contains(is_mark);
        let starts = found.is_empty() || between.contains(|c| is_mark(c) && c != ',' && c != ')' && c != '/');
        let clitic = matches!(between, "'" | "’");
        for piece in pieces(raw) {
            let at = range.start + span.start + piece.start;
            let raw = &raw[piece.clone()];
            let word = fold(raw);
            found.push(Token {
                range: at..at + raw.len(),
                term: term(&word, stemmer),
                function: is_function(&word, stemmer),
                capital: raw.chars().next().is_some_and(char::is_uppercase),
                opens: opens && piece.start == 0,
                starts: starts && piece.start == 0,
                clitic,
                word,
            });
        }
    }
    found
}

/// Whether a mark ends a clause.
fn is_mark(c: char) -> bool {
    matches!(c, ',' | ';' | ':' | '.' | '!' | '?' | '…' | '—' | '–' | '(' | ')' | '"' | '“' | '”' | '/' | '。' | '，')
}

/// The whole word, or the pairs of neighbouring letters of a word in a script without cases.
fn pieces(word: &str) -> Vec<Range<usize>> {
    let caseless = |c: char| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase();
    let starts: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
    if starts.len() < 4 || !word.chars().all(caseless) {
        return std::iter::once(0..word.len()).collect();
    }
    starts.windows(3).map(|three| three[0]..three[2]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_where_they_stand() {
        let text = "x Odo's bell, and Saint Wenna";
        let found = tokens(text, &(2..text.len()), Stemmer::of_locale("en"));
        let words: Vec<&str> = found.iter().map(|token| token.word.as_str()).collect();
        assert_eq!(words, ["odo", "s", "bell", "and", "saint", "wenna"]);
        assert_eq!(&text[found[0].range.clone()], "Odo");
        assert!(found[1].clitic && found[3].opens && found[3].function && found[4].capital && !found[4].opens);
        let found = tokens("钟沉在河里", &(0..15), Stemmer::of_locale("zh"));
        let words: Vec<&str> = found.iter().map(|token| token.word.as_str()).collect();
        assert_eq!(words, ["钟沉", "沉在", "在河", "河里"]);
        assert!(tokens("x", &(3..9), Stemmer::default()).is_empty());
    }
}
