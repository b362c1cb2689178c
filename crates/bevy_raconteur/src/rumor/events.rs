//! What a game says to its rumors, and what it hears of them.
//!
//! Tellings and beliefs are many, and come as messages; what is about one NPC and one moment is an entity event.

use std::sync::Arc;

use bevy_ecs::entity::Entity;
use bevy_ecs::event::{EntityEvent, Event};
use bevy_ecs::message::Message;
use raconteur_core::request::Source;
use raconteur_core::rumors::{Form, RumorsError};

use super::book::RumorBookError;

/// Somebody makes a tale up or brings it from elsewhere, the player too: they tell it whether they believe it or not.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct StartTale {
    /// Who; has a [`Gossip`](super::Gossip).
    pub entity: Entity,
    /// Id of the tale.
    pub tale: String,
    /// How far they believe it themselves, 0 to 1.
    pub belief: f32,
}

/// Somebody tells a tale that they have heard to somebody, in the next tick: what a player does, or a scene.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct TellTale {
    /// Who tells it.
    pub entity: Entity,
    /// Who hears it.
    pub to: Vec<Entity>,
    /// Id of the tale.
    pub tale: String,
}

/// Somebody sees with their own eyes that a tale is so. What it denies they believe no more; so evidence against a tale is
/// evidence for one that is `against` it.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct ShowEvidence {
    /// Who sees it.
    pub entity: Entity,
    /// Id of the tale that it proves.
    pub tale: String,
    /// How sure it makes them, 0 to 1.
    pub sure: f32,
}

/// "Who told you?" Ends with one [`WhoToldAnswered`].
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct AskWhoTold {
    /// Who is asked.
    pub entity: Entity,
    /// Id of the tale.
    pub tale: String,
}

/// Somebody has told something to others, in the last tick. Most of these nobody hears.
#[derive(Message, Debug, Clone, PartialEq)]
pub struct TaleTold {
    /// Number of the tick.
    pub tick: u64,
    /// Id of the tale.
    pub tale: Arc<str>,
    /// Who told it.
    pub teller: Entity,
    /// Who heard it.
    pub listeners: Vec<Entity>,
    /// As the teller had it.
    pub before: Form,
    /// As it was told.
    pub form: Form,
    /// Tellings since the origin, this one included.
    pub hop: u32,
}

/// Somebody believes a tale from now on: their belief has reached [`RumorClock::believes_at`](super::RumorClock::believes_at).
#[derive(Message, Debug, Clone, PartialEq)]
pub struct TaleBelieved {
    /// Who.
    pub entity: Entity,
    /// Id of the tale.
    pub tale: Arc<str>,
    /// How far, 0 to 1.
    pub belief: f32,
}

/// Somebody has believed a tale and does not any more: by evidence, or by one who denied it.
#[derive(Message, Debug, Clone, PartialEq)]
pub struct TaleCorrected {
    /// Who.
    pub entity: Entity,
    /// Id of the tale.
    pub tale: Arc<str>,
    /// How far they still believe it, 0 to 1.
    pub belief: f32,
}

/// A telling that somebody overhears, in words. The simulation has taken it in already; these are only its words.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct TaleOverheard {
    /// Who tells it.
    pub entity: Entity,
    /// Id of the tale.
    pub tale: Arc<str>,
    /// To whom.
    pub listeners: Vec<Entity>,
    /// Tellings since the origin, this one included.
    pub hop: u32,
    /// How far what is told has strayed from the truth, 0 to 1.
    pub strayed: f32,
    /// The telling in the authored wording of its teller: what `text` is when no model wrote.
    pub authored: String,
    /// The words, never empty. Show nothing when the source is [`Source::Cancelled`]: they may not speak now.
    pub text: String,
    /// Where the words come from.
    pub source: Source,
}

/// Where somebody has a tale from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaleOrigin {
    /// Of somebody, who told it first. `None` for the entity when they are gone.
    ToldBy {
        /// Key of who told it.
        key: String,
        /// Who told it, if they are there.
        entity: Option<Entity>,
    },
    /// They have seen it.
    Seen,
    /// They have started it themselves.
    Started,
    /// They have not heard it.
    Unheard,
}

/// One step of the way that a tale came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayStep {
    /// Key of who had it.
    pub key: String,
    /// Who had it, if they are there.
    pub entity: Option<Entity>,
    /// In which tick they came by it.
    pub at: u64,
    /// Tellings since the origin.
    pub hops: u32,
    /// The words in which they would tell it on.
    pub text: String,
}

/// The answer to [`AskWhoTold`].
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct WhoToldAnswered {
    /// Who was asked.
    pub entity: Entity,
    /// Id of the tale.
    pub tale: String,
    /// Where they have it from.
    pub origin: TaleOrigin,
    /// The whole way, themselves first and the origin last: for a journal. Who answers need not know more than the first
    /// step of it.
    pub way: Vec<WayStep>,
    /// What they say, never empty.
    pub text: String,
    /// Where the words come from.
    pub source: Source,
}

/// Something about rumors is not as it should be. All the rest goes on.
#[derive(Event, Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RumorProblem {
    /// Two entities have the key of one person: the first is that person.
    #[error("two entities have the Gossip key '{key}'; give each person a key of their own. {second} takes no part")]
    SameKey {
        /// The key.
        key: String,
        /// The entity that is left out.
        second: Entity,
    },
    /// More people than there may be.
    #[error(
        "there are {most} people already, gone ones included, and '{key}' takes no part; use keys again for people who are the same"
    )]
    TooMany {
        /// Who is left out.
        key: String,
        /// How many there may be.
        most: usize,
    },
    /// The entity of a request is nobody who hears rumors.
    #[error("{0} has no Gossip, so it neither hears nor tells rumors; insert one and wait a frame")]
    NotAPerson(Entity),
    /// A request is about what cannot be.
    #[error(transparent)]
    Rumors(#[from] RumorsError),
    /// A file of tales cannot be read; the tales that were there before stay.
    #[error(transparent)]
    Book(#[from] RumorBookError),
    /// Tales that are gone after a reload; what was heard of them is forgotten.
    #[error("these tales are gone since their file was changed, and what was heard of them is forgotten: {}", .0.join(", "))]
    TalesGone(Vec<String>),
}
