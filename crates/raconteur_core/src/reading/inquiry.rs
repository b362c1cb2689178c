//! One question from its words to its end: key search, then the model's scores, then its wording. Plain data, no engine:
//! whoever runs it hands the requests to a desk and the ends of the requests back.
//!
//! ```text
//! begin -> Done(answer of the key search)                                    without a model
//!       -> Rank(requests) -> ranked -> Word(request) -> worded -> outcome    with one
//!          late, failed, cancelled: give_up -> the answer of the key search
//! ```

use std::sync::Arc;

use super::answer::{Answer, Frame, Outcome, Reason};
use super::library::{Access, Library};
use super::search::Search;
use super::wording::{self, Found, Voice};
use crate::generate::Priority;
use crate::player_text::PlayerText;
use crate::prompt::Prompt;
use crate::request::{Finished, LineRequest, Source, Why, Work};
use crate::template::{Scene, Templates};

/// Most sentences whose spans a model ranks.
const RANKED: usize = 4;
/// Most sentences that a ranker without a search reads.
const READ: usize = 400;
/// Longest part of a sentence, in bytes, that is scored: longer ones would not fit a small window.
const LONGEST: usize = 400;
/// Most time a ranking or a wording takes before the key search's answer is shown, in milliseconds.
const BUDGET_MS: u64 = 2000;

/// Who finds the span.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Method {
    /// Key search alone; no model is asked.
    Keys,
    /// The model's scores alone: of every sentence, then of every span. Slow, and for comparison.
    Ranker,
    /// Key search, and the model's scores among what it finds.
    #[default]
    Both,
}

/// How scores are weighed, and what is too little for an answer. The defaults were set on a development set of documents and
/// questions that is not the set which `docs/comprehension.md` reports.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Least score of an answer of the key search. **Default** 0.65.
    pub keys_floor: f32,
    /// Least score of an answer of the ranker alone, in nats a byte.
    pub ranker_floor: f32,
    /// Least score of an answer of both.
    pub both_floor: f32,
    /// Weight of `ln P(question | sentence) - ln P(question)`, in nats a byte, beside the score of the key search.
    pub about: f32,
    /// Weight of `ln P(span | sentence, question) - ln P(span)`, in nats a byte, beside the score of the key search.
    pub fits: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self { keys_floor: 0.65, ranker_floor: 0.2, both_floor: 0.75, about: 0.1, fits: 0.05 }
    }
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one a question, and it is taken apart at once")]
pub enum Step {
    /// These are to be ranked, all at once; their ends go to [`Inquiry::ranked`], in the same order.
    Rank(Vec<LineRequest>),
    /// This is to be written; its end goes to [`Inquiry::worded`].
    Word(LineRequest),
    /// It is over.
    Done(Outcome),
}

/// One question to documents.
#[derive(Debug, Clone)]
pub struct Inquiry {
    library: Arc<Library>,
    access: Access,
    question: PlayerText,
    method: Method,
    weights: Weights,
    frame: Frame,
    voice: Option<Voice>,
    templates: Arc<Templates>,
    search: Search,
    /// Scores of the model: for each hit, for each candidate.
    about: Vec<Option<f32>>,
    fits: Vec<Option<f32>>,
    /// Places of the hits that are being ranked.
    asked: Vec<usize>,
    stage: Stage,
    /// The answer that is being worded.
    chosen: Option<Answer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Sentences,
    Spans,
    Over,
}

impl Inquiry {
    /// A question to the documents that are open. It is searched for here; the rest is up to [`begin`](Self::begin).
    #[must_use]
    pub fn new(library: Arc<Library>, access: Access, question: &str, method: Method) -> Self {
        let question = PlayerText::new(question);
        let search = if method == Method::Ranker {
            Search::everything(&library, &access, question.as_str(), READ)
        } else {
            Search::run(&library, &access, question.as_str())
        };
        let (about, fits) = (vec![None; search.hits.len()], vec![None; search.candidates.len()]);
        Self {
            library,
            access,
            question,
            method,
            weights: Weights::default(),
            frame: Frame::default(),
            voice: None,
            templates: Arc::default(),
            search,
            about,
            fits,
            asked: Vec::new(),
            stage: Stage::Over,
            chosen: None,
        }
    }

    /// Lets somebody word the answer, when there is a model.
    #[must_use]
    pub fn voiced(mut self, voice: Voice) -> Self {
        self.voice = Some(voice);
        self
    }

    /// Sets how the sentence is shown when no model words it.
    #[must_use]
    pub fn framed(mut self, frame: Frame) -> Self {
        self.frame = frame;
        self
    }

    /// Sets weights and floors.
    #[must_use]
    pub fn weighed(mut self, weights: Weights) -> Self {
        self.weights = weights;
        self
    }

    /// Sets the prompt layout of the model.
    #[must_use]
    pub fn with_templates(mut self, templates: Arc<Templates>) -> Self {
        self.templates = templates;
        self
    }

    /// What was found, for whoever inspects.
    #[must_use]
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// Scores of the model in nats a byte, where they have come: for each hit how much likelier its sentence makes the
    /// question, for each candidate how much likelier sentence and question make it.
    #[must_use]
    pub fn scores(&self) -> (&[Option<f32>], &[Option<f32>]) {
        (&self.about, &self.fits)
    }

    /// The question as it stands in prompts.
    #[must_use]
    pub fn question(&self) -> &PlayerText {
        &self.question
    }

    /// Begins. `absent` says why there is no model to ask, if there is none.
    #[must_use]
    pub fn begin(&mut self, absent: Option<Why>) -> Step {
        if let Some(reason) = self.nothing() {
            return Step::Done(Outcome::Abstained(reason));
        }
        match (self.method, absent) {
            (_, Some(why)) => Step::Done(self.give_up(why)),
            (Method::Keys, None) => {
                let outcome = self.by_keys(Source::Authored(Why::Written));
                self.word(outcome)
            }
            (Method::Both, None) => {
                let hits = self.search.candidates.iter().map(|candidate| candidate.hit);
                self.asked = distinct(hits, RANKED);
                if self.asked.is_empty() {
                    return Step::Done(Outcome::Abstained(Reason::NotSaid));
                }
                self.stage = Stage::Spans;
                Step::Rank(self.rank_spans())
            }
            (Method::Ranker, None) => {
                self.asked = (0..self.search.hits.len()).collect();
                self.stage = Stage::Sentences;
                Step::Rank(vec![self.rank_sentences()])
            }
        }
    }

    /// Takes in how the requests of [`Step::Rank`] ended.
    #[must_use]
    pub fn ranked(&mut self, finished: &[Finished]) -> Step {
        match self.stage {
            Stage::Sentences => {
                let scored = finished.first().map(|finished| finished.scored.as_slice()).unwrap_or_default();
                let best = scored.iter().filter_map(|(text, _)| {
                    self.asked.iter().copied().find(|hit| self.sentence(*hit) == text.as_str())
                });
                self.asked = distinct(best.collect::<Vec<_>>().into_iter(), RANKED);
                if self.asked.is_empty() {
                    return Step::Done(self.give_up(failure(finished)));
                }
                self.stage = Stage::Spans;
                Step::Rank(self.rank_spans())
            }
            Stage::Spans => {
                self.stage = Stage::Over;
                let (spans, sentences) = match finished.split_last() {
                    Some((spans, sentences)) => (Some(spans), sentences),
                    None => (None, finished),
                };
                for (&hit, finished) in self.asked.iter().zip(sentences) {
                    self.about[hit] = finished.scored.first().map(|(_, score)| *score);
                }
                let scored = spans.map(|spans| spans.scored.as_slice()).unwrap_or_default();
                for (at, candidate) in self.search.candidates.iter().enumerate() {
                    let text = self.text(candidate.hit, &candidate.span);
                    self.fits[at] = scored.iter().find(|(other, _)| other == text).map(|(_, score)| *score);
                }
                if scored.is_empty() {
                    let outcome = self.give_up(failure(finished));
                    return Step::Done(outcome);
                }
                let outcome = self.by_scores();
                self.word(outcome)
            }
            Stage::Over => Step::Done(self.give_up(Why::Written)),
        }
    }

    /// Takes in how the request of [`Step::Word`] ended.
    #[must_use]
    pub fn worded(&mut self, finished: Finished) -> Outcome {
        let Some(answer) = self.chosen.take() else { return self.give_up(Why::Written) };
        let worded = matches!(finished.source, Source::Generated | Source::Ranked { .. });
        Outcome::Answered(Answer { text: finished.text, source: finished.source, worded, ..answer })
    }

    /// Ends it now, wherever it stands: with the span that has been chosen, else with what the key search finds. A ranker
    /// alone has nothing to say then.
    #[must_use]
    pub fn give_up(&mut self, why: Why) -> Outcome {
        if let Some(reason) = self.nothing() {
            return Outcome::Abstained(reason);
        }
        if let Some(answer) = self.chosen.take() {
            return Outcome::Answered(Answer { source: Source::Authored(why), ..answer });
        }
        if self.method == Method::Ranker {
            return Outcome::Abstained(Reason::NotSaid);
        }
        self.by_keys(Source::Authored(why))
    }

    /// Why nothing can be answered, whoever looks.
    fn nothing(&self) -> Option<Reason> {
        if self.question.is_empty() || self.search.question.is_empty() {
            Some(Reason::NoQuestion)
        } else if self.access.is_empty() {
            Some(Reason::NoDocuments)
        } else {
            self.search.hits.is_empty().then_some(Reason::NothingFound)
        }
    }

    fn by_keys(&self, source: Source) -> Outcome {
        let best = self.search.candidates.first().filter(|best| best.score >= self.weights.keys_floor);
        best.map_or(Outcome::Abstained(Reason::NotSaid), |best| self.answer(best.hit, &best.span, best.score, source))
    }

    fn by_scores(&self) -> Outcome {
        let Weights { about, fits, .. } = self.weights;
        let (keys, floor) = match self.method {
            Method::Ranker => (0.0, self.weights.ranker_floor),
            Method::Keys | Method::Both => (1.0, self.weights.both_floor),
        };
        let (about, fits) = if self.method == Method::Ranker { (1.0, 0.2) } else { (about, fits) };
        let scored = self.search.candidates.iter().enumerate().filter_map(|(at, candidate)| {
            let sentence = self.about.get(candidate.hit).copied().flatten()?;
            let span = self.fits.get(at).copied().flatten()?;
            Some((candidate, keys * candidate.score + about * clamp(sentence) + fits * clamp(span)))
        });
        // Of equals the first: `max_by` would take the last.
        let best = scored.fold(None, |best: Option<(_, f32)>, one| match best {
            Some(best) if best.1 >= one.1 => Some(best),
            _ => Some(one),
        });
        match best.filter(|(_, score)| *score >= floor) {
            Some((candidate, score)) => {
                let of = self.search.candidates.len();
                self.answer(candidate.hit, &candidate.span, score, Source::Ranked { of })
            }
            None => Outcome::Abstained(Reason::NotSaid),
        }
    }

    fn answer(&self, hit: usize, span: &std::ops::Range<usize>, score: f32, source: Source) -> Outcome {
        let Some(hit) = self.search.hits.get(hit) else { return Outcome::Abstained(Reason::NothingFound) };
        let (Some((id, _)), Some(page)) = (self.library.at(hit.document), self.library.page(hit.document)) else {
            return Outcome::Abstained(Reason::NothingFound);
        };
        Outcome::Answered(Answer {
            text: self.frame.fill(&self.library, hit.document, &hit.sentence, span),
            document: id.to_owned(),
            sentence: hit.sentence.clone(),
            span: span.clone(),
            quote: page.get(span).to_owned(),
            source,
            worded: false,
            score,
        })
    }

    /// Lets the voice, if there is one, word what was found.
    fn word(&mut self, outcome: Outcome) -> Step {
        let (Outcome::Answered(answer), Some(voice)) = (&outcome, &self.voice) else { return Step::Done(outcome) };
        let Some(document) = self.library.position(&answer.document) else { return Step::Done(outcome) };
        let found = Found {
            library: &self.library,
            access: &self.access,
            document,
            sentence: &answer.sentence,
            span: &answer.span,
            question: &self.question,
            frame: &self.frame,
        };
        match wording::request(&found, voice, &self.templates) {
            Some(request) => {
                self.chosen = Some(answer.clone());
                Step::Word(LineRequest { budget_ms: BUDGET_MS, ..request })
            }
            None => Step::Done(outcome),
        }
    }

    /// Which sentences the question makes likelier.
    fn rank_sentences(&self) -> LineRequest {
        let (asked, speaker) = self.asked_to();
        let mut from: Vec<String> = Vec::new();
        for &hit in &self.asked {
            let text = self.sentence(hit).to_owned();
            if !from.contains(&text) {
                from.push(text);
            }
        }
        self.pick(format!("{asked}\n{speaker}:"), from, format!("{speaker}:"))
    }

    /// How much likelier each sentence makes the question, then how much likelier sentences and question make each span.
    fn rank_spans(&mut self) -> Vec<LineRequest> {
        if self.method == Method::Ranker {
            let asked = self.asked.clone();
            self.search.candidates.retain(|candidate| asked.contains(&candidate.hit));
            self.fits = vec![None; self.search.candidates.len()];
        }
        let listener = self.listener();
        let question = self.question.as_str().to_owned();
        let null = format!("{listener}:");
        let mut requests: Vec<LineRequest> = Vec::new();
        for &hit in &self.asked {
            let prompt = format!("{}\n\n{listener}:", self.sentence(hit));
            requests.push(self.pick(prompt, vec![question.clone()], null.clone()));
        }
        let (asked, speaker) = self.asked_to();
        // The best sentence stands nearest to the question.
        let lore: Vec<&str> = self.asked.iter().rev().map(|hit| self.sentence(*hit)).collect();
        let mut spans: Vec<String> = Vec::new();
        for candidate in self.search.candidates.iter().filter(|candidate| self.asked.contains(&candidate.hit)) {
            let text = self.text(candidate.hit, &candidate.span);
            if !text.is_empty() && !spans.iter().any(|other| other == text) {
                spans.push(text.to_owned());
            }
        }
        requests.push(self.pick(format!("{}\n\n{asked}\n{speaker}:", lore.join(" ")), spans, format!("{speaker}:")));
        requests
    }

    fn pick(&self, prompt: String, from: Vec<String>, null: String) -> LineRequest {
        let prompt = Prompt { start_of_text: self.templates.start_of_text, ..Prompt::text(prompt) };
        LineRequest {
            work: Work::Pick { prompt, from, null: Some(null) },
            // Nobody is shown it, but no request may end with nothing.
            fallback: "…".to_owned(),
            priority: Priority::Addressed,
            budget_ms: BUDGET_MS,
        }
    }

    fn listener(&self) -> &str {
        self.voice.as_ref().map(|voice| voice.listener.trim()).filter(|name| !name.is_empty()).unwrap_or("You")
    }

    /// The question as a turn, and who is to answer.
    fn asked_to(&self) -> (String, String) {
        let name = self.voice.as_ref().map(|voice| voice.persona.name.trim()).filter(|name| !name.is_empty());
        (format!("{}: {}", self.listener(), self.question), name.unwrap_or(Scene::NARRATOR).to_owned())
    }

    fn sentence(&self, hit: usize) -> &str {
        let Some(found) = self.search.hits.get(hit) else { return "" };
        let text = self.text(hit, &found.sentence);
        let mut end = text.len().min(LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        &text[..end]
    }

    fn text(&self, hit: usize, range: &std::ops::Range<usize>) -> &str {
        let page = self.search.hits.get(hit).and_then(|hit| self.library.page(hit.document));
        page.map_or("", |page| page.get(range))
    }
}

/// Scores are small sums of logarithms; one that got out of hand is not to drown the rest.
fn clamp(score: f32) -> f32 {
    if score.is_nan() { 0.0 } else { score.clamp(-2.0, 2.0) }
}

/// Why requests that should have scores have none.
fn failure(finished: &[Finished]) -> Why {
    let why = finished.iter().find_map(|one| match &one.source {
        Source::Authored(why) => Some(why.clone()),
        _ => None,
    });
    why.unwrap_or(Why::Interrupted)
}

/// The first `most` different places.
fn distinct(places: impl Iterator<Item = usize>, most: usize) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    for place in places {
        if found.len() < most && !found.contains(&place) {
            found.push(place);
        }
    }
    found
}

#[cfg(test)]
mod tests;
