//! What a free passage is written from.

use std::sync::Arc;

use super::format::{Opening, Scene, Tell};
use crate::compose::SerialGround;
use crate::judge::words;

/// Everything that the request for a free passage is composed of, as it was when the passage became due. It owns what it
/// holds, so it may be composed on another thread: [`request`](Self::request).
#[derive(Debug, Clone)]
pub struct SerialBrief {
    /// Id of the passage: the scene, and the place in it.
    pub id: String,
    /// Number of the chapter, from 1.
    pub chapter: usize,
    /// What stands there without a model.
    pub fallback: String,
    pub(crate) opening: Arc<Opening>,
    pub(crate) ground: Arc<SerialGround>,
    /// Where it is.
    pub(crate) setting: String,
    /// What the scene is to achieve.
    pub(crate) goal: String,
    /// What holds, the most relevant first.
    pub(crate) facts: Vec<String>,
    /// What happened in the chapters before, oldest first, each with its rank: what has the lowest is left out first.
    pub(crate) recap: Vec<(String, u32)>,
    /// What this chapter has told, in order.
    pub(crate) so_far: Vec<String>,
    /// What the serial has told, newest first: none of it is said again.
    pub(crate) told: Vec<String>,
    pub(crate) must: Vec<Vec<String>>,
    pub(crate) must_not: Vec<String>,
    pub(crate) sentences: usize,
    pub(crate) seed: u64,
}

/// Most events of a recap that a prompt is given. The window decides how many of them stay.
pub(super) const MOST_RECAP: usize = 24;
/// Most passages that are held against repeats.
pub(super) const MOST_TOLD: usize = 400;

// Ranks of what may be left out of a prompt, below those of facts: the events of old chapters go first, then what the
// chapter itself began with.
pub(crate) const RECAP: u32 = 1000;
pub(crate) const SO_FAR: u32 = 2000;
/// An event of the thread that the scene belongs to stays longer than any that is not.
const SAME_THREAD: u32 = 400;
/// So does one with the same people.
const SAME_PEOPLE: u32 = 200;

/// The rank of an event in a recap: later ones stay longer.
pub(super) fn rank(place: usize, same_thread: bool, same_people: bool) -> u32 {
    let late = u32::try_from(place.min(199)).unwrap_or(199);
    RECAP + late + if same_thread { SAME_THREAD } else { 0 } + if same_people { SAME_PEOPLE } else { 0 }
}

/// Everybody of the cast who neither acts in a scene nor stands in its own words, by all of their names: what a model may
/// not say there. So nobody turns up who is elsewhere, away or dead.
pub(super) fn elsewhere(opening: &Opening, with: &[String], own: &[String]) -> Vec<String> {
    let own: Vec<Vec<String>> = own.iter().map(|text| words::words(text)).collect();
    let mut names = Vec::new();
    for who in opening.cast.ids().filter(|who| !with.iter().any(|other| other == who)) {
        let stands = |name: &&str| !own.iter().any(|text| words::contains(text, name));
        names.extend(opening.names_of(who).filter(stands).map(str::to_owned));
    }
    names
}

/// A scene's own words: what its writer says in it.
pub(super) fn own_words<'a>(scene: &'a Scene) -> impl Iterator<Item = &'a str> + use<'a> {
    [scene.title.as_str(), &scene.goal, &scene.happens].into_iter().chain(scene.tell.iter().flat_map(Tell::texts))
}
