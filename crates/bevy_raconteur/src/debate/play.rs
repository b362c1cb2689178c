//! A debate that has begun: where it stands, and what it waits for.

use std::sync::Arc;
use std::time::Duration;

use raconteur_core::compose::Composer;
use raconteur_core::debate::{self as core, Seat};
use raconteur_core::generate::RequestId;
use raconteur_core::request::{Finished, Why};
use raconteur_core::story::format::Story;

use super::player::Choosing;

/// A debate that has begun.
pub(super) struct Play {
    pub(super) debate: core::Debate,
    pub(super) composer: Composer,
    pub(super) stage: Stage,
    /// The side that the player argues.
    pub(super) player: Option<Seat>,
    /// The story it was begun with.
    pub(super) story: Option<Arc<Story>>,
}

pub(super) enum Stage {
    /// Nobody has looked what is due.
    Arriving,
    /// A model is asked which of these claims answers best.
    Ranking { seat: Seat, among: Vec<String>, asked: Asked },
    /// A claim is being worded.
    Wording { seat: Seat, claim: String, asked: Asked },
    /// Something has been said.
    Shown { seat: Seat },
    /// The player has a choice.
    Choosing(Box<Choosing>),
    /// It is over.
    Over,
}

/// A request and what has come of it.
pub(super) struct Asked {
    pub(super) id: RequestId,
    pub(super) fallback: String,
    /// When it is late, on the real clock.
    pub(super) deadline: Duration,
    pub(super) finished: Option<Finished>,
}

impl Play {
    /// The request that is open.
    pub(super) fn request(&mut self) -> Option<RequestId> {
        self.asked().map(|asked| asked.id)
    }

    pub(super) fn asked(&mut self) -> Option<&mut Asked> {
        match &mut self.stage {
            Stage::Ranking { asked, .. } | Stage::Wording { asked, .. } => Some(asked),
            Stage::Choosing(choosing) => choosing.asked(),
            Stage::Arriving | Stage::Shown { .. } | Stage::Over => None,
        }
    }

    /// Whose words are being made or shown.
    pub(super) fn speaker(&self) -> Option<Seat> {
        match &self.stage {
            Stage::Wording { seat, .. } | Stage::Shown { seat } => Some(*seat),
            Stage::Arriving | Stage::Ranking { .. } | Stage::Choosing(_) | Stage::Over => None,
        }
    }
}

impl Asked {
    pub(super) fn interrupt(&mut self) {
        self.deadline = Duration::ZERO;
    }

    /// Whether it has ended, is late, or has nobody who could write it.
    pub(super) fn is_due(&self, now: Duration, absence: Option<&Why>) -> bool {
        self.finished.is_some() || now >= self.deadline || absence.is_some()
    }
}
