//! Who speaks, and what there is to know.

use serde::Deserialize;

use super::Meta;
use crate::story::expr::Expr;

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
    /// Ids of the groups they belong to, for facts with a scope.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Examples of their talk: (what somebody says, what they answer).
    #[serde(default)]
    pub talks: Vec<(String, String)>,
    /// Sampling of their lines, where it differs from the policy's.
    #[serde(default)]
    pub decode: Decode,
    /// Name of the adapter that is their voice, of those that lie beside the model. Without one it is that of the first of
    /// their groups that has one.
    #[serde(default)]
    pub adapter: Option<String>,
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
    /// Who may be shown it, and where. Whoever stands inside the scope of a fact knows it without a `knows`.
    #[serde(default)]
    pub scope: Option<Scope>,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

fn default_weight() -> i32 {
    1
}

/// Where a fact is known: each list that is not empty has to match, by one of its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// Cast ids.
    pub who: Vec<String>,
    /// Ids of groups, of which the speaker has to be a member.
    pub groups: Vec<String>,
    /// Ids of places, at which the beat has to be.
    pub places: Vec<String>,
    /// Ids of beats.
    pub beats: Vec<String>,
}

/// A faction, a craft, a family.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// What the screen and the graph call it.
    #[serde(default)]
    pub name: String,
    /// Ids of the facts that every member knows, as if they stood in each one's `knows`.
    #[serde(default)]
    pub knows: Vec<String>,
    /// Name of the adapter that is the voice of every member who has none of their own.
    #[serde(default)]
    pub adapter: Option<String>,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

/// Where a beat happens.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What the screen and the graph call it.
    #[serde(default)]
    pub name: String,
    /// What stands in prompts of a beat that has no `setting` of its own.
    #[serde(default)]
    pub setting: String,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}
