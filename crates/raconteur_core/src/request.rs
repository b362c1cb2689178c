//! What a game asks for (a line), and the one way in which every request ends.
//!
//! A [`LineRequest`] is narrower than a [`GenerationRequest`](crate::generate::GenerationRequest): it knows its authored
//! text, the rules that a generated one has to pass and how the best candidate is found. The
//! [`Desk`](crate::desk::Desk) turns one into the other.

use serde::{Deserialize, Serialize};

use crate::generate::{Constraints, GenerateError, GenerationConfig, Priority, Repairs};
use crate::judge::{Rejection, Rules};
use crate::prompt::{Bill, Prompt};

/// A line that somebody wants to say.
#[derive(Debug, Clone, PartialEq)]
pub struct LineRequest {
    /// What the model is to do.
    pub work: Work,
    /// The authored text, shown whenever the model's is not: never empty.
    pub fallback: String,
    /// How urgent it is.
    pub priority: Priority,
    /// Milliseconds after the line is due when `fallback` is shown instead.
    pub budget_ms: u64,
}

impl LineRequest {
    /// The scene that it is about.
    #[must_use]
    pub fn prompt(&self) -> &Prompt {
        self.work.prompt()
    }
}

/// What the model is to do for a [`LineRequest`].
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one a request, and it hardly moves")]
pub enum Work {
    /// Write candidates, filter them, take the best.
    Write {
        /// The scene.
        prompt: Prompt,
        /// Sampling; `num_return_sequences` is the number of candidates.
        config: GenerationConfig,
        /// Limits while decoding.
        constraints: Constraints,
        /// Rules for the finished text.
        rules: Rules,
        /// How the best is found.
        ranking: Ranking,
        /// Show sentences as they come. Only for one candidate without a ranking.
        stream: bool,
    },
    /// Rank authored texts; the first of the ranking is the text of the line.
    Pick {
        /// The scene.
        prompt: Prompt,
        /// The texts.
        from: Vec<String>,
        /// A context without the scene, for pointwise mutual information.
        null: Option<String>,
    },
    /// Find the facts that a question is about, by how much likelier it makes each of them, and answer from those. When
    /// there is none, the authored text is shown as [`Why::Unsure`], and nothing is written.
    Answer {
        /// The facts that it may be about: all that stand in the prompt of `then`, the most relevant first.
        facts: Vec<String>,
        /// The question, up to where the speaker begins to answer.
        question: Prompt,
        /// The same place without the question.
        null: String,
        /// Smallest score of a fact that counts, in nats a byte.
        floor: f32,
        /// Most facts that are used.
        most: usize,
        /// What answers it, a [`Work::Write`]. Of the facts in its prompt those stay that were found.
        then: Box<Work>,
    },
}

impl Work {
    /// The scene in which something is written or ranked.
    #[must_use]
    pub fn prompt(&self) -> &Prompt {
        match self {
            Self::Write { prompt, .. } | Self::Pick { prompt, .. } => prompt,
            Self::Answer { then, .. } => then.prompt(),
        }
    }
}

/// How the best candidate is found.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Ranking {
    /// The first that passes the rules.
    #[default]
    First,
    /// `(ln P(text | prompt) - ln P(text | null)) / bytes`: one of those that are near the largest, by the seed of the
    /// sampling; below `floor` none.
    Pmi {
        /// The context that stands for "any scene".
        null: String,
        /// Smallest score that is good enough.
        floor: f32,
    },
}

/// What becomes of a [`LineRequest`], told as it happens. The last word is always one `Finished`.
#[derive(Debug, Clone, PartialEq)]
pub enum LineEvent {
    /// Its prompt is being read. Told once: what is read only to find or to rank something is not told.
    Started {
        /// Where the tokens of the prompt went.
        bill: Bill,
    },
    /// More of the text. It has passed the rules and is never taken back.
    Chunk {
        /// The new characters.
        text: String,
        /// Whether they end a sentence.
        sentence: bool,
    },
    /// The request is over.
    Finished(Finished),
}

/// How a request ended, and with what words.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// The whole text, never empty; all `Chunk`s together, if there were any.
    pub text: String,
    /// Where it came from.
    pub source: Source,
    /// For [`Work::Pick`]: the places of the texts in `from`, best first. Else empty.
    pub ranking: Vec<usize>,
    /// What was ranked, with its scores in nats a byte, best first: candidates that passed the rules, or the texts of a
    /// [`Work::Pick`].
    pub scored: Vec<(String, f32)>,
    /// Candidates that were rejected, for whoever inspects: text and reason.
    pub rejected: Vec<(String, Rejection)>,
    /// Tokens written for it, over all candidates.
    pub tokens: usize,
    /// What had to be mended while the text was written; of an authored one nothing.
    pub repairs: Repairs,
}

/// Where the text of a line came from. Every request ends with exactly one of these.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// The model wrote it.
    Generated,
    /// The model chose it: among its own candidates, or among authored variants.
    Ranked {
        /// Number of texts it was chosen from.
        of: usize,
    },
    /// A reviewed variant that the model wrote beforehand.
    Baked,
    /// The writer wrote it, and this is why it is shown.
    Authored(Why),
    /// Nobody wants it any more.
    Cancelled,
}

/// Why an authored text is shown.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Why {
    /// The line has no `gen`.
    Written,
    /// The model is switched off, or there is none.
    ModelOff,
    /// A model writes this text, but not in the language that the story is shown in: its translation does not say
    /// `generate: true` or lacks what a model is told, or no model was given for the language.
    OtherLanguage,
    /// The model could not be loaded.
    ModelFailed,
    /// The deadline passed first.
    Late,
    /// The player would not wait for the model.
    Interrupted,
    /// Nobody knows an answer to what was asked, so the line that says so is shown.
    Unsure,
    /// All candidates were rejected; this is what the last one broke.
    Rejected(Rejection),
    /// The generator failed.
    Failed(GenerateError),
    /// There was too much to do, and this was the least urgent.
    QueueFull,
    /// The generator panicked; its worker starts anew.
    WorkerPanicked,
}

impl Why {
    /// A short name for status lines, transcripts and counters.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::ModelOff => "model_off",
            Self::OtherLanguage => "other_language",
            Self::ModelFailed => "model_failed",
            Self::Late => "late",
            Self::Interrupted => "interrupted",
            Self::Unsure => "unsure",
            Self::Rejected(rejection) => rejection.name(),
            Self::Failed(_) => "failed",
            Self::QueueFull => "queue_full",
            Self::WorkerPanicked => "worker_panicked",
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Generated => f.write_str("generated"),
            Self::Ranked { of } => write!(f, "ranked({of})"),
            Self::Baked => f.write_str("baked"),
            Self::Authored(why) => write!(f, "authored({})", why.name()),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

/// Said to somebody, or by somebody: one turn of talk as prompts and saves hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Cast id of the speaker.
    pub who: String,
    /// What was said.
    pub text: String,
}
