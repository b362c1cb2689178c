//! Some lines as they are, with everything that led to them.

use raconteur_core::compose::seed_of;
use raconteur_core::request::Finished;

use super::report::{Candidate, Sample};
use super::stats::below;

/// Places of `most` among `n` items, drawn by the seed and not by how good they are.
pub fn draw(n: usize, most: usize, seed: u64) -> Vec<usize> {
    let mut open: Vec<usize> = (0..n).collect();
    let mut drawn = Vec::new();
    while drawn.len() < most && !open.is_empty() {
        drawn.push(open.swap_remove(below(open.len(), seed_of(seed, "sample", drawn.len() as u64))));
    }
    drawn
}

/// A line with its candidates: first those that were ranked, the best first, then those that were rejected.
pub fn sample(id: &str, column: &str, prompt: String, authored: &str, finished: &Finished) -> Sample {
    let ranked = finished.scored.iter().map(|(text, score)| Candidate {
        text: text.clone(),
        rejected: None,
        score: Some(f64::from(*score)),
        parts: Vec::new(),
    });
    let rejected = finished.rejected.iter().map(|(text, why)| Candidate {
        text: text.clone(),
        rejected: Some(why.to_string()),
        score: None,
        parts: Vec::new(),
    });
    Sample {
        id: id.to_owned(),
        column: column.to_owned(),
        prompt,
        authored: authored.to_owned(),
        candidates: ranked.chain(rejected).collect(),
        delivered: finished.text.clone(),
        source: finished.source.to_string(),
    }
}
