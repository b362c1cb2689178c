//! What stands on the square: the well, two stalls, four lantern posts.

use bevy::prelude::*;

use crate::paint::{Painter, chance, sway};
use crate::palette::*;
use crate::square::{DEPTH, POSTS, STALLS, size_at};

fn v(x: f32, y: f32) -> Vec2 {
    Vec2::new(x, y)
}

fn shadow(p: &mut Painter, radii: Vec2) {
    p.ellipse(Vec2::ZERO, radii, PITCH.alpha(0.6), PITCH.alpha(0.0));
}

/// A stone ring with a roof over it; the origin is the middle of its foot.
pub fn well(p: &mut Painter, at: Vec2, t: f32) {
    p.placed(at, Vec2::ONE, |p| {
        shadow(p, v(86.0, 46.0));
        let (wide, deep, high) = (54.0, 54.0 / DEPTH, 34.0);
        // The wall, darker to the right, stone by stone; then the mouth.
        p.disc(v(0.0, 0.0), v(wide, deep), SLATE.mix(PITCH, 0.35).full());
        let (l, r) = (SLATE.mix(MIST, 0.28), SLATE.mix(PITCH, 0.42));
        p.quad([v(-wide, 0.0), v(wide, 0.0), v(wide, high), v(-wide, high)], [l.full(), r.full(), r.full(), l.full()]);
        for row in 0..3 {
            for i in 0..7 {
                let a = std::f32::consts::PI * (1.06 + 0.125 * (i as f32 + 0.5 * (row % 2) as f32));
                let x = a.cos() * wide;
                let y = a.sin() * deep + 6.0 + 11.0 * row as f32;
                let half = v(7.5 * (a.sin().abs() * 0.7 + 0.3), 4.2);
                let ink = l.mix(r, (x / wide + 1.0) / 2.0).mix(TAN, 0.35 * chance(row * 9 + i));
                p.rect(v(x, y) - half, v(x, y) + half, ink.full());
            }
        }
        p.disc(v(0.0, high), v(wide + 3.0, deep + 2.0), SLATE.mix(PALE, 0.30).full());
        p.disc(v(0.0, high), v(wide - 9.0, deep - 6.0), PITCH.full());
        p.ellipse(v(-6.0, high - 9.0), v(wide - 22.0, deep - 17.0), RIVER.alpha(0.7), RIVER.alpha(0.0));
        // Posts, the winch and its bucket.
        for x in [-46.0, 46.0] {
            p.rect(v(x - 4.0, high - 4.0), v(x + 4.0, 108.0), OAK.mix(TAN, if x < 0.0 { 0.5 } else { 0.15 }).full());
        }
        p.rect(v(-50.0, 80.0), v(50.0, 87.0), TAN.mix(OAK, 0.4).full());
        p.stroke(&[v(50.0, 83.0), v(60.0, 83.0), v(60.0, 72.0), v(66.0, 72.0)], (3.0, 3.0), OAK.full());
        let x = 6.0 + 1.6 * sway(t, 3.7, 4);
        p.stroke(&[v(6.0, 84.0), v(x, 58.0)], (1.6, 1.6), BONE.mix(TAN, 0.4).full());
        p.column(&[(58.0, x - 9.0, x + 9.0), (42.0, x - 7.0, x + 7.0)], TAN.full(), OAK.mix(TAN, 0.4).full());
        p.stroke(&[v(x - 8.5, 53.0), v(x + 8.5, 53.0)], (2.0, 2.0), PITCH.alpha(0.6));
        // The roof, seen from a little above.
        let (dark, light) = (Ink(0x3a2a28).mix(PITCH, 0.2).full(), Ink(0x4b332c).mix(RUST, 0.3).full());
        p.quad([v(-70.0, 100.0), v(70.0, 100.0), v(50.0, 140.0), v(-50.0, 140.0)], [dark, dark, light, light]);
        for i in 1..4 {
            let (y, inset) = (100.0 + 10.0 * i as f32, 5.0 * i as f32);
            p.stroke(&[v(-70.0 + inset, y), v(70.0 - inset, y)], (1.4, 1.4), PITCH.alpha(0.4));
        }
        p.stroke(&[v(-50.0, 140.0), v(50.0, 140.0)], (3.0, 3.0), AMBER.mix(RUST, 0.5).alpha(0.6));
        p.rect(v(-72.0, 96.0), v(72.0, 101.0), PITCH.alpha(0.85));
    });
}

/// A market stall with a striped awning; the origin is the middle of its front.
pub fn stall(p: &mut Painter, at: Vec2, which: usize, t: f32) {
    let cloth = if which == 0 { RUST } else { Ink(0x3f6a63) };
    p.placed(at, Vec2::splat(size_at(at.y) * 1.12), |p| {
        shadow(p, v(112.0, 30.0));
        for x in [-84.0, 84.0] {
            p.rect(v(x - 3.0, 8.0), v(x + 3.0, 112.0), OAK.mix(TAN, 0.3).full());
        }
        p.glow(v(0.0, 74.0), v(96.0, 52.0), AMBER.alpha(0.45));
        // Table, its cloth and what is sold on it.
        p.quad([v(-84.0, 40.0), v(84.0, 40.0), v(78.0, 52.0), v(-78.0, 52.0)], [TAN.mix(AMBER, 0.3).full(); 4]);
        p.quad(
            [v(-84.0, 4.0), v(84.0, 4.0), v(84.0, 40.0), v(-84.0, 40.0)],
            [
                cloth.mix(PITCH, 0.6).full(),
                cloth.mix(PITCH, 0.6).full(),
                cloth.mix(PITCH, 0.3).full(),
                cloth.mix(PITCH, 0.3).full(),
            ],
        );
        for i in 0..8 {
            let x = -74.0 + 21.0 * i as f32;
            p.stroke(&[v(x, 38.0), v(x + 2.0, 6.0)], (1.0, 3.0), PITCH.alpha(0.3));
        }
        for i in 0..9 {
            let x = -68.0 + 17.0 * i as f32;
            if which == 0 {
                // Loaves.
                p.ellipse(
                    v(x, 50.0 + 3.0 * chance(i)),
                    v(9.0, 6.0),
                    SKIN.mix(AMBER, 0.4).full(),
                    TAN.mix(AMBER, 0.3).full(),
                );
                p.stroke(&[v(x - 4.0, 52.0), v(x + 4.0, 54.0)], (1.2, 1.2), FLAME.alpha(0.7));
            } else {
                // Apples, eggs and cabbages.
                let ink = [Ink(0xb4523a), BONE, Ink(0x6d8f55)][i % 3];
                p.ellipse(v(x, 51.0), v(6.5, 6.0), ink.mix(FLAME, 0.2).full(), ink.mix(PITCH, 0.3).full());
                p.ellipse(v(x + 8.0, 49.0), v(5.5, 5.0), ink.mix(FLAME, 0.15).full(), ink.mix(PITCH, 0.35).full());
            }
        }
        // The awning, with a scalloped edge that stirs.
        for i in 0..10 {
            let (l, r) = (-100.0 + 20.0 * i as f32, -80.0 + 20.0 * i as f32);
            let ink = if i % 2 == 0 { cloth.mix(AMBER, 0.12) } else { BONE.mix(TAN, 0.25) };
            let (low, high) = (ink.mix(PITCH, 0.12).full(), ink.mix(PITCH, 0.45).full());
            p.quad([v(l, 94.0), v(r, 94.0), v(r * 0.82, 132.0), v(l * 0.82, 132.0)], [low, low, high, high]);
            let stir = 1.2 * sway(t, 2.8, i + 20);
            p.disc(v((l + r) / 2.0 + stir * 0.4, 94.0), v(10.0, 8.0 + stir), ink.mix(PITCH, 0.2).full());
        }
        p.stroke(&[v(-82.0, 132.0), v(82.0, 132.0)], (3.0, 3.0), OAK.full());
        lamp(p, v(if which == 0 { 46.0 } else { -46.0 }, 86.0), 0.62, t);
    });
}

/// Where barrels and crates stand.
pub const BARRELS: [Vec2; 2] = [Vec2::new(-556.0, 62.0), Vec2::new(566.0, 70.0)];

/// Two barrels and a crate; the origin is the middle of their front.
pub fn barrels(p: &mut Painter, at: Vec2) {
    p.placed(at, Vec2::new(if at.x < 0.0 { 1.0 } else { -1.0 }, 1.0) * size_at(at.y), |p| {
        shadow(p, v(58.0, 16.0));
        for (x, y, size) in [(-26.0, 8.0, 0.95), (8.0, 0.0, 1.0)] {
            p.placed(v(x, y), Vec2::splat(size), |p| {
                let body = [(44.0, -13.0, 13.0), (24.0, -17.0, 17.0), (2.0, -13.0, 13.0)];
                p.column(&body, TAN.mix(OAK, 0.55).full(), TAN.mix(AMBER, 0.22).full());
                for (hoop, half) in [(36.0, 15.2), (12.0, 15.6)] {
                    p.rect(v(-half, hoop - 1.6), v(half, hoop + 1.6), PITCH.alpha(0.75));
                }
                p.disc(v(0.0, 44.0), v(13.0, 4.6), OAK.mix(TAN, 0.5).full());
                p.disc(v(0.0, 44.0), v(10.0, 3.2), OAK.full());
            });
        }
        let crate_ = [v(24.0, -4.0), v(52.0, -4.0), v(52.0, 20.0), v(24.0, 20.0)];
        p.flat(crate_, TAN.mix(OAK, 0.3).full());
        for y in [4.0, 12.0] {
            p.stroke(&[v(24.0, y), v(52.0, y)], (1.4, 1.4), PITCH.alpha(0.5));
        }
        p.flat([v(24.0, 20.0), v(52.0, 20.0), v(47.0, 27.0), v(29.0, 27.0)], OAK.mix(TAN, 0.6).full());
    });
}

/// How many geese there are.
pub const GEESE: usize = 4;

/// Where a goose is, and which way it looks: they waddle along the front of the square and back, in a line.
pub fn goose_at(i: usize, t: f32) -> (Vec2, f32) {
    // Each stops now and then: the way is slower than the clock at the ends of its own little period.
    let own = t - 1.7 * i as f32;
    let along = own * 0.021 + 0.012 * sway(own, 9.0, 2);
    let turn = (along * std::f32::consts::TAU).cos();
    let facing = if (along * std::f32::consts::TAU).sin() > 0.0 { -1.0 } else { 1.0 };
    (v(20.0 + 210.0 * turn, -226.0 + 10.0 * chance(i + 3) + 5.0 * sway(own, 5.0, i)), facing)
}

/// A goose.
pub fn goose(p: &mut Painter, i: usize, t: f32) {
    let (at, facing) = goose_at(i, t);
    let waddle = 1.6 * sway(t, 0.8, i);
    p.placed(at, v(facing, 1.0) * (0.85 + 0.2 * chance(i + 60)), |p| {
        shadow(p, v(17.0, 6.0));
        for (x, phase) in [(-3.0, 0), (3.0, 5)] {
            p.stroke(
                &[v(x, 8.0), v(x + 1.0, 1.0 + sway(t, 0.8, i + phase).max(0.0) * 2.0)],
                (2.4, 3.4),
                AMBER.mix(RUST, 0.4).full(),
            );
        }
        // The third is the grey one that everybody warns of.
        let white = if i == 2 { MIST.mix(SLATE, 0.2) } else { BONE.mix(MIST, 0.15) };
        p.fan(&[v(-8.0, 14.0), v(-21.0, 19.0 + waddle * 0.5), v(-9.0, 9.0)], white.mix(SLATE, 0.3).full());
        p.ellipse(v(0.0, 13.0), v(13.0, 8.0), white.full(), white.mix(SLATE, 0.45).full());
        p.ellipse(v(-3.0, 14.0), v(8.5, 4.6), white.mix(SLATE, 0.25).full(), white.mix(SLATE, 0.5).full());
        let neck = [v(9.0, 15.0), v(14.0 + waddle * 0.4, 23.0), v(12.0 + waddle, 32.0)];
        p.stroke(&crate::paint::curve(&neck, 5), (7.0, 4.6), white.full());
        p.disc(v(13.0 + waddle, 33.0), v(4.4, 3.8), white.full());
        p.fan(&[v(16.0 + waddle, 35.0), v(23.0 + waddle, 32.0), v(16.0 + waddle, 31.0)], AMBER.mix(RUST, 0.3).full());
        p.disc(v(14.0 + waddle, 34.2), v(0.9, 0.9), PITCH.full());
    });
}

/// A lantern on a post.
pub fn post(p: &mut Painter, at: Vec2, which: usize, t: f32) {
    p.placed(at, Vec2::splat(size_at(at.y)), |p| {
        shadow(p, v(26.0, 10.0));
        p.column(
            &[(116.0, -3.0, 3.0), (20.0, -3.5, 3.5), (8.0, -6.0, 6.0), (0.0, -9.0, 9.0)],
            OAK.mix(TAN, 0.35).full(),
            PITCH.full(),
        );
        let side = if which.is_multiple_of(2) { 1.0 } else { -1.0 };
        p.stroke(&[v(0.0, 108.0), v(14.0 * side, 116.0), v(28.0 * side, 116.0)], (4.0, 3.0), OAK.full());
        p.stroke(&[v(0.0, 92.0), v(16.0 * side, 114.0)], (2.4, 2.0), OAK.full());
        lamp(p, lamp_of(side), 0.78, t + which as f32);
    });
}

fn lamp_of(side: f32) -> Vec2 {
    v(26.0 * side, 116.0)
}

/// A lantern hanging from `at`.
fn lamp(p: &mut Painter, at: Vec2, size: f32, t: f32) {
    p.placed(at, Vec2::splat(size), |p| {
        let x = 1.6 * sway(t, 4.1, 7);
        p.stroke(&[Vec2::ZERO, v(x, -8.0)], (2.0, 2.0), PITCH.full());
        p.fan(&[v(x, -5.0), v(x - 12.0, -15.0), v(x + 12.0, -15.0)], PITCH.full());
        let glass = [AMBER.full(), AMBER.full(), FLAME.full(), FLAME.full()];
        p.quad([v(x - 9.0, -38.0), v(x + 9.0, -38.0), v(x + 9.0, -15.0), v(x - 9.0, -15.0)], glass);
        p.ellipse(v(x, -28.0), v(4.5, 9.0 + sway(t, 0.31, 3)), BONE.full(), FLAME.alpha(0.6));
        for bar in [x - 9.0, x + 9.0] {
            p.stroke(&[v(bar, -39.0), v(bar, -15.0)], (1.6, 1.6), PITCH.alpha(0.9));
        }
        p.rect(v(x - 12.0, -43.0), v(x + 12.0, -38.0), PITCH.full());
    });
}

/// The glow around every lantern, over whoever stands before it.
pub fn light_in_the_air(p: &mut Painter, t: f32) {
    let mut glow = |at: Vec2, radius: f32, i: usize| {
        let flicker = 1.0 + 0.04 * sway(t, 0.41, i) + 0.05 * sway(t, 1.3, i + 9);
        p.glow(at, Vec2::splat(radius * flicker), GLOW.alpha(0.5));
    };
    for (i, at) in POSTS.into_iter().enumerate() {
        let side = if i.is_multiple_of(2) { 1.0 } else { -1.0 };
        glow(at + (lamp_of(side) - v(0.0, 22.0)) * size_at(at.y), 96.0, i);
    }
    for (i, at) in STALLS.into_iter().enumerate() {
        let x = if i == 0 { 46.0 } else { -46.0 };
        glow(at + v(x, 68.0) * size_at(at.y) * 1.12, 74.0, i + 20);
    }
}
