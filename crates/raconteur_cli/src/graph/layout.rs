//! Where the boxes of a graph stand and how its arrows run: a layered layout from left to right.
//!
//! ```text
//! links --rank--> a column for each box --lanes--> lanes through the columns that arrows cross
//!       --order--> few crossings --place--> short arrows --route--> paths
//! ```
//! The steps are those of Sugiyama, Tagawa and Toda (1981). What is ours: all arrows that enter one box share one lane,
//! so that a hub to which everything returns is entered by one line and not by fifty. Arrows that go back have a lane
//! too, and turn around in the gaps between columns. The same graph always gives the same picture.

mod lanes;
mod order;
mod place;
mod rank;
mod route;
#[cfg(test)]
mod tests;

/// A box to be placed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shape {
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
    /// How far below its top arrows enter it, on the left.
    pub entry: f32,
    /// Where its top left corner has to be.
    pub fixed: Option<(f32, f32)>,
}

/// An arrow to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// Index of the box it leaves.
    pub from: usize,
    /// Index of the box it enters.
    pub to: usize,
    /// How far below the top of its box it leaves, on the right.
    pub exit: f32,
}

/// A picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// Top left corners of the boxes.
    pub boxes: Vec<(f32, f32)>,
    /// An SVG path for each link.
    pub paths: Vec<String>,
    /// Left, top, width and height of all of it.
    pub view: (f32, f32, f32, f32),
}

/// Room around the picture, and between parts that no arrow connects.
const MARGIN: f32 = 40.0;

/// Places boxes and arrows. Boxes earlier in the list stand further up and to the left where that is free.
pub fn layout(shapes: &[Shape], links: &[Link]) -> Layout {
    let mut boxes = vec![(0.0, 0.0); shapes.len()];
    let mut paths = vec![route::Path::default(); links.len()];
    let mut top = 0.0;
    for part in parts(shapes.len(), links) {
        let piece = Piece::new(&part, shapes, links);
        let ranks = rank::ranks(piece.shapes.len(), &piece.links);
        let mut lanes = lanes::Lanes::new(&piece.shapes, &piece.links, &ranks);
        order::order(&mut lanes);
        let tops = place::place(&lanes);
        let columns = route::columns(&lanes);
        let lowest = lanes.items.iter().zip(&tops).map(|(item, y)| y + item.height).fold(0.0_f32, f32::max);
        for (inner, &outer) in piece.boxes.iter().enumerate() {
            boxes[outer] = (columns[ranks[inner]].0, top + tops[inner]);
        }
        for (inner, &outer) in piece.ways.iter().enumerate() {
            let mut path = route::path(&lanes, &columns, &tops, inner);
            path.shift(top);
            paths[outer] = path;
        }
        top += lowest + 2.0 * MARGIN;
    }
    pin(shapes, links, &mut boxes, &mut paths);
    Layout { view: view(shapes, &boxes, &paths), boxes, paths: paths.iter().map(ToString::to_string).collect() }
}

/// The boxes of each connected part, the part with the first box first.
fn parts(count: usize, links: &[Link]) -> Vec<Vec<usize>> {
    let mut beside = vec![Vec::new(); count];
    for link in links {
        beside[link.from].push(link.to);
        beside[link.to].push(link.from);
    }
    let mut seen = vec![false; count];
    let mut parts = Vec::new();
    for first in 0..count {
        let mut open = vec![first];
        let mut part = Vec::new();
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut seen[at], true) {
                part.push(at);
                open.extend(&beside[at]);
            }
        }
        if !part.is_empty() {
            part.sort_unstable();
            parts.push(part);
        }
    }
    parts
}

/// One connected part with indices of its own.
struct Piece {
    shapes: Vec<Shape>,
    links: Vec<Link>,
    /// The box outside for each box inside.
    boxes: Vec<usize>,
    /// The link outside for each link inside.
    ways: Vec<usize>,
}

impl Piece {
    fn new(part: &[usize], shapes: &[Shape], links: &[Link]) -> Self {
        let mut inner = vec![usize::MAX; shapes.len()];
        for (at, &outer) in part.iter().enumerate() {
            inner[outer] = at;
        }
        let inside = links.iter().enumerate().filter(|(_, link)| inner[link.from] != usize::MAX);
        let (ways, links) =
            inside.map(|(way, link)| (way, Link { from: inner[link.from], to: inner[link.to], ..*link })).unzip();
        Self { shapes: part.iter().map(|&at| shapes[at]).collect(), links, boxes: part.to_vec(), ways }
    }
}

/// Moves boxes to where the writer wants them; their arrows then run straight there.
fn pin(shapes: &[Shape], links: &[Link], boxes: &mut [(f32, f32)], paths: &mut [route::Path]) {
    let fixed = |at: usize| shapes[at].fixed.filter(|(x, y)| x.is_finite() && y.is_finite());
    for (at, place) in boxes.iter_mut().enumerate() {
        *place = fixed(at).unwrap_or(*place);
    }
    for (link, path) in links.iter().zip(paths) {
        if fixed(link.from).is_some() || fixed(link.to).is_some() {
            *path = route::direct(shapes, boxes, link);
        }
    }
}

/// All of it, with some room around.
fn view(shapes: &[Shape], boxes: &[(f32, f32)], paths: &[route::Path]) -> (f32, f32, f32, f32) {
    let corners = shapes.iter().zip(boxes).flat_map(|(shape, &(x, y))| [(x, y), (x + shape.width, y + shape.height)]);
    let points = corners.chain(paths.iter().flat_map(route::Path::points));
    let bounds = points.fold(None, |bounds: Option<(f32, f32, f32, f32)>, (x, y)| {
        let (left, top, right, bottom) = bounds.unwrap_or((x, y, x, y));
        Some((left.min(x), top.min(y), right.max(x), bottom.max(y)))
    });
    let (left, top, right, bottom) = bounds.unwrap_or_default();
    (left - MARGIN, top - MARGIN, right - left + 2.0 * MARGIN, bottom - top + 2.0 * MARGIN)
}
