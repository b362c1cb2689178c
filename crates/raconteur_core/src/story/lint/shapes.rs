//! G17 a pattern that cannot be used, G18 a pattern that keeps a must word out, G19 a strength of guidance that is none.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use super::Linter;
use super::words::{Asked, all};
use crate::pattern::{Pattern, PatternState};
use crate::story::format::Guide;

/// Below, guidance drowns what it is to bring out; above, it breaks the language.
const SCALE: RangeInclusive<f32> = 0.5..=3.0;

pub(super) fn check(linter: &mut Linter) {
    for (index, (id, policy)) in linter.story.policies.iter().enumerate() {
        let place = linter.places.entry("policies", index);
        if let Some(Err(error)) = policy.pattern.as_ref().map(|source| Pattern::parse(source)) {
            linter.error("G17", place.field("pattern"), format!("policy '{id}': {error}")).help =
                Some("see the syntax of the regex crate; leave out look-around and back-references".to_owned());
        }
        let (Guide::Neutral { scale } | Guide::Away { scale, .. }) = &policy.guide else { continue };
        if !SCALE.contains(scale) {
            let message =
                format!("policy '{id}' guides with scale {scale}; it goes from {} to {}", SCALE.start(), SCALE.end());
            linter.error("G19", place.field("guide"), message).help = Some("1 is none, 1.2 to 1.5 is usual".to_owned());
        }
    }
    for asked in all(linter) {
        kept_out(linter, &asked);
    }
}

/// G18.
fn kept_out(linter: &mut Linter, asked: &Asked) {
    let policy = linter.story.policies.get(asked.policy);
    let Some(Ok(pattern)) = policy.and_then(|policy| policy.pattern.as_ref()).map(|source| Pattern::parse(source))
    else {
        return;
    };
    let states = reachable(&pattern, [pattern.start()]);
    for (group, alternatives) in asked.must.iter().enumerate() {
        // Words without letters are for others to report.
        if alternatives.is_empty() || alternatives.iter().any(|word| can_hold(&pattern, &states, word)) {
            continue;
        }
        let list = alternatives.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let message = format!(
            "'{}' must say one of [{list}], and no text that matches the pattern of policy '{}' has one",
            asked.id, asked.policy
        );
        linter.error("G18", asked.word(group, 0), message).help = Some(format!(
            "let the pattern allow it, or take it out of {}; as it is, nothing can be shown",
            asked.field
        ));
    }
}

/// Whether some text that matches has the word, in one of its usual cases.
fn can_hold(pattern: &Pattern, states: &HashSet<PatternState>, word: &str) -> bool {
    let mut letters = word.chars();
    let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    [word.to_owned(), word.to_lowercase(), word.to_uppercase(), capital].iter().any(|word| {
        let ends =
            states.iter().filter_map(|&state| word.bytes().try_fold(state, |state, byte| pattern.next(state, byte)));
        reachable(pattern, ends).into_iter().any(|state| pattern.may_end(state))
    })
}

/// The states that a text can come to.
fn reachable(pattern: &Pattern, from: impl IntoIterator<Item = PatternState>) -> HashSet<PatternState> {
    let mut open: Vec<PatternState> = from.into_iter().collect();
    let mut seen: HashSet<PatternState> = open.iter().copied().collect();
    while let Some(state) = open.pop() {
        for next in (0..=255).filter_map(|byte| pattern.next(state, byte)) {
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    seen
}
