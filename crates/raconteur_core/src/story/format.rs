//! The story format as plain data: what a writer may put into `*.story.ron`, field by field.
//!
//! Nothing here judges. Deserialising accepts any file of the right shape, also one whose ids do not exist and whose
//! conditions do not parse; [`lint`](crate::story::lint) says what is wrong with it, with places. So a writer sees all
//! the mistakes of a file at once, not the first.

use serde::{Deserialize, Serialize};

use super::expr::{Effect, Expr, RangeEffect};
use super::table::Table;

/// The newest version of the format that this crate reads (`format: 1`).
pub const FORMAT_VERSION: u32 = 1;

/// A whole story: the root file with its parts merged in.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Version of the format, now [`FORMAT_VERSION`].
    pub format: u32,
    /// Identifies the story in saves.
    pub id: String,
    /// What a player sees.
    #[serde(default)]
    pub title: String,
    /// BCP 47 tag of the language that `say` is written in. **Default** `en`.
    #[serde(default = "default_locale")]
    pub locale: String,
    /// The beat that a new game enters.
    pub start: String,
    /// The beats that end the story; each of them is marked `end: true`.
    #[serde(default)]
    pub ends: Vec<String>,
    /// Variables: typed, with a range, so that the states of a story can be counted.
    #[serde(default)]
    pub vars: Table<VarDecl>,
    /// Questions that only the game can answer, such as `is_night`.
    #[serde(default)]
    pub host: Table<HostDecl>,
    /// Who speaks. The ids `narrator` and `player` have a meaning of their own.
    #[serde(default)]
    pub cast: Table<Character>,
    /// Facts of the world.
    #[serde(default)]
    pub lore: Table<Lore>,
    /// Prompt templates by name; a model brings its own, a story may override them.
    #[serde(default)]
    pub prompts: Table<String>,
    /// Rules for generated lines; a line that names none uses `default`.
    #[serde(default)]
    pub policies: Table<Policy>,
    /// The graph.
    #[serde(default)]
    pub beats: Table<Beat>,
    /// Lines that stand outside the graph: barks, remarks, rumors.
    #[serde(default)]
    pub storylets: Vec<Storylet>,
    /// Words of the game's own tools, unread here.
    #[serde(default)]
    pub meta: Meta,
}

fn default_locale() -> String {
    "en".to_owned()
}

/// Free notes of the game's own tools. Kept, never read.
pub type Meta = Option<ron::Value>;

/// A variable of the story.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum VarDecl {
    /// A whole number that effects clamp to `min..=max`.
    Int {
        /// Value at the start.
        init: i64,
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// True or false.
    Bool {
        /// Value at the start.
        init: bool,
    },
    /// One of some words.
    Enum {
        /// Value at the start.
        init: String,
        /// All values.
        of: Vec<String>,
    },
}

/// A function that a Bevy system answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostDecl {
    /// Types of the arguments, in order.
    #[serde(default)]
    pub args: Vec<HostType>,
    /// Type of the answer.
    pub ret: HostType,
}

/// Type of an argument or of an answer of a host function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum HostType {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A word.
    Text,
}

/// Somebody who speaks.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Character {
    /// The name that prompts and the screen show.
    pub name: String,
    /// Name of the scene entity that speaks these lines, for games that bind by name.
    #[serde(default)]
    pub bind: Option<String>,
    /// How they talk, in a few words; goes into every prompt.
    #[serde(default)]
    pub voice: String,
    /// Ids of the facts that they know.
    #[serde(default)]
    pub knows: Vec<String>,
    /// Ids of the facts that they keep to themselves: these never enter a prompt of theirs.
    #[serde(default)]
    pub hides: Vec<String>,
    /// Groups they belong to, for facts with a scope.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Examples of their talk: (what somebody says, what they answer).
    #[serde(default)]
    pub talks: Vec<(String, String)>,
    /// Sampling of their lines, where it differs from the policy's.
    #[serde(default)]
    pub decode: Decode,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

/// Sampling settings that a writer may set; the names are Hugging Face's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Decode {
    /// Softmax temperature.
    pub temperature: Option<f32>,
    /// Nucleus size.
    pub top_p: Option<f32>,
    /// How many of the likeliest tokens stay.
    pub top_k: Option<usize>,
    /// Smallest probability relative to the likeliest token's.
    pub min_p: Option<f32>,
    /// Penalty on tokens that stand in the text already.
    pub repetition_penalty: Option<f32>,
}

/// A fact of the world.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lore {
    /// The fact as one or two plain sentences, as it stands in a prompt.
    pub says: String,
    /// Words that call it up.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Among facts that are called up, the heavier come first. **Default** 1.
    #[serde(default = "default_weight")]
    pub weight: i32,
    /// It holds, and can be known, only while this is true.
    #[serde(default)]
    pub when: Option<Expr>,
    /// Only those who `know` it may be shown it, and its keys may not be said by others.
    #[serde(default)]
    pub secret: bool,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

fn default_weight() -> i32 {
    1
}

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

/// One screen of text and what follows it: exactly one of `choices`, `slot`, `next` or `end`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beat {
    /// Where and when this is, in one sentence; opens every prompt of the beat.
    #[serde(default)]
    pub setting: String,
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
    /// Identifies the line in saves and translations; unique in the story.
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
    /// Where a graph editor draws it.
    #[serde(default)]
    pub pos: Option<(f32, f32)>,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
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

fn prompt_label() -> String {
    "label".to_owned()
}

fn prompt_prose() -> String {
    "prose".to_owned()
}

fn default_policy() -> String {
    "default".to_owned()
}

/// Something the player may do.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Identifies the choice in saves and translations; unique among lines, choices, outcomes and storylets.
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
    /// Identifies the outcome, as a choice's id does.
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

/// A model-written interlude with one way in and one way back.
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
    /// The variables it may change, each within a stated range.
    #[serde(default)]
    pub may: Vec<RangeEffect>,
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
    /// Identifies it, as a line's id does.
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

/// A value of a variable, of an argument or of an expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A word: a value of an enum, or a text.
    Word(String),
}
