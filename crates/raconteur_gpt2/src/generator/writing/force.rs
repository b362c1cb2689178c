//! Words that have to be said, written in at the last chance.
//!
//! While a text is written, the model's own log-probability of each missing word is noted at each place where a word may
//! begin. A text that would end without one goes back to the place where it was likeliest, behind everything that was
//! forced before; the word is written there, and the text goes on from it. So each group is forced at most once, and a
//! text ends.

use raconteur_core::generate::FinishReason;
use raconteur_core::judge::words::{contains, is_word_char, words};
use raconteur_core::sentence::last_end_outside_quotes;

use crate::arithmetic::log_sum_exp;
use crate::constrain::Written;

/// Tokens that may follow a forced word although the text is as long as it was to become: enough to end a sentence.
pub(super) const AFTER: usize = 12;

/// What the first place of a sentence has to be better by than all others, in nats: what begins with the word reads as a
/// label ("Wet the bell."), and behind another sentence as a fragment ("I have to see it. Stair.").
///
/// This and the next were chosen by what `tests/must.rs` measures: ember, 7 prompts of The Drowned Bell, 336 texts. In nats
/// a byte after their prompts, so that what is forced counts with what it leads to, texts without any forcing have 0.57,
/// and with it 0.69 when only the first token counts (0 for both), 0.68 with a nat here, 0.63 with 4 nats for each more
/// token beside it, 0.62 with 3 and 4, and no less with more. (Measured with the price on the first sentence alone.)
const FIRST: f32 = 3.0;

/// What each token of a form behind its first one costs, in nats. Only the first one's log-probability is known: " B" of
/// " Bell" is likely wherever a sentence begins, whatever becomes of it.
const MORE: f32 = 4.0;

/// What a place inside a word of the text costs, in nats: it is only taken where there is no other.
const INSIDE: f32 = 100.0;

/// Groups of words or phrases, of each of which one has to be said, in tokens.
#[derive(Debug, Default)]
pub(in super::super) struct Musts {
    groups: Vec<Vec<String>>,
    forms: Vec<Form>,
}

/// A way to write an alternative.
#[derive(Debug)]
struct Form {
    group: usize,
    tokens: Vec<u32>,
    /// With a space before it.
    spaced: bool,
    stands: Stands,
    /// Whether no letter may follow: not so in scripts that put no spaces between words.
    whole: bool,
}

/// Where a form is written as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Anywhere,
    /// Where a sentence begins.
    First,
    /// Everywhere else.
    Inside,
}

impl Musts {
    /// `encode` gives the tokens of a text.
    pub fn new(groups: &[Vec<String>], encode: &mut dyn FnMut(&str) -> Vec<u32>) -> Self {
        let mut forms = Vec::new();
        for (group, alternatives) in groups.iter().enumerate() {
            for word in alternatives.iter().map(|word| word.trim()).filter(|word| !words(word).is_empty()) {
                let whole = !is_unspaced(word);
                let capital = capitalised(word);
                let cases = if capital == word {
                    vec![(word.to_owned(), Stands::Anywhere)]
                } else {
                    vec![(word.to_owned(), Stands::Inside), (capital, Stands::First)]
                };
                for (text, stands) in cases {
                    for spaced in [true, false] {
                        let tokens = if spaced { encode(&format!(" {text}")) } else { encode(&text) };
                        if !tokens.is_empty() {
                            forms.push(Form { group, tokens, spaced, stands, whole });
                        }
                    }
                }
            }
        }
        Self { groups: groups.to_vec(), forms }
    }

    /// Whether nothing has to be said.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Tokens to keep free behind a text: what is forced into one that has its full length, and [`AFTER`] more.
    pub fn room(&self) -> usize {
        let longest = |group| self.forms.iter().filter(|form| form.group == group).map(|form| form.tokens.len()).max();
        (0..self.groups.len()).filter_map(longest).map(|longest| longest + AFTER).sum()
    }

    /// Whether one of a group is said, by the rule that judges the text afterwards.
    fn is_said(&self, group: usize, words: &[String]) -> bool {
        self.groups[group].iter().any(|word| contains(words, word))
    }
}

/// Whether a script is written without spaces between words, as the rules on texts see it.
fn is_unspaced(word: &str) -> bool {
    word.chars().any(|c| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase())
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// How a candidate stands with its [`Musts`].
#[derive(Debug, Default)]
pub(super) struct Forcing {
    notes: Vec<Note>,
    /// Groups that have been forced.
    forced: Vec<usize>,
    /// Tokens of the text that stay: all that was forced, and what is before it.
    stays: usize,
    /// Length in bytes of the text with a forced word that must end there, as long as nothing follows it.
    ends: Option<usize>,
}

/// How likely the model would have written a form at a place.
#[derive(Debug, Clone, Copy)]
struct Note {
    /// Tokens of the text before it.
    at: usize,
    form: usize,
    logprob: f32,
    /// A sentence begins here.
    first: bool,
    /// The text went on with the word before it.
    inside: bool,
}

/// A word to be written at a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan<'a> {
    pub at: usize,
    pub tokens: &'a [u32],
    group: usize,
    whole: bool,
}

impl Plan<'_> {
    /// Whether a text says what it is for.
    pub fn is_said(&self, musts: &Musts, text: &str) -> bool {
        musts.is_said(self.group, &words(text))
    }
}

impl Forcing {
    /// Fewest tokens that a cut of the text has to keep.
    pub fn stays(&self) -> usize {
        self.stays
    }

    /// Number of words that were forced.
    pub fn count(&self) -> usize {
        self.forced.len()
    }

    /// Whether these bytes may follow: they do not go on with a word that was forced.
    pub fn allows(&self, written: &Written, bytes: &[u8], scratch: &mut String) -> bool {
        if self.ends != Some(written.stream.text().len()) {
            return true;
        }
        scratch.clear();
        written.stream.preview(bytes, scratch);
        // Half a character might become a letter.
        scratch.chars().next().is_some_and(|c| !is_word_char(c))
    }

    /// Notes how likely the missing words are at the end of the text. `logits` are the model's own, `[vocab_size]`;
    /// `allowed` says whether a token may come next.
    pub fn note(
        &mut self,
        musts: &Musts,
        written: &mut Written,
        logits: &[f32],
        allowed: &mut dyn FnMut(&mut Written, u32) -> bool,
    ) {
        if musts.is_empty() {
            return;
        }
        let said = words(written.stream.text());
        let missing = |group: &usize| !self.forced.contains(group) && !musts.is_said(*group, &said);
        let missing: Vec<usize> = (0..musts.groups.len()).filter(missing).collect();
        if missing.is_empty() {
            return;
        }
        let Some(mut place) = Place::behind(written) else { return };
        // A word that was forced ends here.
        place.apart = self.ends == Some(written.stream.text().len());
        let normaliser = log_sum_exp(logits);
        let at = written.ids.len();
        for (index, form) in musts.forms.iter().enumerate() {
            let Some(&first) = form.tokens.first() else { continue };
            let Some(&logit) = logits.get(first as usize) else { continue };
            let logprob = (f64::from(logit) - normaliser) as f32;
            if missing.contains(&form.group) && place.takes(form) && logprob.is_finite() && allowed(written, first) {
                self.notes.push(Note { at, form: index, logprob, first: place.first, inside: false });
            }
        }
    }

    /// The text goes on with these bytes: a place inside a word is none where another one begins.
    pub fn goes_on(&mut self, written: &Written, bytes: &[u8], scratch: &mut String) {
        let at = written.ids.len();
        if self.notes.last().is_none_or(|note| note.at != at) {
            return;
        }
        scratch.clear();
        written.stream.preview(bytes, scratch);
        let before = written.stream.text().chars().next_back();
        // Half a character may become a letter.
        if before.is_some_and(is_word_char) && scratch.chars().next().is_none_or(is_word_char) {
            self.notes.iter_mut().rev().take_while(|note| note.at == at).for_each(|note| note.inside = true);
        }
    }

    /// The text was cut to its first `len` tokens, and what comes next is to be sampled again.
    pub fn cut(&mut self, len: usize) {
        self.notes.retain(|note| note.at < len);
    }

    /// What may be forced into a text that would end for this reason with something missing, best first.
    pub fn plans<'a>(&self, musts: &'a Musts, text: &str, reason: FinishReason) -> Vec<Plan<'a>> {
        if musts.is_empty() {
            return Vec::new();
        }
        // Of a text that has reached its length the sentence that was not finished is left out when it is judged.
        let whole = if reason == FinishReason::Length { last_end_outside_quotes(text) } else { None };
        let said = words(whole.map_or(text, |end| &text[..end]));
        let worth = |note: &Note| {
            note.logprob
                - if note.first { FIRST } else { 0.0 }
                - MORE * (musts.forms[note.form].tokens.len() - 1) as f32
                - if note.inside { INSIDE } else { 0.0 }
        };
        let best = |group: usize| {
            let mut notes: Vec<Note> =
                self.notes.iter().filter(|n| musts.forms[n.form].group == group).copied().collect();
            notes.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(b.at.cmp(&a.at)).then(a.form.cmp(&b.form)));
            notes
        };
        let missing = (0..musts.groups.len()).filter(|g| !self.forced.contains(g) && !musts.is_said(*g, &said));
        let mut plans: Vec<Vec<Note>> = missing.map(best).filter(|notes| !notes.is_empty()).collect();
        // What has its place first goes first, so that the others can still have theirs.
        plans.sort_by_key(|notes| notes[0].at);
        plans
            .concat()
            .into_iter()
            .map(|note| {
                let Form { group, tokens, whole, .. } = &musts.forms[note.form];
                Plan { at: note.at, tokens, group: *group, whole: *whole }
            })
            .collect()
    }

    /// A plan was carried out: `written` ends with its word.
    pub fn done(&mut self, plan: Plan<'_>, written: &Written) {
        self.notes.clear();
        self.forced.push(plan.group);
        self.stays = written.ids.len();
        self.ends = plan.whole.then(|| written.stream.text().len());
    }
}

/// What stands before a word that may be forced.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// A space can come.
    spaced: bool,
    /// A word can come without one.
    bare: bool,
    /// A sentence begins.
    first: bool,
    /// A word has to end here.
    apart: bool,
}

impl Place {
    /// The end of a text; `None` when it ends inside a character.
    fn behind(written: &Written) -> Option<Self> {
        let mut space = String::new();
        written.stream.preview(b" ", &mut space);
        if space != " " {
            return None;
        }
        let text = written.stream.text();
        let last = text.chars().next_back();
        let said = text.trim_end_matches(|c: char| c.is_whitespace() || "\"'\u{201d}\u{2019})]".contains(c));
        Some(Self {
            spaced: last.is_none_or(|c| !c.is_whitespace()),
            bare: last.is_none_or(|c| c.is_whitespace() || "\"'\u{201c}\u{2018}([-\u{2013}\u{2014}".contains(c)),
            first: said.is_empty() || said.ends_with(['.', '!', '?', '\u{2026}']),
            apart: false,
        })
    }

    fn takes(self, form: &Form) -> bool {
        let stands = match form.stands {
            Stands::Anywhere => true,
            Stands::First => self.first,
            Stands::Inside => !self.first,
        };
        // Without spaces between words there is a place behind each of them.
        stands && if form.spaced { self.spaced } else { self.bare || !(form.whole || self.apart) }
    }
}
