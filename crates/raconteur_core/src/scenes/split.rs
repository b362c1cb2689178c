//! Scenes in two parts: to learn from, and to measure with.

use std::collections::{BTreeMap, HashMap};

use super::{Script, near_duplicates};
use crate::compose::seed_of;

/// Which scenes are held back to measure with: about `share` of each kind, drawn by `seed`. Scenes that are nearly the same
/// (see [`near_duplicates`]; `near` is their share) stay on one side, so that what is measured was not learned. Of a kind
/// with at least two such groups one is held back whatever the share, unless it is 0. The same scenes and the same seed
/// give the same parts, in whatever order the scenes stand.
#[must_use]
pub fn split(scenes: &[Script], share: f64, seed: u64, near: f64) -> Vec<bool> {
    let mut held = vec![false; scenes.len()];
    let share = share.clamp(0.0, 1.0);
    if share == 0.0 {
        return held;
    }
    for groups in by_kind(scenes, near).values_mut() {
        let all: usize = groups.iter().map(Vec::len).sum();
        // By the words of its first scene in the alphabet, not by its place, which changes when scenes are added.
        groups.sort_by_cached_key(|group| {
            let words = group.iter().map(|&at| format!("{:?}", scenes[at])).min().unwrap_or_default();
            (seed_of(seed, &words, 0), words)
        });
        let wanted = (all as f64 * share).round() as usize;
        let least = usize::from(groups.len() > 1);
        let mut taken = 0;
        for group in groups.iter() {
            if taken >= wanted.max(least) {
                break;
            }
            // A large group at the end of the quota is left to learn from.
            if taken > 0 && taken + group.len() > wanted + wanted / 10 + 1 {
                continue;
            }
            group.iter().for_each(|&at| held[at] = true);
            taken += group.len();
        }
    }
    held
}

/// Groups of scenes that stay together, by the kind of their first scene.
fn by_kind(scenes: &[Script], near: f64) -> BTreeMap<&'static str, Vec<Vec<usize>>> {
    let mut leader: Vec<usize> = (0..scenes.len()).collect();
    for (first, second) in near_duplicates(scenes, near) {
        let (a, b) = (find(&mut leader, first), find(&mut leader, second));
        leader[a.max(b)] = a.min(b);
    }
    let mut groups: HashMap<usize, Vec<usize>> = HashMap::new();
    for at in 0..scenes.len() {
        groups.entry(find(&mut leader, at)).or_default().push(at);
    }
    let mut kinds: BTreeMap<&'static str, Vec<Vec<usize>>> = BTreeMap::new();
    for group in groups.into_values() {
        kinds.entry(scenes[group[0]].body.kind()).or_default().push(group);
    }
    kinds
}

/// The leader of a group, with the way to it made short.
fn find(leader: &mut [usize], mut at: usize) -> usize {
    while leader[at] != at {
        leader[at] = leader[leader[at]];
        at = leader[at];
    }
    at
}
