//! `raconteur tokenizer train`.

use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use raconteur_core::scenes::LAYOUT;
use raconteur_core::template::Templates;
use raconteur_gpt2::tokenizer::train::{EndOfText, TokenizerConfig, train};

use super::documents;
use crate::atomic::write_all;
use crate::error::CliError;

/// Arguments of `raconteur tokenizer train`.
#[derive(clap::Args)]
pub struct Args {
    /// Files of scenes (`.jsonl`) and of plain text.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Number of tokens; multiples of 16 suit the quantised kernels.
    #[arg(long, value_name = "N", default_value_t = 4096)]
    vocab: usize,
    /// Folder to write `tokenizer.json` and `prompts.ron` to: what `raconteur train --tokenizer` takes.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The prompts that the scenes are rendered with; those of the model in the box when left out.
    #[arg(long, value_name = "FILE")]
    prompts: Option<PathBuf>,
    /// Id of `<|endoftext|>`: 0, or the last one, as in the published GPT-2.
    #[arg(long, value_enum, default_value_t = End::First)]
    end: End,
    /// A pair that stands less often becomes no token.
    #[arg(long, value_name = "N", default_value_t = 2)]
    least: u64,
    /// Renderings of each scene, with other names and slots.
    #[arg(long, value_name = "N", default_value_t = 2)]
    draws: u64,
    /// Probability that the people and places of a scene get other names.
    #[arg(long, value_name = "SHARE", default_value_t = 0.75)]
    swap: f64,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum End {
    /// 0, as in the model in the box.
    First,
    /// The last id.
    Last,
}

/// Learns, and writes.
pub fn run(args: &Args) -> Result<(), CliError> {
    let prompts = match &args.prompts {
        Some(path) => crate::texts::read(path)?,
        None => LAYOUT.to_owned(),
    };
    let templates = Templates::from_ron(&prompts).map_err(CliError::failed)?;
    let documents = documents(&args.files, &templates, args.draws, args.swap)?;
    let bytes: usize = documents.iter().map(String::len).sum();
    let end_of_text = match args.end {
        End::First => EndOfText::First,
        End::Last => EndOfText::Last,
    };
    let config = TokenizerConfig { vocab_size: args.vocab, min_frequency: args.least, end_of_text };
    let bar = ProgressBar::new(documents.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{msg:16} {bar:30} {pos}/{len} texts, {elapsed} gone") {
        bar.set_style(style);
    }
    bar.set_message("reading");
    bar.enable_steady_tick(Duration::from_millis(200));
    let last = documents.len().saturating_sub(1);
    let counted = documents.iter().enumerate().inspect(|(at, _)| {
        bar.set_position(*at as u64 + 1);
        if *at == last {
            bar.set_message("choosing tokens");
        }
    });
    let trained = train(counted.map(|(_, text)| text), &config);
    bar.finish_and_clear();
    let trained = trained.map_err(CliError::failed)?;
    std::fs::create_dir_all(&args.out)
        .map_err(|error| CliError::Failed(format!("{} cannot be made: {error}", args.out.display())))?;
    let (tokenizer, layout) = (args.out.join("tokenizer.json"), args.out.join("prompts.ron"));
    write_all(&[(&tokenizer, trained.json), (&layout, prompts)]).map_err(CliError::failed)?;
    println!("{}: {} tokens from {} texts, {bytes} bytes", tokenizer.display(), trained.vocab_size, documents.len());
    if trained.vocab_size < args.vocab {
        eprintln!(
            "note: no more pairs stand {} times; more text, or a smaller --vocab, which also makes the model smaller",
            args.least
        );
    }
    Ok(())
}
