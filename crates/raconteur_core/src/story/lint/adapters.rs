//! G20 a name that no adapter can have, G21 groups that give a member different voices.

use super::Linter;
use crate::story::diagnostic::Severity;

pub(super) fn check(linter: &mut Linter) {
    names(linter);
    groups(linter);
}

/// G20. An adapter has the name of its folder beside the model.
fn names(linter: &mut Linter) {
    let story = linter.story;
    let cast = story.cast.iter().enumerate().map(|(at, (id, character))| ("cast", at, id, &character.adapter));
    let groups = story.groups.iter().enumerate().map(|(at, (id, group))| ("groups", at, id, &group.adapter));
    for (table, at, id, adapter) in cast.chain(groups) {
        let Some(name) = adapter.as_deref().filter(|name| !is_name(name)) else { continue };
        let place = linter.places.entry(table, at).field("adapter");
        let message = format!("'{id}' has the adapter '{name}', which is no name of a folder");
        linter.error("G20", place, message).help = Some(
            "an adapter is named after its folder in adapters/ beside the model: letters, digits, - and _".to_owned(),
        );
    }
}

/// Whether a folder can have this name on every system, and only inside the folder that it is looked for in.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '))
        && name.trim() == name
}

/// G21. Of a member of two groups with adapters the first one counts, which may not be what is meant.
fn groups(linter: &mut Linter) {
    let story = linter.story;
    for (at, (id, character)) in story.cast.iter().enumerate() {
        if character.adapter.is_some() {
            continue;
        }
        let voices = character.groups.iter().filter_map(|id| Some((id, story.groups.get(id)?.adapter.as_deref()?)));
        let voices: Vec<(&String, &str)> = voices.collect();
        let Some((&(first, voice), others)) = voices.split_first() else { continue };
        let Some((other, another)) = others.iter().find(|(_, other)| *other != voice) else { continue };
        let place = linter.places.entry("cast", at).field("groups");
        let message = format!(
            "'{id}' is of '{first}', whose adapter is '{voice}', and of '{other}', whose adapter is '{another}'; the first one counts"
        );
        linter.report("G21", Severity::Warn, place, message).help =
            Some(format!("give them one of their own: adapter: \"{voice}\""));
    }
}
