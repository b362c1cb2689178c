//! S02 a way to nowhere, S03 not exactly one way on, S04 the start and the ends.

use super::Linter;
use super::place::Place;
use crate::story::suggest::did_you_mean;

pub(super) fn check(linter: &mut Linter) {
    targets(linter);
    ways_on(linter);
    start_and_ends(linter);
}

/// S02.
fn targets(linter: &mut Linter) {
    for (_, choice, place) in linter.choices() {
        target(linter, format!("choice '{}'", choice.id), &choice.to, place.field("to"));
    }
    for (_, outcome, place) in linter.outcomes() {
        target(linter, format!("outcome '{}'", outcome.id), &outcome.to, place.field("to"));
    }
    for (id, beat, place) in linter.beats() {
        if let Some(next) = &beat.next {
            target(linter, format!("beat '{id}'"), next, place.field("next"));
        }
    }
}

fn target(linter: &mut Linter, who: String, to: &str, place: Place) {
    if linter.story.beats.contains(to) {
        return;
    }
    let help = did_you_mean(to, linter.story.beats.ids())
        .unwrap_or_else(|| format!("add it: beats: {{ \"{to}\": (lines: [..], end: true) }}"));
    linter.error("S02", place, format!("{who} goes to '{to}', which is no beat")).help = Some(help);
}

/// S03.
fn ways_on(linter: &mut Linter) {
    for (id, beat, place) in linter.beats() {
        let ways: Vec<&str> = [
            ("choices", !beat.choices.is_empty() || beat.otherwise.is_some()),
            ("slot", beat.slot.is_some()),
            ("next", beat.next.is_some()),
            ("end", beat.end),
        ]
        .into_iter()
        .filter_map(|(name, there)| there.then_some(name))
        .collect();
        match ways.as_slice() {
            [_] => {
                if beat.slot.as_ref().is_some_and(|slot| slot.outcomes.is_empty()) {
                    linter.error("S03", place.field("slot"), format!("the slot of '{id}' has no outcomes")).help =
                        Some("add outcomes: [(id: \"..\", to: \"..\", say: \"..\")]".to_owned());
                }
            }
            [] => {
                linter.error("S03", place.key(), format!("beat '{id}' has no way to go on")).help =
                    Some("add choices: [..], slot: (..), next: \"..\" or end: true".to_owned());
            }
            several => {
                let message = format!("beat '{id}' has {} ways to go on ({})", several.len(), several.join(" and "));
                let spans: Vec<_> =
                    several.iter().filter(|way| place.has(way)).map(|way| place.field(way).key()).collect();
                let found = linter.error("S03", place.key(), message);
                found.help = Some("give it exactly one of choices, slot, next, end".to_owned());
                for span in spans {
                    *found = found.clone().label(span, "one way");
                }
            }
        }
    }
}

/// S04.
fn start_and_ends(linter: &mut Linter) {
    let story = linter.story;
    let root = linter.places.root();
    if !story.beats.contains(&story.start) {
        let help = did_you_mean(&story.start, story.beats.ids())
            .or_else(|| story.beats.ids().next().map(|first| format!("the first beat of the file is '{first}'")));
        let found = linter.error("S04", root.field("start"), format!("start beat '{}' does not exist", story.start));
        found.help = help.or_else(|| Some("add beats: {..}".to_owned()));
    }
    for (index, id) in story.ends.iter().enumerate() {
        let place = root.field("ends").item(index);
        match story.beats.get(id) {
            Some(beat) if beat.end => {}
            Some(_) => {
                let beat = story.beats.position(id).map(|index| linter.places.entry("beats", index).key());
                let found = linter.error("S04", place, format!("ends lists '{id}', which is not marked end: true"));
                found.help = Some("mark the beat with end: true, or take it out of ends".to_owned());
                if let Some(beat) = beat {
                    *found = found.clone().label(beat, "this beat goes on");
                }
            }
            None => {
                let help = did_you_mean(id, story.beats.ids());
                linter.error("S04", place, format!("ends lists '{id}', which is no beat")).help =
                    help.or_else(|| Some("add the beat, or take it out of ends".to_owned()));
            }
        }
    }
}
