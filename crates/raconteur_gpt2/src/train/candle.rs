//! The same losses and gradients by candle, which differentiates by itself: the way to a GPU, and a second opinion on
//! the gradients of [`Network`](super::Network).
//!
//! Parameters go to the device and gradients come back in every step: the optimiser and the checkpoints are the same
//! ones wherever the passes are computed. How a device sums is its own affair, so the last digits differ from those of
//! the processor, and on a GPU perhaps from run to run.

use std::ops::Range;

use candle_core::{D, Device, Result as CandleResult, Tensor, Var};
use candle_nn::ops::{log_softmax, softmax};

use super::head::{IGNORE, Loss};
use super::network::{Batch, StepOptions};
use super::parameters::{Affine, Layout, Parameters};
use super::rows::Dropout;
use crate::config::{Activation, Gpt2Config};

/// Computes losses and gradients of a model on a candle device.
#[derive(Debug)]
pub struct CandleNetwork {
    config: Gpt2Config,
    device: Device,
}

/// One pass: every tensor of the model as a variable, in the order of the layout.
struct Pass<'a> {
    config: &'a Gpt2Config,
    device: &'a Device,
    layout: &'a Layout,
    vars: Vec<Var>,
    dropout: Option<Dropout>,
    /// Sequences, and tokens of one.
    shape: (usize, usize),
}

impl CandleNetwork {
    /// For models of this shape.
    #[must_use]
    pub fn new(config: Gpt2Config, device: Device) -> Self {
        Self { config, device }
    }

    /// The loss of a batch, without dropout.
    ///
    /// # Errors
    /// What candle says, most often that the device has not enough memory.
    pub fn loss(&self, parameters: &Parameters, batch: &Batch) -> CandleResult<Loss> {
        let pass = self.pass(parameters, batch, None)?;
        Ok(pass.loss(batch)?.1)
    }

    /// The loss of a batch; adds its gradients to `gradients`. The numbers that dropout takes are those that
    /// [`Network`](super::Network) takes.
    ///
    /// # Errors
    /// What candle says; and the term against repeats is not written for it.
    pub fn step(
        &self,
        parameters: &Parameters,
        batch: &Batch,
        options: &StepOptions,
        gradients: &mut Parameters,
    ) -> CandleResult<Loss> {
        if options.unlikelihood > 0.0 {
            candle_core::bail!("the term against repeats is computed on the processor only; leave it out, or --device");
        }
        let dropout = Dropout { share: options.dropout, key: options.dropout_key };
        let pass = self.pass(parameters, batch, (options.dropout > 0.0).then_some(dropout))?;
        let (sum, loss) = pass.loss(batch)?;
        let slopes = (sum * f64::from(options.factor))?.backward()?;
        for (tensor, var) in parameters.layout().tensors().iter().zip(&pass.vars) {
            // A tensor that the loss does not depend on has none.
            let Some(slope) = slopes.get(var) else { continue };
            let slope = slope.flatten_all()?.to_vec1::<f32>()?;
            super::rows::add(&mut gradients.values[tensor.place.clone()], &slope);
        }
        Ok(loss)
    }

    fn pass<'a>(
        &'a self,
        parameters: &'a Parameters,
        batch: &Batch,
        dropout: Option<Dropout>,
    ) -> CandleResult<Pass<'a>> {
        let var = |tensor: &super::Tensor| {
            let values = &parameters.values[tensor.place.clone()];
            Var::from_tensor(&Tensor::from_slice(values, tensor.shape.as_slice(), &self.device)?)
        };
        let vars = parameters.layout().tensors().iter().map(var).collect::<CandleResult<_>>()?;
        let shape = (batch.inputs.len() / batch.len.max(1), batch.len);
        let (config, device, layout) = (&self.config, &self.device, parameters.layout().as_ref());
        Ok(Pass { config, device, layout, vars, dropout, shape })
    }
}

impl Pass<'_> {
    /// The sum of the losses of all targets, as something to differentiate and as a number.
    fn loss(&self, batch: &Batch) -> CandleResult<(Tensor, Loss)> {
        let stream = self.stream(batch)?; // [tokens, width]
        let head = self.layout.lm_head.as_ref().unwrap_or(&self.layout.wte);
        let logits = stream.matmul(&self.var(head)?.t()?)?; // [tokens, vocab]
        let counts: Vec<f32> = batch.targets.iter().map(|&target| f32::from(u8::from(target != IGNORE))).collect();
        let targets: Vec<u32> = batch.targets.iter().map(|&target| if target == IGNORE { 0 } else { target }).collect();
        let targets = Tensor::new(targets, self.device)?.unsqueeze(1)?;
        let own = log_softmax(&logits, D::Minus1)?.gather(&targets, 1)?.squeeze(1)?; // [tokens]
        let sum = (own * Tensor::new(counts, self.device)?)?.sum_all()?.neg()?;
        let likelihood = f64::from(sum.to_scalar::<f32>()?);
        Ok((sum, Loss { likelihood, unlikelihood: 0.0, targets: batch.targets() }))
    }

    /// From tokens to the normed stream, `[tokens, width]`.
    fn stream(&self, batch: &Batch) -> CandleResult<Tensor> {
        let (sequences, len) = self.shape;
        let inputs = Tensor::new(batch.inputs.as_slice(), self.device)?;
        let places: Vec<u32> = (0..sequences).flat_map(|_| (0..len).map(|at| at as u32)).collect();
        let places = Tensor::new(places, self.device)?;
        let (wte, wpe) = (self.var(&self.layout.wte)?, self.var(&self.layout.wpe)?);
        let mut x = (wte.index_select(&inputs, 0)? + wpe.index_select(&places, 0)?)?;
        x = self.drop(x, self.dropout)?;
        for (at, block) in self.layout.blocks.iter().enumerate() {
            let dropout = self.dropout.map(|dropout| dropout.at(16 + at as u64));
            let place = |place: u64| dropout.map(|dropout| dropout.at(place));
            let qkv = self.linear(&self.norm(&x, &block.ln_1)?, &block.c_attn)?;
            let mixed = self.attend(&qkv, self.config.attention_scale(at), place(1))?;
            x = (x + self.drop(self.linear(&mixed, &block.attn_c_proj)?, place(2))?)?;
            let inner = self.linear(&self.norm(&x, &block.ln_2)?, &block.c_fc)?;
            let inner = match self.config.activation_function {
                // candle's `gelu` is the tanh approximation.
                Activation::GeluNew => inner.gelu()?,
                Activation::Gelu => inner.gelu_erf()?,
                Activation::Relu => inner.relu()?,
                Activation::Silu => inner.silu()?,
                Activation::Tanh => inner.tanh()?,
            };
            x = (x + self.drop(self.linear(&inner, &block.mlp_c_proj)?, place(3))?)?;
        }
        self.norm(&x, &self.layout.ln_f)
    }

    /// `qkv: [tokens, 3 width]` to `[tokens, width]`.
    fn attend(&self, qkv: &Tensor, scale: f32, dropout: Option<Dropout>) -> CandleResult<Tensor> {
        let ((sequences, len), heads) = (self.shape, self.config.n_head);
        let width = self.config.n_embd;
        let parts = qkv.reshape((sequences, len, 3, heads, width / heads))?.permute((2, 0, 3, 1, 4))?;
        let part = |at: usize| parts.get(at)?.contiguous(); // [sequences, heads, len, head_dim]
        let scores = (part(0)?.matmul(&part(1)?.t()?.contiguous()?)? * f64::from(scale))?;
        let sees = |row: usize, column: usize| if column <= row { 0.0 } else { f32::NEG_INFINITY };
        let mask: Vec<f32> = (0..len).flat_map(|row| (0..len).map(move |column| sees(row, column))).collect();
        let scores = scores.broadcast_add(&Tensor::from_vec(mask, (len, len), self.device)?)?;
        let mut weights = softmax(&scores, D::Minus1)?; // [sequences, heads, len, len]
        if let Some(dropout) = dropout {
            let mut factors = vec![1.0f32; sequences * heads * len * len];
            for (at, factors) in factors.chunks_mut(len * len).enumerate() {
                dropout.at(at as u64).drop_from(0, factors);
            }
            weights = (weights * Tensor::from_vec(factors, (sequences, heads, len, len), self.device)?)?;
        }
        weights.matmul(&part(2)?)?.transpose(1, 2)?.reshape((sequences * len, width))
    }

    fn linear(&self, x: &Tensor, affine: &Affine) -> CandleResult<Tensor> {
        x.matmul(self.var(&affine.weight)?)?.broadcast_add(self.var(&affine.bias)?)
    }

    /// Written out: candle's own norm cannot be differentiated.
    fn norm(&self, x: &Tensor, affine: &Affine) -> CandleResult<Tensor> {
        let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
        let variance = (centred.sqr()?.mean_keepdim(D::Minus1)? + self.config.layer_norm_epsilon)?;
        let normal = centred.broadcast_div(&variance.sqrt()?)?;
        normal.broadcast_mul(self.var(&affine.weight)?)?.broadcast_add(self.var(&affine.bias)?)
    }

    fn drop(&self, x: Tensor, dropout: Option<Dropout>) -> CandleResult<Tensor> {
        let Some(dropout) = dropout else { return Ok(x) };
        let mut factors = vec![1.0f32; x.elem_count()];
        dropout.drop_from(0, &mut factors);
        x.mul(&Tensor::from_vec(factors, x.shape(), self.device)?)
    }

    /// The variable that lies at a place.
    fn var(&self, place: &Range<usize>) -> CandleResult<&Tensor> {
        let at = self.layout.tensors().iter().position(|tensor| tensor.place == *place);
        let var = at.and_then(|at| self.vars.get(at));
        var.map(Var::as_tensor).ok_or_else(|| candle_core::Error::msg("no tensor lies at this place of the model"))
    }
}
