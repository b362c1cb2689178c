//! A graph as an SVG picture: a card for each beat, with a row for each way on, from which its arrow leaves.

mod card;
pub mod palette;
mod text;

use super::data::{Graph, MarkKind, Way, WayKind};
use super::layout::{Layout, Link, Shape, layout};
pub use crate::markup::escape;
use card::Card;
pub use card::icon;

/// Colours and fonts, for the picture alone and inside of a page.
pub const STYLE: &str = include_str!("svg/picture.css");

/// The picture as a file of its own.
pub fn write(graph: &Graph) -> String {
    let drawing = Drawing::new(graph);
    let (x, y, width, height) = drawing.layout.view;
    // Room for the title.
    let top = y - 56.0;
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"story\" viewBox=\"{x:.0} {top:.0} {width:.0} {:.0}\" \
         width=\"{width:.0}\" height=\"{:.0}\" role=\"img\" aria-label=\"{}\">\n",
        height + 56.0,
        height + 56.0,
        escape(&graph.title),
    ));
    out.push_str(&format!("<style>{}</style>\n", palette::inked(STYLE)));
    let back = "<rect class=\"paper\"";
    out.push_str(&format!(
        "{back} x=\"{x:.0}\" y=\"{top:.0}\" width=\"{width:.0}\" height=\"{:.0}\"/>\n",
        height + 56.0
    ));
    out.push_str(&format!(
        "<text class=\"heading\" x=\"{:.0}\" y=\"{:.0}\">{}</text>\n",
        x + 40.0,
        top + 44.0,
        escape(&graph.title)
    ));
    out.push_str(&drawing.body(graph));
    out.push_str("</svg>\n");
    out
}

/// The picture without a frame: what a page puts into an `<svg>` of its own, and the view that shows all of it.
pub struct Drawing {
    cards: Vec<Card>,
    layout: Layout,
}

impl Drawing {
    /// Draws `graph`.
    pub fn new(graph: &Graph) -> Self {
        let cards: Vec<Card> = (0..graph.beats.len()).map(|beat| Card::new(graph, beat)).collect();
        let shapes: Vec<Shape> = cards
            .iter()
            .zip(&graph.beats)
            .map(|(card, beat)| Shape { width: card::WIDTH, height: card.height, entry: card::ENTRY, fixed: beat.pos })
            .collect();
        let drawn = drawn(graph);
        let exit = |way: usize| cards[graph.ways[way].from].exit(way);
        let links: Vec<Link> = drawn
            .iter()
            .map(|&way| Link { from: graph.ways[way].from, to: graph.ways[way].to, exit: exit(way) })
            .collect();
        let mut layout = layout(&shapes, &links);
        // Paths by way: a way that has no arrow has no path.
        let mut paths = vec![String::new(); graph.ways.len()];
        for (&way, path) in drawn.iter().zip(std::mem::take(&mut layout.paths)) {
            paths[way] = path;
        }
        layout.paths = paths;
        Self { cards, layout }
    }

    /// Left, top, width and height of the picture.
    pub fn view(&self) -> (f32, f32, f32, f32) {
        self.layout.view
    }

    /// Arrows, then cards.
    pub fn body(&self, graph: &Graph) -> String {
        let mut out = String::from("<defs>\n");
        for head in ["plain", "next", "outcome", "dead", "lit"] {
            out.push_str(&format!(
                "<marker id=\"head-{head}\" class=\"head {head}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" \
                 markerUnits=\"userSpaceOnUse\" markerWidth=\"10\" markerHeight=\"10\" orient=\"auto\"><path d=\"M0 1 L9 5 L0 9 z\"/></marker>\n"
            ));
        }
        out.push_str("</defs>\n<g class=\"ways\">\n");
        for (index, way) in graph.ways.iter().enumerate() {
            let path = &self.layout.paths[index];
            if !path.is_empty() {
                out.push_str(&format!(
                    "<path class=\"{}\" data-way=\"{index}\" d=\"{path}\"><title>{}</title></path>\n",
                    class(graph, way),
                    escape(&told(graph, way))
                ));
            }
        }
        out.push_str("</g>\n<g class=\"beats\">\n");
        for (index, card) in self.cards.iter().enumerate() {
            let (x, y) = self.layout.boxes[index];
            out.push_str(&card.draw(graph, index, x, y));
        }
        out.push_str("</g>\n");
        out
    }
}

/// Ways that are drawn as arrows. A detour returns to where it began: its row says all there is.
fn drawn(graph: &Graph) -> Vec<usize> {
    (0..graph.ways.len()).filter(|&way| graph.ways[way].kind != WayKind::Detour).collect()
}

fn class(graph: &Graph, way: &Way) -> String {
    let mut class = format!("way {}", way.kind.name());
    if way.dead {
        class.push_str(" dead");
    }
    if graph.beats[way.from].is(MarkKind::Unreachable) {
        class.push_str(" idle");
    }
    class
}

/// What a pointer that rests on an arrow is told.
fn told(graph: &Graph, way: &Way) -> String {
    let mut text = format!("{} → {}", graph.beats[way.from].id, graph.beats[way.to].id);
    if !way.say.is_empty() {
        text.push_str(&format!("\n{}", way.say));
    }
    if !way.when.is_empty() {
        text.push_str(&format!("\nif {}", way.when));
    }
    if way.dead {
        text.push_str("\nnever open");
    }
    text
}

#[cfg(test)]
mod tests;
