//! Learning an adapter.

use std::sync::Arc;

use super::*;
use crate::lora::{Adapter, Lora, LoraConfig, LoraError, Target};
use crate::model::{Gpt2, LoadOptions};
use crate::quantize::Quantization;
use crate::score;
use crate::train::adaptation::{Adaptation, parameters};

fn kind(targets: &str) -> LoraConfig {
    LoraConfig { rank: 3, alpha: 4.5, root: false, targets: targets.parse().unwrap() }
}

fn base(model: &Gpt2Config, seed: u64) -> Base {
    Base { model: model.clone(), parameters: lively(model, seed), name: "tiny".into() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn gradients_of_an_adapter_are_the_slopes_of_the_loss(
        seed in 0u64..1000,
        targets in prop::sample::select(vec!["all", "c_attn", "c_proj", "c_fc", "attn.c_proj,c_fc"]),
        tied in any::<bool>(),
        dropout in prop::sample::select(vec![0.0f32, 0.2]),
        unlikelihood in prop::sample::select(vec![0.0f32, 0.7]),
    ) {
        let model = tiny(Activation::GeluNew, tied);
        let lora = Lora::random(kind(targets), &model, seed, 0.3).unwrap();
        let own = parameters(&model, &lora);
        let mut adaptation = Adaptation::new(base(&model, seed), lora.config, &own).unwrap();
        prop_assert_eq!(adaptation.adapter(&own).unwrap(), lora);
        let batch = some_batch(2, 19);
        let options = StepOptions { dropout, dropout_key: seed, unlikelihood, ..plain(&batch) };
        let mut engine = Engine::Own(Box::new(Network::new(model)));
        adaptation.step(&mut engine, &batch, &options).unwrap();
        let mut gradients = Parameters::zeros(own.layout().clone());
        adaptation.gradients(&own, &mut gradients);
        let mut at = |parameters: &Parameters| {
            adaptation.merge(parameters);
            let loss = adaptation.step(&mut engine, &batch, &options).unwrap();
            (loss.likelihood + f64::from(unlikelihood) * loss.unlikelihood) * f64::from(options.factor)
        };
        let mut checked = 0;
        for tensor in own.layout().tensors() {
            let slope = &gradients.values[tensor.place.clone()];
            let length = slope.iter().map(|x| x * x).sum::<f32>().sqrt();
            if length < 1e-3 {
                continue;
            }
            checked += 1;
            let step = 2e-3f32;
            let moved = |sign: f32| {
                let mut moved = own.clone();
                for (x, g) in moved.values[tensor.place.clone()].iter_mut().zip(slope) {
                    *x += sign * step * g / length;
                }
                moved
            };
            let measured = (at(&moved(1.0)) - at(&moved(-1.0))) / f64::from(2.0 * step);
            let difference = (measured - f64::from(length)).abs();
            prop_assert!(difference < 0.02 * f64::from(length) + 1e-3, "{}: {measured} {length}", tensor.name);
        }
        prop_assert!(checked >= own.layout().tensors().len() / 2, "{checked} slopes are steep enough to be measured");
    }
}

/// An adapter of a model that knows nothing, and the model.
fn adapting(config: TrainConfig) -> (Base, Trainer<'static>) {
    let model = Gpt2Config { n_embd: 48, n_inner: None, ..tiny(Activation::GeluNew, true) };
    let base = Base { parameters: Parameters::initial(&model, 1), model, name: "tiny".into() };
    let kind = LoraConfig { rank: 8, alpha: 16.0, ..LoraConfig::default() };
    let lora = Lora::initial(kind, &base.model, config.seed).unwrap();
    let trainer = Trainer::adapt(base.clone(), &lora, &Sentences, config).unwrap();
    (base, trainer)
}

fn sentences() -> Validation {
    Validation { documents: (0..6).map(|index| Sentences.document(0, index)).collect(), bytes: 6 * 5 }
}

/// What was learned is what a model computes that runs the adapter, and one that it was merged into.
#[test]
fn an_adapter_learns_and_the_model_stays_as_it_is() {
    let schedule = Schedule { learning_rate: 2e-2, warmup: 10, steps: 250, ..Schedule::default() };
    let config = TrainConfig { schedule, dropout: 0.0, ..settings() };
    let (base, mut trainer) = adapting(config.clone());
    let mut plain = Trainer::new(base.model.clone(), base.parameters.clone(), &Sentences, config).unwrap();
    let before = trainer.validate(&sentences()).unwrap().bits_per_byte;
    assert_eq!(before, plain.validate(&sentences()).unwrap().bits_per_byte, "a new adapter changes nothing");
    while !trainer.is_over() {
        trainer.step().unwrap();
    }
    let after = trainer.validate(&sentences()).unwrap().bits_per_byte;
    // The base is noise, and its embeddings stay noise.
    assert!(after < 0.8 * before, "{before} -> {after}");

    let dir = tempfile::tempdir().unwrap();
    let [model, adapter, merged] = ["model", "adapter", "merged"].map(|name| dir.path().join(name));
    std::fs::create_dir(&model).unwrap();
    checkpoint::write_model(&model, &base.model, &base.parameters).unwrap();
    trainer.save(&adapter).unwrap();
    crate::lora::merge(&model, &adapter, &merged).unwrap();
    let load = |dir: &Path| {
        let options = LoadOptions { quantization: Quantization::None, memory_limit: None, ..LoadOptions::default() };
        Gpt2::load(dir, &options, &mut |_| {}).unwrap()
    };
    let lora = Lora::load(&adapter, &base.model).unwrap();
    assert_eq!(Some(&lora), trainer.adapter().unwrap().as_ref());
    let bits = |model: &Gpt2, adapter: Option<Arc<Adapter>>| {
        let documents = sentences().documents;
        let nats = documents.iter().map(|ids| {
            let scored = score::sequence_under(model, adapter.as_ref(), ids).unwrap();
            scored.token_logprobs.iter().map(|&x| f64::from(x)).sum::<f64>()
        });
        -nats.sum::<f64>() / std::f64::consts::LN_2 / 30.0
    };
    let own = load(&model);
    let ready = Arc::new(Adapter::new(&lora, &base.model).unwrap());
    for (name, got, want) in [
        ("without", bits(&own, None), before),
        ("under", bits(&own, Some(ready)), after),
        ("merged", bits(&load(&merged), None), after),
    ] {
        assert!((got - want).abs() < 1e-3, "{name}: {got} {want}");
    }
}

#[test]
fn an_adapter_that_was_stopped_goes_on_as_if_it_had_not_been() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("last");
    let (base, mut whole) = adapting(settings());
    let steps: Vec<Step> = (0..12).map(|_| whole.step().unwrap()).collect();
    let (_, mut first) = adapting(settings());
    for _ in 0..5 {
        first.step().unwrap();
    }
    first.save(&folder).unwrap();
    let (config, kind, state) = checkpoint::load_adapter(&folder, &base.model).unwrap();
    assert_eq!((&config, &state), (first.config(), first.state()));
    let mut second = Trainer::resume_adapter(base.clone(), kind, &Sentences, config, state).unwrap();
    for want in &steps[5..] {
        assert_eq!(&second.step().unwrap(), want);
    }
    assert_eq!(second.state(), whole.state());
    assert!(checkpoint::load(&folder).is_err(), "an adapter is no model");
    let wider = Gpt2Config { n_embd: 60, ..base.model };
    assert!(matches!(checkpoint::load_adapter(&folder, &wider), Err(checkpoint::CheckpointError::Adapter(_))));
}

#[test]
fn adapters_that_cannot_be_learned_are_refused() {
    let model = tiny(Activation::GeluNew, true);
    let lora = Lora::initial(kind("all"), &model, 1).unwrap();
    let wider = Gpt2Config { n_embd: 24, ..model.clone() };
    let refused = Trainer::adapt(base(&wider, 1), &lora, &Sentences, settings()).err();
    assert!(matches!(refused, Some(TrainError::Adapter(LoraError::WrongBase { .. }))));
    let mut broken = lora;
    broken.pair_mut(1, Target::CAttn).unwrap().a[0] = f32::NAN;
    let refused = Trainer::adapt(base(&model, 1), &broken, &Sentences, settings()).err();
    assert!(matches!(refused, Some(TrainError::Adapter(LoraError::NotFinite { .. }))));
    let none = LoraConfig { rank: 0, ..kind("all") };
    assert!(matches!(Lora::initial(none, &model, 1), Err(LoraError::Setting { field: "r", .. })));
}
