//! The ferry stage at Harrow Ford, by night, after the flood.

use bevy::prelude::*;

use super::parts::{self, Church, SHORE, WIDE};
use super::{Actor, View};
use crate::figures::{self, Pose};
use crate::paint::{Painter, curve, sway};
use crate::palette::*;

/// The far post of the ferry's rope.
const FAR_POST: Vec2 = Vec2::new(276.0, SHORE + 6.0);
/// How far the rope hangs through.
const SAG: f32 = 13.0;
/// The near one, on the stage.
const NEAR_POST: Vec2 = Vec2::new(-30.0, 26.0);

fn v(x: f32, y: f32) -> Vec2 {
    Vec2::new(x, y)
}

/// What does not move.
pub fn backdrop(p: &mut Painter) {
    sky_and_far_bank(p);
    water(p);
    stage(p);
}

fn sky_and_far_bank(p: &mut Painter) {
    let horizon = RIVER.mix(MIST, 0.62);
    p.bands(
        WIDE,
        &[
            (900.0, DEEP.full()),
            (400.0, DEEP.mix(NIGHT, 0.5).full()),
            (250.0, NIGHT.mix(SLATE, 0.5).full()),
            (140.0, RIVER.full()),
            (SHORE, horizon.full()),
        ],
    );
    // The moon behind the tower, so that one sees what is missing.
    let moon = v(452.0, 236.0);
    p.glow(moon, v(430.0, 330.0), PALE.alpha(0.55));
    p.ellipse(moon, v(66.0, 66.0), BONE.mix(PALE, 0.3).full(), PALE.full());
    for (x, y, r) in [(-18.0, 20.0, 15.0), (-34.0, -8.0, 11.0), (30.0, 32.0, 9.0)] {
        p.ellipse(moon + v(x, y), v(r, r), MIST.alpha(0.25), MIST.alpha(0.02));
    }
    for (x, y, w) in [(640.0, 268.0, 190.0), (330.0, 300.0, 150.0), (-260.0, 280.0, 260.0), (-620.0, 330.0, 200.0)] {
        p.ellipse(v(x, y), v(w, 13.0), SLATE.mix(MIST, 0.3).alpha(0.5), SLATE.alpha(0.0));
        p.ellipse(v(x + w * 0.3, y - 9.0), v(w * 0.7, 9.0), SLATE.mix(MIST, 0.4).alpha(0.4), SLATE.alpha(0.0));
    }
    parts::hills(p, 1, SHORE, 150.0, RIVER.mix(MIST, 0.28), RIVER.mix(MIST, 0.6));
    parts::hills(p, 2, SHORE, 92.0, SLATE.mix(RIVER, 0.7), RIVER.mix(MIST, 0.45));
    parts::hills(p, 5, SHORE, 46.0, SLATE, RIVER.mix(MIST, 0.2));
    parts::trees(p, 1, SHORE, 26.0, NIGHT.mix(SLATE, 0.6));
    p.placed(v(430.0, SHORE), Vec2::splat(0.92), |p| {
        parts::church(p, &Church { walls: (NIGHT, SLATE), through: BONE.mix(PALE, 0.45), window: 0.9 });
    });
    broken_bridge(p);
    p.bands(WIDE, &[(SHORE + 5.0, NIGHT.full()), (SHORE - 6.0, NIGHT.mix(PITCH, 0.4).full())]);
    p.stroke(&[FAR_POST - v(0.0, 12.0), FAR_POST + v(0.0, 26.0)], (6.0, 5.0), PITCH.full());
}

/// The lower bridge, or what the flood left of it.
fn broken_bridge(p: &mut Painter) {
    let stone = SLATE.mix(NIGHT, 0.4);
    for (x, w) in [(-700.0, 60.0), (-590.0, 60.0), (-480.0, 58.0)] {
        p.rect(v(x - 13.0, SHORE - 10.0), v(x + 13.0, SHORE + 44.0), stone.full());
        if x < -500.0 {
            p.rect(v(x - w, SHORE + 36.0), v(x + w, SHORE + 54.0), stone.full());
        }
    }
    p.fan(
        &[
            v(-540.0, SHORE + 54.0),
            v(-540.0, SHORE + 36.0),
            v(-470.0, SHORE + 26.0),
            v(-452.0, SHORE + 33.0),
            v(-466.0, SHORE + 50.0),
        ],
        stone.full(),
    );
    p.rect(v(-1500.0, SHORE + 36.0), v(-690.0, SHORE + 54.0), stone.full());
    p.fan(
        &[v(-392.0, SHORE - 8.0), v(-380.0, SHORE + 13.0), v(-366.0, SHORE + 3.0), v(-358.0, SHORE - 8.0)],
        stone.full(),
    );
}

fn water(p: &mut Painter) {
    p.bands(
        WIDE,
        &[
            (SHORE - 5.0, RIVER.mix(MIST, 0.55).full()),
            (SHORE - 40.0, RIVER.mix(MIST, 0.12).full()),
            (-60.0, SLATE.full()),
            (-220.0, NIGHT.full()),
            (-900.0, DEEP.full()),
        ],
    );
    // The tower and the moon, upside down.
    p.bands((396.0, 464.0), &[(SHORE - 5.0, NIGHT.alpha(0.55)), (-70.0, NIGHT.alpha(0.0))]);
    p.ellipse(v(478.0, -40.0), v(86.0, 150.0), PALE.alpha(0.30), PALE.alpha(0.0));
    p.ellipse(v(478.0, 10.0), v(30.0, 70.0), BONE.alpha(0.32), BONE.alpha(0.0));
}

/// Planks, posts, and the pole with the stage's lamp.
fn stage(p: &mut Painter) {
    let (far, near) = (-112.0, -430.0);
    p.flat([v(-1500.0, far - 14.0), v(4.0, far - 14.0), v(4.0, far - 40.0), v(-1500.0, far - 40.0)], PITCH.alpha(0.6));
    for i in 0..44 {
        let (a, b) = (-1480.0 + 34.0 * i as f32, -1480.0 + 34.0 * (i + 1) as f32);
        // Planks run towards the eye, all of them to a point far behind the river.
        let fan = |x: f32| v(x + (x + 300.0) * 0.42, near);
        let warm = (1.0 - ((a + 300.0) / 330.0).abs()).max(0.0) * 0.8;
        let shade = 0.16 * crate::paint::chance(i + 1500);
        let top = OAK.mix(TAN, 0.28 + warm * 0.62 - shade).full();
        let low = OAK.mix(PITCH, 0.25 + shade).full();
        p.quad([v(a, far), v(b - 1.6, far), fan(b - 2.6), fan(a)], [top, top, low, low]);
    }
    p.flat([v(-1500.0, far), v(14.0, far), v(14.0, far - 9.0), v(-1500.0, far - 9.0)], OAK.mix(TAN, 0.5).alpha(0.85));
    for x in [-30.0, -586.0] {
        post(p, v(x, far - 6.0), 146.0);
    }
    // The lamp pole.
    p.stroke(&[v(-470.0, far), v(-470.0, 150.0)], (11.0, 8.0), OAK.full());
    p.stroke(&[v(-466.0, far), v(-466.0, 150.0)], (3.0, 2.0), TAN.alpha(0.9));
    p.stroke(&curve(&[v(-470.0, 142.0), v(-448.0, 158.0), v(-424.0, 146.0)], 6), (6.0, 4.0), OAK.full());
    p.stroke(&[v(-470.0, 108.0), v(-446.0, 153.0)], (4.0, 3.0), OAK.full());
}

fn post(p: &mut Painter, foot: Vec2, height: f32) {
    let top = foot.y + height;
    let (dark, lit) = (PITCH.mix(OAK, 0.6).full(), OAK.mix(TAN, 0.8).full());
    let (l, r) = (foot.x - 11.0, foot.x + 11.0);
    p.quad([v(l, foot.y), v(r, foot.y), v(r, top), v(l, top)], [lit, dark, dark, lit]);
    p.disc(v(foot.x, top), v(11.0, 4.0), OAK.mix(TAN, 0.9).full());
    for y in [top - 12.0, top - 18.0, top - 24.0] {
        p.stroke(&[v(l - 2.0, y), v(r + 2.0, y + 2.0)], (5.0, 5.0), TAN.mix(BONE, 0.25).full());
    }
}

/// What moves: water, fog, the rope, the ferry, the lamps and Mara.
pub fn living(p: &mut Painter, view: &View) {
    let t = view.time;
    parts::stars(p, t, 240.0);
    parts::glints(p, t, (SHORE - 10.0, -330.0), 478.0, PALE, 1.0, |at| {
        at.y > -100.0 || at.x > 10.0 - (at.y + 112.0) * 0.42
    });
    parts::fog(p, t, SHORE + 6.0, v(360.0, 22.0), MIST.mix(PALE, 0.3), 0.34);
    parts::rope(p, NEAR_POST, FAR_POST + v(0.0, 20.0), SAG, (5.0, 1.6), t, TAN.mix(PITCH, 0.3));
    ferry(p, t);
    // The stage's lamp, its light on the planks, and a path of it on the water.
    let lamp = v(-424.0, 146.0);
    figures::flame_light(p, lamp - v(0.0, 30.0), 250.0, t, 0.7);
    figures::lantern(p, lamp, 1.0, t + 3.0);
    figures::flame_light(p, lamp - v(0.0, 28.0), 70.0, t, 1.2);
    p.ellipse(v(-250.0, -170.0), v(300.0, 62.0), AMBER.alpha(0.17 + 0.012 * sway(t, 0.5, 5)), AMBER.alpha(0.0));
    for i in 0..9 {
        let y = -84.0 + 15.0 * i as f32;
        let x = -214.0 + 5.0 * sway(t, 2.4, 60 + i);
        p.ellipse(v(x, y), v(52.0 - 4.0 * i as f32, 2.6), AMBER.alpha(0.26 - 0.022 * i as f32), AMBER.alpha(0.0));
    }
    if view.cast {
        p.placed(v(-236.0, -172.0), Vec2::splat(1.02), |p| {
            figures::mara(p, Pose { time: t, speaking: view.speaking(Actor::Mara) });
        });
    }
    parts::fog(p, t * 1.4 + 40.0, -96.0, v(420.0, 30.0), MIST, 0.10);
    parts::reeds(p, t, (330.0, 1300.0), -420.0, 270.0, PITCH);
    parts::reeds(p, t + 5.0, (-1300.0, -540.0), -420.0, 280.0, PITCH);
}

/// The ferry: a flat boat on a guide rope.
fn ferry(p: &mut Painter, t: f32) {
    let at = v(196.0 + 3.0 * sway(t, 7.0, 70), -70.0 + 2.2 * sway(t, 3.1, 71));
    p.ellipse(at + v(0.0, -22.0), v(200.0, 18.0), PITCH.alpha(0.65), PITCH.alpha(0.0));
    // Guide lines up to the rope overhead.
    for (x, share) in [(-96.0, 0.42), (92.0, 0.78)] {
        let ring = parts::rope_at(NEAR_POST, FAR_POST + v(0.0, 20.0), SAG, share);
        p.stroke(&[at + v(x, 50.0), ring], (2.4, 1.8), TAN.mix(PITCH, 0.4).full());
        p.disc(ring, v(3.2, 4.2), TAN.mix(BONE, 0.2).full());
    }
    let hull = [(10.0, -150.0, 150.0), (0.0, -146.0, 146.0), (-14.0, -126.0, 126.0), (-24.0, -104.0, 104.0)];
    p.placed(at, Vec2::ONE, |p| {
        p.fan(&[v(-150.0, 10.0), v(150.0, 10.0), v(128.0, 24.0), v(-128.0, 24.0)], OAK.mix(TAN, 0.42).full());
        for x in [-90.0, -45.0, 0.0, 45.0, 90.0] {
            p.stroke(&[v(x, 11.0), v(x * 0.86, 23.0)], (1.4, 1.0), PITCH.alpha(0.6));
        }
        p.column(&hull, OAK.mix(TAN, 0.75).full(), PITCH.mix(OAK, 0.7).full());
        p.stroke(&curve(&[v(-152.0, 10.0), v(0.0, 7.0), v(152.0, 10.0)], 8), (5.0, 5.0), TAN.mix(OAK, 0.3).full());
        p.stroke(&curve(&[v(-138.0, -5.0), v(0.0, -8.0), v(138.0, -5.0)], 8), (1.6, 1.6), PITCH.alpha(0.7));
        for (x, lean) in [(-96.0, -3.0), (92.0, 3.0)] {
            p.stroke(&[v(x, 10.0), v(x + lean, 52.0)], (7.0, 6.0), OAK.full());
        }
        p.stroke(&[v(-98.0, 40.0), v(95.0, 40.0)], (4.0, 4.0), OAK.mix(TAN, 0.3).full());
        p.stroke(&[v(-150.0, 4.0), v(-222.0, -38.0)], (3.0, 3.0), TAN.mix(PITCH, 0.3).full());
    });
}
