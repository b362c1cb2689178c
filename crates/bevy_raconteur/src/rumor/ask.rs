//! What the game asks of the rumors.

use bevy_ecs::prelude::*;
use raconteur_core::request::{Source, Why};
use raconteur_core::rumors::RumorsError;

use super::clock::{RumorClock, tell_shifts};
use super::events::{
    AskWhoTold, RumorProblem, ShowEvidence, StartTale, TaleBelieved, TaleCorrected, TaleOrigin, TellTale,
    WhoToldAnswered,
};
use super::mill::RumorMill;
use super::voice::say_answer;

/// What a change of somebody's mind needs.
#[derive(bevy_ecs::system::SystemParam)]
pub(super) struct Minds<'w, 's> {
    mill: ResMut<'w, RumorMill>,
    clock: Res<'w, RumorClock>,
    believed: MessageWriter<'w, TaleBelieved>,
    corrected: MessageWriter<'w, TaleCorrected>,
    commands: Commands<'w, 's>,
}

impl Minds<'_, '_> {
    fn change(
        &mut self,
        entity: Entity,
        tale: &str,
        change: impl FnOnce(&mut RumorMill, u32, u32) -> Result<(), RumorsError>,
    ) {
        let done = numbers(&self.mill, entity, tale)
            .and_then(|(who, tale)| change(&mut self.mill, who, tale).map_err(RumorProblem::Rumors));
        match done {
            Ok(()) => tell_shifts(&mut self.mill, self.clock.believes_at, &mut self.believed, &mut self.corrected),
            Err(problem) => self.commands.trigger(problem),
        }
    }
}

fn numbers(mill: &RumorMill, entity: Entity, tale: &str) -> Result<(u32, u32), RumorProblem> {
    let who = mill.person(entity).ok_or(RumorProblem::NotAPerson(entity))?;
    let tale = mill.rumors.place(tale).ok_or_else(|| RumorsError::NoSuchTale(tale.to_owned()))?;
    Ok((who, tale))
}

pub(super) fn start_tale(start: On<StartTale>, mut minds: Minds) {
    minds.change(start.entity, &start.tale, |mill, who, tale| mill.rumors.start(who, tale, start.belief));
}

pub(super) fn show_evidence(seen: On<ShowEvidence>, mut minds: Minds) {
    minds.change(seen.entity, &seen.tale, |mill, who, tale| mill.rumors.witness(who, tale, seen.sure));
}

pub(super) fn tell_tale(tell: On<TellTale>, mut mill: ResMut<RumorMill>, mut commands: Commands) {
    let mill = &mut *mill;
    let told = numbers(mill, tell.entity, &tell.tale).and_then(|(who, tale)| {
        let listeners: Vec<u32> = tell.to.iter().filter_map(|&entity| mill.person(entity)).collect();
        // Whether it is overheard is seen when it is told.
        mill.rumors.say(who, &listeners, tale, false).map_err(RumorProblem::Rumors)
    });
    if let Err(problem) = told {
        commands.trigger(problem);
    }
}

pub(super) fn answer_who_told(ask: On<AskWhoTold>, mill: Res<RumorMill>, mut commands: Commands) {
    if let Err(problem) = numbers(&mill, ask.entity, &ask.tale) {
        commands.trigger(problem);
        return;
    }
    let (origin, answers) = (mill.origin(ask.entity, &ask.tale), &mill.answers);
    let mut name = None;
    let text = match &origin {
        TaleOrigin::ToldBy { key, .. } => {
            let told = mill.person_of_key(key).and_then(|who| mill.name(who)).filter(|name| !name.is_empty());
            let told = told.unwrap_or(key).to_owned();
            let text = answers.told.replace("{name}", &told);
            name = Some(told);
            text
        }
        TaleOrigin::Seen => answers.seen.clone(),
        TaleOrigin::Started => answers.started.clone(),
        TaleOrigin::Unheard => answers.unheard.clone(),
    };
    let event = WhoToldAnswered {
        entity: ask.entity,
        tale: ask.tale.clone(),
        origin,
        way: mill.way(ask.entity, &ask.tale),
        text,
        source: Source::Authored(Why::Written),
    };
    commands.queue(move |world: &mut World| {
        if world.get_entity(event.entity).is_ok() {
            say_answer(world, event, name);
        }
    });
}
