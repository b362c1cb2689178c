//! Candidates while they are written, and what becomes of them.

use super::ranking::{self, Survivor};
use super::{Job, Next, Stage, continuations};
use crate::generate::{FinishReason, GenerationConfig, GenerationRequest, Repairs, Task};
use crate::judge::{Rejection, Rules, is_invisible};
use crate::request::{LineEvent, Ranking, Source};
use crate::sentence::Sentences;

/// Candidates that are being written.
pub(super) struct Writing {
    rules: Rules,
    ranking: Ranking,
    candidates: Vec<Candidate>,
    stream: Option<Stream>,
    /// Most bytes of one candidate.
    room: usize,
    seed: u64,
}

/// Bytes for each token that was asked for. Words have up to a dozen; a generator that goes on far beyond what it was
/// asked for is not read to its end.
const BYTES: usize = 64;

#[derive(Default)]
struct Candidate {
    text: String,
    ended: Option<FinishReason>,
    /// It has been cut off for its length.
    full: bool,
    repairs: Repairs,
}

/// A line that is shown while it is written.
#[derive(Default)]
struct Stream {
    /// What has been shown. Never taken back.
    shown: String,
    sentences: Sentences,
    /// Without rules there is nothing to wait for: every token is shown as it comes.
    by_token: bool,
    /// Whether newlines are more than spaces.
    lines: bool,
    repairs: Repairs,
}

impl Writing {
    pub(super) fn new(config: &GenerationConfig, rules: Rules, ranking: Ranking, stream: bool) -> Self {
        let candidates = (0..config.num_return_sequences.max(1)).map(|_| Candidate::default()).collect();
        let by_token = rules == Rules::default();
        let lines = rules.max_lines.is_some();
        let stream = stream.then(|| Stream { by_token, lines, ..Stream::default() });
        let room = config.max_new_tokens.max(1).saturating_mul(BYTES);
        Self { rules, ranking, candidates, stream, room, seed: config.seed }
    }

    /// A candidate is complete.
    pub(super) fn ended(&mut self, candidate: usize, reason: FinishReason, repairs: Repairs) {
        if let Some(candidate) = self.candidates.get_mut(candidate) {
            candidate.ended = Some(if candidate.full { FinishReason::Length } else { reason });
            candidate.repairs = repairs;
        }
        if let (0, Some(stream)) = (candidate, &mut self.stream) {
            stream.repairs = repairs;
        }
    }

    /// Takes what a stream has shown, if anything.
    pub(super) fn shown(&mut self) -> Option<(String, Repairs)> {
        let stream = self.stream.as_mut().filter(|stream| !stream.shown.is_empty())?;
        Some((std::mem::take(&mut stream.shown), stream.repairs))
    }
}

impl Job {
    pub(super) fn on_text(&mut self, index: usize, text: &str, show: &mut dyn FnMut(LineEvent)) -> Next {
        let Stage::Writing(Writing { rules, candidates, stream, room, .. }) = &mut self.stage else {
            return Next::Wait;
        };
        let Some(candidate) = candidates.get_mut(index) else { return Next::Wait };
        candidate.full |= candidate.text.len().saturating_add(text.len()) > *room;
        if candidate.full {
            candidate.ended = Some(FinishReason::Length);
            return Next::Wait;
        }
        candidate.text.push_str(text);
        if index != 0 {
            return Next::Wait;
        }
        let Some(stream) = stream else { return Next::Wait };
        if stream.by_token {
            stream.show(text, false, show);
            return Next::Wait;
        }
        for sentence in stream.sentences.push(text) {
            if let Err(rejection) = rules.judge_sentence(&stream.shown, &sentence) {
                self.rejected.push((sentence, rejection.clone()));
                return self.reject(rejection);
            }
            stream.show(&sentence, true, show);
        }
        Next::Wait
    }

    pub(super) fn on_done(&mut self, show: &mut dyn FnMut(LineEvent)) -> Next {
        let Stage::Writing(Writing { rules, ranking, candidates, stream, seed, .. }) = &mut self.stage else {
            return Next::Wait;
        };
        if let Some(stream) = stream {
            let candidate = candidates.drain(..).next().unwrap_or_default();
            let rejection = match stream.end(&candidate, rules, show) {
                Ok(()) => Rejection::Empty,
                Err(rejection) => {
                    self.rejected.push((candidate.text, rejection.clone()));
                    rejection
                }
            };
            return self.reject(rejection);
        }
        let (of, seed) = (candidates.len(), *seed);
        let mut survivors: Vec<Survivor> = Vec::with_capacity(of);
        for Candidate { text, ended, repairs, .. } in candidates.drain(..) {
            match rules.judge(&text, ended.unwrap_or(FinishReason::Length)) {
                Ok(text) if survivors.iter().any(|other| other.text == text) => {}
                Ok(text) => survivors.push(Survivor { text, repairs }),
                Err(rejection) => self.rejected.push((text, rejection)),
            }
        }
        match std::mem::take(ranking) {
            _ if survivors.is_empty() => {
                let why = self.rejected.last().map_or(Rejection::Empty, |(_, rejection)| rejection.clone());
                self.reject(why)
            }
            Ranking::First => {
                let Survivor { text, repairs } = survivors.swap_remove(0);
                let source = if of > 1 { Source::Ranked { of } } else { Source::Generated };
                Next::Finish(self.deliver(text, source, repairs, show))
            }
            Ranking::Pmi { null, floor } => {
                let continuations = continuations(survivors.iter().map(|survivor| &survivor.text));
                self.stage = Stage::Ranking(ranking::Ranking { survivors, of, floor, seed });
                Next::Ask(GenerationRequest {
                    prompt: std::mem::take(&mut self.scene),
                    task: Task::Score { continuations, null: Some(null) },
                    priority: self.priority,
                })
            }
        }
    }
}

impl Stream {
    /// Shows more. Runs of spaces become one, newlines too unless there may be lines: what is shown is what would be
    /// shown of the whole text.
    fn show(&mut self, text: &str, sentence: bool, show: &mut dyn FnMut(LineEvent)) {
        let before = self.shown.len();
        for c in text.chars().filter(|c| c.is_whitespace() || !(is_invisible(*c) || *c == '\u{fffd}')) {
            let space = c.is_whitespace();
            if space && self.shown.chars().next_back().is_none_or(char::is_whitespace) {
                continue;
            }
            self.shown.push(if space && !(self.lines && c == '\n') { ' ' } else { c });
        }
        if self.shown.len() > before {
            show(LineEvent::Chunk { text: self.shown[before..].to_owned(), sentence });
        }
    }

    /// Judges what the last sentence end left over.
    fn end(&mut self, candidate: &Candidate, rules: &Rules, show: &mut dyn FnMut(LineEvent)) -> Result<(), Rejection> {
        if self.by_token {
            return if self.shown.trim().is_empty() { Err(Rejection::Empty) } else { Ok(()) };
        }
        let rest = self.sentences.finish();
        if self.shown.is_empty() {
            let whole = rules.judge(&candidate.text, candidate.ended.unwrap_or(FinishReason::Length))?;
            self.show(&whole, true, show);
        } else if candidate.ended != Some(FinishReason::Length) && !rest.trim().is_empty() {
            rules.judge_sentence(&self.shown, &rest)?;
            self.show(rest.trim_end(), true, show);
        }
        Ok(())
    }
}
