//! The names of exported scenes: those of the cast, the places and the groups, and whatever else is written like one.

use super::super::form::stands_in;
use super::super::naming::unlisted;
use super::super::{NameKind, Script};
use crate::runner::PLAYER;
use crate::story::format::Story;

/// Rounds in which more names are looked for: each finds one of a text.
const ROUNDS: usize = 64;

/// Lists the names of each scene. A story does not say who is a man and who a woman, so people are listed as persons. What is
/// no name of the story's tables is listed as a thing, and keeps its name in training.
pub(super) fn list(story: &Story, scenes: &mut [Script]) {
    let people =
        story.cast.iter().filter(|(id, _)| *id != PLAYER).map(|(_, who)| (who.name.as_str(), NameKind::Person));
    let places = story.places.iter().map(|(_, place)| (place.name.as_str(), NameKind::Place));
    let groups = story.groups.iter().map(|(_, group)| (group.name.as_str(), NameKind::Group));
    let known: Vec<(&str, NameKind)> =
        people.chain(places).chain(groups).filter(|(name, _)| !name.trim().is_empty()).collect();
    for scene in scenes.iter_mut() {
        let mut texts = scene.texts();
        texts.extend(scene.speakers.ids().map(str::to_owned));
        for &(name, kind) in &known {
            if !scene.names.contains(name) && texts.iter().any(|text| stands_in(text, name)) {
                scene.names.push(name, kind);
            }
        }
    }
    for _ in 0..ROUNDS {
        let more = unlisted(scenes);
        if more.is_empty() {
            return;
        }
        for found in more {
            if !scenes[found.scene].names.contains(&found.name) {
                scenes[found.scene].names.push(found.name, NameKind::Thing);
            }
        }
    }
}
