//! How a question ends.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::library::Library;
use crate::request::Source;

/// How a question to documents ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It stands in a document.
    Answered(Answer),
    /// It is not answered.
    Abstained(Reason),
}

impl Outcome {
    /// The answer, if there is one.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answered(answer) => Some(answer),
            Self::Abstained(_) => None,
        }
    }
}

/// An answer with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What is shown, never empty: the sentence as the writer put it, framed, or a model's wording of it.
    pub text: String,
    /// Id of the document.
    pub document: String,
    /// Where the sentence stands in the [page](super::Page) of the document, in bytes.
    pub sentence: Range<usize>,
    /// Where in the page the answer itself stands, in bytes: inside the sentence.
    pub span: Range<usize>,
    /// The words of the span.
    pub quote: String,
    /// Where the text came from: `Generated` or `Ranked` if a model worded it, `Ranked` also if it only chose the span, else
    /// `Authored` with the reason.
    pub source: Source,
    /// Whether a model worded it.
    pub worded: bool,
    /// How sure it is; what the floors are for.
    pub score: f32,
}

/// Why a question is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It has no word that could be looked for.
    #[error("the question has no word that could be looked for")]
    NoQuestion,
    /// There is no document that the reader may read now.
    #[error("there is nothing that they may read now")]
    NoDocuments,
    /// No open document has a word of the question.
    #[error("no document that they may read has a word of the question")]
    NothingFound,
    /// Something was found, and it does not say what was asked, or not surely enough.
    #[error("what they may read does not say it, or not surely enough")]
    NotSaid,
}

/// How the authored sentence is shown when no model words it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame(String);

impl Default for Frame {
    fn default() -> Self {
        Self("“{sentence}” ({title})".to_owned())
    }
}

impl Frame {
    /// A text with `{sentence}`, `{span}`, `{title}` and `{author}` in it. Each is filled in with the authored words. A text
    /// without `{sentence}` and `{span}` would not say the answer: the sentence is then put behind it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let mut text = text.into();
        if !text.contains("{sentence}") && !text.contains("{span}") {
            text = format!("{} “{{sentence}}”", text.trim_end()).trim_start().to_owned();
        }
        Self(text)
    }

    pub(super) fn fill(
        &self,
        library: &Library,
        document: usize,
        sentence: &Range<usize>,
        span: &Range<usize>,
    ) -> String {
        let (Some((_, source)), Some(page)) = (library.at(document), library.page(document)) else {
            return String::new();
        };
        let parts = [
            ("{sentence}", page.get(sentence)),
            ("{span}", page.get(span)),
            ("{title}", source.title.trim()),
            ("{author}", source.author.trim()),
        ];
        let mut text = String::new();
        let mut rest = self.0.as_str();
        // One pass, so that a sentence with braces in it is not filled in again.
        while let Some(at) = rest.find('{') {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            match parts.iter().find(|(name, _)| rest.starts_with(name)) {
                Some((name, words)) => {
                    text.push_str(words);
                    rest = &rest[name.len()..];
                }
                None => {
                    text.push('{');
                    rest = &rest[1..];
                }
            }
        }
        text.push_str(rest);
        text
    }
}
