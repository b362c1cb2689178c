//! `raconteur import`: a story of another tool as a story of ours, with a report of what was not taken.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use raconteur_core::story::import::{self, Report};
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;

use crate::atomic;
use crate::error::CliError;

/// Arguments of `raconteur import`.
#[derive(clap::Args)]
pub struct Args {
    /// The file of the other tool: Twee 3 (`.twee`, `.tw`) or Yarn (`.yarn`).
    file: PathBuf,
    /// Root file of the new story, such as `village.story.ron`. `-` is standard output.
    #[arg(short, long)]
    out: PathBuf,
    /// Also write the report to a file; as JSON if its name ends in `.json`.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// What the file holds, where its name does not tell it.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write over a story that is there already.
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Twee 3, as Twine and Tweego write it.
    Twee,
    /// Yarn 2 or 3, as Yarn Spinner reads it.
    Yarn,
}

/// Imports a story. What was not taken goes to standard error.
pub fn run(args: &Args) -> Result<(), CliError> {
    let name = args.file.display().to_string();
    let format = match args.format {
        Some(Format::Twee) => import::Format::Twee,
        Some(Format::Yarn) => import::Format::Yarn,
        None => import::Format::of(&name).ok_or_else(|| {
            CliError::Usage(format!(
                "'{name}' ends in none of .twee, .tw and .yarn: add --format twee or --format yarn"
            ))
        })?,
    };
    let bytes =
        std::fs::read(&args.file).map_err(|error| CliError::failed(format!("'{name}' cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        CliError::failed(format!("'{name}' is not UTF-8 text (byte {at}). Save it as UTF-8 in your editor"))
    })?;
    let to_stdout = args.out.as_os_str() == "-";
    if !to_stdout && !args.force && args.out.exists() {
        let out = args.out.display();
        return Err(CliError::failed(format!(
            "'{out}' is there already. Name another file, or add --force to write over it"
        )));
    }
    let imported = import::import(format, &name, &text);
    let report = match &args.report {
        Some(path) => Some((path.as_path(), report_text(&imported.report, path)?)),
        None => None,
    };
    let mut files: Vec<(&Path, String)> = report.into_iter().collect();
    if to_stdout {
        let printed = std::io::stdout().lock().write_all(imported.ron.as_bytes());
        if let Err(error) = printed
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            return Err(CliError::failed(format!("the story could not be printed: {error}")));
        }
    } else {
        files.insert(0, (&args.out, imported.ron.clone()));
    }
    atomic::write_all(&files).map_err(CliError::failed)?;
    eprintln!("{}", imported.report);
    let story = args.out.display().to_string();
    let checked =
        parse(vec![Source::new(if to_stdout { "import.story.ron".to_owned() } else { story.clone() }, imported.ron)]);
    eprintln!("{}", checked.summary());
    if !to_stdout && !checked.diagnostics.is_empty() {
        eprintln!("`raconteur check {story}` says what and where");
    }
    Ok(())
}

fn report_text(report: &Report, path: &Path) -> Result<String, CliError> {
    if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json")) {
        return serde_json::to_string_pretty(report).map(|json| json + "\n").map_err(CliError::failed);
    }
    Ok(format!("{report}\n"))
}
