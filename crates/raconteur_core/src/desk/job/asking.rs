//! Which facts a question is about.

use super::ranking::ranked;
use crate::generate::Score;
use crate::request::Work;

/// Facts whose scores are asked for, and what is then written from those that count.
pub(super) struct Asking {
    pub(super) facts: Vec<String>,
    /// Their scores, when they have come.
    pub(super) scores: Vec<Score>,
    pub(super) floor: f32,
    pub(super) most: usize,
    pub(super) then: Box<Work>,
}

impl Asking {
    /// The work that is left, with the facts that reach the floor, best first; `None` when there is none.
    pub(super) fn found(&mut self) -> Option<Work> {
        let found = ranked(&self.scores, &self.facts).into_iter().filter(|&(_, score)| score >= self.floor);
        let found: Vec<usize> = found.map(|(place, _)| place).take(self.most).collect();
        if found.is_empty() {
            return None;
        }
        let mut then = *std::mem::replace(&mut self.then, Box::new(nothing()));
        if let Work::Write { prompt, rules, constraints, .. } = &mut then {
            prompt.keep_facts(self.facts.len(), &found);
            let facts: Vec<String> = found.iter().filter_map(|&place| self.facts.get(place)).cloned().collect();
            rules.rest_on(&facts, &mut constraints.must);
        }
        Some(then)
    }
}

/// Stands where work was that has been taken.
fn nothing() -> Work {
    Work::Pick { prompt: crate::prompt::Prompt::default(), from: Vec::new(), null: None }
}
