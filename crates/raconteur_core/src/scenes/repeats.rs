//! What a corpus says more than once: scenes that are the same, scenes that are nearly the same, and long phrases.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{NameKind, Script, YOU};

/// Words of a shingle, the unit in which two scenes are compared.
const SHINGLE: usize = 4;

/// Scenes that share a shingle: beyond so many it is a turn of phrase and says nothing about a pair.
const COMMON: usize = 24;

/// Words of a text: runs of letters and digits in lower case; an apostrophe inside a word belongs to it.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’'));
    let trimmed = parts.map(|word| word.trim_matches(['\'', '’']));
    trimmed.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// For each scene the place of the first that is the same in every key but `world`; its own place when it is the first.
#[must_use]
pub fn duplicates(scenes: &[Script]) -> Vec<usize> {
    let mut first: HashMap<String, usize> = HashMap::new();
    let same = scenes.iter().enumerate().map(|(at, scene)| {
        let key = format!("{:?}", Script { world: String::new(), ..scene.clone() });
        *first.entry(key).or_insert(at)
    });
    same.collect()
}

/// Pairs of scenes, the earlier first, that share at least `share` of their runs of four words (of both together, the
/// Jaccard index), whoever and wherever it is about: names count as their kind. In order.
#[must_use]
pub fn near_duplicates(scenes: &[Script], share: f64) -> Vec<(usize, usize)> {
    let shingles: Vec<Vec<u64>> = scenes.iter().map(shingles).collect();
    let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, own) in shingles.iter().enumerate() {
        own.iter().for_each(|&shingle| holders.entry(shingle).or_default().push(at));
    }
    let mut pairs = Vec::new();
    for (at, own) in shingles.iter().enumerate() {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        // The same scene many times over would look common, so the earlier holders always count.
        let before = own.iter().flat_map(|shingle| holders[shingle].iter().take(COMMON).filter(|&&other| other < at));
        before.for_each(|&other| *shared.entry(other).or_insert(0) += 1);
        let close = |(other, both): (usize, usize)| {
            // What is common was not counted, so the rest is only a hint of which pairs to compare.
            (4.0 * both as f64 >= share * own.len() as f64 && jaccard(own, &shingles[other]) >= share)
                .then_some((other, at))
        };
        let mut found: Vec<_> = shared.into_iter().filter_map(close).collect();
        found.sort_unstable();
        pairs.extend(found);
    }
    pairs
}

/// What two sorted lists share of both together; 0 when both are empty.
fn jaccard(a: &[u64], b: &[u64]) -> f64 {
    let both = a.iter().filter(|hash| b.binary_search(hash).is_ok()).count();
    let all = a.len() + b.len() - both;
    if all == 0 { 0.0 } else { both as f64 / all as f64 }
}

/// Hashes of the different runs of words of a scene, sorted.
fn shingles(scene: &Script) -> Vec<u64> {
    let names = scene.names.iter().filter(|(name, _)| *name != YOU);
    let kinds: Vec<(String, String)> =
        names.map(|(name, kind)| (name.to_owned(), placeholder(*kind).to_owned())).collect();
    let mut hashes: Vec<u64> = Vec::new();
    for text in scene.texts() {
        let words = words(&super::replace_names(&text, &kinds));
        hashes.extend(words.windows(SHINGLE.min(words.len()).max(1)).map(hash));
    }
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

fn placeholder(kind: NameKind) -> &'static str {
    match kind {
        NameKind::Man | NameKind::Woman | NameKind::Person => "somebody",
        NameKind::Place => "somewhere",
        NameKind::Thing | NameKind::Group => "something",
    }
}

fn hash(words: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    words.hash(&mut hasher);
    hasher.finish()
}

/// A run of words that is said too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// The words, as long as they go on together.
    pub words: String,
    /// How often its rarest part is said.
    pub times: usize,
    /// The scene in which it is said first.
    pub scene: usize,
    /// The text in which it is said first.
    pub text: String,
}

/// Runs of `length` words that are said more than `most` times in all scenes, joined where they overlap, in order of
/// their first occurrence. Only what somebody says or tells counts, see [`Script::said`].
#[must_use]
pub fn repeated(scenes: &[Script], length: usize, most: usize) -> Vec<Repeated> {
    let length = length.max(1);
    let mut times: HashMap<u64, usize> = HashMap::new();
    let all = || scenes.iter().enumerate().flat_map(|(at, scene)| scene.said().into_iter().map(move |text| (at, text)));
    for (_, text) in all() {
        words(text).windows(length).for_each(|run| *times.entry(hash(run)).or_insert(0) += 1);
    }
    times.retain(|_, count| *count > most);
    let mut found = Vec::new();
    if times.is_empty() {
        return found;
    }
    let mut told = std::collections::HashSet::new();
    for (scene, text) in all() {
        let words = words(text);
        let runs: Vec<u64> = words.windows(length).map(hash).collect();
        let mut at = 0;
        while at < runs.len() {
            let until = runs[at..].iter().take_while(|run| times.contains_key(run)).count() + at;
            if until > at {
                let new = runs[at..until].iter().filter(|&&run| told.insert(run)).count();
                if new > 0 {
                    let rarest = runs[at..until].iter().filter_map(|run| times.get(run)).min().copied().unwrap_or(0);
                    let words = words[at..until + length - 1].join(" ");
                    found.push(Repeated { words, times: rarest, scene, text: text.to_owned() });
                }
            }
            at = until + 1;
        }
    }
    found
}
