//! The review table as CSV, for people who review in a spreadsheet.
//!
//! Columns are found by their name, so they may be moved, and only `line`, `variant` and `accept` have to be there.
//! Programs that save with semicolons or tabs, or put a byte order mark in front, are understood.

use std::path::Path;

use raconteur_core::bake::{Review, Row, RowState, targets};
use raconteur_core::story::format::Story;

use crate::error::CliError;

const COLUMNS: [&str; 10] =
    ["line", "speaker", "variant", "score", "reasons", "accept", "note", "authored", "state", "lock"];

/// What a spreadsheet takes for a formula when it stands first.
const FORMULA: [char; 5] = ['=', '+', '-', '@', '\t'];

/// The table as text.
///
/// # Errors
/// Never in practice: the text is written to memory.
pub fn write(story: &Story, review: &Review) -> Result<String, CliError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(CliError::failed)?;
    let (found, _) = targets(story);
    let order = |id: &str| found.iter().position(|target| target.id == id).unwrap_or(usize::MAX);
    let mut ids: Vec<&String> = review.rows.keys().collect();
    ids.sort_by_key(|id| order(id));
    for id in ids {
        let target = found.iter().find(|target| target.id == *id);
        let speaker = target.map_or("", |target| target.who.as_str());
        let name = story.cast.get(speaker).map(|character| character.name.as_str()).filter(|name| !name.is_empty());
        for row in review.of(id) {
            let state = match review.state_of(story, id, row) {
                RowState::Accepted => "accepted",
                RowState::Pending => "pending",
                RowState::Rejected => "against a rule",
                RowState::Stale => "stale",
            };
            let authored = review.authored(story, id, row).unwrap_or_default();
            writer
                .write_record([
                    safe(id).as_str(),
                    safe(name.unwrap_or(speaker)).as_str(),
                    safe(&row.say).as_str(),
                    format!("{:.3}", row.score).as_str(),
                    safe(&row.reasons.join("; ")).as_str(),
                    if row.accept { "yes" } else { "" },
                    safe(&row.note).as_str(),
                    safe(authored).as_str(),
                    state,
                    row.lock.as_str(),
                ])
                .map_err(CliError::failed)?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| CliError::failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(CliError::failed)
}

/// Reads what a reviewer has saved.
///
/// # Errors
/// The file cannot be read, lacks a column, or says something in `accept` that is neither yes nor no.
pub fn read(path: &Path) -> Result<Vec<Row>, CliError> {
    let wrong = |what: &dyn std::fmt::Display| CliError::failed(format!("'{}': {what}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| wrong(&format!("it cannot be read: {error}")))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| wrong(&"it is not UTF-8; save it from the spreadsheet as \"CSV UTF-8\""))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(text)).flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| wrong(&error))?.clone();
    let column = |name: &str| headers.iter().position(|header| header.trim().eq_ignore_ascii_case(name));
    let needed = |name: &str| {
        column(name).ok_or_else(|| {
            wrong(&format!("it has no column '{name}'; the first row has to name the columns, as in X.baked.csv"))
        })
    };
    let (line, variant, accept) = (needed("line")?, needed("variant")?, needed("accept")?);
    let (note, lock) = (column("note"), column("lock"));
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(&error))?;
        let cell = |at: usize| plain(record.get(at).unwrap_or_default());
        let row = record.position().map_or(0, csv::Position::line);
        let word = cell(accept);
        let accept = yes(&word).ok_or_else(|| {
            wrong(&format!("line {row}: accept is \"{}\"; write yes, or no, or leave it empty", word.trim()))
        })?;
        rows.push(Row {
            line: cell(line).trim().to_owned(),
            variant: cell(variant),
            accept,
            note: note.map(&cell).unwrap_or_default(),
            lock: lock.map(&cell).unwrap_or_default().trim().to_owned(),
        });
    }
    Ok(rows)
}

/// Whichever of comma, semicolon and tab the first row has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: char| first.matches(delimiter).count();
    // `max_by_key` keeps the last of equals, so the comma stands last.
    [(';', b';'), ('\t', b'\t'), (',', b',')].into_iter().max_by_key(|(c, _)| count(*c)).map_or(b',', |(_, byte)| byte)
}

fn yes(word: &str) -> Option<bool> {
    match word.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "x" | "✓" | "accept" | "accepted" | "ok" => Some(true),
        "" | "no" | "n" | "false" | "0" | "reject" | "rejected" => Some(false),
        _ => None,
    }
}

/// A cell that no spreadsheet takes for a formula.
fn safe(text: &str) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}

/// The text of a cell as it was before [`safe`].
fn plain(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Row>, CliError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).expect("a file");
        read(&path)
    }

    #[test]
    fn columns_may_be_moved_and_saved_with_semicolons() {
        let read = rows("\u{feff}Accept;note;LINE;extra;variant\r\nx;\"a; b\";l1;;Bell.\r\n;;l2;;\"'-5 coins\"\r\n")
            .expect("rows");
        assert_eq!(read.len(), 2);
        assert_eq!((read[0].line.as_str(), read[0].variant.as_str(), read[0].accept), ("l1", "Bell.", true));
        assert_eq!(read[0].note, "a; b");
        assert_eq!((read[1].variant.as_str(), read[1].accept), ("-5 coins", false));
    }

    #[test]
    fn what_cannot_be_meant_is_an_error_with_its_place() {
        let error = rows("line,variant,accept\na,B.,perhaps\n").expect_err("neither yes nor no").to_string();
        assert!(error.contains("line 2: accept is \"perhaps\""), "{error}");
        let error = rows("line,variant\na,B.\n").expect_err("no accept").to_string();
        assert!(error.contains("no column 'accept'"), "{error}");
    }
}
