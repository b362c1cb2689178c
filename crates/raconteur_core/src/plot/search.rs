//! All sound fillings of a template, by depth-first search that can be cut into small steps.

use std::sync::Arc;

use super::template::HookTemplate;
use super::{Fitting, World};
use crate::story::expr::ast::Kind;
use crate::story::expr::{Environment, Expr};
use crate::story::format::Story;

/// The ids of the entities in the holes of a template, in the order of the holes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Filling(pub Vec<String>);

/// How far a [`Search`] goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchLimits {
    /// Most entities that are tried in holes, over all. **Default** 20 000.
    pub nodes: usize,
    /// Most fillings. **Default** 64.
    pub fillings: usize,
    /// Most fillings with the same entity in the first hole, so that they are not all about one person. **Default** 4.
    pub each: usize,
}

impl Default for SearchLimits {
    fn default() -> Self {
        Self { nodes: 20_000, fillings: 64, each: 4 }
    }
}

impl SearchLimits {
    /// No limit: every sound filling is found. The time grows with the number of entities to the power of the holes.
    #[must_use]
    pub fn all() -> Self {
        Self { nodes: usize::MAX, fillings: usize::MAX, each: usize::MAX }
    }
}

/// A search that is under way. It looks at the world as it was when it began; whoever uses a filling holds it against the
/// world as it is then ([`Fitting::check`]).
#[derive(Debug, Clone)]
pub struct Search {
    world: Arc<World>,
    limits: SearchLimits,
    /// For each hole, places of the entities of its kind, in the order in which they are tried.
    candidates: Vec<Vec<usize>>,
    /// For each hole, the parts of conditions that can be decided once it is filled.
    tests: Vec<Vec<Expr>>,
    /// Conditions that name no hole.
    first: Vec<Expr>,
    /// For each hole that is being filled, the next candidate to try.
    cursor: Vec<usize>,
    filled: Vec<String>,
    /// Fillings so far with the present entity in the first hole.
    of_first: usize,
    found: Vec<Filling>,
    nodes: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Begun,
    Running,
    Done { cut: bool },
}

impl Search {
    /// A search for fillings of a template. Entities are tried by `last_used` (0: never), those that were used longest ago
    /// first, else in the order of the world.
    #[must_use]
    pub fn new(
        template: &HookTemplate,
        world: Arc<World>,
        limits: SearchLimits,
        last_used: impl Fn(&str) -> u64,
    ) -> Self {
        let candidates = template.holes.iter().map(|(_, hole)| {
            let of_kind = world.entities().iter().enumerate().filter(|(_, entity)| entity.kind == hole.kind);
            let mut of_kind: Vec<usize> = of_kind.map(|(place, _)| place).collect();
            of_kind.sort_by_key(|&place| (last_used(&world.entities()[place].id), place));
            of_kind
        });
        let candidates = candidates.collect();
        let mut tests = vec![Vec::new(); template.holes.len()];
        let mut first = Vec::new();
        let filters = template.holes.iter().filter_map(|(_, hole)| hole.filter.as_ref());
        for part in filters.chain(&template.when).flat_map(conjuncts) {
            match last_hole(template, &part) {
                Some(hole) => tests[hole].push(part),
                None => first.push(part),
            }
        }
        Self {
            world,
            limits,
            candidates,
            tests,
            first,
            cursor: Vec::new(),
            filled: Vec::new(),
            of_first: 0,
            found: Vec::new(),
            nodes: 0,
            state: State::Begun,
        }
    }

    /// Tries at most `nodes` more entities in holes; `true` when the search is over. `template` and `story` are those that
    /// it began with.
    pub fn step(&mut self, template: &HookTemplate, story: &Story, env: &dyn Environment, nodes: usize) -> bool {
        let world = self.world.clone();
        let fitting = Fitting { story, world: &world, env };
        if self.state == State::Begun {
            let begins = self.first.iter().all(|condition| fitting.holds(template, &[], condition));
            self.state = if begins && !template.holes.is_empty() { State::Running } else { State::Done { cut: false } };
            if begins && template.holes.is_empty() {
                self.found.push(Filling(Vec::new()));
            }
            self.cursor = vec![0];
        }
        let mut left = nodes;
        while self.state == State::Running && left > 0 {
            left -= 1;
            self.try_next(template, &fitting);
        }
        matches!(self.state, State::Done { .. })
    }

    fn try_next(&mut self, template: &HookTemplate, fitting: &Fitting<'_>) {
        let Some(depth) = self.cursor.len().checked_sub(1) else {
            self.state = State::Done { cut: false };
            return;
        };
        let spent = depth > 0 && self.of_first >= self.limits.each;
        let next = self.candidates[depth].get(self.cursor[depth]).copied().filter(|_| !spent);
        let Some(next) = next else {
            self.cursor.pop();
            self.filled.pop();
            return;
        };
        if self.nodes >= self.limits.nodes || self.found.len() >= self.limits.fillings {
            self.state = State::Done { cut: true };
            return;
        }
        self.nodes += 1;
        self.cursor[depth] += 1;
        if depth == 0 {
            self.of_first = 0;
        }
        let entity = &fitting.world.entities()[next];
        let taken = self.filled.iter().any(|other| *other == entity.id || fitting.same_name(other, &entity.name));
        let hole = template.holes.iter().nth(depth).and_then(|(_, hole)| hole.bind.as_deref());
        if taken || hole.is_some_and(|variable| !fitting.can_hold(variable, &entity.id)) {
            return;
        }
        self.filled.push(entity.id.clone());
        if !self.tests[depth].iter().all(|test| fitting.holds(template, &self.filled, test)) {
            self.filled.pop();
        } else if depth + 1 < self.candidates.len() {
            self.cursor.push(0);
        } else {
            self.found.push(Filling(self.filled.clone()));
            self.of_first += 1;
            self.filled.pop();
        }
    }

    /// What has been found so far.
    #[must_use]
    pub fn found(&self) -> &[Filling] {
        &self.found
    }

    /// Whether a limit ended it, so that there may be more. Fillings beyond `each` do not count.
    #[must_use]
    pub fn cut(&self) -> bool {
        self.state == State::Done { cut: true }
    }

    /// Entities that were tried in holes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.nodes
    }
}

/// The parts of a condition that all have to hold. One that cannot be read stays whole, and does not hold.
fn conjuncts(condition: &Expr) -> Vec<Expr> {
    match condition.ast().map(|node| &node.kind) {
        Some(Kind::All(parts)) => parts.iter().map(|part| Expr::parse(&part.to_string())).collect(),
        _ => vec![condition.clone()],
    }
}

/// The last of the holes that a condition names.
fn last_hole(template: &HookTemplate, condition: &Expr) -> Option<usize> {
    let mut last = None;
    condition.ast()?.walk(&mut |node| {
        if let Kind::Name(name) = &node.kind {
            last = last.max(template.holes.position(name));
        }
    });
    last
}
