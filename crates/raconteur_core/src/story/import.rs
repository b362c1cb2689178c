//! Stories of other tools as stories of ours: Twee 3 (Twine) and Yarn, with a report of what was not taken.
//!
//! ```text
//! .twee --twee--> passages of statements --draft--> beats --vars--> typed variables --write--> RON, Report
//! .yarn --yarn-------^
//! ```
//! What both have and we have is taken: passages, lines, who says them, links and options, conditions, numbers, truth
//! values and words as variables, ids of lines. What we cannot say (a random number, a command of a game, text that is
//! computed) stands in the report with its line, and as a comment where it stood. No input makes an import panic, and
//! what comes out always passes [`parse`](super::parse::parse), if need be with findings.

mod draft;
mod expr;
mod render;
mod twee;
mod vars;
mod write;
mod yarn;

use std::fmt;

use serde::Serialize;

/// What an import gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The story: the text of a `*.story.ron`.
    pub ron: String,
    /// What was taken, and what was not.
    pub report: Report,
}

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Twee 3, the text form of Twine stories, with macros of Harlowe or `SugarCube`.
    Twee,
    /// Yarn 2 and 3.
    Yarn,
}

impl Format {
    /// The format that the end of a file name tells: `.twee`, `.tw` or `.yarn`.
    #[must_use]
    pub fn of(file: &str) -> Option<Self> {
        let end = file.rsplit_once('.')?.1.to_ascii_lowercase();
        match end.as_str() {
            "twee" | "tw" | "tw3" => Some(Self::Twee),
            "yarn" => Some(Self::Yarn),
            _ => None,
        }
    }
}

/// What an import took and what it did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Name of the file.
    pub file: String,
    /// Its format.
    pub format: Format,
    /// How many passages or nodes there were.
    pub passages: usize,
    /// How many beats they became.
    pub beats: usize,
    /// Lines that were taken.
    pub lines: usize,
    /// Choices that were taken.
    pub choices: usize,
    /// Variables that were taken.
    pub variables: usize,
    /// All that is not as it was, by line.
    pub notes: Vec<Note>,
}

/// Something that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Note {
    /// Line in the file, from 1.
    pub line: usize,
    /// How much it matters.
    pub kind: NoteKind,
    /// Passage or node; empty outside of one.
    pub passage: String,
    /// What happened.
    pub what: String,
}

/// How much a [`Note`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NoteKind {
    /// It was not taken.
    Lost,
    /// It was taken in another form.
    Changed,
    /// It was not there and had to be assumed.
    Guessed,
}

impl NoteKind {
    /// As it is printed: `lost`, `changed`, `guessed`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Changed => "changed",
            Self::Guessed => "guessed",
        }
    }
}

impl Report {
    /// Number of notes of a kind.
    #[must_use]
    pub fn count(&self, kind: NoteKind) -> usize {
        self.notes.iter().filter(|note| note.kind == kind).count()
    }
}

impl fmt::Display for Report {
    /// One row for each note, `FILE:LINE: lost: .. ('Passage')`, and a summary. Without a final newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            write!(f, "{}:{}: {}: {}", self.file, note.line, note.kind.name(), note.what)?;
            if !note.passage.is_empty() {
                write!(f, " ('{}')", note.passage)?;
            }
            writeln!(f)?;
        }
        let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        write!(
            f,
            "{} became {}: {}, {}, {}; {} lost, {} changed, {} guessed",
            plural(self.passages, if self.format == Format::Twee { "passage" } else { "node" }),
            plural(self.beats, "beat"),
            plural(self.lines, "line"),
            plural(self.choices, "choice"),
            plural(self.variables, "variable"),
            self.count(NoteKind::Lost),
            self.count(NoteKind::Changed),
            self.count(NoteKind::Guessed)
        )
    }
}

/// Turns the text of a file into a story. `file` names it in the report, and the story after it.
#[must_use]
pub fn import(format: Format, file: &str, text: &str) -> Imported {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut notes = Notes::default();
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let script = match format {
        Format::Twee => twee::read(text, &mut notes),
        Format::Yarn => yarn::read(text, &mut notes),
    };
    let passages = script.passages.len();
    let vars = vars::Vars::of(&script, &mut notes);
    let draft = draft::draft(&script, name, &mut notes);
    let written = write::write(&draft, &script, &vars, name, &mut notes);
    notes.list.sort();
    notes.list.dedup();
    let report = Report {
        file: file.to_owned(),
        format,
        passages,
        beats: draft.beats.len(),
        lines: written.lines,
        choices: written.choices,
        variables: vars.len(),
        notes: notes.list,
    };
    Imported { ron: written.ron, report }
}

/// Notes while they are taken.
#[derive(Debug, Default)]
struct Notes {
    list: Vec<Note>,
}

impl Notes {
    fn add(&mut self, kind: NoteKind, line: usize, passage: &str, what: impl Into<String>) {
        self.list.push(Note { line, kind, passage: passage.to_owned(), what: what.into() });
    }

    fn lost(&mut self, line: usize, passage: &str, what: impl Into<String>) {
        self.add(NoteKind::Lost, line, passage, what);
    }

    fn changed(&mut self, line: usize, passage: &str, what: impl Into<String>) {
        self.add(NoteKind::Changed, line, passage, what);
    }

    fn guessed(&mut self, line: usize, passage: &str, what: impl Into<String>) {
        self.add(NoteKind::Guessed, line, passage, what);
    }
}

/// A text in a note: on one row, and no longer than a reader needs to find it.
fn quote(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= 60 {
        return flat;
    }
    format!("{}…", flat.chars().take(59).collect::<String>())
}

/// A name as an id: letters and digits of any script, everything else as `_`.
fn slug(name: &str) -> String {
    let mut id = String::new();
    for c in name.trim().chars() {
        if c.is_alphanumeric() {
            id.push(c);
        } else if !id.ends_with('_') && !id.is_empty() {
            id.push('_');
        }
    }
    id.trim_end_matches('_').to_owned()
}
