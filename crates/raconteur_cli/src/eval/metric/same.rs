//! M11: the same texts on any number of threads and in any batch.

use indicatif::ProgressBar;
use raconteur_core::story::format::Policy;
use raconteur_core::template::Templates;

use super::super::case::Case;
use super::super::column::Column;
use super::super::engine::{Engine, Setup};
use super::super::report::{Better, Metric, Unit};
use super::super::stats::share;
use crate::error::CliError;

/// (threads, batch): the first is what the others are compared with.
const WAYS: [(usize, usize); 4] = [(1, 1), (2, 1), (1, 8), (2, 8)];

/// Writes the cases in four ways and compares.
pub fn measure(
    setup: Setup<'_>,
    cases: &[Case],
    policy: &Policy,
    templates: &Templates,
    bar: &ProgressBar,
    seed: u64,
) -> Result<Metric, CliError> {
    let about = "lines that are the same, to the letter, as those written on one thread in batches of one; the column with \
                 the most techniques";
    let mut metric = Metric::new("M11", "same text", Unit::Share, Some(Better::Higher), about);
    let mut first: Option<Vec<String>> = None;
    for (threads, batch) in WAYS {
        bar.set_message(format!("{threads} threads, batch {batch}"));
        let mut engine = Engine::load(Setup { threads, batch: Some(batch), ..setup }, bar.clone())?;
        let requests = cases.iter().map(|case| case.request(Column::Guided, policy, templates)).collect();
        let texts: Vec<String> = engine.write(requests).into_iter().map(|written| written.finished.text).collect();
        match &first {
            None => first = Some(texts),
            Some(first) => {
                let same: Vec<bool> = first.iter().zip(&texts).map(|(a, b)| a == b).collect();
                metric.push(&format!("{threads} threads, batch {batch}"), share(&same, seed));
            }
        }
    }
    Ok(metric)
}

/// Lines that [`measure`] writes for so many cases.
pub fn requests(cases: usize) -> usize {
    cases * WAYS.len()
}
