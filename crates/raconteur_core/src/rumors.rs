//! Rumors: facts that travel along relationships and meetings, change on the way, and are believed or not. Pure, without
//! a model, and the same from the same seed.
//!
//! ```text
//! start, witness, say --> [ one row for each person and tale: belief, interest, form, from whom, when, hops ]
//!   tick(meetings)   1. interest fades   2. who tells what, decided on the rows as they are   3. the listeners take it in
//!      `-> tellings: teller, listeners, form, hop, overheard --words / retelling--> what is voiced
//! ```
//! **Tellings.** At a meeting each person tells one tale at most, with the chance `talkative * interest * novelty *
//! closeness`: interest halves with time ([`Tale::half_life`]) and falls with each telling; novelty is the share of those
//! present who, as far as the teller knows, have not heard it. That people retell what is of interest, ambiguous and new to
//! the listener goes back to Allport and Postman, "The Psychology of Rumor" (1947).
//!
//! **Drift.** A telling changes at most one thing, and only what the writer gave a type: a number grows, a name becomes
//! another of a list, a detail is left out, certainty rises. That is Allport and Postman's leveling (details are lost),
//! sharpening (numbers grow) and assimilation (a likely name for the right one). Kept words stand in the fixed text, and a
//! tale in which a hole could touch them is refused, so that no telling loses them, by construction.
//!
//! **Belief** of a listener is a number from 0 to 1 for each tale, and a telling moves it by the gain
//! `g = trust * (0.5 + credulous / 2) * (0.6 + 0.4 * certainty) * independence * (1 - belief in what denies it)`:
//! `b += (1 - b) * g`, and for a tale that it denies `b -= b * g`. So independent sources add up as in a noisy-or (Pearl,
//! "Probabilistic Reasoning in Intelligent Systems", 1988), and both steps stay inside 0 to 1. Independence is 1 for a new
//! source, 0.25 for one who has it from somebody whom the listener has heard already (or who told it before), and 0 for one
//! who has it from the listener: an echo proves nothing. Own evidence ([`Rumors::witness`]) sets a belief, and hearsay
//! does not move it any more.
//!
//! **Provenance.** Each row keeps who told it first. It is set once, by somebody whose own row was set in an earlier tick;
//! so the chain has no circle and ends at an origin.
//!
//! **Order.** What is drawn depends on seed, tick and the people concerned, never on what was drawn before; all tellings
//! of a tick are decided before any is taken in, and are taken in by listener, tale and teller. So the order in which a
//! game lists its meetings and relations does not matter.

mod book;
mod census;
mod chance;
mod company;
mod hear;
mod people;
mod save;
mod tale;
mod trace;

use census::brought_in;
use chance::{For, draw, mix, share};
use people::{Relations, unit};
use tale::Told;

pub use book::{Answers, Book, BookError};
pub use census::Shift;
pub use people::{Meetings, Person, Relation};
pub use save::{LONGEST_SAVE, RUMORS_FORMAT, RumorsData, SavedRow};
pub use tale::{Form, Hole, MOST_HOLES, Tale, TaleError};
pub use trace::{Hop, Retelling};

/// Stands for nobody.
const NOBODY: u32 = u32::MAX;
/// Sources of one tale that a listener keeps apart.
const SOURCES: usize = 4;
/// What is of less interest is not told.
const DULL: f32 = 0.02;

/// What holds for everybody.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RumorSettings {
    /// Smallest belief with which a tale is told on. **Default** 0.2.
    pub tells_at: f32,
    /// Trust between people without a relation. **Default** 0.15.
    pub strangers: f32,
    /// How much less somebody wants to tell a tale with each telling of it: interest is divided by `1 + tired * tellings`.
    /// **Default** 0.15.
    pub tired: f32,
    /// Chance a tick that somebody seeks company, for [`Rumors::meetings_by_chance`]. **Default** 0.2.
    pub sociable: f32,
}

impl Default for RumorSettings {
    fn default() -> Self {
        Self { tells_at: 0.2, strangers: 0.15, tired: 0.15, sociable: 0.2 }
    }
}

/// What one person has of one tale.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    /// Who told it first; themselves for an origin, [`NOBODY`] when it was never heard.
    from: u32,
    /// In which tick.
    at: u64,
    /// Tellings since the origin.
    hops: u32,
    /// How often they told it.
    told: u32,
    form: Form,
    /// They saw it themselves.
    own: bool,
    /// They tell it whether they believe it or not.
    pushed: bool,
    /// Who has told it to them, the first included.
    sources: [u32; SOURCES],
}

impl Row {
    const NONE: Self = Self {
        from: NOBODY,
        at: 0,
        hops: 0,
        told: 0,
        form: Form { values: [0; MOST_HOLES], sure: 0 },
        own: false,
        pushed: false,
        sources: [NOBODY; SOURCES],
    };

    fn is_held(&self) -> bool {
        self.from != NOBODY
    }
}

/// Somebody tells something to those whom they meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telling {
    /// Place of the tale.
    pub tale: u32,
    /// Who tells it.
    pub teller: u32,
    /// As they had it.
    pub before: Form,
    /// As they tell it.
    pub form: Form,
    /// Tellings since the origin, this one included.
    pub hop: u32,
    /// Somebody overhears it: it needs words.
    pub overheard: bool,
    /// Where the listeners stand; see [`Rumors::listeners`].
    listeners: (u32, u32),
}

/// Why something cannot be done with a tale.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RumorsError {
    /// A tale cannot be told.
    #[error(transparent)]
    Tale(#[from] TaleError),
    /// No tale at this place or of this id.
    #[error("there is no tale {0}; add it with Rumors::add before it is told")]
    NoSuchTale(String),
    /// No person of this id.
    #[error("there is no person {0}; ids go from 0 to the number of people given to Rumors::new")]
    NoSuchPerson(u32),
    /// They have not heard it, so they cannot tell it.
    #[error("person {who} has not heard the tale {tale}; call Rumors::start for somebody who makes it up")]
    NotHeard {
        /// Who.
        who: u32,
        /// Which tale.
        tale: u32,
    },
    /// The data of a save are cut short or changed.
    #[error(
        "the saved rumors are damaged: {0}. Was the save cut short while it was written, or edited? Load an older one"
    )]
    Damaged(String),
    /// A newer version of the game wrote them.
    #[error("the saved rumors have format {format}, and this version reads up to {newest}; update the game")]
    Newer {
        /// Format of the data.
        format: u32,
        /// Newest that can be read.
        newest: u32,
    },
    /// More than there can be.
    #[error(
        "the saved rumors hold {count} {what}, and at most {most} are possible; the save is damaged or of another game"
    )]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        count: usize,
        /// Most.
        most: usize,
    },
    /// They cannot be written as text.
    #[error("the rumors cannot be written: {0}")]
    Write(String),
}

/// Something that was asked for by [`Rumors::say`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Said {
    teller: u32,
    tale: u32,
    overheard: bool,
    listeners: Vec<u32>,
}

/// A listener and what reaches them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Arrival {
    listener: u32,
    tale: u32,
    teller: u32,
    telling: u32,
}

/// Who has heard what, and how it goes on. Rows stand by tale, then by person.
#[derive(Debug, Clone)]
pub struct Rumors {
    /// What holds for everybody.
    pub settings: RumorSettings,
    seed: u64,
    tick: u64,
    people: Vec<Person>,
    /// Who is there, by person.
    present: Vec<bool>,
    relations: Relations,
    tales: Vec<Told>,
    /// For each tale: what is left of an interest after a tick.
    keeps: Vec<f32>,
    /// For each tale: the one that it denies.
    denies: Vec<Option<u32>>,
    belief: Vec<f32>,
    interest: Vec<f32>,
    rows: Vec<Row>,
    said: Vec<Said>,
    tellings: Vec<Telling>,
    listeners: Vec<u32>,
    arrivals: Vec<Arrival>,
    /// What has moved beliefs since the last tick began.
    shifts: Vec<Shift>,
}

impl Rumors {
    /// People who have heard nothing. Relations to or from somebody who does not exist are left out.
    #[must_use]
    pub fn new(seed: u64, people: &[Person], relations: &[Relation], settings: RumorSettings) -> Self {
        let people: Vec<Person> = people.iter().map(|&person| brought_in(person)).collect();
        Self {
            settings,
            seed,
            tick: 0,
            relations: Relations::new(people.len(), relations),
            present: vec![true; people.len()],
            people,
            tales: Vec::new(),
            keeps: Vec::new(),
            denies: Vec::new(),
            belief: Vec::new(),
            interest: Vec::new(),
            rows: Vec::new(),
            said: Vec::new(),
            tellings: Vec::new(),
            listeners: Vec::new(),
            arrivals: Vec::new(),
            shifts: Vec::new(),
        }
    }

    /// Adds a tale, and gives its place. Nobody has heard it yet. One that denies another comes after it.
    ///
    /// # Errors
    /// [`TaleError`]: the writer has to change the tale.
    pub fn add(&mut self, tale: Tale) -> Result<u32, TaleError> {
        if self.place(&tale.id).is_some() {
            return Err(TaleError::Twice { tale: tale.id });
        }
        let denies = match &tale.against {
            None => None,
            Some(against) => match self.place(against) {
                Some(place) => Some(place),
                None => return Err(TaleError::NoSuchTale { tale: tale.id.clone(), against: against.clone() }),
            },
        };
        let told = Told::new(tale)?;
        let count = self.people.len();
        self.keeps.push(crate::memory::faded(1, told.tale.half_life) as f32);
        self.denies.push(denies);
        self.belief.resize(self.belief.len() + count, 0.0);
        self.interest.resize(self.interest.len() + count, 0.0);
        self.rows.resize(self.rows.len() + count, Row::NONE);
        self.tales.push(told);
        Ok(u32::try_from(self.tales.len() - 1).unwrap_or(NOBODY))
    }

    /// Place of a tale.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<u32> {
        self.tales.iter().position(|told| told.tale.id == id).and_then(|at| u32::try_from(at).ok())
    }

    /// Number of people.
    #[must_use]
    pub fn people(&self) -> usize {
        self.people.len()
    }

    /// Number of ticks so far.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.tick
    }

    /// How far somebody believes a tale, 0 to 1; 0 for what they have not heard.
    #[must_use]
    pub fn belief(&self, who: u32, tale: u32) -> f32 {
        self.at(who, tale).map_or(0.0, |at| self.belief[at])
    }

    /// What somebody has heard of a tale; `None` when nothing.
    #[must_use]
    pub fn form(&self, who: u32, tale: u32) -> Option<Form> {
        self.row(who, tale).map(|row| row.form)
    }

    /// How much somebody wants to tell a tale, 0 to 1.
    #[must_use]
    pub fn interest(&self, who: u32, tale: u32) -> f32 {
        self.at(who, tale).map_or(0.0, |at| self.interest[at])
    }

    /// Somebody makes a tale up, or brings it from elsewhere: they are an origin of it, believe it to `belief`, and tell it
    /// whether they believe it or not. Whoever had heard it before keeps the form and the source that they have.
    ///
    /// # Errors
    /// [`RumorsError::NoSuchPerson`], [`RumorsError::NoSuchTale`].
    pub fn start(&mut self, who: u32, tale: u32, belief: f32) -> Result<(), RumorsError> {
        let at = self.origin(who, tale)?;
        self.rows[at].pushed = true;
        if !self.rows[at].own {
            let before = self.belief[at];
            self.belief[at] = before.max(unit(belief));
            self.shift(who, tale, before, self.belief[at]);
        }
        Ok(())
    }

    /// Somebody sees with their own eyes that a tale is so: they believe it to `sure` at least and what it denies to
    /// `1 - sure` at most, whatever they hear later. A disproof is the evidence for a tale that denies another.
    ///
    /// # Errors
    /// [`RumorsError::NoSuchPerson`], [`RumorsError::NoSuchTale`].
    pub fn witness(&mut self, who: u32, tale: u32, sure: f32) -> Result<(), RumorsError> {
        let at = self.origin(who, tale)?;
        let (sure, before) = (unit(sure), self.belief[at]);
        self.belief[at] = before.max(sure);
        self.rows[at].own = true;
        self.shift(who, tale, before, self.belief[at]);
        for other in self.opposed(tale) {
            if let Some(at) = self.at(who, other) {
                let before = self.belief[at];
                self.belief[at] = before.min(1.0 - sure);
                self.rows[at].pushed = false;
                self.shift(who, other, before, self.belief[at]);
            }
        }
        Ok(())
    }

    /// Somebody is to tell a tale in the next tick, such as the player: to all `listeners` that exist, whatever was drawn.
    ///
    /// # Errors
    /// [`RumorsError::NotHeard`], [`RumorsError::NoSuchPerson`], [`RumorsError::NoSuchTale`].
    pub fn say(&mut self, teller: u32, listeners: &[u32], tale: u32, overheard: bool) -> Result<(), RumorsError> {
        self.check(teller, tale)?;
        if self.row(teller, tale).is_none() {
            return Err(RumorsError::NotHeard { who: teller, tale });
        }
        let mut there: Vec<u32> =
            listeners.iter().copied().filter(|&who| who != teller && (who as usize) < self.people.len()).collect();
        there.sort_unstable();
        there.dedup();
        self.said.push(Said { teller, tale, overheard, listeners: there });
        Ok(())
    }

    /// The tellings of the last tick, in the order of the meetings.
    #[must_use]
    pub fn tellings(&self) -> &[Telling] {
        &self.tellings
    }

    /// Who hears a telling of the last tick.
    #[must_use]
    pub fn listeners(&self, telling: &Telling) -> &[u32] {
        self.listeners.get(telling.listeners.0 as usize..telling.listeners.1 as usize).unwrap_or_default()
    }

    /// Goes on by one tick, in which these people meet. People who do not exist are passed over.
    pub fn tick(&mut self, meetings: &Meetings) -> &[Telling] {
        self.tick += 1;
        self.tellings.clear();
        self.listeners.clear();
        self.shifts.clear();
        let count = self.people.len();
        for (tale, &keeps) in self.keeps.iter().enumerate() {
            self.interest[tale * count..(tale + 1) * count].iter_mut().for_each(|interest| *interest *= keeps);
        }
        let mut said = std::mem::take(&mut self.said);
        for said in &said {
            self.tell(said.teller, said.tale, &said.listeners, said.overheard);
        }
        said.clear();
        self.said = said;
        for (people, overheard) in meetings.iter() {
            let known = people.iter().take_while(|&&who| (who as usize) < count).count();
            let people = &people[..known];
            for &teller in people {
                if let Some(tale) = self.chosen(teller, people) {
                    self.tell(teller, tale, people, overheard);
                }
            }
        }
        self.take_in();
        &self.tellings
    }

    /// What somebody tells those present, if anything.
    fn chosen(&self, teller: u32, people: &[u32]) -> Option<u32> {
        let company = people.iter().fold(0, |key, &who| mix(key ^ u64::from(who)));
        let drawn = share(draw(self.seed, self.tick, For::Talk, [u64::from(teller), company, 0]));
        let talkative = self.people[teller as usize].talkative;
        if drawn >= talkative || !self.is_present(teller) {
            return None;
        }
        let others = || people.iter().copied().filter(|&who| who != teller && self.is_present(who));
        let close = |who| self.relations.between(teller, who).map_or(0.0, |relation| relation.closeness);
        let closeness = others().map(close).fold(0.0, f32::max);
        let count = self.people.len();
        let mut best: Option<(f32, f32, u32)> = None;
        for tale in 0..self.tales.len() {
            let at = tale * count + teller as usize;
            let (row, interest) = (&self.rows[at], self.interest[at]);
            if interest < DULL || !row.is_held() || !(row.pushed || self.belief[at] >= self.settings.tells_at) {
                continue;
            }
            let knows = |who: u32| who == row.from || row.sources.contains(&who);
            let new = others().filter(|&who| !knows(who)).count();
            if new == 0 {
                continue;
            }
            let novelty = new as f32 / others().count() as f32;
            let weight = interest * novelty / (1.0 + self.settings.tired * row.told as f32);
            let ids = [u64::from(teller), company, tale as u64];
            let by_mood = weight * (0.5 + share(draw(self.seed, self.tick, For::Tale, ids)));
            if best.is_none_or(|(other, ..)| by_mood > other) {
                best = Some((by_mood, weight, tale as u32));
            }
        }
        let (_, weight, tale) = best?;
        (drawn < talkative * weight * (0.3 + 0.7 * closeness)).then_some(tale)
    }

    fn tell(&mut self, teller: u32, tale: u32, people: &[u32], overheard: bool) {
        let Some(&Row { form, hops, .. }) = self.row(teller, tale).filter(|_| self.is_present(teller)) else { return };
        let told = &self.tales[tale as usize];
        let company = people.iter().fold(0, |key, &who| mix(key ^ u64::from(who)));
        let ids = [u64::from(teller), company, u64::from(tale)];
        let chance = told.tale.drift * (1.0 - self.people[teller as usize].careful);
        let drifts = share(draw(self.seed, self.tick, For::Drift, ids)) < chance;
        let next = if drifts { told.drifted(form, draw(self.seed, self.tick, For::Change, ids)) } else { form };
        let start = self.listeners.len();
        let present = &self.present;
        let there = |&who: &u32| who != teller && present.get(who as usize).copied().unwrap_or(false);
        self.listeners.extend(people.iter().copied().filter(there));
        let range = (start as u32, self.listeners.len() as u32);
        if range.0 == range.1 {
            return;
        }
        let telling = Telling { tale, teller, before: form, form: next, hop: hops + 1, overheard, listeners: range };
        self.tellings.push(telling);
    }

    /// Makes somebody an origin of a tale that they have not heard, and gives the place of the row; it interests them anew.
    fn origin(&mut self, who: u32, tale: u32) -> Result<usize, RumorsError> {
        let at = self.check(who, tale)?;
        let told = &self.tales[tale as usize];
        if !self.rows[at].is_held() {
            self.rows[at] = Row { from: who, at: self.tick, form: told.truth(), ..Row::NONE };
        }
        self.interest[at] = told.tale.interest;
        Ok(at)
    }

    fn check(&self, who: u32, tale: u32) -> Result<usize, RumorsError> {
        if who as usize >= self.people.len() {
            return Err(RumorsError::NoSuchPerson(who));
        }
        self.at(who, tale).ok_or_else(|| RumorsError::NoSuchTale(tale.to_string()))
    }

    fn at(&self, who: u32, tale: u32) -> Option<usize> {
        let (who, tale, count) = (who as usize, tale as usize, self.people.len());
        (who < count && tale < self.tales.len()).then(|| tale * count + who)
    }

    fn row(&self, who: u32, tale: u32) -> Option<&Row> {
        self.at(who, tale).map(|at| &self.rows[at]).filter(|row| row.is_held())
    }

    /// The tales that one denies or that deny it.
    fn opposed(&self, tale: u32) -> impl Iterator<Item = u32> + use<> {
        let denied = self.denies[tale as usize];
        let denying: Vec<u32> =
            (0..self.denies.len() as u32).filter(|&other| self.denies[other as usize] == Some(tale)).collect();
        denied.into_iter().chain(denying)
    }
}
