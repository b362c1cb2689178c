//! `X.director.ron` as plain data.

use serde::Deserialize;

use super::Curve;
use crate::plot::template::render;
use crate::story::diagnostic::{Diagnostic, Severity};
use crate::story::expr::Expr;
use crate::story::format::{Meta, Story};
use crate::story::parse;
use crate::story::source::Source;
use crate::story::table::Table;

/// The newest version of the format that this crate reads (`format: 1`).
pub const DIRECTOR_FORMAT: u32 = 1;

/// How a story is paced.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename = "Director", deny_unknown_fields)]
pub struct Plan {
    /// Version of the format, now [`DIRECTOR_FORMAT`].
    pub format: u32,
    /// The tension that is wanted.
    pub curve: Curve,
    /// What the state of the story makes tense by itself.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// What may happen in the game, by name.
    #[serde(default)]
    pub jolts: Table<Jolt>,
    /// By so many percent of the difference a storylet moves the told tension toward its own. **Default** 60.
    #[serde(default = "default_pull")]
    pub pull: u8,
    /// So many percent of the told tension are lost in a moment. **Default** 8.
    #[serde(default = "default_decay")]
    pub decay: u8,
    /// What ends within so many points of the best is as good as the best. **Default** 4.
    #[serde(default = "default_near")]
    pub near: u8,
    /// Moments of the curve in which nothing is told: (first, last).
    #[serde(default)]
    pub quiet: Vec<(u32, u32)>,
    /// Fewest moments from one storylet to the next. **Default** 1.
    #[serde(default = "default_gap")]
    pub gap: u32,
    /// Most moments in a row in which nothing is told because silence is nearer. **Default** 4.
    #[serde(default = "default_silence")]
    pub silence: u32,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

/// A part of the state that is tense by itself. All that hold add up.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// While this is true.
    pub when: Expr,
    /// So much tension, in points.
    pub tension: u8,
}

/// Something that happens in the game.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jolt {
    /// The tension is at least that high then, in points.
    pub tension: u8,
}

fn default_pull() -> u8 {
    60
}

fn default_decay() -> u8 {
    8
}

fn default_near() -> u8 {
    4
}

fn default_gap() -> u32 {
    1
}

fn default_silence() -> u32 {
    4
}

/// A plan that has been read.
#[derive(Debug, Clone)]
pub struct ReadPlan {
    /// The plan, if the file has the right shape. It may still have errors.
    pub plan: Option<Plan>,
    /// The file.
    pub source: Source,
    /// All findings, by place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Plan {
    /// A plan with a curve, and defaults for all else.
    #[must_use]
    pub fn new(curve: Curve) -> Self {
        Self {
            format: DIRECTOR_FORMAT,
            curve,
            measures: Vec::new(),
            jolts: Table::default(),
            pull: default_pull(),
            decay: default_decay(),
            near: default_near(),
            quiet: Vec::new(),
            gap: default_gap(),
            silence: default_silence(),
            meta: None,
        }
    }

    /// Reads a file without checking it against a story.
    ///
    /// # Errors
    /// What is wrong with its shape, as a compiler would print it.
    pub fn parse(source: &Source) -> Result<Self, String> {
        let mut diagnostics = Vec::new();
        parse::read(source, &mut diagnostics).ok_or_else(|| render(&diagnostics, source))
    }

    /// Everything that is wrong with it for a story; `source` is what it was read from.
    #[must_use]
    pub fn check(&self, source: &Source, story: &Story) -> Vec<Diagnostic> {
        super::lint::lint(self, source, story)
    }

    /// Reads a file and checks it against the story that it paces.
    #[must_use]
    pub fn read(mut source: Source, story: &Story) -> ReadPlan {
        if let Some(text) = source.text.strip_prefix('\u{feff}') {
            source.text = text.to_owned();
        }
        let mut diagnostics = Vec::new();
        let plan: Option<Self> = parse::read(&source, &mut diagnostics);
        if let Some(plan) = &plan {
            diagnostics.extend(super::lint::lint(plan, &source, story));
        }
        diagnostics.sort_by_key(|found| (found.primary.start, found.severity, found.code));
        ReadPlan { plan, source, diagnostics }
    }

    /// Whether nothing is to be told at a moment.
    #[must_use]
    pub fn is_quiet(&self, moment: u64) -> bool {
        let place = self.curve.place(moment);
        self.quiet.iter().any(|&(first, last)| (u64::from(first)..=u64::from(last)).contains(&place))
    }
}

impl ReadPlan {
    /// Whether it cannot be used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.plan.is_none() || self.diagnostics.iter().any(|found| found.severity == Severity::Error)
    }

    /// All findings as a compiler would print them, an empty line between two.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let sources = std::slice::from_ref(&self.source);
        let rendered: Vec<String> = self.diagnostics.iter().map(|found| found.render(sources, color)).collect();
        rendered.join("\n\n")
    }
}
