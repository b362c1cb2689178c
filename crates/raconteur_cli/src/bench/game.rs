//! A stand-in for a game: some milliseconds of arithmetic every sixtieth of a second, then sleep until the next frame.
//!
//! The work is a fixed number of additions and multiplications that took so long when nothing disturbed them: a frame
//! whose core is taken away takes longer, as in a game.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use raconteur_core::generate::{Pace, ThreadPriority};
use serde::Serialize;

/// Milliseconds between the starts of two frames.
const FRAME_MS: f64 = 1000.0 / 60.0;

/// Who goes first: the modes of the plugin's governor, without its feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The frame: one thread, at the lowest priority.
    Frame,
    /// Both: all threads, at a low priority.
    Balanced,
    /// The reply: all threads, at the priority of the game.
    Reply,
}

impl Mode {
    /// What the generator is told.
    pub fn pace(self) -> Pace {
        let (threads, priority) = match self {
            Self::Frame => (Some(NonZeroUsize::MIN), ThreadPriority::Lowest),
            Self::Balanced => (None, ThreadPriority::Low),
            Self::Reply => (None, ThreadPriority::Normal),
        };
        Pace { threads, priority, prefill_chunk: None }
    }
}

/// What the game does.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub mode: Mode,
    /// Work a frame of the game's main thread, in milliseconds.
    pub work_ms: f64,
    /// The same of a second thread; 0 for none.
    pub helper_ms: f64,
    pub seconds: f64,
}

/// How the frames went. Times are in milliseconds.
#[derive(Debug, Clone, Serialize)]
pub struct Frames {
    pub frames: usize,
    /// Frames whose work took longer than a sixtieth of a second.
    pub missed: usize,
    /// How long the work of a frame took.
    pub work_median: f64,
    pub work_p99: f64,
    pub work_max: f64,
    /// How late frames began.
    pub late_median: f64,
    pub late_p99: f64,
    pub late_max: f64,
}

/// Work of a known length.
#[derive(Debug, Clone, Copy)]
pub struct Spin {
    rounds_per_ms: f64,
}

impl Spin {
    /// Measures how fast this machine works: the best of twenty tries, since others only slow it down.
    pub fn calibrate() -> Self {
        const ROUNDS: u64 = 2_000_000;
        let tries = (0..20).map(|_| {
            let begin = Instant::now();
            spin(ROUNDS);
            ms(begin.elapsed())
        });
        Self { rounds_per_ms: ROUNDS as f64 / tries.fold(f64::MAX, f64::min) }
    }

    fn work(&self, ms: f64) {
        spin((ms * self.rounds_per_ms) as u64);
    }
}

/// Each round needs the one before: no compiler and no processor makes it shorter.
fn spin(rounds: u64) {
    let mut x = 1.0f64;
    for _ in 0..rounds {
        x = x * 1.000_000_1 + 1e-9;
    }
    black_box(x);
}

/// Plays on this thread, and on a second one if the load has a helper.
pub fn run(spin: &Spin, load: &Load) -> Frames {
    let stop = AtomicBool::new(false);
    let end = Duration::from_secs_f64(load.seconds);
    std::thread::scope(|scope| {
        if load.helper_ms > 0.0 {
            scope.spawn(|| frames(spin, load.helper_ms, Duration::MAX, &stop));
        }
        let frames = frames(spin, load.work_ms, end, &stop);
        stop.store(true, Ordering::Relaxed);
        summary(frames)
    })
}

/// Work and lateness of each frame.
fn frames(spin: &Spin, work: f64, length: Duration, stop: &AtomicBool) -> Vec<(f64, f64)> {
    let begin = Instant::now();
    let (mut frames, mut next) = (Vec::new(), begin);
    while begin.elapsed() < length && !stop.load(Ordering::Relaxed) {
        let start = Instant::now();
        spin.work(work);
        frames.push((ms(start.elapsed()), ms(start.saturating_duration_since(next))));
        next += Duration::from_secs_f64(FRAME_MS / 1e3);
        let now = Instant::now();
        if next > now {
            std::thread::sleep(next - now);
        } else {
            // A frame that came too late is not made up for.
            next = now;
        }
    }
    frames
}

fn summary(frames: Vec<(f64, f64)>) -> Frames {
    let (mut work, mut late): (Vec<f64>, Vec<f64>) = frames.into_iter().unzip();
    work.sort_by(f64::total_cmp);
    late.sort_by(f64::total_cmp);
    let at = |sorted: &[f64], percent: usize| sorted.get(sorted.len() * percent / 100).copied().unwrap_or(0.0);
    let last = |sorted: &[f64]| sorted.last().copied().unwrap_or(0.0);
    Frames {
        frames: work.len(),
        missed: work.iter().filter(|&&ms| ms > FRAME_MS).count(),
        work_median: at(&work, 50),
        work_p99: at(&work, 99),
        work_max: last(&work),
        late_median: at(&late, 50),
        late_p99: at(&late, 99),
        late_max: last(&late),
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_took_too_long_is_missed() {
        let frames = summary((0..200).map(|i| (if i < 3 { 20.0 } else { 8.0 }, f64::from(i))).collect());
        assert_eq!((frames.frames, frames.missed), (200, 3));
        assert_eq!((frames.work_median, frames.work_p99, frames.work_max), (8.0, 20.0, 20.0));
        assert_eq!((frames.late_median, frames.late_p99, frames.late_max), (100.0, 198.0, 199.0));
    }

    #[test]
    fn frames_come_no_faster_than_sixty_a_second() {
        let load = Load { mode: Mode::Balanced, work_ms: 0.5, helper_ms: 0.5, seconds: 0.2 };
        let frames = run(&Spin::calibrate(), &load);
        assert!((1..=13).contains(&frames.frames), "{frames:?}");
        assert!(frames.work_median <= frames.work_p99 && frames.work_p99 <= frames.work_max);
    }
}
