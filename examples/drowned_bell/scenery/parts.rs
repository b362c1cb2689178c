//! What several places share: sky, hills, the church across the water, the river, fog and reeds.

use bevy::prelude::*;

use crate::paint::{Painter, chance, curve, sway};
use crate::palette::*;

/// Everything is painted this far to both sides, so that a wide window shows no edge.
pub const WIDE: (f32, f32) = (-1500.0, 1500.0);
/// The water line at the far bank.
pub const SHORE: f32 = 62.0;

/// A line of hills: `height` above the shore, with its own shape for each `kind`.
pub fn hills(p: &mut Painter, kind: usize, base: f32, height: f32, crest: Ink, foot: Ink) {
    let top: Vec<Vec2> = (0..=60)
        .map(|i| {
            let x = WIDE.0 + 50.0 * i as f32;
            let k = kind as f32;
            let roll = (x * 0.0031 + k * 1.7).sin() * 0.5 + (x * 0.0083 + k * 4.1).sin() * 0.28;
            Vec2::new(x, base + height * (0.62 + 0.55 * roll) + 4.0 * chance(i + kind * 100))
        })
        .collect();
    p.ridge(&top, base - 2.0, crest.full(), foot.full());
}

/// A row of trees along the far bank, as one dark edge.
pub fn trees(p: &mut Painter, kind: usize, base: f32, height: f32, ink: Ink) {
    for i in 0..90 {
        let seed = i + kind * 1000;
        let x = WIDE.0 + 34.0 * i as f32 + 26.0 * chance(seed);
        let tall = height * (0.45 + 0.75 * chance(seed + 1));
        let wide = 12.0 + 16.0 * chance(seed + 2);
        if chance(seed + 3) < 0.35 {
            p.fan(
                &[Vec2::new(x, base + tall * 1.5), Vec2::new(x - wide * 0.6, base), Vec2::new(x + wide * 0.6, base)],
                ink.full(),
            );
        } else {
            p.disc(Vec2::new(x, base + tall * 0.5), Vec2::new(wide, tall * 0.62), ink.full());
            p.disc(Vec2::new(x + wide * 0.7, base + tall * 0.3), Vec2::new(wide * 0.8, tall * 0.45), ink.full());
        }
    }
}

/// Colours of the church across the water.
pub struct Church {
    /// Walls in shadow and walls in light.
    pub walls: (Ink, Ink),
    /// What is seen through the empty belfry.
    pub through: Ink,
    /// Light in the small window, 0 to 1.
    pub window: f32,
}

/// The bell tower of Saint Wenna and its nave; the belfry is empty. The foot is at the origin, the spire ends at 262.
pub fn church(p: &mut Painter, look: &Church) {
    let (dark, lit) = (look.walls.0.full(), look.walls.1.full());
    let v = Vec2::new;
    // Nave behind, tower in front.
    p.quad([v(-165.0, -2.0), v(-30.0, -2.0), v(-30.0, 62.0), v(-165.0, 62.0)], [dark, dark, dark, dark]);
    p.fan(&[v(-178.0, 60.0), v(-148.0, 104.0), v(-30.0, 104.0), v(-30.0, 60.0)], look.walls.0.mix(PITCH, 0.35).full());
    for x in [-140.0, -105.0, -70.0] {
        p.rect(v(x - 5.0, 18.0), v(x + 5.0, 42.0), look.walls.0.mix(PITCH, 0.5).full());
        p.disc(v(x, 42.0), v(5.0, 7.0), look.walls.0.mix(PITCH, 0.5).full());
    }
    p.quad([v(-41.0, -2.0), v(41.0, -2.0), v(38.0, 196.0), v(-38.0, 196.0)], [dark, lit, lit, dark]);
    for y in [64.0, 128.0, 194.0] {
        p.quad([v(-44.0, y), v(44.0, y), v(44.0, y + 6.0), v(-44.0, y + 6.0)], [dark, lit, lit, dark]);
    }
    p.fan(&[v(0.0, 262.0), v(-46.0, 198.0), v(46.0, 198.0)], look.walls.0.mix(PITCH, 0.3).full());
    p.fan(&[v(0.0, 262.0), v(14.0, 198.0), v(46.0, 198.0)], look.walls.1.mix(PITCH, 0.2).full());
    p.stroke(&[v(0.0, 258.0), v(0.0, 284.0)], (2.4, 1.6), dark);
    p.stroke(&[v(-7.0, 275.0), v(7.0, 275.0)], (2.2, 2.2), dark);
    // The belfry: one tall arch, nothing in it but the beam the bell hung from and a bit of rope.
    p.rect(v(-20.0, 138.0), v(20.0, 170.0), look.through.full());
    p.disc(v(0.0, 170.0), v(20.0, 20.0), look.through.full());
    p.rect(v(-20.0, 171.0), v(20.0, 175.0), dark);
    p.stroke(&curve(&[v(3.0, 171.0), v(4.0, 160.0), v(1.0, 150.0)], 4), (1.6, 1.0), dark);
    if look.window > 0.0 {
        p.rect(v(-5.0, 84.0), v(5.0, 104.0), AMBER.alpha(look.window));
        p.disc(v(0.0, 104.0), v(5.0, 6.0), AMBER.alpha(look.window));
        p.glow(v(0.0, 96.0), v(46.0, 46.0), AMBER.alpha(0.4 * look.window));
    } else {
        p.rect(v(-5.0, 84.0), v(5.0, 108.0), look.walls.0.mix(PITCH, 0.5).full());
    }
}

/// Glints that wander on the water between the heights `far` and `near`, brighter in the light at `light_x`, where
/// `on_water` says that there is water.
pub fn glints(
    p: &mut Painter,
    t: f32,
    (far, near): (f32, f32),
    light_x: f32,
    ink: Ink,
    strength: f32,
    on_water: impl Fn(Vec2) -> bool,
) {
    for i in 0..150 {
        let depth = chance(i * 7 + 1);
        let y = far + (near - far) * depth.powf(1.5);
        let closeness = (far - y) / (far - near);
        let spread = 1200.0 * (0.35 + closeness);
        let gather = if i % 2 == 0 { 0.12 } else { 1.0 };
        let drift = (chance(i * 7 + 2) + t * (0.004 + 0.006 * closeness)).fract() * 2.0 - 1.0;
        let x = light_x + drift * spread * gather;
        let life = 0.5 + 0.5 * sway(t, 2.2 + 3.0 * chance(i * 7 + 3), i);
        let near_light = (1.0 - ((x - light_x) / 330.0).abs()).max(0.12);
        let half = 7.0 + 44.0 * closeness * (0.4 + chance(i * 7 + 4));
        let thick = 0.7 + 1.9 * closeness;
        if !on_water(Vec2::new(x - half, y)) {
            continue;
        }
        let alpha = strength * life * near_light * 0.75;
        p.ellipse(Vec2::new(x, y), Vec2::new(half, thick), ink.alpha(alpha), ink.alpha(0.0));
    }
}

/// Banks of fog that drift along the height `y`.
pub fn fog(p: &mut Painter, t: f32, y: f32, size: Vec2, ink: Ink, strength: f32) {
    for i in 0..9 {
        let along = (chance(i + 500) + t * (0.0035 + 0.004 * chance(i + 520))).fract();
        let x = -1700.0 + 3400.0 * along;
        let rise = size.y * 0.35 * sway(t, 17.0, i + 540);
        let at = Vec2::new(x, y + rise + size.y * 0.5 * (chance(i + 560) - 0.5));
        let radii = size * (0.7 + 0.6 * chance(i + 580));
        let fade = (along * std::f32::consts::PI).sin();
        p.ellipse(at, radii, ink.alpha(strength * fade), ink.alpha(0.0));
        p.ellipse(at + Vec2::new(size.x * 0.3, -4.0), radii * 0.6, ink.alpha(strength * 0.7 * fade), ink.alpha(0.0));
    }
}

/// Reeds in the foreground, bending in the wind, rooted at `y` between two places.
pub fn reeds(p: &mut Painter, t: f32, (from, to): (f32, f32), y: f32, height: f32, ink: Ink) {
    let count = ((to - from) / 13.0) as usize;
    for i in 0..count {
        let x = from + 13.0 * i as f32 + 9.0 * chance(i + 700);
        let tall = height * (0.5 + 0.6 * chance(i + 720));
        let lean = 24.0 * (chance(i + 740) - 0.4) + 7.0 * sway(t, 4.4, i / 3 + 760);
        let tip = Vec2::new(x + lean, y + tall);
        let stem = curve(&[Vec2::new(x, y), Vec2::new(x + lean * 0.25, y + tall * 0.55), tip], 5);
        p.stroke(&stem, (4.2, 1.0), ink.full());
        if i % 4 == 0 {
            p.disc(tip - Vec2::new(lean * 0.05, 10.0), Vec2::new(3.6, 13.0), ink.full());
        }
    }
}

/// A few stars, twinkling, above the height `low`.
pub fn stars(p: &mut Painter, t: f32, low: f32) {
    for i in 0..70 {
        let at = Vec2::new(-1000.0 + 2000.0 * chance(i + 900), low + (358.0 - low) * chance(i + 1000).sqrt());
        let bright = 0.25 + 0.3 * chance(i + 1100) + 0.18 * sway(t, 2.0 + 3.0 * chance(i + 1200), i);
        p.disc(at, Vec2::splat(0.8 + 0.8 * chance(i + 1300)), PALE.alpha(bright.max(0.05)));
    }
}

/// The point a share `s` along such a rope.
pub fn rope_at(from: Vec2, to: Vec2, sag: f32, s: f32) -> Vec2 {
    from.lerp(to, s) - Vec2::new(0.0, sag * 4.0 * s * (1.0 - s))
}

/// A rope between two points that hangs by `sag` and hums.
pub fn rope(p: &mut Painter, from: Vec2, to: Vec2, sag: f32, width: (f32, f32), t: f32, ink: Ink) {
    let points: Vec<Vec2> = (0..=40)
        .map(|i| {
            let s = i as f32 / 40.0;
            let hum = 0.45 * (s * 9.4 * std::f32::consts::PI).sin() * (t * 23.0).sin() * (s * (1.0 - s) * 4.0);
            rope_at(from, to, sag, s) - Vec2::new(0.0, hum)
        })
        .collect();
    p.stroke(&points, width, ink.full());
}
