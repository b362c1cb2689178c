//! A town in which ten tales go round, with a tick of the rumors in every frame: the cost of a tick is that of a frame.

use std::time::Duration;

use bevy::prelude::*;
use bevy_raconteur::core::rumors::Tale;
use bevy_raconteur::prelude::*;

use crate::measure::Part;

/// Tales that go round.
const TALES: usize = 10;
/// People whom each knows.
const NEAR: usize = 8;

/// What was told.
#[derive(Resource, Default)]
struct Counts {
    told: usize,
    believed: usize,
    overheard: usize,
}

/// See the module.
#[derive(Default)]
pub struct Telling {
    people: Vec<Entity>,
}

impl Part for Telling {
    fn build(&mut self, app: &mut App, npcs: usize) {
        app.init_resource::<Counts>().add_systems(Update, count);
        app.add_observer(|_: On<TaleOverheard>, mut counts: ResMut<Counts>| counts.overheard += 1);
        app.insert_resource(RumorClock::every(Duration::from_millis(16), MeetBy::Closeness));
        let mut mill = app.world_mut().resource_mut::<RumorMill>();
        for tale in 0..TALES {
            let text = format!(
                r#"(id: "t{tale}", says: ["{{sure}} {{men}} men took bell {tale} to {{place}}."],
                holes: {{"men": Number(of: 3, most: 60, grows: 50), "place": OneOf(["the mill", "the mine"])}},
                sure: ["Some say", "They say"], keep: ["bell"], half_life: 150.0)"#
            );
            if let Ok(tale) = Tale::from_ron(&text) {
                let _ = mill.add_tale(tale);
            }
        }
        for at in 0..npcs {
            let near = |step: usize| format!("n{}", (at + step * step + npcs / 7) % npcs);
            let known = (1..=NEAR).fold(Acquaintances::default(), |known, step| known.with(near(step), 0.5, 0.6));
            let mut npc = app.world_mut().spawn((Gossip::new(format!("n{at}")), known));
            // The player hears one in fifty.
            if at % 50 == 0 {
                npc.insert(InEarshot);
            }
            self.people.push(npc.id());
        }
    }

    fn frame(&mut self, app: &mut App, frame: usize) {
        // A tale is started now and then, and one is disproved.
        if frame > 5 && frame % 60 == 6 {
            let (tale, at) = ((frame / 60) % TALES, frame * 7 % self.people.len().max(1));
            if let Some(&entity) = self.people.get(at) {
                app.world_mut().trigger(StartTale { entity, tale: format!("t{tale}"), belief: 1.0 });
            }
        }
    }

    fn happened(&self, app: &mut App) -> String {
        let counts = app.world().resource::<Counts>();
        let ticks = app.world().resource::<RumorMill>().rumors().now();
        format!("{ticks} ticks, {} tellings, {} overheard, {} beliefs", counts.told, counts.overheard, counts.believed)
    }
}

fn count(mut told: MessageReader<TaleTold>, mut believed: MessageReader<TaleBelieved>, mut counts: ResMut<Counts>) {
    counts.told += told.read().count();
    counts.believed += believed.read().count();
}
