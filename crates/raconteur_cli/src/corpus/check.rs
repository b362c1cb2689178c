//! `raconteur corpus check`: everything that is wrong with files of scenes.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use raconteur_core::scenes::{CheckOptions, Checked, Finding, Window, check};
use raconteur_core::story::diagnostic::Severity;
use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;
use serde::Serialize;

use super::read_all;
use crate::error::CliError;
use crate::loading::read_templates;

/// Arguments of `raconteur corpus check`.
#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 nothing that counts was found; 1 errors, or what --deny names; \
                        2 wrong usage, or a file could not be read.\n\n\
                        --json prints one object a line: `\"type\": \"finding\"` for each finding, then one \
                        `\"type\": \"summary\"`. docs/corpus.md lists the codes.")]
pub struct Args {
    /// Files of scenes, JSON Lines. Repeats are looked for in all of them together.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Also fail on findings of this severity, and of those that weigh more.
    #[arg(long, value_enum)]
    deny: Option<Deny>,
    /// Folder with the tokenizer and the prompts that the scenes are for: says which are too long (D17).
    #[arg(long, value_name = "DIR")]
    tokenizer: Option<PathBuf>,
    /// Tokens that fit into the window. Of a folder with a model its own when left out, else 512.
    #[arg(long, value_name = "N", requires = "tokenizer")]
    window: Option<usize>,
    /// How often seven words in a row may be said (D16).
    #[arg(long, value_name = "N", default_value_t = 5)]
    repeats: usize,
    /// Print findings of these codes only, such as D11,D16. The exit code follows from what is printed.
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    only: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Deny {
    /// Warnings.
    Warnings,
    /// Warnings and infos.
    Info,
}

/// Window of a folder without a configuration.
const WINDOW: usize = 512;

/// The last line of `--json`.
#[derive(Serialize)]
struct Summary {
    r#type: &'static str,
    errors: usize,
    warnings: usize,
    infos: usize,
    files: usize,
    scenes: usize,
    /// Whether the exit code is not 0.
    failed: bool,
}

/// A line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// Checks, and prints what was found to standard output.
pub fn run(args: &Args) -> Result<(), CliError> {
    let files = read_all(&args.files)?;
    let files: Vec<_> = files.iter().map(super::Bytes::file).collect();
    let model = match &args.tokenizer {
        None => None,
        Some(dir) => {
            let tokenizer = Gpt2Tokenizer::load(dir).map_err(CliError::failed)?;
            let window = match args.window {
                Some(window) => window,
                None if dir.join("config.json").exists() => {
                    Gpt2Config::load(dir).map_err(CliError::failed)?.n_positions
                }
                None => WINDOW,
            };
            Some((tokenizer, read_templates(dir)?, window))
        }
    };
    let count = |text: &str| model.as_ref().map_or(0, |(tokenizer, ..)| tokenizer.encode(text).len());
    let window = model.as_ref().map(|(_, templates, tokens)| Window { tokens: *tokens, count: &count, templates });
    let mut checked = check(&files, &CheckOptions { most: args.repeats, window, ..CheckOptions::default() });
    if !args.only.is_empty() {
        checked.findings.retain(|found| args.only.iter().any(|code| code.eq_ignore_ascii_case(found.code)));
    }
    let failed = fails(&checked, args.deny);
    let text = if args.json { json(&checked, files.len(), failed)? } else { human(&checked, files.len()) };
    let mut out = std::io::stdout().lock();
    // A reader such as `head` may have seen enough; what was found still decides the exit code.
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        return Err(CliError::failed(format!("the findings could not be printed: {error}")));
    }
    if failed { Err(CliError::Reported) } else { Ok(()) }
}

fn fails(checked: &Checked, deny: Option<Deny>) -> bool {
    let warnings = checked.count(Severity::Warn) > 0;
    checked.count(Severity::Error) > 0
        || match deny {
            None => false,
            Some(Deny::Warnings) => warnings,
            Some(Deny::Info) => warnings || checked.count(Severity::Info) > 0,
        }
}

fn human(checked: &Checked, files: usize) -> String {
    let mut text: String = checked.findings.iter().map(|found| format!("{found}\n")).collect();
    let plural = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    text.push_str(&format!(
        "{} in {}: {}, {}, {}\n",
        plural(checked.scenes.len(), "scene"),
        plural(files, "file"),
        plural(checked.count(Severity::Error), "error"),
        plural(checked.count(Severity::Warn), "warning"),
        plural(checked.count(Severity::Info), "info"),
    ));
    text
}

fn json(checked: &Checked, files: usize, failed: bool) -> Result<String, CliError> {
    let mut text = String::new();
    for finding in &checked.findings {
        text.push_str(&serde_json::to_string(&Line { r#type: "finding", finding }).map_err(CliError::failed)?);
        text.push('\n');
    }
    let summary = Summary {
        r#type: "summary",
        errors: checked.count(Severity::Error),
        warnings: checked.count(Severity::Warn),
        infos: checked.count(Severity::Info),
        files,
        scenes: checked.scenes.len(),
        failed,
    };
    text.push_str(&serde_json::to_string(&summary).map_err(CliError::failed)?);
    text.push('\n');
    Ok(text)
}
