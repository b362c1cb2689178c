//! Prompts: sections that know what may be dropped, fitted into a token budget with a bill per section.
//!
//! Composing happens where the story is, counting where the tokenizer is: the game builds a [`Prompt`], the generator
//! calls [`Prompt::fit`] with its own way to count.

use serde::{Deserialize, Serialize};

/// A prompt whose length is not settled yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// The parts in the order they are read.
    pub sections: Vec<Section>,
    /// Put the model's end-of-text token first, as the training text did before every scene.
    pub start_of_text: bool,
}

/// A part of a prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Name on the bill: a slot of the template such as `lore`, or `text` for what the template itself says.
    pub name: String,
    /// Pieces in the order they are read; they are joined as they stand.
    pub pieces: Vec<Piece>,
}

/// A piece of a section, dropped as a whole or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// When the prompt is too long, pieces with the lowest rank go first; `None` is pinned and never goes.
    pub keep: Option<u32>,
}

/// Where the tokens of a prompt went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// One entry a section, in order.
    pub entries: Vec<BillEntry>,
    /// Tokens of the whole prompt. Not the sum of the entries: tokens may span a border.
    pub total: usize,
    /// Tokens that it was allowed.
    pub budget: usize,
}

/// One line of a [`Bill`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillEntry {
    /// Name of the section.
    pub section: String,
    /// Tokens of its text, counted alone.
    pub tokens: usize,
    /// Number of pieces that were kept.
    pub kept: usize,
    /// Texts of the pieces that were dropped.
    pub dropped: Vec<String>,
}

/// Why a prompt cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PromptError {
    /// Too long even without everything that may be dropped.
    #[error(
        "the pinned parts of the prompt take {needed} tokens and {budget} are free (the model's window less the new tokens). Shorten the setting, the voice or the lore, or lower max_new_tokens; the longest section is '{longest}'"
    )]
    TooLong {
        /// Tokens of the pinned parts.
        needed: usize,
        /// Tokens that are free.
        budget: usize,
        /// Name of the section with the most tokens.
        longest: String,
    },
}
