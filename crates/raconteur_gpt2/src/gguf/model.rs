//! What a GGUF file says about a GPT-2: its configuration, the names of its tensors, its tokenizer.

use std::path::PathBuf;

use memmap2::Mmap;

use super::{BlockFormat, Gguf, Value, unread};
use crate::config::{Activation, Gpt2Config};
use crate::error::Gpt2Error;
use crate::weights::{Layout, Stored, StoredTensor};

/// Names of the tensors of a block, in GGUF and in Hugging Face checkpoints.
pub(super) const BLOCK_NAMES: [(&str, &str); 6] = [
    ("attn_norm", "ln_1"),
    ("attn_qkv", "attn.c_attn"),
    ("attn_output", "attn.c_proj"),
    ("ffn_norm", "ln_2"),
    ("ffn_up", "mlp.c_fc"),
    ("ffn_down", "mlp.c_proj"),
];

/// Names of the other tensors.
pub(super) const OTHER_NAMES: [(&str, &str); 4] = [
    ("token_embd.", "wte."),
    ("position_embd.", "wpe."),
    ("output_norm.", "ln_f."),
    // Behind `output_norm`, of which it is no beginning.
    ("output.", "lm_head."),
];

/// A tokenizer as a file holds it.
pub(crate) struct TokenizerParts {
    /// By id; none where the id is only there to fill up.
    pub tokens: Vec<Option<String>>,
    pub merges: Vec<(String, String)>,
    /// Tokens that are no text.
    pub special: Vec<String>,
}

impl Gguf {
    /// Shape and switches.
    pub fn config(&self) -> Result<Gpt2Config, Gpt2Error> {
        let found = self.text("general.architecture").unwrap_or("(no general.architecture)");
        if found != "gpt2" {
            return Err(Gpt2Error::Architecture { path: self.path.clone(), found: found.to_owned() });
        }
        let Some([width, vocab_size]) = self.tensors.get("token_embd.weight").map(|tensor| &tensor.sides[..]) else {
            return Err(unread(&self.path, "it has no tensor 'token_embd.weight', so it holds no model"));
        };
        let n_embd = self.size("gpt2.embedding_length")?.unwrap_or(*width);
        let missing = |key: &str| unread(&self.path, format!("it does not say '{key}'"));
        let need = |key: &str| self.size(key)?.ok_or_else(|| missing(key));
        let epsilon = match self.values.get("gpt2.attention.layer_norm_epsilon") {
            // By its digits, so that 1e-5 is 1e-5 in f64 too.
            Some(Value::Float(epsilon)) => epsilon.to_string().parse().unwrap_or(f64::from(*epsilon)),
            _ => return Err(missing("gpt2.attention.layer_norm_epsilon")),
        };
        let config = Gpt2Config {
            vocab_size: *vocab_size,
            n_positions: need("gpt2.context_length")?,
            n_embd,
            n_layer: need("gpt2.block_count")?,
            n_head: need("gpt2.attention.head_count")?,
            n_inner: self.size("gpt2.feed_forward_length")?.filter(|&inner| Some(inner) != n_embd.checked_mul(4)),
            activation_function: Activation::GeluNew,
            layer_norm_epsilon: epsilon,
            eos_token_id: self.size("tokenizer.ggml.eos_token_id")?.and_then(|id| u32::try_from(id).ok()),
            tie_word_embeddings: self.is_tied()?,
            ..Gpt2Config::default()
        };
        config.validate()?;
        Ok(config)
    }

    /// Whether the head is the token embedding: there is none, or it is the same to the bit.
    fn is_tied(&self) -> Result<bool, Gpt2Error> {
        let names = ["output.weight", "token_embd.weight"];
        let [Some(head), Some(embedding)] = names.map(|name| self.tensors.get(name)) else { return Ok(true) };
        if head.kind != embedding.kind || head.sides != embedding.sides {
            return Ok(false);
        }
        let Ok(format) = BlockFormat::of(head.kind) else { return Ok(false) };
        let [head, embedding] =
            [self.bytes(names[0], head, format)?, self.bytes(names[1], embedding, format)?].map(|at| &self.map[at]);
        Ok(head == embedding)
    }

    /// All tensors that a GPT-2 may have, under their names in a Hugging Face checkpoint without `transformer.`.
    pub fn into_tensors(self) -> Result<(PathBuf, Mmap, Vec<(String, StoredTensor)>), Gpt2Error> {
        let mut all = Vec::new();
        for (stored_name, tensor) in &self.tensors {
            let Some(name) = their_name(stored_name) else { continue };
            let format = BlockFormat::of(tensor.kind);
            let bytes = match &format {
                Ok(format) => self.bytes(stored_name, tensor, *format)?,
                Err(_) => 0..0,
            };
            let mut shape = tensor.sides.clone();
            if Layout::of(&name) == Layout::OutputsFirst {
                shape.reverse();
            }
            let layout = if shape.len() == 2 { Layout::OutputsFirst } else { Layout::of(&name) };
            let stored = format.map(|format| match format {
                BlockFormat::F32 => Stored::F32,
                BlockFormat::F16 => Stored::F16,
                BlockFormat::Bf16 => Stored::Bf16,
                format => Stored::Blocks(format),
            });
            let stored_name = stored_name.clone();
            all.push((name, StoredTensor { stored_name, stored, shape, layout, bytes }));
        }
        Ok((self.path, self.map, all))
    }

    /// Whether there is a tokenizer in it.
    pub fn has_tokenizer(&self) -> bool {
        self.values.contains_key("tokenizer.ggml.tokens")
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> Result<TokenizerParts, Gpt2Error> {
        let kind = self.text("tokenizer.ggml.model").unwrap_or("(no tokenizer.ggml.model)");
        if kind != "gpt2" {
            return Err(unread(&self.path, format!("its tokenizer is of the kind '{kind}', and 'gpt2' is read")));
        }
        // How a text is cut before the merges; without a word about it, as GPT-2 does.
        match self.text("tokenizer.ggml.pre") {
            None | Some("default" | "gpt-2") => {}
            Some(other) => {
                return Err(unread(&self.path, format!("its tokenizer cuts texts as '{other}' does, not as GPT-2")));
            }
        }
        let texts = |key: &str| match self.values.get(key) {
            Some(Value::Texts(texts)) => Ok(texts),
            _ => Err(unread(&self.path, format!("it has no list '{key}'"))),
        };
        let (tokens, merges) = (texts("tokenizer.ggml.tokens")?, texts("tokenizer.ggml.merges")?);
        let kinds = match self.values.get("tokenizer.ggml.token_type") {
            Some(Value::Integers(kinds)) => kinds.as_slice(),
            _ => &[],
        };
        // 1 is text, 3 a control token, 4 one that was added, 5 one that fills up.
        let kind = |id: usize| kinds.get(id).copied().unwrap_or(1);
        let special = tokens.iter().enumerate().filter(|(id, _)| matches!(kind(*id), 3 | 4));
        let merges = merges.iter().map(|pair| {
            let pieces = pair.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned()));
            pieces.ok_or_else(|| Gpt2Error::damaged(&self.path, format!("its merge '{pair}' is not two pieces")))
        });
        Ok(TokenizerParts {
            special: special.map(|(_, token)| token.clone()).collect(),
            merges: merges.collect::<Result<_, _>>()?,
            tokens: tokens.iter().enumerate().map(|(id, token)| (kind(id) != 5).then(|| token.clone())).collect(),
        })
    }

    fn text(&self, key: &str) -> Option<&str> {
        match self.values.get(key) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn size(&self, key: &str) -> Result<Option<usize>, Gpt2Error> {
        match self.values.get(key) {
            None => Ok(None),
            Some(Value::Integer(size)) if usize::try_from(*size).is_ok() => Ok(usize::try_from(*size).ok()),
            Some(other) => Err(unread(&self.path, format!("its '{key}' is {other:?}"))),
        }
    }
}

/// `blk.3.ffn_up.bias` to `h.3.mlp.c_fc.bias`, and so on; none for what is no part of a GPT-2.
fn their_name(name: &str) -> Option<String> {
    if let Some((layer, rest)) = name.strip_prefix("blk.").and_then(|name| name.split_once('.')) {
        let layer: usize = layer.parse().ok()?;
        let (part, kind) = rest.split_once('.')?;
        let (_, theirs) = BLOCK_NAMES.iter().find(|(ours, _)| *ours == part)?;
        return Some(format!("h.{layer}.{theirs}.{kind}"));
    }
    let (ours, theirs) = OTHER_NAMES.iter().find(|(ours, _)| name.starts_with(ours))?;
    Some(format!("{theirs}{}", &name[ours.len()..]))
}

/// The other way.
pub(super) fn our_name(name: &str) -> Option<String> {
    if let Some((layer, rest)) = name.strip_prefix("h.").and_then(|name| name.split_once('.')) {
        let (part, kind) = rest.rsplit_once('.')?;
        let (ours, _) = BLOCK_NAMES.iter().find(|(_, theirs)| *theirs == part)?;
        return Some(format!("blk.{layer}.{ours}.{kind}"));
    }
    let (ours, theirs) = OTHER_NAMES.iter().find(|(_, theirs)| name.starts_with(theirs))?;
    Some(format!("{ours}{}", &name[theirs.len()..]))
}
