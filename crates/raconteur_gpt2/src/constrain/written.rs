//! One candidate's text: what it is, what of it may be shown, what may come next.

use std::sync::Arc;

use raconteur_core::sentence::find_end_outside_quotes;

use super::Limits;
use super::automaton::State;
use super::bans::Bans;
use super::fold::Folded;
use super::masks::Masks;
use super::trie::Bits;
use crate::stream::TextStream;

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
    state: Progress,
    folded: Folded,
    scratch: String,
}

/// How far a text has come with what the masks are for.
#[derive(Debug, Clone, Copy, Default)]
enum Progress {
    /// Nothing is written.
    #[default]
    Start,
    /// Something is.
    Allowed(State),
    /// Something that is not allowed.
    Refused,
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

    /// The tokens that names and pattern allow next, if there are any: the others are masked too. Some with a stop
    /// string in them are refused all the same, when they are [asked](Self::allows) for.
    pub fn within(&self, limits: &Limits) -> Option<Arc<Bits>> {
        limits.masks.as_ref().map(|masks| masks.after(self.state(masks)))
    }

    /// Whether a token with these bytes may come next. It completes no banned phrase and no unknown name, leads towards
    /// the pattern, and ends the text only where it may end.
    pub fn allows(&mut self, limits: &Limits, bytes: &[u8]) -> bool {
        let too_early = self.ids.len() < limits.min_new_tokens;
        let Self { stream, folded, scratch, .. } = self;
        if banned_from(&limits.bans, stream, folded, scratch, bytes).is_some() {
            return false;
        }
        let masks = limits.masks.as_deref();
        if too_early || masks.is_some() {
            let stop = stream.stop_after(bytes, &limits.stops, scratch);
            if stop.is_some() && too_early {
                return false;
            }
            // The text before the stop string may be shorter than it is now.
            if let (Some((from, stop)), Some(masks)) = (stop, masks) {
                let before = &stream.text()[..stop.min(stream.text().len())];
                let more = scratch.get(stream.text().len() - from..stop - from).unwrap_or_default();
                return masks.may_end_behind(&[before, more]);
            }
        }
        if let Some(masks) = masks {
            let next = self.state(masks).and_then(|state| masks.automaton.read(state, bytes));
            if !next.is_some_and(|state| masks.automaton.may_pause(state)) {
                return false;
            }
        }
        !(too_early && self.would_end(limits, bytes))
    }

    /// Whether a token with these bytes would complete a banned phrase, and where that begins. `None` too for a token
    /// that [`allows`](Self::allows) refuses for another reason.
    pub fn refusal(&mut self, limits: &Limits, bytes: &[u8]) -> Option<Refused> {
        let Self { stream, folded, scratch, .. } = self;
        let from = banned_from(&limits.bans, stream, folded, scratch, bytes)?;
        Some(Refused { phrase_start_token: self.token_of(from) })
    }

    /// Takes a token in. True when the text ends with it: it completes a stop string, the pattern, or begins what comes
    /// behind the last sentence. The text then ends where it should, not with the token.
    pub fn push(&mut self, limits: &Limits, id: u32, bytes: &[u8]) -> bool {
        self.ids.push(id);
        self.marks.push(Mark { folded: self.folded.len(), open: self.open });
        if !limits.bans.is_empty() {
            self.scratch.clear();
            self.stream.preview(bytes, &mut self.scratch);
            self.folded.push_str(&self.scratch);
        }
        self.stream.push(bytes, &limits.stops);
        if let Some(masks) = &limits.masks {
            let next = self.state(masks).and_then(|state| masks.automaton.read(state, bytes));
            self.state = next.map_or(Progress::Refused, Progress::Allowed);
        }
        if !self.stream.stopped() {
            if let Some(end) = limits.last_sentence(self.stream.text(), false) {
                self.stream.end_at(end);
            } else if let (Some(masks), Progress::Allowed(state)) = (&limits.masks, self.state)
                && masks.automaton.is_over(state)
            {
                self.stream.end_at(self.stream.text().len());
            }
        }
        self.open = self.open(limits);
        self.stream.stopped()
    }

    /// Whether the text is a whole one by its pattern. False where there is none: a text that has no way on has then
    /// come to a dead end, else to an end.
    pub fn is_complete(&self, limits: &Limits) -> bool {
        limits
            .masks
            .as_ref()
            .is_some_and(|masks| self.state(masks).is_some_and(|state| masks.automaton.is_complete(state)))
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
        // Behind what may be the last sentence only blanks stand.
        let settled = limits.last_sentence(self.stream.text(), true).map_or(settled, |end| settled.min(end));
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
        self.state = Progress::Start;
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

    fn state(&self, masks: &Masks) -> Option<State> {
        match self.state {
            Progress::Start => Some(masks.automaton.start()),
            Progress::Allowed(state) => Some(state),
            Progress::Refused => None,
        }
    }

    /// Whether a token with these bytes would end the text behind a sentence.
    fn would_end(&mut self, limits: &Limits, bytes: &[u8]) -> bool {
        if limits.sentences.is_none() {
            return false;
        }
        let Self { stream, scratch, .. } = self;
        scratch.clear();
        scratch.push_str(stream.text());
        stream.preview(bytes, scratch);
        limits.last_sentence(scratch, false).is_some()
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

impl Limits {
    /// Where the last of the sentences ends that a text may have, if it has so many.
    fn last_sentence(&self, text: &str, complete: bool) -> Option<usize> {
        let most = self.sentences?;
        let mut count = 0;
        find_end_outside_quotes(text, complete, |end| {
            count += 1;
            count >= most.get() && self.masks.as_ref().is_none_or(|masks| masks.may_end_behind(&[&text[..end]]))
        })
    }
}

impl Masks {
    /// Whether a text may end.
    fn may_end_behind(&self, text: &[&str]) -> bool {
        let start = self.automaton.start();
        let end = text.iter().try_fold(start, |state, text| self.automaton.read(state, text.as_bytes()));
        end.is_some_and(|state| self.automaton.may_end(state))
    }
}
