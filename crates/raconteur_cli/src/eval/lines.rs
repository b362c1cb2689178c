//! Lines in all columns: what was asked, what came of it.

use std::collections::BTreeMap;

use raconteur_core::request::{Finished, LineRequest, Source};
use raconteur_core::story::format::Policy;
use raconteur_core::template::Templates;

use super::case::Case;
use super::column::Column;
use super::engine::{Engine, Written};
use super::report::Ends;
use raconteur_core::desk::authored;
use raconteur_core::request::Why;

/// The lines of one column, one a case.
pub struct Lines {
    /// The column.
    pub column: Column,
    /// What came of each case.
    pub written: Vec<Written>,
}

impl Lines {
    /// Whether the model's text was shown, and the text.
    pub fn shown(&self) -> impl Iterator<Item = (bool, &str)> {
        self.written.iter().map(|written| (is_models(written), written.finished.text.as_str()))
    }
}

/// Whether the text of a line is the model's.
pub fn is_models(written: &Written) -> bool {
    matches!(written.finished.source, Source::Generated | Source::Ranked { .. })
}

/// Writes the cases in every column. A request that is the same as in the column before is not made again.
pub fn write(engine: &mut Engine, cases: &[Case], policy: &Policy, templates: &Templates) -> Vec<Lines> {
    let mut before: Vec<LineRequest> = Vec::new();
    let mut all: Vec<Lines> = Vec::new();
    for column in Column::ALL {
        if column == Column::Off {
            all.push(Lines { column, written: cases.iter().map(|case| off(&case.fallback)).collect() });
            engine.bar().inc(cases.len() as u64);
            continue;
        }
        engine.bar().set_message(format!("lines: {}", column.name()));
        let requests: Vec<LineRequest> = cases.iter().map(|case| case.request(column, policy, templates)).collect();
        let written = only_new(engine, &requests, &before, all.last().map(|lines| lines.written.as_slice()));
        all.push(Lines { column, written });
        before = requests;
    }
    all
}

/// Writes requests, except those that are the same as the ones in their places before: what came of them is known.
pub fn only_new(
    engine: &mut Engine,
    requests: &[LineRequest],
    before: &[LineRequest],
    known: Option<&[Written]>,
) -> Vec<Written> {
    let is_known = |at: usize| known.is_some() && before.get(at) == requests.get(at);
    let new: Vec<LineRequest> =
        (0..requests.len()).filter(|&at| !is_known(at)).map(|at| requests[at].clone()).collect();
    engine.bar().inc((requests.len() - new.len()) as u64);
    let mut new = engine.write(new).into_iter();
    let each = |at: usize| if is_known(at) { known?.get(at).cloned() } else { new.next() };
    (0..requests.len()).filter_map(each).collect()
}

/// A line of a game without a model.
pub fn off(fallback: &str) -> Written {
    Written { finished: authored(fallback.to_owned(), Why::ModelOff), first_ms: None, done_ms: 0.0 }
}

/// How the requests of a column ended.
pub fn ends<'a>(column: &str, all: impl Iterator<Item = &'a Finished>) -> Ends {
    let (mut ends, mut rejected, mut n) = (BTreeMap::new(), BTreeMap::new(), 0);
    for finished in all {
        n += 1;
        let end = match &finished.source {
            Source::Authored(why) => why.name().to_owned(),
            Source::Ranked { .. } => "ranked".to_owned(),
            other => other.to_string(),
        };
        *ends.entry(end).or_insert(0) += 1;
        for (_, why) in &finished.rejected {
            *rejected.entry(why.name().to_owned()).or_insert(0) += 1;
        }
    }
    Ends { column: column.to_owned(), n, ends: sorted(ends), rejected: sorted(rejected) }
}

fn sorted(counts: BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    counts
}
