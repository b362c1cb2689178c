//! Key search: which sentence a question is about, and which span of it is the answer, without a model.

use std::ops::Range;

use super::library::{Access, Library};
use super::page::Role;
use super::question::{Asks, Question};
use super::spans::{Span, any_spans, spans};
use super::token::Token;

/// Sentences that are looked at for spans.
const SENTENCES: usize = 6;
/// Most spans that are kept, the best first.
const SPANS: usize = 16;

/// What a question finds among the documents that are open.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The question as it was understood.
    pub question: Question,
    /// Sentences, the best first.
    pub hits: Vec<Hit>,
    /// Spans of those sentences, the best first.
    pub candidates: Vec<Candidate>,
}

/// A sentence that has to do with a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Place of its document in the library.
    pub document: usize,
    /// Where it stands in the page, in bytes.
    pub sentence: Range<usize>,
    /// Its BM25 score.
    pub bm25: f32,
    /// Share of the question's words, weighed by how rare they are, that stand in it; what stands near it counts in part.
    /// 0 to 1.
    pub coverage: f32,
    /// Whether all names and numbers of the question stand in its document.
    pub named: bool,
}

/// A span that may be the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Place of its sentence among the hits.
    pub hit: usize,
    /// Where it stands in the page, in bytes.
    pub span: Range<usize>,
    /// How well its form suits the question, 0 to 1.
    pub fit: f32,
    /// How near it stands to the words of the question, 0 to 1.
    pub near: f32,
    /// Score of the key search, 0 to about 1: coverage, lowered by what does not suit.
    pub score: f32,
}

impl Search {
    /// Searches. Sentences are looked at in the 48 documents that have the most of the question's words, so that the time it
    /// takes stays bounded.
    #[must_use]
    pub fn run(library: &Library, access: &Access, question: &str) -> Self {
        let question = Question::read(question, library.stemmer());
        let (matches, weights) = library.index.search(&question, access, SENTENCES);
        let kinds = Kinds { typed: true, weights: &weights };
        let mut search = Self { question, hits: Vec::new(), candidates: Vec::new() };
        for found in matches {
            let (bm25, coverage, named) = (found.score, found.coverage, found.named);
            search.add(library, found.entry, (bm25, coverage, named), kinds);
        }
        search.sort();
        search
    }

    /// Every sentence of the open documents, in order, at most `most`: for a ranker without a search. Nothing is said about
    /// words that are shared, and spans are of all kinds.
    #[must_use]
    pub(super) fn everything(library: &Library, access: &Access, question: &str, most: usize) -> Self {
        let question = Question::read(question, library.stemmer());
        let mut search = Self { question, hits: Vec::new(), candidates: Vec::new() };
        let entries = access.iter().flat_map(|place| library.index.of(place));
        let body = entries.filter(|at| library.index.entries.get(*at).is_some_and(|entry| entry.role != Role::Title));
        for entry in body.take(most).collect::<Vec<_>>() {
            search.add(library, entry, (0.0, 0.0, true), Kinds { typed: false, weights: &[] });
        }
        search
    }

    fn add(&mut self, library: &Library, entry: usize, (bm25, coverage, named): (f32, f32, bool), kinds: Kinds<'_>) {
        let Some(entry) = library.index.entries.get(entry) else { return };
        let Some(page) = library.page(entry.document) else { return };
        let Some(sentence) = page.sentences.get(entry.sentence) else { return };
        let hit = self.hits.len();
        let (document, english) = (entry.document, library.stemmer().is_english());
        self.hits.push(Hit { document, sentence: sentence.range.clone(), bm25, coverage, named });
        let tokens = &entry.tokens;
        let found = match entry.role {
            // A title answers only what it is asked for by name; its sentences are better answers.
            Role::Title => Vec::new(),
            Role::Author if self.question.asks != Asks::Person && kinds.typed => Vec::new(),
            Role::Author => vec![Span { from: 0, to: tokens.len(), fit: 1.0 }],
            Role::Body if kinds.typed => spans(tokens, &self.question, &library.index.names, english),
            Role::Body => any_spans(tokens, &self.question, &library.index.names, english),
        };
        for span in found {
            let (Some(first), Some(last)) = (tokens.get(span.from), tokens.get(span.to - 1)) else { continue };
            let near = if entry.role == Role::Author { 1.0 } else { self.near(tokens, span, kinds.weights) };
            let score = coverage - MISFIT * (1.0 - span.fit) - FAR * (1.0 - near) - if named { 0.0 } else { UNNAMED };
            self.candidates.push(Candidate {
                hit,
                span: first.range.start..last.range.end,
                fit: span.fit,
                near,
                score,
            });
        }
    }

    fn sort(&mut self) {
        self.candidates
            .sort_by(|a, b| b.score.total_cmp(&a.score).then(a.hit.cmp(&b.hit)).then(a.span.start.cmp(&b.span.start)));
        self.candidates.truncate(SPANS);
    }

    /// How near a span stands to the words of the question that stand in its sentence, rare ones counting more: 1 beside all
    /// of them, 0 without any.
    fn near(&self, tokens: &[Token], span: Span, weights: &[f32]) -> f32 {
        if span.from == 0 && span.to == tokens.len() {
            return 1.0;
        }
        let (mut sum, mut whole) = (0.0_f32, 0.0_f32);
        for (at, term) in self.question.terms.iter().enumerate() {
            let places = tokens.iter().enumerate().filter(|(_, token)| token.term == term.term).map(|(at, _)| at);
            let outside = places.filter(|at| !(span.from..span.to).contains(at));
            let Some(distance) = outside.map(|at| distance(tokens, span, at)).min() else { continue };
            let weight = weights.get(at).copied().unwrap_or(1.0);
            sum += weight / (1.0 + distance as f32 / 3.0);
            whole += weight;
        }
        if whole > 0.0 { sum / whole } else { 0.0 }
    }
}

/// Words between a span and a word outside of it: words of grammar cost nothing, a mark costs three.
fn distance(tokens: &[Token], span: Span, at: usize) -> usize {
    let (low, high) = if at < span.from { (at + 1, span.from) } else { (span.to, at) };
    let between = tokens[low..high].iter().filter(|token| !token.function).count();
    let marks = tokens[low..=high.min(tokens.len() - 1)].iter().filter(|token| token.opens).count();
    between + 3 * marks
}

#[derive(Clone, Copy)]
struct Kinds<'a> {
    /// Only spans of the kind that is asked for.
    typed: bool,
    /// What each term of the question counts.
    weights: &'a [f32],
}

/// What a span loses that does not suit what is asked for.
const MISFIT: f32 = 0.3;
/// What a span loses that stands far from the words of the question.
const FAR: f32 = 0.15;
/// What a span loses whose document lacks a name or a number of the question.
const UNNAMED: f32 = 0.5;

#[cfg(test)]
mod tests {
    use super::super::document::{Document, Documents};
    use super::super::library::NoStory;
    use super::*;
    use crate::judge::is_invisible;
    use proptest::prelude::*;

    fn library(texts: &[&str]) -> Library {
        let mut documents = Documents { format: 1, locale: "en".into(), ..Documents::default() };
        for (at, text) in texts.iter().enumerate() {
            let document =
                Document { title: format!("Page {at}"), text: vec![(*text).to_owned()], ..Document::default() };
            documents.documents.push(format!("d{at}"), document);
        }
        Library::new(documents).expect("they are sound")
    }

    fn all(library: &Library) -> Access {
        library.open_to(&[], &NoStory)
    }

    fn best(library: &Library, question: &str) -> String {
        let search = Search::run(library, &all(library), question);
        let Some(best) = search.candidates.first() else { return String::new() };
        library.page(search.hits[best.hit].document).map_or("", |page| page.get(&best.span)).to_owned()
    }

    #[test]
    fn the_sentence_that_has_the_words_gives_the_span() {
        let library = library(&[
            "The river rose four feet on the third of March. It took the lower bridge. Odo was in the tower that night.",
            "The toll at the ferry is two coppers. Goats pay half a copper. Mara keeps the rope under the third plank.",
        ]);
        for (question, answer) in [
            ("How far did the river rise?", "four feet"),
            ("When did the river rise?", "the third of March"),
            ("How much is the toll?", "two coppers"),
            ("Where does Mara keep the rope?", "under the third plank"),
            ("Who keeps the rope?", "Mara"),
            ("What did the river take?", "the lower bridge"),
        ] {
            assert_eq!(best(&library, question), answer, "{question}");
        }
    }

    #[test]
    fn a_question_with_another_name_or_without_its_words_scores_low() {
        let library = library(&["Odo sold the bell to the smith for forty silver.", "Mara counted the boats at dusk."]);
        let score = |question: &str| {
            Search::run(&library, &all(&library), question).candidates.first().map_or(f32::MIN, |best| best.score)
        };
        assert!(score("How much did Odo sell the bell for?") > 0.7);
        assert!(score("How much did Mara sell the bell for?") < 0.5);
        assert!(score("How much did Odo pay the abbot for the horse?") < 0.5);
        assert!(score("Who invented the compass?") < 0.0 || score("Who invented the compass?") == f32::MIN);
    }

    proptest! {
        #[test]
        fn any_question_on_any_text_gives_spans_inside_the_page(text in "\\PC{0,80}[a-z]", question in "\\PC{0,60}") {
            let shown = |c: &char| !c.is_control() && !is_invisible(*c) && *c != '\u{fffd}';
            let text: String = format!("x {text}").chars().filter(shown).collect();
            let library = library(&[&text]);
            let access = all(&library);
            for search in [Search::run(&library, &access, &question), Search::everything(&library, &access, &question, 10)] {
                for candidate in &search.candidates {
                    let hit = &search.hits[candidate.hit];
                    let page = library.page(hit.document).expect("it was found there");
                    prop_assert!(hit.sentence.start <= candidate.span.start && candidate.span.end <= hit.sentence.end);
                    prop_assert!(page.text.get(candidate.span.clone()).is_some());
                    prop_assert!(candidate.score.is_finite() && (0.0..=1.001).contains(&hit.coverage));
                }
            }
            prop_assert_eq!(Search::run(&library, &access, &question), Search::run(&library, &access, &question));
        }
    }
}
