//! Writing a model as a Hugging Face folder, as `GPT2LMHeadModel.save_pretrained` and `GPT2Tokenizer` would.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use raconteur_core::generate::LoadProgress;
use serde_json::{Map, Value, json};

use super::Checkpoint;
use super::numbers::{LARGEST_HALF, f32_to_bf16, f32_to_half};
use super::view::{Stored, TensorView};
use super::write::{NewFile, Part, write_safetensors, write_text};
use crate::arithmetic::LANES;
use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::tokenizer::{END_OF_TEXT, Gpt2Tokenizer};

/// Number format of weights in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Numbers {
    /// 32 bits: exact.
    F32,
    /// 16 bits, 11 of them digits; nothing beyond 65504. **Default**.
    #[default]
    F16,
    /// 16 bits, 8 of them digits; the range of f32.
    Bf16,
}

impl FromStr for Numbers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "f32" | "float32" => Ok(Self::F32),
            "f16" | "float16" => Ok(Self::F16),
            "bf16" | "bfloat16" => Ok(Self::Bf16),
            _ => Err(format!("'{text}' is no number format of files: f32, f16 and bf16 are")),
        }
    }
}

impl Numbers {
    /// The format in which stored numbers stay what they are.
    pub(super) fn of(stored: Stored) -> Self {
        match stored {
            Stored::F16 => Self::F16,
            Stored::Bf16 => Self::Bf16,
            Stored::F32 | Stored::Packed(_) | Stored::Blocks(_) => Self::F32,
        }
    }

    /// As safetensors calls it.
    pub(super) fn dtype(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
        }
    }

    /// As `PyTorch` calls it.
    fn torch(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::Bf16 => "bfloat16",
        }
    }

    /// Bytes of a tensor.
    pub(crate) fn len(self, shape: &[usize]) -> u64 {
        let size = if self == Self::F32 { 4 } else { 2 };
        shape.iter().map(|&side| side as u64).product::<u64>() * size
    }

    /// Writes all numbers of a tensor, some at a time.
    pub(crate) fn write(self, view: &TensorView<'_>, shape: &[usize], file: &mut NewFile) -> Result<(), Gpt2Error> {
        const AT_ONCE: usize = 1 << 16;
        let all = shape.iter().product::<usize>();
        let mut numbers = vec![0.0; AT_ONCE.min(all)];
        for first in (0..all).step_by(AT_ONCE) {
            let numbers = &mut numbers[..AT_ONCE.min(all - first)];
            view.read(first, numbers)?;
            self.put(numbers, view, file)?;
        }
        Ok(())
    }

    /// Writes a matrix as `[outputs, inputs]`, some outputs at a time.
    pub(crate) fn write_outputs(self, view: &TensorView<'_>, file: &mut NewFile) -> Result<(), Gpt2Error> {
        let [inputs, outputs] = view.sides();
        let (mut panel, mut row) = (vec![0.0; inputs * LANES], vec![0.0; inputs]);
        for first in (0..outputs).step_by(LANES) {
            view.read_panel(first, &mut panel)?;
            for lane in 0..LANES.min(outputs - first) {
                for (x, weights) in row.iter_mut().zip(panel.chunks_exact(LANES)) {
                    *x = weights[lane];
                }
                self.put(&row, view, file)?;
            }
        }
        Ok(())
    }

    fn put(self, numbers: &[f32], view: &TensorView<'_>, file: &mut NewFile) -> Result<(), Gpt2Error> {
        let too_large = |largest: f32, bits: &dyn Fn(f32) -> bool| {
            let found = numbers.iter().copied().find(|&x| bits(x));
            found.map(|weight| Gpt2Error::Range { tensor: view.name.to_owned(), weight, largest })
        };
        let (bytes, error): (Vec<u8>, _) = match self {
            Self::F32 => (numbers.iter().flat_map(|x| x.to_le_bytes()).collect(), None),
            Self::F16 => {
                let infinite = |x| f32_to_half(x) & 0x7fff == 0x7c00;
                let bytes = numbers.iter().flat_map(|&x| f32_to_half(x).to_le_bytes());
                (bytes.collect(), too_large(LARGEST_HALF, &infinite))
            }
            Self::Bf16 => {
                // Rounding may carry the largest f32 to infinity.
                let infinite = |x| f32_to_bf16(x) & 0x7fff == 0x7f80;
                let bytes = numbers.iter().flat_map(|&x| f32_to_bf16(x).to_le_bytes());
                (bytes.collect(), too_large(f32::from_bits(0x7f7f_0000), &infinite))
            }
        };
        error.map_or_else(|| file.put(&bytes), Err)
    }
}

/// Writes a model into `out`, a folder that is there: `config.json`, `generation_config.json`, `model.safetensors` with the
/// names that `GPT2LMHeadModel` gives its tensors, and the [tokenizer](copy_beside) if there is one. Returns the file
/// of the weights.
///
/// Some numbers are in memory at a time. A head that is the token embedding is not written twice.
///
/// # Errors
/// The model cannot be read, a weight does not fit the number format, or a file cannot be written.
pub fn write(
    model: &Path,
    numbers: Numbers,
    out: &Path,
    progress: &mut dyn FnMut(LoadProgress),
) -> Result<PathBuf, Gpt2Error> {
    let config = Gpt2Config::load(model)?;
    let checkpoint = Checkpoint::open(model)?;
    let tensors = checkpoint.tensors(&config)?;
    let parts: Vec<Part> = tensors
        .iter()
        .map(|(name, shape)| {
            // transformers has the head outside of the model that it calls `transformer`.
            let outside = name.starts_with("lm_head");
            let name = if outside { name.clone() } else { format!("transformer.{name}") };
            Part { name, dtype: numbers.dtype(), shape: shape.clone(), len: numbers.len(shape) }
        })
        .collect();
    let path = out.join("model.safetensors");
    write_safetensors(&path, &[("format", "pt".to_owned())], &parts, &mut |index, file| {
        let (name, shape) = &tensors[index];
        numbers.write(&checkpoint.tensor(name, shape)?, shape, file)?;
        let fraction = (index + 1) as f32 / parts.len() as f32;
        progress(LoadProgress { stage: "writing weights".into(), fraction });
        Ok(())
    })?;
    write_config(model, &config, Some(numbers), out)?;
    let ids =
        json!({"_from_model_config": true, "bos_token_id": config.eos_token_id, "eos_token_id": config.eos_token_id});
    write_json(&out.join("generation_config.json"), &ids)?;
    copy_beside(model, &config, out)?;
    Ok(path)
}

/// Writes `config.json` with every field that transformers' `GPT2Config` has. What the model's own file says beyond what
/// we know stays in it.
///
/// # Errors
/// The file cannot be written.
pub fn write_config(model: &Path, config: &Gpt2Config, numbers: Option<Numbers>, out: &Path) -> Result<(), Gpt2Error> {
    let path = out.join("config.json");
    let own = std::fs::read(model.join("config.json")).ok();
    let mut all = own.and_then(|text| serde_json::from_slice::<Map<String, Value>>(&text).ok()).unwrap_or_default();
    let known = serde_json::to_value(config).map_err(|error| Gpt2Error::damaged(&path, error))?;
    all.extend(known.as_object().cloned().unwrap_or_default());
    all.insert("model_type".into(), "gpt2".into());
    all.insert("architectures".into(), json!(["GPT2LMHeadModel"]));
    if let Some(numbers) = numbers {
        // Newer versions write `dtype` and read both.
        all.remove("dtype");
        all.insert("torch_dtype".into(), numbers.torch().into());
    }
    let defaults = json!({
        "attn_pdrop": 0.1, "embd_pdrop": 0.1, "resid_pdrop": 0.1, "initializer_range": 0.02,
        "n_ctx": config.n_positions,
        "bos_token_id": config.eos_token_id, "reorder_and_upcast_attn": false, "use_cache": true,
        "summary_activation": null, "summary_first_dropout": 0.1, "summary_proj_to_labels": true,
        "summary_type": "cls_index", "summary_use_proj": true,
    });
    for (key, value) in defaults.as_object().into_iter().flatten() {
        all.entry(key.clone()).or_insert_with(|| value.clone());
    }
    write_json(&path, &Value::from(all))
}

/// Writes the tokenizer of a model into `out` as `tokenizer.json`, `vocab.json` and `merges.txt`, with
/// `tokenizer_config.json`; files that the model has are copied as they are, `prompts.ron` too. A model without a
/// tokenizer is none the worse.
///
/// # Errors
/// The tokenizer is damaged, or a file cannot be read or written.
pub fn copy_beside(model: &Path, config: &Gpt2Config, out: &Path) -> Result<(), Gpt2Error> {
    let mut copied = Vec::new();
    for name in ["tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "prompts.ron"] {
        let (from, to) = (model.join(name), out.join(name));
        if !from.exists() {
            continue;
        }
        copied.push(name);
        if from.canonicalize().ok() != to.canonicalize().ok() || !to.exists() {
            let text = std::fs::read_to_string(&from).map_err(|source| Gpt2Error::io(&from, source))?;
            write_text(&to, &text)?;
        }
    }
    if !Gpt2Tokenizer::is_in(model) {
        return Ok(());
    }
    let tokenizer = Gpt2Tokenizer::load(model)?;
    let files = tokenizer.files().map_err(|error| Gpt2Error::damaged(model, error))?;
    for (name, text) in files {
        if !copied.contains(&name) {
            write_text(&out.join(name), &text)?;
        }
    }
    if !copied.contains(&"tokenizer_config.json") {
        let settings = json!({
            "tokenizer_class": "GPT2Tokenizer", "model_max_length": config.n_positions, "add_prefix_space": false,
            "bos_token": END_OF_TEXT, "eos_token": END_OF_TEXT, "unk_token": END_OF_TEXT,
        });
        write_json(&out.join("tokenizer_config.json"), &settings)?;
    }
    Ok(())
}

fn write_json(path: &Path, value: &Value) -> Result<(), Gpt2Error> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Gpt2Error::damaged(path, error))?;
    write_text(path, &(text + "\n"))
}
