//! Quest hooks: templates with typed holes, filled from the world, sound by construction.
//!
//! ```text
//! X.hooks.ron --HookSet::read--> templates ---Search (bounded, resumable)---> fillings, each of them sound
//! World: people, places, things --'                                             |  Composer::rank_hooks, or authored order
//!                                                                               v
//! Runner: board_1 is open  <--hook_open("board_1")--  Board: offered -> taken -> done | failed
//! ```
//! A hook is an ordinary outcome of a slot, authored in the story with its `to`, `when` and `then`. What a template adds to
//! it is who and what it is about: words for its label, and the values of some variables. So a hook can lead nowhere but
//! where the writer has led its outcome, and what the checks say of the story holds with hooks too. That is also why
//! hooks stand in a file of their own: a story is complete without them, and one file of hooks names the entities of a
//! game that no story has to know.
//!
//! | | checked by |
//! |---|---|
//! | where a hook leads, and what it changes | [`flow`](crate::story::flow), as for any outcome: `hook_open` may answer anything, and a bound variable is one that the game writes |
//! | its holes, conditions and wording | [`lint`] |
//! | that its goal can be reached once it is taken | [`finish`] |
//! | that a filling is sound, when it is found, offered and taken | [`Fitting`] |

mod board;
mod error;
pub mod finish;
mod fit;
pub mod lint;
mod save;
mod search;
pub(crate) mod template;
mod wording;
mod world;

pub use board::{Board, BoardHost, Candidate, DONE_LIMIT, Hook, Settled};
pub use error::{HookError, WorldError};
pub use fit::{Fitting, Unfit};
pub use save::{BOARD_FORMAT, BoardData, Forgotten};
pub use search::{Filling, Search, SearchLimits};
pub use template::{HOOKS_FORMAT, Hole, HookSet, HookTemplate, Read};
pub use wording::{Piece, Wording};
pub use world::{Entity, MOST_ENTITIES, World};

/// The host function by which a story asks whether an outcome has a hook: `when: "hook_open(board_1)"`.
pub const HOOK_OPEN: &str = "hook_open";
/// In a condition of a hole: whether an entity has a tag, `tagged(giver, villager)`.
pub const TAGGED: &str = "tagged";
/// In a condition of a hole: whether one entity stands in a relation to another, `related(giver, owns, thing)`.
pub const RELATED: &str = "related";
