//! The labels of a slot: worded and ranked by the model, among authored outcomes.

use std::time::Duration;

use raconteur_core::compose::Composed;
use raconteur_core::judge::Rejection;
use raconteur_core::request::{Source, Why};
use raconteur_core::runner::{Label, OpenChoice, Runner};

use super::take::Take;
use super::{Director, Play, Stage};
use crate::events::OfferedChoice;

/// A slot whose labels are on their way.
pub(super) struct Labels {
    outcomes: Vec<Labelled>,
    /// Which outcomes to offer, best first, when it has come.
    ranking: Option<Take>,
    /// When the authored labels take the place of those that have not come, on the real clock.
    deadline: Duration,
}

struct Labelled {
    id: String,
    say: String,
    take: Option<Take>,
    /// Where the words of a hook came from; they are its own, and nobody rewords them.
    hook: Option<Source>,
}

impl Director<'_, '_> {
    pub(super) fn begin_labels(&mut self, play: &mut Play, open: Vec<OpenChoice>) {
        let mut budget_ms = 0;
        let mut outcomes = Vec::with_capacity(open.len());
        let beat = play.runner.state().beat.clone();
        let story = play.runner.story().clone();
        let offers = self.host.offers();
        let authored = |id: &str| story.beats.get(&beat)?.slot.as_ref()?.outcomes.iter().find(|other| other.id == id);
        for outcome in open {
            let Some(written) = authored(&outcome.id) else { continue };
            if let Some(offer) = offers.at(&outcome.id) {
                let (say, hook) = (offer.say.clone(), Some(offer.source.clone()));
                outcomes.push(Labelled { id: outcome.id, say, take: None, hook });
                continue;
            }
            let take = match play.composer.label(&play.runner, &beat, written, self.host) {
                Composed::Request(request) if self.absence.is_none() => {
                    budget_ms = budget_ms.max(request.budget_ms);
                    Some(self.take_for(play, &outcome.id, self.story, request))
                }
                _ => None,
            };
            outcomes.push(Labelled { id: outcome.id, say: outcome.say, take, hook: None });
        }
        let words = |id: &str| offers.at(id).map(|offer| offer.say.clone());
        let ranking = match play.composer.rank_outcomes_as(&play.runner, &beat, &words) {
            Some(request) if self.absence.is_none() => {
                budget_ms = budget_ms.max(request.budget_ms);
                Some(self.take_for(play, &beat, self.story, request))
            }
            _ => None,
        };
        let deadline = self.deadline(budget_ms);
        play.stage = Stage::Labels(Box::new(Labels { outcomes, ranking, deadline }));
        self.follow_labels(play);
    }

    /// Offers the choices when all labels are there, or when they are due.
    pub(super) fn follow_labels(&mut self, play: &mut Play) {
        let Stage::Labels(labels) = &mut play.stage else { return };
        let missing: Vec<_> = labels.takes().filter(|take| take.finished.is_none()).map(|take| take.id).collect();
        let late = self.now >= labels.deadline;
        if !missing.is_empty() && !late && self.absence.is_none() {
            return;
        }
        missing.into_iter().for_each(|id| self.requests.forget(id));
        let mut offered = labels.offered(&play.runner, self.absence.clone());
        for choice in &mut offered {
            choice.source = self.source_of(&choice.id, choice.source.clone());
        }
        let shown: Vec<Label> =
            offered.iter().map(|choice| Label { id: choice.id.clone(), text: choice.label.clone() }).collect();
        // A save holds them, so that a load shows the same.
        play.runner.show_labels(&shown);
        self.offer(play, offered);
    }
}

impl Labels {
    /// Ids of the outcomes.
    pub(super) fn ids(&self) -> Vec<String> {
        self.outcomes.iter().map(|outcome| outcome.id.clone()).collect()
    }

    /// They are due now.
    pub(super) fn interrupt(&mut self) {
        self.deadline = Duration::ZERO;
    }

    pub(super) fn takes(&mut self) -> impl Iterator<Item = &mut Take> {
        self.ranking.iter_mut().chain(self.outcomes.iter_mut().filter_map(|outcome| outcome.take.as_mut()))
    }

    /// The choices in the writer's order, with the labels that have come.
    fn offered(&mut self, runner: &Runner, absence: Option<Why>) -> Vec<OfferedChoice> {
        let ranking = self.ranking.take().and_then(|take| take.finished).map(|finished| finished.ranking);
        let mut offered: Vec<OfferedChoice> = Vec::with_capacity(self.outcomes.len());
        for choice in runner.offered(&ranking.unwrap_or_default()) {
            let Some(outcome) = self.outcomes.iter_mut().find(|outcome| outcome.id == choice.id) else { continue };
            let say = std::mem::take(&mut outcome.say);
            let (label, source) = match outcome.take.take() {
                None if outcome.hook.is_some() => {
                    (say.clone(), outcome.hook.take().unwrap_or(Source::Authored(Why::Written)))
                }
                None => (say.clone(), Source::Authored(absence.clone().unwrap_or(Why::Written))),
                Some(Take { finished: Some(finished), .. }) => (finished.text, finished.source),
                Some(_) => (say.clone(), Source::Authored(absence.clone().unwrap_or(Why::Late))),
            };
            // Two choices that read the same are no choice.
            let (label, source) = if offered.iter().any(|other| other.label == label) {
                (say, Source::Authored(Why::Rejected(Rejection::Repeats)))
            } else {
                (label, source)
            };
            offered.push(OfferedChoice { id: choice.id, label, source });
        }
        offered
    }
}
