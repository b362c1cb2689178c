//! Plays the story by a list of entries and writes down what happens: for tests, and for anyone who wants to read two
//! languages side by side. Neither a display nor the clock matters.

use bevy_raconteur::prelude::Untranslated;

use crate::headless::{Happening, Headless, Setup};

/// Plays the entries in order and gives the transcript, one line an event; ends with the story or with the script.
///
/// An entry is the id of a choice, `say:` and words for a choice, or `lang:` and a language tag. The language changes at
/// the next line or choice, which is then told again.
///
/// # Errors
/// When an entry is not open or not understood, or the story cannot be played.
pub fn play(setup: Setup, script: &[String]) -> Result<String, String> {
    let mut game = Headless::new(setup)?;
    let mut script = script.iter().map(String::as_str).peekable();
    let mut transcript = String::new();
    loop {
        match game.next()? {
            Happening::Beat(beat, setting) => note(&mut transcript, &format!("[{beat}] {setting}")),
            Happening::Line(name, text, source) => {
                let colon = if name.is_empty() { "" } else { ": " };
                note(&mut transcript, &format!("{name}{colon}{text} ({source})"));
                if !change(&mut game, &mut script, &mut transcript) {
                    game.advance();
                }
            }
            Happening::Choices(offered) => {
                for choice in &offered {
                    note(&mut transcript, &format!("- {}  {} ({})", choice.id, choice.label, choice.source));
                }
                if change(&mut game, &mut script, &mut transcript) {
                    continue;
                }
                let Some(entry) = script.next() else { return Ok(transcript) };
                note(&mut transcript, &format!("> {entry}"));
                if let Some(words) = entry.strip_prefix("say:") {
                    game.say(words);
                } else if offered.iter().any(|choice| choice.id == entry) {
                    game.choose(entry);
                } else {
                    let open: Vec<&str> = offered.iter().map(|choice| choice.id.as_str()).collect();
                    return Err(format!("'{entry}' of the script is not open here; open are: {}", open.join(", ")));
                }
            }
            Happening::Unclear(meant) => {
                let meant: Vec<String> = meant.into_iter().map(|choice| choice.id).collect();
                return Err(format!("these words are not clear; they may mean: {}", meant.join(", ")));
            }
            Happening::Gap(gap) => {
                let what = match gap {
                    Untranslated::Text { id } => format!("{id} is not translated"),
                    Untranslated::Draft { id } => format!("{id} is a draft"),
                    _ => "the story is not translated".to_owned(),
                };
                note(&mut transcript, &format!("! {what}"));
            }
            Happening::Ended(beat) => {
                note(&mut transcript, &format!("The end: {beat}"));
                return Ok(transcript);
            }
            Happening::Problem(problem) if transcript.is_empty() => return Err(problem),
            Happening::Problem(problem) => note(&mut transcript, &format!("! {problem}")),
        }
    }
}

/// Changes the language when the script says so, and gives whether what is on show will be told again.
fn change<'a>(
    game: &mut Headless,
    script: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
    transcript: &mut String,
) -> bool {
    let Some(tag) = script.next_if(|entry| entry.starts_with("lang:")).and_then(|entry| entry.strip_prefix("lang:"))
    else {
        return false;
    };
    note(transcript, &format!("> lang:{tag}"));
    game.speak(tag)
}

/// Adds one line. What a line says may hold no line break of its own.
fn note(transcript: &mut String, line: &str) {
    transcript.push_str(&line.replace(['\n', '\r'], " "));
    transcript.push('\n');
}
