//! `raconteur eval`: what a model and the rules around it are worth, in numbers.
//!
//! ```text
//! scenes.jsonl -> cases -> lines in every column (model off, raw, filters, n-best, guidance)   M1 M2 M6 M9 M10 M14
//!              -> scores of authored lines, in their own context and in another's              M3 M4 M5 M7
//!              -> rumors, and the same lines on other threads and in other batches             M11 M12
//! X.documents.ron + questions -> answers by key search, by the model's scores, by both       RC
//! X.story.ron  -> plays by chance, in every column; whose line it is                           M1 M2 M3 M6 M8 M9
//! ```
//! Everything goes the way that a game goes: a scene becomes a [`Talk`](raconteur_core::compose::Talk), that a request,
//! and the desk asks the model. The same seed, file, model and program give the same texts.

mod benchmark;
mod case;
mod column;
mod corpus;
mod documents;
mod engine;
mod lines;
mod metric;
mod ngrams;
mod page;
mod plain;
mod report;
mod sample;
mod stats;
mod story;
mod table;

use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use raconteur_gpt2::quantize::Quantization;

use crate::error::CliError;
use engine::Setup;

/// Metrics that there are.
const METRICS: [&str; 13] = ["M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10", "M11", "M12", "M14"];

/// Arguments of `raconteur eval`.
#[derive(clap::Args)]
pub struct Args {
    /// A file of scenes (`X.jsonl`), the root file of a story (`X.story.ron`), documents (`X.documents.ron`, with --questions),
    /// or one of the words `lambada` and `wikitext`.
    what: PathBuf,
    /// Folder of the GPT-2.
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// The data of `lambada` (JSON lines with "text") or `wikitext` (the raw text).
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The questions to ask of documents, with their answers.
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
    /// Write the figures as JSON; `-` prints them.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    json: Option<PathBuf>,
    /// Write one HTML page with plots.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Use so many scenes, drawn by the seed, all when left out; of a story so many plays, 20 when left out.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Start of the random numbers.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Number format of the weights in memory. As in a game when left out.
    #[arg(long, value_name = "none|q8_0|q4")]
    quantize: Option<Quantization>,
    /// Threads that compute; 0 for one a core. Changes times, never texts.
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Only these metrics.
    #[arg(long, value_name = "M3,M5", value_delimiter = ',')]
    only: Vec<String>,
}

impl Args {
    fn setup(&self) -> Setup<'_> {
        Setup { model: &self.model, quantize: self.quantize, threads: self.threads, batch: None }
    }

    fn wants(&self, metric: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|other| other.eq_ignore_ascii_case(metric))
    }

    fn wants_any(&self, metrics: &[&str]) -> bool {
        metrics.iter().any(|metric| self.wants(metric))
    }
}

/// Measures, and prints a table.
pub fn run(args: &Args) -> Result<(), CliError> {
    if let Some(unknown) =
        args.only.iter().find(|metric| !METRICS.iter().any(|other| other.eq_ignore_ascii_case(metric)))
    {
        return Err(CliError::Usage(format!("--only {unknown}: metrics are {}", METRICS.join(", "))));
    }
    if args.limit == Some(0) {
        return Err(CliError::Usage("--limit 0: there is nothing to measure then".into()));
    }
    match args.what.to_str() {
        Some(name @ ("lambada" | "wikitext")) => {
            let data = args.data.as_deref().ok_or_else(|| CliError::Usage(format!("{name} needs --data FILE")))?;
            benchmark::run(name, data, args)
        }
        _ => {
            let report = if is_documents(&args.what) {
                documents::run(args)
            } else if is_story(&args.what) {
                story::run(args)
            } else {
                corpus::run(args)
            }?;
            if args.json.as_deref() != Some(Path::new("-")) {
                print!("{}", table::text(&report));
            }
            if let Some(path) = &args.json {
                let json = serde_json::to_string_pretty(&report).map_err(CliError::failed)?;
                put(path, &format!("{json}\n"))?;
            }
            if let Some(path) = &args.html {
                put(path, &page::html(&report))?;
            }
            Ok(())
        }
    }
}

fn is_documents(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".documents.ron"))
}

fn is_story(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "ron")
}

fn put(path: &Path, text: &str) -> Result<(), CliError> {
    if path == Path::new("-") {
        print!("{text}");
        return Ok(());
    }
    std::fs::write(path, text).map_err(|error| CliError::Failed(format!("cannot write {}: {error}", path.display())))
}

/// A bar that tells what is being done and how long it will take; hidden where standard error is no terminal.
fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64);
    if let Ok(style) = ProgressStyle::with_template("{msg:26!} {bar:30} {pos}/{len}, {elapsed} gone, {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
