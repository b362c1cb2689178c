//! How fast a GPT-2 of a published size is on this machine, with random weights.
//!
//! `cargo run --release -p raconteur_gpt2 --example speed -- [distilgpt2|gpt2|gpt2-medium|gpt2-large|gpt2-xl]`
//!
//! With `--features candle` and `-- gpt2 --candle`: f32 on the own kernels and on candle, on the CPU, in turns.

use std::time::Instant;

use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::error::Gpt2Error;
use raconteur_gpt2::kv::KvCache;
use raconteur_gpt2::model::{Chunk, Gpt2, LoadOptions, Logits};
use raconteur_gpt2::parallel::Threads;
use raconteur_gpt2::quantize::Quantization;

fn main() -> Result<(), Gpt2Error> {
    let size = std::env::args().nth(1).unwrap_or_else(|| "gpt2".into());
    let config = match size.as_str() {
        "distilgpt2" => Gpt2Config::distilgpt2(),
        "gpt2-medium" => Gpt2Config::gpt2_medium(),
        "gpt2-large" => Gpt2Config::gpt2_large(),
        "gpt2-xl" => Gpt2Config::gpt2_xl(),
        _ => Gpt2Config::gpt2(),
    };
    if std::env::args().any(|argument| argument == "--candle") {
        return candle::compare(config);
    }
    println!("format  threads  single tok/s  batch of 8 tok/s  prefill of 256 tok/s  weights MiB  load s");
    for quantization in [Quantization::Q8_0, Quantization::Q4, Quantization::None] {
        let options = LoadOptions { quantization, ..LoadOptions::default() };
        let begin = Instant::now();
        let model = Gpt2::random(config.clone(), &options, 1)?;
        let load = begin.elapsed().as_secs_f64();
        for count in [1, 2] {
            let threads = Threads::new(count)?;
            let (single, batch, prefill) = threads.run(|| measure(&model))?;
            let mib = model.bytes() >> 20;
            let format = quantization.to_string();
            println!("{format:6}  {count:7}  {single:12.1}  {batch:16.1}  {prefill:20.1}  {mib:11}  {load:6.1}");
        }
    }
    Ok(())
}

/// Tokens a second: one sequence, eight at once, and reading a prompt. The best of a few runs: other programs only slow
/// a run down.
fn measure(model: &Gpt2) -> Result<(f64, f64, f64), Gpt2Error> {
    let prompt: Vec<u32> = (0..256).map(|i| i * 191 % 50_000).collect();
    let mut cache = model.new_cache(512);
    let mut prefill = f64::MAX;
    for _ in 0..3 {
        cache.truncate(0);
        let begin = Instant::now();
        model.forward(&mut [Chunk { ids: &prompt, cache: &mut cache, logits: Logits::Last }])?;
        prefill = prefill.min(begin.elapsed().as_secs_f64());
    }
    let single = decode(model, &cache, 1)?;
    let batch = decode(model, &cache, 8)?;
    Ok((single, batch, 256.0 / prefill))
}

/// Decodes 24 tokens after the prompt, three times, in so many sequences at once.
fn decode(model: &Gpt2, cache: &KvCache, sequences: usize) -> Result<f64, Gpt2Error> {
    let mut best = f64::MAX;
    for _ in 0..3 {
        let mut caches: Vec<KvCache> = (0..sequences).map(|_| cache.fork()).collect();
        let begin = Instant::now();
        for step in 0..24 {
            let ids = [step * 7 % 50_000];
            let mut batch: Vec<Chunk<'_>> =
                caches.iter_mut().map(|cache| Chunk { ids: &ids, cache, logits: Logits::Last }).collect();
            model.forward(&mut batch)?;
        }
        best = best.min(begin.elapsed().as_secs_f64());
    }
    Ok(24.0 * sequences as f64 / best)
}

#[cfg(not(feature = "candle"))]
mod candle {
    use super::{Gpt2Config, Gpt2Error};

    pub fn compare(_: Gpt2Config) -> Result<(), Gpt2Error> {
        eprintln!("--candle needs `--features candle`");
        Ok(())
    }
}

/// The own kernels in f32 beside candle, with the same weights.
#[cfg(feature = "candle")]
mod candle {
    use std::time::Instant;

    use raconteur_gpt2::model::{Chunk, Gpt2, LoadOptions, Logits};
    use raconteur_gpt2::quantize::Quantization;
    use raconteur_gpt2::reference::{CandleCache, CandleGpt2, Device};

    use super::{Gpt2Config, Gpt2Error, Threads};

    pub fn compare(config: Gpt2Config) -> Result<(), Gpt2Error> {
        let options = LoadOptions { quantization: Quantization::None, ..LoadOptions::default() };
        let own = Gpt2::random(config.clone(), &options, 1)?;
        let candle = CandleGpt2::random(config, &Device::Cpu, 1)?;
        println!("kernels  threads  single tok/s  batch of 8 tok/s  prefill of 256 tok/s");
        // candle splits its work for as many threads as the environment says, so that is what both get.
        let threads = Threads::new(0)?;
        for _ in 0..2 {
            for (name, (single, batch, prefill)) in
                [("own", threads.run(|| super::measure(&own))?), ("candle", threads.run(|| measure(&candle))?)]
            {
                println!("{name:7}  {:7}  {single:12.1}  {batch:16.1}  {prefill:20.1}", threads.count());
            }
        }
        Ok(())
    }

    fn measure(model: &CandleGpt2) -> Result<(f64, f64, f64), Gpt2Error> {
        let prompt: Vec<u32> = (0..256).map(|i| i * 191 % 50_000).collect();
        let mut cache = model.new_cache(512);
        let mut prefill = f64::MAX;
        for _ in 0..3 {
            cache.truncate(0);
            let begin = Instant::now();
            model.forward(&mut [Chunk { ids: &prompt, cache: &mut cache, logits: Logits::Last }])?;
            prefill = prefill.min(begin.elapsed().as_secs_f64());
        }
        Ok((decode(model, &cache, 1)?, decode(model, &cache, 8)?, 256.0 / prefill))
    }

    fn decode(model: &CandleGpt2, cache: &CandleCache, sequences: usize) -> Result<f64, Gpt2Error> {
        let mut best = f64::MAX;
        for _ in 0..3 {
            let mut caches: Vec<CandleCache> = (0..sequences).map(|_| cache.fork()).collect();
            let begin = Instant::now();
            for step in 0..24 {
                let ids = [step * 7 % 50_000];
                let mut batch: Vec<Chunk<'_, CandleCache>> =
                    caches.iter_mut().map(|cache| Chunk { ids: &ids, cache, logits: Logits::Last }).collect();
                model.forward(&mut batch)?;
            }
            best = best.min(begin.elapsed().as_secs_f64());
        }
        Ok(24.0 * sequences as f64 / best)
    }
}
