//! The rumors in a save: what everybody has heard, by key.

use std::collections::{HashMap, HashSet};

use bevy_asset::{AssetServer, Assets};
use bevy_ecs::entity::EntityHashMap;
use bevy_ecs::prelude::*;
use raconteur_core::rumors::{Meetings, Person, Relation, Rumors, RumorsData, RumorsError};
use serde::{Deserialize, Serialize};

use super::book::{RumorBook, RumorBooks};
use super::events::RumorProblem;
use super::mill::{MOST_PEOPLE, Member, RumorMill};

/// The newest version of [`RumorMillData`] that this crate reads.
pub const RUMOR_MILL_FORMAT: u32 = 1;
/// Longest key of a person in a save, in bytes.
const LONGEST_KEY: usize = 1000;

/// What a save holds of the [`RumorMill`]: plain data for serde.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RumorMillData {
    /// Version of this form, [`RUMOR_MILL_FORMAT`].
    pub format: u32,
    /// Key of each person, in the order of their numbers.
    pub people: Vec<String>,
    /// What they have heard.
    pub rumors: RumorsData,
}

impl RumorMill {
    /// What a save is to hold.
    #[must_use]
    pub fn data(&self) -> RumorMillData {
        RumorMillData {
            format: RUMOR_MILL_FORMAT,
            people: self.people.iter().map(|member| member.key.clone()).collect(),
            rumors: self.rumors.data(),
        }
    }

    /// Takes over what a save holds, in the place of all that has been heard. People of the save who are not there are
    /// gone until somebody of their key comes; whoever the save does not know has heard nothing. Tales and their changes are
    /// the game's.
    ///
    /// When the save speaks of tales that are not known yet it waits for the files in [`RumorBooks`], and rumors rest until
    /// then; a tale that is still not known is told as [`RumorProblem::TalesGone`], and damage as
    /// [`RumorProblem::Rumors`].
    ///
    /// # Errors
    /// Nothing changes when it is damaged or of a newer version: [`RumorsError::Newer`], [`RumorsError::TooMany`],
    /// [`RumorsError::Damaged`].
    pub fn load(&mut self, data: RumorMillData) -> Result<(), RumorsError> {
        let newest = RUMOR_MILL_FORMAT;
        if data.format > newest {
            return Err(RumorsError::Newer { format: data.format, newest });
        }
        let count = data.people.len();
        if count > MOST_PEOPLE {
            return Err(RumorsError::TooMany { what: "people", count, most: MOST_PEOPLE });
        }
        if data.rumors.people as usize != count {
            let why = format!("there are {count} keys for {} people", data.rumors.people);
            return Err(RumorsError::Damaged(why));
        }
        let mut keys = HashSet::new();
        if let Some(key) = data.people.iter().find(|key| key.len() > LONGEST_KEY || !keys.insert(key.as_str())) {
            let key: String = key.chars().take(40).collect();
            return Err(RumorsError::Damaged(format!("the key '{key}' is there twice, or is too long")));
        }
        if data.rumors.tales.iter().all(|id| self.rumors.place(id).is_some()) {
            self.apply(&data).map(|_| ())
        } else {
            self.to_load = Some(Box::new(data));
            Ok(())
        }
    }

    pub(super) fn waits_for_tales(mill: Res<Self>) -> bool {
        mill.to_load.is_some()
    }

    /// Takes a save over; gives the ids of the tales that are not known.
    fn apply(&mut self, data: &RumorMillData) -> Result<Vec<String>, RumorsError> {
        let person = |key: &String| self.by_key.get(key).and_then(|&who| self.rumors.person(who)).unwrap_or_default();
        let people: Vec<Person> = data.people.iter().map(person).collect();
        let mut rumors = Rumors::new(data.rumors.seed, &people, &[], self.rumors.settings);
        let count = u32::try_from(self.rumors.tales()).unwrap_or(u32::MAX);
        for tale in (0..count).filter_map(|place| self.rumors.tale(place)) {
            rumors.add(tale.clone())?;
        }
        let gone = rumors.load(&data.rumors)?;

        let mut members: Vec<Member> = Vec::new();
        for key in &data.people {
            let known = self.by_key.get(key).and_then(|&who| self.people.get(who as usize)).cloned();
            members.push(known.unwrap_or_else(|| Member { key: key.clone(), name: String::new(), entity: None }));
        }
        let saved: HashSet<&str> = data.people.iter().map(String::as_str).collect();
        let others = self.people.iter().enumerate().filter(|(_, member)| !saved.contains(member.key.as_str()));
        let mut more: Vec<Person> = Vec::new();
        for (who, member) in others {
            members.push(member.clone());
            more.push(self.rumors.person(who as u32).unwrap_or_default());
        }
        rumors.add_people(&more);
        let by_key: HashMap<String, u32> =
            members.iter().enumerate().map(|(who, member)| (member.key.clone(), who as u32)).collect();
        let mut by_entity = EntityHashMap::default();
        let number = |old: u32| self.key(old).and_then(|key| by_key.get(key)).copied();
        for (who, member) in members.iter().enumerate() {
            let from = who as u32;
            rumors.set_present(from, member.entity.is_some());
            by_entity.extend(member.entity.map(|entity| (entity, from)));
            let Some(&old) = self.by_key.get(&member.key) else { continue };
            let moved = |row: &Relation| Some(Relation { from, to: number(row.to)?, ..*row });
            let relations: Vec<Relation> = self.rumors.relations_of(old).iter().filter_map(moved).collect();
            rumors.relate(from, &relations);
        }
        (self.rumors, self.people, self.by_key, self.by_entity) = (rumors, members, by_key, by_entity);
        self.meetings = Meetings::default();
        self.cried.clear();
        self.recheck = true;
        self.census += 1;
        self.to_load = None;
        Ok(gone)
    }
}

/// `Submit`: takes a save over when all tales are there that can be.
pub(super) fn finish_load(
    mut mill: ResMut<RumorMill>,
    books: Res<RumorBooks>,
    loaded: Res<Assets<RumorBook>>,
    server: Option<Res<AssetServer>>,
    mut commands: Commands,
) {
    let failed = |book| server.as_ref().is_some_and(|server| server.load_state(book).is_failed());
    // A book is read in the frame after it has come.
    let read = |book: &RumorBook| book.0.tales.iter().all(|tale| mill.rumors.place(&tale.id).is_some());
    if books.0.iter().any(|book| !loaded.get(book).map_or_else(|| failed(book), read)) {
        return;
    }
    let Some(data) = mill.to_load.take() else { return };
    match mill.apply(&data) {
        Ok(gone) if gone.is_empty() => {}
        Ok(gone) => commands.trigger(RumorProblem::TalesGone(gone)),
        Err(error) => commands.trigger(RumorProblem::Rumors(error)),
    }
}
