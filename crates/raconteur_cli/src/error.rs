//! How a command fails: with a sentence that says what to do, and an exit code.

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command's words make no sense together. Exit code 2.
    #[error("{0}\nSee `raconteur --help`.")]
    Usage(String),
    /// What was found has been printed already, as `check` does. Exit code 1.
    #[error("")]
    Reported,
    /// Something could not be read, and that has been printed already. Exit code 2.
    #[error("")]
    Unread,
    /// Everything else: a sentence that says what went wrong and what to do. Exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// Wraps another error, whose text has to stand alone.
    pub fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }

    /// Whether there is nothing left to print.
    pub fn is_reported(&self) -> bool {
        matches!(self, Self::Reported | Self::Unread)
    }

    /// 2 for usage and for what `check` cannot read, else 1.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::Usage(_) | Self::Unread) { 2 } else { 1 }
    }
}
