//! What can still be read later: the rest is cleared from a state, so that states which differ in nothing that matters any
//! more are one.

use super::code::{Code, EffectCode};
use super::program::{Program, Step, Tail};
use super::slots::Slots;
use crate::story::expr::EffectOp;

type Mask = Vec<u64>;

/// Works out what is live where, backwards, until nothing changes; then marks effects and steps that do nothing that
/// matters.
pub(super) fn fill(program: &mut Program) {
    let stride = program.slots.stride();
    program.always_live = storylets(program);
    for beat in &mut program.beats {
        beat.live = vec![vec![0; stride]; beat.steps.len() + 1];
    }
    // Predecessors of each beat, so that only what may have changed is looked at again.
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); program.beats.len()];
    for (at, beat) in program.beats.iter().enumerate() {
        let ways = beat.tail.all_ways().filter_map(|way| program.ways[way].to);
        let next = if let Tail::Next(next) = &beat.tail { *next } else { None };
        ways.chain(next).for_each(|to| before[to].push(at));
    }
    let mut open: Vec<usize> = (0..program.beats.len()).collect();
    let mut queued = vec![true; open.len()];
    while let Some(at) = open.pop() {
        queued[at] = false;
        let live = masks(program, at);
        if live[0] != program.beats[at].live[0] {
            for earlier in &before[at] {
                if !std::mem::replace(&mut queued[*earlier], true) {
                    open.push(*earlier);
                }
            }
        }
        program.beats[at].live = live;
    }
    mark(program);
}

/// What telling storylets reads, wherever they are told.
fn storylets(program: &Program) -> Mask {
    let mut mask = vec![0; program.slots.stride()];
    for storylet in &program.storylets {
        for effect in &storylet.then {
            read(&program.slots, &effect.right, &mut mask);
        }
        read_all(&program.slots, storylet.when.as_ref(), &mut mask);
        if let (true, Some(bit)) = (storylet.once, storylet.bit) {
            program.slots.mark(bit, &mut mask);
        }
    }
    mask
}

fn read(slots: &Slots, code: &Code, mask: &mut Mask) {
    code.reads(&mut |slot| slots.mark(slot, mask));
}

fn read_all<'a>(slots: &Slots, codes: impl IntoIterator<Item = &'a Code>, mask: &mut Mask) {
    codes.into_iter().for_each(|code| read(slots, code, mask));
}

fn join(mask: &mut Mask, other: &[u64]) {
    mask.iter_mut().zip(other).for_each(|(word, other)| *word |= other);
}

/// Goes backwards over effects.
fn effects(slots: &Slots, then: &[EffectCode], mask: &mut Mask) {
    for effect in then.iter().rev() {
        if slots.marked(effect.slot, mask) {
            if effect.op == EffectOp::Set || effect.any {
                slots.unmark(effect.slot, mask);
            }
            read(slots, &effect.right, mask);
        }
    }
}

/// What is live before the steps of a beat, and last before its ways.
fn masks(program: &Program, at: usize) -> Vec<Mask> {
    let (slots, beat) = (&program.slots, &program.beats[at]);
    let mut mask = vec![0; slots.stride()];
    match &beat.tail {
        Tail::Nothing | Tail::End => {}
        Tail::Next(next) => {
            if let Some(next) = next {
                join(&mut mask, &program.beats[*next].live[0]);
            }
        }
        Tail::Ways { .. } => {
            for way in beat.tail.all_ways().map(|way| &program.ways[way]) {
                let mut taken = match way.to {
                    Some(to) => program.beats[to].live[0].clone(),
                    None => vec![0; slots.stride()],
                };
                effects(slots, &way.then, &mut taken);
                if let Some(bit) = way.bit {
                    slots.unmark(bit, &mut taken);
                    if way.once {
                        slots.mark(bit, &mut taken);
                    }
                }
                read_all(slots, way.when.as_ref(), &mut taken);
                join(&mut mask, &taken);
            }
        }
    }
    // Storylets may be told while anything rests; an ending is of no consequence.
    let always = |mask: &mut Mask| {
        if !matches!(beat.tail, Tail::End) {
            join(mask, &program.always_live);
        }
    };
    always(&mut mask);
    let mut live = vec![mask.clone()];
    for step in beat.steps.iter().rev() {
        match step {
            Step::Then(then) => effects(slots, then, &mut mask),
            Step::Line { when, once, bit, .. } => {
                if matters(slots, beat.cyclic || program.told(), *bit, &mask) {
                    read_all(slots, when.as_ref(), &mut mask);
                    if let (true, Some(bit)) = (*once, *bit) {
                        slots.mark(bit, &mut mask);
                    }
                }
            }
            Step::Detour { when, bit, may, .. } => {
                if beat.cyclic || program.told() || may.iter().any(|effect| slots.marked(effect.slot, &mask)) {
                    read_all(slots, when.as_ref(), &mut mask);
                    bit.iter().for_each(|bit| slots.mark(*bit, &mut mask));
                }
            }
        }
        always(&mut mask);
        live.push(mask.clone());
    }
    live.reverse();
    live
}

/// Whether it matters if a line is shown; `always` where storylets may be told at it, or where a circle may hang.
fn matters(slots: &Slots, always: bool, bit: Option<usize>, behind: &[u64]) -> bool {
    bit.is_none_or(|bit| always || slots.marked(bit, behind))
}

/// Marks what does something that matters.
fn mark(program: &mut Program) {
    let told = program.told();
    let slots = &program.slots;
    let entries: Vec<Mask> = program.beats.iter().map(|beat| beat.live[0].clone()).collect();
    for way in &mut program.ways {
        let mut mask = way.to.map_or_else(|| vec![0; slots.stride()], |to| entries[to].clone());
        mark_effects(slots, &mut way.then, &mut mask);
    }
    for beat in &mut program.beats {
        for (at, step) in beat.steps.iter_mut().enumerate() {
            let behind = &beat.live[at + 1];
            match step {
                Step::Then(then) => mark_effects(slots, then, &mut behind.clone()),
                Step::Line { bit, active, .. } => *active = matters(slots, beat.cyclic || told, *bit, behind),
                Step::Detour { may, active, .. } => {
                    *active = beat.cyclic || told || may.iter().any(|effect| slots.marked(effect.slot, behind));
                }
            }
        }
    }
}

fn mark_effects(slots: &Slots, then: &mut [EffectCode], mask: &mut Mask) {
    for effect in then.iter_mut().rev() {
        effect.live = slots.marked(effect.slot, mask);
        if effect.live {
            if effect.op == EffectOp::Set || effect.any {
                slots.unmark(effect.slot, mask);
            }
            read(slots, &effect.right, mask);
        }
    }
}
