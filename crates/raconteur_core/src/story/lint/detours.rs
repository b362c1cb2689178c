//! G03 a stop that ends prose too early, G14 readings of a detour that do not fit what it may change.

use super::Linter;
use crate::story::diagnostic::Severity;
use crate::story::expr::RangeEffect;
use crate::story::format::{Detour, Policy};
use crate::story::suggest::did_you_mean;

use super::place::Place;

pub(super) fn check(linter: &mut Linter) {
    for (beat, content, place) in linter.beats() {
        let Some(detour) = &content.detour else { continue };
        let place = place.field("detour");
        stops(linter, beat, detour, place);
        readings(linter, beat, detour, place);
    }
}

/// G03.
fn stops(linter: &mut Linter, beat: &str, detour: &Detour, place: Place) {
    if detour.max_lines == 1 {
        return;
    }
    let story = linter.story;
    let built_in = Policy::default();
    // A policy that does not exist is G10's.
    let named = story.policies.position(&detour.policy);
    let policy = match story.policies.get(&detour.policy) {
        Some(policy) => policy,
        None if detour.policy == "default" => &built_in,
        None => return,
    };
    let Some(at) = policy.stop.iter().position(|stop| stop == "\n") else { return };
    let most = match detour.max_lines {
        0 => "as many lines as it likes".to_owned(),
        most => format!("up to {most} lines"),
    };
    let message = format!(
        "the detour of '{beat}' may have {most}, but stop \"\\n\" of policy '{}' also ends '{}' after its first paragraph",
        detour.policy, detour.prompt
    );
    let stop = named.map(|index| linter.places.entry("policies", index)).filter(|policy| policy.has("stop"));
    let found = linter.report("G03", Severity::Warn, place, message);
    found.help = Some("give it a policy with stop: [\"\\n\\n\"], or write max_lines: 1".to_owned());
    if let Some(policy) = stop {
        *found = found.clone().label(policy.field("stop").item(at).value(), "this stop");
    }
}

/// G14.
fn readings(linter: &mut Linter, beat: &str, detour: &Detour, place: Place) {
    let reads = place.field("reads");
    for (index, (variable, sentences)) in detour.reads.iter().enumerate() {
        let here = reads.entry(index);
        let Some(effect) = detour.may.iter().find(|effect| effect.variable() == Some(variable)) else {
            let message = format!("the detour of '{beat}' reads '{variable}', which it may not change");
            let help = did_you_mean(variable, detour.may.iter().filter_map(RangeEffect::variable))
                .unwrap_or_else(|| format!("add it to may: [\"{variable} += -1..1\"], or take it out of reads"));
            linter.error("G14", here.key(), message).help = Some(help);
            continue;
        };
        let Some((low, high)) = effect.range() else { continue };
        let wanted = i128::from(high) - i128::from(low) + 1;
        let given = sentences.len();
        if i128::try_from(given).is_ok_and(|given| given == wanted) {
            continue;
        }
        let message = format!(
            "the detour of '{beat}' reads '{variable}' by {given} sentence{}, but \"{}\" has {wanted} value{}",
            if given == 1 { "" } else { "s" },
            effect.source(),
            if wanted == 1 { "" } else { "s" },
        );
        linter.error("G14", here, message).help =
            Some(format!("write one sentence for each value, from {low} to {high}, or narrow the range"));
    }
}
