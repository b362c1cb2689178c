//! [`Profile`]: where the time of passes goes.

use std::fmt;
use std::time::{Duration, Instant};

/// The parts of a pass, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Embedding,
    Norm,
    Queries,
    Cache,
    Attention,
    Projection,
    MlpIn,
    MlpOut,
    Head,
}

/// Time that passes took, by what they did. Telling the time costs a pass some microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Profile {
    times: [Duration; 9],
}

impl Profile {
    /// What there is to do, and the time it took in all passes so far.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        const NAMES: [&str; 9] = [
            "embeddings",
            "layer norms",
            "queries, keys, values",
            "writing keys and values",
            "attention",
            "attention output",
            "mlp in",
            "mlp out",
            "head",
        ];
        NAMES.into_iter().zip(self.times)
    }

    /// Time of all parts.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.times.iter().sum()
    }
}

impl std::ops::Sub for Profile {
    type Output = Self;

    /// What was added since an earlier moment.
    fn sub(self, earlier: Self) -> Self {
        let mut times = self.times;
        for (time, before) in times.iter_mut().zip(earlier.times) {
            *time = time.saturating_sub(before);
        }
        Self { times }
    }
}

impl fmt::Display for Profile {
    /// A line for each part: its share of the time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total().as_secs_f64().max(f64::MIN_POSITIVE);
        self.parts().try_for_each(|(name, time)| {
            let time = time.as_secs_f64();
            writeln!(f, "{:5.1} %  {:9.3} ms  {name}", 100.0 * time / total, 1000.0 * time)
        })
    }
}

/// Counts time into a [`Profile`].
pub(super) struct Clock<'a> {
    profile: &'a mut Profile,
    since: Instant,
}

impl<'a> Clock<'a> {
    pub(super) fn new(profile: &'a mut Profile) -> Self {
        Self { profile, since: Instant::now() }
    }

    /// What was done since the last call was this part.
    pub(super) fn tick(&mut self, part: Part) {
        let now = Instant::now();
        self.profile.times[part as usize] += now - self.since;
        self.since = now;
    }
}
