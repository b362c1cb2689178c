//! What a save holds of a debate, and what is wrong with one that came from a file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::format::{FIRMNESS, Motion, OPINION, Seat};
use crate::story::format::Value;

/// The newest version of [`DebateState`] that this crate reads.
pub const DEBATE_STATE_FORMAT: u32 = 1;
/// Most texts of one debate that are read from a save.
pub const MOST_SAID: usize = 1024;
/// Longest text of a turn that is read, in bytes.
pub const LONGEST_TURN: usize = 8192;
/// Longest save that is read, in bytes.
pub const LONGEST_SAVE: usize = 4 << 20;

/// Where a debate stands. Plain data: save it, compare it, load it with [`Debate::resume`](super::Debate::resume).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebateState {
    /// Version of this form, [`DEBATE_STATE_FORMAT`].
    pub format: u32,
    /// Id of the debate.
    pub debate: String,
    /// What all draws and wordings start from.
    pub seed: u64,
    /// Turns that have been taken, claims and silences.
    pub turn: u32,
    /// What is due.
    pub phase: Phase,
    /// All that has been said, in order.
    pub said: Vec<Said>,
    /// What each group of the audience thinks: above 0 for the first side.
    pub opinions: BTreeMap<String, i32>,
    /// How sure of it the two sides are, 0 to 100.
    pub firmness: [i32; 2],
    /// Turns in a row in which nobody had anything to say.
    pub silences: u32,
    /// How it ended, once that is decided; closings come after that.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// Variables of a debate without a story.
    #[serde(default)]
    pub vars: BTreeMap<String, Value>,
}

/// A part of a debate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// This side opens.
    Opening(Seat),
    /// Claims, in turn.
    Arguing,
    /// This side closes.
    Closing(Seat),
    /// It is over.
    Over,
}

/// Something that has been said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// By whom.
    pub seat: Seat,
    /// What it was.
    pub what: What,
    /// In these words.
    pub text: String,
}

/// What a turn was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The opening of a side.
    Opening,
    /// The claim of this id.
    Claim(String),
    /// The closing of a side.
    Closing,
}

/// How a debate ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Who has won; `None` for nobody.
    pub winner: Option<Seat>,
    /// Why it was over.
    pub ending: Ending,
    /// What all thought, taken together: above 0 for the first side.
    pub opinion: i32,
}

/// Why a debate was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// The audience had made up its mind.
    Opinion,
    /// A side was not sure of anything any more.
    GaveIn,
    /// Nobody had anything left to say, or one side had not and that was enough.
    Silence,
    /// Its turns were over.
    Turns,
    /// One of the sides was gone.
    Left,
}

impl Ending {
    /// A short name for transcripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Opinion => "opinion",
            Self::GaveIn => "gave_in",
            Self::Silence => "silence",
            Self::Turns => "turns",
            Self::Left => "left",
        }
    }
}

/// Something that was saved and is not there any more, for whoever reports it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The debate has no claim of this id now, or it belongs to the other side: it counts as never made.
    #[error("the claim '{0}' is gone from the debate, and counts as never made")]
    Claim(String),
    /// There is no group of listeners of this id now.
    #[error("the group of listeners '{0}' is gone from the debate")]
    Listeners(String),
    /// There is no variable of this name now.
    #[error("the variable '{0}' is gone from the debate")]
    Variable(String),
}

/// Why a debate cannot begin or go on, or a claim cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DebateError {
    /// There are not two sides.
    #[error("a debate has two sides, and '{0}' has another number; `raconteur check` says more")]
    Sides(String),
    /// It is not the moment for that.
    #[error("{wanted} is not due now; look at `moment()` first")]
    NotDue {
        /// What was tried.
        wanted: &'static str,
    },
    /// Another claim was named than those that may be made now.
    #[error("'{claim}' cannot be said now: {why}")]
    Refused {
        /// The claim.
        claim: String,
        /// Why not.
        why: Refusal,
    },
    /// The save is of another debate.
    #[error("the save is of the debate '{saved}', and this is '{debate}'")]
    Other {
        /// Whose save it is.
        saved: String,
        /// What it was given to.
        debate: String,
    },
    /// A newer version of the game wrote the save.
    #[error("the debate was saved in format {format}, and this version reads up to {newest}; update the game")]
    Newer {
        /// Format of the data.
        format: u32,
        /// Newest that can be read.
        newest: u32,
    },
    /// The save is no debate, or a part of it is missing or changed.
    #[error("the saved debate is damaged: {0}. Was it cut short while it was written, or edited? Load an older one")]
    Damaged(String),
    /// It cannot be written as text.
    #[error("the debate cannot be written: {0}")]
    Write(String),
}

/// Why a claim cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is none of this id.
    #[error("there is no such claim")]
    Unknown,
    /// It belongs to the other side.
    #[error("it is the other side's")]
    OtherSide,
    /// It has been made.
    #[error("it has been said")]
    Said,
    /// Its condition does not hold.
    #[error("its condition does not hold")]
    Condition,
    /// Its speaker does not know this fact, or may not tell it.
    #[error("its speaker cannot tell the fact '{0}'")]
    Unaware(String),
    /// It grants something that nobody has claimed.
    #[error("what it grants has not been claimed")]
    NothingToGrant,
    /// Its side has said this, which cannot stand beside it.
    #[error("its side has said '{0}'")]
    Contradicts(String),
}

/// What can be read of any version.
#[derive(Deserialize)]
struct Header {
    format: u32,
}

impl DebateState {
    /// The state as RON. The same state gives the same text.
    ///
    /// # Errors
    /// [`DebateError::Write`].
    pub fn to_text(&self) -> Result<String, DebateError> {
        ron::to_string(self).map_err(|error| DebateError::Write(error.to_string()))
    }

    /// Reads what [`to_text`](Self::to_text) wrote. [`Debate::resume`](super::Debate::resume) looks at what it says.
    ///
    /// # Errors
    /// [`DebateError::Damaged`] with the place, [`DebateError::Newer`].
    pub fn from_text(text: &str) -> Result<Self, DebateError> {
        if text.len() > LONGEST_SAVE {
            return Err(DebateError::Damaged(format!(
                "it has {} bytes, and at most {LONGEST_SAVE} are read",
                text.len()
            )));
        }
        let damaged = |error: ron::error::SpannedError| DebateError::Damaged(error.to_string());
        // The version first: of a newer one the rest need not be readable.
        let header: Header = ron::from_str(text).map_err(damaged)?;
        newer(header.format)?;
        ron::from_str(text).map_err(damaged)
    }

    /// Fits the state to a debate: what is gone is dropped and given back, what is new takes its first value.
    pub(super) fn fit(mut self, motion: &Motion) -> Result<(Self, Vec<Lost>), DebateError> {
        newer(self.format)?;
        if self.debate != motion.id {
            return Err(DebateError::Other { saved: self.debate, debate: motion.id.clone() });
        }
        self.check()?;
        let mut lost = Vec::new();
        self.said.retain(|said| match &said.what {
            What::Claim(id) if motion.seat_of(id) != Some(said.seat) => {
                lost.push(Lost::Claim(id.clone()));
                false
            }
            _ => true,
        });
        self.opinions.retain(|group, _| {
            let known = motion.audience.contains(group);
            if !known {
                lost.push(Lost::Listeners(group.clone()));
            }
            known
        });
        for (group, listeners) in motion.audience.iter().rev() {
            self.opinions.entry(group.to_owned()).or_insert(listeners.opinion.clamp(-OPINION, OPINION));
        }
        self.vars.retain(|name, _| {
            let known = motion.vars.contains(name);
            if !known {
                lost.push(Lost::Variable(name.clone()));
            }
            known
        });
        for (name, var) in motion.vars.iter().rev() {
            let value = self.vars.remove(name).map_or_else(|| var.init(), |value| var.clamp(value));
            self.vars.insert(name.to_owned(), value);
        }
        self.format = DEBATE_STATE_FORMAT;
        Ok((self, lost))
    }

    fn check(&self) -> Result<(), DebateError> {
        let damaged = |why: String| Err(DebateError::Damaged(why));
        if self.said.len() > MOST_SAID {
            return damaged(format!("it holds {} turns, and at most {MOST_SAID} are read", self.said.len()));
        }
        let mut claims = BTreeSet::new();
        for said in &self.said {
            if said.text.len() > LONGEST_TURN {
                return damaged(format!("a turn has {} bytes, and at most {LONGEST_TURN} are read", said.text.len()));
            }
            if said.text.trim().is_empty() {
                return damaged("a turn has no words".to_owned());
            }
            if let What::Claim(id) = &said.what
                && !claims.insert(id)
            {
                return damaged(format!("the claim '{id}' was made twice"));
            }
        }
        if claims.len() > self.turn as usize {
            return damaged(format!("{} claims in {} turns", claims.len(), self.turn));
        }
        if self.firmness.iter().any(|firmness| !(0..=FIRMNESS).contains(firmness)) {
            return damaged(format!("a firmness of {:?}", self.firmness));
        }
        if self.opinions.len() > MOST_SAID || self.vars.len() > MOST_SAID {
            return damaged("too many groups or variables".to_owned());
        }
        if let Some((group, opinion)) =
            self.opinions.iter().find(|(_, opinion)| !(-OPINION..=OPINION).contains(*opinion))
        {
            return damaged(format!("the group '{group}' has an opinion of {opinion}"));
        }
        let decided = matches!(self.phase, Phase::Closing(_) | Phase::Over);
        if decided != self.verdict.is_some() {
            return damaged(format!("{:?} and {:?} do not go together", self.phase, self.verdict));
        }
        Ok(())
    }
}

fn newer(format: u32) -> Result<(), DebateError> {
    let newest = DEBATE_STATE_FORMAT;
    if format > newest { Err(DebateError::Newer { format, newest }) } else { Ok(()) }
}
