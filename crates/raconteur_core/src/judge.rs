//! Rules for generated texts: pure functions that clean a text, or say what is wrong with it.
//!
//! ```text
//! raw text -> garbage? -> cut at a speaker label -> one clean line -> cut at a sentence end -> words, names, copies
//! ```
//! Bans are kept by the sampler too, where tokens allow it; here they are checked again on the string, which decides.

mod authored;
mod clean;
mod content;
mod drift;
mod meta;
mod modern;
mod names;
mod numbers;
mod phrases;
mod place;
mod player;
mod rejection;
mod repeats;
mod secrets;
mod stem;
mod support;
pub mod words;

pub(crate) use content::content;
pub(crate) use drift::Gist;
pub use drift::{Near, distance};
pub use meta::MetaTalk;
pub use modern::ModernWords;
pub use names::KnownNames;
pub use place::Place;
pub use rejection::Rejection;
pub use repeats::said_hash;
pub use stem::Stemmer;
pub use support::Support;

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;

use crate::generate::FinishReason;
use crate::pattern::Pattern;
use crate::sentence::{end_of_sentence, last_end_outside_quotes, sentence_ends};

pub(crate) use clean::{is_invisible, unwrap_quotes};
pub(crate) use numbers::spelled;

/// Share of the 4-grams of a text above which it is a copy of an example or of a recent line.
const COPIED_SHARE: f32 = 0.5;

/// What a generated text has to keep to. The default accepts anything that has a letter and does not loop.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    /// Of each group one word or phrase has to stand in the text. Whole words, in any case.
    pub must: Vec<Vec<String>>,
    /// Words and phrases that may not stand in it. Whole words, in any case; a possessive counts.
    pub must_not: Vec<String>,
    /// Words and phrases of what the speaker hides or does not know: they may not stand in it in whatever form.
    pub secrets: Vec<String>,
    /// The language of the text, for forms of words.
    pub stemmer: Stemmer,
    /// The language is written in Chinese characters or kana: most letters have to be such.
    pub unspaced: bool,
    /// When given, talk that steps out of the story is found.
    pub meta: Option<MetaTalk>,
    /// When given, words of a later age are found.
    pub modern: Option<ModernWords>,
    /// Names of the player, "You" too: the text does not tell what they say and do. Empty when the player or a narrator
    /// speaks.
    pub player: Vec<String>,
    /// When given, the text is an answer, and rests on facts.
    pub support: Option<Support>,
    /// When given, capitalised words have to be known; see [`KnownNames::first_unknown`].
    pub names: Option<KnownNames>,
    /// Names of speakers: `Name:` inside a text ends it, at its start rejects it.
    pub labels: Vec<String>,
    /// Examples of style, which may not be copied.
    pub shots: Vec<String>,
    /// The last lines that this speaker showed, newest first: neither six words in a row of one of them come again, nor
    /// half of the 4-grams of the last three.
    pub recent: Vec<String>,
    /// Hashes of what this speaker has ever shown, see [`said_hash`]: it does not come again word for word.
    pub said: Vec<u32>,
    /// Texts whose words may come again all the same: the facts of the prompt, the goal.
    pub free: Vec<String>,
    /// The line to reword: saying it as it stands is no rewording. Empty when there is none.
    pub say: String,
    /// Fewest characters.
    pub min_chars: usize,
    /// The text has to end with a sentence; one that does not is cut at its last sentence end.
    pub sentence_end: bool,
    /// When given, the text may not stray further from another one: a rumor from how it was heard.
    pub near: Option<Near>,
    /// `None` for text of one line, where newlines become spaces; else the most lines that it may have, 0 for any number.
    pub max_lines: Option<usize>,
    /// Most sentences outside of quotations: a text that goes on is cut behind so many. `None` for any number.
    pub sentences: Option<NonZeroUsize>,
    /// When given, the whole text has to match it; then it is not cut at its last sentence end.
    pub pattern: Option<Pattern>,
}

impl Rules {
    /// The text as it may be shown: one clean line (or [`max_lines`](Self::max_lines) of them), cut where somebody else begins to speak and, when it was cut off
    /// or has to end with a sentence, at its last sentence end outside of a quotation.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn judge(&self, raw: &str, reason: FinishReason) -> Result<String, Rejection> {
        if reason == FinishReason::DeadEnd {
            return Err(Rejection::DeadEnd);
        }
        if raw.trim().is_empty() {
            return Err(Rejection::Empty);
        }
        if clean::is_garbage(raw) {
            return Err(Rejection::Garbage);
        }
        // Labels are looked for before the newlines go, which tell where a turn begins, and again in the clean line,
        // where a name that was spread over two lines is one.
        let visible = clean::visible(raw);
        let before = self.before_label(&visible)?;
        let line = match self.max_lines {
            None => clean::one_line(before),
            Some(most) => clean::lines(before, most),
        };
        let mut text = self.before_label(&line)?.trim_end();
        if text.is_empty() {
            return Err(Rejection::Empty);
        }
        if !has_letter(text) {
            return Err(Rejection::Garbage);
        }
        // A text that matches its pattern is whole as it stands.
        let matches = |text: &str| self.pattern.as_ref().is_some_and(|pattern| pattern.matches(text));
        while !matches(text) {
            let mut cut = unwrap_quotes(text);
            if let Some(end) = self.sentences.and_then(|most| end_of_sentence(cut, most)) {
                cut = &cut[..end];
            }
            if reason == FinishReason::Length || self.sentence_end {
                cut = &cut[..last_end_outside_quotes(cut).ok_or(Rejection::NoSentenceEnd)?];
            }
            if cut == text {
                break;
            }
            text = cut;
        }
        if !has_letter(text) {
            return Err(Rejection::Garbage);
        }
        if let Some(pattern) = self.pattern.as_ref().filter(|pattern| !pattern.matches(text)) {
            return Err(Rejection::Pattern(pattern.source().to_owned()));
        }
        if text.chars().count() < self.min_chars {
            return Err(Rejection::TooShort);
        }
        let words = words::words(text);
        for group in &self.must {
            if !group.iter().any(|word| words::contains(&words, word)) {
                return Err(Rejection::Must(group.clone()));
            }
        }
        if let Some(near) = &self.near {
            let distance = distance(&near.text, text);
            if distance > near.most {
                return Err(Rejection::Strays { distance, most: near.most });
            }
        }
        self.judge_words(text, &words)?;
        if !self.say.is_empty() && words == words::words(&self.say) {
            return Err(Rejection::Repeats);
        }
        if !self.said.is_empty() && self.said.contains(&repeats::hash(&words)) {
            return Err(Rejection::Repeats);
        }
        if let Some(support) = &self.support {
            support.lacks(&words, self.stemmer)?;
        }
        Ok(text.to_owned())
    }

    /// Judges one more `sentence` of a text of which `so_far` has been shown: everything that can be told without the
    /// end of the text, so not `must`, `near`, `pattern`, `min_chars`, a missing sentence end, or
    /// whether an answer is about its facts.
    ///
    /// # Errors
    /// The first rule that the two together break.
    pub fn judge_sentence(&self, so_far: &str, sentence: &str) -> Result<(), Rejection> {
        if sentence.trim().is_empty() {
            return Err(Rejection::Empty);
        }
        if sentence.chars().any(|c| c == '\u{fffd}' || (is_invisible(c) && !c.is_whitespace())) {
            return Err(Rejection::Garbage);
        }
        let text = format!("{so_far}{sentence}");
        if let Some(label) = clean::find_label(&text, &self.labels).or_else(|| clean::find_turn(&text)) {
            return Err(Rejection::SpeakerLabel(label.name));
        }
        if !has_letter(&text) {
            return Err(Rejection::Garbage);
        }
        self.judge_words(&text, &words::words(&text))
    }

    fn before_label<'a>(&self, raw: &'a str) -> Result<&'a str, Rejection> {
        let known = clean::find_label(raw, &self.labels);
        let turn = clean::find_turn(raw);
        let label = match (known, turn) {
            (Some(known), Some(turn)) => Some(if turn.at < known.at { turn } else { known }),
            (known, turn) => known.or(turn),
        };
        let Some(label) = label else { return Ok(raw) };
        let before = &raw[..label.at];
        if before.trim().is_empty() { Err(Rejection::SpeakerLabel(label.name)) } else { Ok(before) }
    }

    /// The rules that hold for any part of a text.
    fn judge_words(&self, text: &str, words: &[String]) -> Result<(), Rejection> {
        if self.unspaced && !mostly_unspaced(text) {
            return Err(Rejection::OtherScript);
        }
        if let Some(banned) = self.must_not.iter().find(|banned| words::contains(words, banned)) {
            return Err(Rejection::Banned(banned.clone()));
        }
        if let Some(secret) = secrets::leak(words, &self.secrets, self.stemmer) {
            return Err(Rejection::Leaks(secret.to_owned()));
        }
        if let Some(meta) = self.meta.as_ref().and_then(|meta| meta.find(text, words)) {
            return Err(Rejection::Meta(meta));
        }
        if let Some(modern) = self.modern.as_ref().and_then(|modern| modern.find(words)) {
            return Err(Rejection::Anachronism(modern));
        }
        if let Some(told) = player::speaks_for(text, &self.player) {
            return Err(Rejection::SpeaksForPlayer(told));
        }
        if let Some(unknown) = self.names.as_ref().and_then(|names| names.first_unknown(text)) {
            return Err(Rejection::UnknownName(unknown));
        }
        if let Some(support) = &self.support {
            support.made_up(text, words, self.names.as_ref(), self.stemmer)?;
        }
        if is_copy(words, &self.shots) {
            return Err(Rejection::Copied);
        }
        let said_before = self.recent.iter().any(|line| words::words(line) == words);
        if said_before || is_copy(words, &self.recent[..self.recent.len().min(repeats::CLOSE)]) {
            return Err(Rejection::Repeats);
        }
        let free: Vec<&str> = self.free.iter().chain(self.must.iter().flatten()).map(String::as_str).collect();
        if repeats::repeats_run(words, &self.recent, &free) {
            return Err(Rejection::Repeats);
        }
        if loops(text, words) { Err(Rejection::Loops) } else { Ok(()) }
    }
}

fn mostly_unspaced(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    let (own, all) = letters.fold((0, 0), |(own, all), c| (own + usize::from(words::is_unspaced(c)), all + 1));
    own * 2 >= all
}

fn has_letter(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

/// Whether the words are those of one of `texts`, or more than half of their 4-grams stand in `texts`.
fn is_copy(words: &[String], texts: &[String]) -> bool {
    let texts: Vec<Vec<String>> = texts.iter().map(|text| words::words(text)).collect();
    texts.iter().any(|text| text == words)
        || words::shared_fours(words, &texts).is_some_and(|share| share > COPIED_SHARE)
}

/// Whether three words in a row come three times, or a sentence of three words and more comes twice; of words that are
/// single characters, five.
fn loops(text: &str, words: &[String]) -> bool {
    let run = words::in_a_row(words, 3);
    let mut threes: HashMap<&[String], u32> = HashMap::new();
    for three in words.windows(run) {
        let count = threes.entry(three).or_insert(0);
        *count += 1;
        if *count >= 3 {
            return true;
        }
    }
    let mut said: HashSet<Vec<String>> = HashSet::new();
    let mut from = 0;
    for end in sentence_ends(text).into_iter().chain([text.len()]) {
        let sentence = words::words(&text[from..end]);
        from = end;
        if sentence.len() >= run && !said.insert(sentence) {
            return true;
        }
    }
    false
}
