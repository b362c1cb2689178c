//! What a story has to know of the hooks at its outcomes.

use std::collections::HashSet;

use raconteur_core::request::Source;
use raconteur_core::story::format::Value;

/// The hooks that a story can show now. Kept beside the story, so that it needs no board to go on.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Offers {
    /// All outcomes that may carry a hook.
    pub(crate) hooked: HashSet<String>,
    /// What is offered.
    pub(crate) open: Vec<Offer>,
}

/// A hook at an outcome.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Offer {
    pub(crate) outcome: String,
    /// The label.
    pub(crate) say: String,
    pub(crate) source: Source,
    /// What taking it sets.
    pub(crate) sets: Vec<(String, Value)>,
    /// Why it cannot be taken any more, though the player still reads it.
    pub(crate) gone: Option<String>,
}

impl Offers {
    pub(crate) fn at(&self, outcome: &str) -> Option<&Offer> {
        self.open.iter().find(|offer| offer.outcome == outcome)
    }

    /// Takes a hook that is being taken off, and all that would set a variable of it, so that no slot on the way shows them.
    pub(crate) fn without(&self, outcome: &str) -> Self {
        let Some(taken) = self.at(outcome) else { return self.clone() };
        let shares =
            |offer: &Offer| offer.sets.iter().any(|(name, _)| taken.sets.iter().any(|(other, _)| other == name));
        let open = self.open.iter().filter(|offer| offer.outcome != outcome && !shares(offer)).cloned().collect();
        Self { hooked: self.hooked.clone(), open }
    }
}
