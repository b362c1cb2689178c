//! The tower stair by candle light. Odo has sat down.

use bevy::prelude::*;

use super::parts::WIDE;
use super::tower::{candle, masonry};
use super::{Actor, View};
use crate::figures::{self, Pose};
use crate::paint::{Painter, chance, curve, sway};
use crate::palette::*;

fn v(x: f32, y: f32) -> Vec2 {
    Vec2::new(x, y)
}

/// Left edge and top of step `i`: they rise to the right.
fn step(i: usize) -> Vec2 {
    v(-560.0 + 148.0 * i as f32, -150.0 + 52.0 * i as f32)
}

/// What does not move.
pub fn backdrop(p: &mut Painter) {
    p.bands(
        WIDE,
        &[(900.0, PITCH.full()), (300.0, DEEP.mix(NIGHT, 0.6).full()), (-900.0, NIGHT.mix(SLATE, 0.5).full())],
    );
    masonry(p, (-1000.0, 1000.0), (-320.0, 470.0));
    // A slit in the wall with the night in it.
    let slit = v(-330.0, 150.0);
    p.flat(
        [slit + v(-42.0, -92.0), slit + v(42.0, -92.0), slit + v(42.0, 92.0), slit + v(-42.0, 92.0)],
        SLATE.mix(MIST, 0.2).full(),
    );
    p.bands((slit.x - 17.0, slit.x + 17.0), &[(slit.y - 80.0, MIST.full()), (slit.y + 80.0, RIVER.full())]);
    p.flat(
        [slit + v(-17.0, -80.0), slit + v(-42.0, -92.0), slit + v(-42.0, 92.0), slit + v(-17.0, 80.0)],
        NIGHT.mix(SLATE, 0.6).full(),
    );
    // The newel: the pillar that the stair winds around.
    let (dark, lit) = (PITCH.full(), SLATE.mix(TAN, 0.45).full());
    p.quad([v(470.0, -900.0), v(760.0, -900.0), v(760.0, 900.0), v(470.0, 900.0)], [lit, dark, dark, lit]);
    for i in 0..18 {
        let y = -520.0 + 60.0 * i as f32;
        p.stroke(&[v(470.0, y), v(610.0, y - 10.0), v(760.0, y)], (1.6, 1.6), PITCH.alpha(0.55));
    }
    for i in (0..8).rev() {
        let corner = step(i);
        let warm = (1.0 - (corner.x + 90.0).abs() / 520.0).max(0.0);
        let top = SLATE.mix(TAN, 0.75 * warm).mix(MIST, 0.12).full();
        let face = NIGHT.mix(TAN, 0.42 * warm).full();
        p.quad(
            [corner, v(1500.0, corner.y), v(1500.0, corner.y + 16.0), corner + v(10.0, 16.0)],
            [top, NIGHT.full(), NIGHT.full(), top],
        );
        p.quad(
            [v(corner.x, -900.0), v(1500.0, -900.0), v(1500.0, corner.y), corner],
            [PITCH.full(), PITCH.full(), DEEP.full(), face],
        );
        // Worn in the middle by forty winters of boots.
        p.ellipse(corner + v(70.0, 8.0), v(64.0, 6.0), AMBER.alpha(0.14 * warm), AMBER.alpha(0.0));
        p.stroke(&[corner + v(2.0, -2.0), v(corner.x + 2.0, corner.y - 50.0)], (2.0, 2.0), PITCH.alpha(0.5));
    }
}

/// What moves: the candle, its shadow play, water running down the steps, Odo.
pub fn living(p: &mut Painter, view: &View) {
    let t = view.time;
    let beam = PALE.alpha(0.09);
    p.quad(
        [v(-346.0, 80.0), v(-313.0, 225.0), v(-60.0, -60.0), v(-250.0, -200.0)],
        [beam, beam, PALE.alpha(0.0), PALE.alpha(0.0)],
    );
    if view.cast {
        // His shadow on the wall, much larger than he is.
        let wag = 6.0 * sway(t, 1.1, 4) + 3.0 * sway(t, 0.4, 5);
        let shade = PITCH.alpha(0.5);
        p.column(
            &[
                (330.0, -260.0 + wag, -190.0 + wag),
                (290.0, -300.0 + wag, -160.0 + wag),
                (230.0, -290.0 + wag, -160.0 + wag),
                (190.0, -370.0 + wag, -110.0),
                (40.0, -400.0, -80.0),
                (-90.0, -400.0, -40.0),
            ],
            shade,
            shade,
        );
    }
    for i in 0..4 {
        let corner = step(i);
        let shine = 0.24 + 0.10 * sway(t, 2.7, i + 15);
        p.ellipse(corner + v(88.0, 10.0), v(58.0, 3.4), PALE.alpha(shine), PALE.alpha(0.0));
        let fall = (t * 0.8 + chance(i)).fract();
        p.disc(corner + v(24.0, 8.0 - 52.0 * fall * fall), v(1.5, 3.0), PALE.alpha(0.7 * (1.0 - fall)));
    }
    candle(p, v(86.0, 92.0), t);
    figures::flame_light(p, v(60.0, 110.0), 460.0, t, 0.42);
    if view.cast {
        p.placed(v(-158.0, -32.0), Vec2::splat(1.0), |p| {
            seated(p, Pose { time: t, speaking: view.speaking(Actor::Odo) })
        });
    }
}

/// Odo on the third step: knees up, shoulders down. He is his standing self from the belt up.
fn seated(p: &mut Painter, pose: Pose) {
    p.ellipse(v(10.0, -4.0), v(110.0, 14.0), PITCH.alpha(0.7), PITCH.alpha(0.0));
    p.stroke(&curve(&[v(4.0, 122.0), v(-24.0, 92.0), v(-14.0, 66.0)], 6), (24.0, 16.0), DEEP.full());
    p.placed(v(30.0, -72.0), v(1.0, 1.0), |p| figures::odo_bust(p, pose));
    let (dark, lit) = (PITCH.full(), NIGHT.mix(TAN, 0.62).full());
    // Lap, knees, shins, boots.
    p.column(
        &[(84.0, -14.0, 66.0), (64.0, -40.0, 74.0), (40.0, -48.0, 76.0), (14.0, -40.0, 78.0), (0.0, -36.0, 80.0)],
        dark,
        lit,
    );
    p.stroke(&[v(56.0, 56.0), v(-6.0, 66.0), v(-30.0, 60.0)], (40.0, 36.0), NIGHT.mix(TAN, 0.4).full());
    p.disc(v(-28.0, 58.0), v(21.0, 20.0), NIGHT.mix(TAN, 0.5).full());
    p.column(&[(62.0, -48.0, -8.0), (20.0, -46.0, -12.0), (-30.0, -48.0, -14.0)], dark, NIGHT.mix(TAN, 0.42).full());
    p.column(
        &[(-28.0, -46.0, -16.0), (-44.0, -48.0, -15.0), (-54.0, -62.0, -14.0)],
        PITCH.full(),
        OAK.mix(TAN, 0.4).full(),
    );
    p.stroke(&[v(-24.0, -32.0), v(-26.0, -46.0)], (2.4, 1.2), PALE.alpha(0.7));
    p.disc(v(-50.0, -49.0), v(7.0, 2.0), PALE.alpha(0.6));
    p.ellipse(v(-40.0, -56.0), v(60.0, 6.0), PALE.alpha(0.35), PALE.alpha(0.0));
    // Hands hanging between the knees.
    p.stroke(
        &curve(&[v(56.0, 122.0), v(58.0, 88.0), v(26.0, 76.0), v(-4.0, 74.0)], 6),
        (24.0, 14.0),
        NIGHT.mix(TAN, 0.5).full(),
    );
    p.disc(v(-8.0, 72.0), v(9.0, 7.5), SKIN.full());
    p.disc(v(2.0, 74.0), v(8.0, 7.0), TAN.mix(SKIN, 0.6).full());
}
