//! `raconteur merge`: a model and an adapter become one model.

use std::path::PathBuf;

use crate::error::CliError;

/// Arguments of `merge`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of a GPT-2 in Hugging Face layout. It stays as it is.
    model: PathBuf,
    /// Folder of an adapter: `adapter_config.json` and `adapter_model.safetensors`.
    adapter: PathBuf,
    /// Folder for the new model, whose weights are f32.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs `merge`.
pub fn run(args: &Args) -> Result<(), CliError> {
    raconteur_gpt2::lora::merge(&args.model, &args.adapter, &args.out).map_err(CliError::failed)?;
    println!("{}: {} with {} added", args.out.display(), args.model.display(), args.adapter.display());
    Ok(())
}
