//! K01 a line may answer from what its speaker hides, K02 from what they do not know, K06 an unknown fact.

use super::Linter;
use super::place::Place;
use crate::story::format::Gen;
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
    for spoken in linter.spoken() {
        let place = spoken.place.field("gen");
        match spoken.generate {
            Some(Gen::Answer { from, .. }) => {
                for (index, fact) in from.iter().enumerate() {
                    told(linter, spoken.id, spoken.who, fact, "answer from", place.field("from").item(index));
                }
            }
            Some(Gen::Rumor { of, .. }) => told(linter, spoken.id, spoken.who, of, "retell", place.field("of")),
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
fn told(linter: &mut Linter, line: &str, who: &str, fact: &str, does: &str, place: Place) {
    if !exists(linter, &format!("'{line}' may {does}"), fact, place) {
        return;
    }
    // Nobody hides or knows anything if they do not exist; S06 says so.
    let Some(character) = linter.story.cast.get(who) else { return };
    if character.hides.iter().any(|hidden| hidden == fact) {
        linter.error("K01", place, format!("'{line}': {who} hides '{fact}' but this line may {does} it")).help =
            Some(format!("take '{fact}' out of the line, or out of hides of '{who}'"));
    } else if !character.knows.iter().any(|known| known == fact) {
        linter.error("K02", place, format!("'{line}': {who} does not know '{fact}'")).help =
            Some(format!("add \"{fact}\" to knows of '{who}', or take it out of the line"));
    }
}
