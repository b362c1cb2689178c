//! What is wrong with a story, where, and what to do about it.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

use super::source::Source;

/// How bad a finding is. The story runs unless there is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The story cannot run.
    Error,
    /// The story runs, most likely not as it is meant.
    Warn,
    /// Good to know.
    Info,
    /// Good to know, of less weight.
    Note,
}

impl Severity {
    /// As it is printed: `error`, `warning`, `info`, `note`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warning",
            Self::Info => "info",
            Self::Note => "note",
        }
    }

    fn level(self) -> Level<'static> {
        match self {
            Self::Error => Level::ERROR,
            Self::Warn => Level::WARNING,
            Self::Info => Level::INFO,
            Self::Note => Level::NOTE,
        }
    }
}

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Name of the source.
    pub file: String,
    /// Line of its start, from 1.
    pub line: usize,
    /// Column of its start in characters, from 1.
    pub column: usize,
    /// First byte.
    pub start: usize,
    /// Byte behind the last.
    pub end: usize,
}

impl Span {
    /// A place in `source`; cut to what the text has.
    #[must_use]
    pub fn new(source: &Source, range: Range<usize>) -> Self {
        let range = source.clip(range);
        let (line, column) = source.position(range.start);
        Self { file: source.name.clone(), line, column, start: range.start, end: range.end }
    }
}

/// A second place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there.
    pub text: String,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code, such as `S02`: `docs/lint/S02.md` explains it.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub primary: Span,
    /// What the caret says; may be empty.
    pub caption: String,
    /// Other places that belong to it.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding at a place.
    #[must_use]
    pub fn new(code: &'static str, severity: Severity, primary: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            primary,
            caption: String::new(),
            labels: Vec::new(),
            help: None,
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to do, if that is known.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Writes something beside the caret.
    #[must_use]
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// As a compiler would print it: `error[S02]: ..`, the source lines with a caret, `help: ..`. Without a final newline.
    #[must_use]
    pub fn render(&self, sources: &[Source], color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut group = Group::with_title(self.severity.level().primary_title(clean(&self.message)).id(self.code));
        let mut files: Vec<&str> = vec![&self.primary.file];
        for label in &self.labels {
            if !files.contains(&label.span.file.as_str()) {
                files.push(&label.span.file);
            }
        }
        for file in files {
            let Some(source) = sources.iter().find(|source| source.name == file) else { continue };
            let mut snippet = Snippet::source(source.text.as_str()).path(file);
            if self.primary.file == file {
                let caret = AnnotationKind::Primary.span(source.clip(self.primary.start..self.primary.end));
                snippet =
                    snippet.annotation(if self.caption.is_empty() { caret } else { caret.label(clean(&self.caption)) });
            }
            for label in self.labels.iter().filter(|label| label.span.file == file) {
                let range = source.clip(label.span.start..label.span.end);
                snippet = snippet.annotation(AnnotationKind::Context.span(range).label(clean(&label.text)));
            }
            group = group.element(snippet);
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(clean(help)));
        }
        renderer.render(&[group])
    }
}

/// Names and texts come from the writer's file; control characters in them would drive the terminal.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

impl std::fmt::Display for Diagnostic {
    /// One line: `error[S02] file:line:column: message`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Span { file, line, column, .. } = &self.primary;
        write!(f, "{}[{}] {file}:{line}:{column}: {}", self.severity.name(), self.code, self.message)
    }
}
