use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use raconteur_core::generate::{Dry, FinishReason, Guidance, Repairs, Score, Task, Usage};
use raconteur_core::prompt::{Bill, Piece, Prompt, Section};

use super::cache::Cache;
use super::*;
use crate::config::Gpt2Config;
use crate::lora::{Adapter, Lora, LoraConfig};
use crate::model::{Chunk, LoadOptions, Logits};
use crate::quantize::Quantization;

mod adapters;
mod ember;
mod force;
mod guide;
mod independence;
mod rewind;
mod window;

fn ember_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember")
}

fn tokenizer() -> Gpt2Tokenizer {
    Gpt2Tokenizer::load(&ember_dir()).unwrap()
}

/// A model with random weights, ember's vocabulary and a window of `n_positions`.
fn tiny(n_positions: usize) -> Gpt2 {
    random(n_positions, Quantization::None, 7)
}

fn random(n_positions: usize, quantization: Quantization, seed: u64) -> Gpt2 {
    let config = Gpt2Config {
        vocab_size: 4096,
        n_positions,
        n_embd: 32,
        n_layer: 2,
        n_head: 2,
        eos_token_id: Some(0),
        ..Gpt2Config::default()
    };
    Gpt2::random(config, &LoadOptions { quantization, memory_limit: None, ..LoadOptions::default() }, seed).unwrap()
}

fn options() -> GeneratorOptions {
    GeneratorOptions { threads: 1, ..GeneratorOptions::default() }
}

fn generator(model: impl LanguageModel + 'static) -> Gpt2Generator {
    Gpt2Generator::with_model(Box::new(model), Some(tokenizer()), options()).unwrap()
}

/// A model that several generators share, and that can break.
struct Shared {
    model: Arc<Gpt2>,
    /// A forward pass with this token fails.
    error: Option<u32>,
    /// Logits after this token are NaN.
    nan: Option<u32>,
}

impl LanguageModel for Shared {
    fn pass(&self, batch: &mut [Chunk<'_, Cache>], workspace: &mut Workspace) -> Result<(), Gpt2Error> {
        if batch.iter().any(|chunk| self.error.is_some_and(|id| chunk.ids.contains(&id))) {
            return Err(Gpt2Error::ForeignCache);
        }
        LanguageModel::pass(&*self.model, batch, workspace)?;
        for (at, chunk) in batch.iter().enumerate() {
            if self.nan.is_some_and(|id| chunk.ids.contains(&id)) {
                workspace.set_logit(at, 5, f32::NAN);
            }
        }
        Ok(())
    }

    fn new_cache(&self, capacity: usize, adapter: Option<&Arc<Adapter>>) -> Cache {
        LanguageModel::new_cache(&*self.model, capacity, adapter)
    }

    fn adaptable(&self) -> Option<&Gpt2Config> {
        LanguageModel::adaptable(&*self.model)
    }

    fn n_positions(&self) -> usize {
        self.model.n_positions()
    }

    fn vocab_size(&self) -> usize {
        self.model.config().vocab_size
    }

    fn eos_token_id(&self) -> Option<u32> {
        self.model.config().eos_token_id
    }

    fn describe(&self) -> String {
        self.model.describe()
    }

    fn fingerprint(&self) -> Option<u64> {
        LanguageModel::fingerprint(&*self.model)
    }
}

/// All that was said about a request.
#[derive(Debug, Clone, Default, PartialEq)]
struct Outcome {
    bill: Option<Bill>,
    texts: BTreeMap<usize, String>,
    ends: BTreeMap<usize, (FinishReason, usize)>,
    repairs: BTreeMap<usize, Repairs>,
    scores: Option<Vec<Score>>,
    /// Without what was found in the cache: that is no part of the outcome.
    usage: Option<Usage>,
    failed: Option<GenerateError>,
}

type Outcomes = BTreeMap<RequestId, Outcome>;

/// Keeps events, and checks that they come in a legal order.
fn note(outcomes: &mut Outcomes, id: RequestId, event: GenerationEvent) {
    let outcome = outcomes.entry(id).or_default();
    assert!(outcome.usage.is_none() && outcome.failed.is_none(), "something was said after the end of {id:?}");
    match event {
        GenerationEvent::Started { bill } => assert!(outcome.bill.replace(bill).is_none()),
        GenerationEvent::Text { candidate, text } => {
            assert!(!text.is_empty() && outcome.bill.is_some() && !outcome.ends.contains_key(&candidate));
            outcome.texts.entry(candidate).or_default().push_str(&text);
        }
        GenerationEvent::CandidateDone { candidate, reason, tokens, repairs } => {
            assert!(outcome.ends.insert(candidate, (reason, tokens)).is_none());
            outcome.repairs.insert(candidate, repairs);
        }
        GenerationEvent::Scored { scores } => assert!(outcome.scores.replace(scores).is_none()),
        GenerationEvent::Done { usage } => {
            assert!(usage.cached_tokens < usage.prompt_tokens.max(1));
            outcome.usage = Some(Usage { cached_tokens: 0, ..usage });
        }
        GenerationEvent::Failed(error) => outcome.failed = Some(error),
    }
}

fn step(generator: &mut Gpt2Generator, outcomes: &mut Outcomes) -> Progress {
    generator.step(&mut |id, event| note(outcomes, id, event))
}

fn run(generator: &mut Gpt2Generator) -> Outcomes {
    let mut outcomes = Outcomes::new();
    for _ in 0..20_000 {
        if step(generator, &mut outcomes) == Progress::Idle {
            return outcomes;
        }
    }
    panic!("it does not end");
}

fn alone(generator: &mut Gpt2Generator, request: GenerationRequest) -> Outcome {
    generator.submit(RequestId(0), request);
    run(generator).remove(&RequestId(0)).unwrap()
}

fn request(text: &str, config: GenerationConfig, constraints: Constraints, priority: Priority) -> GenerationRequest {
    let prompt = Prompt { start_of_text: true, ..Prompt::text(text) };
    GenerationRequest { prompt, task: Task::Continue { config, constraints }, priority }
}

/// A request of `tokens` tokens that ends early for no reason.
fn endless(tokens: usize, priority: Priority) -> GenerationRequest {
    let config = GenerationConfig { max_new_tokens: tokens, min_new_tokens: tokens, ..GenerationConfig::default() };
    request("The bell", config, Constraints::default(), priority)
}

#[test]
fn a_batch_full_of_chatter_makes_way_within_one_step() {
    let mut generator = generator(tiny(128));
    let mut outcomes = Outcomes::new();
    for i in 0..20 {
        generator.submit(RequestId(i), endless(60, Priority::Ambient));
    }
    for _ in 0..20 {
        step(&mut generator, &mut outcomes);
    }
    assert_eq!(generator.grants().iter().map(|grant| grant.rows).sum::<usize>(), 8);
    assert!(!generator.has_room(Priority::Ambient) && generator.has_room(Priority::OnScreen));
    let mut urgent = endless(10, Priority::Addressed);
    if let Task::Continue { config, .. } = &mut urgent.task {
        config.num_return_sequences = 4;
    }
    generator.submit(RequestId(100), urgent);
    step(&mut generator, &mut outcomes);
    assert_eq!(outcomes[&RequestId(100)].texts.len(), 4, "its prompt is one chunk: all four have begun");
    for _ in 0..9 {
        assert!(outcomes[&RequestId(100)].usage.is_none());
        step(&mut generator, &mut outcomes);
    }
    assert_eq!(outcomes[&RequestId(100)].usage.unwrap().new_tokens, 40);
    while step(&mut generator, &mut outcomes) == Progress::Working {}
    assert!((0..20).all(|i| outcomes[&RequestId(i)].usage.unwrap().new_tokens == 60), "the chatter went on");
}

#[test]
fn a_long_prompt_does_not_stall_those_who_talk() {
    let mut generator = generator(tiny(512));
    let mut outcomes = Outcomes::new();
    generator.submit(RequestId(0), endless(100, Priority::OnScreen));
    step(&mut generator, &mut outcomes);
    let long = "The river has taken the lower road again. ".repeat(30);
    generator
        .submit(RequestId(1), request(&long, GenerationConfig::default(), Constraints::default(), Priority::Addressed));
    let written = |generator: &Gpt2Generator| {
        let live = generator.live.iter().find(|live| live.id == RequestId(0)).unwrap();
        let State::Writing(writing) = &live.state else { panic!("it is writing") };
        writing.lengths()[0]
    };
    let mut steps = 0;
    while outcomes.get(&RequestId(1)).is_none_or(|outcome| outcome.texts.is_empty()) {
        let before = written(&generator);
        step(&mut generator, &mut outcomes);
        assert_eq!(written(&generator), before + 1, "one token a step");
        steps += 1;
    }
    let tokens = outcomes[&RequestId(1)].bill.as_ref().unwrap().total;
    assert_eq!(steps, tokens.div_ceil(32));
}

#[test]
fn cancelling_frees_everything_at_once() {
    let mut generator = generator(tiny(128));
    let mut outcomes = Outcomes::new();
    for i in 0..12 {
        generator.submit(RequestId(i), endless(60, Priority::Ambient));
    }
    for _ in 0..5 {
        step(&mut generator, &mut outcomes);
    }
    for i in 0..12 {
        generator.cancel(RequestId(i));
    }
    generator.cancel(RequestId(99));
    assert!(generator.live.is_empty() && generator.has_room(Priority::Ambient));
    assert_eq!(run(&mut generator), Outcomes::new(), "nothing is said about them any more");
}

#[test]
fn nobody_starves_behind_the_more_urgent() {
    let text = |at_work: bool| {
        let (mut generator, mut next, mut steps, mut told) = (generator(tiny(64)), 1, 0, String::new());
        // Its text has begun, or its turn never came, when the flood sets in.
        generator.submit(RequestId(0), endless(12, Priority::Ambient));
        if at_work {
            for _ in 0..3 {
                generator.step(&mut |_, _| {});
            }
        }
        loop {
            while generator.has_room(Priority::Addressed) {
                generator.submit(RequestId(next), endless(30, Priority::Addressed));
                next += 1;
            }
            let mut over = false;
            generator.step(&mut |id, event| match event {
                GenerationEvent::Text { text, .. } if id == RequestId(0) => told.push_str(&text),
                GenerationEvent::Done { .. } if id == RequestId(0) => over = true,
                _ => {}
            });
            steps += 1;
            assert!(steps < 2 * PATIENCE + 100, "{told}");
            if over {
                return (steps, told);
            }
        }
    };
    let (steps, _) = text(true);
    assert!(steps > PATIENCE, "it did not wait its turn");
    let (_, told) = text(false);
    assert_eq!(told, alone(&mut generator(tiny(64)), endless(12, Priority::Addressed)).texts[&0]);
}

#[test]
fn only_those_fail_who_are_concerned() {
    let tokens = tokenizer();
    let (error, nan) = (tokens.encode(" river")[0], tokens.encode(" tower")[0]);
    let model = Arc::new(tiny(128));
    let mut sound = generator(Shared { model: model.clone(), error: None, nan: None });
    let mut broken = generator(Shared { model, error: Some(error), nan: Some(nan) });
    // None of them writes the words by itself.
    let constraints = Constraints { banned: vec!["river".into(), "tower".into()], ..Constraints::default() };
    let ask = |text: &str| request(text, GenerationConfig::default(), constraints.clone(), Priority::OnScreen);
    let score = GenerationRequest {
        prompt: Prompt::text("Go to the"),
        task: Task::Score { continuations: vec![" bell".into(), " tower now.".into()], null: None },
        priority: Priority::OnScreen,
    };
    for (id, request) in
        [ask("The bell"), ask("By the river"), ask("In the tower"), ask("A boat"), score].into_iter().enumerate()
    {
        broken.submit(RequestId(id as u64), request);
    }
    let outcomes = run(&mut broken);
    assert!(matches!(outcomes[&RequestId(1)].failed, Some(GenerateError::Backend(_))));
    assert_eq!(outcomes[&RequestId(2)].failed, Some(GenerateError::NotFinite));
    assert_eq!(outcomes[&RequestId(4)].failed, Some(GenerateError::NotFinite));
    assert_eq!(outcomes[&RequestId(0)], alone(&mut sound, ask("The bell")));
    assert_eq!(outcomes[&RequestId(3)], alone(&mut sound, ask("A boat")));
    assert!(outcomes[&RequestId(0)].failed.is_none());
}

#[test]
fn settings_that_make_no_sense_fail_their_request_alone() {
    let mut generator = generator(tiny(64));
    let bad = GenerationConfig { temperature: 0.0, ..GenerationConfig::default() };
    generator.submit(RequestId(0), request("a", bad, Constraints::default(), Priority::Addressed));
    let bias = GenerationConfig { logit_bias: vec![("two words".into(), 1.0)], ..GenerationConfig::default() };
    generator.submit(RequestId(1), request("a", bias, Constraints::default(), Priority::Addressed));
    let stop = Constraints { stop: vec![String::new()], ..Constraints::default() };
    generator.submit(RequestId(2), request("a", GenerationConfig::default(), stop, Priority::Addressed));
    generator.submit(RequestId(3), endless(3, Priority::Ambient));
    generator.submit_tokens(
        RequestId(4),
        vec![1; 64],
        GenerationConfig::default(),
        Constraints::default(),
        Priority::Ambient,
    );
    generator.submit_tokens(
        RequestId(5),
        vec![5000],
        GenerationConfig::default(),
        Constraints::default(),
        Priority::Ambient,
    );
    let outcomes = run(&mut generator);
    for id in [0, 1, 2, 4, 5] {
        assert!(matches!(outcomes[&RequestId(id)].failed, Some(GenerateError::Config(_))), "{id}: {outcomes:?}");
    }
    assert_eq!(outcomes[&RequestId(3)].usage.unwrap().new_tokens, 3);
}

#[test]
fn everything_banned_is_a_dead_end() {
    let mut generator = generator(tiny(64));
    let bell = generator.vocabulary.encode(" bell")[0];
    let constraints = Constraints { banned: vec!["bell".into()], ..Constraints::default() };
    // A vocabulary of two tokens: end-of-text, which comes too early at first, and the banned word.
    generator.vocabulary.nameless = (1..4096).filter(|&id| id != bell).collect();
    let ask = |min_new_tokens, constraints: &Constraints| {
        let config = GenerationConfig { min_new_tokens, max_new_tokens: 5, ..GenerationConfig::default() };
        request("The", config, constraints.clone(), Priority::Addressed)
    };
    let outcome = alone(&mut generator, ask(1, &constraints));
    assert_eq!((outcome.ends[&0], outcome.failed), ((FinishReason::DeadEnd, 0), None));
    let outcome = alone(&mut generator, ask(0, &constraints));
    assert_eq!(outcome.ends[&0], (FinishReason::EndOfText, 0));
    let outcome = alone(&mut generator, ask(5, &Constraints::default()));
    assert_eq!(outcome.texts[&0], " bell bell bell bell bell");
}

#[test]
fn scores_are_sums_of_log_probabilities() {
    let model = Arc::new(tiny(96));
    let mut generator = generator(Shared { model: model.clone(), error: None, nan: None });
    let tokens = tokenizer();
    let texts =
        ["", " The", " the bell under the water rings.", " by the long and winding river road, and so on and on"];
    for chunk in [1, 3, 32] {
        generator.options.prefill_chunk = chunk;
        let task = Task::Score { continuations: texts.map(String::from).to_vec(), null: Some("Mara:".into()) };
        let prompt = Prompt { start_of_text: true, ..Prompt::text("The tower. Mara:") };
        let outcome = alone(&mut generator, GenerationRequest { prompt, task, priority: Priority::Addressed });
        let scores = outcome.scores.unwrap();
        for (text, score) in texts.iter().zip(scores) {
            let expected = |context: &str| -> f64 {
                let context: Vec<u32> = [0].into_iter().chain(tokens.encode(context)).collect();
                let all: Vec<u32> = context.iter().copied().chain(tokens.encode(text)).collect();
                let mut cache = model.new_cache(96);
                let logits = model.forward(&mut [Chunk { ids: &all, cache: &mut cache, logits: Logits::All }]).unwrap();
                (context.len()..all.len())
                    .map(|at| {
                        let logits = &logits[0][at - 1];
                        let sum: f64 = logits.iter().map(|&x| f64::from(x).exp()).sum();
                        f64::from(logits[all[at] as usize]) - sum.ln()
                    })
                    .sum()
            };
            assert!((f64::from(score.logprob) - expected("The tower. Mara:")).abs() < 1e-3, "{text} {score:?}");
            assert!((f64::from(score.null_logprob.unwrap()) - expected("Mara:")).abs() < 1e-3, "{text} {score:?}");
            assert_eq!(score.tokens, tokens.encode(text).len());
        }
    }
}

#[test]
fn tokens_in_tokens_out_without_a_tokenizer() {
    let mut generator = Gpt2Generator::new(tiny(32), None, options()).unwrap();
    let config = GenerationConfig { max_new_tokens: 100, ..GenerationConfig::greedy() };
    generator.submit_tokens(RequestId(1), vec![9, 8, 7], config, Constraints::default(), Priority::Addressed);
    let outcomes = run(&mut generator);
    assert_eq!(outcomes[&RequestId(1)].ends[&0], (FinishReason::Length, 29), "cut to the window");
    let model = tiny(32);
    let mut ids = vec![9, 8, 7];
    for _ in 0..29 {
        let mut cache = model.new_cache(32);
        let logits = model.forward(&mut [Chunk { ids: &ids, cache: &mut cache, logits: Logits::Last }]).unwrap();
        let best = (0..4096u32).max_by(|&a, &b| {
            let (x, y) = (logits[0][0][a as usize], logits[0][0][b as usize]);
            x.total_cmp(&y).then(b.cmp(&a))
        });
        ids.push(best.unwrap());
    }
    assert_eq!(generator.take_tokens(RequestId(1)), [ids[3..].to_vec()]);
    assert!(generator.take_tokens(RequestId(1)).is_empty());
    let outcome = alone(&mut generator, endless(3, Priority::Ambient));
    assert!(matches!(outcome.failed, Some(GenerateError::Config(text)) if text.contains("tokenizer")));
}
