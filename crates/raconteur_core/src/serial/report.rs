//! What a serial that has been told is like, in figures. Nothing here is shared with what wrote and filtered it, except the
//! opening: names are looked for by [`KnownWords`], people by walking the recorded events.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;

use super::chapter::By;
use super::writer::{SerialWriter, Staged, scene_of};
use crate::judge::words;
use crate::rehearsal::KnownWords;

/// A passage in which somebody is where they cannot be, or whom nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Misplaced {
    /// Number of the chapter, from 1.
    pub chapter: usize,
    /// Id of the passage.
    pub passage: String,
    /// The name.
    pub name: String,
    /// What is wrong: "unknown", "elsewhere", "away", "dead".
    pub what: &'static str,
}

/// Figures of a serial, as far as it has been told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SerialReport {
    /// Id of the opening.
    pub opening: String,
    /// The seed.
    pub seed: u64,
    /// Chapters that are complete.
    pub chapters: usize,
    /// Chapters that are planned.
    pub planned: usize,
    /// Passages that have been told.
    pub passages: usize,
    /// Of them, those that a model might have written.
    pub free: usize,
    /// Of them, those that a model wrote.
    pub generated: usize,
    /// Words of all passages.
    pub words: usize,
    /// Share of the words that a model wrote, 0 to 1.
    pub generated_share: f64,
    /// Why free passages stand as they were written, by the name of the reason.
    pub fallbacks: BTreeMap<String, usize>,
    /// Share of the passages in which everybody is known and where they can be, 0 to 1.
    pub entity_consistency: f64,
    /// Passages in which somebody is not.
    pub misplaced: Vec<Misplaced>,
    /// Threads that have been opened.
    pub opened: usize,
    /// Of them, those that have been closed.
    pub closed: usize,
    /// Ids of the threads in the order in which they closed.
    pub closing: Vec<String>,
    /// The thread that opened first closed last, and all others are closed.
    pub first_closes_last: bool,
    /// Passages of a model without a word that had to be said.
    pub without_must: usize,
    /// Passages that stand twice, word for word.
    pub repeated_passages: usize,
    /// Share of the runs of four words that the serial has said before (seq-rep-4 of Welleck et al. 2020), 0 to 1.
    pub seq_rep_4: f64,
}

impl SerialReport {
    /// Looks at what has been told.
    #[must_use]
    pub fn of(writer: &SerialWriter) -> Self {
        let told: Vec<_> = writer.passages.iter().zip(&writer.told).collect();
        let spoken: Vec<Vec<String>> = told.iter().map(|(_, told)| words::words(&told.text)).collect();
        let words: usize = spoken.iter().map(Vec::len).sum();
        let by_model = |at: &usize| told[*at].1.by == By::Model;
        let generated: Vec<usize> = (0..told.len()).filter(by_model).collect();
        let generated_words: usize = generated.iter().map(|&at| spoken[at].len()).sum();
        let mut fallbacks = BTreeMap::new();
        for (_, told) in &told {
            if let By::Instead(why) = &told.by {
                *fallbacks.entry(why.clone()).or_insert(0) += 1;
            }
        }
        let without = |at: &&usize| {
            let must = told[**at].0.free.iter().flat_map(|free| &free.must);
            must.into_iter().any(|group| !group.iter().any(|word| words::contains(&spoken[**at], word)))
        };
        let misplaced = misplaced(writer);
        let wrong: BTreeSet<&str> = misplaced.iter().map(|misplaced| misplaced.passage.as_str()).collect();
        let (opening, closing) = opened_and_closed(writer);
        let all: Vec<&String> = spoken.iter().flatten().collect();
        let distinct: HashSet<&Vec<String>> = spoken.iter().collect();
        Self {
            opening: writer.opening.id.clone(),
            seed: writer.plan.seed,
            chapters: writer.complete(),
            planned: writer.plan.chapters.len(),
            passages: told.len(),
            free: told.iter().filter(|(passage, _)| passage.is_free()).count(),
            generated: generated.len(),
            words,
            generated_share: share(generated_words, words),
            fallbacks,
            entity_consistency: if told.is_empty() { 1.0 } else { 1.0 - share(wrong.len(), told.len()) },
            opened: opening.len(),
            closed: closing.len(),
            first_closes_last: !opening.is_empty()
                && opening.len() == closing.len()
                && opening.first() == closing.last(),
            closing,
            without_must: generated.iter().filter(without).count(),
            repeated_passages: spoken.len() - distinct.len(),
            seq_rep_4: seq_rep(&all, 4),
            misplaced,
        }
    }
}

fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

/// `1 - distinct / all` of the runs of `n` words.
fn seq_rep(words: &[&String], n: usize) -> f64 {
    let all = words.windows(n).count();
    let distinct: HashSet<&[&String]> = words.windows(n).collect();
    if all == 0 { 0.0 } else { 1.0 - distinct.len() as f64 / all as f64 }
}

/// Ids of the threads in the order in which they opened, and in which they closed.
fn opened_and_closed(writer: &SerialWriter) -> (Vec<String>, Vec<String>) {
    let (mut opened, mut closed) = (Vec::new(), Vec::new());
    for event in writer.events() {
        match event.scene.split_once('/') {
            Some((thread, "opens")) => opened.push(thread.to_owned()),
            Some((thread, "closes")) => closed.push(thread.to_owned()),
            _ => {}
        }
    }
    (opened, closed)
}

fn misplaced(writer: &SerialWriter) -> Vec<Misplaced> {
    let opening = &writer.opening;
    let known = KnownWords::new(opening.texts());
    let filled: Vec<&str> = writer.scenes.iter().flat_map(|scene| scene.own.iter().map(String::as_str)).collect();
    let beside = KnownWords::new(filled);
    let (mut dead, mut away) = (BTreeSet::new(), BTreeSet::new());
    away.extend(opening.cast.iter().filter(|(_, person)| person.away).map(|(id, _)| id.to_owned()));
    let mut found = Vec::new();
    let mut scene_before: Option<usize> = None;
    for (passage, told) in writer.passages.iter().zip(&writer.told) {
        let Some(staged) = writer.scenes.get(passage.scene) else { continue };
        let mut add = |name: &str, what| {
            let (chapter, passage) = (passage.chapter, passage.id.clone());
            found.push(Misplaced { chapter, passage, name: name.to_owned(), what });
        };
        if scene_before != Some(passage.scene) {
            if let Some(before) = scene_before {
                leave(writer, &writer.scenes[before], &mut dead, &mut away);
            }
            scene_before = Some(passage.scene);
            // Who comes back in a scene is there from its beginning.
            let returns = scene_of(opening, &staged.planned.id).map(|scene| scene.returns.as_slice());
            returns.unwrap_or_default().iter().for_each(|who| {
                away.remove(who);
            });
            for who in &staged.planned.with {
                if dead.contains(who) {
                    add(who, "dead");
                } else if away.contains(who) {
                    add(who, "away");
                }
            }
        }
        if let Some(name) = known.unknown_name(&told.text, &beside) {
            add(name, "unknown");
        }
        if told.by != By::Model {
            continue;
        }
        let said = words::words(&told.text);
        let own: Vec<Vec<String>> = staged.own.iter().map(|text| words::words(text)).collect();
        for who in opening.cast.ids().filter(|who| !staged.planned.with.iter().any(|other| other == who)) {
            for name in opening.names_of(who) {
                if words::contains(&said, name) && !own.iter().any(|text| words::contains(text, name)) {
                    add(
                        name,
                        if dead.contains(who) {
                            "dead"
                        } else if away.contains(who) {
                            "away"
                        } else {
                            "elsewhere"
                        },
                    );
                }
            }
        }
    }
    found
}

/// What a scene leaves behind.
fn leave(writer: &SerialWriter, scene: &Staged, dead: &mut BTreeSet<String>, away: &mut BTreeSet<String>) {
    let Some(scene) = scene_of(&writer.opening, &scene.planned.id) else { return };
    dead.extend(scene.dies.iter().cloned());
    away.extend(scene.leaves.iter().cloned());
}
