//! `raconteur l10n`: texts out to translators, and back.
//!
//! ```text
//! story + X.de.l10n.ron --rows--> CSV or PO --translator--> rows --merge--> X.de.l10n.ron
//!                   ^---- draft, by a model, marked ----'
//! ```
//! A row carries a hash of the text that was translated and one of the translation that was there at the time, so that
//! an import can tell what the translator changed from what somebody else has changed since.

mod cells;
mod draft;
mod merge;
mod po;
mod rows;
mod status;
mod table;

#[cfg(test)]
mod tests;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use raconteur_core::story::format::{Locale, Story};
use raconteur_core::story::locale::{is_tag, write};
use raconteur_core::story::parse::{Checked, load, read_locale};
use raconteur_core::story::source::{Part, Source};

use crate::atomic;
use crate::error::CliError;
use merge::merge;
use rows::{ReadError, Row, rows};

/// Arguments of `raconteur l10n`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a table of all texts for a translator.
    Export(Export),
    /// Take a translator's table into the translation beside the story.
    Import(Import),
    /// Let a model draft what is missing, for a translator to begin from. Drafts are marked, and no player sees them.
    Draft(draft::Draft),
    /// Say how much has been translated.
    Status(Status),
}

#[derive(clap::Args)]
struct Export {
    /// Root file of the story.
    story: PathBuf,
    /// Language to translate to, such as `de` or `pt-BR`.
    #[arg(long)]
    locale: String,
    /// Where the table goes: a .csv for spreadsheets, a .po for gettext tools.
    #[arg(short)]
    output: PathBuf,
    /// Also what only a model reads: facts, settings, voices, goals, words that lines must have. On by itself where the
    /// translation says `generate: true`.
    #[arg(long)]
    prompts: bool,
}

#[derive(clap::Args)]
struct Import {
    /// Root file of the story.
    story: PathBuf,
    /// The table, a .csv or a .po.
    table: PathBuf,
    /// Language of the table.
    #[arg(long)]
    locale: String,
    /// Also take texts that somebody else has changed since the table was made.
    #[arg(long)]
    force: bool,
}

#[derive(clap::Args)]
struct Status {
    /// Root file of the story.
    story: PathBuf,
    /// One language; all of them without it.
    #[arg(long)]
    locale: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Po,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::Export(args) => export(args),
        Command::Import(args) => import(args),
        Command::Draft(args) => draft::run(args),
        Command::Status(args) => status::run(&args.story, args.locale.as_deref()),
    }
}

fn export(args: &Export) -> Result<(), CliError> {
    let format = format_of(&args.output)?;
    let (checked, story) = readable(&args.story)?;
    let nameless = checked.diagnostics.iter().filter(|found| matches!(found.code, "S05" | "S09")).count();
    if nameless > 0 {
        return Err(CliError::failed(format!(
            "{nameless} texts have no id of their own, so nothing could tell their translations apart. Run `raconteur ids {}` first",
            args.story.display()
        )));
    }
    let file = LocaleFile::find(&args.story, &args.locale)?;
    let rows = rows(&story, &file.locale, args.prompts);
    let text = match format {
        Format::Csv => table::write(&rows).map_err(CliError::failed)?,
        Format::Po => po::write(&rows, &story.id, &file.tag),
    };
    atomic::write_all(&[(&args.output, text)]).map_err(CliError::failed)?;
    let new = rows.iter().filter(|row| row.status == rows::Status::New).count();
    println!("{} rows in {}, {new} of them new", rows.len(), args.output.display());
    Ok(())
}

fn import(args: &Import) -> Result<(), CliError> {
    let format = format_of(&args.table)?;
    let (checked, story) = readable(&args.story)?;
    let mut file = LocaleFile::find(&args.story, &args.locale)?;
    let bytes = std::fs::read(&args.table)
        .map_err(|error| CliError::failed(format!("'{}' cannot be read: {error}", args.table.display())))?;
    let in_table = |error: ReadError| CliError::failed(format!("{}:{error}", args.table.display()));
    let text = utf8(&bytes).map_err(in_table)?;
    let rows: Vec<Row> = match format {
        Format::Csv => table::read(text),
        Format::Po => po::read(text),
    }
    .map_err(in_table)?;
    let report = merge(&story, &mut file.locale, &rows, args.force).map_err(in_table)?;
    if report.changed() {
        let texts = story.texts();
        let order: Vec<&str> = texts.iter().map(|text| text.key.as_str()).collect();
        atomic::write_all(&[(&file.path, file.written(&order))]).map_err(CliError::failed)?;
    }
    print!("{report}");
    if report.changed() {
        println!("written to {}", file.path.display());
    }
    if !story.locales.iter().any(|tag| tag.eq_ignore_ascii_case(&file.tag)) {
        let root = checked.sources.first().map_or("the root file", |root| root.name.as_str());
        let mut tags: Vec<String> = story.locales.iter().map(|tag| format!("\"{tag}\"")).collect();
        tags.push(format!("\"{}\"", file.tag));
        println!("the story does not know of it yet: in {root}, write\n    locales: [{}],", tags.join(", "));
    }
    if report.conflicts.is_empty() { Ok(()) } else { Err(CliError::Reported) }
}

fn format_of(path: &Path) -> Result<Format, CliError> {
    match path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(Format::Csv),
        Some("po") => Ok(Format::Po),
        _ => Err(CliError::Usage(format!("'{}' is neither a .csv nor a .po", path.display()))),
    }
}

/// The story, if its files have the right shape; it may have other mistakes.
fn readable(path: &Path) -> Result<(Checked, Story), CliError> {
    let checked = load(path).map_err(CliError::failed)?;
    match checked.story.clone() {
        Some(story) => Ok((checked, story)),
        None => {
            let color = std::io::stderr().is_terminal();
            Err(CliError::failed(format!(
                "{}\n\nThe files cannot be read as a story. Mend the above first.",
                checked.render(color)
            )))
        }
    }
}

/// The text of a table, without the byte order mark.
fn utf8(bytes: &[u8]) -> Result<&str, ReadError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        ReadError::new(line, "this is not UTF-8: save the table as UTF-8 (in a spreadsheet, \"CSV UTF-8\")")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// A translation beside a story: there already or not, and whether the root lists it or not.
struct LocaleFile {
    path: PathBuf,
    tag: String,
    /// The file as it is and what was read from it.
    old: Option<(String, Locale)>,
    /// What is to be written.
    locale: Locale,
}

impl LocaleFile {
    fn find(story: &Path, tag: &str) -> Result<Self, CliError> {
        if !is_tag(tag) {
            return Err(CliError::Usage(format!("'{tag}' is no language tag; such are de, pt-BR, zh-Hant")));
        }
        let name = story.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(stem) = name.strip_suffix(".story.ron") else {
            return Err(CliError::failed(format!(
                "'{name}' is not named X.story.ron, so its translations have no name"
            )));
        };
        let path = story.with_file_name(format!("{stem}.{tag}{}", Part::LOCALE_END));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { path, tag: tag.to_owned(), old: None, locale: Locale::default() });
            }
            Err(error) => return Err(CliError::failed(format!("'{}' cannot be read: {error}", path.display()))),
        };
        let source = Source::new(path.display().to_string(), text);
        let locale = read_locale(&source).map_err(|found| {
            let text = Source::new(source.name.clone(), source.text.trim_start_matches('\u{feff}'));
            CliError::failed(format!(
                "{}\n\nMend the translation first; nothing was changed.",
                found.render(&[text], false)
            ))
        })?;
        Ok(Self { path, tag: tag.to_owned(), old: Some((source.text, locale.clone())), locale })
    }

    /// The text of the file with `locale` in it.
    fn written(&self, order: &[&str]) -> String {
        let Some((text, before)) = &self.old else { return write(None, &self.locale, order) };
        match text.strip_prefix('\u{feff}') {
            Some(rest) => format!("\u{feff}{}", write(Some((rest, before)), &self.locale, order)),
            None => write(Some((text, before)), &self.locale, order),
        }
    }
}
