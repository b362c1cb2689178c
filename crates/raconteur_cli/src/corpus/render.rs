//! `raconteur corpus render`: the text that a model sees.

use std::io::Write;
use std::path::PathBuf;

use raconteur_core::compose::seed_of;
use raconteur_core::scenes::LAYOUT;
use raconteur_core::template::Templates;

use super::scenes_of;
use crate::error::CliError;
use crate::loading::read_templates;

/// Arguments of `raconteur corpus render`.
#[derive(clap::Args)]
pub struct Args {
    /// Files of scenes, JSON Lines.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Folder with the prompts of the model; the layout of the model in the box when left out.
    #[arg(long, value_name = "DIR")]
    prompts: Option<PathBuf>,
    /// Probability that the people and places of a scene get other names. 0 keeps the names; slots are drawn anyway.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    swap: f64,
    /// What chance is drawn from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print so many scenes, all when left out.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// Prints scenes, each with its end mark.
pub fn run(args: &Args) -> Result<(), CliError> {
    let templates = match &args.prompts {
        Some(dir) => read_templates(dir)?,
        None => Templates::from_ron(LAYOUT).map_err(CliError::failed)?,
    };
    let mut out = std::io::stdout().lock();
    for (at, (_, scene)) in scenes_of(&args.files)?.iter().enumerate().take(args.limit.unwrap_or(usize::MAX)) {
        let draw = scene.draw(seed_of(args.seed, "render", at as u64), args.swap);
        let text = scene.with(&draw).render(&templates).map_err(CliError::failed)?;
        match writeln!(out, "{text}\n<|endoftext|>") {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            written => written.map_err(CliError::failed)?,
        }
    }
    Ok(())
}
