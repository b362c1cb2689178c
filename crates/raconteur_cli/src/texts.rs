//! The files that are learned from and measured with, and why one cannot be used.

use std::path::Path;

use raconteur_core::scenes::{self, Script};

use crate::error::CliError;

/// Reads a file of text.
///
/// # Errors
/// It cannot be read, or it is no text; the message says where.
pub fn read(path: &Path) -> Result<String, CliError> {
    let bytes = std::fs::read(path).map_err(|error| wrong(path, &error))?;
    decode(path, bytes)
}

/// The text of a file that has been read.
///
/// # Errors
/// It is no text; the message says where.
pub fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, CliError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let (line, column) = place(&String::from_utf8_lossy(&error.as_bytes()[..good]));
        let byte = error.as_bytes().get(good).copied().unwrap_or_default();
        wrong(
            path,
            &format_args!(
                "line {line}, column {column}: byte {byte:#04x} is no UTF-8. Convert the file, or leave it out if it is \
                 no text at all"
            ),
        )
    })?;
    if let Some(at) = text.find('\0') {
        let (line, column) = place(&text[..at]);
        return Err(wrong(path, &format_args!("line {line}, column {column}: a zero byte, so it is no text")));
    }
    Ok(text)
}

/// Reads a file of scenes.
///
/// # Errors
/// It is no text, or a line of it is no scene; the message says which.
pub fn scenes(path: &Path, text: &str) -> Result<Vec<Script>, CliError> {
    // Some editors put a byte order mark first.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    scenes::read(text).map_err(|error| {
        let all = "`raconteur corpus check` lists everything that is wrong with it";
        CliError::Failed(format!("{}: {error}. {all}", path.display()))
    })
}

/// Whether a file holds scenes, by the end of its name.
pub fn holds_scenes(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"))
}

fn wrong(path: &Path, what: &dyn std::fmt::Display) -> CliError {
    CliError::Failed(format!("{} cannot be used: {what}", path.display()))
}

/// Line and column behind a text, from 1.
fn place(before: &str) -> (usize, usize) {
    let last = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, last.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8]) -> String {
        match decode(Path::new("a.txt"), bytes.to_vec()) {
            Ok(text) => panic!("{text:?} is no text"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_no_text_is_told_with_its_place() {
        assert!(error(b"one\ntw\xc3\xb6 \xff").contains("a.txt cannot be used: line 2, column 5: byte 0xff"));
        assert!(error(b"one\n\ntwo\0").contains("line 3, column 4: a zero byte"));
        // The first half of a letter at the end, as when a copy stopped early.
        assert!(error(b"tw\xc3").contains("line 1, column 3"));
        assert_eq!(decode(Path::new("a"), b"\xef\xbb\xbfx".to_vec()).ok().as_deref(), Some("\u{feff}x"));
    }

    #[test]
    fn a_line_that_is_no_scene_is_told() {
        let error = match scenes(Path::new("b.jsonl"), "\u{feff}\n{\"kind\": 1}") {
            Ok(scenes) => panic!("{scenes:?}"),
            Err(error) => error.to_string(),
        };
        assert!(
            error.contains("b.jsonl: line 2: ") && error.contains("column 10") && error.contains("corpus check"),
            "{error}"
        );
    }
}
