//! What may not be written: banned phrases, and where a text ends.
//!
//! A phrase is banned in any case, and however its blanks, apostrophes and invisible characters are written, between
//! word borders: a ban of "bell" refuses " Bell," and "bell's", not "doorbell". Whether the word goes on ("bellows") is
//! not known yet when a token completes it, and then it is refused: a text can be found that avoids it, while a text
//! that has been shown cannot be mended.
//!
//! The words are known to the model as tokens, in many forms. The usual ones of each phrase are looked up beforehand
//! and masked before the filters of [`sampling`](crate::sampling) see them, so that the likelihood goes to what remains.
//! But a byte-level vocabulary can spell a word in many ways; so the text is what decides, and every token that was
//! taken is asked once more.
//!
//! Limits hold for the text that is written, not for the prompt before it.

mod bans;
mod fold;

use raconteur_core::generate::{Constraints, GenerateError};

use crate::stream::TextStream;
use bans::Bans;
use fold::Folded;

/// [`Constraints`] made ready for a vocabulary. One for all candidates of a request.
#[derive(Debug, Clone)]
pub struct Limits {
    bans: Bans,
    stops: Vec<String>,
    min_new_tokens: usize,
    end_of_text: Option<u32>,
}

impl Limits {
    /// `encode` gives the tokens of a text; `end_of_text` is masked until `min_new_tokens` are written.
    ///
    /// # Errors
    /// [`GenerateError::Config`] when a stop string or a banned phrase is empty: it would match everywhere.
    pub fn new(
        constraints: &Constraints,
        min_new_tokens: usize,
        end_of_text: Option<u32>,
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
        let bans = Bans::new(&constraints.banned, encode);
        Ok(Self { bans, stops: constraints.stop.clone(), min_new_tokens, end_of_text })
    }

    /// The stop strings.
    pub fn stops(&self) -> &[String] {
        &self.stops
    }
}

/// Where one candidate stands with its [`Limits`].
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// The text and what of it may be shown.
    pub stream: TextStream,
    /// The tokens.
    pub ids: Vec<u32>,
    folded: Folded,
    scratch: String,
}

impl Written {
    /// Fills `masked` with tokens that may not come next and are known without asking [`allows`](Self::allows) for all.
    pub fn mask<'a>(&mut self, limits: &Limits, bytes: &dyn Fn(u32) -> &'a [u8], masked: &mut Vec<u32>) {
        masked.clear();
        if self.ids.len() < limits.min_new_tokens {
            masked.extend(limits.end_of_text);
        }
        let Self { ids, stream, folded, scratch, .. } = self;
        limits.bans.propose(ids, &mut |id| {
            if breaks_ban(&limits.bans, stream, folded, scratch, bytes(id)) {
                masked.push(id);
            }
        });
    }

    /// Whether a token with these bytes may come next: it completes no banned phrase, and no stop string too early.
    pub fn allows(&mut self, limits: &Limits, bytes: &[u8]) -> bool {
        let too_early = self.ids.len() < limits.min_new_tokens;
        let Self { stream, folded, scratch, .. } = self;
        !(breaks_ban(&limits.bans, stream, folded, scratch, bytes)
            || too_early && stream.would_stop(bytes, &limits.stops, scratch))
    }

    /// Takes a token in. True when it completes a stop string.
    pub fn push(&mut self, limits: &Limits, id: u32, bytes: &[u8]) -> bool {
        self.ids.push(id);
        if !limits.bans.is_empty() {
            self.scratch.clear();
            self.stream.preview(bytes, &mut self.scratch);
            self.folded.push_str(&self.scratch);
        }
        self.stream.push(bytes, &limits.stops)
    }

    /// New text that may be shown.
    pub fn take(&mut self, limits: &Limits) -> String {
        self.stream.take(&limits.stops)
    }
}

fn breaks_ban(bans: &Bans, stream: &TextStream, folded: &mut Folded, scratch: &mut String, bytes: &[u8]) -> bool {
    if bans.is_empty() {
        return false;
    }
    scratch.clear();
    stream.preview(bytes, scratch);
    let before = folded.len();
    folded.push_str(scratch);
    let found = bans.found_after(folded, before);
    folded.truncate(before);
    found
}

#[cfg(test)]
mod tests;
