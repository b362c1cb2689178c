//! The ground of the square: where one can stand, and how far that is.
//!
//! Positions are what is drawn, in design units: x to the right, y to the back. The square is seen at a slant, so a step
//! to the back looks shorter than one to the side; [`flat`] undoes that.

use bevy::prelude::*;

/// A step to the back looks `1 / DEPTH` as long as it is.
pub const DEPTH: f32 = 1.7;
/// The near left corner of where one can stand.
pub const NEAR_LEFT: Vec2 = Vec2::new(-570.0, -238.0);
/// The far right corner.
pub const FAR_RIGHT: Vec2 = Vec2::new(570.0, 96.0);
/// How near the player somebody has to be to be heard and asked, on the flat ground.
pub const EARSHOT: f32 = 185.0;

/// Middle of the well.
pub const WELL: Vec2 = Vec2::new(0.0, -46.0);
/// Middle of the front of the two stalls.
pub const STALLS: [Vec2; 2] = [Vec2::new(-432.0, 46.0), Vec2::new(432.0, 38.0)];
/// Feet of the lantern posts.
pub const POSTS: [Vec2; 4] =
    [Vec2::new(-214.0, 22.0), Vec2::new(226.0, 18.0), Vec2::new(-604.0, -150.0), Vec2::new(606.0, -158.0)];

/// Where people come together; those at the front of the list first.
pub const SPOTS: [Vec2; 12] = [
    Vec2::new(-330.0, -92.0),
    Vec2::new(322.0, -100.0),
    Vec2::new(-92.0, 66.0),
    Vec2::new(132.0, -192.0),
    Vec2::new(-146.0, -176.0),
    Vec2::new(142.0, 70.0),
    Vec2::new(-498.0, -186.0),
    Vec2::new(502.0, -192.0),
    Vec2::new(-504.0, -54.0),
    Vec2::new(506.0, -60.0),
    Vec2::new(-262.0, 74.0),
    Vec2::new(292.0, 74.0),
];

/// What one walks around: the middle and the radius on the flat ground.
const OBSTACLES: [(Vec2, f32); 7] = [
    (WELL, 78.0),
    (STALLS[0], 92.0),
    (STALLS[1], 92.0),
    (POSTS[0], 18.0),
    (POSTS[1], 18.0),
    (POSTS[2], 18.0),
    (POSTS[3], 18.0),
];

/// A drawn distance as it is on the ground.
pub fn flat(drawn: Vec2) -> Vec2 {
    Vec2::new(drawn.x, drawn.y * DEPTH)
}

/// A distance on the ground as it is drawn.
pub fn drawn(flat: Vec2) -> Vec2 {
    Vec2::new(flat.x, flat.y / DEPTH)
}

/// How far two places are from each other on the ground.
pub fn distance(a: Vec2, b: Vec2) -> f32 {
    flat(a - b).length()
}

/// How large somebody at height `y` is drawn.
pub fn size_at(y: f32) -> f32 {
    let depth = (y - NEAR_LEFT.y) / (FAR_RIGHT.y - NEAR_LEFT.y);
    1.12 - 0.30 * depth.clamp(0.0, 1.0)
}

/// The nearest place to `at` where one can stand.
pub fn standing(at: Vec2) -> Vec2 {
    let mut at = at.clamp(NEAR_LEFT, FAR_RIGHT);
    for (middle, radius) in OBSTACLES {
        let away = flat(at - middle);
        if away.length() < radius {
            at = middle + drawn(away.normalize_or(Vec2::NEG_Y) * radius);
        }
    }
    at.clamp(NEAR_LEFT, FAR_RIGHT)
}

/// Which way to go from `at` to come to `to`: a direction on the flat ground that leads around what is in the way.
pub fn heading(at: Vec2, to: Vec2) -> Vec2 {
    let way = flat(to - at);
    let Some(ahead) = way.try_normalize() else { return Vec2::ZERO };
    for (middle, radius) in OBSTACLES {
        let there = flat(middle - at);
        let along = there.dot(ahead);
        let aside = there - ahead * along;
        // Turn aside a little before it is touched.
        let (clear, near) = (radius + 12.0, radius + 60.0);
        if along > 0.0 && along < way.length() && there.length() < near && aside.length() < clear {
            let side = if ahead.perp_dot(there) > 0.0 { -1.0 } else { 1.0 };
            return (ahead * 0.35 + ahead.perp() * side).normalize_or(ahead);
        }
    }
    ahead
}
