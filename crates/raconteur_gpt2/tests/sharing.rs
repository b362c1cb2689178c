//! How much of the prompts of a story is known already, played through with the model in the box; and that nobody can
//! see it in the words.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use raconteur_core::compose::{Composed, Composer, Talk};
use raconteur_core::desk::Desk;
use raconteur_core::generate::{
    GenerationEvent, GenerationRequest, Pace, Priority, Progress, RequestId, Sink, TextGenerator, Usage,
};
use raconteur_core::persona::Persona;
use raconteur_core::player_text::PlayerText;
use raconteur_core::request::{LineEvent, LineRequest, Turn};
use raconteur_core::runner::{Moment, NoHost, PLAYER, Runner};
use raconteur_core::story::format::{Gen, Policy, Story};
use raconteur_core::template::Templates;
use raconteur_gpt2::generator::{GeneratorOptions, Gpt2Generator};
use raconteur_gpt2::model::Gpt2;
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

/// A generator that adds up what its requests cost.
struct Counting {
    inner: Gpt2Generator,
    requests: usize,
    usage: Usage,
}

impl TextGenerator for Counting {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        self.inner.submit(id, request);
    }
    fn cancel(&mut self, id: RequestId) {
        self.inner.cancel(id);
    }
    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        let (requests, sum) = (&mut self.requests, &mut self.usage);
        self.inner.step(&mut |id, event| {
            if let GenerationEvent::Done { usage } = &event {
                *requests += 1;
                sum.prompt_tokens += usage.prompt_tokens;
                sum.cached_tokens += usage.cached_tokens;
            }
            sink(id, event);
        })
    }
    fn has_room(&self, priority: Priority) -> bool {
        self.inner.has_room(priority)
    }
    fn describe(&self) -> String {
        self.inner.describe()
    }
    fn set_pace(&mut self, pace: Pace) {
        self.inner.set_pace(pace);
    }
}

/// Plays and notes all that is said.
struct Stage {
    generator: Counting,
    desk: Desk,
    next: u64,
    said: Vec<String>,
}

impl Stage {
    fn new(kv_budget_mb: usize) -> Self {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
        let model = Gpt2::load(&dir, &common::options(Quantization::Q8_0), &mut |_| {}).unwrap();
        let options = GeneratorOptions { threads: 1, kv_budget_mb, ..GeneratorOptions::default() };
        let inner = Gpt2Generator::new(model, Some(Gpt2Tokenizer::load(&dir).unwrap()), options).unwrap();
        let generator = Counting { inner, requests: 0, usage: Usage::default() };
        Self { generator, desk: Desk::default(), next: 0, said: Vec::new() }
    }

    /// What comes of requests that are made together.
    fn ask(&mut self, requests: Vec<LineRequest>) -> Vec<String> {
        let first = self.next;
        let ends = Rc::new(RefCell::new(vec![String::new(); requests.len()]));
        let mut hear = |id: RequestId, event: LineEvent| {
            if let LineEvent::Finished(finished) = event {
                ends.borrow_mut()[(id.0 - first) as usize] = finished.text;
            }
        };
        for request in requests {
            self.desk.submit(RequestId(self.next), request, &mut hear);
            self.next += 1;
        }
        while self.desk.step(&mut self.generator, &mut hear) == Progress::Working {}
        let texts = ends.borrow().clone();
        self.said.extend(texts.clone());
        texts
    }

    fn say(&mut self, composed: Composed, say: &str) -> String {
        match composed {
            Composed::Authored(_) => say.to_owned(),
            Composed::Chosen { text, .. } => text,
            Composed::Request(request) => self.ask(vec![request]).remove(0),
        }
    }

    /// Plays the story, taking the first choice each time, and asks whoever can be asked.
    fn play(&mut self, story: &Arc<Story>) {
        let composer = Composer::new(story.clone(), &Templates::default()).unwrap();
        let (mut runner, _) = Runner::new(story.clone(), 5, &NoHost).unwrap();
        for _ in 0..40 {
            match runner.moment() {
                Moment::Line { .. } => {
                    let line = runner.line().unwrap().clone();
                    let text = self.say(composer.line(&runner, &line, &NoHost), &line.say);
                    runner.spoken(&text);
                    if matches!(line.generate, Some(Gen::Answer { .. })) {
                        for question in ["What happened to the bridge?", "Who saw the bell last?", "Were you afraid?"] {
                            let question = PlayerText::new(question);
                            let composed = composer.answer(&runner, &line, &question, &NoHost);
                            runner.record(PLAYER, question.as_str());
                            let text = self.say(composed, composer.unsure(&line));
                            runner.spoken(&text);
                        }
                    }
                    runner.advance(&NoHost).unwrap();
                }
                Moment::Choices(open) => drop(runner.choose(&open[0].id, &NoHost).unwrap()),
                Moment::Slot { outcomes } => {
                    let beat = runner.state().beat.clone();
                    let slot = story.beats.get(&beat).and_then(|beat| beat.slot.as_ref()).unwrap();
                    let labels = slot.outcomes.iter().map(|outcome| composer.label(&runner, &beat, outcome, &NoHost));
                    let requests = labels.filter_map(|label| match label {
                        Composed::Request(request) => Some(request),
                        Composed::Authored(_) | Composed::Chosen { .. } => None,
                    });
                    let requests = requests.chain(composer.rank_outcomes(&runner, &beat)).collect();
                    self.ask(requests);
                    runner.choose(&outcomes[0].id, &NoHost).unwrap();
                }
                _ => return,
            }
        }
    }

    /// Eight questions to an NPC without a story.
    fn talk(&mut self) {
        let persona = Persona::new("Mara", "ferrywoman; dry, tired, counts everything twice");
        let facts = ["The river rose four feet and took the lower bridge.".to_owned()];
        let policy = Policy { stream: true, ..Policy::default() };
        let mut history: Vec<Turn> = Vec::new();
        let turn = |who: &str, text: &str| Turn { who: who.to_owned(), text: text.to_owned() };
        for (seed, question) in ["Who are you?", "Is the bridge safe?", "And the bell?", "Why?"].iter().enumerate() {
            let heard = PlayerText::new(question);
            let talk = Talk {
                persona: &persona,
                setting: "The ferry stage at Harrow Ford, after the flood.",
                facts: &facts,
                history: &history,
                said: &[],
                listener: "You",
                heard: Some(&heard),
                goal: "",
                must: &[],
                must_not: &[],
                policy: &policy,
                fallback: "Hm.",
                priority: Priority::Addressed,
                seed: seed as u64,
            };
            let text = self.ask(vec![talk.request(&Templates::default())]).remove(0);
            history.push(turn("You", heard.as_str()));
            history.push(turn("Mara", &text));
        }
    }

    /// Share of the prompts' tokens that were known, since the last time.
    fn share(&mut self, what: &str) -> f64 {
        let Usage { prompt_tokens, cached_tokens, .. } = std::mem::take(&mut self.generator.usage);
        let requests = std::mem::take(&mut self.generator.requests);
        let share = cached_tokens as f64 / prompt_tokens as f64;
        println!("{what}: {requests} requests, {cached_tokens} of {prompt_tokens} prompt tokens known, {share:.2}");
        share
    }
}

#[test]
fn most_of_a_storys_prompts_is_known_and_nobody_sees_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories/drowned_bell.story.ron");
    let story = raconteur_core::story::parse::load(&path).unwrap().into_story().unwrap();
    let (mut sharing, mut alone) = (Stage::new(64), Stage::new(0));
    sharing.play(&story);
    let played = sharing.share("The Drowned Bell");
    sharing.talk();
    let talked = sharing.share("four questions to one NPC");
    alone.play(&story);
    alone.talk();
    assert_eq!(alone.share("without a budget"), 0.0);
    assert!(sharing.said.len() > 10 && sharing.said == alone.said, "{:?}", sharing.said);
    assert!(played > 0.5 && talked > 0.3, "{played} {talked}");
}
