//! Draws by seed and number: the same seed, the same draws, on every machine.

use crate::compose::seed_of;

/// Draws for one purpose.
#[derive(Debug, Clone)]
pub(crate) struct Dice {
    seed: u64,
    drawn: u64,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.drawn += 1;
        seed_of(self.seed, "dice", self.drawn)
    }

    /// A number below `count`, 0 when that is 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        // What is left of a division is below the count, which is a `usize`.
        usize::try_from(self.next() % count.max(1) as u64).unwrap_or(0)
    }

    /// True in so many of 100 cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of a list; `None` of an empty one.
    pub(crate) fn of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }
}
