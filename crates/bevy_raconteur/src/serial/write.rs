//! `Advance`: tells what can be told, asks for what is to be written, lets complete chapters out.

use std::sync::Arc;
use std::time::Duration;

use bevy_asset::Assets;
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use bevy_time::{Real, Time};
use raconteur_core::generate::Priority;
use raconteur_core::request::{Finished, LineEvent, Source, Why};
use raconteur_core::serial::{LostOfSerial, Opening, Passage, SerialReport, SerialSaveError, SerialWriter};

use super::progress::{Asked, State, Telling};
use super::{Chapter, ChapterReady, OpeningAsset, Serial, SerialEnded, SerialProblem};
use crate::direct::ModelTemplates;
use crate::model::ModelStatus;
use crate::requests::Requests;
use crate::settings::NarrativeSettings;

/// Most passages that are told in one frame, over all serials.
const PASSAGES: usize = 8;
/// How often a passage is asked for again when the queue was full or the worker began anew.
const TRIES: u32 = 3;

/// Which serial is looked at first: in turns, so that one that is long does not keep the others from being told.
#[derive(Resource, Default)]
pub(crate) struct Turn(usize);

/// What telling needs from the world.
#[derive(SystemParam)]
pub(crate) struct Desk<'w, 's> {
    requests: ResMut<'w, Requests>,
    openings: Res<'w, Assets<OpeningAsset>>,
    templates: Res<'w, ModelTemplates>,
    status: Res<'w, ModelStatus>,
    settings: Res<'w, NarrativeSettings>,
    time: Res<'w, Time<Real>>,
    commands: Commands<'w, 's>,
}

/// Moves all serials on by a frame's share.
pub(crate) fn write_serials(mut serials: Query<(Entity, &mut Serial)>, mut turn: ResMut<Turn>, mut desk: Desk) {
    // Those that are over are looked at, and no more.
    let goes_on = |serial: &Serial| !serial.ended && !matches!(serial.state, State::Broken);
    let mut at_work: Vec<Entity> =
        serials.iter().filter(|(_, serial)| goes_on(serial)).map(|(entity, _)| entity).collect();
    if at_work.is_empty() {
        return;
    }
    at_work.sort_unstable();
    let mut asking = serials.iter().any(|(_, serial)| serial.asked().is_some());
    let mut left = PASSAGES;
    let mut may_begin = true;
    let first = turn.bypass_change_detection().0 % at_work.len();
    turn.bypass_change_detection().0 = first + 1;
    for entity in at_work[first..].iter().chain(&at_work[..first]) {
        let Ok((entity, mut serial)) = serials.get_mut(*entity) else { continue };
        desk.begin(entity, &mut serial, &mut may_begin);
        desk.tell(entity, &mut serial, &mut left, &mut asking);
        desk.publish(entity, &mut serial);
    }
}

/// A serial that is gone needs no words.
pub(crate) fn forget_lost_serial(lost: On<Remove, Serial>, serials: Query<&Serial>, mut requests: ResMut<Requests>) {
    if let Some(id) = serials.get(lost.entity).ok().and_then(Serial::asked) {
        requests.forget(id);
    }
}

impl Desk<'_, '_> {
    /// Plans a serial whose opening has come, one a frame, and takes up a reloaded opening.
    fn begin(&mut self, entity: Entity, serial: &mut Mut<Serial>, may_begin: &mut bool) {
        let Some(opening) = self.openings.get(serial.opening()).map(|asset| asset.opening.clone()) else { return };
        match &serial.state {
            State::Waiting if *may_begin => {
                *may_begin = false;
                match serial.begin(opening.clone()) {
                    Ok((writer, lost)) => {
                        lost.into_iter().for_each(|problem| self.problem(entity, problem, true));
                        let (published, wanted) = serial.was_out();
                        serial.wanted = serial.wanted.saturating_add(wanted);
                        serial.state =
                            State::Telling(Box::new(Telling { writer, asked: None, tries: 0, refused: None }));
                        let out = published.min(serial.writer().map_or(0, SerialWriter::complete));
                        for _ in 0..out {
                            self.let_out(entity, serial, true);
                        }
                    }
                    Err(problem) => {
                        serial.state = State::Broken;
                        self.problem(entity, problem, false);
                    }
                }
            }
            State::Broken | State::Waiting => {}
            State::Telling(telling) => {
                let known = |other: &Arc<Opening>| Arc::ptr_eq(other, &opening);
                if *may_begin && !known(telling.writer.opening()) && !telling.refused.as_ref().is_some_and(known) {
                    *may_begin = false;
                    let taken = SerialWriter::from_data(opening.clone(), telling.writer.data());
                    self.take_up(entity, serial, taken, opening.clone());
                }
            }
        }
    }

    /// The opening was reloaded: the serial goes on in it, if it can.
    fn take_up(
        &mut self,
        entity: Entity,
        serial: &mut Mut<Serial>,
        taken: Result<(SerialWriter, Vec<LostOfSerial>), SerialSaveError>,
        opening: Arc<Opening>,
    ) {
        let State::Telling(telling) = &mut serial.state else { return };
        match taken {
            Ok((writer, lost)) => {
                if let Some(asked) = telling.asked.take() {
                    self.requests.forget(asked.id);
                }
                (telling.writer, telling.tries) = (writer, 0);
                for lost in lost {
                    self.problem(entity, format!("the opening has changed: {lost}"), true);
                }
            }
            Err(error) => {
                telling.refused = Some(opening);
                self.problem(
                    entity,
                    format!("the reloaded opening cannot be used, and the last one stays: {error}"),
                    true,
                );
            }
        }
    }

    fn problem(&mut self, entity: Entity, problem: String, goes_on: bool) {
        self.commands.trigger(SerialProblem { entity, problem, goes_on });
    }

    /// Tells what is due: what came back, authored passages, and asks for the next free one.
    fn tell(&mut self, entity: Entity, serial: &mut Mut<Serial>, left: &mut usize, asking: &mut bool) {
        // A serial that waits for its passage has not changed.
        let quiet = serial.bypass_change_detection();
        let State::Telling(telling) = &mut quiet.state else { return };
        let told = telling.writer.told().len();
        if let Some(asked) = &telling.asked {
            let (id, deadline) = (asked.id, asked.deadline);
            let mail = self.requests.bypass_change_detection().read(entity);
            let end = mail.into_iter().find_map(|(of, event)| match event {
                LineEvent::Finished(finished) if of == id => Some(finished),
                _ => None,
            });
            if let Some(finished) = end {
                telling.asked = None;
                *asking = false;
                telling.take(&finished);
            } else if self.time.elapsed() >= deadline {
                self.requests.forget(id);
                telling.asked = None;
                *asking = false;
                telling.tell_authored(&Why::Late);
            }
        }
        let absent = self.status.absence(self.settings.enabled);
        if let (Some(asked), Some(why)) = (&telling.asked, &absent) {
            // The model was switched off while it wrote.
            self.requests.forget(asked.id);
            telling.asked = None;
            *asking = false;
            telling.tell_authored(why);
        }
        while *left > 0 && telling.asked.is_none() && !telling.writer.is_over() {
            let is_free = telling.writer.due().is_some_and(Passage::is_free);
            match &absent {
                None if is_free => {
                    if *asking || !self.is_idle() {
                        break;
                    }
                    *left -= 1;
                    *asking = true;
                    telling.asked = self.ask(entity, &telling.writer);
                    if telling.asked.is_none() {
                        telling.tell_authored(&Why::Written);
                    }
                }
                why => {
                    *left -= 1;
                    telling.tell_authored(why.as_ref().unwrap_or(&Why::Written));
                }
            }
        }
        if telling.writer.told().len() > told {
            serial.set_changed();
        }
    }

    /// Whether a model is there and nobody waits for it.
    fn is_idle(&self) -> bool {
        matches!(*self.status, ModelStatus::Ready { .. })
            && self.requests.most_urgent().is_none_or(|priority| priority == Priority::Ambient)
    }

    fn ask(&mut self, entity: Entity, writer: &SerialWriter) -> Option<Asked> {
        let brief = writer.brief()?;
        let templates = self.templates.0.clone();
        let (fallback, budget) = (brief.fallback.clone(), writer.opening().policy.budget_ms);
        let compose = move || brief.request(&templates, Priority::Ambient);
        let id = self.requests.submit_uncomposed(entity, Priority::Ambient, fallback, compose);
        let deadline = if self.settings.deadlines {
            self.time.elapsed().saturating_add(Duration::from_millis(budget))
        } else {
            Duration::MAX
        };
        Some(Asked { id, deadline })
    }

    /// Lets complete chapters out, as far as they may, and tells the end.
    fn publish(&mut self, entity: Entity, serial: &mut Mut<Serial>) {
        let Some(writer) = serial.writer() else { return };
        let (complete, over, planned) = (writer.complete(), writer.is_over(), writer.plan().chapters.len());
        let most = complete.min(serial.may_be_out());
        while serial.published < most {
            self.let_out(entity, serial, false);
        }
        if over && serial.published >= planned && !serial.ended {
            serial.ended = true;
            if let Some(report) = serial.writer().map(SerialReport::of) {
                self.commands.trigger(SerialEnded { entity, report });
            }
        }
    }

    fn let_out(&mut self, entity: Entity, serial: &mut Mut<Serial>, again: bool) {
        let number = serial.published + 1;
        serial.published = number;
        let Some((chapter, origin)) = serial.writer().and_then(|writer| Chapter::of(entity, writer, number)) else {
            return;
        };
        let chapter = self.commands.spawn((chapter, origin)).id();
        self.commands.trigger(ChapterReady { entity, chapter, number, again });
    }
}

impl Telling {
    /// A request for the passage that is due has ended.
    fn take(&mut self, finished: &Finished) {
        let passes =
            matches!(finished.source, Source::Cancelled | Source::Authored(Why::QueueFull | Why::WorkerPanicked));
        if passes && self.tries < TRIES {
            self.tries += 1;
            return;
        }
        match &finished.source {
            Source::Cancelled => self.tell_authored(&Why::Interrupted),
            _ => {
                self.tries = 0;
                self.writer.tell(finished);
            }
        }
    }

    fn tell_authored(&mut self, why: &Why) {
        self.tries = 0;
        self.writer.tell_authored(why);
    }
}
