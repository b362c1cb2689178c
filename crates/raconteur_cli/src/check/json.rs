//! Findings for programs: one JSON object a line.

use raconteur_core::story::diagnostic::{Diagnostic, Severity};
use raconteur_core::story::parse::Checked;
use serde::Serialize;

use super::stats::Stats;
use super::{Outcome, end_of, page};

/// A finding. Lines and columns count from 1, columns in characters; `end` is behind the last character.
#[derive(Serialize)]
struct Finding<'a> {
    r#type: &'static str,
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    story: &'a str,
    file: &'a str,
    line: usize,
    column: usize,
    end: End,
    help: Option<&'a str>,
    labels: Vec<Label<'a>>,
    url: String,
}

#[derive(Serialize)]
struct End {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Label<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    text: &'a str,
}

/// The last line.
#[derive(Serialize)]
struct Summary<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    counts: Counts,
    /// Whether the exit code is not 0.
    failed: bool,
    stories: Vec<Story<'a>>,
    unreadable: Vec<Unreadable<'a>>,
}

#[derive(Serialize)]
struct Counts {
    errors: usize,
    warnings: usize,
    infos: usize,
    notes: usize,
}

impl Counts {
    fn of(count: impl Fn(Severity) -> usize) -> Self {
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warn),
            infos: count(Severity::Info),
            notes: count(Severity::Note),
        }
    }
}

#[derive(Serialize)]
struct Story<'a> {
    story: &'a str,
    /// The id that saves know it by; null when the files have not the shape of a story.
    id: Option<&'a str>,
    beats: usize,
    lines: usize,
    #[serde(flatten)]
    counts: Counts,
    /// False when there are prompts that no model has measured (G02).
    prompts_measured: bool,
    stats: Option<&'a Stats>,
}

#[derive(Serialize)]
struct Unreadable<'a> {
    story: &'a str,
    message: &'a str,
}

impl<'a> Finding<'a> {
    fn new(story: &'a str, checked: &Checked, found: &'a Diagnostic) -> Self {
        let (line, column) = end_of(checked, found);
        let labels = found.labels.iter().map(|label| Label {
            file: &label.span.file,
            line: label.span.line,
            column: label.span.column,
            text: &label.text,
        });
        Self {
            r#type: "finding",
            code: found.code,
            severity: found.severity.name(),
            message: &found.message,
            story,
            file: &found.primary.file,
            line: found.primary.line,
            column: found.primary.column,
            end: End { line, column },
            help: found.help.as_deref(),
            labels: labels.collect(),
            url: page(found.code),
        }
    }
}

/// All findings, then the summary.
pub(super) fn print(outcome: &Outcome) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for report in &outcome.reports {
        for found in &report.checked.diagnostics {
            text.push_str(&serde_json::to_string(&Finding::new(&report.path, &report.checked, found))?);
            text.push('\n');
        }
    }
    let stories = outcome.reports.iter().map(|report| {
        let story = report.checked.story.as_ref();
        Story {
            story: &report.path,
            id: story.map(|story| story.id.as_str()),
            beats: story.map_or(0, |story| story.beats.len()),
            lines: story.map_or(0, |story| {
                story.beats.iter().map(|(_, beat)| beat.lines.len()).sum::<usize>() + story.storylets.len()
            }),
            counts: Counts::of(|severity| report.checked.count(severity)),
            prompts_measured: !report.unmeasured,
            stats: report.stats.as_ref(),
        }
    });
    let unreadable = outcome.unreadable.iter().map(|(story, message)| Unreadable { story, message });
    let summary = Summary {
        r#type: "summary",
        counts: Counts::of(|severity| outcome.count(severity)),
        failed: outcome.failed || !outcome.unreadable.is_empty(),
        stories: stories.collect(),
        unreadable: unreadable.collect(),
    };
    text.push_str(&serde_json::to_string(&summary)?);
    text.push('\n');
    Ok(text)
}
