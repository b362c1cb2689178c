//! In which order the steps of all threads are told: a search through the positions of the threads.
//!
//! What has been told is known from how far each thread is, and so is who is there: a person is sent away and brought back
//! by one thread only. A position from which there is no way on is remembered, so each is looked at once.

use std::collections::HashSet;

use super::fill::{Bound, resolve};
use super::format::{Opening, Scene};
use crate::rehearsal::dice::Dice;

/// Most positions that lead nowhere before the search gives up: far above what a readable opening has.
const MOST_DEAD_ENDS: usize = 200_000;

/// A step by the places of its thread and of itself in it.
pub(super) type Step = (usize, usize);

/// The threads of an opening, with ids turned into places.
pub(super) struct Threads {
    /// For each thread its steps.
    steps: Vec<Vec<Needs>>,
    /// Whether each person is away at the beginning, by the place in the cast.
    away: Vec<bool>,
}

/// What a step needs and does; people by their place in the cast.
#[derive(Default)]
struct Needs {
    with: Vec<usize>,
    after: Vec<Step>,
    dies: Vec<usize>,
    leaves: Vec<usize>,
    returns: Vec<usize>,
}

/// How somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    Here,
    Away,
    Dead,
}

/// Why there is no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoOrder {
    /// Of every position that was reached this one had told the most, and these steps could not follow.
    Stuck(Vec<Step>),
    /// Too many positions.
    TooMany,
}

impl Threads {
    pub(super) fn new(opening: &Opening, bound: &[Bound]) -> Self {
        let people = |ids: &[String]| -> Vec<usize> {
            let ids = ids.iter().filter_map(|id| resolve(id, &[bound]));
            ids.filter_map(|id| opening.cast.position(&id)).collect()
        };
        let needs = |scene: &Scene| Needs {
            with: people(&scene.with),
            after: scene.after.iter().filter_map(|address| Self::step(opening, address)).collect(),
            dies: people(&scene.dies),
            leaves: people(&scene.leaves),
            returns: people(&scene.returns),
        };
        let steps = opening.threads.iter().map(|(_, thread)| thread.scenes().map(|(_, scene)| needs(scene)).collect());
        Self { steps: steps.collect(), away: opening.cast.iter().map(|(_, person)| person.away).collect() }
    }

    /// The step at an address.
    pub(super) fn step(opening: &Opening, address: &str) -> Option<Step> {
        let (thread, step) = address.split_once('/')?;
        let place = opening.threads.get(thread)?.scenes().position(|(id, _)| id == step)?;
        Some((opening.threads.position(thread)?, place))
    }

    /// Number of all steps.
    pub(super) fn len(&self) -> usize {
        self.steps.iter().map(Vec::len).sum()
    }

    /// How everybody is when each thread has been told so far.
    pub(super) fn people(&self, at: &[usize]) -> Vec<Is> {
        let mut people: Vec<Is> = self.away.iter().map(|away| if *away { Is::Away } else { Is::Here }).collect();
        for (steps, told) in self.steps.iter().zip(at) {
            for needs in steps.iter().take(*told) {
                needs.returns.iter().for_each(|&who| people[who] = Is::Here);
                needs.leaves.iter().for_each(|&who| people[who] = Is::Away);
            }
        }
        // Last, since threads may be in any order here, and nobody comes back from it.
        for (steps, told) in self.steps.iter().zip(at) {
            let dies = steps.iter().take(*told).flat_map(|needs| &needs.dies);
            dies.for_each(|&who| people[who] = Is::Dead);
        }
        people
    }

    /// Whether a thread is open there.
    pub(super) fn is_open(&self, at: &[usize], thread: usize) -> bool {
        (1..self.steps[thread].len()).contains(&at[thread])
    }

    /// An order in which `first` opens first and closes last.
    pub(super) fn order(&self, first: usize, dice: &mut Dice) -> Result<Vec<Step>, NoOrder> {
        let mut search = Search { threads: self, first, dice, dead: HashSet::new(), deepest: (0, Vec::new()) };
        let mut at = vec![0; self.steps.len()];
        let mut order = Vec::with_capacity(self.len());
        if search.go(&mut at, &mut order) {
            return Ok(order);
        }
        if search.dead.len() >= MOST_DEAD_ENDS { Err(NoOrder::TooMany) } else { Err(NoOrder::Stuck(search.deepest.1)) }
    }

    fn may_follow(&self, at: &[usize], people: &[Is], thread: usize, first: usize) -> bool {
        let place = at[thread];
        let Some(needs) = self.steps[thread].get(place) else { return false };
        let told: usize = at.iter().sum();
        if told == 0 && thread != first {
            return false;
        }
        // What opened first closes when all else is closed.
        if thread == first && place + 1 == self.steps[thread].len() && told + 1 < self.len() {
            return false;
        }
        needs.after.iter().all(|&(thread, place)| at[thread] > place)
            && needs.with.iter().all(|&who| people[who] == Is::Here || needs.returns.contains(&who))
            && needs.returns.iter().all(|&who| people[who] == Is::Away)
    }
}

struct Search<'a> {
    threads: &'a Threads,
    first: usize,
    dice: &'a mut Dice,
    /// Positions from which there is no way to the end.
    dead: HashSet<Vec<usize>>,
    /// How many steps were told at most, and what could not follow then.
    deepest: (usize, Vec<Step>),
}

impl Search<'_> {
    fn go(&mut self, at: &mut Vec<usize>, order: &mut Vec<Step>) -> bool {
        if order.len() == self.threads.len() {
            return true;
        }
        if self.dead.len() >= MOST_DEAD_ENDS || self.dead.contains(at) {
            return false;
        }
        let people = self.threads.people(at);
        let mut next: Vec<usize> =
            (0..at.len()).filter(|&thread| self.threads.may_follow(at, &people, thread, self.first)).collect();
        if next.is_empty() && order.len() >= self.deepest.0 {
            let left = (0..at.len()).filter(|&thread| at[thread] < self.threads.steps[thread].len());
            self.deepest = (order.len(), left.map(|thread| (thread, at[thread])).collect());
        }
        while !next.is_empty() {
            let thread = next.swap_remove(self.draw(&next, at, order));
            order.push((thread, at[thread]));
            at[thread] += 1;
            if self.go(at, order) {
                return true;
            }
            at[thread] -= 1;
            order.pop();
        }
        self.dead.insert(at.clone());
        false
    }

    /// Which of `next` is tried first: what has waited long is likelier, and a new thread while few are open.
    fn draw(&mut self, next: &[usize], at: &[usize], order: &[Step]) -> usize {
        let open = (0..at.len()).filter(|&thread| self.threads.is_open(at, thread)).count();
        let weight = |&thread: &usize| -> usize {
            if at[thread] == 0 {
                return [8, 6, 3, 1].get(open).copied().unwrap_or(1);
            }
            let waited = order.iter().rev().position(|(told, _)| *told == thread).unwrap_or(order.len());
            1 + 2 * waited
        };
        let weights: Vec<usize> = next.iter().map(weight).collect();
        let mut drawn = self.dice.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if drawn < *weight {
                return place;
            }
            drawn -= weight;
        }
        0
    }
}
