//! A model and an adapter become one model.

use std::path::Path;

use super::{Lora, LoraError, Target};
use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::weights::{Checkpoint, Part, tensor_shapes, write_safetensors};

/// Writes into `out` the model of a folder with an adapter added to its weights, in f32, and beside it whatever lies in
/// the model's folder that is no weights: configuration, tokenizer, prompts.
///
/// # Errors
/// What [`LoraError`] says about both folders, and about writing. An `out` that is the model's folder is refused.
pub fn merge(model: &Path, adapter: &Path, out: &Path) -> Result<(), LoraError> {
    let config = Gpt2Config::load(model)?;
    let lora = Lora::load(adapter, &config)?;
    let checkpoint = Checkpoint::open(model)?;
    std::fs::create_dir_all(out).map_err(|source| Gpt2Error::Write { path: out.to_owned(), source })?;
    let whole = |path: &Path| path.canonicalize().map_err(|source| Gpt2Error::io(path, source));
    if whole(out)? == whole(model)? {
        return Err(LoraError::SameFolder { path: out.to_owned() });
    }
    let files = std::fs::read_dir(model).map_err(|source| Gpt2Error::io(model, source))?;
    for file in files {
        let path = file.map_err(|source| Gpt2Error::io(model, source))?.path();
        let Some(name) = path.file_name().filter(|_| path.is_file()) else { continue };
        if !is_weights(&name.to_string_lossy()) {
            let to = out.join(name);
            std::fs::copy(&path, &to).map_err(|source| Gpt2Error::Write { path: to, source })?;
        }
    }
    let tensors = tensor_shapes(&config);
    let part = |(name, shape): &(String, Vec<usize>)| {
        // transformers has the head outside of the model that it calls `transformer`.
        let name = if name.starts_with("lm_head") { name.clone() } else { format!("transformer.{name}") };
        let numbers: usize = shape.iter().product();
        Part { name, dtype: "F32", shape: shape.clone(), len: 4 * numbers as u64 }
    };
    let parts: Vec<Part> = tensors.iter().map(part).collect();
    let metadata = [("format", "pt".to_owned())];
    write_safetensors(&out.join("model.safetensors"), &metadata, &parts, &mut |index, file| {
        let (name, shape) = &tensors[index];
        let mut numbers = vec![0.0; shape.iter().product()];
        checkpoint.tensor(name, shape)?.read(0, &mut numbers)?;
        if let Some((layer, target)) = target_of(name) {
            lora.add_to(layer, target, &mut numbers);
        }
        numbers.iter().try_for_each(|x| file.put(&x.to_le_bytes()))
    })?;
    Ok(())
}

/// Whether a file of a model's folder is, or belongs to, its weights.
fn is_weights(name: &str) -> bool {
    let ends = [".safetensors", ".index.json", ".bin", ".gguf", ".h5", ".msgpack"];
    name.starts_with('.') || ends.iter().any(|end| name.ends_with(end))
}

/// The matrix that a tensor is, when an adapter can change it.
fn target_of(name: &str) -> Option<(usize, Target)> {
    let (layer, rest) = name.strip_prefix("h.")?.split_once('.')?;
    let module = rest.strip_suffix(".weight")?;
    let target = Target::ALL.into_iter().find(|target| target.name() == module)?;
    Some((layer.parse().ok()?, target))
}
