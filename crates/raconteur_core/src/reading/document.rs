//! Documents as writers author them.

use serde::{Deserialize, Serialize};

use crate::story::expr::Expr;
use crate::story::table::Table;

/// The version of `X.documents.ron` that this crate reads.
pub const DOCUMENTS_FORMAT: u32 = 1;
/// Longest file that is read, in bytes.
pub const LONGEST_FILE: usize = 8 << 20;
/// Longest text of one document, in bytes: a short novel.
pub const LONGEST_TEXT: usize = 512 << 10;
/// Most documents in one file.
pub const MOST_DOCUMENTS: usize = 4096;

/// Most sentences in all documents of one file together.
pub const MOST_SENTENCES: usize = 20_000;

/// A file of documents.
///
/// ```
/// use raconteur_core::reading::Library;
///
/// let file = r#"Documents(format: 1, documents: {
///     "toll_notice": (title: "Notice at the ferry", kind: Notice, author: "Mara", text: ["The toll is two coppers."]),
/// })"#;
/// assert_eq!(Library::from_ron(file).unwrap().documents().len(), 1);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    /// Version of the form, [`DOCUMENTS_FORMAT`].
    pub format: u32,
    /// BCP 47 tag of the language that the texts are in. **Default** `en`. What kind of thing a question asks for is
    /// recognised in English; in other languages an answer is a whole sentence.
    #[serde(default = "english")]
    pub locale: String,
    /// The documents by id.
    pub documents: Table<Document>,
}

fn english() -> String {
    "en".to_owned()
}

/// A book, a letter, a notice: something that can be read in the game.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Document {
    /// Its title, as a player reads it.
    pub title: String,
    /// What it is.
    pub kind: DocumentKind,
    /// Who wrote it; may be empty.
    pub author: String,
    /// Words by which people ask for it that do not stand in it.
    pub keys: Vec<String>,
    /// Who may read it: ids of people and of groups. Empty: anybody, or nobody if it is `secret`.
    pub readers: Vec<String>,
    /// Nobody but its readers may know of it: its keys are words that others do not say, in whatever form.
    pub secret: bool,
    /// When it can be read, as a condition of the story; always when left out.
    pub when: Option<Expr>,
    /// Its paragraphs.
    pub text: Vec<String>,
}

/// What a document is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DocumentKind {
    /// A book, or a page of one.
    #[default]
    Book,
    /// A letter.
    Letter,
    /// Something on a door or a board.
    Notice,
    /// Accounts, lists, rolls.
    Ledger,
    /// Entries by day or by watch.
    Log,
    /// A law, an order, a contract.
    Decree,
    /// A map or a plan with its legend.
    Map,
    /// A note that somebody left.
    Note,
}

impl DocumentKind {
    /// What it is called in English, and what people call it when they ask for it.
    #[must_use]
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Book => &["book"],
            Self::Letter => &["letter"],
            Self::Notice => &["notice", "poster", "sign"],
            Self::Ledger => &["ledger", "accounts", "roll", "list"],
            Self::Log => &["log", "diary", "journal"],
            Self::Decree => &["decree", "order", "law"],
            Self::Map => &["map", "plan"],
            Self::Note => &["note"],
        }
    }
}
