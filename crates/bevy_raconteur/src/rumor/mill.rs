//! The simulation and who stands behind its numbers.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bevy_ecs::entity::{Entity, EntityHashMap};
use bevy_ecs::prelude::*;
use raconteur_core::rumors::{Answers, Meetings, Person, RumorSettings, Rumors, Tale, TaleError};

use super::events::{TaleOrigin, WayStep};
use super::save::RumorMillData;

/// Most people, gone ones included: each costs every tale a row.
pub(crate) const MOST_PEOPLE: usize = 20_000;

/// What everybody has heard.
#[derive(Resource)]
pub struct RumorMill {
    pub(crate) rumors: Rumors,
    /// By number: key, name to say, and who is that now.
    pub(super) people: Vec<Member>,
    pub(super) by_key: HashMap<String, u32>,
    pub(super) by_entity: EntityHashMap<u32>,
    /// Whose acquaintances name somebody who has not come yet.
    pub(super) waiting: HashSet<Entity>,
    /// Whether some of those may be known now, from a save.
    pub(super) recheck: bool,
    /// Ids of the tales, by place.
    pub(super) ids: Vec<Arc<str>>,
    /// Tales that were added by code; those of books come on top.
    pub(super) added: Vec<Tale>,
    /// What is said to who asks where a tale comes from.
    pub(super) answers: Answers,
    /// A save that waits for the tales that it speaks of.
    pub(super) to_load: Option<Box<RumorMillData>>,
    /// Who meets in the next tick because the game says so.
    pub(super) meetings: Meetings,
    /// All who meet in a tick; kept for its memory.
    pub(super) all_meetings: Meetings,
    /// Goes up whenever somebody comes or goes.
    pub(crate) census: u64,
    /// Who tells what in the next tick as news: it has been cried already, and is not overheard once more.
    pub(crate) cried: HashSet<(u32, u32)>,
}

/// Somebody who hears rumors, or has heard them once.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) entity: Option<Entity>,
}

impl Default for RumorMill {
    fn default() -> Self {
        Self::new(0, RumorSettings::default())
    }
}

impl RumorMill {
    /// Nobody, and nothing to tell. The same seed, people, tales and meetings give the same tellings. Insert it before the
    /// people are spawned, in the place of the one with seed 0 that the plugin brings.
    #[must_use]
    pub fn new(seed: u64, settings: RumorSettings) -> Self {
        Self {
            rumors: Rumors::new(seed, &[], &[], settings),
            people: Vec::new(),
            by_key: HashMap::new(),
            by_entity: EntityHashMap::default(),
            waiting: HashSet::new(),
            recheck: false,
            ids: Vec::new(),
            added: Vec::new(),
            answers: Answers::default(),
            to_load: None,
            meetings: Meetings::default(),
            all_meetings: Meetings::default(),
            census: 0,
            cried: HashSet::new(),
        }
    }

    /// The simulation: numbers of people as [`person`](Self::person) gives them.
    #[must_use]
    pub fn rumors(&self) -> &Rumors {
        &self.rumors
    }

    /// What holds for everybody; may be changed at any time.
    pub fn settings(&mut self) -> &mut RumorSettings {
        &mut self.rumors.settings
    }

    /// Adds a tale that is made in code. Nobody has heard it yet.
    ///
    /// # Errors
    /// [`TaleError`]: the writer has to change the tale.
    pub fn add_tale(&mut self, tale: Tale) -> Result<(), TaleError> {
        self.rumors.add(tale.clone())?;
        self.ids.push(Arc::from(tale.id.as_str()));
        self.added.push(tale);
        Ok(())
    }

    /// Ids of all tales.
    pub fn tales(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(|id| &**id)
    }

    /// Number of the person that an entity is.
    #[must_use]
    pub fn person(&self, entity: Entity) -> Option<u32> {
        self.by_entity.get(&entity).copied()
    }

    /// Number of the person of a key, gone ones included.
    #[must_use]
    pub fn person_of_key(&self, key: &str) -> Option<u32> {
        self.by_key.get(key).copied()
    }

    /// Who a person is now; `None` while they are gone.
    #[must_use]
    pub fn entity(&self, person: u32) -> Option<Entity> {
        self.people.get(person as usize).and_then(|member| member.entity)
    }

    /// Key of a person.
    #[must_use]
    pub fn key(&self, person: u32) -> Option<&str> {
        self.people.get(person as usize).map(|member| member.key.as_str())
    }

    /// Name of a person, as others say it.
    #[must_use]
    pub fn name(&self, person: u32) -> Option<&str> {
        self.people.get(person as usize).map(|member| member.name.as_str())
    }

    /// How far somebody believes a tale, 0 to 1; 0 for what they have not heard, and for who is nobody.
    #[must_use]
    pub fn belief(&self, entity: Entity, tale: &str) -> f32 {
        let place = self.rumors.place(tale);
        self.person(entity).zip(place).map_or(0.0, |(who, tale)| self.rumors.belief(who, tale))
    }

    /// Whether somebody has heard a tale.
    #[must_use]
    pub fn has_heard(&self, entity: Entity, tale: &str) -> bool {
        let place = self.rumors.place(tale);
        self.person(entity).zip(place).is_some_and(|(who, tale)| self.rumors.form(who, tale).is_some())
    }

    /// The words in which somebody would tell a tale now; `None` when they have not heard it.
    #[must_use]
    pub fn words(&self, entity: Entity, tale: &str) -> Option<String> {
        let (who, tale) = self.person(entity).zip(self.rumors.place(tale))?;
        Some(self.rumors.words(tale, self.rumors.form(who, tale)?, who))
    }

    /// Where somebody has a tale from.
    #[must_use]
    pub fn origin(&self, entity: Entity, tale: &str) -> TaleOrigin {
        let Some((who, tale)) = self.person(entity).zip(self.rumors.place(tale)) else { return TaleOrigin::Unheard };
        if self.rumors.form(who, tale).is_none() {
            return TaleOrigin::Unheard;
        }
        match self.rumors.who_told(who, tale) {
            Some(from) => {
                let key = self.key(from).unwrap_or_default().to_owned();
                TaleOrigin::ToldBy { key, entity: self.entity(from) }
            }
            None if self.rumors.has_seen(who, tale) => TaleOrigin::Seen,
            None => TaleOrigin::Started,
        }
    }

    /// The way a tale came to somebody, themselves first and the origin last. Empty when they have not heard it.
    #[must_use]
    pub fn way(&self, entity: Entity, tale: &str) -> Vec<WayStep> {
        let Some((who, tale)) = self.person(entity).zip(self.rumors.place(tale)) else { return Vec::new() };
        let step = |hop: raconteur_core::rumors::Hop| WayStep {
            key: self.key(hop.who).unwrap_or_default().to_owned(),
            entity: self.entity(hop.who),
            at: hop.at,
            hops: hop.hops,
            text: self.rumors.words(tale, hop.form, hop.who),
        };
        self.rumors.provenance(who, tale).into_iter().map(step).collect()
    }

    /// Key of each person, in the order of their numbers.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.people.iter().map(|member| member.key.clone()).collect()
    }

    /// Whether a save waits for the tales that it speaks of; rumors rest until then.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.to_load.is_some()
    }

    /// Whether there is anything to tell, and anybody to tell it to.
    pub(super) fn is_at_work(&self) -> bool {
        !self.ids.is_empty() && self.by_entity.len() > 1 && self.to_load.is_none()
    }

    /// Takes a person in, or back. `false` when somebody else is that person.
    pub(super) fn attach(&mut self, entity: Entity, who: u32, name: &str, person: Person) -> bool {
        let Some(member) = self.people.get_mut(who as usize) else { return false };
        if member.entity.is_some_and(|other| other != entity) {
            return false;
        }
        member.entity = Some(entity);
        name.clone_into(&mut member.name);
        self.by_entity.insert(entity, who);
        self.rumors.set_person(who, person);
        self.rumors.set_present(who, true);
        self.census += 1;
        true
    }

    /// Lets a person go. What they have heard stays.
    pub(super) fn detach(&mut self, entity: Entity) {
        self.waiting.remove(&entity);
        let Some(who) = self.by_entity.remove(&entity) else { return };
        if let Some(member) = self.people.get_mut(who as usize) {
            member.entity = None;
        }
        self.rumors.set_present(who, false);
        self.census += 1;
    }

    /// The tales that there are, their ids in their places.
    pub(super) fn note_ids(&mut self) {
        let count = u32::try_from(self.rumors.tales()).unwrap_or(u32::MAX);
        let ids = (0..count).filter_map(|place| self.rumors.tale(place));
        self.ids = ids.map(|tale| Arc::from(tale.id.as_str())).collect();
    }

    pub(super) fn id(&self, tale: u32) -> Arc<str> {
        self.ids.get(tale as usize).cloned().unwrap_or_else(|| Arc::from(""))
    }
}
