//! The ringing chamber of the bell tower: moonlight through one arch, a rope that holds nothing.

use bevy::prelude::*;

use super::parts::WIDE;
use super::{Actor, View};
use crate::figures::{self, Pose};
use crate::paint::{Painter, chance, curve, sway};
use crate::palette::*;

/// Where the wall meets the floor.
const FLOOR: f32 = -112.0;

fn v(x: f32, y: f32) -> Vec2 {
    Vec2::new(x, y)
}

/// What does not move.
pub fn backdrop(p: &mut Painter) {
    p.bands(
        WIDE,
        &[(900.0, PITCH.full()), (380.0, DEEP.full()), (60.0, NIGHT.mix(SLATE, 0.55).full()), (FLOOR, NIGHT.full())],
    );
    masonry(p, (-1000.0, 1000.0), (FLOOR, 460.0));
    arch(p);
    beams(p);
    floor(p);
    stair(p);
}

/// Courses of stone, each a little lighter or darker than the wall.
pub fn masonry(p: &mut Painter, x: (f32, f32), y: (f32, f32)) {
    let mut row = 0;
    let mut low = y.0;
    while low < y.1 {
        let high = low + 34.0;
        let mut left = x.0 - 60.0 * chance(row * 31 + 7);
        let mut stone = row * 97;
        while left < x.1 {
            let right = left + 52.0 + 46.0 * chance(stone);
            let tone = chance(stone + 1);
            let color = if tone > 0.5 { MIST.alpha(0.07 * (tone - 0.3)) } else { PITCH.alpha(0.30 * (0.6 - tone)) };
            p.rect(v(left + 1.2, low + 1.2), v(right - 1.2, high - 1.2), color);
            p.rect(v(left + 1.2, high - 2.6), v(right - 1.2, high - 1.2), PALE.alpha(0.035));
            left = right;
            stone += 2;
        }
        low = high;
        row += 1;
    }
}

fn arch(p: &mut Painter) {
    let (x, base, top, half) = (80.0, 96.0, 232.0, 62.0);
    let reveal = SLATE.mix(MIST, 0.22).full();
    p.rect(v(x - half - 15.0, base - 12.0), v(x + half + 15.0, top), reveal);
    p.disc(v(x, top), v(half + 15.0, half + 15.0), reveal);
    p.disc(v(x, top), Vec2::splat(half), RIVER.mix(MIST, 0.35).full());
    p.bands((x - half, x + half), &[(base, MIST.full()), (top, RIVER.mix(MIST, 0.35).full())]);
    // The moon, hills, and the ford's lamp far below.
    p.ellipse(v(x + 20.0, top + 4.0), Vec2::splat(21.0), BONE.full(), PALE.full());
    let ridge: Vec<Vec2> = (0..=16)
        .map(|i| {
            let s = i as f32 / 16.0;
            v(x - half + 2.0 * half * s, base + 34.0 + 13.0 * (s * 5.0).sin() + 4.0 * chance(i + 60))
        })
        .collect();
    p.ridge(&ridge, base, SLATE.mix(RIVER, 0.5).full(), RIVER.full());
    p.glow(v(x - 32.0, base + 14.0), Vec2::splat(16.0), AMBER.alpha(0.9));
    p.disc(v(x - 32.0, base + 14.0), Vec2::splat(1.8), FLAME.full());
    // Voussoirs and sill.
    for i in 0..=10 {
        let angle = std::f32::consts::PI * i as f32 / 10.0;
        let out = Vec2::from_angle(angle);
        p.stroke(&[v(x, top) + out * (half + 1.0), v(x, top) + out * (half + 15.0)], (1.6, 1.6), NIGHT.alpha(0.8));
    }
    p.rect(v(x - half - 24.0, base - 18.0), v(x + half + 24.0, base - 2.0), SLATE.mix(MIST, 0.42).full());
    p.rect(v(x - half - 24.0, base - 24.0), v(x + half + 24.0, base - 18.0), PITCH.alpha(0.5));
    p.stroke(&[v(x, base), v(x, top + half)], (5.0, 5.0), NIGHT.full());
    p.stroke(&[v(x - half, top - 30.0), v(x + half, top - 30.0)], (3.0, 3.0), NIGHT.full());
}

/// The frame that carried the bell.
fn beams(p: &mut Painter) {
    for (y, h, ink) in [(352.0, 30.0, OAK), (318.0, 16.0, OAK.mix(PITCH, 0.4))] {
        p.bands(WIDE, &[(y + h, ink.mix(TAN, 0.15).full()), (y, ink.mix(PITCH, 0.5).full())]);
    }
    for x in [-520.0, -200.0, 270.0, 560.0] {
        p.flat(
            [v(x - 16.0, 318.0), v(x + 16.0, 318.0), v(x + 16.0, 480.0), v(x - 16.0, 480.0)],
            OAK.mix(PITCH, 0.3).full(),
        );
        p.stroke(&[v(x + 14.0, 320.0), v(x + 14.0, 470.0)], (2.0, 2.0), TAN.alpha(0.3));
    }
    // The wheel: one spoke broken.
    let hub = v(-92.0, 352.0);
    let rim: Vec<Vec2> = (0..=28).map(|i| hub + Vec2::from_angle(0.22 * i as f32 + 0.3) * 88.0).collect();
    p.stroke(&rim, (9.0, 9.0), OAK.mix(TAN, 0.35).full());
    for i in 0..5 {
        let out = Vec2::from_angle(1.05 * i as f32 + 0.6);
        p.stroke(&[hub, hub + out * 86.0], (6.0, 5.0), OAK.mix(TAN, 0.25).full());
    }
    p.disc(hub, Vec2::splat(13.0), OAK.mix(TAN, 0.5).full());
}

fn floor(p: &mut Painter) {
    p.bands(WIDE, &[(FLOOR, SLATE.mix(RIVER, 0.25).full()), (-260.0, NIGHT.full()), (-900.0, PITCH.full())]);
    p.bands(WIDE, &[(FLOOR + 9.0, PITCH.alpha(0.0)), (FLOOR, PITCH.alpha(0.75)), (FLOOR - 10.0, PITCH.alpha(0.0))]);
    for i in 0..26 {
        let x = -1300.0 + 104.0 * i as f32;
        p.stroke(&[v(x * 0.62, FLOOR), v(x * 1.5, -480.0)], (1.0, 3.0), PITCH.alpha(0.45));
    }
    for y in [-128.0, -152.0, -190.0, -250.0] {
        p.stroke(&[v(WIDE.0, y), v(WIDE.1, y)], (1.6, 1.6), PITCH.alpha(0.4));
    }
    // Wet footprints from the left, where he came in.
    for i in 0..8 {
        let s = i as f32;
        let at = v(-610.0 + 52.0 * s, -150.0 - 12.0 * (i % 2) as f32);
        p.ellipse(at, v(15.0, 4.2), PALE.alpha(0.12 + 0.035 * s), PALE.alpha(0.02));
        p.ellipse(at + v(17.0, 0.0), v(5.0, 3.2), PALE.alpha(0.12 + 0.035 * s), PALE.alpha(0.02));
    }
}

/// The foot of the winding stair, going up into the dark at the right.
fn stair(p: &mut Painter) {
    let (dark, edge) = (PITCH.full(), SLATE.mix(MIST, 0.3).full());
    p.rect(v(318.0, FLOOR), v(560.0, 190.0), dark);
    p.ellipse(v(439.0, 190.0), v(121.0, 92.0), dark, dark);
    for i in 0..9 {
        let s = i as f32;
        let (x, y) = (330.0 + 22.0 * s, FLOOR + 29.0 * s);
        let fade = 1.0 - s / 9.5;
        let face = NIGHT.mix(SLATE, 0.6).alpha(fade);
        p.quad(
            [v(x, y), v(560.0, y), v(560.0, y + 24.0), v(x, y + 24.0)],
            [face, PITCH.alpha(fade), PITCH.alpha(fade), face],
        );
        p.quad(
            [v(x - 6.0, y + 24.0), v(560.0, y + 24.0), v(560.0, y + 29.0), v(x - 6.0, y + 29.0)],
            [edge.with_alpha(fade), SLATE.alpha(fade * 0.4), SLATE.alpha(fade * 0.4), edge.with_alpha(fade)],
        );
    }
    let middle = v(439.0, 190.0);
    let around =
        |share: f32, reach: f32| middle + Vec2::from_angle(std::f32::consts::PI * share) * v(1.0, 0.78) * reach;
    for i in 0..13 {
        let (from, to) = (i as f32 / 13.0, (i + 1) as f32 / 13.0 - 0.006);
        let corners = [around(from, 120.0), around(to, 120.0), around(to, 146.0), around(from, 146.0)];
        p.flat(corners, SLATE.mix(MIST, 0.08 + 0.16 * chance(i + 30)).full());
    }
    for (x, i0) in [(308.0, 0), (570.0, 40)] {
        for i in 0..9 {
            let y = FLOOR + 34.0 * i as f32;
            p.rect(v(x - 12.0, y + 1.0), v(x + 12.0, y + 33.0), SLATE.mix(MIST, 0.08 + 0.12 * chance(i + i0)).full());
        }
    }
}

/// What moves: the shaft of moonlight with its dust, the rope's end, a candle, Odo.
pub fn living(p: &mut Painter, view: &View) {
    let t = view.time;
    let beam = PALE.alpha(0.085 + 0.006 * sway(t, 9.0, 3));
    for inset in [0.0, 14.0, 28.0] {
        let corners = [
            v(18.0 + inset, 97.0),
            v(142.0 - inset, 97.0),
            v(-130.0 - inset * 1.6, -176.0),
            v(-420.0 + inset * 1.6, -176.0),
        ];
        p.quad(corners, [beam, beam, PALE.alpha(0.012), PALE.alpha(0.012)]);
    }
    p.ellipse(v(-268.0, -165.0), v(205.0, 32.0), PALE.alpha(0.20), PALE.alpha(0.0));
    for i in 0..46 {
        let s = (chance(i) + t * 0.012 * (0.4 + chance(i + 50))).fract();
        let across = chance(i + 100) - 0.5;
        let at =
            v(80.0, 96.0).lerp(v(-275.0, -165.0), s) + v((110.0 + 150.0 * s) * across + 8.0 * sway(t, 6.0, i), 0.0);
        p.disc(at, Vec2::splat(0.8 + 1.1 * chance(i + 150)), PALE.alpha(0.5 * (s * std::f32::consts::PI).sin()));
    }
    rope(p, t);
    candle(p, v(238.0, 40.0), t);
    if view.cast {
        p.placed(v(-60.0, -168.0), Vec2::splat(1.06), |p| {
            figures::odo(p, Pose { time: t, speaking: view.speaking(Actor::Odo) });
        });
    }
}

/// The bell rope: it ends in the air, frayed.
fn rope(p: &mut Painter, t: f32) {
    let drift = 9.0 * sway(t, 6.5, 33);
    let hang = curve(
        &[v(-178.0, 360.0), v(-178.0 + drift * 0.2, 240.0), v(-178.0 + drift * 0.6, 130.0), v(-178.0 + drift, 66.0)],
        8,
    );
    p.stroke(&hang, (7.0, 7.0), TAN.mix(BONE, 0.22).full());
    for pair in hang.windows(2) {
        let mid = pair[0].midpoint(pair[1]);
        p.stroke(&[mid + v(-3.4, 4.0), mid + v(3.4, -4.0)], (1.6, 1.6), OAK.alpha(0.8));
    }
    // The sally, where hands held it; then strands.
    let end = v(-178.0 + drift, 66.0);
    p.column(
        &[
            (146.0, -182.0 + drift * 0.5, -173.0 + drift * 0.5),
            (124.0, -187.0 + drift * 0.6, -169.0 + drift * 0.6),
            (96.0, -184.0 + drift * 0.8, -171.0 + drift * 0.8),
        ],
        RUST.mix(OAK, 0.35).full(),
        RUST.full(),
    );
    for i in 0..7 {
        let lean = -15.0 + 5.0 * i as f32 + 2.0 * sway(t, 3.0, i);
        let down = 18.0 + 17.0 * chance(i + 20);
        p.stroke(
            &curve(&[end + v(lean * 0.15, 3.0), end + v(lean * 0.6, -down * 0.5), end + v(lean, -down)], 4),
            (2.2, 0.7),
            TAN.mix(BONE, 0.3).full(),
        );
    }
}

/// A candle on a bracket in the wall.
pub fn candle(p: &mut Painter, at: Vec2, t: f32) {
    figures::flame_light(p, at + v(0.0, 30.0), 290.0, t, 0.95);
    p.stroke(&[at + v(-20.0, -12.0), at + v(0.0, -3.0), at + v(20.0, -3.0)], (4.0, 4.0), PITCH.full());
    p.rect(at + v(-15.0, -4.0), at + v(15.0, 0.0), PITCH.full());
    p.quad(
        [at + v(-6.0, 0.0), at + v(6.0, 0.0), at + v(5.5, 25.0), at + v(-5.5, 25.0)],
        [TAN.full(), BONE.mix(AMBER, 0.4).full(), FLAME.full(), BONE.mix(AMBER, 0.5).full()],
    );
    let lean = 1.4 * sway(t, 0.9, 9);
    let tall = 12.0 + 1.6 * sway(t, 0.33, 8);
    p.glow(at + v(lean, 36.0), Vec2::splat(46.0), AMBER.alpha(0.8));
    p.ellipse(at + v(lean * 0.6, 35.0), v(4.6, tall), FLAME.full(), AMBER.alpha(0.75));
    p.ellipse(at + v(lean * 0.4, 32.0), v(2.4, 6.0), BONE.full(), FLAME.alpha(0.4));
}
