//! M9: how often the authored line is shown, and what a delivered line costs.

use super::super::column::Column;
use super::super::engine::Written;
use super::super::lines::{Lines, is_models};
use super::super::report::{Better, Metric, Unit};
use super::super::stats::{mean, ratio, share};

/// Figures that do not depend on the clock.
pub fn measure(all: &[Lines], seed: u64) -> Vec<Metric> {
    let mut models = Metric::new(
        "M9",
        "the model's text shown",
        Unit::Share,
        Some(Better::Higher),
        "requests that end with a text of the model, without a time limit",
    );
    let mut tokens = Metric::new(
        "M9",
        "tokens written per line delivered",
        Unit::Number,
        Some(Better::Lower),
        "tokens sampled over all candidates, also those that were taken back, over lines that are the model's",
    );
    for lines in all.iter().filter(|lines| lines.column != Column::Off) {
        let shown: Vec<bool> = lines.written.iter().map(is_models).collect();
        models.push(lines.column.name(), share(&shown, seed));
        let pairs = lines.written.iter().map(|w| (w.finished.tokens as f64, f64::from(u8::from(is_models(w)))));
        tokens.push(lines.column.name(), ratio(&pairs.collect::<Vec<_>>(), seed));
    }
    vec![models, tokens]
}

/// Figures of lines that were written one after another on an otherwise idle generator.
pub fn times(all: &[(Column, Vec<Written>)], budget_ms: u64, seed: u64) -> Vec<Metric> {
    let alone = "one request after another, as one NPC of an otherwise idle game; depends on the machine";
    let mut first = Metric::new("M9", "ms to the first words", Unit::Ms, Some(Better::Lower), alone);
    let mut done = Metric::new("M9", "ms to the line", Unit::Ms, Some(Better::Lower), alone);
    let about = "requests that end with a text of the model within the policy's `budget_ms`; the same requests";
    let mut on_time =
        Metric::new("M9", format!("shown within {budget_ms} ms"), Unit::Share, Some(Better::Higher), about);
    for (column, written) in all {
        let firsts: Vec<f64> = written.iter().filter_map(|written| written.first_ms).collect();
        first.push(column.name(), mean(&firsts, seed));
        done.push(column.name(), mean(&written.iter().map(|written| written.done_ms).collect::<Vec<_>>(), seed));
        let shown = written.iter().map(|written| is_models(written) && written.done_ms <= budget_ms as f64);
        on_time.push(column.name(), share(&shown.collect::<Vec<_>>(), seed));
    }
    vec![first, done, on_time]
}
