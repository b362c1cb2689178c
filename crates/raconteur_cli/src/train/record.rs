//! `training.json`: what a model was made of, and how it went.

use std::path::{Path, PathBuf};

use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::train::{Step, TrainConfig, Trainer, Validated};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::data::Data;
use super::sample::Sample;
use super::{Args, plot};
use crate::atomic::write_all;
use crate::error::CliError;

/// Points of the loss curve that are kept: enough for a plot, whatever the length of the training.
const POINTS: usize = 1000;

/// How a training went so far.
#[derive(Serialize, Deserialize)]
pub struct Record {
    /// Version of the trainer.
    version: String,
    model: Gpt2Config,
    parameters: usize,
    settings: TrainConfig,
    /// What computed.
    device: String,
    /// How the data are mixed.
    mixture: Mixture,
    /// The weights that it began with, if they were not random.
    init: Option<DataFile>,
    scenes: usize,
    data: Vec<DataFile>,
    licences: Vec<String>,
    /// Every so many steps, the mean loss of them.
    losses: Vec<(u64, f64)>,
    looks: Vec<Look>,
    best: Option<Validated>,
    tokens: u64,
    #[serde(skip)]
    path: PathBuf,
    /// Steps of a point of the curve.
    every: u64,
    #[serde(skip)]
    open: (u64, f64),
}

/// Shares of the sources, and how scenes are drawn.
#[derive(PartialEq, Serialize, Deserialize)]
struct Mixture {
    drills: f64,
    voices: f64,
    text_share: Option<f64>,
    swap: f64,
}

#[derive(Serialize, Deserialize)]
struct DataFile {
    path: PathBuf,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
struct Look {
    step: u64,
    bits_per_byte: f64,
    tokens_per_second: f64,
    samples: Vec<Sample>,
}

impl Record {
    /// A new record, or when it goes on the one that is there.
    pub fn open(args: &Args, trainer: &Trainer<'_>, data: &Data) -> Result<Self, CliError> {
        let path = args.out.join("training.json");
        let mixture =
            Mixture { drills: args.drills, voices: args.voices, text_share: args.text_share, swap: args.swap };
        if args.resume && path.exists() {
            let wrong = |error: &dyn std::fmt::Display| CliError::Failed(format!("{}: {error}", path.display()));
            let text = std::fs::read_to_string(&path).map_err(|error| wrong(&error))?;
            let record: Self = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
            let known: Vec<&String> = record.data.iter().map(|file| &file.sha256).collect();
            if known != data.files.iter().map(|(_, hash)| hash).collect::<Vec<_>>() {
                return Err(wrong(
                    &"the data are not those that the training began with; give the same files in the same order",
                ));
            }
            if record.mixture != mixture {
                return Err(wrong(
                    &"it began with another --drills, --voices, --text-share or --swap; give the same ones",
                ));
            }
            return Ok(Self { path, ..record });
        }
        let file = |(path, hash): &(PathBuf, String)| DataFile { path: path.clone(), sha256: hash.clone() };
        Ok(Self {
            version: format!("raconteur {}", env!("CARGO_PKG_VERSION")),
            model: trainer.model().clone(),
            parameters: trainer.state().parameters.values.len(),
            settings: trainer.config().clone(),
            scenes: data.scenes(),
            device: args.device.to_string(),
            mixture,
            init: args.init.as_deref().map(weights_of).transpose()?.as_ref().map(file),
            data: data.files.iter().map(file).collect(),
            licences: args.licence.clone(),
            losses: Vec::new(),
            looks: Vec::new(),
            best: None,
            tokens: 0,
            path,
            every: (trainer.config().schedule.steps / POINTS as u64).max(1),
            open: (0, 0.0),
        })
    }

    pub fn step(&mut self, step: Step) {
        self.open.0 += 1;
        self.open.1 += step.loss;
        if self.open.0 >= self.every {
            self.losses.push((step.step, self.open.1 / self.open.0 as f64));
            self.open = (0, 0.0);
        }
    }

    pub fn look(&mut self, look: Validated, tokens_per_second: f64, samples: Vec<Sample>) {
        self.looks.push(Look { step: look.step, bits_per_byte: look.bits_per_byte, tokens_per_second, samples });
    }

    /// Writes it, and the plot beside it.
    pub fn write(&mut self, trainer: &Trainer<'_>) -> Result<(), CliError> {
        (self.best, self.tokens) = (trainer.state().best, trainer.state().tokens);
        let text = serde_json::to_string_pretty(self).map_err(CliError::failed)?;
        let looks: Vec<(u64, f64)> = self.looks.iter().map(|look| (look.step, look.bits_per_byte)).collect();
        let svg = plot::losses(&self.losses, &looks);
        write_all(&[(&self.path, text), (&self.path.with_file_name("loss.svg"), svg)]).map_err(CliError::failed)
    }

    /// One line about the end.
    pub fn summary(&self) -> String {
        let tokens = self.tokens as f64 / 1e6;
        match self.best {
            Some(best) => {
                format!("{tokens:.1} M tokens; best {:.4} bits per byte after step {}", best.bits_per_byte, best.step)
            }
            None => format!("{tokens:.1} M tokens; without --valid nothing says how good it is"),
        }
    }
}

/// The file of weights in a model's folder, with its hash.
fn weights_of(model: &Path) -> Result<(PathBuf, String), CliError> {
    let path = model.join("model.safetensors");
    let bytes = std::fs::read(&path).map_err(|error| CliError::Failed(format!("{}: {error}", path.display())))?;
    Ok((path, format!("{:x}", Sha256::digest(&bytes))))
}
