//! The kernels of a layer, through a model of one layer: matrices by format and rows, attention by context.
//!
//! `cargo bench -p raconteur_gpt2 --bench kernels`
//!
//! A layer as wide as that of the published 124M model (768, inner width 3072) has 7.1 M weights in its four matrices;
//! its vocabulary is 16 tokens, so that next to nothing is measured but the layer. One thread computes.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::kv::KvCache;
use raconteur_gpt2::model::{Chunk, Gpt2, LoadOptions, Logits};
use raconteur_gpt2::parallel::Threads;
use raconteur_gpt2::quantize::Quantization;

/// One layer of a published width, and nothing around it.
fn layer(inner: usize, quantization: Quantization) -> Gpt2 {
    let config = Gpt2Config {
        vocab_size: 16,
        n_positions: 1100,
        n_layer: 1,
        n_inner: Some(inner),
        eos_token_id: None,
        ..Gpt2Config::gpt2()
    };
    Gpt2::random(config, &LoadOptions { quantization, ..LoadOptions::default() }, 1).unwrap()
}

fn ids(count: usize) -> Vec<u32> {
    (0..count as u32).map(|i| i * 7 % 16).collect()
}

fn read(model: &Gpt2, cache: &mut KvCache, ids: &[u32]) {
    model.forward(&mut [Chunk { ids, cache, logits: Logits::None }]).unwrap();
}

/// All four matrices of a layer, for so many rows: tokens of sequences that begin, so that attention is next to nothing.
fn matrices(criterion: &mut Criterion) {
    let threads = Threads::new(1).unwrap();
    let mut group = criterion.benchmark_group("layer_768x3072");
    for quantization in [Quantization::Q8_0, Quantization::Q4, Quantization::None] {
        let model = layer(3072, quantization);
        for rows in [1, 8, 64] {
            let id = BenchmarkId::new(quantization.to_string(), rows);
            group.throughput(Throughput::Elements(rows as u64));
            let token = [3];
            group.bench_function(id, |bencher| {
                let mut caches: Vec<KvCache> = (0..rows).map(|_| model.new_cache(1)).collect();
                bencher.iter(|| {
                    threads.run(|| {
                        caches.iter_mut().for_each(|cache| cache.truncate(0));
                        let mut batch: Vec<Chunk<'_>> =
                            caches.iter_mut().map(|cache| Chunk { ids: &token, cache, logits: Logits::None }).collect();
                        model.forward(&mut batch).unwrap()
                    })
                });
            });
        }
    }
    group.finish();
}

/// One token after a context of so many. What a context of 1 costs are the matrices; the rest is attention.
fn attention(criterion: &mut Criterion) {
    let threads = Threads::new(1).unwrap();
    let model = layer(16, Quantization::Q8_0);
    let mut group = criterion.benchmark_group("attention_768_after");
    for context in [1, 64, 256, 1024] {
        let mut cache = model.new_cache(context + 1);
        read(&model, &mut cache, &ids(context));
        group.bench_function(BenchmarkId::from_parameter(context), |bencher| {
            bencher.iter(|| {
                threads.run(|| {
                    cache.truncate(context);
                    read(&model, &mut cache, &[5]);
                });
            });
        });
    }
    group.finish();
}

/// Reading a prompt of 256 tokens in one chunk: matrices with many rows, and attention that grows with each.
fn prefill(criterion: &mut Criterion) {
    let threads = Threads::new(1).unwrap();
    let mut group = criterion.benchmark_group("prefill_256_layer_768x3072");
    group.throughput(Throughput::Elements(256));
    for quantization in [Quantization::Q8_0, Quantization::Q4, Quantization::None] {
        let model = layer(3072, quantization);
        let prompt = ids(256);
        group.bench_function(quantization.to_string(), |bencher| {
            let new_cache = || model.new_cache(256);
            bencher.iter_batched_ref(
                new_cache,
                |cache| threads.run(|| read(&model, cache, &prompt)),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, matrices, attention, prefill);
criterion_main!(benches);
