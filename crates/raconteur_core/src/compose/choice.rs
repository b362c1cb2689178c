//! What to ask about a player's own words at a choice.

use super::Composer;
use crate::player_text::PlayerText;
use crate::request::LineRequest;
use crate::runner::PLAYER;
use crate::understand::{self, Choosable};

/// Milliseconds that a player waits to be understood, before the words alone decide.
const BUDGET_MS: u64 = 700;

impl Composer {
    /// Asks a model which of the open choices the player's words make likelier; give its end to
    /// [`Heard::with_finished`](understand::Heard::with_finished). `None` when there is nothing to tell apart.
    #[must_use]
    pub fn hear(&self, said: &PlayerText, choices: &[Choosable<'_>]) -> Option<LineRequest> {
        understand::request(said, choices, &self.label_of(PLAYER), self.templates.start_of_text, BUDGET_MS)
    }
}
