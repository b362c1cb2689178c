//! How a model may improve on authored text, and the rules that it keeps.

use serde::Deserialize;

use super::{Decode, Meta};

/// Rules for generated text.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Which capitalised words may stand inside a sentence.
    pub names: NamePolicy,
    /// Words and phrases that no generated line may hold.
    pub ban: Vec<String>,
    /// Fewest and most tokens of a line. **Default** (1, 40).
    pub tokens: (usize, usize),
    /// Strings that end a line. **Default** `["\n"]`.
    pub stop: Vec<String>,
    /// How many candidates are written, in one batch. **Default** 1.
    pub tries: usize,
    /// How the best of the candidates is found.
    pub rank: Rank,
    /// What keeps a line from repeating itself.
    pub repeat: Repeat,
    /// Milliseconds after a line is due when the authored text is shown instead. **Default** 700.
    pub budget_ms: u64,
    /// Show each sentence as soon as it has passed the filters, instead of the whole line when it is done.
    /// Needs `tries: 1` and no `must`: what has been shown is never taken back. **Default** false.
    pub stream: bool,
    /// Sampling of all lines under this policy.
    pub decode: Decode,
    /// Free notes.
    pub meta: Meta,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            names: NamePolicy::Any,
            ban: Vec::new(),
            tokens: (1, 40),
            stop: vec!["\n".to_owned()],
            tries: 1,
            rank: Rank::First,
            repeat: Repeat::Allow,
            budget_ms: 700,
            stream: false,
            decode: Decode::default(),
            meta: None,
        }
    }
}

/// Which names a generated line may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum NamePolicy {
    /// Any word may be capitalised.
    #[default]
    Any,
    /// Capitalised words inside a sentence come from the cast, the lore and the authored texts only.
    Known,
}

/// How the best candidate is found.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Rank {
    /// The first that passes the filters.
    #[default]
    First,
    /// Pointwise mutual information with the scene: `(ln P(line | scene) - ln P(line | null)) / bytes`.
    Pmi {
        /// The context that stands for "any scene"; a prompt template.
        null: String,
        /// Below this score a candidate is rejected.
        #[serde(default)]
        floor: f32,
    },
}

/// What keeps a line from repeating itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Repeat {
    /// Nothing.
    #[default]
    Allow,
    /// "Don't repeat yourself": a token that would extend a repeat of `n >= len` tokens loses `mult * base^(n - len)`.
    /// Source: text-generation-webui pull request 5677 (p-e-w, 2024).
    Dry {
        /// Strength.
        mult: f32,
        /// Growth with the length of the repeat.
        base: f32,
        /// Length that is still free.
        len: usize,
    },
}

/// How a model may improve on an authored line, by rising risk.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Gen {
    /// The model ranks authored variants; it writes nothing.
    Pick {
        /// The variants; `say` is always one more.
        from: Vec<String>,
        /// Template of the scene that the variants are ranked in. **Default** `say`.
        #[serde(default = "prompt_say")]
        prompt: String,
        /// Name of the policy.
        #[serde(default = "default_policy")]
        policy: String,
    },
    /// The model rewords `say`.
    Vary(Writing),
    /// The model answers what the player asked, from listed facts.
    Answer {
        /// Template. **Default** `reply`.
        #[serde(default = "prompt_reply")]
        prompt: String,
        /// Name of the policy.
        #[serde(default = "default_policy")]
        policy: String,
        /// Ids of the facts that may be used.
        from: Vec<String>,
        /// Id of the line whose `say` is the answer when nobody knows.
        unsure: String,
        /// Words of which one of each group has to be said.
        #[serde(default)]
        must: Vec<Vec<String>>,
        /// Words that may not be said.
        #[serde(default)]
        must_not: Vec<String>,
    },
    /// A fact is retold with drift.
    Rumor {
        /// Template. **Default** `reply`.
        #[serde(default = "prompt_reply")]
        prompt: String,
        /// Name of the policy.
        #[serde(default = "default_policy")]
        policy: String,
        /// Id of the fact.
        of: String,
        /// Words that every retelling keeps.
        #[serde(default)]
        keep: Vec<String>,
        /// How far a retelling may stray, 0 to 1.
        #[serde(default)]
        drift: f32,
    },
    /// The model writes toward a goal.
    Free(Writing),
}

/// What [`Gen::Vary`] and [`Gen::Free`] have in common.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Writing {
    /// Template.
    pub prompt: String,
    /// Name of the policy.
    #[serde(default = "default_policy")]
    pub policy: String,
    /// What the line is to achieve; `Free` needs it.
    #[serde(default)]
    pub goal: String,
    /// Mood of the speaker, such as "weary".
    #[serde(default)]
    pub tone: String,
    /// Words of which one of each group has to be said.
    #[serde(default)]
    pub must: Vec<Vec<String>>,
    /// Words that may not be said.
    #[serde(default)]
    pub must_not: Vec<String>,
}

fn prompt_say() -> String {
    "say".to_owned()
}

fn prompt_reply() -> String {
    "reply".to_owned()
}

pub(super) fn prompt_label() -> String {
    "label".to_owned()
}

pub(super) fn prompt_prose() -> String {
    "prose".to_owned()
}

pub(super) fn default_policy() -> String {
    "default".to_owned()
}
