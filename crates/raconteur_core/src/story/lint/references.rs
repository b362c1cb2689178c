//! S07: an id that names nothing. Beats as targets are S02's, speakers S06's, facts K06's.

use std::collections::HashSet;

use super::Linter;
use super::place::Place;
use crate::story::format::Gen;
use crate::story::suggest::did_you_mean;

pub(super) fn check(linter: &mut Linter) {
    lines(linter);
    outcomes(linter);
    places(linter);
    groups(linter);
    scopes(linter);
    game(linter);
}

/// `unsure` names a line or a storylet.
fn lines(linter: &mut Linter) {
    let texts: HashSet<&str> = linter.spoken().iter().map(|spoken| spoken.id).collect();
    for spoken in linter.spoken() {
        if let Some(Gen::Answer { unsure, .. }) = spoken.generate
            && !texts.contains(unsure.as_str())
        {
            let message = format!("'{}' falls back to line '{unsure}', which does not exist", spoken.id);
            let help = did_you_mean(unsure, texts.iter().copied())
                .unwrap_or_else(|| format!("write unsure: \"{}\" to fall back to the line itself", spoken.id));
            linter.error("S07", spoken.place.field("gen").field("unsure"), message).help = Some(help);
        }
    }
}

/// `always` names outcomes of its own slot.
fn outcomes(linter: &mut Linter) {
    for (beat, slot, place) in linter.slots() {
        for (index, id) in slot.always.iter().enumerate() {
            let outcomes = slot.outcomes.iter().map(|outcome| outcome.id.as_str());
            if outcomes.clone().any(|outcome| outcome == id) {
                continue;
            }
            let message = format!("slot of '{beat}' always offers '{id}', which is none of its outcomes");
            let help = did_you_mean(id, outcomes).unwrap_or_else(|| "name an outcome of this slot".to_owned());
            linter.error("S07", place.field("always").item(index), message).help = Some(help);
        }
    }
}

fn places(linter: &mut Linter) {
    for (id, beat, place) in linter.beats() {
        if let Some(named) = &beat.place {
            named_place(linter, &format!("beat '{id}' is at"), named, place.field("place"));
        }
    }
}

fn groups(linter: &mut Linter) {
    for (index, (id, character)) in linter.story.cast.iter().enumerate() {
        let list = linter.places.entry("cast", index).field("groups");
        for (index, group) in character.groups.iter().enumerate() {
            named_group(linter, &format!("'{id}' is in"), group, list.item(index));
        }
    }
}

fn scopes(linter: &mut Linter) {
    let story = linter.story;
    for (index, (id, lore)) in story.lore.iter().enumerate() {
        let Some(scope) = &lore.scope else { continue };
        let place = linter.places.entry("lore", index).field("scope");
        let whose = format!("the scope of '{id}' names");
        for (index, who) in scope.who.iter().enumerate() {
            if !story.cast.contains(who) {
                let help = did_you_mean(who, story.cast.ids())
                    .unwrap_or_else(|| format!("add them: cast: {{ \"{who}\": (name: \"..\") }}"));
                let message = format!("{whose} '{who}', who is nobody of cast:");
                linter.error("S07", place.field("who").item(index), message).help = Some(help);
            }
        }
        for (index, group) in scope.groups.iter().enumerate() {
            named_group(linter, &whose, group, place.field("groups").item(index));
        }
        for (index, named) in scope.places.iter().enumerate() {
            named_place(linter, &whose, named, place.field("places").item(index));
        }
        for (index, beat) in scope.beats.iter().enumerate() {
            if !story.beats.contains(beat) {
                let help = did_you_mean(beat, story.beats.ids())
                    .unwrap_or_else(|| "name a beat of the story, or take it out of the scope".to_owned());
                let message = format!("{whose} '{beat}', which is no beat");
                linter.error("S07", place.field("beats").item(index), message).help = Some(help);
            }
        }
    }
}

/// The variables that the game reads or sets.
fn game(linter: &mut Linter) {
    let story = linter.story;
    let place = linter.places.root().field("game");
    for (field, names) in [("reads", &story.game.reads), ("writes", &story.game.writes)] {
        for (index, name) in names.iter().enumerate() {
            if !story.vars.contains(name) {
                let help = did_you_mean(name, story.vars.ids())
                    .unwrap_or_else(|| format!("declare it in vars:, or take it out of {field}"));
                let message = format!("the game {field} '{name}', which is no variable of vars:");
                linter.error("S07", place.field(field).item(index), message).help = Some(help);
            }
        }
    }
}

fn named_place(linter: &mut Linter, whose: &str, id: &str, place: Place) {
    let places = &linter.story.places;
    if !places.contains(id) {
        let help = did_you_mean(id, places.ids())
            .unwrap_or_else(|| format!("add it: places: {{ \"{id}\": (name: \"..\", setting: \"..\") }}"));
        linter.error("S07", place, format!("{whose} '{id}', which is no place of places:")).help = Some(help);
    }
}

fn named_group(linter: &mut Linter, whose: &str, id: &str, place: Place) {
    let groups = &linter.story.groups;
    if !groups.contains(id) {
        let help = did_you_mean(id, groups.ids())
            .unwrap_or_else(|| format!("add it: groups: {{ \"{id}\": (name: \"..\", knows: []) }}"));
        linter.error("S07", place, format!("{whose} '{id}', which is no group of groups:")).help = Some(help);
    }
}
