//! Memories in a save: plain data with a version, and what is wrong with data that came from a file.

use serde::{Deserialize, Serialize};

use super::{Claim, MOST_SOURCES, Memory, MemorySettings, Recollection};
use crate::story::format::Story;

/// The newest version of [`MemoryData`] that this crate reads.
pub const MEMORY_FORMAT: u32 = 1;
/// Most memories of one person that are read from a save. A game that lets people remember more has to split them.
pub const MOST_SAVED: usize = 10_000;
/// Longest text that is read as a memory, in bytes.
pub const LONGEST_SAVE: usize = 8 << 20;

/// What a save holds of one [`Memory`]. A game with a save format of its own puts this into it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemoryData {
    /// Version of this form, [`MEMORY_FORMAT`].
    pub format: u32,
    /// What is remembered, the oldest first.
    pub items: Vec<Recollection>,
}

/// What can be read of any version.
#[derive(Deserialize)]
struct Header {
    format: u32,
}

/// Something that was saved and is not remembered any more, for whoever reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// The story has no fact of this id now.
    NoSuchFact(String),
    /// The same fact stood there twice; the first stays.
    Twice(Claim),
    /// There was no room: the settings let fewer be remembered now.
    NoRoom(Claim),
}

/// Why a saved memory cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The text is no memory, or a part of it is missing or changed.
    #[error(
        "the memory is damaged at line {line}, column {column}: {message}. Was the save cut short while it was written, or edited? Load an older one"
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
    #[error("the memory has format {format}, and this version reads up to {newest}; update the game")]
    Newer {
        /// Format of the data.
        format: u32,
        /// Newest that can be read.
        newest: u32,
    },
    /// More than anybody remembers: no game wrote that.
    #[error(
        "the memory holds {count} {what}, and at most {most} are read; the save is damaged or was made to fill the memory"
    )]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        count: usize,
        /// Most that is read.
        most: usize,
    },
    /// A number that no memory can have.
    #[error("memory {index} has {what} {value}, which no memory can have; the save is damaged or was edited")]
    BadNumber {
        /// Place among the items, from 0.
        index: usize,
        /// Which number.
        what: &'static str,
        /// What stands there.
        value: f64,
    },
    /// It cannot be written as text.
    #[error("the memory cannot be written: {0}")]
    Write(String),
}

impl Memory {
    /// What a save holds of it.
    #[must_use]
    pub fn data(&self) -> MemoryData {
        MemoryData { format: MEMORY_FORMAT, items: self.items.clone() }
    }

    /// A memory from saved data, and what of it is lost. Facts are held against `story`, when it is given. Settings are not
    /// saved: they belong to the game, and may have changed.
    ///
    /// # Errors
    /// [`MemoryError::Newer`], [`MemoryError::TooMany`], [`MemoryError::BadNumber`].
    pub fn from_data(
        data: MemoryData,
        settings: MemorySettings,
        story: Option<&Story>,
    ) -> Result<(Self, Vec<Lost>), MemoryError> {
        newer(data.format)?;
        too_many("memories", data.items.len(), MOST_SAVED)?;
        let mut memory = Self::new(settings);
        let mut lost = Vec::new();
        for (index, item) in data.items.into_iter().enumerate() {
            check(index, &item)?;
            let unknown = match (&item.claim, story) {
                (Claim::Lore(id), Some(story)) if !story.lore.contains(id) => Some(id.clone()),
                _ => None,
            };
            if let Some(id) = unknown {
                lost.push(Lost::NoSuchFact(id));
            } else if memory.get(&item.claim).is_some() {
                lost.push(Lost::Twice(item.claim));
            } else if memory.items.len() >= settings.most {
                lost.push(Lost::NoRoom(item.claim));
            } else {
                memory.items.push(item);
            }
        }
        Ok((memory, lost))
    }

    /// The memory as RON. The same memory gives the same text.
    ///
    /// # Errors
    /// [`MemoryError::Write`].
    pub fn to_text(&self) -> Result<String, MemoryError> {
        ron::to_string(&self.data()).map_err(|error| MemoryError::Write(error.to_string()))
    }

    /// Reads what [`to_text`](Self::to_text) wrote; see [`from_data`](Self::from_data).
    ///
    /// # Errors
    /// [`MemoryError`], all but `Write`.
    pub fn from_text(
        text: &str,
        settings: MemorySettings,
        story: Option<&Story>,
    ) -> Result<(Self, Vec<Lost>), MemoryError> {
        too_many("bytes", text.len(), LONGEST_SAVE)?;
        // The version first: of a newer one the rest need not be readable.
        let header: Header = ron::from_str(text).map_err(|error| damaged(&error))?;
        newer(header.format)?;
        let data: MemoryData = ron::from_str(text).map_err(|error| damaged(&error))?;
        Self::from_data(data, settings, story)
    }
}

fn newer(format: u32) -> Result<(), MemoryError> {
    if format > MEMORY_FORMAT { Err(MemoryError::Newer { format, newest: MEMORY_FORMAT }) } else { Ok(()) }
}

fn too_many(what: &'static str, count: usize, most: usize) -> Result<(), MemoryError> {
    if count > most { Err(MemoryError::TooMany { what, count, most }) } else { Ok(()) }
}

fn check(index: usize, item: &Recollection) -> Result<(), MemoryError> {
    let bad = |what, value| Err(MemoryError::BadNumber { index, what, value });
    too_many("sources of one fact", item.also.len(), MOST_SOURCES)?;
    if !(0.0..=1.0).contains(&item.importance) {
        return bad("the importance", f64::from(item.importance));
    }
    if !item.half_life.is_finite() || item.half_life < 0.0 {
        return bad("the half-life", item.half_life);
    }
    if item.last < item.at {
        return bad("the last time", item.last as f64);
    }
    if item.times == 0 { bad("the count", 0.0) } else { Ok(()) }
}

fn damaged(error: &ron::error::SpannedError) -> MemoryError {
    let at = error.span.start;
    MemoryError::Damaged { line: at.line, column: at.col, message: error.code.to_string() }
}
