//! raconteur_core
pub mod generate;
pub mod prompt;
pub mod story;
