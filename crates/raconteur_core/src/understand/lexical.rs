//! Words and letters that a text has in common with each of several others.

use std::collections::HashSet;

use super::Choosable;
use crate::judge::{Stemmer, words};

/// Words that say little about what somebody wants to do, however rare they are among the choices.
const FUNCTION_WORDS: &[&str] = &[
    "a",
    "about",
    "all",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "been",
    "but",
    "by",
    "can",
    "could",
    "d",
    "did",
    "do",
    "does",
    "don",
    "for",
    "from",
    "had",
    "has",
    "have",
    "he",
    "her",
    "here",
    "him",
    "his",
    "how",
    "i",
    "if",
    "im",
    "in",
    "into",
    "is",
    "it",
    "its",
    "just",
    "let",
    "lets",
    "like",
    "ll",
    "m",
    "me",
    "my",
    "now",
    "of",
    "on",
    "or",
    "our",
    "out",
    "please",
    "re",
    "really",
    "s",
    "she",
    "should",
    "so",
    "some",
    "something",
    "t",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "they",
    "this",
    "to",
    "up",
    "us",
    "ve",
    "want",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "why",
    "will",
    "with",
    "would",
    "you",
    "your",
];

/// Chinese characters that say as little.
const FUNCTION_CHARACTERS: &str =
    "的地得了着过是不没有在我你您他她它们这那哪什么也都就还又再把被给对从到为上下里个只吗呢吧啊呀要想去来请和与跟";

/// What a function word weighs; other words weigh at most 1, by how rare they are among the choices.
const FUNCTION_WEIGHT: f32 = 0.15;
/// Share of the letter trigrams from which two words may be one, misspelt.
const TYPO: f32 = 0.4;
/// Fewest letters of a word that may be misspelt: short ones are too near each other.
const TYPO_LETTERS: usize = 4;

/// What each choice has in common with `said`, 0 to 1: the geometric mean of how much of the words' weight stands in the
/// choice, and how much of the choice's stands in the words. Of label and authored text the nearer counts.
pub(super) fn in_common(said: &str, choices: &[Choosable<'_>], stemmer: Stemmer) -> Vec<f32> {
    let split = |text: &str| split(text, stemmer);
    let texts: Vec<[Vec<Word>; 2]> = choices.iter().map(|choice| [split(choice.label), split(choice.say)]).collect();
    let weight = |word: &Word| {
        if word.function {
            return FUNCTION_WEIGHT;
        }
        let has = |texts: &&[Vec<Word>; 2]| texts.iter().flatten().any(|other| other.stem == word.stem);
        let (all, having) = (choices.len().max(1) as f32, texts.iter().filter(has).count().max(1) as f32);
        (1.0 + all / having).ln() / (1.0 + all).ln()
    };
    let said = split(said);
    let covered = |of: &[Word], by: &[Word]| {
        let (mut found, mut sum) = (0.0, 0.0);
        for word in of {
            let likeness = by.iter().map(|other| word.likeness(other)).fold(0.0, f32::max);
            found += weight(word) * likeness;
            sum += weight(word);
        }
        if sum > 0.0 { found / sum } else { 0.0 }
    };
    let common = |text: &[Word]| (covered(&said, text) * covered(text, &said)).sqrt();
    texts.iter().map(|[label, say]| common(label).max(common(say))).collect()
}

/// A word that is compared.
struct Word {
    stem: String,
    function: bool,
    /// Runs of three letters, with the edges of the word; empty for words that are compared as a whole.
    trigrams: HashSet<[char; 3]>,
}

impl Word {
    /// 1 for two forms of one word, less for words that look alike, else 0.
    fn likeness(&self, other: &Self) -> f32 {
        if self.stem == other.stem {
            return 1.0;
        }
        if self.trigrams.is_empty() || other.trigrams.is_empty() {
            return 0.0;
        }
        let shared = self.trigrams.intersection(&other.trigrams).count() as f32;
        let dice = 2.0 * shared / (self.trigrams.len() + other.trigrams.len()) as f32;
        if dice >= TYPO { dice } else { 0.0 }
    }
}

fn split(text: &str, stemmer: Stemmer) -> Vec<Word> {
    let mut all: Vec<Word> = Vec::new();
    for word in words::words(text) {
        let function = FUNCTION_WORDS.contains(&word.as_str()) || FUNCTION_CHARACTERS.contains(word.as_str());
        let stem = stemmer.stem(&word);
        if all.iter().any(|other| other.stem == stem) {
            continue;
        }
        let letters: Vec<char> = format!(" {word} ").chars().collect();
        let misspelt = !function && letters.len() >= TYPO_LETTERS + 2;
        let trigrams = if misspelt { letters.windows(3).map(|w| [w[0], w[1], w[2]]).collect() } else { HashSet::new() };
        all.push(Word { stem, function, trigrams });
    }
    all
}
