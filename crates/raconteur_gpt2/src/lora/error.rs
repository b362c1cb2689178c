//! Why an adapter cannot be read, written or used.

use std::path::PathBuf;

use raconteur_core::generate::LoadError;

use crate::error::Gpt2Error;

/// Why an adapter cannot be read, written or used.
///
/// The text of every variant says what was found and where, then the likely cause and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoraError {
    /// `adapter_config.json` asks for what this crate does not do, or for what cannot be.
    #[error("the adapter's configuration has {field} = {found}, but {expected} is needed. {}", self.help())]
    Setting {
        /// Name of the setting, as in `adapter_config.json`.
        field: &'static str,
        /// Its value.
        found: String,
        /// What it has to be.
        expected: String,
    },
    /// An adapter changes a matrix that a GPT-2 does not have, or that cannot be adapted here.
    #[error("'{name}' is no matrix of a block. {}", self.help())]
    UnknownTarget {
        /// The name, as in `target_modules` or in the weights.
        name: String,
    },
    /// A matrix has another shape than the model asks for.
    #[error("the adapter is for a model of another shape: {what} is {found:?}, and this model asks for {expected:?}. {}", self.help())]
    WrongBase {
        /// Which matrix.
        what: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape by the model's configuration.
        expected: Vec<usize>,
    },
    /// A number is NaN or infinite: its training diverged.
    #[error("{what} of the adapter holds a number that is NaN or infinite. {}", self.help())]
    NotFinite {
        /// Which matrix.
        what: String,
    },
    /// A file of an adapter or of a model is missing, cut off, or cannot be read or written.
    #[error(transparent)]
    File(#[from] Gpt2Error),
    /// A merged model was to be written over the one that it is made of.
    #[error("{} is the folder of the model, which stays as it is. {}", .path.display(), self.help())]
    SameFolder {
        /// The folder.
        path: PathBuf,
    },
}

impl LoraError {
    /// The likely cause and what to do, as the second half of the message says it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Setting { .. } => "Train it as a plain LoRA: no bias, no DoRA, one rank for all layers",
            Self::UnknownTarget { .. } => "Train it with targets among c_attn, attn.c_proj, c_fc and mlp.c_proj",
            Self::WrongBase { .. } => "Use it with the model that it was trained on, or train it on this one",
            Self::NotFinite { .. } => "Its training diverged: use an earlier checkpoint, or train with a lower rate",
            Self::File(error) => match error {
                Gpt2Error::Missing { .. } => {
                    "An adapter is a folder with adapter_config.json and adapter_model.safetensors"
                }
                error => error.help(),
            },
            Self::SameFolder { .. } => "Give another folder for the merged model",
        }
    }
}

impl From<LoraError> for LoadError {
    fn from(error: LoraError) -> Self {
        let help = error.help().to_owned();
        let whole = error.to_string();
        let what = whole.strip_suffix(&help).map_or(whole.as_str(), |what| what.trim_end_matches(". ")).to_owned();
        Self { what, help }
    }
}
