//! Requests that have not begun: most urgent first, oldest first among equals, bounded.

use std::collections::VecDeque;

use crate::generate::{Priority, RequestId};
use crate::request::LineRequest;

/// Number of waiting requests that a desk holds unless told otherwise.
pub const DEFAULT_CAPACITY: usize = 64;

/// Index of a priority's lane.
const LANES: [Priority; 3] = [Priority::Ambient, Priority::OnScreen, Priority::Addressed];

pub(super) struct Queue {
    /// One lane a priority, each in the order of arrival.
    lanes: [VecDeque<(RequestId, LineRequest)>; 3],
    capacity: usize,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self { lanes: Default::default(), capacity: capacity.max(1) }
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.iter().map(VecDeque::len).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.iter().all(VecDeque::is_empty)
    }

    /// Takes a request in and gives back the one that had to go for it: the oldest of the least urgent.
    pub(super) fn push(&mut self, id: RequestId, request: LineRequest) -> Option<(RequestId, LineRequest)> {
        let lane = request.priority as usize;
        if self.len() < self.capacity {
            self.lanes[lane].push_back((id, request));
            return None;
        }
        // A more urgent request is never dropped for a less urgent one.
        match self.lanes[..=lane].iter_mut().find_map(VecDeque::pop_front) {
            Some(dropped) => {
                self.lanes[lane].push_back((id, request));
                Some(dropped)
            }
            None => Some((id, request)),
        }
    }

    pub(super) fn most_urgent(&self) -> Option<Priority> {
        (0..LANES.len()).rev().find(|&lane| !self.lanes[lane].is_empty()).map(|lane| LANES[lane])
    }

    pub(super) fn pop(&mut self) -> Option<(RequestId, LineRequest)> {
        self.lanes.iter_mut().rev().find_map(VecDeque::pop_front)
    }

    pub(super) fn remove(&mut self, id: RequestId) -> Option<LineRequest> {
        self.lanes.iter_mut().find_map(|lane| {
            let at = lane.iter().position(|(queued, _)| *queued == id)?;
            lane.remove(at).map(|(_, request)| request)
        })
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = (RequestId, LineRequest)> + '_ {
        self.lanes.iter_mut().rev().flat_map(|lane| lane.drain(..))
    }
}
