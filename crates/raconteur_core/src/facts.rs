//! What a speaker may know, which of it a prompt shows, and what the speaker may not let slip.
//!
//! A model can hardly leak what it has not been shown, so everything starts with [`known`]: the facts that a character
//! knows where they are, does not hide, and that hold now. A condition that cannot be evaluated counts as false.
//!
//! | | knows it |
//! |---|---|
//! | in `knows` of the character, or of a group of theirs | yes |
//! | heard or seen in the game, and not forgotten ([`memory`](crate::memory)) | yes |
//! | inside the `scope` of the fact | yes |
//! | outside the `scope` of the fact | no, also when listed |
//! | in `hides` | no, always |

use crate::judge::{Stemmer, words};
use crate::story::expr::Environment;
use crate::story::format::{Lore, Scope, Story};

/// What stands in prompts as the setting of a beat: its own, else that of its place. Empty when there is neither.
#[must_use]
pub fn setting<'a>(story: &'a Story, beat: &str) -> &'a str {
    let Some(beat) = story.beats.get(beat) else { return "" };
    if !beat.setting.trim().is_empty() {
        return &beat.setting;
    }
    let place = beat.place.as_deref().and_then(|place| story.places.get(place));
    place.map_or("", |place| place.setting.as_str())
}

/// Ids of the facts that `who` (a cast id) may be shown and may say in the beat `beat`: known as the table above has it,
/// not hidden, and true now. A secret is no exception: whoever knows it may be shown it. In the order of `knows`, then
/// of the groups, then of the story (what is known by scope or remembered), each once. An empty `beat` is nowhere.
#[must_use]
pub fn known<'a>(story: &'a Story, who: &str, beat: &str, env: &dyn Environment) -> Vec<&'a str> {
    let listed = listed(story, who);
    let come_by = |id: &str, lore: &Lore| scope(story, lore, who, beat) == Some(true) || env.remembers(who, id);
    let scoped = story.lore.iter().filter(|(id, lore)| come_by(id, lore)).map(|(id, _)| id);
    let mut ids: Vec<&str> = Vec::new();
    for id in listed.into_iter().chain(scoped) {
        let Some(lore) = story.lore.get(id) else { continue };
        let closed = hides(story, who, id) || scope(story, lore, who, beat) == Some(false);
        if !closed && !ids.contains(&id) && holds(lore, env) {
            ids.push(id);
        }
    }
    ids
}

/// As [`known`], for a teller among several people: what one of them may say and none of them hides.
#[must_use]
pub fn known_among<'a>(story: &'a Story, people: &[&str], beat: &str, env: &dyn Environment) -> Vec<&'a str> {
    let mut ids: Vec<&str> = Vec::new();
    for id in people.iter().flat_map(|who| known(story, who, beat, env)) {
        if !ids.contains(&id) && !people.iter().any(|who| hides(story, who, id)) {
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
            Some((!called, lore.weight.saturating_neg(), story.lore.position(id)?, lore))
        })
        .collect();
    found.sort_by_key(|&(silent, weight, place, _)| (silent, weight, place));
    found.into_iter().map(|(silent, .., lore)| (!silent, lore)).collect()
}

/// Words that `who` may not say in the beat `beat`: the keys of the facts that they hide, of secrets that they do not
/// know, of facts that they know but that are closed here, and of facts that are not true now. A key that also belongs
/// to a fact they may say, in whatever form, is free.
#[must_use]
pub fn forbidden_words(story: &Story, who: &str, beat: &str, env: &dyn Environment) -> Vec<String> {
    let listed = listed(story, who);
    forbidden(story, &known(story, who, beat, env), env, |id, lore| {
        let scope = scope(story, lore, who, beat);
        let listed = listed.contains(&id) || env.remembers(who, id);
        let knows = scope.unwrap_or(listed);
        hides(story, who, id) || (lore.secret && !knows) || (listed && !knows)
    })
}

/// As [`forbidden_words`], for a teller among several people: whatever one of them hides, and secrets that none of them
/// knows.
#[must_use]
pub fn forbidden_among(story: &Story, people: &[&str], beat: &str, env: &dyn Environment) -> Vec<String> {
    let may_say = known_among(story, people, beat, env);
    forbidden(story, &may_say, env, |id, lore| {
        people.iter().any(|who| hides(story, who, id)) || (lore.secret && !may_say.contains(&id))
    })
}

fn forbidden(
    story: &Story,
    may_say: &[&str],
    env: &dyn Environment,
    closed: impl Fn(&str, &Lore) -> bool,
) -> Vec<String> {
    let stemmer = Stemmer::of_locale(&story.locale);
    let stems = |key: &str| stemmer.stems(&words::words(key));
    let free: Vec<Vec<String>> =
        may_say.iter().filter_map(|id| story.lore.get(id)).flat_map(|lore| &lore.keys).map(|key| stems(key)).collect();
    let mut forbidden: Vec<String> = Vec::new();
    for (id, lore) in story.lore.iter() {
        if closed(id, lore) || !holds(lore, env) {
            for key in &lore.keys {
                if !free.contains(&stems(key)) && !forbidden.contains(key) {
                    forbidden.push(key.clone());
                }
            }
        }
    }
    forbidden
}

/// Facts in the `knows` of somebody and of their groups.
fn listed<'a>(story: &'a Story, who: &str) -> Vec<&'a str> {
    let Some(character) = story.cast.get(who) else { return Vec::new() };
    let groups = character.groups.iter().filter_map(|group| story.groups.get(group));
    character.knows.iter().chain(groups.flat_map(|group| &group.knows)).map(String::as_str).collect()
}

/// Whether somebody keeps a fact to themselves.
pub(crate) fn hides(story: &Story, who: &str, fact: &str) -> bool {
    story.cast.get(who).is_some_and(|character| character.hides.iter().any(|other| other == fact))
}

/// Whether somebody in a beat stands inside the scope of a fact; `None` when it has none.
fn scope(story: &Story, lore: &Lore, who: &str, beat: &str) -> Option<bool> {
    let Scope { who: people, groups, places, beats } = lore.scope.as_ref()?;
    let character = story.cast.get(who);
    let place = story.beats.get(beat).and_then(|beat| beat.place.as_ref());
    let member = |group: &String| character.is_some_and(|character| character.groups.contains(group));
    Some(
        (people.is_empty() || people.iter().any(|other| other == who))
            && (groups.is_empty() || groups.iter().any(member))
            && (places.is_empty() || place.is_some_and(|place| places.contains(place)))
            && (beats.is_empty() || beats.iter().any(|other| other == beat)),
    )
}

/// Whether a fact is true now.
pub(crate) fn holds(lore: &Lore, env: &dyn Environment) -> bool {
    lore.when.as_ref().is_none_or(|when| when.holds(env).unwrap_or(false))
}
