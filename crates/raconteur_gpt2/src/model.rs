//! The whole forward pass of a GPT-2, for many sequences at once.
//!
//! The names are those of the published checkpoints: `wte`, `wpe`, `h.N.{ln_1, attn.c_attn, attn.c_proj, ln_2,
//! mlp.c_fc, mlp.c_proj}`, `ln_f`. A batch is ragged: the tokens of all its chunks stand one under the other for
//! everything that works on single tokens, and only attention looks at whole sequences.
//!
//! The logits of a sequence are a function of its tokens alone. Company in the batch, the way a prompt is cut into
//! chunks and the number of threads do not change a single bit; `tests/determinism.rs` holds this promise.

mod attention;
pub(crate) mod load;
mod profile;
mod workspace;

use std::sync::{Arc, OnceLock};

use crate::arithmetic::layer_norm;
use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::kv::{KvCache, KvFormat, Pages};
use crate::linear::{Epilogue, Linear};
use crate::lora::{Adapter, LoraError, Runs, Target, activate};
use crate::parallel::for_each_piece;
use crate::quantize::Quantization;

pub use load::LoadOptions;
pub use profile::Profile;
use profile::{Clock, Part};
pub use workspace::Workspace;

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
    /// Where caches take their pages from.
    pages: Arc<Pages>,
    fingerprint: OnceLock<u64>,
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

    /// An empty cache for a sequence of up to `capacity` tokens. It takes memory as tokens come. More than
    /// [`n_positions`](Self::n_positions) tokens cannot be used, so that is the most it takes.
    #[must_use]
    pub fn new_cache(&self, capacity: usize) -> KvCache {
        self.cache(capacity, None)
    }

    /// The same for a sequence that is read, and written, under an adapter: the adapter stays with the cache and its
    /// forks, and no weight of the model changes.
    ///
    /// # Errors
    /// [`LoraError::WrongBase`]: the adapter is for models of another shape.
    pub fn new_adapted_cache(&self, capacity: usize, adapter: &Arc<Adapter>) -> Result<KvCache, LoraError> {
        adapter.check(&self.config)?;
        Ok(self.cache(capacity, Some(Arc::clone(adapter))))
    }

    pub(crate) fn cache(&self, capacity: usize, adapter: Option<Arc<Adapter>>) -> KvCache {
        KvCache::new(Arc::clone(&self.pages), capacity.min(self.config.n_positions), adapter)
    }

    /// Bytes of keys and values that caches of this model hold together; what they share counts once.
    #[must_use]
    pub fn cache_bytes(&self) -> u64 {
        self.pages.held() as u64 * self.pages.shape().page_bytes()
    }

    /// Bytes of keys and values of [`PAGE`](crate::kv::PAGE) tokens.
    #[must_use]
    pub fn page_bytes(&self) -> u64 {
        self.pages.shape().page_bytes()
    }

    /// Format of the keys and values.
    #[must_use]
    pub fn kv_format(&self) -> KvFormat {
        self.pages.shape().format
    }

    /// A number that differs for models that compute different keys and values: a hash of the configuration and of all
    /// weights in their formats. Computed when it is asked for first, which takes as long as reading the weights.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        *self.fingerprint.get_or_init(|| {
            let mut hash = 0xcbf2_9ce4_8422_2325_u64;
            let mut take = |bytes: &[u8]| {
                // Eight bytes at a time in the manner of FNV-1a (Fowler, Noll and Vo), with a rotation, as a product
                // alone never carries high bits down.
                let (words, rest) = bytes.as_chunks::<8>();
                let rest = rest.iter().map(|&byte| u64::from(byte));
                for word in words.iter().map(|word| u64::from_le_bytes(*word)).chain(rest) {
                    hash = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
                }
            };
            take(format!("{:?} {:?}", self.config, self.pages.shape()).as_bytes());
            for block in &self.h {
                for norm in [&block.ln_1, &block.ln_2] {
                    take(bytemuck::cast_slice(&norm.weight));
                    take(bytemuck::cast_slice(&norm.bias));
                }
                for linear in [&block.attn_c_attn, &block.attn_c_proj, &block.mlp_c_fc, &block.mlp_c_proj] {
                    take(linear.raw());
                    take(bytemuck::cast_slice(linear.bias()));
                }
            }
            take(bytemuck::cast_slice(&self.wpe));
            take(bytemuck::cast_slice(&self.ln_f.weight));
            take(bytemuck::cast_slice(&self.ln_f.bias));
            take(self.lm_head.raw());
            take(self.wte.as_ref().map_or(&[], Linear::raw));
            hash
        })
    }

    /// Runs new tokens of several sequences through the model and adds them to their caches.
    ///
    /// Returns for each chunk the logits, `vocab_size` of them, of each position that was asked for. It takes memory for
    /// all it does; [`pass`](Self::pass) does not.
    ///
    /// # Errors
    /// An unknown token, a full cache or window, a cache of another model. Then no cache has changed.
    pub fn forward(&self, batch: &mut [Chunk<'_>]) -> Result<Vec<Vec<Vec<f32>>>, Gpt2Error> {
        let mut workspace = Workspace::default();
        self.pass(batch, &mut workspace)?;
        Ok((0..batch.len()).map(|chunk| workspace.logits(chunk).map(<[f32]>::to_vec).collect()).collect())
    }

    /// As [`forward`](Self::forward), with logits and everything in between in a workspace that is used again and again.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn pass(&self, batch: &mut [Chunk<'_>], workspace: &mut Workspace) -> Result<(), Gpt2Error> {
        self.check(batch)?;
        let Gpt2Config { n_embd, activation_function, .. } = self.config;
        workspace.arrange(&self.config, batch);
        let Workspace {
            places,
            firsts,
            groups,
            starts,
            hidden,
            normed,
            qkv,
            attended,
            inner,
            logits,
            rounded,
            profile,
            ..
        } = workspace;
        let mut adapters = Runs::of(batch, firsts);
        let mut clock = Clock::new(profile);
        for chunk in batch.iter_mut() {
            chunk.cache.reserve(chunk.ids.len());
        }

        let wte = self.wte.as_ref().unwrap_or(&self.lm_head);
        for_each_piece(hidden, n_embd, 4, |token, hidden| {
            let place = places[token];
            wte.row(place.id as usize, hidden);
            add(hidden, &self.wpe[place.position * n_embd..][..n_embd]);
        });
        clock.tick(Part::Embedding);

        for (layer, block) in self.h.iter().enumerate() {
            block.ln_1.forward(hidden, normed);
            clock.tick(Part::Norm);
            block.attn_c_attn.forward(normed, rounded, qkv, Epilogue::Store);
            adapters.add(layer, Target::CAttn, normed, qkv, rounded);
            clock.tick(Part::Queries);
            for_each_piece(batch, 1, 1, |index, chunks| {
                let rows = qkv[firsts[index] * 3 * n_embd..].chunks_exact(3 * n_embd);
                for Chunk { ids, cache, .. } in chunks {
                    for (position, qkv) in (cache.len()..cache.len() + ids.len()).zip(rows.clone()) {
                        let (key, value) = qkv[n_embd..].split_at(n_embd);
                        cache.write(layer, position, key, value);
                    }
                }
            });
            clock.tick(Part::Cache);
            attention::attend(&self.config, layer, batch, groups, starts, qkv, attended);
            clock.tick(Part::Attention);
            block.attn_c_proj.forward(attended, rounded, hidden, Epilogue::Add);
            adapters.add(layer, Target::AttnCProj, attended, hidden, rounded);
            clock.tick(Part::Projection);

            block.ln_2.forward(hidden, normed);
            clock.tick(Part::Norm);
            if adapters.any(layer, Target::CFc) {
                // What an adapter adds comes before the activation.
                block.mlp_c_fc.forward(normed, rounded, inner, Epilogue::Store);
                adapters.add(layer, Target::CFc, normed, inner, rounded);
                activate(activation_function, inner, self.config.inner());
            } else {
                block.mlp_c_fc.forward(normed, rounded, inner, Epilogue::Activate(activation_function));
            }
            clock.tick(Part::MlpIn);
            block.mlp_c_proj.forward(inner, rounded, hidden, Epilogue::Add);
            adapters.add(layer, Target::MlpCProj, inner, hidden, rounded);
            clock.tick(Part::MlpOut);
        }

        // The head is the largest matrix of a small model: only the positions that were asked for go through it.
        let mut wanted = 0;
        let mut first = 0;
        for chunk in batch.iter_mut() {
            let end = first + chunk.ids.len();
            let count = chunk.logits.count(chunk.ids.len());
            // To the front, where rows that nobody asked for were.
            hidden.copy_within((end - count) * n_embd..end * n_embd, wanted * n_embd);
            wanted += count;
            first = end;
            chunk.cache.advance(chunk.ids.len());
        }
        let normed = &mut normed[..wanted * n_embd];
        self.ln_f.forward(&hidden[..wanted * n_embd], normed);
        self.lm_head.forward(normed, rounded, logits, Epilogue::Store);
        clock.tick(Part::Head);
        Ok(())
    }

    fn check(&self, batch: &[Chunk<'_>]) -> Result<(), Gpt2Error> {
        let shape = self.pages.shape();
        batch.iter().try_for_each(|chunk| {
            let fits = chunk.cache.adapter().is_none_or(|adapter| adapter.check(&self.config).is_ok());
            let own = chunk.cache.shape() == shape && fits;
            check_chunk(&self.config, chunk.ids, chunk.cache.len(), chunk.cache.capacity(), own)
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
    /// `x: [tokens, n_embd]` to `out` of the same shape.
    fn forward(&self, x: &[f32], out: &mut [f32]) {
        let width = self.weight.len();
        for_each_piece(out, width, 8, |token, out| {
            layer_norm(&x[token * width..][..width], &self.weight, &self.bias, self.epsilon, out);
        });
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}
