//! Draws shapes with vertex colours into one mesh: what is painted later lies on top.
//!
//! A whole layer of a scene is one mesh and one draw call, so a scene may be painted anew in every frame.

use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;

/// Corners of an ellipse. Enough at the size of a moon; nobody sees the difference on an eye.
const CORNERS: usize = 40;

/// A mesh under construction, in world units.
pub struct Painter {
    positions: Vec<[f32; 3]>,
    colors: Vec<[f32; 4]>,
    indices: Vec<u32>,
    at: Vec2,
    scale: Vec2,
}

impl Default for Painter {
    fn default() -> Self {
        Self { positions: vec![], colors: vec![], indices: vec![], at: Vec2::ZERO, scale: Vec2::ONE }
    }
}

/// One height of a [`Painter::column`]: `y`, left edge, right edge.
pub type Span = (f32, f32, f32);

impl Painter {
    /// Paints with the origin at `at` and everything scaled by `scale`; a negative x mirrors.
    pub fn placed(&mut self, at: Vec2, scale: Vec2, paint: impl FnOnce(&mut Self)) {
        let (old_at, old_scale) = (self.at, self.scale);
        self.at = old_at + at * old_scale;
        self.scale = old_scale * scale;
        paint(self);
        (self.at, self.scale) = (old_at, old_scale);
    }

    fn vertex(&mut self, p: Vec2, color: LinearRgba) -> u32 {
        let p = self.at + p * self.scale;
        self.positions.push([p.x, p.y, 0.0]);
        self.colors.push(color.to_f32_array());
        self.positions.len() as u32 - 1
    }

    /// A four-cornered shape, corners in order around it, one colour each.
    pub fn quad(&mut self, corners: [Vec2; 4], colors: [LinearRgba; 4]) {
        let first = self.positions.len() as u32;
        for (p, c) in corners.into_iter().zip(colors) {
            self.vertex(p, c);
        }
        self.indices.extend([first, first + 1, first + 2, first, first + 2, first + 3]);
    }

    /// A four-cornered shape of one colour.
    pub fn flat(&mut self, corners: [Vec2; 4], color: LinearRgba) {
        self.quad(corners, [color; 4]);
    }

    /// An upright rectangle of one colour.
    pub fn rect(&mut self, min: Vec2, max: Vec2, color: LinearRgba) {
        self.flat([min, Vec2::new(max.x, min.y), max, Vec2::new(min.x, max.y)], color);
    }

    /// Horizontal bands over `x`, blended between the heights in `stops` (any order, `(y, colour)`).
    pub fn bands(&mut self, x: (f32, f32), stops: &[(f32, LinearRgba)]) {
        for pair in stops.windows(2) {
            let ((y0, c0), (y1, c1)) = (pair[0], pair[1]);
            let corners = [Vec2::new(x.0, y0), Vec2::new(x.1, y0), Vec2::new(x.1, y1), Vec2::new(x.0, y1)];
            self.quad(corners, [c0, c0, c1, c1]);
        }
    }

    /// A skyline: everything between the points of `top` (left to right) and the height `base`.
    pub fn ridge(&mut self, top: &[Vec2], base: f32, crest: LinearRgba, foot: LinearRgba) {
        for pair in top.windows(2) {
            let corners = [pair[0], pair[1], Vec2::new(pair[1].x, base), Vec2::new(pair[0].x, base)];
            self.quad(corners, [crest, crest, foot, foot]);
        }
    }

    /// A shape that every line from its first point to its edge stays inside of.
    pub fn fan(&mut self, points: &[Vec2], color: LinearRgba) {
        let first = self.positions.len() as u32;
        for p in points {
            self.vertex(*p, color);
        }
        for i in 1..points.len().saturating_sub(1) as u32 {
            self.indices.extend([first, first + i, first + i + 1]);
        }
    }

    /// An ellipse, coloured from its centre to its rim.
    pub fn ellipse(&mut self, at: Vec2, radii: Vec2, centre: LinearRgba, rim: LinearRgba) {
        let middle = self.vertex(at, centre);
        let first = middle + 1;
        for i in 0..CORNERS {
            let angle = std::f32::consts::TAU * i as f32 / CORNERS as f32;
            self.vertex(at + Vec2::from_angle(angle) * radii, rim);
        }
        for i in 0..CORNERS as u32 {
            self.indices.extend([middle, first + i, first + (i + 1) % CORNERS as u32]);
        }
    }

    /// An ellipse of one colour.
    pub fn disc(&mut self, at: Vec2, radii: Vec2, color: LinearRgba) {
        self.ellipse(at, radii, color, color);
    }

    /// Light in the air: brightest in the middle, gone at the rim. Three discs stand in for the inverse square.
    pub fn glow(&mut self, at: Vec2, radii: Vec2, color: LinearRgba) {
        for (size, share) in [(1.0, 0.28), (0.55, 0.32), (0.25, 0.40)] {
            let alpha = color.alpha * share;
            self.ellipse(at, radii * size, color.with_alpha(alpha), color.with_alpha(0.0));
        }
    }

    /// A line through `points`, as wide as `widths` says at its ends.
    pub fn stroke(&mut self, points: &[Vec2], widths: (f32, f32), color: LinearRgba) {
        let last = points.len().saturating_sub(1).max(1) as f32;
        let mut edge: Option<[Vec2; 2]> = None;
        for (i, p) in points.iter().enumerate() {
            let before = points[i.saturating_sub(1)];
            let after = points[(i + 1).min(points.len() - 1)];
            let width = widths.0 + (widths.1 - widths.0) * i as f32 / last;
            let side = (after - before).normalize_or(Vec2::X).perp() * width / 2.0;
            let now = [*p + side, *p - side];
            if let Some(was) = edge {
                self.flat([was[0], was[1], now[1], now[0]], color);
            }
            edge = Some(now);
        }
    }

    /// An upright, rounded body given by its width at several heights (top to bottom), smoothed between them and lit
    /// from one side: `left` and `right` are the colours of its edges.
    pub fn column(&mut self, spans: &[Span], left: LinearRgba, right: LinearRgba) {
        const STEPS: usize = 7;
        let at = |i: usize| spans[i.min(spans.len() - 1)];
        let mut last: Option<Span> = None;
        for i in 0..spans.len().saturating_sub(1) {
            let around = [at(i.saturating_sub(1)), at(i), at(i + 1), at(i + 2)];
            for step in 0..=STEPS {
                let t = step as f32 / STEPS as f32;
                let smooth = |f: fn(Span) -> f32| catmull_rom(around.map(f), t);
                let now = (around[1].0 + (around[2].0 - around[1].0) * t, smooth(|s| s.1), smooth(|s| s.2));
                if let Some(was) = last {
                    let corners = [
                        Vec2::new(was.1, was.0),
                        Vec2::new(was.2, was.0),
                        Vec2::new(now.2, now.0),
                        Vec2::new(now.1, now.0),
                    ];
                    self.quad(corners, [left, right, right, left]);
                }
                last = Some(now);
            }
        }
    }

    /// Replaces the contents of `mesh` by what was painted.
    pub fn finish(self, mesh: &mut Mesh) {
        mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, self.positions);
        mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, self.colors);
        mesh.insert_indices(Indices::U32(self.indices));
    }
}

/// A mesh that [`Painter::finish`] can fill; until then it is one invisible triangle.
pub fn blank() -> Mesh {
    let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default());
    let mut nothing = Painter::default();
    nothing.fan(&[Vec2::ZERO; 3], LinearRgba::NONE);
    nothing.finish(&mut mesh);
    mesh
}

fn catmull_rom(p: [f32; 4], t: f32) -> f32 {
    let (a, b) = (2.0 * p[0] - 5.0 * p[1] + 4.0 * p[2] - p[3], 3.0 * p[1] - p[0] - 3.0 * p[2] + p[3]);
    0.5 * (2.0 * p[1] + (p[2] - p[0]) * t + a * t * t + b * t * t * t)
}

/// A curve through `points`, with `steps` pieces between two of them.
pub fn curve(points: &[Vec2], steps: usize) -> Vec<Vec2> {
    let at = |i: usize| points[i.min(points.len() - 1)];
    let mut out = vec![at(0)];
    for i in 0..points.len().saturating_sub(1) {
        let around = [at(i.saturating_sub(1)), at(i), at(i + 1), at(i + 2)];
        for step in 1..=steps {
            let t = step as f32 / steps as f32;
            out.push(Vec2::new(catmull_rom(around.map(|p| p.x), t), catmull_rom(around.map(|p| p.y), t)));
        }
    }
    out
}

/// A number from 0 to 1 that is always the same for `i`: where the third reed stands, how bright the ninth glint is.
pub fn chance(i: usize) -> f32 {
    let mut x = (i as u32).wrapping_mul(0x9e37_79b9) ^ 0x85eb_ca6b;
    x = (x ^ (x >> 15)).wrapping_mul(0x2c1b_3c6d);
    x = (x ^ (x >> 12)).wrapping_mul(0x297a_2d39);
    (x >> 8) as f32 / (1 << 24) as f32
}

/// A slow wave between -1 and 1 with the given period in seconds and a start of its own for `i`.
pub fn sway(t: f32, period: f32, i: usize) -> f32 {
    (std::f32::consts::TAU * (t / period + chance(i))).sin()
}
