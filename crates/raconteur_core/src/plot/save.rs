//! A board in a save: what is offered, taken and over. The templates, the world and the story are the game's.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Board, DONE_LIMIT, Filling, Hook, HookError, HookSet, MOST_ENTITIES};

/// The newest version of [`BoardData`] that this crate reads.
pub const BOARD_FORMAT: u32 = 1;
/// Longest text that is read, in bytes.
const LONGEST_SAVE: usize = 8 << 20;
/// Longest label of a saved hook, in bytes.
const LONGEST_LABEL: usize = 4096;

/// What a save holds of a [`Board`]. A game with a save format of its own puts this into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardData {
    /// Version of this form, [`BOARD_FORMAT`].
    pub format: u32,
    /// What is offered.
    pub offered: Vec<Hook>,
    /// What has been taken and is not over.
    pub taken: Vec<Hook>,
    /// What is over, the oldest first: template and filling.
    pub over: Vec<(String, Filling)>,
    /// For each entity, the number of the last hook that it was in.
    pub used: BTreeMap<String, u64>,
    /// Number of hooks that have been offered.
    pub count: u64,
}

/// Something that was saved and is not there any more, for whoever reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forgotten {
    /// The hooks have no template of this id now, or it does not name the outcome, or has other holes.
    NoSuchTemplate(Hook),
    /// Two hooks at one outcome; the first stays.
    Twice(Hook),
}

#[derive(Deserialize)]
struct Header {
    format: u32,
}

impl Board {
    /// What a save holds of it.
    #[must_use]
    pub fn data(&self) -> BoardData {
        BoardData {
            format: BOARD_FORMAT,
            offered: self.offered.clone(),
            taken: self.taken.clone(),
            over: self.over.clone(),
            used: self.used.clone(),
            count: self.count,
        }
    }

    /// A board from saved data, and what of it is forgotten. What is offered is held against the world by the next
    /// [`refresh`](Self::refresh).
    ///
    /// # Errors
    /// [`HookError::Newer`], [`HookError::Damaged`].
    pub fn from_data(set: Arc<HookSet>, data: BoardData) -> Result<(Self, Vec<Forgotten>), HookError> {
        newer(data.format)?;
        let damaged = |what: &str, count: usize, most: usize| {
            Err(HookError::Damaged(format!("there are {count} {what}, and no game has more than {most}")))
        };
        let outcomes: usize = set.hooks.iter().map(|(_, template)| template.outcomes.len()).sum();
        // Of an older file of hooks there may have been more.
        let most = outcomes.saturating_mul(4) + 64;
        let open = data.offered.len() + data.taken.len();
        if open > most {
            return damaged("hooks", open, most);
        }
        if data.over.len() > DONE_LIMIT {
            return damaged("hooks that are over", data.over.len(), DONE_LIMIT);
        }
        if data.used.len() > MOST_ENTITIES {
            return damaged("entities", data.used.len(), MOST_ENTITIES);
        }
        if let Some(hook) = data.offered.iter().chain(&data.taken).find(|hook| hook.say.len() > LONGEST_LABEL) {
            return Err(HookError::Damaged(format!("the label at '{}' has {} bytes", hook.outcome, hook.say.len())));
        }
        if data.used.values().any(|last| *last > data.count) {
            return Err(HookError::Damaged("somebody was in a hook that has not been offered yet".to_owned()));
        }
        let mut board = Self::new(set);
        let mut forgotten = Vec::new();
        let keep = |board: &mut Self, hook: Hook, taken: bool, forgotten: &mut Vec<Forgotten>| {
            let set = board.set().clone();
            let fits = set.hooks.get(&hook.template).is_some_and(|template| {
                template.outcomes.contains(&hook.outcome) && template.holes.len() == hook.filling.0.len()
            });
            let twice = board.offered.iter().chain(&board.taken).any(|other| other.outcome == hook.outcome);
            match (fits, twice) {
                (false, _) => forgotten.push(Forgotten::NoSuchTemplate(hook)),
                (true, true) => forgotten.push(Forgotten::Twice(hook)),
                (true, false) if taken => board.taken.push(hook),
                (true, false) => board.offered.push(hook),
            }
        };
        for hook in data.taken {
            keep(&mut board, hook, true, &mut forgotten);
        }
        for hook in data.offered {
            keep(&mut board, hook, false, &mut forgotten);
        }
        (board.over, board.used, board.count) = (data.over, data.used, data.count);
        Ok((board, forgotten))
    }

    /// What a save holds, as RON. The same board gives the same text.
    ///
    /// # Errors
    /// [`HookError::Write`].
    pub fn to_text(&self) -> Result<String, HookError> {
        ron::to_string(&self.data()).map_err(|error| HookError::Write(error.to_string()))
    }

    /// Reads what [`to_text`](Self::to_text) wrote; see [`from_data`](Self::from_data).
    ///
    /// # Errors
    /// [`HookError::Newer`], [`HookError::Damaged`].
    pub fn from_text(set: Arc<HookSet>, text: &str) -> Result<(Self, Vec<Forgotten>), HookError> {
        if text.len() > LONGEST_SAVE {
            return Err(HookError::Damaged(format!("it has {} bytes, and {LONGEST_SAVE} are read", text.len())));
        }
        let broken = |error: ron::error::SpannedError| HookError::Damaged(error.to_string());
        // The version first: of a newer one the rest need not be readable.
        let header: Header = ron::from_str(text).map_err(broken)?;
        newer(header.format)?;
        Self::from_data(set, ron::from_str(text).map_err(broken)?)
    }
}

fn newer(format: u32) -> Result<(), HookError> {
    let newest = BOARD_FORMAT;
    if format > newest { Err(HookError::Newer { format, newest }) } else { Ok(()) }
}
