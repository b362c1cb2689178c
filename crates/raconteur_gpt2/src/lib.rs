//! GPT-2 of every size, on the CPU: loading, batched generation, scoring, 8- and 4-bit weights.
//!
//! ```text
//! folder --config, weights, memory--> Gpt2 (model, linear, quantize, arithmetic, parallel)
//! text ----tokenizer----> ids --model.forward--> logits     one KvCache (kv) for each sequence
//! logits --sampling, constrain, dry--> token --stream--> text
//! scheduler, generator: many requests in one batch          score: how likely a text is
//! ```
//!
//! The logits of a sequence depend on its tokens alone: not on the batch, the chunks of its prompt or the threads, to
//! the bit. Nothing here needs a GPU.

pub mod arithmetic;
pub mod config;
pub mod constrain;
pub mod dry;
pub mod error;
pub mod generator;
pub mod kv;
mod linear;
pub mod loader;
pub mod memory;
pub mod model;
pub mod parallel;
pub mod quantize;
pub mod sampling;
pub mod scheduler;
pub mod score;
pub mod stream;
pub mod tokenizer;
pub mod weights;
