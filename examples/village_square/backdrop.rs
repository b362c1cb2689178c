//! What does not move: the sky, the houses around the square, and its cobbles.

use bevy::prelude::*;

use crate::paint::{Painter, chance};
use crate::palette::*;
use crate::square::{DEPTH, POSTS, STALLS, WELL};

/// From beyond one edge of the widest window to beyond the other.
const WIDE: (f32, f32) = (-1500.0, 1500.0);
/// Where the houses stand on the ground.
const WALLS: f32 = 112.0;

fn v(x: f32, y: f32) -> Vec2 {
    Vec2::new(x, y)
}

/// All of it.
pub fn paint(p: &mut Painter) {
    sky(p);
    chapel(p, v(96.0, 150.0));
    ground(p);
    for house in &HOUSES {
        paint_house(p, house);
    }
    lights_on_the_ground(p);
}

fn sky(p: &mut Painter) {
    let horizon = AMBER.mix(RUST, 0.35);
    p.bands(
        WIDE,
        &[
            (900.0, DEEP.full()),
            (400.0, NIGHT.full()),
            (330.0, RIVER.mix(SLATE, 0.3).full()),
            (250.0, MIST.mix(RUST, 0.55).full()),
            (170.0, horizon.full()),
            (WALLS, horizon.full()),
        ],
    );
    for i in 0..46 {
        let at = v(1500.0 * (chance(i) - 0.5), 318.0 + 80.0 * chance(i + 100));
        p.disc(at, Vec2::splat(0.7 + 0.6 * chance(i + 200)), PALE.alpha(0.25 + 0.5 * chance(i + 300)));
    }
    for (x, y, w) in [(-330.0, 292.0, 260.0), (40.0, 262.0, 300.0), (420.0, 300.0, 240.0), (160.0, 322.0, 200.0)] {
        p.ellipse(v(x, y), v(w, 6.0), RUST.mix(AMBER, 0.4).alpha(0.5), RUST.alpha(0.0));
        p.ellipse(v(x + 30.0, y + 7.0), v(w * 0.8, 6.0), SLATE.alpha(0.4), SLATE.alpha(0.0));
    }
    let hills: Vec<Vec2> = (0..=60)
        .map(|i| v(-1500.0 + 50.0 * i as f32, 196.0 + 22.0 * (i as f32 * 0.55).sin() + 10.0 * chance(i + 7)))
        .collect();
    p.ridge(&hills, WALLS, SLATE.mix(RUST, 0.42).full(), SLATE.mix(RUST, 0.6).full());
}

/// The chapel at the end of the street, dark against the last light.
fn chapel(p: &mut Painter, at: Vec2) {
    p.placed(at, Vec2::splat(1.0), |p| {
        let (dark, edge) = (NIGHT.mix(RUST, 0.18).full(), SLATE.mix(RUST, 0.34).full());
        p.flat([v(-66.0, -60.0), v(10.0, -60.0), v(10.0, 46.0), v(-66.0, 46.0)], dark);
        p.fan(&[v(-74.0, 44.0), v(16.0, 44.0), v(-8.0, 84.0), v(-52.0, 84.0)], NIGHT.full());
        p.quad([v(0.0, -60.0), v(44.0, -60.0), v(44.0, 106.0), v(0.0, 106.0)], [dark, edge, edge, dark]);
        p.fan(&[v(-5.0, 104.0), v(49.0, 104.0), v(22.0, 172.0)], NIGHT.full());
        p.stroke(&[v(22.0, 168.0), v(22.0, 192.0)], (2.0, 2.0), NIGHT.full());
        p.stroke(&[v(15.0, 184.0), v(29.0, 184.0)], (2.0, 2.0), NIGHT.full());
        // The empty belfry: one sees through.
        p.rect(v(13.0, 72.0), v(31.0, 90.0), AMBER.mix(RUST, 0.2).full());
        p.disc(v(22.0, 90.0), v(9.0, 9.0), AMBER.mix(RUST, 0.2).full());
        for x in [-52.0, -30.0] {
            p.rect(v(x, 2.0), v(x + 9.0, 22.0), AMBER.alpha(0.65));
            p.disc(v(x + 4.5, 22.0), v(4.5, 5.0), AMBER.alpha(0.65));
        }
    });
}

struct House {
    x: (f32, f32),
    wall: f32,
    roof: f32,
    walls: Ink,
    tiles: Ink,
    /// Windows above and below, a bit each: 1 is lit.
    lit: u8,
    timber: bool,
}

const fn house(x: (f32, f32), wall: f32, roof: f32, walls: Ink, tiles: Ink, lit: u8, timber: bool) -> House {
    House { x, wall, roof, walls, tiles, lit, timber }
}

/// From left to right, with the street to the chapel between the third and the fourth.
const HOUSES: [House; 8] = [
    house((-1100.0, -700.0), 120.0, 70.0, SLATE, NIGHT, 0b0100, false),
    house((-700.0, -498.0), 104.0, 84.0, Ink(0x3d4a48), Ink(0x3a2a28), 0b1011, true),
    house((-492.0, -252.0), 128.0, 66.0, Ink(0x4a4440), NIGHT, 0b0110, true),
    house((-246.0, -62.0), 92.0, 78.0, Ink(0x36505a), Ink(0x432e2a), 0b1101, false),
    house((176.0, 352.0), 112.0, 74.0, Ink(0x4d463d), Ink(0x2c3338), 0b1110, true),
    house((358.0, 566.0), 90.0, 88.0, Ink(0x35494f), Ink(0x452f2a), 0b0111, false),
    house((572.0, 800.0), 130.0, 70.0, Ink(0x474340), NIGHT, 0b1010, true),
    house((806.0, 1200.0), 110.0, 70.0, SLATE, NIGHT, 0b0010, false),
];

fn paint_house(p: &mut Painter, house: &House) {
    let (l, r) = house.x;
    let (foot, eaves) = (WALLS, WALLS + house.wall);
    let (shade, lit) = (house.walls.mix(PITCH, 0.42).full(), house.walls.mix(RUST, 0.16).full());
    let base = house.walls.mix(AMBER, 0.20).mix(PITCH, 0.18).full();
    p.quad([v(l, foot), v(r, foot), v(r, eaves), v(l, eaves)], [base, base, lit, shade]);
    // The roof: eaves over the wall, the ridge shorter than they are, an edge of the last light.
    let ridge = eaves + house.roof;
    let (dark, light) = (house.tiles.mix(PITCH, 0.25).full(), house.tiles.mix(RUST, 0.22).full());
    let corners = [v(l - 9.0, eaves - 7.0), v(r + 9.0, eaves - 7.0), v(r - 26.0, ridge), v(l + 26.0, ridge)];
    p.quad(corners, [dark, dark, light, light]);
    for i in 1..6 {
        let share = i as f32 / 6.0;
        let y = eaves - 7.0 + (house.roof + 7.0) * share;
        let inset = -9.0 + 35.0 * share;
        p.stroke(&[v(l + inset, y), v(r - inset, y)], (1.2, 1.2), PITCH.alpha(0.26));
    }
    p.stroke(&[v(l + 26.0, ridge), v(r - 26.0, ridge)], (2.4, 2.4), AMBER.mix(RUST, 0.5).alpha(0.55));
    p.rect(v(l - 9.0, eaves - 10.0), v(r + 9.0, eaves - 6.0), PITCH.alpha(0.75));
    let chimney = l + (r - l) * if house.timber { 0.24 } else { 0.7 };
    p.rect(v(chimney, ridge - 26.0), v(chimney + 20.0, ridge + 20.0), house.tiles.mix(PITCH, 0.35).full());
    p.rect(v(chimney - 3.0, ridge + 18.0), v(chimney + 23.0, ridge + 24.0), PITCH.full());
    let middle = (l + r) / 2.0;
    if house.timber {
        let beam = OAK.mix(PITCH, 0.2).full();
        let floor = foot + house.wall * 0.54;
        p.rect(v(l, floor - 3.0), v(r, floor + 3.0), beam);
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let x = l + (r - l) * share;
            p.stroke(&[v(x, foot), v(x, eaves - 8.0)], (5.0, 5.0), beam);
        }
        p.stroke(&[v(l, floor), v(l + (r - l) * 0.25, eaves - 8.0)], (4.0, 4.0), beam);
        p.stroke(&[v(r, floor), v(r - (r - l) * 0.25, eaves - 8.0)], (4.0, 4.0), beam);
    }
    door(p, v(middle + (r - l) * if house.timber { -0.12 } else { 0.12 }, foot));
    let upper = foot + house.wall * 0.62;
    let lower = foot + house.wall * 0.2;
    for (bit, (share, y)) in [(0.16, upper), (0.84, upper), (0.19, lower), (0.81, lower)].into_iter().enumerate() {
        window(p, v(l + (r - l) * share, y), house.lit >> bit & 1 == 1);
    }
}

fn door(p: &mut Painter, at: Vec2) {
    p.placed(at, Vec2::ONE, |p| {
        p.rect(v(-15.0, 0.0), v(15.0, 42.0), PITCH.full());
        p.disc(v(0.0, 42.0), v(15.0, 9.0), PITCH.full());
        p.rect(v(-12.0, 0.0), v(12.0, 41.0), TAN.mix(OAK, 0.55).full());
        p.disc(v(0.0, 41.0), v(12.0, 7.0), TAN.mix(OAK, 0.55).full());
        for x in [-4.0, 4.0] {
            p.stroke(&[v(x, 0.0), v(x, 45.0)], (1.2, 1.2), PITCH.alpha(0.5));
        }
        p.disc(v(8.0, 20.0), v(1.6, 1.6), AMBER.full());
        p.rect(v(-19.0, -4.0), v(19.0, 0.0), SLATE.mix(TAN, 0.4).full());
    });
}

fn window(p: &mut Painter, at: Vec2, lit: bool) {
    p.placed(at, Vec2::ONE, |p| {
        if lit {
            p.glow(v(0.0, 13.0), v(46.0, 44.0), GLOW.alpha(0.5));
        }
        p.rect(v(-13.0, -2.0), v(13.0, 30.0), OAK.mix(PITCH, 0.3).full());
        let (low, high) = if lit { (AMBER, FLAME) } else { (DEEP, SLATE) };
        let corners = [v(-10.0, 1.0), v(10.0, 1.0), v(10.0, 27.0), v(-10.0, 27.0)];
        p.quad(corners, [low.full(), low.full(), high.mix(low, 0.4).full(), high.mix(low, 0.4).full()]);
        p.stroke(&[v(0.0, 0.0), v(0.0, 28.0)], (2.0, 2.0), OAK.full());
        p.stroke(&[v(-11.0, 15.0), v(11.0, 15.0)], (2.0, 2.0), OAK.full());
        p.rect(v(-16.0, -5.0), v(16.0, -2.0), SLATE.mix(TAN, 0.5).full());
    });
}

/// Cobbles in rows that open towards the front, and rings of them around the well.
fn ground(p: &mut Painter) {
    let (far, near) = (SLATE.mix(TAN, 0.52), NIGHT.mix(TAN, 0.26));
    p.bands(
        WIDE,
        &[
            (WALLS, far.mix(RUST, 0.12).full()),
            (20.0, far.mix(near, 0.4).full()),
            (-260.0, near.full()),
            (-900.0, DEEP.full()),
        ],
    );
    // The street to the chapel.
    p.fan(
        &[v(-62.0, WALLS - 2.0), v(176.0, WALLS - 2.0), v(132.0, WALLS + 28.0), v(84.0, WALLS + 28.0)],
        far.mix(RUST, 0.22).full(),
    );
    let mut y = WALLS - 3.0;
    let mut row = 0;
    while y > -420.0 {
        let depth = (WALLS - y) / 500.0;
        let (high, wide) = (6.0 + 13.0 * depth, 15.0 + 22.0 * depth);
        let mut x = -760.0 + wide * chance(row + 900);
        let mut stone = 0;
        while x < 760.0 {
            let seed = row * 131 + stone;
            let w = wide * (0.75 + 0.5 * chance(seed));
            let ground = far.mix(near, (depth * 1.25).min(1.0));
            let ink = if chance(seed + 5) > 0.5 {
                ground.mix(MIST, 0.10 * chance(seed + 11))
            } else {
                ground.mix(PITCH, 0.24 * chance(seed + 13))
            };
            let (l, r, b, t) = (x + 1.2, x + w - 1.2, y - high + 1.2, y - 0.6);
            let cut = 2.5 + 2.0 * depth;
            p.fan(
                &[
                    v(l + cut, b),
                    v(r - cut, b),
                    v(r, b + cut),
                    v(r, t - cut),
                    v(r - cut, t),
                    v(l + cut, t),
                    v(l, t - cut),
                    v(l, b + cut),
                ],
                ink.alpha(0.92),
            );
            p.stroke(&[v(l + cut, t), v(r - cut, t)], (1.0, 1.0), MIST.alpha(0.10));
            x += w;
            stone += 1;
        }
        y -= high;
        row += 1;
    }
    for (ring, radius) in [142.0, 124.0, 106.0].into_iter().enumerate() {
        let count = (radius / 4.6) as usize;
        for i in 0..count {
            let a = std::f32::consts::TAU * (i as f32 + 0.5 * ring as f32) / count as f32;
            let at = |radius: f32, angle: f32| WELL + Vec2::from_angle(angle) * v(radius, radius / DEPTH);
            let half = 0.44 * std::f32::consts::TAU / count as f32;
            let ink = SLATE.mix(TAN, 0.62).mix(PITCH, 0.16 + 0.14 * chance(i + 40 * ring));
            p.flat(
                [at(radius - 15.0, a - half), at(radius - 15.0, a + half), at(radius, a + half), at(radius, a - half)],
                ink.full(),
            );
        }
    }
}

fn lights_on_the_ground(p: &mut Painter) {
    for house in &HOUSES {
        let lower = [(0.19, house.lit >> 2 & 1), (0.81, house.lit >> 3 & 1)];
        for (share, lit) in lower {
            if lit == 1 {
                let x = house.x.0 + (house.x.1 - house.x.0) * share;
                p.ellipse(v(x, WALLS - 26.0), v(74.0, 32.0), GLOW.alpha(0.30), GLOW.alpha(0.0));
            }
        }
    }
    for at in POSTS {
        p.ellipse(at, v(190.0, 190.0 / DEPTH), GLOW.alpha(0.26), GLOW.alpha(0.0));
        p.ellipse(at, v(84.0, 84.0 / DEPTH), AMBER.alpha(0.22), AMBER.alpha(0.0));
    }
    for at in STALLS {
        p.ellipse(at - v(0.0, 24.0), v(150.0, 62.0), GLOW.alpha(0.34), GLOW.alpha(0.0));
    }
    // The strip where walls meet the ground is darker.
    p.bands(WIDE, &[(WALLS, PITCH.alpha(0.42)), (WALLS - 16.0, PITCH.alpha(0.0))]);
}

/// Darkens the edges of the picture.
pub fn vignette(p: &mut Painter) {
    let (clear, dark) = (PITCH.alpha(0.0), PITCH.alpha(0.74));
    p.bands(WIDE, &[(-170.0, clear), (-420.0, dark)]);
    p.bands(WIDE, &[(520.0, dark), (330.0, PITCH.alpha(0.22)), (270.0, clear)]);
    for side in [-1.0, 1.0] {
        let (inner, outer) = (side * 470.0, side * 860.0);
        p.quad([v(inner, -900.0), v(outer, -900.0), v(outer, 900.0), v(inner, 900.0)], [clear, dark, dark, clear]);
    }
}
