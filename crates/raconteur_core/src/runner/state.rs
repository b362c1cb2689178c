//! What a save holds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::StuckReason;
use crate::request::Turn;
use crate::story::format::{Story, Value};

/// Most turns that a state remembers.
pub const HISTORY_LIMIT: usize = 64;

/// Cast id of the player.
pub const PLAYER: &str = "player";

/// The newest version of [`RunnerState`] that this crate reads.
pub const STATE_FORMAT: u32 = 1;

/// Where a story stands. Plain data: save it, compare it, load it with [`Runner::resume`](super::Runner::resume).
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
    /// What all random choices made for this play-through start from.
    pub seed: u64,
}

/// Where in a beat a story stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Position {
    /// At a line.
    Line {
        /// Id of the line, which finds it again when the story has changed.
        id: String,
        /// Its place in the beat.
        index: usize,
        /// Whether it has been shown.
        spoken: bool,
    },
    /// At the choices.
    Choices {
        /// Ids of those that are open; settled when they came up, so that what is shown can be taken.
        open: Vec<String>,
    },
    /// At the slot.
    Slot {
        /// Ids of the outcomes that are open.
        open: Vec<String>,
    },
    /// At the end of the story.
    Ended,
    /// Nowhere to go.
    Stuck(StuckReason),
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
            seed,
        }
    }

    pub(super) fn record(&mut self, turn: Turn) {
        self.history.push(turn);
        let over = self.history.len().saturating_sub(HISTORY_LIMIT);
        self.history.drain(..over);
    }
}
