//! An answer in somebody's voice, resting on the sentence it was found in.

use std::ops::Range;

use super::answer::Frame;
use super::library::{Access, Library};
use crate::compose::Talk;
use crate::generate::Priority;
use crate::judge::{Support, words};
use crate::persona::Persona;
use crate::player_text::PlayerText;
use crate::request::{LineRequest, Ranking, Turn, Work};
use crate::story::format::{NamePolicy, Policy, Rank};
use crate::template::Templates;

/// Longest span, in words, that has to be said word for word.
const MOST_SAID: usize = 6;
/// Of a longer one so many words in a row have to be said.
const QUOTE: usize = 3;
/// Candidates where the policy says nothing.
const TRIES: usize = 4;

/// Who words an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Voice {
    /// Who speaks.
    pub persona: Persona,
    /// Rules and sampling. Names are always held to what is known.
    pub policy: Policy,
    /// Where and when it is, in one sentence; may be empty.
    pub setting: String,
    /// What has been said, oldest first, with display names.
    pub history: Vec<Turn>,
    /// Hashes of what they have ever shown.
    pub said: Vec<u32>,
    /// Display name of whoever asks.
    pub listener: String,
    /// The same voice, question and seed give the same words.
    pub seed: u64,
}

impl Voice {
    /// Somebody who has said nothing yet, asked by the player.
    #[must_use]
    pub fn new(persona: Persona) -> Self {
        Self {
            persona,
            policy: Policy::default(),
            setting: String::new(),
            history: Vec::new(),
            said: Vec::new(),
            listener: "You".to_owned(),
            seed: 0,
        }
    }
}

/// What an answer is worded from.
pub(super) struct Found<'a> {
    pub(super) library: &'a Library,
    pub(super) access: &'a Access,
    pub(super) document: usize,
    pub(super) sentence: &'a Range<usize>,
    pub(super) span: &'a Range<usize>,
    pub(super) question: &'a PlayerText,
    pub(super) frame: &'a Frame,
}

/// The request to say a sentence of a document as an answer: its span word for word, no name and no number that stands
/// neither in the sentence nor in the talk, no word of what is secret to the speaker. What is shown otherwise is the frame.
pub(super) fn request(found: &Found<'_>, voice: &Voice, templates: &Templates) -> Option<LineRequest> {
    let page = found.library.page(found.document)?;
    let (sentence, span) = (page.get(found.sentence), page.get(found.span));
    let fact = vec![sentence.to_owned()];
    let length = words::words(span).len();
    let (must, quote) = if length <= MOST_SAID { (vec![vec![span.to_owned()]], 0) } else { (Vec::new(), QUOTE) };
    let base = &voice.policy;
    let rank = match &base.rank {
        Rank::First => Rank::Pmi { null: "{speaker}:".to_owned(), floor: 0.0 },
        other => other.clone(),
    };
    let policy = Policy { names: NamePolicy::Known, tries: base.tries.max(TRIES), rank, stream: false, ..base.clone() };
    let fallback = found.frame.fill(found.library, found.document, found.sentence, found.span);
    let talk = Talk {
        persona: &voice.persona,
        setting: &voice.setting,
        facts: &fact,
        history: &voice.history,
        said: &voice.said,
        listener: &voice.listener,
        heard: Some(found.question),
        goal: "",
        must: &must,
        must_not: &[],
        policy: &policy,
        fallback: &fallback,
        priority: Priority::Addressed,
        seed: voice.seed,
    };
    let mut request = talk.request(templates);
    let secrets = found.library.secrets(found.access);
    if let Work::Write { constraints, rules, ranking, .. } = &mut request.work {
        let mut heard = vec![found.question.as_str().to_owned(), voice.persona.describe(), voice.setting.clone()];
        heard.extend(voice.history.iter().flat_map(|turn| [turn.who.clone(), turn.text.clone()]));
        heard.retain(|text| !text.trim().is_empty());
        let support = Support { facts: fact.clone(), heard, quote };
        let quotes = support.quotes(rules.stemmer);
        if !quotes.is_empty() {
            constraints.must.push(quotes);
        }
        rules.support = Some(support);
        // What the sentence itself says is no secret of it.
        let words = words::words(sentence);
        let stems = rules.stemmer.stems(&words);
        let secrets: Vec<String> =
            secrets.into_iter().filter(|secret| !rules.stemmer.contains(&words, &stems, secret)).collect();
        constraints.banned.extend(secrets.iter().flat_map(|secret| rules.stemmer.forms(secret)));
        rules.secrets.extend(secrets);
        if policy.tries < 2 {
            *ranking = Ranking::First;
        }
    }
    Some(request)
}
