//! M6: repetition, inside a line, between lines, and of what stands in the prompt.

use raconteur_core::compose::seed_of;
use raconteur_core::judge::said_hash;
use raconteur_core::request::{LineRequest, Turn};
use raconteur_core::story::format::Policy;
use raconteur_core::template::Templates;

use super::super::case::Case;
use super::super::column::Column;
use super::super::engine::Engine;
use super::super::lines::{Lines, is_models};
use super::super::ngrams::{distinct, longest_copy, repeats_across, self_bleu, seq_rep, words};
use super::super::report::{Better, Metric, Unit};
use super::super::stats::{bootstrap, mean, share};

/// Texts that self-BLEU compares: it takes the square of their number.
const MOST: usize = 150;
/// Lines that an NPC says in a row.
const LINES: usize = 20;
/// Words in a row that count as said again.
const RUN: usize = 6;

/// Figures of single lines. Of model off they are those of the authored lines.
pub fn measure(cases: &[Case], all: &[Lines], seed: u64) -> Vec<Metric> {
    let number = |name: &str, better, about: &'static str| Metric::new("M6", name, Unit::Number, better, about);
    let lower = Some(Better::Lower);
    let mut rep = Metric::new(
        "M6",
        "seq-rep-4",
        Unit::Share,
        lower,
        "1 - distinct / all runs of four words of a line (Welleck et al. 2020), mean over lines",
    );
    let mut bleu = number(
        "self-BLEU-4",
        lower,
        "BLEU-4 of each line against all others, smoothing method 1 (Zhu et al. 2018), of at most 150 lines",
    );
    let mut copy = number(
        "longest copy, words",
        None,
        "longest run of words of a line that stands in its prompt, mean over lines; a fact has to be copied",
    );
    let mut distincts: Vec<Metric> = ["distinct-1", "distinct-2", "distinct-3"]
        .map(|name| {
            number(
                name,
                Some(Better::Higher),
                "different runs of n words over all of them, all lines together (Li et al. 2016)",
            )
        })
        .to_vec();
    for lines in all {
        let column = lines.column.name();
        let of_case = |(case, (_, text)): (&Case, (bool, &str))| {
            words(if lines.column == Column::Off { &case.authored } else { text })
        };
        let texts: Vec<Vec<String>> = cases.iter().zip(lines.shown()).map(of_case).collect();
        rep.push(column, mean(&texts.iter().map(|words| seq_rep(words, 4)).collect::<Vec<_>>(), seed));
        for (n, metric) in distincts.iter_mut().enumerate() {
            // Resampling would count copies of a text as repeats: a figure without an interval.
            let value = distinct(&texts, n + 1);
            metric.push(column, bootstrap(texts.len(), seed, |_| value));
        }
        bleu.push(column, mean(&self_bleu(&texts[..texts.len().min(MOST)]), seed));
        let longest = cases.iter().zip(&texts).map(|(case, text)| longest_copy(text, &prompt(case)) as f64);
        copy.push(column, mean(&longest.collect::<Vec<_>>(), seed));
    }
    let mut metrics = vec![rep, bleu, copy];
    metrics.extend(distincts);
    metrics
}

/// What a line could copy: facts and turns, each by itself.
fn prompt(case: &Case) -> Vec<Vec<String>> {
    let turns = case.history.iter().map(|turn| &turn.text);
    case.facts.iter().chain(turns).chain([&case.say]).map(|text| words(text)).collect()
}

/// The share of NPCs who say six words again within twenty lines of talk with the player.
pub fn in_a_row(
    engine: &mut Engine,
    npcs: &[Case],
    questions: &[String],
    policy: &Policy,
    templates: &Templates,
    seed: u64,
) -> Metric {
    let mut metric = Metric::new(
        "M6",
        "NPCs who say 6 words again in 20 lines",
        Unit::Share,
        Some(Better::Lower),
        "an NPC talks with the player, who says lines of other scenes, for twenty lines; only lines of the model count",
    );
    for column in Column::ALL.into_iter().filter(|column| *column != Column::Off) {
        engine.bar().set_message(format!("twenty lines: {}", column.name()));
        let mut talks: Vec<Vec<Turn>> = vec![Vec::new(); npcs.len()];
        let mut said: Vec<Vec<Vec<String>>> = vec![Vec::new(); npcs.len()];
        let mut hashes: Vec<Vec<u32>> = vec![Vec::new(); npcs.len()];
        for round in 0..LINES {
            let requests: Vec<LineRequest> = npcs
                .iter()
                .zip(&mut talks)
                .enumerate()
                .map(|(at, (npc, talk))| {
                    let random = seed_of(seed, &npc.id, round as u64);
                    let question = &questions[super::super::stats::below(questions.len(), random)];
                    talk.push(Turn { who: "You".to_owned(), text: question.clone() });
                    let seed = seed_of(seed, "row", at as u64);
                    let said = hashes[at].clone();
                    let case = Case { history: talk.clone(), said, must: Vec::new(), seed, ..npc.clone() };
                    case.request(column, policy, templates)
                })
                .collect();
            for (at, written) in engine.write(requests).into_iter().enumerate() {
                let text = &written.finished.text;
                if is_models(&written) {
                    said[at].push(words(text));
                }
                hashes[at].push(said_hash(text));
                talks[at].push(Turn { who: npcs[at].persona.name.clone(), text: text.trim().to_owned() });
            }
        }
        metric
            .push(column.name(), share(&said.iter().map(|lines| repeats_across(lines, RUN)).collect::<Vec<_>>(), seed));
    }
    metric
}

/// Requests that [`in_a_row`] makes.
pub fn in_a_row_requests(npcs: usize) -> usize {
    npcs * LINES * (Column::ALL.len() - 1)
}
