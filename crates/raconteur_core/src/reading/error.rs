//! What can be wrong with a file of documents.

use super::document::{DOCUMENTS_FORMAT, LONGEST_FILE, LONGEST_TEXT, MOST_DOCUMENTS, MOST_SENTENCES};

/// Why a file of documents cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentsError {
    /// It is no RON, or not of this form.
    #[error(
        "the documents cannot be read at line {line}, column {column}: {message}. A file of documents is `Documents(format: 1, documents: {{ \"id\": (title: .., text: [..]) }})`"
    )]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// It was written for a newer version.
    #[error("the documents have format {0}, and this version reads {DOCUMENTS_FORMAT}; update the plugin")]
    Newer(u32),
    /// It is larger than anything a game reads.
    #[error("the documents hold {count} {what}, and at most {most} are read; split them into several files")]
    TooMany {
        /// What there is too much of: "bytes", "documents".
        what: &'static str,
        /// How much.
        count: usize,
        /// Most that is read.
        most: usize,
    },
    /// Documents have mistakes: all of them.
    #[error("{}", lines(.0))]
    Problems(Vec<DocumentProblem>),
}

fn lines(problems: &[DocumentProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A mistake in one document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentProblem {
    /// An id is used twice.
    #[error("document '{0}' stands there twice; give one of them another id")]
    Twice(String),
    /// An id is empty.
    #[error("document {0} (counted from 1) has an empty id; saves and answers name it by its id")]
    NoId(usize),
    /// It has no title.
    #[error("document '{0}' has no title; answers name the document by it")]
    NoTitle(String),
    /// It has no words.
    #[error("document '{0}' has no text; give it at least one paragraph")]
    NoText(String),
    /// A paragraph has no words.
    #[error("paragraph {paragraph} of document '{document}' is empty; take it out")]
    EmptyParagraph {
        /// Id of the document.
        document: String,
        /// Which, from 1.
        paragraph: usize,
    },
    /// A text has characters that nobody sees or that prompts may not have.
    #[error("document '{document}' has the character U+{code:04X} in its {part}, which cannot be shown; take it out")]
    Unseen {
        /// Id of the document.
        document: String,
        /// "title", "author" or "text".
        part: &'static str,
        /// The character.
        code: u32,
    },
    /// It is too long.
    #[error("document '{document}' has {bytes} bytes, and at most {LONGEST_TEXT} are read; split it")]
    TooLong {
        /// Id of the document.
        document: String,
        /// Its length.
        bytes: usize,
    },
    /// Its condition cannot be read; it would never open.
    #[error("document '{document}' opens when \"{source_text}\", which cannot be read: {message}")]
    Condition {
        /// Id of the document.
        document: String,
        /// As the writer wrote it.
        source_text: String,
        /// What is wrong.
        message: String,
    },
}

pub(super) fn too_many_bytes(count: usize) -> Result<(), DocumentsError> {
    too_many("bytes", count, LONGEST_FILE)
}

pub(super) fn too_many_sentences(count: usize) -> Result<(), DocumentsError> {
    too_many("sentences", count, MOST_SENTENCES)
}

pub(super) fn too_many_documents(count: usize) -> Result<(), DocumentsError> {
    too_many("documents", count, MOST_DOCUMENTS)
}

fn too_many(what: &'static str, count: usize, most: usize) -> Result<(), DocumentsError> {
    if count > most { Err(DocumentsError::TooMany { what, count, most }) } else { Ok(()) }
}
