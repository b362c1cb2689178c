//! How much memory a model will take, known before a single weight is read.

use std::path::Path;

use crate::arithmetic::LANES;
use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::kv::{KvFormat, KvShape, PAGE};
use crate::quantize::Quantization;

/// Memory of a model and of the sequences it works on, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryEstimate {
    /// All weights in the chosen format.
    pub weights: u64,
    /// Keys and values of one token of one sequence.
    pub cache_per_token: u64,
    /// Window of the model, in tokens.
    pub n_positions: usize,
}

impl MemoryEstimate {
    /// Estimates from a configuration alone.
    #[must_use]
    pub fn new(config: &Gpt2Config, quantization: Quantization) -> Self {
        let kv = if quantization == Quantization::None { KvFormat::F32 } else { KvFormat::Q8 };
        Self::with_kv(config, quantization, kv)
    }

    /// Estimates with keys and values of a given format.
    #[must_use]
    pub fn with_kv(config: &Gpt2Config, quantization: Quantization, kv: KvFormat) -> Self {
        let width = config.n_embd;
        let linear = |inputs: usize, outputs: usize| {
            quantization.bytes(inputs, outputs) + (outputs.div_ceil(LANES) * LANES * 4) as u64
        };
        let norm = 8 * width as u64;
        let block = 2 * norm
            + linear(width, 3 * width)
            + linear(width, width)
            + linear(width, config.inner())
            + linear(config.inner(), width);
        let embedding = quantization.of_head().bytes(width, config.vocab_size);
        let embeddings = if config.tie_word_embeddings { embedding } else { 2 * embedding };
        let positions = (config.n_positions * width * 4) as u64;
        Self {
            weights: config.n_layer as u64 * block + embeddings + positions + norm,
            cache_per_token: KvShape::new(config, kv).page_bytes() / PAGE as u64,
            n_positions: config.n_positions,
        }
    }

    /// Estimates for a checkpoint folder, from its `config.json`.
    ///
    /// # Errors
    /// As [`Gpt2Config::load`].
    pub fn of_folder(dir: &Path, quantization: Quantization) -> Result<Self, Gpt2Error> {
        Ok(Self::new(&Gpt2Config::load(dir)?, quantization))
    }

    /// Keys and values of one sequence that fills the window.
    #[must_use]
    pub fn cache(&self) -> u64 {
        self.cache_per_token * self.n_positions.next_multiple_of(PAGE) as u64
    }

    /// Weights and the caches of so many sequences, each as long as the window.
    #[must_use]
    pub fn total(&self, sequences: usize) -> u64 {
        self.weights + sequences as u64 * self.cache()
    }

    /// Refuses what will not fit, for one sequence.
    pub(crate) fn check(&self, limit: Option<u64>) -> Result<(), Gpt2Error> {
        match limit {
            Some(limit) if self.total(1) > limit => {
                Err(Gpt2Error::Memory { needed: self.total(1), weights: self.weights, cache: self.cache(), limit })
            }
            _ => Ok(()),
        }
    }
}

/// Bytes that programs can still take, as Linux tells in `/proc/meminfo`; unknown elsewhere.
#[must_use]
pub fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}
