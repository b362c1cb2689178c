//! Checkpoints on disk: `model.safetensors`, or shards with an index, mapped into memory and read tensor by tensor.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};

use crate::arithmetic::LANES;
use crate::error::Gpt2Error;

/// The weights of a folder. Opening reads the headers only; a tensor is converted when it is asked for.
#[derive(Debug)]
pub struct Checkpoint {
    /// Named in errors: the weights, or the index of their shards.
    path: PathBuf,
    files: Vec<(PathBuf, Mmap)>,
    /// By name without `transformer.`.
    tensors: HashMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    file: usize,
    stored_name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Range<usize>,
}

/// Which way a matrix is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `[inputs, outputs]`: everything inside the blocks (Hugging Face's `Conv1D`).
    InputsFirst,
    /// `[outputs, inputs]`: embeddings and the head.
    OutputsFirst,
}

impl Checkpoint {
    /// Opens `model.safetensors` of a folder, or the shards that `model.safetensors.index.json` names.
    ///
    /// # Errors
    /// A file is missing, cut off or no safetensors file.
    pub fn open(dir: &Path) -> Result<Self, Gpt2Error> {
        let (single, index) = (dir.join("model.safetensors"), dir.join("model.safetensors.index.json"));
        if !single.exists() && index.exists() {
            let names = shard_names(&index)?;
            let mut checkpoint = Self { path: index, files: Vec::new(), tensors: HashMap::new() };
            for name in names {
                checkpoint.add(dir.join(name))?;
            }
            return Ok(checkpoint);
        }
        let mut checkpoint = Self { path: single.clone(), files: Vec::new(), tensors: HashMap::new() };
        checkpoint.add(single)?;
        Ok(checkpoint)
    }

    /// Opens one file of tensors.
    pub(crate) fn open_file(path: PathBuf) -> Result<Self, Gpt2Error> {
        let mut checkpoint = Self { path: path.clone(), files: Vec::new(), tensors: HashMap::new() };
        checkpoint.add(path)?;
        Ok(checkpoint)
    }

    /// Names of all tensors, without `transformer.`, in no order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Shape of a tensor as it is stored; none when there is no such tensor.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|entry| entry.shape.as_slice())
    }

    fn add(&mut self, path: PathBuf) -> Result<(), Gpt2Error> {
        let map = map(&path)?;
        let (header, metadata) =
            SafeTensors::read_metadata(&map).map_err(|error| Gpt2Error::damaged(&path, explain(&error)))?;
        for (stored_name, info) in metadata.tensors() {
            let name = stored_name.strip_prefix("transformer.").unwrap_or(&stored_name);
            // Causal masks that old versions of transformers stored beside the weights.
            if name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias") {
                continue;
            }
            // The data begin after the length of the header, 8 bytes, and the header.
            let bytes = 8 + header + info.data_offsets.0..8 + header + info.data_offsets.1;
            let entry = Entry {
                file: self.files.len(),
                dtype: info.dtype,
                shape: info.shape.clone(),
                bytes,
                stored_name: stored_name.clone(),
            };
            self.tensors.insert(name.to_owned(), entry);
        }
        self.files.push((path, map));
        Ok(())
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
        let (path, map) = &self.files[entry.file];
        if entry.shape != expected {
            return Err(Gpt2Error::Shape {
                path: path.clone(),
                tensor: entry.stored_name.clone(),
                found: entry.shape.clone(),
                expected: expected.to_vec(),
            });
        }
        if !matches!(entry.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16) {
            let (tensor, found) = (entry.stored_name.clone(), format!("{:?}", entry.dtype));
            return Err(Gpt2Error::Dtype { path: path.clone(), tensor, found });
        }
        Ok(TensorView { path, name: &entry.stored_name, dtype: entry.dtype, bytes: &map[entry.bytes.clone()] })
    }
}

/// A tensor in a mapped file.
#[derive(Debug, Clone, Copy)]
pub struct TensorView<'a> {
    path: &'a Path,
    name: &'a str,
    dtype: Dtype,
    bytes: &'a [u8],
}

impl TensorView<'_> {
    /// Converts the numbers from `first` on.
    ///
    /// # Errors
    /// One of them is NaN or infinite.
    pub fn read(&self, first: usize, out: &mut [f32]) -> Result<(), Gpt2Error> {
        match self.dtype {
            Dtype::F32 => convert(self.bytes, first, out, f32::from_le_bytes),
            Dtype::F16 => convert(self.bytes, first, out, |bytes| half_to_f32(u16::from_le_bytes(bytes))),
            _ => convert(self.bytes, first, out, |bytes| crate::quantize::widen(u16::from_le_bytes(bytes))),
        }
        if out.iter().all(|x| x.is_finite()) {
            Ok(())
        } else {
            Err(Gpt2Error::NotFinite { path: self.path.to_owned(), tensor: self.name.to_owned() })
        }
    }

    /// Converts what stands for outputs `first..first + LANES` of a matrix into a panel `[inputs, LANES]`.
    pub(crate) fn read_panel(
        &self,
        layout: Layout,
        inputs: usize,
        outputs: usize,
        first: usize,
        panel: &mut [f32],
    ) -> Result<(), Gpt2Error> {
        let width = (outputs - first).min(LANES);
        match layout {
            Layout::InputsFirst => {
                for (input, row) in panel.chunks_exact_mut(LANES).enumerate() {
                    self.read(input * outputs + first, &mut row[..width])?;
                }
            }
            Layout::OutputsFirst => {
                let mut row = vec![0.0; inputs];
                for lane in 0..width {
                    self.read((first + lane) * inputs, &mut row)?;
                    for (slot, &x) in panel[lane..].iter_mut().step_by(LANES).zip(&row) {
                        *slot = x;
                    }
                }
            }
        }
        Ok(())
    }
}

fn convert<const N: usize>(bytes: &[u8], first: usize, out: &mut [f32], number: impl Fn([u8; N]) -> f32) {
    let (numbers, _) = bytes[first * N..].as_chunks::<N>();
    for (out, &bytes) in out.iter_mut().zip(numbers) {
        *out = number(bytes);
    }
}

/// f16 to f32, exactly.
fn half_to_f32(bits: u16) -> f32 {
    let (sign, exponent, fraction) = (u32::from(bits >> 15) << 31, u32::from(bits >> 10 & 31), u32::from(bits & 1023));
    match exponent {
        // Zero and subnormal: the fraction counts units of 2^-24.
        0 => f32::from_bits((fraction as f32 / 16_777_216.0).to_bits() | sign),
        31 => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
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

fn map(path: &Path) -> Result<Mmap, Gpt2Error> {
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
    fn halves_convert_exactly() {
        let cases = [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x0001, 5.960_464_5e-8),
            (0x83ff, -6.097_555e-5),
            (0x3555, 0.333_251_95),
            (0x7c00, f32::INFINITY),
        ];
        for (bits, want) in cases {
            assert_eq!(half_to_f32(bits), want, "{bits:#06x}");
        }
        assert!(half_to_f32(0x7e00).is_nan());
        assert!(half_to_f32(0x8000).is_sign_negative());
    }

    #[test]
    fn an_index_must_not_reach_out_of_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let index = dir.path().join("model.safetensors.index.json");
        std::fs::write(&index, r#"{"weight_map": {"wte.weight": "../elsewhere.safetensors"}}"#).unwrap();
        assert!(matches!(Checkpoint::open(dir.path()), Err(Gpt2Error::Damaged { .. })));
    }
}
