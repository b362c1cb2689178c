//! Which states a story can reach, before anybody plays it.
//!
//! ```text
//! Story --slice--> what decides --compile--> slots, segments --walk, breadth first--> states --judge--> Flow
//!                                                                 | more than Limits::states
//!                                                                 `--> ranges of values per segment
//! ```
//! A state is a place in a beat, the variables that some condition reads, and what `once`, `seen` and `visits` have to
//! remember. What no condition reads, directly or through effects, is left out; so is, in each beat, what nothing that
//! can follow reads again.
//!
//! The walk does what [`runner`](crate::runner) does, and where the runner depends on somebody, it goes every way: a
//! player takes any open choice, a slot offers any open outcome, a detour writes any value it may or is not told at all,
//! a storylet is told at any rest at which its condition holds, the game answers anything, and a variable that the game's
//! own code writes has any value at any time. Two conditions that are settled in the same moment get the same answer to
//! the same call.

mod code;
mod compile;
mod contain;
mod decide;
mod describe;
mod graph;
mod judge;
mod live;
mod program;
mod ranges;
mod report;
mod slice;
mod slots;
mod stepper;
mod walk;

use std::sync::{Arc, OnceLock};

use self::compile::compile;
use self::contain::Index;
use self::decide::decisions;
use self::judge::Judge;
use self::program::Program;
use self::ranges::{Reach, reach};
use self::slice::Slice;
use self::slots::Symbol;
use self::walk::{Walk, walk};
use super::format::Story;
use crate::runner::RunnerState;

pub use report::{
    BeatFlow, Circle, Clamp, DeadEnd, Decision, EffectOwner, Hidden, Known, Large, Openness, Path, Precision,
    ShortSlot, SoftLock, Step, WayFlow, WayKind, list,
};

/// How far [`explore`] goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most states that are visited one by one. **Default** 200 000.
    pub states: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { states: 200_000 }
    }
}

/// What can happen in a story.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Number of states that were visited.
    pub states: usize,
    /// How the rest was found.
    pub precision: Precision,
    /// Variables that were left out because nothing that decides where the story goes reads them.
    pub sliced: Vec<String>,
    /// With [`Precision::Ranges`]: the variables with most values, the largest first.
    pub large: Vec<Large>,
    /// All beats in the writer's order.
    pub beats: Vec<BeatFlow>,
    /// All choices, `otherwise`s and outcomes in the writer's order.
    pub ways: Vec<WayFlow>,
    /// Where the story cannot go on, one for each beat.
    pub soft_locks: Vec<SoftLock>,
    /// Where the story cannot end any more, one for each region that is never left again. Empty when no beat is marked
    /// `end: true`: such a story is not meant to end.
    pub dead_ends: Vec<DeadEnd>,
    /// Circles without a choice.
    pub circles: Vec<Circle>,
    /// Ways that hide behind others.
    pub hidden: Vec<Hidden>,
    /// Slots that cannot offer what they say.
    pub short_slots: Vec<ShortSlot>,
    /// Detours that decide how the story ends.
    pub decisions: Vec<Decision>,
    /// Effects that can be clamped.
    pub clamps: Vec<Clamp>,
    explored: Arc<Explored>,
}

/// What [`Flow::contains`] looks into.
#[derive(Debug)]
struct Explored {
    story: Story,
    program: Program,
    walk: Walk,
    reach: Option<Reach>,
    index: OnceLock<Index>,
}

/// Finds out what can happen in `story`. A story with mistakes of its own (`raconteur check` names them) gives what can
/// be said of it: a condition that cannot be evaluated is false, an effect that cannot be evaluated does nothing.
#[must_use]
pub fn explore(story: &Story, limits: &Limits) -> Flow {
    let slice = Slice::new(story);
    let program = compile(story, &slice);
    let walk = walk(&program, limits.states);
    let reach = (!walk.whole).then(|| reach(&program));
    let judge = Judge { program: &program, walk: &walk, reach: reach.as_ref() };
    let sliced = |name: &&str| {
        !slice.needs(&Symbol::Var((*name).to_owned())) && !story.game.writes.iter().any(|other| other == name)
    };
    Flow {
        states: walk.graph.len(),
        precision: if walk.whole { Precision::Exact } else { Precision::Ranges },
        sliced: story.vars.ids().filter(sliced).map(str::to_owned).collect(),
        large: if walk.whole { Vec::new() } else { judge.large() },
        beats: judge.beats(),
        ways: judge.ways(),
        soft_locks: judge.soft_locks(),
        dead_ends: judge.dead_ends(),
        circles: judge.circles(),
        hidden: judge.hidden(),
        short_slots: judge.short_slots(),
        decisions: decisions(story, &program, &walk),
        clamps: judge.clamps(),
        explored: Arc::new(Explored { story: story.clone(), program, walk, reach, index: OnceLock::new() }),
    }
}

impl Flow {
    /// The shortest path to a beat; none if it was not visited.
    #[must_use]
    pub fn path_to(&self, beat: &str) -> Option<Path> {
        let Explored { story, program, walk, reach, .. } = &*self.explored;
        Judge { program, walk, reach: reach.as_ref() }.path_to(story.beats.position(beat)?)
    }

    /// Whether a play can come to this state, as far as the checks know. With [`Precision::Exact`] every state that a
    /// runner of the same story reaches is contained, except in a game whose host functions fail, which sets variables that
    /// the story does not name in `game: (writes: ..)`, or which tells storylets whose condition does not hold.
    #[must_use]
    pub fn contains(&self, state: &RunnerState) -> bool {
        let Explored { story, program, walk, reach, index } = &*self.explored;
        let index = index.get_or_init(|| contain::index(program, walk));
        contain::contains(story, program, index, reach.as_ref(), walk, state)
    }
}
