//! Patterns that a whole text has to match: small grammars for labels and slots.
//!
//! A [`Pattern`] is a regular expression in the syntax of the `regex` crate, as far as a finite automaton can read it
//! one byte at a time: no back-references, no look-around other than `^` and `$`, no Unicode `\b`, and no larger than
//! [`SIZE_LIMIT`]. So it can be asked while a text is written, byte by byte, whether anything can still become of it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use regex_automata::dfa::{Automaton, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;
use regex_automata::{Anchored, MatchKind};

/// Most bytes that the automaton of a pattern may take: one repeat of a Unicode class too many needs more.
pub const SIZE_LIMIT: usize = 1 << 20;

/// A pattern, compiled. Cheap to clone.
#[derive(Clone)]
pub struct Pattern(Arc<Compiled>);

struct Compiled {
    source: String,
    automaton: dense::DFA<Vec<u32>>,
    start: StateID,
    /// States that some match goes through or ends in, sorted. Of the automaton's own states many are not, since it
    /// sees the end of a match one byte late.
    live: Vec<StateID>,
}

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// It is no regular expression, or one that cannot be read byte by byte.
    #[error("the pattern '{pattern}' cannot be used: {what}")]
    Syntax {
        /// The pattern.
        pattern: String,
        /// What is wrong with it, by the library that reads it.
        what: String,
    },
    /// Its automaton takes more than [`SIZE_LIMIT`].
    #[error(
        "the pattern '{0}' is too large: use fewer or smaller counted repeats, and [a-z] instead of a class such as \\w"
    )]
    TooLarge(String),
    /// No text matches it.
    #[error("no text matches the pattern '{0}'")]
    Nothing(String),
}

/// How far a text has come in a [`Pattern`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PatternState(StateID);

impl Pattern {
    /// Reads a pattern. It stands for whole texts: `bells?` is "bell" or "bells", and nothing longer.
    ///
    /// # Errors
    /// [`PatternError`] says what is wrong with it.
    pub fn parse(source: &str) -> Result<Self, PatternError> {
        let wrong = |what: String| PatternError::Syntax { pattern: source.to_owned(), what };
        // Leftmost-first would stop at the first alternative that matches; all of them count here.
        let config = dense::Config::new()
            .match_kind(MatchKind::All)
            .start_kind(regex_automata::dfa::StartKind::Anchored)
            .dfa_size_limit(Some(SIZE_LIMIT))
            .determinize_size_limit(Some(4 * SIZE_LIMIT));
        let built = dense::Builder::new().configure(config).syntax(syntax::Config::new()).build(source);
        let automaton = built.map_err(|error| {
            if error.is_size_limit_exceeded() {
                PatternError::TooLarge(source.to_owned())
            } else {
                wrong(root_cause(&error))
            }
        })?;
        let start = automaton
            .universal_start_state(Anchored::Yes)
            .map_or_else(|| automaton.start_state(&start_of_text()).map_err(|error| wrong(error.to_string())), Ok)?;
        let live = live_states(&automaton, start);
        if live.binary_search(&start).is_err() {
            return Err(PatternError::Nothing(source.to_owned()));
        }
        Ok(Self(Arc::new(Compiled { source: source.to_owned(), automaton, start, live })))
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The state before the first byte.
    #[must_use]
    pub fn start(&self) -> PatternState {
        PatternState(self.0.start)
    }

    /// The state behind one more byte of UTF-8; `None` when no text that goes on from there matches.
    #[must_use]
    pub fn next(&self, state: PatternState, byte: u8) -> Option<PatternState> {
        let next = self.0.automaton.next_state(state.0, byte);
        self.0.live.binary_search(&next).is_ok().then_some(PatternState(next))
    }

    /// Whether a longer text matches too.
    #[must_use]
    pub fn goes_on(&self, state: PatternState) -> bool {
        (0..=u8::MAX).any(|byte| self.next(state, byte).is_some())
    }

    /// Whether the text may end here.
    #[must_use]
    pub fn may_end(&self, state: PatternState) -> bool {
        may_end(&self.0.automaton, state.0)
    }

    /// Whether the whole of a text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let end = text.bytes().try_fold(self.start(), |state, byte| self.next(state, byte));
        end.is_some_and(|state| self.may_end(state))
    }
}

fn may_end(automaton: &dense::DFA<Vec<u32>>, state: StateID) -> bool {
    automaton.is_match_state(automaton.next_eoi_state(state))
}

/// The states that can be reached and from which a match can be, sorted.
fn live_states(automaton: &dense::DFA<Vec<u32>>, start: StateID) -> Vec<StateID> {
    let mut before: HashMap<StateID, Vec<StateID>> = HashMap::from([(start, Vec::new())]);
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        let mut last = None;
        for next in (0..=u8::MAX).map(|byte| automaton.next_state(state, byte)) {
            // Neighbouring bytes mostly lead to the same state.
            if last.replace(next) == Some(next) || automaton.is_dead_state(next) || automaton.is_quit_state(next) {
                continue;
            }
            before.entry(next).or_insert_with(|| {
                open.push(next);
                Vec::new()
            });
            before.entry(next).or_default().push(state);
        }
    }
    let mut live = HashSet::new();
    open.extend(before.keys().filter(|&&state| may_end(automaton, state)));
    while let Some(state) = open.pop() {
        if live.insert(state) {
            open.extend(&before[&state]);
        }
    }
    let mut live: Vec<StateID> = live.into_iter().collect();
    live.sort();
    live
}

/// What the innermost error says.
fn root_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => root_cause(source),
        None => error.to_string(),
    }
}

fn start_of_text() -> regex_automata::util::start::Config {
    regex_automata::util::start::Config::new().anchored(Anchored::Yes)
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.source()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_has_to_match() {
        let pattern = Pattern::parse("(Ask|Tell) (her|him) about [a-z ]{3,20}\\.").unwrap();
        assert!(pattern.matches("Ask her about the bell."));
        for no in
            ["Ask her about the bell", "Ask her about a.", "So ask her about the bell.", "Ask her about the bell. "]
        {
            assert!(!pattern.matches(no), "{no}");
        }
        assert!(Pattern::parse("bell|bells").unwrap().matches("bells"), "a longer alternative counts too");
        assert!(Pattern::parse("é鐘?").unwrap().matches("é鐘"));
    }

    #[test]
    fn a_state_that_leads_nowhere_is_none() {
        let pattern = Pattern::parse("ab").unwrap();
        let a = pattern.next(pattern.start(), b'a').unwrap();
        assert!(!pattern.may_end(a));
        assert_eq!(pattern.next(a, b'x'), None);
        let b = pattern.next(a, b'b').unwrap();
        assert!(pattern.may_end(b) && !pattern.goes_on(b));
        assert_eq!(pattern.next(b, b'x'), None, "behind the end nothing comes");
        let longer = Pattern::parse("ab?").unwrap();
        let a = longer.next(longer.start(), b'a').unwrap();
        assert!(longer.may_end(a) && longer.goes_on(a));
        // "a" and something that no text can be.
        let split = Pattern::parse("b|a[^\\x00-\\x{10FFFF}]").unwrap();
        assert_eq!(split.next(split.start(), b'a'), None);
    }

    #[test]
    fn bad_patterns_say_why() {
        let unclosed = Pattern::parse("(a").unwrap_err().to_string();
        assert!(unclosed.contains("unclosed group"), "{unclosed}");
        assert!(matches!(Pattern::parse(r"\w{1,400}"), Err(PatternError::TooLarge(_))));
        assert!(matches!(Pattern::parse("[a&&b]"), Err(PatternError::Nothing(_) | PatternError::Syntax { .. })));
    }
}
