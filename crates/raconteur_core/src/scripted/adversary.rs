//! The worst generator there is: what it writes, how it scores and when it stops are drawn by seed, to break rules.
//!
//! It knows the story, as a model knows its prompt: its names, its secrets, its bans and its ids. It keeps no promise of
//! [`TextGenerator`] but that a step returns or panics.

mod text;

use std::collections::{BTreeMap, VecDeque};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::generate::{
    FinishReason, GenerateError, GenerationEvent, GenerationRequest, Priority, Progress, Repairs, RequestId, Score,
    Sink, Task, TextGenerator, Usage,
};
use crate::prompt::Bill;
use crate::rehearsal::dice::Dice;
use crate::story::format::Story;

use text::Words;

/// How bad it is besides its words: shares of 100 requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Temper {
    /// Never come to an end. Each of them costs a wait.
    pub hangs: usize,
    /// Panic.
    pub panics: usize,
    /// Fail.
    pub fails: usize,
    /// Break the order of events: ends that come twice or too early, candidates and requests that do not exist.
    pub lies: usize,
}

impl Default for Temper {
    fn default() -> Self {
        Self { hangs: 2, panics: 2, fails: 2, lies: 20 }
    }
}

/// A generator that tries to get everything on the screen that must not be there.
pub struct Adversary {
    words: Arc<Words>,
    dice: Dice,
    temper: Temper,
    live: BTreeMap<RequestId, VecDeque<Act>>,
    /// Ids that it has heard of, for what it says about them too late.
    known: Vec<RequestId>,
    raised: Arc<AtomicUsize>,
}

/// One thing that it does.
enum Act {
    Say(GenerationEvent),
    /// Says something about another request.
    About(RequestId, GenerationEvent),
    Wait,
    /// Does nothing any more, and stays.
    Hang,
    Panic,
}

impl Adversary {
    /// An adversary of a story. The same seed and the same requests give the same events.
    #[must_use]
    pub fn new(story: &Story, seed: u64) -> Self {
        Self {
            words: Arc::new(Words::of(story)),
            dice: Dice::new(seed),
            temper: Temper::default(),
            live: BTreeMap::new(),
            known: Vec::new(),
            raised: Arc::default(),
        }
    }

    /// With another temper.
    #[must_use]
    pub fn with_temper(mut self, temper: Temper) -> Self {
        self.temper = temper;
        self
    }

    /// Another one of the same kind, that knows nothing of this one's requests. Panics are counted together.
    #[must_use]
    pub fn another(&self, seed: u64) -> Self {
        Self {
            words: self.words.clone(),
            dice: Dice::new(seed),
            temper: self.temper,
            live: BTreeMap::new(),
            known: Vec::new(),
            raised: self.raised.clone(),
        }
    }

    /// How often it, or [another](Self::another) of it, has panicked.
    #[must_use]
    pub fn panics(&self) -> Arc<AtomicUsize> {
        self.raised.clone()
    }

    fn acts(&mut self, request: &GenerationRequest) -> VecDeque<Act> {
        let mut acts = VecDeque::new();
        if self.dice.chance(90) {
            acts.push_back(Act::Say(GenerationEvent::Started { bill: Bill::default() }));
        }
        match &request.task {
            Task::Continue { config, constraints } => {
                let mut tracks: Vec<VecDeque<Act>> = (0..config.num_return_sequences.max(1))
                    .map(|candidate| {
                        let text = self.words.text(&mut self.dice, &request.prompt, constraints);
                        self.candidate(candidate, &text)
                    })
                    .collect();
                // Candidates come in turn, as those of a batch do, or one after the other.
                let mixed = self.dice.chance(70);
                while !tracks.is_empty() {
                    let at = if mixed { self.dice.below(tracks.len()) } else { 0 };
                    acts.extend(tracks[at].pop_front());
                    if tracks[at].is_empty() {
                        tracks.swap_remove(at);
                    }
                }
            }
            Task::Score { continuations, null } => {
                let scores = self.scores(continuations.len(), null.is_some());
                acts.push_back(Act::Say(GenerationEvent::Scored { scores }));
            }
            Task::Read { .. } => {}
        }
        acts.push_back(Act::Say(GenerationEvent::Done { usage: Usage::default() }));
        self.spoil(&mut acts);
        acts
    }

    /// A text in pieces, and its end.
    fn candidate(&mut self, candidate: usize, text: &str) -> VecDeque<Act> {
        let mut acts = VecDeque::new();
        let mut rest = text;
        while !rest.is_empty() && acts.len() < 6 {
            let places: Vec<usize> = rest.char_indices().map(|(at, _)| at).skip(1).take(60).collect();
            let end = self.dice.of(&places).copied().unwrap_or(rest.len());
            let (piece, other) = rest.split_at(end);
            acts.push_back(Act::Say(GenerationEvent::Text { candidate, text: piece.to_owned() }));
            rest = other;
        }
        if !rest.is_empty() {
            acts.push_back(Act::Say(GenerationEvent::Text { candidate, text: rest.to_owned() }));
        }
        let reason = match self.dice.below(20) {
            0 => FinishReason::DeadEnd,
            1..=6 => FinishReason::Length,
            7..=10 => FinishReason::EndOfText,
            _ => FinishReason::Stop,
        };
        if self.dice.chance(95) {
            let (tokens, repairs) = (self.dice.below(1000), Repairs::default());
            acts.push_back(Act::Say(GenerationEvent::CandidateDone { candidate, reason, tokens, repairs }));
        }
        acts
    }

    /// As many scores as there are texts, or not, and numbers, or not.
    fn scores(&mut self, count: usize, null: bool) -> Vec<Score> {
        let count = match self.dice.below(12) {
            0 => 0,
            1 => count.saturating_sub(1),
            2 => count + 3,
            _ => count,
        };
        let spoiled = self.dice.chance(30);
        (0..count)
            .map(|_| Score {
                logprob: self.number(spoiled),
                null_logprob: (null != self.dice.chance(5)).then(|| self.number(spoiled)),
                tokens: self.dice.below(20),
            })
            .collect()
    }

    fn number(&mut self, spoiled: bool) -> f32 {
        let kind = if spoiled { self.dice.below(8) } else { 7 };
        match kind {
            0 => f32::NAN,
            1 => -f32::NAN,
            2 => f32::INFINITY,
            3 => f32::NEG_INFINITY,
            4 => f32::MAX,
            5 => 0.0,
            _ => -(self.dice.below(4000) as f32) / 10.0,
        }
    }

    /// Ends it in a bad way, or mixes lies in.
    fn spoil(&mut self, acts: &mut VecDeque<Act>) {
        let Temper { hangs, panics, fails, lies } = self.temper;
        let cut = self.dice.below(acts.len() + 1);
        match self.dice.below(100) {
            draw if draw < hangs => {
                acts.truncate(cut);
                acts.push_back(Act::Hang);
            }
            draw if draw < hangs + panics => {
                acts.truncate(cut);
                acts.push_back(Act::Panic);
            }
            draw if draw < hangs + panics + fails => {
                acts.truncate(cut);
                let error = if self.dice.chance(50) {
                    GenerateError::NotFinite
                } else {
                    GenerateError::Backend(self.words.poison(&mut self.dice))
                };
                acts.push_back(Act::Say(GenerationEvent::Failed(error)));
            }
            draw if draw < hangs + panics + fails + lies => {
                for _ in 0..1 + self.dice.below(4) {
                    let lie = self.lie();
                    let at = self.dice.below(acts.len() + 1);
                    acts.insert(at, lie);
                }
            }
            _ => {}
        }
    }

    fn lie(&mut self) -> Act {
        let candidate = *self.dice.of(&[0, 1, 7, 8, 1000, usize::MAX]).unwrap_or(&0);
        let text = self.words.poison(&mut self.dice);
        let (tokens, repairs) = (usize::MAX, Repairs { forced: usize::MAX, rewound: usize::MAX });
        let event = match self.dice.below(8) {
            0 | 1 => GenerationEvent::Text { candidate, text },
            2 => GenerationEvent::CandidateDone { candidate, reason: FinishReason::Stop, tokens, repairs },
            3 => GenerationEvent::Scored { scores: self.scores(3, true) },
            4 => GenerationEvent::Done { usage: Usage { new_tokens: usize::MAX, ..Usage::default() } },
            5 => GenerationEvent::Failed(GenerateError::Config(text)),
            6 => GenerationEvent::Started { bill: Bill::default() },
            _ => return Act::Wait,
        };
        // About itself, about a request that is over, about one that never was.
        match self.dice.below(4) {
            0 => match self.dice.of(&self.known).copied() {
                Some(id) => Act::About(id, event),
                None => Act::Say(event),
            },
            1 => Act::About(RequestId(self.dice.next()), event),
            _ => Act::Say(event),
        }
    }
}

impl TextGenerator for Adversary {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        let acts = self.acts(&request);
        self.known.push(id);
        if self.known.len() > 64 {
            self.known.remove(0);
        }
        self.live.insert(id, acts);
    }

    fn cancel(&mut self, id: RequestId) {
        // It has heard, and does not always listen.
        if self.dice.chance(90) {
            self.live.remove(&id);
        }
    }

    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        let ids: Vec<RequestId> = self.live.keys().copied().collect();
        for id in ids {
            for _ in 0..1 + self.dice.below(12) {
                let Some(acts) = self.live.get_mut(&id) else { break };
                match acts.pop_front() {
                    Some(Act::Say(event)) => sink(id, event),
                    Some(Act::About(other, event)) => sink(other, event),
                    Some(Act::Wait) => break,
                    Some(Act::Hang) => {
                        acts.push_front(Act::Hang);
                        break;
                    }
                    Some(Act::Panic) => {
                        self.live.remove(&id);
                        self.raised.fetch_add(1, Ordering::Relaxed);
                        // Not `panic!`: a thousand messages on the terminal tell nobody anything.
                        resume_unwind(Box::new("the adversary panics"));
                    }
                    None => {
                        self.live.remove(&id);
                    }
                }
            }
        }
        if self.live.is_empty() { Progress::Idle } else { Progress::Working }
    }

    fn has_room(&self, _priority: Priority) -> bool {
        true
    }

    fn describe(&self) -> String {
        "adversary".to_owned()
    }
}
