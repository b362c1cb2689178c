//! Taking a translator's rows into a translation.
//!
//! Three texts decide: what the row was made from (its hash), what stands in it now, and what stands in the translation
//! now. What only one side has changed goes in; what both have changed differently is a conflict, and stays as it is.

use std::fmt;

use raconteur_core::story::format::{Locale, Story, Translation};
use raconteur_core::story::locale::{self, lock};

use super::cells::{self, Field};
use super::rows::{ReadError, Row, Status, base_of, base_of_cell, hash};

/// Hash of a text that nobody has: what is locked to it is stale.
const STALE: &str = "00000000";

/// What an import did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Texts that were taken.
    pub taken: usize,
    /// Stale texts that the translator has confirmed as they are.
    pub confirmed: usize,
    /// Texts that are as they were.
    pub unchanged: usize,
    /// Rows without a translation.
    pub empty: usize,
    /// Keys whose translation the translator has emptied; it was kept.
    pub emptied: Vec<String>,
    /// Keys whose translation somebody else has changed since the table was made; it was kept, or given up by force.
    pub conflicts: Vec<String>,
    /// Conflicts that were decided for the table.
    pub forced: Vec<String>,
    /// Keys that the story no longer has; their translations are kept.
    pub obsolete: Vec<String>,
    /// Keys that are stale still.
    pub stale: Vec<String>,
    notes: usize,
}

impl Report {
    /// Whether the translation is another one now.
    pub fn changed(&self) -> bool {
        self.taken + self.confirmed + self.notes > 0
    }
}

/// Takes rows into `translation`. With `force` conflicts are decided for the rows.
///
/// # Errors
/// [`ReadError`] for a row that makes no sense; `translation` is then half changed and of no use.
pub fn merge(story: &Story, translation: &mut Locale, rows: &[Row], force: bool) -> Result<Report, ReadError> {
    let mut report = Report::default();
    let texts = story.texts();
    for row in rows {
        let mut key = row.key.as_str();
        // A text whose own key looks like that of a part of another is itself.
        let mut field = None;
        if !texts.iter().any(|text| text.key == key)
            && let Some((text, part)) = Field::of_key(key)
        {
            (key, field) = (text, Some(part));
        }
        let text = texts.iter().find(|text| text.key == key);
        if row.translation.trim().is_empty() && translation.texts.get(key).is_none() && row.note.is_empty() {
            report.empty += 1;
            continue;
        }
        if text.is_none() && !report.obsolete.iter().any(|other| other == key) {
            report.obsolete.push(key.to_owned());
        }
        if translation.texts.get(key).is_none() {
            translation.texts.push(key, Translation::default());
        }
        let Some(words) = translation.texts.get_mut(key) else { continue };
        match field {
            Some(field) => part(words, field, row, force, &mut report)?,
            None => whole(words, row, force, &mut report),
        }
        if field.is_none()
            && let Some(text) = text
            && locale::Status::of(text, Some(words)) == locale::Status::Stale
        {
            report.stale.push(key.to_owned());
        }
    }
    Ok(report)
}

fn whole(words: &mut Translation, row: &Row, force: bool, report: &mut Report) {
    let draft = if row.status == Status::Obsolete { words.draft } else { row.status == Status::Draft };
    let here = base_of(words);
    if row.translation.trim().is_empty() {
        if words.say.trim().is_empty() {
            report.empty += 1;
        } else if row.lock.base.is_some() {
            report.emptied.push(row.key.clone());
        } else {
            report.unchanged += 1;
        }
        if !row.note.is_empty() && row.note != words.note {
            words.note.clone_from(&row.note);
            report.notes += 1;
        }
        return;
    }
    let there = hash(&row.translation, &row.note, draft);
    let touched = row.lock.base.as_ref() != Some(&there);
    // An empty cell of a note says nothing, so it takes nothing away.
    let same = here.as_ref() == Some(&there);
    if here.is_some() && (same || !touched) {
        // What the translator saw, and has called translated without a change.
        let saw = !row.lock.source.is_empty() && (same || here == row.lock.base);
        let confirms =
            row.status == Status::Translated && saw && !words.lock.is_empty() && words.lock != row.lock.source;
        if confirms {
            words.lock.clone_from(&row.lock.source);
            report.confirmed += 1;
        } else {
            report.unchanged += 1;
        }
        return;
    }
    if here.is_some() && here != row.lock.base {
        if !force {
            report.conflicts.push(row.key.clone());
            return;
        }
        report.forced.push(row.key.clone());
    }
    words.say.clone_from(&row.translation);
    words.draft = draft;
    if !row.note.is_empty() {
        words.note.clone_from(&row.note);
    }
    let seen = if row.lock.source.is_empty() { lock(&row.source) } else { row.lock.source.clone() };
    words.lock = match row.status {
        // Says for sure that somebody has to look again; where the text is as it was, nobody has.
        Status::Stale if row.strict || !touched => STALE.to_owned(),
        _ => seen,
    };
    report.taken += 1;
}

/// A goal, words, variants: they have no notes, and no lock of their own.
fn part(words: &mut Translation, field: Field, row: &Row, force: bool, report: &mut Report) -> Result<(), ReadError> {
    let now = cells::encode(words, field);
    let here = now.as_deref().map(base_of_cell);
    if row.translation.is_empty() {
        match here {
            None => report.empty += 1,
            Some(_) if row.lock.base.is_some() => report.emptied.push(row.key.clone()),
            Some(_) => report.unchanged += 1,
        }
        return Ok(());
    }
    let there = Some(base_of_cell(&row.translation));
    if here.is_some() && (here == there || there == row.lock.base) {
        report.unchanged += 1;
        return Ok(());
    }
    if here.is_some() && here != row.lock.base {
        if !force {
            report.conflicts.push(row.key.clone());
            return Ok(());
        }
        report.forced.push(row.key.clone());
    }
    cells::decode(words, field, &row.translation)
        .map_err(|what| ReadError::new(row.line, format!("'{}': {what}", row.key)))?;
    report.taken += 1;
    Ok(())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} taken, {} confirmed, {} as they were, {} empty",
            self.taken, self.confirmed, self.unchanged, self.empty
        )?;
        let lists = [
            (
                &self.conflicts,
                "changed by somebody else since the table was made, and kept; `--force` takes those of the table",
            ),
            (&self.forced, "changed by somebody else since the table was made, and taken from the table all the same"),
            (&self.emptied, "emptied in the table, and kept: a translation is never deleted here"),
            (&self.stale, "translated from an older text still; change them, or set their status to translated"),
            (&self.obsolete, "no longer in the story, and kept (status obsolete)"),
        ];
        for (keys, what) in lists {
            if !keys.is_empty() {
                writeln!(f, "{}: {what}", keys.join(", "))?;
            }
        }
        Ok(())
    }
}
