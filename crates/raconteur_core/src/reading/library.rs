//! Documents that have been read in and can be asked.

use std::collections::BTreeSet;

use ron::Options;
use ron::extensions::Extensions;

use super::document::{DOCUMENTS_FORMAT, Document, Documents, LONGEST_TEXT};
use super::error::{DocumentProblem, DocumentsError, too_many_bytes, too_many_documents, too_many_sentences};
use super::index::Index;
use super::page::Page;
use crate::judge::{Stemmer, is_invisible, words};
use crate::story::expr::Environment;
use crate::story::format::Value;

/// Checked documents with their pages and the index of their words. Made once, off the main thread.
#[derive(Debug, Clone)]
pub struct Library {
    source: Documents,
    pages: Vec<Page>,
    pub(super) index: Index,
    stemmer: Stemmer,
}

/// Which documents of a library somebody may read now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    open: BTreeSet<usize>,
}

impl Access {
    /// Whether the document at this place is open.
    #[must_use]
    pub fn allows(&self, document: usize) -> bool {
        self.open.contains(&document)
    }

    /// Places of the open documents, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.open.iter().copied()
    }

    /// Number of open documents.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether nothing is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

/// A game without a story: no variable has a value, so that a document with a condition stays closed.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoStory;

impl Environment for NoStory {
    fn var(&self, _: &str) -> Option<Value> {
        None
    }

    fn visits(&self, _: &str) -> u32 {
        0
    }

    fn seen(&self, _: &str) -> bool {
        false
    }

    fn host(&self, name: &str, _: &[Value]) -> Result<Value, String> {
        Err(format!("there is no story that declares the host function '{name}'"))
    }
}

impl Library {
    /// Reads a file of documents. `implicit_some` is on, as in stories.
    ///
    /// # Errors
    /// [`DocumentsError`]: with the place of what cannot be read, or with all mistakes of all documents.
    pub fn from_ron(text: &str) -> Result<Self, DocumentsError> {
        too_many_bytes(text.len())?;
        let options = Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let documents: Documents = options.from_str(text).map_err(|error| DocumentsError::Syntax {
            line: error.span.start.line,
            column: error.span.start.col,
            message: error.code.to_string(),
        })?;
        Self::new(documents)
    }

    /// Takes documents that were made in code.
    ///
    /// # Errors
    /// [`DocumentsError`], all but `Syntax`.
    pub fn new(source: Documents) -> Result<Self, DocumentsError> {
        if source.format > DOCUMENTS_FORMAT {
            return Err(DocumentsError::Newer(source.format));
        }
        too_many_documents(source.documents.len())?;
        let problems = problems(&source);
        if !problems.is_empty() {
            return Err(DocumentsError::Problems(problems));
        }
        let stemmer = Stemmer::of_locale(&source.locale);
        let pages: Vec<Page> = source.documents.iter().map(|(_, document)| Page::of(document)).collect();
        too_many_sentences(pages.iter().map(|page| page.sentences.len()).sum())?;
        let documents: Vec<&Document> = source.documents.iter().map(|(_, document)| document).collect();
        let index = Index::new(&documents, &pages, stemmer);
        Ok(Self { source, pages, index, stemmer })
    }

    /// The documents with their ids, in the order of the file.
    pub fn documents(&self) -> impl ExactSizeIterator<Item = (&str, &Document)> {
        let all: Vec<(&str, &Document)> = self.source.documents.iter().collect();
        all.into_iter()
    }

    /// Number of documents.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether there are no documents.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Place of the document with this id.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.source.documents.position(id)
    }

    /// The document of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Document> {
        self.source.documents.get(id)
    }

    /// Id and document at a place.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<(&str, &Document)> {
        self.source.documents.iter().nth(place)
    }

    /// The page of the document at a place.
    #[must_use]
    pub fn page(&self, place: usize) -> Option<&Page> {
        self.pages.get(place)
    }

    /// How words are brought to their stems in the language of the documents.
    #[must_use]
    pub fn stemmer(&self) -> Stemmer {
        self.stemmer
    }

    /// Which documents somebody may read now. `names` are the ids of a reader and of the groups they belong to. A condition
    /// that cannot be evaluated keeps its document closed.
    #[must_use]
    pub fn open_to(&self, names: &[String], env: &dyn Environment) -> Access {
        let listed = |document: &Document| document.readers.iter().any(|reader| names.contains(reader));
        let anybody = |document: &Document| document.readers.is_empty() && !document.secret;
        let holds = |document: &Document| document.when.as_ref().is_none_or(|when| when.holds(env).unwrap_or(false));
        let open = self.source.documents.iter().enumerate();
        let open = open.filter(|(_, (_, document))| (listed(document) || anybody(document)) && holds(document));
        Access { open: open.map(|(place, _)| place).collect() }
    }

    /// Of the documents that are open, those with one of these ids: what somebody has at hand.
    #[must_use]
    pub fn only<'a>(&self, access: &Access, ids: impl IntoIterator<Item = &'a str>) -> Access {
        let at_hand: BTreeSet<usize> = ids.into_iter().filter_map(|id| self.position(id)).collect();
        Access { open: access.open.intersection(&at_hand).copied().collect() }
    }

    /// Words that somebody with this access does not say in whatever form: the keys of secret documents that are closed to
    /// them, unless they stand in a document that is open.
    #[must_use]
    pub fn secrets(&self, access: &Access) -> Vec<String> {
        let closed =
            self.documents().enumerate().filter(|(place, (_, document))| document.secret && !access.allows(*place));
        let keys = closed.flat_map(|(_, (_, document))| &document.keys);
        let open: Vec<(Vec<String>, Vec<String>)> = access
            .iter()
            .filter_map(|place| self.page(place))
            .map(|page| {
                let words = words::words(&page.text);
                let stems = self.stemmer.stems(&words);
                (words, stems)
            })
            .collect();
        let free = |key: &str| open.iter().any(|(words, stems)| self.stemmer.contains(words, stems, key));
        keys.filter(|key| !free(key)).cloned().collect()
    }
}

fn problems(source: &Documents) -> Vec<DocumentProblem> {
    let mut found = Vec::new();
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    for (place, (id, document)) in source.documents.iter().enumerate() {
        if id.trim().is_empty() {
            found.push(DocumentProblem::NoId(place + 1));
        } else if !ids.insert(id) {
            found.push(DocumentProblem::Twice(id.to_owned()));
        }
        let named = || id.to_owned();
        if document.title.trim().is_empty() {
            found.push(DocumentProblem::NoTitle(named()));
        }
        if !document.text.iter().any(|text| text.chars().any(char::is_alphanumeric)) {
            found.push(DocumentProblem::NoText(named()));
        }
        let empty = document.text.iter().enumerate().filter(|(_, text)| text.trim().is_empty());
        found.extend(empty.map(|(at, _)| DocumentProblem::EmptyParagraph { document: named(), paragraph: at + 1 }));
        let bytes: usize = document.text.iter().map(String::len).sum();
        if bytes > LONGEST_TEXT {
            found.push(DocumentProblem::TooLong { document: named(), bytes });
        }
        let texts = document.text.iter().map(|text| ("text", text));
        for (part, text) in [("title", &document.title), ("author", &document.author)].into_iter().chain(texts) {
            let unseen = |c: char| !c.is_whitespace() && (c.is_control() || c == '\u{fffd}' || is_invisible(c));
            if let Some(c) = text.chars().find(|&c| unseen(c)) {
                found.push(DocumentProblem::Unseen { document: named(), part, code: u32::from(c) });
            }
        }
        if let Some((when, error)) = document.when.as_ref().and_then(|when| Some((when, when.syntax_error()?))) {
            let (source_text, message) = (when.source().to_owned(), error.message.clone());
            found.push(DocumentProblem::Condition { document: named(), source_text, message });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"Documents(format: 1, documents: {
        "notice": (title: "Notice", kind: Notice, text: ["The toll is two coppers."]),
        "letter": (title: "To Mara", kind: Letter, author: "Odo", readers: ["mara", "smiths"], text: ["Forgive the debt."]),
        "roll": (title: "The roll", secret: true, readers: ["dorrec"], keys: ["dead men", "toll"], text: ["Four hundred live."]),
        "late": (title: "Late", when: "clues >= 2", text: ["The bell lies in the yard."]),
    })"#;

    /// A story that has one variable.
    struct Clues(i64);

    impl Environment for Clues {
        fn var(&self, name: &str) -> Option<Value> {
            (name == "clues").then_some(Value::Int(self.0))
        }

        fn visits(&self, _: &str) -> u32 {
            0
        }

        fn seen(&self, _: &str) -> bool {
            false
        }

        fn host(&self, name: &str, _: &[Value]) -> Result<Value, String> {
            Err(format!("no {name} here"))
        }
    }

    fn open(names: &[&str], clues: i64) -> Vec<String> {
        let library = Library::from_ron(FILE).expect("it is well formed");
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let access = library.open_to(&names, &Clues(clues));
        access.iter().filter_map(|place| library.at(place)).map(|(id, _)| id.to_owned()).collect()
    }

    #[test]
    fn who_may_read_what() {
        assert_eq!(open(&["player"], 0), ["notice"]);
        assert_eq!(open(&["mara"], 2), ["notice", "letter", "late"]);
        assert_eq!(open(&["wat", "smiths"], 0), ["notice", "letter"]);
        assert_eq!(open(&["dorrec"], 0), ["notice", "roll"]);
    }

    #[test]
    fn keys_of_what_is_secret_are_not_said_unless_they_can_be_read() {
        let library = Library::from_ron(FILE).expect("it is well formed");
        let secrets = |name: &str| library.secrets(&library.open_to(&[name.to_owned()], &Clues(0)));
        assert_eq!(secrets("player"), ["dead men"], "the toll stands in the notice");
        assert!(secrets("dorrec").is_empty());
    }

    #[test]
    fn mistakes_are_told_all_at_once_with_what_to_do() {
        let file = r#"Documents(format: 1, documents: {
            "a": (title: "", text: ["x", " "]), "a": (title: "A", text: []), "": (title: "B\u{200b}", text: ["b"]),
            "c": (title: "C", text: ["c"], when: "clues >"),
        })"#;
        let Err(DocumentsError::Problems(problems)) = Library::from_ron(file) else { panic!("it has mistakes") };
        let told = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        for part in
            ["'a' has no title", "paragraph 2", "'a' stands there twice", "no text", "document 3", "U+200B", "clues >"]
        {
            assert!(told.contains(part), "{part} in\n{told}");
        }
        for (file, part) in [
            ("Documents(format: 1, documents: {\n \"a\": (titel: \"x\") })", "line 2"),
            ("Documents(format: 9, documents: {})", "format 9"),
            ("", "cannot be read"),
        ] {
            let error = Library::from_ron(file).expect_err("it is broken").to_string();
            assert!(error.contains(part), "{error}");
        }
        let long = Library::from_ron(&" ".repeat(super::super::LONGEST_FILE + 1));
        assert!(matches!(long, Err(DocumentsError::TooMany { what: "bytes", .. })));
    }
}
