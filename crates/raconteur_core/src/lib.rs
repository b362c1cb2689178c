//! raconteur_core
pub mod compose;
pub mod desk;
pub mod facts;
pub mod generate;
pub mod judge;
pub mod persona;
pub mod player_text;
pub mod prompt;
pub mod request;
pub mod runner;
pub mod scripted;
pub mod sentence;
pub mod story;
pub mod template;
