//! The village without a picture: who is there, and in which order things happen in a frame.

use bevy::prelude::*;
use bevy_raconteur::core::story::format::{Decode, NamePolicy, Policy, Rank};
use bevy_raconteur::prelude::*;

use crate::cast::person;
use crate::circle::{Circles, Company, Dice, SEATS, mingle, stay};
use crate::player::{Intent, Nearest, Player, Tour};
use crate::square::standing;
use crate::talk::{Pace, Trade, Voice};
use crate::tally::Tally;
use crate::walk::Feet;
use crate::{player, talk, walk};

/// Most people that the square holds.
pub const MOST: usize = 32;

/// People who walk and talk, a player among them. Needs `NarrativePlugins`.
pub struct VillagePlugin {
    /// How many villagers, up to [`MOST`].
    pub npcs: usize,
    /// The same seed, the same evening, as long as frames take the same time.
    pub seed: u32,
    /// How many candidates the model writes for a line; the one that fits best is said.
    pub tries: usize,
    /// How much is said.
    pub pace: Pace,
    /// Whether the player walks around by itself.
    pub tour: bool,
}

impl Plugin for VillagePlugin {
    fn build(&self, app: &mut App) {
        let npcs = self.npcs.clamp(2, MOST);
        let mut dice = Dice::new(self.seed);
        let circles = Circles::for_people(npcs, app.world_mut());
        for i in 0..npcs {
            spawn_villager(app.world_mut(), &circles, &mut dice, i, npcs, self.tries);
        }
        app.world_mut().spawn((Player, Feet::at(standing(Vec2::new(-214.0, -168.0))), Voice::default()));
        app.insert_resource(circles)
            .insert_resource(dice)
            .insert_resource(self.pace)
            .init_resource::<Intent>()
            .init_resource::<Nearest>()
            .init_resource::<Tally>()
            .add_observer(talk::hear_chunk)
            .add_observer(talk::hear_end)
            .add_observer(talk::begin_turn)
            .add_observer(talk::begin_topic)
            .add_observer(talk::end_topic)
            .add_systems(
                Update,
                (
                    player::tour.run_if(resource_exists::<Tour>),
                    player::stroll,
                    mingle,
                    walk::walk,
                    player::listen,
                    player::ask,
                    talk::answer_player,
                    talk::keep_company,
                    talk::give_floor,
                    talk::talk_at_once,
                    talk::say,
                )
                    .chain(),
            );
        if self.tour {
            app.init_resource::<Tour>();
        }
    }
}

fn spawn_villager(world: &mut World, circles: &Circles, dice: &mut Dice, i: usize, npcs: usize, tries: usize) {
    // All circles but the last, which is for going over to, in rounds: no one begins alone.
    let (villager, name) = person(i);
    let full = npcs.div_ceil(SEATS);
    let company = Company { circle: i % full, seat: i / full, until: stay(0.0, dice) };
    let place = circles.seat(&company);
    let mut persona = Persona::new(name, villager.voice);
    for topic in &villager.topics {
        // The second of a trade bears another name than the writer's facts do.
        persona = persona.knowing(topic.fact.replace(villager.names[0], name));
    }
    persona.policy = policy(tries);
    let mut feet = Feet::at(place);
    feet.looks_at = circles.0[company.circle].at;
    world.spawn((Name::new(name), persona, Trade(villager, i), talk::lines(villager), Voice::default(), company, feet));
}

/// One candidate is shown as it comes; of several the one that fits the scene best.
fn policy(tries: usize) -> Policy {
    Policy {
        names: NamePolicy::Known,
        tokens: (3, 26),
        tries: tries.max(1),
        rank: if tries > 1 { Rank::Pmi { null: "{speaker}:".to_owned(), floor: f32::MIN } } else { Rank::First },
        stream: tries <= 1,
        budget_ms: 4000,
        decode: Decode { temperature: Some(0.7), ..Decode::default() },
        ..Policy::default()
    }
}
