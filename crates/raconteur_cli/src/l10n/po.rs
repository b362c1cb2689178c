//! Tables as PO, the format of gettext.
//!
//! ```text
//! # note                          for the next translator
//! #. line by ives in 'dock'       what it is
//! #. status: stale
//! #. lock: 1b2c3d4e.5f60718a      what it was made from
//! #, fuzzy                        stale, or a draft
//! msgctxt "dock_2"                the key
//! msgid "Saltmere keeps its lantern lit."
//! msgstr "Salzmoor lässt seine Laterne brennen."
//! ```
//! Source: GNU gettext manual, "The Format of PO Files".

mod reader;

use super::rows::{Row, Status};

pub use reader::read;

/// A table of rows.
pub fn write(rows: &[Row], story: &str, tag: &str) -> String {
    let header = format!(
        "Project-Id-Version: {story}\nLanguage: {tag}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n\
         Content-Transfer-Encoding: 8bit\nX-Generator: raconteur\n"
    );
    let mut text = String::new();
    field(&mut text, "", "msgid", "");
    field(&mut text, "", "msgstr", &header);
    for row in rows {
        text.push('\n');
        if !row.note.is_empty() {
            for line in row.note.split('\n') {
                text.push_str(&format!("# {}\n", comment(line)));
            }
        }
        let by = if row.speaker.is_empty() { String::new() } else { format!(" by {}", comment(&row.speaker)) };
        let at = if row.beat.is_empty() { String::new() } else { format!(" in '{}'", comment(&row.beat)) };
        text.push_str(&format!("#. {}{by}{at}\n#. status: {}\n#. lock: {}\n", row.kind, row.status.name(), row.lock));
        if matches!(row.status, Status::Draft | Status::Stale) {
            text.push_str("#, fuzzy\n");
        }
        let gone = if row.status == Status::Obsolete { "#~ " } else { "" };
        field(&mut text, gone, "msgctxt", &row.key);
        field(&mut text, gone, "msgid", &row.source);
        field(&mut text, gone, "msgstr", &row.translation);
    }
    text
}

/// A field: one literal, or one for each line of the text.
fn field(out: &mut String, prefix: &str, name: &str, text: &str) {
    let first = text.find('\n').map_or(text.len(), |newline| newline + 1);
    if first == text.len() {
        out.push_str(&format!("{prefix}{name} {}\n", quote(text)));
        return;
    }
    out.push_str(&format!("{prefix}{name} \"\"\n"));
    for line in text.split_inclusive('\n') {
        out.push_str(&format!("{prefix}{}\n", quote(line)));
    }
}

fn quote(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\t' => literal.push_str("\\t"),
            '\r' => literal.push_str("\\r"),
            '\u{7}' => literal.push_str("\\a"),
            '\u{8}' => literal.push_str("\\b"),
            '\u{b}' => literal.push_str("\\v"),
            '\u{c}' => literal.push_str("\\f"),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// A line of a comment: what would end it is written as an escape.
fn comment(line: &str) -> String {
    line.replace('\\', "\\\\").replace('\r', "\\r").replace('\n', "\\n")
}
