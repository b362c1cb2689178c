//! `X.hooks.ron` as plain data.

use serde::Deserialize;

use super::Wording;
use crate::story::diagnostic::{Diagnostic, Severity};
use crate::story::expr::Expr;
use crate::story::format::{Meta, Story};
use crate::story::parse;
use crate::story::source::Source;
use crate::story::table::Table;

/// The newest version of the format that this crate reads (`format: 1`).
pub const HOOKS_FORMAT: u32 = 1;

/// A file of hooks.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename = "Hooks", deny_unknown_fields)]
pub struct HookSet {
    /// Version of the format, now [`HOOKS_FORMAT`].
    pub format: u32,
    /// The kinds of entity that the game gives. **Default** `person`, `place`, `item`.
    #[serde(default = "default_kinds")]
    pub kinds: Vec<String>,
    /// The tags that entities may have.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The relations that entities may stand in.
    #[serde(default)]
    pub relations: Vec<String>,
    /// The templates.
    pub hooks: Table<HookTemplate>,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

fn default_kinds() -> Vec<String> {
    ["person", "place", "item"].map(str::to_owned).to_vec()
}

/// A kind of hook.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookTemplate {
    /// Ids of the outcomes of the story that carry it: as many of it can be offered side by side. An outcome belongs to
    /// one template.
    pub outcomes: Vec<String>,
    /// Offered only while this is true, besides what the outcome itself asks for.
    #[serde(default)]
    pub when: Option<Expr>,
    /// Who and what it is about, in the order in which they are looked for. No two holes hold the same entity, or two of
    /// the same name.
    pub holes: Table<Hole>,
    /// The label of the outcome, with the holes in braces.
    pub say: String,
    /// Once it is taken: it is done when this is true. The names of holes stand for the ids of their entities.
    pub goal: Expr,
    /// Once it is taken: it has failed when this is true, and the goal is not.
    #[serde(default)]
    pub fail: Option<Expr>,
    /// Whether it may come again with the same filling once it is over. **Default** false.
    #[serde(default)]
    pub again: bool,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

/// A hole of a template.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hole {
    /// What fills it: one of [`HookSet::kinds`].
    pub kind: String,
    /// What has to be true of it. It may name this hole and those before it, `tagged(hole, tag)`,
    /// `related(hole, relation, hole or id)`, and everything that a condition of the story may.
    #[serde(default, rename = "where")]
    pub filter: Option<Expr>,
    /// The variable of the story that gets the id of the entity when the hook is taken: an enum, named in
    /// `game: (writes: ..)`. Only entities whose id is one of its words fill the hole.
    #[serde(default)]
    pub bind: Option<String>,
}

/// A file of hooks that has been read.
#[derive(Debug, Clone)]
pub struct Read {
    /// The hooks, if the file has the right shape. They may still have errors.
    pub set: Option<HookSet>,
    /// The file.
    pub source: Source,
    /// All findings, by place.
    pub diagnostics: Vec<Diagnostic>,
}

impl HookSet {
    /// Reads a file without checking it against a story; see [`lint::names`](super::lint::names).
    ///
    /// # Errors
    /// What is wrong with its shape, as a compiler would print it.
    pub fn parse(source: &Source) -> Result<Self, String> {
        let mut diagnostics = Vec::new();
        parse::read(source, &mut diagnostics).ok_or_else(|| render(&diagnostics, source))
    }

    /// Reads a file and checks it against the story that its outcomes are of.
    #[must_use]
    pub fn read(mut source: Source, story: &Story) -> Read {
        if let Some(text) = source.text.strip_prefix('\u{feff}') {
            source.text = text.to_owned();
        }
        let mut diagnostics = Vec::new();
        let set: Option<Self> = parse::read(&source, &mut diagnostics);
        if let Some(set) = &set {
            diagnostics.extend(super::lint::lint(set, &source, story));
        }
        diagnostics.sort_by_key(|found| (found.primary.start, found.severity, found.code));
        Read { set, source, diagnostics }
    }
}

impl HookTemplate {
    /// The label, cut at its holes; one that cannot be read (H02) is empty.
    #[must_use]
    pub fn wording(&self) -> Wording {
        Wording::parse(&self.say).unwrap_or_default()
    }

    /// The variables that a filling sets, each with the place of its hole.
    pub fn binds(&self) -> impl Iterator<Item = (&str, usize)> {
        let holes = self.holes.iter().enumerate();
        holes.filter_map(|(place, (_, hole))| hole.bind.as_deref().map(|variable| (variable, place)))
    }
}

pub(crate) fn render(diagnostics: &[Diagnostic], source: &Source) -> String {
    let sources = std::slice::from_ref(source);
    diagnostics.iter().map(|found| found.render(sources, false)).collect::<Vec<_>>().join("\n\n")
}

impl Read {
    /// Whether the hooks cannot be used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.set.is_none() || self.diagnostics.iter().any(|found| found.severity == Severity::Error)
    }

    /// All findings as a compiler would print them, an empty line between two.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let sources = std::slice::from_ref(&self.source);
        let rendered: Vec<String> = self.diagnostics.iter().map(|found| found.render(sources, color)).collect();
        rendered.join("\n\n")
    }
}
