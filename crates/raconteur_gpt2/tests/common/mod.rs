//! What several tests need: the fixtures, and a model of random weights.
#![expect(dead_code, reason = "every test binary compiles this module and uses a part of it")]

use std::path::{Path, PathBuf};

use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::error::Gpt2Error;
use raconteur_gpt2::kv::KvCache;
use raconteur_gpt2::model::{Chunk, Gpt2, LoadOptions, Logits};
use raconteur_gpt2::quantize::Quantization;

/// The checkpoints with numbers computed by `PyTorch`; see `fixtures/README.md`.
pub const FIXTURES: [&str; 5] = ["base", "no_prefix_f16", "bf16_sharded", "n_inner_inverse_layer", "relu_no_scale"];

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gpt2").join(name)
}

pub fn options(quantization: Quantization) -> LoadOptions {
    LoadOptions { quantization, ..LoadOptions::default() }
}

pub fn load(dir: &Path) -> Result<Gpt2, Gpt2Error> {
    Gpt2::load(dir, &options(Quantization::None), &mut |_| {})
}

/// Wide enough for every kernel, small enough for a test.
pub fn random(quantization: Quantization) -> Gpt2 {
    let config = Gpt2Config {
        vocab_size: 1000,
        n_positions: 128,
        n_embd: 256,
        n_layer: 2,
        n_head: 8,
        eos_token_id: Some(0),
        ..Gpt2Config::default()
    };
    Gpt2::random(config, &options(quantization), 7).unwrap()
}

/// Runs one sequence's next tokens alone.
pub fn step(model: &Gpt2, cache: &mut KvCache, ids: &[u32], logits: Logits) -> Vec<Vec<f32>> {
    model.forward(&mut [Chunk { ids, cache, logits }]).unwrap().pop().unwrap()
}

pub fn argmax(logits: &[f32]) -> u32 {
    (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b]).then(b.cmp(&a))).unwrap() as u32
}

/// A folder of a fixture's files that a test may spoil.
pub fn copy(name: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy_into(name, dir.path());
    dir
}

pub fn copy_into(name: &str, to: &Path) {
    for entry in std::fs::read_dir(fixture(name)).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
