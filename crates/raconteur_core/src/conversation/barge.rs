//! Who may cut whom short.
//!
//! | who | over somebody of | urgent | else |
//! |---|---|---|---|
//! | a player | any standing | at once | at once |
//! | others | a lower standing | at once | at the end of the sentence |
//! | others | the same standing | at the end of the sentence | later |
//! | others | a higher standing | later | later |
//!
//! "Later" is the next turn that nobody was addressed for. Who was cut short has the floor back after that.

use super::member::Ability;
use super::{Because, Conversation, Due};

/// What becomes of it when somebody wants to speak at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The speaker stops now.
    AtOnce,
    /// The speaker stops where the sentence ends.
    AtSentenceEnd,
    /// They wait for their turn, and are remembered.
    Later,
    /// Nobody speaks: they are next.
    Next,
    /// No.
    Refused(Refusal),
}

/// Why somebody may not even wait for their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// They take no part in it, or it is over.
    NotThere,
    /// They are speaking.
    Speaking,
    /// They are busy, or part of a scripted scene, or have not heard what is being said.
    Unable,
    /// Their turns are used up.
    TurnsUsed,
}

impl Conversation {
    /// Somebody wants to speak while others do. What has been decided is kept: call [`said`](Self::said) with what the
    /// speaker has got out, and the one who barged in is next.
    pub fn barge(&mut self, by: u64, urgent: bool, ability: Ability) -> Verdict {
        let Some(seat) = self.seat(by).filter(|_| self.over.is_none()) else {
            return Verdict::Refused(Refusal::NotThere);
        };
        let (player, standing, mine) = (seat.member.player, seat.member.standing, seat.spoken);
        if self.speaking == Some(by) {
            return Verdict::Refused(Refusal::Speaking);
        }
        if !player && ability != Ability::Free {
            return Verdict::Refused(Refusal::Unable);
        }
        // The turn that is being spoken counts too.
        let coming = self.spoken.saturating_add(u32::from(self.speaking.is_some()));
        if !player && (mine >= self.budget_each() || coming >= self.budget()) {
            return Verdict::Refused(Refusal::TurnsUsed);
        }
        let Some(over) = self.speaking.and_then(|id| self.seat(id)).map(|seat| seat.member.standing) else {
            self.want(by, true);
            return Verdict::Next;
        };
        let free = self.cut_by.is_none() && self.interruptions < self.rules.interruptions;
        let verdict = match standing.cmp(&over) {
            _ if player => Verdict::AtOnce,
            std::cmp::Ordering::Greater if free && urgent => Verdict::AtOnce,
            std::cmp::Ordering::Greater if free => Verdict::AtSentenceEnd,
            std::cmp::Ordering::Equal if free && urgent => Verdict::AtSentenceEnd,
            _ => Verdict::Later,
        };
        if verdict == Verdict::Later {
            self.want(by, false);
        } else {
            self.interruptions = self.interruptions.saturating_add(u32::from(!player));
            self.cut_by = Some(by);
        }
        verdict
    }

    fn want(&mut self, id: u64, first: bool) {
        self.due.retain(|due| due.id != id || due.because == Because::Addressed);
        if !self.due.iter().any(|due| due.id == id) {
            let due = Due { id, by_player: false, at: self.clock, because: Because::Asked };
            let place = if first { 0 } else { self.due.len() };
            self.due.insert(place, due);
        }
    }
}
