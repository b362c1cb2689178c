//! Rows of equal length out of documents of any length.
//!
//! Every row begins with a document: its facts then stand at the low positions where they stand at run time. Whatever
//! does not fit is cut, and most of the cut documents come back whole at the beginning of another row.

use serde::{Deserialize, Serialize};

/// Share of the cut documents that come back.
const COMES_BACK: f64 = 0.7;

/// Documents that are read again and again, each time perhaps in other words.
pub trait Documents: Sync {
    /// Number of documents of an epoch.
    fn count(&self) -> usize;

    /// Tokens of a document in an epoch, end-of-text first. The same arguments give the same tokens.
    fn document(&self, epoch: u64, index: usize) -> Vec<u32>;
}

/// Where in an endless stream of rows a training is. Small, so that checkpoints hold it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Number of the epoch.
    pub epoch: u64,
    /// Documents of it that have been taken.
    taken: usize,
    /// Cut documents that come back, by epoch and index.
    back: Vec<(u64, usize)>,
    /// Documents taken in all: what chance is drawn from.
    draws: u64,
}

/// Packs rows out of documents. A function of the documents, the seed and the position alone.
pub struct Packing<'a> {
    documents: &'a dyn Documents,
    /// Tokens of a row.
    len: usize,
    seed: u64,
    position: Position,
    /// Documents of the current epoch in their order.
    order: Vec<usize>,
}

impl<'a> Packing<'a> {
    /// Rows of `len` tokens from a position on. `None` when there is no document.
    #[must_use]
    pub fn new(documents: &'a dyn Documents, len: usize, seed: u64, position: Position) -> Option<Self> {
        if documents.count() == 0 || len == 0 {
            return None;
        }
        let order = shuffled(documents.count(), seed, position.epoch);
        Some(Self { documents, len, seed, position, order })
    }

    /// Where it is.
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// The next row, `[len]`.
    pub fn row(&mut self) -> Vec<u32> {
        let mut row: Vec<u32> = Vec::with_capacity(self.len);
        while row.len() < self.len {
            let (epoch, index) = self.next();
            let document = self.documents.document(epoch, index);
            let room = self.len - row.len();
            let is_cut = document.len() > room;
            if is_cut && !row.is_empty() && document.len() <= self.len && self.chance() < COMES_BACK {
                self.position.back.push((epoch, index));
            }
            // A document without a token would never fill a row.
            if document.is_empty() {
                row.push(0);
            }
            row.extend_from_slice(&document[..document.len().min(room)]);
        }
        row
    }

    fn next(&mut self) -> (u64, usize) {
        self.position.draws += 1;
        // What was cut is taken when a row begins, which is where `back` was last added to.
        if let Some(document) = self.position.back.pop() {
            return document;
        }
        if self.position.taken >= self.order.len() {
            self.position.taken = 0;
            self.position.epoch += 1;
            self.order = shuffled(self.documents.count(), self.seed, self.position.epoch);
        }
        let index = self.order[self.position.taken];
        self.position.taken += 1;
        (self.position.epoch, index)
    }

    fn chance(&self) -> f64 {
        (mix(self.seed ^ mix(self.position.draws)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The numbers below `count` in an order that the seed and the epoch give (Fisher and Yates).
fn shuffled(count: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = mix(seed ^ mix(epoch ^ 0x5eed));
    for last in (1..count).rev() {
        state = mix(state);
        let other = usize::try_from(state % (last as u64 + 1)).unwrap_or(0);
        order.swap(last, other);
    }
    order
}

/// The finisher of `SplitMix64` (Steele, Lea and Flood 2014).
pub(super) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Documents that say who they are: `0`, then their epoch and index as often as they are long.
    struct Numbered(Vec<usize>);

    impl Documents for Numbered {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn document(&self, epoch: u64, index: usize) -> Vec<u32> {
            let mut document = vec![0];
            document.extend(std::iter::repeat_n((epoch * 1000) as u32 + index as u32 + 1, self.0[index]));
            document
        }
    }

    proptest! {
        #[test]
        fn rows_are_full_begin_with_a_document_and_go_on_after_a_stop(
            lengths in prop::collection::vec(0usize..30, 1..12),
            len in 1usize..20,
            seed in any::<u64>(),
            stop in 0usize..15,
        ) {
            let documents = Numbered(lengths);
            let mut packing = Packing::new(&documents, len, seed, Position::default()).unwrap();
            let mut rows = Vec::new();
            let mut stopped = None;
            for at in 0..30 {
                if at == stop {
                    let text = serde_json::to_string(packing.position()).unwrap();
                    stopped = Some(serde_json::from_str::<Position>(&text).unwrap());
                }
                rows.push(packing.row());
            }
            for row in &rows {
                prop_assert_eq!(row.len(), len);
                prop_assert_eq!(row[0], 0);
            }
            let mut again = Packing::new(&documents, len, seed, stopped.unwrap()).unwrap();
            for row in &rows[stop..] {
                prop_assert_eq!(row, &again.row());
            }
        }
    }

    #[test]
    fn an_epoch_has_every_document_once() {
        let documents = Numbered(vec![3; 50]);
        let mut packing = Packing::new(&documents, 4, 1, Position::default()).unwrap();
        let mut seen: Vec<u32> = (0..50).map(|_| packing.row()[1]).collect();
        assert!(!seen.is_sorted(), "shuffled");
        seen.sort_unstable();
        assert_eq!(seen, (1..=50).collect::<Vec<_>>());
    }
}
