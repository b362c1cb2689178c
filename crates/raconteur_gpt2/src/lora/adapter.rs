//! [`Adapter`]: an adapter as a model runs it.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Lora, LoraConfig, LoraError, LoraPair, Target};
use crate::arithmetic::{LANES, activate_all};
use crate::config::{Activation, Gpt2Config};
use crate::linear::{Activations, Epilogue, Linear};
use crate::model::Chunk;
use crate::parallel::for_each_piece;
use crate::quantize::Quantization;

/// An adapter, ready to run in models of one shape.
#[derive(Debug)]
pub struct Adapter {
    id: u64,
    config: LoraConfig,
    /// Width and inner width of the models.
    sizes: (usize, usize),
    layers: Vec<[Option<Pair>; Target::ALL.len()]>,
}

/// What it adds to one matrix.
#[derive(Debug)]
struct Pair {
    /// `[inputs -> rank]`
    a: Linear,
    /// `[rank -> outputs]`, scaled.
    b: Linear,
}

impl Adapter {
    /// Makes an adapter ready for models of a shape.
    ///
    /// # Errors
    /// It is for another shape, or one of its numbers is not finite.
    pub fn new(lora: &Lora, model: &Gpt2Config) -> Result<Self, LoraError> {
        /// What tells adapters apart while the program runs.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        lora.check(model)?;
        let mut layers = Vec::with_capacity(lora.layers());
        for layer in 0..lora.layers() {
            let mut pairs = [const { None }; Target::ALL.len()];
            for target in Target::ALL {
                if let Some(pair) = lora.pair(layer, target) {
                    pairs[target as usize] = Some(Pair::new(pair, lora.config)?);
                }
            }
            layers.push(pairs);
        }
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Ok(Self { id, config: lora.config, sizes: (model.n_embd, model.inner()), layers })
    }

    /// A number that no other adapter of this program has, never 0.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Rank, scale and targets.
    #[must_use]
    pub fn config(&self) -> &LoraConfig {
        &self.config
    }

    /// Bytes that it takes in memory.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.layers.iter().flatten().flatten().map(|pair| pair.a.bytes() + pair.b.bytes()).sum()
    }

    /// Whether it is for models of this shape.
    ///
    /// # Errors
    /// [`LoraError::WrongBase`].
    pub fn check(&self, model: &Gpt2Config) -> Result<(), LoraError> {
        let found = [self.layers.len(), self.sizes.0, self.sizes.1];
        let expected = [model.n_layer, model.n_embd, model.inner()];
        if found == expected {
            return Ok(());
        }
        let what = "layers, width and inner width".to_owned();
        Err(LoraError::WrongBase { what, found: found.to_vec(), expected: expected.to_vec() })
    }

    fn pair(&self, layer: usize, target: Target) -> Option<&Pair> {
        self.layers.get(layer)?[target as usize].as_ref()
    }
}

impl Pair {
    fn new(pair: &LoraPair, config: LoraConfig) -> Result<Self, LoraError> {
        let (rank, scale) = (config.rank, config.scale());
        let (inputs, outputs) = (pair.a.len() / rank, pair.b.len() / rank);
        // Both are stored with a row for each output.
        let linear = |from: &[f32], inputs: usize, outputs: usize, factor: f32| {
            let fill = |first: usize, panel: &mut [f32]| {
                for (input, row) in panel.chunks_exact_mut(LANES).enumerate() {
                    for (lane, x) in row.iter_mut().enumerate().take(outputs.saturating_sub(first)) {
                        *x = factor * from[(first + lane) * inputs + input];
                    }
                }
                Ok(())
            };
            Linear::new(inputs, outputs, Quantization::None, &fill, None)
        };
        Ok(Self { a: linear(&pair.a, inputs, rank, 1.0)?, b: linear(&pair.b, rank, outputs, scale)? })
    }
}

/// The adapters of a batch: neighbouring rows that have the same one.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    runs: Vec<(Range<usize>, Arc<Adapter>)>,
    /// `[rows of a run, rank]`
    low: Vec<f32>,
}

impl Runs {
    /// Those of a batch whose chunks begin at the rows `firsts`.
    pub(crate) fn of(batch: &[Chunk<'_>], firsts: &[usize]) -> Self {
        let mut runs: Vec<(Range<usize>, Arc<Adapter>)> = Vec::new();
        for (chunk, &first) in batch.iter().zip(firsts) {
            let Some(adapter) = chunk.cache.adapter() else { continue };
            let rows = first..first + chunk.ids.len();
            match runs.last_mut() {
                Some((run, last)) if run.end == first && last.id == adapter.id => run.end = rows.end,
                _ => runs.push((rows, Arc::clone(adapter))),
            }
        }
        Self { runs, low: Vec::new() }
    }

    /// Whether one of the rows has an adapter for this matrix.
    pub(crate) fn any(&self, layer: usize, target: Target) -> bool {
        self.runs.iter().any(|(_, adapter)| adapter.pair(layer, target).is_some())
    }

    /// Adds to rows of `y`, `[rows, outputs]`, what their adapters make of those of `x`, `[rows, inputs]`. What a row
    /// gets depends on that row alone, to the bit; rows without an adapter are not touched.
    pub(crate) fn add(&mut self, layer: usize, target: Target, x: &[f32], y: &mut [f32], scratch: &mut Activations) {
        for (rows, adapter) in &self.runs {
            let Some(Pair { a, b }) = adapter.pair(layer, target) else { continue };
            self.low.resize(rows.len() * a.outputs(), 0.0);
            a.forward(&x[rows.start * a.inputs()..rows.end * a.inputs()], scratch, &mut self.low, Epilogue::Store);
            let y = &mut y[rows.start * b.outputs()..rows.end * b.outputs()];
            b.forward(&self.low, scratch, y, Epilogue::Add);
        }
    }
}

/// Sends all numbers of `rows`, each of `width`, through an activation: what [`Epilogue::Activate`] does, to the bit.
pub(crate) fn activate(activation: Activation, rows: &mut [f32], width: usize) {
    for_each_piece(rows, width, 4, |_, row| {
        let (groups, rest) = row.as_chunks_mut::<LANES>();
        groups.iter_mut().for_each(|group| activate_all(activation, group));
        let mut last = [0.0; LANES];
        last[..rest.len()].copy_from_slice(rest);
        activate_all(activation, &mut last);
        rest.copy_from_slice(&last[..rest.len()]);
    });
}
