//! story
pub mod expr;
pub mod format;
pub mod table;
