//! GPT-2 of every size: loading, batched generation, scoring; on the CPU in f32, 8 or 4 bits, on a GPU by candle.
//!
//! ```text
//! folder --config, weights, memory--> Gpt2 (model, linear, simd, quantize, arithmetic, parallel)
//! text ----tokenizer----> ids --model.forward--> logits     one KvCache (kv) for each sequence
//! logits --sampling, constrain, dry--> token --stream--> text
//! scheduler, generator: many requests in one batch          score: how likely a text is
//! prefix: beginnings of prompts, read once for all          snapshot: the same as bytes
//! ```
//!
//! The logits of a sequence depend on its tokens alone: not on the batch, the chunks of its prompt or the threads, to
//! the bit. That is why the kernels on the CPU are this crate's own; nothing here needs a GPU.
//!
//! # Features
//! | feature | default | what it brings |
//! |---|---|---|
//! | `candle` | no | `reference`: the same model on [candle](https://docs.rs/candle-core), in f32: readable, and what the own kernels are tested against |
//! | `cuda` | no | `candle` on an NVIDIA GPU; building it needs the CUDA toolkit. Not tested on a GPU yet |
//! | `metal` | no | `candle` on an Apple GPU. Not tested on a GPU yet |
//!
//! [`LoadOptions::device`](model::LoadOptions) chooses; the default is the own kernels. On candle the last digits of a
//! logit may depend on the batch, so the promise above is not given there.

pub mod arithmetic;
pub mod config;
pub mod constrain;
pub mod device;
pub mod dry;
pub mod error;
pub mod generator;
pub mod gguf;
pub mod kv;
mod linear;
pub mod loader;
pub mod lora;
pub mod memory;
pub mod model;
pub mod parallel;
mod prefix;
pub mod quantize;
#[cfg(feature = "candle")]
pub mod reference;
pub mod sampling;
pub mod scheduler;
pub mod score;
mod simd;
pub mod snapshot;
pub mod stream;
pub mod tokenizer;
#[cfg(feature = "train")]
pub mod train;
pub mod weights;
