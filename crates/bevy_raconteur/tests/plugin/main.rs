//! Whole apps with a clock that is moved by hand: one file a behaviour.

mod adversary;
mod ahead;
mod ask;
mod cancel;
mod deadline;
mod debate;
mod detour;
mod governor;
mod host;
mod inspector;
mod language;
mod model;
mod persona;
mod play;
mod prefetch;
mod provenance;
mod reading;
mod reload;
mod remark;
mod save;
mod say;
mod serial;
mod speaker;
mod stories;
mod voice;
mod worker;
