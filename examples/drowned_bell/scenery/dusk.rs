//! The ford at dusk, from the other side: the ferry goes home, and something under the water answers.

use bevy::prelude::*;

use super::View;
use super::parts::{self, SHORE, WIDE};
use crate::paint::{Painter, chance, curve, sway};
use crate::palette::*;

fn v(x: f32, y: f32) -> Vec2 {
    Vec2::new(x, y)
}

/// What does not move.
pub fn backdrop(p: &mut Painter) {
    let ember = RUST.mix(AMBER, 0.35);
    p.bands(
        WIDE,
        &[
            (900.0, DEEP.full()),
            (400.0, NIGHT.full()),
            (250.0, SLATE.mix(RIVER, 0.4).full()),
            (150.0, MIST.mix(RUST, 0.42).mix(SLATE, 0.3).full()),
            (SHORE, ember.full()),
        ],
    );
    p.ellipse(v(-120.0, SHORE), v(760.0, 120.0), AMBER.alpha(0.42), AMBER.alpha(0.0));
    for (x, y, w) in [(-380.0, 190.0, 340.0), (90.0, 158.0, 420.0), (520.0, 214.0, 300.0), (-80.0, 250.0, 300.0)] {
        p.ellipse(v(x, y), v(w, 9.0), RUST.mix(AMBER, 0.3).alpha(0.5), RUST.alpha(0.0));
        p.ellipse(v(x - 40.0, y + 10.0), v(w * 0.8, 10.0), NIGHT.alpha(0.5), NIGHT.alpha(0.0));
    }
    parts::hills(p, 4, SHORE, 104.0, SLATE.mix(RUST, 0.22), RUST.mix(SLATE, 0.5));
    parts::hills(p, 6, SHORE, 60.0, NIGHT.mix(SLATE, 0.6), SLATE.mix(RUST, 0.35));
    parts::trees(p, 6, SHORE, 28.0, NIGHT);
    // The stage one came from, small now.
    p.rect(v(-310.0, SHORE - 6.0), v(-178.0, SHORE + 3.0), PITCH.full());
    for x in [-296.0, -240.0, -188.0] {
        p.rect(v(x - 2.5, SHORE - 18.0), v(x + 2.5, SHORE + 14.0), PITCH.full());
    }
    p.stroke(&[v(-270.0, SHORE), v(-270.0, SHORE + 52.0), v(-256.0, SHORE + 52.0)], (3.0, 2.4), PITCH.full());
    p.bands(
        WIDE,
        &[
            (SHORE - 4.0, ember.mix(RIVER, 0.35).full()),
            (10.0, SLATE.mix(RUST, 0.30).full()),
            (-90.0, NIGHT.mix(RIVER, 0.25).full()),
            (-260.0, DEEP.full()),
            (-900.0, PITCH.full()),
        ],
    );
    // The bank underfoot.
    let bank: Vec<Vec2> =
        (0..=40).map(|i| v(-1500.0 + 75.0 * i as f32, -246.0 + 20.0 * (i as f32 * 0.55).sin())).collect();
    p.ridge(&bank, -900.0, MOSS.mix(PITCH, 0.72).full(), PITCH.full());
}

/// What moves: the ferry with its lantern, the river, and the light of the bell.
pub fn living(p: &mut Painter, view: &View) {
    let t = view.time;
    parts::stars(p, t, 270.0);
    parts::glints(p, t, (SHORE - 8.0, -230.0), -120.0, AMBER.mix(BONE, 0.4), 0.85, |_| true);
    figures_light(p, v(-256.0, SHORE + 42.0), 40.0, t);
    drowned_bell(p, t);
    ferry(p, t);
    parts::fog(p, t, SHORE, v(330.0, 15.0), MIST.mix(RUST, 0.4), 0.26);
    parts::fog(p, t * 1.5 + 20.0, -120.0, v(400.0, 26.0), MIST, 0.10);
    parts::reeds(p, t, (-1300.0, -300.0), -420.0, 300.0, PITCH);
    parts::reeds(p, t + 2.0, (340.0, 1300.0), -420.0, 330.0, PITCH);
}

fn figures_light(p: &mut Painter, at: Vec2, radius: f32, t: f32) {
    p.glow(at, Vec2::splat(radius * (1.0 + 0.06 * sway(t, 0.6, 2))), AMBER.alpha(0.9));
    p.disc(at, Vec2::splat(2.2), FLAME.full());
}

/// Mara, poling home: seen from far, and not looking at the river.
fn ferry(p: &mut Painter, t: f32) {
    let at = v(-40.0 - 26.0 * (t * 0.03).sin(), 14.0 + 1.4 * sway(t, 3.3, 1));
    p.ellipse(at + v(0.0, -9.0), v(96.0, 8.0), PITCH.alpha(0.6), PITCH.alpha(0.0));
    p.fan(&[at + v(-78.0, 6.0), at + v(-62.0, -8.0), at + v(62.0, -8.0), at + v(78.0, 6.0)], PITCH.full());
    for x in [-50.0, 50.0] {
        p.stroke(&[at + v(x, 4.0), at + v(x, 24.0)], (3.0, 3.0), PITCH.full());
    }
    p.stroke(&[at + v(-50.0, 20.0), at + v(50.0, 20.0)], (1.6, 1.6), PITCH.full());
    p.placed(at + v(-14.0, 4.0), Vec2::splat(0.26), |p| {
        p.column(
            &[
                (268.0, -8.0, 8.0),
                (246.0, -25.0, 22.0),
                (212.0, -22.0, 20.0),
                (180.0, -42.0, 38.0),
                (100.0, -30.0, 32.0),
                (0.0, -46.0, 48.0),
            ],
            PITCH.full(),
            OAK.full(),
        );
    });
    p.stroke(&[at + v(-8.0, 50.0), at + v(22.0, 42.0)], (4.0, 3.0), PITCH.full());
    figures_light(p, at + v(23.0, 34.0), 62.0, t);
    for i in 0..6 {
        let y = -6.0 - 9.0 * i as f32;
        p.ellipse(
            at + v(23.0 + 3.0 * sway(t, 2.0, 30 + i), y),
            v(20.0 - 2.0 * i as f32, 1.8),
            AMBER.alpha(0.42 - 0.06 * i as f32),
            AMBER.alpha(0.0),
        );
    }
}

/// Under the water: a cold light in the shape of a bell, and rings that spread from it.
fn drowned_bell(p: &mut Painter, t: f32) {
    let at = v(118.0, -116.0 + 2.0 * sway(t, 5.0, 50));
    let pulse = 0.72 + 0.28 * sway(t, 3.6, 51);
    p.glow(at, v(300.0, 96.0), PALE.alpha(0.55 * pulse));
    let wave = |y: f32| 3.5 * (y * 0.11 + t * 1.6).sin();
    p.placed(at, v(1.0, 0.72), |p| {
        let span = |y: f32, half: f32| (y, wave(y) - half, wave(y) + half);
        let light = BONE.mix(PALE, 0.6);
        let body = [
            span(64.0, 5.0),
            span(60.0, 16.0),
            span(48.0, 30.0),
            span(10.0, 40.0),
            span(-28.0, 50.0),
            span(-52.0, 68.0),
            span(-60.0, 74.0),
        ];
        p.column(&body, light.alpha(0.16 * pulse), light.alpha(0.46 * pulse));
        p.ellipse(v(wave(-60.0), -60.0), v(74.0, 11.0), RIVER.alpha(0.5), light.alpha(0.5 * pulse));
        p.disc(v(wave(-66.0) * 2.0, -66.0), v(9.0, 10.0), light.alpha(0.55 * pulse));
        p.stroke(&curve(&[v(24.0, 44.0), v(31.0, 4.0), v(48.0, -40.0)], 6), (1.5, 4.0), BONE.alpha(0.55 * pulse));
    });
    // Ripples run over it.
    for i in 0..13 {
        let y = at.y + 46.0 - 8.0 * i as f32 + 2.0 * sway(t, 2.6, 70 + i);
        let x = at.x + 16.0 * sway(t, 4.0, 80 + i);
        p.ellipse(v(x, y), v(52.0 + 40.0 * chance(i + 5), 1.7), NIGHT.alpha(0.62), NIGHT.alpha(0.0));
    }
    for i in 0..5 {
        let age = (t * 0.11 + i as f32 / 5.0).fract();
        let radii = v(70.0 + 330.0 * age, 16.0 + 74.0 * age);
        let ring: Vec<Vec2> =
            (0..=48).map(|k| at + Vec2::from_angle(std::f32::consts::TAU * k as f32 / 48.0) * radii).collect();
        p.stroke(&ring, (2.4 - 1.2 * age, 2.4 - 1.2 * age), PALE.alpha(0.5 * (1.0 - age) * (age * 6.0).min(1.0)));
    }
}
