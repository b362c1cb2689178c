//! `raconteur tokenizer`: byte-level BPE from your own text, and how well one fits.

mod stats;
mod train;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use raconteur_core::compose::seed_of;
use raconteur_core::template::Templates;

use crate::error::CliError;
use crate::texts;

/// Arguments of `raconteur tokenizer`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Learn a tokenizer from scenes and plain text.
    Train(train::Args),
    /// Say how well a tokenizer fits some files.
    Stats(stats::Args),
}

/// Does what is asked.
pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::Train(args) => train::run(args),
        Command::Stats(args) => stats::run(args),
    }
}

/// The documents of some files: scenes (`.jsonl`) rendered `draws` times, with other slots and names each time; of a file
/// of plain text what stands between its end marks.
fn documents(paths: &[PathBuf], templates: &Templates, draws: u64, swap: f64) -> Result<Vec<String>, CliError> {
    let mut documents = Vec::new();
    for path in paths {
        let text = texts::read(path)?;
        if texts::holds_scenes(path) {
            documents.append(&mut rendered(path, &text, templates, draws, swap)?);
        } else {
            documents.extend(raconteur_gpt2::score::documents(&text).into_iter().map(str::to_owned));
        }
    }
    Ok(documents)
}

fn rendered(path: &Path, text: &str, templates: &Templates, draws: u64, swap: f64) -> Result<Vec<String>, CliError> {
    let scenes = texts::scenes(path, text)?;
    let mut texts = Vec::with_capacity(scenes.len());
    for draw in 0..draws.max(1) {
        for (at, scene) in scenes.iter().enumerate() {
            let seed = seed_of(draw, "tokenizer", at as u64);
            texts.push(scene.with(&scene.draw(seed, swap)).render(templates).map_err(CliError::failed)?);
        }
    }
    Ok(texts)
}
