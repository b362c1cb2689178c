//! Losses and gradients against `PyTorch`, against finite differences, and against themselves on other threads.

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

mod adapter;

use super::*;
use crate::config::{Activation, Gpt2Config};

fn fixture() -> (Gpt2Config, Parameters, Value) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gpt2/base");
    let config = Gpt2Config::load(&dir).unwrap();
    let parameters = Parameters::load(&dir, &config).unwrap();
    let expected = std::fs::read_to_string(dir.join("expected.json")).unwrap();
    (config, parameters, serde_json::from_str::<Value>(&expected).unwrap()["train"].take())
}

fn batch_of(expected: &Value) -> Batch {
    let row = |row: &Value| row.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
    Batch::of_rows(&expected["batch"].as_array().unwrap().iter().map(row).collect::<Vec<_>>())
}

fn plain(batch: &Batch) -> StepOptions {
    StepOptions { factor: 1.0 / batch.targets() as f32, ..StepOptions::default() }
}

#[test]
fn losses_and_gradients_are_those_of_pytorch() {
    let (config, mut parameters, expected) = fixture();
    let batch = batch_of(&expected);
    let mut network = Network::new(config);
    let decay_all = AdamWConfig { decay_vectors: true, ..AdamWConfig::default() };
    let mut optimizer = AdamW::new(decay_all, parameters.values.len());
    for (step, want) in expected["loss_per_step"].as_array().unwrap().iter().enumerate() {
        let mut gradients = Parameters::zeros(parameters.layout().clone());
        let loss = network.step(&parameters, &batch, &plain(&batch), &mut gradients).mean();
        let want = want.as_f64().unwrap();
        assert!((loss - want).abs() < 1e-4 * want, "step {step}: {loss} {want}");
        if step == 0 {
            for tensor in parameters.layout().tensors() {
                let want = expected["grad_norm_first_step"][format!("transformer.{}", tensor.name)].as_f64().unwrap();
                let own = &gradients.values[tensor.place.clone()];
                let own = own.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
                // The reference has six decimals.
                assert!((own - want).abs() < 1e-4 * want + 1e-6, "{}: {own} {want}", tensor.name);
            }
        }
        optimizer.update(&mut parameters, &gradients, 1e-3);
    }
}

fn tiny(activation: Activation, tied: bool) -> Gpt2Config {
    Gpt2Config {
        vocab_size: 11,
        n_positions: 70,
        n_embd: 12,
        n_layer: 2,
        n_head: 3,
        n_inner: Some(20),
        activation_function: activation,
        scale_attn_by_inverse_layer_idx: true,
        eos_token_id: Some(0),
        tie_word_embeddings: tied,
        ..Gpt2Config::default()
    }
}

/// Some batch, one of whose targets does not count.
fn some_batch(rows: usize, len: usize) -> Batch {
    let row = |row: usize| (0..=len).map(|at| ((at * at + 3 * row + at * row) % 11) as u32).collect::<Vec<_>>();
    let mut batch = Batch::of_rows(&(0..rows).map(row).collect::<Vec<_>>());
    batch.targets[1] = IGNORE;
    batch
}

/// A second opinion: gradients that candle finds by itself, in all the ways a model can be shaped.
#[cfg(feature = "candle")]
#[test]
fn losses_and_gradients_are_those_of_candle() {
    let activations = [Activation::GeluNew, Activation::Gelu, Activation::Relu, Activation::Silu, Activation::Tanh];
    for (at, activation) in activations.into_iter().enumerate() {
        let config = tiny(activation, at % 2 == 0);
        let parameters = lively(&config, at as u64);
        let batch = some_batch(3, 9 + 60 * (at % 2));
        let options = StepOptions { dropout: 0.1 * at as f32, dropout_key: 5, ..plain(&batch) };
        let (mut own, mut theirs) =
            (Parameters::zeros(parameters.layout().clone()), Parameters::zeros(parameters.layout().clone()));
        let loss = Network::new(config.clone()).step(&parameters, &batch, &options, &mut own);
        let candle = CandleNetwork::new(config, candle_core::Device::Cpu);
        let other = candle.step(&parameters, &batch, &options, &mut theirs).unwrap();
        assert!((loss.mean() - other.mean()).abs() < 1e-5 * loss.mean(), "{activation:?}: {loss:?} {other:?}");
        assert_eq!(loss.targets, other.targets);
        for tensor in parameters.layout().tensors() {
            let (own, theirs) = (&own.values[tensor.place.clone()], &theirs.values[tensor.place.clone()]);
            let size = own.iter().fold(1e-3f32, |max, x| max.max(x.abs()));
            for (own, theirs) in own.iter().zip(theirs) {
                assert!((own - theirs).abs() < 1e-3 * size, "{activation:?} {}: {own} {theirs}", tensor.name);
            }
        }
    }
}

#[cfg(feature = "candle")]
#[test]
fn a_training_on_candle_goes_the_same_way() {
    let mut own = trainer(settings());
    let network = CandleNetwork::new(own.model().clone(), candle_core::Device::Cpu);
    let mut other = trainer(settings()).on(Engine::Candle(network));
    for _ in 0..10 {
        let (own, other) = (own.step().unwrap(), other.step().unwrap());
        assert!((own.loss - other.loss).abs() < 1e-4 * own.loss, "{own:?} {other:?}");
    }
    let refused = TrainConfig { unlikelihood: 0.5, ..settings() };
    let network = CandleNetwork::new(own.model().clone(), candle_core::Device::Cpu);
    assert!(matches!(trainer(refused).on(Engine::Candle(network)).step(), Err(TrainError::Device(_))));
}

#[test]
fn only_the_bytes_that_fit_into_the_window_count() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokenizer");
    let tokenizer = crate::tokenizer::Gpt2Tokenizer::load(&dir).unwrap();
    let text = "The bell of the drowned church rings at low tide.";
    let all = Validation::new([text, "  ", text], &tokenizer, 512);
    assert_eq!((all.documents.len(), all.bytes), (2, 2 * text.len()));
    let cut = Validation::new([text], &tokenizer, 4);
    assert_eq!(cut.documents, vec![all.documents[0][..4].to_vec()]);
    assert_eq!(cut.bytes, tokenizer.decode(&cut.documents[0][1..]).len());
    assert!(cut.bytes < text.len());
}

#[test]
fn texts_in_shares_give_every_token_before_any_twice() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokenizer");
    let tokenizer = crate::tokenizer::Gpt2Tokenizer::load(&dir).unwrap();
    let text = (0..200).map(|n| format!(" {n}")).collect::<String>();
    let texts = documents::Texts::new([text.as_str()], &tokenizer, 16, 3);
    let windows = texts.count();
    let share = documents::Texts::new([text.as_str()], &tokenizer, 16, 3).at_most(5);
    assert_eq!(share.count(), 5);
    let read: Vec<Vec<u32>> = (0..windows).map(|at| share.document(at as u64 / 5, at % 5)).collect();
    let whole: Vec<Vec<u32>> = (0..windows).map(|at| texts.document(0, at)).collect();
    assert_eq!(read, whole);
    assert_ne!(share.document(windows as u64 / 5 + 1, 0), whole[0]);
}

/// Larger weights than a model starts with, so that every part matters.
fn lively(config: &Gpt2Config, seed: u64) -> Parameters {
    let mut parameters = Parameters::initial(config, seed);
    let layout = parameters.layout().clone();
    for tensor in layout.tensors() {
        for (at, x) in parameters.values[tensor.place.clone()].iter_mut().enumerate() {
            *x = if tensor.is_matrix() { *x * 12.0 } else { *x + 0.1 * ((at * 7 % 5) as f32 - 2.0) };
        }
    }
    parameters
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]
    #[test]
    fn gradients_are_the_slopes_of_the_loss(
        seed in 0u64..1000,
        activation in prop::sample::select(vec![Activation::GeluNew, Activation::Gelu, Activation::Silu, Activation::Tanh]),
        tied in any::<bool>(),
        dropout in prop::sample::select(vec![0.0f32, 0.2]),
        unlikelihood in prop::sample::select(vec![0.0f32, 0.7]),
        len in prop::sample::select(vec![5usize, 67]),
    ) {
        let config = tiny(activation, tied);
        let parameters = lively(&config, seed);
        let batch = some_batch(2, len);
        let options = StepOptions { dropout, dropout_key: seed, unlikelihood, ..plain(&batch) };
        let mut network = Network::new(config);
        let mut gradients = Parameters::zeros(parameters.layout().clone());
        network.step(&parameters, &batch, &options, &mut gradients);
        let mut at = |parameters: &Parameters| {
            let mut ignored = Parameters::zeros(parameters.layout().clone());
            let loss = network.step(parameters, &batch, &options, &mut ignored);
            (loss.likelihood + f64::from(unlikelihood) * loss.unlikelihood) * f64::from(options.factor)
        };
        // Along the gradient of each tensor: one number each, large enough to stand out of the rounding.
        for tensor in parameters.layout().tensors() {
            let slope = &gradients.values[tensor.place.clone()];
            let length = slope.iter().map(|x| x * x).sum::<f32>().sqrt();
            if length < 1e-3 {
                continue;
            }
            let step = 2e-3f32;
            let moved = |sign: f32| {
                let mut moved = parameters.clone();
                for (x, g) in moved.values[tensor.place.clone()].iter_mut().zip(slope) {
                    *x += sign * step * g / length;
                }
                moved
            };
            let measured = (at(&moved(1.0)) - at(&moved(-1.0))) / f64::from(2.0 * step);
            let difference = (measured - f64::from(length)).abs();
            prop_assert!(difference < 0.02 * f64::from(length) + 1e-3, "{}: {measured} {length}", tensor.name);
        }
    }
}

#[test]
fn threads_do_not_change_a_gradient() {
    let config = Gpt2Config { n_embd: 48, n_inner: None, ..tiny(Activation::GeluNew, true) };
    let parameters = lively(&config, 3);
    let batch = some_batch(5, 66);
    let options = StepOptions { dropout: 0.1, dropout_key: 9, ..plain(&batch) };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut gradients = Parameters::zeros(parameters.layout().clone());
            let loss = Network::new(config.clone()).step(&parameters, &batch, &options, &mut gradients);
            (loss, gradients)
        })
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(3));
}

#[test]
fn the_loss_without_gradients_is_the_same() {
    let config = tiny(Activation::Relu, true);
    let parameters = lively(&config, 5);
    let batch = some_batch(3, 9);
    let mut network = Network::new(config);
    let mut gradients = Parameters::zeros(parameters.layout().clone());
    let with = network.step(&parameters, &batch, &plain(&batch), &mut gradients);
    assert_eq!(network.loss(&parameters, &batch), with);
    assert_eq!(with.targets, 3 * 9 - 1);
}

#[test]
fn a_tiny_model_learns_a_pattern() {
    let config = Gpt2Config { n_layer: 1, ..tiny(Activation::GeluNew, true) };
    let mut parameters = Parameters::initial(&config, 1);
    let mut network = Network::new(config);
    let mut optimizer = AdamW::new(AdamWConfig::default(), parameters.values.len());
    // What comes next is the sum of the last two, modulo 11.
    let rows: Vec<Vec<u32>> = (0..16u32)
        .map(|row| {
            let mut ids = vec![row % 11, row * 3 % 11 + u32::from(row % 11 == 0) % 11];
            while ids.len() < 25 {
                ids.push((ids[ids.len() - 1] + ids[ids.len() - 2]) % 11);
            }
            ids
        })
        .collect();
    let batch = Batch::of_rows(&rows);
    let first = network.loss(&parameters, &batch).mean();
    assert!((first - 11f64.ln()).abs() < 0.1, "nothing is known at first: {first}");
    for _ in 0..300 {
        let mut gradients = Parameters::zeros(parameters.layout().clone());
        network.step(&parameters, &batch, &plain(&batch), &mut gradients);
        optimizer.update(&mut parameters, &gradients, 3e-3);
    }
    let last = network.loss(&parameters, &batch).mean();
    assert!(last < 0.5, "{last}");
}

/// Sentences of a small world: what comes next depends on what was said.
struct Sentences;

impl Documents for Sentences {
    fn count(&self) -> usize {
        6
    }

    fn document(&self, _: u64, index: usize) -> Vec<u32> {
        let (who, what) = (1 + index as u32 % 3, 4 + index as u32 / 3);
        vec![0, who, what, 6 + who % 2, 8 + what % 3, who]
    }
}

fn settings() -> TrainConfig {
    TrainConfig {
        schedule: Schedule { learning_rate: 3e-3, warmup: 5, steps: 150, ..Schedule::default() },
        batch: 4,
        accumulate: 2,
        row: 16,
        dropout: 0.05,
        ..TrainConfig::default()
    }
}

fn trainer(config: TrainConfig) -> Trainer<'static> {
    let model = tiny(Activation::GeluNew, true);
    let parameters = Parameters::initial(&model, config.seed);
    Trainer::new(model, parameters, &Sentences, config).unwrap()
}

#[test]
fn a_training_reaches_what_the_data_allow() {
    let schedule = Schedule { learning_rate: 5e-3, warmup: 20, steps: 500, ..Schedule::default() };
    let config = TrainConfig { schedule, dropout: 0.0, ..settings() };
    let model = Gpt2Config { n_embd: 48, n_inner: None, ..tiny(Activation::GeluNew, true) };
    let parameters = Parameters::initial(&model, config.seed);
    let mut trainer = Trainer::new(model, parameters, &Sentences, config).unwrap();
    while !trainer.is_over() {
        trainer.step().unwrap();
    }
    let documents: Vec<Vec<u32>> = (0..6).map(|index| Sentences.document(0, index)).collect();
    let result = trainer.validate(&Validation { documents, bytes: 6 * 5 }).unwrap();
    // Which of six comes is log2(6) bits, 0.52 for each of the five tokens (here a byte each); the rest is known. Of
    // eleven tokens without any order it would be 3.46.
    assert!(result.bits_per_byte < 0.75, "{result:?}");
    assert!(trainer.is_best());
}

#[test]
fn what_was_stopped_goes_on_as_if_it_had_not_been() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("last");
    let mut whole = trainer(settings());
    let steps: Vec<Step> = (0..20).map(|_| whole.step().unwrap()).collect();
    let mut first = trainer(settings());
    for _ in 0..7 {
        first.step().unwrap();
    }
    first.save(&folder).unwrap();
    first.step().unwrap();
    first.save(&folder).unwrap();
    let (model, config, state) = checkpoint::load(&folder).unwrap();
    assert_eq!((&model, &config, &state), (first.model(), first.config(), first.state()));
    let mut second = Trainer::resume(model, &Sentences, config, state).unwrap();
    for want in &steps[8..] {
        assert_eq!(&second.step().unwrap(), want);
    }
    assert_eq!(second.state(), whole.state());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    let generator = crate::model::Gpt2::load(&folder, &crate::model::LoadOptions::default(), &mut |_| {});
    assert!(generator.is_ok(), "a checkpoint is a model");
}

#[test]
fn a_checkpoint_that_cannot_be_written_leaves_the_last_one() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("last");
    let mut trainer = trainer(settings());
    trainer.step().unwrap();
    trainer.save(&folder).unwrap();
    let before = checkpoint::load(&folder).unwrap();
    trainer.step().unwrap();
    // A file where the new folder would be.
    std::fs::write(dir.path().join(".last.new"), "").unwrap();
    let error = trainer.save(&folder).unwrap_err().to_string();
    assert!(error.contains("the one before it is as it was"), "{error}");
    assert_eq!(checkpoint::load(&folder).unwrap(), before);
}

#[test]
fn a_loss_that_is_no_number_stops_before_the_update() {
    let model = tiny(Activation::GeluNew, true);
    let mut parameters = Parameters::initial(&model, 1);
    parameters.values[3] = f32::NAN;
    let mut trainer = Trainer::new(model, parameters, &Sentences, settings()).unwrap();
    assert!(matches!(trainer.step(), Err(TrainError::NotFinite(1))));
    assert_eq!(trainer.state().optimizer.steps(), 0);
}

#[test]
fn a_row_that_is_too_long_and_no_data_are_refused() {
    struct Nothing;
    impl Documents for Nothing {
        fn count(&self) -> usize {
            0
        }
        fn document(&self, _: u64, _: usize) -> Vec<u32> {
            Vec::new()
        }
    }
    let model = tiny(Activation::GeluNew, true);
    let parameters = || Parameters::initial(&model, 1);
    let long = TrainConfig { row: 71, ..settings() };
    let refused = Trainer::new(model.clone(), parameters(), &Sentences, long).err();
    assert!(matches!(refused, Some(TrainError::RowTooLong { row: 71, window: 70 })));
    let refused = Trainer::new(model.clone(), parameters(), &Nothing, settings()).err();
    assert!(matches!(refused, Some(TrainError::NoData)));
}
