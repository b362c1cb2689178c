//! Learning an adapter: the model stays as it is, and what is learned are A and B of `W + s A B`.
//!
//! ```text
//! base + s A B = merged -> Engine::step -> dW     as if the whole model were trained
//!                          dA = s dW B^T,  dB = s A^T dW
//! ```
//! By the chain rule that is the gradient of A and B exactly, and the network needs to know nothing of adapters. A step
//! takes the time of one that trains the whole model, and the memory of it without the optimiser's.

use std::ops::Range;
use std::sync::Arc;

use super::engine::Engine;
use super::matrix::{Hands, Keep, Target as Into, View, product};
use super::network::{Batch, StepOptions};
use super::parameters::{Layout, Parameters};
use super::{Loss, TrainError};
use crate::config::Gpt2Config;
use crate::lora::{Lora, LoraConfig, LoraError, Target};

/// The model that an adapter is learned for. It does not change.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// Its shape.
    pub model: Gpt2Config,
    /// Its weights.
    pub parameters: Parameters,
    /// What it is called; stands in the adapter's configuration.
    pub name: String,
}

/// A model, and what is added to it.
#[derive(Debug)]
pub(super) struct Adaptation {
    config: LoraConfig,
    base: Base,
    /// The model with what has been learned so far added.
    merged: Parameters,
    /// Of `merged`.
    gradients: Parameters,
    matrices: Vec<Matrix>,
}

/// A matrix of the model that is adapted.
#[derive(Debug)]
struct Matrix {
    layer: usize,
    target: Target,
    /// In the parameters of the model, `[inputs, outputs]`.
    place: Range<usize>,
    inputs: usize,
    outputs: usize,
    /// In the parameters of the adapter, `[rank, inputs]`.
    a: Range<usize>,
    /// The same, `[outputs, rank]`.
    b: Range<usize>,
}

/// Where the matrices of an adapter lie in its parameters, and these parameters.
fn lay_out(model: &Gpt2Config, lora: &Lora) -> (Vec<Matrix>, Parameters) {
    let of_model = Layout::new(model);
    let rank = lora.config.rank;
    let (mut tensors, mut matrices, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (layer, target) in (0..model.n_layer).flat_map(|layer| Target::ALL.map(|target| (layer, target))) {
        let Some(pair) = lora.pair(layer, target) else { continue };
        let (inputs, outputs) = target.shape(model);
        let name = format!("{}.weight", target.module(layer));
        let Some(tensor) = of_model.tensors().iter().find(|tensor| tensor.name == name) else { continue };
        let mut add = |which: &str, shape: [usize; 2], numbers: &[f32]| {
            let place = values.len()..values.len() + numbers.len();
            values.extend_from_slice(numbers);
            tensors.push((format!("{}.{which}.weight", target.module(layer)), shape.to_vec()));
            place
        };
        let a = add("lora_A", [rank, inputs], &pair.a);
        let b = add("lora_B", [outputs, rank], &pair.b);
        matrices.push(Matrix { layer, target, place: tensor.place.clone(), inputs, outputs, a, b });
    }
    let mut parameters = Parameters::zeros(Arc::new(Layout::of(tensors)));
    parameters.values = values;
    (matrices, parameters)
}

/// An adapter as the optimiser sees it.
pub(super) fn parameters(model: &Gpt2Config, lora: &Lora) -> Parameters {
    lay_out(model, lora).1
}

impl Adaptation {
    /// The model with an adapter of this kind, as far as it has been learned.
    ///
    /// # Errors
    /// The kind cannot be.
    pub fn new(base: Base, config: LoraConfig, parameters: &Parameters) -> Result<Self, LoraError> {
        let (matrices, _) = lay_out(&base.model, &Lora::initial(config, &base.model, 0)?);
        let gradients = Parameters::zeros(Arc::clone(base.parameters.layout()));
        let merged = base.parameters.clone();
        let mut adaptation = Self { config, base, merged, gradients, matrices };
        adaptation.merge(parameters);
        Ok(adaptation)
    }

    /// The model that it is for.
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// The model with what has been learned so far added.
    pub fn merged(&self) -> &Parameters {
        &self.merged
    }

    /// Forgets the gradients.
    pub fn clear(&mut self) {
        self.gradients.values.fill(0.0);
    }

    /// As [`Engine::step`]; gradients add up until [`clear`](Self::clear).
    ///
    /// # Errors
    /// As [`Engine::step`].
    pub fn step(&mut self, engine: &mut Engine, batch: &Batch, options: &StepOptions) -> Result<Loss, TrainError> {
        engine.step(&self.merged, batch, options, &mut self.gradients)
    }

    /// What the gradients so far mean for the adapter.
    pub fn gradients(&self, parameters: &Parameters, gradients: &mut Parameters) {
        let scale = self.config.scale();
        for matrix in &self.matrices {
            let (a, b) = self.sides(matrix, parameters);
            let slope = &self.gradients.values[matrix.place.clone()];
            let slope = View::new(slope, matrix.inputs, matrix.outputs).transposed();
            let da = Into::new(&mut gradients.values[matrix.a.clone()], matrix.inputs);
            product(da, Keep::Nothing, scale, b.transposed(), slope, Hands::All);
            let db = Into::new(&mut gradients.values[matrix.b.clone()], self.config.rank);
            product(db, Keep::Nothing, scale, slope, a.transposed(), Hands::All);
        }
    }

    /// Adds the adapter to the model.
    pub fn merge(&mut self, parameters: &Parameters) {
        for matrix in &self.matrices {
            let (a, b) = self.sides(matrix, parameters);
            let merged = &mut self.merged.values[matrix.place.clone()];
            merged.copy_from_slice(&self.base.parameters.values[matrix.place.clone()]);
            let merged = Into::new(merged, matrix.outputs);
            product(merged, Keep::Sum, self.config.scale(), a.transposed(), b.transposed(), Hands::All);
        }
    }

    /// The adapter with these parameters.
    pub fn adapter(&self, parameters: &Parameters) -> Result<Lora, LoraError> {
        let mut lora = Lora::initial(self.config, &self.base.model, 0)?;
        for matrix in &self.matrices {
            if let Some(pair) = lora.pair_mut(matrix.layer, matrix.target) {
                pair.a.copy_from_slice(&parameters.values[matrix.a.clone()]);
                pair.b.copy_from_slice(&parameters.values[matrix.b.clone()]);
            }
        }
        Ok(lora)
    }

    /// `[rank, inputs]` and `[outputs, rank]`.
    fn sides<'a>(&self, matrix: &Matrix, parameters: &'a Parameters) -> (View<'a>, View<'a>) {
        let rank = self.config.rank;
        let a = View::new(&parameters.values[matrix.a.clone()], rank, matrix.inputs);
        (a, View::new(&parameters.values[matrix.b.clone()], matrix.outputs, rank))
    }
}
