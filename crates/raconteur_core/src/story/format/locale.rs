//! A story in another language, and variants of its lines that a person has reviewed.

use serde::Deserialize;

use super::{Decode, Meta};
use crate::story::table::Table;

/// A translation of a story: the content of `X.<tag>.l10n.ron`. What it lacks stays in the language of the story, text
/// by text.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Locale {
    /// What a language menu shows, such as "Deutsch".
    pub name: String,
    /// The texts by key: the id of a line, choice, outcome or storylet, or one of `title`, `name:CAST`, `voice:CAST`,
    /// `group:GROUP`, `place:PLACE` (its name), `scene:PLACE` (its setting), `setting:BEAT`, `detour:BEAT`, `slot:BEAT` (its
    /// tone), `lore:FACT`. See [`Story::texts`](super::Story::texts).
    pub texts: Table<Translation>,
    /// How a name or term of the story is written here. A text that has the one on the left has to have the one on the
    /// right; generated lines keep it too. A `|` stands between forms of a word: `"bell | bells": "Glocke | Glocken"`.
    pub glossary: Table<String>,
    /// Whether a model writes in this language: lines with `gen` are generated from the texts of this translation, with
    /// its `prompts` and its `model`. **Default** false: translated lines show as they were translated.
    pub generate: bool,
    /// Folder of the model that writes this language, if it is another one.
    pub model: Option<String>,
    /// Prompt templates of this language; they go before those of the story.
    pub prompts: Table<String>,
    /// Words that no generated line of this language may hold, in place of the `ban` of every policy.
    pub ban: Option<Vec<String>>,
    /// Whether capital letters tell names here, so that `names: Known` can be checked. **Default** true; false for
    /// languages without capitals, and for those that capitalise nouns.
    pub capitals: Option<bool>,
    /// Sampling, where it differs from the policy's.
    pub decode: Decode,
    /// Free notes.
    pub meta: Meta,
}

/// One translated text.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Translation {
    /// The translated text. Empty: not translated yet.
    pub say: String,
    /// Hash of the text that it was translated from (see [`lock`](crate::story::locale::lock)); when the source changes,
    /// the translation is stale.
    pub lock: String,
    /// A draft of a machine that nobody has read; it is not shown, unless whoever reviews drafts asks for them.
    pub draft: bool,
    /// The goal of a generated line.
    pub goal: String,
    /// The tone of a generated line.
    pub tone: String,
    /// Words of which one of each group has to be said, in this language.
    pub must: Option<Vec<Vec<String>>>,
    /// Words that may not be said, in this language.
    pub must_not: Option<Vec<String>>,
    /// Variants of a `Pick`.
    pub from: Option<Vec<String>>,
    /// Words that call up a fact, for `lore:FACT`.
    pub keys: Option<Vec<String>>,
    /// Examples of talk, for `voice:CAST`.
    pub talks: Option<Vec<(String, String)>>,
    /// Sentences that a detour's variables are read by, for `detour:BEAT`.
    pub reads: Option<Table<Vec<String>>>,
    /// Where the translator left a word for the next.
    pub note: String,
}

/// A variant of a text that a model has written ahead, with the judgement of a person: one row of `X.baked.ron`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Variant {
    /// The words.
    pub say: String,
    /// Its score in the scene it was written for; higher is better.
    pub score: f32,
    /// Why the rules would not have shown it; empty when they would.
    pub reasons: Vec<String>,
    /// Whether it may be shown.
    pub accept: bool,
    /// Hash of the authored text that it was written for.
    pub lock: String,
    /// What the reviewer has to say.
    pub note: String,
}
