//! Whole apps with a clock that is moved by hand: one file a behaviour.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod adapter;
mod adversary;
mod ahead;
mod ask;
mod cancel;
mod conversation;
mod crier;
mod deadline;
mod debate;
mod detour;
mod director;
mod governor;
mod hooks;
mod host;
mod inspector;
mod language;
mod memory;
mod model;
mod persona;
mod play;
mod prefetch;
mod provenance;
mod reading;
mod reload;
mod remark;
mod rumor;
mod save;
mod say;
mod serial;
mod speaker;
mod stories;
mod voice;
mod worker;
