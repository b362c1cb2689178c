//! What may be written: banned phrases, known names, a pattern, and where a text ends.
//!
//! ```text
//! Constraints --Limits--> bans     the text, folded, and the likely offenders as token sequences
//!                         masks    names and pattern: state of the text -> one bit a token (masks, automaton, trie)
//!                         ends     stop strings, so many sentences, a complete pattern
//! Written: one candidate's text, where it stands with all of these; can be cut back to some of its tokens
//! ```
//!
//! **Bans.** A phrase is banned in any case, and however its blanks, apostrophes and invisible characters are written,
//! between word borders: a ban of "bell" refuses " Bell," and "bell's", not "doorbell". Whether the word goes on
//! ("bellows") is not known yet when a token completes it, and then it is refused: a text can be found that avoids it,
//! while a text that has been shown cannot be mended. The words are known to the model as tokens, in many forms. The
//! usual ones of each phrase are looked up beforehand and masked before the filters of
//! [`sampling`](crate::sampling) see them, so that the likelihood goes to what remains. But a byte-level vocabulary can
//! spell a word in many ways; so the text is what decides, and every token that was taken is asked once more.
//!
//! **Names and patterns** are an automaton over bytes. What may come next is a function of its state, so it is computed
//! once a state, for the whole vocabulary. Both hold together. Then a text can come to where nothing goes on that both
//! allow: "Ask M[a-z]{8}" behind "Ask M" when no name is so long. The masks know what a byte forbids, not what a text
//! misses later; so the generator takes back token by token, as often as it may, and ends the candidate as
//! [`DeadEnd`](raconteur_core::generate::FinishReason::DeadEnd), which no rule lets pass.
//!
//! **Ends.** A stop string or a sentence ends the text, and so does a pattern that is complete and matches nothing
//! longer. Inside a name that is not complete, and where the pattern is not, no text ends: there the end-of-text token is
//! masked, tokens with a stop string are refused, and a sentence end is none. `max_new_tokens` cuts wherever it falls.
//!
//! Limits hold for the text that is written, not for the prompt before it. `must` is none of them: it is seen to where
//! texts are rolled back.
//!
//! A token costs no allocation here once its mask is made and the buffers have grown (`tests/allocations.rs`).

mod automaton;
mod bans;
mod fold;
mod lexicon;
mod masks;
mod names;
mod partial;
mod trie;
mod written;

use std::num::NonZeroUsize;
use std::sync::Arc;

use raconteur_core::generate::{Constraints, GenerateError};

use bans::Bans;
use fold::Folded;
pub use lexicon::Lexicon;
use masks::Masks;
pub use trie::Bits;
pub use written::{Refused, Written};

/// [`Constraints`] made ready for a vocabulary. One for all candidates of a request.
#[derive(Debug, Clone)]
pub struct Limits {
    bans: Bans,
    stops: Vec<String>,
    sentences: Option<NonZeroUsize>,
    masks: Option<Arc<Masks>>,
    min_new_tokens: usize,
    end_of_text: Option<u32>,
}

impl Limits {
    /// `encode` gives the tokens of a text. End-of-text is masked until `min_new_tokens` are written, and nothing else
    /// ends the text before, but for a complete pattern.
    ///
    /// # Errors
    /// [`GenerateError::Config`] when a stop string or a banned phrase is empty: it would match everywhere.
    pub fn new(
        constraints: &Constraints,
        min_new_tokens: usize,
        lexicon: &Lexicon,
        encode: &mut dyn FnMut(&str) -> Vec<u32>,
    ) -> Result<Self, GenerateError> {
        if constraints.stop.iter().any(String::is_empty) {
            return Err(GenerateError::Config("a stop string is empty, so no text could be written; remove it".into()));
        }
        if let Some(blank) = constraints.banned.iter().find(|phrase| Folded::of(phrase).is_blank()) {
            return Err(GenerateError::Config(format!(
                "the banned phrase {blank:?} is blank, so no text could be written; remove it"
            )));
        }
        Ok(Self {
            bans: Bans::new(&constraints.banned, encode),
            stops: constraints.stop.clone(),
            sentences: constraints.sentences,
            masks: lexicon.masks(constraints),
            min_new_tokens,
            end_of_text: lexicon.end_of_text(),
        })
    }

    /// The stop strings.
    pub fn stops(&self) -> &[String] {
        &self.stops
    }
}

#[cfg(test)]
mod tests;
