//! K01 a line may answer from what its speaker hides, K02 from what they do not know, K06 an unknown fact.

use super::place::Place;
use super::{Linter, Spoken};
use crate::story::format::{Character, Gen, Scope, Story};
use crate::story::suggest::did_you_mean;

pub(super) fn check(linter: &mut Linter) {
    for (index, (id, character)) in linter.story.cast.iter().enumerate() {
        let place = linter.places.entry("cast", index);
        for (field, facts) in [("knows", &character.knows), ("hides", &character.hides)] {
            for (index, fact) in facts.iter().enumerate() {
                exists(linter, &format!("'{id}' {field}"), fact, place.field(field).item(index));
            }
        }
    }
    for (index, (id, group)) in linter.story.groups.iter().enumerate() {
        let list = linter.places.entry("groups", index).field("knows");
        for (index, fact) in group.knows.iter().enumerate() {
            exists(linter, &format!("group '{id}' knows"), fact, list.item(index));
        }
    }
    for spoken in linter.spoken() {
        let place = spoken.place.field("gen");
        match spoken.generate {
            Some(Gen::Answer { from, .. }) => {
                for (index, fact) in from.iter().enumerate() {
                    told(linter, &spoken, fact, "answer from", place.field("from").item(index));
                }
            }
            Some(Gen::Rumor { of, .. }) => told(linter, &spoken, of, "retell", place.field("of")),
            Some(Gen::Pick { .. } | Gen::Vary(_) | Gen::Free(_)) | None => {}
        }
    }
}

/// K06.
fn exists(linter: &mut Linter, who: &str, fact: &str, place: Place) -> bool {
    let lore = &linter.story.lore;
    if lore.contains(fact) {
        return true;
    }
    let help = did_you_mean(fact, lore.ids())
        .unwrap_or_else(|| format!("add it: lore: {{ \"{fact}\": (says: \"..\", keys: [..]) }}"));
    linter.error("K06", place, format!("{who} '{fact}', which is no fact of lore:")).help = Some(help);
    false
}

/// K01 and K02.
fn told(linter: &mut Linter, spoken: &Spoken, fact: &str, does: &str, place: Place) {
    let (line, who) = (spoken.id, spoken.who);
    if !exists(linter, &format!("'{line}' may {does}"), fact, place) {
        return;
    }
    let story = linter.story;
    // Nobody hides or knows anything if they do not exist; S06 says so.
    let Some(character) = story.cast.get(who) else { return };
    if character.hides.iter().any(|hidden| hidden == fact) {
        linter.error("K01", place, format!("'{line}': {who} hides '{fact}' but this line may {does} it")).help =
            Some(format!("take '{fact}' out of the line, or out of hides of '{who}'"));
        return;
    }
    let scope = story.lore.get(fact).and_then(|lore| lore.scope.as_ref());
    if let Some(scope) = scope
        && let Some(outside) = outside(story, scope, spoken)
    {
        linter
            .error("K02", place, format!("'{line}': {who} cannot know '{fact}' here, because its scope is {outside}"))
            .help = Some(format!("widen the scope of '{fact}', or take it out of the line"));
    } else if !may_know(story, who, fact) {
        let groups = &character.groups;
        let or = if groups.is_empty() { String::new() } else { format!(" or of a group ({})", groups.join(", ")) };
        linter.error("K02", place, format!("'{line}': {who} does not know '{fact}'")).help =
            Some(format!("add \"{fact}\" to knows of '{who}'{or}, or take it out of the line"));
    }
}

/// Whether the speaker of a line may be shown a fact there.
pub(super) fn knows_here(story: &Story, spoken: &Spoken, fact: &str) -> bool {
    let hidden = |character: &Character| character.hides.iter().any(|hidden| hidden == fact);
    let Some(lore) = story.lore.get(fact) else { return false };
    story.cast.get(spoken.who).is_some_and(|character| !hidden(character))
        && may_know(story, spoken.who, fact)
        && lore.scope.as_ref().is_none_or(|scope| outside(story, scope, spoken).is_none())
}

/// Whether somebody knows a fact by themselves, by a group or by its scope. Where and when is not asked.
fn may_know(story: &Story, who: &str, fact: &str) -> bool {
    let Some(character) = story.cast.get(who) else { return false };
    let listed = |facts: &[String]| facts.iter().any(|known| known == fact);
    listed(&character.knows)
        || character.groups.iter().any(|group| story.groups.get(group).is_some_and(|group| listed(&group.knows)))
        || story
            .lore
            .get(fact)
            .is_some_and(|lore| lore.scope.as_ref().is_some_and(|scope| concerns(character, who, scope)))
}

/// Whether a scope is about somebody: its lists of people and groups, as far as they are not empty, have them.
fn concerns(character: &Character, who: &str, scope: &Scope) -> bool {
    (scope.who.is_empty() || scope.who.iter().any(|other| other == who))
        && (scope.groups.is_empty() || scope.groups.iter().any(|group| character.groups.contains(group)))
}

/// The part of a scope that a line stands outside of. A storylet stands nowhere, and may be told inside.
fn outside(story: &Story, scope: &Scope, spoken: &Spoken) -> Option<String> {
    let character = story.cast.get(spoken.who)?;
    let beat = spoken.beat;
    let place = beat.and_then(|beat| story.beats.get(beat)).and_then(|beat| beat.place.as_deref());
    let here = |list: &[String], id: Option<&str>| list.iter().any(|other| Some(other.as_str()) == id);
    if !scope.who.is_empty() && !here(&scope.who, Some(spoken.who)) {
        Some(format!("who: {}", scope.who.join(", ")))
    } else if !scope.groups.is_empty() && !scope.groups.iter().any(|group| character.groups.contains(group)) {
        Some(format!("groups: {}", scope.groups.join(", ")))
    } else if beat.is_some() && !scope.places.is_empty() && !here(&scope.places, place) {
        Some(format!("places: {}", scope.places.join(", ")))
    } else if beat.is_some() && !scope.beats.is_empty() && !here(&scope.beats, beat) {
        Some(format!("beats: {}", scope.beats.join(", ")))
    } else {
        None
    }
}
