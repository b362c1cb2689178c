//! A model and an adapter become one model.

use std::path::Path;

use super::file::{write_file, write_tensors};
use super::{Lora, LoraError, Target};
use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::weights::Checkpoint;

/// Writes into `out` the model of a folder with an adapter added to its weights, in f32, and beside it whatever lies in
/// the model's folder that is no weights: configuration, tokenizer, prompts.
///
/// # Errors
/// What [`LoraError`] says about both folders, and about writing. An `out` that is the model's folder is refused.
pub fn merge(model: &Path, adapter: &Path, out: &Path) -> Result<(), LoraError> {
    let failed = |path: &Path, source: std::io::Error| LoraError::Write { path: path.to_owned(), source };
    let config = Gpt2Config::load(model)?;
    let lora = Lora::load(adapter, &config)?;
    let checkpoint = Checkpoint::open(model)?;
    std::fs::create_dir_all(out).map_err(|source| failed(out, source))?;
    let whole = |path: &Path| path.canonicalize().map_err(|source| failed(path, source));
    if whole(out)? == whole(model)? {
        let what = "it is the folder of the model, which stays as it is; give another one";
        return Err(failed(out, std::io::Error::new(std::io::ErrorKind::AlreadyExists, what)));
    }
    let mut names: Vec<&str> = checkpoint.names().collect();
    names.sort_unstable();
    let mut tensors = Vec::with_capacity(names.len());
    for name in names {
        let Some(shape) = checkpoint.shape(name).map(<[usize]>::to_vec) else { continue };
        let mut numbers = vec![0.0; shape.iter().product()];
        checkpoint.tensor(name, &shape)?.read(0, &mut numbers)?;
        if let Some((layer, target)) = target_of(name) {
            lora.add_to(layer, target, &mut numbers)?;
        }
        // transformers has the head outside of the model that it calls `transformer`.
        let name = if name.starts_with("lm_head") { name.to_owned() } else { format!("transformer.{name}") };
        tensors.push((name, shape, numbers.iter().flat_map(|x| x.to_le_bytes()).collect()));
    }
    let files = std::fs::read_dir(model).map_err(|source| Gpt2Error::io(model, source))?;
    for file in files {
        let path = file.map_err(|source| Gpt2Error::io(model, source))?.path();
        let Some(name) = path.file_name().filter(|_| path.is_file()) else { continue };
        if !is_weights(&name.to_string_lossy()) {
            let bytes = std::fs::read(&path).map_err(|source| Gpt2Error::io(&path, source))?;
            write_file(&out.join(name), &bytes)?;
        }
    }
    write_tensors(&out.join("model.safetensors"), &tensors)
}

/// Whether a file of a model's folder is, or belongs to, its weights.
fn is_weights(name: &str) -> bool {
    [".safetensors", ".safetensors.index.json", ".bin", ".gguf", ".part"].iter().any(|end| name.ends_with(end))
}

/// The matrix that a tensor is, when an adapter can change it.
fn target_of(name: &str) -> Option<(usize, Target)> {
    let (layer, rest) = name.strip_prefix("h.")?.split_once('.')?;
    let module = rest.strip_suffix(".weight")?;
    let target = Target::ALL.into_iter().find(|target| target.name() == module)?;
    Some((layer.parse().ok()?, target))
}
