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
    /// Most sentences of a line; 0 for any number. **Default** 0.
    pub sentences: usize,
    /// A regular expression that the whole line has to match; see [`Pattern`](crate::pattern::Pattern) for what may
    /// stand in it.
    pub pattern: Option<String>,
    /// Words of an industrial or digital age, which a story of an older world does not have.
    pub anachronisms: Anachronisms,
    /// Write words that have to be said into a line that would end without them. **Default** true.
    pub force: bool,
    /// How many candidates are written, in one batch. **Default** 1.
    pub tries: usize,
    /// How the best of the candidates is found.
    pub rank: Rank,
    /// What keeps a line from repeating itself.
    pub repeat: Repeat,
    /// So many of the speaker's last lines are not repeated, not even six words of them. **Default** 20.
    pub remember: usize,
    /// What the scene is held against while a line is written, so that it counts more.
    pub guide: Guide,
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
            sentences: 0,
            pattern: None,
            anachronisms: Anachronisms::Allow,
            force: true,
            tries: 1,
            rank: Rank::First,
            repeat: Repeat::Allow,
            remember: 20,
            guide: Guide::Off,
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

/// What becomes of words such as "phone" or "okay".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Anachronisms {
    /// They are words like others.
    #[default]
    Allow,
    /// No line may hold one.
    Ban,
}

/// Classifier-free guidance, for lines that need no fact: `Vary` and `Free`. `Answer` and `Rumor` are never guided,
/// since what is made louder then is the persona, not what they know.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Guide {
    /// None.
    #[default]
    Off,
    /// Away from the same scene told by somebody without a voice, a mood, examples or a goal.
    Neutral {
        /// Strength: 1 is none, 1.2 to 1.5 is usual.
        scale: f32,
    },
    /// Away from the same scene told by somebody with this voice.
    Away {
        /// Strength: 1 is none, 1.2 to 1.5 is usual.
        scale: f32,
        /// The voice, as [`Character::voice`](super::Character::voice) has one.
        from: String,
    },
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
        /// So many words in a row of a fact have to stand in the answer; 0 for none. **Default** 0.
        #[serde(default)]
        quote: usize,
        /// How much a fact has to do with a question, by the model's score, when none of its keys is in it: nats a byte.
        /// **Default** 0.25: of the model in the box no question about nothing in particular reaches it.
        #[serde(default = "default_relevance")]
        floor: f32,
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

fn default_relevance() -> f32 {
    0.25
}
