//! Everything that can go wrong between a folder on disk and logits, each with what to do about it.

use std::path::{Path, PathBuf};

use raconteur_core::generate::{GenerateError, LoadError};

use crate::device::ModelDevice;
use crate::quantize::Quantization;

/// Why a model or tokenizer cannot be loaded or run.
///
/// The text of every variant says what was found and where, then the likely cause and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Gpt2Error {
    /// A file is not there. The folder is probably not a Hugging Face checkpoint, or a download stopped early.
    #[error("{} is missing. {}", .path.display(), self.help())]
    Missing {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// A file is there but cannot be read: permissions, a broken disk.
    #[error("cannot read {}: {source}. {}", .path.display(), self.help())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is not what its name says: cut off, overwritten, or an error page saved as a model.
    #[error("{} is damaged: {reason}. {}", .path.display(), self.help())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// `config.json` describes another architecture.
    #[error("{} describes a '{found}' model, and this crate runs 'gpt2' only. {}", .path.display(), self.help())]
    Architecture {
        /// The config.
        path: PathBuf,
        /// Its `model_type`.
        found: String,
    },
    /// A setting of `config.json` is impossible or not supported.
    #[error("the model's configuration has {field} = {found}, but {expected}. {}", self.help())]
    Config {
        /// Name of the setting, as in `config.json`.
        field: &'static str,
        /// Its value.
        found: String,
        /// What it has to be.
        expected: String,
    },
    /// The checkpoint lacks a tensor that the configuration calls for.
    #[error("{} has no tensor '{tensor}' of shape {expected:?}. {}", .path.display(), self.help())]
    MissingTensor {
        /// The file, or the index of shards.
        path: PathBuf,
        /// Name without `transformer.`.
        tensor: String,
        /// Shape by the configuration.
        expected: Vec<usize>,
    },
    /// A tensor has another shape than the configuration says.
    #[error(
        "tensor '{tensor}' in {} has shape {found:?}, and config.json asks for {expected:?}. {}", .path.display(), self.help()
    )]
    Shape {
        /// The file.
        path: PathBuf,
        /// Name of the tensor as stored.
        tensor: String,
        /// Shape as stored.
        found: Vec<usize>,
        /// Shape by the configuration.
        expected: Vec<usize>,
    },
    /// A tensor is stored in a number format that is not f32, f16 or bf16.
    #[error("tensor '{tensor}' in {} is stored as {found}. {}", .path.display(), self.help())]
    Dtype {
        /// The file.
        path: PathBuf,
        /// Name of the tensor as stored.
        tensor: String,
        /// The number format.
        found: String,
    },
    /// The weights are there, but as another program stores them.
    #[error("{} is not read: only safetensors and GGUF are. {}", .path.display(), self.help())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A GGUF file that holds something else than what is read, or a model that GGUF cannot describe.
    #[error("{} (GGUF): {what}. {}", .path.display(), self.help())]
    Gguf {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Weights that were rounded ahead of time, by another version or for other kernels.
    #[error("{} was written with {key} = {found}, and this version reads {expected}. {}", .path.display(), self.help())]
    Packed {
        /// The file.
        path: PathBuf,
        /// What differs.
        key: &'static str,
        /// What it is there.
        found: String,
        /// What it is here.
        expected: String,
    },
    /// A number format that is not for files of rounded weights.
    #[error("there is no file of weights rounded to {format}. {}", self.help())]
    NotPacked {
        /// The format.
        format: Quantization,
    },
    /// A weight is too large for the number format of a file.
    #[error("'{tensor}' holds {weight}, and the largest number of the format is {largest}. {}", self.help())]
    Range {
        /// Name of the tensor as stored.
        tensor: String,
        /// The weight.
        weight: f32,
        /// The largest of the format.
        largest: f32,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}; what stood there is as it was. {}", .path.display(), self.help())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A weight is NaN or infinite: training diverged, or the file was damaged.
    #[error("tensor '{tensor}' in {} holds a weight that is NaN or infinite. {}", .path.display(), self.help())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// Name of the tensor as stored.
        tensor: String,
    },
    /// The model would not fit into memory.
    #[error(
        "the model needs {} MiB ({} MiB of weights, {} MiB of cache for one sequence of the whole window) and {} MiB are free. {}",
        mib(*.needed), mib(*.weights), mib(*.cache), mib(*.limit), self.help()
    )]
    Memory {
        /// Bytes in all.
        needed: u64,
        /// Bytes of weights in the chosen format.
        weights: u64,
        /// Bytes of one sequence's key/value cache.
        cache: u64,
        /// Bytes that may be used.
        limit: u64,
    },
    /// The tokenizer knows more tokens than the model.
    #[error("the tokenizer has {tokenizer} tokens and the model's vocab_size is {model}. {}", self.help())]
    Vocabulary {
        /// One more than the largest id of the tokenizer.
        tokenizer: usize,
        /// `vocab_size` of the model.
        model: usize,
    },
    /// A token id that the model does not have.
    #[error("token id {id} is not below the model's vocab_size {vocab_size}. {}", self.help())]
    Token {
        /// The id.
        id: u32,
        /// `vocab_size` of the model.
        vocab_size: usize,
    },
    /// More tokens than the model's window or the sequence's cache can hold.
    #[error("{held} tokens are cached and {more} more do not fit into {room}. {}", self.help())]
    Window {
        /// Tokens in the cache.
        held: usize,
        /// Tokens that were to be added.
        more: usize,
        /// The smaller of `n_positions` and the cache's capacity.
        room: usize,
    },
    /// A cache that was made by a model of another shape.
    #[error("the key/value cache belongs to a model of another shape. {}", self.help())]
    ForeignCache,
    /// Nothing to score after, or nothing to score.
    #[error("there is nothing to score: {reason}. {}", self.help())]
    NothingToScore {
        /// What is empty.
        reason: &'static str,
    },
    /// The build lacks the feature that a device needs.
    #[error("this build cannot run a model on '{device}': it lacks the feature '{feature}' of raconteur_gpt2. {}", self.help())]
    DeviceFeature {
        /// The device that was asked for.
        device: ModelDevice,
        /// The feature to enable.
        feature: &'static str,
    },
    /// A model on the CPU's own kernels was to be loaded for another device.
    #[error("'{device}' is not for Gpt2, which runs on the CPU's own kernels. {}", self.help())]
    OwnKernels {
        /// The device that was asked for.
        device: ModelDevice,
    },
    /// candle cannot open a device or compute on it.
    #[error("candle cannot compute: {reason}. {}", self.help())]
    Candle {
        /// What candle says.
        reason: String,
    },
    /// The thread pool could not be started.
    #[error("cannot start the model's threads: {reason}. {}", self.help())]
    Threads {
        /// What the system says.
        reason: String,
    },
}

impl Gpt2Error {
    /// The likely cause and what to do, as the second half of the message says it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Missing { .. } => {
                "Point at a Hugging Face folder with config.json, model.safetensors (or its shards and their index) and tokenizer.json (or vocab.json and merges.txt)"
            }
            Self::Io { .. } => "Check the path and its permissions",
            Self::Damaged { .. } => "It was probably cut off or overwritten: fetch it again",
            Self::Architecture { .. } => {
                "Use a GPT-2 checkpoint: distilgpt2, gpt2, gpt2-medium, -large, -xl or your own"
            }
            Self::Config { .. } => "Correct config.json, or use the one that came with the weights",
            Self::MissingTensor { .. } => "Weights and config.json are of two different models, or a shard is missing",
            Self::Shape { .. } => {
                "Weights and config.json are of two different models: use the pair that belongs together"
            }
            Self::Dtype { .. } => "Convert the checkpoint to f32, f16 or bf16",
            Self::Foreign { .. } => {
                "Load it with transformers and write it with save_pretrained(folder, safe_serialization=True); docs/models.md shows how"
            }
            Self::Gguf { .. } => "docs/models.md says what is read; a Hugging Face folder of the same model always is",
            Self::Packed { .. } => {
                "Write it anew from the model's own weights with `raconteur quantize`, or remove it: they are then rounded at load"
            }
            Self::NotPacked { .. } => "Use q8_0 or q4; `raconteur export` writes f32, f16 and bf16",
            Self::Range { .. } => "Use bf16 or f32",
            Self::Write { .. } => "Check the permissions of the folder and the space on the disk",
            Self::NotFinite { .. } => {
                "Its training diverged or the file is damaged: use another copy or an earlier checkpoint"
            }
            Self::Memory { .. } => {
                "Quantise it (Q8_0 needs about a quarter of f32, Q4 a fifth), use a smaller model, or free memory"
            }
            Self::Vocabulary { .. } => {
                "They belong to two different models: use the tokenizer that came with the weights"
            }
            Self::Token { .. } => "The ids come from the tokenizer of another model",
            Self::Window { .. } => "Shorten the prompt or generate fewer tokens",
            Self::ForeignCache => "Make it with new_cache of the model that runs it",
            Self::NothingToScore { .. } => "Give at least one token of context and one token to score",
            Self::DeviceFeature { .. } => {
                "Build with that feature (bevy_raconteur and raconteur_cli pass it on under the same name), or use the device 'cpu'"
            }
            Self::OwnKernels { .. } => "Load it with Gpt2Loader, or with reference::CandleGpt2",
            Self::Candle { .. } => {
                "If it is a GPU, see whether its driver runs and its memory is free; the device 'cpu' needs neither"
            }
            Self::Threads { .. } => "Ask for fewer threads",
        }
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        if source.kind() == std::io::ErrorKind::NotFound {
            Self::Missing { path: path.to_owned() }
        } else {
            Self::Io { path: path.to_owned(), source }
        }
    }

    pub(crate) fn damaged(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.to_string() }
    }
}

fn mib(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

impl From<Gpt2Error> for LoadError {
    fn from(error: Gpt2Error) -> Self {
        let help = error.help().to_owned();
        let whole = error.to_string();
        let what = whole.strip_suffix(&help).map_or(whole.as_str(), |what| what.trim_end_matches(". ")).to_owned();
        Self { what, help }
    }
}

impl From<Gpt2Error> for GenerateError {
    fn from(error: Gpt2Error) -> Self {
        Self::Backend(error.to_string())
    }
}
