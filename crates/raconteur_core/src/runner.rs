//! Where a story stands, and how it goes on: a pure state machine.
//!
//! ```text
//! enter beat -> lines, one by one -> effects of `then` -> detour -> choices | slot | next | end
//!      ^                                                              |        |      |
//!      +--------------------------------------------------------------+--------+------+
//! ```
//! It knows no engine, no clock and no model. The same story, seed, inputs and answers of the host give the same states.
//! Nothing here panics and nothing hangs: a condition that cannot be evaluated is false and reported, a story that
//! cannot go on says so.

mod detour;
mod environment;
mod error;
mod lost;
mod merge;
mod position;
mod resume;
mod shown;
mod state;
mod storylet;
mod walk;

use std::sync::Arc;

pub use environment::{Host, NoHost, StoryEnvironment};
pub use error::{RunnerError, RunnerEvent, StuckReason};
pub use lost::Lost;
pub use position::{Label, Position};
pub use state::{HISTORY_LIMIT, PLAYER, Retelling, RunnerState, SAID_LIMIT, STATE_FORMAT, Shown};

use crate::judge::unwrap_quotes;
use crate::story::format::{Beat, Detour, Line, Story, Value};
use walk::Stage;

/// A story and where it stands.
#[derive(Debug, Clone)]
pub struct Runner {
    story: Arc<Story>,
    state: RunnerState,
}

/// What is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// A line is to be shown; then [`Runner::spoken`] and [`Runner::advance`].
    Line {
        /// Id of the beat.
        beat: String,
        /// Place of the line in [`Beat::lines`].
        index: usize,
    },
    /// A detour is to be told; then [`Runner::tell_detour`] and [`Runner::advance`], or [`Runner::skip_detour`].
    Detour {
        /// Id of the beat.
        beat: String,
        /// The authored interlude; may be empty, and then nothing is told without a model.
        say: String,
    },
    /// The player has to choose; then [`Runner::choose`]. Never empty.
    Choices(Vec<OpenChoice>),
    /// The player has to choose among outcomes that a model may word and rank; see [`Runner::offered`].
    Slot {
        /// All open outcomes, in the writer's order. Never empty.
        outcomes: Vec<OpenChoice>,
    },
    /// The story is over.
    Ended {
        /// The ending.
        beat: String,
    },
    /// The story cannot go on; it is a mistake in the story.
    Stuck(StuckReason),
}

/// A choice or an outcome that may be taken now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenChoice {
    /// Its id.
    pub id: String,
    /// Its authored label.
    pub say: String,
    /// The beat that follows.
    pub to: String,
}

impl Runner {
    /// Begins a story: enters its start beat. The events say what happened on the way to the first [`Moment`].
    ///
    /// # Errors
    /// [`RunnerError::NoSuchBeat`], [`RunnerError::Stuck`] or [`RunnerError::Loop`]: the story is broken right at its
    /// start, which the lint reports.
    pub fn new(story: Arc<Story>, seed: u64, host: &dyn Host) -> Result<(Self, Vec<RunnerEvent>), RunnerError> {
        let state = RunnerState::new(&story, seed);
        let start = story.start.clone();
        let mut runner = Self { story, state };
        let mut events = Vec::new();
        runner.enter(&start, host, &mut events)?;
        Ok((runner, events))
    }

    /// The story.
    #[must_use]
    pub fn story(&self) -> &Arc<Story> {
        &self.story
    }

    /// Where it stands: what a save holds.
    #[must_use]
    pub fn state(&self) -> &RunnerState {
        &self.state
    }

    /// What is due.
    #[must_use]
    pub fn moment(&self) -> Moment {
        match &self.state.position {
            Position::Line { index, .. } => Moment::Line { beat: self.state.beat.clone(), index: *index },
            Position::Detour { .. } => Moment::Detour {
                beat: self.state.beat.clone(),
                say: self.detour().map(|detour| detour.say.clone()).unwrap_or_default(),
            },
            Position::Choices { open } => Moment::Choices(self.open(open)),
            Position::Slot { open, .. } => Moment::Slot { outcomes: self.open(open) },
            Position::Ended => Moment::Ended { beat: self.state.beat.clone() },
            Position::Stuck(reason) => Moment::Stuck(*reason),
        }
    }

    /// The beat that the story is in.
    #[must_use]
    pub fn beat(&self) -> Option<&Beat> {
        self.story.beats.get(&self.state.beat)
    }

    /// The line that is due, when one is.
    #[must_use]
    pub fn line(&self) -> Option<&Line> {
        match &self.state.position {
            Position::Line { index, .. } => self.beat()?.lines.get(*index),
            _ => None,
        }
    }

    /// The detour that is due, when one is.
    #[must_use]
    pub fn detour(&self) -> Option<&Detour> {
        match &self.state.position {
            Position::Detour { .. } => self.beat()?.detour.as_ref(),
            _ => None,
        }
    }

    /// What conditions are evaluated in.
    #[must_use]
    pub fn environment<'a>(&'a self, host: &'a dyn Host) -> StoryEnvironment<'a> {
        StoryEnvironment::new(&self.state, host)
    }

    /// Goes on from the current line or detour to what is due next. A line that was not reported as
    /// [`spoken`](Self::spoken) counts as shown with its authored text. A detour that was not reported as
    /// [told](Self::tell_detour) is told with its authored text, or passed over when it has none.
    ///
    /// # Errors
    /// [`RunnerError::ChoiceExpected`] and [`RunnerError::Over`] when no line is due, and nothing changes;
    /// [`RunnerError::Stuck`], [`RunnerError::Loop`] and [`RunnerError::NoSuchBeat`] when the story cannot go on from
    /// here, and [`moment`](Self::moment) is then [`Moment::Stuck`].
    pub fn advance(&mut self, host: &dyn Host) -> Result<Vec<RunnerEvent>, RunnerError> {
        match &self.state.position {
            Position::Line { index, spoken, .. } => {
                let (next, spoken) = (index + 1, *spoken);
                if !spoken && let Some(say) = self.line().map(|line| line.say.clone()) {
                    self.spoken(&say);
                }
                let mut events = Vec::new();
                self.walk(Stage::Line(next), host, &mut events)?;
                Ok(events)
            }
            Position::Detour { .. } => self.leave_detour(host),
            Position::Choices { open } | Position::Slot { open, .. } => {
                Err(RunnerError::ChoiceExpected { open: open.clone() })
            }
            Position::Ended => Err(RunnerError::Over { beat: self.state.beat.clone() }),
            Position::Stuck(reason) => {
                Err(RunnerError::Stuck { beat: self.state.beat.clone(), reason: *reason, events: Vec::new() })
            }
        }
    }

    /// Takes a choice or an outcome by its id. A label that is speech becomes the player's turn: one in quotation marks,
    /// or a question. Any other says what the player does ("Walk to the tower."), which is no turn of a talk: as one it
    /// makes a model answer to something that nobody has said.
    ///
    /// # Errors
    /// [`RunnerError::NotOpen`] when it may not be taken now, and nothing changes; else as [`advance`](Self::advance).
    pub fn choose(&mut self, id: &str, host: &dyn Host) -> Result<Vec<RunnerEvent>, RunnerError> {
        self.choose_worded(id, None, host)
    }

    /// The same, for a label that was shown in other words than the authored ones.
    ///
    /// # Errors
    /// As [`choose`](Self::choose).
    pub fn choose_worded(
        &mut self,
        id: &str,
        words: Option<&str>,
        host: &dyn Host,
    ) -> Result<Vec<RunnerEvent>, RunnerError> {
        let open = match &self.state.position {
            Position::Choices { open } | Position::Slot { open, .. } => open.as_slice(),
            _ => &[],
        };
        let not_open = || RunnerError::NotOpen { id: id.to_owned(), open: open.to_vec() };
        if !open.iter().any(|other| other == id) {
            return Err(not_open());
        }
        let Some(taken) = self.beat().and_then(|beat| walk::find(beat, id)) else { return Err(not_open()) };
        let (to, then) = (taken.to.to_owned(), taken.then.to_vec());
        let words = words.unwrap_or(taken.say).to_owned();

        let mut events = Vec::new();
        self.state.taken.insert(id.to_owned());
        self.state.seen.insert(id.to_owned());
        if let Some(speech) = speech(&words) {
            self.record(PLAYER, speech);
        }
        self.apply(&then, host, &mut events);
        self.enter(&to, host, &mut events)?;
        Ok(events)
    }

    /// The outcomes of the current slot to show, in the writer's order: those that are always there, and as many of the
    /// others as the slot offers. `ranking` holds places among the open outcomes that are not always there, best first,
    /// as ranking them gives; those that it does not name follow in the writer's order. Empty when no slot is due.
    #[must_use]
    pub fn offered(&self, ranking: &[usize]) -> Vec<OpenChoice> {
        let Position::Slot { open, .. } = &self.state.position else { return Vec::new() };
        let Some(slot) = self.beat().and_then(|beat| beat.slot.as_ref()) else { return Vec::new() };
        let ranked: Vec<&String> = open.iter().filter(|id| !slot.always.contains(id)).collect();
        let mut order: Vec<usize> = ranking.iter().copied().filter(|at| *at < ranked.len()).collect();
        order.extend(0..ranked.len());
        let mut shown: Vec<&String> = Vec::new();
        for at in order {
            if shown.len() < slot.offer && !shown.contains(&ranked[at]) {
                shown.push(ranked[at]);
            }
        }
        let ids: Vec<String> =
            open.iter().filter(|id| slot.always.contains(id) || shown.contains(id)).cloned().collect();
        // A slot that offers none and has none that is always there would leave the player without a way on.
        self.open(if ids.is_empty() { open } else { &ids })
    }

    /// Sets a variable from outside the story, within its range.
    ///
    /// # Errors
    /// [`RunnerError::NoSuchVariable`].
    pub fn set(&mut self, name: &str, value: Value) -> Result<Vec<RunnerEvent>, RunnerError> {
        if !self.story.vars.contains(name) {
            return Err(RunnerError::NoSuchVariable { name: name.to_owned() });
        }
        let mut events = Vec::new();
        self.set_var(name, value, &mut events);
        Ok(events)
    }

    fn open(&self, ids: &[String]) -> Vec<OpenChoice> {
        let Some(beat) = self.beat() else { return Vec::new() };
        ids.iter()
            .filter_map(|id| walk::find(beat, id))
            .map(|way| OpenChoice { id: way.id.to_owned(), say: way.say.to_owned(), to: way.to.to_owned() })
            .collect()
    }
}

/// What a label says, when it is something that the player says.
fn speech(label: &str) -> Option<&str> {
    let label = label.trim();
    let inner = unwrap_quotes(label);
    (inner != label || label.ends_with(['?', '？', '؟'])).then_some(inner)
}
