//! A story's own lines as scenes, to train on.
//!
//! ```text
//! seeded plays -> lines that a model may word -> the scene of their prompt, the authored text in its place   talk, vary, prose
//!              -> what is said in a beat, whole                                                          talk
//!              -> what the player could do there, and what comes of it                                    choices
//! cast         -> examples of talk                                                                        talk
//! wordings     -> of a line: accepted variants (X.baked.ron), those of a `Pick`                            vary
//! ```
//! Conditions are resolved by playing: a fact is shown, and a line said, where it holds. What cannot be a scene is counted
//! with the reason. The scene of a line begins with the prompt that a game composes for that line, byte for byte; where it
//! does not, [`Exported::differing`] says where the two part.

mod collect;
mod names;
mod script;

use std::collections::BTreeMap;

use super::Script;
use crate::story::format::Story;
use crate::template::{TemplateError, Templates};

/// How a story is exported.
#[derive(Debug, Clone)]
pub struct ExportOptions {
    /// Most seeded plays. **Default** 200.
    pub plays: u64,
    /// Most states of the search for lines that no play has come to. **Default** 20 000.
    pub states: usize,
    /// What the plays start from. **Default** 1.
    pub seed: u64,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self { plays: 200, states: 20_000, seed: 1 }
    }
}

/// Scenes of a story, and what did not become one.
#[derive(Debug, Clone, Default)]
pub struct Exported {
    /// The scenes, in the order in which the plays met them.
    pub scenes: Vec<Script>,
    /// Number of scenes that begin with the prompt of the game for the same line.
    pub in_layout: usize,
    /// Scenes of a line that begin otherwise than its prompt.
    pub differing: Vec<Differing>,
    /// Ids of texts that did not become a scene of their own, by the reason.
    pub skipped: BTreeMap<WhySkipped, Vec<String>>,
}

/// Where a scene and the prompt of its line part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// Id of the line.
    pub id: String,
    /// Line of the prompt, from 1.
    pub line: usize,
    /// That line of the prompt.
    pub prompt: String,
    /// That line of the scene.
    pub scene: String,
    /// The likely cause.
    pub why: &'static str,
}

/// Why a text did not become a scene of its own. It may still stand in another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WhySkipped {
    /// No play came to it.
    NotReached,
    /// Neither its beat nor the place of it has a setting, which every scene needs.
    NoSetting,
    /// A rewording needs other wordings: accept variants of `raconteur bake`.
    NoWordings,
    /// Nobody but the player speaks in it.
    Alone,
    /// A narrator says it: narration is learned with a goal, and it has none.
    Narration,
    /// An answer depends on what is asked.
    Answer,
    /// There is no authored text.
    NoText,
    /// A brace in the text would be read as a slot.
    Brace,
    /// Somebody speaks in it who has no voice.
    NoVoice,
}

impl std::fmt::Display for WhySkipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotReached => "no play came to it",
            Self::NoSetting => "neither its beat nor the place has a setting",
            Self::NoWordings => "there is no other wording of it; accept variants of `raconteur bake`",
            Self::Alone => "nobody but the player speaks in it",
            Self::Narration => "a narrator says it, without a goal",
            Self::Answer => "an answer depends on what is asked",
            Self::NoText => "it has no authored text",
            Self::Brace => "a brace in it would be read as a slot",
            Self::NoVoice => "somebody speaks in it who has no voice",
        })
    }
}

/// Makes scenes of a story's authored texts. `templates` are those of the model that is to be trained.
///
/// # Errors
/// A template of the story cannot be read.
pub fn export(story: &Story, templates: &Templates, options: &ExportOptions) -> Result<Exported, TemplateError> {
    let mut found = collect::Collector::new(story, templates)?.collect(options);
    names::list(story, &mut found.scenes);
    Ok(found)
}
