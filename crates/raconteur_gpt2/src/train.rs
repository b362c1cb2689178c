//! Training: a GPT-2 learns from raw text or scenes, on the processor, without Python.
//!
//! ```text
//! Batch -> Network::step  tokens -> blocks -> loss, and back -> gradients (all parameters in one vector)
//!       -> clip -> AdamW::update
//! ```
//! [`Trainer`] is that loop over rows that [`Packing`] makes out of [`Documents`]; [`checkpoint`] holds all that is needed
//! to go on as if nothing had stopped it. Everything is f32. Matrix products are the `gemm` crate's, on the rayon pool
//! that calls; all other sums have a fixed order, so the same data, seed and settings give the same weights on any number
//! of threads. With the feature `candle` an [`Engine`] can also be a candle device, a GPU for one.

mod adamw;
mod adaptation;
mod attention;
mod block;
#[cfg(feature = "candle")]
mod candle;
pub mod checkpoint;
pub mod documents;
mod engine;
mod head;
mod matrix;
mod network;
mod packing;
mod parameters;
mod rows;
mod schedule;
mod trainer;

pub use adamw::{AdamW, AdamWConfig, norm};
pub use adaptation::Base;
#[cfg(feature = "candle")]
pub use candle::CandleNetwork;
pub use engine::Engine;
pub use head::{IGNORE, Loss};
pub use network::{Batch, Network, StepOptions};
pub use packing::{Documents, Packing, Position};
pub use parameters::{Layout, Parameters, Tensor};
pub use schedule::Schedule;
pub use trainer::{Step, TrainConfig, TrainError, TrainState, Trainer, Validated, Validation};

#[cfg(test)]
mod tests;
