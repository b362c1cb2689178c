//! Remarks: storylets that NPCs say beside the story, while it stands where it stands.

use std::time::Duration;

use bevy_ecs::entity::Entity;
use raconteur_core::compose::Composed;
use raconteur_core::generate::RequestId;
use raconteur_core::request::{Source, Why};

use super::outgoing::Outgoing;
use super::take::Take;
use super::{Director, Play};
use crate::events::Remarked;

/// A remark that is being written.
pub(super) struct RemarkInPlay {
    storylet: String,
    voice: Entity,
    /// When the authored text takes its place, on the real clock.
    deadline: Duration,
    pub(super) take: Take,
}

impl Play {
    /// Drops the remarks that are being written for a speaker, and gives their requests.
    pub(crate) fn drop_remarks_of(&mut self, speaker: Entity) -> Vec<RequestId> {
        self.remarks.extract_if(.., |remark| remark.voice == speaker).map(|remark| remark.take.id).collect()
    }
}

impl Director<'_, '_> {
    /// Lets somebody make the remark that suits the state of the story best, if there is one.
    pub(super) fn remark(&mut self, play: &mut Play, who: &str) {
        let Some(storylet) = play.runner.storylet(who, self.host).cloned() else { return };
        let composed = play.composer.storylet(&play.runner, &storylet, self.host);
        // It counts as told from here on, so that asking again at once gives another one.
        match play.runner.tell(&storylet.id, self.host) {
            Ok(events) => self.tell(play, events),
            Err(_) => return,
        }
        let voice = self.voice(who);
        match composed {
            Composed::Request(request) if self.absence.is_none() => {
                let deadline = self.deadline(request.budget_ms);
                let take = self.submit(&storylet.id, voice, request);
                play.remarks.push(RemarkInPlay { storylet: storylet.id, voice, deadline, take });
            }
            composed => {
                let why = self.absence.clone().unwrap_or(Why::ModelOff);
                let finished = play.composer.offline(&storylet.id, &storylet.say, composed, why);
                self.remarked(play, voice, storylet.id, finished.text, finished.source);
            }
        }
    }

    /// Makes the remarks that have come, and those that are due.
    pub(super) fn follow_remarks(&mut self, play: &mut Play) {
        let (now, absence) = (self.now, self.absence.clone());
        let due =
            |remark: &mut RemarkInPlay| remark.take.finished.is_some() || now >= remark.deadline || absence.is_some();
        let over: Vec<RemarkInPlay> = play.remarks.extract_if(.., due).collect();
        for remark in over {
            let (text, source) = match remark.take.finished {
                Some(finished) => (finished.text, finished.source),
                None => {
                    self.requests.forget(remark.take.id);
                    let why = absence.clone().unwrap_or(Why::Late);
                    (remark.take.request.fallback, Source::Authored(why))
                }
            };
            self.remarked(play, remark.voice, remark.storylet, text, source);
        }
    }

    fn remarked(&mut self, play: &mut Play, voice: Entity, storylet: String, text: String, source: Source) {
        // A voice that is gone says nothing; the story itself does not wait for remarks.
        if source != Source::Cancelled {
            play.runner.remarked(&storylet, &text);
            let story = self.story;
            self.out.push(Outgoing::Remarked(Remarked { entity: voice, story, storylet, text, source }));
        }
    }
}
