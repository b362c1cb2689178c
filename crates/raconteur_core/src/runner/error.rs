//! What a runner reports, and what it refuses.

use serde::{Deserialize, Serialize};

use super::Lost;
use crate::story::expr::EvalError;
use crate::story::format::Value;

/// Something that happened while the story went on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RunnerEvent {
    /// A beat was entered.
    BeatEntered {
        /// Its id.
        beat: String,
    },
    /// A variable has another value.
    VarChanged {
        /// Its name.
        name: String,
        /// The new value.
        value: Value,
    },
    /// An effect went beyond the range of a variable.
    Clamped {
        /// Name of the variable.
        name: String,
        /// The value it should have had.
        wanted: Value,
        /// The value it has.
        value: Value,
    },
    /// A condition could not be evaluated and counts as false.
    ConditionFailed {
        /// The condition as the writer wrote it.
        source: String,
        /// Why.
        error: EvalError,
    },
    /// An effect could not be evaluated and was left out.
    EffectFailed {
        /// The effect as the writer wrote it.
        source: String,
        /// Why.
        error: EvalError,
    },
    /// The place that a save or a reload knew is gone; the story goes on from another.
    Relocated {
        /// The beat that was left.
        from: String,
        /// The beat it is in now.
        to: String,
    },
    /// The detour of a beat was told, and the beat goes on.
    DetourTold {
        /// The beat.
        beat: String,
    },
    /// Something that a save or a reload knew is gone from the story, and what stands in its place.
    Lost(Lost),
    /// The story is over.
    StoryEnded {
        /// The ending.
        beat: String,
    },
}

/// Why a story cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum StuckReason {
    /// No choice is open, and there is no `otherwise`.
    NoOpenChoice,
    /// The beat has none of choices, slot, next and end.
    NoWayOn,
    /// The beat that should follow does not exist.
    NoSuchBeat,
    /// Beats without a line follow each other in a circle.
    Loop,
}

impl std::fmt::Display for StuckReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoOpenChoice => "no choice is open",
            Self::NoWayOn => "it has no choices, slot, next or end",
            Self::NoSuchBeat => "the beat that should follow does not exist",
            Self::Loop => "beats without a line follow each other in a circle",
        })
    }
}

/// Why a story did not go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RunnerError {
    /// Nothing can follow; a mistake of the story.
    #[error(
        "the story is stuck in beat '{beat}': {reason}. Add a choice without `when`, or `otherwise`; `raconteur check` finds such places"
    )]
    Stuck {
        /// The beat.
        beat: String,
        /// Why.
        reason: StuckReason,
        /// What happened on the way there.
        events: Vec<RunnerEvent>,
    },
    /// Beats without lines lead into each other.
    #[error(
        "the story went through {hops} beats without a line, last '{beat}'. Give one of them a line, a choice or an end"
    )]
    Loop {
        /// The last beat.
        beat: String,
        /// Number of beats.
        hops: usize,
        /// What happened on the way there.
        events: Vec<RunnerEvent>,
    },
    /// A beat does not exist; the lint reports it as S02.
    #[error("beat '{beat}' does not exist. Correct the id; `raconteur check` shows where it is named")]
    NoSuchBeat {
        /// Its id.
        beat: String,
        /// What happened on the way there.
        events: Vec<RunnerEvent>,
    },
    /// The choice may not be taken now: its `when` is false, it was taken before, or it belongs to another beat.
    #[error("'{id}' cannot be chosen now; open are {open:?}")]
    NotOpen {
        /// What was asked for.
        id: String,
        /// What is open; nothing while a line is due.
        open: Vec<String>,
    },
    /// The player has to choose first.
    #[error("the story waits for a choice among {open:?}; call choose")]
    ChoiceExpected {
        /// What is open.
        open: Vec<String>,
    },
    /// No detour is due.
    #[error("no detour is due; ask `moment` what is")]
    NoDetour,
    /// The story has ended.
    #[error("the story has ended in '{beat}'; begin it anew or load a save")]
    Over {
        /// The ending.
        beat: String,
    },
    /// The story declares no such variable.
    #[error("the story has no variable '{name}'; declare it in `vars`")]
    NoSuchVariable {
        /// Its name.
        name: String,
    },
    /// The story has no such storylet.
    #[error("the story has no storylet '{id}'; ask `storylet` for one that can be told")]
    NoSuchStorylet {
        /// Its id.
        id: String,
    },
    /// A save belongs to another story.
    #[error("the save belongs to story '{saved}', and this is '{story}'")]
    WrongStory {
        /// Id in the save.
        saved: String,
        /// Id of the story.
        story: String,
    },
    /// A save was written by a newer version.
    #[error("the save has format {format}, and this version reads up to {newest}; update the game")]
    NewerSave {
        /// Format of the save.
        format: u32,
        /// Newest that can be read.
        newest: u32,
    },
}

impl RunnerError {
    /// What happened on the way to the error.
    #[must_use]
    pub fn into_events(self) -> Vec<RunnerEvent> {
        match self {
            Self::Stuck { events, .. } | Self::Loop { events, .. } | Self::NoSuchBeat { events, .. } => events,
            _ => Vec::new(),
        }
    }

    /// The same, with one more event before those on the way to it.
    pub(super) fn after(mut self, event: RunnerEvent) -> Self {
        if let Self::Stuck { events, .. } | Self::Loop { events, .. } | Self::NoSuchBeat { events, .. } = &mut self {
            events.insert(0, event);
        }
        self
    }
}
