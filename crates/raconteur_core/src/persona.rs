//! Who speaks, as a prompt needs it.

use crate::story::format::{Character, Decode};

/// A speaker: of a story, or of a game that has none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Persona {
    /// The name that prompts show. Empty for a narrator.
    pub name: String,
    /// How they talk, in a few words: "ferrywoman; dry, tired".
    pub voice: String,
    /// Mood, such as "weary".
    pub mood: Option<String>,
    /// Examples of their talk: (what somebody says, what they answer).
    pub talks: Vec<(String, String)>,
    /// Sampling of their lines, where it differs from the policy's.
    pub decode: Decode,
    /// Name of the adapter that is their voice; see [`Prompt::adapter`](crate::prompt::Prompt::adapter).
    pub adapter: Option<String>,
}

impl Persona {
    /// Somebody with a name and a voice.
    #[must_use]
    pub fn new(name: impl Into<String>, voice: impl Into<String>) -> Self {
        Self { name: name.into(), voice: voice.into(), ..Self::default() }
    }

    /// A character of a story, in a mood; a `tone` without letters is none.
    #[must_use]
    pub fn of_character(character: &Character, tone: &str) -> Self {
        Self {
            name: character.name.clone(),
            voice: character.voice.clone(),
            mood: Some(tone.trim().to_owned()).filter(|tone| !tone.is_empty()),
            talks: character.talks.clone(),
            decode: character.decode,
            adapter: character.adapter.clone(),
        }
    }

    /// The line of a prompt that says who this is: "Mara: ferrywoman; dry. Mood: weary." Empty when there is nothing to
    /// say about them, or they have no name.
    #[must_use]
    pub fn describe(&self) -> String {
        let (name, voice) = (self.name.trim(), self.voice.trim().trim_end_matches('.'));
        let mood = self.mood.as_deref().map(|mood| mood.trim().trim_end_matches('.')).filter(|mood| !mood.is_empty());
        match (name.is_empty(), voice.is_empty(), mood) {
            (true, _, _) | (false, true, None) => String::new(),
            (false, true, Some(mood)) => format!("{name}. Mood: {mood}."),
            (false, false, None) => format!("{name}: {voice}."),
            (false, false, Some(mood)) => format!("{name}: {voice}. Mood: {mood}."),
        }
    }
}
