//! What a vocabulary gives to limits: its trie, and what has been made of it for the limits that were asked for lately.

use std::sync::{Arc, Mutex, PoisonError};

use raconteur_core::generate::{Constraints, GenerateError};
use raconteur_core::judge::KnownNames;
use raconteur_core::pattern::Pattern;

use super::Limits;
use super::automaton::Automaton;
use super::masks::Masks;
use super::trie::Trie;

/// Sets of limits that are kept: a story has a few policies, and each line the labels of its own speakers.
const KEPT: usize = 16;

/// A vocabulary as limits see it. Remembers what it made, so that a policy is compiled once for all its lines.
#[derive(Debug, Default)]
pub struct Lexicon {
    trie: Arc<Trie>,
    end_of_text: Option<u32>,
    limits: Recent<(Constraints, usize), Limits>,
    masks: Recent<(Option<KnownNames>, Option<Pattern>, Vec<String>), Masks>,
}

impl Lexicon {
    /// The lexicon of the tokens below `size`; `end_of_text` is not one that text is made of.
    pub fn new<'a>(size: usize, bytes: &dyn Fn(u32) -> &'a [u8], end_of_text: Option<u32>) -> Self {
        Self { trie: Arc::new(Trie::new(size, bytes, end_of_text)), end_of_text, ..Self::default() }
    }

    /// The same vocabulary without what it remembers.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self { trie: Arc::clone(&self.trie), end_of_text: self.end_of_text, ..Self::default() }
    }

    /// The token that ends a text.
    pub fn end_of_text(&self) -> Option<u32> {
        self.end_of_text
    }

    /// Limits that are ready, from the last time or anew. `encode` gives the tokens of a text.
    ///
    /// # Errors
    /// Those of [`Limits::new`].
    pub fn limits(
        &self,
        constraints: &Constraints,
        min_new_tokens: usize,
        encode: &mut dyn FnMut(&str) -> Vec<u32>,
    ) -> Result<Arc<Limits>, GenerateError> {
        self.limits.get(
            |(known, least)| known == constraints && *least == min_new_tokens,
            || Ok(((constraints.clone(), min_new_tokens), Limits::new(constraints, min_new_tokens, self, encode)?)),
        )
    }

    /// The masks for names and pattern, if there are any. None without a vocabulary of bytes: there is no text then.
    pub(super) fn masks(&self, constraints: &Constraints) -> Option<Arc<Masks>> {
        let Constraints { names, pattern, stop, .. } = constraints;
        if names.is_none() && pattern.is_none() || self.trie.is_empty() {
            return None;
        }
        let made: Result<_, std::convert::Infallible> = self.masks.get(
            |key| (&key.0, &key.1, &key.2) == (names, pattern, stop),
            || {
                let automaton = Automaton::new(names.as_ref(), pattern.as_ref());
                let masks = Masks::new(automaton, Arc::clone(&self.trie), self.end_of_text, stop);
                Ok(((names.clone(), pattern.clone(), stop.clone()), masks))
            },
        );
        made.ok()
    }
}

/// Values by their keys, the last used first.
#[derive(Debug)]
struct Recent<K, V>(Mutex<Vec<(K, Arc<V>)>>);

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K, V> Recent<K, V> {
    fn get<E>(&self, is: impl Fn(&K) -> bool, make: impl FnOnce() -> Result<(K, V), E>) -> Result<Arc<V>, E> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = match kept.iter().position(|(key, _)| is(key)) {
            Some(at) => kept.remove(at),
            None => {
                let (key, value) = make()?;
                kept.truncate(KEPT - 1);
                (key, Arc::new(value))
            }
        };
        let value = Arc::clone(&entry.1);
        kept.insert(0, entry);
        Ok(value)
    }
}
