//! Who speaks next.

use serde::{Deserialize, Serialize};

use super::member::{Ability, Seat};
use super::{Conversation, Due, Ending};
use crate::compose::seed_of;

/// Of everything somebody knows of that was touched.
const CALLED: i32 = 60;
/// When they were spoken of.
const NAMED: i32 = 60;
/// For each moment that is missing to three since they spoke.
const TIRED: i32 = 30;
/// For each turn that they have had more than the most silent one.
const AHEAD: i32 = 15;

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Somebody takes the floor.
    Speak {
        /// Who.
        id: u64,
        /// Why they.
        because: Because,
    },
    /// A player was addressed: give them a while to answer, then call [`Conversation::quiet`].
    Listen {
        /// The player.
        id: u64,
    },
    /// Somebody speaks.
    Wait,
    /// Nobody wants to speak: let a while pass, then call [`Conversation::quiet`].
    Silence,
    /// It is over.
    Over(Ending),
}

/// Why somebody has the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Because {
    /// They were addressed by name.
    Addressed,
    /// They cut somebody short.
    BargedIn,
    /// They wanted to, and were told to wait.
    Asked,
    /// They were cut short before.
    WasCut,
    /// They know something of what was said, or were spoken of.
    Concerned,
    /// They like to talk.
    Talkative,
    /// The game lets them speak, or the player speaks.
    Told,
}

impl Conversation {
    /// Who speaks next. `able` says what each can at this moment. It changes nothing but that a conversation with no turns
    /// left, too long silent, or of fewer than two, is [over](Self::over).
    pub fn next(&mut self, able: &dyn Fn(u64) -> Ability) -> Next {
        if let Some(over) = self.over.or_else(|| self.ending()) {
            self.end(over);
            return Next::Over(over);
        }
        if self.speaking.is_some() {
            return Next::Wait;
        }
        if let Some(due) = self.first_due(able) {
            let player = self.seat(due.id).is_some_and(|seat| seat.member.player);
            return if player { Next::Listen { id: due.id } } else { Next::Speak { id: due.id, because: due.because } };
        }
        self.urgent(able).map_or(Next::Silence, |(id, because)| Next::Speak { id, because })
    }

    /// Whether somebody, who is not the player, may have a turn now.
    #[must_use]
    pub fn has_turns(&self, id: u64) -> bool {
        self.seat(id).is_some_and(|seat| self.has_turn(seat)) && self.spoken < self.budget()
    }

    fn has_turn(&self, seat: &Seat) -> bool {
        seat.spoken < self.budget_each()
    }

    fn ending(&self) -> Option<Ending> {
        if self.seats.len() < 2 || self.seats.iter().all(|seat| seat.member.player) {
            return Some(Ending::Alone);
        }
        if self.speaking.is_some() {
            return None;
        }
        let spent = !self.seats.iter().any(|seat| !seat.member.player && self.has_turn(seat));
        if self.spoken >= self.budget() || spent {
            return Some(Ending::TurnsUsed);
        }
        (self.silences >= self.rules.silences.max(1)).then_some(Ending::Silence)
    }

    /// The first who was selected and is able.
    fn first_due(&self, able: &dyn Fn(u64) -> Ability) -> Option<Due> {
        let may = |due: &&Due| {
            let Some(seat) = self.seat(due.id) else { return false };
            let able = match able(due.id) {
                Ability::Free => true,
                Ability::Answers => due.by_player,
                Ability::Unable => false,
            };
            able && self.last != Some(due.id) && (seat.member.player || self.has_turn(seat))
        };
        self.due.iter().find(may).copied()
    }

    /// The one with the strongest urge, if any is strong enough; of equals one by the seed.
    fn urgent(&self, able: &dyn Fn(u64) -> Ability) -> Option<(u64, Because)> {
        let others = || self.seats.iter().filter(|seat| !seat.member.player);
        let fewest = others().map(|seat| seat.spoken).min().unwrap_or(0);
        let mut best: Option<(i32, u64, &Seat)> = None;
        for seat in others() {
            let id = seat.member.id;
            if self.last == Some(id) || !self.has_turn(seat) || able(id) != Ability::Free {
                continue;
            }
            let Some(urge) = self.urge(seat, fewest).filter(|urge| *urge >= self.rules.threshold) else { continue };
            let draw = seed_of(self.seed ^ id, "who speaks next", u64::from(self.clock));
            if best.is_none_or(|(most, drawn, _)| (urge, draw) > (most, drawn)) {
                best = Some((urge, draw, seat));
            }
        }
        best.map(|(_, _, seat)| {
            let concerned = seat.called > 0 || seat.named;
            (seat.member.id, if concerned { Because::Concerned } else { Because::Talkative })
        })
    }

    /// How much somebody wants to speak; `None` when nothing moves them.
    fn urge(&self, seat: &Seat, fewest: u32) -> Option<i32> {
        if seat.member.talkative == 0 && seat.called == 0 && !seat.named {
            return None;
        }
        // 0 at the moment at which they speak; the next moment is one on.
        let since = seat.spoke_at.map_or(3, |at| self.clock.saturating_sub(at).saturating_add(1));
        let tired = 3_u32.saturating_sub(since) as i32;
        let ahead = seat.spoken.saturating_sub(fewest).min(1000) as i32;
        let drawn = i32::from(seat.member.talkative.min(100)) + CALLED * seat.called as i32;
        Some(drawn + NAMED * i32::from(seat.named) - TIRED * tired - AHEAD * ahead)
    }
}
