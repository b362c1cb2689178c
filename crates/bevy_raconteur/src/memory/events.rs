//! What a game tells of facts, and what it hears of memories.

use bevy_ecs::entity::Entity;
use bevy_ecs::event::EntityEvent;
use raconteur_core::memory::{Claim, Heard, Recollection};

/// Let somebody with [`Remembers`](super::Remembers) take in a fact: what they saw, did, read or were told in the game.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct Remember {
    /// Who.
    pub entity: Entity,
    /// What.
    pub claim: Claim,
    /// How they know.
    pub source: Heard,
    /// How much it matters, 0 to 1.
    pub importance: f32,
    /// Whether it is never forgotten.
    pub pinned: bool,
}

impl Remember {
    /// Something of importance 0.5 that may be forgotten.
    #[must_use]
    pub fn new(entity: Entity, claim: Claim, source: Heard) -> Self {
        Self { entity, claim, source, importance: 0.5, pinned: false }
    }
}

/// Somebody has taken in a fact.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct Learned {
    /// Who.
    pub entity: Entity,
    /// What.
    pub claim: Claim,
    /// How they know.
    pub source: Heard,
    /// Whether they remembered it already; it is fresher now.
    pub again: bool,
}

/// Somebody does not remember something any more, or could not take it in.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct Forgot {
    /// Who.
    pub entity: Entity,
    /// What.
    pub claim: Claim,
    /// What it was like; `None` for what could not be taken in.
    pub was: Option<Box<Recollection>>,
    /// Why.
    pub why: Lapse,
}

/// Why something is not remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lapse {
    /// It has faded.
    Faded,
    /// It made room for something else.
    Displaced,
    /// All that they remember is pinned, so there was no room for it.
    Full,
}
