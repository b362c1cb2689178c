//! What a question asks for, and with which words.

use std::collections::BTreeSet;

use super::token::{Token, tokens};
use crate::judge::Stemmer;

/// What kind of thing would answer a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Asks {
    /// Somebody: "who", "whose".
    Person,
    /// A date, an hour, an age: "when", "what year".
    Time,
    /// "Where", "which village".
    Place,
    /// "How many".
    Count,
    /// "How much", "what price".
    Amount,
    /// "How long", "how deep", "how old".
    Measure,
    /// "Why", "what for".
    Reason,
    /// "Did he", "is it": a sentence that says so, or that it is not so.
    Truth,
    /// "What colour".
    Colour,
    /// "What is it called".
    Name,
    /// Anything else: "what", "which", "how".
    Thing,
}

/// A question as a search sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What it asks for.
    pub asks: Asks,
    /// The preposition that it ends with: "What is it known **for**?"
    pub(super) behind: Option<String>,
    /// Its terms: stems and numbers, in order, each once.
    pub(super) terms: Vec<Term>,
}

/// A word of a question that a sentence should have.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub(super) term: String,
    /// How much it counts, 0 to 1: what says only which kind of thing is asked for counts little.
    pub(super) weight: f32,
    /// A name or a number: a document without it is about somebody or something else.
    pub(super) names: bool,
}

/// Most terms of a question that are looked at.
const MOST_TERMS: usize = 24;
/// What a word counts that only says which kind of thing is asked for: "what **year**".
const KIND: f32 = 0.25;

impl Question {
    /// Reads a question. What it asks for is told in English only; in another language it is [`Asks::Thing`].
    #[must_use]
    pub fn read(text: &str, stemmer: Stemmer) -> Self {
        let words = tokens(text, &(0..text.len()), stemmer);
        let (asks, kind) = if stemmer.is_english() { asks(&words) } else { (Asks::Thing, BTreeSet::new()) };
        let mut terms: Vec<Term> = Vec::new();
        for (at, word) in words.iter().enumerate() {
            // "May" the month is no "may".
            let name = word.capital && at > 0 && !word.word.eq("i");
            let number = word.term.starts_with(|c: char| c.is_ascii_digit());
            if (word.function && !name) || word.clitic || terms.iter().any(|other| other.term == word.term) {
                continue;
            }
            let weight = if kind.contains(&at) { KIND } else { 1.0 };
            terms.push(Term { term: word.term.clone(), weight, names: (name || number) && weight == 1.0 });
        }
        terms.truncate(MOST_TERMS);
        let ending = words.last().filter(|word| asks == Asks::Thing && ENDING.contains(&word.word.as_str()));
        Self { asks, behind: ending.map(|word| word.word.clone()), terms }
    }

    /// Whether it has a word that could be looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

/// What is asked for, and the places of the words that say so.
fn asks(words: &[Token]) -> (Asks, BTreeSet<usize>) {
    let is = |at: usize, list: &[&str]| words.get(at).is_some_and(|word| list.contains(&word.word.as_str()));
    let open = |word: &Token| WH.contains(&word.word.as_str());
    let Some(at) = words.iter().position(open) else {
        let truth = is(0, AUXILIARY);
        return (if truth { Asks::Truth } else { Asks::Thing }, BTreeSet::new());
    };
    // "Did Odo say who sold it?" asks who; "Was it there when he came?" asks whether.
    if is(0, AUXILIARY) && at > 0 && is(at, &["when", "where", "why", "how", "which"]) {
        return (Asks::Truth, BTreeSet::new());
    }
    let next = at + 1;
    let here = |places: &[usize]| places.iter().copied().collect::<BTreeSet<usize>>();
    match words[at].word.as_str() {
        "who" | "whom" | "whose" => (Asks::Person, here(&[])),
        "when" => (Asks::Time, here(&[])),
        "where" => (Asks::Place, here(&[])),
        "why" => (Asks::Reason, here(&[])),
        "how" if is(next, &["many"]) => (Asks::Count, here(&[])),
        "how" if is(next, &["much"]) => (Asks::Amount, here(&[])),
        "how" if is(next, &["soon", "late", "early"]) => (Asks::Time, here(&[next])),
        "how" if is(next, MEASURES) => (Asks::Measure, here(&[next])),
        "how" => (Asks::Thing, here(&[])),
        _ if is_for_what(words) => (Asks::Reason, here(&[])),
        _ => head(words, next),
    }
}

/// "What is the ladder for?", but not "What is it known for?"
fn is_for_what(words: &[Token]) -> bool {
    let [.., before, last] = words else { return false };
    let participle = ["ed", "wn", "ous", "old"].iter().any(|end| before.word.ends_with(end));
    last.word == "for" && !participle
}

/// "What colour was ..": the noun behind "what" or "which" says what is asked for. "What is the name of ..": the noun
/// behind "is" and an article does.
fn head(words: &[Token], next: usize) -> (Asks, BTreeSet<usize>) {
    let copula = words.get(next).is_some_and(|word| ["is", "was", "are", "were"].contains(&word.word.as_str()));
    let mut at = if copula { next + 1 } else { next };
    while copula
        && words.get(at).is_some_and(|word| ["the", "its", "his", "her", "their"].contains(&word.word.as_str()))
    {
        at += 1;
    }
    // The last of a run of nouns is the head: "what ferry toll".
    let noun = words.get(at).map_or("", |word| word.word.as_str());
    let found = HEADS.iter().find(|(_, nouns)| nouns.contains(&noun));
    let called = words.iter().any(|word| ["called", "named"].contains(&word.word.as_str()));
    match found {
        Some((asks, _)) => (*asks, std::iter::once(at).collect()),
        None if called => {
            let places = words.iter().enumerate().filter(|(_, word)| ["called", "named"].contains(&word.word.as_str()));
            (Asks::Name, places.map(|(at, _)| at).collect())
        }
        None => (Asks::Thing, BTreeSet::new()),
    }
}

/// Prepositions that a question may end with; the answer stands behind them.
const ENDING: &[&str] = &["for", "with", "from", "of", "by", "on", "in", "about", "to", "at"];

const WH: &[&str] = &["who", "whom", "whose", "when", "where", "why", "how", "what", "which"];

const AUXILIARY: &[&str] = &[
    "is", "are", "was", "were", "am", "do", "does", "did", "has", "have", "had", "can", "could", "will", "would",
    "may", "might", "must", "shall", "should", "isn", "wasn", "didn", "doesn", "don",
];

const MEASURES: &[&str] = &[
    "long", "far", "deep", "high", "tall", "wide", "broad", "thick", "heavy", "old", "big", "large", "often", "fast",
    "strong",
];

/// Nouns that say what kind of thing is asked for.
const HEADS: &[(Asks, &[&str])] = &[
    (Asks::Time, &["year", "day", "month", "date", "hour", "time", "night", "week", "season"]),
    (Asks::Colour, &["colour", "color"]),
    (Asks::Name, &["name"]),
    (Asks::Person, &["person", "man", "woman"]),
    (Asks::Place, &["place", "village", "town", "city", "room", "country"]),
    (Asks::Amount, &["price", "sum", "amount", "fee", "toll", "fine", "wage", "cost", "rent"]),
    (Asks::Count, &["number"]),
    (Asks::Measure, &["depth", "length", "height", "width", "weight", "age", "distance", "size"]),
    (Asks::Reason, &["reason", "cause"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Question {
        Question::read(text, Stemmer::of_locale("en"))
    }

    #[test]
    fn a_question_says_what_it_asks_for() {
        for (text, asks) in [
            ("Who sold the bell?", Asks::Person),
            ("Whose boat was it?", Asks::Person),
            ("When did the river rise?", Asks::Time),
            ("In what year was the tower built?", Asks::Time),
            ("Where is the key?", Asks::Place),
            ("How many spears are alive?", Asks::Count),
            ("How much is the toll?", Asks::Amount),
            ("How deep is the ford?", Asks::Measure),
            ("Why was the bridge shut?", Asks::Reason),
            ("What is the ladder for?", Asks::Reason),
            ("Did Odo pay?", Asks::Truth),
            ("Is the gate open when it rains?", Asks::Truth),
            ("What colour are the posts?", Asks::Colour),
            ("What is the name of the boat?", Asks::Name),
            ("What is the boat called?", Asks::Name),
            ("What does Pell keep?", Asks::Thing),
            ("Tell me about the bell.", Asks::Thing),
        ] {
            assert_eq!(read(text).asks, asks, "{text}");
        }
        assert_eq!(Question::read("Wer ist das?", Stemmer::of_locale("de")).asks, Asks::Thing);
    }

    #[test]
    fn names_and_numbers_are_marked_and_kinds_count_little() {
        let question = read("In what year did Odo sell the 2 bells to Odo?");
        let terms: Vec<(&str, f32, bool)> =
            question.terms.iter().map(|term| (term.term.as_str(), term.weight, term.names)).collect();
        assert_eq!(
            terms,
            [("year", KIND, false), ("odo", 1.0, true), ("sell", 1.0, false), ("2", 1.0, true), ("bell", 1.0, false)]
        );
        assert!(read("who is it?").is_empty() && read("").is_empty());
    }
}
