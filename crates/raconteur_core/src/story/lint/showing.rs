//! G08 too few examples of a voice, G09 lines that keep the player waiting.

use super::Linter;
use crate::runner::PLAYER;
use crate::story::diagnostic::{Label, Severity};
use crate::story::format::{Gen, Policy, Writing};

/// Fewest examples of talk that the persona test can hold one back of and still show two.
const TALKS: usize = 3;
/// Longest time in milliseconds that several lines in a row may keep the player waiting.
const PATIENCE: u64 = 2000;
/// Most lines that a finding points at.
const SHOWN: usize = 3;

pub(super) fn check(linter: &mut Linter) {
    voices(linter);
    waiting(linter);
}

/// G08. Only where a story works with examples at all.
fn voices(linter: &mut Linter) {
    let story = linter.story;
    if story.cast.iter().all(|(_, character)| character.talks.is_empty()) {
        return;
    }
    let spoken = linter.spoken();
    for (index, (id, character)) in story.cast.iter().enumerate() {
        let written = |generate: Option<&Gen>| generate.is_some_and(|how| !matches!(how, Gen::Pick { .. }));
        let writes = spoken.iter().any(|spoken| spoken.who == id && written(spoken.generate));
        let count = character.talks.len();
        // A narrator has no partner to talk to, and the player's words are the player's.
        if !writes || count >= TALKS || character.name.trim().is_empty() || id == PLAYER {
            continue;
        }
        let place = linter.places.entry("cast", index);
        let span = if place.has("talks") { place.field("talks").key() } else { place.key() };
        let message = format!(
            "'{id}' has {count} talk{}; the persona test needs {TALKS} or more",
            if count == 1 { "" } else { "s" }
        );
        linter.report("G08", Severity::Info, span, message).help =
            Some("add examples of how they talk: talks: [(\"what is asked\", \"what they answer\")]".to_owned());
    }
}

/// G09: lines of which each waits for the one before, because its prompt has to hold what that one says.
fn waiting(linter: &mut Linter) {
    let story = linter.story;
    for (id, beat, place) in linter.beats() {
        // Runs of generated lines: while the player reads an authored one, the next is written.
        let mut run: Vec<(usize, u64)> = Vec::new();
        let mut worst: Vec<(usize, u64)> = Vec::new();
        for (index, line) in beat.lines.iter().enumerate() {
            match line.generate.as_ref().and_then(policy_name) {
                Some(name) => {
                    let policy = story.policies.get(name).or_else(|| story.policies.get("default"));
                    run.push((index, policy.map_or(Policy::default().budget_ms, |policy| policy.budget_ms)));
                }
                None => keep_longer(&mut worst, &mut run),
            }
        }
        keep_longer(&mut worst, &mut run);
        let all = total(&worst);
        let (Some(&(first, budget)), true) = (worst.first(), worst.len() > 1 && all > PATIENCE) else { continue };
        let same = worst.iter().all(|(_, other)| *other == budget);
        let sum = if same {
            format!("budget_ms {budget} x {} generated lines", worst.len())
        } else {
            format!("the budgets of {} generated lines in a row", worst.len())
        };
        let seconds = all as f64 / 1000.0;
        let message =
            format!("{sum} in '{id}' may show {seconds:.1} s of waiting; what is written ahead covers the first");
        let list = place.field("lines");
        // The first few show what is meant; a run may be as long as a beat.
        let next = worst.iter().skip(1).take(SHOWN).map(|(index, _)| list.item(*index).value());
        let labels = next.map(|span| Label { span, text: "waits for the line before".to_owned() }).collect();
        let found = linter.report("G09", Severity::Warn, list.item(first).field("gen"), message);
        found.help =
            Some("put an authored line between them, lower budget_ms, or move some into the next beat".to_owned());
        found.labels = labels;
    }
}

/// Keeps the run that takes longer, and begins a new one.
fn keep_longer(worst: &mut Vec<(usize, u64)>, run: &mut Vec<(usize, u64)>) {
    if total(run) > total(worst) {
        *worst = std::mem::take(run);
    }
    run.clear();
}

fn total(run: &[(usize, u64)]) -> u64 {
    run.iter().fold(0, |sum: u64, (_, budget)| sum.saturating_add(*budget))
}

/// The policy of a mode that is written while the player waits. An `Answer` waits for a question first.
fn policy_name(generate: &Gen) -> Option<&str> {
    match generate {
        Gen::Answer { .. } => None,
        Gen::Pick { policy, .. }
        | Gen::Rumor { policy, .. }
        | Gen::Vary(Writing { policy, .. })
        | Gen::Free(Writing { policy, .. }) => Some(policy),
    }
}
