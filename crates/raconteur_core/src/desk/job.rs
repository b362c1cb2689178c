//! One request from its first token to its last word: a job goes from stage to stage, each in a file of its own.

mod asking;
mod ranking;
mod writing;

use crate::generate::{GenerationEvent, GenerationRequest, Priority, Repairs, Score, Task};
use crate::judge::Rejection;
use crate::prompt::Prompt;
use crate::request::{Finished, LineEvent, LineRequest, Source, Why, Work};
use crate::sentence::Sentences;

use asking::Asking;
pub(crate) use ranking::information;
use ranking::{Picking, Ranking};
use writing::Writing;

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
    /// What the texts of this stage are written in, and scored in.
    scene: Prompt,
    priority: Priority,
    fallback: String,
    stage: Stage,
    rejected: Vec<(String, Rejection)>,
    /// Tokens written so far, over all candidates.
    tokens: usize,
}

#[expect(clippy::large_enum_variant, reason = "there is one a request, and it hardly moves")]
enum Stage {
    /// Which facts a question is about.
    Asking(Asking),
    Writing(Writing),
    Ranking(Ranking),
    Picking(Picking),
}

impl Job {
    /// Begins a request: the job and what it asks of the generator first.
    pub(super) fn begin(request: LineRequest) -> (Self, GenerationRequest) {
        let LineRequest { work, fallback, priority, .. } = request;
        let (prompt, task, stage) = Stage::begin(work);
        let job = Self { scene: prompt.clone(), priority, fallback, stage, rejected: Vec::new(), tokens: 0 };
        (job, GenerationRequest { prompt, task, priority })
    }

    pub(super) fn on_event(&mut self, event: GenerationEvent, show: &mut dyn FnMut(LineEvent)) -> Next {
        match event {
            GenerationEvent::Started { bill } => {
                if !matches!(self.stage, Stage::Ranking(_) | Stage::Asking(_)) {
                    show(LineEvent::Started { bill });
                }
                Next::Wait
            }
            GenerationEvent::Text { candidate, text } => self.on_text(candidate, &text, show),
            GenerationEvent::CandidateDone { candidate, reason, tokens, repairs } => {
                self.tokens = self.tokens.saturating_add(tokens);
                if let Stage::Writing(writing) = &mut self.stage {
                    writing.ended(candidate, reason, repairs);
                }
                Next::Wait
            }
            GenerationEvent::Scored { scores } => self.on_scores(&scores, show),
            GenerationEvent::Done { .. } => match &mut self.stage {
                Stage::Asking(asking) => match asking.found() {
                    Some(work) => self.go_on(work),
                    None => Next::Finish(self.give_up(Why::Unsure)),
                },
                _ => self.on_done(show),
            },
            GenerationEvent::Failed(error) => Next::Finish(self.give_up(Why::Failed(error))),
        }
    }

    fn on_scores(&mut self, scores: &[Score], show: &mut dyn FnMut(LineEvent)) -> Next {
        match &mut self.stage {
            // It goes on when the generator is done with this request.
            Stage::Asking(asking) => {
                asking.scores = scores.to_vec();
                Next::Wait
            }
            Stage::Ranking(ranking) => {
                let ranking = std::mem::take(ranking);
                self.on_ranked(ranking, scores, show)
            }
            Stage::Picking(picking) => {
                let picking = std::mem::take(picking);
                self.on_picked(picking, scores, show)
            }
            Stage::Writing(_) => Next::Wait,
        }
    }

    /// Turns to what is to be done next.
    fn go_on(&mut self, work: Work) -> Next {
        let (prompt, task, stage) = Stage::begin(work);
        self.scene.clone_from(&prompt);
        self.stage = stage;
        Next::Ask(GenerationRequest { prompt, task, priority: self.priority })
    }

    /// Ends with a text that has not been shown yet.
    fn deliver(&mut self, text: String, source: Source, repairs: Repairs, show: &mut dyn FnMut(LineEvent)) -> Finished {
        let mut sentences = Sentences::default();
        for chunk in sentences.push(&text) {
            show(LineEvent::Chunk { text: chunk, sentence: true });
        }
        let rest = sentences.finish();
        if !rest.is_empty() {
            show(LineEvent::Chunk { text: rest, sentence: true });
        }
        Finished { repairs, ..self.over(text, source) }
    }

    /// Ends with what a stream has shown, which stands, or else with the authored text.
    pub(super) fn give_up(&mut self, why: Why) -> Finished {
        let shown = match &mut self.stage {
            Stage::Writing(writing) => writing.shown(),
            _ => None,
        };
        match shown {
            Some((text, repairs)) => Finished { repairs, ..self.over(text, Source::Generated) },
            None => {
                let fallback = std::mem::take(&mut self.fallback);
                self.over(fallback, Source::Authored(why))
            }
        }
    }

    fn reject(&mut self, rejection: Rejection) -> Next {
        Next::Finish(self.give_up(Why::Rejected(rejection)))
    }

    fn over(&mut self, text: String, source: Source) -> Finished {
        Finished {
            text,
            source,
            ranking: Vec::new(),
            scored: Vec::new(),
            rejected: std::mem::take(&mut self.rejected),
            tokens: self.tokens,
            repairs: Repairs::default(),
        }
    }
}

impl Stage {
    /// The first stage of some work, with what it asks of the generator.
    fn begin(work: Work) -> (Prompt, Task, Self) {
        match work {
            Work::Write { prompt, config, constraints, rules, ranking, stream } => {
                let writing = Writing::new(&config, rules, ranking, stream);
                (prompt, Task::Continue { config, constraints }, Self::Writing(writing))
            }
            Work::Pick { prompt, from, null } => {
                let task = Task::Score { continuations: continuations(&from), null };
                (prompt, task, Self::Picking(Picking { from }))
            }
            Work::Answer { facts, question, null, floor, most, then } => {
                let task = Task::Score { continuations: continuations(&facts), null: Some(null) };
                (question, task, Self::Asking(Asking { facts, scores: Vec::new(), floor, most, then }))
            }
        }
    }
}

/// What is scored of texts. Behind "Name:" comes a space, which belongs to the first token of a text.
fn continuations<'a>(texts: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    texts.into_iter().map(|text| format!(" {text}")).collect()
}
