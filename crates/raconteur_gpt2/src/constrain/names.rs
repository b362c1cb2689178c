//! Names as an automaton over characters: a word that begins with a capital inside a sentence has to be a known one.
//!
//! It says no to what [`KnownNames::first_unknown`] finds inside a sentence, and to nothing else: at the start of a
//! sentence anything may stand. A word is refused with the first character with which it can become no name any more,
//! and where it ends before it has become one.

use std::sync::OnceLock;

use raconteur_core::judge::words::{folded, is_word_char};
use raconteur_core::judge::{KnownNames, Place};

use super::partial::Partial;

/// The folded names as a trie of characters.
#[derive(Debug, Default)]
pub(super) struct NameTree {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// A name ends here.
    ends: bool,
    /// By character.
    next: Vec<(char, u32)>,
}

/// How far a text has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum NameState {
    /// Between two words; whether the next one is the first of its sentence.
    Between { opens: bool },
    /// In a word that need not be a name.
    Word,
    /// In a word that has to become a name.
    Name(u32),
}

const ROOT: u32 = 0;

impl NameTree {
    pub fn new(names: &KnownNames) -> Self {
        let mut tree = Self { nodes: vec![Node::default()] };
        for name in names.anywhere() {
            let mut at = ROOT as usize;
            for c in name.chars() {
                let new = tree.nodes.len();
                at = match tree.nodes[at].next.binary_search_by_key(&c, |&(c, _)| c) {
                    Ok(found) => tree.nodes[at].next[found].1 as usize,
                    Err(place) => {
                        tree.nodes[at].next.insert(place, (c, new as u32));
                        tree.nodes.push(Node::default());
                        new
                    }
                };
            }
            tree.nodes[at].ends = true;
        }
        tree
    }

    /// The state before a text.
    pub fn start(&self) -> NameState {
        NameState::Between { opens: true }
    }

    /// The state behind one more character; `None` where there is an unknown name.
    pub fn next(&self, state: NameState, c: char) -> Option<NameState> {
        if is_word_char(c) {
            return match state {
                NameState::Between { opens: false } if c.is_uppercase() => self.step(ROOT, c).map(NameState::Name),
                NameState::Between { .. } | NameState::Word => Some(NameState::Word),
                NameState::Name(at) => self.step(at, c).map(NameState::Name),
            };
        }
        let place = match state {
            NameState::Between { opens } => Place::Between { opens },
            // What is behind a word does not depend on where it stands.
            NameState::Word => Place::Word { opens: false },
            NameState::Name(_) => self.may_end(state).then_some(Place::Word { opens: false })?,
        };
        match place.after(c) {
            Place::Between { opens } => Some(NameState::Between { opens }),
            Place::Word { .. } => Some(NameState::Word),
        }
    }

    /// Whether the text may end here.
    pub fn may_end(&self, state: NameState) -> bool {
        match state {
            NameState::Between { .. } | NameState::Word => true,
            NameState::Name(at) => self.nodes[at as usize].ends,
        }
    }

    /// Whether a character that begins so may come.
    pub fn may_begin(&self, state: NameState, partial: Partial) -> bool {
        let NameState::Name(at) = state else { return true };
        let node = &self.nodes[at as usize];
        let fits = |c: char| c.encode_utf8(&mut [0; 4]).as_bytes().starts_with(partial.bytes());
        let goes_on = node.next.iter().any(|&(next, _)| {
            let fits = |c: char| fits(c) && self.step(at, c).is_some();
            fits(next) || unfolded(next).any(fits)
        });
        // Accents of their own do not count, and may stand in any name.
        goes_on || ('\u{300}'..='\u{36f}').any(fits) || node.ends && partial.completions().any(|c| !is_word_char(c))
    }

    fn step(&self, from: u32, c: char) -> Option<u32> {
        folded(c).try_fold(from, |at, c| {
            let next = &self.nodes[at as usize].next;
            next.binary_search_by_key(&c, |&(c, _)| c).ok().map(|found| next[found].1)
        })
    }
}

/// The characters whose folded form begins with `first`, but for itself.
fn unfolded(first: char) -> impl Iterator<Item = char> {
    /// (first folded character, character), sorted.
    static ALL: OnceLock<Vec<(char, char)>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        // No character beyond has two cases (Unicode 16, DerivedCoreProperties: Changes_When_Lowercased).
        let mut all: Vec<(char, char)> = ('\0'..='\u{1ffff}')
            .filter_map(|c| folded(c).next().filter(|&first| first != c).map(|first| (first, c)))
            .collect();
        all.sort_unstable();
        all
    });
    let from = all.partition_point(|&(key, _)| key < first);
    all[from..].iter().take_while(move |&&(key, _)| key == first).map(|&(_, c)| c)
}
