//! Who takes part.

use serde::{Deserialize, Serialize};

use crate::judge::{Stemmer, words};

/// Most things that one turn can touch of what somebody knows, for how much they want to speak.
const MOST_CALLED: u32 = 3;

/// Somebody who takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Their number, which the game gives: no two have the same.
    pub id: u64,
    /// The name that they are addressed by.
    pub name: String,
    /// Other names, such as "ferrywoman".
    pub also_called: Vec<String>,
    /// How talkative they are, 0 to 100. At 0 they speak only when they are addressed, spoken of, or know something of
    /// what was said. **Default** 50.
    pub talkative: u8,
    /// Whom they may cut short: those of a lower standing. **Default** 0.
    pub standing: u8,
    /// Whether it is a player: nobody gives them a turn, they take it, and may cut anybody short.
    pub player: bool,
}

impl Member {
    /// Somebody with a name.
    #[must_use]
    pub fn new(id: u64, name: impl Into<String>) -> Self {
        Self { id, name: name.into(), also_called: Vec::new(), talkative: 50, standing: 0, player: false }
    }

    /// A player.
    #[must_use]
    pub fn player(id: u64, name: impl Into<String>) -> Self {
        Self { player: true, ..Self::new(id, name) }
    }

    /// All names that hold a letter or a digit.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let all = std::iter::once(&self.name).chain(&self.also_called);
        all.map(|name| name.trim()).filter(|name| name.chars().any(char::is_alphanumeric))
    }
}

/// What somebody is able to at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ability {
    /// They may speak.
    Free,
    /// They are busy, and only answer the player who addresses them.
    Answers,
    /// They may not speak, or have not heard what was said.
    Unable,
}

/// A member and how they stand in the conversation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seat {
    pub(super) member: Member,
    pub(super) keys: Vec<String>,
    /// Folded and stemmed.
    stems: Vec<Vec<String>>,
    pub(super) spoken: u32,
    /// The moment at which they spoke last.
    pub(super) spoke_at: Option<u32>,
    /// How many of their keys stood in what was said last.
    pub(super) called: u32,
    /// Whether they were spoken of.
    pub(super) named: bool,
}

impl Seat {
    pub(super) fn new(member: Member) -> Self {
        Self { member, keys: Vec::new(), stems: Vec::new(), spoken: 0, spoke_at: None, called: 0, named: false }
    }

    pub(super) fn set_keys(&mut self, keys: &[String], stemmer: Stemmer) {
        if self.keys == keys {
            return;
        }
        self.keys = keys.to_vec();
        self.stems = keys.iter().map(|key| stemmer.stems(&words::words(key))).filter(|key| !key.is_empty()).collect();
        self.stems.sort_unstable();
        self.stems.dedup();
    }

    /// How many of their keys stand in a text of these words and stems, in whatever form.
    pub(super) fn keys_in(&self, folded: &[String], stems: &[String]) -> u32 {
        let stands = |key: &&Vec<String>| {
            let spaced = stems.windows(key.len()).any(|run| run == key.as_slice());
            // A script without spaces: inside a run of letters.
            let caseless = |c: char| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase();
            let inside =
                || key.iter().any(|part| part.chars().any(caseless)) && folded.concat().contains(&key.concat());
            spaced || inside()
        };
        (self.stems.iter().filter(stands).take(MOST_CALLED as usize).count()) as u32
    }
}
