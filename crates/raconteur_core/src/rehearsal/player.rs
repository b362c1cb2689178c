//! Who plays: a route, then chance.

use std::collections::{BTreeMap, VecDeque};

use super::dice::Dice;
use super::{Offered, Rehearsal, Room, Told};
use crate::runner::{Moment, OpenChoice, RunnerError, StuckReason};

/// How an entry of a route that asks something begins.
const ASK: &str = "ask:";
/// How an entry of a route that tells a storylet begins.
const TELL: &str = "tell:";

/// Takes choices, asks questions and has storylets told: by a route, and behind it by chance or not at all.
#[derive(Debug, Clone)]
pub struct Player {
    route: VecDeque<String>,
    /// Whether it goes on where the route ends.
    by_chance: bool,
    dice: Dice,
    questions: Vec<String>,
    ask_percent: usize,
    most_asked: usize,
    tell_percent: usize,
    /// How often each choice was taken, over all plays; `None` when that does not matter.
    taken: Option<BTreeMap<String, u32>>,
}

/// How a play ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// At an end of the story.
    Ended {
        /// The beat.
        beat: String,
    },
    /// After [`Limits::moments`](super::Limits::moments).
    StepLimit,
    /// Where the route ends, at these choices.
    RouteOver {
        /// Ids of what is open.
        open: Vec<String>,
    },
    /// The route takes something that is not open.
    NotOpen {
        /// The entry of the route.
        id: String,
        /// Ids of what is open.
        open: Vec<String>,
    },
    /// The story cannot go on.
    Stuck(StuckReason),
    /// The story went into something that it cannot do.
    Failed(RunnerError),
}

impl Player {
    /// A player who takes each choice by chance. The same seed does the same where the same is open.
    #[must_use]
    pub fn by_chance(seed: u64) -> Self {
        Self {
            route: VecDeque::new(),
            by_chance: true,
            dice: Dice::new(seed),
            questions: Vec::new(),
            ask_percent: 0,
            most_asked: 3,
            tell_percent: 0,
            taken: None,
        }
    }

    /// A player who takes these choices in turn, and stops behind the last. `ask:QUESTION` asks whoever speaks last before
    /// the next choice, `tell:ID` has a storylet told at the next line or choice.
    #[must_use]
    pub fn on_route<S: Into<String>>(route: impl IntoIterator<Item = S>) -> Self {
        Self { route: route.into_iter().map(Into::into).collect(), by_chance: false, ..Self::by_chance(0) }
    }

    /// Goes on by chance behind the route.
    #[must_use]
    pub fn then_by_chance(mut self, seed: u64) -> Self {
        self.by_chance = true;
        self.dice = Dice::new(seed);
        self
    }

    /// Asks one of `questions` in so many of 100 cases where somebody can be asked, and at most three times there.
    #[must_use]
    pub fn asking(mut self, questions: Vec<String>, percent: usize) -> Self {
        (self.questions, self.ask_percent) = (questions, percent);
        self
    }

    /// Has somebody tell a storylet, if they have one, at so many of 100 moments.
    #[must_use]
    pub fn telling(mut self, percent: usize) -> Self {
        self.tell_percent = percent;
        self
    }

    /// Takes every other time what it took least so far, over all plays: so that a few plays see much of a story.
    #[must_use]
    pub fn curious(mut self) -> Self {
        self.taken = Some(BTreeMap::new());
        self
    }

    /// Draws from another seed, for another play.
    pub fn reseed(&mut self, seed: u64) {
        self.dice = Dice::new(seed);
    }

    /// What is to be asked now; `asked` is how often it has been at this line.
    fn question(&mut self, asked: usize) -> Option<String> {
        if let Some(entry) = self.route.front() {
            let question = entry.strip_prefix(ASK).map(|question| question.trim().to_owned());
            if question.is_some() {
                self.route.pop_front();
            }
            return question;
        }
        let asks = self.by_chance && asked < self.most_asked && self.dice.chance(self.ask_percent);
        if asks { self.dice.of(&self.questions).cloned() } else { None }
    }

    /// The storylet to tell now.
    fn storylet(&mut self, rehearsal: &Rehearsal<'_>) -> Option<String> {
        if let Some(entry) = self.route.front() {
            let id = entry.strip_prefix(TELL).map(|id| id.trim().to_owned());
            if id.is_some() {
                self.route.pop_front();
            }
            return id;
        }
        if !self.by_chance || !self.dice.chance(self.tell_percent) {
            return None;
        }
        let tellers: Vec<&str> = rehearsal
            .story()
            .cast
            .ids()
            .filter_map(|who| rehearsal.runner().storylet(who, rehearsal.host()))
            .map(|storylet| storylet.id.as_str())
            .collect();
        self.dice.of(&tellers).map(|id| (*id).to_owned())
    }

    /// The place of the choice to take.
    fn choose(&mut self, offered: &[Offered], open: &[OpenChoice]) -> Result<Offered, End> {
        let ids = || offered.iter().map(|choice| choice.id.clone()).collect();
        if let Some(id) = self.route.pop_front() {
            if let Some(choice) = offered.iter().find(|choice| choice.id == id) {
                return Ok(choice.clone());
            }
            // Open, but not among what the slot offered: a route says what is taken, not how it was ranked.
            return match open.iter().find(|choice| choice.id == id) {
                Some(choice) => Ok(Offered {
                    id,
                    label: choice.say.clone(),
                    source: crate::request::Source::Authored(crate::request::Why::Written),
                }),
                None => Err(End::NotOpen { id, open: ids() }),
            };
        }
        if !self.by_chance {
            return Err(End::RouteOver { open: ids() });
        }
        let taken = |id: &str| self.taken.as_ref().and_then(|taken| taken.get(id)).copied().unwrap_or(0);
        let least = offered.iter().map(|choice| taken(&choice.id)).min().unwrap_or(0);
        let curious = self.taken.is_some() && self.dice.chance(50);
        let liked: Vec<&Offered> = offered.iter().filter(|choice| !curious || taken(&choice.id) == least).collect();
        let chosen =
            self.dice.of(&liked).map(|choice| (*choice).clone()).ok_or_else(|| End::RouteOver { open: ids() })?;
        if let Some(taken) = &mut self.taken {
            *taken.entry(chosen.id.clone()).or_insert(0) += 1;
        }
        Ok(chosen)
    }
}

impl Rehearsal<'_> {
    /// Plays on to an end. What happens is told to `room`.
    pub fn play(&mut self, player: &mut Player, room: &mut Room<'_, '_>) -> End {
        for _ in 0..self.limits.moments {
            match self.play_moment(player, room) {
                Ok(None) => {}
                Ok(Some(end)) | Err(end) => {
                    self.pass_events(room);
                    return end;
                }
            }
        }
        self.pass_events(room);
        End::StepLimit
    }

    fn play_moment(&mut self, player: &mut Player, room: &mut Room<'_, '_>) -> Result<Option<End>, End> {
        self.pass_events(room);
        (room.watch)(Told::Moment { runner: &self.runner });
        let moment = self.moment();
        if matches!(moment, Moment::Line { .. } | Moment::Choices(_) | Moment::Slot { .. })
            && let Some(id) = player.storylet(self)
        {
            self.tell(&id, room).map_err(End::Failed)?;
            // What is open may be something else now.
            return Ok(None);
        }
        match moment {
            Moment::Line { .. } => {
                let mut asked = 0;
                let mut spoken = self.line(room);
                while spoken.is_some_and(|spoken| spoken.asks) {
                    let Some(question) = player.question(asked) else { break };
                    asked += 1;
                    spoken = self.ask(&question, room);
                }
                self.advance().map_err(End::Failed)?;
            }
            Moment::Detour { .. } => self.detour(room).map_err(End::Failed)?,
            Moment::Choices(open) | Moment::Slot { outcomes: open } => {
                let offered = self.offer(&open, room);
                let chosen = player.choose(&offered, &open)?;
                (room.watch)(Told::Chosen { id: &chosen.id, label: &chosen.label });
                self.choose(&chosen).map_err(End::Failed)?;
            }
            Moment::Ended { beat } => return Ok(Some(End::Ended { beat })),
            Moment::Stuck(reason) => return Ok(Some(End::Stuck(reason))),
        }
        Ok(None)
    }

    fn pass_events(&mut self, room: &mut Room<'_, '_>) {
        for event in self.take_events() {
            (room.watch)(Told::Event(&event));
        }
    }
}
