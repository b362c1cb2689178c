//! What stands in the columns: boxes, and lanes for the arrows that pass.

use std::collections::HashMap;

use super::{Link, Shape};

/// Something that takes a place in a column.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its column.
    pub column: usize,
    /// Width; a lane is as wide as its column.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// What an [`Item`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A box.
    Box,
    /// Where arrows to a box pass on their way to the right.
    Ahead(usize),
    /// Where arrows to a box pass on their way back.
    Back(usize),
    /// Between a box and the lane beside it that leads back: it holds the two together while the order is looked for,
    /// and takes no place in the picture.
    Turn(usize),
}

/// Two items in neighbouring columns that an arrow connects.
#[derive(Debug, Clone, Copy)]
pub struct Segment {
    /// The item on the left.
    pub left: usize,
    /// How far below its top.
    pub left_at: f32,
    /// The item on the right.
    pub right: usize,
    /// How far below its top.
    pub right_at: f32,
}

/// The columns with everything in them.
pub struct Lanes {
    /// Boxes first, with their own indices.
    pub items: Vec<Item>,
    /// Items of each column, from the top. Column 0 and the last are for turns only.
    pub columns: Vec<Vec<usize>>,
    /// What arrows connect, each pair once for each height.
    pub segments: Vec<Segment>,
    /// Lanes that lead back, beside the boxes they belong to in the same column.
    pub mates: Vec<(usize, usize)>,
    /// For each link, the lanes it passes, from its source to its target.
    pub passes: Vec<Vec<usize>>,
    /// The shapes.
    pub shapes: Vec<Shape>,
    /// The links.
    pub links: Vec<Link>,
}

/// Height of a lane.
const LANE: f32 = 10.0;

impl Lanes {
    /// Lanes for `links` between boxes with these columns; all columns move one to the right.
    pub fn new(shapes: &[Shape], links: &[Link], ranks: &[usize]) -> Self {
        let boxes = shapes.iter().zip(ranks).map(|(shape, rank)| Item {
            kind: Kind::Box,
            column: rank + 1,
            width: shape.width,
            height: shape.height,
        });
        let mut lanes = Self {
            items: boxes.collect(),
            columns: Vec::new(),
            segments: Vec::new(),
            mates: Vec::new(),
            passes: Vec::new(),
            shapes: shapes.to_vec(),
            links: links.to_vec(),
        };
        let mut known = HashMap::new();
        for link in links {
            let passes = if ranks[link.to] > ranks[link.from] {
                lanes.ahead(link, &mut known)
            } else {
                lanes.back(link, &mut known)
            };
            lanes.passes.push(passes);
        }
        lanes.drop_doubles();
        lanes.first_order();
        lanes
    }

    fn item(&mut self, kind: Kind, column: usize, known: &mut HashMap<(Kind, usize), usize>) -> usize {
        *known.entry((kind, column)).or_insert_with(|| {
            let height = if matches!(kind, Kind::Turn(_)) { 0.0 } else { LANE };
            self.items.push(Item { kind, column, width: 0.0, height });
            self.items.len() - 1
        })
    }

    /// Height below an item's top at which arrows pass or enter it.
    fn entry(&self, item: usize) -> f32 {
        self.shapes.get(item).map_or(self.items[item].height / 2.0, |shape| shape.entry)
    }

    fn ahead(&mut self, link: &Link, known: &mut HashMap<(Kind, usize), usize>) -> Vec<usize> {
        let (first, last) = (self.items[link.from].column, self.items[link.to].column);
        let mut passes = Vec::new();
        let (mut left, mut left_at) = (link.from, link.exit);
        for column in first + 1..last {
            let lane = self.item(Kind::Ahead(link.to), column, known);
            self.segments.push(Segment { left, left_at, right: lane, right_at: self.entry(lane) });
            (left, left_at) = (lane, self.entry(lane));
            passes.push(lane);
        }
        self.segments.push(Segment { left, left_at, right: link.to, right_at: self.entry(link.to) });
        passes
    }

    fn back(&mut self, link: &Link, known: &mut HashMap<(Kind, usize), usize>) -> Vec<usize> {
        let (first, last) = (self.items[link.from].column, self.items[link.to].column);
        let mut passes = Vec::new();
        for column in (last..=first).rev() {
            let lane = self.item(Kind::Back(link.to), column, known);
            if let Some(&right) = passes.last() {
                let (left_at, right_at) = (self.entry(lane), self.entry(right));
                self.segments.push(Segment { left: lane, left_at, right, right_at });
            }
            passes.push(lane);
        }
        let (near, far) = (passes[0], passes[passes.len() - 1]);
        self.mates.extend([(near, link.from), (far, link.to)]);
        let out = self.item(Kind::Turn(link.to), first + 1, known);
        self.segments.push(Segment { left: link.from, left_at: link.exit, right: out, right_at: 0.0 });
        self.segments.push(Segment { left: near, left_at: self.entry(near), right: out, right_at: 0.0 });
        let into = self.item(Kind::Turn(link.to), last - 1, known);
        self.segments.push(Segment { left: into, left_at: 0.0, right: link.to, right_at: self.entry(link.to) });
        self.segments.push(Segment { left: into, left_at: 0.0, right: far, right_at: self.entry(far) });
        passes
    }

    /// Arrows that share a lane share its segments.
    fn drop_doubles(&mut self) {
        let key =
            |segment: &Segment| (segment.left, segment.right, segment.left_at.to_bits(), segment.right_at.to_bits());
        let mut seen = std::collections::HashSet::new();
        self.segments.retain(|segment| seen.insert(key(segment)));
        self.mates.sort_unstable();
        self.mates.dedup();
    }

    /// The order in which a walk along the links finds the items.
    fn first_order(&mut self) {
        let last = self.items.iter().map(|item| item.column).max().unwrap_or(0);
        self.columns = vec![Vec::new(); last + 2];
        let mut beside = vec![Vec::new(); self.items.len()];
        for segment in &self.segments {
            beside[segment.left].push(segment.right);
            beside[segment.right].push(segment.left);
        }
        let mut seen = vec![false; self.items.len()];
        for first in 0..self.items.len() {
            let mut open = vec![first];
            while let Some(at) = open.pop() {
                if std::mem::replace(&mut seen[at], true) {
                    continue;
                }
                self.columns[self.items[at].column].push(at);
                open.extend(beside[at].iter().rev());
            }
        }
    }
}
