//! M2: what may not be delivered and was.

use raconteur_core::rehearsal::KnownWords;

use super::super::case::Case;
use super::super::lines::Lines;
use super::super::plain::{Forbidden, Found};
use super::super::report::{Better, Metric, Unit};
use super::super::stats::share;

/// A kind of what is forbidden, and where it stands in what was found.
type Kind = (&'static str, fn(Found) -> bool);

const KINDS: [Kind; 5] = [
    ("forbidden: anything", Found::any),
    ("forbidden: banned word", |found| found.banned),
    ("forbidden: unknown name", |found| found.unknown_name),
    ("forbidden: speaker label", |found| found.label),
    ("forbidden: hidden fact", |found| found.leak),
];

/// The share of delivered lines with something forbidden. `cases` may be more than one set, each with its lines.
pub fn measure(cases: &[Case], all: &[Lines], bans: &[String], seed: u64) -> Vec<Metric> {
    let found: Vec<(&str, Vec<Found>)> = all
        .iter()
        .map(|lines| {
            let found = cases.iter().zip(lines.shown()).map(|(case, (_, text))| check(case, text, bans));
            (lines.column.name(), found.collect())
        })
        .collect();
    let metric = |(name, is): Kind| {
        let about =
            "delivered lines, by a plain check of the string that shares no code with the rules that filtered it";
        let mut metric = Metric::new("M2", name, Unit::Share, Some(Better::Lower), about);
        for (column, found) in &found {
            metric.push(column, share(&found.iter().map(|&found| is(found)).collect::<Vec<_>>(), seed));
        }
        metric
    };
    KINDS.into_iter().map(metric).collect()
}

fn check(case: &Case, text: &str, bans: &[String]) -> Found {
    // What was written by hand is not on trial.
    if text == case.fallback {
        return Found::default();
    }
    let mut scene = KnownWords::new(case.must.iter().flatten().map(String::as_str));
    scene.learn(&case.scene());
    let known = &KnownWords::default();
    Forbidden { bans, hidden: &case.hidden, known, scene: &scene, speakers: &case.speakers() }.check(text)
}
