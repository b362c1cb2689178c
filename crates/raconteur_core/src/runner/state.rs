//! What a save holds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Position, StuckReason};
use crate::judge::said_hash;
use crate::request::Turn;
use crate::story::format::{Story, Value};

/// Most turns that a state remembers.
pub const HISTORY_LIMIT: usize = 64;

/// Most lines of one speaker that a state knows again.
pub const SAID_LIMIT: usize = 1024;

/// Cast id of the player.
pub const PLAYER: &str = "player";

/// The newest version of [`RunnerState`] that this crate reads.
pub const STATE_FORMAT: u32 = 2;

/// Where a story stands. Plain data: save it, compare it, load it with [`Runner::resume`](super::Runner::resume).
///
/// Format 1 had neither `shown`, `detours`, `variants` nor `retellings`, and states of before it was added have no `said`;
/// both are read, and what is missing is empty then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnerState {
    /// Version of this form, [`STATE_FORMAT`].
    pub format: u32,
    /// Id of the story.
    pub story: String,
    /// Values of the variables.
    pub vars: BTreeMap<String, Value>,
    /// How often each beat has been entered.
    pub visits: BTreeMap<String, u32>,
    /// Ids of the lines, choices, outcomes and storylets that have been shown or taken.
    pub seen: BTreeSet<String>,
    /// Ids of the choices and outcomes that have been taken.
    pub taken: BTreeSet<String>,
    /// The beat it is in.
    pub beat: String,
    /// Where in that beat.
    pub position: Position,
    /// The last beat that is marked as a checkpoint, where a changed story may come back to.
    #[serde(default)]
    pub checkpoint: Option<String>,
    /// The last turns, oldest first, at most [`HISTORY_LIMIT`].
    pub history: Vec<Turn>,
    /// For each storylet that has been told, its place in the order of telling, counted from 1.
    #[serde(default)]
    pub told: BTreeMap<String, u64>,
    /// Number of storylets that have been told.
    #[serde(default)]
    pub tellings: u64,
    /// What has been said in the current beat, oldest first, at most [`HISTORY_LIMIT`]: what a reload shows again.
    #[serde(default)]
    pub shown: Vec<Shown>,
    /// Ids of the beats whose detour has been told.
    #[serde(default)]
    pub detours: BTreeSet<String>,
    /// For each text with variants, by its id, the place of the variant that was shown last; 0 is its `say`. See
    /// [`variants`](crate::variants::variants).
    #[serde(default)]
    pub variants: BTreeMap<String, u32>,
    /// For each fact that was retold, by its id, how the player heard it last.
    #[serde(default)]
    pub retellings: BTreeMap<String, Retelling>,
    /// For each speaker, by their cast id, [hashes](said_hash) of the lines with `gen` that they have shown, oldest first,
    /// at most [`SAID_LIMIT`]: none of them is written again by chance.
    #[serde(default)]
    pub said: BTreeMap<String, Vec<u32>>,
    /// What all random choices made for this play-through start from: with it, the ids and the numbers of visits they
    /// give the same words again.
    pub seed: u64,
}

/// Words that have been shown in the current beat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Id of the line; `detour:BEAT` for a line of a detour, empty for what is no text of the story, such as a question
    /// of the player's.
    pub id: String,
    /// Cast id of the speaker.
    pub who: String,
    /// The words.
    pub text: String,
}

/// How a fact was told last by somebody who spreads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retelling {
    /// The words that the player heard.
    pub text: String,
    /// Cast id of who said them.
    pub who: String,
    /// How often the fact has been retold.
    pub times: u32,
    /// Language of the words, as the [`locale`](Story::locale) of the story said; in another language they are not used.
    pub locale: String,
}

impl RunnerState {
    pub(super) fn new(story: &Story, seed: u64) -> Self {
        Self {
            format: STATE_FORMAT,
            story: story.id.clone(),
            vars: story.vars.iter().rev().map(|(name, var)| (name.to_owned(), var.init())).collect(),
            visits: BTreeMap::new(),
            seen: BTreeSet::new(),
            taken: BTreeSet::new(),
            beat: story.start.clone(),
            position: Position::Stuck(StuckReason::NoSuchBeat),
            checkpoint: None,
            history: Vec::new(),
            told: BTreeMap::new(),
            tellings: 0,
            shown: Vec::new(),
            detours: BTreeSet::new(),
            variants: BTreeMap::new(),
            retellings: BTreeMap::new(),
            said: BTreeMap::new(),
            seed,
        }
    }

    /// A line that a model may have written has been shown.
    pub(super) fn remember(&mut self, who: &str, text: &str) {
        let (hash, said) = (said_hash(text), self.said.entry(who.to_owned()).or_default());
        // What was said again is remembered longer.
        said.retain(|other| *other != hash);
        said.push(hash);
        let over = said.len().saturating_sub(SAID_LIMIT);
        said.drain(..over);
    }

    /// Something has been said: it enters the history and what has been shown in this beat.
    pub(super) fn record(&mut self, id: &str, who: &str, text: &str) {
        self.history.push(Turn { who: who.to_owned(), text: text.to_owned() });
        self.shown.push(Shown { id: id.to_owned(), who: who.to_owned(), text: text.to_owned() });
        keep_last(&mut self.history);
        keep_last(&mut self.shown);
    }
}

/// Drops what is older than the last [`HISTORY_LIMIT`] entries.
pub(super) fn keep_last<T>(entries: &mut Vec<T>) {
    let over = entries.len().saturating_sub(HISTORY_LIMIT);
    entries.drain(..over);
}
