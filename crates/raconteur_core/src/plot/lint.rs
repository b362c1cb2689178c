//! The checks of a file of hooks, against the story that its outcomes are of.
//!
//! | code | severity | |
//! |---|---|---|
//! | H01 | error | a kind, tag or relation that the file does not list |
//! | H02 | error | a label with a broken brace, or with a hole that the template does not have |
//! | H03 | warning | a hole that nothing names: neither the label, nor another hole, nor a variable |
//! | H04 | error | an outcome that is none of the story, or of two templates |
//! | H05 | error | a condition that cannot be read or computed |
//! | H06 | error | a variable of `bind` that cannot hold an entity |
//! | H07 | error, warning | an outcome that the player would see without a hook, or a slot that hooks can leave empty |
//! | H08 | error, warning | a template that no world can fill, or that this world cannot |
//! | H09 | error, warning | a goal that can never be reached once the hook is taken |
//! | H10 | error | a format or a name that this version does not know |

mod conditions;
mod satisfiable;

use super::finish::{Finish, finish};
use super::template::{HOOKS_FORMAT, HookSet, HookTemplate};
use super::{Fitting, HOOK_OPEN, Search, SearchLimits, Wording, World};
use crate::story::diagnostic::{Diagnostic, Severity, Span};
use crate::story::expr::Environment;
use crate::story::expr::ast::{Kind, Node};
use crate::story::flow::Limits;
use crate::story::format::{Outcome, Slot, Story, VarDecl};
use crate::story::lint::place::{Place, Places};
use crate::story::source::Source;
use crate::story::spans::Tree;
use crate::story::suggest::did_you_mean;

/// Everything that is wrong with a file of hooks; [`HookSet::read`] asks it. Walks all states of the story, for H09.
#[must_use]
pub fn lint(set: &HookSet, source: &Source, story: &Story) -> Vec<Diagnostic> {
    check(set, source, story, true)
}

/// As [`lint`], but for H09: cheap enough for a running game.
#[must_use]
pub fn names(set: &HookSet, source: &Source, story: &Story) -> Vec<Diagnostic> {
    check(set, source, story, false)
}

fn check(set: &HookSet, source: &Source, story: &Story, goals: bool) -> Vec<Diagnostic> {
    let sources = std::slice::from_ref(source);
    let trees = [Tree::scan(&source.text)];
    let places = Places::new(sources, &trees);
    let mut linter = Linter { set, story, goals, found: Vec::new() };
    linter.header(places.root());
    for (index, (id, template)) in set.hooks.iter().enumerate() {
        let place = places.root().field("hooks").entry(index);
        linter.template(id, template, place);
    }
    linter.found
}

/// H08 against a world: templates that have no sound filling in it. `env` is the state of the story, usually that of its
/// start.
#[must_use]
pub fn unfilled(
    set: &HookSet,
    source: &Source,
    story: &Story,
    world: &World,
    env: &dyn Environment,
) -> Vec<Diagnostic> {
    let sources = std::slice::from_ref(source);
    let trees = [Tree::scan(&source.text)];
    let places = Places::new(sources, &trees);
    let world = std::sync::Arc::new(world.clone());
    let mut found = Vec::new();
    for (index, (id, template)) in set.hooks.iter().enumerate() {
        let limits = SearchLimits { fillings: 1, ..SearchLimits::default() };
        let mut search = Search::new(template, world.clone(), limits, |_| 0);
        while !search.step(template, story, env, 4096) {}
        if search.found().is_empty() {
            let place = places.root().field("hooks").entry(index);
            let fitting = Fitting { story, world: &world, env };
            let help = why_unfilled(template, &fitting);
            let message = format!("hook '{id}' has no filling in this world");
            found.push(Diagnostic::new("H08", Severity::Warn, place.key(), message).help(help));
        }
    }
    found
}

/// The first hole that nothing fits by itself.
fn why_unfilled(template: &HookTemplate, fitting: &Fitting<'_>) -> String {
    for (name, hole) in template.holes.iter() {
        let of_kind = fitting.world.entities().iter().filter(|entity| entity.kind == hole.kind);
        let bound = |id: &str| hole.bind.as_deref().is_none_or(|variable| fitting.can_hold(variable, id));
        let (all, can) = of_kind.fold((0, 0), |(all, can), one| (all + 1, can + usize::from(bound(&one.id))));
        if all == 0 {
            return format!("there is no {} in it for '{name}'; add one, or let the hook go", hole.kind);
        }
        if can == 0 {
            let variable = hole.bind.as_deref().unwrap_or_default();
            return format!("none of its {all} of kind {} is a word of '{variable}'; add their ids to it", hole.kind);
        }
    }
    "no combination meets its conditions; loosen one of them, or add entities that meet them".to_owned()
}

struct Linter<'a> {
    set: &'a HookSet,
    story: &'a Story,
    /// Whether goals are looked for.
    goals: bool,
    found: Vec<Diagnostic>,
}

impl<'a> Linter<'a> {
    fn report(&mut self, code: &'static str, severity: Severity, at: Span, message: String, help: impl Into<String>) {
        self.found.push(Diagnostic::new(code, severity, at, message).help(help));
    }

    fn error(&mut self, code: &'static str, at: impl Into<Span>, message: String, help: impl Into<String>) {
        self.report(code, Severity::Error, at.into(), message, help);
    }

    fn header(&mut self, root: Place<'_>) {
        if self.set.format != HOOKS_FORMAT {
            let message = format!("the hooks have format {}, and this version reads {HOOKS_FORMAT}", self.set.format);
            self.error("H10", root.field("format"), message, "update the game, or write format: 1");
        }
        let mut seen: Vec<&str> = Vec::new();
        for (index, id) in self.set.hooks.ids().enumerate() {
            if seen.contains(&id) {
                let place = root.field("hooks").entry(index);
                self.error("H10", place.key(), format!("hook '{id}' is defined twice"), "give one of them another id");
            }
            seen.push(id);
        }
    }

    fn template(&mut self, id: &str, template: &HookTemplate, place: Place<'_>) {
        self.holes(id, template, place);
        self.wording(id, template, place);
        self.conditions(id, template, place);
        let sound = self.outcomes(id, template, place);
        let broken = self.found.iter().any(|found| found.severity == Severity::Error);
        if !broken && !satisfiable::satisfiable(template) {
            let message = format!("the conditions of hook '{id}' contradict each other: no world can fill it");
            self.error(
                "H08",
                place.key(),
                message,
                "two holes never hold the same entity; leave out one of the conditions",
            );
        }
        if self.goals && sound && !broken {
            self.goal(id, template, place);
        }
    }

    fn holes(&mut self, id: &str, template: &HookTemplate, place: Place<'_>) {
        if template.holes.is_empty() {
            let message = format!("hook '{id}' has no holes");
            self.error("H03", place.field("holes"), message, "write it as a plain outcome of the story instead");
        }
        let wording = template.wording();
        for (index, (name, hole)) in template.holes.iter().enumerate() {
            let at = place.field("holes").entry(index);
            if !self.set.kinds.contains(&hole.kind) {
                let message = format!("hole '{name}' of hook '{id}' takes a '{}', which is no kind", hole.kind);
                let list = format!("the kinds are {}; add it to `kinds` if the game has it", self.set.kinds.join(", "));
                let help = did_you_mean(&hole.kind, self.set.kinds.iter().map(String::as_str)).unwrap_or(list);
                self.error("H01", at.field("kind"), message, help);
            }
            let twice = template.holes.ids().take(index).any(|other| other == name);
            let taken = self.story.vars.contains(name);
            if twice || taken || !is_name(name) {
                let why = if twice {
                    "stands there twice"
                } else if taken {
                    "is called like a variable of the story"
                } else {
                    "is no name: letters, digits and _ only"
                };
                self.error("H10", at.key(), format!("hole '{name}' of hook '{id}' {why}"), "give it another name");
            }
            let in_label = wording.holes().any(|(other, _)| other == name);
            let others = template.holes.iter().filter(|(other, _)| *other != name);
            let in_others =
                others.filter_map(|(_, other)| other.filter.as_ref()?.ast()).any(|node| mentions(node, name));
            let in_ends = [Some(&template.goal), template.fail.as_ref()];
            let in_ends = in_ends.into_iter().flatten().filter_map(|end| end.ast()).any(|node| mentions(node, name));
            if !in_label && !in_others && !in_ends && hole.bind.is_none() && template.holes.len() > 1 {
                let message = format!("nothing names the hole '{name}' of hook '{id}'");
                let help = format!("put {{{name}}} into its label, bind it to a variable, or leave it out");
                self.report("H03", Severity::Warn, at.key(), message, help);
            }
            self.bound(id, name, hole.bind.as_deref(), at);
        }
    }

    fn bound(&mut self, id: &str, name: &str, bind: Option<&str>, at: Place<'_>) {
        let Some(variable) = bind else { return };
        let at = at.field("bind");
        match self.story.vars.get(variable) {
            None => {
                let help = did_you_mean(variable, self.story.vars.ids())
                    .unwrap_or_else(|| format!("add \"{variable}\": Enum(init: \"nobody\", of: [..]) to vars"));
                self.error(
                    "H06",
                    at,
                    format!("hook '{id}' binds '{name}' to '{variable}', which is no variable"),
                    help,
                );
            }
            Some(VarDecl::Enum { .. }) if !self.story.game.writes.iter().any(|other| other == variable) => {
                let message = format!("hook '{id}' sets '{variable}', and the story does not know that the game does");
                let help = format!("write game: (writes: [\"{variable}\"]), so that its checks count with any value");
                self.error("H06", at, message, help);
            }
            Some(VarDecl::Enum { .. }) => {}
            Some(_) => {
                let message = format!("hook '{id}' binds '{name}' to '{variable}', which holds no words");
                self.error("H06", at, message, "bind it to an enum that has the ids of the entities among its words");
            }
        }
    }

    fn wording(&mut self, id: &str, template: &HookTemplate, place: Place<'_>) {
        let say = place.field("say");
        if template.say.trim().is_empty() {
            self.error(
                "H02",
                say,
                format!("hook '{id}' has no label"),
                "write what the player reads, with holes in braces",
            );
        }
        match Wording::parse(&template.say) {
            Err((at, why)) => {
                let message = format!("the label of hook '{id}' has {why}");
                self.error("H02", say.within(at..at + 1), message, "a hole is written {name}");
            }
            Ok(wording) => {
                for (name, at) in wording.holes().filter(|(name, _)| !template.holes.contains(name)) {
                    let message = format!("the label of hook '{id}' names {{{name}}}, and there is no such hole");
                    let help = did_you_mean(name, template.holes.ids()).unwrap_or_else(|| {
                        format!("the holes are {}", template.holes.ids().collect::<Vec<_>>().join(", "))
                    });
                    self.error("H02", say.within(at..at + name.len() + 2), message, help);
                }
            }
        }
    }

    /// H04, H07; whether all outcomes are there.
    fn outcomes(&mut self, id: &str, template: &HookTemplate, place: Place<'_>) -> bool {
        let at = place.field("outcomes");
        if template.outcomes.is_empty() {
            let message = format!("hook '{id}' names no outcome");
            self.error("H04", at, message, "name an outcome of a slot of the story that carries it");
            return false;
        }
        let mut sound = true;
        for (index, outcome) in template.outcomes.iter().enumerate() {
            let at = at.item(index);
            let others = self.set.hooks.iter().take_while(|(other, _)| *other != id);
            let own = template.outcomes[..index].contains(outcome);
            if own || others.into_iter().any(|(_, other)| other.outcomes.contains(outcome)) {
                let message = format!("the outcome '{outcome}' of hook '{id}' belongs to a hook already");
                self.error("H04", at, message, "an outcome carries one hook at a time; write another outcome");
                sound = false;
                continue;
            }
            let Some((beat, slot, written)) = find(self.story, outcome) else {
                let all = self.story.beats.iter().filter_map(|(_, beat)| beat.slot.as_ref());
                let all = all.flat_map(|slot| &slot.outcomes).map(|outcome| outcome.id.as_str());
                let help = did_you_mean(outcome, all).unwrap_or_else(|| "add it to a slot of the story".to_owned());
                self.error("H04", at, format!("'{outcome}' of hook '{id}' is no outcome of a slot"), help);
                sound = false;
                continue;
            };
            let asks = written.when.as_ref().and_then(|when| when.ast()).is_some_and(|node| asks_for(node, outcome));
            if !asks {
                let message =
                    format!("the outcome '{outcome}' is open without a hook, with the label \"{}\"", written.say);
                let help = format!("write when: \"{HOOK_OPEN}({outcome})\" at it, beside other conditions");
                self.error("H07", at, message, help);
            }
            let hooked =
                |other: &str| self.set.hooks.iter().any(|(_, template)| template.outcomes.iter().any(|id| id == other));
            if !slot.always.iter().any(|other| !hooked(other)) {
                let message = format!("the slot of beat '{beat}' may have nothing to show but hooks, and those can go");
                self.report(
                    "H07",
                    Severity::Warn,
                    at.into(),
                    message,
                    "put an outcome without a hook into its `always`",
                );
            }
        }
        if !self.story.host.contains(HOOK_OPEN) {
            let message = format!("the story does not declare {HOOK_OPEN}");
            let help = format!("write host: {{ \"{HOOK_OPEN}\": (args: [Text], ret: Bool) }} in the story");
            self.error("H07", at, message, help);
            sound = false;
        }
        sound
    }

    /// H09.
    fn goal(&mut self, id: &str, template: &HookTemplate, place: Place<'_>) {
        for (index, outcome) in template.outcomes.iter().enumerate() {
            match finish(self.story, template, outcome, &Limits::default()) {
                Finish::Reached(_) | Finish::Likely => {}
                Finish::Never => {
                    let message =
                        format!("once hook '{id}' is taken at '{outcome}', \"{}\" can never hold", template.goal);
                    let help =
                        "no way from the beat that the outcome leads to makes it true; mend the goal or the beats";
                    self.error("H09", place.field("goal"), message, help);
                }
                Finish::NeverTaken => {
                    let message = format!("the outcome '{outcome}' of hook '{id}' can never be taken");
                    let help = "no state that comes to its beat opens it; look at its `when`";
                    self.report("H09", Severity::Warn, place.field("outcomes").item(index).into(), message, help);
                }
            }
        }
    }
}

/// An outcome of the story, with its slot and the id of its beat.
fn find<'a>(story: &'a Story, outcome: &str) -> Option<(&'a str, &'a Slot, &'a Outcome)> {
    story.beats.iter().find_map(|(beat, body)| {
        let slot = body.slot.as_ref()?;
        Some((beat, slot, slot.outcomes.iter().find(|other| other.id == outcome)?))
    })
}

/// Whether a condition holds only where `hook_open(outcome)` does: it is the condition, or one of its parts.
fn asks_for(node: &Node, outcome: &str) -> bool {
    match &node.kind {
        Kind::Call { name, args } if name == HOOK_OPEN => {
            matches!(args.as_slice(), [Node { kind: Kind::Name(id) | Kind::Text(id), .. }] if id == outcome)
        }
        Kind::All(parts) => parts.iter().any(|part| asks_for(part, outcome)),
        _ => false,
    }
}

fn mentions(node: &Node, name: &str) -> bool {
    let mut found = false;
    node.walk(&mut |node| found |= matches!(&node.kind, Kind::Name(other) if other == name));
    found
}

fn is_name(name: &str) -> bool {
    let starts = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    let word = ["and", "or", "not", "true", "false"].contains(&name);
    starts && !word && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}
