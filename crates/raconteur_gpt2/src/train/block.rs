//! One block of the model, there and back.

use super::attention::{self, Shape};
use super::matrix::{Hands, Keep, Target, View, product};
use super::parameters::{Affine, BlockLayout};
use super::rows::{self, Dropout, NormTape};
use crate::config::Activation;

/// What the way back needs of the way there.
#[derive(Debug, Default)]
pub(super) struct BlockTape {
    ln_1: NormTape,
    /// `[tokens, 3 * width]`.
    qkv: Vec<f32>,
    /// What attention gave, `[tokens, width]`.
    mixed: Vec<f32>,
    /// `[sequences, heads, len]`.
    log_sums: Vec<f32>,
    ln_2: NormTape,
    /// Before and after the activation, `[tokens, inner]`.
    before: Vec<f32>,
    after: Vec<f32>,
}

/// Buffers that all blocks share.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// `[tokens, width]`.
    normed: Vec<f32>,
    out: Vec<f32>,
    /// `[tokens, inner]` and `[tokens, 3 * width]`.
    inner: Vec<f32>,
    qkv: Vec<f32>,
}

/// A block as it is computed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    pub layout: &'a BlockLayout,
    /// All parameters of the model.
    pub values: &'a [f32],
    pub attention: Shape,
    pub activation: Activation,
    pub epsilon: f32,
    pub dropout: Option<Dropout>,
}

/// Places of dropout inside a block.
const ATTENTION: u64 = 1;
const AFTER_ATTENTION: u64 = 2;
const AFTER_INNER: u64 = 3;

impl Block<'_> {
    /// Adds to the residual stream `x`, `[tokens, width]`, what the block finds.
    pub fn forth(&self, x: &mut [f32], tape: &mut BlockTape, scratch: &mut Scratch) {
        let tokens = x.len() / self.width();
        let Scratch { normed, out, .. } = scratch;
        normed.resize(x.len(), 0.0);
        out.resize(x.len(), 0.0);
        self.norm(&self.layout.ln_1, x, &mut tape.ln_1, normed);
        self.linear(&self.layout.c_attn, normed, &mut tape.qkv);
        tape.mixed.resize(x.len(), 0.0);
        tape.log_sums.resize(tokens * self.attention.heads, 0.0);
        let dropout = self.dropout_at(ATTENTION);
        attention::attend(self.attention, &tape.qkv, &mut tape.mixed, &mut tape.log_sums, dropout);
        self.linear(&self.layout.attn_c_proj, &tape.mixed, out);
        self.add(x, out, AFTER_ATTENTION);
        self.norm(&self.layout.ln_2, x, &mut tape.ln_2, normed);
        self.linear(&self.layout.c_fc, normed, &mut tape.before);
        tape.after.resize(tape.before.len(), 0.0);
        rows::activate(self.activation, &tape.before, &mut tape.after);
        self.linear(&self.layout.mlp_c_proj, &tape.after, out);
        self.add(x, out, AFTER_INNER);
    }

    /// Turns the slope of what the block gave into that of what it got, and adds to the gradients of its parameters.
    pub fn back(&self, dx: &mut [f32], tape: &BlockTape, scratch: &mut Scratch, gradients: &mut [f32]) {
        let Scratch { normed, out, inner, qkv } = scratch;
        normed.resize(dx.len(), 0.0);
        // The feed-forward half.
        self.copy(dx, out, AFTER_INNER);
        self.linear_back(&self.layout.mlp_c_proj, &tape.after, out, inner, gradients);
        rows::activate_back(self.activation, &tape.before, inner);
        self.norm_again(&self.layout.ln_2, &tape.ln_2, normed);
        self.linear_back(&self.layout.c_fc, normed, inner, out, gradients);
        self.norm_back(&self.layout.ln_2, &tape.ln_2, out, dx, gradients);
        // The attention half.
        self.copy(dx, out, AFTER_ATTENTION);
        self.linear_back(&self.layout.attn_c_proj, &tape.mixed, out, normed, gradients);
        qkv.resize(tape.qkv.len(), 0.0);
        let dropout = self.dropout_at(ATTENTION);
        attention::attend_back(self.attention, &tape.qkv, &tape.mixed, &tape.log_sums, normed, qkv, dropout);
        self.norm_again(&self.layout.ln_1, &tape.ln_1, normed);
        self.linear_back(&self.layout.c_attn, normed, qkv, out, gradients);
        self.norm_back(&self.layout.ln_1, &tape.ln_1, out, dx, gradients);
    }

    fn width(&self) -> usize {
        self.layout.ln_1.bias.len()
    }

    fn dropout_at(&self, place: u64) -> Option<Dropout> {
        self.dropout.filter(|dropout| dropout.share > 0.0).map(|dropout| dropout.at(place))
    }

    fn norm(&self, affine: &Affine, x: &[f32], tape: &mut NormTape, out: &mut [f32]) {
        let (weight, bias) = (&self.values[affine.weight.clone()], &self.values[affine.bias.clone()]);
        rows::norm(x, weight, bias, self.epsilon, tape, out);
    }

    fn norm_again(&self, affine: &Affine, tape: &NormTape, out: &mut [f32]) {
        rows::norm_again(tape, &self.values[affine.weight.clone()], &self.values[affine.bias.clone()], out);
    }

    fn norm_back(&self, affine: &Affine, tape: &NormTape, dout: &[f32], dx: &mut [f32], gradients: &mut [f32]) {
        norm_back(self.values, affine, tape, dout, dx, gradients);
    }

    /// `out = x W + b`, resized to fit.
    fn linear(&self, affine: &Affine, x: &[f32], out: &mut Vec<f32>) {
        let (weight, bias) = (&self.values[affine.weight.clone()], &self.values[affine.bias.clone()]);
        let (outputs, inputs) = (bias.len(), weight.len() / bias.len());
        let tokens = x.len() / inputs;
        out.resize(tokens * outputs, 0.0);
        let (x, weight) = (View::new(x, tokens, inputs), View::new(weight, inputs, outputs));
        product(Target::new(out, outputs), Keep::Nothing, 1.0, x, weight, Hands::All);
        rows::add_bias(out, bias);
    }

    /// `dx = dout W^T`, resized to fit; adds `x^T dout` and the sums of `dout` to the gradients.
    fn linear_back(&self, affine: &Affine, x: &[f32], dout: &[f32], dx: &mut Vec<f32>, gradients: &mut [f32]) {
        let weight = &self.values[affine.weight.clone()];
        let (outputs, inputs) = (affine.bias.len(), weight.len() / affine.bias.len());
        let tokens = x.len() / inputs;
        let (x, slope) = (View::new(x, tokens, inputs), View::new(dout, tokens, outputs));
        let dweight = &mut gradients[affine.weight.clone()];
        product(Target::new(dweight, outputs), Keep::Sum, 1.0, x.transposed(), slope, Hands::All);
        rows::bias_back(dout, &mut gradients[affine.bias.clone()]);
        dx.resize(tokens * inputs, 0.0);
        let weight = View::new(weight, inputs, outputs).transposed();
        product(Target::new(dx, inputs), Keep::Nothing, 1.0, slope, weight, Hands::All);
    }

    /// Adds what a half found to the stream.
    fn add(&self, x: &mut [f32], out: &mut [f32], place: u64) {
        if let Some(dropout) = self.dropout_at(place) {
            dropout.apply(out);
        }
        rows::add(x, out);
    }

    /// The slope of what a half found.
    fn copy(&self, dx: &[f32], out: &mut Vec<f32>, place: u64) {
        out.clear();
        out.extend_from_slice(dx);
        if let Some(dropout) = self.dropout_at(place) {
            dropout.apply(out);
        }
    }
}

/// The way back through a norm, with its gradients.
pub(super) fn norm_back(
    values: &[f32],
    affine: &Affine,
    tape: &NormTape,
    dout: &[f32],
    dx: &mut [f32],
    gradients: &mut [f32],
) {
    let width = affine.bias.len();
    let (mut dweight, mut dbias) = (vec![0.0; width], vec![0.0; width]);
    rows::norm_back(tape, &values[affine.weight.clone()], dout, dx, &mut dweight, &mut dbias);
    rows::add(&mut gradients[affine.weight.clone()], &dweight);
    rows::add(&mut gradients[affine.bias.clone()], &dbias);
}
