//! Reads what is known of prompts before anybody speaks: when a beat is entered, and when the player looks at somebody.
//!
//! A line that is due then starts with what was said last, and the setting, the facts and the persona are there already.
//! It is the first thing to be dropped when there is something to say.

use raconteur_core::generate::Priority;

use super::{Director, Play};

impl Director<'_, '_> {
    /// Reads ahead for those who speak in the beat of the story, or for one of them.
    pub(super) fn read_ahead(&mut self, play: &Play, who: Option<&str>, priority: Priority) {
        if self.absence.is_some() {
            return;
        }
        // Here and not on the worker: facts may depend on functions of the game.
        let ahead = play.composer.read_ahead(&play.runner, who, priority, self.host);
        if !ahead.is_empty() {
            self.requests.read_ahead(move || ahead);
        }
    }
}
