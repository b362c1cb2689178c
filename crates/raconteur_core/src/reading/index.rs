//! BM25 over sentences, with fields.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Document;
use super::library::Access;
use super::page::{Page, Role};
use super::question::Question;
use super::token::{Token, tokens};
use crate::judge::Stemmer;
use crate::judge::words::words as folded;

/// Saturation of a term's frequency, and how much a sentence's length counts: usual values (Robertson & Zaragoza 2009,
/// section 3.4.3, give 1.2 to 2 and 0.5 to 0.8).
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// What a term counts that stands not in the sentence but in the title, the author or the keys of its document.
const HEAD: f32 = 0.8;
/// The same in the sentence before it or behind it in its paragraph.
const BESIDE: f32 = 0.7;
/// The same elsewhere in its paragraph.
const PARAGRAPH: f32 = 0.6;
/// The same elsewhere in its document.
const ELSEWHERE: f32 = 0.35;

/// Most documents whose sentences are looked at for one question: those that have the most of its words. It bounds the time
/// that a question takes.
const MOST_READ: usize = 48;

/// The sentences of all documents with their words.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(super) entries: Vec<Entry>,
    /// Entries that have a term, in order, with how often.
    postings: BTreeMap<String, Vec<(usize, f32)>>,
    /// Terms of each document's head.
    heads: Vec<Vec<String>>,
    /// Words that stand with a capital inside a sentence somewhere, or in an author's name, and never without one.
    pub(super) names: BTreeSet<String>,
}

/// One sentence.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) document: usize,
    /// Place among the sentences of its page.
    pub(super) sentence: usize,
    pub(super) role: Role,
    paragraph: usize,
    pub(super) tokens: Vec<Token>,
    /// Number of words that count.
    length: f32,
}

/// What a search finds in one sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Match {
    pub(super) entry: usize,
    /// BM25.
    pub(super) score: f32,
    /// Share of the question's words, by how rare they are, that stand in it or near it.
    pub(super) coverage: f32,
    /// Whether the names and numbers of the question stand in its document.
    pub(super) named: bool,
}

impl Index {
    pub(super) fn new(documents: &[&Document], pages: &[Page], stemmer: Stemmer) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        let mut heads = Vec::new();
        for (place, (document, page)) in documents.iter().zip(pages).enumerate() {
            heads.push(head(document, stemmer));
            for (at, sentence) in page.sentences.iter().enumerate() {
                let tokens = tokens(&page.text, &sentence.range, stemmer);
                let length = tokens.iter().filter(|token| !token.function).count().max(1) as f32;
                let (role, paragraph) = (sentence.role, sentence.paragraph);
                entries.push(Entry { document: place, sentence: at, role, paragraph, tokens, length });
            }
        }
        let mut postings: BTreeMap<String, Vec<(usize, f32)>> = BTreeMap::new();
        for (at, entry) in entries.iter().enumerate() {
            for token in &entry.tokens {
                let list = postings.entry(token.term.clone()).or_default();
                match list.last_mut() {
                    Some((last, times)) if *last == at => *times += 1.0,
                    _ => list.push((at, 1.0)),
                }
            }
        }
        let names = names(documents, &entries);
        Self { entries, postings, heads, names }
    }

    /// The sentences of open documents that have to do with a question, the best first, at most `most`; and what each of its
    /// terms counts: how rare it is among them.
    pub(super) fn search(&self, question: &Question, access: &Access, most: usize) -> (Vec<Match>, Vec<f32>) {
        let is_open: Vec<bool> = (0..self.heads.len()).map(|place| access.allows(place)).collect();
        let open = |entry: &Entry| is_open.get(entry.document).copied().unwrap_or(false);
        let count = self.entries.iter().filter(|entry| open(entry)).count();
        let average = self.entries.iter().filter(|entry| open(entry)).map(|entry| entry.length).sum::<f32>()
            / count.max(1) as f32;
        let terms: Vec<Found> = question
            .terms
            .iter()
            .map(|term| {
                let own = self.postings.get(&term.term).into_iter().flatten().copied();
                let own: Vec<(usize, f32)> = own.filter(|(at, _)| open(&self.entries[*at])).collect();
                let headed =
                    (0..self.heads.len()).filter(|place| is_open[*place] && self.heads[*place].contains(&term.term));
                let headed: Vec<usize> = headed.collect();
                let mut documents: Vec<usize> = own.iter().map(|(at, _)| self.entries[*at].document).collect();
                documents.extend(&headed);
                documents.sort_unstable();
                documents.dedup();
                let weight = idf(count, own.len()) * term.weight;
                Found { own, headed, documents, weight, names: term.names }
            })
            .collect();
        let whole: f32 = terms.iter().map(|found| found.weight).sum();
        let mut scores: BTreeMap<usize, (f32, f32)> = BTreeMap::new();
        for document in self.closest(&terms) {
            for found in terms.iter().filter(|found| found.documents.binary_search(&document).is_ok()) {
                let in_head = found.headed.binary_search(&document).is_ok();
                let range = self.of(document);
                let place = |at: usize| found.own.partition_point(|(other, _)| *other < at);
                let own = &found.own[place(range.start)..place(range.end)];
                for at in range {
                    let field = self.field(at, own, in_head);
                    let norm = K1 * (1.0 - B + B * self.entries[at].length / average.max(1.0));
                    let score = scores.entry(at).or_default();
                    score.0 += found.weight * field.frequency * (K1 + 1.0) / (field.frequency + norm);
                    score.1 += found.weight * field.cover;
                }
            }
        }
        let weights = terms.iter().map(|found| found.weight).collect();
        let has = |found: &Found, document: usize| !found.names || found.documents.binary_search(&document).is_ok();
        let mut found: Vec<Match> = scores
            .into_iter()
            .map(|(entry, (score, covered))| {
                let document = self.entries[entry].document;
                let named = terms.iter().all(|found| has(found, document));
                Match { entry, score, coverage: if whole > 0.0 { covered / whole } else { 0.0 }, named }
            })
            .collect();
        let value = |one: &Match| one.coverage + one.score / (whole.max(1e-6) * (K1 + 1.0));
        found.sort_by(|a, b| value(b).total_cmp(&value(a)).then(a.entry.cmp(&b.entry)));
        found.truncate(most);
        (found, weights)
    }

    /// The documents that have the most of the question, in the order of the library.
    fn closest(&self, terms: &[Found]) -> Vec<usize> {
        let mut worth: BTreeMap<usize, f32> = BTreeMap::new();
        for found in terms {
            for document in &found.documents {
                *worth.entry(*document).or_default() += found.weight;
            }
        }
        let mut closest: Vec<(usize, f32)> = worth.into_iter().collect();
        closest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut documents: Vec<usize> = closest.into_iter().take(MOST_READ).map(|(document, _)| document).collect();
        documents.sort_unstable();
        documents
    }

    /// The entries of a document.
    pub(super) fn of(&self, document: usize) -> std::ops::Range<usize> {
        let from = self.entries.partition_point(|entry| entry.document < document);
        let to = self.entries.partition_point(|entry| entry.document <= document);
        from..to
    }

    /// Where a term stands as seen from a sentence of a document that has it. `own`: the sentences of the
    /// document that have it.
    fn field(&self, at: usize, own: &[(usize, f32)], in_head: bool) -> Field {
        let entry = &self.entries[at];
        let times = |at: usize| own.binary_search_by_key(&at, |(at, _)| *at).ok().map(|place| own[place].1);
        if let Some(times) = times(at) {
            return Field { frequency: times, cover: 1.0 };
        }
        // Its author's line is about the document: "who wrote the letter".
        if in_head && entry.role == Role::Author {
            return Field { frequency: 1.0, cover: 1.0 };
        }
        let beside = |other: Option<usize>| {
            let other = other.and_then(|at| Some((at, self.entries.get(at)?)));
            other.is_some_and(|(at, other)| {
                other.document == entry.document
                    && other.role == Role::Body
                    && other.paragraph == entry.paragraph
                    && times(at).is_some()
            })
        };
        let near = entry.role == Role::Body && (beside(at.checked_sub(1)) || beside(Some(at + 1)));
        let around = |other: &(usize, f32)| {
            let other = &self.entries[other.0];
            other.document == entry.document && other.paragraph == entry.paragraph && other.role == Role::Body
        };
        let weight = if in_head {
            HEAD
        } else if near {
            BESIDE
        } else if entry.role == Role::Body && own.iter().any(around) {
            PARAGRAPH
        } else {
            ELSEWHERE
        };
        Field { frequency: weight * 0.5, cover: weight }
    }
}

/// Where a term of a question stands.
struct Found {
    /// Sentences, with how often.
    own: Vec<(usize, f32)>,
    /// Documents in whose head it stands.
    headed: Vec<usize>,
    /// All documents that have it.
    documents: Vec<usize>,
    weight: f32,
    /// It is a name or a number.
    names: bool,
}

struct Field {
    frequency: f32,
    cover: f32,
}

/// How rare a term is (Robertson & Zaragoza 2009, section 3.2, kept above 0).
fn idf(sentences: usize, with: usize) -> f32 {
    let (all, with) = (sentences as f32, with as f32);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

/// Terms by which a document as a whole is asked for.
fn head(document: &Document, stemmer: Stemmer) -> Vec<String> {
    let mut text = format!("{}. {}.", document.title, document.author);
    if stemmer.is_english() {
        text.push_str(&document.kind.words().join(". "));
        text.push_str(if document.author.trim().is_empty() { "" } else { ". written. signed. author" });
    }
    for key in &document.keys {
        text.push_str(". ");
        text.push_str(key);
    }
    let mut terms: Vec<String> = tokens(&text, &(0..text.len()), stemmer)
        .into_iter()
        .filter(|token| !token.function)
        .map(|token| token.term)
        .collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// Words that are names: those of authors, those with a capital inside a sentence, and those that only ever open a sentence
/// and do not look like a plural, an adverb or a participle. What stands somewhere without a capital is none.
fn names(documents: &[&Document], entries: &[Entry]) -> BTreeSet<String> {
    let authors = documents.iter().flat_map(|document| folded(&document.author));
    let inside = entries.iter().filter(|entry| entry.role == Role::Body).flat_map(|entry| &entry.tokens);
    let plain = |word: &str| ["s", "ing", "ly", "ed"].iter().any(|end| word.ends_with(end));
    let capital =
        inside.clone().filter(|token| token.capital && !(token.starts && (token.function || plain(&token.word))));
    let mut names: BTreeSet<String> = authors.chain(capital.map(|token| token.word.clone())).collect();
    let lower: BTreeSet<&String> = inside.clone().filter(|token| !token.capital).map(|token| &token.term).collect();
    for token in inside.filter(|token| lower.contains(&token.term)) {
        names.remove(&token.word);
    }
    names
}
