//! Writing a model as GGUF, version 3, as llama.cpp's converter would.

use std::path::Path;

use raconteur_core::generate::LoadProgress;

use super::model::our_name;
use super::{MAGIC, unread};
use crate::config::{Activation, Gpt2Config};
use crate::error::Gpt2Error;
use crate::tokenizer::Gpt2Tokenizer;
use crate::weights::export::Numbers;
use crate::weights::{Checkpoint, NewFile};

const ALIGNMENT: usize = 32;

/// What stands before the numbers.
#[derive(Default)]
struct Header {
    bytes: Vec<u8>,
    /// Values so far.
    values: u64,
}

impl Header {
    fn text(&mut self, text: &str) {
        self.bytes.extend((text.len() as u64).to_le_bytes());
        self.bytes.extend(text.as_bytes());
    }

    fn key(&mut self, key: &str, kind: u32) {
        self.values += 1;
        self.text(key);
        self.bytes.extend(kind.to_le_bytes());
    }

    fn set_u32(&mut self, key: &str, value: u32) {
        self.key(key, 4);
        self.bytes.extend(value.to_le_bytes());
    }

    fn set_f32(&mut self, key: &str, value: f32) {
        self.key(key, 6);
        self.bytes.extend(value.to_le_bytes());
    }

    fn set_text(&mut self, key: &str, value: &str) {
        self.key(key, 8);
        self.text(value);
    }

    fn array(&mut self, key: &str, kind: u32, count: usize) {
        self.key(key, 9);
        self.bytes.extend(kind.to_le_bytes());
        self.bytes.extend((count as u64).to_le_bytes());
    }

    fn set_texts(&mut self, key: &str, values: &[String]) {
        self.array(key, 8, values.len());
        for value in values {
            self.text(value);
        }
    }
}

/// Writes a model and its tokenizer into one file, which replaces what is there when it is whole. Matrices are in the
/// number format that is asked for; positions, norms and biases in f32, as llama.cpp wants them.
///
/// # Errors
/// The model cannot be read or is one that GGUF cannot describe, a weight does not fit the number format, or the file
/// cannot be written.
pub fn write(
    model: &Path,
    numbers: Numbers,
    path: &Path,
    progress: &mut dyn FnMut(LoadProgress),
) -> Result<(), Gpt2Error> {
    let config = Gpt2Config::load(model)?;
    describable(&config, path)?;
    let checkpoint = Checkpoint::open(model)?;
    let tokenizer = Gpt2Tokenizer::is_in(model).then(|| Gpt2Tokenizer::load(model)).transpose()?;
    let tensors = checkpoint.tensors(&config)?;

    let mut values = Header::default();
    describe(&mut values, &config, numbers, tokenizer.as_ref(), model)?;
    let mut header = Header { bytes: MAGIC.to_vec(), values: 0 };
    header.bytes.extend(3u32.to_le_bytes());
    header.bytes.extend((tensors.len() as u64).to_le_bytes());
    header.bytes.extend(values.values.to_le_bytes());
    header.bytes.extend(values.bytes);
    let mut offset = 0u64;
    for (name, shape) in &tensors {
        let format = format_of(name, shape, numbers);
        let stored = our_name(name).ok_or_else(|| unread(path, format!("there is no name for '{name}'")))?;
        header.text(&stored);
        header.bytes.extend((shape.len() as u32).to_le_bytes());
        // Innermost first: the inputs of a matrix.
        let matrix = sides(name, shape);
        for side in if shape.len() == 2 { &matrix } else { &shape[..] } {
            header.bytes.extend((*side as u64).to_le_bytes());
        }
        let kind: u32 = match format {
            Numbers::F32 => 0,
            Numbers::F16 => 1,
            Numbers::Bf16 => 30,
        };
        header.bytes.extend(kind.to_le_bytes());
        header.bytes.extend(offset.to_le_bytes());
        offset += format.len(shape).next_multiple_of(ALIGNMENT as u64);
    }
    header.bytes.resize(header.bytes.len().next_multiple_of(ALIGNMENT), 0);

    let mut file = NewFile::create(path)?;
    file.put(&header.bytes)?;
    for (index, (name, shape)) in tensors.iter().enumerate() {
        let (view, format) = (checkpoint.tensor(name, shape)?, format_of(name, shape, numbers));
        if shape.len() == 2 {
            format.write_outputs(&view, &mut file)?;
        } else {
            format.write(&view, shape, &mut file)?;
        }
        let gap = format.len(shape).next_multiple_of(ALIGNMENT as u64) - format.len(shape);
        file.put(&vec![0; gap as usize])?;
        let fraction = (index + 1) as f32 / tensors.len() as f32;
        progress(LoadProgress { stage: "writing weights".into(), fraction });
    }
    file.finish()
}

/// Refuses what readers of the format would compute otherwise.
fn describable(config: &Gpt2Config, path: &Path) -> Result<(), Gpt2Error> {
    let plain = Gpt2Config::default();
    let what = if config.activation_function != Activation::GeluNew {
        "the activation is not gelu_new"
    } else if config.scale_attn_weights != plain.scale_attn_weights
        || config.scale_attn_by_inverse_layer_idx != plain.scale_attn_by_inverse_layer_idx
    {
        "attention is scaled in another way than GPT-2's"
    } else {
        return Ok(());
    };
    Err(unread(path, format!("{what}, which this format cannot say of a gpt2")))
}

/// Writes the metadata.
fn describe(
    header: &mut Header,
    config: &Gpt2Config,
    numbers: Numbers,
    tokenizer: Option<&Gpt2Tokenizer>,
    model: &Path,
) -> Result<(), Gpt2Error> {
    let name = model.file_stem().map_or("gpt2".into(), |name| name.to_string_lossy());
    header.set_text("general.architecture", "gpt2");
    header.set_text("general.name", &name);
    // The numbers that the format gives "all f32", "mostly f16" and "mostly bf16".
    header.set_u32("general.file_type", [0, 1, 32][numbers as usize]);
    header.set_u32("gpt2.block_count", config.n_layer as u32);
    header.set_u32("gpt2.context_length", config.n_positions as u32);
    header.set_u32("gpt2.embedding_length", config.n_embd as u32);
    header.set_u32("gpt2.feed_forward_length", config.inner() as u32);
    header.set_u32("gpt2.attention.head_count", config.n_head as u32);
    header.set_f32("gpt2.attention.layer_norm_epsilon", config.layer_norm_epsilon as f32);
    if let Some(id) = config.eos_token_id {
        header.set_u32("tokenizer.ggml.eos_token_id", id);
    }
    let Some(tokenizer) = tokenizer else { return Ok(()) };
    let parts = tokenizer.parts().map_err(|error| Gpt2Error::damaged(model, error))?;
    header.set_text("tokenizer.ggml.model", "gpt2");
    header.set_text("tokenizer.ggml.pre", "gpt-2");
    // Every id of the model has a token, if only to fill up.
    let all = config.vocab_size.max(parts.tokens.len());
    let token = |id: usize| parts.tokens.get(id).and_then(Option::as_ref);
    let texts: Vec<String> = (0..all).map(|id| token(id).map_or_else(|| format!("[PAD{id}]"), Clone::clone)).collect();
    header.set_texts("tokenizer.ggml.tokens", &texts);
    header.array("tokenizer.ggml.token_type", 5, all);
    for id in 0..all {
        let kind: i32 = match token(id) {
            None => 5,
            Some(token) if parts.special.contains(token) => 3,
            Some(_) => 1,
        };
        header.bytes.extend(kind.to_le_bytes());
    }
    let merges: Vec<String> = parts.merges.iter().map(|(left, right)| format!("{left} {right}")).collect();
    header.set_texts("tokenizer.ggml.merges", &merges);
    for key in ["bos", "unknown"] {
        header.set_u32(&format!("tokenizer.ggml.{key}_token_id"), tokenizer.end_of_text());
    }
    Ok(())
}

fn format_of(name: &str, shape: &[usize], numbers: Numbers) -> Numbers {
    if shape.len() == 2 && name != "wpe.weight" { numbers } else { Numbers::F32 }
}

/// `[inputs, outputs]` of a matrix.
fn sides(name: &str, shape: &[usize]) -> [usize; 2] {
    let [rows, columns] = [0, 1].map(|side| shape.get(side).copied().unwrap_or(1));
    if name.starts_with("h.") { [rows, columns] } else { [columns, rows] }
}
