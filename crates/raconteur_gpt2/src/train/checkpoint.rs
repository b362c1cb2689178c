//! A training on disk: the model as any Hugging Face folder, and beside it what is needed to go on.
//!
//! | file | what |
//! |---|---|
//! | `config.json`, `model.safetensors` | the model, f32; of an adapter `adapter_config.json`, `adapter_model.safetensors` |
//! | `optimizer.safetensors` | both moments of `AdamW` |
//! | `training_state.json` | settings, step, place in the data, best result |
//!
//! A checkpoint is written into a folder beside the old one and takes its place when all of it is on the disk: whatever
//! happens, one whole checkpoint is there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};

use super::adamw::AdamW;
use super::packing::Position;
use super::parameters::{Layout, Parameters};
use super::trainer::{TrainConfig, TrainState, Validated};
use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::lora::{Lora, LoraConfig, LoraError};

/// Why a checkpoint was not written or cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The disk is full, the folder may not be written, or another program holds it.
    #[error("the checkpoint {} could not be written ({source}); the one before it is as it was. Check the space on the disk and the permissions of the folder", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is no checkpoint, or one that was copied in part.
    #[error("{} is no whole checkpoint: {what}. Give the folder that a training wrote, or begin anew", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The model in it cannot be read.
    #[error(transparent)]
    Model(#[from] Gpt2Error),
    /// The adapter in it cannot be read or written.
    #[error(transparent)]
    Adapter(#[from] LoraError),
}

/// `training_state.json`.
#[derive(Serialize, Deserialize)]
struct Saved {
    config: TrainConfig,
    steps: u64,
    position: Position,
    tokens: u64,
    best: Option<Validated>,
    looks: usize,
}

const OPTIMIZER: &str = "optimizer.safetensors";
const STATE: &str = "training_state.json";

/// Writes a checkpoint; `write` puts what is learned into the new folder. See the module.
pub(super) fn save(
    dir: &Path,
    config: &TrainConfig,
    state: &TrainState,
    write: &dyn Fn(&Path) -> Result<(), CheckpointError>,
) -> Result<(), CheckpointError> {
    let failed = |path: &Path, source: std::io::Error| CheckpointError::Write { path: path.to_owned(), source };
    let beside = |suffix: &str| {
        let name = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        dir.with_file_name(format!(".{name}.{suffix}"))
    };
    let (new, old) = (beside("new"), beside("old"));
    for left_over in [&new, &old] {
        match std::fs::remove_dir_all(left_over) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(left_over, error)),
            _ => {}
        }
    }
    std::fs::create_dir_all(&new).map_err(|error| failed(&new, error))?;
    write(&new)?;
    let layout = state.parameters.layout();
    let moments = [("first", &state.optimizer.first), ("second", &state.optimizer.second)];
    let views = moments.map(|(name, values)| (name.to_owned(), view(values, vec![layout.len()])));
    write_tensors(&new.join(OPTIMIZER), views)?;
    let saved = Saved {
        config: config.clone(),
        steps: state.optimizer.steps(),
        position: state.position.clone(),
        tokens: state.tokens,
        best: state.best,
        looks: state.looks,
    };
    let path = new.join(STATE);
    let text = serde_json::to_string_pretty(&saved).map_err(|error| failed(&path, error.into()))?;
    write_file(&path, text.as_bytes())?;
    if dir.exists() {
        std::fs::rename(dir, &old).map_err(|error| failed(dir, error))?;
    }
    std::fs::rename(&new, dir).map_err(|error| failed(dir, error))?;
    // The new one is there: that the old one stays is no failure.
    drop(std::fs::remove_dir_all(&old));
    Ok(())
}

/// Reads a checkpoint: the shape of the model, the settings, and where it was.
///
/// # Errors
/// A file is missing, damaged or of another model.
pub fn load(dir: &Path) -> Result<(Gpt2Config, TrainConfig, TrainState), CheckpointError> {
    let model = Gpt2Config::load(dir)?;
    let parameters = Parameters::load(dir, &model)?;
    let (config, state) = rest(dir, parameters)?;
    Ok((model, config, state))
}

/// Reads the checkpoint of an adapter for a model of this shape: the settings, its kind, and where it was.
///
/// # Errors
/// A file is missing, damaged or of another model.
pub fn load_adapter(dir: &Path, model: &Gpt2Config) -> Result<(TrainConfig, LoraConfig, TrainState), CheckpointError> {
    let lora = Lora::load(dir, model)?;
    let (config, state) = rest(dir, super::adaptation::parameters(model, &lora))?;
    Ok((config, lora.config, state))
}

/// What stands beside the model or the adapter.
fn rest(dir: &Path, parameters: Parameters) -> Result<(TrainConfig, TrainState), CheckpointError> {
    let damaged = |file: &str, what: &dyn std::fmt::Display| CheckpointError::Damaged {
        path: dir.join(file),
        what: what.to_string(),
    };
    let text = std::fs::read_to_string(dir.join(STATE)).map_err(|error| damaged(STATE, &error))?;
    let saved: Saved = serde_json::from_str(&text).map_err(|error| damaged(STATE, &error))?;
    let bytes = std::fs::read(dir.join(OPTIMIZER)).map_err(|error| damaged(OPTIMIZER, &error))?;
    let tensors = safetensors::SafeTensors::deserialize(&bytes).map_err(|error| damaged(OPTIMIZER, &error))?;
    let moment = |name: &str| -> Result<Vec<f32>, CheckpointError> {
        let tensor = tensors.tensor(name).map_err(|error| damaged(OPTIMIZER, &error))?;
        let values: Vec<f32> =
            tensor.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if values.len() == parameters.values.len() {
            Ok(values)
        } else {
            Err(damaged(OPTIMIZER, &"it belongs to a model of another size"))
        }
    };
    let optimizer =
        AdamW { config: saved.config.adamw, first: moment("first")?, second: moment("second")?, steps: saved.steps };
    let Saved { config, position, tokens, best, looks, .. } = saved;
    Ok((config, TrainState { parameters, optimizer, position, tokens, best, looks }))
}

/// Writes `config.json` and `model.safetensors` in f32, with the names that transformers gives them.
///
/// # Errors
/// [`CheckpointError::Write`].
pub fn write_model(dir: &Path, model: &Gpt2Config, parameters: &Parameters) -> Result<(), CheckpointError> {
    let layout: &Arc<Layout> = parameters.layout();
    let path = dir.join("config.json");
    let failed = |error: serde_json::Error| CheckpointError::Write { path: path.clone(), source: error.into() };
    let mut config = serde_json::to_value(model).map_err(failed)?;
    if let Some(fields) = config.as_object_mut() {
        fields.insert("model_type".into(), "gpt2".into());
        fields.insert("architectures".into(), serde_json::json!(["GPT2LMHeadModel"]));
    }
    let text = serde_json::to_string_pretty(&config).map_err(failed)?;
    write_file(&path, text.as_bytes())?;
    let views = layout.tensors().iter().map(|tensor| {
        // transformers has the head outside of the model that it calls `transformer`.
        let outside = tensor.name.starts_with("lm_head");
        let name = if outside { tensor.name.clone() } else { format!("transformer.{}", tensor.name) };
        (name, view(&parameters.values[tensor.place.clone()], tensor.shape.clone()))
    });
    write_tensors(&dir.join("model.safetensors"), views)
}

/// A tensor whose bytes are made when it is written.
struct Tensor {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

fn view(values: &[f32], shape: Vec<usize>) -> Tensor {
    Tensor { shape, bytes: values.iter().flat_map(|x| x.to_le_bytes()).collect() }
}

fn write_tensors(path: &Path, tensors: impl IntoIterator<Item = (String, Tensor)>) -> Result<(), CheckpointError> {
    let failed = |what: String| CheckpointError::Write { path: path.to_owned(), source: std::io::Error::other(what) };
    let tensors: Vec<(String, Tensor)> = tensors.into_iter().collect();
    let mut views = Vec::with_capacity(tensors.len());
    for (name, tensor) in &tensors {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), &tensor.bytes);
        views.push((name.as_str(), view.map_err(|error| failed(error.to_string()))?));
    }
    let metadata = std::collections::HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let bytes = safetensors::serialize(views, Some(metadata)).map_err(|error| failed(error.to_string()))?;
    write_file(path, &bytes)
}

/// Writes a file and waits until it is on the disk.
fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    use std::io::Write;
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|source| CheckpointError::Write { path: path.to_owned(), source })
}
