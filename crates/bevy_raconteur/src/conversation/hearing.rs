//! Who hears what.

use bevy_ecs::prelude::*;

/// Where somebody is, in the game's own units. The game writes it, as often as it likes: the plugin knows no transforms.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq)]
pub struct Whereabouts {
    /// The place.
    pub pos: [f32; 3],
    /// A room, a house, a boat: nothing is heard from one into another.
    pub room: u32,
}

impl Whereabouts {
    /// A place in room 0.
    #[must_use]
    pub fn at(x: f32, y: f32, z: f32) -> Self {
        Self { pos: [x, y, z], room: 0 }
    }
}

/// How far somebody hears. Who takes part in a conversation and has none of this hears all of it; who takes no part
/// overhears what is said within their range, when they and the speaker both have [`Whereabouts`].
#[derive(Component, Debug, Clone, Copy, PartialEq)]
pub struct Hearing {
    /// In the units of [`Whereabouts`]. **Default** 8.
    pub range: f32,
}

impl Default for Hearing {
    fn default() -> Self {
        Self { range: 8.0 }
    }
}

impl Hearing {
    /// Whether somebody at one place hears who speaks at another. A place that is no number is nowhere.
    pub(super) fn reaches(self, here: &Whereabouts, there: &Whereabouts) -> bool {
        let squared: f32 = here.pos.iter().zip(&there.pos).map(|(a, b)| (a - b) * (a - b)).sum();
        here.room == there.room && squared <= self.range * self.range && self.range >= 0.0
    }
}
