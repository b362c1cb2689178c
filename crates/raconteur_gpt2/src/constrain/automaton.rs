//! What a text may be, as one automaton over its bytes: the names in it, and the pattern that it has to match.

use raconteur_core::judge::KnownNames;
use raconteur_core::pattern::{Pattern, PatternState};

use super::names::{NameState, NameTree};
use super::partial::Partial;

/// Reads bytes and says no as soon as nothing allowed can come of them.
#[derive(Debug)]
pub(super) struct Automaton {
    names: Option<NameTree>,
    pattern: Option<Pattern>,
}

/// How far a text has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// Always [`NameState::Word`] where names are free.
    names: NameState,
    /// The character that has begun. Only kept for the names.
    partial: Partial,
    pattern: PatternAt,
}

/// How far a text has come in the pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum PatternAt {
    /// There is none.
    Free,
    /// Before its first byte.
    Start {
        /// One blank may stand before it: prompts end in "Mara:", so a text begins with a space.
        blank: bool,
    },
    /// In it.
    In(PatternState),
}

impl Automaton {
    pub fn new(names: Option<&KnownNames>, pattern: Option<&Pattern>) -> Self {
        Self { names: names.map(NameTree::new), pattern: pattern.cloned() }
    }

    /// The state before a text.
    pub fn start(&self) -> State {
        State {
            names: self.names.as_ref().map_or(NameState::Word, NameTree::start),
            partial: Partial::default(),
            pattern: if self.pattern.is_some() { PatternAt::Start { blank: true } } else { PatternAt::Free },
        }
    }

    /// The state behind one more byte; `None` when nothing that goes on so is allowed.
    pub fn next(&self, state: State, byte: u8) -> Option<State> {
        let pattern = match (&self.pattern, state.pattern) {
            (None, at) => at,
            (Some(_), PatternAt::Start { blank: true }) if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') => {
                PatternAt::Start { blank: false }
            }
            (Some(pattern), at) => PatternAt::In(pattern.next(in_pattern(pattern, at), byte)?),
        };
        let State { mut names, mut partial, .. } = state;
        if let Some(tree) = &self.names {
            partial.push(byte, &mut |c| {
                names = tree.next(names, c)?;
                Some(())
            })?;
        }
        Some(State { names, partial, pattern })
    }

    /// The state behind some bytes.
    pub fn read(&self, state: State, bytes: &[u8]) -> Option<State> {
        bytes.iter().try_fold(state, |state, &byte| self.next(state, byte))
    }

    /// Whether a token may end here: the character that it begins can become one that is allowed.
    pub fn may_pause(&self, state: State) -> bool {
        let Some(tree) = &self.names else { return true };
        state.partial.bytes().is_empty() || tree.may_begin(state.names, state.partial)
    }

    /// Whether the text may end here.
    pub fn may_end(&self, state: State) -> bool {
        self.names.as_ref().is_none_or(|tree| tree.may_end(state.names))
            && self.pattern.as_ref().is_none_or(|pattern| pattern.may_end(in_pattern(pattern, state.pattern)))
    }

    /// Whether the text has to end here, since the pattern is complete and nothing longer matches.
    pub fn is_over(&self, state: State) -> bool {
        self.pattern.as_ref().is_some_and(|pattern| {
            let at = in_pattern(pattern, state.pattern);
            self.may_end(state) && !pattern.goes_on(at)
        })
    }

    /// Whether the pattern, which there is, is complete here.
    pub fn is_complete(&self, state: State) -> bool {
        self.pattern.is_some() && self.may_end(state)
    }
}

fn in_pattern(pattern: &Pattern, at: PatternAt) -> PatternState {
    match at {
        PatternAt::Free | PatternAt::Start { .. } => pattern.start(),
        PatternAt::In(state) => state,
    }
}
