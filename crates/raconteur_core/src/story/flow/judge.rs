//! What follows from a walk: the findings of a [`Flow`].

use std::collections::HashMap;

use super::code::Code;
use super::describe::Describe;
use super::graph::{Edge, EdgeKind, Node};
use super::program::{Program, Tail};
use super::ranges::Reach;
use super::report::{
    BeatFlow, Circle, Clamp, DeadEnd, EffectOwner, Hidden, Large, Openness, Path, ShortSlot, SoftLock, WayFlow,
};
use super::slots::{Domain, SlotId, Symbol};
use super::walk::{Scene, Walk};

/// Most beats in a row without a line; the runner calls more a loop ([`StuckReason::Loop`]).
const MAX_SILENT: u32 = 1000;

/// A program, what was seen of it, and what ranges say if not everything was seen.
pub(super) struct Judge<'a> {
    pub(super) program: &'a Program,
    pub(super) walk: &'a Walk,
    pub(super) reach: Option<&'a Reach>,
}

impl Judge<'_> {
    fn describe(&self) -> Describe<'_> {
        Describe { program: self.program }
    }

    fn beat(&self, node: Node) -> usize {
        self.program.stops[self.walk.graph.stops[node as usize] as usize]
    }

    /// The shortest way to a beat, if it was visited.
    pub(super) fn path_to(&self, beat: usize) -> Option<Path> {
        (0..self.walk.graph.len() as Node).find(|node| self.beat(*node) == beat).map(|node| self.path(node))
    }

    fn path(&self, node: Node) -> Path {
        self.describe().path(&self.walk.graph, node)
    }

    fn scene(&self, scene: &Scene, beat: usize) -> (Vec<super::report::Known>, Path) {
        let values = self.describe().known(&self.read_by_ways(beat), &scene.state, &scene.asked);
        (values, self.path(scene.node))
    }

    /// The slots that the ways of a beat read.
    fn read_by_ways(&self, beat: usize) -> Vec<SlotId> {
        let mut found = Vec::new();
        let mut add = |slot: SlotId| {
            if !found.contains(&slot) {
                found.push(slot);
            }
        };
        for way in self.program.beats[beat].tail.all_ways().map(|way| &self.program.ways[way]) {
            way.when.iter().for_each(|when| when.reads(&mut add));
            way.bit.filter(|_| way.once).into_iter().for_each(&mut add);
        }
        found
    }

    pub(super) fn beats(&self) -> Vec<BeatFlow> {
        let mut states = vec![0; self.program.beats.len()];
        for node in 0..self.walk.graph.len() as Node {
            let beat = self.beat(node);
            states[beat] += 1;
        }
        let reached = |at: usize| match self.reach {
            Some(reach) => reach.before[at].is_some(),
            None => states[at] > 0,
        };
        let beats = self.program.beats.iter().enumerate();
        beats
            .map(|(at, beat)| BeatFlow {
                beat: beat.id.clone(),
                reached: reached(at),
                end: beat.end,
                states: states[at],
            })
            .collect()
    }

    pub(super) fn ways(&self) -> Vec<WayFlow> {
        let ways = self.program.ways.iter().enumerate();
        ways.map(|(at, way)| WayFlow {
            beat: self.program.beats[way.beat].id.clone(),
            id: way.id.clone(),
            kind: way.kind,
            to: way.to_id.clone(),
            open: self.openness(at, way.beat),
        })
        .collect()
    }

    fn openness(&self, way: usize, beat: usize) -> Openness {
        match (self.walk.opens[way], self.reach) {
            (0, None) => Openness::Never,
            (0, Some(reach)) if !reach.open[way] => Openness::Never,
            (opens, None) if opens == self.walk.settlements[beat] => Openness::Always,
            (_, None) => Openness::Sometimes,
            (opens, Some(_)) if opens > 0 && opens < self.walk.settlements[beat] => Openness::Sometimes,
            (_, Some(_)) => Openness::Unknown,
        }
    }

    /// One for each beat, by path.
    pub(super) fn soft_locks(&self) -> Vec<SoftLock> {
        let mut locks: Vec<&super::walk::Lock> = self.walk.locks.iter().collect();
        locks.sort_by_key(|lock| lock.first.node);
        let mut found = Vec::new();
        for lock in locks {
            let (values, path) = self.scene(&lock.first, lock.beat);
            let beat = self.program.beats[lock.beat].id.clone();
            found.push(SoftLock { beat, reason: lock.reason, values, path, states: lock.nodes });
        }
        found
    }

    pub(super) fn short_slots(&self) -> Vec<ShortSlot> {
        let mut found = Vec::new();
        for (at, beat) in self.program.beats.iter().enumerate() {
            let Tail::Ways { offer: Some(offer), .. } = beat.tail else { continue };
            let Some(fewest) = self.walk.fewest[at].as_ref().filter(|fewest| fewest.open < offer) else { continue };
            let (values, path) = self.scene(&fewest.scene, at);
            found.push(ShortSlot { beat: beat.id.clone(), offer, open: fewest.open, values, path });
        }
        found
    }

    /// Ways that are open only where another one that does the same is, and that one more often.
    pub(super) fn hidden(&self) -> Vec<Hidden> {
        let mut found = Vec::new();
        for beat in &self.program.beats {
            let ways: Vec<usize> = beat.tail.all_ways().collect();
            for &way in &ways {
                let other = ways.iter().enumerate().take(64).find(|(place, other)| {
                    way != **other && self.same(way, **other) && self.behind(way, **other, *place)
                });
                if let Some((_, other)) = other {
                    let id = |way: usize| self.program.ways[way].id.clone();
                    found.push(Hidden { beat: beat.id.clone(), way: id(way), behind: id(*other) });
                }
            }
        }
        found
    }

    fn behind(&self, way: usize, other: usize, place: usize) -> bool {
        let (one, two) = (self.walk.opens[way], self.walk.opens[other]);
        if self.reach.is_some() {
            // What was visited proves nothing about the rest; a way that nothing can close does.
            let (way, other) = (&self.program.ways[way], &self.program.ways[other]);
            return one > 0 && other.when.is_none() && !other.once && (way.when.is_some() || way.once);
        }
        one > 0 && one < two && self.walk.beside[way] >> place & 1 == 1
    }

    /// Whether two ways do the same: target, effects, and nobody asks which of them was taken.
    fn same(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.program.ways[one], &self.program.ways[other]);
        let asked = |bit: Option<SlotId>, once: bool| bit.is_some() && !once;
        one.to_id == other.to_id
            && one.then_text == other.then_text
            && one.kind == other.kind
            && !asked(one.bit, one.once)
            && !asked(other.bit, other.once)
    }

    pub(super) fn clamps(&self) -> Vec<Clamp> {
        let mut found = Vec::new();
        for (info, clamp) in self.program.effects.iter().zip(&self.walk.clamps) {
            let Some((least, most)) = *clamp else { continue };
            let slot = self.program.slots.slot(info.slot);
            let owner = match info.owner {
                super::program::Owner::Beat(beat) => EffectOwner::Beat(self.program.beats[beat].id.clone()),
                super::program::Owner::Way(way) => EffectOwner::Way(self.program.ways[way].id.clone()),
                super::program::Owner::Storylet(at) => EffectOwner::Storylet(self.program.storylets[at].id.clone()),
            };
            found.push(Clamp {
                owner,
                index: info.index,
                effect: info.source.clone(),
                variable: self.describe().name(info.slot),
                wanted: if most > slot.max { most } else { least },
                range: (slot.min, slot.max),
            });
        }
        found
    }

    /// The variables with most values, when there are too many states.
    pub(super) fn large(&self) -> Vec<Large> {
        let mut found: Vec<Large> = Vec::new();
        for (id, slot) in self.program.slots.iter() {
            if let (Symbol::Var(_), Domain::Int) = (&slot.symbol, &slot.domain) {
                found.push(Large { variable: self.describe().name(id), range: (slot.min, slot.max) });
            }
        }
        found.sort_by_key(|large| std::cmp::Reverse(i128::from(large.range.1) - i128::from(large.range.0)));
        found.truncate(3);
        found
    }

    /// Circles of `next`, and silent chains that are too long; one for each circle of beats.
    pub(super) fn circles(&self) -> Vec<Circle> {
        let mut found: Vec<Circle> = Vec::new();
        for silent in [true, false] {
            for nodes in self.circle_nodes(silent) {
                let mut beats: Vec<usize> = nodes.iter().map(|node| self.beat(*node)).collect();
                // A circle of beats may be gone through several times before its states repeat.
                let once = beats[1..].iter().position(|beat| *beat == beats[0]).map_or(beats.len(), |at| at + 1);
                beats.truncate(once);
                let ids: Vec<String> = beats.iter().map(|beat| self.program.beats[*beat].id.clone()).collect();
                let known = |circle: &Circle| ids.iter().any(|id| circle.beats.contains(id));
                if found.iter().any(known) {
                    continue;
                }
                let first = nodes[0];
                let mut reads = Vec::new();
                for beat in &beats {
                    self.read_by_lines(*beat, &mut reads);
                }
                let values = self.describe().known(&reads, self.walk.graph.state(first), &[]);
                let chain = !self.walk.graph.edges(first).iter().any(|edge| nodes.contains(&edge.to));
                found.push(Circle { beats: ids, chain, silent, values, path: self.path(first) });
            }
        }
        found
    }

    fn read_by_lines(&self, beat: usize, reads: &mut Vec<SlotId>) {
        for step in &self.program.beats[beat].steps {
            if let super::program::Step::Line { when, once, bit, .. } = step {
                when.iter().for_each(|when: &Code| when.reads(&mut |slot| reads.push(slot)));
                reads.extend(bit.filter(|_| *once));
            }
        }
        reads.sort_unstable();
        reads.dedup();
    }

    /// The nodes of circles of edges that ask nobody, each from the node that was found first; of silent ones, also a node
    /// from which too many follow.
    fn circle_nodes(&self, silent: bool) -> Vec<Vec<Node>> {
        let graph = &self.walk.graph;
        let follows = |edge: &&Edge| edge.kind == EdgeKind::Silent || (!silent && edge.kind == EdgeKind::Next);
        let mut found = Vec::new();
        // 0: new, 1: on the way that is followed, 2: done.
        let mut marks: Vec<u8> = vec![0; graph.len()];
        let mut depths: Vec<u32> = vec![0; graph.len()];
        for root in 0..graph.len() as Node {
            if marks[root as usize] != 0 || !graph.edges(root).iter().any(|edge| follows(&edge)) {
                continue;
            }
            let mut way: Vec<(Node, usize)> = vec![(root, 0)];
            marks[root as usize] = 1;
            while let Some((node, next)) = way.last_mut() {
                let node = *node;
                let Some(edge) = graph.edges(node).iter().filter(follows).nth(*next) else {
                    way.pop();
                    marks[node as usize] = 2;
                    let depth = depths[node as usize] + 1;
                    if let Some((before, _)) = way.last() {
                        depths[*before as usize] = depths[*before as usize].max(depth);
                    }
                    if silent && depth == MAX_SILENT {
                        found.push(vec![node]);
                    }
                    continue;
                };
                *next += 1;
                match marks[edge.to as usize] {
                    0 => {
                        marks[edge.to as usize] = 1;
                        way.push((edge.to, 0));
                    }
                    1 => {
                        let since = way.iter().position(|(node, _)| *node == edge.to).unwrap_or(0);
                        let mut nodes: Vec<Node> = way[since..].iter().map(|(node, _)| *node).collect();
                        let least = (0..nodes.len()).min_by_key(|at| nodes[*at]).unwrap_or(0);
                        nodes.rotate_left(least);
                        found.push(nodes);
                    }
                    _ => {
                        let depth = depths[edge.to as usize] + 1;
                        depths[node as usize] = depths[node as usize].max(depth);
                    }
                }
            }
        }
        found
    }

    /// Where the story goes on for ever.
    pub(super) fn dead_ends(&self) -> Vec<DeadEnd> {
        if !self.program.beats.iter().any(|beat| beat.end) {
            return Vec::new();
        }
        let mut found = self.dead_nodes();
        if let Some(reach) = self.reach {
            self.dead_beats(reach, &mut found);
        }
        found
    }

    fn dead_nodes(&self) -> Vec<DeadEnd> {
        let (graph, count) = (&self.walk.graph, self.walk.graph.len());
        // From where the story ends, is stuck, hangs, or was not followed further, backwards.
        let mut alive = vec![false; count];
        let hangs: Vec<Node> = self.circle_nodes(true).into_iter().flatten().collect();
        let mut open: Vec<Node> = (0..count as Node)
            .filter(|node| {
                let at = *node as usize;
                self.walk.ended[at] || self.walk.stuck[at] || at >= graph.closed()
            })
            .chain(hangs)
            .collect();
        open.iter().for_each(|node| alive[*node as usize] = true);
        let (starts, list) = graph.backwards();
        while let Some(node) = open.pop() {
            for before in &list[starts[node as usize]..starts[node as usize + 1]] {
                if !std::mem::replace(&mut alive[*before as usize], true) {
                    open.push(*before);
                }
            }
        }
        // Everything that follows a dead node is of its region; a region that leads into an earlier one is not told again.
        let mut region = vec![0_u32; count];
        let mut found: Vec<DeadEnd> = Vec::new();
        for node in 0..count as Node {
            if alive[node as usize] || region[node as usize] != 0 {
                continue;
            }
            let mut known = false;
            let number = node + 1;
            region[node as usize] = number;
            let mut open = vec![node];
            while let Some(at) = open.pop() {
                for edge in graph.edges(at) {
                    match std::mem::replace(&mut region[edge.to as usize], number) {
                        0 => open.push(edge.to),
                        other => known |= other != number,
                    }
                }
            }
            let beat = self.beat(node);
            let id = &self.program.beats[beat].id;
            if !known && !found.iter().any(|other| other.beat == *id) {
                found.push(self.dead_end(node, beat, &alive));
            }
        }
        found
    }

    fn dead_end(&self, node: Node, beat: usize, alive: &[bool]) -> DeadEnd {
        let graph = &self.walk.graph;
        let nodes = (0..graph.len() as Node).filter(|node| self.beat(*node) == beat);
        let (living, dead): (Vec<Node>, Vec<Node>) = nodes.partition(|node| alive[*node as usize]);
        let always = living.is_empty() && self.reach.is_none();
        let slots = &self.program.slots;
        // What tells the dead from the living, if one slot does.
        let tells = |slot: &SlotId| {
            let values = |nodes: &[Node]| -> std::collections::BTreeSet<i64> {
                nodes.iter().map(|node| slots.get(*slot, graph.state(*node))).collect()
            };
            values(&living).is_disjoint(&values(&dead))
        };
        let live = &self.program.beats[beat].live[0];
        let live: Vec<SlotId> = (0..slots.len()).filter(|slot| slots.marked(*slot, live)).collect();
        let telling: Vec<SlotId> = live.iter().copied().filter(tells).collect();
        let shown = if always {
            Vec::new()
        } else if telling.is_empty() {
            live
        } else {
            telling
        };
        let values = self.describe().known(&shown, graph.state(node), &[]);
        DeadEnd { beat: self.program.beats[beat].id.clone(), always, values, path: Some(self.path(node)) }
    }

    /// By ranges: beats that may be reached, and from which no way that may be open leads to an ending.
    fn dead_beats(&self, reach: &Reach, found: &mut Vec<DeadEnd>) {
        let beats = &self.program.beats;
        let mut before: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, beat) in beats.iter().enumerate().filter(|(at, _)| reach.before[*at].is_some()) {
            let ways = beat.tail.all_ways().filter(|way| reach.open[*way]).filter_map(|way| self.program.ways[way].to);
            let next = if let Tail::Next(next) = &beat.tail { *next } else { None };
            ways.chain(next).for_each(|to| before.entry(to).or_default().push(at));
        }
        let locked = |at: usize| {
            let asks = matches!(beats[at].tail, Tail::Ways { .. });
            asks && !beats[at].tail.all_ways().any(|way| reach.open[way])
        };
        let mut alive: Vec<bool> = (0..beats.len()).map(|at| beats[at].end || locked(at)).collect();
        let mut open: Vec<usize> = (0..beats.len()).filter(|at| alive[*at]).collect();
        while let Some(at) = open.pop() {
            for earlier in before.get(&at).into_iter().flatten() {
                if !std::mem::replace(&mut alive[*earlier], true) {
                    open.push(*earlier);
                }
            }
        }
        // Beats that a living one leads to; those behind them are of the same region.
        for (at, beat) in beats.iter().enumerate() {
            let entered = before.get(&at).is_some_and(|earlier| earlier.iter().any(|at| alive[*at]));
            let dead = reach.before[at].is_some() && !alive[at];
            let here = entered || self.program.start == Some(at);
            if dead && here && !found.iter().any(|other| other.beat == beat.id) {
                found.push(DeadEnd { beat: beat.id.clone(), always: true, values: Vec::new(), path: None });
            }
        }
    }
}
