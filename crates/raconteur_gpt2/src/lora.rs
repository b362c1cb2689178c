//! Low-rank adapters (`LoRA`; Hu et al. 2021, arXiv 2106.09685): a voice for a faction or an NPC, some hundred kB each,
//! over one model whose weights stay as they are.
//!
//! ```text
//! y = x W + b            a matrix of the model, [inputs, outputs] as Hugging Face's Conv1D stores it
//!   + s (x A) B          what an adapter adds: A [inputs, rank], B [rank, outputs], s = alpha / rank
//! ```
//! A [`Lora`] is an adapter as plain numbers: read, written, learned, [merged](merge()). An [`Adapter`] is one that a
//! [`Gpt2`](crate::model::Gpt2) runs. It belongs to a [cache](crate::kv::KvCache), as its keys and values were computed
//! under it: so the rows of one batch may have different adapters, and what was read under one is never found by another.
//! The weights of the model may be in 8 or 4 bits; an adapter is f32 always.
//!
//! A folder is what the library PEFT writes for a GPT-2, so adapters can be exchanged with it:
//!
//! | file | what |
//! |---|---|
//! | `adapter_config.json` | `peft_type`, `r`, `lora_alpha`, `target_modules`, `fan_in_fan_out` (true, for Conv1D) .. |
//! | `adapter_model.safetensors` | `base_model.model.transformer.h.N.attn.c_attn.lora_A.weight` `[rank, inputs]`, `..lora_B.weight` `[outputs, rank]` .. |

mod adapter;
mod config;
mod error;
mod file;
mod merge;

use crate::config::Gpt2Config;
use crate::model::load::{noise, noise_key};
pub use adapter::Adapter;
pub(crate) use adapter::{Runs, activate};
pub use config::{LoraConfig, Target, Targets};
pub use error::LoraError;
pub use merge::merge;

/// An adapter as plain numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Lora {
    /// Rank, scale and targets.
    pub config: LoraConfig,
    /// For each layer of the model, for each target in the order of [`Target::ALL`], its two matrices; none where the
    /// adapter has no such target.
    layers: Vec<[Option<LoraPair>; Target::ALL.len()]>,
}

/// The two matrices that an adapter has for one of the model's.
#[derive(Debug, Clone, PartialEq)]
pub struct LoraPair {
    /// `[rank, inputs]`: A, transposed, as PEFT stores it.
    pub a: Vec<f32>,
    /// `[outputs, rank]`: B, transposed, as PEFT stores it.
    pub b: Vec<f32>,
}

impl Lora {
    /// An adapter that changes nothing yet, for a model of this shape: A is even noise below `1 / sqrt(inputs)`, as PEFT
    /// has it, and B is 0. The same seed gives the same adapter.
    ///
    /// # Errors
    /// A rank of 0, a scale that is no number, no targets.
    pub fn initial(config: LoraConfig, model: &Gpt2Config, seed: u64) -> Result<Self, LoraError> {
        Self::random(config, model, seed, 0.0)
    }

    /// The same with noise up to `b` in B, for tests and measurements.
    ///
    /// # Errors
    /// As [`initial`](Self::initial).
    pub fn random(config: LoraConfig, model: &Gpt2Config, seed: u64, b: f32) -> Result<Self, LoraError> {
        config.check()?;
        let layers = (0..model.n_layer).map(|layer| {
            Target::ALL.map(|target| {
                let (inputs, outputs) = target.shape(model);
                let key = |name: &str| noise_key(seed, &format!("{}.{name}", target.module(layer)));
                let even = |key: u64, len: usize, most: f32| (0..len).map(|at| noise(key, at) * 10.0 * most).collect();
                config.targets.contains(target).then(|| LoraPair {
                    a: even(key("lora_A"), config.rank * inputs, 1.0 / (inputs as f32).sqrt()),
                    b: even(key("lora_B"), outputs * config.rank, b),
                })
            })
        });
        Ok(Self { layers: layers.collect(), config })
    }

    /// Number of layers of the model that it is for.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Its matrices for one of the model's; none where it is no target.
    #[must_use]
    pub fn pair(&self, layer: usize, target: Target) -> Option<&LoraPair> {
        self.layers.get(layer)?[target as usize].as_ref()
    }

    /// The same, to be changed.
    pub fn pair_mut(&mut self, layer: usize, target: Target) -> Option<&mut LoraPair> {
        self.layers.get_mut(layer)?[target as usize].as_mut()
    }

    /// Number of parameters.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.layers.iter().flatten().flatten().map(|pair| pair.a.len() + pair.b.len()).sum()
    }

    /// Whether it is for models of this shape.
    ///
    /// # Errors
    /// [`LoraError::WrongBase`] with the first matrix that does not fit.
    pub fn check(&self, model: &Gpt2Config) -> Result<(), LoraError> {
        self.config.check()?;
        let rank = self.config.rank;
        let wrong =
            |what: String, found: Vec<usize>, expected: Vec<usize>| Err(LoraError::WrongBase { what, found, expected });
        if self.layers.len() != model.n_layer {
            return wrong("the number of layers".into(), vec![self.layers.len()], vec![model.n_layer]);
        }
        for (layer, target) in (0..model.n_layer).flat_map(|layer| Target::ALL.map(|target| (layer, target))) {
            let Some(pair) = self.pair(layer, target) else { continue };
            let (inputs, outputs) = target.shape(model);
            for (name, matrix, [rows, columns]) in
                [("lora_A", &pair.a, [rank, inputs]), ("lora_B", &pair.b, [outputs, rank])]
            {
                if matrix.len() != rows * columns {
                    let what = format!("{}.{name}.weight", target.module(layer));
                    return wrong(what, vec![matrix.len()], vec![rows, columns]);
                }
                if !matrix.iter().all(|x| x.is_finite()) {
                    return Err(LoraError::NotFinite { what: format!("{}.{name}.weight", target.module(layer)) });
                }
            }
        }
        Ok(())
    }

    /// Adds `s A B` to a matrix of the model that it is for, `[inputs, outputs]`. Does nothing where it is no target.
    pub fn add_to(&self, layer: usize, target: Target, weight: &mut [f32]) {
        let Some(LoraPair { a, b }) = self.pair(layer, target) else { return };
        let (rank, scale) = (self.config.rank, f64::from(self.config.scale()));
        let (inputs, outputs) = (a.len() / rank, b.len() / rank);
        for (input, row) in weight.chunks_exact_mut(outputs).enumerate() {
            for (x, b) in row.iter_mut().zip(b.chunks_exact(rank)) {
                let sum: f64 = (0..rank).map(|r| f64::from(a[r * inputs + input]) * f64::from(b[r])).sum();
                *x = (f64::from(*x) + scale * sum) as f32;
            }
        }
    }
}
