//! The village as a graph: who stands where on a ring, who told whom, who believes.

use bevy_raconteur::prelude::*;

use crate::folk::{FOLK, name};
use crate::village::Village;

/// One person of the graph.
pub struct Node {
    /// Their name.
    pub name: String,
    /// Where they stand, each from -1 to 1.
    pub at: (f32, f32),
    /// How far they believe the tale, 0 to 1.
    pub belief: f32,
    /// How far they believe what denies it.
    pub denial: f32,
    /// Tellings since the origin; `None` when they have not heard it.
    pub hops: Option<u32>,
    /// Place in the graph of who told them first.
    pub from: Option<usize>,
}

/// What has become of a tale, and of the one that denies it.
pub fn graph(village: &Village, tale: &str, denial: &str) -> Vec<Node> {
    let mill = village.app.world().resource::<RumorMill>();
    let (place, count) = (mill.rumors().place(tale), FOLK.len() as f32);
    let node = |(at, folk): (usize, &crate::folk::Folk)| {
        let angle = at as f32 / count * std::f32::consts::TAU - std::f32::consts::FRAC_PI_2;
        let entity = village.people[at];
        let who = mill.person(entity);
        let way = who.zip(place).map(|(who, tale)| mill.rumors().provenance(who, tale)).unwrap_or_default();
        let from = way.get(1).and_then(|hop| mill.entity(hop.who));
        Node {
            name: name(folk.key),
            at: (angle.cos(), angle.sin()),
            belief: mill.belief(entity, tale),
            denial: mill.belief(entity, denial),
            hops: way.first().map(|hop| hop.hops),
            from: from.and_then(|from| village.people.iter().position(|&entity| entity == from)),
        }
    };
    FOLK.iter().enumerate().map(node).collect()
}

/// Width and height of the picture in characters.
const SIZE: (usize, usize) = (78, 25);

/// The graph for a terminal: a mark and a name for each, dots from whom they have it.
pub fn terminal(nodes: &[Node]) -> String {
    let mut cells = vec![vec![' '; SIZE.0]; SIZE.1];
    let spot = |node: &Node| {
        let x = (node.at.0 + 1.0) / 2.0 * (SIZE.0 - 14) as f32 + 5.0;
        let y = (node.at.1 + 1.0) / 2.0 * (SIZE.1 - 1) as f32;
        (x.round() as i32, y.round() as i32)
    };
    for node in nodes {
        let Some(from) = node.from.and_then(|from| nodes.get(from)) else { continue };
        let (a, b) = (spot(from), spot(node));
        let steps = (b.0 - a.0).abs().max((b.1 - a.1).abs()).max(1);
        for step in (2..steps).step_by(2) {
            let x = a.0 + (b.0 - a.0) * step / steps;
            let y = a.1 + (b.1 - a.1) * step / steps;
            if let Some(cell) = cells.get_mut(y as usize).and_then(|row| row.get_mut(x as usize)) {
                *cell = '.';
            }
        }
    }
    for node in nodes {
        let (x, y) = spot(node);
        let label =
            format!("{} {}{}", mark(node), node.name, node.hops.map(|hops| format!(" {hops}")).unwrap_or_default());
        for (at, letter) in label.chars().enumerate() {
            if let Some(cell) = cells.get_mut(y as usize).and_then(|row| row.get_mut(x as usize + at)) {
                *cell = letter;
            }
        }
    }
    let lines: Vec<String> =
        cells.into_iter().map(|row| row.into_iter().collect::<String>().trim_end().to_owned()).collect();
    format!(
        "{}\n  ( ) has not heard it   o has heard it   * believes it   x believes the opposite   3: tellings since the origin",
        lines.join("\n")
    )
}

fn mark(node: &Node) -> &'static str {
    match node {
        Node { denial, belief, .. } if *denial >= 0.5 && denial > belief => "x",
        Node { hops: None, .. } => "( )",
        Node { belief, .. } if *belief >= 0.5 => "*",
        _ => "o",
    }
}
