//! People as they stand on the square: feet at the origin, about 86 units tall before the distance makes them smaller.

use bevy::prelude::*;

use crate::paint::{Painter, curve, sway};
use crate::palette::*;
use crate::square::size_at;
use crate::walk::Feet;

/// What the picture has to know of somebody in a frame.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// A number of their own: it chooses their clothes.
    pub who: usize,
    /// Whether it is the player.
    pub player: bool,
    /// Whether they are speaking.
    pub speaking: bool,
}

/// How high the top of somebody's head is at size 1.
pub const TALL: f32 = 90.0;

/// Coats, in the palette's range: wool dyed with what grows at the river.
const COATS: [Ink; 9] = [
    Ink(0x7a4a38),
    Ink(0x3e5a5f),
    Ink(0x54583f),
    Ink(0x6b5340),
    Ink(0x4b4a63),
    Ink(0x8a6a42),
    Ink(0x36505a),
    Ink(0x6a4450),
    Ink(0x4a5d50),
];

fn v(x: f32, y: f32) -> Vec2 {
    Vec2::new(x, y)
}

/// Somebody, where they stand.
pub fn paint(p: &mut Painter, feet: &Feet, look: Look, t: f32) {
    let scale = size_at(feet.at.y);
    // Children of the trade are a little shorter; nobody is quite as tall as the next.
    let tall = 0.93 + 0.12 * crate::paint::chance(look.who + 31);
    p.placed(feet.at, Vec2::splat(scale * tall), |p| {
        p.ellipse(v(0.0, 0.0), v(25.0, 10.0), PITCH.alpha(0.62), PITCH.alpha(0.0));
        let walking = (feet.pace / 40.0).min(1.0);
        let stride = feet.way * 0.09;
        let bob = walking * 1.8 * (stride * 2.0).sin().abs() + 0.7 * sway(t, 4.2, look.who);
        for (side, phase) in [(-1.0, 0.0), (1.0, std::f32::consts::PI)] {
            let lift = walking * 4.0 * (stride + phase).sin().max(0.0);
            p.disc(v(side * 6.5 + feet.facing * 2.0, 3.0 + lift), v(6.5, 3.6), OAK.mix(PITCH, 0.4).full());
        }
        p.placed(v(0.0, bob), Vec2::ONE, |p| body(p, feet.facing, look, t));
    });
}

fn body(p: &mut Painter, facing: f32, look: Look, t: f32) {
    let coat = if look.player { Ink(0xc9b48f) } else { COATS[look.who % COATS.len()] };
    let (shade, light) = (coat.mix(PITCH, 0.48), coat.mix(AMBER, 0.22));
    let skirt = !look.player && look.who % 2 == 1;
    let hem = if skirt { 21.0 } else { 16.0 };
    let coat_of = [(62.0, -8.0, 8.0), (55.0, -14.5, 14.5), (36.0, -12.0, 12.0), (20.0, -14.5, 14.5), (5.0, -hem, hem)];
    // The side that is turned to the middle of the square has the light.
    let (l, r) = if facing < 0.0 { (light, shade) } else { (shade, light) };
    p.column(&coat_of, l.full(), r.full());
    match look.who % 3 {
        _ if look.player => {
            p.stroke(&curve(&[v(-9.0, 59.0), v(0.0, 55.0), v(9.0, 59.0)], 5), (6.0, 6.0), RUST.mix(AMBER, 0.4).full());
            p.stroke(
                &curve(&[v(-5.0, 56.0), v(-8.0, 46.0), v(-5.0, 36.0)], 5),
                (5.0, 6.5),
                RUST.mix(AMBER, 0.3).full(),
            );
            p.stroke(&[v(-12.0, 33.0), v(12.0, 33.0)], (3.0, 3.0), OAK.full());
        }
        0 => {
            let apron = [(46.0, -6.0, 6.0), (34.0, -9.0, 9.0), (12.0, -11.0, 11.0)];
            p.column(&apron, BONE.mix(coat, 0.45).mix(PITCH, 0.2).full(), BONE.mix(coat, 0.3).full());
        }
        1 => {
            p.stroke(&[v(-12.0, 35.0), v(12.0, 35.0)], (3.4, 3.4), OAK.full());
            p.disc(v(0.0, 35.0), v(2.4, 2.4), AMBER.full());
        }
        _ => {
            let shawl = [(63.0, -7.0, 7.0), (56.0, -16.0, 16.0), (45.0, -14.0, 14.0), (40.0, -5.0, 5.0)];
            let ink = SHAWL.mix(coat, 0.3).mix(PALE, 0.12);
            p.column(&shawl, ink.mix(PITCH, 0.25).full(), ink.mix(AMBER, 0.15).full());
        }
    }
    arms(p, facing, look, shade, light, t);
    head(p, facing, look, coat, t);
}

fn arms(p: &mut Painter, facing: f32, look: Look, shade: Ink, light: Ink, t: f32) {
    let talk = if look.speaking { 1.0 } else { 0.0 };
    let wave = talk * (9.0 + 5.0 * sway(t, 0.8, look.who + 3));
    for side in [-1.0, 1.0] {
        let shoulder = v(side * 12.5, 54.0);
        let front = side * facing > 0.0;
        let raise = if front { wave } else { 0.0 };
        let hand = v(side * (16.0 + raise * 0.55), 28.0 + raise * 1.5);
        let elbow = v(side * 18.0, 42.0 + raise * 0.2);
        let ink = if front { light } else { shade };
        p.stroke(&curve(&[shoulder, elbow, hand], 5), (8.0, 6.0), ink.mix(PITCH, 0.12).full());
        p.disc(hand, v(3.4, 3.6), SKIN.mix(TAN, if front { 0.0 } else { 0.4 }).full());
    }
}

fn head(p: &mut Painter, facing: f32, look: Look, coat: Ink, t: f32) {
    let nod = if look.speaking { 1.2 * sway(t, 0.7, look.who + 8) } else { 0.0 };
    let skin = SKIN.mix(TAN, 0.5 * crate::paint::chance(look.who + 60));
    p.placed(v(facing * 1.6, nod), Vec2::ONE, |p| {
        p.rect(v(-3.5, 58.0), v(3.5, 66.0), skin.mix(OAK, 0.35).full());
        let hair = [OAK, TAN, MIST.mix(BONE, 0.5), RUST.mix(OAK, 0.4)][look.who % 4];
        let style = if look.player { 4 } else { look.who % 5 };
        if style == 1 || style == 3 {
            // Long hair or a hood behind the face.
            let ink = if style == 1 { hair } else { coat.mix(PITCH, 0.2) };
            p.column(
                &[(86.0, -7.0, 7.0), (80.0, -12.0, 12.0), (66.0, -13.0, 13.0), (57.0, -9.0, 9.0)],
                ink.full(),
                ink.mix(PITCH, 0.3).full(),
            );
        }
        p.ellipse(v(0.0, 72.0), v(9.6, 11.0), skin.mix(FLAME, 0.14).full(), skin.mix(OAK, 0.12).full());
        let x = facing * 3.4;
        for eye in [-3.3, 3.3] {
            p.disc(v(x + eye, 72.5), v(1.15, 1.4), PITCH.full());
        }
        let mouth = if look.speaking { 0.8 + 1.1 * sway(t, 0.26, look.who).abs() } else { 0.5 };
        p.disc(v(x, 66.6), v(2.5, mouth), OAK.mix(RUST, 0.4).full());
        match style {
            0 => {
                p.column(
                    &[(91.0, -6.0, 6.0), (87.0, -9.0, 9.0), (79.0, -9.5, 9.5)],
                    coat.mix(PITCH, 0.5).full(),
                    coat.mix(PITCH, 0.35).full(),
                );
                p.ellipse(v(0.0, 79.0), v(16.0, 3.6), coat.mix(PITCH, 0.4).full(), coat.mix(PITCH, 0.5).full());
            }
            1 => p.column(
                &[(85.5, -5.0, 5.0), (82.0, -10.0, 10.0), (77.0, -10.5, 10.5), (74.0, -10.5, -7.5)],
                hair.full(),
                hair.full(),
            ),
            2 => {
                p.column(
                    &[(86.0, -5.0, 5.0), (82.0, -9.5, 9.5), (77.0, -10.2, 10.2)],
                    BONE.mix(coat, 0.3).full(),
                    BONE.mix(coat, 0.15).full(),
                );
                p.stroke(&[v(-10.2, 77.0), v(10.2, 77.0)], (2.2, 2.2), coat.full());
            }
            3 => p.stroke(
                &curve(&[v(-9.8, 70.0), v(-8.0, 81.0), v(0.0, 84.5), v(8.0, 81.0), v(9.8, 70.0)], 5),
                (4.4, 4.4),
                coat.mix(AMBER, 0.1).full(),
            ),
            _ => {
                p.column(
                    &[(84.5, -5.0, 5.0), (81.0, -9.5, 9.5), (76.5, -10.0, 10.0)],
                    hair.full(),
                    hair.mix(AMBER, 0.1).full(),
                );
                if !look.player {
                    p.column(
                        &[(68.0, x - 8.0, x + 8.0), (62.0, x - 6.0, x + 6.0), (58.0, x - 2.0, x + 2.0)],
                        hair.full(),
                        hair.full(),
                    );
                    p.disc(v(x, 66.6), v(2.3, mouth * 0.7), OAK.full());
                }
            }
        }
        if look.player {
            // A feather, so that one finds oneself.
            p.column(
                &[(91.0, -5.0, 5.0), (87.0, -8.0, 8.0), (79.0, -9.5, 9.5)],
                MOSS.full(),
                MOSS.mix(PALE, 0.2).full(),
            );
            p.ellipse(v(0.0, 79.0), v(15.0, 3.4), MOSS.mix(PALE, 0.12).full(), MOSS.full());
            p.stroke(&curve(&[v(-6.0, 82.0), v(-12.0, 92.0), v(-20.0, 97.0)], 6), (3.0, 5.0), FLAME.full());
        }
    });
}
