//! L01 no authored text, L05 unknown slots.

use std::ops::Range;

use super::Linter;
use super::place::Place;
use crate::story::diagnostic::Severity;
use crate::story::format::Rank;
use crate::story::suggest::did_you_mean;
use crate::template::{Template, TemplateError};

/// Names for "did you mean"; whether a slot exists is for [`Template::parse`] to say.
const SLOTS: [&str; 15] = [
    "setting", "lore", "persona", "talks", "history", "listener", "heard", "speaker", "say", "goal", "topic",
    "stances", "premise", "recap", "n",
];

pub(super) fn check(linter: &mut Linter) {
    for (_, line, place) in linter.lines() {
        said(linter, "line", &line.id, &line.say, place);
    }
    for (_, choice, place) in linter.choices() {
        said(linter, "choice", &choice.id, &choice.say, place);
    }
    for (_, outcome, place) in linter.outcomes() {
        said(linter, "outcome", &outcome.id, &outcome.say, place);
    }
    for (storylet, place) in linter.storylets() {
        said(linter, "storylet", &storylet.id, &storylet.say, place);
    }
    for (index, (id, template)) in linter.story.prompts.iter().enumerate() {
        let place = linter.places.entry("prompts", index);
        prompt(linter, &format!("prompt '{id}'"), template, place);
    }
    for (index, (id, policy)) in linter.story.policies.iter().enumerate() {
        if let Rank::Pmi { null, .. } = &policy.rank {
            let place = linter.places.entry("policies", index).field("rank").field("null");
            prompt(linter, &format!("the null context of policy '{id}'"), null, place);
        }
    }
}

/// L01, and L05 for a text that a player reads.
fn said(linter: &mut Linter, what: &str, id: &str, say: &str, place: Place) {
    if say.trim().is_empty() {
        let message =
            format!("{what} '{id}' has no say:. Every text needs an authored version, also when it is generated");
        // Where it is there but empty, the caret goes to it; else to the object.
        linter.error("L01", place.field("say"), message).help =
            Some("add say: \"..\"; it is shown whenever the model is off, late or wrong".to_owned());
    }
    for range in braces(say) {
        let message = format!("{} in '{id}' is not a known slot", &say[range.clone()]);
        linter.report("L05", Severity::Warn, place.field("say").within(range), message).help =
            Some("a text is shown as it stands; take the braces away".to_owned());
    }
}

/// L05 for a template.
fn prompt(linter: &mut Linter, whose: &str, template: &str, place: Place) {
    // The reader stops at the first mistake; it is blotted out to find the next. Twenty are enough for one template.
    let mut rest = template.as_bytes().to_vec();
    for _ in 0..20 {
        let text = String::from_utf8_lossy(&rest).into_owned();
        let (at, message, help) = match Template::parse(&text) {
            Err(TemplateError::UnknownSlot { name, at }) => {
                let help = did_you_mean(&name, SLOTS).unwrap_or_else(|| format!("the slots are {}", SLOTS.join(", ")));
                (at, format!("{{{name}}} in {whose} is not a known slot"), help)
            }
            Err(TemplateError::BadCount { name, count, at }) => (
                at,
                format!("{{{name}:{count}}} in {whose} has no number"),
                format!("write {{{name}:3}} or {{{name}}}"),
            ),
            Err(TemplateError::Unbalanced { at }) => {
                let help = "write {{ or }} for a brace that is text".to_owned();
                (at, format!("a brace in {whose} has no partner"), help)
            }
            Ok(_) | Err(_) => return,
        };
        let close = text[at..].find('}').map_or(at + 1, |close| at + close + 1);
        linter.report("L05", Severity::Warn, place.within(at..close), message).help = Some(help);
        rest[at..close].fill(b' ');
    }
}

/// Every `{name}` or `{name:3}` of a text, with its braces.
fn braces(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let open = at + text[at..].find('{')?;
            at = open + 1;
            let close = at + text[at..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))?;
            if close > at && text[close..].starts_with('}') {
                return Some(open..close + 1);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_looks_like_a_slot() {
        let text = "{player} { no } {} {a{b:3}:{";
        assert_eq!(braces(text).map(|range| &text[range]).collect::<Vec<_>>(), ["{player}", "{b:3}"]);
    }

    #[test]
    fn suggests_slots_that_exist() {
        for name in SLOTS {
            assert!(Template::parse(&format!("{{{name}}}")).is_ok(), "{name}");
        }
    }
}
