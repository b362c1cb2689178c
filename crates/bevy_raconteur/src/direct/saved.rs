//! Back on stage after a load: the words that were on the screen, not new ones.

use raconteur_core::request::{Source, Why};
use raconteur_core::runner::{Moment, Position};
use raconteur_core::story::format::Gen;

use super::{Director, Play, Stage};
use crate::events::OfferedChoice;

impl Director<'_, '_> {
    /// Shows what a saved story had on the screen. `false`: it had nothing, and arrives as any other does.
    pub(super) fn show_saved(&mut self, play: &mut Play) -> bool {
        let shown = match &play.runner.state().position {
            Position::Line { spoken: true, .. } => self.show_saved_line(play),
            Position::Detour { told: true, .. } => self.show_saved_detour(play),
            Position::Slot { .. } => self.show_saved_labels(play),
            _ => false,
        };
        if shown {
            self.look_ahead(play);
        }
        shown
    }

    fn show_saved_line(&mut self, play: &mut Play) -> bool {
        let Some(line) = play.runner.line() else { return false };
        let words = play.runner.shown().iter().rev().find(|shown| shown.id == line.id);
        let words = words.map(|shown| shown.text.clone());
        let asks = matches!(line.generate, Some(Gen::Answer { .. }));
        play.stage = Stage::Shown { asks, voice: self.voice(&line.who) };
        self.show_again(play, words);
        true
    }

    fn show_saved_detour(&mut self, play: &mut Play) -> bool {
        let id = format!("detour:{}", play.runner.state().beat);
        let lines = play.runner.shown().iter().filter(|shown| shown.id == id);
        let lines: Vec<String> = lines.map(|shown| shown.text.clone()).collect();
        if lines.is_empty() {
            return false;
        }
        self.show_detour(play, &lines, Source::Authored(Why::Written));
        true
    }

    fn show_saved_labels(&mut self, play: &mut Play) -> bool {
        let Moment::Slot { outcomes } = play.runner.moment() else { return false };
        let labels = play.runner.labels();
        let offered: Vec<OfferedChoice> = labels
            .iter()
            .filter(|label| outcomes.iter().any(|outcome| outcome.id == label.id))
            .map(|label| {
                let id = label.id.clone();
                OfferedChoice { id, label: label.text.clone(), source: Source::Authored(Why::Written) }
            })
            .collect();
        if offered.is_empty() {
            return false;
        }
        self.offer(play, offered);
        true
    }
}
