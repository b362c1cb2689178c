//! One step of the walk: from a state at a stop to all states at the stops that can follow.

use super::code::{Ask, Code, EffectCode, Env, MayCode, Oracle, V};
use super::program::{Place, Program, Step, Tail};
use crate::runner::StuckReason;

/// How a state came from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    /// A new game.
    Start,
    /// By taking this way.
    Way(usize),
    /// By `next`; `silent` if nothing was shown in the beat that was left.
    Next { silent: bool },
    /// By telling this storylet.
    Told(usize),
    /// Further on in the same beat.
    On,
}

/// Who is told what a step finds. States are slices of words; those of an edge hold nothing any more that is not read.
pub(super) trait Visit {
    /// The walk stands before a step of a beat, or before its ways.
    fn before(&mut self, _beat: usize, _step: usize, _state: &[u64]) {}
    /// The story rests at a step.
    fn rests(&mut self, _beat: usize, _step: usize, _state: &[u64]) {}
    /// What can follow.
    fn edge(&mut self, to: usize, via: Via, state: &[u64]);
    /// The ways of a beat that are open, with some answers of the game.
    fn settled(&mut self, _beat: usize, _open: &[usize], _state: &[u64], _asked: &[(Ask, V)]) {}
    /// The story cannot go on.
    fn stuck(&mut self, _beat: usize, _reason: StuckReason, _state: &[u64], _asked: &[(Ask, V)]) {}
    /// The story is over.
    fn ended(&mut self, _beat: usize) {}
    /// An effect went beyond its range.
    fn clamped(&mut self, _effect: usize, _wanted: i64) {}
}

/// Runs a program from one stop at a time. It keeps its buffers.
pub(super) struct Stepper<'a> {
    program: &'a Program,
    oracle: Oracle,
    /// States that are still to go on, one behind the other, and where they stand: the step, and whether a line was shown.
    stack: Vec<u64>,
    steps: Vec<(usize, bool)>,
    state: Vec<u64>,
    open: Vec<usize>,
    /// For each way of the beat: whether some answers of the game open it.
    union: Vec<usize>,
    scratch: Vec<u64>,
    /// By beat: whether a storylet can change which of its ways are open.
    stale: Vec<bool>,
}

impl<'a> Stepper<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        Self {
            program,
            oracle: Oracle::default(),
            stack: Vec::new(),
            steps: Vec::new(),
            state: vec![0; program.slots.stride()],
            open: Vec::new(),
            union: Vec::new(),
            scratch: vec![0; program.slots.stride()],
            stale: stale(program),
        }
    }

    /// Whether the game could answer in too many ways to try them all.
    pub(super) fn overflow(&self) -> bool {
        self.oracle.overflow
    }

    /// Begins a new game.
    pub(super) fn start(&mut self, visit: &mut impl Visit) {
        if let Some(start) = self.program.start {
            let mut state = self.program.first.clone();
            self.arrive(start, Via::Start, &mut state, visit);
        }
    }

    /// Goes on from a state at a stop.
    pub(super) fn go(&mut self, stop: usize, state: &[u64], visit: &mut impl Visit) {
        let (beat, place) = self.program.place(stop);
        self.stack.clear();
        self.steps.clear();
        match place {
            Place::Arrival => self.push(state, 0, false),
            Place::Rest(step) => {
                visit.rests(beat, step, state);
                self.tell(stop, beat, step, state, visit);
                if step == self.program.beats[beat].steps.len() {
                    self.settle(beat, state, Some(step), visit);
                } else {
                    self.finish(beat, step, state);
                }
            }
        }
        self.run(beat, visit);
    }

    /// Goes on from a state before a step of a beat, or before its ways.
    pub(super) fn go_on(&mut self, beat: usize, step: usize, state: &[u64], visit: &mut impl Visit) {
        self.stack.clear();
        self.steps.clear();
        self.push(state, step, true);
        self.run(beat, visit);
    }

    fn run(&mut self, beat: usize, visit: &mut impl Visit) {
        while let Some((step, spoke)) = self.steps.pop() {
            let from = self.stack.len() - self.state.len();
            let mut state = std::mem::take(&mut self.state);
            state.copy_from_slice(&self.stack[from..]);
            self.stack.truncate(from);
            self.step(beat, step, spoke, &state, visit);
            self.state = state;
        }
    }

    fn push(&mut self, state: &[u64], step: usize, spoke: bool) {
        self.stack.extend_from_slice(state);
        self.steps.push((step, spoke));
    }

    fn holds(&mut self, when: Option<&Code>, state: &[u64]) -> bool {
        let Some(when) = when else { return true };
        let program = self.program;
        let mut env = Env { slots: &program.slots, hosts: &program.hosts, state, oracle: &mut self.oracle };
        env.holds(when)
    }

    /// Whether a condition can be true, and whether it can be false.
    fn may_hold(&mut self, when: Option<&Code>, state: &[u64]) -> (bool, bool) {
        if when.is_none() {
            return (true, false);
        }
        let (mut yes, mut no) = (false, false);
        self.oracle.start();
        loop {
            self.oracle.run();
            if self.holds(when, state) {
                yes = true;
            } else {
                no = true;
            }
            if (yes && no) || !self.oracle.next() {
                return (yes, no);
            }
        }
    }

    fn step(&mut self, beat: usize, step: usize, spoke: bool, state: &[u64], visit: &mut impl Visit) {
        let program = self.program;
        let code = &program.beats[beat];
        visit.before(beat, step, state);
        let Some(current) = code.steps.get(step) else { return self.tail(beat, spoke, state, visit) };
        match current {
            Step::Line { active: false, .. } | Step::Detour { active: false, .. } => self.push(state, step + 1, spoke),
            Step::Line { when, once, bit, .. } => {
                let shown = bit.is_some_and(|bit| program.slots.get(bit, state) != 0);
                let (yes, no) = if *once && shown { (false, true) } else { self.may_hold(when.as_ref(), state) };
                if no {
                    self.push(state, step + 1, spoke);
                }
                if yes {
                    self.rest(beat, step, state, visit);
                }
            }
            Step::Then(then) => {
                let mut after = Vec::new();
                self.apply(then, state, None, visit, &mut after);
                for state in after.chunks_exact(state.len()) {
                    self.push(state, step + 1, spoke);
                }
            }
            Step::Detour { when, bit, .. } => {
                let told = bit.is_some_and(|bit| program.slots.get(bit, state) != 0);
                let (yes, no) = if told { (false, true) } else { self.may_hold(when.as_ref(), state) };
                if no {
                    self.push(state, step + 1, spoke);
                }
                if yes {
                    self.rest(beat, step, state, visit);
                }
            }
        }
    }

    /// Rests at a line or a detour: a stop of its own if storylets may be told there.
    fn rest(&mut self, beat: usize, step: usize, state: &[u64], visit: &mut impl Visit) {
        if self.program.told() {
            self.stop(beat, step, Via::On, state, visit);
        } else {
            visit.rests(beat, step, state);
            self.finish(beat, step, state);
        }
    }

    fn stop(&mut self, beat: usize, step: usize, via: Via, state: &[u64], visit: &mut impl Visit) {
        let mut mask = std::mem::take(&mut self.scratch);
        self.program.live_at_rest(beat, step, &mut mask);
        mask.iter_mut().zip(state).for_each(|(word, state)| *word &= state);
        visit.edge(self.program.beats[beat].first_stop + 1 + step, via, &mask);
        self.scratch = mask;
    }

    /// Goes on from a line that has been shown, or tells a detour.
    fn finish(&mut self, beat: usize, step: usize, state: &[u64]) {
        let program = self.program;
        match &program.beats[beat].steps[step] {
            Step::Line { bit, .. } => {
                self.push(state, step + 1, true);
                if let Some(bit) = bit {
                    let from = self.stack.len() - state.len();
                    program.slots.set(*bit, &mut self.stack[from..], 1);
                }
            }
            Step::Detour { bit, may, .. } => {
                // It may fail, or have no model and no text: then nothing happens.
                self.push(state, step + 1, true);
                let mut state = state.to_vec();
                if let Some(bit) = bit {
                    program.slots.set(*bit, &mut state, 1);
                }
                self.write(may, &mut state, step + 1);
            }
            Step::Then(_) => {}
        }
    }

    /// Pushes a state for each combination of values that a detour may leave.
    fn write(&mut self, may: &[MayCode], state: &mut Vec<u64>, step: usize) {
        let program = self.program;
        let [first, rest @ ..] = may else { return self.push(state, step, true) };
        let old = program.slots.get(first.slot, state);
        let (low, high) = first.written(&program.slots, old);
        if too_many(low, high) {
            self.oracle.overflow = true;
            return;
        }
        for value in low..=high {
            program.slots.set(first.slot, state, value);
            self.write(rest, state, step);
        }
        program.slots.set(first.slot, state, old);
    }

    /// All states that effects can lead to, one behind the other. `mask` says what is live for effects that know it only
    /// when they run, those of storylets.
    fn apply(
        &mut self,
        then: &[EffectCode],
        state: &[u64],
        mask: Option<&[u64]>,
        visit: &mut impl Visit,
        after: &mut Vec<u64>,
    ) {
        let slots = &self.program.slots;
        self.oracle.start();
        loop {
            self.oracle.run();
            let from = after.len();
            after.extend_from_slice(state);
            for effect in then {
                if effect.live && mask.is_none_or(|mask| slots.marked(effect.slot, mask)) {
                    self.effect(effect, &mut after[from..], visit);
                }
            }
            if !self.oracle.next() {
                return;
            }
        }
    }

    fn effect(&mut self, effect: &EffectCode, state: &mut [u64], visit: &mut impl Visit) {
        let program = self.program;
        let slot = program.slots.slot(effect.slot);
        if effect.any {
            if too_many(slot.min, slot.max) {
                self.oracle.overflow = true;
                return;
            }
            let value = slot.min + i64::from(self.oracle.pick((slot.max - slot.min + 1) as u32));
            return program.slots.set(effect.slot, state, value);
        }
        let old = program.slots.value(effect.slot, state);
        let mut env = Env { slots: &program.slots, hosts: &program.hosts, state, oracle: &mut self.oracle };
        let Some(new) = env.eval(&effect.right).and_then(|right| effect.result(old, right)) else { return };
        if let V::Int(wanted) = new
            && !(slot.min..=slot.max).contains(&wanted)
        {
            visit.clamped(effect.id, wanted);
        }
        program.slots.put(effect.slot, state, new);
    }

    fn tail(&mut self, beat: usize, spoke: bool, state: &[u64], visit: &mut impl Visit) {
        let code = &self.program.beats[beat];
        match &code.tail {
            Tail::Nothing => visit.stuck(beat, StuckReason::NoWayOn, state, &[]),
            Tail::End => visit.ended(beat),
            Tail::Next(None) => visit.stuck(beat, StuckReason::NoSuchBeat, state, &[]),
            Tail::Next(Some(next)) => {
                let mut state = state.to_vec();
                self.arrive(*next, Via::Next { silent: !(spoke || code.speaks) }, &mut state, visit);
            }
            Tail::Ways { .. } if self.program.told() => {
                self.stop(beat, code.steps.len(), Via::On, state, visit);
            }
            Tail::Ways { .. } => {
                visit.rests(beat, code.steps.len(), state);
                self.settle(beat, state, None, visit);
            }
        }
    }

    fn arrive(&mut self, beat: usize, via: Via, state: &mut [u64], visit: &mut impl Visit) {
        let code = &self.program.beats[beat];
        if let Some(slot) = code.visits {
            let count = self.program.slots.get(slot, state);
            let most = self.program.slots.slot(slot).max;
            self.program.slots.set(slot, state, (count + 1).min(most));
        }
        state.iter_mut().zip(&code.live[0]).for_each(|(word, live)| *word &= live);
        visit.edge(code.first_stop, via, state);
    }

    /// Settles which ways are open, and takes each. Storylets may be told before one is taken, and what was open stays so.
    fn settle(&mut self, beat: usize, state: &[u64], rest: Option<usize>, visit: &mut impl Visit) {
        let program = self.program;
        let tail = &program.beats[beat].tail;
        let Tail::Ways { ways, otherwise, .. } = tail else { return };
        let mut union = std::mem::take(&mut self.union);
        let mut open = std::mem::take(&mut self.open);
        union.clear();
        self.oracle.start();
        loop {
            self.oracle.run();
            open.clear();
            for way in ways.clone() {
                if self.is_open(way, state) {
                    open.push(way);
                }
            }
            if let (true, Some(way)) = (open.is_empty(), otherwise)
                && self.is_open(*way, state)
            {
                open.push(*way);
            }
            if open.is_empty() {
                visit.stuck(beat, StuckReason::NoOpenChoice, state, self.oracle.asked());
            } else {
                visit.settled(beat, &open, state, self.oracle.asked());
            }
            for way in &open {
                if !union.contains(way) {
                    union.push(*way);
                }
            }
            if !self.oracle.next() {
                break;
            }
        }
        if let Some(step) = rest.filter(|_| self.stale[beat]) {
            for state in self.tellings(beat, step, state, visit).chunks_exact(state.len()) {
                union.iter().for_each(|way| self.take(*way, state, visit));
            }
        } else {
            union.iter().for_each(|way| self.take(*way, state, visit));
        }
        (self.union, self.open) = (union, open);
    }

    fn is_open(&mut self, way: usize, state: &[u64]) -> bool {
        let way = &self.program.ways[way];
        let taken = way.once && way.bit.is_some_and(|bit| self.program.slots.get(bit, state) != 0);
        !taken && self.holds(way.when.as_ref(), state)
    }

    fn take(&mut self, at: usize, state: &[u64], visit: &mut impl Visit) {
        let program = self.program;
        let way = &program.ways[at];
        let mut state = state.to_vec();
        if let Some(bit) = way.bit {
            program.slots.set(bit, &mut state, 1);
        }
        let mut after = Vec::new();
        self.apply(&way.then, &state, None, visit, &mut after);
        match way.to {
            Some(to) => {
                after.chunks_exact_mut(state.len()).for_each(|state| self.arrive(to, Via::Way(at), state, visit));
            }
            None => visit.stuck(way.beat, StuckReason::NoSuchBeat, &state, &[]),
        }
    }

    /// Tells each storylet that may be told at a rest.
    fn tell(&mut self, stop: usize, beat: usize, step: usize, state: &[u64], visit: &mut impl Visit) {
        let mut mask = Vec::new();
        self.program.live_at_rest(beat, step, &mut mask);
        for (at, mut after) in self.told(&mask, state, visit) {
            for state in after.chunks_exact_mut(state.len()) {
                state.iter_mut().zip(&mask).for_each(|(word, live)| *word &= live);
                visit.edge(stop, Via::Told(at), state);
            }
        }
    }

    /// For each storylet that may be told, the states that telling it leads to.
    fn told(&mut self, mask: &[u64], state: &[u64], visit: &mut impl Visit) -> Vec<(usize, Vec<u64>)> {
        let program = self.program;
        let mut found = Vec::new();
        for (at, storylet) in program.storylets.iter().enumerate() {
            let bit = storylet.bit;
            let before = bit.is_some_and(|bit| program.slots.get(bit, state) != 0);
            if (storylet.once && before) || !self.may_hold(storylet.when.as_ref(), state).0 {
                continue;
            }
            let mut state = state.to_vec();
            if let Some(bit) = bit {
                program.slots.set(bit, &mut state, 1);
            }
            let mut after = Vec::new();
            self.apply(&storylet.then, &state, Some(mask), visit, &mut after);
            found.push((at, after));
        }
        found
    }

    /// A state and all that telling storylets makes of it at one rest, one behind the other.
    fn tellings(&mut self, beat: usize, step: usize, state: &[u64], visit: &mut impl Visit) -> Vec<u64> {
        let mut mask = Vec::new();
        self.program.live_at_rest(beat, step, &mut mask);
        let mut all = state.to_vec();
        let mut next = 0;
        while next < all.len() {
            let from = all[next..next + state.len()].to_vec();
            next += state.len();
            for (_, after) in self.told(&mask, &from, visit) {
                for told in after.chunks_exact(state.len()) {
                    let told: Vec<u64> = told.iter().zip(&mask).map(|(word, live)| word & live).collect();
                    if all.chunks_exact(state.len()).any(|known| known == told) {
                        continue;
                    }
                    if all.len() >= MAX_TELLINGS * state.len() {
                        self.oracle.overflow = true;
                        return all;
                    }
                    all.extend(told);
                }
            }
        }
        all
    }
}

/// By beat: whether its ways read what storylets write.
fn stale(program: &Program) -> Vec<bool> {
    let slots = &program.slots;
    let mut writes = vec![0; slots.stride()];
    for storylet in &program.storylets {
        storylet.then.iter().for_each(|effect| slots.mark(effect.slot, &mut writes));
        storylet.bit.iter().for_each(|bit| slots.mark(*bit, &mut writes));
    }
    let reads = |way: usize| {
        let mut found = false;
        let way = &program.ways[way];
        way.when.iter().for_each(|when| when.reads(&mut |slot| found |= slots.marked(slot, &writes)));
        found
    };
    program.beats.iter().map(|beat| beat.tail.all_ways().any(reads)).collect()
}

/// Most states that storylets may make of one while somebody chooses.
const MAX_TELLINGS: usize = 256;

/// More values than can be gone through one by one.
fn too_many(low: i64, high: i64) -> bool {
    high.checked_sub(low).is_none_or(|count| count >= 1 << 18)
}
