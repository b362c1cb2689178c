//! How far a serial is, in a file: read to go on, written whole or not at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use raconteur_core::serial::{LONGEST_SERIAL_SAVE, Opening, SerialData, SerialWriter};
use serde::{Deserialize, Serialize};

use crate::atomic;
use crate::error::CliError;

/// A file with the state of a serial.
pub struct StateFile(PathBuf);

/// What stands in it.
#[derive(Serialize, Deserialize)]
struct Saved {
    /// Folder of the model that wrote it; empty when none did.
    model: String,
    serial: SerialData,
}

/// A serial that was begun.
pub struct State {
    writer: SerialWriter,
    model: String,
    path: PathBuf,
}

impl StateFile {
    /// The file that was named, else the one beside what is written.
    pub fn of(state: Option<&Path>, out: Option<&Path>) -> Option<Self> {
        let beside = || {
            let mut name = out?.as_os_str().to_owned();
            name.push(".state.json");
            Some(PathBuf::from(name))
        };
        state.map(Path::to_owned).or_else(beside).map(Self)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The serial in it; `None` when there is no such file. What the opening has lost since is told.
    ///
    /// # Errors
    /// It is there and cannot be used.
    pub fn read(&self, opening: &Arc<Opening>) -> Result<Option<State>, CliError> {
        let path = self.0.display();
        let wrong = |error: &dyn std::fmt::Display| {
            CliError::Failed(format!(
                "the state '{path}' cannot be used: {error}\nGive --anew to begin anew, or name another --out."
            ))
        };
        let size = match std::fs::metadata(&self.0) {
            Ok(file) => file.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(&error)),
        };
        if size > LONGEST_SERIAL_SAVE as u64 {
            return Err(wrong(&format!("it has {size} bytes, and at most {LONGEST_SERIAL_SAVE} are read")));
        }
        let text = std::fs::read_to_string(&self.0).map_err(|error| wrong(&error))?;
        let saved: Saved = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
        let (writer, lost) = SerialWriter::from_data(opening.clone(), saved.serial).map_err(|error| wrong(&error))?;
        for lost in lost {
            eprintln!("warning: {lost}");
        }
        Ok(Some(State { writer, model: saved.model, path: self.0.clone() }))
    }

    /// Puts a serial into it.
    pub fn write(&self, writer: &SerialWriter, model: &str) -> Result<(), CliError> {
        let saved = Saved { model: model.to_owned(), serial: writer.data() };
        let text = serde_json::to_string(&saved).map_err(CliError::failed)?;
        atomic::write_all(&[(&self.0, text)]).map_err(CliError::failed)
    }
}

impl State {
    /// The serial, if it is the one that is asked for.
    ///
    /// # Errors
    /// It has another seed, or another number of chapters.
    pub fn taken_up(self, seed: Option<u64>, chapters: Option<usize>, model: &str) -> Result<SerialWriter, CliError> {
        let plan = self.writer.plan();
        let other = |what: &str, has: String, asked: String| {
            Err(CliError::Usage(format!(
                "the state '{}' is of a serial with {what} {has}, not {asked}. Give --anew to begin anew, or name another --out",
                self.path.display()
            )))
        };
        if let Some(seed) = seed.filter(|seed| *seed != plan.seed) {
            return other("the seed", plan.seed.to_string(), seed.to_string());
        }
        if let Some(chapters) = chapters.filter(|chapters| *chapters != plan.chapters.len()) {
            return other("so many chapters:", plan.chapters.len().to_string(), chapters.to_string());
        }
        if !self.writer.is_over() && self.model != model {
            let name = |model: &str| if model.is_empty() { "no model".to_owned() } else { format!("'{model}'") };
            eprintln!("warning: the serial was begun with {} and goes on with {}", name(&self.model), name(model));
        }
        Ok(self.writer)
    }
}
