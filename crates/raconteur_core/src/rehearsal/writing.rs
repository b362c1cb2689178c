//! Requests that are seen to their end: the desk is stepped until all are over, or somebody has waited long enough.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Piece, Rehearsal, Room, Told};
use crate::desk::authored;
use crate::generate::{GenerateError, Progress, RequestId};
use crate::request::{Finished, LineEvent, LineRequest, Why};

/// What a rehearsal may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most moments of one play: a story with circles has no end. **Default** 2000.
    pub moments: usize,
    /// Most steps of the desk for the requests that are made together; what is not over then ends as
    /// [`Why::Late`], as it does in a game when its time is over. **Default** 100 000, far above what any model needs.
    pub steps: usize,
    /// Whether a request also ends as late when its `budget_ms` has passed. Only with a clock. **Default** false.
    pub budgets: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { moments: 2000, steps: 100_000, budgets: false }
    }
}

/// How many requests were made, and how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that went to the desk.
    pub submitted: usize,
    /// Requests that ended.
    pub finished: usize,
    /// Ends of requests that were over already, or were never made. Always 0 unless the desk is wrong.
    pub surplus: usize,
    /// Requests that did not end although they were given up. Always 0 unless the desk is wrong.
    pub lost: usize,
    /// Steps in which the generator panicked.
    pub panics: usize,
    /// Steps of the desk.
    pub steps: u64,
}

impl Rehearsal<'_> {
    /// Sees requests to their end, all at once, and gives the ends in the order of the requests, and how long they took
    /// together.
    pub(super) fn write(
        &mut self,
        requests: Vec<(&Piece, LineRequest)>,
        room: &mut Room<'_, '_>,
    ) -> (Vec<Finished>, Option<f64>) {
        if requests.is_empty() {
            return (Vec::new(), None);
        }
        let begun = room.now();
        let first = self.next;
        self.next += requests.len() as u64;
        self.counts.submitted += requests.len();
        let pieces: Vec<Piece> =
            requests.iter().enumerate().map(|(at, (piece, _))| Piece { at, ..(*piece).clone() }).collect();
        let budgets: Vec<u64> = requests.iter().map(|(_, request)| request.budget_ms).collect();
        let fallbacks: Vec<String> = requests.iter().map(|(_, request)| request.fallback.clone()).collect();
        let mut ends = Ends { first, ends: vec![None; requests.len()], surplus: 0 };
        for (at, (_, request)) in requests.into_iter().enumerate() {
            (room.watch)(Told::Asked { piece: &pieces[at], request: &request });
            let id = RequestId(first + at as u64);
            self.desk.submit(id, request, &mut |id, event| ends.hear(&pieces, id, event, room.watch));
        }
        let mut steps = 0;
        while let Some(writer) = room.writer.as_deref_mut() {
            steps += 1;
            let mut sink = |id: RequestId, event: LineEvent| ends.hear(&pieces, id, event, room.watch);
            // As the plugin's worker does it: a panic ends what is at work, and nothing else.
            match catch_unwind(AssertUnwindSafe(|| self.desk.step(writer, &mut sink))) {
                Ok(Progress::Working) => {}
                Ok(Progress::Idle) => break,
                Err(_) => {
                    self.counts.panics += 1;
                    self.desk.abandon_begun(&Why::WorkerPanicked, &mut sink);
                }
            }
            if steps >= self.limits.steps {
                for at in 0..pieces.len() {
                    self.desk.expire(RequestId(first + at as u64), Some(&mut *writer), &mut sink);
                }
                break;
            }
            if self.limits.budgets
                && let (Some(begun), Some(clock)) = (begun, room.clock.as_mut())
            {
                let passed = clock() - begun;
                for (at, _) in budgets.iter().enumerate().filter(|(_, budget)| passed > **budget as f64) {
                    self.desk.expire(RequestId(first + at as u64), Some(&mut *writer), &mut sink);
                }
            }
        }
        self.counts.steps += steps as u64;
        // A model that falls silent leaves requests behind.
        let silent = Why::Failed(GenerateError::Backend("it stopped without an answer".to_owned()));
        self.desk.abandon(&silent, &mut |id, event| ends.hear(&pieces, id, event, room.watch));
        self.counts.surplus += ends.surplus;
        self.counts.finished += ends.ends.iter().flatten().count();
        self.counts.lost += ends.ends.iter().filter(|end| end.is_none()).count();
        let millis = begun.zip(room.now()).map(|(begun, now)| now - begun);
        let ended = ends.ends.into_iter().zip(fallbacks);
        (ended.map(|(end, say)| end.unwrap_or_else(|| authored(say, silent.clone()))).collect(), millis)
    }
}

/// How the requests that were made together ended.
struct Ends {
    /// Number of the first of them.
    first: u64,
    ends: Vec<Option<Finished>>,
    surplus: usize,
}

impl Ends {
    fn hear(&mut self, pieces: &[Piece], id: RequestId, event: LineEvent, watch: &mut dyn FnMut(Told<'_>)) {
        let at = id.0.checked_sub(self.first).and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX);
        let Some((piece, end)) = pieces.get(at).zip(self.ends.get_mut(at)) else {
            self.surplus += 1;
            return;
        };
        match event {
            LineEvent::Started { bill } => watch(Told::Started { piece, bill: &bill }),
            LineEvent::Chunk { text, .. } => watch(Told::Chunk { piece, text: &text }),
            LineEvent::Finished(_) if end.is_some() => self.surplus += 1,
            LineEvent::Finished(finished) => *end = Some(finished),
        }
    }
}
