//! Questions of a story that only the game can answer, answered by Bevy systems.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use bevy_app::App;
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemId;
use raconteur_core::plot::HOOK_OPEN;
use raconteur_core::runner::Host;
use raconteur_core::story::format::Value;

use crate::memory::{MemoryClock, Remembers};
use crate::plot::Offers;
use crate::runner::Cast;

/// Arguments of a host function, in the order in which the story gives them.
pub type HostArgs = Vec<Value>;

type Answerer = SystemId<In<HostArgs>, Value>;

/// The systems that answer, by the name under which a story's `host` declares them.
#[derive(Resource, Default)]
pub(crate) struct HostFunctions(HashMap<String, Answerer>);

/// Adds host functions to an app.
pub trait AddHostFunction {
    /// Lets `system` answer the host function `name`: `is_night()` in a condition runs it.
    ///
    /// It is asked often, also for what might come next, so it should only look.
    fn add_host_function<M>(
        &mut self,
        name: &str,
        system: impl IntoSystem<In<HostArgs>, Value, M> + 'static,
    ) -> &mut Self;
}

impl AddHostFunction for App {
    fn add_host_function<M>(
        &mut self,
        name: &str,
        system: impl IntoSystem<In<HostArgs>, Value, M> + 'static,
    ) -> &mut Self {
        let id = self.world_mut().register_system(system);
        self.world_mut().get_resource_or_init::<HostFunctions>().0.insert(name.to_owned(), id);
        self
    }
}

/// Answers from a world.
pub(crate) struct WorldHost<'w> {
    world: RefCell<&'w mut World>,
    /// The hooks of the story that asks.
    offers: RefCell<Arc<Offers>>,
    /// Who plays whom: what they [remember](Remembers) is known to the story.
    cast: Cast,
}

impl<'w> WorldHost<'w> {
    pub(crate) fn new(world: &'w mut World) -> Self {
        Self { world: RefCell::new(world), offers: RefCell::default(), cast: Cast::default() }
    }

    /// With those who play its people, and what they remember.
    pub(crate) fn with_cast(mut self, cast: Cast) -> Self {
        self.cast = cast;
        self
    }

    /// With the hooks of the story that asks.
    pub(crate) fn with_offers(mut self, offers: Arc<Offers>) -> Self {
        self.offers = RefCell::new(offers);
        self
    }

    /// The hooks of the story that asks.
    pub(crate) fn offers(&self) -> Arc<Offers> {
        self.offers.borrow().clone()
    }

    /// A hook is being taken: from here on it is not offered any more.
    pub(crate) fn take_offer(&self, outcome: &str) {
        let left = self.offers().without(outcome);
        *self.offers.borrow_mut() = Arc::new(left);
    }

    /// Whether some system answers `name`.
    pub(crate) fn answers(&self, name: &str) -> bool {
        name == HOOK_OPEN
            || self
                .world
                .borrow()
                .get_resource::<HostFunctions>()
                .is_some_and(|functions| functions.0.contains_key(name))
    }
}

impl Host for WorldHost<'_> {
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        let mut world = self.world.borrow_mut();
        let id = world.get_resource::<HostFunctions>().and_then(|functions| functions.0.get(name)).copied();
        let Some(id) = id else {
            // A game without boards may have an answer of its own.
            return match (name, args) {
                (HOOK_OPEN, [Value::Word(outcome)]) => Ok(Value::Bool(self.offers.borrow().at(outcome).is_some())),
                _ => Err(format!("no system answers {name}()")),
            };
        };
        world.run_system_with(id, args.to_vec()).map_err(|error| format!("the system behind {name}() failed: {error}"))
    }

    fn remembers(&self, who: &str, fact: &str) -> bool {
        let Some(&entity) = self.cast.0.get(who) else { return false };
        let world = self.world.borrow();
        let now = world.get_resource::<MemoryClock>().map_or(0, |clock| clock.now);
        world.get::<Remembers>(entity).is_some_and(|remembers| remembers.memory.has_fact(fact, now))
    }
}
