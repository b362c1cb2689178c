//! One request from its first token to its last word.

use crate::generate::{FinishReason, GenerationEvent, GenerationRequest, Repairs, Score, Task};
use crate::judge::{Rejection, Rules};
use crate::request::{Finished, LineEvent, LineRequest, Ranking, Source, Why, Work};
use crate::sentence::Sentences;

/// What a job wants after an event.
pub(super) enum Next {
    /// More events.
    Wait,
    /// Another answer of the generator.
    Ask(GenerationRequest),
    /// To be over.
    Finish(Finished),
}

/// A request that has begun.
pub(super) struct Job {
    /// What scores are asked for: the scene, and how urgent it is.
    scene: GenerationRequest,
    fallback: String,
    stage: Stage,
    rejected: Vec<(String, Rejection)>,
    /// Tokens written so far, over all candidates.
    tokens: usize,
}

#[expect(clippy::large_enum_variant, reason = "there is one a request, and it hardly moves")]
enum Stage {
    Writing { rules: Rules, ranking: Ranking, candidates: Vec<Candidate>, stream: Option<Stream> },
    Ranking { survivors: Vec<String>, of: usize, floor: f32 },
    Picking { from: Vec<String> },
}

#[derive(Default)]
struct Candidate {
    text: String,
    ended: Option<FinishReason>,
}

/// A line that is shown while it is written.
#[derive(Default)]
struct Stream {
    /// What has been shown. Never taken back.
    shown: String,
    sentences: Sentences,
    /// Without rules there is nothing to wait for: every token is shown as it comes.
    by_token: bool,
}

impl Job {
    /// Begins a request: the job and what it asks of the generator first.
    pub(super) fn begin(request: LineRequest) -> (Self, GenerationRequest) {
        let LineRequest { work, fallback, priority, .. } = request;
        let (prompt, task, stage) = match work {
            Work::Write { prompt, config, constraints, rules, ranking, stream } => {
                let candidates = (0..config.num_return_sequences.max(1)).map(|_| Candidate::default()).collect();
                let by_token = rules == Rules::default();
                let stream = stream.then(|| Stream { by_token, ..Stream::default() });
                (prompt, Task::Continue { config, constraints }, Stage::Writing { rules, ranking, candidates, stream })
            }
            Work::Pick { prompt, from, null } => {
                // A line's text follows "Name:" after a space; that space belongs to its first token.
                let continuations = from.iter().map(|text| format!(" {text}")).collect();
                (prompt, Task::Score { continuations, null }, Stage::Picking { from })
            }
        };
        let asked = GenerationRequest { prompt, task, priority };
        let scene = GenerationRequest { prompt: asked.prompt.clone(), task: empty_score(), priority };
        (Self { scene, fallback, stage, rejected: Vec::new(), tokens: 0 }, asked)
    }

    pub(super) fn on_event(&mut self, event: GenerationEvent, show: &mut dyn FnMut(LineEvent)) -> Next {
        match event {
            GenerationEvent::Started { bill } => {
                // The scene is read again for its scores; whoever watches has seen its bill already.
                if !matches!(self.stage, Stage::Ranking { .. }) {
                    show(LineEvent::Started { bill });
                }
                Next::Wait
            }
            GenerationEvent::Text { candidate, text } => self.on_text(candidate, &text, show),
            GenerationEvent::CandidateDone { candidate, reason, tokens, .. } => {
                self.tokens += tokens;
                if let Stage::Writing { candidates, .. } = &mut self.stage
                    && let Some(candidate) = candidates.get_mut(candidate)
                {
                    candidate.ended = Some(reason);
                }
                Next::Wait
            }
            GenerationEvent::Scored { scores } => self.on_scores(&scores, show),
            GenerationEvent::Done { .. } => self.on_done(show),
            GenerationEvent::Failed(error) => Next::Finish(self.give_up(Why::Failed(error))),
        }
    }

    fn on_text(&mut self, index: usize, text: &str, show: &mut dyn FnMut(LineEvent)) -> Next {
        let Stage::Writing { rules, candidates, stream, .. } = &mut self.stage else { return Next::Wait };
        let Some(candidate) = candidates.get_mut(index) else { return Next::Wait };
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

    fn on_done(&mut self, show: &mut dyn FnMut(LineEvent)) -> Next {
        let Stage::Writing { rules, ranking, candidates, stream } = &mut self.stage else { return Next::Wait };
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
        let of = candidates.len();
        let mut survivors: Vec<String> = Vec::with_capacity(of);
        for candidate in candidates.drain(..) {
            let reason = candidate.ended.unwrap_or(FinishReason::Length);
            match rules.judge(&candidate.text, reason) {
                Ok(text) if survivors.contains(&text) => {}
                Ok(text) => survivors.push(text),
                Err(rejection) => self.rejected.push((candidate.text, rejection)),
            }
        }
        match std::mem::take(ranking) {
            _ if survivors.is_empty() => {
                let why = self.rejected.last().map_or(Rejection::Empty, |(_, rejection)| rejection.clone());
                self.reject(why)
            }
            Ranking::First => {
                let text = survivors.swap_remove(0);
                let source = if of > 1 { Source::Ranked { of } } else { Source::Generated };
                Next::Finish(self.deliver(text, source, show))
            }
            Ranking::Pmi { null, floor } => {
                let continuations = survivors.iter().map(|text| format!(" {text}")).collect();
                let request = GenerationRequest {
                    task: Task::Score { continuations, null: Some(null) },
                    ..std::mem::replace(&mut self.scene, empty_request())
                };
                self.stage = Stage::Ranking { survivors, of, floor };
                Next::Ask(request)
            }
        }
    }

    fn on_scores(&mut self, scores: &[Score], show: &mut dyn FnMut(LineEvent)) -> Next {
        match &mut self.stage {
            Stage::Writing { .. } => Next::Wait,
            Stage::Ranking { survivors, of, floor } => {
                let (of, floor, survivors) = (*of, *floor, std::mem::take(survivors));
                let Some(&best) = ranked(scores, &survivors).first() else {
                    return self.reject(Rejection::BelowFloor);
                };
                let (Some(text), Some(score)) = (survivors.get(best), scores.get(best)) else {
                    return self.reject(Rejection::BelowFloor);
                };
                if information(score, text) < floor {
                    self.rejected.extend(survivors.into_iter().map(|text| (text, Rejection::BelowFloor)));
                    return self.reject(Rejection::BelowFloor);
                }
                let text = text.clone();
                Next::Finish(self.deliver(text, Source::Ranked { of }, show))
            }
            Stage::Picking { from } => {
                let from = std::mem::take(from);
                let ranking = ranked(scores, &from);
                let of = from.len();
                match ranking.first().and_then(|&best| from.get(best)) {
                    Some(text) if !text.trim().is_empty() => {
                        let finished = self.deliver(text.clone(), Source::Ranked { of }, show);
                        Next::Finish(Finished { ranking, ..finished })
                    }
                    _ => self.reject(Rejection::Empty),
                }
            }
        }
    }

    /// Ends with a text that has not been shown yet.
    fn deliver(&mut self, text: String, source: Source, show: &mut dyn FnMut(LineEvent)) -> Finished {
        let mut sentences = Sentences::default();
        for chunk in sentences.push(&text) {
            show(LineEvent::Chunk { text: chunk, sentence: true });
        }
        let rest = sentences.finish();
        if !rest.is_empty() {
            show(LineEvent::Chunk { text: rest, sentence: true });
        }
        self.over(text, source)
    }

    /// Ends with what a stream has shown, which stands, or else with the authored text.
    pub(super) fn give_up(&mut self, why: Why) -> Finished {
        let shown = match &mut self.stage {
            Stage::Writing { stream: Some(stream), .. } => std::mem::take(&mut stream.shown),
            _ => String::new(),
        };
        if shown.is_empty() {
            let fallback = std::mem::take(&mut self.fallback);
            self.over(fallback, Source::Authored(why))
        } else {
            self.over(shown, Source::Generated)
        }
    }

    fn reject(&mut self, rejection: Rejection) -> Next {
        Next::Finish(self.give_up(Why::Rejected(rejection)))
    }

    fn over(&mut self, text: String, source: Source) -> Finished {
        let rejected = std::mem::take(&mut self.rejected);
        Finished { text, source, ranking: Vec::new(), rejected, tokens: self.tokens, repairs: Repairs::default() }
    }
}

impl Stream {
    fn show(&mut self, text: &str, sentence: bool, show: &mut dyn FnMut(LineEvent)) {
        let text = if self.shown.is_empty() { text.trim_start() } else { text };
        if !text.is_empty() {
            self.shown.push_str(text);
            show(LineEvent::Chunk { text: text.to_owned(), sentence });
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

/// Places of the texts, most informative first; ties keep the order.
fn ranked(scores: &[Score], texts: &[String]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..texts.len().min(scores.len())).collect();
    places.sort_by(|&a, &b| {
        information(&scores[b], &texts[b]).total_cmp(&information(&scores[a], &texts[a])).then(a.cmp(&b))
    });
    places
}

/// Pointwise mutual information with the scene in nats a byte; without a null context, likelihood a byte.
pub(crate) fn information(score: &Score, text: &str) -> f32 {
    let bits = score.logprob - score.null_logprob.unwrap_or(0.0);
    if bits.is_finite() { bits / text.len().max(1) as f32 } else { f32::NEG_INFINITY }
}

fn empty_score() -> Task {
    Task::Score { continuations: Vec::new(), null: None }
}

fn empty_request() -> GenerationRequest {
    GenerationRequest { prompt: crate::prompt::Prompt::default(), task: empty_score(), priority: Default::default() }
}
