//! What a game hears from boards and directors, and what it says to them.

use bevy_ecs::entity::Entity;
use bevy_ecs::event::EntityEvent;
use raconteur_core::plot::Hook;
use raconteur_core::request::Source;

/// A hook can be taken: its outcome is open from the next time that its slot comes up.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct HookOffered {
    /// The story.
    pub entity: Entity,
    /// The hook.
    pub hook: Hook,
    /// [`Source::Ranked`] if a model ranked it among others, else authored, and why.
    pub source: Source,
}

/// A hook that was offered is gone: what it is about has changed, or another one holds its variables now.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct HookWithdrawn {
    /// The story.
    pub entity: Entity,
    /// The hook.
    pub hook: Hook,
}

/// The player has taken a hook.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct HookTaken {
    /// The story.
    pub entity: Entity,
    /// The hook.
    pub hook: Hook,
}

/// A hook that was taken is over.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct HookDone {
    /// The story.
    pub entity: Entity,
    /// The hook.
    pub hook: Hook,
    /// Whether its goal was reached; else it has failed.
    pub done: bool,
}

/// A storylet is being told: its effects have come about, its words follow as [`Remarked`](crate::prelude::Remarked).
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct StoryletTold {
    /// The story.
    pub entity: Entity,
    /// Id of the storylet.
    pub storylet: String,
}

/// Something happens in the game that the director's plan has among its `jolts`.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct Jolt {
    /// The story.
    pub entity: Entity,
    /// Its name in the plan.
    pub what: String,
}
