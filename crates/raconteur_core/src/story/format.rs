//! The story format as plain data: what a writer may put into `*.story.ron`, field by field.
//!
//! Nothing here judges. Deserialising accepts any file of the right shape, also one whose ids do not exist and whose
//! conditions do not parse; [`lint`](crate::story::lint) says what is wrong with it, with places. So a writer sees all
//! the mistakes of a file at once, not the first.

mod cast;
mod generation;
mod graph;
mod locale;

use serde::{Deserialize, Serialize};

use super::table::Table;

pub use cast::{Character, Decode, Group, Lore, Place, Scope};
pub use generation::{Anachronisms, Gen, Guide, NamePolicy, Policy, Rank, Repeat, Writing};
pub use graph::{Beat, Choice, Detour, Line, Outcome, Slot, Storylet};
pub use locale::{Locale, Translation, Variant};

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
    /// Which variables the game's own code uses, beside the story.
    #[serde(default)]
    pub game: GameUse,
    /// Who speaks. The ids `narrator` and `player` have a meaning of their own.
    #[serde(default)]
    pub cast: Table<Character>,
    /// Factions, crafts, families: whom a fact may be scoped to.
    #[serde(default)]
    pub groups: Table<Group>,
    /// Where beats happen, and where a fact may be known.
    #[serde(default)]
    pub places: Table<Place>,
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
    /// More parts than those that are found by their name, such as `chapter_2.beats.ron`; paths beside the root.
    #[serde(default)]
    pub include: Vec<String>,
    /// BCP 47 tags of the languages that the story has been translated to; `de-DE` stands in `X.de-DE.l10n.ron`.
    #[serde(default)]
    pub locales: Vec<String>,
    /// The translations that have been read, by tag; no field of the root.
    #[serde(skip)]
    pub translations: Table<Locale>,
    /// Variants that a model has written and a person has reviewed, by the id of their text (`X.baked.ron`); no field of
    /// the root.
    #[serde(skip)]
    pub baked: Table<Vec<Variant>>,
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
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
        /// Free notes.
        #[serde(default)]
        meta: Meta,
    },
    /// True or false.
    Bool {
        /// Value at the start.
        init: bool,
        /// Free notes.
        #[serde(default)]
        meta: Meta,
    },
    /// One of some words.
    Enum {
        /// Value at the start.
        init: String,
        /// All values.
        of: Vec<String>,
        /// Free notes.
        #[serde(default)]
        meta: Meta,
    },
}

/// A function that a Bevy system answers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostDecl {
    /// Types of the arguments, in order.
    #[serde(default)]
    pub args: Vec<HostType>,
    /// Type of the answer.
    pub ret: HostType,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

/// The variables that the game's own code uses. The story's files cannot show that, so the checks have to be told: V04
/// does not ask who else reads or writes these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GameUse {
    /// Variables that it reads from the state of the runner, to show or to act on.
    pub reads: Vec<String>,
    /// Variables that it sets, by [`Runner::set`](crate::runner::Runner::set).
    pub writes: Vec<String>,
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
