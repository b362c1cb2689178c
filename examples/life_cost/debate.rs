//! People in pairs who argue about a pear tree: each pair goes on every two seconds, and begins anew when it is over.

use std::sync::Arc;

use bevy::prelude::*;
use bevy_raconteur::core::debate::{Motion, parse};
use bevy_raconteur::core::story::source::Source as File;
use bevy_raconteur::prelude::*;

use crate::measure::Part;

const PEAR_TREE: &str = include_str!("../../assets/debates/pear_tree.debate.ron");
/// Frames between two turns of a debate.
const PACE: usize = 120;

/// What was said and what is over.
#[derive(Resource, Default)]
struct Counts {
    claims: usize,
    ended: Vec<Entity>,
    over: usize,
}

/// See the module.
#[derive(Default)]
pub struct Arguing {
    debates: Vec<(Entity, Cast)>,
    asset: Handle<DebateAsset>,
    seed: u64,
}

impl Part for Arguing {
    fn build(&mut self, app: &mut App, npcs: usize) {
        app.init_resource::<Counts>();
        app.add_observer(|_: On<ClaimReady>, mut counts: ResMut<Counts>| counts.claims += 1);
        app.add_observer(|ended: On<DebateEnded>, mut counts: ResMut<Counts>| {
            counts.over += 1;
            counts.ended.push(ended.entity);
        });
        let motion: Arc<Motion> =
            parse(File::new("pear_tree.debate.ron", PEAR_TREE), None).into_motion().unwrap_or_default();
        self.asset = app.world_mut().resource_mut::<Assets<DebateAsset>>().add(DebateAsset::from((*motion).clone()));
        for _ in 0..npcs / 2 {
            let (brannoc, jossa) = (app.world_mut().spawn_empty().id(), app.world_mut().spawn_empty().id());
            let cast = Cast::default().with("brannoc", brannoc).with("jossa", jossa);
            let debate = self.begin(app, &cast);
            self.debates.push((debate, cast));
        }
    }

    fn frame(&mut self, app: &mut App, frame: usize) {
        for entity in std::mem::take(&mut app.world_mut().resource_mut::<Counts>().ended) {
            let Some(at) = self.debates.iter().position(|(debate, _)| *debate == entity) else { continue };
            app.world_mut().despawn(entity);
            let cast = self.debates[at].1.clone();
            self.debates[at].0 = self.begin(app, &cast);
        }
        for (entity, _) in self.debates.iter().skip(frame % PACE).step_by(PACE) {
            app.world_mut().trigger(Advance { entity: *entity });
        }
    }

    fn happened(&self, app: &mut App) -> String {
        let counts = app.world().resource::<Counts>();
        format!("{} debates, {} turns, {} over and begun anew", self.debates.len(), counts.claims, counts.over)
    }
}

impl Arguing {
    fn begin(&mut self, app: &mut App, cast: &Cast) -> Entity {
        self.seed += 1;
        app.world_mut().spawn((Debate::new(self.asset.clone(), self.seed), cast.clone())).id()
    }
}
