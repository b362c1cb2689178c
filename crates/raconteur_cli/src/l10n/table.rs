//! Tables as CSV (RFC 4180, UTF-8 with a byte order mark, as spreadsheets want it).
//!
//! A cell that a spreadsheet would take for a formula gets a `'` before it, and loses it when it is read. What begins
//! with such a mark already gets one more, so that every text comes back as it was. Source: OWASP, "CSV Injection".

use std::collections::HashMap;

use super::rows::{Lock, ReadError, Row, Status};

const COLUMNS: [&str; 8] = ["key", "kind", "speaker", "source", "translation", "lock", "status", "note"];

/// A table of rows.
///
/// # Errors
/// None that a writer in memory is known to have; the type is that of the library.
pub fn write(rows: &[Row]) -> Result<String, ::csv::Error> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for row in rows {
        let lock = row.lock.to_string();
        let cells =
            [&row.key, &row.kind, &row.speaker, &row.source, &row.translation, &lock, row.status.name(), &row.note];
        writer.write_record(cells.map(mark))?;
    }
    let bytes = writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()))?;
    Ok(format!("\u{feff}{}", String::from_utf8_lossy(&bytes)))
}

/// Reads a table. Columns are found by their names, in any order; `key` and `translation` have to be there. Commas,
/// semicolons and tabs may stand between cells, for spreadsheets write what their country is used to.
///
/// # Errors
/// [`ReadError`] with the line where the table is broken.
pub fn read(text: &str) -> Result<Vec<Row>, ReadError> {
    let head = text.lines().next().unwrap_or_default();
    let count = |delimiter: u8| head.bytes().filter(|byte| *byte == delimiter).count();
    let delimiter = [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',');
    let mut reader = ::csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let lines_of = Lines::new(text);
    let headers = reader.headers().map_err(|error| broken(&error, &lines_of, 1))?.clone();
    let columns: HashMap<String, usize> =
        headers.iter().enumerate().map(|(at, name)| (name.trim().to_ascii_lowercase(), at)).collect();
    for needed in ["key", "translation"] {
        if !columns.contains_key(needed) {
            let what = format!(
                "there is no column \"{needed}\"; the first line has to name the columns, such as {}",
                COLUMNS.join(",")
            );
            return Err(ReadError::new(1, what));
        }
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut lines: HashMap<String, usize> = HashMap::new();
    let mut last = 1;
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error, &lines_of, last))?;
        let line = record.position().map_or(last, |position| lines_of.at(position));
        last = line;
        let cell = |name: &str| columns.get(name).and_then(|at| record.get(*at)).map(unmark).unwrap_or_default();
        let key = cell("key").trim().to_owned();
        if key.is_empty() {
            // Spreadsheets leave empty rows behind.
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            return Err(ReadError::new(line, "a row without a key: restore the key, or delete the row"));
        }
        if let Some(first) = lines.insert(key.clone(), line) {
            return Err(ReadError::new(
                line,
                format!("the key '{key}' stands in line {first} already; delete one of the two rows"),
            ));
        }
        let status = cell("status");
        let Some(status) = Status::parse(&status) else {
            let names = Status::NAMES.map(|(name, _)| name).join(", ");
            return Err(ReadError::new(line, format!("'{}' is no status; use one of {names}", status.trim())));
        };
        rows.push(Row {
            line,
            key,
            kind: cell("kind"),
            speaker: cell("speaker"),
            beat: String::new(),
            source: cell("source"),
            translation: cell("translation"),
            lock: Lock::parse(&cell("lock")),
            status,
            note: cell("note"),
            strict: false,
        });
    }
    // The library reads an open quote to the end of the file. All quotes of a good table come in pairs.
    if text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
        return Err(ReadError::new(
            last,
            "a quote is opened or closed only once in this row or behind it; a quote inside a cell is written twice",
        ));
    }
    Ok(rows)
}

fn broken(error: &::csv::Error, lines: &Lines, last: usize) -> ReadError {
    let line = error.position().map_or(last, |position| lines.at(position));
    match error.kind() {
        ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let what = format!(
                "{len} cells where the first line has {expected_len}; a cell with a comma, a quote or a line end needs \
                 quotes around it"
            );
            ReadError::new(line, what)
        }
        _ => ReadError::new(line, error.to_string()),
    }
}

/// Where the lines of a table begin. The library counts a line less behind `\r\n`.
struct Lines<'a> {
    text: &'a [u8],
    ends: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at);
        Self { text: text.as_bytes(), ends: ends.collect() }
    }

    /// The line of a record, from 1.
    fn at(&self, position: &::csv::Position) -> usize {
        let mut start = usize::try_from(position.byte()).unwrap_or(self.text.len()).min(self.text.len());
        // The end of the line before belongs to a record, as the library sees it.
        while self.text.get(start).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            start += 1;
        }
        self.ends.partition_point(|end| *end < start) + 1
    }
}

/// What a spreadsheet takes for the beginning of a formula, in full width too.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

fn mark(cell: &str) -> String {
    if is_formula(cell.trim_start_matches('\'')) { format!("'{cell}") } else { cell.to_owned() }
}

fn unmark(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest.trim_start_matches('\'')) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}
