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
///
/// # Rolling back
/// A candidate is its tokens: after [`replay`](Self::replay) or [`rewind`](Self::rewind) everything here is as if only
/// these tokens had been [pushed](Self::push), but that text which was given out stays given out. So a cut keeps at
/// least [`given`](Self::given) tokens.
///
/// - [`take`](Self::take) gives out nothing of what may still become a stop string, and nothing from the token on with
///   which a banned phrase may begin. So [`refusal`](Self::refusal) never asks for a cut below [`given`](Self::given).
/// - Text that has ended is given out whole: who may want to cut it then takes it later.
/// - [`push`](Self::push) refuses nothing. Who writes tokens that were not sampled asks [`allows`](Self::allows) before
///   each of them.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// The text and what of it may be shown.
    pub stream: TextStream,
    /// The tokens.
    pub ids: Vec<u32>,
    /// Where the text stood before each token.
    marks: Vec<Mark>,
    /// Bytes that may be given out now.
    open: usize,
    folded: Folded,
    scratch: String,
}

/// Where a text stood.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// Its folded characters.
    folded: usize,
    /// Its bytes that could be given out. Never less than in a mark before.
    open: usize,
}

/// Why a token may not come next: it would complete a banned phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Index of the token with which the phrase begins, the number of tokens written where that is the refused one: a
    /// text that keeps as many tokens as this number says, and goes on with another token, does not hold the phrase. Of
    /// several phrases that end together the one that begins last.
    pub phrase_start_token: usize,
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
            if banned_from(&limits.bans, stream, folded, scratch, bytes(id)).is_some() {
                masked.push(id);
            }
        });
    }

    /// Whether a token with these bytes may come next: it completes no banned phrase, and no stop string too early.
    pub fn allows(&mut self, limits: &Limits, bytes: &[u8]) -> bool {
        let too_early = self.ids.len() < limits.min_new_tokens;
        let Self { stream, folded, scratch, .. } = self;
        !(banned_from(&limits.bans, stream, folded, scratch, bytes).is_some()
            || too_early && stream.would_stop(bytes, &limits.stops, scratch))
    }

    /// Whether a token with these bytes would complete a banned phrase, and where that begins. `None` too for a token
    /// that [`allows`](Self::allows) refuses for another reason.
    pub fn refusal(&mut self, limits: &Limits, bytes: &[u8]) -> Option<Refused> {
        let Self { stream, folded, scratch, .. } = self;
        let from = banned_from(&limits.bans, stream, folded, scratch, bytes)?;
        Some(Refused { phrase_start_token: self.token_of(from) })
    }

    /// Takes a token in. True when it completes a stop string.
    pub fn push(&mut self, limits: &Limits, id: u32, bytes: &[u8]) -> bool {
        self.ids.push(id);
        self.marks.push(Mark { folded: self.folded.len(), open: self.open });
        if !limits.bans.is_empty() {
            self.scratch.clear();
            self.stream.preview(bytes, &mut self.scratch);
            self.folded.push_str(&self.scratch);
        }
        let stopped = self.stream.push(bytes, &limits.stops);
        self.open = self.open(limits);
        stopped
    }

    /// New text that may be shown.
    pub fn take(&mut self) -> String {
        self.stream.take_before(self.open)
    }

    /// Bytes at the end of the text that [`take`](Self::take) does not give out yet.
    pub fn held_back(&self) -> usize {
        self.stream.text().len() - self.open
    }

    /// Bytes of the text that may be given out.
    fn open(&self, limits: &Limits) -> usize {
        let settled = self.stream.settled(&limits.stops);
        if self.stream.stopped() {
            return settled;
        }
        // What was held back with the tokens that a cut would leave has to stay held back: as a stop string, say.
        let cut = limits.bans.begun(&self.folded).and_then(|from| self.marks.get(self.token_of(from)));
        cut.map_or(settled, |mark| settled.min(mark.open))
    }

    /// The fewest tokens that a cut has to keep: whatever comes behind them, the text begins with what was given out.
    pub fn given(&self) -> usize {
        self.marks.partition_point(|mark| mark.open < self.stream.shown())
    }

    /// Reads a text anew. What was given out counts as given out: the tokens begin with those that held it.
    pub fn replay<'a>(&mut self, limits: &Limits, ids: &[u32], bytes: &dyn Fn(u32) -> &'a [u8]) {
        self.stream.restart();
        self.ids.clear();
        self.marks.clear();
        self.open = 0;
        self.folded.truncate(0);
        for &id in ids {
            self.push(limits, id, bytes(id));
        }
    }

    /// Forgets all but the first `len` tokens, of which there are at least [`given`](Self::given).
    pub fn rewind<'a>(&mut self, limits: &Limits, len: usize, bytes: &dyn Fn(u32) -> &'a [u8]) {
        let mut ids = std::mem::take(&mut self.ids);
        ids.truncate(len);
        self.replay(limits, &ids, bytes);
    }

    /// Index of the token that brought a folded character; the number of tokens for one that is still to come.
    fn token_of(&self, character: usize) -> usize {
        if character >= self.folded.len() {
            return self.ids.len();
        }
        // The first token begins at 0, so there is one before the point.
        self.marks.partition_point(|mark| mark.folded <= character).saturating_sub(1)
    }
}

/// Where a banned phrase begins, in folded characters, that these bytes would complete.
fn banned_from(
    bans: &Bans,
    stream: &TextStream,
    folded: &mut Folded,
    scratch: &mut String,
    bytes: &[u8],
) -> Option<usize> {
    if bans.is_empty() {
        return None;
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
