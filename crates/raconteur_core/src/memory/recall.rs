//! What comes to mind: the best of what is remembered, within a budget.

use super::{Claim, Memory, Recollection};
use crate::judge::words;
use crate::story::format::Story;

/// How much may be recalled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Most facts. **Default** 3, as many as a prompt shows when its template names no number.
    pub items: usize,
    /// Most tokens of their texts together. **Default** no limit.
    pub tokens: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { items: 3, tokens: usize::MAX }
    }
}

/// What counts how much in a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Of the strength.
    pub recency: f64,
    /// Of the importance.
    pub importance: f64,
    /// Of being called up by a key.
    pub relevance: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { recency: 1.0, importance: 1.0, relevance: 1.0 }
    }
}

/// Something that comes to mind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recalled<'a> {
    /// What is remembered.
    pub item: &'a Recollection,
    /// Its text: the story's for a fact of the lore.
    pub says: &'a str,
    /// The sum that it was chosen by.
    pub score: f64,
    /// Whether a key of it stands in the cues.
    pub called: bool,
}

impl Memory {
    /// What comes to mind at `cues` (what was just said, the goal), the best first. `allowed` says what may: give it what
    /// [`knowledge`](super::knowledge) found, or let everything. What does not fit into the rest of the budget is passed
    /// over for what is next, so a long fact does not shut out a short one. `count` gives the tokens of a text. A fact
    /// that the story no longer has does not come to mind.
    ///
    /// Recalling changes nothing; what was then said is [rehearsed](Memory::rehearse) by the game.
    pub fn recall<'a>(
        &'a self,
        story: &'a Story,
        now: u64,
        cues: &[&str],
        weights: Weights,
        budget: Budget,
        allowed: &dyn Fn(&Recollection) -> bool,
        count: &mut dyn FnMut(&str) -> usize,
    ) -> Vec<Recalled<'a>> {
        let cues: Vec<Vec<String>> = cues.iter().map(|cue| words::words(cue)).collect();
        let mut found: Vec<Recalled<'a>> = Vec::new();
        for item in self.items.iter().filter(|item| self.is_alive(item, now) && allowed(item)) {
            let Some((says, keys)) = text_of(&item.claim, story) else { continue };
            let called = keys.iter().any(|key| cues.iter().any(|cue| words::contains(cue, key)));
            let score = weights.recency * item.strength(now)
                + weights.importance * f64::from(item.importance)
                + weights.relevance * f64::from(u8::from(called));
            found.push(Recalled { item, says, score, called });
        }
        // A stable sort: of equals the one that was learned first.
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        let (mut items, mut tokens) = (budget.items, budget.tokens);
        found.retain(|recalled| {
            if items == 0 {
                return false;
            }
            let needed = count(recalled.says);
            let fits = needed <= tokens;
            if fits {
                items -= 1;
                tokens -= needed;
            }
            fits
        });
        found
    }
}

/// Text and keys of a claim; `None` when the story does not have the fact.
pub(super) fn text_of<'a>(claim: &'a Claim, story: &'a Story) -> Option<(&'a str, &'a [String])> {
    match claim {
        Claim::Lore(id) => story.lore.get(id).map(|lore| (lore.says.as_str(), lore.keys.as_slice())),
        Claim::Said(statement) => Some((&statement.says, &statement.keys)),
    }
}
