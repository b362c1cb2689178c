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
mod counts;
mod export;
mod picture;
mod render;
mod split;
mod stats;

use std::path::PathBuf;

use clap::Subcommand;
use raconteur_core::scenes::Script;

use crate::error::CliError;
use crate::texts;

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
    /// Count what there is: kinds, worlds, words, lengths, repeats.
    Stats(stats::Args),
    /// Divide into scenes to learn from and scenes to measure with.
    Split(split::Args),
    /// Make scenes of a story's own lines and wordings.
    Export(export::Args),
    /// Print scenes as a model sees them.
    Render(render::Args),
}

/// Does what is asked.
pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::Check(args) => check::run(args),
        Command::Stats(args) => stats::run(args),
        Command::Split(args) => split::run(args),
        Command::Export(args) => export::run(args),
        Command::Render(args) => render::run(args),
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

/// All scenes of some files, each with its line as it stands.
fn scenes_of(paths: &[PathBuf]) -> Result<Vec<(String, Script)>, CliError> {
    let mut all = Vec::new();
    for path in paths {
        let text = texts::read(path)?;
        let scenes = texts::scenes(path, &text)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let lines = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned);
        all.extend(lines.zip(scenes));
    }
    if all.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(CliError::Failed(format!("there is no scene in {}", names.join(", "))));
    }
    Ok(all)
}
