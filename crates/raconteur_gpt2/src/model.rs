//! The whole forward pass of a GPT-2, for many sequences at once.
//!
//! The names are those of the published checkpoints: `wte`, `wpe`, `h.N.{ln_1, attn.c_attn, attn.c_proj, ln_2,
//! mlp.c_fc, mlp.c_proj}`, `ln_f`. A batch is ragged: the tokens of all its chunks stand one under the other for
//! everything that works on single tokens, and only attention looks at whole sequences.
//!
//! The logits of a sequence are a function of its tokens alone. Company in the batch, the way a prompt is cut into
//! chunks and the number of threads do not change a single bit; `tests/determinism.rs` holds this promise.

pub(crate) mod load;

use crate::arithmetic::{LANES, layer_norm, softmax_unscaled, vectorize};
use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::kv::{KvCache, KvShape};
use crate::linear::Linear;
use crate::parallel::for_each_piece;
use crate::quantize::Quantization;

pub use load::LoadOptions;

/// A GPT-2, ready to run.
#[derive(Debug)]
pub struct Gpt2 {
    config: Gpt2Config,
    name: String,
    quantization: Quantization,
    /// Token embedding of a model with a separate head; else the head is it. `[n_embd -> vocab_size]`
    wte: Option<Linear>,
    /// `[n_positions, n_embd]`
    wpe: Vec<f32>,
    h: Vec<Block>,
    ln_f: LayerNorm,
    /// `[n_embd -> vocab_size]`
    lm_head: Linear,
}

/// One layer.
#[derive(Debug)]
struct Block {
    ln_1: LayerNorm,
    /// `[n_embd -> 3 n_embd]`: queries, keys, values.
    attn_c_attn: Linear,
    /// `[n_embd -> n_embd]`
    attn_c_proj: Linear,
    ln_2: LayerNorm,
    /// `[n_embd -> n_inner]`
    mlp_c_fc: Linear,
    /// `[n_inner -> n_embd]`
    mlp_c_proj: Linear,
}

/// Weight and bias `[n_embd]` of a layer normalisation.
#[derive(Debug)]
struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

/// New tokens of one sequence: a whole prompt, a piece of one, or the token that was just sampled. `C` is the model's
/// kind of cache.
#[derive(Debug)]
pub struct Chunk<'a, C = KvCache> {
    /// Ids of the new tokens.
    pub ids: &'a [u32],
    /// What the sequence has seen; the new tokens are added to it.
    pub cache: &'a mut C,
    /// The positions whose logits are wanted.
    pub logits: Logits,
}

/// The new positions of a [`Chunk`] whose logits are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logits {
    /// None: more of the prompt follows.
    None,
    /// The last one: the next token is to be sampled.
    Last,
    /// All: the tokens are to be scored.
    All,
}

impl Logits {
    /// Number of positions out of `tokens`, which are the last ones.
    pub(crate) fn count(self, tokens: usize) -> usize {
        match self {
            Self::None => 0,
            Self::Last => tokens.min(1),
            Self::All => tokens,
        }
    }
}

/// Place of a token: which chunk of the batch, and where in its sequence.
#[derive(Clone, Copy)]
struct Place {
    chunk: usize,
    position: usize,
}

impl Gpt2 {
    /// Shape and switches.
    #[must_use]
    pub fn config(&self) -> &Gpt2Config {
        &self.config
    }

    /// Most tokens of a sequence.
    #[must_use]
    pub fn n_positions(&self) -> usize {
        self.config.n_positions
    }

    /// Number of parameters.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.config.parameters()
    }

    /// Format of the matrices.
    #[must_use]
    pub fn quantization(&self) -> Quantization {
        self.quantization
    }

    /// What it is, for a status line: `ember, 4.3 M parameters, Q8_0`.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{}, {}, {}", self.name, self.config.describe_size(), self.quantization)
    }

    /// Bytes that all weights take.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let norm = |norm: &LayerNorm| (size_of_val(&norm.weight[..]) + size_of_val(&norm.bias[..])) as u64;
        let block = |block: &Block| {
            let linears = [&block.attn_c_attn, &block.attn_c_proj, &block.mlp_c_fc, &block.mlp_c_proj];
            norm(&block.ln_1) + norm(&block.ln_2) + linears.into_iter().map(Linear::bytes).sum::<u64>()
        };
        self.h.iter().map(block).sum::<u64>()
            + self.wte.as_ref().map_or(0, Linear::bytes)
            + size_of_val(&self.wpe[..]) as u64
            + norm(&self.ln_f)
            + self.lm_head.bytes()
    }

    /// An empty cache for a sequence of up to `capacity` tokens, all of whose memory is taken now. More than
    /// [`n_positions`](Self::n_positions) tokens cannot be used, so that is the most it takes.
    #[must_use]
    pub fn new_cache(&self, capacity: usize) -> KvCache {
        KvCache::new(KvShape::of(&self.config), capacity.min(self.config.n_positions))
    }

    /// Runs new tokens of several sequences through the model and adds them to their caches.
    ///
    /// Returns for each chunk the logits, `vocab_size` of them, of each position that was asked for.
    ///
    /// # Errors
    /// An unknown token, a full cache or window, a cache of another model. Then no cache has changed.
    pub fn forward(&self, batch: &mut [Chunk<'_>]) -> Result<Vec<Vec<Vec<f32>>>, Gpt2Error> {
        self.check(batch)?;
        let Gpt2Config { n_embd, n_head, activation_function, .. } = self.config;
        let mut places = Vec::new();
        for (chunk, part) in batch.iter().enumerate() {
            let first = part.cache.len();
            places.extend((first..first + part.ids.len()).map(|position| Place { chunk, position }));
        }
        let tokens = places.len();

        let ids: Vec<u32> = batch.iter().flat_map(|chunk| chunk.ids).copied().collect();
        let wte = self.wte.as_ref().unwrap_or(&self.lm_head);
        let mut hidden = vec![0.0; tokens * n_embd]; // [tokens, n_embd]
        for_each_piece(&mut hidden, n_embd, 4, |token, hidden| {
            wte.row(ids[token] as usize, hidden);
            add(hidden, &self.wpe[places[token].position * n_embd..][..n_embd]);
        });

        for (layer, block) in self.h.iter().enumerate() {
            let normed = block.ln_1.forward(&hidden); // [tokens, n_embd]
            let qkv = block.attn_c_attn.forward(&normed, tokens, None); // [tokens, 3 n_embd]
            for (place, qkv) in places.iter().zip(qkv.chunks_exact(3 * n_embd)) {
                let (key, value) = qkv[n_embd..].split_at(n_embd);
                batch[place.chunk].cache.write(layer, place.position, key, value);
            }
            let caches: Vec<&KvCache> = batch.iter().map(|chunk| &*chunk.cache).collect();
            let scale = self.config.attention_scale(layer);
            let head_dim = self.config.head_dim();
            let mut attended = vec![0.0; tokens * n_embd]; // [tokens, n_head, head_dim]
            for_each_piece(&mut attended, head_dim, 4, |index, out| {
                let (token, head) = (index / n_head, index % n_head);
                let query = &qkv[token * 3 * n_embd + head * head_dim..][..head_dim];
                let (keys, values) = caches[places[token].chunk].head(layer, head);
                attend(query, keys, values, places[token].position + 1, scale, out);
            });
            add(&mut hidden, &block.attn_c_proj.forward(&attended, tokens, None));

            let normed = block.ln_2.forward(&hidden); // [tokens, n_embd]
            let inner = block.mlp_c_fc.forward(&normed, tokens, Some(activation_function)); // [tokens, n_inner]
            add(&mut hidden, &block.mlp_c_proj.forward(&inner, tokens, None));
        }

        // The head is the largest matrix of a small model: only the positions that were asked for go through it.
        let mut wanted = Vec::new(); // [wanted, n_embd]
        let mut counts = Vec::with_capacity(batch.len());
        let mut first = 0;
        for chunk in batch.iter_mut() {
            let end = first + chunk.ids.len();
            let count = chunk.logits.count(chunk.ids.len());
            wanted.extend_from_slice(&hidden[(end - count) * n_embd..end * n_embd]);
            counts.push(count);
            first = end;
            chunk.cache.advance(chunk.ids.len());
        }
        let normed = self.ln_f.forward(&wanted); // [wanted, n_embd]
        let logits = self.lm_head.forward(&normed, normed.len() / n_embd, None); // [wanted, vocab_size]
        let mut rows = logits.chunks_exact(self.config.vocab_size).map(<[f32]>::to_vec);
        Ok(counts.into_iter().map(|count| rows.by_ref().take(count).collect()).collect())
    }

    fn check(&self, batch: &[Chunk<'_>]) -> Result<(), Gpt2Error> {
        let shape = KvShape::of(&self.config);
        batch.iter().try_for_each(|chunk| {
            let KvCache { shape: found, capacity, .. } = *chunk.cache;
            check_chunk(&self.config, chunk.ids, chunk.cache.len(), capacity, found == shape)
        })
    }
}

/// Refuses what cannot be computed: `held` tokens in a cache of `capacity`, and more to come.
pub(crate) fn check_chunk(
    config: &Gpt2Config,
    ids: &[u32],
    held: usize,
    capacity: usize,
    own_cache: bool,
) -> Result<(), Gpt2Error> {
    if !own_cache {
        return Err(Gpt2Error::ForeignCache);
    }
    if let Some(&id) = ids.iter().find(|&&id| id as usize >= config.vocab_size) {
        return Err(Gpt2Error::Token { id, vocab_size: config.vocab_size });
    }
    let (more, room) = (ids.len(), config.n_positions.min(capacity));
    if held + more > room { Err(Gpt2Error::Window { held, more, room }) } else { Ok(()) }
}

impl LayerNorm {
    /// `x: [tokens, n_embd]` to the same shape.
    fn forward(&self, x: &[f32]) -> Vec<f32> {
        let width = self.weight.len();
        let mut out = vec![0.0; x.len()];
        for_each_piece(&mut out, width, 16, |token, out| {
            layer_norm(&x[token * width..][..width], &self.weight, &self.bias, self.epsilon, out);
        });
        out
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// Attention of one query over the first `len` tokens of its sequence, for one head.
///
/// `query: [head_dim]`, `keys: [head_dim, capacity]`, `values: [capacity, head_dim]`, `out: [head_dim]`
fn attend(query: &[f32], keys: &[f32], values: &[f32], len: usize, scale: f32, out: &mut [f32]) {
    let (head_dim, capacity) = (query.len(), keys.len() / query.len());
    let mut scores = vec![0.0; len];
    vectorize(
        #[inline(always)]
        || {
            // A score is the sum over the head's dimensions in their order, for LANES tokens side by side.
            let (blocks, rest) = scores.as_chunks_mut::<{ 2 * LANES }>();
            let whole = blocks.len() * 2 * LANES;
            for (block, scores) in blocks.iter_mut().enumerate() {
                let mut sums = [0.0f32; 2 * LANES];
                for (keys, &q) in keys[block * 2 * LANES..].chunks(capacity).zip(query) {
                    let Some(keys) = keys.first_chunk::<{ 2 * LANES }>() else { continue };
                    for lane in 0..2 * LANES {
                        sums[lane] += q * keys[lane];
                    }
                }
                *scores = sums.map(|sum| sum * scale);
            }
            if !rest.is_empty() {
                for (keys, &q) in keys[whole..].chunks(capacity).zip(query) {
                    for (score, key) in rest.iter_mut().zip(keys) {
                        *score += q * key;
                    }
                }
                for score in rest {
                    *score *= scale;
                }
            }
            let total = softmax_unscaled(&mut scores);
            // A value is the sum over the tokens in their order, for LANES dimensions side by side.
            for (block, out) in out.chunks_mut(LANES).enumerate() {
                let values = values[block * LANES..].chunks(head_dim);
                if let Ok(out) = <&mut [f32; LANES]>::try_from(&mut *out) {
                    let mut sums = [0.0f32; LANES];
                    for (values, &score) in values.zip(&scores) {
                        let Some(values) = values.first_chunk::<LANES>() else { continue };
                        for lane in 0..LANES {
                            sums[lane] += score * values[lane];
                        }
                    }
                    *out = sums.map(|sum| sum / total);
                } else {
                    for (values, &score) in values.zip(&scores) {
                        for (out, value) in out.iter_mut().zip(values) {
                            *out += score * value;
                        }
                    }
                    for out in out {
                        *out /= total;
                    }
                }
            }
        },
    );
}
