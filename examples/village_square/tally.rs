//! Counts what is said, and where the words came from.

use bevy::prelude::*;
use bevy_raconteur::prelude::Source;

/// What has been said since the count began.
#[derive(Resource, Debug, Clone, Default)]
pub struct Tally {
    /// Lines that the model wrote.
    pub generated: usize,
    /// Authored lines, by the reason why.
    pub authored: Vec<(String, usize)>,
    /// Milliseconds until the first words of lines that nobody waited for.
    pub chatter_ms: Vec<f32>,
    /// Milliseconds until the first words of answers to the player.
    pub answer_ms: Vec<f32>,
}

impl Tally {
    /// Counts a line.
    pub fn said(&mut self, source: &Source) {
        match source {
            Source::Authored(_) => {
                let why = source.to_string();
                match self.authored.iter_mut().find(|(known, _)| *known == why) {
                    Some((_, count)) => *count += 1,
                    None => self.authored.push((why, 1)),
                }
            }
            Source::Cancelled => {}
            _ => self.generated += 1,
        }
    }

    /// Notes how long the first words took, in seconds.
    pub fn first_words(&mut self, answer: bool, seconds: f32) {
        let list = if answer { &mut self.answer_ms } else { &mut self.chatter_ms };
        list.push(seconds * 1e3);
    }

    /// All lines.
    pub fn lines(&self) -> usize {
        self.generated + self.authored.iter().map(|(_, count)| count).sum::<usize>()
    }

    /// Share of the lines that the model wrote, in percent.
    pub fn generated_share(&self) -> f32 {
        100.0 * self.generated as f32 / self.lines().max(1) as f32
    }
}
