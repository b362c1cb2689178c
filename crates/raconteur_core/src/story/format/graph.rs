//! The graph: beats, what is said in them, and the ways on.

use serde::Deserialize;

use super::generation::{default_policy, prompt_label, prompt_prose};
use super::{Gen, Meta};
use crate::story::expr::{Effect, Expr, RangeEffect};
use crate::story::table::Table;

/// One screen of text and what follows it: exactly one of `choices`, `slot`, `next` or `end`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beat {
    /// Where and when this is, in one sentence; opens every prompt of the beat.
    #[serde(default)]
    pub setting: String,
    /// Id of the place, for facts with a scope.
    #[serde(default)]
    pub place: Option<String>,
    /// What is said here, in order.
    #[serde(default)]
    pub lines: Vec<Line>,
    /// Effects once the lines have been shown.
    #[serde(default)]
    pub then: Vec<Effect>,
    /// What the player may do.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// The choice that is open when no other is.
    #[serde(default)]
    pub otherwise: Option<Choice>,
    /// Choices that the model words and ranks among authored outcomes.
    #[serde(default)]
    pub slot: Option<Slot>,
    /// A model-written interlude that returns here.
    #[serde(default)]
    pub detour: Option<Detour>,
    /// The beat that follows by itself.
    #[serde(default)]
    pub next: Option<String>,
    /// The story ends here.
    #[serde(default)]
    pub end: bool,
    /// Where a reload or an old save may come back to.
    #[serde(default)]
    pub checkpoint: bool,
    /// Where a graph editor draws it.
    #[serde(default)]
    pub pos: Option<(f32, f32)>,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

/// Something that is said.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Identifies the line in saves and translations; unique in the story. Empty while the writer has given none (S09).
    #[serde(default)]
    pub id: String,
    /// Cast id of the speaker.
    pub who: String,
    /// The authored text. Optional here only so that the lint can name every line without it (L01).
    #[serde(default)]
    pub say: String,
    /// How a model may improve on it.
    #[serde(default, rename = "gen")]
    pub generate: Option<Gen>,
    /// Shown only while this is true.
    #[serde(default)]
    pub when: Option<Expr>,
    /// Shown only until it has been seen.
    #[serde(default)]
    pub once: bool,
    /// Where a graph editor draws it.
    #[serde(default)]
    pub pos: Option<(f32, f32)>,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

/// Something the player may do.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Identifies the choice in saves and translations; unique among lines, choices, outcomes and storylets. Empty while the writer has given none (S09).
    #[serde(default)]
    pub id: String,
    /// The authored label.
    #[serde(default)]
    pub say: String,
    /// The beat that follows.
    pub to: String,
    /// Open only while this is true.
    #[serde(default)]
    pub when: Option<Expr>,
    /// Open only until it has been taken.
    #[serde(default)]
    pub once: bool,
    /// Effects of taking it.
    #[serde(default)]
    pub then: Vec<Effect>,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

/// Authored outcomes whose labels the model words and of which it ranks what to offer. It can name no target, no
/// condition and no effect, so every branch is valid.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Template. **Default** `label`.
    #[serde(default = "prompt_label")]
    pub prompt: String,
    /// Name of the policy.
    #[serde(default = "default_policy")]
    pub policy: String,
    /// How many outcomes are offered at most, those of `always` apart.
    pub offer: usize,
    /// Outcomes that are always offered.
    #[serde(default)]
    pub always: Vec<String>,
    /// Mood of the labels.
    #[serde(default)]
    pub tone: String,
    /// What may happen.
    pub outcomes: Vec<Outcome>,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

/// One thing that may happen at a [`Slot`].
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Identifies the outcome, as a choice's id does. Empty while the writer has given none (S09).
    #[serde(default)]
    pub id: String,
    /// The beat that follows.
    pub to: String,
    /// The authored label.
    #[serde(default)]
    pub say: String,
    /// Open only while this is true.
    #[serde(default)]
    pub when: Option<Expr>,
    /// Open only until it has been taken.
    #[serde(default)]
    pub once: bool,
    /// Effects of taking it.
    #[serde(default)]
    pub then: Vec<Effect>,
    /// Words of which one of each group has to stand in the label.
    #[serde(default)]
    pub must: Vec<Vec<String>>,
    /// Words that may not stand in the label.
    #[serde(default)]
    pub must_not: Vec<String>,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

/// A model-written interlude between the lines of a beat and its way on. It returns to where it began, and may change
/// only the variables it names, each within a stated range: a checker may assume any value of them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detour {
    /// Template. **Default** `prose`.
    #[serde(default = "prompt_prose")]
    pub prompt: String,
    /// Name of the policy.
    #[serde(default = "default_policy")]
    pub policy: String,
    /// What the interlude tells.
    pub goal: String,
    /// The authored interlude. Empty where the beat is complete without one: then nothing is shown when no model is
    /// there, or when it fails.
    #[serde(default)]
    pub say: String,
    /// Told only while this is true.
    #[serde(default)]
    pub when: Option<Expr>,
    /// Told once only.
    #[serde(default)]
    pub once: bool,
    /// The variables it may change, each within a stated range.
    #[serde(default)]
    pub may: Vec<RangeEffect>,
    /// For a variable of `may`, one sentence for each value of its range, from the smallest to the largest. The model
    /// ranks which of them the interlude bears out, and the variable changes so. Without sentences, and without a model,
    /// a variable changes by 0, or keeps its value as far as the range allows.
    #[serde(default)]
    pub reads: Table<Vec<String>>,
    /// Most lines.
    #[serde(default)]
    pub max_lines: usize,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

/// A line outside the graph: the most specific one whose condition holds, least recently seen, is said.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storylet {
    /// Identifies it, as a line's id does. Empty while the writer has given none (S09).
    #[serde(default)]
    pub id: String,
    /// Cast id of the speaker.
    pub who: String,
    /// The authored text.
    #[serde(default)]
    pub say: String,
    /// Said only while this is true.
    #[serde(default)]
    pub when: Option<Expr>,
    /// How many other storylets have to be told before this one is told again.
    #[serde(default)]
    pub cooldown: u32,
    /// Told once only.
    #[serde(default)]
    pub once: bool,
    /// How tense a moment it makes, 0 to 100. A [director](crate::director) chooses among storylets that have one.
    #[serde(default)]
    pub tension: Option<u8>,
    /// Effects of telling it.
    #[serde(default)]
    pub then: Vec<Effect>,
    /// How a model may improve on it.
    #[serde(default, rename = "gen")]
    pub generate: Option<Gen>,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}
