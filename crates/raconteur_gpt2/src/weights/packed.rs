//! `model.q8_0.safetensors`, `model.q4.safetensors`: weights rounded ahead of time, block by block as the kernels read
//! them.
//!
//! Safetensors, so that every tool can list it. Matrices are `U8` of shape `[panels, blocks, bytes of a block]`
//! ([`quantize`](crate::quantize)); norms, biases and positions stay in the number format that they came in. The header
//! says what it is:
//!
//! | key | value |
//! |---|---|
//! | `format` | `raconteur-packed` |
//! | `version` | `1` |
//! | `quantization` | `q8_0` or `q4` |
//! | `lanes`, `block` | outputs of a panel, inputs of a block: `16`, `64` |
//! | `tensors` | JSON: for each matrix its format and its shape in a Hugging Face checkpoint |
//!
//! GGUF's `Q8_0` would be no such file: it scales 32 inputs by an f16, these kernels 64 inputs of 16 outputs by a bf16
//! each, so loading it means rounding what was rounded.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use raconteur_core::generate::LoadProgress;
use safetensors::Dtype;
use safetensors::tensor::TensorInfo;
use serde::{Deserialize, Serialize};

use super::export::Numbers;
use super::view::Stored;
use super::write::{Part, write_safetensors};
use super::{Checkpoint, Layout};
use crate::arithmetic::LANES;
use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::linear::Linear;
use crate::quantize::{BLOCK, Q4Block, Q8Block, Quantization};

const FORMAT: &str = "raconteur-packed";
const VERSION: &str = "1";

/// What the header says about a matrix.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Matrix {
    format: Quantization,
    shape: [usize; 2],
}

/// Name of the file that holds weights in this format; none for f32, which is never rounded.
#[must_use]
pub fn file_name(quantization: Quantization) -> Option<&'static str> {
    match quantization {
        Quantization::None => None,
        Quantization::Q8_0 => Some("model.q8_0.safetensors"),
        Quantization::Q4 => Some("model.q4.safetensors"),
    }
}

/// The file of a folder that holds weights in this format, if there is one.
#[must_use]
pub fn find(dir: &Path, quantization: Quantization) -> Option<PathBuf> {
    file_name(quantization).map(|name| dir.join(name)).filter(|path| path.exists())
}

/// Bytes of a block.
fn block_size(format: Quantization) -> usize {
    if format == Quantization::Q4 { size_of::<Q4Block>() } else { size_of::<Q8Block>() }
}

/// `[panels, blocks, bytes of a block]`
fn packed_shape(format: Quantization, inputs: usize, outputs: usize) -> [usize; 3] {
    [outputs.div_ceil(LANES), inputs.div_ceil(BLOCK), block_size(format)]
}

/// Checks the header of a file, if it is one of ours, and returns what it says about matrices.
pub(super) fn matrices(
    path: &Path,
    metadata: Option<&HashMap<String, String>>,
) -> Result<Option<BTreeMap<String, Matrix>>, Gpt2Error> {
    let Some(metadata) = metadata.filter(|metadata| metadata.get("format").is_some_and(|format| format == FORMAT))
    else {
        return Ok(None);
    };
    let expected = [("version", VERSION.to_owned()), ("lanes", LANES.to_string()), ("block", BLOCK.to_string())];
    for (key, expected) in expected {
        let found = metadata.get(key).map_or("nothing", String::as_str);
        if found != expected {
            return Err(Gpt2Error::Packed { path: path.to_owned(), key, found: found.to_owned(), expected });
        }
    }
    let text = metadata.get("tensors").map_or("", String::as_str);
    let matrices = serde_json::from_str(text)
        .map_err(|error| Gpt2Error::damaged(path, format!("its list of matrices cannot be read ({error})")))?;
    Ok(Some(matrices))
}

/// What a matrix is stored as, and its shape in a Hugging Face checkpoint.
pub(super) fn stored(
    path: &Path,
    name: &str,
    matrix: &Matrix,
    info: &TensorInfo,
) -> Result<(Stored, Vec<usize>), Gpt2Error> {
    let [rows, columns] = matrix.shape;
    let (inputs, outputs) = if Layout::of(name) == Layout::InputsFirst { (rows, columns) } else { (columns, rows) };
    let shape = packed_shape(matrix.format, inputs, outputs);
    if info.dtype != Dtype::U8 || info.shape != shape || matrix.format == Quantization::None {
        let what = format!("matrix '{name}' is {:?} {:?}, and its blocks would be {shape:?}", info.dtype, info.shape);
        return Err(Gpt2Error::damaged(path, what));
    }
    Ok((Stored::Packed(matrix.format), matrix.shape.to_vec()))
}

/// Rounds the weights of a model as [`Gpt2::load`](crate::model::Gpt2::load) would, and writes them into `out`, a folder
/// that is there. Loading them gives the same bits as rounding at load. Returns the file.
///
/// One matrix is in memory at a time.
///
/// # Errors
/// The model cannot be read or holds rounded weights only, the format is f32, or the file cannot be written; what stood
/// there is then as it was.
pub fn write(
    model: &Path,
    quantization: Quantization,
    out: &Path,
    progress: &mut dyn FnMut(LoadProgress),
) -> Result<PathBuf, Gpt2Error> {
    let Some(file) = file_name(quantization) else {
        return Err(Gpt2Error::NotPacked { format: quantization });
    };
    let config = Gpt2Config::load(model)?;
    let checkpoint = Checkpoint::open_whole(model)?;
    let mut parts = Vec::new();
    let mut matrices = BTreeMap::new();
    for (name, shape) in checkpoint.tensors(&config)? {
        if let Some((format, [inputs, outputs])) = matrix_of(&name, &shape, quantization) {
            let packed = packed_shape(format, inputs, outputs);
            let len = packed.iter().map(|&side| side as u64).product();
            matrices.insert(name.clone(), Matrix { format, shape: [shape[0], shape[1]] });
            parts.push((Part { name, dtype: "U8", shape: packed.to_vec(), len }, shape));
        } else {
            let numbers = Numbers::of(checkpoint.tensor(&name, &shape)?.stored());
            parts.push((Part { name, dtype: numbers.dtype(), shape: shape.clone(), len: numbers.len(&shape) }, shape));
        }
    }
    // Widest numbers first, so that all of them are aligned.
    parts.sort_by_key(|(part, _)| match part.dtype {
        "U8" => 0,
        "F32" => 1,
        _ => 2,
    });
    let (parts, shapes): (Vec<Part>, Vec<Vec<usize>>) = parts.into_iter().unzip();
    let path = out.join(file);
    let list = serde_json::to_string(&matrices).map_err(|error| Gpt2Error::damaged(&path, error))?;
    let name = serde_json::to_value(quantization).map_err(|error| Gpt2Error::damaged(&path, error))?;
    let metadata = [
        ("format", FORMAT.to_owned()),
        ("version", VERSION.to_owned()),
        ("quantization", name.as_str().unwrap_or_default().to_owned()),
        ("lanes", LANES.to_string()),
        ("block", BLOCK.to_string()),
        ("tensors", list),
    ];
    write_safetensors(&path, &metadata, &parts, &mut |index, file| {
        let (part, shape) = (&parts[index], &shapes[index]);
        let view = checkpoint.tensor(&part.name, shape)?;
        if let Some((format, [inputs, outputs])) = matrix_of(&part.name, shape, quantization) {
            let fill = |first: usize, panel: &mut [f32]| view.read_panel(first, panel);
            let linear = Linear::new(inputs, outputs, format, &fill, None)?;
            linear.write_blocks(&mut |bytes| file.put(bytes))?;
        } else {
            Numbers::of(view.stored()).write(&view, shape, file)?;
        }
        let fraction = (index + 1) as f32 / parts.len() as f32;
        progress(LoadProgress { stage: "quantising".into(), fraction });
        Ok(())
    })?;
    Ok(path)
}

/// Format and `[inputs, outputs]` of a tensor that is rounded: all matrices but the positions.
fn matrix_of(name: &str, shape: &[usize], quantization: Quantization) -> Option<(Quantization, [usize; 2])> {
    match *shape {
        [rows, columns] if name != "wpe.weight" => Some(match Layout::of(name) {
            Layout::InputsFirst => (quantization, [rows, columns]),
            Layout::OutputsFirst => (quantization.of_head(), [columns, rows]),
        }),
        _ => None,
    }
}
