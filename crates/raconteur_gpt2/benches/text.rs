//! What a token costs beside the model: choosing it, and turning text into tokens.
//!
//! `cargo bench -p raconteur_gpt2 --bench text`
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use std::path::Path;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use raconteur_core::generate::{Constraints, GenerationConfig};
use raconteur_core::judge::KnownNames;
use raconteur_gpt2::constrain::{Lexicon, Limits, Written};
use raconteur_gpt2::sampling::{Sampler, Scratch};
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

/// Tokens of the published vocabulary.
const VOCABULARY: usize = 50_257;

/// Logits as a trained model gives them: most far below a few.
fn logits(size: usize) -> Vec<f32> {
    // A Weyl sequence, squared: even noise with a long tail upwards.
    let noise = |i: usize| (i as f32 * 0.618_034).fract();
    (0..size).map(|i| 18.0 * noise(i).powi(6) - 8.0 * noise(i + 7)).collect()
}

/// One token by each way of choosing.
fn sampling(criterion: &mut Criterion) {
    let logits = logits(VOCABULARY);
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

/// One token of a text that names nobody unknown, over one without limits: `cargo bench` prints both, and `first` is what
/// a state costs that no text has been in yet.
fn masks(criterion: &mut Criterion) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let story = "Mara, Odo, Ferryman Bero of Brack, Sister Ilse and the Traveller met at Saint Annen, on the Isk.";
    let names = Constraints { names: Some(KnownNames::new([story])), ..Constraints::default() };
    for folder in ["../../assets/models/ember", "tests/tokenizer"] {
        let tokenizer = Gpt2Tokenizer::load(&root.join(folder)).unwrap();
        let size = tokenizer.vocab_size();
        let bytes = |id| tokenizer.token_bytes(id);
        let lexicon = Lexicon::new(size, &bytes, Some(tokenizer.end_of_text()));
        let ids = tokenizer.encode(" I asked Mara about the bell, and Odo would not");
        let logits = logits(size);
        let mut group = criterion.benchmark_group(format!("step_{size}"));
        for (name, constraints) in [("free", &Constraints::default()), ("names", &names)] {
            let limits = Limits::new(constraints, 0, &lexicon, &mut |text| tokenizer.encode(text)).unwrap();
            let mut written = Written::default();
            written.replay(&limits, &ids, &bytes);
            let mut sampler = Sampler::new(&GenerationConfig::default(), 0, Vec::new(), None).unwrap();
            let (mut scratch, mut masked) = (Scratch::default(), Vec::new());
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    written.mask(&limits, &bytes, &mut masked);
                    let within = written.within(&limits);
                    let accept = &mut |id| written.allows(&limits, bytes(id));
                    sampler.sample_within(within.as_deref(), &logits, &ids, &masked, accept, &mut scratch).unwrap()
                });
            });
        }
        group.bench_function("first", |bencher| {
            let fresh = || {
                let lexicon = lexicon.fresh();
                let limits = Limits::new(&names, 0, &lexicon, &mut |text| tokenizer.encode(text)).unwrap();
                let mut written = Written::default();
                written.replay(&limits, &ids, &bytes);
                (limits, written)
            };
            let made = |(limits, written): (Limits, Written)| written.within(&limits);
            bencher.iter_batched(fresh, made, BatchSize::SmallInput);
        });
        group.finish();
    }
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

criterion_group!(benches, sampling, masks, tokenizer);
criterion_main!(benches);
