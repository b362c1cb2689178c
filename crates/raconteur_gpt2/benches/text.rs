//! What a token costs beside the model: choosing it, and turning text into tokens.
//!
//! `cargo bench -p raconteur_gpt2 --bench text`
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use raconteur_core::generate::GenerationConfig;
use raconteur_gpt2::sampling::{Sampler, Scratch};
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

/// Tokens of the published vocabulary.
const VOCABULARY: usize = 50_257;

/// One token out of logits as a trained model gives them: most far below a few.
fn sampling(criterion: &mut Criterion) {
    // A Weyl sequence, squared: even noise with a long tail upwards.
    let noise = |i: usize| (i as f32 * 0.618_034).fract();
    let logits: Vec<f32> = (0..VOCABULARY).map(|i| 18.0 * noise(i).powi(6) - 8.0 * noise(i + 7)).collect();
    let history: Vec<u32> = (0..256).map(|i| i * 191 % VOCABULARY as u32).collect();
    let all = GenerationConfig { top_p: 1.0, ..GenerationConfig::default() };
    let settings = [
        ("greedy", GenerationConfig::greedy()),
        ("temperature", all.clone()),
        ("top_k_40", GenerationConfig { top_k: 40, ..all.clone() }),
        ("top_p_0.92", GenerationConfig::default()),
        ("min_p_0.05", GenerationConfig { min_p: 0.05, ..all }),
        ("top_p_and_repetition_penalty", GenerationConfig { repetition_penalty: 1.1, ..GenerationConfig::default() }),
    ];
    let mut group = criterion.benchmark_group("sample_50257");
    for (name, config) in settings {
        let mut sampler = Sampler::new(&config, 0, Vec::new(), None).unwrap();
        let mut scratch = Scratch::default();
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| sampler.sample(&logits, &history, &[], &mut |_| true, &mut scratch).unwrap());
        });
    }
    group.finish();
}

/// A prompt of ordinary prose, with the published vocabulary.
fn tokenizer(criterion: &mut Criterion) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tokenizer = Gpt2Tokenizer::load(&root.join("tests/tokenizer")).unwrap();
    let text = std::fs::read_to_string(root.join("../../docs/design.md")).unwrap();
    let ids = tokenizer.encode(&text);
    let mut group = criterion.benchmark_group("tokenizer");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("encode", |bencher| bencher.iter(|| tokenizer.encode(&text)));
    group.bench_function("decode", |bencher| bencher.iter(|| tokenizer.decode(&ids)));
    group.finish();
}

criterion_group!(benches, sampling, tokenizer);
criterion_main!(benches);
