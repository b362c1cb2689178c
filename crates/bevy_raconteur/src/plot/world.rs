//! What hooks are about: entities of the scene that carry a [`PlotEntity`].

use std::collections::HashMap;
use std::sync::Arc;

use bevy_ecs::prelude::*;
use raconteur_core::plot;
use raconteur_core::story::format::Story;

use crate::events::{Problem, StoryProblem};

/// Makes an entity one that hooks can be about, as long as it lives. To change what is known of it, insert it anew.
#[derive(Component, Debug, Clone, PartialEq, Eq)]
#[component(immutable)]
pub struct PlotEntity(pub plot::Entity);

impl PlotEntity {
    /// An entity without tags and relations: `PlotEntity::new("mara", "person", "Mara")`.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self(plot::Entity::new(id, kind, name))
    }

    /// Adds a tag.
    #[must_use]
    pub fn tagged(self, tag: impl Into<String>) -> Self {
        Self(self.0.tagged(tag))
    }

    /// Adds a relation.
    #[must_use]
    pub fn related(self, relation: impl Into<String>, to: impl Into<String>) -> Self {
        Self(self.0.related(relation, to))
    }
}

/// All that hooks can be about: what carries a [`PlotEntity`], and what the game has put in by hand.
#[derive(Resource, Debug, Clone, Default)]
pub struct PlotWorld {
    world: Arc<plot::World>,
    /// The id under which an entity of the scene stands in it.
    ids: HashMap<Entity, String>,
}

impl PlotWorld {
    /// What there is.
    #[must_use]
    pub fn world(&self) -> &Arc<plot::World> {
        &self.world
    }

    /// To put something in or take it out that is no entity of the scene. A search that is under way goes on with what
    /// there was; what it finds is held against what there is.
    pub fn world_mut(&mut self) -> &mut plot::World {
        Arc::make_mut(&mut self.world)
    }

    /// Puts in the people and places of a story, but those that are there already.
    pub fn add_story(&mut self, story: &Story) {
        let world = Arc::make_mut(&mut self.world);
        for entity in plot::World::of_story(story).entities() {
            if world.get(&entity.id).is_none() {
                // It came out of a world, so one takes it.
                let _ = world.insert(entity.clone());
            }
        }
    }
}

pub(super) fn enter(
    entered: On<Insert, PlotEntity>,
    entities: Query<&PlotEntity>,
    mut world: ResMut<PlotWorld>,
    mut commands: Commands,
) {
    let Ok(PlotEntity(new)) = entities.get(entered.entity) else { return };
    forget(&mut world, entered.entity, Some(&new.id));
    match world.world_mut().insert(new.clone()) {
        Ok(()) => {
            world.ids.insert(entered.entity, new.id.clone());
        }
        Err(error) => {
            commands.trigger(StoryProblem { entity: entered.entity, problem: Problem::Hooks(error.to_string()) });
        }
    }
}

pub(super) fn leave(left: On<Remove, PlotEntity>, mut world: ResMut<PlotWorld>) {
    forget(&mut world, left.entity, None);
}

/// Takes an entity of the scene out, unless it stays under the same id or another stands under that id.
fn forget(world: &mut PlotWorld, entity: Entity, stays: Option<&str>) {
    let Some(id) = world.ids.remove(&entity) else { return };
    if stays != Some(id.as_str()) && !world.ids.values().any(|other| *other == id) {
        world.world_mut().remove(&id);
    }
}
