//! `raconteur export`: a model as other programs read it.

use std::path::PathBuf;

use raconteur_gpt2::weights::export::{self, Numbers};

use crate::error::CliError;
use crate::loading::{loading_bar, make_folder, megabytes};

/// Arguments of `export`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the model.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Folder to write to; may be that of the model.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Number format of the weights in the file: `f32`, `f16` or `bf16`.
    #[arg(long, value_name = "FORMAT", default_value = "f16")]
    dtype: Numbers,
}

/// Writes the folder.
pub fn run(args: &Args) -> Result<(), CliError> {
    make_folder(&args.out)?;
    let bar = loading_bar();
    let written = export::write(&args.model, args.dtype, &args.out, &mut |progress| bar.show(progress));
    bar.clear();
    let file = written.map_err(CliError::failed)?;
    println!("{} ({}), with config.json and the tokenizer", file.display(), megabytes(&file));
    Ok(())
}
