//! How the arrows run.

use std::fmt;

use super::lanes::{Kind, Lanes};
use super::{Link, Shape};

/// How far an arrow that turns around stands out.
pub const TURN: f32 = 34.0;

/// Narrowest gap between two columns, and the widest.
const GAP: (f32, f32) = (84.0, 190.0);

/// Left and right border of each column, in the order of ranks: without the first column, which is for turns only.
pub fn columns(lanes: &Lanes) -> Vec<(f32, f32)> {
    let mut crossed = vec![0_usize; lanes.columns.len()];
    for segment in &lanes.segments {
        crossed[lanes.items[segment.left].column] += 1;
    }
    let mut left = 0.0;
    let mut borders = Vec::new();
    for (index, column) in lanes.columns.iter().enumerate().skip(1) {
        let width = column.iter().map(|&item| lanes.items[item].width).fold(0.0, f32::max);
        borders.push((left, left + width));
        left += width + (GAP.0 + 3.0 * crossed[index] as f32).min(GAP.1);
    }
    borders
}

/// A path of lines and curves.
#[derive(Debug, Clone, Default)]
pub struct Path {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy)]
enum Piece {
    Move(f32, f32),
    Line(f32, f32),
    Curve([(f32, f32); 3]),
}

impl Path {
    fn from(x: f32, y: f32) -> Self {
        Self { pieces: vec![Piece::Move(x, y)] }
    }

    fn end(&self) -> (f32, f32) {
        match self.pieces.last() {
            Some(&(Piece::Move(x, y) | Piece::Line(x, y) | Piece::Curve([_, _, (x, y)]))) => (x, y),
            None => (0.0, 0.0),
        }
    }

    fn line(&mut self, x: f32, y: f32) {
        self.pieces.push(Piece::Line(x, y));
    }

    /// Level at both ends, by `out` to the right (negative: to the left) at its start and at its end.
    fn curve(&mut self, x: f32, y: f32, out: f32, into: f32) {
        let (from_x, from_y) = self.end();
        self.pieces.push(Piece::Curve([(from_x + out, from_y), (x - into, y), (x, y)]));
    }

    /// Points that it stays between.
    pub fn points(&self) -> impl Iterator<Item = (f32, f32)> {
        self.pieces.iter().flat_map(|piece| match *piece {
            Piece::Move(x, y) | Piece::Line(x, y) => [(x, y); 3],
            Piece::Curve(points) => points,
        })
    }

    /// Moves it down.
    pub fn shift(&mut self, by: f32) {
        for piece in &mut self.pieces {
            match piece {
                Piece::Move(_, y) | Piece::Line(_, y) => *y += by,
                Piece::Curve(points) => points.iter_mut().for_each(|(_, y)| *y += by),
            }
        }
    }
}

impl fmt::Display for Path {
    /// As the `d` of an SVG path, to a tenth of a pixel.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, piece) in self.pieces.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            match piece {
                Piece::Move(x, y) => write!(f, "M{x:.1} {y:.1}")?,
                Piece::Line(x, y) => write!(f, "L{x:.1} {y:.1}")?,
                Piece::Curve([(ax, ay), (bx, by), (x, y)]) => {
                    write!(f, "C{ax:.1} {ay:.1} {bx:.1} {by:.1} {x:.1} {y:.1}")?;
                }
            }
        }
        Ok(())
    }
}

/// The path of a link through its lanes.
pub fn path(lanes: &Lanes, columns: &[(f32, f32)], tops: &[f32], link: usize) -> Path {
    let Link { from, to, exit } = lanes.links[link];
    let border = |item: usize| columns[lanes.items[item].column - 1];
    let passes = &lanes.passes[link];
    let back = passes.first().is_some_and(|&lane| matches!(lanes.items[lane].kind, Kind::Back(_)));
    let middle = |lane: usize| tops[lane] + lanes.items[lane].height / 2.0;
    let mut path = Path::from(border(from).0 + lanes.shapes[from].width, tops[from] + exit);
    let (x, y) = (border(to).0, tops[to] + lanes.shapes[to].entry);
    for (index, &lane) in passes.iter().enumerate() {
        let (left, right) = border(lane);
        let (enter, leave) = if back { (right, left) } else { (left, right) };
        let reach = reach(path.end().0, enter);
        match (back, index) {
            (true, 0) => path.curve(enter, middle(lane), TURN, -TURN),
            (true, _) => path.curve(enter, middle(lane), -reach, -reach),
            (false, _) => path.curve(enter, middle(lane), reach, reach),
        }
        path.line(leave, middle(lane));
    }
    let reach = reach(path.end().0, x);
    if back {
        path.curve(x, y, -TURN, TURN);
    } else {
        path.curve(x, y, reach, reach);
    }
    path
}

/// How far a curve between two borders keeps its direction.
fn reach(from: f32, to: f32) -> f32 {
    (to - from).abs() * 0.5
}

/// The path of a link between boxes that do not stand in columns.
pub fn direct(shapes: &[Shape], boxes: &[(f32, f32)], link: &Link) -> Path {
    let (from, to) = (boxes[link.from], boxes[link.to]);
    let mut path = Path::from(from.0 + shapes[link.from].width, from.1 + link.exit);
    let (x, y) = (to.0, to.1 + shapes[link.to].entry);
    let start_x = path.end().0;
    if x >= start_x {
        let reach = reach(start_x, x).max(TURN);
        path.curve(x, y, reach, reach);
        return path;
    }
    // Back: under both boxes, or between them where there is room.
    let bottom = |at: usize| boxes[at].1 + shapes[at].height;
    let lower = bottom(link.from).max(bottom(link.to));
    let between = (bottom(link.from) + to.1) / 2.0;
    let lane = if to.1 > bottom(link.from) + 20.0 {
        between
    } else if from.1 > bottom(link.to) + 20.0 {
        (bottom(link.to) + from.1) / 2.0
    } else {
        lower + 18.0
    };
    path.curve(start_x, lane, TURN, -TURN);
    path.line(x, lane);
    path.curve(x, y, -TURN, TURN);
    path
}
