//! L01 no authored text, L05 unknown slots.

use super::Linter;
use super::place::Place;
use super::slots::{PROMPT_SLOTS, slots};
use crate::story::diagnostic::Severity;
use crate::story::format::Rank;
use crate::story::suggest::did_you_mean;

pub(super) fn check(linter: &mut Linter) {
    for (_, line, place) in linter.lines() {
        said(linter, "line", &line.id, &line.say, place);
    }
    for (choice, place) in linter.choices() {
        said(linter, "choice", &choice.id, &choice.say, place);
    }
    for (outcome, place) in linter.outcomes() {
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
        // Where it is there but empty, the caret goes to it; else to the object.
        let span = if place.has("say") { place.field("say").value() } else { place.value() };
        linter
            .error(
                "L01",
                span,
                format!("{what} '{id}' has no say:. Every text needs an authored version, also when it is generated"),
            )
            .help = Some("add say: \"..\"; it is shown whenever the model is off, late or wrong".to_owned());
    }
    for (name, number, range) in slots(say) {
        let help = "a text is shown as it stands; take the braces away".to_owned();
        let whole = number.map_or_else(|| name.to_owned(), |number| format!("{name}:{number}"));
        linter
            .report(
                "L05",
                Severity::Warn,
                place.field("say").within(range),
                format!("{{{whole}}} in '{id}' is not a known slot"),
            )
            .help = Some(help);
    }
}

/// L05 for a template.
fn prompt(linter: &mut Linter, whose: &str, template: &str, place: Place) {
    for (name, number, range) in slots(template) {
        let known = PROMPT_SLOTS.iter().find(|(slot, _)| *slot == name);
        let (message, help) = match (known, number) {
            (None, _) => (
                format!("{{{name}}} in {whose} is not a known slot"),
                did_you_mean(name, PROMPT_SLOTS.iter().map(|(slot, _)| *slot))
                    .unwrap_or_else(|| format!("the slots are {}", PROMPT_SLOTS.map(|(slot, _)| slot).join(", "))),
            ),
            (Some((_, true)), Some(number)) if number.parse::<usize>().is_err() => {
                (format!("{{{name}:{number}}} in {whose} has no number"), format!("write {{{name}:3}}"))
            }
            (Some((_, false)), Some(number)) => {
                (format!("{{{name}:{number}}} in {whose}: '{name}' takes no number"), format!("write {{{name}}}"))
            }
            _ => continue,
        };
        linter.report("L05", Severity::Warn, place.within(range), message).help = Some(help);
    }
}
