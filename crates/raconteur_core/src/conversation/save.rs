//! A conversation in a save.

use serde::{Deserialize, Serialize};

use super::member::Seat;
use super::{Conversation, Due, Ending, Member, Rules};

/// The newest version of [`ConversationData`] that this crate reads.
pub const CONVERSATION_FORMAT: u32 = 1;
/// Most members that are read.
pub const MOST_MEMBERS: usize = 1000;
/// Longest text that is read, in bytes.
pub const LONGEST_SAVE: usize = 1 << 20;
/// Most that may be due, and most keys of one member.
const MOST_PARTS: usize = 10_000;

/// What a save holds of a [`Conversation`]. A turn that is being spoken is not in it: it is asked for again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConversationData {
    /// Version of this form, [`CONVERSATION_FORMAT`].
    pub format: u32,
    /// What it keeps to.
    pub rules: Rules,
    /// Language that is spoken.
    pub locale: String,
    /// Decides between equals.
    pub seed: u64,
    /// Who takes part.
    pub members: Vec<SavedMember>,
    /// Why it is over, if it is.
    pub over: Option<Ending>,
    clock: u32,
    spoken: u32,
    player_turns: u32,
    silences: u32,
    interruptions: u32,
    last: Option<u64>,
    due: Vec<Due>,
}

/// A member in a save.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedMember {
    /// Who.
    pub member: Member,
    /// What they know of.
    pub keys: Vec<String>,
    spoken: u32,
    spoke_at: Option<u32>,
    called: u32,
    named: bool,
}

/// What can be read of any version.
#[derive(Deserialize)]
struct Header {
    format: u32,
}

/// Why a saved conversation cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConversationError {
    /// The text is no conversation, or a part of it is missing or changed.
    #[error(
        "the conversation is damaged at line {line}, column {column}: {message}. Was the save cut short while it was written, or edited? Load an older one"
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
    #[error("the conversation has format {format}, and this version reads up to {newest}; update the game")]
    Newer {
        /// Format of the data.
        format: u32,
        /// Newest that can be read.
        newest: u32,
    },
    /// More than any conversation has.
    #[error(
        "the conversation holds {count} {what}, and at most {most} are read; the save is damaged or was made to fill the memory"
    )]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        count: usize,
        /// Most that is read.
        most: usize,
    },
    /// Two members have one number.
    #[error("the number {0} stands for two members of the conversation; the save is damaged or was edited")]
    Twice(u64),
    /// It cannot be written as text.
    #[error("the conversation cannot be written: {0}")]
    Write(String),
}

impl Conversation {
    /// What a save holds of it.
    #[must_use]
    pub fn data(&self) -> ConversationData {
        let members = self.seats.iter().map(|seat| SavedMember {
            member: seat.member.clone(),
            keys: seat.keys.clone(),
            spoken: seat.spoken,
            spoke_at: seat.spoke_at,
            called: seat.called,
            named: seat.named,
        });
        ConversationData {
            format: CONVERSATION_FORMAT,
            rules: self.rules,
            locale: self.locale.clone(),
            seed: self.seed,
            members: members.collect(),
            over: self.over,
            clock: self.clock,
            spoken: self.spoken,
            player_turns: self.player_turns,
            silences: self.silences,
            interruptions: self.interruptions,
            last: self.last,
            due: self.due.clone(),
        }
    }

    /// A conversation from saved data. What is due of people who are not there is dropped.
    ///
    /// # Errors
    /// [`ConversationError::Newer`], [`ConversationError::TooMany`], [`ConversationError::Twice`].
    pub fn from_data(data: ConversationData) -> Result<Self, ConversationError> {
        newer(data.format)?;
        too_many("members", data.members.len(), MOST_MEMBERS)?;
        too_many("people who are due", data.due.len(), MOST_PARTS)?;
        let mut talk = Self::new(data.rules, &data.locale, data.seed);
        for saved in data.members {
            too_many("keys of one member", saved.keys.len(), MOST_PARTS)?;
            if talk.seat(saved.member.id).is_some() {
                return Err(ConversationError::Twice(saved.member.id));
            }
            let mut seat = Seat::new(saved.member);
            seat.set_keys(&saved.keys, talk.stemmer);
            (seat.spoken, seat.spoke_at, seat.named) = (saved.spoken, saved.spoke_at, saved.named);
            seat.called = saved.called.min(3);
            talk.seats.push(seat);
        }
        (talk.clock, talk.spoken, talk.player_turns) = (data.clock, data.spoken, data.player_turns);
        (talk.silences, talk.interruptions, talk.last) = (data.silences, data.interruptions, data.last);
        talk.due = data.due;
        let there: Vec<u64> = talk.seats.iter().map(|seat| seat.member.id).collect();
        talk.due.retain(|due| there.contains(&due.id));
        talk.over = data.over;
        Ok(talk)
    }

    /// The conversation as RON. The same one gives the same text.
    ///
    /// # Errors
    /// [`ConversationError::Write`].
    pub fn to_text(&self) -> Result<String, ConversationError> {
        ron::to_string(&self.data()).map_err(|error| ConversationError::Write(error.to_string()))
    }

    /// Reads what [`to_text`](Self::to_text) wrote; see [`from_data`](Self::from_data).
    ///
    /// # Errors
    /// [`ConversationError`], all but `Write`.
    pub fn from_text(text: &str) -> Result<Self, ConversationError> {
        too_many("bytes", text.len(), LONGEST_SAVE)?;
        let header: Header = ron::from_str(text).map_err(|error| damaged(&error))?;
        newer(header.format)?;
        Self::from_data(ron::from_str(text).map_err(|error| damaged(&error))?)
    }
}

fn newer(format: u32) -> Result<(), ConversationError> {
    let newest = CONVERSATION_FORMAT;
    if format > newest { Err(ConversationError::Newer { format, newest }) } else { Ok(()) }
}

fn too_many(what: &'static str, count: usize, most: usize) -> Result<(), ConversationError> {
    if count > most { Err(ConversationError::TooMany { what, count, most }) } else { Ok(()) }
}

fn damaged(error: &ron::error::SpannedError) -> ConversationError {
    let at = error.span.start;
    ConversationError::Damaged { line: at.line, column: at.col, message: error.code.to_string() }
}
