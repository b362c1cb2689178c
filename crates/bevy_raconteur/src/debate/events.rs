//! What a game hears of a debate. Events about a speaker target the entity that the [`Cast`](crate::Cast) binds, else the
//! debate; `debate` always names the latter.

use bevy_ecs::entity::Entity;
use bevy_ecs::event::EntityEvent;
use raconteur_core::debate::{Ending, Lost, What};
use raconteur_core::request::Source;

/// It is somebody's turn: to open, to make a claim, or to close. One [`ClaimReady`] or [`FellSilent`] ends it.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct DebateTurn {
    /// Who speaks, if bound, else the debate.
    pub entity: Entity,
    /// The debate.
    pub debate: Entity,
    /// Id of the side.
    pub side: String,
    /// Cast id of the speaker.
    pub who: String,
    /// Their name on screen.
    pub name: String,
    /// Turns taken so far.
    pub turn: u32,
    /// How sure the side is, 0 to 100.
    pub firmness: i32,
    /// Its mood.
    pub mood: String,
    /// Whether the player argues it.
    pub player: bool,
}

/// Something has been said. [`Advance`](crate::prelude::Advance) goes on.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct ClaimReady {
    /// Who speaks, if bound, else the debate.
    pub entity: Entity,
    /// The debate.
    pub debate: Entity,
    /// Id of the side.
    pub side: String,
    /// Cast id of the speaker.
    pub who: String,
    /// An opening, the claim of this id, or a closing.
    pub what: What,
    /// The whole text, never empty.
    pub text: String,
    /// Where it came from.
    pub source: Source,
    /// Whether it answers what the other side claimed last.
    pub answers: bool,
    /// What the player said, when it was in words of their own: it stands for `text`, which is what counts as said.
    pub own_words: Option<String>,
}

/// A side has nothing to say.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct FellSilent {
    /// Who is silent, if bound, else the debate.
    pub entity: Entity,
    /// The debate.
    pub debate: Entity,
    /// Id of the side.
    pub side: String,
}

/// A part of the audience thinks something else.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct OpinionMoved {
    /// The debate.
    pub entity: Entity,
    /// Id of the group.
    pub group: String,
    /// Its name on screen; may be empty.
    pub name: String,
    /// What it thought, -100 to 100: above 0 for the first side.
    pub from: i32,
    /// What it thinks.
    pub to: i32,
    /// What all think, by their weights.
    pub all: i32,
}

/// The debate is over.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct DebateEnded {
    /// The debate.
    pub entity: Entity,
    /// Id of the side that has won; `None` for nobody.
    pub winner: Option<String>,
    /// Why it was over.
    pub ending: Ending,
    /// What all thought, -100 to 100: above 0 for the first side.
    pub opinion: i32,
    /// The authored words that end it; may be empty.
    pub text: String,
}

/// Something about a debate is not as it should be. It goes on where it can.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct DebateProblem {
    /// The debate.
    pub entity: Entity,
    /// What happened.
    pub problem: DebateTrouble,
}

/// What a [`DebateProblem`] is about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DebateTrouble {
    /// The file, or the story that it names, cannot be loaded; a broken reload leaves the last good one in place.
    #[error("the debate cannot be loaded: {0}")]
    Load(String),
    /// It names things that its story does not have, so it is not held.
    #[error("the debate does not fit its story:\n{0}\n`raconteur check` shows where")]
    Invalid(String),
    /// A prompt of its story cannot be read, so it is not held.
    #[error("{0}. Correct it under `prompts` of the story, or leave it out: the model brings its own")]
    Template(String),
    /// The player is to argue a side that there is not.
    #[error("the player is to argue '{side}', which is no side; the sides are {}", sides.join(", "))]
    NoSuchSide {
        /// What was named.
        side: String,
        /// What there is.
        sides: Vec<String>,
    },
    /// A save cannot be used: the debate begins anew.
    #[error("the save cannot be used, and the debate begins anew: {0}")]
    Save(String),
    /// The debate has changed since a save, or was reloaded: something that it knew is gone.
    #[error("the debate has changed: {0}")]
    Lost(Lost),
    /// [`Choose`](crate::prelude::Choose) named a claim that cannot be made now.
    #[error("'{choice}' cannot be said now; open are: {}", open.join(", "))]
    NotOpen {
        /// What was named.
        choice: String,
        /// What is open.
        open: Vec<String>,
    },
    /// [`Say`](crate::prelude::Say) came while the player has no turn.
    #[error("it is not the player's turn to speak")]
    NotYourTurn,
    /// The rules refused what was to be said; it was left out.
    #[error("{0}")]
    Refused(String),
}
