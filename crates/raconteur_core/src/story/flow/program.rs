//! A story as a program over slots: what the walk runs.

use super::code::{Code, EffectCode, HostCode, MayCode};
use super::report::WayKind;
use super::slots::{SlotId, Slots};

/// A compiled story.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) slots: Slots,
    /// The state of a new game, before its first beat is entered.
    pub(super) first: Vec<u64>,
    pub(super) start: Option<usize>,
    /// In the writer's order; those that no way leads to have no steps.
    pub(super) beats: Vec<BeatCode>,
    pub(super) ways: Vec<WayCode>,
    pub(super) storylets: Vec<StoryletCode>,
    pub(super) hosts: Vec<HostCode>,
    /// Texts of the words that values are.
    pub(super) words: Vec<String>,
    /// The two sides of comparisons that may be either.
    pub(super) frees: Vec<(String, String)>,
    pub(super) effects: Vec<EffectInfo>,
    /// What storylets read wherever they may be told, as a mask.
    pub(super) always_live: Vec<u64>,
    /// Beat of each stop.
    pub(super) stops: Vec<usize>,
}

/// A beat.
#[derive(Debug, Default)]
pub(super) struct BeatCode {
    pub(super) id: String,
    pub(super) end: bool,
    /// The slot that counts its visits.
    pub(super) visits: Option<SlotId>,
    pub(super) steps: Vec<Step>,
    pub(super) tail: Tail,
    /// Number of its first stop: that on arrival. The rest at step `k` is stop `first_stop + 1 + k`, that at its ways comes
    /// after those of all steps.
    pub(super) first_stop: usize,
    /// What is read from the beginning of step `k` on, as masks, and last what its ways read.
    pub(super) live: Vec<Vec<u64>>,
    /// Whether `next` alone leads back to it.
    pub(super) cyclic: bool,
    /// Whether a line is shown in it in any case.
    pub(super) speaks: bool,
    /// For each line, the number of the step that it is, or else of the first step behind it.
    pub(super) line_steps: Vec<(usize, bool)>,
}

/// Something between arrival and the ways on.
#[derive(Debug)]
pub(super) enum Step {
    /// A line that has to be remembered, or at which a storylet may be told.
    Line {
        when: Option<Code>,
        once: bool,
        bit: Option<SlotId>,
        /// Whether it matters if it is shown; else its condition is not even asked.
        active: bool,
    },
    Then(Vec<EffectCode>),
    Detour {
        when: Option<Code>,
        /// Where `once` is remembered.
        bit: Option<SlotId>,
        may: Vec<MayCode>,
        /// Whether something reads afterwards what it may write.
        active: bool,
    },
}

/// How a beat goes on.
#[derive(Debug, Default)]
pub(super) enum Tail {
    #[default]
    Nothing,
    End,
    /// Choices or outcomes; `otherwise` is open when none of `ways` is.
    Ways {
        ways: std::ops::Range<usize>,
        otherwise: Option<usize>,
        offer: Option<usize>,
    },
    Next(Option<usize>),
}

/// A choice, an `otherwise` or an outcome.
#[derive(Debug)]
pub(super) struct WayCode {
    pub(super) beat: usize,
    pub(super) id: String,
    pub(super) kind: WayKind,
    pub(super) to_id: String,
    pub(super) to: Option<usize>,
    pub(super) when: Option<Code>,
    pub(super) once: bool,
    /// Where it is remembered that it was taken.
    pub(super) bit: Option<SlotId>,
    pub(super) then: Vec<EffectCode>,
    /// All effects as text, those that change nothing that is needed included.
    pub(super) then_text: String,
}

/// A storylet whose telling changes something.
#[derive(Debug)]
pub(super) struct StoryletCode {
    pub(super) id: String,
    pub(super) when: Option<Code>,
    pub(super) once: bool,
    pub(super) bit: Option<SlotId>,
    pub(super) then: Vec<EffectCode>,
}

/// Whose effect it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Owner {
    Beat(usize),
    Way(usize),
    /// Place in the program.
    Storylet(usize),
}

/// What is told about an effect.
#[derive(Debug)]
pub(super) struct EffectInfo {
    pub(super) owner: Owner,
    /// Place in its list.
    pub(super) index: usize,
    pub(super) source: String,
    pub(super) slot: SlotId,
}

/// A place where a walk stops and a state is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On arrival.
    Arrival,
    /// At a step, or behind the last at the ways on.
    Rest(usize),
}

impl Program {
    /// The beat and place of a stop.
    pub(super) fn place(&self, stop: usize) -> (usize, Place) {
        let beat = self.stops[stop];
        let offset = stop - self.beats[beat].first_stop;
        (beat, offset.checked_sub(1).map_or(Place::Arrival, Place::Rest))
    }

    /// What a rest at step `k` of a beat has to remember: what is read after it, and by storylets.
    pub(super) fn live_at_rest(&self, beat: usize, step: usize, mask: &mut Vec<u64>) {
        let code = &self.beats[beat];
        let behind = (step + 1).min(code.live.len() - 1);
        mask.clone_from(&code.live[behind]);
        for (word, always) in mask.iter_mut().zip(&self.always_live) {
            *word |= always;
        }
    }

    /// Whether storylets change anything.
    pub(super) fn told(&self) -> bool {
        !self.storylets.is_empty()
    }
}

impl Tail {
    /// All ways, `otherwise` last.
    pub(super) fn all_ways(&self) -> impl Iterator<Item = usize> + use<> {
        let (ways, otherwise) = match self {
            Self::Ways { ways, otherwise, .. } => (ways.clone(), *otherwise),
            Self::Nothing | Self::End | Self::Next(_) => (0..0, None),
        };
        ways.chain(otherwise)
    }
}
