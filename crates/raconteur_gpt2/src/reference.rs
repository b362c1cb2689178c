//! GPT-2 on candle, in f32: the reference that the own kernels are held against, and the way to a GPU.
//!
//! Written to be read beside the paper (Radford et al., 2019) and a checkpoint: names are those of the checkpoint, and
//! every tensor has its shape beside it. Like [`Gpt2`](crate::model::Gpt2) it takes the tokens of many sequences at once;
//! linear layers see all of them under each other, attention one sequence after the other.
//!
//! What it does not promise is independence to the bit: how candle sums depends on the number of rows, so the last
//! digits of a logit may change with the batch and the chunks. On the CPU candle takes its number of threads from
//! `RAYON_NUM_THREADS`, or one for each core, and runs in the caller's rayon pool.
//!
//! Not tested on a GPU yet: the features `cuda` and `metal` only choose candle's device.

mod load;

use candle_core::{Module, Result as CandleResult, Tensor};
use candle_nn::{Embedding, LayerNorm, Linear, ops::softmax_last_dim};

pub use candle_core::Device;

use crate::config::{Activation, Gpt2Config};
use crate::error::Gpt2Error;
use crate::kv::{KvFormat, KvShape};
use crate::model::{Chunk, check_chunk};

pub(crate) use load::open;

/// A GPT-2 on a candle device, ready to run.
#[derive(Debug)]
pub struct CandleGpt2 {
    config: Gpt2Config,
    name: String,
    device: Device,
    /// `[vocab_size, n_embd]`
    wte: Embedding,
    /// `[n_positions, n_embd]`
    wpe: Embedding,
    h: Vec<Block>,
    ln_f: LayerNorm,
    /// `[vocab_size, n_embd]`: `wte` itself where the head is tied.
    lm_head: Linear,
}

/// One layer.
#[derive(Debug)]
struct Block {
    ln_1: LayerNorm,
    attn: Attention,
    ln_2: LayerNorm,
    mlp: Mlp,
}

#[derive(Debug)]
struct Attention {
    /// `[3 n_embd, n_embd]`: queries, keys, values.
    c_attn: Linear,
    /// `[n_embd, n_embd]`
    c_proj: Linear,
    heads: usize,
    scale: f64,
}

#[derive(Debug)]
struct Mlp {
    /// `[n_inner, n_embd]`
    c_fc: Linear,
    /// `[n_embd, n_inner]`
    c_proj: Linear,
    activation: Activation,
}

/// Keys and values of the tokens a sequence has seen. They are never changed, only replaced by longer ones: a fork
/// shares them and costs nothing.
#[derive(Debug, Clone)]
pub struct CandleCache {
    shape: KvShape,
    capacity: usize,
    len: usize,
    /// For each layer keys and values, both `[n_head, tokens, head_dim]`, of at least `len` tokens.
    layers: Vec<Option<(Tensor, Tensor)>>,
}

impl CandleCache {
    /// Number of tokens it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets all tokens but the first `len`; does nothing when it holds fewer.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// A cache with the same tokens and capacity.
    #[must_use]
    pub fn fork(&self) -> Self {
        self.clone()
    }

    /// Puts new `keys` and `values`, both `[n_head, new, head_dim]`, after those of a layer. Returns all of them:
    /// `[n_head, len + new, head_dim]`
    fn append(&mut self, layer: usize, keys: Tensor, values: Tensor) -> CandleResult<(Tensor, Tensor)> {
        let all = match &self.layers[layer] {
            Some((past_keys, past_values)) if self.len > 0 => {
                let (past_keys, past_values) = (past_keys.narrow(1, 0, self.len)?, past_values.narrow(1, 0, self.len)?);
                (Tensor::cat(&[past_keys, keys], 1)?, Tensor::cat(&[past_values, values], 1)?)
            }
            _ => (keys, values),
        };
        self.layers[layer] = Some(all.clone());
        Ok(all)
    }
}

impl Attention {
    /// `qkv: [tokens, 3 n_embd]` of one sequence's new tokens to `[tokens, n_embd]`.
    fn attend(&self, layer: usize, qkv: &Tensor, cache: &mut CandleCache) -> CandleResult<Tensor> {
        let (tokens, width) = (qkv.dim(0)?, qkv.dim(1)? / 3);
        let qkv = qkv.reshape((tokens, 3, self.heads, width / self.heads))?.permute((1, 2, 0, 3))?; // [3, n_head, tokens, head_dim]
        let query = qkv.get(0)?.contiguous()?; // [n_head, tokens, head_dim]
        let (keys, values) = cache.append(layer, qkv.get(1)?.contiguous()?, qkv.get(2)?.contiguous()?)?; // [n_head, all, head_dim]
        let mut scores = (query.matmul(&keys.t()?)? * self.scale)?; // [n_head, tokens, all]
        if tokens > 1 {
            scores = scores.broadcast_add(&causal_mask(tokens, cache.len, qkv.device())?)?;
        }
        let attended = softmax_last_dim(&scores)?.matmul(&values)?; // [n_head, tokens, head_dim]
        attended.transpose(0, 1)?.reshape((tokens, width))
    }
}

/// 0 where a new token may look, else minus infinity: `[tokens, past + tokens]`
fn causal_mask(tokens: usize, past: usize, device: &Device) -> CandleResult<Tensor> {
    let sees = |row: usize, column: usize| if column <= past + row { 0.0 } else { f32::NEG_INFINITY };
    let mask: Vec<f32> = (0..tokens).flat_map(|row| (0..past + tokens).map(move |column| sees(row, column))).collect();
    Tensor::from_vec(mask, (tokens, past + tokens), device)
}

impl Module for Mlp {
    /// `x: [tokens, n_embd]` to the same shape.
    fn forward(&self, x: &Tensor) -> CandleResult<Tensor> {
        let inner = self.c_fc.forward(x)?; // [tokens, n_inner]
        let inner = match self.activation {
            // candle's `gelu` is the tanh approximation.
            Activation::GeluNew => inner.gelu()?,
            Activation::Gelu => inner.gelu_erf()?,
            Activation::Relu => inner.relu()?,
            Activation::Silu => inner.silu()?,
            Activation::Tanh => inner.tanh()?,
        };
        self.c_proj.forward(&inner)
    }
}

impl CandleGpt2 {
    /// Shape and switches.
    #[must_use]
    pub fn config(&self) -> &Gpt2Config {
        &self.config
    }

    /// What it is, for a status line: `ember, 4.3 M parameters, f32, candle on Cpu`.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{}, {}, f32, candle on {:?}", self.name, self.config.describe_size(), self.device.location())
    }

    /// An empty cache for a sequence of up to `capacity` tokens. It takes memory as it grows.
    #[must_use]
    pub fn new_cache(&self, capacity: usize) -> CandleCache {
        let layers = vec![None; self.config.n_layer];
        CandleCache {
            shape: KvShape::new(&self.config, KvFormat::F32),
            capacity: capacity.min(self.config.n_positions),
            len: 0,
            layers,
        }
    }

    /// Runs new tokens of several sequences through the model and adds them to their caches, as
    /// [`Gpt2::forward`](crate::model::Gpt2::forward) does.
    ///
    /// # Errors
    /// An unknown token, a full cache or window, a cache of another model, or what candle says. Then the caches hold the
    /// tokens they held before.
    pub fn forward(&self, batch: &mut [Chunk<'_, CandleCache>]) -> Result<Vec<Vec<Vec<f32>>>, Gpt2Error> {
        let shape = KvShape::new(&self.config, KvFormat::F32);
        for Chunk { ids, cache, .. } in &*batch {
            check_chunk(&self.config, ids, cache.len, cache.capacity, cache.shape == shape)?;
        }
        let mut rows = self.logits(batch).map_err(failed)?.into_iter();
        let counts = batch.iter_mut().map(|chunk| {
            chunk.cache.len += chunk.ids.len();
            chunk.logits.count(chunk.ids.len())
        });
        Ok(counts.map(|count| rows.by_ref().take(count).collect()).collect())
    }

    /// Logits of all positions that are wanted: `[wanted][vocab_size]`
    fn logits(&self, batch: &mut [Chunk<'_, CandleCache>]) -> CandleResult<Vec<Vec<f32>>> {
        let (mut ids, mut positions, mut wanted) = (Vec::new(), Vec::new(), Vec::new());
        for Chunk { ids: new, cache, logits } in &*batch {
            ids.extend_from_slice(new);
            positions.extend((cache.len..cache.len + new.len()).map(|position| position as u32));
            wanted.extend((ids.len() - logits.count(new.len())..ids.len()).map(|row| row as u32));
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids = Tensor::new(ids, &self.device)?; // [tokens]
        let positions = Tensor::new(positions, &self.device)?; // [tokens]
        let mut hidden = (self.wte.forward(&ids)? + self.wpe.forward(&positions)?)?; // [tokens, n_embd]
        for (layer, block) in self.h.iter().enumerate() {
            let qkv = block.attn.c_attn.forward(&block.ln_1.forward(&hidden)?)?; // [tokens, 3 n_embd]
            let (mut attended, mut first) = (Vec::with_capacity(batch.len()), 0);
            for chunk in batch.iter_mut().filter(|chunk| !chunk.ids.is_empty()) {
                attended.push(block.attn.attend(layer, &qkv.narrow(0, first, chunk.ids.len())?, chunk.cache)?);
                first += chunk.ids.len();
            }
            let attended = Tensor::cat(&attended, 0)?; // [tokens, n_embd]
            hidden = (hidden + block.attn.c_proj.forward(&attended)?)?;
            hidden = (&hidden + block.mlp.forward(&block.ln_2.forward(&hidden)?)?)?;
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = hidden.index_select(&Tensor::new(wanted, &self.device)?, 0)?; // [wanted, n_embd]
        self.lm_head.forward(&self.ln_f.forward(&wanted)?)?.to_vec2() // [wanted, vocab_size]
    }
}

/// candle's errors are many; what they say is all that helps.
fn failed(error: candle_core::Error) -> Gpt2Error {
    Gpt2Error::Candle { reason: error.to_string() }
}
