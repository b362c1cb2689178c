//! At most so many in so many ticks in a row: a sliding window, kept as the last times.

use serde::{Deserialize, Serialize};

use super::book::Limit;

/// The last times at which something happened, newest last, at most as many as the limit allows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Window(Vec<u64>);

impl Window {
    /// Whether it may happen once more now.
    pub(super) fn is_open(&self, now: u64, limit: Limit) -> bool {
        let recent = self.0.iter().filter(|&&at| now.saturating_sub(at) < limit.per).count();
        recent < limit.most as usize
    }

    /// It happens now.
    pub(super) fn note(&mut self, now: u64, limit: Limit) {
        self.0.push(now);
        let over = self.0.len().saturating_sub(limit.most as usize);
        self.0.drain(..over);
    }

    /// Whether it is of the past, in order, and not longer than it can be.
    pub(super) fn is_sound(&self, now: u64) -> bool {
        self.0.len() <= 64 && self.0.is_sorted() && self.0.last().is_none_or(|&last| last <= now)
    }
}
