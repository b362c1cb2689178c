//! Beginnings of prompts are read once, whoever needs them, and nothing of that can be seen in a text.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use proptest::prelude::*;
use raconteur_core::generate::{
    Constraints, GenerationConfig, GenerationEvent, GenerationRequest, Pace, Priority, Progress, RequestId, Task,
    TextGenerator, Usage,
};
use raconteur_core::prompt::Prompt;
use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::generator::{GeneratorOptions, Gpt2Generator};
use raconteur_gpt2::kv::PAGE;
use raconteur_gpt2::model::Gpt2;
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

const VOCABULARY: u32 = 500;

fn model() -> Gpt2 {
    let config = Gpt2Config {
        vocab_size: VOCABULARY as usize,
        n_positions: 512,
        n_embd: 32,
        n_layer: 2,
        n_head: 2,
        eos_token_id: Some(0),
        ..Gpt2Config::default()
    };
    Gpt2::random(config, &common::options(Quantization::None), 7).unwrap()
}

fn generator(options: GeneratorOptions) -> Gpt2Generator {
    Gpt2Generator::new(model(), None, GeneratorOptions { threads: 1, ..options }).unwrap()
}

/// `count` tokens that begin alike for the same `seed` only.
fn tokens(seed: u32, count: usize) -> Vec<u32> {
    (0..count as u32).map(|i| 1 + (seed * 131 + i * 17) % (VOCABULARY - 1)).collect()
}

/// Runs requests and keeps what they cost and the step in which each got its first token.
struct Desk {
    generator: Gpt2Generator,
    steps: usize,
    first: BTreeMap<u64, usize>,
    usage: BTreeMap<u64, Usage>,
}

impl Desk {
    fn new(generator: Gpt2Generator) -> Self {
        Self { generator, steps: 0, first: BTreeMap::new(), usage: BTreeMap::new() }
    }

    fn submit(&mut self, id: u64, prompt: &[u32], priority: Priority) {
        self.submit_config(id, prompt, priority, GenerationConfig { max_new_tokens: 4, ..GenerationConfig::default() });
    }

    fn submit_config(&mut self, id: u64, prompt: &[u32], priority: Priority, config: GenerationConfig) {
        self.generator.submit_tokens(RequestId(id), prompt.to_vec(), config, Constraints::default(), priority);
    }

    fn step(&mut self) -> Progress {
        self.steps += 1;
        let Self { generator, steps, first, usage } = self;
        generator.step(&mut |id, event| match event {
            GenerationEvent::CandidateDone { .. } => _ = first.entry(id.0).or_insert(*steps),
            GenerationEvent::Done { usage: cost } => assert!(usage.insert(id.0, cost).is_none()),
            GenerationEvent::Failed(error) => panic!("{id:?}: {error}"),
            _ => {}
        })
    }

    fn run(&mut self) {
        for _ in 0..20_000 {
            if self.step() == Progress::Idle {
                return;
            }
        }
        panic!("it does not end");
    }

    fn text(&mut self, id: u64) -> Vec<u32> {
        self.generator.take_tokens(RequestId(id)).remove(0)
    }

    /// Runs one request alone.
    fn alone(&mut self, id: u64, prompt: &[u32]) -> (Vec<u32>, Usage) {
        self.submit(id, prompt, Priority::OnScreen);
        self.run();
        (self.text(id), self.usage[&id])
    }
}

/// What a generator that shares nothing writes.
fn unshared(prompt: &[u32]) -> Vec<u32> {
    let mut desk = Desk::new(generator(GeneratorOptions { kv_budget_mb: 0, ..GeneratorOptions::default() }));
    let (text, usage) = desk.alone(0, prompt);
    assert_eq!(usage.cached_tokens, 0);
    text
}

#[test]
fn eight_npcs_with_one_setting_read_it_once() {
    let setting = tokens(1, 100);
    let prompts: Vec<Vec<u32>> = (0..8).map(|npc| [setting.clone(), tokens(10 + npc, 30)].concat()).collect();
    let mut desk = Desk::new(generator(GeneratorOptions::default()));
    for (id, prompt) in (0..).zip(&prompts) {
        desk.submit(id, prompt, Priority::OnScreen);
    }
    desk.run();
    let cached: Vec<usize> = desk.usage.values().map(|usage| usage.cached_tokens).collect();
    assert_eq!(cached, [0, 96, 96, 96, 96, 96, 96, 96], "six whole pages of the setting");
    for (id, prompt) in (0..).zip(&prompts) {
        assert_eq!(desk.text(id), unshared(prompt), "{id}");
    }
}

#[test]
fn a_hit_starts_with_the_first_step() {
    let mut desk = Desk::new(generator(GeneratorOptions::default()));
    let known = tokens(1, 400);
    let one = GenerationConfig { max_new_tokens: 1, ..GenerationConfig::default() };
    desk.submit_config(0, &known, Priority::OnScreen, one.clone());
    desk.run();
    assert_eq!(desk.steps, 4, "128 tokens a step while nobody writes");
    // What is new is less than a chunk, as the talk of one NPC, while others write.
    desk.submit(9, &tokens(3, 20), Priority::Ambient);
    desk.step();
    desk.submit_config(1, &[known.clone(), tokens(2, 15)].concat(), Priority::OnScreen, one.clone());
    desk.submit_config(2, &[known, tokens(4, 15)].concat(), Priority::OnScreen, one);
    let before = desk.steps;
    desk.step();
    assert_eq!(desk.first.get(&1), Some(&(before + 1)));
    assert_eq!(desk.first.get(&2), Some(&(before + 1)), "two short rests are read together");
    assert_eq!(desk.usage[&1].cached_tokens, 400);
}

#[test]
fn a_pace_caps_what_is_read_in_a_step_and_a_text_does_not_see_it() {
    let prompt = tokens(1, 100);
    let mut desk = Desk::new(generator(GeneratorOptions { prefill_chunk: 10, ..GeneratorOptions::default() }));
    let one = GenerationConfig { max_new_tokens: 1, ..GenerationConfig::default() };
    for (id, most, steps) in [(0, Some(4), 25), (1, Some(25), 4), (2, Some(1000), 3), (3, None, 3)] {
        desk.generator.forget_prefixes();
        desk.generator.set_pace(Pace { prefill_chunk: most.and_then(NonZeroUsize::new), ..Pace::default() });
        let before = desk.steps;
        desk.submit_config(id, &prompt, Priority::OnScreen, one.clone());
        desk.run();
        assert_eq!(desk.steps - before, steps, "{most:?}");
        assert_eq!(desk.text(id), unshared(&prompt)[..1]);
    }
}

#[test]
fn a_whole_prompt_that_is_known_is_read_but_for_its_last_page() {
    let mut desk = Desk::new(generator(GeneratorOptions::default()));
    for (id, length, cached) in [(0, 64, 0), (1, 64, 48), (2, 65, 64), (3, 16, 0), (4, 17, 16), (5, 1, 0)] {
        let prompt = tokens(1, length);
        let (text, usage) = desk.alone(id, &prompt);
        assert_eq!(usage.cached_tokens, cached, "{length} tokens");
        assert_eq!(text, unshared(&prompt));
    }
}

#[test]
fn the_urgent_wait_for_nobody_who_is_less_urgent_and_both_get_what_is_there() {
    let setting = tokens(1, 320);
    let (slow, urgent) = ([setting.clone(), tokens(2, 60)].concat(), [setting, tokens(3, 10)].concat());
    let mut desk = Desk::new(generator(GeneratorOptions::default()));
    desk.submit(0, &slow, Priority::Ambient);
    desk.step();
    desk.submit(1, &urgent, Priority::Addressed);
    desk.step();
    desk.step();
    desk.run();
    assert_eq!(desk.usage[&1].cached_tokens, 128, "what the other had read");
    assert_eq!(desk.usage[&0].cached_tokens, 192, "what was read while it stood back");
    assert!(desk.first[&1] < desk.first[&0]);
    assert_eq!((desk.text(0), desk.text(1)), (unshared(&slow), unshared(&urgent)));
}

#[test]
fn who_waits_for_a_prompt_that_is_cancelled_reads_on() {
    let setting = tokens(1, 320);
    let prompts: Vec<Vec<u32>> = (0..3).map(|npc| [setting.clone(), tokens(10 + npc, 30)].concat()).collect();
    let mut desk = Desk::new(generator(GeneratorOptions::default()));
    for (id, prompt) in (0..).zip(&prompts) {
        desk.submit(id, prompt, Priority::OnScreen);
    }
    desk.step();
    desk.generator.cancel(RequestId(0));
    desk.run();
    assert_eq!((desk.usage[&1].cached_tokens, desk.usage[&2].cached_tokens), (128, 320));
    assert_eq!(desk.text(2), unshared(&prompts[2]));
}

#[test]
fn a_text_stands_in_the_next_prompt_of_a_talk() {
    let mut desk = Desk::new(generator(GeneratorOptions::default()));
    let config = GenerationConfig { max_new_tokens: 40, min_new_tokens: 40, ..GenerationConfig::default() };
    let prompt = tokens(1, 50);
    desk.submit_config(0, &prompt, Priority::Addressed, config);
    desk.run();
    let next = [prompt, desk.text(0), tokens(5, 20)].concat();
    let (text, usage) = desk.alone(1, &next);
    assert_eq!(usage.cached_tokens, 80, "prompt and text but for the last token are 89: five pages");
    assert_eq!(text, unshared(&next));
}

#[test]
fn the_budget_holds() {
    let bytes = model().page_bytes() as usize;
    let mut desk = Desk::new(generator(GeneratorOptions { kv_budget_mb: 1, ..GeneratorOptions::default() }));
    let most = (1 << 20) / bytes * PAGE;
    assert!((1000..3000).contains(&most), "{most}: the test is about more than that");
    for id in 0..20 {
        let prompt = tokens(id as u32 % 13, 300);
        let (text, _) = desk.alone(id, &prompt);
        assert!(desk.generator.prefix_tokens() <= most);
        if id % 5 == 0 {
            assert_eq!(text, unshared(&prompt));
        }
    }
    assert!(desk.generator.prefix_tokens() > most - 400, "it uses what it may");
    let cached = |desk: &mut Desk, id: u64, seed: u32| desk.alone(id, &tokens(seed, 300)).1.cached_tokens;
    assert_eq!(cached(&mut desk, 100, 6), 288, "used last");
    assert_eq!(cached(&mut desk, 101, 10), 0, "evicted");
    desk.generator.forget_prefixes();
    assert_eq!((desk.generator.prefix_tokens(), cached(&mut desk, 102, 6)), (0, 0));
}

fn ember(budget: usize) -> Gpt2Generator {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    let model = Gpt2::load(&dir, &common::options(Quantization::Q8_0), &mut |_| {}).unwrap();
    let options = GeneratorOptions { threads: 1, kv_budget_mb: budget, ..GeneratorOptions::default() };
    Gpt2Generator::new(model, Some(Gpt2Tokenizer::load(&dir).unwrap()), options).unwrap()
}

const SCENE: &str = "The ferry stage at dusk, after the flood has taken the lower bridge. The bell of the drowned tower lies under the river. Mara: short sentences, river words. Mood: wary.\n\n";

fn read(prompt: &str) -> GenerationRequest {
    GenerationRequest { prompt: Prompt::text(prompt), task: Task::Read { room: 20 }, priority: Priority::Ambient }
}

#[test]
fn a_prompt_that_was_read_ahead_is_known() {
    let mut desk = Desk::new(ember(64));
    desk.generator.submit(RequestId(0), read(SCENE));
    desk.run();
    let Usage { prompt_tokens, cached_tokens, new_tokens } = desk.usage[&0];
    assert_eq!((cached_tokens, new_tokens), (0, 0));
    assert_eq!(desk.generator.prefix_tokens(), prompt_tokens / PAGE * PAGE);
    let before = desk.steps;
    desk.generator.submit(RequestId(1), read(SCENE));
    desk.step();
    assert_eq!((desk.steps, desk.usage[&1].cached_tokens), (before + 1, prompt_tokens / PAGE * PAGE));
    let task = Task::Continue { config: GenerationConfig::greedy(), constraints: Constraints::default() };
    let prompt = Prompt::text(format!("{SCENE}You: Who rang the bell?\nMara:"));
    desk.generator.submit(RequestId(2), GenerationRequest { prompt, task, priority: Priority::Addressed });
    desk.run();
    // The last page may end in a token that the next word is part of.
    assert!(desk.usage[&2].cached_tokens + PAGE >= prompt_tokens / PAGE * PAGE, "{:?}", desk.usage);
}

#[test]
fn without_a_budget_reading_ahead_is_over_at_once() {
    let mut desk = Desk::new(ember(0));
    desk.generator.submit(RequestId(0), read(SCENE));
    assert_eq!(desk.step(), Progress::Idle);
    assert_eq!((desk.usage[&0].cached_tokens, desk.generator.prefix_tokens()), (0, 0));
}

#[test]
fn reading_ahead_takes_no_place_of_those_who_write() {
    let mut desk = Desk::new(ember(64));
    for id in 0..8 {
        desk.submit_config(
            id,
            &tokens(id as u32, 5),
            Priority::Ambient,
            GenerationConfig { max_new_tokens: 30, min_new_tokens: 30, ..GenerationConfig::default() },
        );
    }
    desk.step();
    desk.generator.submit(RequestId(9), GenerationRequest { priority: Priority::OnScreen, ..read(SCENE) });
    for _ in 0..29 {
        desk.step();
    }
    assert_eq!(desk.usage.len(), 9, "all have written a token with every step");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whoever_shares_what_with_whom_texts_stay_the_same(
        prompts in prop::collection::vec((prop::collection::vec(0u32..2, 1..5), 0usize..20, 0usize..9, 0u8..3), 1..8),
        cancelled in prop::collection::vec((0u64..8, 0usize..12), 0..3),
        budget in 0usize..2, chunk in 1usize..50,
    ) {
        let options = GeneratorOptions { kv_budget_mb: budget, prefill_chunk: chunk, max_batch: 3, ..GeneratorOptions::default() };
        let mut desk = Desk::new(generator(options));
        let prompt = |(blocks, rest, ..): &(Vec<u32>, usize, usize, u8)| -> Vec<u32> {
            let mut prompt: Vec<u32> = blocks.iter().flat_map(|&block| tokens(block, 24)).collect();
            prompt.extend(tokens(9, *rest));
            prompt
        };
        for now in 0..12 {
            for (id, case) in (0..).zip(&prompts) {
                if case.2 == now {
                    let priority = [Priority::Ambient, Priority::OnScreen, Priority::Addressed][usize::from(case.3)];
                    desk.submit(id, &prompt(case), priority);
                }
            }
            for &(id, when) in &cancelled {
                if when == now {
                    desk.generator.cancel(RequestId(id));
                }
            }
            desk.step();
        }
        desk.run();
        for (id, case) in (0..).zip(&prompts) {
            if cancelled.iter().any(|(other, _)| *other == id) {
                continue;
            }
            let (prompt, usage) = (prompt(case), desk.usage[&id]);
            prop_assert_eq!(usage.prompt_tokens, prompt.len());
            prop_assert!(usage.cached_tokens < prompt.len());
            prop_assert_eq!(desk.text(id), unshared(&prompt));
        }
    }
}
