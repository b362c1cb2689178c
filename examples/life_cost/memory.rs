//! People who remember forty things each, forget them, and are asked about them.

use bevy::prelude::*;
use bevy_raconteur::core::memory::{Claim, Heard, MemorySettings, Statement};
use bevy_raconteur::prelude::*;

use crate::measure::Part;

/// Things that everybody remembers at the beginning.
const THINGS: usize = 40;
const SUBJECTS: [&str; 10] = ["bell", "mill", "ferry", "bridge", "smith", "goose", "candle", "key", "flood", "veil"];

/// What was learned and lost.
#[derive(Resource, Default)]
struct Counts {
    learned: usize,
    forgot: usize,
    asked: usize,
}

/// See the module.
#[derive(Default)]
pub struct Remembering {
    people: Vec<Entity>,
}

impl Part for Remembering {
    fn build(&mut self, app: &mut App, npcs: usize) {
        app.init_resource::<Counts>();
        app.add_observer(|_: On<Learned>, mut counts: ResMut<Counts>| counts.learned += 1);
        app.add_observer(|_: On<Forgot>, mut counts: ResMut<Counts>| counts.forgot += 1);
        app.add_observer(|_: On<Generated>, mut counts: ResMut<Counts>| counts.asked += 1);
        // A second of the game is a minute of its people, and everybody is looked at each minute of theirs.
        app.insert_resource(MemoryClock::ticking(60.0));
        for npc in 0..npcs {
            let mut remembers = Remembers::new(MemorySettings { half_life: 100.0, ..MemorySettings::default() });
            for thing in 0..THINGS {
                remembers.memory.remember(claim(thing), Heard::Saw, (thing % 10) as f32 / 10.0, 0);
            }
            let person = (Persona::new(format!("Guard {npc}"), "bored"), remembers);
            self.people.push(app.world_mut().spawn(person).id());
        }
    }

    fn frame(&mut self, app: &mut App, frame: usize) {
        let Some(&npc) = self.people.get(frame * 7 % self.people.len().max(1)) else { return };
        let world = app.world_mut();
        world.trigger(Remember::new(npc, claim(frame % 97), Heard::Told("Odo".into())));
        // With the model off nothing is recalled for a prompt.
        world.trigger(Ask { entity: npc, text: "What of the bell and the ferry?".into() });
        world.flush();
    }

    fn happened(&self, app: &mut App) -> String {
        let Counts { learned, forgot, asked } = app.world().resource::<Counts>();
        format!("{learned} learned, {forgot} forgotten, {asked} asked")
    }
}

fn claim(thing: usize) -> Claim {
    let subject = SUBJECTS[thing % SUBJECTS.len()];
    Claim::Said(Statement {
        subject: subject.into(),
        predicate: format!("was seen {thing} times"),
        object: String::new(),
        says: format!("The {subject} was seen {thing} times."),
        keys: vec![subject.into()],
    })
}
