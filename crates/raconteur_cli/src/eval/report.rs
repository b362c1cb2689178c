//! What `eval` prints as JSON, and the other outputs are made from. `docs/quality.md` describes the fields.

use serde::Serialize;

use super::stats::Estimate;
use crate::bench::machine::Machine;

/// Everything that was measured.
#[derive(Serialize)]
pub struct Report {
    /// Version of these fields.
    pub schema: u32,
    /// Version of the program.
    pub version: &'static str,
    pub machine: Machine,
    /// What the model says it is.
    pub model: String,
    /// The scenes or the story.
    pub source: String,
    pub seed: u64,
    /// Scenes by kind, or plays.
    pub counts: Vec<(String, usize)>,
    /// Seconds it took.
    pub seconds: f64,
    pub metrics: Vec<Metric>,
    /// How requests ended, by column.
    pub ends: Vec<Ends>,
    /// Some lines, drawn by the seed and unedited.
    pub samples: Vec<Sample>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// Something that was measured, in all its columns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metric {
    /// `M1` to `M14`, `RC`.
    pub id: &'static str,
    /// What it is, in a few words.
    pub name: String,
    /// How it is counted.
    pub about: &'static str,
    pub unit: Unit,
    /// What is better, where one is.
    pub better: Option<Better>,
    pub figures: Vec<Figure>,
}

/// What the numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share, 0 to 1.
    Share,
    /// A plain number.
    Number,
    /// Milliseconds.
    Ms,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    Higher,
    Lower,
}

/// One number of a metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// The column, or what the model was asked without writing: `model`, `other context`, ...
    pub column: String,
    #[serde(flatten)]
    pub estimate: Estimate,
    /// How likely it is by chance, where that was tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Whether it is the control.
    pub control: bool,
}

/// How the requests of a column ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ends {
    pub column: String,
    pub n: usize,
    /// (`generated`, `ranked`, or why the authored line was shown; how often), the most frequent first.
    pub ends: Vec<(String, usize)>,
    /// Why candidates were rejected, and how often.
    pub rejected: Vec<(String, usize)>,
}

/// A line with everything that led to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sample {
    pub id: String,
    pub column: String,
    pub prompt: String,
    pub authored: String,
    pub candidates: Vec<Candidate>,
    pub delivered: String,
    /// `ranked(8)`, `authored(must)`, ..
    pub source: String,
}

/// A text that the model wrote.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// As it was written.
    pub text: String,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<String>,
    /// Pointwise mutual information in nats a byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// What the score is made of, where it is made of several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<(&'static str, f64)>,
}

impl Metric {
    /// A metric without figures.
    pub fn new(
        id: &'static str,
        name: impl Into<String>,
        unit: Unit,
        better: Option<Better>,
        about: &'static str,
    ) -> Self {
        Self { id, name: name.into(), about, unit, better, figures: Vec::new() }
    }

    /// Adds a figure, when there is one.
    pub fn push(&mut self, column: &str, estimate: Option<Estimate>) {
        self.push_tested(column, estimate, None);
    }

    /// Adds a figure that was tested against chance.
    pub fn push_tested(&mut self, column: &str, estimate: Option<Estimate>, p: Option<f64>) {
        if let Some(estimate) = estimate {
            self.figures.push(Figure { column: column.to_owned(), estimate, p, control: false });
        }
    }

    /// Adds the control.
    pub fn push_control(&mut self, column: &str, estimate: Option<Estimate>) {
        if let Some(estimate) = estimate {
            self.figures.push(Figure { column: column.to_owned(), estimate, p: None, control: true });
        }
    }
}
