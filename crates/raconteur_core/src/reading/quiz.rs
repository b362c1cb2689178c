//! Questions with known answers, to measure how well documents are read: ours in `docs/comprehension.md`, or a game's own.
//!
//! ```text
//! Questions(format: 1, questions: [
//!     (id: "q1", ask: "How much is the toll?", answers: ["two coppers", "two"], document: "notice"),
//!     (id: "q2", ask: "How much do dogs pay?", missing: true),
//!     (id: "q3", ask: "How much does Odo owe?", reader: ["mara"], closed: ["forty silver"]),
//! ])
//! ```
//! Scores are those of `SQuAD`: exact match and F1 of words, both after articles, punctuation and case are gone, the best over
//! the gold answers (Rajpurkar et al. 2016, arXiv 1606.05250, section 6); a question that cannot be answered scores 1 when it
//! is not answered, else 0 (Rajpurkar et al. 2018, arXiv 1806.03822).

use ron::Options;
use ron::extensions::Extensions;
use serde::Deserialize;

use super::answer::Outcome;
use super::library::{Library, NoStory};

/// A file of questions.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Questions {
    /// Version of the form: 1.
    pub format: u32,
    /// The questions.
    pub questions: Vec<Asked>,
}

/// A question and what is known of its answer: exactly one of `answers`, `missing` and `closed` is given.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    /// Its id.
    pub id: String,
    /// The question.
    pub ask: String,
    /// Who asks: ids of a reader and their groups. **Default** `player`.
    pub reader: Vec<String>,
    /// The answers that count, the first as the best.
    pub answers: Vec<String>,
    /// Id of the document that answers it.
    pub document: String,
    /// It stands nowhere.
    pub missing: bool,
    /// It stands only where the reader may not read, in these words.
    pub closed: Vec<String>,
}

/// Why questions cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuestionsError {
    /// It is no RON, or not of this form.
    #[error("the questions cannot be read at line {line}, column {column}: {message}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// It was written for a newer version.
    #[error("the questions have format {0}, and this version reads 1; update the plugin")]
    Newer(u32),
    /// Questions do not suit the documents: all of them.
    #[error("{}", .0.join("\n"))]
    Wrong(Vec<String>),
}

impl Asked {
    /// Whether the reader can know the answer.
    #[must_use]
    pub fn answerable(&self) -> bool {
        !self.answers.is_empty()
    }

    /// Who asks.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        if self.reader.is_empty() { vec!["player".to_owned()] } else { self.reader.clone() }
    }

    /// Exact match and F1 of an outcome, 0 to 1.
    #[must_use]
    pub fn grade(&self, outcome: &Outcome) -> (bool, f64) {
        match (self.answerable(), outcome.answer()) {
            (false, None) => (true, 1.0),
            (false, Some(_)) | (true, None) => (false, 0.0),
            (true, Some(answer)) => {
                let golds = || self.answers.iter();
                let exact = golds().any(|gold| normalised(gold) == normalised(&answer.quote));
                (exact, golds().map(|gold| f1(&answer.quote, gold)).fold(0.0, f64::max))
            }
        }
    }
}

impl Questions {
    /// Reads a file of questions, and holds it against the documents that it is about.
    ///
    /// # Errors
    /// [`QuestionsError`], with all that is wrong.
    pub fn from_ron(text: &str, library: &Library) -> Result<Self, QuestionsError> {
        let options = Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let read: Self = options.from_str(text).map_err(|error| QuestionsError::Syntax {
            line: error.span.start.line,
            column: error.span.start.col,
            message: error.code.to_string(),
        })?;
        if read.format > 1 {
            return Err(QuestionsError::Newer(read.format));
        }
        let wrong: Vec<String> = read
            .questions
            .iter()
            .filter_map(|asked| wrong(asked, library).map(|what| format!("question '{}': {what}", asked.id)))
            .collect();
        if wrong.is_empty() { Ok(read) } else { Err(QuestionsError::Wrong(wrong)) }
    }
}

/// What is wrong with a question, if anything.
fn wrong(asked: &Asked, library: &Library) -> Option<String> {
    let kinds = usize::from(asked.answerable()) + usize::from(asked.missing) + usize::from(!asked.closed.is_empty());
    if kinds != 1 || asked.ask.trim().is_empty() {
        return Some("give it an `ask`, and one of `answers`, `missing: true` and `closed`".to_owned());
    }
    let access = library.open_to(&asked.names(), &NoStory);
    if asked.answerable() {
        let place = library.position(&asked.document).filter(|place| access.allows(*place));
        let Some(page) = place.and_then(|place| library.page(place)) else {
            return Some(format!("its reader has no document '{}'", asked.document));
        };
        let stands = asked.answers.iter().any(|gold| page.text.contains(gold.as_str()));
        return (!stands).then(|| format!("none of its answers stands in '{}'", asked.document));
    }
    let has = |place: usize, words: &str| library.page(place).is_some_and(|page| page.text.contains(words));
    let closed = |place: &usize| !access.allows(*place);
    let lost = asked.closed.iter().find(|words| !(0..library.len()).filter(closed).any(|place| has(place, words)));
    lost.map(|words| format!("'{words}' stands in no document that is closed to its reader"))
}

/// A text as `SQuAD` compares it: lower case, without punctuation and articles, single spaces.
#[must_use]
pub fn normalised(text: &str) -> String {
    let bare: String = text.to_lowercase().chars().filter(|c| c.is_alphanumeric() || c.is_whitespace()).collect();
    bare.split_whitespace().filter(|word| !["a", "an", "the"].contains(word)).collect::<Vec<_>>().join(" ")
}

/// F1 of the words of an answer and of a gold answer, as bags, normalised.
#[must_use]
pub fn f1(answer: &str, gold: &str) -> f64 {
    let (answer, gold) = (normalised(answer), normalised(gold));
    let (said, mut left): (Vec<&str>, Vec<&str>) = (answer.split(' ').collect(), gold.split(' ').collect());
    if answer.is_empty() || gold.is_empty() {
        return if answer == gold { 1.0 } else { 0.0 };
    }
    let whole = left.len();
    let same =
        said.iter().filter(|word| left.iter().position(|other| other == *word).map(|at| left.remove(at)).is_some());
    let same = same.count() as f64;
    if same == 0.0 { 0.0 } else { 2.0 * same / (said.len() + whole) as f64 }
}

#[cfg(test)]
mod tests {
    use super::super::answer::Reason;
    use super::super::inquiry::{Inquiry, Method, Step};
    use super::*;
    use crate::request::Why;

    #[test]
    fn scores_are_those_of_squad() {
        assert_eq!(normalised("The  Lamb, a bell!"), "lamb bell");
        assert_eq!(f1("two coppers", "two coppers a head"), 0.8);
        assert_eq!(f1("the toll", "a toll"), 1.0);
        assert_eq!(f1("x", "y"), 0.0);
        assert_eq!((f1("the", "a"), f1("the", "x")), (1.0, 0.0));
        // A word counts as often as it stands in both.
        assert!((f1("no no", "no") - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn questions_are_held_against_their_documents() {
        let library = Library::from_ron(
            r#"Documents(format: 1, documents: { "a": (title: "Notice", text: ["The toll is two coppers."]),
                "b": (title: "B", readers: ["odo"], text: ["Forty silver."]) })"#,
        )
        .expect("it is sound");
        let read =
            |questions: &str| Questions::from_ron(&format!("Questions(format: 1, questions: [{questions}])"), &library);
        let fine = read(
            r#"(id: "1", ask: "How much is the toll?", answers: ["two coppers"], document: "a"), (id: "2", ask: "x", missing: true),
               (id: "3", ask: "How much?", closed: ["Forty"])"#,
        );
        let asked = &fine.expect("they suit").questions[0];
        let library = std::sync::Arc::new(library.clone());
        let access = library.open_to(&asked.names(), &NoStory);
        let mut inquiry = Inquiry::new(library.clone(), access, &asked.ask, Method::Keys);
        let Step::Done(outcome) = inquiry.begin(Some(Why::ModelOff)) else { panic!("there is no model") };
        assert_eq!(asked.grade(&outcome), (true, 1.0));
        assert_eq!(asked.grade(&Outcome::Abstained(Reason::NotSaid)), (false, 0.0));
        for (questions, part) in [
            (r#"(id: "x", ask: "y")"#, "one of `answers`"),
            (r#"(id: "x", ask: "y", answers: ["z"], document: "a")"#, "none of its answers"),
            (r#"(id: "x", ask: "y", answers: ["Forty"], document: "b")"#, "has no document 'b'"),
            (r#"(id: "x", ask: "y", closed: ["coppers"])"#, "closed to its reader"),
            ("(id: 3)", "line 1"),
        ] {
            let error = read(questions).expect_err("it is wrong").to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
