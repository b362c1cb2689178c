//! Figures of the worker: how fast it writes, how long the first words take, what waits.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use bevy_ecs::resource::Resource;
use raconteur_core::generate::RequestId;
use raconteur_core::request::LineEvent;

use crate::governor::GovernorMode;

/// Figures of the worker, for status lines and overlays. Also registered as Bevy diagnostics.
#[derive(Resource, Debug, Clone, Copy, Default, PartialEq)]
pub struct NarrativeStats {
    /// Tokens written a second of work, over the last seconds of it; all candidates count.
    pub tokens_per_second: f32,
    /// Milliseconds from asking for the latest line to its first words that passed the rules.
    pub first_text_ms: f32,
    /// Tokens written since the start.
    pub tokens: u64,
    /// Requests that wait.
    pub queued: usize,
    /// Requests that are being written.
    pub live: usize,
    /// How hard the model may work, and why.
    pub governor: GovernorStats,
}

/// What the governor has decided, and from what.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GovernorStats {
    /// The mode in force.
    pub mode: GovernorMode,
    /// Most threads that may compute; `None`: all that the model was given.
    pub threads: Option<NonZeroUsize>,
    /// How long the worker rests between two steps. Less while a line is on screen or the player waits.
    pub rest: Duration,
    /// What a frame should take.
    pub target: Duration,
    /// Frames that took a quarter more than that while the model wrote, since the start.
    pub slips: u64,
}

/// Seconds of work after which a measurement counts half.
const HALF_LIFE: f32 = 2.0;

/// Sees everything that passes the worker and counts.
#[derive(Default)]
pub(crate) struct Meter {
    submitted: HashMap<RequestId, Instant>,
    stats: NarrativeStats,
    /// Seconds of work and tokens of late: older ones count less and less. Requests of one batch end at different
    /// times and bring their tokens then, so a single request says nothing about the speed.
    seconds: f32,
    tokens: f32,
    fresh_tokens: usize,
    changed: bool,
}

impl Meter {
    pub(crate) fn submitted(&mut self, id: RequestId) {
        self.submitted.insert(id, Instant::now());
    }

    pub(crate) fn worked(&mut self, time: Duration) {
        let time = time.as_secs_f32();
        let keep = 0.5f32.powf(time / HALF_LIFE);
        self.seconds = self.seconds * keep + time;
        self.tokens = self.tokens * keep + std::mem::take(&mut self.fresh_tokens) as f32;
    }

    pub(crate) fn see(&mut self, id: RequestId, event: &LineEvent) {
        match event {
            LineEvent::Started { .. } => {}
            LineEvent::Chunk { .. } => {
                if let Some(asked) = self.submitted.remove(&id) {
                    self.stats.first_text_ms = asked.elapsed().as_secs_f32() * 1e3;
                    self.changed = true;
                }
            }
            LineEvent::Finished(finished) => {
                self.submitted.remove(&id);
                // A generator that counts wrongly must not end the thread.
                self.fresh_tokens = self.fresh_tokens.saturating_add(finished.tokens);
                self.stats.tokens = self.stats.tokens.saturating_add(finished.tokens as u64);
                self.changed = true;
            }
        }
    }

    /// The figures, when something has changed since the last time.
    pub(crate) fn report(&mut self, queued: usize, live: usize) -> Option<NarrativeStats> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        self.stats.tokens_per_second = self.tokens / self.seconds.max(1e-6);
        self.stats.queued = queued;
        self.stats.live = live;
        Some(self.stats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use raconteur_core::desk::authored;
    use raconteur_core::request::{Finished, Why};

    /// Two requests of one batch: 40 tokens each over the same second of work, ending one step apart.
    #[test]
    fn requests_of_one_batch_do_not_count_as_speed_twice() {
        let mut meter = Meter::default();
        let end = || LineEvent::Finished(Finished { tokens: 40, ..authored("x".into(), Why::Written) });
        for _ in 0..100 {
            meter.worked(Duration::from_millis(10));
        }
        meter.see(RequestId(0), &end());
        meter.worked(Duration::from_millis(10));
        meter.see(RequestId(1), &end());
        meter.worked(Duration::from_millis(10));
        let stats = meter.report(0, 0).expect("something changed");
        assert!((60.0..110.0).contains(&stats.tokens_per_second), "{}", stats.tokens_per_second);
        assert_eq!(stats.tokens, 80);
    }
}
