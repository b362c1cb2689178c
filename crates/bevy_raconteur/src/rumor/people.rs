//! NPCs as people who hear and tell, and where they are.

use bevy_ecs::prelude::*;
use raconteur_core::rumors::{Person, Relation};

use super::events::RumorProblem;
use super::mill::{MOST_PEOPLE, Member, RumorMill};

/// Somebody who hears rumors and tells them on. The player may have one: with `talkative` 0 they tell only what the game
/// lets them tell.
#[derive(Component, Debug, Clone, PartialEq)]
pub struct Gossip {
    /// Who they are, also in saves and after they were despawned: one key, one person.
    pub key: String,
    /// Their name, as others say it. **Default** the key with a capital letter.
    pub name: String,
    /// Chance to tell something that is new and of full interest, at each meeting, 0 to 1. **Default** 0.5.
    pub talkative: f32,
    /// How readily they believe, 0 to 1. **Default** 0.5.
    pub credulous: f32,
    /// How little they change when they tell, 0 to 1. **Default** 0.2.
    pub careful: f32,
}

impl Gossip {
    /// Somebody of average manners.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        let key = key.into();
        let mut letters = key.chars();
        let name = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
        let Person { talkative, credulous, careful } = Person::default();
        Self { key, name, talkative, credulous, careful }
    }

    /// Sets their name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets what they are like as a teller and as a listener.
    #[must_use]
    pub fn like(mut self, talkative: f32, credulous: f32, careful: f32) -> Self {
        (self.talkative, self.credulous, self.careful) = (talkative, credulous, careful);
        self
    }

    fn person(&self) -> Person {
        Person { talkative: self.talkative, credulous: self.credulous, careful: self.careful }
    }
}

/// Whom somebody knows, by key: how much they trust them, and how near they are, each 0 to 1. Whoever is not named is a
/// stranger. Somebody may be named before they come.
#[derive(Component, Debug, Clone, Default, PartialEq)]
pub struct Acquaintances(pub Vec<(String, f32, f32)>);

impl Acquaintances {
    /// Adds somebody: how much of what they say is believed, and how near they are.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, trust: f32, closeness: f32) -> Self {
        self.0.push((key.into(), trust, closeness));
        self
    }
}

/// On people whom the player can hear now: what they tell is worded, and told as
/// [`TaleOverheard`](super::TaleOverheard).
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InEarshot;

/// A place where people come together, such as a market.
#[derive(Component, Debug, Clone, Default, PartialEq, Eq)]
pub struct TownPlace {
    /// Names it in files and saves.
    pub key: String,
    /// What it is like there, in one sentence: the setting of what is worded there.
    pub setting: String,
}

/// Where somebody is: the entity of a [`TownPlace`].
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
#[relationship(relationship_target = PlacePeople)]
pub struct AtPlace(pub Entity);

/// On a place: who is there. Kept by [`AtPlace`].
#[derive(Component, Debug, Default, PartialEq, Eq)]
#[relationship_target(relationship = AtPlace)]
pub struct PlacePeople(Vec<Entity>);

impl PlacePeople {
    /// Who is there.
    pub fn iter(&self) -> impl Iterator<Item = Entity> {
        self.0.iter().copied()
    }
}

/// Whether anybody has come, or has changed.
pub(super) fn anybody_changed(
    mill: Res<RumorMill>,
    people: Query<(), Changed<Gossip>>,
    acquaintances: Query<(), Changed<Acquaintances>>,
) -> bool {
    mill.recheck || !people.is_empty() || !acquaintances.is_empty()
}

/// `Submit`: makes people of entities, and relations of their acquaintances.
pub(super) fn take_in(
    mut mill: ResMut<RumorMill>,
    changed: Query<(Entity, &Gossip), Changed<Gossip>>,
    acquaintances: Query<Ref<Acquaintances>>,
    acquainted: Query<Entity, Changed<Acquaintances>>,
    mut commands: Commands,
) {
    let mill = &mut *mill;
    // By key, so that the numbers do not depend on the order in which entities lie in memory.
    let mut changed: Vec<(Entity, &Gossip)> = changed.iter().collect();
    changed.sort_unstable_by(|(a, one), (b, other)| (&one.key, a).cmp(&(&other.key, b)));
    let mut new: Vec<Person> = Vec::new();
    for (entity, gossip) in &changed {
        if mill.person(*entity).is_some_and(|who| mill.key(who) != Some(gossip.key.as_str())) {
            mill.detach(*entity);
        }
        if !mill.by_key.contains_key(&gossip.key) && mill.people.len() < MOST_PEOPLE {
            let member = Member { key: gossip.key.clone(), name: String::new(), entity: None };
            mill.by_key.insert(gossip.key.clone(), mill.people.len() as u32);
            mill.people.push(member);
            new.push(gossip.person());
        }
    }
    mill.rumors.add_people(&new);
    for (entity, gossip) in &changed {
        let Some(&who) = mill.by_key.get(&gossip.key) else {
            commands.trigger(RumorProblem::TooMany { key: gossip.key.clone(), most: MOST_PEOPLE });
            continue;
        };
        if !mill.attach(*entity, who, &gossip.name, gossip.person()) {
            commands.trigger(RumorProblem::SameKey { key: gossip.key.clone(), second: *entity });
        }
    }
    let mut again: Vec<Entity> = acquainted.iter().chain(changed.iter().map(|&(entity, _)| entity)).collect();
    if std::mem::take(&mut mill.recheck) || !new.is_empty() {
        again.extend(mill.waiting.drain());
    }
    again.sort_unstable();
    again.dedup();
    for entity in again {
        let (Some(from), Ok(known)) = (mill.person(entity), acquaintances.get(entity)) else { continue };
        let relation = |(key, trust, closeness): &(String, f32, f32)| {
            let to = mill.by_key.get(key).copied()?;
            Some(Relation { from, to, trust: *trust, closeness: *closeness })
        };
        let relations: Vec<Relation> = known.0.iter().filter_map(relation).collect();
        mill.rumors.relate(from, &relations);
        if relations.len() < known.0.len() {
            mill.waiting.insert(entity);
        }
    }
}

/// Somebody goes, or stops hearing rumors.
pub(super) fn let_go(gone: On<Remove, Gossip>, mut mill: ResMut<RumorMill>) {
    mill.detach(gone.entity);
}

/// Somebody knows nobody any more.
pub(super) fn forget_acquaintances(gone: On<Remove, Acquaintances>, mut mill: ResMut<RumorMill>) {
    if let Some(who) = mill.person(gone.entity) {
        mill.rumors.relate(who, &[]);
    }
}
