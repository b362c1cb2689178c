//! Whoever watches while a line is written: the plain screen, or the full one.

use raconteur_core::prompt::Bill;
use raconteur_core::request::Finished;

/// Whether it could be shown.
pub type Written = std::io::Result<()>;

/// Is told what becomes of a line.
pub trait Witness {
    /// The prompt of the line that comes.
    fn prompt(&mut self, of: &str, text: String) -> Written;

    /// Where the tokens of the prompt went.
    fn bill(&mut self, bill: &Bill) -> Written;

    /// More of the current line, by whoever is called `name`.
    fn chunk(&mut self, name: &str, text: &str) -> Written;

    /// The end of the current line: whole when none of it has been shown yet. `speaker` is what the transcript calls
    /// whoever has no `name`.
    fn line(&mut self, speaker: &str, name: &str, finished: &Finished) -> Written;

    /// The texts that were not taken, of a label or of the current line when `of` is empty.
    fn rejected(&mut self, of: &str, finished: &Finished) -> Written;
}
