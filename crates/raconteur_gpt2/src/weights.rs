//! Checkpoints on disk: `model.safetensors`, or shards with an index, or [rounded ahead of time](packed); mapped into
//! memory and read tensor by tensor. And [written](export).

pub mod export;
mod numbers;
pub(crate) mod openai;
pub mod packed;
mod view;
mod write;

use std::collections::HashMap;
use std::fs::File;
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};

use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::gguf::{self, Gguf};
use crate::quantize::Quantization;
pub(crate) use numbers::{bf16_to_f32, half_to_f32};
pub(crate) use view::Stored;
pub use view::TensorView;
pub(crate) use write::{NewFile, Part, write_safetensors, write_text};

const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// Weights of other programs that are not read. A pickle is a program that runs when it is read; the others are formats
/// of frameworks.
const FOREIGN: [&str; 7] = [
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "tf_model.h5",
    "flax_model.msgpack",
    "model.ckpt.index",
    "model.ckpt.meta",
    "checkpoint",
];

/// The weights of a folder. Opening reads the headers only; a tensor is converted when it is asked for.
#[derive(Debug)]
pub struct Checkpoint {
    /// Named in errors: the weights, or the index of their shards.
    path: PathBuf,
    files: Vec<(PathBuf, Bytes)>,
    /// By name without `transformer.`.
    tensors: HashMap<String, Entry>,
}

/// The bytes of a file.
#[derive(Debug)]
pub(crate) enum Bytes {
    Mapped(Mmap),
    /// Somebody else has read them.
    Read(Arc<[u8]>),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Read(bytes) => bytes,
        }
    }
}

#[derive(Debug)]
struct Entry {
    file: usize,
    tensor: StoredTensor,
}

/// A tensor in a file.
#[derive(Debug)]
pub(crate) struct StoredTensor {
    pub stored_name: String,
    /// Else the number format, which cannot be read.
    pub stored: Result<Stored, String>,
    /// As a Hugging Face checkpoint has it.
    pub shape: Vec<usize>,
    /// Which way a matrix is stored.
    pub layout: Layout,
    /// Its place in the file.
    pub bytes: Range<usize>,
}

/// Which way a matrix is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `[inputs, outputs]`: everything inside the blocks (Hugging Face's `Conv1D`).
    InputsFirst,
    /// `[outputs, inputs]`: embeddings and the head.
    OutputsFirst,
}

impl Layout {
    /// Which way a Hugging Face checkpoint has a matrix of this name.
    pub(crate) fn of(name: &str) -> Self {
        if name.starts_with("h.") { Self::InputsFirst } else { Self::OutputsFirst }
    }
}

/// Name, without `transformer.`, and shape of every tensor of a model, in the order of a Hugging Face checkpoint.
pub(crate) fn tensor_shapes(config: &Gpt2Config) -> Vec<(String, Vec<usize>)> {
    let (width, inner) = (config.n_embd, config.inner());
    let mut all = vec![
        ("wte.weight".to_owned(), vec![config.vocab_size, width]),
        ("wpe.weight".to_owned(), vec![config.n_positions, width]),
    ];
    let mut pair = |name: String, shape: Vec<usize>| {
        let bias = shape.last().copied().into_iter().collect();
        all.push((format!("{name}.weight"), shape));
        all.push((format!("{name}.bias"), bias));
    };
    for layer in 0..config.n_layer {
        pair(format!("h.{layer}.ln_1"), vec![width]);
        pair(format!("h.{layer}.attn.c_attn"), vec![width, 3 * width]);
        pair(format!("h.{layer}.attn.c_proj"), vec![width, width]);
        pair(format!("h.{layer}.ln_2"), vec![width]);
        pair(format!("h.{layer}.mlp.c_fc"), vec![width, inner]);
        pair(format!("h.{layer}.mlp.c_proj"), vec![inner, width]);
    }
    pair("ln_f".to_owned(), vec![width]);
    if !config.tie_word_embeddings {
        all.push(("lm_head.weight".to_owned(), vec![config.vocab_size, width]));
    }
    all
}

impl Checkpoint {
    /// Opens the weights of a folder that are best for a number format in memory: the file that was rounded to it, if
    /// there is one, else as [`open`](Self::open).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_for(dir: &Path, quantization: Quantization) -> Result<Self, Gpt2Error> {
        match packed::find(dir, quantization) {
            Some(path) => Self::open_file(path),
            None => Self::open(dir),
        }
    }

    /// Opens `model.safetensors` of a folder, or the shards that `model.safetensors.index.json` names; where there is
    /// neither, what was rounded to 8 bits, else to 4. Or a [GGUF file](gguf::find).
    ///
    /// # Errors
    /// A file is missing, cut off or of another format.
    pub fn open(dir: &Path) -> Result<Self, Gpt2Error> {
        let whole = [SINGLE, INDEX].iter().any(|name| dir.join(name).exists());
        let rounded = || [Quantization::Q8_0, Quantization::Q4].iter().find_map(|format| packed::find(dir, *format));
        match rounded().filter(|_| !whole) {
            Some(path) => Self::open_file(path),
            None => Self::open_whole(dir),
        }
    }

    /// Opens weights that were not rounded.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn open_whole(dir: &Path) -> Result<Self, Gpt2Error> {
        if let Some(path) = gguf::find(dir) {
            let (path, map, tensors) = Gguf::open(&path)?.into_tensors()?;
            let tensors = tensors.into_iter().map(|(name, tensor)| (name, Entry { file: 0, tensor })).collect();
            return Ok(Self { path: path.clone(), files: vec![(path, Bytes::Mapped(map))], tensors });
        }
        let (single, index) = (dir.join(SINGLE), dir.join(INDEX));
        if single.exists() {
            return Self::open_file(single);
        }
        if index.exists() {
            let names = shard_names(&index)?;
            let mut checkpoint = Self { path: index, files: Vec::new(), tensors: HashMap::new() };
            for name in names {
                let path = dir.join(name);
                let bytes = Bytes::Mapped(map(&path)?);
                checkpoint.add(path, bytes)?;
            }
            return Ok(checkpoint);
        }
        let foreign = FOREIGN.iter().map(|name| dir.join(name)).find(|path| path.exists());
        Err(foreign.map_or(Gpt2Error::Missing { path: single }, |path| Gpt2Error::Foreign { path }))
    }

    /// Opens one file of tensors.
    pub(crate) fn open_file(path: PathBuf) -> Result<Self, Gpt2Error> {
        let bytes = Bytes::Mapped(map(&path)?);
        Self::from_bytes(path, bytes)
    }

    /// One file of tensors that has been read; errors name it `path`.
    pub(crate) fn from_bytes(path: PathBuf, bytes: Bytes) -> Result<Self, Gpt2Error> {
        let mut checkpoint = Self { path: path.clone(), files: Vec::new(), tensors: HashMap::new() };
        checkpoint.add(path, bytes)?;
        Ok(checkpoint)
    }

    /// Names of all tensors, without `transformer.`, in no order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    fn add(&mut self, path: PathBuf, file: Bytes) -> Result<(), Gpt2Error> {
        let (header, metadata) =
            SafeTensors::read_metadata(&file).map_err(|error| Gpt2Error::damaged(&path, explain(&error)))?;
        let matrices = packed::matrices(&path, metadata.metadata().as_ref())?;
        for (stored_name, info) in metadata.tensors() {
            let of_2019 = openai::name(&stored_name);
            let name = of_2019.as_deref().or(stored_name.strip_prefix("transformer.")).unwrap_or(&stored_name);
            // Causal masks that old versions of transformers stored beside the weights.
            if name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias") {
                continue;
            }
            // The data begin after the length of the header, 8 bytes, and the header.
            let bytes = 8 + header + info.data_offsets.0..8 + header + info.data_offsets.1;
            let matrix = matrices.as_ref().and_then(|matrices| matrices.get(name));
            let (stored, shape) = match matrix {
                Some(matrix) => {
                    let (stored, shape) = packed::stored(&path, name, matrix, info)?;
                    (Ok(stored), shape)
                }
                None if of_2019.is_some() => (plain(info.dtype), openai::shape(&info.shape)),
                None => (plain(info.dtype), info.shape.clone()),
            };
            let stored_name = stored_name.clone();
            let tensor = StoredTensor { stored_name, stored, shape, layout: Layout::of(name), bytes };
            let entry = Entry { file: self.files.len(), tensor };
            self.tensors.insert(name.to_owned(), entry);
        }
        self.files.push((path, file));
        Ok(())
    }

    /// Name and shape of every tensor that a model of this shape has, in the order of a Hugging Face checkpoint.
    ///
    /// # Errors
    /// The last block is not there: a list of a million blocks is not made for a file of four.
    pub(crate) fn tensors(&self, config: &Gpt2Config) -> Result<Vec<(String, Vec<usize>)>, Gpt2Error> {
        self.tensor(&format!("h.{}.ln_1.weight", config.n_layer.saturating_sub(1)), &[config.n_embd])?;
        Ok(tensor_shapes(config))
    }

    /// Finds a tensor and checks its shape and number format.
    ///
    /// # Errors
    /// It is missing, has another shape, or is stored in a number format that is not f32, f16 or bf16.
    pub fn tensor(&self, name: &str, expected: &[usize]) -> Result<TensorView<'_>, Gpt2Error> {
        let Some(entry) = self.tensors.get(name) else {
            return Err(Gpt2Error::MissingTensor {
                path: self.path.clone(),
                tensor: name.to_owned(),
                expected: expected.to_vec(),
            });
        };
        let (path, file) = &self.files[entry.file];
        let tensor = &entry.tensor;
        if tensor.shape != expected {
            return Err(Gpt2Error::Shape {
                path: path.clone(),
                tensor: tensor.stored_name.clone(),
                found: tensor.shape.clone(),
                expected: expected.to_vec(),
            });
        }
        let stored = tensor.stored.clone().map_err(|found| Gpt2Error::Dtype {
            path: path.clone(),
            tensor: tensor.stored_name.clone(),
            found,
        })?;
        Ok(TensorView {
            path,
            name: &tensor.stored_name,
            stored,
            shape: &tensor.shape,
            layout: tensor.layout,
            natural: Layout::of(name),
            bytes: &file[tensor.bytes.clone()],
        })
    }
}

fn plain(dtype: Dtype) -> Result<Stored, String> {
    match dtype {
        Dtype::F32 => Ok(Stored::F32),
        Dtype::F16 => Ok(Stored::F16),
        Dtype::BF16 => Ok(Stored::Bf16),
        other => Err(format!("{other:?}")),
    }
}

/// Names of the shards, each once. Only names in the folder itself: an index must not reach out of it.
fn shard_names(index: &Path) -> Result<Vec<String>, Gpt2Error> {
    let text = std::fs::read(index).map_err(|source| Gpt2Error::io(index, source))?;
    let json: serde_json::Value = serde_json::from_slice(&text).map_err(|error| Gpt2Error::damaged(index, error))?;
    let Some(map) = json.get("weight_map").and_then(serde_json::Value::as_object) else {
        return Err(Gpt2Error::damaged(index, "it has no 'weight_map'"));
    };
    let mut names: Vec<String> = map.values().filter_map(|name| Some(name.as_str()?.to_owned())).collect();
    names.sort_unstable();
    names.dedup();
    if let Some(name) = names.iter().find(|name| Path::new(name).file_name() != Some(name.as_ref())) {
        return Err(Gpt2Error::damaged(index, format!("the shard '{name}' does not lie in the same folder")));
    }
    Ok(names)
}

pub(crate) fn map(path: &Path) -> Result<Mmap, Gpt2Error> {
    let file = File::open(path).map_err(|source| Gpt2Error::io(path, source))?;
    let length = file.metadata().map_err(|source| Gpt2Error::io(path, source))?.len();
    if length == 0 {
        return Err(Gpt2Error::damaged(path, "it is empty"));
    }
    #[expect(unsafe_code, reason = "mapping a file is unsafe: another program may change it meanwhile")]
    // SAFETY: the map is read-only and lives only while a model is loaded. Nothing here relies on bytes staying what
    // they were: every number is copied out and then checked. A file that is cut short in that time ends the process
    // with SIGBUS, as with every program that maps its weights; who replaces weights under a running game has to write
    // a new file and rename it, which leaves the mapped one alone.
    let map = unsafe { Mmap::map(&file) };
    map.map_err(|source| Gpt2Error::io(path, source))
}

/// Says in our words what the format's own errors mean; they do not know that files get cut off.
fn explain(error: &safetensors::SafeTensorError) -> String {
    use safetensors::SafeTensorError as E;
    match error {
        E::HeaderTooSmall | E::InvalidHeaderLength | E::MetadataIncompleteBuffer => {
            format!("it is shorter or longer than its header says ({error})")
        }
        E::HeaderTooLarge | E::InvalidHeader(_) | E::InvalidHeaderDeserialization(_) => {
            format!("it does not begin with a safetensors header ({error})")
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_must_not_reach_out_of_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let index = dir.path().join("model.safetensors.index.json");
        std::fs::write(&index, r#"{"weight_map": {"wte.weight": "../elsewhere.safetensors"}}"#).unwrap();
        assert!(matches!(Checkpoint::open(dir.path()), Err(Gpt2Error::Damaged { .. })));
    }
}
