//! A list of words and phrases to look for.

use std::collections::HashMap;

use super::words;

/// Words and phrases by the first of their words, as they are compared: folded, or by stems.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Phrases(HashMap<String, Vec<Vec<String>>>);

impl Phrases {
    /// The phrases of a list, their words made comparable by `form`.
    pub(super) fn new<'a>(phrases: impl IntoIterator<Item = &'a str>, form: impl Fn(&str) -> String) -> Self {
        let mut by_first: HashMap<String, Vec<Vec<String>>> = HashMap::new();
        for phrase in phrases {
            let words: Vec<String> = words::words(phrase).iter().map(|word| form(word)).collect();
            if let Some(first) = words.first() {
                by_first.entry(first.clone()).or_default().push(words);
            }
        }
        Self(by_first)
    }

    /// Takes out the phrases that stand in a text of these words, in the same form.
    pub(super) fn release(&mut self, words: &[String]) {
        for (at, word) in words.iter().enumerate() {
            if let Some(phrases) = self.0.get_mut(word) {
                phrases.retain(|phrase| !words[at..].starts_with(phrase));
            }
        }
    }

    /// The first place in `words`, in the same form, at which one of the phrases stands, and its length in words.
    pub(super) fn find(&self, words: &[String]) -> Option<(usize, usize)> {
        words.iter().enumerate().find_map(|(at, word)| {
            let phrases = self.0.get(word)?;
            let longest = phrases.iter().filter(|phrase| words[at..].starts_with(phrase)).map(Vec::len).max()?;
            Some((at, longest))
        })
    }
}
