//! `AdamW`: Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2; Kingma and Ba 2015).

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::parameters::Parameters;
use crate::arithmetic::vectorize;

/// Settings of [`AdamW`], with the names that `PyTorch` gives them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdamWConfig {
    /// How fast the mean and the mean square of gradients forget. **Default** 0.9, 0.95.
    pub betas: (f32, f32),
    /// Added to the root of the mean square. **Default** 1e-8.
    pub eps: f32,
    /// Share of the learning rate by which weights shrink. **Default** 0.1.
    pub weight_decay: f32,
    /// Let biases, norms and all other vectors shrink too. **Default** false.
    pub decay_vectors: bool,
}

impl Default for AdamWConfig {
    fn default() -> Self {
        Self { betas: (0.9, 0.95), eps: 1e-8, weight_decay: 0.1, decay_vectors: false }
    }
}

/// The optimiser with its memory.
#[derive(Debug, Clone, PartialEq)]
pub struct AdamW {
    /// Settings.
    pub config: AdamWConfig,
    /// Mean of the gradients.
    pub(super) first: Vec<f32>,
    /// Mean of their squares.
    pub(super) second: Vec<f32>,
    /// Updates so far.
    pub(super) steps: u64,
}

impl AdamW {
    /// For `len` parameters.
    #[must_use]
    pub fn new(config: AdamWConfig, len: usize) -> Self {
        Self { config, first: vec![0.0; len], second: vec![0.0; len], steps: 0 }
    }

    /// Number of updates so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// One update at a learning rate.
    pub fn update(&mut self, parameters: &mut Parameters, gradients: &Parameters, learning_rate: f32) {
        self.steps += 1;
        let AdamWConfig { betas: (b1, b2), eps, weight_decay, decay_vectors } = self.config;
        let power = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let (correct1, correct2) = (1.0 - f64::from(b1).powi(power), 1.0 - f64::from(b2).powi(power));
        let rate = (f64::from(learning_rate) / correct1) as f32;
        let root = (1.0 / correct2.sqrt()) as f32;
        const NUMBERS: usize = 1 << 14;
        let layout = parameters.layout().clone();
        for tensor in layout.tensors() {
            let decays = tensor.is_matrix() || decay_vectors;
            let shrink = if decays { 1.0 - learning_rate * weight_decay } else { 1.0 };
            let place = || tensor.place.clone();
            let numbers = parameters.values[place()].par_chunks_mut(NUMBERS);
            let numbers = numbers.zip(gradients.values[place()].par_chunks(NUMBERS));
            let numbers = numbers.zip(self.first[place()].par_chunks_mut(NUMBERS));
            numbers.zip(self.second[place()].par_chunks_mut(NUMBERS)).for_each(|(((w, g), m), v)| {
                vectorize(
                    #[inline(always)]
                    || {
                        for (((w, &g), m), v) in w.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
                            *m = b1 * *m + (1.0 - b1) * g;
                            *v = b2 * *v + (1.0 - b2) * g * g;
                            *w = *w * shrink - rate * *m / (v.sqrt() * root + eps);
                        }
                    },
                );
            });
        }
    }
}

/// Euclidean length of all gradients together.
#[must_use]
pub fn norm(gradients: &Parameters) -> f64 {
    let pieces = gradients.values.par_chunks(1 << 14);
    // Sums of pieces in their order: the same on any number of threads.
    let sums: Vec<f64> = pieces.map(|piece| piece.iter().map(|&x| f64::from(x) * f64::from(x)).sum()).collect();
    sums.iter().sum::<f64>().sqrt()
}
