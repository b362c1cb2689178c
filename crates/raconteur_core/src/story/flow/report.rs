//! What the walk over a story's states has found, as data. Lint, graph page and tests read the same.

use std::fmt;

use crate::runner::StuckReason;
use crate::story::format::Value;

/// How a [`Flow`](super::Flow) was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Every reachable state was visited: what is said is so, and what is not said is not so.
    Exact,
    /// There were more states than [`Limits::states`](super::Limits::states). What is called unreachable or never open is
    /// so, by ranges of values; soft-locks, short slots and clamps are those among the states that were visited, all of
    /// them real, but there may be more.
    Ranges,
}

/// How a play can come to a state: from the start, beat by beat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Path {
    /// The steps, first to last; empty at the start of the story.
    pub steps: Vec<Step>,
}

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A beat that was left.
    Beat {
        /// Its id.
        beat: String,
        /// The choice or outcome that was taken; none where `next` led on.
        way: Option<String>,
    },
    /// A storylet that was told by the way.
    Told {
        /// Its id.
        storylet: String,
    },
}

impl fmt::Display for Path {
    /// `ford:ford_a > heard > ford:ford_c > tower`; a storylet stands in parentheses. Of a long path the middle is left
    /// out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Longest path that is printed whole; so many steps stand at each end of a longer one.
        const ENDS: usize = 12;
        let count = self.steps.len();
        for (index, step) in self.steps.iter().enumerate() {
            if count > 2 * ENDS && (ENDS..count - ENDS).contains(&index) {
                if index == ENDS {
                    write!(f, " > .. {} more ..", count - 2 * ENDS)?;
                }
                continue;
            }
            if index > 0 {
                f.write_str(" > ")?;
            }
            match step {
                Step::Beat { beat, way: Some(way) } => write!(f, "{beat}:{way}")?,
                Step::Beat { beat, way: None } => f.write_str(beat)?,
                Step::Told { storylet } => write!(f, "({storylet})")?,
            }
        }
        Ok(())
    }
}

/// Something that a state knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// A variable.
    Var {
        /// Its name.
        name: String,
        /// Its value.
        value: Value,
    },
    /// How often a beat has been entered.
    Visits {
        /// The beat.
        beat: String,
        /// How often.
        count: u32,
        /// Whether it may also have been more often, because no condition can tell.
        or_more: bool,
    },
    /// Whether a text has been shown, or a way taken.
    Seen {
        /// Id of the line, choice, outcome or storylet.
        id: String,
        /// Whether it has.
        seen: bool,
    },
    /// Whether the detour of a beat has been told.
    Told {
        /// The beat.
        beat: String,
        /// Whether it has.
        told: bool,
    },
    /// What the game answers.
    Host {
        /// The call as a condition writes it.
        call: String,
        /// The answer.
        answer: Value,
    },
}

impl fmt::Display for Known {
    /// As a finding shows it: `clues=2`, `visits(ford)=3`, `not seen(ford_a)`, `is_night()=false`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Var { name, value } => write!(f, "{name}={value}"),
            Self::Visits { beat, count, or_more } => {
                write!(f, "visits({beat}){}{count}", if *or_more { ">=" } else { "=" })
            }
            Self::Seen { id, seen } => write!(f, "{}seen({id})", if *seen { "" } else { "not " }),
            Self::Told { beat, told } => write!(f, "detour of '{beat}' {}told", if *told { "" } else { "not " }),
            Self::Host { call, answer } => write!(f, "{call}={answer}"),
        }
    }
}

/// Writes what a state knows for a finding: `clues=2, trust_mara=2`.
#[must_use]
pub fn list(known: &[Known]) -> String {
    known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What is known of a beat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeatFlow {
    /// Its id.
    pub beat: String,
    /// Whether some play comes here. With [`Precision::Ranges`]: whether ranges cannot exclude it.
    pub reached: bool,
    /// Whether it ends the story.
    pub end: bool,
    /// Number of states in it that were visited.
    pub states: usize,
}

/// What a [`WayFlow`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayKind {
    /// One of `choices`.
    Choice,
    /// `otherwise`.
    Otherwise,
    /// An outcome of a slot.
    Outcome,
}

/// When a way is open, over all states that come to its beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Openness {
    /// In none of them, or no state comes to its beat.
    Never,
    /// In some.
    Sometimes,
    /// In all.
    Always,
    /// Ranges cannot tell.
    Unknown,
}

/// What is known of a choice, an `otherwise` or an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayFlow {
    /// The beat that it leaves.
    pub beat: String,
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: WayKind,
    /// The beat that it leads to.
    pub to: String,
    /// When it is open.
    pub open: Openness,
}

/// A state in which the story cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoftLock {
    /// The beat.
    pub beat: String,
    /// What is wrong there.
    pub reason: StuckReason,
    /// What its conditions read, in the state that the path leads to.
    pub values: Vec<Known>,
    /// The shortest way there.
    pub path: Path,
    /// In how many states of the beat it happens.
    pub states: usize,
}

/// A beat from which the story goes on for ever and never ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadEnd {
    /// The beat.
    pub beat: String,
    /// Whether no state of this beat leads to an ending; else it is those with these values.
    pub always: bool,
    /// What the story knows there.
    pub values: Vec<Known>,
    /// The shortest way there; none if it was found by ranges only.
    pub path: Option<Path>,
}

/// Beats that follow each other in a circle, in which nobody is asked and nothing changes; or a chain of more silent beats
/// than the runner goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// The beats, the first of them not repeated; of a chain only the first.
    pub beats: Vec<String>,
    /// Whether it is a chain.
    pub chain: bool,
    /// Whether no line is shown in it either: the runner stops it with [`StuckReason::Loop`].
    pub silent: bool,
    /// What the conditions in it read.
    pub values: Vec<Known>,
    /// The shortest way there.
    pub path: Path,
}

/// A way that is open only where another is open that does the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// The beat.
    pub beat: String,
    /// Id of the way.
    pub way: String,
    /// Id of the way that is open whenever it is, and more often.
    pub behind: String,
}

/// A state in which a slot has fewer open outcomes than it offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortSlot {
    /// The beat.
    pub beat: String,
    /// How many outcomes it offers.
    pub offer: usize,
    /// How many are open, those that are always offered included; at least 1.
    pub open: usize,
    /// What its conditions read.
    pub values: Vec<Known>,
    /// The shortest way there.
    pub path: Path,
}

/// A detour that has a say in how the story ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The beat with the detour.
    pub beat: String,
    /// Place in [`Detour::may`](crate::story::format::Detour::may).
    pub may: usize,
    /// The variable that it may write.
    pub variable: String,
    /// The condition that the variable decides, as the writer wrote it.
    pub condition: String,
    /// The beat that the condition stands in.
    pub decides_in: String,
}

/// Whose `then` an effect stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectOwner {
    /// Of a beat, by its id.
    Beat(String),
    /// Of a choice, an `otherwise` or an outcome, by its id.
    Way(String),
    /// Of a storylet, by its id.
    Storylet(String),
}

/// An effect that can go beyond the range of its variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clamp {
    /// Where the effect stands.
    pub owner: EffectOwner,
    /// Its place in the list.
    pub index: usize,
    /// The effect as the writer wrote it.
    pub effect: String,
    /// The variable.
    pub variable: String,
    /// The furthest value beyond the range that it would have.
    pub wanted: i64,
    /// The range of the variable.
    pub range: (i64, i64),
}

/// A variable with its number of values, for [`Flow::large`](super::Flow::large).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Large {
    /// Its name.
    pub variable: String,
    /// Smallest and largest value.
    pub range: (i64, i64),
}
