//! What a game asks of conversations, and what it hears of them.

use bevy_ecs::entity::Entity;
use bevy_ecs::event::EntityEvent;
use raconteur_core::conversation::{Because, Ending, Verdict};
use raconteur_core::memory::Claim;
use raconteur_core::request::Source;

/// Somebody says exactly these words in the conversation that they are in: the player, or an NPC to whom the game gives
/// them. The player cuts short whoever speaks; an NPC waits for the end of the turn. What was not possible is told by
/// [`BargeInJudged`]. An empty text says nothing.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct Speak {
    /// Who speaks.
    pub entity: Entity,
    /// The words. What could harm a prompt is taken out of them.
    pub text: String,
    /// What those learn who hear it, beside what it states of what the speaker remembers.
    pub tells: Vec<Claim>,
}

impl Speak {
    /// Words that tell nothing new.
    #[must_use]
    pub fn new(entity: Entity, text: impl Into<String>) -> Self {
        Self { entity, text: text.into(), tells: Vec::new() }
    }
}

/// An NPC wants to speak while others do. [`BargeInJudged`] says what becomes of it.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct BargeIn {
    /// Who wants to speak.
    pub entity: Entity,
    /// Whether it cannot wait.
    pub urgent: bool,
    /// What they say, if it is not for the model to write.
    pub text: Option<String>,
}

/// The floor is free now: asked by a game with [`TurnPace::Game`](super::TurnPace).
#[derive(EntityEvent, Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextTurn {
    /// The conversation.
    pub entity: Entity,
}

/// The conversation is over now. What is being said ends where it is.
#[derive(EntityEvent, Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndConversation {
    /// The conversation.
    pub entity: Entity,
}

/// Two are there, and it begins.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct ConversationStarted {
    /// The conversation.
    pub entity: Entity,
}

/// Somebody takes part from now on.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct JoinedConversation {
    /// Who.
    pub entity: Entity,
    /// The conversation.
    pub conversation: Entity,
}

/// Somebody takes no part any more. They may be despawned.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct LeftConversation {
    /// Who.
    pub entity: Entity,
    /// The conversation.
    pub conversation: Entity,
}

/// Somebody has the floor. Their words come as [`GeneratedChunk`](crate::prelude::GeneratedChunk), then [`TurnSpoken`] or
/// [`TurnInterrupted`].
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct TurnStarted {
    /// Who speaks.
    pub entity: Entity,
    /// The conversation.
    pub conversation: Entity,
    /// Why they.
    pub because: Because,
}

/// Somebody has spoken.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct TurnSpoken {
    /// Who.
    pub entity: Entity,
    /// The conversation.
    pub conversation: Entity,
    /// Number of the turn, from 1.
    pub turn: u32,
    /// Their name.
    pub name: String,
    /// The words, never empty: of a turn that was cut short what had been told.
    pub text: String,
    /// Where they came from.
    pub source: Source,
    /// Whether it was cut short.
    pub cut: bool,
    /// Who has heard it, in the conversation and beside it.
    pub heard_by: Vec<Entity>,
    /// What those learn, beside what it states of what the speaker remembers.
    pub tells: Vec<Claim>,
}

/// A turn was cut short. If anything of it was told, [`TurnSpoken`] follows.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct TurnInterrupted {
    /// Who had the floor. They may be despawned.
    pub entity: Entity,
    /// The conversation.
    pub conversation: Entity,
    /// Who took it, if anybody.
    pub by: Option<Entity>,
}

/// The player was addressed, and is waited for.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct FloorOffered {
    /// The player.
    pub entity: Entity,
    /// The conversation.
    pub conversation: Entity,
}

/// What becomes of a [`BargeIn`], or of a [`Speak`] that could not be said at once.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct BargeInJudged {
    /// Who wanted to speak.
    pub entity: Entity,
    /// The conversation, if they are in one.
    pub conversation: Option<Entity>,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// A conversation is over. Told once.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct ConversationEnded {
    /// The conversation. It may be despawned.
    pub entity: Entity,
    /// Why.
    pub ending: Ending,
    /// Number of turns, the player's too.
    pub turns: u32,
    /// Who took part to the end. They may be despawned.
    pub people: Vec<Entity>,
}
