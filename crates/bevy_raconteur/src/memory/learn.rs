//! Taking in: what the game tells, and what is heard in conversations.

use bevy_ecs::prelude::*;
use raconteur_core::memory::{Claim, Heard, Remembered};

use super::events::{Forgot, Lapse, Learned, Remember};
use super::recalling::Recalling;
use super::{MemoryClock, Remembers};
use crate::conversation::TurnSpoken;

/// What somebody says who does not remember what it was about weighs so much.
const HEARSAY: f32 = 0.5;

pub(super) fn remember(
    told: On<Remember>,
    clock: Res<MemoryClock>,
    mut people: Query<&mut Remembers>,
    mut commands: Commands,
) {
    let Ok(mut remembers) = people.get_mut(told.entity) else { return };
    let Remember { entity, claim, source, importance, pinned } = told.event().clone();
    take_in(&mut remembers, entity, claim, source, importance, pinned, clock.now, &mut commands);
}

/// Everybody who heard a turn learns what of its speaker's knowledge it stated.
pub(super) fn learn_what_was_said(
    turn: On<TurnSpoken>,
    clock: Res<MemoryClock>,
    mut people: ParamSet<(Recalling, Query<&mut Remembers>)>,
    mut commands: Commands,
) {
    let remembers = people.p1();
    if !turn.heard_by.iter().any(|&hearer| remembers.contains(hearer)) {
        return;
    }
    let mut claims: Vec<(Claim, f32)> = turn.tells.iter().map(|claim| (claim.clone(), HEARSAY)).collect();
    for (claim, importance) in people.p0().stated_by(turn.entity, &turn.text) {
        if !claims.iter().any(|(other, _)| other.is_same(&claim)) {
            claims.push((claim, importance));
        }
    }
    let mut remembers = people.p1();
    for (claim, importance) in claims {
        // Who tells a thing, has it fresh in mind.
        if let Ok(mut speaker) = remembers.get_mut(turn.entity) {
            speaker.memory.rehearse(&claim, clock.now);
        }
        for &hearer in &turn.heard_by {
            let Ok(mut remembers) = remembers.get_mut(hearer) else { continue };
            let source = Heard::Told(turn.name.clone());
            take_in(&mut remembers, hearer, claim.clone(), source, importance, false, clock.now, &mut commands);
        }
    }
}

fn take_in(
    remembers: &mut Remembers,
    entity: Entity,
    claim: Claim,
    source: Heard,
    importance: f32,
    pinned: bool,
    now: u64,
    commands: &mut Commands,
) {
    let memory = &mut remembers.memory;
    let (again, was) = match memory.remember(claim.clone(), source.clone(), importance, now) {
        Remembered::Full => {
            commands.trigger(Forgot { entity, claim, was: None, why: Lapse::Full });
            return;
        }
        Remembered::Instead(was) => (false, Some(was)),
        Remembered::New => (false, None),
        Remembered::Again => (true, None),
    };
    if pinned {
        memory.pin(&claim, true);
    }
    if let Some(was) = was {
        commands.trigger(Forgot { entity, claim: was.claim.clone(), was: Some(was), why: Lapse::Displaced });
    }
    commands.trigger(Learned { entity, claim, source, again });
}
