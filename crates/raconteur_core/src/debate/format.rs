//! What a writer puts into `X.debate.ron`, field by field. Nothing here judges; see [`check`](super::check).

use serde::{Deserialize, Serialize};

use crate::story::expr::Expr;
use crate::story::format::{HostDecl, Meta, Policy, VarDecl};
use crate::story::table::Table;

/// The newest version of the format that this crate reads (`format: 1`).
pub const DEBATE_FORMAT: u32 = 1;
/// Opinions lie between minus this and this.
pub const OPINION: i32 = 100;
/// Firmness lies between 0 and this.
pub const FIRMNESS: i32 = 100;

/// A debate as it is written: what is argued, by whom, with what, before whom. In a file it is called `Debate(..)`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename = "Debate")]
pub struct Motion {
    /// Version of the format, now [`DEBATE_FORMAT`].
    pub format: u32,
    /// Identifies the debate in saves.
    pub id: String,
    /// What a player sees.
    #[serde(default)]
    pub title: String,
    /// BCP 47 tag of the language that it is written in. **Default** `en`.
    #[serde(default = "default_locale")]
    pub locale: String,
    /// What is argued, as a sentence that one side is for and the other against.
    pub topic: String,
    /// Where and when it is, in one sentence; opens every prompt.
    #[serde(default)]
    pub setting: String,
    /// Path of the root file of a story, from the folder of this file: `who` and `needs` then name its cast and facts, and
    /// conditions its variables.
    #[serde(default)]
    pub story: Option<String>,
    /// Id of the story's place that it is at, for facts with a scope.
    #[serde(default)]
    pub place: Option<String>,
    /// Variables of a debate without a story, for conditions; the game sets them.
    #[serde(default)]
    pub vars: Table<VarDecl>,
    /// Questions that only the game can answer, of a debate without a story.
    #[serde(default)]
    pub host: Table<HostDecl>,
    /// The two sides. The first begins; an opinion above 0 is for it.
    pub sides: Table<Side>,
    /// All that can be said.
    pub claims: Table<Claim>,
    /// Who listens, by groups.
    #[serde(default)]
    pub audience: Table<Listeners>,
    /// Most turns, of both sides together; a side that has nothing to say uses one up too. **Default** 12.
    #[serde(default = "default_turns")]
    pub turns: u32,
    /// What ends it sooner, and what decides it.
    #[serde(default)]
    pub ends: Ends,
    /// Percent of its weights that a claim counts which does not answer what the other side said last. **Default** 100.
    #[serde(default = "default_beside")]
    pub beside: i32,
    /// How many claims a player is offered at most. **Default** 4.
    #[serde(default = "default_offer")]
    pub offer: usize,
    /// What is said at the end when nobody has won.
    #[serde(default)]
    pub tied: String,
    /// Rules for the wording of claims. **Default** the `default` policy of the story.
    #[serde(default)]
    pub policy: Option<Policy>,
    /// Words of the game's own tools, unread here.
    #[serde(default)]
    pub meta: Meta,
}

fn default_locale() -> String {
    "en".to_owned()
}

fn default_turns() -> u32 {
    12
}

fn default_beside() -> i32 {
    100
}

fn default_offer() -> usize {
    4
}

/// One of the two who argue.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Cast id of who argues it. `player` may, and a game may let the player take either side.
    pub who: String,
    /// Their name on screen. **Default** that of the story's cast.
    #[serde(default)]
    pub name: String,
    /// How they talk, in a few words. **Default** that of the story's cast.
    #[serde(default)]
    pub voice: String,
    /// Where they stand: `for` or `against` is what models know. **Default** `for` for the first side, `against` for the
    /// second.
    #[serde(default)]
    pub stance: String,
    /// How sure of it they are at the start, 0 to 100. **Default** 70.
    #[serde(default = "default_firmness")]
    pub firmness: i32,
    /// Their mood in prompts while they are sure, pressed and shaken: at 60, at 30, and below.
    #[serde(default)]
    pub moods: Moods,
    /// What they begin with; may be empty.
    #[serde(default)]
    pub opening: String,
    /// What they end with; may be empty.
    #[serde(default)]
    pub closing: String,
    /// What is said at the end when they have won.
    #[serde(default)]
    pub wins: String,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

fn default_firmness() -> i32 {
    70
}

/// A mood for each state of a side.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Moods {
    /// **Default** `sure`.
    pub sure: String,
    /// **Default** `pressed`.
    pub pressed: String,
    /// **Default** `shaken`.
    pub shaken: String,
}

impl Default for Moods {
    fn default() -> Self {
        Self { sure: "sure".to_owned(), pressed: "pressed".to_owned(), shaken: "shaken".to_owned() }
    }
}

impl Side {
    /// Firmness from which somebody is sure.
    pub const SURE: i32 = 60;
    /// Firmness from which they are pressed and not shaken.
    pub const PRESSED: i32 = 30;

    /// Their mood at a firmness.
    #[must_use]
    pub fn mood(&self, firmness: i32) -> &str {
        match firmness {
            Self::SURE.. => &self.moods.sure,
            Self::PRESSED.. => &self.moods.pressed,
            _ => &self.moods.shaken,
        }
    }
}

/// Something that can be said, once.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Id of the side that can say it.
    pub side: String,
    /// The authored words.
    #[serde(default)]
    pub say: String,
    /// What a player chooses it by. **Default** `say`.
    #[serde(default)]
    pub label: String,
    /// It can be said only while this is true; `seen(claim)` asks whether a claim of this debate has been made.
    #[serde(default)]
    pub when: Option<Expr>,
    /// Ids of facts of the story that its speaker has to know.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Ids of claims of the other side that it answers.
    #[serde(default)]
    pub counters: Vec<String>,
    /// Ids of claims of its own side that cannot stand beside it.
    #[serde(default)]
    pub contradicts: Vec<String>,
    /// Ids of claims of the other side that it grants: it can be said only after one of them, and nothing that counters one
    /// of them can be said by its side from then on, or have been said before.
    #[serde(default)]
    pub concedes: Vec<String>,
    /// Words of which one of each group has to stand in it, however it is worded.
    #[serde(default)]
    pub must: Vec<Vec<String>>,
    /// Words that may not stand in it.
    #[serde(default)]
    pub must_not: Vec<String>,
    /// How far it moves each group of the audience toward its side, -100 to 100.
    #[serde(default)]
    pub sways: Table<i32>,
    /// Firmness that the other side loses when it answers their last claim. **Default** 8.
    #[serde(default = "default_shakes")]
    pub shakes: i32,
    /// Firmness that its own side gains by it; below 0 it costs them some.
    #[serde(default)]
    pub steadies: i32,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

fn default_shakes() -> i32 {
    8
}

impl Claim {
    /// What a player chooses it by.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.label.trim().is_empty() { &self.say } else { &self.label }
    }
}

/// A part of the audience.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listeners {
    /// What the screen calls them.
    #[serde(default)]
    pub name: String,
    /// What they think at the start: above 0 for the first side, below for the second; -100 to 100.
    #[serde(default)]
    pub opinion: i32,
    /// How much they count when opinions are taken together. **Default** 1.
    #[serde(default = "default_weight")]
    pub weight: u32,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

fn default_weight() -> u32 {
    1
}

/// What ends a debate before its turns are over, and what decides it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ends {
    /// The opinion of all, either way, at which it is over. **Default** none.
    pub opinion: Option<i32>,
    /// Whether a side without any firmness left gives in. **Default** false.
    pub gives_in: bool,
    /// What becomes of a side that has nothing to say.
    pub silence: Silence,
    /// The opinion of all from which the first side has won at the end, and at whose negative the second has. **Default** 1.
    pub margin: i32,
}

impl Default for Ends {
    fn default() -> Self {
        Self { opinion: None, gives_in: false, silence: Silence::Passes, margin: 1 }
    }
}

/// What becomes of a side that has nothing to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Silence {
    /// The other one goes on; when neither has, the debate is over.
    #[default]
    Passes,
    /// The debate is over, and opinions decide it.
    Ends,
    /// The debate is over, and it has lost.
    Loses,
}

/// One of the two sides, by its place among [`Motion::sides`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Seat {
    /// The side that begins.
    First,
    /// The other one.
    Second,
}

impl Seat {
    /// Both, the first first.
    pub const BOTH: [Self; 2] = [Self::First, Self::Second];

    /// The other side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    /// Its place, 0 or 1.
    #[must_use]
    pub fn index(self) -> usize {
        match self {
            Self::First => 0,
            Self::Second => 1,
        }
    }

    /// Which way opinion goes for it: 1 or -1.
    #[must_use]
    pub(super) fn sign(self) -> i32 {
        match self {
            Self::First => 1,
            Self::Second => -1,
        }
    }
}

impl Motion {
    /// The side at a place, with its id; `None` when there are not two.
    #[must_use]
    pub fn side(&self, seat: Seat) -> Option<(&str, &Side)> {
        self.sides.iter().nth(seat.index())
    }

    /// The place of a side by its id.
    #[must_use]
    pub fn seat(&self, side: &str) -> Option<Seat> {
        Seat::BOTH.into_iter().find(|seat| self.side(*seat).is_some_and(|(id, _)| id == side))
    }

    /// The place of the side that a claim belongs to.
    #[must_use]
    pub fn seat_of(&self, claim: &str) -> Option<Seat> {
        self.seat(&self.claims.get(claim)?.side)
    }

    /// Whether one side cannot say both of two claims: one contradicts the other, or one grants what the other counters.
    #[must_use]
    pub fn conflict(&self, left: &str, right: &str) -> bool {
        let (Some(a), Some(b)) = (self.claims.get(left), self.claims.get(right)) else { return false };
        let grants = |one: &Claim, other: &Claim| one.concedes.iter().any(|id| other.counters.contains(id));
        a.side == b.side
            && (a.contradicts.iter().any(|id| id == right)
                || b.contradicts.iter().any(|id| id == left)
                || grants(a, b)
                || grants(b, a))
    }
}
