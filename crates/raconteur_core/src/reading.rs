//! Reading comprehension: questions that are answered from the documents of a game (books, letters, notices), with the
//! span that the answer rests on, or not at all.
//!
//! ```text
//! X.documents.ron -> Library: pages, sentences, BM25 index                              (once, when it is loaded)
//! question -> what is asked for (who, when, how many, ..), its words
//!          -> open documents only: sentences that hold the words -> spans of the kind   (key search; no model)
//!          -> scores of the model: is this sentence about it, does this span answer it  (Inquiry, by the desk)
//!          -> the best one, if it reaches the floor: Answered, else Abstained
//!          -> worded in somebody's voice, resting on that sentence                      (optional)
//! ```
//! The text of an answer is authored, whoever finds it: a span is a range of bytes in a page. A model may rank spans and
//! may word the sentence, under the rules of every answer (names, numbers and a quotation of the sentence); what it may not
//! do is to make up the fact. A document that somebody may not read is not searched for them, is not counted in the index
//! for them, and stands in no prompt.
//!
//! Sentences are ranked by BM25 (Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", Foundations
//! and Trends in Information Retrieval 3, 2009) with weighted fields (Robertson, Zaragoza & Taylor, CIKM 2004): the sentence
//! itself, the title and keys of its document, the sentences beside it.

mod answer;
mod document;
mod error;
mod index;
mod inquiry;
mod journal;
mod leak;
mod library;
mod page;
mod question;
pub mod quiz;
mod search;
mod spans;
mod token;
mod wording;
mod words;

pub use answer::{Answer, Frame, Outcome, Reason};
pub use document::{
    DOCUMENTS_FORMAT, Document, DocumentKind, Documents, LONGEST_FILE, LONGEST_TEXT, MOST_DOCUMENTS, MOST_SENTENCES,
};
pub use error::{DocumentProblem, DocumentsError};
pub use inquiry::{Inquiry, Method, Step, Weights};
pub use journal::{Collected, JOURNAL_FORMAT, Journal, JournalData, JournalError, Kept, LostDocument};
pub use leak::leaks;
pub use library::{Access, Library, NoStory};
pub use page::{Page, Role, Sentence};
pub use question::{Asks, Question};
pub use search::{Candidate, Hit, Search};
pub use wording::Voice;
