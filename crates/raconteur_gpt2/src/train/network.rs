//! The whole model, there and back: from tokens to a loss, and from the loss to the gradient of every parameter.

use rayon::prelude::*;

use super::attention::Shape;
use super::block::{Block, BlockTape, Scratch, norm_back};
use super::head::{self, Back, Goal, Loss};
use super::parameters::{Layout, Parameters};
use super::rows::{self, Dropout, NormTape};
use crate::config::Gpt2Config;

/// Sequences of equal length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Tokens of a sequence, at most the window of the model.
    pub len: usize,
    /// Tokens that are read, `[sequences, len]`.
    pub inputs: Vec<u32>,
    /// Tokens that come next, `[sequences, len]`; [`IGNORE`](super::IGNORE) where it does not matter.
    pub targets: Vec<u32>,
}

impl Batch {
    /// From rows of `len + 1` tokens, each of which is the target of those before it.
    #[must_use]
    pub fn of_rows(rows: &[Vec<u32>]) -> Self {
        let len = rows.first().map_or(0, |row| row.len().saturating_sub(1));
        let part = |from: usize| rows.iter().flat_map(|row| row[from..from + len].iter().copied()).collect();
        Self { len, inputs: part(0), targets: part(1) }
    }

    /// Number of targets that count.
    #[must_use]
    pub fn targets(&self) -> usize {
        self.targets.iter().filter(|&&target| target != super::IGNORE).count()
    }
}

/// How a step is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StepOptions {
    /// What each target's loss is multiplied with in the gradients: one over the number of targets of the whole step.
    pub factor: f32,
    /// Share of numbers that are dropped, 0 to 1.
    pub dropout: f32,
    /// What the numbers to drop are drawn from: another one for each pass.
    pub dropout_key: u64,
    /// Weight of the term against repeats; 0 is off.
    pub unlikelihood: f32,
}

/// Computes losses and gradients of a model, on the current rayon pool. Keeps its buffers from step to step.
#[derive(Debug)]
pub struct Network {
    config: Gpt2Config,
    tapes: Vec<BlockTape>,
    ln_f: NormTape,
    scratch: Scratch,
    /// The residual stream, then its slope; `[tokens, width]`.
    stream: Vec<f32>,
    normed: Vec<f32>,
    slope: Vec<f32>,
}

impl Network {
    /// For models of this shape.
    #[must_use]
    pub fn new(config: Gpt2Config) -> Self {
        let tapes = (0..config.n_layer).map(|_| BlockTape::default()).collect();
        let (ln_f, scratch) = (NormTape::default(), Scratch::default());
        Self { config, tapes, ln_f, scratch, stream: Vec::new(), normed: Vec::new(), slope: Vec::new() }
    }

    /// The loss of a batch, without dropout.
    pub fn loss(&mut self, parameters: &Parameters, batch: &Batch) -> Loss {
        self.forth(parameters, batch, None);
        let width = self.config.n_embd;
        let head = &parameters.values[head_of(parameters.layout())];
        head::loss(&self.normed, head, width, goal(batch, &StepOptions::default()), None)
    }

    /// The loss of a batch; adds its gradients to `gradients`.
    pub fn step(
        &mut self,
        parameters: &Parameters,
        batch: &Batch,
        options: &StepOptions,
        gradients: &mut Parameters,
    ) -> Loss {
        let dropout = Dropout { share: options.dropout, key: options.dropout_key };
        let dropout = (options.dropout > 0.0).then_some(dropout);
        self.forth(parameters, batch, dropout);
        let (layout, values) = (parameters.layout().clone(), &parameters.values);
        let (width, head) = (self.config.n_embd, head_of(&layout));
        self.slope.resize(self.stream.len(), 0.0);
        let back = Back { dx: &mut self.slope, dhead: &mut gradients.values[head.clone()] };
        let loss = head::loss(&self.normed, &values[head], width, goal(batch, options), Some(back));
        self.stream.fill(0.0);
        norm_back(values, &layout.ln_f, &self.ln_f, &self.slope, &mut self.stream, &mut gradients.values);
        for at in (0..self.tapes.len()).rev() {
            let block = block(&self.config, parameters, batch.len, at, dropout);
            block.back(&mut self.stream, &self.tapes[at], &mut self.scratch, &mut gradients.values);
        }
        if let Some(dropout) = dropout {
            dropout.apply(&mut self.stream);
        }
        for (at, (&token, slope)) in batch.inputs.iter().zip(self.stream.chunks(width)).enumerate() {
            let (token, place) = (token as usize * width, at % batch.len * width);
            rows::add(&mut gradients.values[layout.wte.clone()][token..token + width], slope);
            rows::add(&mut gradients.values[layout.wpe.clone()][place..place + width], slope);
        }
        loss
    }

    /// From tokens to the normed stream.
    fn forth(&mut self, parameters: &Parameters, batch: &Batch, dropout: Option<Dropout>) {
        let (layout, values, width) = (parameters.layout(), &parameters.values, self.config.n_embd);
        self.stream.resize(batch.inputs.len() * width, 0.0);
        self.normed.resize(self.stream.len(), 0.0);
        let (wte, wpe) = (&values[layout.wte.clone()], &values[layout.wpe.clone()]);
        self.stream.par_chunks_mut(width).zip(&batch.inputs).enumerate().with_min_len(64).for_each(
            |(at, (x, &token))| {
                let (token, place) = (token as usize * width, at % batch.len * width);
                x.copy_from_slice(&wte[token..token + width]);
                rows::add(x, &wpe[place..place + width]);
            },
        );
        if let Some(dropout) = dropout {
            dropout.apply(&mut self.stream);
        }
        for (at, tape) in self.tapes.iter_mut().enumerate() {
            let block = block(&self.config, parameters, batch.len, at, dropout);
            block.forth(&mut self.stream, tape, &mut self.scratch);
        }
        let (weight, bias) = (&values[layout.ln_f.weight.clone()], &values[layout.ln_f.bias.clone()]);
        let epsilon = self.config.layer_norm_epsilon as f32;
        rows::norm(&self.stream, weight, bias, epsilon, &mut self.ln_f, &mut self.normed);
    }
}

fn block<'a>(
    config: &Gpt2Config,
    parameters: &'a Parameters,
    len: usize,
    at: usize,
    dropout: Option<Dropout>,
) -> Block<'a> {
    let (heads, head_dim) = (config.n_head, config.head_dim());
    Block {
        layout: &parameters.layout().blocks[at],
        values: &parameters.values,
        attention: Shape { len, heads, head_dim, scale: config.attention_scale(at) },
        activation: config.activation_function,
        epsilon: config.layer_norm_epsilon as f32,
        dropout: dropout.map(|dropout| dropout.at(16 + at as u64)),
    }
}

fn head_of(layout: &Layout) -> std::ops::Range<usize> {
    layout.lm_head.clone().unwrap_or_else(|| layout.wte.clone())
}

fn goal<'a>(batch: &'a Batch, options: &StepOptions) -> Goal<'a> {
    Goal {
        inputs: &batch.inputs,
        targets: &batch.targets,
        len: batch.len,
        factor: options.factor,
        unlikelihood: options.unlikelihood,
    }
}
