//! Feet: everybody goes where they mean to go, around what stands in the way and not through each other.

use bevy::prelude::*;

use crate::square::{distance, drawn, flat, heading, standing};

/// Steps a second, in units of the flat ground.
pub const STROLL: f32 = 62.0;
/// The player is in more of a hurry.
pub const STRIDE: f32 = 190.0;
/// How near each other people like to stand at most.
const ELBOW: f32 = 40.0;
/// Longest time that one frame moves anything by, in seconds: a slow frame must not send people through walls.
const LONGEST: f32 = 0.1;

/// Where somebody stands and how they move.
#[derive(Component, Debug, Clone, Copy)]
pub struct Feet {
    /// Where, as drawn.
    pub at: Vec2,
    /// Where they mean to go.
    pub goal: Vec2,
    /// Speed of this frame on the flat ground, for the picture.
    pub pace: f32,
    /// Which way they look: -1 left to 1 right; it eases.
    pub facing: f32,
    /// What they look at while they stand.
    pub looks_at: Vec2,
    /// Length of the way so far: the picture moves the legs by it.
    pub way: f32,
}

impl Feet {
    /// Standing somewhere.
    pub fn at(at: Vec2) -> Self {
        Self { at, goal: at, pace: 0.0, facing: 1.0, looks_at: at, way: at.x }
    }

    /// Whether they are where they mean to be.
    pub fn arrived(&self) -> bool {
        distance(self.at, self.goal) < 9.0
    }

    /// Moves by `step` on the flat ground, as far as one can.
    pub fn go(&mut self, step: Vec2, dt: f32) {
        let before = self.at;
        self.at = standing(self.at + drawn(step));
        let gone = flat(self.at - before);
        self.way += gone.length();
        self.pace = if dt > 0.0 { gone.length() / dt } else { 0.0 };
        let look = if gone.length() > 0.3 { gone.x } else { self.looks_at.x - self.at.x };
        let wanted = if look.abs() < 0.2 { self.facing.signum() } else { look.signum() };
        self.facing += (wanted - self.facing) * (dt * 7.0).min(1.0);
    }
}

/// Time of a frame that things move by, in seconds.
pub fn step_of(time: &Time) -> f32 {
    time.delta_secs().min(LONGEST)
}

/// Moves everybody who has a goal; the player has hands on theirs.
pub fn walk(time: Res<Time>, mut people: Query<(Entity, &mut Feet, Has<crate::player::Player>)>) {
    let dt = step_of(&time);
    let crowd: Vec<(Entity, Vec2)> = people.iter().map(|(entity, feet, _)| (entity, feet.at)).collect();
    for (entity, mut feet, player) in &mut people {
        if player {
            continue;
        }
        let left = distance(feet.at, feet.goal);
        let mut step = heading(feet.at, feet.goal) * (STROLL * dt).min(left);
        for (other, at) in &crowd {
            let apart = distance(feet.at, *at);
            if *other != entity && apart < ELBOW {
                step += flat(feet.at - *at).normalize_or(Vec2::X) * (ELBOW - apart) * (2.0 * dt).min(1.0);
            }
        }
        feet.go(step, dt);
    }
}
