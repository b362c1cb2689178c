//! From a story and what it has to remember to a [`Program`].

use std::collections::{BTreeSet, HashMap};

use super::code::{Code, EffectCode, HostCode, MayCode, V, mirror};
use super::live;
use super::program::{BeatCode, EffectInfo, Owner, Program, Step, StoryletCode, Tail, WayCode};
use super::report::WayKind;
use super::slice::{self, Slice};
use super::slots::{Domain, SlotId, Slots, Symbol};
use crate::story::expr::ast::{Comparison, Kind, Node};
use crate::story::expr::{Effect, EffectOp, Expr};
use crate::story::format::{Beat, HostType, Story, Value, VarDecl};

/// Visits are counted up to what conditions can tell apart, but no further than this.
const MAX_VISITS: i64 = 1000;
/// A number that the game answers is tried around every number that it is compared with; beside a variable with more
/// values than this the comparison may be either.
const MAX_THRESHOLDS: i64 = 64;

/// Compiles what `slice` found to be needed.
pub(super) fn compile(story: &Story, slice: &Slice) -> Program {
    let mut compiler = Compiler {
        story,
        slice,
        symbols: Vec::new(),
        index: HashMap::new(),
        caps: HashMap::new(),
        words: Vec::new(),
        word_index: HashMap::new(),
        frees: Vec::new(),
        answers: vec![BTreeSet::new(); story.host.len() + story.game.writes.len()],
        effects: Vec::new(),
        ways: Vec::new(),
    };
    let storylets = compiler.storylets();
    let beats: Vec<BeatCode> = story
        .beats
        .iter()
        .enumerate()
        .map(|(at, (id, beat))| compiler.beat(at, id, beat, !storylets.is_empty()))
        .collect();
    let mut program = compiler.finish(storylets, beats);
    live::fill(&mut program);
    program
}

struct Compiler<'a> {
    story: &'a Story,
    slice: &'a Slice,
    symbols: Vec<Symbol>,
    index: HashMap<Symbol, SlotId>,
    /// Number of visits from which on no condition can tell more.
    caps: HashMap<SlotId, i64>,
    words: Vec<String>,
    word_index: HashMap<String, u32>,
    frees: Vec<(String, String)>,
    answers: Vec<BTreeSet<V>>,
    effects: Vec<EffectInfo>,
    ways: Vec<WayCode>,
}

impl Compiler<'_> {
    fn slot(&mut self, symbol: Symbol) -> SlotId {
        if let Some(slot) = self.index.get(&symbol) {
            return *slot;
        }
        self.symbols.push(symbol.clone());
        self.index.insert(symbol, self.symbols.len() - 1);
        self.symbols.len() - 1
    }

    /// The slot of a symbol, if it has to be remembered.
    fn needed(&mut self, symbol: Symbol) -> Option<SlotId> {
        self.slice.needs(&symbol).then(|| self.slot(symbol))
    }

    fn word(&mut self, word: &str) -> u32 {
        if let Some(known) = self.word_index.get(word) {
            return *known;
        }
        let number = self.words.len() as u32;
        self.words.push(word.to_owned());
        self.word_index.insert(word.to_owned(), number);
        number
    }

    fn condition(&mut self, when: Option<&Expr>) -> Option<Code> {
        when.map(|when| when.ast().map_or(Code::Error, |node| self.code(node)))
    }

    fn code(&mut self, node: &Node) -> Code {
        match &node.kind {
            Kind::Int(value) => Code::Const(V::Int(*value)),
            Kind::Bool(value) => Code::Const(V::Bool(*value)),
            Kind::Text(text) => Code::Const(V::Word(self.word(text))),
            Kind::Name(name) if self.story.vars.contains(name) => match self.written_by_game(name) {
                Some(host) => Code::Host(host, Vec::new()),
                None => Code::Get(self.slot(Symbol::Var(name.clone()))),
            },
            Kind::Name(name) => Code::Const(V::Word(self.word(name))),
            Kind::Call { name, args } => self.call(name, args),
            Kind::Not(inner) => Code::Not(Box::new(self.code(inner))),
            Kind::Neg(inner) => Code::Neg(Box::new(self.code(inner))),
            Kind::Sum(first, rest) => Code::Sum(
                Box::new(self.code(first)),
                rest.iter().map(|(minus, part)| (*minus, self.code(part))).collect(),
            ),
            Kind::Compare(comparison, left, right) => {
                let (left, right) = (self.code(left), self.code(right));
                self.compare(*comparison, left, right, node)
            }
            Kind::All(parts) => Code::All(parts.iter().map(|part| self.code(part)).collect()),
            Kind::Any(parts) => Code::Any(parts.iter().map(|part| self.code(part)).collect()),
        }
    }

    fn call(&mut self, name: &str, args: &[Node]) -> Code {
        if let "visited" | "visits" | "seen" = name {
            let [Node { kind: Kind::Name(id) | Kind::Text(id), .. }] = args else { return Code::Error };
            if name == "seen" {
                return Code::Some(self.slot(Symbol::Seen(id.clone())));
            }
            let slot = self.slot(Symbol::Visits(id.clone()));
            self.cap(slot, 1);
            return if name == "visits" { Code::Get(slot) } else { Code::Some(slot) };
        }
        match self.story.host.position(name) {
            Some(host) => Code::Host(host, args.iter().map(|arg| self.code(arg)).collect()),
            None => Code::Error,
        }
    }

    fn cap(&mut self, slot: SlotId, at_least: i64) {
        let cap = self.caps.entry(slot).or_insert(1);
        *cap = (*cap).max(at_least);
    }

    /// A comparison; finds out what has to be known about visits and about answers of the game to decide it.
    fn compare(&mut self, comparison: Comparison, left: Code, right: Code, node: &Node) -> Code {
        let mut terms = Vec::new();
        let numbers = self.terms(&left, false, &mut terms) && self.terms(&right, true, &mut terms);
        if !numbers {
            if let (Code::Host(..), Code::Host(..)) = (&left, &right) {
                return self.free(comparison, node);
            }
            self.compared_words(&left, &right);
            self.compared_words(&right, &left);
            return Code::Compare(comparison, Box::new(left), Box::new(right));
        }
        let open: Vec<&Term> = terms.iter().filter(|term| term.open.is_some()).collect();
        let Some(first) = open.first() else { return Code::Compare(comparison, Box::new(left), Box::new(right)) };
        let (mut low, mut high) = (0_i64, 0_i64);
        for term in terms.iter().filter(|term| term.open.is_none()) {
            (low, high) = (low.saturating_add(term.low), high.saturating_add(term.high));
        }
        // `x + rest` against 0 turns at `-rest`, `rest - x` at `rest`.
        if !first.minus {
            (low, high) = (high.saturating_neg(), low.saturating_neg());
        }
        let (count, target) = (open.len(), first.open);
        match target {
            Some(Open::Visits(slot)) if count == 1 && high < MAX_VISITS => self.cap(slot, high.saturating_add(1)),
            Some(Open::Host(host)) if count == 1 && high.saturating_sub(low) <= MAX_THRESHOLDS => {
                let turns = low.saturating_sub(1)..=high.saturating_add(1);
                self.answers[host].extend(turns.map(V::Int));
            }
            _ => return self.free(comparison, node),
        }
        Code::Compare(comparison, Box::new(left), Box::new(right))
    }

    /// A text that the game answers is tried as each word that it is compared with.
    fn compared_words(&mut self, host: &Code, with: &Code) {
        let Code::Host(host, _) = host else { return };
        let words: Vec<u32> = match with {
            Code::Const(V::Word(word)) => vec![*word],
            Code::Get(slot) => match &self.symbols[*slot] {
                Symbol::Var(name) => match self.story.vars.get(name) {
                    Some(VarDecl::Enum { of, .. }) => of.clone().iter().map(|word| self.word(word)).collect(),
                    _ => Vec::new(),
                },
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        self.answers[*host].extend(words.into_iter().map(V::Word));
    }

    /// A comparison that may be either, but as one with all others of the same two sides.
    fn free(&mut self, comparison: Comparison, node: &Node) -> Code {
        let Kind::Compare(_, left, right) = &node.kind else { return Code::Error };
        let (left, right) = (left.to_string(), right.to_string());
        if let Some(known) = self.frees.iter().position(|(one, other)| *one == right && *other == left) {
            return Code::Free(known, mirror(comparison));
        }
        let known = self.frees.iter().position(|(one, other)| *one == left && *other == right);
        let sides = known.unwrap_or_else(|| {
            self.frees.push((left, right));
            self.frees.len() - 1
        });
        Code::Free(sides, comparison)
    }

    /// Takes a sum of numbers apart; false when it is none.
    fn terms(&self, code: &Code, minus: bool, terms: &mut Vec<Term>) -> bool {
        let (low, high, open) = match code {
            Code::Const(V::Int(value)) => (*value, *value, None),
            Code::Get(slot) => match &self.symbols[*slot] {
                Symbol::Var(name) => match self.story.vars.get(name) {
                    Some(VarDecl::Int { min, max, .. }) => (*min, *max.max(min), None),
                    _ => return false,
                },
                Symbol::Visits(_) => (0, 0, Some(Open::Visits(*slot))),
                Symbol::Seen(_) | Symbol::Detour(_) => return false,
            },
            Code::Host(host, _) if self.returns(*host) == Some(HostType::Int) => (0, 0, Some(Open::Host(*host))),
            Code::Neg(inner) => return self.terms(inner, !minus, terms),
            Code::Sum(first, rest) => {
                return self.terms(first, minus, terms)
                    && rest.iter().all(|(less, part)| self.terms(part, minus != *less, terms));
            }
            _ => return false,
        };
        let (low, high) = if minus { (high.saturating_neg(), low.saturating_neg()) } else { (low, high) };
        terms.push(Term { minus, low, high, open });
        true
    }

    /// Number of a variable of the game's own code among the host functions, which it comes after.
    fn written_by_game(&self, name: &str) -> Option<usize> {
        self.story.game.writes.iter().position(|other| other == name).map(|at| self.story.host.len() + at)
    }

    fn returns(&self, host: usize) -> Option<HostType> {
        if let Some((_, decl)) = self.story.host.iter().nth(host) {
            return Some(decl.ret);
        }
        let name = self.story.game.writes.get(host - self.story.host.len())?;
        Some(match self.story.vars.get(name)? {
            VarDecl::Int { .. } => HostType::Int,
            VarDecl::Bool { .. } => HostType::Bool,
            VarDecl::Enum { .. } => HostType::Text,
        })
    }

    fn effects(&mut self, owner: Owner, effects: &[Effect]) -> Vec<EffectCode> {
        effects.iter().enumerate().filter_map(|(index, effect)| self.effect(owner, index, effect)).collect()
    }

    fn effect(&mut self, owner: Owner, index: usize, effect: &Effect) -> Option<EffectCode> {
        let (name, op, value) = (effect.variable()?, effect.op()?, effect.value()?);
        let decl = self.story.vars.get(name)?;
        let slot = self.needed(Symbol::Var(name.to_owned()))?;
        let mut right = self.code(value);
        let mut any = false;
        if let VarDecl::Int { min, max, .. } = decl {
            let mut terms = Vec::new();
            self.terms(&right, false, &mut terms);
            // Visits beyond these set the variable to its end in any case.
            let enough = (*max).max(max.saturating_sub(*min)).max(1);
            match (&right, terms.iter().any(|term| term.open.is_some())) {
                (Code::Get(visits), true) if enough <= MAX_VISITS => self.cap(*visits, enough),
                (_, open) => any = open,
            }
        }
        if any {
            right = Code::Const(V::Int(0));
        }
        self.effects.push(EffectInfo { owner, index, source: effect.source().to_owned(), slot });
        Some(EffectCode { id: self.effects.len() - 1, slot, op, right, any, live: true })
    }

    fn storylets(&mut self) -> Vec<StoryletCode> {
        let story = self.story;
        let mut codes = Vec::new();
        for (at, storylet) in story.storylets.iter().enumerate() {
            if self.slice.storylets[at] {
                let code = StoryletCode {
                    id: storylet.id.clone(),
                    when: self.condition(storylet.when.as_ref()),
                    once: storylet.once,
                    bit: self.needed(Symbol::Seen(storylet.id.clone())),
                    then: self.effects(Owner::Storylet(codes.len()), &storylet.then),
                };
                codes.push(code);
            }
        }
        codes
    }

    fn beat(&mut self, at: usize, id: &str, beat: &Beat, told: bool) -> BeatCode {
        let mut code =
            BeatCode { id: id.to_owned(), end: beat.end, speaks: slice::speaks(beat), ..BeatCode::default() };
        let ways = self.ways(at, beat);
        if !self.slice.linked[at] {
            return code;
        }
        code.cyclic = self.slice.cyclic[at];
        code.visits = self.needed(Symbol::Visits(id.to_owned()));
        if beat.end {
            code.tail = Tail::End;
            code.line_steps = vec![(0, false); beat.lines.len()];
            return code;
        }
        self.lines(&mut code, beat, told);
        let then = self.effects(Owner::Beat(at), &beat.then);
        if !then.is_empty() {
            code.steps.push(Step::Then(then));
        }
        self.detour(&mut code, at, id, beat, told);
        let split = if beat.otherwise.is_some() { ways.end - 1 } else { ways.end };
        code.tail = if beat.slot.is_some() && beat.choices.is_empty() {
            let outcomes = beat.slot.as_ref().map_or(0, |slot| slot.outcomes.len());
            let offer = beat.slot.as_ref().map(|slot| slot.offer);
            Tail::Ways { ways: ways.start..ways.start + outcomes, otherwise: None, offer }
        } else if !beat.choices.is_empty() || beat.otherwise.is_some() {
            let choices = ways.start..ways.start + beat.choices.len();
            Tail::Ways { ways: choices, otherwise: beat.otherwise.as_ref().map(|_| split), offer: None }
        } else if let Some(next) = &beat.next {
            Tail::Next(self.story.beats.position(next))
        } else {
            Tail::Nothing
        };
        code
    }

    fn lines(&mut self, code: &mut BeatCode, beat: &Beat, told: bool) {
        let watched = code.cyclic && !code.speaks;
        for line in &beat.lines {
            let bit = self.needed(Symbol::Seen(line.id.clone()));
            let kept = bit.is_some() || watched;
            if kept {
                let when = self.condition(line.when.as_ref());
                let once = line.once && bit.is_some();
                code.line_steps.push((code.steps.len(), true));
                code.steps.push(Step::Line { when, once, bit, active: true });
            } else if told && !matches!(code.steps.last(), Some(Step::Line { when: None, bit: None, .. })) {
                // A rest at which storylets may be told. Whether such a line is shown, nobody has to know.
                code.line_steps.push((code.steps.len(), true));
                code.steps.push(Step::Line { when: None, once: false, bit: None, active: true });
            } else {
                code.line_steps.push((code.steps.len(), false));
            }
        }
    }

    fn detour(&mut self, code: &mut BeatCode, at: usize, id: &str, beat: &Beat, told: bool) {
        let Some(detour) = &beat.detour else { return };
        if !self.slice.detours[at] {
            if told {
                code.steps.push(Step::Line { when: None, once: false, bit: None, active: true });
            }
            return;
        }
        let when = self.condition(detour.when.as_ref());
        let bit = if detour.once { self.needed(Symbol::Detour(id.to_owned())) } else { None };
        let mut may = Vec::new();
        for (index, effect) in detour.may.iter().enumerate() {
            let Some(name) = effect.variable() else { continue };
            if !matches!(self.story.vars.get(name), Some(VarDecl::Int { .. })) {
                continue;
            }
            if let (Some(op), Some((low, high)), Some(slot)) =
                (effect.op(), effect.range(), self.needed(Symbol::Var(name.to_owned())))
            {
                may.push(MayCode { slot, op, low, high, index });
            }
        }
        code.steps.push(Step::Detour { when, bit, may, active: true });
    }

    /// Compiles choices, or outcomes, and `otherwise`, in this order.
    fn ways(&mut self, at: usize, beat: &Beat) -> std::ops::Range<usize> {
        let start = self.ways.len();
        for choice in &beat.choices {
            self.way(at, WayKind::Choice, &choice.id, &choice.to, choice.when.as_ref(), choice.once, &choice.then);
        }
        for outcome in beat.slot.iter().flat_map(|slot| &slot.outcomes) {
            let when = outcome.when.as_ref();
            self.way(at, WayKind::Outcome, &outcome.id, &outcome.to, when, outcome.once, &outcome.then);
        }
        if let Some(choice) = &beat.otherwise {
            self.way(at, WayKind::Otherwise, &choice.id, &choice.to, choice.when.as_ref(), choice.once, &choice.then);
        }
        start..self.ways.len()
    }

    fn way(
        &mut self,
        beat: usize,
        kind: WayKind,
        id: &str,
        to: &str,
        when: Option<&Expr>,
        once: bool,
        then: &[Effect],
    ) {
        let linked = self.slice.linked[beat];
        let code = WayCode {
            beat,
            id: id.to_owned(),
            kind,
            to_id: to.to_owned(),
            to: self.story.beats.position(to),
            when: if linked { self.condition(when) } else { None },
            once,
            bit: if linked { self.needed(Symbol::Seen(id.to_owned())) } else { None },
            then: if linked { self.effects(Owner::Way(self.ways.len()), then) } else { Vec::new() },
            then_text: then.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        };
        self.ways.push(code);
    }

    fn finish(mut self, storylets: Vec<StoryletCode>, mut beats: Vec<BeatCode>) -> Program {
        let mut slots = Slots::default();
        let mut firsts = Vec::new();
        for (id, symbol) in std::mem::take(&mut self.symbols).into_iter().enumerate() {
            let (domain, min, max, first) = match &symbol {
                Symbol::Var(name) => match self.story.vars.get(name) {
                    Some(decl) => self.domain(decl),
                    None => (Domain::Bool, 0, 1, V::Bool(false)),
                },
                Symbol::Visits(_) => {
                    let cap = self.caps.get(&id).copied().unwrap_or(1);
                    (Domain::Count, 0, cap, V::Int(0))
                }
                Symbol::Seen(_) | Symbol::Detour(_) => (Domain::Bool, 0, 1, V::Bool(false)),
            };
            firsts.push(first);
            slots.add(symbol, domain, min, max);
        }
        let mut first = vec![0; slots.stride()];
        for (id, value) in firsts.into_iter().enumerate() {
            slots.put(id, &mut first, value);
        }
        let hosts = self.hosts();
        let mut stops = Vec::new();
        for (at, beat) in beats.iter_mut().enumerate() {
            beat.first_stop = stops.len();
            stops.extend(std::iter::repeat_n(at, beat.steps.len() + 2));
        }
        Program {
            slots,
            first,
            start: self.story.beats.position(&self.story.start),
            beats,
            ways: self.ways,
            storylets,
            hosts,
            words: self.words,
            frees: self.frees,
            effects: self.effects,
            always_live: Vec::new(),
            stops,
        }
    }

    fn hosts(&mut self) -> Vec<HostCode> {
        let story = self.story;
        let mut all = std::mem::take(&mut self.answers).into_iter();
        let mut hosts = Vec::new();
        for ((name, decl), mut answers) in story.host.iter().zip(&mut all) {
            match decl.ret {
                HostType::Bool => answers = [V::Bool(false), V::Bool(true)].into(),
                HostType::Int if answers.is_empty() => _ = answers.insert(V::Int(0)),
                HostType::Int => {}
                // Some other text than all that it is compared with.
                HostType::Text => _ = answers.insert(V::Word(u32::MAX)),
            }
            hosts.push(HostCode { name: name.to_owned(), variable: false, answers: answers.into_iter().collect() });
        }
        for (name, mut answers) in story.game.writes.iter().zip(all) {
            match story.vars.get(name) {
                Some(VarDecl::Int { min, max, .. }) => {
                    answers.retain(|answer| matches!(answer, V::Int(value) if (min..=max).contains(&value)));
                    answers.extend([V::Int(*min), V::Int(*max.max(min))]);
                }
                Some(VarDecl::Enum { of, .. }) => answers = of.iter().map(|word| V::Word(self.word(word))).collect(),
                Some(VarDecl::Bool { .. }) | None => answers = [V::Bool(false), V::Bool(true)].into(),
            }
            if answers.is_empty() {
                answers.insert(V::Bool(false));
            }
            hosts.push(HostCode { name: name.clone(), variable: true, answers: answers.into_iter().collect() });
        }
        hosts
    }

    fn domain(&mut self, decl: &VarDecl) -> (Domain, i64, i64, V) {
        match (decl, decl.init()) {
            (VarDecl::Int { min, max, .. }, Value::Int(init)) => (Domain::Int, *min, *max.max(min), V::Int(init)),
            (VarDecl::Enum { init, of, .. }, _) => {
                let mut words: Vec<u32> = of.iter().map(|word| self.word(word)).collect();
                let init = self.word(init);
                let at = words.iter().position(|word| *word == init).unwrap_or_else(|| {
                    words.push(init);
                    words.len() - 1
                });
                let max = words.len() as i64 - 1;
                (Domain::Words { of: words, init: at as u32 }, 0, max, V::Word(init))
            }
            (_, Value::Bool(init)) => (Domain::Bool, 0, 1, V::Bool(init)),
            _ => (Domain::Bool, 0, 1, V::Bool(false)),
        }
    }
}

/// A part of a sum.
struct Term {
    minus: bool,
    /// Smallest and largest value, the sign included, when it is not open.
    low: i64,
    high: i64,
    /// What has no largest value.
    open: Option<Open>,
}

#[derive(Clone, Copy)]
enum Open {
    Visits(SlotId),
    Host(usize),
}

impl EffectCode {
    /// What `Effect::eval` does: the new number before it is clamped, or `None` when the types do not fit.
    pub(super) fn result(&self, old: V, right: V) -> Option<V> {
        match (self.op, old, right) {
            (EffectOp::Set, V::Int(_), new @ V::Int(_))
            | (EffectOp::Set, V::Bool(_), new @ V::Bool(_))
            | (EffectOp::Set, V::Word(_), new @ V::Word(_)) => Some(new),
            (EffectOp::Add, V::Int(old), V::Int(by)) => Some(V::Int(old.saturating_add(by))),
            (EffectOp::Subtract, V::Int(old), V::Int(by)) => Some(V::Int(old.saturating_sub(by))),
            _ => None,
        }
    }
}
