//! Conversations of three or four, as many as there are people; each begins anew when it is over.

use bevy::prelude::*;
use bevy_raconteur::prelude::*;

use crate::measure::Part;

/// People in one conversation.
const COMPANY: usize = 4;
const NAMES: [&str; 8] = ["Mara", "Odo", "Sela", "Bram", "Edda", "Pim", "Wat", "Hanne"];
const LINES: [&str; 6] = [
    "The bell of Saint Wenna vanished on the night of the flood.",
    "Odo, did it ring before the water came?",
    "Nobody was on the rope that night.",
    "I counted the planks. One is missing.",
    "And you, Mara? You were at the ferry.",
    "Ask the miller; he sleeps badly.",
];

/// How much was said.
#[derive(Resource, Default)]
struct Said {
    turns: usize,
    heard: usize,
    ended: usize,
}

/// See the module.
pub struct Talking;

impl Part for Talking {
    fn build(&mut self, app: &mut App, npcs: usize) {
        app.init_resource::<Said>();
        app.add_observer(|turn: On<TurnSpoken>, mut said: ResMut<Said>| {
            said.turns += 1;
            said.heard += turn.heard_by.len();
        });
        app.add_observer(|end: On<ConversationEnded>, mut said: ResMut<Said>, mut commands: Commands| {
            said.ended += 1;
            let (talk, people) = (end.entity, end.people.clone());
            // They talk again, about something else.
            commands.queue(move |world: &mut World| begin(world, talk, &people));
        });
        let world = app.world_mut();
        let mut company: Vec<Entity> = Vec::new();
        for npc in 0..npcs {
            let place = npc / COMPANY;
            let mut manner = Conversant::default().talkative(40 + (npc * 13 % 60) as u8);
            for line in 0..3 {
                manner = manner.answering(["bell", "flood"], LINES[(npc + line * 5) % LINES.len()]);
            }
            let persona = Persona::new(NAMES[npc % NAMES.len()], "dry, tired")
                .knowing("The bell of Saint Wenna vanished on the night of the flood.")
                .knowing("Two planks of the bridge are missing.");
            let whereabouts = Whereabouts::at((place % 25 * 6) as f32, (place / 25 * 6) as f32, 0.0);
            company.push(world.spawn((persona, manner, whereabouts, Hearing::default(), Remembers::default())).id());
            if company.len() == COMPANY || npc + 1 == npcs {
                let talk = world.spawn_empty().id();
                begin(world, talk, &company);
                company.clear();
            }
        }
    }

    fn happened(&self, app: &mut App) -> String {
        let said = app.world().resource::<Said>();
        format!("{} turns, heard {} times, {} conversations ended", said.turns, said.heard, said.ended)
    }
}

fn begin(world: &mut World, talk: Entity, people: &[Entity]) {
    world.entity_mut(talk).insert(Conversation::new("The market square at dusk.").about("They talk about the flood."));
    for &person in people {
        world.entity_mut(person).insert(InConversation(talk));
    }
}
