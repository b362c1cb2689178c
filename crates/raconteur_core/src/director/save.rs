//! A director in a save: where it stands. The plan and the story are the game's.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Director, HIGHEST, Plan, Sample, TRACE_LIMIT, UNIT};

/// The newest version of [`DirectorData`] that this crate reads.
pub const DIRECTOR_DATA_FORMAT: u32 = 1;
/// Longest text that is read, in bytes.
const LONGEST_SAVE: usize = 1 << 20;

/// What a save holds of a [`Director`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectorData {
    /// Version of this form, [`DIRECTOR_DATA_FORMAT`].
    pub format: u32,
    /// Moments so far.
    pub moment: u64,
    /// Tension of what was told, in thousandths of a point.
    pub told: i64,
    /// Moments since something was told.
    pub silent: u32,
    /// Id of the storylet that was told last.
    pub last: Option<String>,
    /// Cast id of who told it.
    pub last_who: Option<String>,
    /// The last moments, oldest first.
    pub trace: Vec<Sample>,
}

/// Why a saved director cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectorError {
    /// A newer version of the game wrote it.
    #[error("the director has format {format}, and this version reads up to {newest}; update the game")]
    Newer {
        /// Format of the data.
        format: u32,
        /// Newest that can be read.
        newest: u32,
    },
    /// It is no save of a director, or was changed.
    #[error(
        "the saved director is damaged: {0}. Was the save cut short while it was written, or edited? Load an older one"
    )]
    Damaged(String),
    /// It cannot be written as text.
    #[error("the director cannot be written: {0}")]
    Write(String),
}

#[derive(Deserialize)]
struct Header {
    format: u32,
}

impl Director {
    /// What a save holds of it.
    #[must_use]
    pub fn data(&self) -> DirectorData {
        DirectorData {
            format: DIRECTOR_DATA_FORMAT,
            moment: self.moment,
            told: self.told,
            silent: self.silent,
            last: self.last.clone(),
            last_who: self.last_who.clone(),
            trace: self.trace.iter().cloned().collect(),
        }
    }

    /// A director from saved data.
    ///
    /// # Errors
    /// [`DirectorError::Newer`], [`DirectorError::Damaged`].
    pub fn from_data(plan: Arc<Plan>, data: DirectorData) -> Result<Self, DirectorError> {
        newer(data.format)?;
        if !(0..=i64::from(HIGHEST) * UNIT).contains(&data.told) {
            return Err(DirectorError::Damaged(format!("its tension is {}", data.told)));
        }
        if data.trace.len() > TRACE_LIMIT {
            return Err(DirectorError::Damaged(format!("it remembers {} moments", data.trace.len())));
        }
        let DirectorData { moment, told, silent, last, last_who, trace, .. } = data;
        Ok(Self { plan, moment, told, silent, last, last_who, trace: VecDeque::from(trace) })
    }

    /// What a save holds, as RON.
    ///
    /// # Errors
    /// [`DirectorError::Write`].
    pub fn to_text(&self) -> Result<String, DirectorError> {
        ron::to_string(&self.data()).map_err(|error| DirectorError::Write(error.to_string()))
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    /// [`DirectorError::Newer`], [`DirectorError::Damaged`].
    pub fn from_text(plan: Arc<Plan>, text: &str) -> Result<Self, DirectorError> {
        if text.len() > LONGEST_SAVE {
            return Err(DirectorError::Damaged(format!("it has {} bytes, and {LONGEST_SAVE} are read", text.len())));
        }
        let broken = |error: ron::error::SpannedError| DirectorError::Damaged(error.to_string());
        let header: Header = ron::from_str(text).map_err(broken)?;
        newer(header.format)?;
        Self::from_data(plan, ron::from_str(text).map_err(broken)?)
    }
}

fn newer(format: u32) -> Result<(), DirectorError> {
    let newest = DIRECTOR_DATA_FORMAT;
    if format > newest { Err(DirectorError::Newer { format, newest }) } else { Ok(()) }
}
