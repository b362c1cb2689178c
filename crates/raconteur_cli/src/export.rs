//! `raconteur export`: a model as other programs read it.

use std::path::{Path, PathBuf};

use raconteur_gpt2::gguf;
use raconteur_gpt2::weights::export::{self, Numbers};

use crate::error::CliError;
use crate::loading::{loading_bar, make_folder, megabytes};

/// Arguments of `export`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the model, or a GGUF file.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Folder to write to; may be that of the model. For `gguf` the file, whose name ends in `.gguf`.
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Layout: `hf`, the folder that transformers reads and writes, or `gguf`, the file of llama.cpp.
    #[arg(long, value_name = "LAYOUT", value_enum, default_value = "hf")]
    to: Target,
    /// Number format of the weights in the file: `f32`, `f16` or `bf16`.
    #[arg(long, value_name = "FORMAT", default_value = "f16")]
    dtype: Numbers,
}

/// Who is to read it.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Target {
    /// transformers, and everything that reads its folders.
    Hf,
    /// llama.cpp, and everything that is built on it.
    Gguf,
}

/// Writes the folder or the file.
pub fn run(args: &Args) -> Result<(), CliError> {
    let named = args.out.extension().is_some_and(|extension| extension == "gguf");
    if named != (args.to == Target::Gguf) {
        return Err(CliError::Usage("--out is a folder, or with --to gguf a file whose name ends in .gguf".into()));
    }
    let folder = if named { args.out.parent().unwrap_or(Path::new("")) } else { &args.out };
    make_folder(folder)?;
    let bar = loading_bar();
    let mut show = |progress| bar.show(progress);
    let written = match args.to {
        Target::Hf => export::write(&args.model, args.dtype, &args.out, &mut show),
        Target::Gguf => gguf::write(&args.model, args.dtype, &args.out, &mut show).map(|()| args.out.clone()),
    };
    bar.clear();
    let file = written.map_err(CliError::failed)?;
    let beside = if named { "" } else { ", with config.json and the tokenizer if there is one" };
    println!("{} ({}){beside}", file.display(), megabytes(&file));
    Ok(())
}
