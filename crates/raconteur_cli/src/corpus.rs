//! `raconteur corpus`: files of scenes, which a model is trained on and measured with.
//!
//! ```text
//! scenes.jsonl -> check    what is wrong, line by line
//!              -> stats    what there is of it
//!              -> split    two files: to learn from, and to measure with
//!              -> render   the text that a model sees
//! X.story.ron  -> export   a story's own lines as scenes
//! ```

mod check;

use std::path::PathBuf;

use clap::Subcommand;

use crate::error::CliError;

/// Arguments of `raconteur corpus`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say everything that is wrong with files of scenes.
    Check(check::Args),
}

/// Does what is asked.
pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::Check(args) => check::run(args),
    }
}

/// A file as it stands on the disk.
struct Bytes {
    name: String,
    bytes: Vec<u8>,
}

/// Reads files whole; those that cannot be read are told on standard error.
fn read_all(paths: &[PathBuf]) -> Result<Vec<Bytes>, CliError> {
    let mut files = Vec::new();
    let mut unread = false;
    for path in paths {
        match std::fs::read(path) {
            Ok(bytes) => files.push(Bytes { name: path.display().to_string(), bytes }),
            Err(error) => {
                eprintln!("error: {} cannot be read: {error}", path.display());
                unread = true;
            }
        }
    }
    if unread { Err(CliError::Unread) } else { Ok(files) }
}

impl Bytes {
    fn file(&self) -> raconteur_core::scenes::File<'_> {
        raconteur_core::scenes::File { name: &self.name, bytes: &self.bytes }
    }
}
