//! Mara and Odo as they stand in a scene: feet at the origin, about 260 units tall.

use bevy::prelude::*;

use crate::paint::{Painter, curve, sway};
use crate::palette::*;

/// How a figure is doing in this frame.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pose {
    /// Seconds since the scene began.
    pub time: f32,
    /// Whether the figure is speaking, from 0 to 1 (it eases).
    pub speaking: f32,
}

/// The light of a flame at `at`, never quite still.
pub fn flame_light(p: &mut Painter, at: Vec2, radius: f32, t: f32, strength: f32) {
    let flicker = 1.0 + 0.05 * sway(t, 0.37, 1) + 0.06 * sway(t, 1.3, 2);
    let reach = Vec2::splat(radius * flicker);
    p.ellipse(at, reach, GLOW.alpha(0.11 * strength * flicker), GLOW.alpha(0.0));
    p.ellipse(at, reach * 0.6, GLOW.alpha(0.15 * strength * flicker), GLOW.alpha(0.0));
    p.ellipse(at, reach * 0.3, AMBER.alpha(0.22 * strength * flicker), AMBER.alpha(0.0));
}

/// A lantern hanging from `at`, swinging a little.
pub fn lantern(p: &mut Painter, at: Vec2, size: f32, t: f32) {
    let swing = 2.0 * sway(t, 4.1, 7);
    p.placed(at, Vec2::splat(size), |p| {
        let x = swing;
        p.stroke(&[Vec2::ZERO, Vec2::new(x, -8.0)], (2.0, 2.0), PITCH.full());
        p.fan(&[Vec2::new(x, -5.0), Vec2::new(x - 12.0, -15.0), Vec2::new(x + 12.0, -15.0)], PITCH.full());
        let glass = [AMBER.full(), AMBER.full(), FLAME.full(), FLAME.full()];
        let (l, r) = (x - 9.0, x + 9.0);
        p.quad([Vec2::new(l, -38.0), Vec2::new(r, -38.0), Vec2::new(r, -15.0), Vec2::new(l, -15.0)], glass);
        let flame = 5.0 + sway(t, 0.31, 3);
        p.ellipse(Vec2::new(x, -28.0), Vec2::new(4.5, 5.0 + flame), BONE.full(), FLAME.alpha(0.6));
        for bar in [l, x, r] {
            p.stroke(&[Vec2::new(bar, -39.0), Vec2::new(bar, -15.0)], (1.6, 1.6), PITCH.alpha(0.9));
        }
        p.rect(Vec2::new(l - 3.0, -43.0), Vec2::new(r + 3.0, -38.0), PITCH.full());
    });
}

fn shadow(p: &mut Painter, width: f32) {
    p.ellipse(Vec2::new(0.0, -2.0), Vec2::new(width, 11.0), PITCH.alpha(0.7), PITCH.alpha(0.0));
}

/// The ferrywoman: a long skirt, a shawl over her head, a lantern in her hand.
pub fn mara(p: &mut Painter, pose: Pose) {
    let t = pose.time;
    let breath = 1.6 * sway(t, 4.6, 11);
    let nod = pose.speaking * 1.8 * sway(t, 0.9, 12);
    let hand = Vec2::new(74.0, 160.0 + breath + pose.speaking * 5.0 * sway(t, 2.6, 13));
    shadow(p, 74.0);
    flame_light(p, hand - Vec2::new(0.0, 30.0), 260.0, t, 1.0);

    // Boots and skirt: wet at the hem, warm on the side of the lantern.
    for x in [-16.0, 18.0] {
        p.disc(Vec2::new(x, 5.0), Vec2::new(17.0, 8.0), PITCH.full());
    }
    let skirt = [(150.0, -24.0, 24.0), (110.0, -31.0, 32.0), (50.0, -40.0, 42.0), (8.0, -46.0, 50.0)];
    p.column(&skirt, DEEP.full(), OAK.mix(TAN, 0.75).full());
    for (x, lean) in [(-18.0, -8.0), (2.0, 2.0), (20.0, 9.0)] {
        let fold = [Vec2::new(x * 0.5, 140.0), Vec2::new(x, 70.0), Vec2::new(x + lean, 12.0)];
        p.stroke(&curve(&fold, 5), (1.0, 5.0), PITCH.alpha(0.32));
    }
    let apron = [(140.0, -6.0, 19.0), (90.0, -8.0, 25.0), (34.0, -11.0, 32.0)];
    p.column(&apron, SLATE.mix(TAN, 0.3).full(), TAN.mix(SKIN, 0.42).full());

    torso_of_mara(p, breath, nod);
    let elbow = vec(58.0, 140.0 + breath);
    let sleeve = SHAWL.mix(NIGHT, 0.2).mix(AMBER, 0.12);
    let arm = curve(&[vec(28.0, 192.0 + breath), elbow, hand], 8);
    p.disc(arm[0], Vec2::splat(12.5), sleeve.full());
    p.stroke(&arm, (25.0, 13.0), sleeve.full());
    let underside: Vec<Vec2> = arm[4..].iter().map(|at| *at - vec(1.0, 5.0)).collect();
    p.stroke(&underside, (2.0, 4.0), SHAWL.mix(AMBER, 0.55).alpha(0.8));
    p.disc(hand, Vec2::new(7.0, 7.5), SKIN.full());
    lantern(p, hand - Vec2::new(0.0, 3.0), 1.0, t);
    flame_light(p, hand - Vec2::new(0.0, 30.0), 74.0, t, 1.3);
}

/// Mara from the chest up, in the same place as in [`mara`].
pub fn mara_bust(p: &mut Painter, pose: Pose) {
    let t = pose.time;
    torso_of_mara(p, 1.6 * sway(t, 4.6, 11), pose.speaking * 1.8 * sway(t, 0.9, 12));
}

fn torso_of_mara(p: &mut Painter, breath: f32, nod: f32) {
    p.placed(Vec2::new(0.0, breath), Vec2::ONE, |p| {
        // The arm that is not seen much, then shawl and lantern arm.
        p.stroke(&curve(&[vec(-30.0, 184.0), vec(-44.0, 146.0), vec(-22.0, 124.0)], 6), (21.0, 13.0), NIGHT.full());
        let shawl = [
            (222.0, -12.0, 13.0),
            (205.0, -33.0, 32.0),
            (176.0, -43.0, 40.0),
            (140.0, -37.0, 33.0),
            (112.0, -18.0, 16.0),
            (98.0, -3.0, 3.0),
        ];
        p.column(&shawl, NIGHT.mix(SHAWL, 0.35).full(), SHAWL.mix(AMBER, 0.36).full());
        for x in [-24.0, -8.0, 10.0] {
            let fold = [vec(x, 204.0), vec(x + 5.0, 160.0), vec(x * 0.4 + 2.0, 118.0)];
            p.stroke(&curve(&fold, 5), (1.5, 3.0), DEEP.alpha(0.35));
        }
        head_of_mara(p, nod);
    });
}

fn head_of_mara(p: &mut Painter, nod: f32) {
    p.placed(vec(3.0, nod), Vec2::ONE, |p| {
        let hood = [
            (276.0, 0.0, 2.0),
            (273.0, -9.0, 10.0),
            (264.0, -20.0, 20.0),
            (244.0, -28.0, 25.0),
            (222.0, -27.0, 22.0),
            (208.0, -20.0, 18.0),
        ];
        p.column(&hood, NIGHT.full(), SHAWL.mix(AMBER, 0.20).full());
        let face = [
            (261.0, 5.0, 8.0),
            (258.0, -3.0, 15.0),
            (248.0, -9.0, 20.0),
            (234.0, -8.0, 20.0),
            (222.0, -2.0, 14.0),
            (217.0, 3.0, 9.5),
            (215.5, 5.5, 7.0),
        ];
        p.column(&face, TAN.full(), SKIN.mix(FLAME, 0.2).full());
        // Grey hair under the cloth, tired eyes, a straight mouth.
        p.stroke(
            &curve(&[vec(-7.0, 246.0), vec(0.0, 257.0), vec(12.0, 259.0), vec(19.0, 250.0)], 5),
            (4.5, 3.0),
            MIST.mix(BONE, 0.6).full(),
        );
        for x in [2.5, 14.0] {
            p.disc(vec(x, 241.5), vec(2.3, 1.5), PITCH.full());
            p.stroke(&[vec(x - 3.5, 246.5), vec(x + 3.5, 245.5)], (1.4, 1.4), OAK.full());
        }
        p.stroke(&[vec(9.0, 241.0), vec(11.5, 233.5), vec(8.5, 232.5)], (1.3, 1.8), TAN.alpha(0.8));
        p.stroke(&[vec(4.0, 226.5), vec(12.5, 226.0)], (1.6, 1.6), OAK.alpha(0.9));
    });
}

/// The sexton: a long dark cassock, a pale collar, hands folded, boots that have been in the river.
pub fn odo(p: &mut Painter, pose: Pose) {
    let t = pose.time;
    let breath = 1.4 * sway(t, 3.8, 21);
    let bow = pose.speaking * (3.0 + 2.5 * sway(t, 1.7, 22));
    // The water he stands in, and what still drips into it.
    p.ellipse(vec(4.0, -3.0), vec(96.0, 13.0), RIVER.mix(MIST, 0.4).alpha(0.75), RIVER.alpha(0.0));
    p.ellipse(vec(16.0, -5.0), vec(46.0, 4.0), PALE.alpha(0.45), PALE.alpha(0.0));
    for i in 0..3 {
        let fall = (t * 0.55 + crate::paint::chance(40 + i)).fract();
        let x = -30.0 + 31.0 * i as f32;
        p.disc(vec(x, 22.0 * (1.0 - fall * fall)), vec(1.4, 2.6), PALE.alpha(0.8 * (1.0 - fall)));
        p.ellipse(vec(x, -3.0), vec(20.0 * fall, 4.0 * fall), PALE.alpha(0.0), PALE.alpha(0.35 * (1.0 - fall)));
    }
    for x in [-17.0, 17.0] {
        p.column(
            &[(30.0, x - 11.0, x + 11.0), (10.0, x - 13.0, x + 13.0), (1.0, x - 13.0, x + 20.0)],
            PITCH.full(),
            OAK.full(),
        );
        p.stroke(&[vec(x + 4.0, 22.0), vec(x + 6.0, 10.0)], (2.0, 1.0), MIST.alpha(0.7));
        p.disc(vec(x + 12.0, 8.0), vec(4.0, 1.4), PALE.alpha(0.55));
    }
    let cassock = [
        (214.0, -10.0, 11.0),
        (207.0, -25.0, 25.0),
        (186.0, -34.0, 33.0),
        (140.0, -29.0, 29.0),
        (90.0, -33.0, 34.0),
        (24.0, -40.0, 43.0),
    ];
    p.column(&cassock, PITCH.full(), NIGHT.mix(TAN, 0.55).full());
    p.bands((-39.0, 42.0), &[(24.0, PITCH.alpha(0.75)), (58.0, PITCH.alpha(0.0))]);
    for (x, lean) in [(-16.0, -10.0), (12.0, 8.0), (24.0, 12.0)] {
        p.stroke(&curve(&[vec(x * 0.7, 150.0), vec(x, 90.0), vec(x + lean, 28.0)], 5), (1.0, 4.5), PITCH.alpha(0.45));
    }
    torso_of_odo(p, breath, bow, true);
}

/// Odo from the belt up, for where he sits: the same place as in [`odo`].
pub fn odo_bust(p: &mut Painter, pose: Pose) {
    let breath = 1.4 * sway(pose.time, 3.8, 21);
    let bow = pose.speaking * (3.0 + 2.5 * sway(pose.time, 1.7, 22));
    p.column(
        &[(214.0, -12.0, 11.0), (207.0, -27.0, 25.0), (186.0, -36.0, 33.0), (150.0, -33.0, 32.0), (118.0, -34.0, 38.0)],
        PITCH.full(),
        NIGHT.mix(TAN, 0.55).full(),
    );
    torso_of_odo(p, breath, bow - 6.0, false);
}

fn torso_of_odo(p: &mut Painter, breath: f32, bow: f32, hands: bool) {
    p.placed(vec(bow, breath - bow.abs() * 0.6), Vec2::ONE, |p| {
        for i in 0..5 {
            p.disc(vec(4.0, 196.0 - 14.0 * i as f32), vec(1.7, 1.7), AMBER.mix(TAN, 0.4).full());
        }
        if hands {
            // Sleeves that meet over the belt.
            p.stroke(&curve(&[vec(-28.0, 196.0), vec(-43.0, 160.0), vec(-4.0, 138.0)], 7), (23.0, 17.0), DEEP.full());
            p.stroke(
                &curve(&[vec(29.0, 196.0), vec(45.0, 160.0), vec(10.0, 138.0)], 7),
                (23.0, 17.0),
                NIGHT.mix(TAN, 0.42).full(),
            );
            p.disc(vec(-1.0, 137.0), vec(8.0, 7.0), TAN.mix(SKIN, 0.6).full());
            p.disc(vec(7.0, 138.0), vec(8.0, 7.0), SKIN.full());
            // A key ring at the belt: the key is where it always was.
            p.stroke(
                &curve(&[vec(27.0, 128.0), vec(31.0, 114.0), vec(27.0, 104.0)], 4),
                (1.5, 1.5),
                AMBER.mix(TAN, 0.5).full(),
            );
            p.stroke(&[vec(27.0, 104.0), vec(29.0, 86.0)], (3.0, 3.0), AMBER.mix(TAN, 0.3).full());
        }
        head_of_odo(p, bow);
    });
}

fn head_of_odo(p: &mut Painter, bow: f32) {
    p.placed(vec(2.0 + bow * 0.8, -bow * 0.5), Vec2::ONE, |p| {
        p.column(&[(222.0, -9.0, 9.0), (204.0, -11.0, 11.0)], TAN.full(), SKIN.mix(TAN, 0.3).full());
        p.column(&[(212.0, -15.0, 16.0), (202.0, -19.0, 20.0)], MIST.full(), BONE.full());
        p.disc(vec(-2.0, 242.0), vec(22.0, 19.0), OAK.full());
        let face = [
            (273.0, 0.0, 3.0),
            (271.0, -7.0, 9.5),
            (263.0, -15.0, 17.0),
            (246.0, -18.0, 20.0),
            (230.0, -14.0, 16.5),
            (220.0, -5.0, 9.5),
            (217.0, -1.0, 5.0),
        ];
        p.column(&face, TAN.mix(SKIN, 0.35).full(), SKIN.mix(FLAME, 0.25).full());
        // What hair he has left, around the ear, and a nose that has seen weather.
        p.stroke(&curve(&[vec(-15.0, 258.0), vec(-19.0, 248.0), vec(-17.0, 234.0)], 5), (6.0, 8.0), OAK.full());
        p.disc(vec(-16.5, 241.0), vec(4.0, 6.0), TAN.mix(SKIN, 0.3).full());
        for x in [-4.0, 10.0] {
            p.disc(vec(x, 246.0), vec(2.2, 2.4), PITCH.full());
            // Eyebrows raised in the middle: so very sorry.
            let inner = if x < 0.0 { (250.5, 254.0) } else { (254.0, 250.5) };
            p.stroke(&[vec(x - 5.0, inner.0), vec(x + 4.0, inner.1)], (2.0, 2.0), OAK.full());
        }
        p.stroke(&[vec(3.0, 245.0), vec(7.0, 235.0), vec(2.0, 234.0)], (1.6, 2.2), TAN.alpha(0.85));
        p.stroke(&curve(&[vec(-4.0, 228.0), vec(3.0, 226.0), vec(10.0, 228.5)], 4), (1.8, 1.8), OAK.alpha(0.9));
    });
}

fn vec(x: f32, y: f32) -> Vec2 {
    Vec2::new(x, y)
}
