//! What can go wrong with hooks while a game runs.

/// Why an entity cannot be taken into a [`World`](super::World).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// The id is empty, too long, or holds control characters.
    #[error("'{id}' is no id of an entity: it has to have 1 to 120 bytes and no control characters")]
    BadId {
        /// What can be shown of it.
        id: String,
    },
    /// There is nothing in the name that a label could show.
    #[error("the entity '{id}' has no name that can be shown: give it one with a letter or a digit in it")]
    BadName {
        /// Its id.
        id: String,
    },
    /// More than any game needs.
    #[error("{count} {what}, and at most {most} are taken; leave out what no hook can be about")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        count: usize,
        /// Most that is taken.
        most: usize,
    },
}

/// Why a hook cannot be taken, or saved hooks cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HookError {
    /// Nothing is offered at this outcome.
    #[error("no hook is offered at the outcome '{outcome}'")]
    NotOffered {
        /// Id of the outcome.
        outcome: String,
    },
    /// The world has changed since it was offered.
    #[error("the hook at '{outcome}' is gone: {why}")]
    Gone {
        /// Id of the outcome.
        outcome: String,
        /// What is not so any more.
        why: String,
    },
    /// A newer version of the game wrote the save.
    #[error("the hooks have format {format}, and this version reads up to {newest}; update the game")]
    Newer {
        /// Format of the data.
        format: u32,
        /// Newest that can be read.
        newest: u32,
    },
    /// The save is no save of hooks, or was changed.
    #[error(
        "the saved hooks are damaged: {0}. Was the save cut short while it was written, or edited? Load an older one"
    )]
    Damaged(String),
    /// They cannot be written as text.
    #[error("the hooks cannot be written: {0}")]
    Write(String),
}
