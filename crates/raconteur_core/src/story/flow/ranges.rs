//! What can be said of a story with too many states to visit: for each beat, the values that each variable may have there.
//!
//! Values of different variables are taken to be independent, so the answer is always too large, never too small: what it
//! calls unreachable or never open is so.

use super::code::{Code, EffectCode, V, mirror};
use super::program::{BeatCode, Program, Step, Tail};
use super::slots::{Domain, SlotId, Slots};
use crate::story::expr::EffectOp;
use crate::story::expr::ast::Comparison;

/// The values that a slot may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    /// Each value by itself, as distance from the smallest; for slots of at most 64 values.
    Bits(u64),
    /// All from the first to the last.
    Range(i64, i64),
}

/// A set for each slot.
pub(super) type Ranges = Vec<Set>;

/// How often a range grows before it is widened to the end of its variable's.
const WIDEN_AFTER: u32 = 6;

/// What was found.
#[derive(Debug)]
pub(super) struct Reach {
    /// By beat: what is known before each of its steps, and before its ways; nothing for a beat that is never entered.
    pub(super) before: Vec<Option<Vec<Ranges>>>,
    /// By way: whether it may be open.
    pub(super) open: Vec<bool>,
}

/// Follows ranges through a program until nothing changes.
pub(super) fn reach(program: &Program) -> Reach {
    let mut solver = Solver {
        program,
        arrivals: vec![None; program.beats.len()],
        grown: vec![Vec::new(); program.beats.len()],
        open: vec![false; program.ways.len()],
        queue: Vec::new(),
        queued: vec![false; program.beats.len()],
    };
    if let Some(start) = program.start {
        let first =
            (0..program.slots.len()).map(|slot| one(&program.slots, slot, program.slots.get(slot, &program.first)));
        solver.arrive(start, first.collect());
    }
    while let Some(beat) = solver.queue.pop() {
        solver.queued[beat] = false;
        solver.run(beat);
    }
    let before: Vec<Option<Vec<Ranges>>> = (0..program.beats.len()).map(|beat| solver.run(beat)).collect();
    Reach { before, open: solver.open }
}

struct Solver<'a> {
    program: &'a Program,
    arrivals: Vec<Option<Ranges>>,
    /// By beat and slot: how often its range has grown.
    grown: Vec<Vec<u32>>,
    open: Vec<bool>,
    queue: Vec<usize>,
    queued: Vec<bool>,
}

impl Solver<'_> {
    /// Adds what may arrive at a beat.
    fn arrive(&mut self, beat: usize, mut ranges: Ranges) {
        let slots = &self.program.slots;
        let code = &self.program.beats[beat];
        if let Some(visits) = code.visits {
            ranges[visits] = shift(slots, visits, ranges[visits], 1, 1);
        }
        for (slot, set) in ranges.iter_mut().enumerate() {
            if !slots.marked(slot, &code.live[0]) {
                *set = one(slots, slot, slots.slot(slot).min);
            }
        }
        let changed = match &mut self.arrivals[beat] {
            Some(known) => {
                let grown = &mut self.grown[beat];
                grown.resize(slots.len(), 0);
                let mut changed = false;
                for (slot, (known, new)) in known.iter_mut().zip(&ranges).enumerate() {
                    changed |= grow(slots, slot, known, *new, &mut grown[slot]);
                }
                changed
            }
            unknown @ None => {
                *unknown = Some(ranges);
                true
            }
        };
        if changed && !std::mem::replace(&mut self.queued[beat], true) {
            self.queue.push(beat);
        }
    }

    /// Goes through a beat; what is known before each of its steps.
    fn run(&mut self, at: usize) -> Option<Vec<Ranges>> {
        let program = self.program;
        let beat = &program.beats[at];
        let mut ranges = self.arrivals[at].clone()?;
        let mut before = Vec::new();
        for step in &beat.steps {
            tell(program, &mut ranges);
            before.push(ranges.clone());
            step_ranges(program, step, &mut ranges);
        }
        tell(program, &mut ranges);
        before.push(ranges.clone());
        match &beat.tail {
            Tail::Next(Some(next)) => self.arrive(*next, ranges),
            Tail::Ways { .. } => self.ways(beat, &ranges),
            Tail::Nothing | Tail::End | Tail::Next(None) => {}
        }
        Some(before)
    }

    fn ways(&mut self, beat: &BeatCode, ranges: &Ranges) {
        let Tail::Ways { ways, otherwise, .. } = &beat.tail else { return };
        for way in ways.clone() {
            self.way(way, ranges.clone());
        }
        let Some(otherwise) = *otherwise else { return };
        // It is open only where every other is closed.
        let mut closed = Some(ranges.clone());
        for way in ways.clone().map(|way| &self.program.ways[way]) {
            closed = closed.and_then(|ranges| {
                let by_condition = way.when.as_ref().and_then(|when| assume(self.program, when, ranges.clone(), false));
                let taken = way.bit.filter(|_| way.once);
                let by_taking = taken.and_then(|bit| keep(&self.program.slots, bit, ranges, |value| value != 0));
                join(by_condition, by_taking)
            });
        }
        if let Some(closed) = closed {
            self.way(otherwise, closed);
        }
    }

    fn way(&mut self, at: usize, ranges: Ranges) {
        let program = self.program;
        let way = &program.ways[at];
        let mut ranges = Some(ranges);
        if let (true, Some(bit)) = (way.once, way.bit) {
            ranges = ranges.and_then(|ranges| keep(&program.slots, bit, ranges, |value| value == 0));
        }
        if let Some(when) = &way.when {
            ranges = ranges.and_then(|ranges| assume(program, when, ranges, true));
        }
        let Some(mut ranges) = ranges else { return };
        self.open[at] = true;
        if let Some(bit) = way.bit {
            ranges[bit] = one(&program.slots, bit, 1);
        }
        effects(program, &way.then, &mut ranges);
        if let Some(to) = way.to {
            self.arrive(to, ranges);
        }
    }
}

/// What storylets may make of it, any number of them.
fn tell(program: &Program, ranges: &mut Ranges) {
    let mut grown = vec![0; ranges.len()];
    loop {
        let mut changed = false;
        for storylet in &program.storylets {
            let mut told = Some(ranges.clone());
            if let (true, Some(bit)) = (storylet.once, storylet.bit) {
                told = told.and_then(|ranges| keep(&program.slots, bit, ranges, |value| value == 0));
            }
            if let Some(when) = &storylet.when {
                told = told.and_then(|ranges| assume(program, when, ranges, true));
            }
            let Some(mut told) = told else { continue };
            if let Some(bit) = storylet.bit {
                told[bit] = one(&program.slots, bit, 1);
            }
            effects(program, &storylet.then, &mut told);
            for (slot, (known, new)) in ranges.iter_mut().zip(told).enumerate() {
                changed |= grow(&program.slots, slot, known, new, &mut grown[slot]);
            }
        }
        if !changed {
            return;
        }
    }
}

fn step_ranges(program: &Program, step: &Step, ranges: &mut Ranges) {
    let slots = &program.slots;
    match step {
        Step::Line { active: false, .. } | Step::Detour { active: false, .. } => {}
        Step::Line { when, once, bit, .. } => {
            let mut shown = Some(ranges.clone());
            if let (true, Some(bit)) = (*once, *bit) {
                shown = shown.and_then(|ranges| keep(slots, bit, ranges, |value| value == 0));
            }
            let mut passed = None;
            if let Some(when) = when {
                shown = shown.and_then(|ranges| assume(program, when, ranges, true));
                passed = assume(program, when, ranges.clone(), false);
            }
            if let (true, Some(bit)) = (*once, *bit) {
                passed = join(passed, keep(slots, bit, ranges.clone(), |value| value != 0));
            }
            if let (Some(ranges), Some(bit)) = (&mut shown, bit) {
                ranges[*bit] = one(slots, *bit, 1);
            }
            if let Some(after) = join(shown, passed) {
                *ranges = after;
            }
        }
        Step::Then(then) => effects(program, then, ranges),
        Step::Detour { when, bit, may, .. } => {
            let mut told = Some(ranges.clone());
            if let Some(bit) = bit {
                told = told.and_then(|ranges| keep(slots, *bit, ranges, |value| value == 0));
            }
            if let Some(when) = when {
                told = told.and_then(|ranges| assume(program, when, ranges, true));
            }
            let Some(mut told) = told else { return };
            if let Some(bit) = bit {
                told[*bit] = one(slots, *bit, 1);
            }
            for effect in may {
                let old = told[effect.slot];
                let written = match effect.op {
                    EffectOp::Set => between(slots, effect.slot, effect.low, effect.high),
                    EffectOp::Add => shift(slots, effect.slot, old, effect.low, effect.high),
                    EffectOp::Subtract => {
                        shift(slots, effect.slot, old, effect.high.saturating_neg(), effect.low.saturating_neg())
                    }
                };
                told[effect.slot] = written;
            }
            if let Some(after) = join(Some(told), Some(ranges.clone())) {
                *ranges = after;
            }
        }
    }
}

fn effects(program: &Program, then: &[EffectCode], ranges: &mut Ranges) {
    let slots = &program.slots;
    for effect in then {
        let slot = slots.slot(effect.slot);
        let old = ranges[effect.slot];
        ranges[effect.slot] = if effect.any {
            full(slots, effect.slot)
        } else {
            match (eval(program, &effect.right, ranges), effect.op) {
                (A::Int(low, high), EffectOp::Set) => between(slots, effect.slot, low, high),
                (A::Int(low, high), EffectOp::Add) => shift(slots, effect.slot, old, low, high),
                (A::Int(low, high), EffectOp::Subtract) => {
                    shift(slots, effect.slot, old, high.saturating_neg(), low.saturating_neg())
                }
                (A::Bool(yes, no), EffectOp::Set) if matches!(slot.domain, Domain::Bool) => {
                    Set::Bits(u64::from(no) | u64::from(yes) << 1)
                }
                (A::Words(words), EffectOp::Set) => match &slot.domain {
                    Domain::Words { of, init } if of.len() <= 64 => Set::Bits(words.iter().fold(0, |bits, word| {
                        let at = of.iter().position(|other| other == word).unwrap_or(*init as usize);
                        bits | 1 << at
                    })),
                    _ => full(slots, effect.slot),
                },
                _ => full(slots, effect.slot),
            }
        };
    }
}

/// A value that is not known for sure.
enum A {
    Int(i64, i64),
    /// Whether it may be true, and whether it may be false.
    Bool(bool, bool),
    /// Sorted.
    Words(Vec<u32>),
    /// Anything, an error included.
    Unknown,
    Error,
}

fn eval(program: &Program, code: &Code, ranges: &Ranges) -> A {
    let slots = &program.slots;
    match code {
        Code::Const(V::Int(value)) => A::Int(*value, *value),
        Code::Const(V::Bool(value)) => A::Bool(*value, !*value),
        Code::Const(V::Word(word)) => A::Words(vec![*word]),
        Code::Get(slot) => match &slots.slot(*slot).domain {
            Domain::Int | Domain::Count => {
                let (low, high) = ends(slots, *slot, ranges[*slot]);
                A::Int(low, high)
            }
            Domain::Bool => A::Bool(holds(slots, *slot, ranges[*slot], 1), holds(slots, *slot, ranges[*slot], 0)),
            Domain::Words { of, .. } => {
                let may = |at: &usize| holds(slots, *slot, ranges[*slot], *at as i64);
                let mut words: Vec<u32> = (0..of.len()).filter(may).map(|at| of[at]).collect();
                words.sort_unstable();
                A::Words(words)
            }
        },
        Code::Some(slot) => {
            let (low, high) = ends(slots, *slot, ranges[*slot]);
            A::Bool(high != 0, low == 0)
        }
        Code::Host(host, _) => answers(&program.hosts[*host].answers),
        Code::Free(..) => A::Bool(true, true),
        Code::Not(inner) => match eval(program, inner, ranges) {
            A::Bool(yes, no) => A::Bool(no, yes),
            A::Error => A::Error,
            _ => A::Unknown,
        },
        Code::Neg(inner) => match eval(program, inner, ranges) {
            A::Int(low, high) => A::Int(high.saturating_neg(), low.saturating_neg()),
            _ => A::Unknown,
        },
        Code::Sum(first, rest) => {
            let A::Int(mut low, mut high) = eval(program, first, ranges) else { return A::Unknown };
            for (minus, part) in rest {
                let A::Int(least, most) = eval(program, part, ranges) else { return A::Unknown };
                (low, high) = if *minus {
                    (low.saturating_sub(most), high.saturating_sub(least))
                } else {
                    (low.saturating_add(least), high.saturating_add(most))
                };
            }
            A::Int(low, high)
        }
        Code::Compare(comparison, left, right) => {
            compare(*comparison, &eval(program, left, ranges), &eval(program, right, ranges))
        }
        Code::All(parts) => chain(program, parts, ranges, true),
        Code::Any(parts) => chain(program, parts, ranges, false),
        Code::Error => A::Error,
    }
}

/// `and` (`all`) or `or`.
fn chain(program: &Program, parts: &[Code], ranges: &Ranges, all: bool) -> A {
    // Whether all parts may be what does not decide, and whether one may decide.
    let (mut through, mut decided) = (true, false);
    for part in parts {
        let (goes_on, decides) = match eval(program, part, ranges) {
            A::Bool(yes, no) if all => (yes, no),
            A::Bool(yes, no) => (no, yes),
            A::Error if !decided => return A::Error,
            _ => return A::Unknown,
        };
        decided |= through && decides;
        through &= goes_on;
    }
    if all { A::Bool(through, decided) } else { A::Bool(decided, through) }
}

fn answers(answers: &[V]) -> A {
    match answers {
        // Between two numbers that are tried, others may be answered; those beyond them as well.
        [V::Int(_), ..] => A::Int(i64::MIN, i64::MAX),
        [V::Bool(_), ..] => A::Bool(true, true),
        _ => A::Unknown,
    }
}

fn compare(comparison: Comparison, left: &A, right: &A) -> A {
    match (left, right) {
        (A::Int(low, high), A::Int(least, most)) => {
            let (yes, no) = match comparison {
                Comparison::Less => (low < most, high >= least),
                Comparison::LessOrEqual => (low <= most, high > least),
                Comparison::Greater => (high > least, low <= most),
                Comparison::GreaterOrEqual => (high >= least, low < most),
                Comparison::Equal | Comparison::NotEqual => {
                    let equal = low <= most && least <= high;
                    let other = !(low == high && least == most && low == least);
                    if comparison == Comparison::Equal { (equal, other) } else { (other, equal) }
                }
            };
            A::Bool(yes, no)
        }
        (A::Words(left), A::Words(right)) => {
            equality(comparison, left.iter().any(|word| right.contains(word)), !(left.len() == 1 && left == right))
        }
        (A::Bool(yes, no), A::Bool(true_too, false_too)) => {
            equality(comparison, (*yes && *true_too) || (*no && *false_too), (*yes && *false_too) || (*no && *true_too))
        }
        (A::Error, _) | (_, A::Error) => A::Error,
        _ => A::Unknown,
    }
}

fn equality(comparison: Comparison, equal: bool, other: bool) -> A {
    match comparison {
        Comparison::Equal => A::Bool(equal, other),
        Comparison::NotEqual => A::Bool(other, equal),
        _ => A::Error,
    }
}

/// What is left of `ranges` when a condition holds, or does not; `None` when that cannot be.
fn assume(program: &Program, code: &Code, ranges: Ranges, wanted: bool) -> Option<Ranges> {
    let slots = &program.slots;
    match code {
        Code::Not(inner) => assume(program, inner, ranges, !wanted),
        Code::All(parts) | Code::Any(parts) => {
            if matches!(code, Code::All(_)) == wanted {
                return parts.iter().try_fold(ranges, |ranges, part| assume(program, part, ranges, wanted));
            }
            parts.iter().fold(None, |found, part| join(found, assume(program, part, ranges.clone(), wanted)))
        }
        Code::Get(slot) | Code::Some(slot) if !matches!(slots.slot(*slot).domain, Domain::Words { .. }) => {
            keep(slots, *slot, ranges, |value| (value != 0) == wanted)
        }
        Code::Compare(comparison, left, right) => {
            let comparison = if wanted { *comparison } else { opposite(*comparison) };
            let (a, b) = (eval(program, left, &ranges), eval(program, right, &ranges));
            match compare(comparison, &a, &b) {
                A::Bool(false, _) => return None,
                A::Error => return (!wanted).then_some(ranges),
                _ => {}
            }
            let ranges = narrow(slots, left, comparison, &b, ranges)?;
            narrow(slots, right, mirror(comparison), &a, ranges)
        }
        _ => match eval(program, code, &ranges) {
            A::Bool(yes, no) => (if wanted { yes } else { no }).then_some(ranges),
            A::Error => (!wanted).then_some(ranges),
            _ => Some(ranges),
        },
    }
}

/// Keeps the values of a variable on one side of a comparison that some value on the other side allows.
fn narrow(slots: &Slots, side: &Code, comparison: Comparison, other: &A, ranges: Ranges) -> Option<Ranges> {
    let Code::Get(slot) = side else { return Some(ranges) };
    match (&slots.slot(*slot).domain, other) {
        (Domain::Int | Domain::Count, A::Int(..)) => keep(slots, *slot, ranges, |value| {
            matches!(compare(comparison, &A::Int(value, value), other), A::Bool(true, _))
        }),
        (Domain::Words { of, .. }, A::Words(_)) => keep(slots, *slot, ranges, |value| {
            of.get(value as usize)
                .is_none_or(|word| matches!(compare(comparison, &A::Words(vec![*word]), other), A::Bool(true, _)))
        }),
        _ => Some(ranges),
    }
}

fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

/// Keeps the values that pass; `None` when none does. `pass` has to be monotone, or an equality: of a range only the
/// ends are asked.
fn keep(slots: &Slots, slot: SlotId, mut ranges: Ranges, pass: impl Fn(i64) -> bool) -> Option<Ranges> {
    let min = slots.slot(slot).min;
    ranges[slot] = match ranges[slot] {
        Set::Bits(bits) => {
            let kept = (0..64).filter(|at| bits >> at & 1 == 1 && pass(min + at)).fold(0, |bits, at| bits | 1 << at);
            if kept == 0 {
                return None;
            }
            Set::Bits(kept)
        }
        Set::Range(low, high) => {
            let (low, high) = match (pass(low), pass(high)) {
                (true, false) => (low, last(low, high, &pass)),
                (false, true) => (first(low, high, &pass), high),
                // All of it, or an equality in the middle: the comparison as a whole was possible.
                (true, true) | (false, false) => (low, high),
            };
            Set::Range(low, high)
        }
    };
    Some(ranges)
}

/// The last value that passes, where the first does and the last does not.
fn last(mut low: i64, mut high: i64, pass: impl Fn(i64) -> bool) -> i64 {
    while high.wrapping_sub(low) as u64 > 1 {
        let middle = low.midpoint(high);
        if pass(middle) { low = middle } else { high = middle }
    }
    low
}

/// The first value that passes, where the last does and the first does not.
fn first(mut low: i64, mut high: i64, pass: impl Fn(i64) -> bool) -> i64 {
    while high.wrapping_sub(low) as u64 > 1 {
        let middle = low.midpoint(high);
        if pass(middle) { high = middle } else { low = middle }
    }
    high
}

fn small(slots: &Slots, slot: SlotId) -> bool {
    let slot = slots.slot(slot);
    slot.max.checked_sub(slot.min).is_some_and(|count| count < 64)
}

fn one(slots: &Slots, slot: SlotId, value: i64) -> Set {
    between(slots, slot, value, value)
}

fn full(slots: &Slots, slot: SlotId) -> Set {
    between(slots, slot, i64::MIN, i64::MAX)
}

/// All values from `low` to `high`, clamped.
fn between(slots: &Slots, slot: SlotId, low: i64, high: i64) -> Set {
    let (min, max) = (slots.slot(slot).min, slots.slot(slot).max);
    let (low, high) = (low.min(max).max(min), high.min(max).max(min));
    if !small(slots, slot) {
        return Set::Range(low, high);
    }
    Set::Bits(((low - min)..=(high - min)).fold(0, |bits, at| bits | 1 << at))
}

/// What a set becomes when a number from `low` to `high` is added, clamped.
fn shift(slots: &Slots, slot: SlotId, set: Set, low: i64, high: i64) -> Set {
    let min = slots.slot(slot).min;
    match set {
        Set::Range(least, most) => between(slots, slot, least.saturating_add(low), most.saturating_add(high)),
        Set::Bits(bits) => {
            let values = (0..64_i64).filter(|at| bits >> at & 1 == 1).map(|at| min + at);
            values.fold(Set::Bits(0), |set, value| {
                union(set, between(slots, slot, value.saturating_add(low), value.saturating_add(high)))
            })
        }
    }
}

fn ends(slots: &Slots, slot: SlotId, set: Set) -> (i64, i64) {
    let min = slots.slot(slot).min;
    match set {
        Set::Bits(0) => (min, min),
        Set::Bits(bits) => (min + i64::from(bits.trailing_zeros()), min + i64::from(63 - bits.leading_zeros())),
        Set::Range(low, high) => (low, high),
    }
}

/// Whether a set holds a value.
pub(super) fn holds(slots: &Slots, slot: SlotId, set: Set, value: i64) -> bool {
    match set {
        Set::Bits(bits) => {
            value.checked_sub(slots.slot(slot).min).is_some_and(|at| (0..64).contains(&at) && bits >> at & 1 == 1)
        }
        Set::Range(low, high) => (low..=high).contains(&value),
    }
}

fn union(one: Set, other: Set) -> Set {
    match (one, other) {
        (Set::Bits(one), Set::Bits(other)) => Set::Bits(one | other),
        (Set::Range(low, high), Set::Range(least, most)) => Set::Range(low.min(least), high.max(most)),
        // A slot has sets of one kind only.
        (one, _) => one,
    }
}

fn join(one: Option<Ranges>, other: Option<Ranges>) -> Option<Ranges> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.into_iter().zip(other).map(|(one, other)| union(one, other)).collect()),
        (one, other) => one.or(other),
    }
}

/// Adds `new` to `known`; a range that keeps growing grows to the end at once. Whether it has changed.
fn grow(slots: &Slots, slot: SlotId, known: &mut Set, new: Set, grown: &mut u32) -> bool {
    let mut wide = union(*known, new);
    if wide == *known {
        return false;
    }
    *grown += 1;
    if let (true, Set::Range(low, high), Set::Range(least, most)) = (*grown > WIDEN_AFTER, wide, *known) {
        let slot = slots.slot(slot);
        wide = Set::Range(if low < least { slot.min } else { low }, if high > most { slot.max } else { high });
    }
    *known = wide;
    true
}
