//! Hooks of a board, as far as the story has to do with them: ranked by the scene, shown as labels, taken.

use std::time::Duration;

use raconteur_core::request::{Source, Why};

use super::take::Take;
use super::{Director, Play, Stage};
use crate::events::Problem;

/// Texts of hooks that a model is ranking, and what has come of it.
#[derive(Default)]
pub(crate) struct HookRanks {
    pub(super) take: Option<Take>,
    /// When the authored order takes its place, on the real clock.
    deadline: Duration,
    done: Option<(Vec<usize>, Source)>,
}

impl HookRanks {
    /// The ranking, once it is there; empty when none will come. `waits` says that it has been asked for and the story has
    /// not looked at it.
    pub(crate) fn take_over(&mut self, waits: bool) -> Option<(Vec<usize>, Source)> {
        match self.done.take() {
            None if waits || self.take.is_some() => None,
            None => Some((Vec::new(), Source::Authored(Why::ModelOff))),
            done => done,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.take.is_none()
    }
}

impl Play {
    /// Ids of the outcomes that the player is reading.
    pub(crate) fn shown_outcomes(&self) -> Vec<String> {
        match &self.stage {
            Stage::Choosing(offered) => offered.iter().map(|choice| choice.id.clone()).collect(),
            Stage::Labels(labels) => labels.ids(),
            _ => Vec::new(),
        }
    }
}

impl Director<'_, '_> {
    /// Asks the model which hooks suit the scene.
    pub(super) fn rank_hooks(&mut self, play: &mut Play, texts: &[String]) {
        if let Some(before) = play.hook_ranks.take.take() {
            self.requests.forget(before.id);
        }
        let request = play.composer.rank_texts(&play.runner, texts, self.host);
        match request.filter(|_| self.absence.is_none()) {
            Some(request) => {
                let deadline = self.deadline(request.budget_ms);
                let take = self.submit("hooks", self.story, request);
                play.hook_ranks = HookRanks { take: Some(take), deadline, done: None };
            }
            None => {
                let why = self.absence.clone().unwrap_or(Why::Written);
                play.hook_ranks.done = Some((Vec::new(), Source::Authored(why)));
            }
        }
    }

    /// Takes in the ranking that has come, or does without when it is late.
    pub(super) fn follow_hooks(&mut self, play: &mut Play) {
        let ranks = &mut play.hook_ranks;
        let due = |take: &mut Take| take.finished.is_some() || self.now >= ranks.deadline || self.absence.is_some();
        let Some(take) = ranks.take.take_if(due) else { return };
        ranks.done = Some(match take.finished {
            Some(finished) => (finished.ranking, finished.source),
            None => {
                self.requests.forget(take.id);
                (Vec::new(), Source::Authored(self.absence.clone().unwrap_or(Why::Late)))
            }
        });
    }

    /// Before an outcome is taken: sets what its hook sets. `false`, with a problem told, when the hook is gone; then the
    /// choice stays open.
    pub(super) fn take_hook(&mut self, play: &mut Play, outcome: &str) -> bool {
        let offers = self.host.offers();
        if !offers.hooked.contains(outcome) {
            return true;
        }
        let why = match offers.at(outcome) {
            Some(offer) => offer.gone.clone(),
            None => Some(format!("no hook is offered at the outcome '{outcome}' any more")),
        };
        if let Some(why) = why {
            self.problem(Problem::HookGone { outcome: outcome.to_owned(), why });
            return false;
        }
        let sets = offers.at(outcome).map(|offer| offer.sets.clone()).unwrap_or_default();
        for (name, value) in sets {
            match play.runner.set(&name, value) {
                Ok(events) => self.tell(play, events),
                Err(error) => self.problem(Problem::Hooks(error.to_string())),
            }
        }
        self.host.take_offer(outcome);
        play.taken_hook = Some(outcome.to_owned());
        true
    }
}
