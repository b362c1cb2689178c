//! A deterministic stand-in for a model: it says what a script tells it to, also the worst.
//!
//! Tests of games and of this crate drive the whole path with it, and see what the player sees when a model returns
//! nothing, garbage or ten kilobytes, never finishes, fails or panics.

mod adversary;

use std::collections::BTreeMap;

use crate::generate::{
    FinishReason, GenerateError, GenerationEvent, GenerationRequest, GeneratorLoader, LoadError, LoadProgress,
    Priority, Progress, Repairs, RequestId, Score, Sink, Task, TextGenerator, Usage,
};
use crate::prompt::Bill;

pub use adversary::{Adversary, Temper};

/// What a [`ScriptedGenerator`] does with one candidate of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Script {
    /// Writes a text, one word a step, and stops.
    Say(String),
    /// Does nothing for some steps, then writes a text.
    SayAfter {
        /// Steps of silence.
        steps: usize,
        /// The text.
        text: String,
    },
    /// Writes a text, one word a step, and then nothing more, without stopping.
    SayThenHang(String),
    /// Ends at once without a character.
    Silence,
    /// Is at work for ever and writes nothing.
    Never,
    /// Writes the same word for ever.
    Babble(String),
    /// Fails.
    Fail(GenerateError),
    /// Panics in its first step.
    Panic,
}

/// Says how many nats a text is likelier after a prompt than after the null context.
type Scorer = Box<dyn FnMut(&GenerationRequest, &str) -> f32 + Send>;
type Author = Box<dyn FnMut(&GenerationRequest, usize) -> Script + Send>;

/// A [`TextGenerator`] whose texts a closure chooses.
pub struct ScriptedGenerator {
    author: Author,
    scorer: Option<Scorer>,
    live: BTreeMap<RequestId, Vec<Part>>,
    /// Scoring requests, answered in the next step.
    scoring: Vec<(RequestId, Vec<Score>)>,
    /// Requests that have not been announced yet.
    fresh: Vec<RequestId>,
    room: usize,
}

struct Part {
    script: Script,
    words: Vec<String>,
    said: usize,
    silent: usize,
    done: bool,
}

impl ScriptedGenerator {
    /// A generator that asks `author` what to do: (request, index of the candidate).
    #[must_use]
    pub fn new(author: impl FnMut(&GenerationRequest, usize) -> Script + Send + 'static) -> Self {
        Self {
            author: Box::new(author),
            scorer: None,
            live: BTreeMap::new(),
            scoring: Vec::new(),
            fresh: Vec::new(),
            room: usize::MAX,
        }
    }

    /// A generator that always says `text`.
    #[must_use]
    pub fn saying(text: &str) -> Self {
        let text = text.to_owned();
        Self::new(move |_, _| Script::Say(text.clone()))
    }

    /// Takes at most `room` requests at a time, those that the player waits for apart.
    #[must_use]
    pub fn with_room(mut self, room: usize) -> Self {
        self.room = room;
        self
    }

    /// Scores texts as `scorer` says: by how many nats each is likelier after the prompt than after the null context.
    /// Without one, all are so by one nat a byte.
    #[must_use]
    pub fn with_scores(mut self, scorer: impl FnMut(&GenerationRequest, &str) -> f32 + Send + 'static) -> Self {
        self.scorer = Some(Box::new(scorer));
        self
    }

    /// Number of requests that are live.
    #[must_use]
    pub fn live(&self) -> usize {
        self.live.len() + self.scoring.len()
    }
}

impl TextGenerator for ScriptedGenerator {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        match &request.task {
            Task::Score { continuations, null } => {
                let score = |text: &String| match &mut self.scorer {
                    Some(scorer) => with_information(text, null.is_some(), scorer(&request, text)),
                    None => with_information(text, null.is_some(), text.len() as f32),
                };
                let scores = continuations.iter().map(score).collect();
                self.scoring.push((id, scores));
            }
            Task::Continue { config, .. } => {
                let parts = (0..config.num_return_sequences.max(1))
                    .map(|candidate| Part::new((self.author)(&request, candidate), config.max_new_tokens))
                    .collect();
                self.live.insert(id, parts);
            }
            // Nothing is kept, so nothing is to be done: it ends with the next step.
            Task::Read { .. } => {
                self.live.insert(id, Vec::new());
            }
        }
        self.fresh.push(id);
    }

    fn cancel(&mut self, id: RequestId) {
        self.live.remove(&id);
        self.scoring.retain(|(scored, ..)| *scored != id);
        self.fresh.retain(|fresh| *fresh != id);
    }

    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        for id in self.fresh.drain(..) {
            sink(id, GenerationEvent::Started { bill: Bill::default() });
        }
        for (id, scores) in self.scoring.drain(..) {
            sink(id, GenerationEvent::Scored { scores });
            sink(id, GenerationEvent::Done { usage: Usage::default() });
        }
        let mut over = Vec::new();
        for (&id, parts) in &mut self.live {
            if let Some(error) = parts.iter().find_map(Part::failure) {
                sink(id, GenerationEvent::Failed(error));
                over.push(id);
                continue;
            }
            for (candidate, part) in parts.iter_mut().enumerate() {
                part.step(&mut |event| sink(id, event), candidate);
            }
            if parts.iter().all(|part| part.done) {
                let new_tokens = parts.iter().map(|part| part.said).sum();
                sink(id, GenerationEvent::Done { usage: Usage { new_tokens, ..Usage::default() } });
                over.push(id);
            }
        }
        for id in over {
            self.live.remove(&id);
        }
        if self.live() == 0 { Progress::Idle } else { Progress::Working }
    }

    fn has_room(&self, priority: Priority) -> bool {
        priority == Priority::Addressed || self.live() < self.room
    }

    fn describe(&self) -> String {
        "scripted".to_owned()
    }
}

impl Part {
    fn new(script: Script, max_new_tokens: usize) -> Self {
        let (words, silent) = match &script {
            Script::Say(text) | Script::SayThenHang(text) => (words(text), 0),
            Script::SayAfter { steps, text } => (words(text), *steps),
            Script::Babble(word) => (vec![format!(" {word}"); max_new_tokens], 0),
            Script::Silence | Script::Never | Script::Fail(_) | Script::Panic => (Vec::new(), 0),
        };
        Self { script, words, said: 0, silent, done: false }
    }

    fn failure(&self) -> Option<GenerateError> {
        match &self.script {
            Script::Fail(error) => Some(error.clone()),
            _ => None,
        }
    }

    fn step(&mut self, say: &mut dyn FnMut(GenerationEvent), candidate: usize) {
        assert!(self.script != Script::Panic, "a scripted panic");
        if self.done || self.script == Script::Never {
            return;
        }
        if self.silent > 0 {
            self.silent -= 1;
            return;
        }
        if let Some(word) = self.words.get(self.said) {
            self.said += 1;
            say(GenerationEvent::Text { candidate, text: word.clone() });
        }
        if self.said == self.words.len() && !matches!(self.script, Script::SayThenHang(_)) {
            self.done = true;
            let reason =
                if matches!(self.script, Script::Babble(_)) { FinishReason::Length } else { FinishReason::Stop };
            say(GenerationEvent::CandidateDone { candidate, reason, tokens: self.said, repairs: Repairs::default() });
        }
    }
}

/// The words of a text with the spaces before them, so that together they are the text.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for piece in text.split_inclusive(' ') {
        words.push(piece.to_owned());
    }
    words
}

/// A score that is `more` above what the length of the text alone makes of it after the null context.
fn with_information(text: &str, null: bool, more: f32) -> Score {
    let before = -2.0 * text.len() as f32;
    Score { logprob: before + more, null_logprob: null.then_some(before), tokens: words(text).len() }
}

/// Makes [`ScriptedGenerator`]s, or fails as told.
pub struct ScriptedLoader {
    make: Box<dyn FnMut() -> Result<ScriptedGenerator, LoadError> + Send>,
}

impl ScriptedLoader {
    /// A loader that calls `make` each time a generator is wanted.
    #[must_use]
    pub fn new(make: impl FnMut() -> Result<ScriptedGenerator, LoadError> + Send + 'static) -> Self {
        Self { make: Box::new(make) }
    }
}

impl GeneratorLoader for ScriptedLoader {
    fn load(&mut self, progress: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn TextGenerator>, LoadError> {
        progress(LoadProgress { stage: "reading the script".to_owned(), fraction: 0.5 });
        (self.make)().map(|generator| Box::new(generator) as Box<dyn TextGenerator>)
    }
}
