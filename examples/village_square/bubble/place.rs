//! Where a bubble goes: over its owner's head, unless another bubble, a face or the edge of the picture is there.

use bevy::prelude::*;

/// How far a bubble's foot is over the head.
const LIFT: f32 = 9.0;
/// What the strip at the top and the panel at the foot take.
const TOP: f32 = 44.0;
const FOOT: f32 = 142.0;
/// Sideways and upwards, in design units.
const ASIDE: [f32; 7] = [0.0, -44.0, 44.0, -88.0, 88.0, -128.0, 128.0];
const UP: [f32; 7] = [0.0, 22.0, 46.0, 72.0, 100.0, 132.0, 166.0];

/// Where a bubble may go.
pub struct Placed {
    /// How far the middle of its foot is from the head.
    pub at: Vec2,
    /// Whether it covers another one.
    pub crowded: bool,
}

/// The bubble of a size, with the middle of its foot (less the tail) at `foot`.
pub fn rect(foot: Vec2, size: Vec2) -> Rect {
    let foot = foot + Vec2::new(0.0, LIFT);
    Rect { min: foot - Vec2::new(size.x / 2.0, 0.0), max: foot + Vec2::new(size.x / 2.0, size.y) }
}

/// The best of some places: near the head, near where it was, over nothing.
pub fn shift(head: Vec2, size: Vec2, before: Vec2, taken: &[Rect], heads: &[Vec2], screen: Vec2) -> Placed {
    let view = Rect {
        min: Vec2::new(-screen.x / 2.0 + 8.0, -screen.y / 2.0 + FOOT),
        max: Vec2::new(screen.x / 2.0 - 8.0, screen.y / 2.0 - TOP),
    };
    let mut best = (f32::MAX, Placed { at: Vec2::ZERO, crowded: false });
    for up in UP {
        for aside in ASIDE {
            // Into the picture first, then judge.
            let there = rect(head + Vec2::new(aside, up), size);
            let inside = (view.min - there.min).max(Vec2::ZERO) + (view.max - there.max).min(Vec2::ZERO);
            let at = Vec2::new(aside, up) + inside;
            let there = rect(head + at, size);
            let covered: f32 = taken.iter().map(|other| area(there.inflate(4.0).intersect(*other))).sum();
            let faces = heads.iter().filter(|face| there.inflate(10.0).contains(**face)).count();
            let cost = at.x.abs() * 0.5
                + at.y.abs() * 0.7
                + covered * 0.5
                + faces as f32 * 46.0
                + (at - before).length().min(80.0) * 0.35;
            if cost < best.0 {
                best = (cost, Placed { at, crowded: covered > 60.0 });
            }
        }
    }
    best.1
}

fn area(rect: Rect) -> f32 {
    if rect.is_empty() { 0.0 } else { rect.width() * rect.height() }
}
