//! Reading an opening, and everything that is wrong with it.

use ron::Options;
use ron::extensions::Extensions;
use serde::Deserialize;

use super::check;
use super::format::Opening;

/// Longest text that is read as an opening, in bytes.
pub const LONGEST_OPENING: usize = 1 << 20;
/// The newest format that is read.
pub(super) const FORMAT: u32 = 1;

/// Something that is wrong with an opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Where: "threads.key.steps.hook", "cast.nell".
    pub at: String,
    /// What, and what to do.
    pub what: String,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

/// Why there is no opening.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpeningError {
    /// It is not RON of this shape.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// Nobody writes so much.
    #[error("the file has {0} bytes, and at most {LONGEST_OPENING} are read; is it an opening?")]
    TooLong(usize),
    /// It was written for a newer version.
    #[error("the opening has format {0}, and this version reads up to {FORMAT}; update raconteur")]
    Newer(u32),
    /// It has the right shape, and these mistakes.
    #[error("{}", all(.0))]
    Troubles(Vec<Trouble>),
}

fn all(troubles: &[Trouble]) -> String {
    troubles.iter().map(Trouble::to_string).collect::<Vec<_>>().join("\n")
}

#[derive(Deserialize)]
#[serde(rename = "Serial")]
struct Header {
    format: u32,
}

impl Opening {
    /// Reads an opening and checks it: whatever is read here can be told with every seed.
    ///
    /// # Errors
    /// [`OpeningError`]: all mistakes at once, if the shape is right.
    pub fn from_ron(text: &str) -> Result<Self, OpeningError> {
        if text.len() > LONGEST_OPENING {
            return Err(OpeningError::TooLong(text.len()));
        }
        let options = Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        // The version first: of a newer one the rest need not be readable.
        let header: Header = options.from_str(text).map_err(|error| syntax(&error))?;
        if header.format > FORMAT {
            return Err(OpeningError::Newer(header.format));
        }
        let opening: Self = options.from_str(text).map_err(|error| syntax(&error))?;
        let troubles = opening.troubles();
        if troubles.is_empty() { Ok(opening) } else { Err(OpeningError::Troubles(troubles)) }
    }

    /// What is wrong with it, by place; for one that was made in code.
    #[must_use]
    pub fn troubles(&self) -> Vec<Trouble> {
        check::troubles(self)
    }
}

fn syntax(error: &ron::error::SpannedError) -> OpeningError {
    let at = error.span.start;
    OpeningError::Syntax { line: at.line, column: at.col, message: error.code.to_string() }
}
