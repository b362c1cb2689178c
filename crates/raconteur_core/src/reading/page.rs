//! A document as it lies before a reader: one text, cut into sentences.

use std::ops::Range;

use super::document::Document;
use crate::sentence::sentence_ends;

/// A document as one text: its title, its author if it has one, an empty line, its paragraphs with an empty line between
/// them. Answers point into it by bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The text.
    pub text: String,
    /// Its sentences in order; the title and the author are one each.
    pub sentences: Vec<Sentence>,
}

/// A sentence of a [`Page`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Where it stands in the text, without the spaces around it.
    pub range: Range<usize>,
    /// What part of the page it is.
    pub role: Role,
    /// Its paragraph, from 0; that of a title or an author is 0 too.
    pub paragraph: usize,
}

/// What part of a page a sentence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The title.
    Title,
    /// The line with the author's name.
    Author,
    /// A sentence of the text.
    Body,
}

impl Page {
    /// Lays a document out.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let mut page = Self { text: String::new(), sentences: Vec::new() };
        page.line(&document.title, Role::Title);
        page.line(&document.author, Role::Author);
        for (paragraph, text) in document.text.iter().enumerate() {
            page.text.push('\n');
            let from = page.text.len();
            page.text.push_str(&one_line(text));
            let paragraph_text = &page.text[from..];
            let mut start = 0;
            for end in sentence_ends(paragraph_text).into_iter().chain([paragraph_text.len()]) {
                let sentence = &paragraph_text[start..end];
                let before = sentence.len() - sentence.trim_start().len();
                let trimmed = sentence.trim();
                if trimmed.chars().any(char::is_alphanumeric) {
                    let at = from + start + before;
                    page.sentences.push(Sentence { range: at..at + trimmed.len(), role: Role::Body, paragraph });
                }
                start = end;
            }
            page.text.push('\n');
        }
        page
    }

    /// The words of a sentence, or of any other range of the text; empty when there is no such range.
    #[must_use]
    pub fn get(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn line(&mut self, text: &str, role: Role) {
        let text = one_line(text);
        if !text.is_empty() {
            let at = self.text.len();
            self.text.push_str(&text);
            self.sentences.push(Sentence { range: at..self.text.len(), role, paragraph: 0 });
            self.text.push('\n');
        }
    }
}

/// A paragraph is broken where the file is broken: for the reader that is a space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_page_is_its_title_its_author_and_its_sentences() {
        let text =
            vec!["The toll is two coppers.\n  Goats pay half. ".to_owned(), "St. Wenna's day is free".to_owned()];
        let document = Document { title: "Notice".into(), author: "Mara".into(), text, ..Document::default() };
        let page = Page::of(&document);
        assert_eq!(page.text, "Notice\nMara\n\nThe toll is two coppers. Goats pay half.\n\nSt. Wenna's day is free\n");
        let found: Vec<(&str, Role, usize)> =
            page.sentences.iter().map(|one| (page.get(&one.range), one.role, one.paragraph)).collect();
        assert_eq!(
            found,
            [
                ("Notice", Role::Title, 0),
                ("Mara", Role::Author, 0),
                ("The toll is two coppers.", Role::Body, 0),
                ("Goats pay half.", Role::Body, 0),
                ("St. Wenna's day is free", Role::Body, 1),
            ]
        );
        assert_eq!(page.get(&(2..9_999)), "");
    }

    proptest! {
        #[test]
        fn sentences_lie_in_the_page_one_after_another(title in "\\PC{0,12}", text in proptest::collection::vec("\\PC{0,60}", 0..5)) {
            let page = Page::of(&Document { title, text, ..Document::default() });
            let mut last = 0;
            for sentence in &page.sentences {
                prop_assert!(sentence.range.start >= last && page.text.get(sentence.range.clone()).is_some());
                prop_assert!(!page.get(&sentence.range).trim().is_empty());
                last = sentence.range.end;
            }
        }
    }
}
