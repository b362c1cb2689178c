//! Who there is: people come, go away and come back while a game runs.

use super::people::{Relation, unit};
use super::tale::Tale;
use super::{Person, Row, Rumors, RumorsError, TaleError};

/// A belief that has moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// Whose.
    pub who: u32,
    /// Place of the tale.
    pub tale: u32,
    /// What it was, 0 to 1.
    pub from: f32,
    /// What it is now.
    pub to: f32,
}

impl Rumors {
    /// More people, who have heard nothing and are present. Gives the number of the first of them; the others follow. The
    /// rows of all tales move, so add many at once.
    pub fn add_people(&mut self, people: &[Person]) -> u32 {
        let (before, after) = (self.people.len(), self.people.len() + people.len());
        self.people.extend(people.iter().map(|&person| brought_in(person)));
        self.present.resize(after, true);
        self.relations.grow(after);
        self.belief = restride(&self.belief, before, after, self.tales.len(), 0.0);
        self.interest = restride(&self.interest, before, after, self.tales.len(), 0.0);
        self.rows = restride(&self.rows, before, after, self.tales.len(), Row::NONE);
        // Ranges of listeners stay as they are: they do not depend on how many there are.
        u32::try_from(before).unwrap_or(super::NOBODY)
    }

    /// What somebody is like from now on. Nothing happens when there is no such person.
    pub fn set_person(&mut self, who: u32, person: Person) {
        if let Some(old) = self.people.get_mut(who as usize) {
            *old = brought_in(person);
        }
    }

    /// What somebody is like.
    #[must_use]
    pub fn person(&self, who: u32) -> Option<Person> {
        self.people.get(who as usize).copied()
    }

    /// Whether somebody is there. Who is not neither meets, tells nor hears; what they know fades as everybody's does, and
    /// the ways of tales lead through them as before.
    pub fn set_present(&mut self, who: u32, present: bool) {
        if let Some(old) = self.present.get_mut(who as usize) {
            *old = present;
        }
    }

    /// Whether somebody is there; false for who does not exist.
    #[must_use]
    pub fn is_present(&self, who: u32) -> bool {
        self.present.get(who as usize).copied().unwrap_or(false)
    }

    /// All relations of one person, in the place of those that they had. Those of others, or to nobody, are left out.
    pub fn relate(&mut self, from: u32, relations: &[Relation]) {
        self.relations.replace(from, relations);
    }

    /// The relations of somebody, by the other's number.
    #[must_use]
    pub fn relations_of(&self, who: u32) -> &[Relation] {
        self.relations.of(who)
    }

    /// A tale, as it was added.
    #[must_use]
    pub fn tale(&self, place: u32) -> Option<&Tale> {
        self.tales.get(place as usize).map(|told| &told.tale)
    }

    /// Whether somebody has seen that a tale is so, and does not have it from hearsay.
    #[must_use]
    pub fn has_seen(&self, who: u32, tale: u32) -> bool {
        self.row(who, tale).is_some_and(|row| row.own)
    }

    /// Number of tales.
    #[must_use]
    pub fn tales(&self) -> usize {
        self.tales.len()
    }

    /// Takes what has moved beliefs since the last time: tellings of the last tick, evidence and inventions since. What is
    /// not taken is gone with the next tick.
    pub fn take_shifts(&mut self) -> Vec<Shift> {
        std::mem::take(&mut self.shifts)
    }

    /// Other tales in the place of those that there are, as after a reload of their file: what was heard of a tale is kept
    /// when there still is one of its id, and fitted to what it is now. Gives the ids of those that are gone. Nothing
    /// changes when there is an error.
    ///
    /// # Errors
    /// [`TaleError`] for the first tale that cannot be told, as [`RumorsError::Tale`].
    pub fn replace_tales(&mut self, tales: Vec<Tale>) -> Result<Vec<String>, RumorsError> {
        let mut next = Self {
            tales: Vec::new(),
            keeps: Vec::new(),
            denies: Vec::new(),
            belief: Vec::new(),
            interest: Vec::new(),
            rows: Vec::new(),
            ..self.clone()
        };
        for tale in tales {
            next.add(tale).map_err(|error: TaleError| RumorsError::Tale(error))?;
        }
        let gone = next.load(&self.data())?;
        *self = next;
        Ok(gone)
    }

    pub(super) fn shift(&mut self, who: u32, tale: u32, from: f32, to: f32) {
        if from != to {
            self.shifts.push(Shift { who, tale, from, to });
        }
    }
}

pub(super) fn brought_in(person: Person) -> Person {
    Person { talkative: unit(person.talkative), credulous: unit(person.credulous), careful: unit(person.careful) }
}

fn restride<T: Copy>(rows: &[T], before: usize, after: usize, tales: usize, empty: T) -> Vec<T> {
    let mut wide = vec![empty; after * tales];
    for tale in 0..tales {
        wide[tale * after..tale * after + before].copy_from_slice(&rows[tale * before..(tale + 1) * before]);
    }
    wide
}
