//! Figures of the worker: how fast it writes, how long the first words take, what waits.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bevy_ecs::resource::Resource;
use raconteur_core::generate::RequestId;
use raconteur_core::request::LineEvent;

/// Figures of the worker, for status lines and overlays. Also registered as Bevy diagnostics.
#[derive(Resource, Debug, Clone, Copy, Default, PartialEq)]
pub struct NarrativeStats {
    /// Tokens written a second of work, over the last few requests; all candidates count.
    pub tokens_per_second: f32,
    /// Milliseconds from asking for the latest line to its first words that passed the rules.
    pub first_text_ms: f32,
    /// Tokens written since the start.
    pub tokens: u64,
    /// Requests that wait.
    pub queued: usize,
    /// Requests that are being written.
    pub live: usize,
}

/// Share of the newest measurement in the smoothed speed.
const NEWEST: f32 = 0.3;

/// Sees everything that passes the worker and counts.
#[derive(Default)]
pub(crate) struct Meter {
    submitted: HashMap<RequestId, Instant>,
    stats: NarrativeStats,
    /// Work since the last request with tokens ended.
    worked: Duration,
    fresh_tokens: usize,
    changed: bool,
}

impl Meter {
    pub(crate) fn submitted(&mut self, id: RequestId) {
        self.submitted.insert(id, Instant::now());
    }

    pub(crate) fn worked(&mut self, time: Duration) {
        self.worked += time;
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
                self.fresh_tokens += finished.tokens;
                self.changed = true;
            }
        }
    }

    /// The figures, when something has changed since the last time.
    pub(crate) fn report(&mut self, queued: usize, live: usize) -> Option<NarrativeStats> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        if self.fresh_tokens > 0 {
            let speed = self.fresh_tokens as f32 / self.worked.as_secs_f32().max(1e-6);
            let old = self.stats.tokens_per_second;
            self.stats.tokens_per_second = if old == 0.0 { speed } else { old + NEWEST * (speed - old) };
            self.stats.tokens += self.fresh_tokens as u64;
            self.fresh_tokens = 0;
            self.worked = Duration::ZERO;
        }
        self.stats.queued = queued;
        self.stats.live = live;
        Some(self.stats)
    }
}
