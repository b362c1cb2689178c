//! Rumors in a save: what everybody has heard. The tales, the people and their relations are the game's.

use serde::{Deserialize, Serialize};

use super::{Form, Row, Rumors, RumorsError, SOURCES, Said};

/// The newest version of [`RumorsData`] that this crate reads.
pub const RUMORS_FORMAT: u32 = 1;
/// Longest text that is read, in bytes.
pub const LONGEST_SAVE: usize = 64 << 20;

/// What a save holds of [`Rumors`]. A game with a save format of its own puts this into it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RumorsData {
    /// Version of this form, [`RUMORS_FORMAT`].
    pub format: u32,
    /// Seed of all draws.
    pub seed: u64,
    /// Ticks so far.
    pub tick: u64,
    /// Number of people.
    pub people: u32,
    /// Ids of the tales, in the order that the rows mean.
    pub tales: Vec<String>,
    /// What has been heard.
    pub rows: Vec<SavedRow>,
    said: Vec<Said>,
}

/// What one person has of one tale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedRow {
    /// Who.
    pub who: u32,
    /// Place of the tale in [`RumorsData::tales`].
    pub tale: u32,
    /// How far they believe it.
    pub belief: f32,
    /// How much they want to tell it.
    pub interest: f32,
    /// What they heard.
    pub form: Form,
    /// Who told it first.
    pub from: u32,
    /// When.
    pub at: u64,
    /// Tellings since the origin.
    pub hops: u32,
    told: u32,
    own: bool,
    pushed: bool,
    sources: [u32; SOURCES],
}

/// What can be read of any version.
#[derive(Deserialize)]
struct Header {
    format: u32,
}

impl Rumors {
    /// What a save holds.
    #[must_use]
    pub fn data(&self) -> RumorsData {
        let count = self.people.len();
        let held = self.rows.iter().enumerate().filter(|(_, row)| row.is_held());
        let rows = held.map(|(at, row)| SavedRow {
            who: (at % count) as u32,
            tale: (at / count) as u32,
            belief: self.belief[at],
            interest: self.interest[at],
            form: row.form,
            from: row.from,
            at: row.at,
            hops: row.hops,
            told: row.told,
            own: row.own,
            pushed: row.pushed,
            sources: row.sources,
        });
        RumorsData {
            format: RUMORS_FORMAT,
            seed: self.seed,
            tick: self.tick,
            people: count as u32,
            tales: self.tales.iter().map(|told| told.tale.id.clone()).collect(),
            rows: rows.collect(),
            said: self.said.clone(),
        }
    }

    /// Takes over saved data: give it the same people, relations and tales as then. What was heard of tales that do not
    /// exist any more is dropped, and their ids are given back; a form is fitted to what the tale is now. Nothing changes
    /// when there is an error.
    ///
    /// # Errors
    /// [`RumorsError::Newer`], [`RumorsError::TooMany`], [`RumorsError::Damaged`].
    pub fn load(&mut self, data: &RumorsData) -> Result<Vec<String>, RumorsError> {
        newer(data.format)?;
        let count = self.people.len();
        let damaged = |why: String| Err(RumorsError::Damaged(why));
        if data.people as usize != count {
            return damaged(format!("they are of {} people, and there are {count}", data.people));
        }
        // Uneven products saturate: what is larger is refused below anyway.
        too_many("rows", data.rows.len(), count.saturating_mul(data.tales.len()))?;
        too_many("tellings to come", data.said.len(), count.saturating_mul(data.tales.len().max(1)))?;
        let places: Vec<Option<u32>> = data.tales.iter().map(|id| self.place(id)).collect();
        let mut next = self.clone();
        next.belief.fill(0.0);
        next.interest.fill(0.0);
        next.rows.fill(Row::NONE);
        for saved in &data.rows {
            let name = format!("person {} and tale {}", saved.who, saved.tale);
            let Some(place) = places.get(saved.tale as usize) else {
                return damaged(format!("there is no tale {}", saved.tale));
            };
            let in_range = |value: f32| (0.0..=1.0).contains(&value);
            let origin = saved.from == saved.who;
            if saved.who as usize >= count || saved.from as usize >= count {
                return damaged(format!("{name}: there is no such person"));
            }
            if !in_range(saved.belief) || !in_range(saved.interest) {
                return damaged(format!("{name}: belief and interest lie in 0 to 1"));
            }
            if saved.at > data.tick || origin != (saved.hops == 0) {
                return damaged(format!("{name}: heard in tick {} after {} tellings", saved.at, saved.hops));
            }
            let Some(at) = place.and_then(|tale| self.at(saved.who, tale)) else { continue };
            if next.rows[at].is_held() {
                return damaged(format!("{name} stand there twice"));
            }
            let told = &self.tales[at / count];
            next.belief[at] = saved.belief;
            next.interest[at] = saved.interest;
            next.rows[at] = Row {
                from: saved.from,
                at: saved.at,
                hops: saved.hops,
                told: saved.told,
                form: told.fitted(saved.form),
                own: saved.own,
                pushed: saved.pushed,
                sources: saved.sources,
            };
        }
        // Who told it had heard it before: so the way to the origin has no circle.
        for (at, row) in next.rows.iter().enumerate().filter(|(_, row)| row.is_held()) {
            let (who, tale) = ((at % count) as u32, at / count);
            let teller = &next.rows[tale * count + row.from as usize];
            if row.from != who && !(teller.is_held() && teller.at < row.at && teller.hops < row.hops) {
                return damaged(format!("person {who} has tale {tale} from {}, who had not heard it", row.from));
            }
        }
        next.said.clear();
        for said in &data.said {
            let Some(place) = places.get(said.tale as usize) else {
                return damaged(format!("there is no tale {}", said.tale));
            };
            too_many("listeners", said.listeners.len(), count)?;
            let unknown = said.listeners.iter().chain([&said.teller]).any(|&who| who as usize >= count);
            if unknown {
                return damaged("a telling to come is of a person who does not exist".to_owned());
            }
            if let Some(tale) = *place {
                next.said.push(Said { tale, ..said.clone() });
            }
        }
        next.seed = data.seed;
        next.tick = data.tick;
        next.tellings.clear();
        next.listeners.clear();
        next.shifts.clear();
        *self = next;
        let gone = data.tales.iter().zip(&places).filter(|(_, place)| place.is_none());
        Ok(gone.map(|(id, _)| id.clone()).collect())
    }

    /// What a save holds, as RON. The same rumors give the same text.
    ///
    /// # Errors
    /// [`RumorsError::Write`].
    pub fn to_text(&self) -> Result<String, RumorsError> {
        ron::to_string(&self.data()).map_err(|error| RumorsError::Write(error.to_string()))
    }

    /// Takes over what [`to_text`](Self::to_text) wrote; see [`load`](Self::load).
    ///
    /// # Errors
    /// [`RumorsError::Damaged`] with the place, and those of [`load`](Self::load).
    pub fn load_text(&mut self, text: &str) -> Result<Vec<String>, RumorsError> {
        too_many("bytes", text.len(), LONGEST_SAVE)?;
        let broken = |error: ron::error::SpannedError| RumorsError::Damaged(error.to_string());
        // The version first: of a newer one the rest need not be readable.
        let header: Header = ron::from_str(text).map_err(broken)?;
        newer(header.format)?;
        self.load(&ron::from_str(text).map_err(broken)?)
    }
}

fn newer(format: u32) -> Result<(), RumorsError> {
    let newest = RUMORS_FORMAT;
    if format > newest { Err(RumorsError::Newer { format, newest }) } else { Ok(()) }
}

fn too_many(what: &'static str, count: usize, most: usize) -> Result<(), RumorsError> {
    if count > most { Err(RumorsError::TooMany { what, count, most }) } else { Ok(()) }
}
