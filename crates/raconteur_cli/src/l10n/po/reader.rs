//! Reading PO.

use std::collections::HashMap;

use crate::l10n::rows::{Lock, ReadError, Row, Status};

/// Reads a table. What other tools add (references, earlier texts, more flags) is passed over.
///
/// # Errors
/// [`ReadError`] with the line where the table is broken.
pub fn read(text: &str) -> Result<Vec<Row>, ReadError> {
    let mut reader = Reader::default();
    for (index, line) in text.split('\n').enumerate() {
        reader.line(index + 1, line.strip_suffix('\r').unwrap_or(line))?;
    }
    reader.finish()?;
    let mut lines: HashMap<&str, usize> = HashMap::new();
    for row in &reader.rows {
        if let Some(first) = lines.insert(&row.key, row.line) {
            let what = format!("the key '{}' stands in line {first} already; delete one of the two entries", row.key);
            return Err(ReadError::new(row.line, what));
        }
    }
    Ok(reader.rows)
}

/// Which text the literals of the next lines belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Context,
    Source,
    Translation,
}

/// An entry that is being read.
#[derive(Default)]
struct Entry {
    line: usize,
    note: Option<String>,
    fuzzy: bool,
    status: Option<String>,
    lock: String,
    gone: bool,
    context: Option<String>,
    source: Option<String>,
    translation: Option<String>,
}

#[derive(Default)]
struct Reader {
    rows: Vec<Row>,
    entry: Entry,
    field: Option<Field>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), ReadError> {
        let (gone, rest) = match line.trim_start().strip_prefix("#~") {
            Some(rest) => (true, rest.trim_start()),
            None => (false, line.trim_start()),
        };
        if gone && rest.starts_with('|') {
            return Ok(()); // What the text was once.
        }
        if rest.is_empty() {
            return self.finish();
        }
        if let Some(comment) = rest.strip_prefix('#') {
            // A comment begins the next entry.
            if self.entry.translation.is_some() {
                self.finish()?;
            }
            return self.comment(number, comment);
        }
        let (name, literal) = match rest.find('"') {
            Some(at) => (rest[..at].trim_end(), &rest[at..]),
            None => (rest.trim_end(), ""),
        };
        if name.starts_with("msgid_plural") || name.starts_with("msgstr[") {
            return Err(ReadError::new(
                number,
                "plural forms are not used by stories; keep to msgctxt, msgid and msgstr",
            ));
        }
        let field = match name {
            "msgctxt" => Some(Field::Context),
            "msgid" => Some(Field::Source),
            "msgstr" => Some(Field::Translation),
            "" => self.field,
            other => {
                return Err(ReadError::new(
                    number,
                    format!("'{other}' is nothing that a PO file has; msgctxt, msgid, msgstr or a comment goes here"),
                ));
            }
        };
        let Some(field) = field else {
            return Err(ReadError::new(number, "a text that belongs to no msgctxt, msgid or msgstr"));
        };
        let text = unquote(literal).map_err(|what| ReadError::new(number, what))?;
        if name.is_empty() {
            if let Some(whole) = self.text(field) {
                whole.push_str(&text);
            }
            return Ok(());
        }
        let begins = field == Field::Context || field == Field::Source && self.entry.source.is_some();
        if begins && (self.entry.translation.is_some() || self.entry.context.is_some()) {
            self.finish()?;
        }
        if self.text(field).is_some() {
            return Err(ReadError::new(number, format!("a second {name} in one entry")));
        }
        if self.entry.line == 0 {
            self.entry.line = number;
        }
        self.entry.gone |= gone;
        *self.slot(field) = Some(text);
        self.field = Some(field);
        Ok(())
    }

    fn slot(&mut self, field: Field) -> &mut Option<String> {
        match field {
            Field::Context => &mut self.entry.context,
            Field::Source => &mut self.entry.source,
            Field::Translation => &mut self.entry.translation,
        }
    }

    fn text(&mut self, field: Field) -> Option<&mut String> {
        self.slot(field).as_mut()
    }

    fn comment(&mut self, number: usize, comment: &str) -> Result<(), ReadError> {
        let entry = &mut self.entry;
        if let Some(flags) = comment.strip_prefix(',') {
            entry.fuzzy |= flags.split(',').any(|flag| flag.trim() == "fuzzy");
        } else if let Some(extracted) = comment.strip_prefix('.') {
            let extracted = extracted.trim();
            if let Some(status) = extracted.strip_prefix("status:") {
                if Status::parse(status).is_none() {
                    let names = Status::NAMES.map(|(name, _)| name).join(", ");
                    return Err(ReadError::new(
                        number,
                        format!("'{}' is no status; use one of {names}", status.trim()),
                    ));
                }
                entry.status = Some(status.trim().to_owned());
            } else if let Some(lock) = extracted.strip_prefix("lock:") {
                lock.trim().clone_into(&mut entry.lock);
            }
        } else if comment.is_empty() || comment.starts_with(' ') {
            let line = uncomment(comment.strip_prefix(' ').unwrap_or(comment));
            match &mut entry.note {
                Some(note) => {
                    note.push('\n');
                    note.push_str(&line);
                }
                None => entry.note = Some(line),
            }
        }
        Ok(())
    }

    /// Takes in the entry that has been read, if it is one.
    fn finish(&mut self) -> Result<(), ReadError> {
        if self.entry.context.is_none() && self.entry.source.is_none() && self.entry.translation.is_none() {
            // Comments alone: those of a header or of an entry that begins behind an empty line.
            return Ok(());
        }
        let entry = std::mem::take(&mut self.entry);
        self.field = None;
        let (Some(source), Some(translation)) = (entry.source, entry.translation) else {
            return Err(ReadError::new(entry.line, "an entry needs a msgid and a msgstr"));
        };
        let Some(key) = entry.context else {
            if source.is_empty() {
                return Ok(()); // The header.
            }
            return Err(ReadError::new(entry.line, "an entry without msgctxt; it has to be the key of the text"));
        };
        if key.trim().is_empty() {
            return Err(ReadError::new(entry.line, "an empty msgctxt; it has to be the key of the text"));
        }
        let told = entry.status.as_deref().and_then(Status::parse).unwrap_or_default();
        let status = match (entry.fuzzy, told) {
            _ if entry.gone => Status::Obsolete,
            (true, Status::Stale) => Status::Stale,
            // Fuzzy is what somebody has to look at again, so nobody is shown it.
            (true, _) if !translation.is_empty() => Status::Draft,
            (false, Status::Stale | Status::Draft) => Status::Translated,
            (_, told) => told,
        };
        self.rows.push(Row {
            line: entry.line,
            key,
            source,
            translation,
            lock: Lock::parse(&entry.lock),
            status,
            note: entry.note.unwrap_or_default(),
            strict: true,
            ..Row::default()
        });
        Ok(())
    }
}

fn uncomment(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('r') => text.push('\r'),
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            c => text.push(c),
        }
    }
    text
}

/// The text of a literal such as `"a\n"`.
fn unquote(literal: &str) -> Result<String, String> {
    let inner = literal.strip_prefix('"').ok_or("a text in quotes goes here")?;
    let mut bytes: Vec<u8> = Vec::new();
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if inner[at + 1..].trim().is_empty() => {
                return String::from_utf8(bytes).map_err(|_| "the escapes of this text are no UTF-8".to_owned());
            }
            '"' => {
                return Err(
                    "there is something behind the closing quote; a quote inside a text is written \\\"".to_owned()
                );
            }
            '\\' => {
                let Some((_, escape)) = chars.next() else { break };
                match escape {
                    'n' => bytes.push(b'\n'),
                    't' => bytes.push(b'\t'),
                    'r' => bytes.push(b'\r'),
                    'a' => bytes.push(7),
                    'b' => bytes.push(8),
                    'v' => bytes.push(11),
                    'f' => bytes.push(12),
                    '"' | '\\' | '\'' | '?' => bytes.push(u8::try_from(escape).unwrap_or(b'?')),
                    'x' => bytes.push(number(&mut chars, 16, 2, None)?),
                    '0'..='7' => bytes.push(number(&mut chars, 8, 2, escape.to_digit(8))?),
                    other => return Err(format!("\\{other} is no escape; write \\\\ for a backslash")),
                }
            }
            c => {
                let mut buffer = [0; 4];
                bytes.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            }
        }
    }
    Err("this text is never closed; close it with a quote in the same line".to_owned())
}

/// Up to `most` more digits of a byte.
fn number(
    chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
    base: u32,
    most: usize,
    first: Option<u32>,
) -> Result<u8, String> {
    let mut value = first;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|(_, c)| c.to_digit(base)) else { break };
        chars.next();
        value = Some(value.unwrap_or(0) * base + digit);
    }
    value.and_then(|value| u8::try_from(value).ok()).ok_or_else(|| "an escape that is no byte".to_owned())
}
