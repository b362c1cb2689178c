//! Remarks: storylets that NPCs say beside the story, while it stands where it stands.

use std::time::Duration;

use bevy_ecs::entity::Entity;
use raconteur_core::compose::Composed;
use raconteur_core::desk::authored;
use raconteur_core::generate::RequestId;
use raconteur_core::request::{Source, Why};

use super::outgoing::Outgoing;
use super::take::Take;
use super::{Director, Play};
use crate::events::Remarked;

/// A remark that is being chosen or written.
pub(super) struct RemarkInPlay {
    wanted: Wanted,
    voice: Entity,
    /// When the authored text takes its place, on the real clock.
    deadline: Duration,
    pub(super) take: Take,
}

enum Wanted {
    /// Which of several storylets that are equally due suits the scene: cast id of the speaker, ids of the storylets.
    Choice(String, Vec<String>),
    /// Which of several storylets that a director is content with suits the scene: their ids, all of one speaker.
    Cue(Vec<String>),
    /// The words of a storylet.
    Words(String),
}

impl Play {
    /// Drops the remarks that are being written for a speaker, and gives their requests.
    pub(crate) fn drop_remarks_of(&mut self, speaker: Entity) -> Vec<RequestId> {
        self.remarks.extract_if(.., |remark| remark.voice == speaker).map(|remark| remark.take.id).collect()
    }

    /// Whether no remark is being chosen or written.
    pub(crate) fn remarks_are_over(&self) -> bool {
        self.remarks.is_empty()
    }
}

impl Director<'_, '_> {
    /// Lets somebody make the remark that suits the state of the story best, if there is one. Among several that suit it
    /// as well a model chooses by the scene, when there is one: nobody waits for a remark.
    pub(super) fn remark(&mut self, play: &mut Play, who: &str) {
        let tied = play.runner.tied_storylets(who, self.host);
        let ranks = play.composer.rank_storylets(&play.runner, &tied, self.host).filter(|_| self.absence.is_none());
        let ids: Vec<String> = tied.iter().map(|storylet| storylet.id.clone()).collect();
        match (ranks, ids.first()) {
            (Some(request), _) => {
                let (voice, deadline) = (self.voice(who), self.deadline(request.budget_ms));
                let take = self.submit(who, voice, request);
                play.remarks.push(RemarkInPlay { wanted: Wanted::Choice(who.to_owned(), ids), voice, deadline, take });
            }
            (None, Some(first)) => {
                let first = first.clone();
                self.tell_storylet(play, &first);
            }
            (None, None) => {}
        }
    }

    /// Lets a director's storylet be told: the one of several that suits the scene best, by the model, else the first.
    pub(super) fn cue(&mut self, play: &mut Play, ids: Vec<String>) {
        let open = play.runner.open_storylets(self.host);
        // What could be told then may rest by now.
        let ids: Vec<String> = ids.into_iter().filter(|id| open.iter().any(|storylet| storylet.id == *id)).collect();
        let tied: Vec<_> =
            ids.iter().filter_map(|id| open.iter().find(|storylet| storylet.id == *id).copied()).collect();
        let Some(who) = tied.first().map(|storylet| storylet.who.clone()) else { return };
        let ranks = play.composer.rank_storylets(&play.runner, &tied, self.host).filter(|_| self.absence.is_none());
        match ranks {
            Some(request) => {
                let (voice, deadline) = (self.voice(&who), self.deadline(request.budget_ms));
                let take = self.submit(&who, voice, request);
                play.remarks.push(RemarkInPlay { wanted: Wanted::Cue(ids), voice, deadline, take });
            }
            None => self.tell_storylet(play, &ids[0]),
        }
    }

    fn tell_storylet(&mut self, play: &mut Play, id: &str) {
        let story = play.runner.story().clone();
        let Some(storylet) = story.storylets.iter().find(|storylet| storylet.id == id) else { return };
        let composed = play.composer.storylet(&play.runner, storylet, self.host);
        // It counts as told from here on, so that asking again at once gives another one.
        match play.runner.tell(id, self.host) {
            Ok(events) => self.tell(play, events),
            Err(_) => return,
        }
        self.out.push(Outgoing::StoryletTold { story: self.story, storylet: id.to_owned() });
        let voice = self.voice(&storylet.who);
        match composed {
            Composed::Request(request) if self.absence.is_none() => {
                let deadline = self.deadline(request.budget_ms);
                let take = self.submit(id, voice, request);
                play.remarks.push(RemarkInPlay { wanted: Wanted::Words(id.to_owned()), voice, deadline, take });
            }
            composed => {
                let why = self.absence.clone().unwrap_or(Why::ModelOff);
                let finished = play.composer.offline(id, &storylet.say, composed, why);
                let source = self.source_of(id, finished.source);
                self.remarked(play, voice, id.to_owned(), finished.text, source);
            }
        }
    }

    /// Makes the remarks that have come, and those that are due.
    pub(super) fn follow_remarks(&mut self, play: &mut Play) {
        let (now, absence) = (self.now, self.absence.clone());
        let due =
            |remark: &mut RemarkInPlay| remark.take.finished.is_some() || now >= remark.deadline || absence.is_some();
        let over: Vec<RemarkInPlay> = play.remarks.extract_if(.., due).collect();
        for RemarkInPlay { wanted, voice, take, .. } in over {
            let finished = take.finished.unwrap_or_else(|| {
                self.requests.forget(take.id);
                authored(take.request.fallback, absence.clone().unwrap_or(Why::Late))
            });
            match wanted {
                Wanted::Words(storylet) => self.remarked(play, voice, storylet, finished.text, finished.source),
                // A voice that is gone chooses nothing.
                Wanted::Choice(..) | Wanted::Cue(_) if finished.source == Source::Cancelled => {}
                Wanted::Cue(ids) => {
                    let open = play.runner.open_storylets(self.host);
                    let is_open = |id: &&String| open.iter().any(|storylet| storylet.id == **id);
                    let ranked = finished.ranking.iter().filter_map(|&place| ids.get(place));
                    if let Some(chosen) = ranked.chain(&ids).find(is_open).cloned() {
                        self.tell_storylet(play, &chosen);
                    }
                }
                Wanted::Choice(who, ids) => {
                    // What could be told then may rest by now.
                    let open = play.runner.tied_storylets(&who, self.host);
                    let open: Vec<String> = open.iter().map(|storylet| storylet.id.clone()).collect();
                    let ranked = finished.ranking.iter().filter_map(|&place| ids.get(place));
                    if let Some(chosen) = ranked.chain(&open).find(|id| open.contains(id)).cloned() {
                        self.tell_storylet(play, &chosen);
                    }
                }
            }
        }
    }

    fn remarked(&mut self, play: &mut Play, voice: Entity, storylet: String, text: String, source: Source) {
        // A voice that is gone says nothing; the story itself does not wait for remarks.
        if source != Source::Cancelled {
            play.runner.remarked(&storylet, &text);
            self.note_gap(&storylet);
            let story = self.story;
            self.out.push(Outgoing::Remarked(Remarked { entity: voice, story, storylet, text, source }));
        }
    }
}
