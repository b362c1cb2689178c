//! Words that the worker is asked for, and what is told when they are there.

use std::time::Duration;

use bevy_ecs::prelude::*;
use bevy_time::{Real, Time};
use raconteur_core::generate::RequestId;
use raconteur_core::request::{LineEvent, Source, Why};

use super::voice::Overheard;
use crate::events::Interrupt;
use crate::persona::Persona;
use crate::requests::Requests;
use crate::speaker::{InScene, SpeakerState};

/// What is told when the words are there.
pub(crate) type Tell = Box<dyn FnOnce(&mut Commands, String, Source) + Send + Sync>;

/// Requests that are not over.
#[derive(Resource)]
pub(crate) struct Wordings {
    /// Whom the worker answers, so that an NPC's other talk is kept apart.
    pub(super) asker: Entity,
    /// Tellings that are heard and have no words yet.
    pub(super) overheard: Vec<Overheard>,
    open: Vec<Open>,
}

struct Open {
    id: RequestId,
    voice: Entity,
    fallback: String,
    /// On the real clock.
    deadline: Duration,
    tell: Tell,
}

impl Wordings {
    pub(super) fn new(asker: Entity) -> Self {
        Self { asker, overheard: Vec::new(), open: Vec::new() }
    }

    /// Whether words are waited for.
    pub(super) fn any_open(wordings: Res<Self>) -> bool {
        !wordings.open.is_empty()
    }

    /// How many that somebody says are waited for.
    pub(super) fn open(&self) -> usize {
        self.open.iter().filter(|open| open.voice != self.asker).count()
    }

    /// Waits for the words of a request.
    pub(super) fn wait(&mut self, id: RequestId, voice: Entity, fallback: String, deadline: Duration, tell: Tell) {
        self.open.push(Open { id, voice, fallback, deadline, tell });
    }

    fn take(&mut self, is_it: impl Fn(&Open) -> bool) -> Option<Open> {
        let at = self.open.iter().position(is_it)?;
        Some(self.open.remove(at))
    }
}

/// `Advance`: tells what has come of the requests, and ends those that are late.
pub(super) fn tell_words(
    mut wordings: ResMut<Wordings>,
    mut requests: ResMut<Requests>,
    mut personas: Query<&mut Persona>,
    time: Res<Time<Real>>,
    mut commands: Commands,
) {
    let asker = wordings.asker;
    // Reading mail changes no request.
    for (id, event) in requests.bypass_change_detection().read(asker) {
        // They are judged as a whole, so nothing is told before their end.
        let LineEvent::Finished(finished) = event else { continue };
        let Some(open) = wordings.take(|open| open.id == id) else { continue };
        end(open, finished.text, finished.source, &mut personas, &mut commands);
    }
    let now = time.elapsed();
    while let Some(open) = wordings.take(|open| now >= open.deadline) {
        requests.forget(open.id);
        let text = open.fallback.clone();
        end(open, text, Source::Authored(Why::Late), &mut personas, &mut commands);
    }
}

fn end(open: Open, text: String, source: Source, personas: &mut Query<&mut Persona>, commands: &mut Commands) {
    // A voice that is gone says nothing.
    if commands.get_entity(open.voice).is_err() {
        return;
    }
    if source != Source::Cancelled
        && let Ok(mut persona) = personas.get_mut(open.voice)
    {
        let name = persona.who.name.clone();
        persona.remember(&name, &text);
    }
    (open.tell)(commands, text, source);
}

/// What is needed to cut somebody short.
#[derive(bevy_ecs::system::SystemParam)]
pub(super) struct Hush<'w, 's> {
    wordings: ResMut<'w, Wordings>,
    requests: ResMut<'w, Requests>,
    commands: Commands<'w, 's>,
}

impl Hush<'_, '_> {
    fn hush(&mut self, voice: Entity) {
        while let Some(open) = self.wordings.take(|open| open.voice == voice) {
            self.requests.forget(open.id);
            if self.commands.get_entity(voice).is_ok() {
                (open.tell)(&mut self.commands, open.fallback, Source::Cancelled);
            }
        }
    }
}

pub(super) fn hush_for_scene(begun: On<Insert, InScene>, mut hush: Hush) {
    hush.hush(begun.entity);
}

pub(super) fn hush_for_script(taken: On<Insert, SpeakerState>, states: Query<&SpeakerState>, mut hush: Hush) {
    if states.get(taken.entity) == Ok(&SpeakerState::Scripted) {
        hush.hush(taken.entity);
    }
}

pub(super) fn hush_on_interrupt(barged: On<Interrupt>, mut hush: Hush) {
    hush.hush(barged.entity);
}
