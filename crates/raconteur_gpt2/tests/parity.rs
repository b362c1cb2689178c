//! The forward pass against `PyTorch` and transformers, on recorded numbers.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use common::{FIXTURES, argmax, fixture, load, step};
use raconteur_gpt2::model::Logits;
use raconteur_gpt2::score;

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

#[test]
fn logits_log_probabilities_and_greedy_texts_are_the_reference_s() {
    for name in FIXTURES {
        let model = load(&fixture(name)).unwrap();
        let expected = std::fs::read(fixture(name).join("expected.json")).unwrap();
        let expected: Expected = serde_json::from_slice(&expected).unwrap();
        let (mut worst_logit, mut worst_logprob) = (0.0f32, 0.0f32);
        for case in &expected.cases {
            let score = score::sequence(&model, &case.ids).unwrap();
            assert_eq!(score.last_logits.len(), case.last_logits.len());
            for (ours, reference) in score.last_logits.iter().zip(&case.last_logits) {
                worst_logit = worst_logit.max((ours - reference).abs());
            }
            assert_eq!(score.token_logprobs.len(), case.token_logprobs.len());
            for (ours, reference) in score.token_logprobs.iter().zip(&case.token_logprobs) {
                worst_logprob = worst_logprob.max((ours - reference).abs());
            }
            let mut cache = model.new_cache(model.n_positions());
            let mut logits = step(&model, &mut cache, &case.ids, Logits::Last).pop().unwrap();
            for &reference in &case.greedy_24 {
                assert_eq!(argmax(&logits), reference, "{name}: greedy text");
                if cache.len() < model.n_positions() {
                    logits = step(&model, &mut cache, &[reference], Logits::Last).pop().unwrap();
                }
            }
        }
        println!("{name}: largest error of a logit {worst_logit:.2e}, of a log-probability {worst_logprob:.2e}");
        assert!(worst_logit < 1e-3 && worst_logprob < 1e-3, "{name}: {worst_logit} {worst_logprob}");
    }
}

#[test]
fn one_token_at_a_time_gives_the_logits_of_the_whole_prompt() {
    for name in FIXTURES {
        let model = load(&fixture(name)).unwrap();
        let ids: Vec<u32> = (0..33).map(|i| (i * 37 + 5) % model.config().vocab_size as u32).collect();
        let whole = step(&model, &mut model.new_cache(64), &ids, Logits::All);
        let mut cache = model.new_cache(64);
        for (id, whole) in ids.iter().zip(&whole) {
            assert_eq!(step(&model, &mut cache, &[*id], Logits::Last)[0], *whole, "{name}");
        }
    }
}
