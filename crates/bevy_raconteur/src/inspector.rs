//! What has become of lines, for overlays and for whoever wonders why a text was not shown: how often each rule
//! rejected one, how lines ended, and the latest requests with all that was written for them.

use std::collections::{BTreeMap, VecDeque};

use bevy_ecs::prelude::*;
use raconteur_core::generate::{Repairs, RequestId};
use raconteur_core::prompt::Bill;
use raconteur_core::request::{Finished, Source};

use crate::events::{ChoicesReady, Generated, LineReady, Remarked};

/// How lines went, since the start. Set it to its default to count anew.
#[derive(Resource, Debug, Clone, Default, PartialEq, Eq)]
pub struct NarrativeCounts {
    /// Candidates that were rejected, by the [name](raconteur_core::judge::Rejection::name) of the rule.
    pub rejections: BTreeMap<&'static str, u64>,
    /// Texts that were shown, by where they came from: `generated`, `ranked`, `baked`, `cancelled`, or why it was the
    /// authored one, see [`Why::name`](raconteur_core::request::Why::name). Lines, answers, remarks and labels count.
    pub ends: BTreeMap<&'static str, u64>,
    /// What had to be mended in the texts that a model wrote.
    pub repairs: Repairs,
}

impl NarrativeCounts {
    /// Candidates that were rejected, whatever the rule.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejections.values().sum()
    }

    /// Share of the shown texts that a model wrote or chose, 0 to 1; `None` before anything was shown. Texts without
    /// `gen`, which no model could improve on, do not count, nor do cancelled ones.
    #[must_use]
    pub fn written_share(&self) -> Option<f32> {
        let of = |name: &str| self.ends.get(name).copied().unwrap_or(0);
        let all = self.ends.values().sum::<u64>() - of("written") - of("cancelled");
        (all > 0).then(|| (of("generated") + of("ranked")) as f32 / all as f32)
    }

    pub(crate) fn shown(&mut self, source: &Source) {
        *self.ends.entry(source_name(source)).or_default() += 1;
    }
}

/// A short name of where a text came from.
fn source_name(source: &Source) -> &'static str {
    match source {
        Source::Generated => "generated",
        Source::Ranked { .. } => "ranked",
        Source::Baked => "baked",
        Source::Authored(why) => why.name(),
        Source::Cancelled => "cancelled",
    }
}

/// The latest requests that the worker ended. Those that were called off before their end are not among them.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct Inspector {
    /// Most requests that are kept; 0 for none. **Default** 32.
    pub most: usize,
    inspected: VecDeque<Inspected>,
}

/// One request that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspected {
    /// Its number: requests count from 0.
    pub request: RequestId,
    /// Whose voice it was.
    pub voice: Entity,
    /// Where the tokens of its prompt went; empty when it was not read.
    pub bill: Bill,
    /// Its text and where that came from, every candidate that was rejected with the reason, the scores, the repairs.
    pub finished: Finished,
}

impl Default for Inspector {
    fn default() -> Self {
        Self { most: 32, inspected: VecDeque::new() }
    }
}

impl Inspector {
    /// The requests, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Inspected> {
        self.inspected.iter()
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        self.inspected.clear();
    }

    fn keep(&mut self, inspected: Inspected) {
        self.inspected.push_back(inspected);
        while self.inspected.len() > self.most {
            self.inspected.pop_front();
        }
    }
}

/// Takes in the requests that are over.
pub(crate) fn inspect(over: Vec<Inspected>, inspector: &mut Inspector, counts: &mut NarrativeCounts) {
    for inspected in over {
        for (_, rejection) in &inspected.finished.rejected {
            *counts.rejections.entry(rejection.name()).or_default() += 1;
        }
        counts.repairs.forced += inspected.finished.repairs.forced;
        counts.repairs.rewound += inspected.finished.repairs.rewound;
        inspector.keep(inspected);
    }
}

pub(crate) fn count_line(line: On<LineReady>, mut counts: ResMut<NarrativeCounts>) {
    counts.shown(&line.source);
}

pub(crate) fn count_utterance(line: On<Generated>, mut counts: ResMut<NarrativeCounts>) {
    counts.shown(&line.reason);
}

pub(crate) fn count_remark(line: On<Remarked>, mut counts: ResMut<NarrativeCounts>) {
    counts.shown(&line.source);
}

pub(crate) fn count_labels(choices: On<ChoicesReady>, mut counts: ResMut<NarrativeCounts>) {
    for choice in &choices.choices {
        counts.shown(&choice.source);
    }
}
