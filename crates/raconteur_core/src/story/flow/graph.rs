//! All states that were visited, and which follows which.

use std::hash::{BuildHasher, Hash, Hasher};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::stepper::Via;

/// Number of a state in the order of its discovery, so that what is on the way to a state has a smaller one.
pub(super) type Node = u32;

/// States with their stops, each once.
#[derive(Debug, Default)]
pub(super) struct Graph {
    stride: usize,
    words: Vec<u64>,
    /// Stop of each node.
    pub(super) stops: Vec<u32>,
    /// The node from which each was found first, and how.
    pub(super) parents: Vec<(Node, Via)>,
    table: HashTable<Node>,
    hasher: DefaultHashBuilder,
    edges: Vec<Edge>,
    /// For each node that was gone on from, where its edges end; they begin where those of the node before end.
    ends: Vec<usize>,
}

/// What can follow a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) to: Node,
    pub(super) kind: EdgeKind,
}

/// What an edge needs of the player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EdgeKind {
    /// Somebody does something, or the story only goes on inside of a beat.
    Other,
    /// `next`, after something was shown.
    Next,
    /// `next`, and nothing was shown.
    Silent,
}

impl Graph {
    pub(super) fn new(stride: usize) -> Self {
        Self { stride, ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.stops.len()
    }

    /// The words of a state.
    pub(super) fn state(&self, node: Node) -> &[u64] {
        let from = node as usize * self.stride;
        &self.words[from..from + self.stride]
    }

    /// The node of a state, if it was visited.
    pub(super) fn find(&self, stop: usize, state: &[u64]) -> Option<Node> {
        let hash = hash(&self.hasher, stop as u32, state);
        let same = |node: &Node| self.stops[*node as usize] as usize == stop && self.state(*node) == state;
        self.table.find(hash, same).copied()
    }

    /// The node of a state, and whether it is new.
    pub(super) fn insert(&mut self, stop: usize, state: &[u64], parent: Node, via: Via) -> (Node, bool) {
        let (words, stops, stride) = (&self.words, &self.stops, self.stride);
        let stop = stop as u32;
        let same = |node: &Node| {
            let from = *node as usize * stride;
            stops[*node as usize] == stop && words[from..from + stride] == *state
        };
        let hash = hash(&self.hasher, stop, state);
        if let Some(node) = self.table.find(hash, same) {
            return (*node, false);
        }
        let node = self.stops.len() as Node;
        let hasher = &self.hasher;
        self.table.insert_unique(hash, node, |node| {
            let from = *node as usize * stride;
            self::hash(hasher, stops[*node as usize], &words[from..from + stride])
        });
        self.words.extend_from_slice(state);
        self.stops.push(stop);
        self.parents.push((parent, via));
        (node, true)
    }

    pub(super) fn add_edge(&mut self, edge: Edge) {
        self.edges.push(edge);
    }

    /// All edges of the next node have been added.
    pub(super) fn close(&mut self) {
        self.ends.push(self.edges.len());
    }

    /// Number of nodes that have been gone on from.
    pub(super) fn closed(&self) -> usize {
        self.ends.len()
    }

    /// What can follow a node; nothing for one that has not been gone on from.
    pub(super) fn edges(&self, node: Node) -> &[Edge] {
        let at = node as usize;
        let Some(end) = self.ends.get(at) else { return &[] };
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.edges[start..*end]
    }

    /// For each node those that it can follow: where they begin in the list, and the list.
    pub(super) fn backwards(&self) -> (Vec<usize>, Vec<Node>) {
        let mut starts = vec![0; self.len() + 1];
        for edge in &self.edges {
            starts[edge.to as usize + 1] += 1;
        }
        for at in 0..self.len() {
            starts[at + 1] += starts[at];
        }
        let mut fill = starts.clone();
        let mut list = vec![0; self.edges.len()];
        for node in 0..self.closed() as Node {
            for edge in self.edges(node) {
                list[fill[edge.to as usize]] = node;
                fill[edge.to as usize] += 1;
            }
        }
        (starts, list)
    }

    /// The nodes from the start to `node`, both included, along which it was found.
    pub(super) fn way_to(&self, node: Node) -> Vec<Node> {
        let mut way = vec![node];
        let mut at = node;
        while self.parents[at as usize].1 != Via::Start {
            at = self.parents[at as usize].0;
            way.push(at);
        }
        way.reverse();
        way
    }
}

fn hash(hasher: &DefaultHashBuilder, stop: u32, state: &[u64]) -> u64 {
    let mut hasher = hasher.build_hasher();
    stop.hash(&mut hasher);
    state.iter().for_each(|word| word.hash(&mut hasher));
    hasher.finish()
}
