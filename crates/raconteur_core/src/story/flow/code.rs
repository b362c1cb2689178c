//! Conditions and effects, compiled once: names are slots, and what the game answers is asked of an [`Oracle`].

use super::slots::{SlotId, Slots};
use crate::story::expr::EffectOp;
use crate::story::expr::ast::Comparison;

/// A value, as [`Value`](crate::story::format::Value) with words by their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum V {
    Int(i64),
    Bool(bool),
    Word(u32),
}

/// An expression.
#[derive(Debug, Clone)]
pub(super) enum Code {
    Const(V),
    /// A variable or a number of visits.
    Get(SlotId),
    /// Whether a slot is not 0: `visited` and `seen`.
    Some(SlotId),
    /// An answer of the game, by the number of the function.
    Host(usize, Vec<Code>),
    /// A comparison that no finite set of answers decides, by the number of its two sides: the left one may be less, equal
    /// or greater.
    Free(usize, Comparison),
    Not(Box<Code>),
    Neg(Box<Code>),
    Sum(Box<Code>, Vec<(bool, Code)>),
    Compare(Comparison, Box<Code>, Box<Code>),
    All(Vec<Code>),
    Any(Vec<Code>),
    /// What cannot be evaluated.
    Error,
}

impl Code {
    /// Calls `visit` on this node and all below it.
    pub(super) fn walk(&self, visit: &mut dyn FnMut(&Code)) {
        visit(self);
        match self {
            Self::Const(_) | Self::Get(_) | Self::Some(_) | Self::Free(..) | Self::Error => {}
            Self::Not(inner) | Self::Neg(inner) => inner.walk(visit),
            Self::Compare(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Self::Sum(first, rest) => {
                first.walk(visit);
                rest.iter().for_each(|(_, part)| part.walk(visit));
            }
            Self::Host(_, parts) | Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.walk(visit));
            }
        }
    }

    /// The slots that it reads.
    pub(super) fn reads(&self, visit: &mut dyn FnMut(SlotId)) {
        self.walk(&mut |code| {
            if let Code::Get(slot) | Code::Some(slot) = code {
                visit(*slot);
            }
        });
    }
}

/// What a host function may answer: enough values that every condition goes every way it can.
#[derive(Debug, Clone)]
pub(super) struct HostCode {
    /// Of the function, or of a variable that the game writes.
    pub(super) name: String,
    pub(super) variable: bool,
    /// Sorted, without repeats, never empty.
    pub(super) answers: Vec<V>,
}

/// A question that was asked in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    Host(usize, Vec<V>),
    Free(usize),
}

/// Goes through all answers: a run asks, and is repeated until every combination of answers has been given.
///
/// ```text
/// oracle.start();
/// loop { oracle.run(); ..ask.. ; if !oracle.next() { break } }
/// ```
#[derive(Debug, Default)]
pub(super) struct Oracle {
    /// For each question of the run that is new: which answer was given, of how many.
    trail: Vec<(u32, u32)>,
    at: usize,
    asked: Vec<(Ask, V)>,
    runs: u32,
    /// Set when there were more combinations than anybody can go through.
    pub(super) overflow: bool,
}

/// Most combinations of answers in one moment.
const MAX_RUNS: u32 = 1 << 18;

impl Oracle {
    /// Forgets everything: a new moment.
    pub(super) fn start(&mut self) {
        self.trail.clear();
        self.runs = 0;
    }

    /// Begins a run.
    pub(super) fn run(&mut self) {
        self.at = 0;
        self.asked.clear();
    }

    /// Whether there is another combination of answers.
    pub(super) fn next(&mut self) -> bool {
        self.runs += 1;
        if self.runs >= MAX_RUNS {
            self.overflow = true;
            return false;
        }
        while let Some((given, of)) = self.trail.pop() {
            if given + 1 < of {
                self.trail.push((given + 1, of));
                return true;
            }
        }
        false
    }

    /// One of `count` possibilities, `count` at least 1.
    pub(super) fn pick(&mut self, count: u32) -> u32 {
        if count == 1 {
            return 0;
        }
        if self.at == self.trail.len() {
            self.trail.push((0, count));
        }
        self.at += 1;
        self.trail[self.at - 1].0
    }

    fn ask(&mut self, ask: Ask, answers: &[V]) -> V {
        if let Some((_, answer)) = self.asked.iter().find(|(asked, _)| *asked == ask) {
            return *answer;
        }
        let answer = answers[self.pick(answers.len() as u32) as usize];
        self.asked.push((ask, answer));
        answer
    }

    /// What was asked and answered in this run.
    pub(super) fn asked(&self) -> &[(Ask, V)] {
        &self.asked
    }
}

/// What an expression is evaluated in.
pub(super) struct Env<'a> {
    pub(super) slots: &'a Slots,
    pub(super) hosts: &'a [HostCode],
    pub(super) state: &'a [u64],
    pub(super) oracle: &'a mut Oracle,
}

impl Env<'_> {
    /// Whether a condition is true; one that cannot be evaluated is false, as it is for the runner.
    pub(super) fn holds(&mut self, code: &Code) -> bool {
        self.eval(code) == Some(V::Bool(true))
    }

    /// Does what `expr::eval` does; `None` is its error.
    pub(super) fn eval(&mut self, code: &Code) -> Option<V> {
        Some(match code {
            Code::Const(value) => *value,
            Code::Get(slot) => self.slots.value(*slot, self.state),
            Code::Some(slot) => V::Bool(self.slots.get(*slot, self.state) != 0),
            Code::Host(host, args) => {
                let args = args.iter().map(|arg| self.eval(arg)).collect::<Option<Vec<V>>>()?;
                self.oracle.ask(Ask::Host(*host, args), &self.hosts[*host].answers)
            }
            Code::Free(sides, comparison) => {
                let order = self.oracle.ask(Ask::Free(*sides), &[V::Int(-1), V::Int(0), V::Int(1)]);
                V::Bool(compare(*comparison, order, V::Int(0))?)
            }
            Code::Not(inner) => V::Bool(!self.truth(inner)?),
            Code::Neg(inner) => V::Int(self.number(inner)?.saturating_neg()),
            Code::Sum(first, rest) => {
                let mut total = self.number(first)?;
                for (minus, part) in rest {
                    let by = self.number(part)?;
                    total = if *minus { total.saturating_sub(by) } else { total.saturating_add(by) };
                }
                V::Int(total)
            }
            Code::Compare(comparison, left, right) => {
                let (left, right) = (self.eval(left)?, self.eval(right)?);
                V::Bool(compare(*comparison, left, right)?)
            }
            Code::All(parts) => {
                for part in parts {
                    if !self.truth(part)? {
                        return Some(V::Bool(false));
                    }
                }
                V::Bool(true)
            }
            Code::Any(parts) => {
                for part in parts {
                    if self.truth(part)? {
                        return Some(V::Bool(true));
                    }
                }
                V::Bool(false)
            }
            Code::Error => return None,
        })
    }

    fn truth(&mut self, code: &Code) -> Option<bool> {
        match self.eval(code)? {
            V::Bool(value) => Some(value),
            V::Int(_) | V::Word(_) => None,
        }
    }

    fn number(&mut self, code: &Code) -> Option<i64> {
        match self.eval(code)? {
            V::Int(value) => Some(value),
            V::Bool(_) | V::Word(_) => None,
        }
    }
}

pub(super) fn compare(comparison: Comparison, left: V, right: V) -> Option<bool> {
    match (left, right) {
        (V::Int(left), V::Int(right)) => Some(match comparison {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
        }),
        (V::Bool(_), V::Bool(_)) | (V::Word(_), V::Word(_)) => match comparison {
            Comparison::Equal => Some(left == right),
            Comparison::NotEqual => Some(left != right),
            _ => None,
        },
        _ => None,
    }
}

/// The comparison with its sides exchanged.
pub(super) fn mirror(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same @ (Comparison::Equal | Comparison::NotEqual) => same,
    }
}

/// An effect on a slot.
#[derive(Debug, Clone)]
pub(super) struct EffectCode {
    /// Its number in the program, for what is told about it.
    pub(super) id: usize,
    pub(super) slot: SlotId,
    pub(super) op: EffectOp,
    pub(super) right: Code,
    /// The right-hand side may be any number: a host answers it.
    pub(super) any: bool,
    /// Whether something reads the slot afterwards; else the effect is left out.
    pub(super) live: bool,
}

/// What a detour may do to a slot.
#[derive(Debug, Clone)]
pub(super) struct MayCode {
    pub(super) slot: SlotId,
    pub(super) op: EffectOp,
    pub(super) low: i64,
    pub(super) high: i64,
    /// Place in `may`.
    pub(super) index: usize,
}

impl MayCode {
    /// Smallest and largest value that it may leave, without those that it does not write.
    pub(super) fn written(&self, slots: &Slots, old: i64) -> (i64, i64) {
        let slot = slots.slot(self.slot);
        let (low, high) = match self.op {
            EffectOp::Set => (self.low, self.high),
            EffectOp::Add => (old.saturating_add(self.low), old.saturating_add(self.high)),
            EffectOp::Subtract => (old.saturating_sub(self.high), old.saturating_sub(self.low)),
        };
        let clamp = |value: i64| value.min(slot.max).max(slot.min);
        (clamp(low), clamp(high))
    }
}
