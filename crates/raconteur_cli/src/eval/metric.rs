//! The metrics, one file each, by the numbers that the design page gives them.

pub mod asked;
pub mod bits;
pub mod choice;
pub mod comprehension;
pub mod cost;
pub mod coverage;
pub mod forbidden;
pub mod lore;
pub mod repetition;
pub mod rumors;
pub mod same;
pub mod shots;
