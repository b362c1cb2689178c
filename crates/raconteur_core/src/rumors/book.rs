//! Tales in a file: `*.rumors.ron`.

use ron::extensions::Extensions;
use serde::Deserialize;

use super::tale::Told;
use super::{Tale, TaleError};

/// The tales of a place, and what people say when they are asked where they have one from.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// What may be told. A tale that denies another stands behind it.
    pub tales: Vec<Tale>,
    /// Answers to "who told you?".
    #[serde(default)]
    pub answers: Answers,
}

/// What somebody says who is asked where they have a tale from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    /// Somebody has told them: "{name}" is that one's name. **Default** "I had it from {name}."
    pub told: String,
    /// They have seen it. **Default** "I saw it with my own eyes."
    pub seen: String,
    /// They have started it themselves. **Default** "Nobody had to tell me."
    pub started: String,
    /// They have not heard it. **Default** "I have heard nothing of the kind."
    pub unheard: String,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            told: "I had it from {name}.".to_owned(),
            seen: "I saw it with my own eyes.".to_owned(),
            started: "Nobody had to tell me.".to_owned(),
            unheard: "I have heard nothing of the kind.".to_owned(),
        }
    }
}

/// Why a file of tales cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// It is not RON, or not of this form.
    #[error(
        "{line}:{column}: {why}. Is a field misspelt, or a bracket missing? A tale is (id: \"..\", says: [\"..\"], ..)"
    )]
    Ron {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the reader says.
        why: String,
    },
    /// A tale cannot be told.
    #[error(transparent)]
    Tale(#[from] TaleError),
    /// An answer says nothing, or does not name who told it.
    #[error("the answer `{0}` is empty or lacks its {{name}}; write one, or leave it out for the usual one")]
    Answer(&'static str),
}

impl From<ron::error::SpannedError> for BookError {
    fn from(error: ron::error::SpannedError) -> Self {
        Self::Ron { line: error.span.start.line, column: error.span.start.col, why: error.code.to_string() }
    }
}

impl Book {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`BookError`]: the first mistake, with its place or its tale.
    pub fn from_ron(text: &str) -> Result<Self, BookError> {
        let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let book: Self = options.from_str(text)?;
        for (at, tale) in book.tales.iter().enumerate() {
            let before = &book.tales[..at];
            if before.iter().any(|other| other.id == tale.id) {
                return Err(TaleError::Twice { tale: tale.id.clone() }.into());
            }
            if let Some(against) = tale.against.as_ref().filter(|id| !before.iter().any(|other| other.id == **id)) {
                return Err(TaleError::NoSuchTale { tale: tale.id.clone(), against: against.clone() }.into());
            }
            Told::new(tale.clone())?;
        }
        let Answers { told, seen, started, unheard } = &book.answers;
        if !told.contains("{name}") {
            return Err(BookError::Answer("told"));
        }
        for (name, text) in [("seen", seen), ("started", started), ("unheard", unheard)] {
            if text.trim().is_empty() {
                return Err(BookError::Answer(name));
            }
        }
        Ok(book)
    }
}

impl Tale {
    /// Reads and checks one tale.
    ///
    /// # Errors
    /// [`BookError`], as for a [`Book`].
    pub fn from_ron(text: &str) -> Result<Self, BookError> {
        let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let tale: Self = options.from_str(text)?;
        Told::new(tale.clone())?;
        Ok(tale)
    }
}
