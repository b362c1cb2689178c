//! Requests that have not begun: most urgent first, oldest first among equals, bounded in number and in waiting.
//!
//! A lane that is passed over [`PATIENCE`] times while somebody waits in it hands its oldest request to the next lane, where
//! that one waits behind those who are there, and is as urgent as they are from then on. So nobody waits for ever, however
//! many more urgent requests come, and one pick in [`PATIENCE`] is the most that they lose. Waiting is counted in picks: the
//! same requests are picked in the same order on every machine.

use std::collections::VecDeque;

use crate::generate::{Priority, RequestId};
use crate::request::LineRequest;

/// Number of waiting requests that a desk holds unless told otherwise.
pub const DEFAULT_CAPACITY: usize = 64;

/// Picks from more urgent lanes after which the oldest request of a lane moves up.
const PATIENCE: usize = 16;

/// Index of a priority's lane.
const LANES: [Priority; 3] = [Priority::Ambient, Priority::OnScreen, Priority::Addressed];

pub(super) struct Queue {
    /// One lane a priority, each in the order of arrival.
    lanes: [VecDeque<(RequestId, LineRequest)>; 3],
    /// How often each lane was passed over since one left it.
    passed: [usize; 3],
    capacity: usize,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self { lanes: Default::default(), passed: [0; 3], capacity: capacity.max(1) }
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
        let lane = (0..LANES.len()).rev().find(|&lane| !self.lanes[lane].is_empty())?;
        let picked = self.lanes[lane].pop_front();
        self.passed[lane] = 0;
        // From above, so that nobody moves two lanes at once.
        (0..lane).rev().for_each(|lower| self.pass_over(lower));
        picked
    }

    fn pass_over(&mut self, lane: usize) {
        if self.lanes[lane].is_empty() {
            self.passed[lane] = 0;
            return;
        }
        self.passed[lane] += 1;
        if self.passed[lane] == PATIENCE
            && let Some((id, request)) = self.lanes[lane].pop_front()
        {
            self.passed[lane] = 0;
            let priority = LANES[lane + 1];
            self.lanes[lane + 1].push_back((id, LineRequest { priority, ..request }));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::Prompt;
    use crate::request::Work;

    fn request(priority: Priority) -> LineRequest {
        let work = Work::Pick { prompt: Prompt::default(), from: vec!["Yes.".into()], null: None };
        LineRequest { work, fallback: "Yes.".into(), priority, budget_ms: 700 }
    }

    fn push(queue: &mut Queue, id: u64, priority: Priority) {
        assert!(queue.push(RequestId(id), request(priority)).is_none());
    }

    /// Picks while another request of that priority comes before each; returns after how many picks `id` was picked.
    fn picks_until(queue: &mut Queue, id: u64, flood: Priority) -> (usize, Priority) {
        for picks in 1..1000 {
            push(queue, 1000 + picks as u64, flood);
            let (picked, request) = queue.pop().unwrap();
            if picked == RequestId(id) {
                return (picks, request.priority);
            }
        }
        panic!("it starved");
    }

    #[test]
    fn nobody_waits_for_ever_behind_the_more_urgent() {
        let mut queue = Queue::new(64);
        push(&mut queue, 0, Priority::Ambient);
        // Two lanes up, then its turn among those who came before it.
        assert_eq!(picks_until(&mut queue, 0, Priority::Addressed), (2 * PATIENCE + 1, Priority::Addressed));
        let mut queue = Queue::new(64);
        push(&mut queue, 1, Priority::Ambient);
        assert_eq!(picks_until(&mut queue, 1, Priority::OnScreen), (PATIENCE + 1, Priority::OnScreen));
    }

    #[test]
    fn a_lane_moves_up_in_its_order_and_one_at_a_time() {
        let mut queue = Queue::new(64);
        (0..4).for_each(|id| push(&mut queue, id, Priority::OnScreen));
        let turns = [0, 1, 2, 3].map(|id| picks_until(&mut queue, id, Priority::Addressed).0);
        assert_eq!(turns, [PATIENCE + 1; 4]);
    }

    #[test]
    fn without_a_flood_the_order_is_strict() {
        let mut queue = Queue::new(64);
        for id in 0..PATIENCE as u64 {
            push(&mut queue, id, LANES[id as usize % 3]);
        }
        let picked: Vec<Priority> = std::iter::from_fn(|| queue.pop()).map(|(_, request)| request.priority).collect();
        assert!(picked.is_sorted_by(|a, b| a >= b), "{picked:?}");
        assert!(picked.len() == PATIENCE && queue.is_empty());
    }
}
