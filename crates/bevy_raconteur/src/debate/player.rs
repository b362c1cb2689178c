//! The player's turn: claims as choices, or words of their own that mean one.

use raconteur_core::debate::{self as core, Candidate, Seat};
use raconteur_core::player_text::PlayerText;
use raconteur_core::request::{Source, Why};
use raconteur_core::understand::{Choosable, Heard, Understood};

use super::direct::Director;
use super::events::DebateTrouble;
use super::play::{Asked, Play, Stage};
use crate::events::{ChoicesReady, DidYouMean, NotUnderstood, OfferedChoice};

/// What the player may say, and what they have said that is being understood.
pub(super) struct Choosing {
    /// Everything that may be said now: what answers first, then the rest, in the writer's order.
    open: Vec<Open>,
    /// How many of them were offered.
    offered: usize,
    hearing: Option<Hearing>,
}

struct Open {
    id: String,
    label: String,
    say: String,
}

struct Hearing {
    said: PlayerText,
    heard: Heard,
    asked: Asked,
}

impl Choosing {
    /// The request about what they have said.
    pub(super) fn asked(&mut self) -> Option<&mut Asked> {
        self.hearing.as_mut().map(|hearing| &mut hearing.asked)
    }

    /// Whether nothing happens until the player speaks.
    pub(super) fn rests(&self) -> bool {
        self.hearing.is_none()
    }

    fn offers(&self, places: impl IntoIterator<Item = usize>) -> Vec<OfferedChoice> {
        let open = places.into_iter().filter_map(|at| self.open.get(at));
        let offer = |open: &Open| OfferedChoice {
            id: open.id.clone(),
            label: open.label.clone(),
            source: Source::Authored(Why::Written),
        };
        open.map(offer).collect()
    }
}

impl Director<'_, '_> {
    /// Offers the player what they may say. Words of their own may mean any of it, not only what is offered.
    pub(super) fn offer(&mut self, debate: &core::Debate, open: &[Candidate<'_>]) -> Choosing {
        let (answers, others): (Vec<&Candidate>, Vec<&Candidate>) =
            open.iter().partition(|candidate| candidate.answers);
        let open = answers.into_iter().chain(others).map(|candidate| Open {
            id: candidate.id.to_owned(),
            label: candidate.claim.label().to_owned(),
            say: candidate.claim.say.clone(),
        });
        let open: Vec<Open> = open.collect();
        let offered = debate.motion().offer.clamp(1, open.len().max(1));
        let choosing = Choosing { open, offered, hearing: None };
        self.tell(ChoicesReady { entity: self.entity, choices: choosing.offers(0..choosing.offered) });
        choosing
    }

    pub(super) fn choose(&mut self, play: &mut Play, claim: &str) {
        let open: Vec<String> = match &play.stage {
            Stage::Choosing(choosing) => choosing.open.iter().map(|open| open.id.clone()).collect(),
            _ => Vec::new(),
        };
        if !open.iter().any(|id| id == claim) {
            self.problem(DebateTrouble::NotOpen { choice: claim.to_owned(), open });
            return;
        }
        self.take(play, claim, None);
    }

    /// The player says it in words of their own.
    pub(super) fn say(&mut self, play: &mut Play, text: &str) {
        let locale = play.debate.motion().locale.clone();
        let Stage::Choosing(choosing) = &mut play.stage else {
            self.problem(DebateTrouble::NotYourTurn);
            return;
        };
        let said = PlayerText::new(text);
        let choices: Vec<Choosable> =
            choosing.open.iter().map(|open| Choosable { label: &open.label, say: &open.say }).collect();
        let heard = Heard::new(&said, &choices, &locale);
        let request = play.composer.hear(&said, &choices);
        if let Some(before) = choosing.hearing.take() {
            self.forget(before.asked);
        }
        match (heard.understood(), request) {
            (Understood::DidYouMean(_) | Understood::No, Some(request)) if self.absence.is_none() => {
                let asked = self.ask(self.entity, request);
                choosing.hearing = Some(Hearing { said, heard, asked });
            }
            (understood, _) => self.answer(play, &said, understood),
        }
    }

    /// A model has said what it makes of the player's words, or is late.
    pub(super) fn heard(&mut self, play: &mut Play, mut choosing: Box<Choosing>) {
        let hearing = choosing.hearing.take();
        play.stage = Stage::Choosing(choosing);
        let Some(Hearing { said, heard, asked }) = hearing else { return };
        let finished = self.finish(asked);
        self.answer(play, &said, heard.with_finished(&finished));
    }

    fn answer(&mut self, play: &mut Play, said: &PlayerText, understood: Understood) {
        let Stage::Choosing(choosing) = &play.stage else { return };
        let (entity, words) = (self.entity, said.as_str().to_owned());
        match understood {
            Understood::Sure(at) => {
                let Some(open) = choosing.open.get(at) else { return };
                // A number or a label names a claim; only words of their own are theirs.
                let own = (words != open.label && words.chars().any(char::is_alphabetic)).then_some(words);
                let claim = open.id.clone();
                self.take(play, &claim, own);
            }
            Understood::DidYouMean(places) => {
                let choices = choosing.offers(places);
                self.tell(DidYouMean { entity, said: words, choices });
            }
            Understood::No => self.tell(NotUnderstood { entity, said: words }),
        }
    }

    /// The player makes a claim, in its authored words.
    fn take(&mut self, play: &mut Play, claim: &str, own_words: Option<String>) {
        let seat: Seat = play.debate.due();
        let say = play.debate.motion().claims.get(claim).map(|claim| claim.say.clone()).unwrap_or_default();
        if let Stage::Choosing(choosing) = &mut play.stage
            && let Some(before) = choosing.hearing.take()
        {
            self.forget(before.asked);
        }
        self.made(play, seat, claim, say, Source::Authored(Why::Written), own_words);
    }
}
