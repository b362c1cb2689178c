//! The reference on candle: against `PyTorch`'s numbers, against the own kernels, and behind the generator.
#![cfg(feature = "candle")]
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use std::path::{Path, PathBuf};

use common::{FIXTURES, argmax, fixture, load, random};
use raconteur_core::generate::{
    Constraints, GenerationConfig, GenerationEvent, GenerationRequest, Priority, Progress, RequestId, Task,
    TextGenerator,
};
use raconteur_core::prompt::Prompt;
use raconteur_gpt2::device::ModelDevice;
use raconteur_gpt2::error::Gpt2Error;
use raconteur_gpt2::generator::GeneratorOptions;
use raconteur_gpt2::loader::{Gpt2Loader, TokenizerFiles};
use raconteur_gpt2::model::{Chunk, LoadOptions, Logits};
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::reference::{CandleCache, CandleGpt2, Device};
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

#[derive(serde::Deserialize)]
struct Expected {
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    ids: Vec<u32>,
    last_logits: Vec<f32>,
    token_logprobs: Vec<f32>,
    greedy_24: Vec<u32>,
}

fn ember() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember")
}

fn reference(dir: &Path) -> CandleGpt2 {
    CandleGpt2::load(dir, &Device::Cpu, None, &mut |_| {}).unwrap()
}

fn step(model: &CandleGpt2, cache: &mut CandleCache, ids: &[u32], logits: Logits) -> Vec<Vec<f32>> {
    model.forward(&mut [Chunk { ids, cache, logits }]).unwrap().pop().unwrap()
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn log_prob(logits: &[f32], id: u32) -> f32 {
    let sum: f64 = logits.iter().map(|&x| f64::from(x).exp()).sum();
    (f64::from(logits[id as usize]) - sum.ln()) as f32
}

#[test]
fn logits_log_probabilities_and_greedy_texts_are_those_of_pytorch() {
    for name in FIXTURES {
        let model = reference(&fixture(name));
        let expected = std::fs::read(fixture(name).join("expected.json")).unwrap();
        let expected: Expected = serde_json::from_slice(&expected).unwrap();
        for case in &expected.cases {
            let mut cache = model.new_cache(model.config().n_positions);
            let mut rows = step(&model, &mut cache, &case.ids, Logits::All);
            let next = rows.iter().zip(&case.ids[1..]);
            let logprobs: Vec<f32> = next.map(|(logits, &id)| log_prob(logits, id)).collect();
            let mut logits = rows.pop().unwrap();
            let worst = distance(&logits, &case.last_logits).max(distance(&logprobs, &case.token_logprobs));
            println!("{name}: largest error {worst:.2e}");
            assert!(worst < 1e-3, "{name}: {worst}");
            for &id in &case.greedy_24 {
                assert_eq!(argmax(&logits), id, "{name}: greedy text");
                if cache.len() < model.config().n_positions {
                    logits = step(&model, &mut cache, &[id], Logits::Last).pop().unwrap();
                }
            }
        }
    }
}

#[test]
fn the_own_kernels_agree_on_a_text() {
    let (own, model) = (load(&ember()).unwrap(), reference(&ember()));
    let text = "The ferry stage at dusk. The bell of the tower lies under the river, and nobody has asked who rang it. \
                Mara winds the rope, counts the lanterns on the far shore and says nothing until the last one is out.";
    let ids = Gpt2Tokenizer::load(&ember()).unwrap().encode(text);
    assert!(ids.len() > 30);
    let ours = common::step(&own, &mut own.new_cache(ids.len()), &ids, Logits::All);
    let theirs = step(&model, &mut model.new_cache(ids.len()), &ids, Logits::All);
    let worst = ours.iter().zip(&theirs).map(|(a, b)| distance(a, b)).fold(0.0, f32::max);
    println!("{} tokens: largest difference of a logit {worst:.2e}", ids.len());
    assert!(worst < 1e-4, "{worst}");
}

/// A ragged batch with a piece of a prompt, single tokens, nothing, and all kinds of wishes, after forks and a roll-back.
#[test]
fn chunks_forks_and_batches_give_the_logits_of_the_whole_sequence() {
    let model = reference(&fixture("base"));
    let ids: Vec<u32> = (0..33).map(|i| (i * 37 + 5) % model.config().vocab_size as u32).collect();
    let whole = step(&model, &mut model.new_cache(64), &ids, Logits::All);
    let mut cache = model.new_cache(64);
    assert!(step(&model, &mut cache, &ids[..20], Logits::None).is_empty());
    let (mut short, mut long) = (cache.fork(), cache.fork());
    step(&model, &mut short, &[1, 2, 3], Logits::Last);
    short.truncate(7);
    let mut empty = model.new_cache(64);
    let mut batch = [
        Chunk { ids: &ids[7..8], cache: &mut short, logits: Logits::Last },
        Chunk { ids: &[], cache: &mut empty, logits: Logits::Last },
        Chunk { ids: &ids[20..], cache: &mut long, logits: Logits::All },
        Chunk { ids: &ids[20..22], cache: &mut cache, logits: Logits::None },
    ];
    let rows = model.forward(&mut batch).unwrap();
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 13, 0]);
    assert!(distance(&rows[0][0], &whole[7]) < 1e-4);
    assert!(rows[2].iter().zip(&whole[20..]).all(|(a, b)| distance(a, b) < 1e-4));
    assert_eq!((short.len(), empty.is_empty(), long.len(), cache.len()), (8, true, 33, 22));
    let next = step(&model, &mut cache, &ids[22..23], Logits::Last);
    assert!(distance(&next[0], &whole[22]) < 1e-4);
}

#[test]
fn random_weights_are_those_of_the_own_model() {
    let own = random(Quantization::None);
    let model = CandleGpt2::random(own.config().clone(), &Device::Cpu, 7).unwrap();
    let ids: Vec<u32> = (0..40).collect();
    let ours = common::step(&own, &mut own.new_cache(40), &ids, Logits::Last);
    let theirs = step(&model, &mut model.new_cache(40), &ids, Logits::Last);
    assert!(distance(&ours[0], &theirs[0]) < 1e-3 * ours[0].iter().fold(1.0f32, |max, x| max.max(x.abs())));
}

#[test]
fn what_cannot_be_computed_changes_no_cache() {
    let model = reference(&fixture("base"));
    let mut cache = model.new_cache(4);
    step(&model, &mut cache, &[1, 2], Logits::None);
    let mut run = |ids: &[u32]| model.forward(&mut [Chunk { ids, cache: &mut cache, logits: Logits::Last }]);
    assert!(matches!(run(&[1, 2, 3]), Err(Gpt2Error::Window { held: 2, more: 3, room: 4 })));
    assert!(matches!(run(&[u32::MAX]), Err(Gpt2Error::Token { .. })));
    assert!(run(&[1, 2]).is_ok());
    let mut foreign = reference(&fixture("n_inner_inverse_layer")).new_cache(4);
    let foreign = model.forward(&mut [Chunk { ids: &[1], cache: &mut foreign, logits: Logits::Last }]);
    assert!(matches!(foreign, Err(Gpt2Error::ForeignCache)));
}

fn loader(device: ModelDevice) -> Gpt2Loader {
    let load = LoadOptions { quantization: Quantization::None, device, ..LoadOptions::default() };
    Gpt2Loader {
        load,
        generator: GeneratorOptions { prefill_chunk: 16, ..GeneratorOptions::default() },
        ..Gpt2Loader::new(ember())
    }
}

/// Two greedy texts, two sampled candidates that fork one prompt, and scores, all at once.
fn write(device: ModelDevice) -> (Vec<String>, Vec<f32>) {
    let mut stages = Vec::new();
    let mut generator =
        loader(device).load_generator(TokenizerFiles::Required, &mut |progress| stages.push(progress.stage)).unwrap();
    stages.dedup();
    assert_eq!(stages, ["reading weights", "warming up", "ready"]);
    assert_eq!(generator.describe().contains("candle"), device == ModelDevice::Candle, "{}", generator.describe());
    let scenes = [
        "The ferry stage at dusk.\nMara:",
        "The bell of the tower lies under the river.\nTraveller: Who rang it?\nMara:",
        "Once",
    ];
    for (at, scene) in scenes.into_iter().enumerate() {
        let config = match at {
            1 => GenerationConfig { num_return_sequences: 2, seed: 5, ..GenerationConfig::default() },
            _ => GenerationConfig::greedy(),
        };
        let config = GenerationConfig { max_new_tokens: 24, ..config };
        let task = Task::Continue { config, constraints: Constraints::default() };
        let prompt = Prompt { start_of_text: true, ..Prompt::text(scene) };
        generator.submit(RequestId(at as u64), GenerationRequest { prompt, task, priority: Priority::Addressed });
    }
    let continuations = [" The bell.", " the river took the bell and gave it back"].map(String::from).to_vec();
    let task = Task::Score { continuations, null: Some("Mara:".into()) };
    let prompt = Prompt::text(scenes[1]);
    generator.submit(RequestId(9), GenerationRequest { prompt, task, priority: Priority::Ambient });
    let (mut texts, mut scores) = (vec![String::new(); 6], Vec::new());
    let mut working = Progress::Working;
    while working == Progress::Working {
        working = generator.step(&mut |id, event| match event {
            GenerationEvent::Text { candidate, text } => texts[id.0 as usize * 2 + candidate].push_str(&text),
            GenerationEvent::Scored { scores: new } => {
                scores = new.iter().flat_map(|score| [score.logprob, score.null_logprob.unwrap()]).collect();
            }
            GenerationEvent::Failed(error) => panic!("{error}"),
            _ => {}
        });
    }
    (texts, scores)
}

#[test]
fn a_generator_writes_and_scores_as_on_the_own_kernels() {
    let ((ours, our_scores), (theirs, their_scores)) = (write(ModelDevice::Cpu), write(ModelDevice::Candle));
    assert_eq!(ours, theirs);
    println!("{ours:?}");
    assert!([0, 2, 3, 4].iter().all(|&at| ours[at].len() > 4) && ours[2] != ours[3], "{ours:?}");
    assert_eq!(our_scores.len(), 4);
    assert!(distance(&our_scores, &their_scores) < 1e-3, "{our_scores:?} {their_scores:?}");
}

#[test]
fn the_memory_limit_holds_on_the_cpu() {
    let error = CandleGpt2::load(&ember(), &Device::Cpu, Some(1 << 20), &mut |_| panic!("nothing may be read"));
    assert!(matches!(error, Err(Gpt2Error::Memory { .. })));
}
