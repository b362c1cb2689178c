//! A serial in a save: its plan and what has been told. What comes after is the same as if it had never been put away.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::chapter::{By, Told};
use super::fill::{Bound, Value};
use super::format::Opening;
use super::plan::{MOST_CHAPTERS, Plan, PlannedScene};
use super::writer::{SerialWriter, scene_of};
use crate::request::Why;

/// The newest version of [`SerialData`] that this crate reads.
pub const SERIAL_FORMAT: u32 = 1;
/// Longest text that is read as a saved serial, in bytes.
pub const LONGEST_SERIAL_SAVE: usize = 8 << 20;
/// Most scenes of one chapter that are read.
const MOST_SCENES: usize = 400;
/// Most passages that are read.
const MOST_PASSAGES: usize = 50_000;

/// What a save holds of a [`SerialWriter`]. A game with a save format of its own puts this into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialData {
    /// Version of this form, [`SERIAL_FORMAT`].
    pub format: u32,
    /// Id of the opening.
    pub opening: String,
    /// The plan.
    pub plan: Plan,
    /// What has been told, in order.
    pub told: Vec<SavedPassage>,
}

/// A passage that has been told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPassage {
    /// Its id.
    pub id: String,
    /// Its words.
    pub text: String,
    /// Who wrote it.
    pub by: By,
}

/// What can be read of any version.
#[derive(Deserialize)]
#[serde(rename = "SerialData")]
struct Header {
    format: u32,
}

/// Something that the opening has no more, or has only now; for whoever reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LostOfSerial {
    /// The plan has a scene that the opening does not have, or has with other people: it is not told.
    NoSuchScene(String),
    /// This passage had been told, and the opening does not have it any more.
    NoSuchPassage {
        /// Its id.
        id: String,
        /// Its words.
        text: String,
    },
    /// The opening has this passage now, in a place that is over: it stands there as its writer wrote it.
    New(String),
    /// The opening has this step now, and the plan does not: its thread closes without it.
    NotPlanned(String),
}

impl std::fmt::Display for LostOfSerial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSuchScene(id) => {
                write!(f, "the opening has no scene {id} any more, or other people in it; it is left out")
            }
            Self::NoSuchPassage { id, text } => write!(f, "the opening has no passage {id} any more; it was: {text}"),
            Self::New(id) => write!(f, "the passage {id} is new and stands as it is written"),
            Self::NotPlanned(id) => {
                write!(f, "the step {id} is new and not in the plan; a serial that is begun anew has it")
            }
        }
    }
}

/// Why a saved serial cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SerialSaveError {
    /// The text is no saved serial, or a part of it is missing or changed.
    #[error(
        "the saved serial is damaged at line {line}, column {column}: {message}. Was the file cut short while it was written, or edited? Remove it to begin anew"
    )]
    Damaged {
        /// Line of the text, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// A newer version wrote it.
    #[error("the saved serial has format {format}, and this version reads up to {SERIAL_FORMAT}; update the game")]
    Newer {
        /// Format of the data.
        format: u32,
    },
    /// It is of another opening.
    #[error(
        "the saved serial is of the opening '{saved}', not of '{opening}'; name the right file, or remove the save"
    )]
    OtherOpening {
        /// Id that the data have.
        saved: String,
        /// Id of the opening.
        opening: String,
    },
    /// More than a serial has.
    #[error(
        "the saved serial has {count} {what}, and at most {most} are read; it is damaged, or was made to fill the memory"
    )]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        count: usize,
        /// Most that is read.
        most: usize,
    },
    /// A hole of the opening is not filled, or by something that is not there any more.
    #[error(
        "the opening's hole '{0}' has changed since the serial was saved, so that its plan means nothing; begin anew"
    )]
    Unfilled(String),
    /// It cannot be written as text.
    #[error("the serial cannot be saved: {0}")]
    Write(String),
}

impl SerialWriter {
    /// What a save holds of it.
    #[must_use]
    pub fn data(&self) -> SerialData {
        let told = self.passages.iter().zip(&self.told);
        let saved = |(passage, told): (&super::Passage, &Told)| SavedPassage {
            id: passage.id.clone(),
            text: told.text.clone(),
            by: told.by.clone(),
        };
        SerialData {
            format: SERIAL_FORMAT,
            opening: self.opening.id.clone(),
            plan: self.plan.clone(),
            told: told.map(saved).collect(),
        }
    }

    /// A serial from saved data, and what of it has changed. The opening may have been edited: what it has no more is left
    /// out, and what it has now in a place that is over stands there as it is written.
    ///
    /// # Errors
    /// [`SerialSaveError`].
    pub fn from_data(opening: Arc<Opening>, data: SerialData) -> Result<(Self, Vec<LostOfSerial>), SerialSaveError> {
        if data.format > SERIAL_FORMAT {
            return Err(SerialSaveError::Newer { format: data.format });
        }
        if data.opening != opening.id {
            return Err(SerialSaveError::OtherOpening { saved: data.opening, opening: opening.id.clone() });
        }
        too_many("chapters", data.plan.chapters.len(), MOST_CHAPTERS)?;
        too_many("passages", data.told.len(), MOST_PASSAGES)?;
        if let Some(chapter) = data.plan.chapters.iter().max_by_key(|chapter| chapter.scenes.len()) {
            too_many("scenes in a chapter", chapter.scenes.len(), MOST_SCENES)?;
        }
        let is_bound = |hole: &&str| !fills(&opening, &data.plan.bound, hole);
        if let Some(hole) = opening.holes.ids().find(is_bound) {
            return Err(SerialSaveError::Unfilled(hole.to_owned()));
        }
        let mut lost = Vec::new();
        let mut plan = data.plan;
        for chapter in &mut plan.chapters {
            let goal = chapter.scenes.get(chapter.goal).map(|scene| scene.id.clone());
            chapter.scenes.retain(|scene| {
                let there = is_there(&opening, scene);
                if !there {
                    lost.push(LostOfSerial::NoSuchScene(scene.id.clone()));
                }
                there
            });
            chapter.goal = chapter.scenes.iter().position(|scene| Some(&scene.id) == goal.as_ref()).unwrap_or(0);
        }
        plan.chapters.retain(|chapter| !chapter.scenes.is_empty());
        for (address, _) in opening.scenes().filter(|(address, _)| address.contains('/')) {
            if !plan.scenes().any(|(_, scene)| scene.id == address) {
                lost.push(LostOfSerial::NotPlanned(address));
            }
        }
        let mut writer = Self::with_plan(opening, plan);
        writer.retell(data.told, &mut lost);
        Ok((writer, lost))
    }

    /// Takes back what has been told, passage by passage.
    fn retell(&mut self, saved: Vec<SavedPassage>, lost: &mut Vec<LostOfSerial>) {
        let places: BTreeMap<&str, usize> =
            self.passages.iter().enumerate().map(|(at, passage)| (passage.id.as_str(), at)).collect();
        let mut told: BTreeMap<usize, Told> = BTreeMap::new();
        for SavedPassage { id, text, by } in saved {
            match places.get(id.as_str()) {
                Some(&at) if !text.trim().is_empty() => {
                    told.insert(at, Told { text, by });
                }
                Some(_) => {}
                None => lost.push(LostOfSerial::NoSuchPassage { id, text }),
            }
        }
        let over = told.last_key_value().map_or(0, |(last, _)| last + 1);
        for at in 0..over {
            match told.remove(&at) {
                Some(told) => self.told.push(told),
                None => {
                    lost.push(LostOfSerial::New(self.passages[at].id.clone()));
                    self.tell_authored(&Why::Written);
                }
            }
        }
    }

    /// The serial as RON. The same serial gives the same text.
    ///
    /// # Errors
    /// [`SerialSaveError::Write`].
    pub fn to_text(&self) -> Result<String, SerialSaveError> {
        let pretty = ron::ser::PrettyConfig::default();
        ron::ser::to_string_pretty(&self.data(), pretty).map_err(|error| SerialSaveError::Write(error.to_string()))
    }

    /// Reads what [`to_text`](Self::to_text) wrote; see [`from_data`](Self::from_data).
    ///
    /// # Errors
    /// [`SerialSaveError`], all but `Write`.
    pub fn from_text(opening: Arc<Opening>, text: &str) -> Result<(Self, Vec<LostOfSerial>), SerialSaveError> {
        too_many("bytes", text.len(), LONGEST_SERIAL_SAVE)?;
        // The version first: of a newer one the rest need not be readable.
        let header: Header = ron::from_str(text).map_err(|error| damaged(&error))?;
        if header.format > SERIAL_FORMAT {
            return Err(SerialSaveError::Newer { format: header.format });
        }
        Self::from_data(opening, ron::from_str(text).map_err(|error| damaged(&error))?)
    }
}

/// Whether the opening still has a scene, with its people and its place.
fn is_there(opening: &Opening, scene: &PlannedScene) -> bool {
    let event = scene.id.strip_prefix("event:").and_then(|id| opening.events.get(id));
    scene_of(opening, &scene.id).is_some()
        && event.is_none_or(|event| event.holes.ids().all(|hole| fills(opening, &scene.bound, hole)))
        && scene.with.iter().all(|who| opening.cast.contains(who))
        && opening.places.contains(&scene.at)
        && opening.threads.contains(&scene.thread)
}

/// Whether a hole is filled by something that the opening has.
fn fills(opening: &Opening, bound: &[Bound], hole: &str) -> bool {
    bound.iter().find(|bound| bound.hole == hole).is_some_and(|bound| match &bound.value {
        Value::Person(who) => opening.cast.contains(who),
        Value::Place(place) => opening.places.contains(place),
        Value::Word(_) | Value::Number(_) => true,
    })
}

fn too_many(what: &'static str, count: usize, most: usize) -> Result<(), SerialSaveError> {
    if count > most { Err(SerialSaveError::TooMany { what, count, most }) } else { Ok(()) }
}

fn damaged(error: &ron::error::SpannedError) -> SerialSaveError {
    let at = error.span.start;
    SerialSaveError::Damaged { line: at.line, column: at.col, message: error.code.to_string() }
}
