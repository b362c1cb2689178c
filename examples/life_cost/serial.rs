//! A serial for every NPC, all of them told at once, each begun anew when it is over: far more than a game has. Eight
//! passages are told a frame and one serial is planned, however many there are.

use bevy::prelude::*;
use bevy_raconteur::core::serial::Opening;
use bevy_raconteur::prelude::*;

use crate::measure::Part;

const OPENING: &str = include_str!("../../assets/serials/drowned_bell.serial.ron");

/// What came out and what is over.
#[derive(Resource, Default)]
struct Counts {
    chapters: Vec<Entity>,
    out: usize,
    ended: Vec<Entity>,
    over: usize,
}

/// See the module.
#[derive(Default)]
pub struct Telling {
    opening: Handle<OpeningAsset>,
    seed: u64,
}

impl Part for Telling {
    fn build(&mut self, app: &mut App, npcs: usize) {
        app.init_resource::<Counts>();
        app.add_observer(|ready: On<ChapterReady>, mut counts: ResMut<Counts>| {
            counts.out += 1;
            counts.chapters.push(ready.chapter);
        });
        app.add_observer(|ended: On<SerialEnded>, mut counts: ResMut<Counts>| {
            counts.over += 1;
            counts.ended.push(ended.entity);
        });
        match Opening::from_ron(OPENING) {
            Ok(opening) => {
                self.opening = app.world_mut().resource_mut::<Assets<OpeningAsset>>().add(OpeningAsset::from(opening));
            }
            Err(error) => eprintln!("the opening cannot be told: {error}"),
        }
        for _ in 0..npcs {
            self.begin(app);
        }
    }

    fn frame(&mut self, app: &mut App, _frame: usize) {
        let mut counts = app.world_mut().resource_mut::<Counts>();
        let (chapters, ended) = (std::mem::take(&mut counts.chapters), std::mem::take(&mut counts.ended));
        // Chapters have been read.
        for chapter in chapters {
            app.world_mut().despawn(chapter);
        }
        for serial in ended {
            app.world_mut().despawn(serial);
            self.begin(app);
        }
    }

    fn happened(&self, app: &mut App) -> String {
        let counts = app.world().resource::<Counts>();
        format!("{} chapters out, {} serials over and begun anew", counts.out, counts.over)
    }
}

impl Telling {
    fn begin(&mut self, app: &mut App) {
        self.seed += 1;
        app.world_mut().spawn(Serial::new(self.opening.clone(), self.seed));
    }
}
