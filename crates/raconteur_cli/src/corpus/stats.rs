//! `raconteur corpus stats`: what there is in files of scenes.

use std::path::{Path, PathBuf};

use raconteur_core::scenes::{Draw, Script};
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

use super::counts::{Counts, Part, count};
use super::{picture, scenes_of};
use crate::atomic::write_all;
use crate::error::CliError;
use crate::loading::read_templates;

/// Arguments of `raconteur corpus stats`.
#[derive(clap::Args)]
pub struct Args {
    /// Files of scenes, JSON Lines.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the figures as JSON; `-` prints them.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    json: Option<PathBuf>,
    /// Draw them.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Folder with the tokenizer and the prompts that the scenes are for: counts tokens too.
    #[arg(long, value_name = "DIR")]
    tokenizer: Option<PathBuf>,
}

/// Counts, and prints a table.
pub fn run(args: &Args) -> Result<(), CliError> {
    let scenes: Vec<Script> = scenes_of(&args.files)?.into_iter().map(|(_, scene)| scene).collect();
    let model = match &args.tokenizer {
        None => None,
        Some(dir) => Some((Gpt2Tokenizer::load(dir).map_err(CliError::failed)?, read_templates(dir)?)),
    };
    let counts = match &model {
        None => count(&scenes, None),
        Some((tokenizer, templates)) => {
            let tokens = |scene: &Script| {
                let text = scene.with(&Draw::default()).render(templates).unwrap_or_default();
                tokenizer.encode(&text).len() + 1
            };
            count(&scenes, Some(&tokens))
        }
    };
    let json = serde_json::to_string_pretty(&counts).map_err(CliError::failed)? + "\n";
    let mut files: Vec<(&Path, String)> = Vec::new();
    match args.json.as_deref() {
        Some(path) if path == Path::new("-") => print!("{json}"),
        Some(path) => files.push((path, json)),
        None => {}
    }
    if let Some(path) = &args.svg {
        files.push((path, picture::svg(&counts)));
    }
    write_all(&files).map_err(CliError::failed)?;
    if args.json.as_deref() != Some(Path::new("-")) {
        print!("{}", table(&counts));
    }
    Ok(())
}

fn table(counts: &Counts) -> String {
    let mut out = format!(
        "{} scenes, {} lines, {} words; {} different words, {} of them in a single scene; {} settings, {} names\n",
        counts.scenes, counts.lines, counts.words, counts.vocabulary, counts.once, counts.settings, counts.names
    );
    for (head, parts) in [("kind", &counts.kinds), ("world", &counts.worlds)] {
        out.push_str(&format!("\n{head:<24} scenes   lines    words  words/line\n"));
        parts.iter().for_each(|part| out.push_str(&row(part)));
    }
    out.push_str("\nlength                      least     10 %     half     90 %     99 %     most\n");
    for lengths in &counts.lengths {
        let values: String = lengths.values.iter().map(|value| format!("{value:>9}")).collect();
        out.push_str(&format!("{:<24}{values}\n", lengths.name));
    }
    out.push('\n');
    for share in &counts.shares {
        let percent = share.of as f64 * 100.0 / share.all.max(1) as f64;
        out.push_str(&format!("{:<40} {:>6} of {:>6}, {percent:.0} %\n", share.name, share.of, share.all));
    }
    if !counts.repeated.is_empty() {
        out.push_str("\nseven words in a row that are said most\n");
        for (words, times) in &counts.repeated {
            out.push_str(&format!("{times:>6}  {words}\n"));
        }
    }
    out
}

fn row(part: &Part) -> String {
    let mean = part.words as f64 / part.lines.max(1) as f64;
    format!("{:<24} {:>6} {:>7} {:>8} {mean:>11.1}\n", part.name, part.scenes, part.lines, part.words)
}
