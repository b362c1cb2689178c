//! Debates: two sides argue a topic with authored claims before an audience.
//!
//! ```text
//! openings -> [ who is due -> claims that may be made -> one of them -> words -> opinion, firmness ] ... -> closings -> verdict
//!                             (rules, here)              (ranked by a model, chosen by a player, or by seed)
//! ```
//! A [`Motion`] is the debate as it is written (`X.debate.ron`), a [`Debate`] one that goes on: a pure state machine without
//! model, clock and threads. What may be said is for rules alone:
//! - no claim is made twice;
//! - nobody contradicts what their own side has said ([`Motion::conflict`]);
//! - conditions hold, and the speaker knows the facts that a claim needs and may tell them.
//!
//! Opinion and firmness move by authored weights, in whole numbers. A model only says which of the claims that may be made
//! answers the last one best ([`Composer::rank_claims`](crate::compose::Composer::rank_claims)) and words the one that was
//! chosen ([`Composer::claim`](crate::compose::Composer::claim)); without one the seed chooses and the authored words stand.

mod environment;
mod format;
mod lint;
mod parse;
mod stage;
mod state;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compose::seed_of;
use crate::facts;
use crate::story::expr::Environment;
use crate::story::format::{Story, Value};

pub use environment::{DebateEnvironment, Nowhere};
pub use format::{Claim, DEBATE_FORMAT, Ends, FIRMNESS, Listeners, Moods, Motion, OPINION, Seat, Side, Silence};
pub use lint::check;
pub use parse::{CheckedDebate, END_OF_NAME, load, parse};
pub(crate) use stage::{POLICY, beat_of};
pub use state::{
    DEBATE_STATE_FORMAT, DebateError, DebateState, Ending, LONGEST_SAVE, Lost, MOST_SAID, Phase, Refusal, Said,
    Verdict, What,
};

/// A debate that goes on.
#[derive(Debug, Clone)]
pub struct Debate {
    motion: Arc<Motion>,
    /// The story as the debate sees it.
    stage: Arc<Story>,
    state: DebateState,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment<'a> {
    /// A side opens with these authored words; then [`Debate::spoken`].
    Opening {
        /// Which side.
        seat: Seat,
        /// The words.
        say: &'a str,
    },
    /// A side makes a claim ([`Debate::claim`]), or has nothing to say ([`Debate::silence`]).
    Claim {
        /// Which side.
        seat: Seat,
    },
    /// A side closes with these authored words; then [`Debate::spoken`].
    Closing {
        /// Which side.
        seat: Seat,
        /// The words.
        say: &'a str,
    },
    /// It is over.
    Over(Verdict),
}

/// A claim that may be made now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate<'a> {
    /// Its id.
    pub id: &'a str,
    /// What is written of it.
    pub claim: &'a Claim,
    /// Whether it counters what the other side claimed last.
    pub answers: bool,
}

/// Something that a claim has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DebateEvent {
    /// A group of the audience thinks something else now.
    Opinion {
        /// Id of the group.
        group: String,
        /// What it thought.
        from: i32,
        /// What it thinks: above 0 for the first side.
        to: i32,
    },
    /// A side is more or less sure.
    Firmness {
        /// Which side.
        seat: Seat,
        /// How sure it was, 0 to 100.
        from: i32,
        /// How sure it is.
        to: i32,
    },
    /// A claim of the other side was granted.
    Granted {
        /// Its id.
        claim: String,
    },
    /// It is decided; closings may follow.
    Decided(Verdict),
}

impl Debate {
    /// Begins a debate; `story` is the one that it belongs to, if any. The same debate, seed and inputs give the same states.
    ///
    /// # Errors
    /// [`DebateError::Sides`].
    pub fn new(motion: Arc<Motion>, story: Option<&Story>, seed: u64) -> Result<Self, DebateError> {
        let state = DebateState {
            format: DEBATE_STATE_FORMAT,
            debate: motion.id.clone(),
            seed,
            turn: 0,
            phase: Phase::Opening(Seat::First),
            said: Vec::new(),
            opinions: BTreeMap::new(),
            firmness: Seat::BOTH.map(|seat| motion.side(seat).map_or(0, |(_, side)| side.firmness.clamp(0, FIRMNESS))),
            silences: 0,
            verdict: None,
            vars: BTreeMap::new(),
        };
        Ok(Self::resume(motion, story, state)?.0)
    }

    /// Goes on where a save left it, also when the debate has changed since; what is gone is given back.
    ///
    /// # Errors
    /// All but [`DebateError::NotDue`] and [`DebateError::Refused`].
    pub fn resume(
        motion: Arc<Motion>,
        story: Option<&Story>,
        state: DebateState,
    ) -> Result<(Self, Vec<Lost>), DebateError> {
        if motion.sides.len() != 2 {
            return Err(DebateError::Sides(motion.id.clone()));
        }
        let (state, lost) = state.fit(&motion)?;
        let stage = Arc::new(stage::stage(&motion, story));
        let mut debate = Self { motion, stage, state };
        debate.settle();
        Ok((debate, lost))
    }

    /// The debate as it is written.
    #[must_use]
    pub fn motion(&self) -> &Arc<Motion> {
        &self.motion
    }

    /// Where it stands: what a save holds.
    #[must_use]
    pub fn state(&self) -> &DebateState {
        &self.state
    }

    /// The story that its prompts are made in: give it to [`Composer::new`](crate::compose::Composer::new).
    #[must_use]
    pub fn stage(&self) -> &Arc<Story> {
        &self.stage
    }

    /// What is due.
    #[must_use]
    pub fn moment(&self) -> Moment<'_> {
        let say = |seat, end: fn(&Side) -> &String| self.motion.side(seat).map_or("", |(_, side)| end(side).as_str());
        match (self.state.phase, self.state.verdict) {
            (Phase::Opening(seat), _) => Moment::Opening { seat, say: say(seat, |side| &side.opening) },
            (Phase::Closing(seat), _) => Moment::Closing { seat, say: say(seat, |side| &side.closing) },
            (Phase::Over, Some(verdict)) => Moment::Over(verdict),
            (Phase::Arguing | Phase::Over, _) => Moment::Claim { seat: self.due() },
        }
    }

    /// The side whose turn it is among the claims.
    #[must_use]
    pub fn due(&self) -> Seat {
        if self.state.turn.is_multiple_of(2) { Seat::First } else { Seat::Second }
    }

    /// Cast id of who argues a side.
    #[must_use]
    pub fn who(&self, seat: Seat) -> &str {
        self.motion.side(seat).map_or("", |(_, side)| side.who.as_str())
    }

    /// Their name on screen.
    #[must_use]
    pub fn name(&self, seat: Seat) -> &str {
        self.stage.cast.get(self.who(seat)).map_or("", |character| character.name.as_str())
    }

    /// How sure a side is, 0 to 100.
    #[must_use]
    pub fn firmness(&self, seat: Seat) -> i32 {
        self.state.firmness[seat.index()]
    }

    /// The mood of a side, by how sure it is.
    #[must_use]
    pub fn mood(&self, seat: Seat) -> &str {
        self.motion.side(seat).map_or("", |(_, side)| side.mood(self.firmness(seat)))
    }

    /// What all think, by the weights of their groups: above 0 for the first side, -100 to 100.
    #[must_use]
    pub fn opinion(&self) -> i32 {
        let (mut sum, mut weights) = (0_i64, 0_i64);
        for (group, listeners) in self.motion.audience.iter() {
            let weight = i64::from(listeners.weight);
            sum += weight * i64::from(self.state.opinions.get(group).copied().unwrap_or(0));
            weights += weight;
        }
        // A mean of numbers from -100 to 100 is one of them.
        i32::try_from(sum / weights.max(1)).unwrap_or(0)
    }

    /// Whether a claim has been made.
    #[must_use]
    pub fn is_said(&self, claim: &str) -> bool {
        self.state.said.iter().any(|said| matches!(&said.what, What::Claim(id) if id == claim))
    }

    /// What a side claimed last.
    #[must_use]
    pub fn last_claim(&self, seat: Seat) -> Option<&Said> {
        self.state.said.iter().rev().find(|said| said.seat == seat && matches!(said.what, What::Claim(_)))
    }

    /// The claims that a side has made, in order.
    pub fn claims_of(&self, seat: Seat) -> impl Iterator<Item = &str> {
        self.state.said.iter().filter(move |said| said.seat == seat).filter_map(|said| match &said.what {
            What::Claim(id) => Some(id.as_str()),
            What::Opening | What::Closing => None,
        })
    }

    /// What conditions see of the debate inside the world `outer`.
    #[must_use]
    pub fn environment<'a>(&'a self, outer: &'a dyn Environment) -> DebateEnvironment<'a> {
        DebateEnvironment::new(self, outer)
    }

    /// The claims that the side which is due may make now, in the writer's order. Empty when no claim is due.
    #[must_use]
    pub fn candidates<'a>(&'a self, outer: &dyn Environment) -> Vec<Candidate<'a>> {
        let Moment::Claim { seat } = self.moment() else { return Vec::new() };
        let known = self.known(seat, outer);
        let open = self.motion.claims.iter().filter(|(id, _)| self.refusal(seat, id, &known, outer).is_none());
        open.map(|(id, claim)| Candidate { id, claim, answers: self.answers(seat, claim) }).collect()
    }

    /// Those of the candidates that a side chooses among: the ones that answer the other side, if there are any, else all.
    #[must_use]
    pub fn preferred<'a>(candidates: &[Candidate<'a>]) -> Vec<Candidate<'a>> {
        let answers: Vec<Candidate> = candidates.iter().filter(|candidate| candidate.answers).copied().collect();
        if answers.is_empty() { candidates.to_vec() } else { answers }
    }

    /// The one that is made when no model ranks them: by the seed and the turn.
    #[must_use]
    pub fn by_seed<'a>(&self, among: &[Candidate<'a>]) -> Option<Candidate<'a>> {
        let seed = seed_of(self.state.seed, "debate", u64::from(self.state.turn));
        // What is left of a division is below the length, which is a `usize`.
        let place = usize::try_from(seed % among.len().max(1) as u64).unwrap_or(0);
        among.get(place).copied()
    }

    /// Makes a claim for the side that is due, in the words `text`; blank words become the authored ones.
    ///
    /// # Errors
    /// [`DebateError::NotDue`], [`DebateError::Refused`]. Nothing changes then.
    pub fn claim(&mut self, id: &str, text: &str, outer: &dyn Environment) -> Result<Vec<DebateEvent>, DebateError> {
        let Moment::Claim { seat } = self.moment() else { return Err(DebateError::NotDue { wanted: "a claim" }) };
        let known = self.known(seat, outer);
        if let Some(why) = self.refusal(seat, id, &known, outer) {
            return Err(DebateError::Refused { claim: id.to_owned(), why });
        }
        let motion = self.motion.clone();
        let Some(claim) = motion.claims.get(id) else {
            return Err(DebateError::Refused { claim: id.to_owned(), why: Refusal::Unknown });
        };
        let mut events = Vec::new();
        let answers = self.answers(seat, claim);
        let counts = if answers || self.last_claim(seat.other()).is_none() { 100 } else { motion.beside.clamp(0, 100) };
        for (group, toward) in claim.sways.iter() {
            let Some(opinion) = self.state.opinions.get_mut(group) else { continue };
            let (from, by) = (*opinion, seat.sign() * toward.clamp(&-OPINION, &OPINION) * counts / 100);
            *opinion = (from + by).clamp(-OPINION, OPINION);
            if *opinion != from {
                events.push(DebateEvent::Opinion { group: group.to_owned(), from, to: *opinion });
            }
        }
        if answers {
            self.firm(seat.other(), -claim.shakes.max(0), &mut events);
        }
        self.firm(seat, claim.steadies, &mut events);
        let granted = claim.concedes.iter().filter(|granted| self.is_said(granted));
        events.extend(granted.map(|claim| DebateEvent::Granted { claim: claim.clone() }));
        self.say(seat, What::Claim(id.to_owned()), text, &claim.say);
        self.state.turn = self.state.turn.saturating_add(1);
        self.state.silences = 0;
        if let Some(verdict) = self.decided() {
            self.end(verdict, &mut events);
        }
        Ok(events)
    }

    /// The side that is due has nothing to say, or will not.
    ///
    /// # Errors
    /// [`DebateError::NotDue`].
    pub fn silence(&mut self) -> Result<Vec<DebateEvent>, DebateError> {
        let Moment::Claim { seat } = self.moment() else { return Err(DebateError::NotDue { wanted: "a silence" }) };
        self.state.turn = self.state.turn.saturating_add(1);
        self.state.silences = self.state.silences.saturating_add(1);
        let ending = Ending::Silence;
        let verdict = match self.motion.ends.silence {
            Silence::Passes if self.state.silences < 2 => self.decided(),
            Silence::Passes | Silence::Ends => Some(self.by_opinion(ending)),
            Silence::Loses => Some(Verdict { winner: Some(seat.other()), ending, opinion: self.opinion() }),
        };
        let mut events = Vec::new();
        if let Some(verdict) = verdict {
            self.end(verdict, &mut events);
        }
        Ok(events)
    }

    /// The opening or closing that is due has been said, in these words; blank words become the authored ones.
    ///
    /// # Errors
    /// [`DebateError::NotDue`].
    pub fn spoken(&mut self, text: &str) -> Result<(), DebateError> {
        let (seat, what, say, next) = match self.moment() {
            Moment::Opening { seat: Seat::First, say } => {
                (Seat::First, What::Opening, say.to_owned(), Phase::Opening(Seat::Second))
            }
            Moment::Opening { seat, say } => (seat, What::Opening, say.to_owned(), Phase::Arguing),
            Moment::Closing { seat: Seat::First, say } => {
                (Seat::First, What::Closing, say.to_owned(), Phase::Closing(Seat::Second))
            }
            Moment::Closing { seat, say } => (seat, What::Closing, say.to_owned(), Phase::Over),
            _ => return Err(DebateError::NotDue { wanted: "an opening or a closing" }),
        };
        self.say(seat, what, text, &say);
        self.state.phase = next;
        self.settle();
        Ok(())
    }

    /// A side is gone: the debate is over at once, and nobody has won. Does nothing when it is over.
    pub fn leave(&mut self) -> Option<Verdict> {
        if self.state.phase == Phase::Over {
            return None;
        }
        let verdict = Verdict { winner: None, ending: Ending::Left, opinion: self.opinion() };
        self.state.verdict = Some(verdict);
        self.state.phase = Phase::Over;
        Some(verdict)
    }

    /// Sets a variable of a debate without a story, within its range. Whether there is one.
    pub fn set(&mut self, name: &str, value: Value) -> bool {
        let Some(var) = self.motion.vars.get(name) else { return false };
        self.state.vars.insert(name.to_owned(), var.clamp(value));
        true
    }

    /// What is said when it is over: the authored words for its winner, or for none. May be empty.
    #[must_use]
    pub fn verdict_says(&self) -> &str {
        match self.state.verdict {
            Some(Verdict { winner: Some(seat), .. }) => self.motion.side(seat).map_or("", |(_, side)| &side.wins),
            Some(Verdict { winner: None, .. }) => &self.motion.tied,
            None => "",
        }
    }

    /// Why a side cannot make a claim; `None` when it can.
    fn refusal(&self, seat: Seat, id: &str, known: &[&str], outer: &dyn Environment) -> Option<Refusal> {
        let Some(claim) = self.motion.claims.get(id) else { return Some(Refusal::Unknown) };
        if self.motion.seat(&claim.side) != Some(seat) {
            return Some(Refusal::OtherSide);
        }
        if self.is_said(id) {
            return Some(Refusal::Said);
        }
        if let Some(other) = self.claims_of(seat).find(|other| self.motion.conflict(id, other)) {
            return Some(Refusal::Contradicts(other.to_owned()));
        }
        if !claim.concedes.is_empty() && !claim.concedes.iter().any(|granted| self.is_said(granted)) {
            return Some(Refusal::NothingToGrant);
        }
        let who = self.who(seat);
        let knows = |fact: &String| {
            // A fact of the story is known by the story's rules; others are the game's to remember.
            if self.stage.lore.contains(fact) { known.contains(&fact.as_str()) } else { outer.remembers(who, fact) }
        };
        if let Some(fact) = claim.needs.iter().find(|fact| !knows(fact)) {
            return Some(Refusal::Unaware(fact.clone()));
        }
        let env = self.environment(outer);
        let holds = claim.when.as_ref().is_none_or(|when| when.holds(&env).unwrap_or(false));
        (!holds).then_some(Refusal::Condition)
    }

    /// Facts that the speaker of a side knows here and may tell.
    fn known(&self, seat: Seat, outer: &dyn Environment) -> Vec<&str> {
        facts::known(&self.stage, self.who(seat), &beat_of(&self.motion), &self.environment(outer))
    }

    /// Whether a claim of a side counters what the other side claimed last.
    fn answers(&self, seat: Seat, claim: &Claim) -> bool {
        let last = self.last_claim(seat.other()).map(|said| &said.what);
        matches!(last, Some(What::Claim(last)) if claim.counters.contains(last))
    }

    fn firm(&mut self, seat: Seat, by: i32, events: &mut Vec<DebateEvent>) {
        let firmness = &mut self.state.firmness[seat.index()];
        let from = *firmness;
        *firmness = from.saturating_add(by).clamp(0, FIRMNESS);
        let to = *firmness;
        if to != from {
            events.push(DebateEvent::Firmness { seat, from, to });
        }
    }

    fn say(&mut self, seat: Seat, what: What, text: &str, authored: &str) {
        let text = [text, authored].into_iter().find(|text| !text.trim().is_empty()).unwrap_or(crate::compose::SILENCE);
        self.state.said.push(Said { seat, what, text: text.to_owned() });
    }

    /// Whether a claim, or the end of the turns, has decided it.
    fn decided(&self) -> Option<Verdict> {
        let (opinion, ends) = (self.opinion(), &self.motion.ends);
        if ends.opinion.is_some_and(|most| opinion.abs() >= most.max(1)) {
            let winner = if opinion > 0 { Seat::First } else { Seat::Second };
            return Some(Verdict { winner: Some(winner), ending: Ending::Opinion, opinion });
        }
        let lost = Seat::BOTH.into_iter().find(|seat| ends.gives_in && self.firmness(*seat) == 0);
        if let Some(lost) = lost {
            return Some(Verdict { winner: Some(lost.other()), ending: Ending::GaveIn, opinion });
        }
        (self.state.turn >= self.motion.turns).then(|| self.by_opinion(Ending::Turns))
    }

    fn by_opinion(&self, ending: Ending) -> Verdict {
        let (opinion, margin) = (self.opinion(), self.motion.ends.margin.max(1));
        let winner = match opinion {
            _ if opinion >= margin => Some(Seat::First),
            _ if opinion <= -margin => Some(Seat::Second),
            _ => None,
        };
        Verdict { winner, ending, opinion }
    }

    fn end(&mut self, verdict: Verdict, events: &mut Vec<DebateEvent>) {
        self.state.verdict = Some(verdict);
        self.state.phase = Phase::Closing(Seat::First);
        self.settle();
        events.push(DebateEvent::Decided(verdict));
    }

    /// Passes over openings and closings without words.
    fn settle(&mut self) {
        loop {
            let next = match self.moment() {
                Moment::Opening { seat: Seat::First, say } if say.trim().is_empty() => Phase::Opening(Seat::Second),
                Moment::Opening { say, .. } if say.trim().is_empty() => Phase::Arguing,
                Moment::Closing { seat: Seat::First, say } if say.trim().is_empty() => Phase::Closing(Seat::Second),
                Moment::Closing { say, .. } if say.trim().is_empty() => Phase::Over,
                _ => return,
            };
            self.state.phase = next;
        }
    }
}
