//! How fast to learn at which step.

use serde::{Deserialize, Serialize};

/// Linear warm-up, then half a cosine down to a floor (Loshchilov and Hutter 2017, "SGDR", equation 5, without restarts).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Schedule {
    /// The learning rate at its highest. **Default** 1.4e-3, for models of a few million parameters.
    pub learning_rate: f32,
    /// Share of it that is left at the end. **Default** 0.03.
    pub floor: f32,
    /// Steps to reach it. **Default** 100.
    pub warmup: u64,
    /// Steps in all.
    pub steps: u64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { learning_rate: 1.4e-3, floor: 0.03, warmup: 100, steps: 1000 }
    }
}

impl Schedule {
    /// The learning rate of a step, counted from 0.
    #[must_use]
    pub fn at(&self, step: u64) -> f32 {
        let warm = (step + 1) as f64 / self.warmup.max(1) as f64;
        if warm < 1.0 {
            return (f64::from(self.learning_rate) * warm) as f32;
        }
        let rest = self.steps.saturating_sub(self.warmup).max(1) as f64;
        let done = (step.saturating_sub(self.warmup) as f64 / rest).min(1.0);
        let height = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
        let floor = f64::from(self.floor);
        (f64::from(self.learning_rate) * (floor + (1.0 - floor) * height)) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_and_down() {
        let schedule = Schedule { learning_rate: 1.0, floor: 0.1, warmup: 10, steps: 110 };
        assert!((schedule.at(0) - 0.1).abs() < 1e-6);
        assert!((schedule.at(9) - 1.0).abs() < 1e-6);
        assert!((schedule.at(60) - 0.55).abs() < 1e-6, "half-way down: {}", schedule.at(60));
        assert!((schedule.at(110) - 0.1).abs() < 1e-6);
        assert!((schedule.at(10_000) - 0.1).abs() < 1e-6);
        assert!(Schedule { warmup: 0, steps: 0, ..schedule }.at(0).is_finite());
    }
}
