use std::path::PathBuf;

use super::*;

/// A GPT-2 of 320 tokens and 64 positions whose log-probabilities a reference implementation has recorded.
fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../raconteur_gpt2/tests/fixtures/gpt2/base")
}

fn load(dir: &Path) -> Gpt2 {
    Gpt2::load(dir, &LoadOptions { quantization: "none".parse().unwrap(), ..LoadOptions::default() }, &mut |_| {})
        .unwrap()
}

/// The longest recorded case: its tokens and the log-probability of each but the first.
fn recorded() -> (Vec<u32>, Vec<f64>) {
    let text = std::fs::read_to_string(fixture().join("expected.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let case =
        json["cases"].as_array().unwrap().iter().max_by_key(|case| case["ids"].as_array().unwrap().len()).unwrap();
    let ids = case["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
    (ids, case["token_logprobs"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect())
}

#[test]
fn a_last_word_is_the_sum_of_its_recorded_tokens() {
    let (model, (ids, logprobs)) = (load(&fixture()), recorded());
    for first in [1, 5, ids.len() - 3, ids.len() - 1] {
        let word = last(&model, &ids, first).unwrap();
        let sum: f64 = logprobs[first - 1..].iter().sum();
        assert!((word.logprob - sum).abs() < 1e-3, "{first}: {} {sum}", word.logprob);
    }
}

#[test]
fn a_word_counts_when_the_model_would_write_it() {
    let model = load(&fixture());
    let text = std::fs::read_to_string(fixture().join("expected.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    for case in json["cases"].as_array().unwrap() {
        let ids = |name: &str| -> Vec<u32> {
            case[name].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect()
        };
        let (context, greedy) = (ids("ids"), ids("greedy_24"));
        let mut whole = [context.clone(), greedy[..4].to_vec()].concat();
        assert!(last(&model, &whole, context.len()).unwrap().greedy);
        // One wrong token, at the end or on the way, and it does not count.
        for at in [context.len() + 1, context.len() + 3] {
            let right = std::mem::replace(&mut whole[at], (greedy[at - context.len()] + 1) % 320);
            assert!(!last(&model, &whole, context.len()).unwrap().greedy);
            whole[at] = right;
        }
    }
}

#[test]
fn windows_do_not_overlap_and_leave_out_their_first_tokens() {
    let (model, (ids, logprobs)) = (load(&fixture()), recorded());
    let (nats, count) = windows(&model, &ids, &mut || {}).unwrap();
    assert_eq!(count, ids.len() - 1);
    assert!((nats + logprobs.iter().sum::<f64>()).abs() < 1e-3);
    // Two windows and a bit: 64, 64 and 1 token, of which the last predicts nothing.
    let long: Vec<u32> = ids.iter().copied().cycle().take(129).collect();
    let (nats, count) = windows(&model, &long, &mut || {}).unwrap();
    let each: f64 = [&long[..64], &long[64..128]].iter().map(|w| predicted(&model, w, 1).unwrap().logprob).sum();
    assert_eq!(count, 126);
    assert!((nats + each).abs() < 1e-9);
}

#[test]
fn a_text_longer_than_the_window_loses_its_beginning() {
    let (model, (ids, _)) = (load(&fixture()), recorded());
    let long: Vec<u32> = ids.iter().copied().cycle().take(100).collect();
    let all = last(&model, &long, 98).unwrap();
    // 65 tokens are kept: 64 are read, and the last is predicted by them.
    assert_eq!(all, predicted(&model, &long[35..], 63).unwrap());
}

#[test]
fn a_model_that_knows_nothing_has_the_perplexity_of_its_vocabulary() {
    // The fixture with every weight 0: all logits are 0.
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(fixture().join("config.json"), dir.path().join("config.json")).unwrap();
    let mut bytes = std::fs::read(fixture().join("model.safetensors")).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    bytes[8 + header..].fill(0);
    std::fs::write(dir.path().join("model.safetensors"), bytes).unwrap();
    let model = load(dir.path());
    let ids: Vec<u32> = (0..100).map(|at| at * 7 % 320).collect();
    let (nats, count) = windows(&model, &ids, &mut || {}).unwrap();
    let perplexity = (nats / count as f64).exp();
    assert!((perplexity - 320.0).abs() < 0.01, "{perplexity}");
    let word = last(&model, &ids[..20], 18).unwrap();
    assert!((word.logprob + 2.0 * 320_f64.ln()).abs() < 1e-4 && !word.greedy);
    // Of equals the first: a word of token 0 is what it would write.
    assert!(last(&model, &[5, 6, 0], 2).unwrap().greedy);
}
