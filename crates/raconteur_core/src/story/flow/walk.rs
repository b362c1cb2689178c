//! The walk: breadth first from the start, so that the first path to a state is a shortest one.

use super::code::{Ask, V};
use super::graph::{Edge, EdgeKind, Graph, Node};
use super::program::Program;
use super::stepper::{Stepper, Via, Visit};
use crate::runner::StuckReason;

/// What a walk has seen.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) graph: Graph,
    /// Whether every reachable state was visited.
    pub(super) whole: bool,
    /// By node: whether its beat ends the story there.
    pub(super) ended: Vec<bool>,
    /// By node: whether the story may be stuck there.
    pub(super) stuck: Vec<bool>,
    /// One for each beat and reason.
    pub(super) locks: Vec<Lock>,
    /// By beat: places of its locks.
    locks_of: Vec<Vec<usize>>,
    /// By way: in how many settlements it was open.
    pub(super) opens: Vec<u32>,
    /// By beat: number of settlements.
    pub(super) settlements: Vec<u32>,
    /// By way: the ways of its beat, by their place, that have been open whenever it was.
    pub(super) beside: Vec<u64>,
    /// By beat: the settlement with the fewest open ways.
    pub(super) fewest: Vec<Option<Fewest>>,
    /// By effect: smallest and largest value beyond the range.
    pub(super) clamps: Vec<Option<(i64, i64)>>,
}

/// A beat in which the story gets stuck.
#[derive(Debug)]
pub(super) struct Lock {
    pub(super) beat: usize,
    pub(super) reason: StuckReason,
    /// In how many nodes.
    pub(super) nodes: usize,
    last: Node,
    pub(super) first: Scene,
}

/// A state in the middle of a step.
#[derive(Debug)]
pub(super) struct Scene {
    /// The node that the step began from.
    pub(super) node: Node,
    pub(super) state: Vec<u64>,
    pub(super) asked: Vec<(Ask, V)>,
}

#[derive(Debug)]
pub(super) struct Fewest {
    pub(super) open: usize,
    pub(super) scene: Scene,
}

/// Visits states until there is no new one, or more than `limit`.
pub(super) fn walk(program: &Program, limit: usize) -> Walk {
    let mut walk = Walk {
        graph: Graph::new(program.slots.stride()),
        whole: true,
        ended: Vec::new(),
        stuck: Vec::new(),
        locks: Vec::new(),
        locks_of: vec![Vec::new(); program.beats.len()],
        opens: vec![0; program.ways.len()],
        settlements: vec![0; program.beats.len()],
        beside: vec![u64::MAX; program.ways.len()],
        fewest: program.beats.iter().map(|_| None).collect(),
        clamps: vec![None; program.effects.len()],
    };
    // Numbers of nodes have 32 bits.
    let limit = limit.min(u32::MAX as usize / 2);
    let mut stepper = Stepper::new(program);
    stepper.start(&mut Found { program, walk: &mut walk, node: 0 });
    // What starts a game is no edge.
    let mut state = Vec::new();
    while walk.graph.closed() < walk.graph.len() {
        if walk.graph.len() > limit || stepper.overflow() {
            walk.whole = false;
            break;
        }
        let node = walk.graph.closed() as Node;
        state.clear();
        state.extend_from_slice(walk.graph.state(node));
        let stop = walk.graph.stops[node as usize] as usize;
        stepper.go(stop, &state, &mut Found { program, walk: &mut walk, node });
        walk.graph.close();
    }
    walk.whole &= !stepper.overflow();
    walk
}

struct Found<'a> {
    program: &'a Program,
    walk: &'a mut Walk,
    /// The node that is gone on from.
    node: Node,
}

impl Found<'_> {
    fn scene(&self, state: &[u64], asked: &[(Ask, V)]) -> Scene {
        Scene { node: self.node, state: state.to_vec(), asked: asked.to_vec() }
    }
}

impl Visit for Found<'_> {
    fn edge(&mut self, to: usize, via: Via, state: &[u64]) {
        let (node, new) = self.walk.graph.insert(to, state, self.node, via);
        if new {
            self.walk.ended.push(false);
            self.walk.stuck.push(false);
        }
        let kind = match via {
            Via::Start => return,
            Via::Next { silent: true } => EdgeKind::Silent,
            Via::Next { silent: false } => EdgeKind::Next,
            Via::Way(_) | Via::Told(_) | Via::On => EdgeKind::Other,
        };
        self.walk.graph.add_edge(Edge { to: node, kind });
    }

    fn settled(&mut self, beat: usize, open: &[usize], state: &[u64], asked: &[(Ask, V)]) {
        let first = open[0];
        self.walk.settlements[beat] += 1;
        // Places are counted from the first way of the beat, `otherwise` last.
        let base = self.program.beats[beat].tail.all_ways().next().unwrap_or(first);
        let mask = open.iter().map(|way| way - base).filter(|at| *at < 64).fold(0_u64, |mask, at| mask | 1 << at);
        for way in open {
            self.walk.opens[*way] += 1;
            self.walk.beside[*way] &= mask;
        }
        if self.walk.fewest[beat].as_ref().is_none_or(|fewest| open.len() < fewest.open) {
            self.walk.fewest[beat] = Some(Fewest { open: open.len(), scene: self.scene(state, asked) });
        }
    }

    fn stuck(&mut self, beat: usize, reason: StuckReason, state: &[u64], asked: &[(Ask, V)]) {
        if reason == StuckReason::NoOpenChoice {
            self.walk.settlements[beat] += 1;
        }
        self.walk.stuck[self.node as usize] = true;
        let known = self.walk.locks_of[beat].iter().find(|at| self.walk.locks[**at].reason == reason);
        if let Some(lock) = known.map(|at| &mut self.walk.locks[*at]) {
            lock.nodes += usize::from(lock.last != self.node);
            lock.last = self.node;
            return;
        }
        let first = self.scene(state, asked);
        self.walk.locks_of[beat].push(self.walk.locks.len());
        self.walk.locks.push(Lock { beat, reason, nodes: 1, last: self.node, first });
    }

    fn ended(&mut self, _beat: usize) {
        self.walk.ended[self.node as usize] = true;
    }

    fn clamped(&mut self, effect: usize, wanted: i64) {
        let clamp = self.walk.clamps[effect].get_or_insert((wanted, wanted));
        *clamp = (clamp.0.min(wanted), clamp.1.max(wanted));
    }
}
