//! Detours that have a say in how the story ends. What a model has written may colour a story; how it ends is the
//! writer's.

use std::collections::{BTreeSet, HashSet, VecDeque};

use super::graph::Node;
use super::program::{Program, Step};
use super::report::Decision;
use super::slice;
use super::stepper::{Stepper, Via, Visit};
use super::walk::Walk;
use crate::story::expr::{Effect, Expr};
use crate::story::format::{Beat, Story};

/// Most combinations of values that are compared for one state of a detour.
const MAX_WRITTEN: usize = 256;

/// All decisions, one for each beat and variable: by the conditions of the ways into endings, and, if every state was
/// visited, by what can still be reached after each value. What is said in an ending decides nothing.
pub(super) fn decisions(story: &Story, program: &Program, walk: &Walk) -> Vec<Decision> {
    let beats: Vec<&Beat> = story.beats.iter().map(|(_, beat)| beat).collect();
    let mut found = Vec::new();
    for (at, (id, beat)) in story.beats.iter().enumerate() {
        let Some(detour) = &beat.detour else { continue };
        let deciding = if walk.whole { deciding(program, walk, at) } else { HashSet::new() };
        for (index, effect) in detour.may.iter().enumerate() {
            let Some(variable) = effect.variable().filter(|name| story.vars.contains(name)) else { continue };
            let touched = touched(story, variable);
            let condition = follow(story, &beats, at, &touched, true)
                .or_else(|| deciding.contains(&index).then(|| follow(story, &beats, at, &touched, false)).flatten());
            if let Some((decides_in, condition)) = condition {
                let (beat, variable) = (id.to_owned(), variable.to_owned());
                found.push(Decision { beat, may: index, variable, condition, decides_in });
            }
        }
    }
    found
}

/// A variable and all that effects make of it.
fn touched(story: &Story, variable: &str) -> BTreeSet<String> {
    let mut touched = BTreeSet::from([variable.to_owned()]);
    let mut effects: Vec<&Effect> = Vec::new();
    for (_, beat) in story.beats.iter() {
        effects.extend(&beat.then);
        effects.extend(beat.choices.iter().chain(&beat.otherwise).flat_map(|choice| &choice.then));
        effects.extend(beat.slot.iter().flat_map(|slot| &slot.outcomes).flat_map(|outcome| &outcome.then));
    }
    effects.extend(story.storylets.iter().flat_map(|storylet| &storylet.then));
    loop {
        let before = touched.len();
        for effect in &effects {
            let mut reads = BTreeSet::new();
            if let (Some(target), Some(value)) = (effect.variable(), effect.value()) {
                slice::variables_of(story, value, &mut reads);
                if !reads.is_disjoint(&touched) {
                    touched.insert(target.to_owned());
                }
            }
        }
        if touched.len() == before {
            return touched;
        }
    }
}

/// The first condition of a way behind a beat that reads one of the variables, with the beat it stands in. `ending`: only
/// of ways that lead into an ending by themselves.
fn follow(
    story: &Story,
    beats: &[&Beat],
    from: usize,
    touched: &BTreeSet<String>,
    ending: bool,
) -> Option<(String, String)> {
    let reads = |when: Option<&Expr>| {
        let when = when?;
        (!slice::variables(story, when).is_disjoint(touched)).then(|| when.source().to_owned())
    };
    let mut known = vec![false; beats.len()];
    let mut open = VecDeque::from([from]);
    known[from] = true;
    while let Some(at) = open.pop_front() {
        let beat = beats[at];
        let choices = beat.choices.iter().chain(&beat.otherwise);
        let mut ways: Vec<(&str, Option<&Expr>)> =
            choices.map(|choice| (choice.to.as_str(), choice.when.as_ref())).collect();
        let outcomes = beat.slot.iter().flat_map(|slot| &slot.outcomes);
        ways.extend(outcomes.map(|outcome| (outcome.to.as_str(), outcome.when.as_ref())));
        let mut conditions = ways.iter().filter(|(to, _)| !ending || ends(story, to)).map(|(_, when)| *when);
        if let Some(condition) = conditions.find_map(reads) {
            let id = story.beats.ids().nth(at).unwrap_or_default();
            return Some((id.to_owned(), condition));
        }
        for to in slice::targets(story, beat) {
            if !std::mem::replace(&mut known[to], true) {
                open.push_back(to);
            }
        }
    }
    None
}

/// Whether a beat is an ending, or `next` alone leads from it to one.
fn ends(story: &Story, id: &str) -> bool {
    let mut at = id;
    for _ in 0..story.beats.len() {
        match story.beats.get(at) {
            Some(beat) if beat.end => return true,
            Some(Beat { next: Some(next), choices, slot: None, otherwise: None, .. }) if choices.is_empty() => {
                at = next;
            }
            _ => return false,
        }
    }
    false
}

/// Places in `may` of the detour of a beat whose values lead to different endings.
fn deciding(program: &Program, walk: &Walk, beat: usize) -> HashSet<usize> {
    let code = &program.beats[beat];
    let mut found = HashSet::new();
    let Some(step) = code.steps.iter().position(|step| matches!(step, Step::Detour { active: true, .. })) else {
        return found;
    };
    let Step::Detour { may, .. } = &code.steps[step] else { return found };
    let endings = endings(program, walk);
    let mut stepper = Stepper::new(program);
    let mut rests = Rests { beat, step, states: HashSet::new() };
    for node in 0..walk.graph.len() as Node {
        let stop = walk.graph.stops[node as usize] as usize;
        if program.stops[stop] == beat {
            stepper.go(stop, walk.graph.state(node), &mut rests);
        }
    }
    for state in &rests.states {
        for effect in may {
            let old = program.slots.get(effect.slot, state);
            let (low, high) = effect.written(&program.slots, old);
            let mut first = None;
            for value in (low..=high).take(MAX_WRITTEN) {
                let mut state = state.clone();
                program.slots.set(effect.slot, &mut state, value);
                let mut sum = Sum { walk, endings: &endings, found: 0 };
                stepper.go_on(beat, step + 1, &state, &mut sum);
                if *first.get_or_insert(sum.found) != sum.found {
                    found.insert(effect.index);
                }
            }
        }
    }
    found
}

/// For each node the endings that can be reached from it, as bits; beyond the 64th they share one.
fn endings(program: &Program, walk: &Walk) -> Vec<u64> {
    let graph = &walk.graph;
    let mut bits = vec![0_u64; program.beats.len()];
    for (number, at) in (0..bits.len()).filter(|at| program.beats[*at].end).enumerate() {
        bits[at] = 1 << number.min(63);
    }
    let beat = |node: Node| program.stops[graph.stops[node as usize] as usize];
    let mut found: Vec<u64> =
        (0..graph.len() as Node).map(|node| if walk.ended[node as usize] { bits[beat(node)] } else { 0 }).collect();
    let (starts, list) = graph.backwards();
    let mut open: Vec<Node> = (0..graph.len() as Node).filter(|node| found[*node as usize] != 0).collect();
    while let Some(node) = open.pop() {
        let own = found[node as usize];
        for before in &list[starts[node as usize]..starts[node as usize + 1]] {
            if found[*before as usize] | own != found[*before as usize] {
                found[*before as usize] |= own;
                open.push(*before);
            }
        }
    }
    found
}

/// Collects the states that rest at one step.
struct Rests {
    beat: usize,
    step: usize,
    states: HashSet<Vec<u64>>,
}

impl Visit for Rests {
    fn edge(&mut self, _to: usize, _via: Via, _state: &[u64]) {}

    fn rests(&mut self, beat: usize, step: usize, state: &[u64]) {
        if (beat, step) == (self.beat, self.step) && !self.states.contains(state) {
            self.states.insert(state.to_vec());
        }
    }
}

/// Adds up the endings of all that follows.
struct Sum<'a> {
    walk: &'a Walk,
    endings: &'a [u64],
    found: u64,
}

impl Visit for Sum<'_> {
    fn edge(&mut self, to: usize, _via: Via, state: &[u64]) {
        if let Some(node) = self.walk.graph.find(to, state) {
            self.found |= self.endings[node as usize];
        }
    }
}
