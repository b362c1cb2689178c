//! Plays the story by a list of choices and writes down what happens: for tests, and for anyone who wants to compare
//! two models or two seeds. Neither a display nor the clock matters.

use std::fmt;

use crate::headless::{Happening, Headless, Setup};

/// Why a script could not be played.
#[derive(Debug, PartialEq)]
#[non_exhaustive]
pub enum ScriptError {
    /// An entry of the script cannot be chosen where it stands.
    NotOpen {
        /// The entry.
        entry: String,
        /// Ids that can be chosen there.
        open: Vec<String>,
    },
    /// The story cannot be played at all.
    Story(String),
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpen { entry, open } => {
                write!(f, "'{entry}' of the script is not open here; open are: {}", open.join(", "))
            }
            Self::Story(why) => f.write_str(why),
        }
    }
}

/// Plays the entries in order and gives the transcript, one line an event; ends with the story or with the script.
///
/// An entry is the id of a choice, or `ask:` and a question, which is put at the next line that can be asked.
///
/// # Errors
/// When an entry is not open, or the story cannot be loaded.
pub fn play(setup: Setup, script: &[String]) -> Result<String, ScriptError> {
    let mut game = Headless::new(setup).map_err(ScriptError::Story)?;
    let mut script = script.iter().map(String::as_str).peekable();
    let mut transcript = String::new();
    let mut begun = false;
    loop {
        match game.next().map_err(ScriptError::Story)? {
            Happening::Beat(beat, setting) => {
                begun = true;
                note(&mut transcript, &format!("[{beat}] {setting}"));
            }
            Happening::Line { name, text, source, asks } => {
                note(&mut transcript, &format!("{name} ({source}): {text}"));
                match script.next_if(|entry| asks && entry.starts_with("ask:")) {
                    Some(entry) => {
                        let question = entry.trim_start_matches("ask:").trim();
                        note(&mut transcript, &format!("> ask  {question}"));
                        game.ask(question);
                    }
                    None => game.advance(),
                }
            }
            Happening::Choices(offered) => {
                let Some(entry) = script.next() else { return Ok(transcript) };
                let Some(chosen) = offered.iter().find(|choice| choice.id == entry) else {
                    let open = offered.into_iter().map(|choice| choice.id).collect();
                    return Err(ScriptError::NotOpen { entry: entry.into(), open });
                };
                note(&mut transcript, &format!("> {entry}  {} ({})", chosen.label, chosen.source));
                game.choose(entry);
            }
            Happening::Ended(beat) => {
                note(&mut transcript, &format!("The end: {beat}"));
                return match script.next() {
                    Some(entry) => Err(ScriptError::NotOpen { entry: entry.into(), open: vec![] }),
                    None => Ok(transcript),
                };
            }
            Happening::Problem(problem) if !begun => return Err(ScriptError::Story(problem)),
            Happening::Problem(problem) => note(&mut transcript, &format!("! {problem}")),
        }
    }
}

/// Adds one line. What a line says may hold no line break of its own.
fn note(transcript: &mut String, line: &str) {
    transcript.push_str(&line.replace(['\n', '\r'], " "));
    transcript.push('\n');
}
