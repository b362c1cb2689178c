//! The green at dawn: the smith's yard, and the bell hanging from three poles.

use bevy::prelude::*;

use super::View;
use super::parts::{self, Church, WIDE};
use crate::paint::{Painter, chance, curve, sway};
use crate::palette::*;

/// Where the grass begins.
const GRASS: f32 = -40.0;

fn v(x: f32, y: f32) -> Vec2 {
    Vec2::new(x, y)
}

/// What does not move.
pub fn backdrop(p: &mut Painter) {
    let peach = AMBER.mix(BONE, 0.45).mix(MIST, 0.18);
    p.bands(
        WIDE,
        &[
            (900.0, SLATE.full()),
            (390.0, RIVER.mix(MIST, 0.2).full()),
            (220.0, MIST.mix(PALE, 0.2).full()),
            (90.0, PALE.mix(peach, 0.55).full()),
            (GRASS, peach.full()),
        ],
    );
    let sun = v(210.0, 40.0);
    p.glow(sun, v(620.0, 360.0), FLAME.alpha(0.75));
    p.ellipse(sun, Vec2::splat(44.0), BONE.full(), FLAME.full());
    for (x, y, w) in [(-420.0, 250.0, 300.0), (160.0, 216.0, 260.0), (560.0, 290.0, 320.0), (-80.0, 320.0, 260.0)] {
        p.ellipse(v(x, y), v(w, 10.0), FLAME.mix(BONE, 0.5).alpha(0.34), BONE.alpha(0.0));
        p.ellipse(v(x + w * 0.25, y + 10.0), v(w * 0.6, 7.0), MIST.alpha(0.4), MIST.alpha(0.0));
    }
    parts::hills(p, 3, GRASS, 150.0, MIST.mix(PALE, 0.25), PALE.mix(peach, 0.5));
    parts::hills(p, 7, GRASS, 92.0, MIST.mix(RIVER, 0.45), MIST.mix(peach, 0.35));
    parts::trees(p, 3, GRASS, 40.0, RIVER.mix(MOSS, 0.45));
    p.placed(v(462.0, GRASS + 4.0), Vec2::splat(0.86), |p| {
        parts::church(p, &Church { walls: (RIVER, MIST), through: BONE.mix(FLAME, 0.4), window: 0.0 });
    });
    p.bands(
        WIDE,
        &[
            (GRASS + 6.0, MOSS.mix(MIST, 0.5).full()),
            (-120.0, MOSS.mix(RIVER, 0.2).full()),
            (-260.0, MOSS.mix(NIGHT, 0.5).full()),
            (-900.0, DEEP.full()),
        ],
    );
    p.ellipse(v(210.0, GRASS - 14.0), v(520.0, 60.0), FLAME.alpha(0.36), FLAME.alpha(0.0));
    smithy(p);
    // The drag marks from the yard to the poles.
    for dy in [0.0, -16.0] {
        p.stroke(
            &curve(&[v(-330.0, -112.0 + dy), v(-190.0, -138.0 + dy), v(10.0, -146.0 + dy)], 8),
            (9.0, 7.0),
            OAK.alpha(0.4),
        );
    }
}

fn smithy(p: &mut Painter) {
    let wall = SLATE.mix(OAK, 0.35);
    p.quad(
        [v(-1500.0, -118.0), v(-380.0, -118.0), v(-380.0, 74.0), v(-1500.0, 74.0)],
        [DEEP.full(), wall.full(), wall.full(), DEEP.full()],
    );
    p.fan(&[v(-1500.0, 70.0), v(-350.0, 62.0), v(-470.0, 186.0), v(-1500.0, 200.0)], NIGHT.mix(OAK, 0.5).full());
    for i in 0..9 {
        let x = -366.0 - 44.0 * i as f32;
        p.stroke(&[v(x, 66.0), v(x - 98.0, 184.0)], (2.0, 1.4), PITCH.alpha(0.45));
    }
    p.stroke(&[v(-350.0, 62.0), v(-470.0, 186.0)], (5.0, 5.0), FLAME.alpha(0.45));
    p.rect(v(-606.0, 150.0), v(-552.0, 262.0), SLATE.mix(RUST, 0.3).full());
    p.rect(v(-612.0, 256.0), v(-546.0, 268.0), SLATE.mix(RUST, 0.15).full());
    // The forge within.
    p.rect(v(-560.0, -118.0), v(-430.0, 30.0), PITCH.full());
    p.ellipse(v(-495.0, 30.0), v(65.0, 30.0), PITCH.full(), PITCH.full());
    for x in [-396.0, -640.0] {
        p.rect(v(x - 8.0, -120.0), v(x + 8.0, 70.0), OAK.full());
    }
    // Anvil on its block.
    p.rect(v(-366.0, -138.0), v(-318.0, -104.0), OAK.mix(TAN, 0.3).full());
    p.fan(
        &[
            v(-342.0, -104.0),
            v(-362.0, -104.0),
            v(-356.0, -92.0),
            v(-372.0, -78.0),
            v(-312.0, -78.0),
            v(-328.0, -92.0),
            v(-322.0, -104.0),
        ],
        PITCH.full(),
    );
    p.fan(&[v(-312.0, -78.0), v(-288.0, -76.0), v(-312.0, -88.0)], PITCH.full());
    p.stroke(&[v(-372.0, -77.0), v(-290.0, -76.0)], (2.4, 1.6), FLAME.alpha(0.7));
}

/// What moves: forge light, smoke, birds, mist on the grass, villagers, the bell.
pub fn living(p: &mut Painter, view: &View) {
    let t = view.time;
    let heat = 0.85 + 0.1 * sway(t, 0.6, 1) + 0.05 * sway(t, 0.23, 2);
    p.glow(v(-495.0, -76.0), v(170.0, 130.0), AMBER.alpha(0.85 * heat));
    p.ellipse(v(-495.0, -104.0), v(44.0, 15.0), FLAME.alpha(heat), RUST.alpha(0.1));
    for i in 0..12 {
        let age = (t * 0.05 + i as f32 / 12.0).fract();
        let at = v(-579.0 + 130.0 * age * age + 12.0 * sway(t, 5.0, i), 268.0 + 190.0 * age);
        p.ellipse(at, Vec2::splat(14.0 + 46.0 * age), SLATE.alpha(0.5 * (1.0 - age)), SLATE.alpha(0.0));
    }
    for i in 0..7 {
        let along = (t * 0.012 + chance(i + 40) * 0.3).fract();
        let at = v(-700.0 + 1500.0 * along, 210.0 + 80.0 * chance(i + 50) + 14.0 * sway(t, 3.0, i));
        let flap = 5.0 * sway(t, 0.55, i + 9);
        p.stroke(&curve(&[at + v(-11.0, 3.0 + flap), at, at + v(11.0, 3.0 + flap)], 4), (1.2, 1.8), SLATE.full());
    }
    parts::fog(p, t, GRASS - 6.0, v(330.0, 17.0), BONE.mix(PALE, 0.5), 0.34);
    for (i, (x, tall)) in
        [(-262.0, 0.80), (-214.0, 0.92), (226.0, 0.90), (272.0, 0.74), (318.0, 0.86)].into_iter().enumerate()
    {
        villager(p, v(x, -128.0 - 8.0 * chance(i + 3)), tall, t, i);
    }
    bell_on_poles(p, t);
    parts::fog(p, t * 1.3 + 30.0, -150.0, v(380.0, 20.0), PALE, 0.14);
    parts::reeds(p, t, (-1300.0, 1300.0), -430.0, 250.0, MOSS.mix(PITCH, 0.7));
}

/// Somebody who came to see: dark against the light, with an edge of sun.
fn villager(p: &mut Painter, at: Vec2, tall: f32, t: f32, who: usize) {
    let side = if at.x < 0.0 { 1.0 } else { -1.0 };
    p.placed(at, Vec2::splat(tall * 0.86), |p| {
        p.placed(Vec2::ZERO, v(side, 1.0), |p| {
            p.ellipse(v(0.0, 0.0), v(44.0, 8.0), PITCH.alpha(0.55), PITCH.alpha(0.0));
            let breath = 1.3 * sway(t, 4.0, who + 70);
            let coat = [
                (176.0 + breath, -9.0, 10.0),
                (160.0 + breath, -25.0, 25.0),
                (110.0, -24.0, 25.0),
                (40.0, -31.0, 32.0),
                (2.0, -30.0, 31.0),
            ];
            p.column(&coat, DEEP.mix(MOSS, 0.25).full(), SLATE.mix(TAN, 0.5).full());
            p.stroke(
                &curve(&[v(12.0, 170.0), v(26.0, 140.0), v(27.0, 100.0), v(32.0, 40.0)], 5),
                (2.2, 2.2),
                FLAME.alpha(0.42),
            );
            p.disc(v(1.0, 194.0 + breath), v(15.0, 18.0), TAN.mix(OAK, 0.4).full());
            if who.is_multiple_of(2) {
                p.column(&[(216.0 + breath, -13.0, 14.0), (198.0 + breath, -17.0, 17.0)], DEEP.full(), OAK.full());
                p.stroke(&[v(-23.0, 199.0 + breath), v(24.0, 199.0 + breath)], (4.5, 4.5), DEEP.full());
            } else {
                p.column(
                    &[(216.0 + breath, -8.0, 7.0), (200.0 + breath, -18.0, 8.0), (178.0 + breath, -20.0, 2.0)],
                    SLATE.full(),
                    SHAWL.full(),
                );
            }
        });
    });
}

/// The bell of Saint Wenna, out of the water: it sways, and weed still hangs from it.
fn bell_on_poles(p: &mut Painter, t: f32) {
    let top = v(6.0, 196.0);
    for foot in [v(-150.0, -146.0), v(60.0, -116.0), v(170.0, -150.0)] {
        p.stroke(&[foot, top + (top - foot) * 0.06], (13.0, 9.0), OAK.full());
        p.stroke(
            &[foot + v(4.0, 0.0), top + (top - foot) * 0.06 + v(3.0, 0.0)],
            (2.4, 2.0),
            AMBER.mix(TAN, 0.6).alpha(0.8),
        );
    }
    for i in 0..4 {
        p.stroke(
            &[top + v(-13.0, -9.0 + 5.0 * i as f32), top + v(13.0, -11.0 + 5.0 * i as f32)],
            (4.0, 4.0),
            TAN.mix(BONE, 0.3).full(),
        );
    }
    let tilt = 0.045 * sway(t, 3.4, 31);
    let turn = |q: Vec2| Vec2::from_angle(tilt).rotate(q);
    p.stroke(&[top, top + turn(v(0.0, -88.0))], (5.0, 5.0), TAN.mix(BONE, 0.25).full());
    let hang = top + turn(v(0.0, -92.0));
    p.ellipse(v(4.0, -150.0), v(120.0, 15.0), PITCH.alpha(0.6), PITCH.alpha(0.0));
    p.placed(hang, Vec2::ONE, |p| {
        let lean = |y: f32| -y * tilt;
        let span = |y: f32, half: f32| (y, lean(y) - half, lean(y) + half);
        let (dark, lit) = (OAK.mix(MOSS, 0.6).full(), AMBER.mix(TAN, 0.42).full());
        p.disc(v(0.0, 1.0), v(12.0, 12.0), dark);
        let body = [
            span(0.0, 22.0),
            span(-14.0, 44.0),
            span(-60.0, 55.0),
            span(-110.0, 68.0),
            span(-140.0, 90.0),
            span(-152.0, 97.0),
        ];
        p.column(&body, dark, lit);
        for (y, half) in [(-26.0, 47.0), (-112.0, 70.0), (-136.0, 88.0)] {
            p.stroke(&[v(lean(y) - half, y), v(lean(y), y - 5.0), v(lean(y) + half, y)], (2.6, 2.6), PITCH.alpha(0.45));
        }
        p.ellipse(v(lean(-152.0), -152.0), v(97.0, 12.0), PITCH.full(), OAK.full());
        p.disc(v(lean(-166.0) * 2.4, -160.0), v(12.0, 13.0), OAK.full());
        p.stroke(&curve(&[v(32.0, -18.0), v(41.0, -64.0), v(60.0, -122.0)], 6), (2.0, 6.0), FLAME.alpha(0.6));
        for i in 0..7 {
            let x = -66.0 + 20.0 * i as f32;
            let long = 22.0 + 34.0 * chance(i + 90);
            let from = v(x, -128.0 + 30.0 * chance(i + 95));
            p.stroke(
                &curve(&[from, from + v(3.0, -long * 0.5), from + v(5.0 * sway(t, 3.0, i), -long)], 4),
                (5.0, 1.5),
                MOSS.full(),
            );
            let fall = (t * 0.6 + chance(i)).fract();
            p.disc(v(x, -150.0 - 90.0 * fall * fall), v(1.3, 2.8), BONE.alpha(0.8 * (1.0 - fall)));
        }
    });
}
