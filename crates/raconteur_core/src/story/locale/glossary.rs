//! Names and terms that are written one way in a language, wherever they stand.

use super::chain;
use crate::judge::words;
use crate::story::format::{Locale, Story};

/// An entry of a glossary: the forms of a term in the language of the story, and in the other one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Forms in the language of the story; any of them calls for the term.
    pub source: Vec<String>,
    /// Forms in the other language; one of them has to be there.
    pub target: Vec<String>,
}

/// A translated text that lacks a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// Key of the text.
    pub key: String,
    /// The form that its source has.
    pub has: String,
    /// The forms of which its translation has none.
    pub wants: Vec<String>,
}

impl Term {
    /// Reads an entry: forms stand between `|`.
    #[must_use]
    pub fn new(source: &str, target: &str) -> Self {
        let forms =
            |text: &str| text.split('|').map(str::trim).filter(|form| !form.is_empty()).map(str::to_owned).collect();
        Self { source: forms(source), target: forms(target) }
    }

    /// The form of the source language that stands in `text`, as whole words in any case.
    #[must_use]
    pub fn called_by(&self, text: &str) -> Option<&str> {
        let words = words::words(text);
        self.source.iter().find(|form| words::contains(&words, form)).map(String::as_str)
    }

    /// The form of the other language that stands in `text`.
    #[must_use]
    pub fn kept_by(&self, text: &str) -> Option<&str> {
        let words = words::words(text);
        self.target.iter().find(|form| words::contains(&words, form)).map(String::as_str)
    }
}

impl Locale {
    /// The glossary, read.
    #[must_use]
    pub fn terms(&self) -> Vec<Term> {
        let terms = self.glossary.iter().map(|(source, target)| Term::new(source, target));
        terms.filter(|term| !term.source.is_empty() && !term.target.is_empty()).collect()
    }
}

impl Story {
    /// The glossary of a language tag: that of its translation and of those behind it. Where two have a term, the more
    /// specific counts.
    #[must_use]
    pub fn terms(&self, tag: &str) -> Vec<Term> {
        let mut terms: Vec<Term> = Vec::new();
        for (_, locale) in chain(self, tag) {
            let more = locale.terms();
            let new = more.into_iter().filter(|term| !terms.iter().any(|known| known.source == term.source));
            let new: Vec<Term> = new.collect();
            terms.extend(new);
        }
        terms
    }

    /// The translated texts of a language tag that lack a term which their source has (L06). Only texts that the
    /// translation of exactly this tag has.
    #[must_use]
    pub fn glossary_misses(&self, tag: &str) -> Vec<Miss> {
        let terms = self.terms(tag);
        let Some(locale) = self.translations.get(tag) else { return Vec::new() };
        let mut misses = Vec::new();
        for text in self.texts() {
            let Some(translated) = locale.texts.get(&text.key) else { continue };
            if translated.say.trim().is_empty() {
                continue;
            }
            for term in &terms {
                if let Some(has) = term.called_by(&text.source.say)
                    && term.kept_by(&translated.say).is_none()
                {
                    misses.push(Miss { key: text.key.clone(), has: has.to_owned(), wants: term.target.clone() });
                }
            }
        }
        misses
    }
}
