//! Talk among several: who speaks next, who may cut whom short, and when it is over.
//!
//! ```text
//!          +--------------------------- quiet: nobody took it ---------------------------+
//!          v                                                                             |
//! join -> next --Speak--> begin --(barge)--> said: who was addressed, whom it concerns --+--> next ..
//!          |  \--Listen: the player was addressed--------------------------------------- +
//!          +--Over: turns used up, silence, alone, stopped
//! ```
//! Who comes next follows the order of rules that Sacks, Schegloff and Jefferson found in recorded talk ("A simplest
//! systematics for the organization of turn-taking for conversation", Language 50, 1974): whoever the speaker selects
//! goes first; else anybody may select themselves; else there is silence. Their third rule (the speaker goes on) is left
//! out: nobody answers themselves here. Selecting is [addressing by name](addressed); of those who select themselves the
//! one with the strongest [urge](Rules) begins.
//!
//! It is a pure state machine without a clock or a model: the same members, words and seed give the same turns. All sums
//! are of integers. Who is able to speak at a moment is asked of the game, each time.

mod address;
mod barge;
mod floor;
mod member;
mod save;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use address::{Address, addressed};
pub use barge::{Refusal, Verdict};
pub use floor::{Because, Next};
pub use member::{Ability, Member};
pub use save::{CONVERSATION_FORMAT, ConversationData, ConversationError, LONGEST_SAVE, MOST_MEMBERS, SavedMember};

use crate::judge::{Stemmer, content, words};
use member::Seat;

/// How many turns ago somebody may have been addressed and still be due.
const DUE_FOR: u32 = 3;

/// What a conversation keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Most turns of all but the player together. **Default** 12.
    pub turns: u32,
    /// Most turns of each of them. **Default** 5.
    pub turns_each: u32,
    /// What a turn of the player adds to [`turns`](Self::turns); to [`turns_each`](Self::turns_each) it adds one.
    /// **Default** 3.
    pub turns_for_player: u32,
    /// After so many silences in a row it is over. **Default** 2.
    pub silences: u32,
    /// Smallest urge with which somebody who was not addressed begins to speak. An urge is how talkative they are (0 to
    /// 100), and 60 for each of up to three things they know of that were just touched, and 60 when they were spoken of;
    /// less 30 when they spoke two turns ago, and 15 for each turn that they have had more than the most silent one.
    /// **Default** 20.
    pub threshold: i32,
    /// How often others than the player may cut somebody short. **Default** 2.
    pub interruptions: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self { turns: 12, turns_each: 5, turns_for_player: 3, silences: 2, threshold: 20, interruptions: 2 }
    }
}

/// Why a conversation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ending {
    /// All turns are used up, or all turns of those who are left.
    TurnsUsed,
    /// Nobody had anything to say.
    Silence,
    /// Fewer than two are left, or nobody but players.
    Alone,
    /// The game ended it.
    Stopped,
    /// What it stood on is gone: a scene that was left.
    Gone,
}

impl Ending {
    /// A short name for logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TurnsUsed => "turns_used",
            Self::Silence => "silence",
            Self::Alone => "alone",
            Self::Stopped => "stopped",
            Self::Gone => "gone",
        }
    }
}

/// Somebody who has been selected to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Due {
    id: u64,
    /// By the player, whom also the [busy](Ability::Answers) answer.
    by_player: bool,
    /// The moment at which they were selected.
    at: u32,
    because: Because,
}

/// A conversation. Members are known by numbers that the game gives them.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// What it keeps to.
    pub rules: Rules,
    seed: u64,
    locale: String,
    stemmer: Stemmer,
    seats: Vec<Seat>,
    /// Moments so far: turns and silences.
    clock: u32,
    /// Turns of all but the player.
    spoken: u32,
    player_turns: u32,
    /// In a row.
    silences: u32,
    interruptions: u32,
    /// Who spoke last.
    last: Option<u64>,
    /// Who speaks.
    speaking: Option<u64>,
    /// Who is about to take the floor from them.
    cut_by: Option<u64>,
    due: Vec<Due>,
    over: Option<Ending>,
}

impl Conversation {
    /// Nobody is there yet. `locale` is the BCP 47 tag of the language that is spoken, in which the forms of a word are
    /// the same word; `seed` decides between equals.
    #[must_use]
    pub fn new(rules: Rules, locale: &str, seed: u64) -> Self {
        Self {
            rules,
            seed,
            locale: locale.to_owned(),
            stemmer: Stemmer::of_locale(locale),
            seats: Vec::new(),
            clock: 0,
            spoken: 0,
            player_turns: 0,
            silences: 0,
            interruptions: 0,
            last: None,
            speaking: None,
            cut_by: None,
            due: Vec::new(),
            over: None,
        }
    }

    /// Takes somebody in. False, and nothing happens, when they are there already or it is over.
    pub fn join(&mut self, member: Member) -> bool {
        if self.over.is_some() || self.seat(member.id).is_some() {
            return false;
        }
        self.seats.push(Seat::new(member));
        true
    }

    /// Lets somebody go; a turn of theirs that was going on is over. False when they are not there.
    pub fn leave(&mut self, id: u64) -> bool {
        let before = self.seats.len();
        self.seats.retain(|seat| seat.member.id != id);
        self.due.retain(|due| due.id != id);
        if self.cut_by == Some(id) {
            self.cut_by = None;
        }
        if self.speaking == Some(id) {
            self.speaking = None;
            self.yield_to_cutter(None);
        }
        before != self.seats.len()
    }

    /// Sets what somebody knows of: words and phrases that make a turn concern them. It counts from the next turn on.
    pub fn set_keys(&mut self, id: u64, keys: &[String]) {
        let stemmer = self.stemmer;
        if let Some(seat) = self.seat_mut(id) {
            seat.set_keys(keys, stemmer);
        }
    }

    /// Somebody begins to speak: whom [`next`](Self::next) named, or whom the game lets speak. False, and nothing
    /// happens, when they are not there, when it is over, or while somebody else speaks.
    pub fn begin(&mut self, id: u64) -> bool {
        let free = self.over.is_none() && self.speaking.is_none() && self.seat(id).is_some();
        if free {
            self.speaking = Some(id);
        }
        free
    }

    /// Somebody has said something: a turn of theirs is over. What was said selects who is due, and whom it concerns.
    /// False, and nothing happens, when they are not there or it is over.
    pub fn said(&mut self, id: u64, text: &str) -> bool {
        let Some(by_player) = self.seat(id).map(|seat| seat.member.player) else { return false };
        if self.over.is_some() {
            return false;
        }
        self.clock = self.clock.saturating_add(1);
        self.silences = 0;
        self.last = Some(id);
        if by_player {
            self.player_turns = self.player_turns.saturating_add(1);
        } else {
            self.spoken = self.spoken.saturating_add(1);
        }
        let (clock, stemmer) = (self.clock, self.stemmer);
        if let Some(seat) = self.seat_mut(id) {
            seat.spoken = seat.spoken.saturating_add(1);
            seat.spoke_at = Some(clock);
        }
        self.select(id, text, by_player);
        let folded = words::words(text);
        let stems = stemmer.stems(&folded);
        let mentioned = |seat: &Seat| seat.member.names().any(|name| words::contains(&folded, name));
        for seat in &mut self.seats {
            seat.named = mentioned(seat);
            seat.called = seat.keys_in(&folded, &stems);
        }
        if self.speaking == Some(id) {
            self.speaking = None;
            self.yield_to_cutter(Some(id));
        }
        true
    }

    /// Those who are addressed are due before all who were due before, in the order in which they are named.
    fn select(&mut self, by: u64, text: &str, by_player: bool) {
        let clock = self.clock;
        self.due.retain(|due| due.id != by && clock.saturating_sub(due.at) <= DUE_FOR);
        let people = self.seats.iter().map(|seat| &seat.member).filter(|member| member.id != by);
        let named = addressed(text, people);
        self.due.retain(|due| !named.iter().any(|address| address.id == due.id));
        let new =
            named.into_iter().map(|Address { id, .. }| Due { id, by_player, at: clock, because: Because::Addressed });
        self.due.splice(0..0, new.collect::<Vec<_>>());
    }

    /// Whoever cut the speaker short has the floor, and the one who was cut gets it back after that.
    fn yield_to_cutter(&mut self, cut: Option<u64>) {
        let Some(by) = self.cut_by.take() else { return };
        self.due.retain(|due| due.id != by);
        self.due.insert(0, Due { id: by, by_player: false, at: self.clock, because: Because::BargedIn });
        if let Some(cut) = cut.filter(|&cut| cut != by && !self.due.iter().any(|due| due.id == cut)) {
            self.due.push(Due { id: cut, by_player: false, at: self.clock, because: Because::WasCut });
        }
    }

    /// A turn that had begun came to nothing: it does not count, but it is a moment of silence.
    pub fn withdrew(&mut self, id: u64) {
        if self.speaking == Some(id) {
            self.speaking = None;
            self.due.retain(|due| due.id != id);
            self.yield_to_cutter(None);
            self.pass();
        }
    }

    /// Nobody took the floor when it was free: after a [`Next::Silence`], or when the player did not answer.
    pub fn quiet(&mut self) {
        if self.over.is_none() && self.speaking.is_none() {
            let player: Vec<u64> =
                self.seats.iter().filter(|seat| seat.member.player).map(|seat| seat.member.id).collect();
            self.due.retain(|due| !player.contains(&due.id));
            self.pass();
        }
    }

    fn pass(&mut self) {
        self.clock = self.clock.saturating_add(1);
        self.silences = self.silences.saturating_add(1);
        let clock = self.clock;
        self.due.retain(|due| clock.saturating_sub(due.at) <= DUE_FOR);
    }

    /// Ends it. The first reason stays.
    pub fn end(&mut self, ending: Ending) {
        if self.over.is_none() {
            self.over = Some(ending);
            (self.speaking, self.cut_by) = (None, None);
            self.due.clear();
        }
    }

    /// Why it is over, if it is.
    #[must_use]
    pub fn over(&self) -> Option<Ending> {
        self.over
    }

    /// Who speaks.
    #[must_use]
    pub fn speaking(&self) -> Option<u64> {
        self.speaking
    }

    /// Who spoke last.
    #[must_use]
    pub fn last(&self) -> Option<u64> {
        self.last
    }

    /// Turns so far of all but the player.
    #[must_use]
    pub fn turns(&self) -> u32 {
        self.spoken
    }

    /// Turns so far of one member.
    #[must_use]
    pub fn turns_of(&self, id: u64) -> u32 {
        self.seat(id).map_or(0, |seat| seat.spoken)
    }

    /// Who takes part, in the order of joining.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.seats.iter().map(|seat| &seat.member)
    }

    /// Most turns that there may be, as it stands.
    #[must_use]
    pub fn budget(&self) -> u32 {
        self.rules.turns.saturating_add(self.player_turns.saturating_mul(self.rules.turns_for_player))
    }

    /// Most turns that each may have, as it stands. The player has no limit.
    #[must_use]
    pub fn budget_each(&self) -> u32 {
        self.rules.turns_each.saturating_add(self.player_turns)
    }

    fn seat(&self, id: u64) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.member.id == id)
    }

    fn seat_mut(&mut self, id: u64) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.member.id == id)
    }
}

/// Words of texts that say what they are about, as [keys](Conversation::set_keys) of somebody who knows these texts: all
/// but the words of grammar and of small talk, each once, brought to their stems.
#[must_use]
pub fn keys_of<'a>(texts: impl Iterator<Item = &'a str>, locale: &str) -> Vec<String> {
    let stemmer = Stemmer::of_locale(locale);
    let mut keys: Vec<String> = texts.flat_map(|text| content(&words::words(text), stemmer)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
