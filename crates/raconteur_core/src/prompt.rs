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
    /// Name of the adapter under which the model reads it and writes on, a voice of its own; `None` for the model as it
    /// is. One that the generator does not have is
    /// [reported](crate::generate::TextGenerator::take_adapter_errors), and the model talks as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
}

impl Prompt {
    /// A prompt of one pinned section, for text that comes as it is: from a command line, a test, a game's own code.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let piece = Piece { text: text.into(), keep: None };
        let sections = vec![Section { name: "text".to_owned(), pieces: vec![piece] }];
        Self { sections, ..Self::default() }
    }

    /// The whole text, as it stands when nothing has to be dropped.
    #[must_use]
    pub fn full(&self) -> String {
        self.pieces().map(|piece| piece.text.as_str()).collect()
    }

    /// The longest form of this prompt that takes at most `budget` tokens, and where they went.
    ///
    /// `count` gives the number of tokens of a text. The joined text is counted, not the pieces, since a token may
    /// span the border of two. Pieces go in the order of their rank, lowest first, and of two with the same rank the
    /// one that is read first; pinned pieces never go. How many have to go is found by bisection, so `count` is called
    /// about `log2(pieces)` times, and once a section for the bill. [`Prompt::start_of_text`] is one token more.
    ///
    /// # Errors
    /// [`PromptError::TooLong`] when the pinned pieces alone take more than `budget` tokens.
    pub fn fit(&self, budget: usize, count: &mut dyn FnMut(&str) -> usize) -> Result<(String, Bill), PromptError> {
        let start = usize::from(self.start_of_text);
        let mut order: Vec<(u32, usize)> =
            self.pieces().enumerate().filter_map(|(at, piece)| piece.keep.map(|rank| (rank, at))).collect();
        order.sort_unstable();
        // `gone[piece]` is its place in the order of dropping; a piece is out when `gone < dropped`.
        let mut gone = vec![usize::MAX; self.pieces().count()];
        for (turn, &(_, at)) in order.iter().enumerate() {
            gone[at] = turn;
        }
        let join = |dropped: usize| -> String {
            self.pieces().enumerate().filter(|(at, _)| gone[*at] >= dropped).map(|(_, p)| p.text.as_str()).collect()
        };
        let mut measure = |dropped: usize| {
            let text = join(dropped);
            let tokens = count(&text) + start;
            (text, tokens)
        };

        let mut best = measure(0);
        let mut dropped = 0;
        if best.1 > budget {
            let (mut short, mut enough) = (0, order.len());
            best = measure(enough);
            if best.1 > budget {
                let (needed, longest) = (best.1, self.longest_pinned(count));
                return Err(PromptError::TooLong { needed, budget, longest });
            }
            while enough - short > 1 {
                let middle = short + (enough - short) / 2;
                let tried = measure(middle);
                if tried.1 <= budget {
                    (enough, best) = (middle, tried);
                } else {
                    short = middle;
                }
            }
            dropped = enough;
        }

        let mut entries = Vec::with_capacity(self.sections.len());
        let mut at = 0;
        for section in &self.sections {
            let mut entry = BillEntry { section: section.name.clone(), ..BillEntry::default() };
            let mut kept = String::new();
            for piece in &section.pieces {
                if gone[at] >= dropped {
                    kept.push_str(&piece.text);
                    entry.kept += 1;
                } else {
                    entry.dropped.push(piece.text.clone());
                }
                at += 1;
            }
            entry.tokens = if kept.is_empty() { 0 } else { count(&kept) };
            entries.push(entry);
        }
        Ok((best.0, Bill { entries, total: best.1, budget }))
    }

    fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.sections.iter().flat_map(|section| &section.pieces)
    }

    /// Name of the section whose pinned pieces take the most tokens.
    fn longest_pinned(&self, count: &mut dyn FnMut(&str) -> usize) -> String {
        let mut longest = (0, "");
        for section in &self.sections {
            let text: String =
                section.pieces.iter().filter(|piece| piece.keep.is_none()).map(|piece| piece.text.as_str()).collect();
            let tokens = if text.is_empty() { 0 } else { count(&text) };
            if tokens > longest.0 {
                longest = (tokens, &section.name);
            }
        }
        longest.1.to_owned()
    }
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
