//! A prompt that was saved goes on as if it had just been read, and what is no such prompt is refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use proptest::prelude::*;
use raconteur_core::generate::{
    Constraints, GenerationConfig, GenerationEvent, GenerationRequest, Priority, Progress, RequestId, Task,
    TextGenerator, Usage,
};
use raconteur_core::prompt::Prompt;
use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::generator::{GeneratorOptions, Gpt2Generator};
use raconteur_gpt2::kv::PAGE;
use raconteur_gpt2::model::Gpt2;
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::snapshot::SnapshotError;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

fn config() -> Gpt2Config {
    Gpt2Config {
        vocab_size: 500,
        n_positions: 256,
        n_embd: 32,
        n_layer: 2,
        n_head: 2,
        eos_token_id: Some(0),
        ..Gpt2Config::default()
    }
}

fn with_budget(config: Gpt2Config, format: Quantization, seed: u64, kv_budget_mb: usize) -> Gpt2Generator {
    let model = Gpt2::random(config, &common::options(format), seed).unwrap();
    let options = GeneratorOptions { threads: 1, kv_budget_mb, ..GeneratorOptions::default() };
    Gpt2Generator::new(model, None, options).unwrap()
}

fn generator(format: Quantization) -> Gpt2Generator {
    with_budget(config(), format, 7, 16)
}

fn tokens(count: usize) -> Vec<u32> {
    (0..count as u32).map(|i| 1 + i * 17 % 499).collect()
}

fn run(generator: &mut Gpt2Generator) -> Usage {
    let mut usage = None;
    let mut hear = |_: RequestId, event: GenerationEvent| match event {
        GenerationEvent::Done { usage: cost } => usage = Some(cost),
        GenerationEvent::Failed(error) => panic!("{error}"),
        _ => {}
    };
    while generator.step(&mut hear) == Progress::Working {}
    usage.unwrap()
}

/// The tokens after a prompt, and how many of the prompt were known.
fn write(generator: &mut Gpt2Generator, prompt: &[u32]) -> (Vec<u32>, usize) {
    let config = GenerationConfig { max_new_tokens: 12, min_new_tokens: 12, ..GenerationConfig::default() };
    let priority = Priority::Addressed;
    generator.submit_tokens(RequestId(0), prompt.to_vec(), config, Constraints::default(), priority);
    let usage = run(generator);
    (generator.take_tokens(RequestId(0)).remove(0), usage.cached_tokens)
}

/// A prompt of 100 tokens: six pages.
fn saved(format: Quantization) -> Vec<u8> {
    let mut generator = generator(format);
    write(&mut generator, &tokens(100));
    generator.save_prefix(&tokens(100)).unwrap()
}

#[test]
fn a_restored_prompt_goes_on_to_the_bit() {
    for format in [Quantization::None, Quantization::Q8_0, Quantization::Q4] {
        let prompt = tokens(120);
        let (text, cached) = write(&mut generator(format), &prompt);
        assert_eq!(cached, 0);
        let bytes = saved(format);
        let mut restored = generator(format);
        assert_eq!(restored.restore_prefix(&bytes), Ok(96), "{format}");
        assert_eq!(restored.prefix_tokens(), 96);
        assert_eq!(restored.save_prefix(&prompt), Some(bytes), "saved again it is the same");
        assert_eq!(write(&mut restored, &prompt), (text, 96), "{format}");
    }
}

#[test]
fn what_is_not_known_cannot_be_saved() {
    let mut generator = generator(Quantization::None);
    assert_eq!(generator.save_prefix(&tokens(100)), None);
    write(&mut generator, &tokens(100));
    assert_eq!(generator.save_prefix(&tokens(PAGE - 1)), None);
    assert_eq!(generator.save_prefix(&[]), None);
}

#[test]
fn snapshots_of_other_models_are_refused() {
    let bytes = saved(Quantization::None);
    let other = |config: Gpt2Config, format, seed| with_budget(config, format, seed, 16).restore_prefix(&bytes);
    assert_eq!(other(config(), Quantization::None, 7), Ok(96));
    assert_eq!(other(config(), Quantization::None, 8), Err(SnapshotError::OtherModel), "other weights");
    assert_eq!(other(config(), Quantization::Q8_0, 7), Err(SnapshotError::OtherModel), "another format");
    for other_config in [
        Gpt2Config { n_layer: 3, ..config() },
        Gpt2Config { n_head: 4, ..config() },
        Gpt2Config { layer_norm_epsilon: 2e-5, ..config() },
    ] {
        assert_eq!(other(other_config, Quantization::None, 7), Err(SnapshotError::OtherModel));
    }
}

#[test]
fn without_a_place_for_it_a_snapshot_is_refused_and_with_a_small_one_cut() {
    let bytes = saved(Quantization::None);
    let restore = |budget| {
        let mut generator = with_budget(config(), Quantization::None, 7, budget);
        (generator.restore_prefix(&bytes), write(&mut generator, &tokens(120)).0)
    };
    let (result, text) = restore(0);
    assert_eq!(result, Err(SnapshotError::Unsupported));
    assert_eq!((result, text.clone()), restore(0));
    assert_eq!(restore(16), (Ok(96), text));
    // 16 heads of 64 in 24 layers: a page is 3 MiB in f32.
    let wide = Gpt2Config { n_embd: 1024, n_head: 16, n_layer: 24, n_inner: Some(64), ..config() };
    let mut roomy = with_budget(wide.clone(), Quantization::None, 7, 64);
    write(&mut roomy, &tokens(50));
    let bytes = roomy.save_prefix(&tokens(50)).unwrap();
    assert_eq!(with_budget(wide.clone(), Quantization::None, 7, 8).restore_prefix(&bytes), Ok(32));
    assert_eq!(with_budget(wide, Quantization::None, 7, 64).restore_prefix(&bytes), Ok(48));
}

#[test]
fn every_error_says_what_to_do() {
    let mut bytes = saved(Quantization::None);
    let mut generator = generator(Quantization::None);
    assert_eq!(generator.restore_prefix(b""), Err(SnapshotError::NotASnapshot));
    assert_eq!(generator.restore_prefix(b"{\"prompt\": 1, \"text\": 2}"), Err(SnapshotError::NotASnapshot));
    assert_eq!(generator.restore_prefix(&bytes[..bytes.len() - 1]), Err(SnapshotError::Damaged));
    bytes[8] = 9;
    let error = generator.restore_prefix(&bytes).unwrap_err();
    assert!(matches!(error, SnapshotError::Version { found: 9, .. }));
    for error in [error, SnapshotError::NotASnapshot, SnapshotError::Damaged, SnapshotError::OtherModel] {
        assert!(error.to_string().contains("Save it again"), "{error}");
    }
    assert_eq!(generator.prefix_tokens(), 0, "nothing has changed");
}

#[test]
fn a_prompt_of_ember_is_saved_for_the_next_start() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    let ember = || {
        let model = Gpt2::load(&dir, &common::options(Quantization::Q8_0), &mut |_| {}).unwrap();
        let options = GeneratorOptions { threads: 1, ..GeneratorOptions::default() };
        Gpt2Generator::new(model, Some(Gpt2Tokenizer::load(&dir).unwrap()), options).unwrap()
    };
    let scene = "The ferry stage at dusk, after the flood has taken the lower bridge. The bell of the drowned tower lies under the river.\nMara: short sentences, river words. Mood: wary.\n\n";
    let ask = |task| GenerationRequest { prompt: Prompt::text(scene), task, priority: Priority::Ambient };
    let mut first = ember();
    first.submit(RequestId(0), ask(Task::Read { room: 40 }));
    run(&mut first);
    let tokens = first.prompt_tokens(&Prompt::text(scene), 40).unwrap();
    let bytes = first.save_prefix(&tokens).unwrap();
    let mut second = ember();
    assert_eq!(second.restore_prefix(&bytes), Ok(tokens.len() / PAGE * PAGE));
    let task = Task::Continue { config: GenerationConfig::greedy(), constraints: Constraints::default() };
    second.submit(RequestId(1), ask(task));
    assert_eq!(run(&mut second).cached_tokens, (tokens.len() - 1) / PAGE * PAGE);
}

/// Prints how large snapshots are, and what they save. Run it with `--release`, on a quiet machine.
#[test]
#[ignore = "a measurement"]
fn what_it_costs() {
    use std::time::Instant;
    let ember = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    let small = Gpt2Config::default();
    let models: [(&str, &dyn Fn() -> Gpt2); 2] = [
        ("ember, Q8_0", &|| Gpt2::load(&ember, &common::options(Quantization::Q8_0), &mut |_| {}).unwrap()),
        ("124 M, Q8_0", &|| Gpt2::random(small.clone(), &common::options(Quantization::Q8_0), 7).unwrap()),
    ];
    for (name, model) in models {
        let options = GeneratorOptions { threads: 1, ..GeneratorOptions::default() };
        let mut generator = Gpt2Generator::new(model(), None, options).unwrap();
        let prompt: Vec<u32> = (0..257).map(|i| 1 + i * 17 % 4000).collect();
        let one = GenerationConfig { max_new_tokens: 1, ..GenerationConfig::greedy() };
        let first = |generator: &mut Gpt2Generator| {
            let begun = Instant::now();
            let priority = Priority::Addressed;
            generator.submit_tokens(RequestId(0), prompt.clone(), one.clone(), Constraints::default(), priority);
            run(generator);
            begun.elapsed()
        };
        // The best of some: others may want the machine.
        let cold = (0..5).map(|_| (generator.forget_prefixes(), first(&mut generator)).1).min().unwrap();
        let hit = (0..5).map(|_| first(&mut generator)).min().unwrap();
        let begun = Instant::now();
        let bytes = generator.save_prefix(&prompt).unwrap();
        let fingerprint = begun.elapsed();
        let timed = |work: &mut dyn FnMut()| {
            let times = (0..5).map(|_| {
                let begun = Instant::now();
                work();
                begun.elapsed()
            });
            times.min().unwrap()
        };
        let save = timed(&mut || drop(generator.save_prefix(&prompt).unwrap()));
        let restore = timed(&mut || {
            generator.forget_prefixes();
            assert_eq!(generator.restore_prefix(&bytes), Ok(256));
        });
        println!(
            "{name}: {} bytes for 256 tokens, {} a token; first token cold {cold:?}, on a hit {hit:?}; save {save:?}, the first time {fingerprint:?}; restore {restore:?}",
            bytes.len(),
            bytes.len() / 256
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn damage_is_found_wherever_it_is(at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<bool>()) {
        thread_local! {
            static SAVED: Vec<u8> = saved(Quantization::Q8_0);
            static GENERATOR: std::cell::RefCell<Gpt2Generator> = std::cell::RefCell::new(generator(Quantization::Q8_0));
        }
        let mut bytes = SAVED.with(Clone::clone);
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << bit;
        }
        GENERATOR.with_borrow_mut(|generator| {
            prop_assert!(generator.restore_prefix(&bytes).is_err());
            prop_assert_eq!(generator.prefix_tokens(), 0);
            Ok(())
        })?;
    }
}
