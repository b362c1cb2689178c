//! What whoever watches a rehearsal is told, and what they bring.

use crate::generate::TextGenerator;
use crate::prompt::Bill;
use crate::request::{Finished, LineRequest};
use crate::runner::{Host, Runner, RunnerEvent};
use crate::story::format::Gen;

/// The room that a story is rehearsed in: who writes, who watches, whose clock.
pub struct Room<'a, 'w> {
    /// Writes; without one all lines are as written.
    pub writer: Option<&'a mut (dyn TextGenerator + 'w)>,
    /// Is told what happens.
    pub watch: &'a mut dyn FnMut(Told<'_>),
    /// Milliseconds since whenever. With one, deliveries carry how long they took, and budgets can be kept (see
    /// [`Limits::budgets`](super::Limits::budgets)).
    pub clock: Option<&'a mut dyn FnMut() -> f64>,
}

impl<'a, 'w> Room<'a, 'w> {
    /// A room without a clock.
    pub fn new(writer: Option<&'a mut (dyn TextGenerator + 'w)>, watch: &'a mut dyn FnMut(Told<'_>)) -> Self {
        Self { writer, watch, clock: None }
    }

    /// With a clock.
    #[must_use]
    pub fn timed(mut self, clock: &'a mut dyn FnMut() -> f64) -> Self {
        self.clock = Some(clock);
        self
    }

    pub(super) fn now(&mut self) -> Option<f64> {
        self.clock.as_mut().map(|clock| clock())
    }
}

/// Something that happens in a rehearsal, told as it happens.
pub enum Told<'a> {
    /// [`play`](super::Rehearsal::play) has come to another moment; nothing of it has happened yet.
    Moment {
        /// Where the story stands.
        runner: &'a Runner,
    },
    /// The player takes a choice; told by [`play`](super::Rehearsal::play).
    Chosen {
        /// Id of the choice or outcome.
        id: &'a str,
        /// Its label as it was shown.
        label: &'a str,
    },
    /// Something has happened in the story; told by [`play`](super::Rehearsal::play), which else would swallow it.
    Event(&'a RunnerEvent),
    /// A text is asked for.
    Asked {
        /// Which.
        piece: &'a Piece,
        /// The request.
        request: &'a LineRequest,
    },
    /// Its prompt has been fitted.
    Started {
        /// Which text.
        piece: &'a Piece,
        /// Where the tokens of the prompt went.
        bill: &'a Bill,
    },
    /// More of a text.
    Chunk {
        /// Which text.
        piece: &'a Piece,
        /// The new characters.
        text: &'a str,
    },
    /// A text is complete, and is shown if it is one that is.
    Delivered(&'a Delivered<'a>),
}

/// A text that has been delivered.
///
/// The story has not gone on yet: `runner` stands where the text is due, with the question recorded when it answers one.
pub struct Delivered<'a> {
    /// Which text.
    pub piece: &'a Piece,
    /// What it answers; empty when it is no answer.
    pub question: &'a str,
    /// What was asked of the model; `None` when it was not asked: there is none, or the text needs none.
    pub request: Option<&'a LineRequest>,
    /// The words, where they come from, what was rejected, and what it took.
    pub finished: &'a Finished,
    /// Milliseconds from the request to its end, where there was a request and a clock. The labels and the ranking of a
    /// slot are asked for together, and each has the time of all; so have the readings of a detour.
    pub millis: Option<f64>,
    /// Where the story stands.
    pub runner: &'a Runner,
    /// What answers for the game.
    pub host: &'a dyn Host,
}

impl Delivered<'_> {
    /// The whole prompt, before anything was dropped from it; `None` when the model was not asked.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        self.request.map(|request| request.prompt().full())
    }
}

/// Names a text of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: Kind,
    /// Id of the line, storylet, choice or outcome; `detour:BEAT` for a detour, the beat for a ranking, the variable for
    /// a reading.
    pub id: String,
    /// The beat that the story stands in.
    pub beat: String,
    /// Cast id of the speaker.
    pub who: String,
    /// Display name of the speaker; empty for a narrator.
    pub name: String,
    /// How it is generated: `vary`, `free`, `pick`, `answer`, `rumor`, `detour`, `label`, `ranking`, `reading`, `words`,
    /// and `none` when it is not.
    pub gen_kind: &'static str,
    /// Its place among the requests that were made together.
    pub at: usize,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A line of a beat.
    Line,
    /// The answer to a question.
    Answer,
    /// A storylet.
    Storylet,
    /// An interlude.
    Detour,
    /// The label of a choice, as written.
    Choice,
    /// The label of an outcome.
    Label,
    /// Which outcomes are offered; its text is not shown.
    Ranking,
    /// What an interlude changes; its text is not shown.
    Reading,
    /// Which choice the player's free words mean; its text is not shown.
    Words,
}

impl Kind {
    /// Whether the player sees the text.
    #[must_use]
    pub fn is_shown(self) -> bool {
        !matches!(self, Self::Ranking | Self::Reading | Self::Words)
    }

    /// A short name for tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Answer => "answer",
            Self::Storylet => "storylet",
            Self::Detour => "detour",
            Self::Choice => "choice",
            Self::Label => "label",
            Self::Ranking => "ranking",
            Self::Reading => "reading",
            Self::Words => "words",
        }
    }
}

pub(super) fn gen_kind(kind: Kind, generate: Option<&Gen>) -> &'static str {
    match (kind, generate) {
        (_, Some(Gen::Vary(_))) => "vary",
        (_, Some(Gen::Free(_))) => "free",
        (_, Some(Gen::Pick { .. })) => "pick",
        (_, Some(Gen::Answer { .. })) => "answer",
        (_, Some(Gen::Rumor { .. })) => "rumor",
        (Kind::Detour | Kind::Label | Kind::Ranking | Kind::Reading | Kind::Words, None) => kind.name(),
        (_, None) => "none",
    }
}
