//! A line on its way from the plugin to the eye.

use std::time::Instant;

use bevy_raconteur::prelude::{Source, Why};

/// Characters that appear a second.
const TYPING: f32 = 44.0;
/// Seconds that a line stays when it can be read: at least, and more for every character.
const LINGER: (f32, f32) = (1.6, 0.035);
/// Seconds that it takes to fade.
const FADE: f32 = 0.7;

/// Something that is said.
#[derive(Debug, Clone, Default)]
pub struct Speech {
    /// The words so far.
    pub told: String,
    /// Where they came from, once they are complete.
    pub source: Option<Source>,
    /// Whether it may be shown: not before the one who speaks has been read.
    pub floor: bool,
    /// Whether the player waits for it.
    pub urgent: bool,
    /// When it was asked for, on the real clock.
    pub asked_at: Option<Instant>,
    /// Characters that can be read.
    pub shown: f32,
    /// When the last of them appeared.
    pub read_at: Option<f32>,
    /// When the time to read it is over.
    over_at: f32,
}

impl Speech {
    /// Asked for, and not there yet; `urgent` when the player waits for it.
    pub fn asked(urgent: bool) -> Self {
        Self { asked_at: Some(Instant::now()), urgent, ..Self::default() }
    }

    /// The same, to be shown as soon as there are words.
    pub fn with_floor(self) -> Self {
        Self { floor: true, ..self }
    }

    /// A writer's line, complete.
    pub fn authored(text: &str) -> Self {
        let source = Some(Source::Authored(Why::Written));
        Self { told: text.to_owned(), source, ..Self::default() }
    }

    /// Shows more of it.
    pub fn type_out(&mut self, now: f32, dt: f32, hurry: bool) {
        let length = self.told.chars().count() as f32;
        let speed = if hurry { 3.0 } else { 1.0 };
        self.shown = (self.shown + TYPING * speed * dt).min(length);
        if self.source.is_some() && self.shown >= length && self.read_at.is_none() {
            self.read_at = Some(now);
            self.over_at = now + LINGER.0 + LINGER.1 * length;
        }
    }

    /// How solid it is, from 0 to 1.
    pub fn strength(&self, now: f32) -> f32 {
        if self.read_at.is_none() { 1.0 } else { (1.0 - (now - self.over_at) / FADE).clamp(0.0, 1.0) }
    }

    /// Whether it has been read and has faded.
    pub fn gone(&self, now: f32) -> bool {
        self.read_at.is_some() && now > self.over_at + FADE
    }
}
