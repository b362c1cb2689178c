//! `raconteur check`: everything that is wrong with some stories, as a compiler would say it.

mod github;
mod human;
mod json;
mod model;
mod stats;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use raconteur_core::debate;
use raconteur_core::story::diagnostic::{Diagnostic, Severity};
use raconteur_core::story::parse::{Checked, load_with};
use raconteur_core::story::suggest::did_you_mean;

use crate::error::CliError;
use model::Model;
use stats::Stats;

/// Where the pages of the codes are.
const PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/lint");
/// The page of the codes of debates.
const DEBATES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/debate.md");

/// Arguments of `raconteur check`.
#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 nothing that counts was found; 1 errors, or what --deny names; \
                        2 wrong usage, or something could not be read.\n\n\
                        --format json prints one object a line: `\"type\": \"finding\"` for each finding, then one \
                        `\"type\": \"summary\"`. docs/lint/README.md describes both.")]
pub struct Args {
    /// Root files of stories, such as `village.story.ron`, whose parts beside them are found by themselves; and debates, such
    /// as `quarrel.debate.ron`.
    #[arg(required = true, value_name = "STORY")]
    stories: Vec<PathBuf>,
    /// How findings are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Also fail on findings of this severity, and of those that weigh more.
    #[arg(long, value_enum)]
    deny: Option<Deny>,
    /// Also count lines, words and modes of generation by character, and translated texts by language.
    #[arg(long)]
    stats: bool,
    /// Folder of the model that will write: its tokenizer measures the prompts (G02), its layout goes with them.
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Look at this translation only, such as `de-DE`, and measure its prompts.
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// Source lines with a caret, and a summary.
    Human,
    /// One JSON object a line.
    Json,
    /// Workflow commands of GitHub Actions, which show findings beside the lines of a pull request.
    Github,
}

#[derive(Clone, Copy, ValueEnum)]
enum Deny {
    /// Warnings.
    Warnings,
    /// Warnings and infos. Notes never fail.
    Info,
}

/// A story that was read.
struct Report {
    /// Its path, as it was given.
    path: String,
    checked: Checked,
    stats: Option<Stats>,
    /// Whether it has prompts that nobody has measured.
    unmeasured: bool,
}

/// What came of all stories.
#[derive(Default)]
struct Outcome {
    reports: Vec<Report>,
    /// Paths that could not be read, with the reason.
    unreadable: Vec<(String, String)>,
    /// Whether there are findings that count.
    failed: bool,
}

impl Outcome {
    fn count(&self, severity: Severity) -> usize {
        self.reports.iter().map(|report| report.checked.count(severity)).sum()
    }
}

/// Checks stories and prints what was found to standard output.
pub fn run(args: &Args) -> Result<(), CliError> {
    let model = match &args.model {
        Some(dir) => Some(Model::load(dir).map_err(|error| unread(&error))?),
        None => None,
    };
    let mut outcome = Outcome::default();
    for path in &args.stories {
        match check(path, args, model.as_ref()) {
            Ok(report) => outcome.reports.push(report),
            Err(error) => outcome.unreadable.push((path.display().to_string(), error)),
        }
    }
    if let Some(tag) = &args.locale {
        known_locale(&outcome, tag)?;
    }
    outcome.failed = outcome.reports.iter().any(|report| fails(&report.checked, args.deny));
    let mut out = std::io::stdout().lock();
    let color = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let text = match args.format {
        Format::Human => human::print(&outcome, color),
        Format::Json => json::print(&outcome).map_err(CliError::failed)?,
        Format::Github => github::print(&outcome),
    };
    // A reader such as `head` may have seen enough; what was found still decides the exit code.
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        return Err(CliError::failed(format!("the findings could not be printed: {error}")));
    }
    for (_, message) in &outcome.unreadable {
        unread(message);
    }
    match (outcome.unreadable.is_empty(), outcome.failed) {
        (false, _) => Err(CliError::Unread),
        (true, true) => Err(CliError::Reported),
        (true, false) => Ok(()),
    }
}

fn check(path: &Path, args: &Args, model: Option<&Model>) -> Result<Report, String> {
    if path.to_string_lossy().ends_with(debate::END_OF_NAME) {
        let read = debate::load(path).map_err(|error| error.to_string())?;
        return Ok(Report { path: path.display().to_string(), checked: read.checked, stats: None, unmeasured: false });
    }
    let count = |text: &str| model.map_or(0, |model| model.count(text));
    let mut options = model.map(|model| model.options(&count)).unwrap_or_default();
    options.locale = args.locale.as_deref();
    let mut checked = load_with(path, &options).map_err(|error| error.to_string())?;
    if let Some(tag) = &args.locale {
        let sources = std::mem::take(&mut checked.sources);
        checked.diagnostics.retain(|found| concerns(found, &sources, tag));
        checked.sources = sources;
    }
    let stats = checked.story.as_ref().filter(|_| args.stats);
    let stats = stats.map(|story| Stats::of(story, args.locale.as_deref()));
    let unmeasured = model.is_none() && checked.story.as_ref().is_some_and(stats::generates);
    Ok(Report { path: path.display().to_string(), checked, stats, unmeasured })
}

/// Whether a finding is about a language, or about no translation.
fn concerns(found: &Diagnostic, sources: &[raconteur_core::story::source::Source], tag: &str) -> bool {
    let source = sources.iter().find(|source| source.name == found.primary.file);
    source.and_then(|source| source.language()).is_none_or(|language| language.eq_ignore_ascii_case(tag))
}

fn known_locale(outcome: &Outcome, tag: &str) -> Result<(), CliError> {
    let stories = outcome.reports.iter().filter_map(|report| report.checked.story.as_ref());
    let tags: Vec<&str> = stories.clone().flat_map(|story| story.translations.ids()).collect();
    // A story that could not be read may have it.
    if stories.count() == 0 || tags.iter().any(|other| other.eq_ignore_ascii_case(tag)) {
        return Ok(());
    }
    let help = did_you_mean(tag, tags.iter().copied()).unwrap_or_else(|| match tags.as_slice() {
        [] => "there is none; name one in locales: [..] of the story".to_owned(),
        tags => format!("there are {}", tags.join(", ")),
    });
    Err(CliError::Usage(format!("no story has a translation '{tag}': {help}")))
}

fn fails(checked: &Checked, deny: Option<Deny>) -> bool {
    let warnings = checked.count(Severity::Warn) > 0;
    checked.has_errors()
        || match deny {
            None => false,
            Some(Deny::Warnings) => warnings,
            Some(Deny::Info) => warnings || checked.count(Severity::Info) > 0,
        }
}

/// Says that something could not be read.
fn unread(message: &str) -> CliError {
    eprintln!("error: {message}");
    CliError::Unread
}

/// Address of the page about a code; those of debates share one.
fn page(code: &str) -> String {
    if code.starts_with('D') { DEBATES.to_owned() } else { format!("{PAGES}/{code}.md") }
}

/// Line and column of the end of a finding, both from 1; the column is the one behind its last character.
fn end_of(checked: &Checked, found: &Diagnostic) -> (usize, usize) {
    let place = &found.primary;
    let source = checked.sources.iter().find(|source| source.name == place.file);
    source.map_or((place.line, place.column), |source| source.position(place.end))
}
