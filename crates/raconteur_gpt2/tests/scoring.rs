//! Scores of many candidates at once, and of texts longer than the window.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use std::path::Path;

use common::random;
use raconteur_gpt2::error::Gpt2Error;
use raconteur_gpt2::kv::KvFormat;
use raconteur_gpt2::model::{Gpt2, LoadOptions};
use raconteur_gpt2::parallel::Threads;
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::score;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

#[test]
fn candidates_scored_together_have_the_scores_they_have_alone() {
    let model = random(Quantization::Q8_0);
    let prompt: Vec<u32> = (0..70).map(|i| i * 13 % 1000).collect();
    let candidates: Vec<Vec<u32>> =
        [1, 4, 0, 9, 2].iter().map(|&len| (0..len).map(|i| (i * 7 + len * 101) % 1000).collect()).collect();
    for batch in [1, 2, 8] {
        let scores = score::continuations(&model, &prompt, &candidates, batch).unwrap();
        for (candidate, scores) in candidates.iter().zip(scores) {
            let whole = score::sequence(&model, &[prompt.as_slice(), candidate].concat()).unwrap();
            assert_eq!(whole.token_logprobs[prompt.len() - 1..], scores);
        }
    }
}

#[test]
fn what_cannot_be_scored_is_an_error() {
    let model = random(Quantization::None);
    let error = |prompt: &[u32], candidate: Vec<u32>| {
        score::continuations(&model, prompt, &[vec![1], candidate], 8).unwrap_err()
    };
    assert!(matches!(error(&[], vec![1]), Gpt2Error::NothingToScore { .. }));
    assert!(matches!(error(&[1], vec![2, 1000]), Gpt2Error::Token { id: 1000, .. }));
    assert!(matches!(error(&[1000], vec![2]), Gpt2Error::Token { id: 1000, .. }));
    assert!(matches!(error(&[1; 100], vec![1; 29]), Gpt2Error::Window { .. }));
    assert!(matches!(score::sequence(&model, &[]).unwrap_err(), Gpt2Error::NothingToScore { .. }));
}

#[test]
fn a_text_is_the_sum_of_its_tokens_after_end_of_text() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    let (model, tokenizer) = (common::load(&dir).unwrap(), Gpt2Tokenizer::load(&dir).unwrap());
    let document = "Ulric: I saw a shape. Could have been a bear on its hind legs.";
    let file = format!("{document}\n<|endoftext|>\n");
    let score = score::text(&model, &tokenizer, &file, &mut |_| {}).unwrap();
    let ids = [vec![tokenizer.end_of_text()], tokenizer.encode(document)].concat();
    let logprobs = score::sequence(&model, &ids).unwrap().token_logprobs;
    assert_eq!((score.documents, score.tokens, score.bytes), (1, logprobs.len(), document.len()));
    let nats: f64 = logprobs.iter().map(|&x| f64::from(x)).sum();
    assert!((score.bits_per_byte + nats / std::f64::consts::LN_2 / document.len() as f64).abs() < 1e-9);

    // Longer than the window of 512: the second window begins at token 256 and scores what the first did not, and so on.
    let long = [document; 60].join("\n");
    let ids = [vec![tokenizer.end_of_text()], tokenizer.encode(&long)].concat();
    assert!(model.n_positions() == 512 && ids.len() > 1100, "{}", ids.len());
    let (mut nats, mut scored) = (0.0, 1);
    for start in (0..ids.len()).step_by(256).take_while(|start| start + 256 < ids.len()) {
        let window = &ids[start..(start + 512).min(ids.len())];
        let logprobs = score::sequence(&model, window).unwrap().token_logprobs;
        nats += logprobs[scored - start - 1..].iter().map(|&x| f64::from(x)).sum::<f64>();
        scored = start + window.len();
    }
    let many = score::text(&model, &tokenizer, &format!("{long}\n<|endoftext|>\n"), &mut |_| {}).unwrap();
    assert_eq!((many.tokens, scored), (ids.len() - 1, ids.len()));
    assert!((many.bits_per_byte + nats / std::f64::consts::LN_2 / long.len() as f64).abs() < 1e-9);
    assert!(matches!(score::text(&model, &tokenizer, "", &mut |_| {}), Err(Gpt2Error::NothingToScore { .. })));
}

/// Bits per byte of a file by the formats of weights and caches, `RACONTEUR_TEXT=FILE cargo test -p raconteur_gpt2 --test
/// scoring -- --ignored --nocapture what_the_formats_cost`: each document ends with a line `<|endoftext|>`.
#[test]
#[ignore = "prints a table of some minutes; that the formats come close is tested elsewhere"]
fn what_the_formats_cost() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    let text = std::fs::read_to_string(std::env::var("RACONTEUR_TEXT").unwrap()).unwrap();
    let tokenizer = Gpt2Tokenizer::load(&dir).unwrap();
    for quantization in [Quantization::None, Quantization::Q8_0, Quantization::Q4] {
        for kv in [KvFormat::F32, KvFormat::Q8] {
            let options = LoadOptions { quantization, kv: Some(kv), ..LoadOptions::default() };
            let model = Gpt2::load(&dir, &options, &mut |_| {}).unwrap();
            let threads = Threads::new(0).unwrap();
            let score = threads.run(|| score::text(&model, &tokenizer, &text, &mut |_| {})).unwrap();
            println!("weights {quantization}, keys and values {kv:?}: {:.5} bits per byte", score.bits_per_byte);
        }
    }
}
