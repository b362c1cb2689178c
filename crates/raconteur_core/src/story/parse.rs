//! Reading a story: from files to a [`Story`] and everything that is wrong with it.

mod problem;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ron::Options;
use ron::extensions::Extensions;
use serde::de::DeserializeOwned;

use super::diagnostic::{Diagnostic, Severity, Span};
use super::format::{Locale, Story};
use super::lint::{self, LintOptions};
use super::source::{Part, Source};
use super::spans::Tree;

/// A story that has been read and checked.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The story, if its files have the right shape. It may still have errors: see [`Checked::into_story`].
    pub story: Option<Story>,
    /// The files, the root first.
    pub sources: Vec<Source>,
    /// All findings, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why there is no story.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoryError {
    /// There is no such file.
    #[error("there is no story at '{}'. Check the path; a story's root file is named like village.story.ron", .path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// A folder was given.
    #[error("'{}' is a folder. Name the root file in it{}", .path.display(), list_roots(.roots))]
    IsDirectory {
        /// The path.
        path: PathBuf,
        /// Names of the root files in it.
        roots: Vec<String>,
    },
    /// A part was given instead of the root.
    #[error("'{}' is a part of a story. Name its root file, {}", .path.display(), .root.display())]
    IsPart {
        /// The path.
        path: PathBuf,
        /// The root that it belongs to.
        root: PathBuf,
    },
    /// The file is not text.
    #[error(
        "'{}' is not UTF-8 text (byte {at}). Save it as UTF-8 in your editor; if it is no text at all, it is the wrong file", .path.display()
    )]
    NotUtf8 {
        /// The path.
        path: PathBuf,
        /// Offset of the first wrong byte.
        at: usize,
    },
    /// The system would not read it.
    #[error("'{}' cannot be read: {source}. Check its permissions", .path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It was read, and has errors.
    #[error("{rendered}")]
    Invalid {
        /// All findings, as [`Checked::render`] prints them without colour.
        rendered: String,
        /// The same as data.
        diagnostics: Vec<Diagnostic>,
    },
}

fn list_roots(names: &[String]) -> String {
    if names.is_empty() { ", X.story.ron".to_owned() } else { format!(": {}", names.join(", ")) }
}

/// The dialect of RON: nobody types `Some(..)`, and `Vary(prompt: ..)` needs no second pair of parentheses.
fn options() -> Options {
    Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME)
        .with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES)
}

/// Reads and checks a story that is in memory. The root is the first source that is named like no part; see
/// [`Source::part`].
#[must_use]
pub fn parse(sources: Vec<Source>) -> Checked {
    parse_with(sources, &LintOptions::default())
}

/// As [`parse`], with what is known of the model that will write.
#[must_use]
pub fn parse_with(mut sources: Vec<Source>, options: &LintOptions) -> Checked {
    for source in &mut sources {
        if let Some(text) = source.text.strip_prefix('\u{feff}') {
            source.text = text.to_owned();
        }
    }
    // The root goes first: its tables come before those of the parts.
    sources.sort_by_key(|source| source.part() != Part::Root);
    let mut diagnostics = Vec::new();
    let story = merge(&sources, &mut diagnostics);
    if let Some(story) = &story {
        let trees: Vec<Tree> = sources.iter().map(|source| Tree::scan(&source.text)).collect();
        missing_parts(story, &sources, &trees[0], &mut diagnostics);
        diagnostics.extend(lint::lint(story, &sources, &trees, options));
    }
    let order = |diagnostic: &Diagnostic| sources.iter().position(|source| source.name == diagnostic.primary.file);
    diagnostics.sort_by_key(|found| (order(found), found.primary.start, found.severity, found.code));
    Checked { story, sources, diagnostics }
}

/// Reads all files into one story; `None` when one of them has the wrong shape.
fn merge(sources: &[Source], diagnostics: &mut Vec<Diagnostic>) -> Option<Story> {
    let mut roots = sources.iter().filter(|source| source.part() == Part::Root);
    let Some(root) = roots.next() else {
        if let Some(part) = sources.first() {
            diagnostics.push(
                Diagnostic::new("R03", Severity::Error, Span::new(part, 0..0), "a part of a story without its root")
                    .help("read X.story.ron; the parts beside it are found by themselves"),
            );
        }
        return None;
    };
    for second in roots {
        diagnostics.push(
            Diagnostic::new(
                "R03",
                Severity::Error,
                Span::new(second, 0..0),
                format!("a second root beside '{}'", root.name),
            )
            .help("parts are named X.cast.ron, X.lore.ron, X.beats.ron and X.prompts.ron"),
        );
    }
    let mut story = read::<Story>(root, diagnostics);
    for source in sources {
        // Every part is read, also when the root is broken, so that all mistakes come out at once.
        match source.part() {
            Part::Root => {}
            Part::Cast => add(&mut story, read(source, diagnostics), |story, part| story.cast.append(part)),
            Part::Lore => add(&mut story, read(source, diagnostics), |story, part| story.lore.append(part)),
            Part::Beats => add(&mut story, read(source, diagnostics), |story, part| story.beats.append(part)),
            Part::Prompts => add(&mut story, read(source, diagnostics), |story, part| story.prompts.append(part)),
            Part::Storylets => {
                add(&mut story, read(source, diagnostics), |story, part: Vec<_>| story.storylets.extend(part));
            }
            Part::Baked => add(&mut story, read(source, diagnostics), |story, part| story.baked.append(part)),
            Part::Locale => {
                let tag = source.language().unwrap_or_default();
                add(&mut story, read(source, diagnostics), |story, part| story.translations.push(tag, part));
            }
        }
    }
    story
}

/// R04: files that the root names and nobody has found.
fn missing_parts(story: &Story, sources: &[Source], root: &Tree, diagnostics: &mut Vec<Diagnostic>) {
    let mut missing = |field: &str, index: usize, what: String, help: String| {
        let span =
            root.field(field).and_then(|list| list.value.items.get(index)).map_or(0..0, |item| item.span.clone());
        diagnostics.push(Diagnostic::new("R04", Severity::Error, Span::new(&sources[0], span), what).help(help));
    };
    for (index, name) in story.include.iter().enumerate() {
        let file = name.rsplit('/').next().unwrap_or(name);
        if !sources.iter().skip(1).any(|source| source.name.ends_with(file)) {
            let help = "check the path, which is relative to the folder of the root, and the end of the name, \
                        such as .beats.ron";
            missing("include", index, format!("the included file '{name}' is not there"), help.to_owned());
        }
    }
    for (index, tag) in story.locales.iter().enumerate() {
        if !story.translations.contains(tag) {
            let end = Part::LOCALE_END;
            let help = format!("make it with `raconteur l10n export`, or take \"{tag}\" out of locales");
            missing("locales", index, format!("there is no X.{tag}{end} for the language \"{tag}\""), help);
        }
    }
}

fn add<T>(story: &mut Option<Story>, part: Option<T>, append: impl FnOnce(&mut Story, T)) {
    match (story.as_mut(), part) {
        (Some(story), Some(part)) => append(story, part),
        _ => *story = None,
    }
}

pub(crate) fn read<T: DeserializeOwned>(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Option<T> {
    match options().from_str::<T>(&source.text) {
        Ok(value) => Some(value),
        Err(error) => {
            diagnostics.push(problem::explain(source, &error));
            None
        }
    }
}

/// Reads a translation by itself, for tools that change one.
///
/// # Errors
/// What is wrong with its shape; boxed, for it is large.
pub fn read_locale(source: &Source) -> Result<Locale, Box<Diagnostic>> {
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    options().from_str(text).map_err(|error| Box::new(problem::explain(source, &error)))
}

/// Reads and checks the story whose root file is at `path`, with the parts beside it.
///
/// # Errors
/// [`StoryError`] when a file cannot be read at all. What is wrong inside the files is in [`Checked::diagnostics`].
pub fn load(path: &Path) -> Result<Checked, StoryError> {
    Ok(parse(read_files(path)?))
}

/// As [`load`], with what is known of the model that will write.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, options: &LintOptions) -> Result<Checked, StoryError> {
    Ok(parse_with(read_files(path)?, options))
}

/// The root file at `path`, and the parts beside it as far as they are there.
fn read_files(path: &Path) -> Result<Vec<Source>, StoryError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if path.is_dir() {
        return Err(StoryError::IsDirectory { path: path.to_owned(), roots: roots_in(path) });
    }
    for (part, end) in Part::ALL {
        if let Some(stem) = name.strip_suffix(end) {
            // The stem of a translation ends in its language.
            let stem = if part == Part::Locale { stem.rsplit_once('.').map_or(stem, |(stem, _)| stem) } else { stem };
            return Err(StoryError::IsPart {
                path: path.to_owned(),
                root: path.with_file_name(format!("{stem}.story.ron")),
            });
        }
    }
    let mut sources = vec![read_text(path)?];
    for part in parts_of(&sources[0], &name) {
        // One that is named but not there is R04; those that are only looked for may be missing.
        let part = path.with_file_name(part);
        if part.is_file() && !sources.iter().any(|source| source.name == part.display().to_string()) {
            sources.push(read_text(&part)?);
        }
    }
    Ok(sources)
}

/// The files that belong to a root of this file name, relative to its folder: parts that are found by their name if
/// they are there, those that the root includes, and its translations.
#[must_use]
pub fn parts_of(root: &Source, file_name: &str) -> Vec<String> {
    let Some(stem) = file_name.strip_suffix(".story.ron") else { return Vec::new() };
    let mut parts: Vec<String> = Part::beside().map(|(_, end)| format!("{stem}{end}")).collect();
    let text = root.text.strip_prefix('\u{feff}').unwrap_or(&root.text);
    // A root that cannot be read names nothing; what is wrong with it is reported when it is parsed.
    if let Ok(story) = options().from_str::<Story>(text) {
        parts.extend(story.locales.iter().map(|tag| format!("{stem}.{tag}{}", Part::LOCALE_END)));
        parts.extend(story.include);
    }
    parts
}

fn roots_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut roots: Vec<String> = names.filter(|name| name.ends_with(".story.ron")).collect();
    roots.sort();
    roots
}

pub(crate) fn read_text(path: &Path) -> Result<Source, StoryError> {
    let bytes = std::fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => StoryError::NotFound { path: path.to_owned() },
        _ => StoryError::Unreadable { path: path.to_owned(), source },
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|error| StoryError::NotUtf8 { path: path.to_owned(), at: error.utf8_error().valid_up_to() })?;
    Ok(Source::new(path.display().to_string(), text))
}

impl Checked {
    /// Whether the story cannot run.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// Number of findings of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|found| found.severity == severity).count()
    }

    /// The story, if nothing is wrong that keeps it from running.
    ///
    /// # Errors
    /// [`StoryError::Invalid`] with all findings.
    pub fn into_story(self) -> Result<Arc<Story>, StoryError> {
        if self.has_errors() {
            return Err(self.into_error());
        }
        match self.story {
            Some(story) => Ok(Arc::new(story)),
            None => Err(self.into_error()),
        }
    }

    fn into_error(self) -> StoryError {
        StoryError::Invalid { rendered: self.render(false), diagnostics: self.diagnostics }
    }

    /// All findings as a compiler would print them, an empty line between two.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let rendered: Vec<String> = self.diagnostics.iter().map(|found| found.render(&self.sources, color)).collect();
        rendered.join("\n\n")
    }

    /// One line: `2 errors, 1 warning in 12 beats, 34 lines`.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        for (severity, one, many) in [
            (Severity::Error, "error", "errors"),
            (Severity::Warn, "warning", "warnings"),
            (Severity::Info, "info", "infos"),
            (Severity::Note, "note", "notes"),
        ] {
            match self.count(severity) {
                0 => {}
                1 => parts.push(format!("1 {one}")),
                count => parts.push(format!("{count} {many}")),
            }
        }
        let found = if parts.is_empty() { "nothing wrong".to_owned() } else { parts.join(", ") };
        let Some(story) = &self.story else { return found };
        let lines = story.beats.iter().map(|(_, beat)| beat.lines.len()).sum::<usize>() + story.storylets.len();
        let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        format!("{found} in {}, {}", plural(story.beats.len(), "beat"), plural(lines, "line"))
    }
}
