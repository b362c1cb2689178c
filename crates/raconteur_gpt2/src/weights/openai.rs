//! `OpenAI`'s own release of 2019: the names that its `model.py` gives tensors, and its other files.

use std::path::Path;

use serde::Deserialize;

use crate::config::Gpt2Config;
use crate::error::Gpt2Error;

/// `hparams.json`.
#[derive(Deserialize)]
struct Hparams {
    n_vocab: usize,
    n_ctx: usize,
    n_embd: usize,
    n_head: usize,
    n_layer: usize,
}

/// `model/h3/mlp/c_fc/w` to `h.3.mlp.c_fc.weight`, and so on; none for other names.
pub(super) fn name(stored: &str) -> Option<String> {
    let path = stored.strip_prefix("model/")?;
    if path == "wte" || path == "wpe" {
        return Some(format!("{path}.weight"));
    }
    let (rest, kind) = path.rsplit_once('/')?;
    let kind = match kind {
        "w" | "g" => "weight",
        "b" => "bias",
        _ => return None,
    };
    let rest = rest.replace('/', ".");
    match rest.strip_prefix('h') {
        Some(block) => Some(format!("h.{block}.{kind}")),
        None => Some(format!("{rest}.{kind}")),
    }
}

/// The shape without the side of 1 that convolutions have there.
pub(super) fn shape(stored: &[usize]) -> Vec<usize> {
    match stored {
        [1, rows, columns] => vec![*rows, *columns],
        _ => stored.to_vec(),
    }
}

/// What `hparams.json` of a folder says, if there is one.
pub(crate) fn config(dir: &Path) -> Result<Option<Gpt2Config>, Gpt2Error> {
    let path = dir.join("hparams.json");
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read(&path).map_err(|source| Gpt2Error::io(&path, source))?;
    let Hparams { n_vocab, n_ctx, n_embd, n_head, n_layer } =
        serde_json::from_slice(&text).map_err(|error| Gpt2Error::damaged(&path, error))?;
    let config = Gpt2Config {
        vocab_size: n_vocab,
        n_positions: n_ctx,
        n_embd,
        n_head,
        n_layer,
        // The last token, as in every size that was published.
        eos_token_id: n_vocab.checked_sub(1).and_then(|id| u32::try_from(id).ok()),
        ..Gpt2Config::default()
    };
    config.validate()?;
    Ok(Some(config))
}
