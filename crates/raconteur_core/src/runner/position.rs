//! Where in a beat a story stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::StuckReason;

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
    /// At the detour: the effects of `then` have been applied, and it has not returned.
    Detour {
        /// Whether it has been shown; its words are in [`RunnerState::shown`](super::RunnerState::shown).
        told: bool,
        /// What was read out of it: for variables of `may`, the number on the right-hand side.
        readings: BTreeMap<String, i64>,
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
        /// The outcomes that are on the screen and their wording, in the order they are shown; empty until they are.
        #[serde(default)]
        labels: Vec<Label>,
    },
    /// At the end of the story.
    Ended,
    /// Nowhere to go.
    Stuck(StuckReason),
}

/// An outcome as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Id of the outcome.
    pub id: String,
    /// What it is called on the screen.
    pub text: String,
}
