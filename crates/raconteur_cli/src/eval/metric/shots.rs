//! M14: whether a line copies the examples of style in its prompt.

use raconteur_core::story::format::Policy;
use raconteur_core::template::Templates;

use super::super::case::{Case, Drawn};
use super::super::engine::Engine;
use super::super::lines;
use super::super::ngrams::{longest_copy, shared_fours, words};
use super::super::report::{Better, Metric, Unit};
use super::super::stats::{mean, share};

/// Share of the runs of four words above which a line is a copy.
const COPIED: f64 = 0.5;
/// Most examples.
const SHOTS: usize = 2;

/// The cases of talk whose speaker says something in other scenes, with that as examples.
pub fn cases(scenes: &[Drawn], all: &[Drawn], cases: &[Case]) -> Vec<Case> {
    let with_shots = |case: &Case| {
        let own = scenes.iter().find(|drawn| case.id == format!("talk {}", drawn.line))?;
        let who = own.draw.names.iter().find(|(_, new)| *new == case.persona.name).map(|(old, _)| old);
        let who = who.unwrap_or(&case.persona.name);
        let mut talks: Vec<(String, String)> = Vec::new();
        for other in all.iter().filter(|o| o.line != own.line && o.written.world == own.written.world) {
            // In the names of this scene's drawing.
            let turns = other
                .written
                .with(&raconteur_core::scenes::Draw { names: own.draw.names.clone(), ..Default::default() });
            let same = other.written.speakers.contains(who);
            let pairs = turns.body.turns().windows(2).filter(|pair| same && pair[1].0 == case.persona.name);
            talks.extend(pairs.map(|pair| (pair[0].1.clone(), pair[1].1.clone())).take(1));
        }
        talks.truncate(SHOTS);
        let persona = raconteur_core::persona::Persona { talks, ..case.persona.clone() };
        (!persona.talks.is_empty()).then(|| Case { persona, ..case.clone() })
    };
    cases.iter().filter_map(with_shots).collect()
}

/// The share of lines that are copies of an example, and the longest run.
pub fn measure(engine: &mut Engine, cases: &[Case], policy: &Policy, templates: &Templates, seed: u64) -> Vec<Metric> {
    let about = "lines of the model with more than half of their runs of four words in the examples of the prompt; only \
                 scenes whose speaker has lines elsewhere";
    let mut copies = Metric::new("M14", "copies an example", Unit::Share, Some(Better::Lower), about);
    let about = "longest run of words of a line of the model that stands in an example, mean";
    let mut longest = Metric::new("M14", "longest copy of an example, words", Unit::Number, Some(Better::Lower), about);
    for lines in lines::write(engine, cases, policy, templates) {
        let shown = cases.iter().zip(lines.shown()).filter(|(_, (models, _))| *models);
        let found: Vec<(bool, f64)> = shown
            .map(|(case, (_, text))| {
                let shots: Vec<Vec<String>> = case.persona.talks.iter().map(|(_, said)| words(said)).collect();
                let text = words(text);
                let copied = shared_fours(&text, &shots).is_some_and(|share| share > COPIED) || shots.contains(&text);
                (copied, longest_copy(&text, &shots) as f64)
            })
            .collect();
        copies.push(lines.column.name(), share(&found.iter().map(|found| found.0).collect::<Vec<_>>(), seed));
        longest.push(lines.column.name(), mean(&found.iter().map(|found| found.1).collect::<Vec<_>>(), seed));
    }
    vec![copies, longest]
}
