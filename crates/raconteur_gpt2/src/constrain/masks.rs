//! Masks over the vocabulary: for each state of a text the tokens that may come next, one bit a token.
//!
//! A mask is made when its state is first met, by a walk of the vocabulary's trie through the automaton, and kept with
//! it for every text and request that has the same names, pattern and stops. A story has a few hundred states: in a
//! word, before a word, at each letter of each name. So after the first lines a token costs a look-up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::automaton::{Automaton, State};
use super::trie::{Bits, Trie};

/// Bytes of masks after which all are made anew: 650 of the published vocabulary, 8,000 of one of 4,096 tokens.
const MOST: usize = 4 << 20;

/// The masks of one automaton over one vocabulary.
#[derive(Debug)]
pub(super) struct Masks {
    pub automaton: Automaton,
    trie: Arc<Trie>,
    end_of_text: Option<u32>,
    /// Texts with which a text ends, by their first bytes: `(first byte, bytes)`.
    stops: Vec<(u8, Vec<u8>)>,
    made: Mutex<HashMap<State, Arc<Bits>>>,
    /// For a text that is not allowed itself.
    none: Arc<Bits>,
}

impl Masks {
    pub fn new(automaton: Automaton, trie: Arc<Trie>, end_of_text: Option<u32>, stops: &[String]) -> Self {
        let stops = stops.iter().filter_map(|stop| Some((*stop.as_bytes().first()?, stop.as_bytes().to_vec())));
        let none = Arc::new(trie.none());
        Self { automaton, trie, end_of_text, stops: stops.collect(), made: Mutex::default(), none }
    }

    /// What may come behind a text, by its state; nothing behind one that is not allowed. Of tokens with a stop string
    /// in them some are among these that may not come: those that complete it together with the text before.
    pub fn after(&self, state: Option<State>) -> Arc<Bits> {
        let Some(state) = state else { return Arc::clone(&self.none) };
        let made = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bits) = made().get(&state) {
            return Arc::clone(bits);
        }
        let bits = Arc::new(self.make(state));
        let mut made = made();
        if (made.len() + 1) * bits.bytes() > MOST {
            made.clear();
        }
        made.insert(state, Arc::clone(&bits));
        bits
    }

    fn make(&self, state: State) -> Bits {
        let mut bits = self.trie.none();
        let mut stopping = self.trie.none();
        if self.automaton.may_end(state) {
            bits.add(self.end_of_text.as_slice());
        }
        self.trie.walk(
            state,
            // Where the text may end a stop string may come, and whatever a token has behind it: that is dropped.
            &mut |node, byte, state| {
                if self.stops.iter().any(|&(first, _)| first == byte) && self.automaton.may_end(state) {
                    for (_, stop) in self.stops.iter().filter(|&&(first, _)| first == byte) {
                        stopping.add(self.trie.tokens_with(node, stop));
                    }
                }
            },
            |state, byte| self.automaton.next(state, byte),
            &mut |ids, state| {
                if self.automaton.may_pause(state) {
                    bits.add(ids);
                }
            },
        );
        bits.join(&stopping);
        bits
    }
}
