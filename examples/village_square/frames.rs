//! Frame times: what they are judged by, and how they are printed.

use std::collections::VecDeque;

/// Milliseconds of a frame at 60 Hz.
pub const BUDGET_MS: f32 = 1000.0 / 60.0;
/// Upper ends of the bars of a histogram, in milliseconds; the last has none.
const BARS: [f32; 9] = [0.5, 1.0, 2.0, 4.0, 8.0, 12.0, BUDGET_MS, 33.3, f32::INFINITY];
/// Characters of the longest bar.
const WIDEST: usize = 24;

/// Median, 99th percentile and maximum of some times.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quantiles {
    /// Half of them are shorter.
    pub p50: f32,
    /// One of a hundred is longer.
    pub p99: f32,
    /// The longest.
    pub max: f32,
}

impl Quantiles {
    /// Of some times; zeros when there are none.
    pub fn of(times: impl IntoIterator<Item = f32>) -> Self {
        let mut times: Vec<f32> = times.into_iter().collect();
        times.sort_by(f32::total_cmp);
        let at = |share: f32| {
            let rank = (share * times.len() as f32).ceil() as usize;
            times.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { p50: at(0.5), p99: at(0.99), max: at(1.0) }
    }
}

/// The last of many values, for a graph.
#[derive(Debug, Clone)]
pub struct Recent {
    values: VecDeque<f32>,
    most: usize,
}

impl Recent {
    /// Room for so many.
    pub fn new(most: usize) -> Self {
        Self { values: VecDeque::with_capacity(most + 1), most }
    }

    /// Adds one; the oldest goes.
    pub fn push(&mut self, value: f32) {
        self.values.push_back(value);
        if self.values.len() > self.most {
            self.values.pop_front();
        }
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = f32> + ExactSizeIterator + '_ {
        self.values.iter().copied()
    }

    /// How many there is room for.
    pub fn most(&self) -> usize {
        self.most
    }
}

/// Number of times that took too long for 60 Hz.
pub fn missed(times: &[f32]) -> usize {
    times.iter().filter(|ms| **ms > BUDGET_MS).count()
}

/// Two histograms side by side, as text. Bars grow with the logarithm, so that one frame in thousands can be seen.
pub fn histograms(titles: [&str; 2], times: [&[f32]; 2]) -> String {
    let counts = times.map(|times| {
        let mut counts = [0usize; BARS.len()];
        for ms in times {
            let bar = BARS.iter().position(|end| ms <= end).unwrap_or(BARS.len() - 1);
            counts[bar] += 1;
        }
        counts
    });
    let most = counts.iter().flatten().copied().max().unwrap_or(1).max(1);
    let bar = |count: usize| {
        let share = (1.0 + count as f32).ln() / (1.0 + most as f32).ln();
        format!("{:6} {:WIDEST$}", count, "#".repeat((share * WIDEST as f32).ceil() as usize))
    };
    let mut text = format!("  frame, ms      {:31}  {}\n", titles[0], titles[1]);
    let mut from = 0.0;
    for (i, end) in BARS.iter().enumerate() {
        let span = if end.is_finite() { format!("{from:5.1} - {end:4.1}") } else { format!("{from:5.1} -     ") };
        let row = format!("  {span}  {}  {}", bar(counts[0][i]), bar(counts[1][i]));
        text.push_str(row.trim_end());
        text.push('\n');
        from = *end;
    }
    text
}
