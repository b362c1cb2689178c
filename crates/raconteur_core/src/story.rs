//! Stories: their format, their conditions, reading them and checking them.
//!
//! ```text
//! *.story.ron --parse--> Story (format, table) + Diagnostics (spans, lint) --> runner
//! ```

mod adapters;
pub mod diagnostic;
pub mod expr;
pub mod flow;
pub mod format;
pub mod ids;
pub mod import;
pub mod lint;
pub mod locale;
pub mod parse;
pub(crate) mod quoted;
pub mod source;
pub mod spans;
pub mod suggest;
pub mod table;
mod var;
