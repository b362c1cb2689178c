//! M10: whether an answer carries what was asked for, declines when nobody knows, and keeps a secret. M5's second half:
//! whether it follows a fact that was changed.

use super::super::case::Case;
use super::super::lines::Lines;
use super::super::plain::{declines, has, value_f1};
use super::super::report::{Better, Metric, Unit};
use super::super::stats::{mean, share};

/// Figures of the answers.
pub fn measure(cases: &[Case], all: &[Lines], seed: u64) -> Vec<Metric> {
    let share_of = |name: &str, better, about: &'static str| Metric::new("M10", name, Unit::Share, Some(better), about);
    let mut exact = share_of(
        "answers: value said by the model",
        Better::Higher,
        "answers that are the model's own text and hold the whole value of the slot, of all questions that have one",
    );
    let mut own = share_of(
        "answers: value said, of the model's",
        Better::Higher,
        "the same, of the answers that are the model's own text",
    );
    let mut delivered = share_of(
        "answers: value delivered",
        Better::Higher,
        "answers that hold the whole value, of all questions that have one, also where the fact is said as it stands",
    );
    let mut f1 = share_of(
        "answers: F1 of the value, of the model's",
        Better::Higher,
        "F1 of the words of the value and the run of the answer that fits best, of the model's own answers",
    );
    let mut abstains = share_of(
        "answers: declined, nobody knows",
        Better::Higher,
        "answers that decline, by a list of phrases, of the questions that the scene does not answer",
    );
    let mut refuses = share_of(
        "answers: declined, known",
        Better::Lower,
        "answers that decline, of the questions that the scene answers",
    );
    for lines in all {
        let column = lines.column.name();
        let answers: Vec<(&Case, (bool, &str))> = cases.iter().zip(lines.shown()).collect();
        let valued: Vec<(bool, bool, f64)> = answers
            .iter()
            .filter_map(|(case, (models, text))| {
                let value = case.value.as_ref()?;
                Some((*models, has(text, value), value_f1(text, value)))
            })
            .collect();
        exact.push(column, share(&valued.iter().map(|value| value.0 && value.1).collect::<Vec<_>>(), seed));
        delivered.push(column, share(&valued.iter().map(|value| value.1).collect::<Vec<_>>(), seed));
        let models = || valued.iter().filter(|value| value.0);
        own.push(column, share(&models().map(|value| value.1).collect::<Vec<_>>(), seed));
        f1.push(column, mean(&models().map(|value| value.2).collect::<Vec<_>>(), seed));
        let declined = |unanswerable: bool| {
            let of = answers.iter().filter(|(case, _)| case.unanswerable == unanswerable);
            share(&of.map(|(_, (_, text))| declines(text)).collect::<Vec<_>>(), seed)
        };
        abstains.push(column, declined(true));
        refuses.push(column, declined(false));
    }
    let hits: Vec<bool> = cases.iter().filter(|case| case.unanswerable).map(|case| declines(&case.authored)).collect();
    abstains.push_control("authored", share(&hits, seed));
    let hits: Vec<bool> = cases.iter().filter(|case| !case.unanswerable).map(|case| declines(&case.authored)).collect();
    refuses.push_control("authored", share(&hits, seed));
    vec![exact, own, delivered, f1, abstains, refuses]
}

/// Of the same questions with another value in the facts: how often the answer says the new one, and how often the old.
pub fn swapped(cases: &[Case], old_values: &[String], all: &[Lines], seed: u64) -> Vec<Metric> {
    let about = "the same questions with another value in the facts: answers of the model that hold the whole new value, of \
                 all of them";
    let mut follows = Metric::new("M5", "lore: follows a changed fact", Unit::Share, Some(Better::Higher), about);
    let about = "the same, of the answers that are the model's own text";
    let mut own = Metric::new("M5", "lore: follows, of the model's", Unit::Share, Some(Better::Higher), about);
    let about = "the same: answers of the model with the value that stood there before";
    let mut stays = Metric::new("M5", "lore: says the old value", Unit::Share, Some(Better::Lower), about);
    for lines in all {
        let answers: Vec<(bool, bool, bool)> = cases
            .iter()
            .zip(old_values)
            .zip(lines.shown())
            .map(|((case, old), (models, text))| {
                let new = case.value.as_ref().is_some_and(|value| has(text, value));
                // A new value may hold the words of the old one.
                let old = has(text, old) && !case.value.as_ref().is_some_and(|value| has(value, old));
                (models, new, old)
            })
            .collect();
        let column = lines.column.name();
        follows.push(column, share(&answers.iter().map(|it| it.0 && it.1).collect::<Vec<_>>(), seed));
        let models = answers.iter().filter(|it| it.0).map(|it| it.1);
        own.push(column, share(&models.collect::<Vec<_>>(), seed));
        stays.push(column, share(&answers.iter().map(|it| it.0 && it.2).collect::<Vec<_>>(), seed));
    }
    vec![follows, own, stays]
}
