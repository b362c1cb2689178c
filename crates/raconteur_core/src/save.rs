//! What a game keeps of its stories: the states of all of them, in one text that says which version it is.
//!
//! ```text
//! Runner::state --Save::new--> Save --to_text--> a file --Save::from_text--> Save --state_of--> Runner::resume
//! ```
//! A state is plain data, so a game that has a save format of its own may put [`RunnerState`]s into that instead.

use serde::{Deserialize, Serialize};

use crate::runner::{RunnerState, STATE_FORMAT};

/// The newest version of [`Save`] that this crate reads.
pub const SAVE_FORMAT: u32 = 1;

/// The states of all stories of a game.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Save {
    /// Version of this form, [`SAVE_FORMAT`]. Each state has a version of its own.
    pub format: u32,
    /// The states, in any order. Two of the same story are two play-throughs side by side.
    pub stories: Vec<RunnerState>,
}

/// Why a save cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The text is no save, or a part of it is missing or changed.
    #[error(
        "the save is damaged at line {line}, column {column}: {message}. Was it cut short while it was written, or edited? Load an older save; write new ones to another file first and rename it then"
    )]
    Damaged {
        /// Line of the text, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// A newer version of the game wrote it.
    #[error("the save has format {format}, and this version reads up to {newest}; update the game")]
    Newer {
        /// Format of the save, or of the state of a story in it.
        format: u32,
        /// Newest that can be read.
        newest: u32,
    },
    /// It holds no state of this story.
    #[error(
        "the save has nothing of story '{wanted}'; it has {saved:?}. Does it belong to another game, or has the story another `id` now?"
    )]
    NoSuchStory {
        /// Id of the story.
        wanted: String,
        /// Ids of the stories that it has.
        saved: Vec<String>,
    },
    /// It cannot be written as text.
    #[error("the save cannot be written: {0}")]
    Write(String),
}

/// What can be read of any version.
#[derive(Deserialize)]
struct Header {
    format: u32,
    /// Of a state that stands alone, as version 0.1 of the crate wrote them.
    #[serde(default)]
    story: String,
    #[serde(default)]
    stories: Vec<Header>,
}

impl Save {
    /// A save of these states.
    #[must_use]
    pub fn new(stories: Vec<RunnerState>) -> Self {
        Self { format: SAVE_FORMAT, stories }
    }

    /// The save as RON. The same save gives the same text.
    ///
    /// # Errors
    /// [`SaveError::Write`].
    pub fn to_text(&self) -> Result<String, SaveError> {
        ron::to_string(self).map_err(|error| SaveError::Write(error.to_string()))
    }

    /// Reads a save, or the state of a single story without the rest around it.
    ///
    /// # Errors
    /// [`SaveError::Damaged`] with the place, [`SaveError::Newer`].
    pub fn from_text(text: &str) -> Result<Self, SaveError> {
        // The version first: of a newer one the rest need not be readable.
        let header: Header = ron::from_str(text).map_err(|error| damaged(&error))?;
        let alone = !header.story.is_empty();
        let newest = if alone { STATE_FORMAT } else { SAVE_FORMAT };
        let too_new = |format: u32, newest: u32| SaveError::Newer { format, newest };
        if header.format > newest {
            return Err(too_new(header.format, newest));
        }
        if let Some(state) = header.stories.iter().find(|state| state.format > STATE_FORMAT) {
            return Err(too_new(state.format, STATE_FORMAT));
        }
        if alone {
            let state: RunnerState = ron::from_str(text).map_err(|error| damaged(&error))?;
            return Ok(Self::new(vec![state]));
        }
        let save: Self = ron::from_str(text).map_err(|error| damaged(&error))?;
        Ok(Self { format: SAVE_FORMAT, ..save })
    }

    /// The first state of a story, by the id of the story.
    ///
    /// # Errors
    /// [`SaveError::NoSuchStory`].
    pub fn state_of(&self, story: &str) -> Result<&RunnerState, SaveError> {
        self.stories.iter().find(|state| state.story == story).ok_or_else(|| SaveError::NoSuchStory {
            wanted: story.to_owned(),
            saved: self.stories.iter().map(|state| state.story.clone()).collect(),
        })
    }
}

fn damaged(error: &ron::error::SpannedError) -> SaveError {
    let at = error.span.start;
    SaveError::Damaged { line: at.line, column: at.col, message: error.code.to_string() }
}
