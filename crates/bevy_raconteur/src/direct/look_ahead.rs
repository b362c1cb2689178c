//! Writes lines before they are due, while the player reads.
//!
//! A copy of the runner walks on as the player might; what it meets is composed and asked for. A line whose words
//! depend on one that is not written yet waits for it, so what is written ahead is exactly what would be written when
//! it is due: the same request, the same seed, the same words.

use raconteur_core::compose::Composed;
use raconteur_core::generate::Priority;
use raconteur_core::request::LineRequest;
use raconteur_core::runner::{Moment, Runner};

use super::take::Take;
use super::{Director, Play, Stage};

/// Most steps of a walk: enough for a long beat, and a bound on a wrong story.
const MOST_STEPS: usize = 32;

impl Director<'_, '_> {
    /// Asks for what may come next and drops what can come no more.
    pub(super) fn look_ahead(&mut self, play: &mut Play) {
        if !self.settings.prefetch || self.absence.is_some() {
            return;
        }
        let mut wanted = Vec::new();
        match &play.stage {
            Stage::Shown { .. } => {
                let mut ahead = play.runner.clone();
                if ahead.advance(self.host).is_ok() {
                    self.walk(play, ahead, Priority::OnScreen, &mut wanted);
                }
            }
            Stage::Choosing(offered) => {
                for choice in offered.clone() {
                    let mut ahead = play.runner.clone();
                    if ahead.choose_worded(&choice.id, Some(&choice.label), self.host).is_ok() {
                        self.walk(play, ahead, Priority::Ambient, &mut wanted);
                    }
                }
            }
            // While a line or labels are on their way nothing is dropped: they may be about to be adopted.
            _ => return,
        }
        for take in std::mem::replace(&mut play.ahead, wanted) {
            self.requests.forget(take.id);
        }
    }

    /// Follows a copy of the runner until it meets a line whose words are not known yet.
    fn walk(&mut self, play: &mut Play, mut ahead: Runner, priority: Priority, wanted: &mut Vec<Take>) {
        for _ in 0..MOST_STEPS {
            let Moment::Line { .. } = ahead.moment() else { return };
            let Some(line) = ahead.line().cloned() else { return };
            let text = match play.composer.line(&ahead, &line, self.host) {
                Composed::Authored(_) => line.say.clone(),
                Composed::Chosen { text, .. } => text,
                Composed::Request(request) => {
                    let request = LineRequest { priority, ..request };
                    let take = match play.ahead.iter().position(|take| take.is_for(&line.id, &request)) {
                        Some(at) => play.ahead.swap_remove(at),
                        None if wanted.iter().any(|take| take.is_for(&line.id, &request)) => return,
                        None => self.submit(&line.id, self.voice(&line.who), request),
                    };
                    let text = take.finished.as_ref().map(|finished| finished.text.clone());
                    wanted.push(take);
                    match text {
                        Some(text) => text,
                        None => return,
                    }
                }
            };
            ahead.spoken(&text);
            if ahead.advance(self.host).is_err() {
                return;
            }
        }
    }
}
