//! How frames went of late, and how they go without the model.

use std::collections::VecDeque;
use std::time::Duration;

/// How far back [`Recent`] looks.
pub(super) const SPAN: Duration = Duration::from_secs(1);
/// What a frame takes as long as nobody has seen one: 60 a second.
const SIXTIETH: Duration = Duration::from_nanos(16_666_667);
/// Bounds of the usual frame. A game that draws faster than 144 frames a second loses nothing that can be seen when it
/// draws a little slower; one that takes a tenth of a second is loading something.
const FASTEST: Duration = Duration::from_nanos(6_944_444);
const SLOWEST: Duration = Duration::from_millis(100);
/// Frames that are remembered for the median.
const FRAMES: usize = 120;
/// Frames after which the median is taken anew.
const REFRESH: usize = 30;

/// What a frame takes without the model: the median of the last 120 such frames.
#[derive(Debug, Clone)]
pub(super) struct Usual {
    frames: VecDeque<Duration>,
    fresh: usize,
    median: Duration,
}

impl Default for Usual {
    fn default() -> Self {
        Self { frames: VecDeque::with_capacity(FRAMES), fresh: 0, median: SIXTIETH }
    }
}

impl Usual {
    pub(super) fn see(&mut self, took: Duration) {
        if self.frames.len() == FRAMES {
            self.frames.pop_front();
        }
        self.frames.push_back(took);
        self.fresh += 1;
        if self.fresh >= REFRESH {
            self.fresh = 0;
            let mut sorted: Vec<Duration> = self.frames.iter().copied().collect();
            sorted.sort_unstable();
            if let Some(&median) = sorted.get(sorted.len() / 2) {
                self.median = median.clamp(FASTEST, SLOWEST);
            }
        }
    }

    pub(super) fn median(&self) -> Duration {
        self.median
    }
}

/// The frames of the last second.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    frames: VecDeque<(Duration, bool)>,
    span: Duration,
    slips: usize,
}

impl Recent {
    pub(super) fn see(&mut self, took: Duration, slipped: bool) {
        self.frames.push_back((took, slipped));
        self.span += took;
        self.slips += usize::from(slipped);
        while self.span > SPAN
            && let Some((took, slipped)) = self.frames.pop_front()
        {
            self.span -= took;
            self.slips -= usize::from(slipped);
        }
    }

    pub(super) fn frames(&self) -> usize {
        self.frames.len()
    }

    pub(super) fn slips(&self) -> usize {
        self.slips
    }
}
