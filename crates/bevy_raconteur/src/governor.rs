//! The governor: how hard the model may work, so that the game keeps its frames.
//!
//! ```text
//! frame times --> slips or not --> level of backing off --> Decision --Job--> worker
//!    usual frame time while the model rests --^    mode --^      pace of the generator, rest between two steps
//! ```
//! This file is policy without a clock, a thread or an app: it is told how long frames took. [`feedback`] tells it.
//!
//! Between two steps the worker may rest. So the model can be slowed down without a thread that spins, and without
//! anything that a step leaves half done.

mod feedback;
mod frames;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;
use std::time::Duration;

use raconteur_core::generate::{Pace, Priority, ThreadPriority};

pub(crate) use feedback::{FrameGovernor, govern};
use frames::{Recent, Usual};

/// Who goes first when the game and the model want the same cores.
///
/// | mode | threads | their priority | when frames slip |
/// |---|---|---|---|
/// | `PrioritiseFrame` | one | lowest | rests between steps, twice as long each time, at most 64 ms |
/// | `Balanced` | all that the model was given | low | falls back to one thread, then rests as above |
/// | `PrioritiseReply` | all that the model was given | normal | goes on |
///
/// Rests are shorter for what is on screen or addressed: at most 8 and 4 ms in `PrioritiseFrame`, 4 and 2 ms in
/// `Balanced`. A mode never changes what is written, only when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum GovernorMode {
    /// The frame. For scenes in which something moves fast and words may come late.
    PrioritiseFrame,
    /// The frame, as long as it is in danger.
    #[default]
    Balanced,
    /// The reply. For scenes in which the player waits for words: a conversation in close-up, a loading screen.
    PrioritiseReply,
}

/// How the model is to work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    /// What the generator is told.
    pub(crate) pace: Pace,
    /// How long the worker rests between two steps, by the index of the most urgent [`Priority`] that is open.
    pub(crate) rests: [Duration; 3],
}

impl Decision {
    /// How long the worker rests between two steps while `most_urgent` is the most urgent request that is open.
    pub(crate) fn rest(&self, most_urgent: Priority) -> Duration {
        self.rests[most_urgent as usize]
    }
}

/// What the model is doing while a frame passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activity {
    /// Nothing: frames take what the game takes.
    Idle,
    /// It is being loaded: frames say nothing.
    Loading,
    /// It writes; the most urgent request has this priority.
    Writing(Priority),
}

/// A frame that takes longer than the target times this slips. A display that waits for its refresh makes it twice.
const SLIP: f64 = 1.25;
/// Slips within [`frames::SPAN`] below which they are the system's noise ..
const FEWEST_SLIPS: usize = 2;
/// .. as is less than one frame in so many.
const FRAMES_A_SLIP: usize = 20;
/// A frame longer than this is a pause (a level that is loaded, a window in the background, a debugger), not a slip.
const PAUSE: Duration = Duration::from_secs(1);
/// Time that a step back is given to show.
const SETTLE: Duration = Duration::from_millis(100);
/// Calm time after which a step forward is tried. Twice as long each time when frames slip again after it.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest that patience becomes.
const MOST_PATIENCE: Duration = Duration::from_secs(32);
/// A step back within this time after a step forward is a relapse.
const RELAPSE: Duration = Duration::from_secs(4);
/// The shortest rest; each level doubles it.
const FIRST_REST: Duration = Duration::from_millis(2);
/// Number of levels of rest: 2 to 64 ms.
const RESTS: usize = 6;
/// Longest rests by priority. A line on screen is due after 700 ms unless its policy says otherwise: of these, 40 tokens
/// lose at most 320 ms in `PrioritiseFrame`, and 160 ms in `Balanced`.
const LONGEST_FRAME: [Duration; 3] = [Duration::from_millis(64), Duration::from_millis(8), Duration::from_millis(4)];
const LONGEST_BALANCED: [Duration; 3] = [Duration::from_millis(64), Duration::from_millis(4), Duration::from_millis(2)];
/// Tokens of a prompt a step when a whole chunk of the generator's would be too much at once.
const SMALL_CHUNK: NonZeroUsize = NonZeroUsize::MIN.saturating_add(15);
const SMALLEST_CHUNK: NonZeroUsize = NonZeroUsize::MIN.saturating_add(7);

/// Decides from how frames go.
#[derive(Debug, Clone)]
pub(crate) struct Governor {
    mode: GovernorMode,
    feedback: bool,
    /// What a frame should take, if the game says so.
    asked_target: Option<Duration>,
    /// What a frame takes without the model.
    usual: Usual,
    recent: Recent,
    /// How far the model backs off: 0 not at all.
    level: usize,
    /// Time since the level changed, and whether it was a step forward.
    since_change: Duration,
    went_forward: bool,
    /// Time in which frames did not slip.
    calm: Duration,
    patience: Duration,
    slips: u64,
}

impl Default for Governor {
    fn default() -> Self {
        Self {
            mode: GovernorMode::default(),
            feedback: true,
            asked_target: None,
            usual: Usual::default(),
            recent: Recent::default(),
            level: 0,
            since_change: Duration::ZERO,
            went_forward: false,
            calm: Duration::ZERO,
            patience: PATIENCE,
            slips: 0,
        }
    }
}

impl Governor {
    /// Takes what the game wants. Another mode, or other feedback, begins without backing off.
    pub(crate) fn configure(&mut self, mode: GovernorMode, feedback: bool, target: Option<Duration>) {
        self.asked_target = target;
        if (mode, feedback) != (self.mode, self.feedback) {
            (self.mode, self.feedback) = (mode, feedback);
            self.change_level(0);
            self.went_forward = false;
            self.patience = PATIENCE;
        }
    }

    /// Takes a frame that has passed.
    pub(crate) fn frame(&mut self, took: Duration, activity: Activity) {
        if !self.feedback || took.is_zero() || took > PAUSE {
            return;
        }
        let fully_backed_off = self.level > 0 && self.level == self.most_levels();
        match activity {
            Activity::Idle => self.usual.see(took),
            // The model hardly works any more. If frames are as slow as before, it is not the model that slows them.
            Activity::Writing(Priority::Ambient) if fully_backed_off => self.usual.see(took),
            _ => {}
        }
        self.since_change = self.since_change.saturating_add(took);
        let writing = matches!(activity, Activity::Writing(_));
        let slipped = writing && took.as_secs_f64() > self.target().as_secs_f64() * SLIP;
        self.slips += u64::from(slipped);
        self.recent.see(took, slipped);
        if self.recent.slips() >= FEWEST_SLIPS && self.recent.slips() * FRAMES_A_SLIP >= self.recent.frames() {
            self.calm = Duration::ZERO;
            if self.since_change >= SETTLE && self.level < self.most_levels() {
                self.step_back();
            }
        } else {
            self.calm = self.calm.saturating_add(took);
            if self.calm >= self.patience {
                self.step_forward();
            }
        }
    }

    fn step_back(&mut self) {
        if self.went_forward && self.since_change < RELAPSE {
            self.patience = (self.patience * 2).min(MOST_PATIENCE);
        }
        self.went_forward = false;
        self.change_level(self.level + 1);
    }

    fn step_forward(&mut self) {
        if self.went_forward || self.level == 0 {
            // The last step forward has held.
            self.patience = (self.patience / 2).max(PATIENCE);
        }
        if self.level > 0 {
            self.went_forward = true;
            self.change_level(self.level - 1);
        } else {
            self.calm = Duration::ZERO;
        }
    }

    fn change_level(&mut self, level: usize) {
        self.level = level;
        self.recent = Recent::default();
        self.since_change = Duration::ZERO;
        self.calm = Duration::ZERO;
    }

    fn most_levels(&self) -> usize {
        match self.mode {
            GovernorMode::PrioritiseFrame => RESTS,
            GovernorMode::Balanced => 1 + RESTS,
            GovernorMode::PrioritiseReply => 0,
        }
    }

    /// What is to be done now.
    pub(crate) fn decision(&self) -> Decision {
        let one = Some(NonZeroUsize::MIN);
        match self.mode {
            GovernorMode::PrioritiseFrame => {
                let chunk = if self.level < 3 { SMALL_CHUNK } else { SMALLEST_CHUNK };
                let pace = Pace { threads: one, priority: ThreadPriority::Lowest, prefill_chunk: Some(chunk) };
                Decision { pace, rests: rests(self.level, LONGEST_FRAME) }
            }
            GovernorMode::Balanced => {
                let held = self.level > 0;
                let pace = Pace {
                    threads: one.filter(|_| held),
                    priority: ThreadPriority::Low,
                    prefill_chunk: held.then_some(SMALL_CHUNK),
                };
                Decision { pace, rests: rests(self.level.saturating_sub(1), LONGEST_BALANCED) }
            }
            GovernorMode::PrioritiseReply => {
                let pace = Pace { threads: None, priority: ThreadPriority::Normal, prefill_chunk: None };
                Decision { pace, rests: [Duration::ZERO; 3] }
            }
        }
    }

    /// What a frame should take.
    pub(crate) fn target(&self) -> Duration {
        self.asked_target.unwrap_or_else(|| self.usual.median())
    }

    /// Frames that slipped while the model wrote, since the start.
    pub(crate) fn slips(&self) -> u64 {
        self.slips
    }

    /// The mode in force.
    pub(crate) fn mode(&self) -> GovernorMode {
        self.mode
    }
}

/// The rest of a level for each priority.
fn rests(level: usize, longest: [Duration; 3]) -> [Duration; 3] {
    let rest = match level {
        0 => Duration::ZERO,
        level => FIRST_REST * (1 << (level.min(RESTS) - 1)),
    };
    longest.map(|longest| rest.min(longest))
}
