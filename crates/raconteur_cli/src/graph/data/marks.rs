//! What is wrong with beats and ways, as far as a picture can show it.

use std::collections::{HashMap, HashSet};

use raconteur_core::story::flow::{Flow, Openness, list};
use serde::Serialize;

use super::{Graph, WayKind};

/// Something that a box carries.
#[derive(Debug, Serialize)]
pub struct Mark {
    /// What it is.
    pub kind: MarkKind,
    /// A sentence that explains it.
    pub text: String,
    /// The shortest way to it, beat by beat.
    pub path: String,
    /// What the story knows there.
    pub values: String,
}

/// What a [`Mark`] says, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// Something leads here, but there is no such beat.
    Missing,
    /// A play may stand here without any way on.
    SoftLock,
    /// From here no ending can be reached.
    NoEnding,
    /// There is no way on at all, and it is no ending.
    DeadEnd,
    /// No play of the story comes here.
    Unreachable,
    /// The story goes round and round without asking anybody.
    Circle,
}

impl MarkKind {
    /// As the legend calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "no such beat",
            Self::SoftLock => "soft-lock",
            Self::NoEnding => "no ending ahead",
            Self::DeadEnd => "dead end",
            Self::Unreachable => "unreachable",
            Self::Circle => "circle",
        }
    }
}

impl Mark {
    fn new(kind: MarkKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), path: String::new(), values: String::new() }
    }
}

/// Marks beats and ways, by the walk over all states and, where that says nothing, by the ways alone.
pub fn mark(graph: &mut Graph, flow: &Flow) {
    let walked: HashMap<&str, bool> = flow.beats.iter().map(|beat| (beat.beat.as_str(), beat.reached)).collect();
    let linked = linked(graph);
    let leaves = |index: usize| graph.ways.iter().any(|way| way.from == index && way.kind != WayKind::Detour);
    let stuck: Vec<bool> = (0..graph.beats.len()).map(|index| !leaves(index)).collect();
    for (index, beat) in graph.beats.iter_mut().enumerate() {
        if beat.missing {
            beat.marks.push(Mark::new(MarkKind::Missing, "a way leads here, but there is no such beat"));
            continue;
        }
        if stuck[index] && !beat.end {
            beat.marks.push(Mark::new(MarkKind::DeadEnd, "there is no way on, and the beat is not marked end: true"));
        }
        if !linked[index] {
            beat.marks.push(Mark::new(MarkKind::Unreachable, "no way leads here from the start"));
        } else if walked.get(beat.id.as_str()) == Some(&false) {
            let text = "ways lead here, but no play of the story can take them";
            beat.marks.push(Mark::new(MarkKind::Unreachable, text));
        }
    }
    of_flow(graph, flow);
    for beat in &mut graph.beats {
        beat.marks.sort_by_key(|mark| mark.kind);
    }
}

/// What only the walk over all states can know.
fn of_flow(graph: &mut Graph, flow: &Flow) {
    let index: HashMap<String, usize> =
        graph.beats.iter().enumerate().map(|(at, beat)| (beat.id.clone(), at)).collect();
    let mut put = |beat: &str, mark: Mark| {
        if let Some(&at) = index.get(beat) {
            // A beat without any way on is a dead end already.
            let known = mark.kind == MarkKind::SoftLock && graph.beats[at].is(MarkKind::DeadEnd);
            if !known {
                graph.beats[at].marks.push(mark);
            }
        }
    };
    for lock in &flow.soft_locks {
        let states = if lock.states == 1 { "state" } else { "states" };
        let text = format!("in {} {states} the story cannot go on here: {}", lock.states, lock.reason);
        let mark =
            Mark { path: lock.path.to_string(), values: list(&lock.values), ..Mark::new(MarkKind::SoftLock, text) };
        put(&lock.beat, mark);
    }
    for end in &flow.dead_ends {
        let text = if end.always {
            "from here no ending can be reached"
        } else {
            "from here no ending can be reached with these values"
        };
        let path = end.path.as_ref().map(ToString::to_string).unwrap_or_default();
        put(&end.beat, Mark { path, values: list(&end.values), ..Mark::new(MarkKind::NoEnding, text) });
    }
    for circle in &flow.circles {
        let text = format!("goes round without a choice: {}", circle.beats.join(" > "));
        let (path, values) = (circle.path.to_string(), list(&circle.values));
        for beat in &circle.beats {
            let mark = Mark::new(MarkKind::Circle, text.clone());
            put(beat, Mark { path: path.clone(), values: values.clone(), ..mark });
        }
    }
    let never: HashSet<(&str, &str)> = flow
        .ways
        .iter()
        .filter(|way| way.open == Openness::Never)
        .map(|way| (way.beat.as_str(), way.id.as_str()))
        .collect();
    let Graph { beats, ways, .. } = graph;
    for way in ways.iter_mut().filter(|way| !way.id.is_empty()) {
        let beat = &beats[way.from];
        // In a beat that is never entered no way is ever taken; the mark of the beat says it once.
        way.dead = never.contains(&(beat.id.as_str(), way.id.as_str())) && !beat.is(MarkKind::Unreachable);
    }
}

/// Beats to which ways lead from the start, whatever their conditions.
fn linked(graph: &Graph) -> Vec<bool> {
    let mut linked = vec![false; graph.beats.len()];
    let mut open: Vec<usize> = graph.beats.iter().position(|beat| beat.start).into_iter().collect();
    while let Some(beat) = open.pop() {
        if !std::mem::replace(&mut linked[beat], true) {
            open.extend(graph.ways_from(beat).map(|(_, way)| way.to));
        }
    }
    linked
}

#[cfg(test)]
mod tests;
