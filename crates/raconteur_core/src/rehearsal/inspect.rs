//! Looks at all that a rehearsal delivers and says what should not have been delivered.
//!
//! It does not ask the rules that let a text through, but reads the text anew: other code, the same promises. So it
//! finds what a rule misses.

mod closed;
mod known;
mod read;

use std::collections::BTreeMap;

use super::{Delivered, Kind, Told};
use crate::judge::Stemmer;
use crate::request::{Source, Work};
use crate::runner::{Moment, RunnerEvent};
use crate::story::flow::{Flow, Precision};
use crate::story::format::Story;
use closed::closed;
pub use known::KnownWords;

/// Most faults that are kept; the others are counted.
const KEPT: usize = 50;

/// Watches rehearsals of one story.
pub struct Inspector<'a> {
    story: &'a Story,
    /// All states that the checks know of.
    flow: Option<&'a Flow>,
    tally: Tally,
    faults: Vec<Fault>,
    /// What the writer wrote.
    known: KnownWords,
    /// What the player has said in this play.
    heard: KnownWords,
    stemmer: Stemmer,
    /// Where the last choice leads, until the story is there.
    chosen: Option<String>,
}

/// Something that was delivered and should not have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, one of [`Tally::FAULTS`].
    pub what: &'static str,
    /// Id of the text or the beat.
    pub id: String,
    /// The word, the name, or what happened.
    pub detail: String,
    /// The words that were delivered; empty when it is not about words.
    pub text: String,
}

/// What was delivered, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Texts that were shown, by kind and source (`ranked`, `generated`, `baked`, `authored(REASON)`), those left out for
    /// which no model was asked.
    pub shown: BTreeMap<(Kind, String), usize>,
    /// Texts for which no model was asked.
    pub written: usize,
    /// Candidates that were rejected, by rule.
    pub rejected: BTreeMap<&'static str, usize>,
    /// Moments that plays came to.
    pub moments: usize,
    /// Those of them that the checks know of, where a choice led to its beat.
    pub valid: usize,
    /// Moments in a state that was compared with those that the checks know of.
    pub compared: usize,
    /// Texts that a model wrote and that were shown: those in which words are looked for.
    pub looked_at: usize,
    /// All faults by what is wrong, also those that were not kept.
    pub faults: BTreeMap<&'static str, usize>,
}

impl Tally {
    /// What can be wrong. With a text that is shown: `empty`, `invisible` (characters that move, hide or break); with one
    /// that a model wrote: `forbidden` (a banned word), `secret` (a word of what its speaker hides or cannot know, in
    /// whatever form), `name` (one that stands nowhere, see [`KnownWords`]), `label` (somebody else's turn). With the
    /// story: `branch`, `condition`.
    pub const FAULTS: [&'static str; 8] =
        ["empty", "invisible", "forbidden", "secret", "name", "label", "branch", "condition"];

    /// Number of all faults.
    #[must_use]
    pub fn all_faults(&self) -> usize {
        self.faults.values().sum()
    }

    /// Texts that were shown and whose words a model wrote or chose.
    #[must_use]
    pub fn by_model(&self) -> usize {
        let model = |source: &str| source == "ranked" || source == "generated";
        self.shown.iter().filter(|((_, source), _)| model(source)).map(|(_, count)| count).sum()
    }

    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        for (key, count) in &other.shown {
            *self.shown.entry(key.clone()).or_insert(0) += count;
        }
        for (key, count) in &other.rejected {
            *self.rejected.entry(key).or_insert(0) += count;
        }
        self.written += other.written;
        self.moments += other.moments;
        self.valid += other.valid;
        self.compared += other.compared;
        self.looked_at += other.looked_at;
        for (what, count) in &other.faults {
            *self.faults.entry(what).or_insert(0) += count;
        }
    }
}

impl<'a> Inspector<'a> {
    /// An inspector. With `flow`, every state that a play comes to is looked up among those that the checks have walked
    /// through, which means something when they have walked through all of them.
    #[must_use]
    pub fn new(story: &'a Story, flow: Option<&'a Flow>) -> Self {
        let flow = flow.filter(|flow| flow.precision == Precision::Exact);
        Self {
            story,
            flow,
            tally: Tally::default(),
            faults: Vec::new(),
            known: KnownWords::of_story(story),
            heard: KnownWords::default(),
            stemmer: Stemmer::of_locale(&story.locale),
            chosen: None,
        }
    }

    /// What was delivered so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The first faults.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Another play begins.
    pub fn next_play(&mut self) {
        self.chosen = None;
        self.heard = KnownWords::default();
    }

    /// Looks at something that is told.
    pub fn watch(&mut self, told: &Told<'_>) {
        match told {
            Told::Moment { runner } => {
                let state = runner.state();
                self.tally.moments += 1;
                let mut valid = true;
                if let Some(flow) = self.flow {
                    self.tally.compared += 1;
                    if !flow.contains(state) {
                        valid = false;
                        self.fault("branch", &state.beat, format!("no check knows {:?}", state.position), "");
                    }
                }
                if let Moment::Choices(open) | Moment::Slot { outcomes: open } = runner.moment()
                    && open.iter().any(|way| !self.story.beats.contains(&way.to))
                {
                    valid = false;
                    self.fault("branch", &state.beat, "a way leads nowhere".to_owned(), "");
                }
                self.tally.valid += usize::from(valid);
            }
            Told::Chosen { id, .. } => {
                let found = self.story.beats.iter().find_map(|(_, beat)| {
                    let choices = beat.choices.iter().chain(&beat.otherwise).map(|way| (&way.id, &way.to));
                    let outcomes = beat.slot.iter().flat_map(|slot| &slot.outcomes).map(|way| (&way.id, &way.to));
                    choices.chain(outcomes).find(|(other, _)| other == id).map(|(_, to)| to.clone())
                });
                if found.is_none() {
                    self.fault("branch", id, "no such choice".to_owned(), "");
                }
                self.chosen = found;
            }
            Told::Event(RunnerEvent::BeatEntered { beat }) => {
                if let Some(to) = self.chosen.take()
                    && to != *beat
                {
                    self.fault("branch", beat, format!("the choice leads to '{to}'"), "");
                }
            }
            Told::Event(RunnerEvent::EffectFailed { source, .. } | RunnerEvent::ConditionFailed { source, .. }) => {
                self.fault("condition", source, "it could not be evaluated".to_owned(), "");
            }
            Told::Delivered(it) => self.delivered(it),
            Told::Event(_) | Told::Asked { .. } | Told::Started { .. } | Told::Chunk { .. } => {}
        }
    }

    fn delivered(&mut self, it: &Delivered<'_>) {
        let (finished, text) = (it.finished, it.finished.text.as_str());
        self.heard.learn(it.question);
        for (_, rejection) in &finished.rejected {
            *self.tally.rejected.entry(rejection.name()).or_insert(0) += 1;
        }
        if !it.piece.kind.is_shown() {
            return;
        }
        match it.request {
            Some(_) => *self.tally.shown.entry((it.piece.kind, source_name(&finished.source))).or_insert(0) += 1,
            None => self.tally.written += 1,
        }
        let id = it.piece.id.as_str();
        if text.trim().is_empty() || !text.chars().any(char::is_alphanumeric) && finished.source.is_models() {
            self.fault("empty", id, String::new(), text);
        }
        let lines = it.piece.kind == Kind::Detour;
        if let Some(c) = text.chars().find(|c| read::is_bad(*c) && !(lines && *c == '\n')) {
            self.fault("invisible", id, c.escape_unicode().to_string(), text);
        }
        // What the writer wrote is theirs: it may say what the speaker hides, and means to.
        let written = it.request.is_some_and(|request| !matches!(request.work, Work::Pick { .. }));
        if !finished.source.is_models() || !written {
            return;
        }
        self.tally.looked_at += 1;
        let words = read::words(text);
        let stems = read::stems_of(&words, self.stemmer);
        let closed = closed(self.story, it);
        if let Some(word) = closed.bans.into_iter().find(|word| read::has(&words, word)) {
            self.fault("forbidden", id, word, text);
        }
        let leaks = |word: &String| read::has_form(&words, &stems, word, self.stemmer);
        if let Some(word) = closed.secrets.into_iter().find(leaks) {
            self.fault("secret", id, word, text);
        }
        if closed.names
            && let Some(name) = self.known.unknown_name(text, &self.heard)
        {
            self.fault("name", id, name.to_owned(), text);
        }
        let names = self.story.cast.iter().map(|(_, character)| character.name.as_str()).chain(["You"]);
        if let Some(name) = names.into_iter().find(|name| read::is_labelled(text, name)) {
            self.fault("label", id, name.to_owned(), text);
        }
    }

    fn fault(&mut self, what: &'static str, id: &str, detail: String, text: &str) {
        *self.tally.faults.entry(what).or_insert(0) += 1;
        if self.faults.len() < KEPT {
            self.faults.push(Fault { what, id: id.to_owned(), detail, text: text.to_owned() });
        }
    }
}

impl Source {
    /// Whether a model wrote the words, or chose them.
    fn is_models(&self) -> bool {
        matches!(self, Self::Generated | Self::Ranked { .. })
    }
}

/// The source without numbers, for tables.
fn source_name(source: &Source) -> String {
    match source {
        Source::Generated => "generated".to_owned(),
        Source::Ranked { .. } => "ranked".to_owned(),
        Source::Baked => "baked".to_owned(),
        Source::Cancelled => "cancelled".to_owned(),
        Source::Authored(why) => format!("authored({})", why.name()),
    }
}
