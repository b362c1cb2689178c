//! A town with a crier, two boards and letters, with a tick of the news in every frame and a new item every second.

use std::time::Duration;

use bevy::prelude::*;
use bevy_raconteur::core::crier::{CrierBook, Item};
use bevy_raconteur::prelude::*;

use crate::measure::Part;

const TOWN: &str = r#"(
    channels: {
        "square": (kind: Crier, places: ["p0", "p1"], every: 20, fresh: 0.1),
        "east board": (kind: Board, places: ["p2"], every: 30),
        "west board": (kind: Board, places: ["p3"], every: 30),
        "post": (kind: Letters, groups: ["guild"], every: 50),
    },
    groups: { "guild": ["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"] },
    ears: (most: 8, per: 100),
)"#;
const PLACES: usize = 5;

/// How often somebody was told something.
#[derive(Resource, Default)]
struct Told(usize);

/// See the module.
#[derive(Default)]
pub struct Crying {
    people: Vec<Entity>,
    places: Vec<Entity>,
    items: usize,
}

impl Part for Crying {
    fn build(&mut self, app: &mut App, npcs: usize) {
        app.init_resource::<Told>().add_systems(
            Update,
            |mut told: MessageReader<NewsTold>, mut count: ResMut<Told>| {
                count.0 += told.read().map(|told| told.listeners.len()).sum::<usize>();
            },
        );
        app.insert_resource(RumorClock::every(Duration::from_millis(16), MeetBy::Game));
        if let Ok(town) =
            CrierBook::from_ron(TOWN).map_err(|_| ()).and_then(|book| TownCrier::new(book).map_err(|_| ()))
        {
            app.insert_resource(town);
        }
        let place = |at: usize| TownPlace { key: format!("p{at}"), setting: String::new() };
        self.places = (0..PLACES).map(|at| app.world_mut().spawn(place(at)).id()).collect();
        app.world_mut().spawn(NoticeBoard::new("east board"));
        for at in 0..npcs {
            let here = AtPlace(self.places[at % PLACES]);
            self.people.push(app.world_mut().spawn((Gossip::new(format!("n{at}")), here)).id());
        }
    }

    fn frame(&mut self, app: &mut App, frame: usize) {
        if frame % 60 == 1 {
            self.items += 1;
            let text = format!("Item {} of the day is about number {}.", self.items, self.items * 31);
            let until = Some(app.world().resource::<TownCrier>().crier().now() + 400);
            app.world_mut().trigger(Publish(Item { until, ..Item::new(format!("item{}", self.items), text) }));
        }
        // Somebody walks to the next place.
        let at = frame % self.people.len().max(1);
        if let Some(&person) = self.people.get(at) {
            app.world_mut().entity_mut(person).insert(AtPlace(self.places[(at + frame) % PLACES]));
        }
    }

    fn happened(&self, app: &mut App) -> String {
        format!("{} items, told {} times", self.items, app.world().resource::<Told>().0)
    }
}
