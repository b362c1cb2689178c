//! What somebody heard, saw, did or read, as typed facts with source and time; how it is recalled, and how it fades.
//!
//! ```text
//! game: "Mara hears of the flood from Odo" --remember--> Memory --recall(cues, budget)--> facts for a prompt
//!                                                          |  knowledge, Remembering: what of lore and memory may be shown
//!                                                          `- forget(now), save
//! ```
//! Nothing here is written by a model: a memory is a fact of the story's lore, or a statement with an authored text. So
//! what somebody remembers is as true as the game says, and it is cheap: no summary has to be generated or checked.
//!
//! **Forgetting.** Strength is `2^-(time since it was last heard / half-life)`. That what is learned is lost fast at first
//! and slowly later is Ebbinghaus ("Über das Gedächtnis", 1885); the exponential form is the usual simplification of his
//! curve. Hearing it again makes the half-life longer, and more so the more had faded: the spacing effect (reviewed by
//! Cepeda et al., Psychological Bulletin 132, 2006). What falls under a floor is forgotten, unless it is pinned.
//!
//! **Recall.** Score = recency + importance + relevance, as in Park et al., "Generative Agents" (2023, arXiv 2304.03442,
//! section 4.1), with all weights 1 as there. What differs: recency is the strength, so that what is rehearsed stays
//! recent; importance is the game's number and not a model's; relevance is whether a key of the fact stands in what was
//! said, as [`facts::retrieve`](crate::facts::retrieve) finds facts, and no distance of embeddings; and as all three lie
//! in 0 to 1, they are not scaled to each other.
//!
//! Time is the game's, in ticks. The same calls in the same order give the same memory, on every machine.

mod knowledge;
mod recall;
mod save;
mod strength;
mod told;

use serde::{Deserialize, Serialize};

pub use knowledge::{Knowledge, Remembering, knowledge};
pub use recall::{Budget, Recalled, Weights};
pub use save::{LONGEST_SAVE, Lost, MEMORY_FORMAT, MOST_SAVED, MemoryData, MemoryError};
pub use strength::{faded, rehearsed};
pub use told::told;

/// Other sources of one fact that are kept, beside the first.
pub const MOST_SOURCES: usize = 7;

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Claim {
    /// A fact of the story's lore, by its id. Its text, keys and condition stay those of the story.
    Lore(String),
    /// Something that the lore does not have, such as what the player did.
    Said(Statement),
}

/// A fact of the game, as a triple with an authored text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// What it is about: "player".
    pub subject: String,
    /// What is said of it: "stole".
    pub predicate: String,
    /// What it did that to, if anything: "candle".
    pub object: String,
    /// The fact as a plain sentence, as it stands in a prompt. Written by people, or filled into what people wrote.
    pub says: String,
    /// Words that call it up.
    pub keys: Vec<String>,
}

impl Claim {
    /// Whether two claims are the same fact. The wording of a [`Statement`] does not matter.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Lore(a), Self::Lore(b)) => a == b,
            (Self::Said(a), Self::Said(b)) => {
                a.subject == b.subject && a.predicate == b.predicate && a.object == b.object
            }
            _ => false,
        }
    }
}

/// How somebody came to know something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Heard {
    /// With their own eyes.
    Saw,
    /// They did it.
    Did,
    /// Somebody (a cast id or a name) told them.
    Told(String),
    /// It stood in a document (its id).
    Read(String),
}

/// One thing that is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recollection {
    /// What.
    pub claim: Claim,
    /// How it was learned first.
    pub source: Heard,
    /// Other ways in which it was learned since, each once, at most [`MOST_SOURCES`].
    pub also: Vec<Heard>,
    /// When it was learned, in ticks.
    pub at: u64,
    /// When it was last heard or told, in ticks.
    pub last: u64,
    /// How much it matters, 0 to 1.
    pub importance: f32,
    /// How often it was heard or told, the first time included.
    pub times: u32,
    /// Ticks in which half of its strength is lost.
    pub half_life: f64,
    /// Never forgotten.
    pub pinned: bool,
}

impl Recollection {
    /// How strong it is, 0 to 1: 1 when it has just been heard.
    #[must_use]
    pub fn strength(&self, now: u64) -> f64 {
        if self.pinned { 1.0 } else { faded(now.saturating_sub(self.last), self.half_life) }
    }
}

/// How fast somebody forgets, and how much they can remember.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MemorySettings {
    /// Ticks in which a thing of no importance loses half of its strength; one of importance 1 takes twice as long.
    /// **Default** 600.
    pub half_life: f64,
    /// By how much a rehearsal of what had faded wholly makes the half-life longer. **Default** 1: twice as long.
    pub growth: f64,
    /// Longest half-life. **Default** 100 000.
    pub longest: f64,
    /// What is weaker is forgotten, and not recalled. **Default** 0.05.
    pub floor: f64,
    /// Most things that are remembered. **Default** 200.
    pub most: usize,
}

impl Default for MemorySettings {
    fn default() -> Self {
        Self { half_life: 600.0, growth: 1.0, longest: 100_000.0, floor: 0.05, most: 200 }
    }
}

/// What became of something that was to be remembered.
#[derive(Debug, Clone, PartialEq)]
pub enum Remembered {
    /// It was new.
    New,
    /// It was known, and is stronger now.
    Again,
    /// It was new, and the weakest of what there was had to make room.
    Instead(Box<Recollection>),
    /// There was no room: everything that is remembered is pinned.
    Full,
}

/// What one person remembers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    /// How fast they forget.
    pub settings: MemorySettings,
    items: Vec<Recollection>,
}

impl Memory {
    /// Somebody who remembers nothing yet.
    #[must_use]
    pub fn new(settings: MemorySettings) -> Self {
        Self { settings, items: Vec::new() }
    }

    /// All that is remembered, the oldest first; also what has faded and has not been dropped by [`forget`](Self::forget).
    #[must_use]
    pub fn items(&self) -> &[Recollection] {
        &self.items
    }

    /// The memory of a claim, faded or not.
    #[must_use]
    pub fn get(&self, claim: &Claim) -> Option<&Recollection> {
        self.items.iter().find(|item| item.claim.is_same(claim))
    }

    /// Whether something has not faded under the floor.
    #[must_use]
    pub fn is_alive(&self, item: &Recollection, now: u64) -> bool {
        item.pinned || item.strength(now) >= self.settings.floor
    }

    /// Whether a fact of the lore is remembered now.
    #[must_use]
    pub fn has_fact(&self, fact: &str, now: u64) -> bool {
        let known = |item: &&Recollection| matches!(&item.claim, Claim::Lore(id) if id == fact);
        self.items.iter().find(known).is_some_and(|item| self.is_alive(item, now))
    }

    /// Takes something in. What is known already is not stored twice: it is [rehearsed](Self::rehearse), its importance is
    /// the larger of the two, and a new source is kept beside the first. Importance is clamped to 0 to 1.
    pub fn remember(&mut self, claim: Claim, source: Heard, importance: f32, now: u64) -> Remembered {
        let importance = if importance.is_nan() { 0.0 } else { importance.clamp(0.0, 1.0) };
        if let Some(item) = self.items.iter_mut().find(|item| item.claim.is_same(&claim)) {
            item.importance = item.importance.max(importance);
            if item.source != source && !item.also.contains(&source) && item.also.len() < MOST_SOURCES {
                item.also.push(source);
            }
            rehearse(item, self.settings, now);
            return Remembered::Again;
        }
        let mut evicted = None;
        if self.items.len() >= self.settings.most {
            let Some(weakest) = self.weakest(now) else { return Remembered::Full };
            evicted = Some(Box::new(self.items.remove(weakest)));
        }
        let half_life = self.settings.half_life * (1.0 + f64::from(importance));
        self.items.push(Recollection {
            claim,
            source,
            also: Vec::new(),
            at: now,
            last: now,
            importance,
            times: 1,
            half_life,
            pinned: false,
        });
        evicted.map_or(Remembered::New, Remembered::Instead)
    }

    /// Notes that something was told or heard again: it is as strong as new and fades more slowly. False when it is not
    /// remembered.
    pub fn rehearse(&mut self, claim: &Claim, now: u64) -> bool {
        let settings = self.settings;
        let found = self.items.iter_mut().find(|item| item.claim.is_same(claim));
        found.map(|item| rehearse(item, settings, now)).is_some()
    }

    /// Keeps something from being forgotten, or no longer. False when it is not remembered.
    pub fn pin(&mut self, claim: &Claim, pinned: bool) -> bool {
        let found = self.items.iter_mut().find(|item| item.claim.is_same(claim));
        found.map(|item| item.pinned = pinned).is_some()
    }

    /// Drops what has faded under the floor, and gives it back.
    pub fn forget(&mut self, now: u64) -> Vec<Recollection> {
        let settings = self.settings;
        let faded = |item: &mut Recollection| !item.pinned && item.strength(now) < settings.floor;
        self.items.extract_if(.., faded).collect()
    }

    /// Place of what is lost first: the smallest strength and importance together; of equals the oldest.
    fn weakest(&self, now: u64) -> Option<usize> {
        let worth = |item: &Recollection| item.strength(now) + f64::from(item.importance);
        let free = self.items.iter().enumerate().filter(|(_, item)| !item.pinned);
        free.min_by(|(_, a), (_, b)| worth(a).total_cmp(&worth(b))).map(|(at, _)| at)
    }
}

fn rehearse(item: &mut Recollection, settings: MemorySettings, now: u64) {
    let strength = faded(now.saturating_sub(item.last), item.half_life);
    item.half_life = rehearsed(item.half_life, strength, settings.growth, settings.longest);
    item.last = item.last.max(now);
    item.times = item.times.saturating_add(1);
}
