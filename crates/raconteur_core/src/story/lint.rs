//! The checks of a story that has been read. They run over the whole story and find everything at once.
//!
//! | family | about | file |
//! |---|---|---|
//! | `R` | RON and the shape of a story | `parse/problem.rs` |
//! | `S` | ids and where they lead | `lint/ids.rs`, `lint/references.rs`, `lint/graph.rs` |
//! | `V` | variables, conditions, effects | `lint/logic.rs`, `lint/usage.rs` |
//! | `L` | texts | `lint/texts.rs`, `lint/locales.rs`, `lint/baked.rs` |
//! | `F` | where a story can go | `lint/flow.rs`, by `flow.rs` |
//! | `K` | who knows what | `lint/knowledge.rs`, `lint/keys.rs`, `lint/words.rs` |
//! | `D` | pacing | `lint/tension.rs` |
//! | `G` | generation | `lint/generation.rs`, `lint/detours.rs`, `lint/words.rs`, `lint/shapes.rs`, `lint/showing.rs`, `lint/adapters.rs`, `lint/budget.rs` |
//!
//! Every code has a page in `docs/lint` with an example that is also a test.

mod adapters;
mod baked;
mod budget;
mod detours;
mod flow;
mod generation;
mod graph;
mod ids;
mod keys;
mod knowledge;
mod locales;
mod logic;
pub(crate) mod place;
mod references;
mod shapes;
mod showing;
mod tension;
mod texts;
mod usage;
mod words;

use std::borrow::Cow;

use super::diagnostic::{Diagnostic, Severity, Span};
use super::format::{Beat, Choice, Gen, Line, Outcome, Slot, Story, Storylet};
use super::source::Source;
use super::spans::Tree;
use crate::template::{Template, Templates};
use place::{Place, Places};

/// What is known of the model that will write, for the checks that need it. The default knows nothing.
#[derive(Clone, Copy, Default)]
pub struct LintOptions<'a> {
    /// Counts the tokens of a text. Without it prompts are not measured (G02).
    pub count: Option<&'a dyn Fn(&str) -> usize>,
    /// Most tokens that the model takes, prompt and answer together; 0 if unknown, and then prompts are not measured.
    pub context: usize,
    /// The templates that the model brings. **Default** those of the model in the box.
    pub templates: Option<&'a Templates>,
    /// The translation whose prompts are measured. **Default** none: those of the story's own language.
    pub locale: Option<&'a str>,
}

impl std::fmt::Debug for LintOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LintOptions")
            .field("count", &self.count.map(|_| "a tokenizer"))
            .field("context", &self.context)
            .field("templates", &self.templates)
            .field("locale", &self.locale)
            .finish()
    }
}

/// Checks `story`, which was read from `sources`; `trees` are their scans, in the same order.
#[must_use]
pub(super) fn lint(story: &Story, sources: &[Source], trees: &[Tree], options: &LintOptions) -> Vec<Diagnostic> {
    let built_in = Templates::default();
    let templates = options.templates.unwrap_or(&built_in);
    let mut linter = Linter { story, templates, places: Places::new(sources, trees), found: Vec::new() };
    ids::check(&mut linter);
    references::check(&mut linter);
    graph::check(&mut linter);
    logic::check(&mut linter);
    usage::check(&mut linter);
    texts::check(&mut linter);
    locales::check(&mut linter);
    baked::check(&mut linter);
    knowledge::check(&mut linter);
    keys::check(&mut linter);
    generation::check(&mut linter);
    detours::check(&mut linter);
    words::check(&mut linter);
    shapes::check(&mut linter);
    showing::check(&mut linter);
    tension::check(&mut linter);
    adapters::check(&mut linter);
    budget::check(&mut linter, options);
    flow::check(&mut linter);
    linter.found
}

/// A story under check, and what has been found.
struct Linter<'a> {
    story: &'a Story,
    /// The templates that the model brings; a story's own go before them.
    templates: &'a Templates,
    places: Places<'a>,
    found: Vec<Diagnostic>,
}

impl<'a> Linter<'a> {
    /// Reports a finding at a place; the answer takes help and labels.
    fn report(
        &mut self,
        code: &'static str,
        severity: Severity,
        place: impl Into<Span>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.found.push(Diagnostic::new(code, severity, place.into(), message));
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    fn error(&mut self, code: &'static str, place: impl Into<Span>, message: impl Into<String>) -> &mut Diagnostic {
        self.report(code, Severity::Error, place, message)
    }

    /// The template of this name, as the story or else the model has it. One that cannot be read is L05's.
    fn template(&self, name: &str) -> Option<Cow<'a, Template>> {
        match self.story.prompts.get(name) {
            Some(text) => Template::parse(text).ok().map(Cow::Owned),
            None => self.templates.get(name).map(Cow::Borrowed),
        }
    }

    /// All beats with their places, repeated ids included.
    fn beats(&self) -> Vec<(&'a str, &'a Beat, Place<'a>)> {
        let beats = self.story.beats.iter().enumerate();
        beats.map(|(index, (id, beat))| (id, beat, self.places.entry("beats", index))).collect()
    }

    /// All lines, with the beat that they stand in.
    fn lines(&self) -> Vec<(&'a str, &'a Line, Place<'a>)> {
        let mut lines = Vec::new();
        for (id, beat, place) in self.beats() {
            let list = place.field("lines");
            lines.extend(beat.lines.iter().enumerate().map(|(index, line)| (id, line, list.item(index))));
        }
        lines
    }

    /// All storylets.
    fn storylets(&self) -> Vec<(&'a Storylet, Place<'a>)> {
        let storylets = self.story.storylets.iter().enumerate();
        storylets.map(|(index, storylet)| (storylet, self.places.storylet(index))).collect()
    }

    /// All choices with their beat, `otherwise` included.
    fn choices(&self) -> Vec<(&'a str, &'a Choice, Place<'a>)> {
        let mut choices = Vec::new();
        for (id, beat, place) in self.beats() {
            let list = place.field("choices");
            choices.extend(beat.choices.iter().enumerate().map(|(index, choice)| (id, choice, list.item(index))));
            choices.extend(beat.otherwise.iter().map(|choice| (id, choice, place.field("otherwise"))));
        }
        choices
    }

    /// All slots, with the id of their beat.
    fn slots(&self) -> Vec<(&'a str, &'a Slot, Place<'a>)> {
        let beats = self.beats().into_iter();
        beats.filter_map(|(id, beat, place)| beat.slot.as_ref().map(|slot| (id, slot, place.field("slot")))).collect()
    }

    /// All outcomes of all slots, with their beat.
    fn outcomes(&self) -> Vec<(&'a str, &'a Outcome, Place<'a>)> {
        let mut outcomes = Vec::new();
        for (id, slot, place) in self.slots() {
            let list = place.field("outcomes");
            outcomes.extend(slot.outcomes.iter().enumerate().map(|(index, outcome)| (id, outcome, list.item(index))));
        }
        outcomes
    }

    /// Everything that a speaker says and a model may improve: id, speaker, mode, place.
    fn spoken(&self) -> Vec<Spoken<'a>> {
        let lines = self.lines().into_iter().map(|(beat, line, place)| Spoken {
            id: &line.id,
            who: &line.who,
            say: &line.say,
            generate: line.generate.as_ref(),
            beat: Some(beat),
            place,
        });
        let storylets = self.storylets().into_iter().map(|(storylet, place)| Spoken {
            id: &storylet.id,
            who: &storylet.who,
            say: &storylet.say,
            generate: storylet.generate.as_ref(),
            beat: None,
            place,
        });
        lines.chain(storylets).collect()
    }
}

/// A line or a storylet.
struct Spoken<'a> {
    id: &'a str,
    who: &'a str,
    say: &'a str,
    generate: Option<&'a Gen>,
    /// The beat it stands in, if it is a line.
    beat: Option<&'a str>,
    place: Place<'a>,
}
