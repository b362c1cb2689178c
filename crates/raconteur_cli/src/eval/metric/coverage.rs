//! M1: whether a line says the word that has to be said.

use super::super::case::Case;
use super::super::lines::Lines;
use super::super::plain::has;
use super::super::report::{Better, Metric, Unit};
use super::super::stats::share;

/// The share of lines with their word, by the model's own text and as delivered.
pub fn measure(cases: &[Case], all: &[Lines], seed: u64) -> Vec<Metric> {
    let mut own = Metric::new(
        "M1",
        "must: in the model's text",
        Unit::Share,
        Some(Better::Higher),
        "requests whose text is the model's and has a word of each group, of all requests with `must`; an authored line \
         counts as a miss",
    );
    let mut delivered = Metric::new(
        "M1",
        "must: delivered",
        Unit::Share,
        Some(Better::Higher),
        "delivered lines with a word of each group; the authored line is the rest",
    );
    for lines in all {
        let with_must = cases.iter().zip(lines.shown()).filter(|(case, _)| !case.must.is_empty());
        let said: Vec<(bool, bool)> = with_must
            .map(|(case, (models, text))| {
                let said = case.must.iter().all(|group| group.iter().any(|word| has(text, word)));
                (models && said, said)
            })
            .collect();
        let column = lines.column.name();
        own.push(column, share(&said.iter().map(|said| said.0).collect::<Vec<_>>(), seed));
        delivered.push(column, share(&said.iter().map(|said| said.1).collect::<Vec<_>>(), seed));
    }
    vec![own, delivered]
}
