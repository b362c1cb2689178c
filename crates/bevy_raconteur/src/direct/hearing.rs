//! What the player says at a choice, in words of their own.
//!
//! ```text
//! Say --words alone are clear--------------------------> Choose
//!   |  a model may tell more                              ^
//!   +--request--> Hearing --scores, or too late--> Sure --+
//!                                              \-> DidYouMean | NotUnderstood
//! ```

use std::time::Duration;

use raconteur_core::player_text::PlayerText;
use raconteur_core::runner::Moment;
use raconteur_core::understand::{Choosable, Heard, Understood};

use super::outgoing::Outgoing;
use super::take::Take;
use super::{Director, Play, Stage};
use crate::events::{OfferedChoice, Problem};

/// Words that a model is being asked about.
pub(super) struct Hearing {
    said: PlayerText,
    heard: Heard,
    /// When the words alone decide, on the real clock.
    deadline: Duration,
    pub(super) take: Take,
}

impl Hearing {
    /// The player will not wait.
    pub(super) fn interrupt(&mut self) {
        self.deadline = Duration::ZERO;
    }
}

impl Director<'_, '_> {
    /// The player says something: at a choice it is to make it, at a line that asks it is a question.
    pub(super) fn say(&mut self, play: &mut Play, text: &str) {
        let offered = match &play.stage {
            Stage::Shown { asks: true, .. } => return self.ask(play, text),
            Stage::Choosing(offered) => offered,
            _ => {
                self.problem(Problem::NobodyToAsk);
                return;
            }
        };
        let (said, authored) = (PlayerText::new(text), authored(play));
        let choices: Vec<Choosable<'_>> = offered.iter().map(|choice| choosable(choice, &authored)).collect();
        let heard = Heard::new(&said, &choices, &play.runner.story().locale);
        let request = play.composer.hear(&said, &choices);
        self.stop_hearing(play);
        match (heard.understood(), request) {
            (Understood::DidYouMean(_) | Understood::No, Some(request)) if self.absence.is_none() => {
                let deadline = self.deadline(request.budget_ms);
                let beat = play.runner.state().beat.clone();
                let take = self.submit(&beat, self.story, request);
                play.hearing = Some(Box::new(Hearing { said, heard, deadline, take }));
            }
            (understood, _) => self.answer(play, &said, understood),
        }
    }

    /// Decides what was meant when the model has spoken, or when it is late.
    pub(super) fn follow_hearing(&mut self, play: &mut Play) {
        let (now, absent) = (self.now, self.absence.is_some());
        let due = |hearing: &Hearing| hearing.take.finished.is_some() || now >= hearing.deadline || absent;
        if !play.hearing.as_deref().is_some_and(due) {
            return;
        }
        let Some(hearing) = play.hearing.take() else { return };
        let understood = match &hearing.take.finished {
            Some(finished) => hearing.heard.with_finished(finished),
            None => {
                self.requests.forget(hearing.take.id);
                hearing.heard.understood()
            }
        };
        self.answer(play, &hearing.said, understood);
    }

    /// Nobody waits to be understood any more.
    pub(super) fn stop_hearing(&mut self, play: &mut Play) {
        if let Some(hearing) = play.hearing.take() {
            self.requests.forget(hearing.take.id);
        }
    }

    fn answer(&mut self, play: &mut Play, said: &PlayerText, understood: Understood) {
        let Stage::Choosing(offered) = &play.stage else { return };
        let (story, said) = (self.story, said.as_str().to_owned());
        match understood {
            Understood::Sure(at) => {
                if let Some(choice) = offered.get(at).map(|choice| choice.id.clone()) {
                    self.choose(play, &choice);
                }
            }
            Understood::DidYouMean(places) => {
                let choices = places.into_iter().filter_map(|at| offered.get(at).cloned()).collect();
                self.out.push(Outgoing::DidYouMean { story, said, choices });
            }
            Understood::No => self.out.push(Outgoing::NotUnderstood { story, said }),
        }
    }
}

/// Ids and authored labels of what is open.
fn authored(play: &Play) -> Vec<(String, String)> {
    match play.runner.moment() {
        Moment::Choices(open) | Moment::Slot { outcomes: open } => {
            open.into_iter().map(|choice| (choice.id, choice.say)).collect()
        }
        _ => Vec::new(),
    }
}

fn choosable<'a>(choice: &'a OfferedChoice, authored: &'a [(String, String)]) -> Choosable<'a> {
    let say = authored.iter().find(|(id, _)| *id == choice.id).map_or("", |(_, say)| say);
    Choosable { label: &choice.label, say }
}
