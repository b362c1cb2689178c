//! The loop: rows, gradients, clipping, an update; now and then a look at texts that are not learned from.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::adamw::{AdamW, AdamWConfig, norm};
use super::adaptation::{self, Adaptation, Base};
use super::checkpoint::{self, CheckpointError};
use super::documents::document;
use super::engine::Engine;
use super::head::IGNORE;
use super::network::{Batch, Network, StepOptions};
use super::packing::{Documents, Packing, Position, mix};
use super::parameters::Parameters;
use super::schedule::Schedule;
use crate::config::Gpt2Config;
use crate::lora::{Lora, LoraConfig, LoraError};
use crate::tokenizer::Gpt2Tokenizer;

/// Settings of a training. With the data they decide every number of the result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainConfig {
    /// How fast at which step.
    pub schedule: Schedule,
    /// The optimiser.
    pub adamw: AdamWConfig,
    /// Rows of a pass. **Default** 16.
    pub batch: usize,
    /// Passes whose gradients are added up for one update. **Default** 1.
    pub accumulate: usize,
    /// Tokens that are read of a row. **Default** 256.
    pub row: usize,
    /// Longer gradients are shortened to this; 0 never. **Default** 1.
    pub clip: f32,
    /// Share of numbers that are dropped. **Default** 0.
    pub dropout: f32,
    /// Weight of the term against repeats (Welleck et al. 2020). **Default** 0.
    pub unlikelihood: f32,
    /// What chance is drawn from. **Default** 1.
    pub seed: u64,
    /// Looks at the validation texts without a better result after which it stops; 0 never. **Default** 0.
    pub patience: usize,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            schedule: Schedule::default(),
            adamw: AdamWConfig::default(),
            batch: 16,
            accumulate: 1,
            row: 256,
            clip: 1.0,
            dropout: 0.0,
            unlikelihood: 0.0,
            seed: 1,
            patience: 0,
        }
    }
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its number, counted from 1.
    pub step: u64,
    /// Nats a token, before the update.
    pub loss: f64,
    /// Length of the gradient, before clipping.
    pub gradient: f64,
    /// Learning rate.
    pub rate: f32,
    /// Tokens that have been learned from, in all.
    pub tokens: u64,
}

/// Texts that are not learned from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Validation {
    /// Tokens of each, end-of-text first; cut to the window.
    pub documents: Vec<Vec<u32>>,
    /// Bytes of all that is scored: all but the end-of-text in front.
    pub bytes: usize,
}

impl Validation {
    /// What a model with this window reads of the texts; blank ones are left out. Only the bytes that it reads count.
    #[must_use]
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>, tokenizer: &Gpt2Tokenizer, window: usize) -> Self {
        let mut validation = Self::default();
        for text in texts.into_iter().filter(|text| !text.trim().is_empty()) {
            let mut ids = document(tokenizer, text);
            ids.truncate(window);
            validation.bytes += ids[1..].iter().map(|&id| tokenizer.token_bytes(id).len()).sum::<usize>();
            validation.documents.push(ids);
        }
        validation
    }
}

/// A result on the validation texts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Validated {
    /// After so many steps.
    pub step: u64,
    /// Bits per byte of text: comparable between tokenizers.
    pub bits_per_byte: f64,
}

/// Why a training cannot go on. What was saved last is as good as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The loss is NaN or infinite: the learning rate is too high, or the weights it began with are damaged.
    #[error(
        "the loss of step {0} is not a number. The last checkpoint is unharmed; go on from it with half the learning rate or a longer warm-up, and check that the weights it began with are whole"
    )]
    NotFinite(u64),
    /// There is nothing to learn from.
    #[error("there is no document to learn from: the files are empty, or all of their scenes were left out")]
    NoData,
    /// A row is longer than the window of the model.
    #[error("rows of {row} tokens do not fit into the window of {window}; make the rows shorter or the window longer")]
    RowTooLong {
        /// Tokens of a row.
        row: usize,
        /// Positions of the model.
        window: usize,
    },
    /// The device that computes gave up.
    #[error(
        "the device that computes failed: {0}. The last checkpoint is unharmed; if memory ran out, go on from it with a smaller --batch and more --accumulate, or without --device"
    )]
    Device(String),
    /// A checkpoint could not be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// An adapter of this kind cannot be learned for this model.
    #[error(transparent)]
    Adapter(#[from] LoraError),
}

/// All that changes while it trains, and that a checkpoint holds.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainState {
    /// What is learned: the model, or the adapter.
    pub parameters: Parameters,
    /// The optimiser with its memory.
    pub optimizer: AdamW,
    /// Where in the data.
    pub position: Position,
    /// Tokens so far.
    pub tokens: u64,
    /// The best result on the validation texts.
    pub best: Option<Validated>,
    /// Looks since then.
    pub looks: usize,
}

impl TrainState {
    /// At the beginning.
    fn new(parameters: Parameters, config: &TrainConfig) -> Self {
        let optimizer = AdamW::new(config.adamw, parameters.values.len());
        Self { parameters, optimizer, position: Position::default(), tokens: 0, best: None, looks: 0 }
    }
}

/// A training. Computes on the rayon pool that calls.
pub struct Trainer<'a> {
    model: Gpt2Config,
    config: TrainConfig,
    packing: Packing<'a>,
    engine: Engine,
    gradients: Parameters,
    state: TrainState,
    /// When it is an adapter that is learned.
    adaptation: Option<Box<Adaptation>>,
}

impl<'a> Trainer<'a> {
    /// A training from the beginning.
    ///
    /// # Errors
    /// There is no document, or a row does not fit into the window.
    pub fn new(
        model: Gpt2Config,
        parameters: Parameters,
        documents: &'a dyn Documents,
        config: TrainConfig,
    ) -> Result<Self, TrainError> {
        Self::resume(model, documents, config.clone(), TrainState::new(parameters, &config))
    }

    /// An adapter is learned, from the beginning; the model stays as it is.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when the adapter is for another model.
    pub fn adapt(
        base: Base,
        lora: &Lora,
        documents: &'a dyn Documents,
        config: TrainConfig,
    ) -> Result<Self, TrainError> {
        lora.check(&base.model)?;
        let state = TrainState::new(adaptation::parameters(&base.model, lora), &config);
        Self::resume_adapter(base, lora.config, documents, config, state)
    }

    /// Goes on with an adapter, as [`resume`](Self::resume) does with a model.
    ///
    /// # Errors
    /// As [`resume`](Self::resume), and when the state is not of such an adapter.
    pub fn resume_adapter(
        base: Base,
        lora: LoraConfig,
        documents: &'a dyn Documents,
        config: TrainConfig,
        state: TrainState,
    ) -> Result<Self, TrainError> {
        let adaptation = Adaptation::new(base, lora, &state.parameters)?;
        let trainer = Self::resume(adaptation.base().model.clone(), documents, config, state)?;
        Ok(Self { adaptation: Some(Box::new(adaptation)), ..trainer })
    }

    /// Goes on from a state. What follows is what would have followed without the stop.
    ///
    /// # Errors
    /// There is no document, or a row does not fit into the window.
    pub fn resume(
        model: Gpt2Config,
        documents: &'a dyn Documents,
        config: TrainConfig,
        state: TrainState,
    ) -> Result<Self, TrainError> {
        if config.row > model.n_positions {
            return Err(TrainError::RowTooLong { row: config.row, window: model.n_positions });
        }
        let packing = Packing::new(documents, config.row + 1, config.seed, state.position.clone());
        let packing = packing.ok_or(TrainError::NoData)?;
        let engine = Engine::Own(Box::new(Network::new(model.clone())));
        let gradients = Parameters::zeros(Arc::clone(state.parameters.layout()));
        Ok(Self { model, config, packing, engine, gradients, state, adaptation: None })
    }

    /// Lets something else compute the passes.
    #[must_use]
    pub fn on(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// The shape of the model.
    #[must_use]
    pub fn model(&self) -> &Gpt2Config {
        &self.model
    }

    /// Where it is.
    #[must_use]
    pub fn state(&self) -> &TrainState {
        &self.state
    }

    /// Whether there is nothing more to do: all steps are done, or the validation texts have not become better for too
    /// long.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let tired = self.config.patience > 0 && self.state.looks >= self.config.patience;
        tired || self.state.optimizer.steps() >= self.config.schedule.steps
    }

    /// One update.
    ///
    /// # Errors
    /// [`TrainError::NotFinite`]; the parameters are then those before the step.
    pub fn step(&mut self) -> Result<Step, TrainError> {
        let TrainConfig { batch, accumulate, row, clip, dropout, unlikelihood, seed, .. } = self.config;
        let (batch, accumulate) = (batch.max(1), accumulate.max(1));
        let step = self.state.optimizer.steps();
        let factor = 1.0 / (batch * accumulate * row) as f32;
        self.gradients.values.fill(0.0);
        if let Some(adaptation) = &mut self.adaptation {
            adaptation.clear();
        }
        let mut loss = super::Loss::default();
        for pass in 0..accumulate {
            let rows: Vec<Vec<u32>> = (0..batch).map(|_| self.packing.row()).collect();
            let dropout_key = mix(seed ^ mix(step * accumulate as u64 + pass as u64));
            let options = StepOptions { factor, dropout, dropout_key, unlikelihood };
            let (engine, batch) = (&mut self.engine, Batch::of_rows(&rows));
            loss += match &mut self.adaptation {
                Some(adaptation) => adaptation.step(engine, &batch, &options)?,
                None => engine.step(&self.state.parameters, &batch, &options, &mut self.gradients)?,
            };
        }
        if let Some(adaptation) = &self.adaptation {
            adaptation.gradients(&self.state.parameters, &mut self.gradients);
        }
        let gradient = norm(&self.gradients);
        if !(loss.mean().is_finite() && gradient.is_finite()) {
            return Err(TrainError::NotFinite(step + 1));
        }
        if clip > 0.0 && gradient > f64::from(clip) {
            let shrink = (f64::from(clip) / gradient) as f32;
            self.gradients.values.iter_mut().for_each(|x| *x *= shrink);
        }
        let rate = self.config.schedule.at(step);
        self.state.optimizer.update(&mut self.state.parameters, &self.gradients, rate);
        if let Some(adaptation) = &mut self.adaptation {
            adaptation.merge(&self.state.parameters);
        }
        self.state.position = self.packing.position().clone();
        self.state.tokens += loss.targets as u64;
        Ok(Step { step: step + 1, loss: loss.mean(), gradient, rate, tokens: self.state.tokens })
    }

    /// Scores the validation texts, each from its beginning, and remembers whether this was the best time.
    ///
    /// # Errors
    /// [`TrainError::Device`].
    pub fn validate(&mut self, validation: &Validation) -> Result<Validated, TrainError> {
        let parameters = self.adaptation.as_ref().map_or(&self.state.parameters, |adaptation| adaptation.merged());
        let bits = validation_bits(&mut self.engine, parameters, &self.model, validation)?;
        let bits_per_byte = bits / validation.bytes.max(1) as f64;
        let result = Validated { step: self.state.optimizer.steps(), bits_per_byte };
        if self.state.best.is_none_or(|best| bits_per_byte < best.bits_per_byte) {
            self.state.best = Some(result);
            self.state.looks = 0;
        } else {
            self.state.looks += 1;
        }
        Ok(result)
    }

    /// Whether the last look was the best one.
    #[must_use]
    pub fn is_best(&self) -> bool {
        self.state.looks == 0 && self.state.best.is_some()
    }

    /// Writes all that is needed to go on, beside what stands in `dir`, and then takes its place.
    ///
    /// # Errors
    /// [`CheckpointError`]; what stood there is as it was.
    pub fn save(&self, dir: &Path) -> Result<(), TrainError> {
        let write = |dir: &Path| match &self.adaptation {
            Some(adaptation) => {
                let adapter = adaptation.adapter(&self.state.parameters)?;
                Ok(adapter.save(dir, &adaptation.base().name)?)
            }
            None => checkpoint::write_model(dir, &self.model, &self.state.parameters),
        };
        Ok(checkpoint::save(dir, &self.config, &self.state, &write)?)
    }

    /// What the model is called that an adapter is learned for, when it is one that is learned.
    #[must_use]
    pub fn base_name(&self) -> Option<&str> {
        self.adaptation.as_ref().map(|adaptation| adaptation.base().name.as_str())
    }

    /// The adapter as far as it has been learned, when it is one that is learned.
    ///
    /// # Errors
    /// None that is to be expected: its kind was checked before.
    pub fn adapter(&self) -> Result<Option<Lora>, TrainError> {
        let adapter = self.adaptation.as_ref().map(|adaptation| adaptation.adapter(&self.state.parameters));
        Ok(adapter.transpose()?)
    }
}

/// Bits of all validation texts.
fn validation_bits(
    engine: &mut Engine,
    parameters: &Parameters,
    model: &Gpt2Config,
    validation: &Validation,
) -> Result<f64, TrainError> {
    /// Tokens of a pass: enough for the threads.
    const TOKENS: usize = 4096;
    let mut documents: Vec<&[u32]> =
        validation.documents.iter().map(|ids| &ids[..ids.len().min(model.n_positions)]).collect();
    documents.retain(|ids| ids.len() > 1);
    // Texts of about the same length together: what is shorter is filled up.
    documents.sort_by_key(|ids| ids.len());
    let mut nats = 0.0;
    let mut rest = documents.as_slice();
    while let Some(first) = rest.first() {
        let mut count = 1;
        while count < rest.len() && (rest[count].len() - 1) * (count + 1) <= TOKENS.max(first.len()) {
            count += 1;
        }
        let (now, later) = rest.split_at(count);
        let len = now.iter().map(|ids| ids.len() - 1).max().unwrap_or(0);
        let mut batch = Batch { len, inputs: Vec::new(), targets: Vec::new() };
        for ids in now {
            let fill = len - (ids.len() - 1);
            batch.inputs.extend_from_slice(&ids[..ids.len() - 1]);
            batch.inputs.extend(std::iter::repeat_n(0, fill));
            batch.targets.extend_from_slice(&ids[1..]);
            batch.targets.extend(std::iter::repeat_n(IGNORE, fill));
        }
        nats += engine.loss(parameters, &batch)?.likelihood;
        rest = later;
    }
    Ok(nats / std::f64::consts::LN_2)
}
