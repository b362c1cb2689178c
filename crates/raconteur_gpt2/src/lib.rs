//! raconteur_gpt2
pub mod constrain;
pub mod dry;
pub mod sampling;
pub mod stream;
pub mod arithmetic;
pub mod config;
pub mod error;
pub mod kv;
mod linear;
pub mod memory;
pub mod model;
pub mod parallel;
pub mod quantize;
pub mod weights;
pub mod score;
pub mod tokenizer;
