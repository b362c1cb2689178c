//! The columns of the tables: the same requests with more and more of what makes a small model useful.

use raconteur_core::generate::Constraints;
use raconteur_core::judge::Rules;
use raconteur_core::request::{LineRequest, Ranking, Work};
use raconteur_core::story::format::{Decode, Guide, NamePolicy, Policy, Rank, Repeat};
use serde::Serialize;

/// A way to come to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The authored line.
    Off,
    /// One sample, shown as it comes.
    Raw,
    /// One sample with the masks while decoding and the rules for the finished text.
    Filters,
    /// Eight samples, the best of those that pass.
    Nbest,
    /// The same, each sampled with guidance, where a line asks for no fact.
    Guided,
}

impl Column {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 5] = [Self::Off, Self::Raw, Self::Filters, Self::Nbest, Self::Guided];

    /// Head of its column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "model off",
            Self::Raw => "raw sample",
            Self::Filters => "+ filters",
            Self::Nbest => "+ n-best PMI",
            Self::Guided => "+ guidance",
        }
    }

    /// A request as this column has it, from the request with everything.
    pub fn reduce(self, mut request: LineRequest) -> LineRequest {
        if self == Self::Raw
            && let Work::Answer { then, .. } = request.work
        {
            request.work = *then;
        }
        let work = match &mut request.work {
            Work::Answer { then, .. } => then.as_mut(),
            work => work,
        };
        let Work::Write { config, constraints, rules, ranking, stream, .. } = work else { return request };
        if self != Self::Guided {
            config.guidance = None;
        }
        if matches!(self, Self::Off | Self::Raw | Self::Filters) {
            config.num_return_sequences = 1;
            *ranking = Ranking::First;
        }
        if self == Self::Raw {
            // It still ends with its line, but not where somebody else would begin to speak.
            let stop = std::mem::take(&mut constraints.stop).into_iter().filter(|stop| !stop.ends_with(':')).collect();
            *constraints = Constraints { stop, ..Constraints::default() };
            *rules = Rules::default();
            config.dry = None;
            *stream = true;
        }
        request
    }
}

/// Strength of guidance where a story says nothing.
const GUIDANCE: f32 = 1.3;

/// A policy with guidance, where it has none of its own.
pub fn guided(policy: &Policy) -> Policy {
    let guide = if policy.guide == Guide::Off { Guide::Neutral { scale: GUIDANCE } } else { policy.guide.clone() };
    Policy { guide, ..policy.clone() }
}

/// The policy of corpus scenes: what the shipped stories use.
pub fn default_policy() -> Policy {
    Policy {
        names: NamePolicy::Known,
        ban: ["gun", "phone", "okay", "http"].map(str::to_owned).to_vec(),
        tokens: (3, 40),
        tries: 8,
        rank: Rank::Pmi { null: "{speaker}:".to_owned(), floor: 0.6 },
        repeat: Repeat::Dry { mult: 0.8, base: 1.75, len: 4 },
        decode: Decode { temperature: Some(0.6), top_p: Some(0.9), ..Decode::default() },
        ..Policy::default()
    }
}
