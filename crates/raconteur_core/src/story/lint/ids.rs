//! S01 defined twice, S05 one id for two texts, S06 unknown speaker, S08 unknown format, S09 no id.

use std::collections::HashMap;

use super::Linter;
use super::place::Place;
use crate::story::format::FORMAT_VERSION;
use crate::story::suggest::did_you_mean;

pub(super) fn check(linter: &mut Linter) {
    let story = linter.story;
    if story.format == 0 || story.format > FORMAT_VERSION {
        let place = linter.places.root().field("format");
        linter
            .error(
                "S08",
                place,
                format!("format {} is not known; this version reads format {FORMAT_VERSION}", story.format),
            )
            .help = Some(format!("write format: {FORMAT_VERSION}, or update raconteur"));
    }
    twice(linter, "vars", "variable", story.vars.ids());
    twice(linter, "host", "host function", story.host.ids());
    twice(linter, "cast", "character", story.cast.ids());
    twice(linter, "groups", "group", story.groups.ids());
    twice(linter, "places", "place", story.places.ids());
    twice(linter, "lore", "fact", story.lore.ids());
    twice(linter, "prompts", "prompt", story.prompts.ids());
    twice(linter, "policies", "policy", story.policies.ids());
    twice(linter, "beats", "beat", story.beats.ids());
    twice(linter, "baked", "text of the baked variants", story.baked.ids());
    text_ids(linter);
    speakers(linter);
}

fn twice<'a>(linter: &mut Linter<'a>, table: &str, what: &str, ids: impl Iterator<Item = &'a str>) {
    let mut first = HashMap::new();
    for (index, id) in ids.enumerate() {
        let Some(&before) = first.get(id) else {
            first.insert(id, index);
            continue;
        };
        let other = linter.places.entry(table, before).key();
        let here = linter.places.entry(table, index).key();
        let message = format!("{what} '{id}' is defined twice (here and {}:{})", other.file, other.line);
        let found = linter.error("S01", here, message);
        found.help = Some("rename or delete one of them".to_owned());
        *found = found.clone().label(other, "first defined here");
    }
}

/// S05 and S09.
fn text_ids(linter: &mut Linter) {
    let mut ids: Vec<(&str, Option<&str>, Place)> = Vec::new();
    ids.extend(linter.lines().into_iter().map(|(beat, line, place)| (line.id.as_str(), Some(beat), place)));
    ids.extend(linter.choices().into_iter().map(|(beat, choice, place)| (choice.id.as_str(), Some(beat), place)));
    ids.extend(linter.outcomes().into_iter().map(|(beat, outcome, place)| (outcome.id.as_str(), Some(beat), place)));
    ids.extend(linter.storylets().into_iter().map(|(storylet, place)| (storylet.id.as_str(), None, place)));
    // In the order of reading, so that the second is the one to rename.
    ids.sort_by_key(|(_, _, place)| place.order());
    let whose = |beat: Option<&str>| beat.map_or_else(|| "the storylets".to_owned(), |beat| format!("'{beat}'"));
    let mut first: HashMap<&str, (Option<&str>, Place)> = HashMap::new();
    for (id, beat, place) in ids {
        if id.trim().is_empty() {
            let message = format!("a text in {} has no id; run `raconteur ids --write`", whose(beat));
            linter.error("S09", place.field("id"), message).help = Some(
                "or give it one yourself, such as id: \"ford_1\"; saves and translations know a text by it".to_owned(),
            );
            continue;
        }
        let Some(&(other, other_place)) = first.get(id) else {
            first.insert(id, (beat, place));
            continue;
        };
        let message = format!(
            "id '{id}' is used in {} and again in {}. Ids are translation keys and must be unique",
            whose(other),
            whose(beat)
        );
        let found = linter.error("S05", place.field("id"), message);
        found.help = Some("give the second one another id".to_owned());
        *found = found.clone().label(other_place.field("id").value(), "first used here");
    }
}

/// S06.
fn speakers(linter: &mut Linter) {
    let story = linter.story;
    for spoken in linter.spoken() {
        if story.cast.contains(spoken.who) {
            continue;
        }
        let help = did_you_mean(spoken.who, story.cast.ids())
            .unwrap_or_else(|| format!("add them: cast: {{ \"{}\": (name: \"..\") }}", spoken.who));
        linter
            .error("S06", spoken.place.field("who"), format!("unknown speaker '{}' in '{}'", spoken.who, spoken.id))
            .help = Some(help);
    }
}
