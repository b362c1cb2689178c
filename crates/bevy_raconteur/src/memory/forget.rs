//! Forgetting: now and then a look at everybody, a few in a frame.

use bevy_ecs::prelude::*;

use super::events::{Forgot, Lapse};
use super::{MemoryClock, Remembers};

/// How far the look at everybody has come.
#[derive(Resource, Default)]
pub(super) struct Pass {
    /// Who is still to be looked at.
    waiting: Vec<Entity>,
    /// When the last one began, in ticks.
    began: u64,
}

pub(super) fn forget(
    clock: Res<MemoryClock>,
    mut pass: ResMut<Pass>,
    mut people: Query<(Entity, &mut Remembers)>,
    mut commands: Commands,
) {
    let pass = pass.bypass_change_detection();
    if pass.waiting.is_empty() {
        // A game that goes back to an older save turns the clock back.
        if clock.now.abs_diff(pass.began) < clock.forget_every.max(1) {
            return;
        }
        pass.began = clock.now;
        pass.waiting.extend(people.iter().map(|(entity, _)| entity));
    }
    let from = pass.waiting.len().saturating_sub(clock.people_per_frame.max(1));
    for entity in pass.waiting.drain(from..) {
        let Ok((_, mut remembers)) = people.get_mut(entity) else { continue };
        let lost = remembers.bypass_change_detection().memory.forget(clock.now);
        if !lost.is_empty() {
            remembers.set_changed();
        }
        for was in lost {
            commands.trigger(Forgot { entity, claim: was.claim.clone(), was: Some(Box::new(was)), why: Lapse::Faded });
        }
    }
}
