//! What has to be remembered: the variables, texts and visits that decide where a story goes. The rest is sliced away.

use std::collections::{BTreeSet, HashSet, VecDeque};

use super::slots::Symbol;
use crate::story::expr::ast::{Kind, Node};
use crate::story::expr::{Effect, Expr};
use crate::story::format::{Beat, Story};

/// What a story has to remember, and which of its parts can change that.
#[derive(Debug)]
pub(super) struct Slice {
    /// By beat, in the writer's order: whether it can be reached at all when every condition holds.
    pub(super) linked: Vec<bool>,
    /// By beat: whether `next` alone leads from it back to it.
    pub(super) cyclic: Vec<bool>,
    needs: HashSet<Symbol>,
    /// By storylet: whether telling it changes something that is needed.
    pub(super) storylets: Vec<bool>,
    /// By beat: whether its detour does.
    pub(super) detours: Vec<bool>,
}

impl Slice {
    pub(super) fn needs(&self, symbol: &Symbol) -> bool {
        self.needs.contains(symbol)
    }

    pub(super) fn new(story: &Story) -> Self {
        let count = story.beats.len();
        let mut slice = Self {
            linked: linked(story),
            cyclic: cyclic(story),
            needs: HashSet::new(),
            storylets: vec![false; story.storylets.len()],
            detours: vec![false; count],
        };
        for (at, (_, beat)) in story.beats.iter().enumerate() {
            if slice.linked[at] {
                slice.ways(story, beat);
                if slice.cyclic[at] && !speaks(beat) {
                    // Whether such a circle hangs depends on what is shown in it.
                    for line in &beat.lines {
                        slice.condition(story, line.when.as_ref());
                        if line.once {
                            slice.needs.insert(Symbol::Seen(line.id.clone()));
                        }
                    }
                    slice.detours[at] = beat.detour.is_some();
                }
            }
        }
        // Everything only grows, and what can grow is what the story names, so this ends.
        loop {
            let before = slice.size();
            slice.grow(story);
            if slice.size() == before {
                return slice;
            }
        }
    }

    fn size(&self) -> usize {
        let marked = |marks: &[bool]| marks.iter().filter(|mark| **mark).count();
        self.needs.len() + marked(&self.storylets) + marked(&self.detours)
    }

    fn ways(&mut self, story: &Story, beat: &Beat) {
        for choice in beat.choices.iter().chain(&beat.otherwise) {
            self.condition(story, choice.when.as_ref());
            if choice.once {
                self.needs.insert(Symbol::Seen(choice.id.clone()));
            }
        }
        for outcome in beat.slot.iter().flat_map(|slot| &slot.outcomes) {
            self.condition(story, outcome.when.as_ref());
            if outcome.once {
                self.needs.insert(Symbol::Seen(outcome.id.clone()));
            }
        }
    }

    fn grow(&mut self, story: &Story) {
        for (at, (id, beat)) in story.beats.iter().enumerate() {
            if !self.linked[at] {
                continue;
            }
            for line in &beat.lines {
                if self.needs.contains(&Symbol::Seen(line.id.clone())) {
                    self.condition(story, line.when.as_ref());
                }
            }
            self.effects(story, &beat.then);
            for choice in beat.choices.iter().chain(&beat.otherwise) {
                self.effects(story, &choice.then);
            }
            for outcome in beat.slot.iter().flat_map(|slot| &slot.outcomes) {
                self.effects(story, &outcome.then);
            }
            if let Some(detour) = &beat.detour {
                let writes = detour.may.iter().filter_map(|effect| effect.variable());
                self.detours[at] |= writes.into_iter().any(|name| self.needs.contains(&Symbol::Var(name.to_owned())));
                if self.detours[at] {
                    self.condition(story, detour.when.as_ref());
                    if detour.once {
                        self.needs.insert(Symbol::Detour(id.to_owned()));
                    }
                }
            }
        }
        for (at, storylet) in story.storylets.iter().enumerate() {
            let seen = Symbol::Seen(storylet.id.clone());
            let mut writes = storylet.then.iter().filter_map(|effect| effect.variable());
            self.storylets[at] |=
                self.needs.contains(&seen) || writes.any(|name| self.needs.contains(&Symbol::Var(name.to_owned())));
            if self.storylets[at] {
                self.condition(story, storylet.when.as_ref());
                if storylet.once {
                    self.needs.insert(seen);
                }
                self.effects(story, &storylet.then);
            }
        }
    }

    fn effects(&mut self, story: &Story, effects: &[Effect]) {
        for effect in effects {
            if let (Some(name), Some(value)) = (effect.variable(), effect.value())
                && self.needs.contains(&Symbol::Var(name.to_owned()))
            {
                self.node(story, value);
            }
        }
    }

    fn condition(&mut self, story: &Story, when: Option<&Expr>) {
        if let Some(node) = when.and_then(Expr::ast) {
            self.node(story, node);
        }
    }

    fn node(&mut self, story: &Story, node: &Node) {
        node.walk(&mut |node| {
            if let Some(symbol) = read(story, node) {
                self.needs.insert(symbol);
            }
        });
    }
}

/// Whether a line is shown, or a detour told, in any case.
pub(super) fn speaks(beat: &Beat) -> bool {
    beat.lines.iter().any(|line| line.when.is_none() && !line.once)
        || beat.detour.as_ref().is_some_and(|detour| detour.when.is_none() && !detour.once)
}

/// What a node of an expression reads by itself.
pub(super) fn read(story: &Story, node: &Node) -> Option<Symbol> {
    match &node.kind {
        // What the game's own code writes is asked like a host function, not remembered.
        Kind::Name(name) if story.vars.contains(name) && !story.game.writes.contains(name) => {
            Some(Symbol::Var(name.clone()))
        }
        Kind::Call { name, args } => match (name.as_str(), args.as_slice()) {
            ("visited" | "visits", [Node { kind: Kind::Name(id) | Kind::Text(id), .. }]) => {
                Some(Symbol::Visits(id.clone()))
            }
            ("seen", [Node { kind: Kind::Name(id) | Kind::Text(id), .. }]) => Some(Symbol::Seen(id.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// The variables that an expression reads.
pub(super) fn variables(story: &Story, expr: &Expr) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Some(node) = expr.ast() {
        variables_of(story, node, &mut found);
    }
    found
}

/// Adds the variables that a node and all below it read.
pub(super) fn variables_of(story: &Story, node: &Node, found: &mut BTreeSet<String>) {
    node.walk(&mut |node| {
        // The id in `seen(x)` may look like a variable; counting it as one only makes the answer larger.
        if let Some(Symbol::Var(name)) = read(story, node) {
            found.insert(name);
        }
    });
}

/// The beats that a beat leads to, by number.
pub(super) fn targets<'a>(story: &'a Story, beat: &'a Beat) -> impl Iterator<Item = usize> + 'a {
    let choices = beat.choices.iter().chain(&beat.otherwise).map(|choice| choice.to.as_str());
    let outcomes = beat.slot.iter().flat_map(|slot| &slot.outcomes).map(|outcome| outcome.to.as_str());
    choices.chain(outcomes).chain(beat.next.as_deref()).filter_map(|id| story.beats.position(id))
}

fn linked(story: &Story) -> Vec<bool> {
    let beats: Vec<&Beat> = story.beats.iter().map(|(_, beat)| beat).collect();
    let mut linked = vec![false; beats.len()];
    let mut open: VecDeque<usize> = story.beats.position(&story.start).into_iter().collect();
    open.iter().for_each(|at| linked[*at] = true);
    while let Some(at) = open.pop_front() {
        for to in targets(story, beats[at]) {
            if !std::mem::replace(&mut linked[to], true) {
                open.push_back(to);
            }
        }
    }
    linked
}

/// Beats with `next` lead to one beat each, so following it for as many steps as there are beats finds every circle.
fn cyclic(story: &Story) -> Vec<bool> {
    let next: Vec<Option<usize>> = story
        .beats
        .iter()
        .map(|(_, beat)| {
            let asks = beat.end || beat.slot.is_some() || !beat.choices.is_empty() || beat.otherwise.is_some();
            beat.next.as_ref().filter(|_| !asks).and_then(|id| story.beats.position(id))
        })
        .collect();
    /// Not looked at, on the way that is followed now, looked at.
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open(usize),
        Done,
    }
    let mut marks = vec![Mark::New; next.len()];
    let mut cyclic = vec![false; next.len()];
    for start in 0..next.len() {
        let mut way = Vec::new();
        let mut at = Some(start);
        while let Some(beat) = at {
            match marks[beat] {
                Mark::New => {
                    marks[beat] = Mark::Open(way.len());
                    way.push(beat);
                    at = next[beat];
                }
                Mark::Open(since) => {
                    way[since..].iter().for_each(|beat| cyclic[*beat] = true);
                    break;
                }
                Mark::Done => break,
            }
        }
        way.iter().for_each(|beat| marks[*beat] = Mark::Done);
    }
    cyclic
}
