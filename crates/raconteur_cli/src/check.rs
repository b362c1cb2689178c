//! `raconteur check`: everything that is wrong with a story, as a compiler would say it.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use raconteur_core::story::diagnostic::{Diagnostic, Severity};
use raconteur_core::story::parse::{Checked, load};
use serde::Serialize;

use crate::error::CliError;

/// Arguments of `raconteur check`.
#[derive(clap::Args)]
pub struct Args {
    /// Root file of the story, such as `village.story.ron`; the parts beside it are found by themselves.
    story: PathBuf,
    /// How findings are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Also fail on findings of this severity.
    #[arg(long, value_enum)]
    deny: Option<Deny>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Source lines with a caret, and a summary.
    Human,
    /// One JSON array of findings.
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum Deny {
    /// Warnings.
    Warnings,
}

/// A finding as programs read it: flat, with the place of its caret.
#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    help: Option<&'a str>,
    labels: Vec<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    text: &'a str,
}

impl<'a> Finding<'a> {
    fn new(checked: &Checked, found: &'a Diagnostic) -> Self {
        let place = &found.primary;
        let source = checked.sources.iter().find(|source| source.name == place.file);
        let (end_line, end_column) = source.map_or((place.line, place.column), |source| source.position(place.end));
        let labels = found.labels.iter().map(|label| Place {
            file: &label.span.file,
            line: label.span.line,
            column: label.span.column,
            text: &label.text,
        });
        Self {
            code: found.code,
            severity: found.severity.name(),
            message: &found.message,
            file: &place.file,
            line: place.line,
            column: place.column,
            end_line,
            end_column,
            help: found.help.as_deref(),
            labels: labels.collect(),
        }
    }
}

/// Checks a story and prints what was found to standard output.
pub fn run(args: &Args) -> Result<(), CliError> {
    let checked = load(&args.story).map_err(CliError::failed)?;
    let mut out = std::io::stdout().lock();
    let printed = match args.format {
        Format::Human => {
            let color = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
            let findings = checked.render(color);
            let gap = if findings.is_empty() { "" } else { "\n\n" };
            writeln!(out, "{findings}{gap}{}", checked.summary())
        }
        Format::Json => {
            let findings: Vec<_> = checked.diagnostics.iter().map(|found| Finding::new(&checked, found)).collect();
            let json = serde_json::to_string_pretty(&findings).map_err(CliError::failed)?;
            writeln!(out, "{json}")
        }
    };
    // A reader such as `head` may have seen enough; what was found still decides the exit code.
    if let Err(error) = printed
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        return Err(CliError::failed(format!("the findings could not be printed: {error}")));
    }
    let denied = matches!(args.deny, Some(Deny::Warnings)) && checked.count(Severity::Warn) > 0;
    if checked.has_errors() || denied { Err(CliError::Reported) } else { Ok(()) }
}
