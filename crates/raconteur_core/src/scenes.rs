//! Scenes as text: what a model is trained on, and what it is measured with. JSON Lines, one scene a line.
//!
//! ```text
//! {"kind": "answer", "world": "castle", "setting": "The gate, at dusk.", "facts": ["The bread is kept in {where}."],
//!  "slots": {"where": ["a crate", "the well"]}, "names": {"Bodkin": "m"}, "speakers": {"Bodkin": "warden; jolly"},
//!  "turns": [["You", "Where is the bread?"], ["Bodkin", "In {where}, under a cloth."]], "uses": [0]}
//! ```
//! | step | function |
//! |---|---|
//! | file to [`Script`]s, mistakes with their line | [`read`](fn@read), [`read_line`] |
//! | one value a slot, other names for the people and places | [`Script::draw`], [`Script::with`] |
//! | the places where somebody has to say something, each a prompt and what was written there | [`Script::targets`] |
//! | the whole scene in the layout of the prompts | [`Script::render`] |
//! | all that is wrong with files, and what they say too often | [`check`](fn@check), [`repeated`] |
//! | a story's own lines as scenes | [`export`](fn@export), [`Script::to_json`] |
//! | a part to learn from, and one to measure with | [`split`](fn@split) |
//!
//! Rendering goes through the same [`Templates`](crate::template::Templates) as the prompts of a game: a model then sees
//! at run time what it was trained on.

mod check;
mod draw;
mod drill;
mod export;
mod form;
mod json;
mod layout;
mod naming;
mod pools;
mod read;
mod repeats;
mod split;
#[cfg(test)]
mod tests;
mod voice_drill;

use crate::story::table::Table;

pub use check::{CheckOptions, Checked, File, Finding, Window, check};
pub use draw::{Draw, replace_names};
pub use drill::Drills;
pub use export::{Differing, ExportOptions, Exported, WhySkipped, export};
pub use layout::{LayoutError, Target};
pub use read::{ScenesError, read, read_line};
pub use repeats::{Repeated, duplicates, near_duplicates, repeated, words};
pub use split::split;
pub use voice_drill::VoiceDrills;

/// The prompt templates of the model in the box, which scenes of all kinds can be rendered with: `prompts.ron` of a model
/// that has no layout of its own.
pub const LAYOUT: &str = include_str!("scenes/prompts.ron");

/// Name of the player in scenes. Has no voice and keeps its name.
pub const YOU: &str = "You";

/// One scene.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    /// The world it plays in: scenes of a world share people and places.
    pub world: String,
    /// Where and when it is, in one sentence.
    pub setting: String,
    /// Sentences that hold.
    pub facts: Vec<String>,
    /// Every proper name in it, and what it names.
    pub names: Table<NameKind>,
    /// Values of which one is drawn for each rendering; `{name}` stands for it in any text.
    pub slots: Table<Vec<String>>,
    /// Who speaks, in what voice, in the order of the prompt.
    pub speakers: Table<String>,
    /// Moods of speakers.
    pub mood: Table<String>,
    /// What happens.
    pub body: Body,
}

/// What a name belongs to; only names of the same kind are swapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
pub enum NameKind {
    /// A man.
    #[serde(rename = "m")]
    Man,
    /// A woman.
    #[serde(rename = "f")]
    Woman,
    /// Somebody.
    #[serde(rename = "n")]
    Person,
    /// A place.
    #[serde(rename = "place")]
    Place,
    /// A ship, a sword, a feast.
    #[serde(rename = "thing")]
    Thing,
    /// A people, a guild.
    #[serde(rename = "group")]
    Group,
}

/// One turn of talk: who, and what they say.
pub type Said = (String, String);

/// What happens in a scene, by its kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Talk.
    Talk {
        /// The turns.
        turns: Vec<Said>,
    },
    /// A question and its answer.
    Answer {
        /// The turns, the answer last.
        turns: Vec<Said>,
        /// Places of the facts that the answer uses. Empty when nobody knows, or nobody will say.
        uses: Vec<usize>,
    },
    /// A line in several wordings.
    Vary {
        /// The line.
        line: String,
        /// Other wordings.
        ways: Vec<String>,
    },
    /// What the player could do.
    Choices {
        /// The turns before.
        turns: Vec<Said>,
        /// (what You could do, what then happens).
        options: Vec<(String, String)>,
    },
    /// Narration in which something happens.
    Prose {
        /// What happens.
        goal: String,
        /// The text.
        text: String,
    },
    /// A fact that is told on and on.
    Rumor {
        /// The tellings, in order.
        tellings: Vec<Said>,
    },
    /// Two sides of a question.
    Debate {
        /// What it is about.
        topic: String,
        /// Who is `for` and who is `against`.
        stances: Table<String>,
        /// The turns.
        turns: Vec<Said>,
    },
    /// A story in chapters.
    Serial {
        /// What it is about.
        premise: String,
        /// (goal, text) of each chapter.
        chapters: Vec<(String, String)>,
    },
}

impl Default for Body {
    fn default() -> Self {
        Self::Talk { turns: Vec::new() }
    }
}

impl Body {
    /// Its name in files.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Talk { .. } => "talk",
            Self::Answer { .. } => "answer",
            Self::Vary { .. } => "vary",
            Self::Choices { .. } => "choices",
            Self::Prose { .. } => "prose",
            Self::Rumor { .. } => "rumor",
            Self::Debate { .. } => "debate",
            Self::Serial { .. } => "serial",
        }
    }

    /// Its turns of talk; a rumor's are its tellings.
    #[must_use]
    pub fn turns(&self) -> &[Said] {
        match self {
            Self::Talk { turns }
            | Self::Answer { turns, .. }
            | Self::Choices { turns, .. }
            | Self::Debate { turns, .. }
            | Self::Rumor { tellings: turns } => turns,
            _ => &[],
        }
    }
}

impl Script {
    /// Every text of it changed by `change`: also names that are keys, and those in [`names`](Self::names) and the values
    /// of [`slots`](Self::slots).
    #[must_use]
    pub fn map(&self, change: &mut dyn FnMut(&str) -> String) -> Self {
        Self {
            world: self.world.clone(),
            setting: change(&self.setting),
            facts: self.facts.iter().map(|fact| change(fact)).collect(),
            names: self.names.iter().map(|(name, kind)| (change(name), *kind)).collect(),
            slots: self
                .slots
                .iter()
                .map(|(slot, values)| (slot.to_owned(), values.iter().map(|value| change(value)).collect()))
                .collect(),
            speakers: pairs(&self.speakers, change),
            mood: pairs(&self.mood, change),
            body: self.body.map(change),
        }
    }
}

impl Body {
    fn map(&self, change: &mut dyn FnMut(&str) -> String) -> Self {
        match self {
            Self::Talk { turns } => Self::Talk { turns: said(turns, change) },
            Self::Answer { turns, uses } => Self::Answer { turns: said(turns, change), uses: uses.clone() },
            Self::Vary { line, ways } => {
                Self::Vary { line: change(line), ways: ways.iter().map(|way| change(way)).collect() }
            }
            Self::Choices { turns, options } => {
                Self::Choices { turns: said(turns, change), options: said(options, change) }
            }
            Self::Prose { goal, text } => Self::Prose { goal: change(goal), text: change(text) },
            Self::Rumor { tellings } => Self::Rumor { tellings: said(tellings, change) },
            Self::Debate { topic, stances, turns } => {
                Self::Debate { topic: change(topic), stances: pairs(stances, change), turns: said(turns, change) }
            }
            Self::Serial { premise, chapters } => {
                Self::Serial { premise: change(premise), chapters: said(chapters, change) }
            }
        }
    }
}

fn said(turns: &[Said], change: &mut dyn FnMut(&str) -> String) -> Vec<Said> {
    turns.iter().map(|(who, text)| (change(who), change(text))).collect()
}

fn pairs(table: &Table<String>, change: &mut dyn FnMut(&str) -> String) -> Table<String> {
    table.iter().map(|(name, text)| (change(name), change(text))).collect()
}
