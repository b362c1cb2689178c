//! Baking: a model writes variants of a story's lines ahead of time, people review them, and the game ships without it.
//!
//! ```text
//! Story --targets--> what a model may word --plan--> scenes in which it comes up (seeded plays, then a search)
//!       --Baker, on any TextGenerator--> candidates: judged in all scenes, scored in their own, no two alike
//!       --Review: merged with what was decided before--> X.baked.ron, which the story reads as `Story::baked`
//! ```
//! A variant that is accepted and whose lock is that of the authored text counts at run time as a variant of a `Pick`.
//! A table holds the rows of all languages: the lock tells which authored text, in which language, a row belongs to.

mod baker;
mod plan;
mod review;
pub(crate) mod routes;
mod table_text;
mod targets;

pub use baker::{BakeError, BakeOptions, Baked, Baker, Candidate};
pub use plan::{Plan, PlanOptions, Planned, Scene, plan};
pub use review::{AcceptRule, Added, Counts, Review, Row, RowState};
pub use table_text::to_ron;
pub use targets::{Kind, Skipped, Target, WhyNot, targets};
