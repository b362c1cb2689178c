//! V04: variables that are set and never read, read and never set, or neither.

use std::collections::HashSet;

use super::Linter;
use crate::story::diagnostic::Severity;
use crate::story::expr::ast::{Kind, Node};
use crate::story::expr::{Effect, Expr};
use crate::story::format::{Story, VarDecl};

pub(super) fn check(linter: &mut Linter) {
    // A name that is unknown is most likely one of these, misspelt.
    if linter.found.iter().any(|found| matches!(found.code, "V01" | "V06")) {
        return;
    }
    let story = linter.story;
    let used = Used::of(story);
    for (index, (name, declared)) in story.vars.iter().enumerate() {
        let tell = |field: &str| format!("if the game's own code does, say so: game: ({field}: [\"{name}\"])");
        let (message, help) = match (used.read.contains(name), used.written.contains(name)) {
            (true, true) => continue,
            (false, true) => (
                format!("'{name}' is set but never read"),
                format!("let a condition read it, or delete it; {}", tell("reads")),
            ),
            (true, false) => (
                format!("'{name}' is read but never changes: it is always {}", first_value(declared)),
                format!("add an effect that sets it; {}", tell("writes")),
            ),
            (false, false) => (
                format!("'{name}' is neither set nor read"),
                format!("delete it; {}", tell("reads").replace("does", "uses it")),
            ),
        };
        let place = linter.places.entry("vars", index).key();
        linter.report("V04", Severity::Warn, place, message).help = Some(help);
    }
}

fn first_value(declared: &VarDecl) -> String {
    match declared {
        VarDecl::Int { init, .. } => init.to_string(),
        VarDecl::Bool { init, .. } => init.to_string(),
        VarDecl::Enum { init, .. } => format!("'{init}'"),
    }
}

/// The variables that a story, or its game, reads and writes.
#[derive(Default)]
struct Used<'a> {
    read: HashSet<&'a str>,
    written: HashSet<&'a str>,
}

impl<'a> Used<'a> {
    fn of(story: &'a Story) -> Self {
        let mut used = Self::default();
        used.read.extend(story.game.reads.iter().map(String::as_str));
        used.written.extend(story.game.writes.iter().map(String::as_str));
        for (_, lore) in story.lore.iter() {
            used.condition(lore.when.as_ref());
        }
        for (_, beat) in story.beats.iter() {
            used.effects(&beat.then);
            for line in &beat.lines {
                used.condition(line.when.as_ref());
            }
            for choice in beat.choices.iter().chain(&beat.otherwise) {
                used.condition(choice.when.as_ref());
                used.effects(&choice.then);
            }
            for outcome in beat.slot.iter().flat_map(|slot| &slot.outcomes) {
                used.condition(outcome.when.as_ref());
                used.effects(&outcome.then);
            }
            if let Some(detour) = &beat.detour {
                used.condition(detour.when.as_ref());
                used.written.extend(detour.may.iter().filter_map(|effect| effect.variable()));
            }
        }
        for storylet in &story.storylets {
            used.condition(storylet.when.as_ref());
            used.effects(&storylet.then);
        }
        used
    }

    fn condition(&mut self, condition: Option<&'a Expr>) {
        if let Some(node) = condition.and_then(Expr::ast) {
            self.names(node, None);
        }
    }

    fn effects(&mut self, effects: &'a [Effect]) {
        for effect in effects {
            let Some(variable) = effect.variable() else { continue };
            self.written.insert(variable);
            if let Some(node) = effect.value() {
                // `clues = clues + 1` reads nothing that anybody else would notice.
                self.names(node, Some(variable));
            }
        }
    }

    fn names(&mut self, node: &'a Node, but: Option<&str>) {
        node.walk(&mut |node| {
            if let Kind::Name(name) = &node.kind
                && but != Some(name.as_str())
            {
                self.read.insert(name);
            }
        });
    }
}
