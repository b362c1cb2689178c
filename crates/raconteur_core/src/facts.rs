//! What a speaker may know, which of it a prompt shows, and what the speaker may not let slip.
//!
//! A model can hardly leak what it has not been shown, so everything starts with [`known`]: the facts that a character
//! knows, does not hide, and that hold now. A condition that cannot be evaluated counts as false.

use crate::judge::words;
use crate::story::expr::Environment;
use crate::story::format::{Lore, Story};

/// Ids of the facts that `who` (a cast id) may be shown and may say: listed in `knows`, not in `hides`, and true now.
/// A secret is no exception: whoever knows it may be shown it. In the order of `knows`, each once.
#[must_use]
pub fn known<'a>(story: &'a Story, who: &str, env: &dyn Environment) -> Vec<&'a str> {
    let Some(character) = story.cast.get(who) else { return Vec::new() };
    let mut ids: Vec<&str> = Vec::new();
    for id in &character.knows {
        let hidden = character.hides.contains(id) || ids.contains(&id.as_str());
        if !hidden && story.lore.get(id).is_some_and(|lore| holds(lore, env)) {
            ids.push(id);
        }
    }
    ids
}

/// The facts that a prompt shows, the most relevant first: of the facts `ids`, those whose keys stand in one of `cues`
/// (what was just said, the goal, the authored line), the heavier first; then the others, the heavier first. Facts of
/// the same weight keep the order of the story.
#[must_use]
pub fn retrieve<'a>(story: &'a Story, ids: &[&str], cues: &[&str]) -> Vec<&'a Lore> {
    sorted(story, ids, cues).into_iter().map(|(_, lore)| lore).collect()
}

/// As [`retrieve`], but only the facts that a cue calls up.
#[must_use]
pub fn called<'a>(story: &'a Story, ids: &[&str], cues: &[&str]) -> Vec<&'a Lore> {
    sorted(story, ids, cues).into_iter().filter(|(called, _)| *called).map(|(_, lore)| lore).collect()
}

/// Facts in the order of [`retrieve`], each with whether a cue calls it up.
fn sorted<'a>(story: &'a Story, ids: &[&str], cues: &[&str]) -> Vec<(bool, &'a Lore)> {
    let cues: Vec<Vec<String>> = cues.iter().map(|cue| words::words(cue)).collect();
    let mut found: Vec<(bool, i32, usize, &Lore)> = ids
        .iter()
        .filter_map(|id| {
            let lore = story.lore.get(id)?;
            let called = lore.keys.iter().any(|key| cues.iter().any(|cue| words::contains(cue, key)));
            Some((!called, -lore.weight, story.lore.position(id)?, lore))
        })
        .collect();
    found.sort_by_key(|&(silent, weight, place, _)| (silent, weight, place));
    found.into_iter().map(|(silent, .., lore)| (!silent, lore)).collect()
}

/// Words that `who` may not say: the keys of the facts that they hide, of secrets that they do not know, and of facts
/// that are not true now. A key that also belongs to a fact they may say is free.
#[must_use]
pub fn forbidden_words(story: &Story, who: &str, env: &dyn Environment) -> Vec<String> {
    let may_say = known(story, who, env);
    let free: Vec<String> = may_say
        .iter()
        .filter_map(|id| story.lore.get(id))
        .flat_map(|lore| &lore.keys)
        .map(|key| words::fold(key))
        .collect();
    let character = story.cast.get(who);
    let mut forbidden: Vec<String> = Vec::new();
    for (id, lore) in story.lore.iter() {
        let hides = character.is_some_and(|character| character.hides.iter().any(|other| other == id));
        let knows = character.is_some_and(|character| character.knows.iter().any(|other| other == id));
        if hides || (lore.secret && !knows) || !holds(lore, env) {
            for key in &lore.keys {
                if !free.contains(&words::fold(key)) && !forbidden.contains(key) {
                    forbidden.push(key.clone());
                }
            }
        }
    }
    forbidden
}

fn holds(lore: &Lore, env: &dyn Environment) -> bool {
    lore.when.as_ref().is_none_or(|when| when.holds(env).unwrap_or(false))
}
