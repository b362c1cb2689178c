//! Whether a state of the runner is one that the walk has seen: what the property test asks.

use std::collections::HashSet;

use super::code::V;
use super::graph::Node;
use super::program::{Program, Step};
use super::ranges::{Reach, holds};
use super::slots::{Domain, Symbol};
use super::stepper::{Stepper, Via, Visit};
use super::walk::Walk;
use crate::runner::{Position, RunnerState, StuckReason};
use crate::story::format::{Story, Value};

/// Every state at every step of every beat, without what is not read any more.
#[derive(Debug, Default)]
pub(super) struct Index {
    states: HashSet<(u32, u32, Box<[u64]>)>,
    /// Beats that were reached.
    beats: HashSet<usize>,
}

/// Runs through every node once more and takes down what lies between them.
pub(super) fn index(program: &Program, walk: &Walk) -> Index {
    let mut index = Index::default();
    let mut stepper = Stepper::new(program);
    for node in 0..walk.graph.len() as Node {
        let stop = walk.graph.stops[node as usize] as usize;
        index.beats.insert(program.stops[stop]);
        stepper.go(stop, walk.graph.state(node), &mut Collect { program, index: &mut index });
    }
    index
}

struct Collect<'a> {
    program: &'a Program,
    index: &'a mut Index,
}

impl Visit for Collect<'_> {
    fn edge(&mut self, _to: usize, _via: Via, _state: &[u64]) {}

    fn before(&mut self, beat: usize, step: usize, state: &[u64]) {
        let live = &self.program.beats[beat].live[step];
        self.index.states.insert((beat as u32, step as u32, masked(state, live)));
    }

    fn rests(&mut self, beat: usize, step: usize, state: &[u64]) {
        let code = &self.program.beats[beat];
        let mut state = state.to_vec();
        // Whether the line has been shown already, nobody asks here: it will have been.
        if let Some(Step::Line { bit: Some(bit), .. }) = code.steps.get(step) {
            self.program.slots.set(*bit, &mut state, 1);
        }
        let behind = (step + 1).min(code.steps.len());
        let number = RESTING | step as u32;
        self.index.states.insert((beat as u32, number, masked(&state, &code.live[behind])));
    }
}

/// Marks the number of a step at which a state rests, unlike one that stands before it.
const RESTING: u32 = 1 << 31;

fn masked(state: &[u64], live: &[u64]) -> Box<[u64]> {
    state.iter().zip(live).map(|(word, live)| word & live).collect()
}

/// Where a position of the runner is in a program.
enum Spot {
    /// Before a step, or resting at it.
    At {
        step: usize,
        resting: bool,
    },
    Ended,
    Stuck(StuckReason),
}

/// Whether a state may be reached, as far as the walk can tell.
pub(super) fn contains(
    story: &Story,
    program: &Program,
    index: &Index,
    reach: Option<&Reach>,
    walk: &Walk,
    state: &RunnerState,
) -> bool {
    let Some(beat) = story.beats.position(&state.beat) else { return false };
    let code = &program.beats[beat];
    let mut words = pack(program, state);
    match (spot(program, beat, state), reach) {
        (Spot::Ended, None) => code.end && index.beats.contains(&beat),
        (Spot::Ended, Some(reach)) => code.end && reach.before[beat].is_some(),
        // Nothing promises a loop but a circle of states, which the walk has been through.
        (Spot::Stuck(StuckReason::Loop), None) => index.beats.contains(&beat),
        (Spot::Stuck(reason), None) => walk.locks.iter().any(|lock| lock.beat == beat && lock.reason == reason),
        (Spot::Stuck(_), Some(reach)) => reach.before[beat].is_some(),
        (Spot::At { step, resting }, reach) => {
            if resting && let Some(Step::Line { bit: Some(bit), .. }) = code.steps.get(step) {
                program.slots.set(*bit, &mut words, 1);
            }
            let behind = if resting { (step + 1).min(code.steps.len()) } else { step };
            let live = &code.live[behind];
            if let Some(reach) = reach {
                let Some(before) = &reach.before[beat] else { return false };
                let step = step.min(before.len() - 1);
                let bit = match code.steps.get(step) {
                    Some(Step::Line { bit, .. }) if resting => *bit,
                    _ => None,
                };
                return (0..program.slots.len()).filter(|slot| program.slots.marked(*slot, live)).all(|slot| {
                    bit == Some(slot)
                        || holds(&program.slots, slot, before[step][slot], program.slots.get(slot, &words))
                });
            }
            let number = if resting { RESTING | step as u32 } else { step as u32 };
            index.states.contains(&(beat as u32, number, masked(&words, live)))
        }
    }
}

fn spot(program: &Program, beat: usize, state: &RunnerState) -> Spot {
    let code = &program.beats[beat];
    match &state.position {
        Position::Line { index, .. } => {
            let (step, resting) = code.line_steps.get(*index).copied().unwrap_or((code.steps.len(), false));
            // A step that does not matter is passed by, so nothing rests at it.
            let active = matches!(code.steps.get(step), Some(Step::Line { active: true, .. }));
            Spot::At { step, resting: resting && active }
        }
        Position::Ended => Spot::Ended,
        Position::Stuck(reason) => Spot::Stuck(*reason),
        Position::Detour { .. } => match (code.steps.len().checked_sub(1), code.steps.last()) {
            (Some(step), Some(Step::Detour { active: true, .. })) => Spot::At { step, resting: true },
            (Some(step), Some(Step::Line { when: None, bit: None, .. })) if program.told() => {
                Spot::At { step, resting: true }
            }
            _ => Spot::At { step: code.steps.len(), resting: false },
        },
        Position::Choices { .. } | Position::Slot { .. } => Spot::At { step: code.steps.len(), resting: true },
    }
}

/// A state of the runner as words.
fn pack(program: &Program, state: &RunnerState) -> Vec<u64> {
    let slots = &program.slots;
    let mut words = program.first.clone();
    for (id, slot) in slots.iter() {
        let value = match &slot.symbol {
            Symbol::Var(name) => match state.vars.get(name) {
                Some(Value::Int(value)) => V::Int(*value),
                Some(Value::Bool(value)) => V::Bool(*value),
                Some(Value::Word(word)) => {
                    let number = program.words.iter().position(|known| known == word);
                    V::Word(number.map_or(u32::MAX, |number| number as u32))
                }
                None => continue,
            },
            Symbol::Visits(beat) => V::Int(i64::from(state.visits.get(beat).copied().unwrap_or(0))),
            Symbol::Seen(id) => V::Bool(state.seen.contains(id) || state.taken.contains(id)),
            Symbol::Detour(beat) => V::Bool(state.detours.contains(beat)),
        };
        if let (Domain::Words { .. }, V::Word(u32::MAX)) = (&slot.domain, value) {
            continue;
        }
        slots.put(id, &mut words, value);
    }
    words
}
