//! `raconteur quantize`: weights rounded ahead of time, so that a game need not.

use std::path::PathBuf;

use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::weights::{export, packed};

use crate::error::CliError;
use crate::loading::{loading_bar, make_folder, megabytes};

/// Arguments of `quantize`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the model.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Number format: `q8_0` or `q4`.
    #[arg(long, value_name = "FORMAT", default_value = "q8_0")]
    to: Quantization,
    /// Folder to write to. That of the model gets the file beside the weights that are there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Writes the file, and what it needs beside it.
pub fn run(args: &Args) -> Result<(), CliError> {
    make_folder(&args.out)?;
    let bar = loading_bar();
    let written = packed::write(&args.model, args.to, &args.out, &mut |progress| bar.show(progress));
    bar.clear();
    let file = written.map_err(CliError::failed)?;
    if args.model.canonicalize().ok() != args.out.canonicalize().ok() {
        let config = Gpt2Config::load(&args.model).map_err(CliError::failed)?;
        export::write_config(&args.model, &config, None, &args.out).map_err(CliError::failed)?;
        export::copy_beside(&args.model, &config, &args.out).map_err(CliError::failed)?;
    }
    println!("{} ({})", file.display(), megabytes(&file));
    Ok(())
}
