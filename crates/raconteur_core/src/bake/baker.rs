//! Writing, judging and scoring candidates on a [`TextGenerator`], step by step.
//!
//! ```text
//! text, scene -> Continue, k candidates -> judged in this scene and by the rules of all others
//!                                       -> Score, all of them that are text -> Candidate{say, score, reasons}
//! ```
//! The [`Desk`](crate::desk::Desk) shows the best of its candidates and forgets the others; here all of them are wanted,
//! those that break a rule too, so that whoever reviews sees what the rules do.

use std::collections::{BTreeMap, VecDeque};

use super::plan::{Plan, Planned};
use super::review::same_words;
use crate::compose::seed_of;
use crate::desk::information;
use crate::generate::{
    FinishReason, GenerateError, GenerationConfig, GenerationEvent, GenerationRequest, Priority, Progress, RequestId,
    Score, Task, TextGenerator,
};
use crate::judge::Rejection;
use crate::request::Ranking;

/// How much is written.
#[derive(Debug, Clone)]
pub struct BakeOptions {
    /// Candidates for each text, over all its scenes. **Default** 20.
    pub candidates: usize,
    /// The same seed, plan and rows give the same candidates.
    pub seed: u64,
    /// For each text of the plan, the number of rows that it has already: another run writes other candidates.
    pub rows: Vec<usize>,
}

impl Default for BakeOptions {
    fn default() -> Self {
        Self { candidates: 20, seed: 1, rows: Vec::new() }
    }
}

/// A text that a model has written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidate {
    /// The words, clean, on one line.
    pub say: String,
    /// Pointwise mutual information with its scene in nats a byte, or log-probability a byte where the policy ranks by
    /// nothing. Higher is better.
    pub score: f32,
    /// The rules that it breaks, in this scene or in another one in which the text comes up.
    pub reasons: Vec<String>,
}

/// What has been written for one text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Baked {
    /// Place of the text in [`Plan::texts`].
    pub text: usize,
    /// The candidates, best first, those that break a rule behind the others. No two have the same words.
    pub candidates: Vec<Candidate>,
    /// Candidates that were no text at all: empty, or garbage.
    pub unusable: usize,
}

/// Why nothing was written for a scene.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("'{id}': {error}")]
pub struct BakeError {
    /// Id of the text.
    pub id: String,
    /// What the generator said.
    pub error: GenerateError,
}

/// Sees a plan through.
pub struct Baker<'a> {
    plan: &'a Plan,
    queue: VecDeque<Order>,
    live: BTreeMap<RequestId, Work>,
    /// What is done and what is missing of each text that has been begun.
    open: BTreeMap<usize, Open>,
    ready: VecDeque<Baked>,
    errors: Vec<BakeError>,
    next: u64,
    total: usize,
    written: usize,
    events: Vec<(RequestId, GenerationEvent)>,
}

/// Candidates that are wanted for one scene.
struct Order {
    text: usize,
    scene: usize,
    config: GenerationConfig,
}

#[derive(Default)]
struct Open {
    scenes_left: usize,
    baked: Baked,
}

/// A request that the generator works on.
struct Work {
    text: usize,
    scene: usize,
    stage: Stage,
}

enum Stage {
    Writing(Vec<(String, Option<FinishReason>)>),
    Scoring(Vec<Candidate>),
}

impl<'a> Baker<'a> {
    /// A baker for a plan. Nothing is asked of a generator yet.
    #[must_use]
    pub fn new(plan: &'a Plan, options: &BakeOptions) -> Self {
        let mut baker = Self {
            plan,
            queue: VecDeque::new(),
            live: BTreeMap::new(),
            open: BTreeMap::new(),
            ready: VecDeque::new(),
            errors: Vec::new(),
            next: 0,
            total: 0,
            written: 0,
            events: Vec::new(),
        };
        for (text, planned) in plan.texts.iter().enumerate() {
            let scenes = planned.scenes.len().min(options.candidates);
            let rows = options.rows.get(text).copied().unwrap_or(0) as u64;
            for scene in 0..scenes {
                // What does not divide goes to the scenes that come up most.
                let share = options.candidates / scenes + usize::from(scene < options.candidates % scenes);
                // A run that finds 20 rows draws other numbers than one that finds none.
                let seed = seed_of(options.seed, &planned.target.id, (rows << 8) | scene as u64);
                let config =
                    GenerationConfig { num_return_sequences: share, seed, ..planned.scenes[scene].config.clone() };
                baker.queue.push_back(Order { text, scene, config });
                baker.total += share;
            }
            if scenes > 0 {
                let baked = Baked { text, ..Baked::default() };
                baker.open.insert(text, Open { scenes_left: scenes, baked });
            }
        }
        baker
    }

    /// Number of candidates that are wanted in all.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// Number of candidates that have been written.
    #[must_use]
    pub fn written(&self) -> usize {
        self.written
    }

    /// The next text that is complete.
    pub fn take(&mut self) -> Option<Baked> {
        self.ready.pop_front()
    }

    /// What failed since the last call.
    pub fn take_errors(&mut self) -> Vec<BakeError> {
        std::mem::take(&mut self.errors)
    }

    /// Lets the generator do one step. [`Progress::Idle`] means that everything is written.
    pub fn step(&mut self, generator: &mut dyn TextGenerator) -> Progress {
        while generator.has_room(Priority::Ambient)
            && let Some(Order { text, scene, config }) = self.queue.pop_front()
        {
            let candidates = vec![(String::new(), None); config.num_return_sequences];
            let constraints = self.plan.texts[text].scenes[scene].constraints.clone();
            let work = Work { text, scene, stage: Stage::Writing(candidates) };
            self.ask(work, Task::Continue { config, constraints }, generator);
        }
        let mut events = std::mem::take(&mut self.events);
        let progress = generator.step(&mut |id, event| events.push((id, event)));
        for (id, event) in events.drain(..) {
            self.handle(id, event, generator);
        }
        self.events = events;
        if progress == Progress::Idle && !self.live.is_empty() {
            // Scores that were asked for just now have not been looked at; a second idle step in a row is silence.
            let again = generator.step(&mut |id, event| self.events.push((id, event)));
            let events = std::mem::take(&mut self.events);
            if again == Progress::Idle && events.is_empty() {
                self.give_up();
            }
            for (id, event) in events {
                self.handle(id, event, generator);
            }
        }
        if self.live.is_empty() && self.queue.is_empty() { Progress::Idle } else { Progress::Working }
    }

    fn ask(&mut self, work: Work, task: Task, generator: &mut dyn TextGenerator) {
        let id = RequestId(self.next);
        self.next += 1;
        let prompt = self.plan.texts[work.text].scenes[work.scene].prompt.clone();
        self.live.insert(id, work);
        generator.submit(id, GenerationRequest { prompt, task, priority: Priority::Ambient });
    }

    fn handle(&mut self, id: RequestId, event: GenerationEvent, generator: &mut dyn TextGenerator) {
        let Some(work) = self.live.get_mut(&id) else { return };
        match (event, &mut work.stage) {
            (GenerationEvent::Text { candidate, text }, Stage::Writing(texts)) => {
                if let Some(entry) = texts.get_mut(candidate) {
                    entry.0.push_str(&text);
                }
            }
            (GenerationEvent::CandidateDone { candidate, reason, .. }, Stage::Writing(texts)) => {
                self.written += 1;
                if let Some(entry) = texts.get_mut(candidate) {
                    entry.1 = Some(reason);
                }
            }
            (GenerationEvent::Done { .. }, Stage::Writing(texts)) => {
                let (texts, text, scene) = (std::mem::take(texts), work.text, work.scene);
                self.live.remove(&id);
                self.judge(texts, text, scene, generator);
            }
            (GenerationEvent::Scored { scores }, Stage::Scoring(candidates)) => {
                let (candidates, text, scene) = (std::mem::take(candidates), work.text, work.scene);
                self.live.remove(&id);
                self.score(candidates, &scores, text, scene);
            }
            (GenerationEvent::Failed(error), _) => {
                let text = work.text;
                self.live.remove(&id);
                self.fail(text, error);
            }
            _ => {}
        }
    }

    /// What was written, judged; then its scores are asked for.
    fn judge(
        &mut self,
        texts: Vec<(String, Option<FinishReason>)>,
        text: usize,
        scene: usize,
        generator: &mut dyn TextGenerator,
    ) {
        let planned = &self.plan.texts[text];
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut unusable = 0;
        for (raw, reason) in texts {
            match judge(planned, scene, &raw, reason.unwrap_or(FinishReason::Length)) {
                Some(found) if candidates.iter().any(|other| same_words(&other.say, &found.say)) => {}
                // The authored text is shown anyway.
                Some(found) if same_words(&found.say, &planned.target.say) => {}
                Some(found) => candidates.push(found),
                None => unusable += 1,
            }
        }
        if let Some(open) = self.open.get_mut(&text) {
            open.baked.unusable += unusable;
        }
        if candidates.is_empty() {
            return self.scene_done(text, Vec::new());
        }
        // A line's text follows "Name:" after a space; that space belongs to its first token.
        let continuations = candidates.iter().map(|found| format!(" {}", found.say)).collect();
        let null = match &planned.scenes[scene].ranking {
            Ranking::Pmi { null, .. } => Some(null.clone()),
            Ranking::First => None,
        };
        let work = Work { text, scene, stage: Stage::Scoring(candidates) };
        self.ask(work, Task::Score { continuations, null }, generator);
    }

    fn score(&mut self, mut candidates: Vec<Candidate>, scores: &[Score], text: usize, scene: usize) {
        let floor = match &self.plan.texts[text].scenes[scene].ranking {
            Ranking::Pmi { floor, .. } => *floor,
            Ranking::First => f32::NEG_INFINITY,
        };
        for (at, found) in candidates.iter_mut().enumerate() {
            let score = scores.get(at).map_or(f32::NEG_INFINITY, |score| information(score, &found.say));
            // Three digits are what the table holds; the order must be the same after it has been read again.
            found.score = if score.is_finite() { (score * 1000.0).round() / 1000.0 } else { 0.0 };
            if (!score.is_finite() || score < floor) && found.reasons.is_empty() {
                found.reasons.push(Rejection::BelowFloor.to_string());
            }
        }
        self.scene_done(text, candidates);
    }

    fn fail(&mut self, text: usize, error: GenerateError) {
        self.errors.push(BakeError { id: self.plan.texts[text].target.id.clone(), error });
        self.scene_done(text, Vec::new());
    }

    /// The generator is silent: what it owes will not come.
    fn give_up(&mut self) {
        for (_, work) in std::mem::take(&mut self.live) {
            self.fail(work.text, GenerateError::Backend("it stopped without an answer".to_owned()));
        }
    }

    fn scene_done(&mut self, text: usize, candidates: Vec<Candidate>) {
        let Some(open) = self.open.get_mut(&text) else { return };
        for found in candidates {
            if !open.baked.candidates.iter().any(|other| same_words(&other.say, &found.say)) {
                open.baked.candidates.push(found);
            }
        }
        open.scenes_left = open.scenes_left.saturating_sub(1);
        if open.scenes_left == 0
            && let Some(Open { mut baked, .. }) = self.open.remove(&text)
        {
            baked.candidates.sort_by(|a, b| {
                let order = a.reasons.is_empty().cmp(&b.reasons.is_empty()).reverse();
                order.then(b.score.total_cmp(&a.score)).then_with(|| a.say.cmp(&b.say))
            });
            self.ready.push_back(baked);
        }
    }
}

/// A candidate with the rules that it breaks; `None` when there is no text in it.
fn judge(planned: &Planned, scene: usize, raw: &str, reason: FinishReason) -> Option<Candidate> {
    let here = planned.scenes[scene].rules.judge(raw, reason);
    let (say, mut reasons) = match here {
        Ok(text) => (text, Vec::new()),
        Err(Rejection::Empty | Rejection::Garbage | Rejection::TooShort | Rejection::DeadEnd) => return None,
        Err(rejection) => (one_line(raw), vec![rejection.to_string()]),
    };
    if say.is_empty() {
        return None;
    }
    if reasons.is_empty() {
        for rules in &planned.rules {
            match rules.judge(&say, FinishReason::Stop) {
                Ok(text) if text == say => {}
                Ok(_) => push(&mut reasons, "in another scene the text would be cut".to_owned()),
                Err(rejection) => push(&mut reasons, format!("in another scene {rejection}")),
            }
        }
    }
    Some(Candidate { say, score: 0.0, reasons })
}

fn push(reasons: &mut Vec<String>, reason: String) {
    if !reasons.contains(&reason) {
        reasons.push(reason);
    }
}

/// What was written, as far as a table can show it.
fn one_line(raw: &str) -> String {
    let visible: String = raw.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}
