//! Looks at all that a rehearsal delivers and says what should not have been delivered.
//!
//! It does not ask the rules that let a text through, but reads the text anew: other code, the same promises. So it
//! finds what a rule misses.

mod read;

use std::collections::BTreeMap;

use super::{Delivered, Kind, Told};
use crate::facts;
use crate::request::{Source, Work};
use crate::runner::{Moment, PLAYER, RunnerEvent};
use crate::story::flow::{Flow, Precision};
use crate::story::format::{Gen, Story};

/// Most faults that are kept; the others are counted.
const KEPT: usize = 50;

/// Watches rehearsals of one story.
pub struct Inspector<'a> {
    story: &'a Story,
    /// All states that the checks know of.
    flow: Option<&'a Flow>,
    tally: Tally,
    faults: Vec<Fault>,
    /// Where the last choice leads, until the story is there.
    chosen: Option<String>,
}

/// Something that was delivered and should not have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong: `empty`, `invisible`, `forbidden`, `label`, `branch`, `condition`.
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
    /// All faults, also those that were not kept.
    pub faults: usize,
}

impl Tally {
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
        self.faults += other.faults;
    }
}

impl<'a> Inspector<'a> {
    /// An inspector. With `flow`, every state that a play comes to is looked up among those that the checks have walked
    /// through, which means something when they have walked through all of them.
    #[must_use]
    pub fn new(story: &'a Story, flow: Option<&'a Flow>) -> Self {
        let flow = flow.filter(|flow| flow.precision == Precision::Exact);
        Self { story, flow, tally: Tally::default(), faults: Vec::new(), chosen: None }
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
        let words = read::words(text);
        if let Some(word) = self.forbidden(it).into_iter().find(|word| read::has(&words, word)) {
            self.fault("forbidden", id, word, text);
        }
        let names = self.story.cast.iter().map(|(_, character)| character.name.as_str()).chain(["You"]);
        if let Some(name) = names.into_iter().find(|name| read::is_labelled(text, name)) {
            self.fault("label", id, name.to_owned(), text);
        }
    }

    /// What may not stand in a text: bans of its policy and its own, and words that give away what its speaker hides or
    /// does not know, except those that the writer has used for this very text.
    fn forbidden(&self, it: &Delivered<'_>) -> Vec<String> {
        let env = it.runner.environment(it.host);
        let (beat, id) = (it.piece.beat.as_str(), it.piece.id.as_str());
        let body = self.story.beats.get(beat);
        let mut own: Vec<&str> = Vec::new();
        let mut banned: Vec<String> = Vec::new();
        let (policy, secret) = match it.piece.kind {
            Kind::Detour => {
                let Some(detour) = body.and_then(|body| body.detour.as_ref()) else { return Vec::new() };
                own.extend([detour.say.as_str(), detour.goal.as_str()]);
                let mut people: Vec<&str> = Vec::new();
                for line in body.iter().flat_map(|body| &body.lines) {
                    let named = self.story.cast.get(&line.who).is_some_and(|one| !one.name.is_empty());
                    if named && line.who != PLAYER && line.who != "narrator" {
                        people.push(&line.who);
                    }
                }
                (detour.policy.as_str(), facts::forbidden_among(self.story, &people, beat, &env))
            }
            Kind::Label => {
                let Some(slot) = body.and_then(|body| body.slot.as_ref()) else { return Vec::new() };
                let Some(outcome) = slot.outcomes.iter().find(|outcome| outcome.id == id) else { return Vec::new() };
                own.push(&outcome.say);
                own.extend(outcome.must.iter().flatten().map(String::as_str));
                banned.extend(outcome.must_not.iter().cloned());
                (slot.policy.as_str(), facts::forbidden_words(self.story, PLAYER, beat, &env))
            }
            _ => {
                let lines = self.story.beats.iter().flat_map(|(_, beat)| &beat.lines);
                let lines = lines.map(|line| (&line.id, &line.say, &line.generate));
                let storylets = self.story.storylets.iter().map(|one| (&one.id, &one.say, &one.generate));
                let found = lines.chain(storylets).find(|(other, ..)| *other == id);
                let Some((_, say, Some(generate))) = found else { return Vec::new() };
                let policy = match generate {
                    Gen::Vary(writing) | Gen::Free(writing) => {
                        own.extend([say.as_str(), writing.goal.as_str()]);
                        own.extend(writing.must.iter().flatten().map(String::as_str));
                        banned.extend(writing.must_not.iter().cloned());
                        &writing.policy
                    }
                    Gen::Answer { policy, must, must_not, .. } => {
                        own.extend(must.iter().flatten().map(String::as_str));
                        banned.extend(must_not.iter().cloned());
                        policy
                    }
                    Gen::Rumor { policy, keep, of, .. } => {
                        own.push(say);
                        own.extend(keep.iter().map(String::as_str));
                        own.extend(self.story.lore.get(of).map(|lore| lore.says.as_str()));
                        own.extend(it.runner.state().retellings.get(of).map(|heard| heard.text.as_str()));
                        policy
                    }
                    Gen::Pick { .. } => return Vec::new(),
                };
                (policy.as_str(), facts::forbidden_words(self.story, &it.piece.who, beat, &env))
            }
        };
        let policy = self.story.policies.get(policy).or_else(|| self.story.policies.get("default"));
        banned.extend(policy.into_iter().flat_map(|policy| policy.ban.iter().cloned()));
        let own: Vec<Vec<String>> = own.into_iter().map(read::words).collect();
        let is_own = |word: &String| own.iter().any(|text| read::has(text, word));
        banned.extend(secret.into_iter().filter(|word| !is_own(word)));
        banned
    }

    fn fault(&mut self, what: &'static str, id: &str, detail: String, text: &str) {
        self.tally.faults += 1;
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
