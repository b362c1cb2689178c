//! What somebody has collected: documents, and what they have found out from them. Plain data for a save.

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::library::Library;

/// The newest version of [`JournalData`] that this crate reads.
pub const JOURNAL_FORMAT: u32 = 1;
/// Most documents in a journal.
const MOST_DOCUMENTS: usize = 10_000;
/// Most findings that are kept: of more the oldest go.
const MOST_KEPT: usize = 500;
/// Longest text of a question or a quotation in a save, in bytes.
const LONGEST: usize = 4096;

/// Documents and findings of one person, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    documents: Vec<Collected>,
    kept: Vec<Kept>,
}

/// A document that was collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// Its id.
    pub document: String,
    /// When, in ticks of the game.
    pub at: u64,
}

/// Something that was found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What was asked.
    pub question: String,
    /// Id of the document that answered it.
    pub document: String,
    /// The words of the document that answered it.
    pub quote: String,
    /// When, in ticks of the game.
    pub at: u64,
}

/// What a save holds of a [`Journal`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalData {
    /// Version of this form, [`JOURNAL_FORMAT`].
    pub format: u32,
    /// The documents.
    pub documents: Vec<Collected>,
    /// The findings.
    pub kept: Vec<Kept>,
}

/// Something that was saved and is not in the journal any more, for whoever reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LostDocument {
    /// There is no document of this id now.
    NoSuchDocument(String),
    /// The same document stood there twice; the first stays.
    Twice(String),
    /// A finding whose quotation its document does not have any more.
    NotThere {
        /// What was asked.
        question: String,
        /// Id of the document.
        document: String,
    },
}

/// Why a saved journal cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// A newer version of the game wrote it.
    #[error("the journal has format {0}, and this version reads up to {JOURNAL_FORMAT}; update the game")]
    Newer(u32),
    /// More than anybody collects: no game wrote that.
    #[error("the journal holds {count} {what}, and at most {most} are read; the save is damaged or was edited")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        count: usize,
        /// Most that is read.
        most: usize,
    },
}

impl Journal {
    /// The documents, the oldest first.
    #[must_use]
    pub fn documents(&self) -> &[Collected] {
        &self.documents
    }

    /// What was found out, the oldest first.
    #[must_use]
    pub fn kept(&self) -> &[Kept] {
        &self.kept
    }

    /// Whether a document is in it.
    #[must_use]
    pub fn has(&self, document: &str) -> bool {
        self.documents.iter().any(|collected| collected.document == document)
    }

    /// Adds a document. False when it is there already, or when there is no room.
    pub fn collect(&mut self, document: &str, at: u64) -> bool {
        if self.has(document) || self.documents.len() >= MOST_DOCUMENTS {
            return false;
        }
        self.documents.push(Collected { document: document.to_owned(), at });
        true
    }

    /// Takes a document out, and what was found in it. False when it is not there.
    pub fn drop_document(&mut self, document: &str) -> bool {
        let before = self.documents.len();
        self.documents.retain(|collected| collected.document != document);
        self.kept.retain(|kept| kept.document != document);
        self.documents.len() < before
    }

    /// Notes what was found out. The same finding is noted once.
    pub fn keep(&mut self, question: &str, answer: &Answer, at: u64) {
        let clip = |text: &str| text.chars().take(LONGEST / 4).collect::<String>();
        let kept = Kept { question: clip(question), document: answer.document.clone(), quote: clip(&answer.quote), at };
        self.kept.retain(|other| (&other.question, &other.quote) != (&kept.question, &kept.quote));
        self.kept.push(kept);
        let over = self.kept.len().saturating_sub(MOST_KEPT);
        self.kept.drain(..over);
    }

    /// What a save holds of it.
    #[must_use]
    pub fn data(&self) -> JournalData {
        JournalData { format: JOURNAL_FORMAT, documents: self.documents.clone(), kept: self.kept.clone() }
    }

    /// A journal from saved data, held against the library when it is there, and what of it is lost.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn from_data(data: JournalData, library: Option<&Library>) -> Result<(Self, Vec<LostDocument>), JournalError> {
        if data.format > JOURNAL_FORMAT {
            return Err(JournalError::Newer(data.format));
        }
        too_many("documents", data.documents.len(), MOST_DOCUMENTS)?;
        too_many("findings", data.kept.len(), MOST_KEPT)?;
        for kept in &data.kept {
            too_many("bytes in a finding", kept.question.len().max(kept.quote.len()), LONGEST)?;
        }
        let (mut journal, mut lost) = (Self::default(), Vec::new());
        for Collected { document, at } in data.documents {
            if library.is_some_and(|library| library.position(&document).is_none()) {
                lost.push(LostDocument::NoSuchDocument(document));
            } else if !journal.collect(&document, at) {
                lost.push(LostDocument::Twice(document));
            }
        }
        for kept in data.kept {
            let page = library.map(|library| library.position(&kept.document).and_then(|place| library.page(place)));
            let there = page.is_none_or(|page| page.is_some_and(|page| page.text.contains(&kept.quote)));
            if there && journal.has(&kept.document) {
                journal.kept.push(kept);
            } else {
                lost.push(LostDocument::NotThere { question: kept.question, document: kept.document });
            }
        }
        Ok((journal, lost))
    }
}

fn too_many(what: &'static str, count: usize, most: usize) -> Result<(), JournalError> {
    if count > most { Err(JournalError::TooMany { what, count, most }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Source, Why};

    fn answer(document: &str, quote: &str) -> Answer {
        Answer {
            text: quote.to_owned(),
            document: document.to_owned(),
            sentence: 0..1,
            span: 0..1,
            quote: quote.to_owned(),
            source: Source::Authored(Why::ModelOff),
            worded: false,
            score: 1.0,
        }
    }

    fn library(text: &str) -> Library {
        Library::from_ron(&format!("Documents(format: 1, documents: {{ \"a\": (title: \"A\", text: [\"{text}\"]) }})"))
            .expect("it is sound")
    }

    #[test]
    fn a_journal_goes_through_a_save_and_tells_what_is_lost() {
        let mut journal = Journal::default();
        assert!(journal.collect("a", 3) && !journal.collect("a", 4) && journal.collect("b", 5));
        journal.keep("How much?", &answer("a", "two coppers"), 6);
        journal.keep("How much?", &answer("a", "two coppers"), 7);
        journal.keep("Who?", &answer("b", "Mara"), 8);
        assert_eq!(journal.kept().len(), 2);
        let text = ron::to_string(&journal.data()).expect("plain data");
        let data: JournalData = ron::from_str(&text).expect("its own text");
        assert_eq!(Journal::from_data(data.clone(), None), Ok((journal, Vec::new())));

        let (kept, lost) = Journal::from_data(data.clone(), Some(&library("It is two coppers."))).expect("sound");
        assert_eq!((kept.documents().len(), kept.kept().len()), (1, 1));
        assert_eq!(lost.len(), 2, "{lost:?}");
        let (kept, lost) = Journal::from_data(data, Some(&library("It is three coppers."))).expect("sound");
        assert!(kept.kept().is_empty());
        assert!(lost.contains(&LostDocument::NotThere { question: "How much?".into(), document: "a".into() }));
    }

    #[test]
    fn a_save_that_no_game_wrote_is_refused() {
        let empty = JournalData { format: 1, documents: Vec::new(), kept: Vec::new() };
        assert_eq!(Journal::from_data(JournalData { format: 2, ..empty.clone() }, None), Err(JournalError::Newer(2)));
        let many = vec![Collected { document: "a".into(), at: 0 }; MOST_DOCUMENTS + 1];
        let error = Journal::from_data(JournalData { documents: many, ..empty.clone() }, None).expect_err("too many");
        assert!(error.to_string().contains("10001 documents"), "{error}");
        let long = Kept { question: "x".repeat(LONGEST + 1), document: "a".into(), quote: String::new(), at: 0 };
        assert!(Journal::from_data(JournalData { kept: vec![long], ..empty }, None).is_err());
    }

    #[test]
    fn a_journal_stays_small_and_forgets_with_its_documents() {
        let mut journal = Journal::default();
        journal.collect("a", 0);
        for at in 0..MOST_KEPT as u64 + 10 {
            journal.keep(&format!("q{at}"), &answer("a", "x"), at);
        }
        assert_eq!(journal.kept().len(), MOST_KEPT);
        assert_eq!(journal.kept()[0].question, "q10");
        assert!(journal.drop_document("a") && journal.kept().is_empty() && !journal.drop_document("a"));
    }
}
