//! What stands in a row of a table for translators, whatever the format of the table.

use raconteur_core::story::format::{Locale, Story, Translation};
use raconteur_core::story::locale::{self, Text};

use super::cells::{self, Field};

/// A text to translate, or what belongs to one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Line of the table that it was read from.
    pub line: usize,
    /// Key of the text; with `#must` or the like behind it for what belongs to it.
    pub key: String,
    /// What it is, such as `line` or `line must`.
    pub kind: String,
    /// Cast id of the speaker.
    pub speaker: String,
    /// The beat that it stands in.
    pub beat: String,
    /// What is to be translated.
    pub source: String,
    /// The translation.
    pub translation: String,
    /// What the row was made from.
    pub lock: Lock,
    /// How it stands.
    pub status: Status,
    /// For the next translator.
    pub note: String,
    /// Whether `status` says for sure that a changed text is confirmed: tools for PO keep it, spreadsheets leave it as it
    /// was.
    pub strict: bool,
}

/// Hashes of what a row was made from: `SOURCE` or `SOURCE.TRANSLATION`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// Hash of the text that the translator saw; empty when that is unknown.
    pub source: String,
    /// Hash of the translation that was there.
    pub base: Option<String>,
}

impl Lock {
    /// Reads `SOURCE.TRANSLATION`.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        match text.split_once('.') {
            Some((source, base)) => Self { source: source.to_owned(), base: Some(base.to_owned()) },
            None => Self { source: text.to_owned(), base: None },
        }
    }
}

impl std::fmt::Display for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.source)?;
        self.base.iter().try_for_each(|base| write!(f, ".{base}"))
    }
}

/// How a row stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Status {
    /// Not translated.
    #[default]
    New,
    /// Translated.
    Translated,
    /// Made by a machine and read by nobody.
    Draft,
    /// Translated from an older text.
    Stale,
    /// Its text is no longer there.
    Obsolete,
}

impl Status {
    /// All of them by name.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("new", Self::New),
        ("translated", Self::Translated),
        ("draft", Self::Draft),
        ("stale", Self::Stale),
        ("obsolete", Self::Obsolete),
    ];

    /// As it stands in tables.
    pub fn name(self) -> &'static str {
        Self::NAMES.into_iter().find(|(_, status)| *status == self).map_or("", |(name, _)| name)
    }

    /// Reads a name, in any case; an empty one says nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Some(Self::Translated);
        }
        Self::NAMES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, status)| status)
    }

    fn of(text: &Text, translated: Option<&Translation>) -> Self {
        match locale::Status::of(text, translated) {
            locale::Status::Missing => Self::New,
            locale::Status::Draft => Self::Draft,
            locale::Status::Stale => Self::Stale,
            locale::Status::Translated => Self::Translated,
        }
    }
}

/// Why a table cannot be read, with the line where that shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {what}")]
pub struct ReadError {
    /// Line of the table, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub what: String,
}

impl ReadError {
    /// An error at a line.
    pub fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

/// The rows of a story and its translation: the texts in the order of the story, then translations whose texts are gone.
///
/// Texts that only a model reads are there when `prompts` asks for them, when the language is one that a model writes,
/// and where they have been translated.
pub fn rows(story: &Story, translation: &Locale, prompts: bool) -> Vec<Row> {
    let prompts = prompts || translation.generate;
    let texts = story.texts();
    let mut rows = Vec::new();
    let nothing = Translation::default();
    for text in &texts {
        let translated = translation.texts.get(&text.key);
        let words = translated.unwrap_or(&nothing);
        let row = |kind: &str, field: Option<Field>| Row {
            key: field.map_or_else(|| text.key.clone(), |field| format!("{}#{}", text.key, field.name())),
            kind: kind.to_owned(),
            speaker: text.who.clone().unwrap_or_default(),
            beat: text.beat.clone().unwrap_or_default(),
            ..Row::default()
        };
        if !text.source.say.trim().is_empty() && (prompts || text.kind.is_shown() || *words != nothing) {
            rows.push(Row {
                source: text.source.say.clone(),
                translation: words.say.clone(),
                lock: Lock { source: text.lock(), base: base_of(words) },
                status: Status::of(text, translated),
                note: words.note.clone(),
                ..row(text.kind.name(), None)
            });
        }
        for field in Field::ALL {
            let (source, cell) = (cells::encode(&text.source, field), cells::encode(words, field));
            let wanted = source.is_some() && (prompts || field == Field::From);
            if !wanted && cell.is_none() {
                continue;
            }
            let status = if cell.is_some() { Status::Translated } else { Status::New };
            let kind = format!("{} {}", text.kind.name(), field.name());
            let source = source.unwrap_or_default();
            rows.push(Row {
                lock: Lock { source: locale::lock(&source), base: cell.as_deref().map(base_of_cell) },
                source,
                translation: cell.unwrap_or_default(),
                status,
                ..row(&kind, Some(field))
            });
        }
    }
    for (key, words) in translation.texts.iter().filter(|(key, _)| !texts.iter().any(|text| text.key == *key)) {
        let old = Row { kind: "gone".to_owned(), status: Status::Obsolete, ..Row::default() };
        rows.push(Row {
            key: key.to_owned(),
            translation: words.say.clone(),
            lock: Lock { source: words.lock.clone(), base: base_of(words) },
            note: words.note.clone(),
            ..old.clone()
        });
        for field in Field::ALL {
            if let Some(cell) = cells::encode(words, field) {
                let lock = Lock { source: String::new(), base: Some(base_of_cell(&cell)) };
                rows.push(Row { key: format!("{key}#{}", field.name()), lock, translation: cell, ..old.clone() });
            }
        }
    }
    rows
}

/// Hash of what a row shows of a translation; none when there is nothing to show.
pub fn base_of(words: &Translation) -> Option<String> {
    let blank = words.say.is_empty() && words.note.is_empty() && !words.draft;
    (!blank).then(|| hash(&words.say, &words.note, words.draft))
}

/// Hash of a row's words. Line ends count as one, for spreadsheets change them.
pub fn hash(say: &str, note: &str, draft: bool) -> String {
    let one = |text: &str| text.replace("\r\n", "\n");
    locale::lock(&format!("<{}\u{1f}{}\u{1f}{draft}>", one(say), one(note)))
}

/// Hash of the cell of what belongs to a text.
pub fn base_of_cell(cell: &str) -> String {
    hash(cell, "", false)
}
