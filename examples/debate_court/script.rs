//! Holds the debate by a list of claims and writes down what happens: for tests, and for anyone who wants to compare two
//! models or two seeds. Neither a display nor the clock matters.

use crate::court::{Court, Happening, Setup};

/// Holds the debate to its end and gives the transcript, one line an event.
///
/// # Errors
/// When an entry cannot be said where it stands, or the debate cannot be loaded.
pub fn play(setup: Setup, script: &[String]) -> Result<String, String> {
    let mut court = Court::new(setup)?;
    let mut script = script.iter().map(String::as_str).filter(|entry| !entry.is_empty());
    let mut transcript = String::new();
    let mut name = String::new();
    let mut open = Vec::new();
    loop {
        match court.next()? {
            Happening::Turn(speaker, firmness, mood) => {
                note(&mut transcript, &format!("[{speaker}, {mood}, {firmness}]"));
                name = speaker;
            }
            Happening::Said { claim, text, source, answers } => {
                let what = match (claim.as_str(), answers) {
                    ("", _) => String::new(),
                    (claim, true) => format!(" {claim}, an answer,"),
                    (claim, false) => format!(" {claim}"),
                };
                note(&mut transcript, &format!("{name}{what} ({source}): {text}"));
                court.advance();
            }
            Happening::Silent(side) => note(&mut transcript, &format!("{side} has nothing to say.")),
            Happening::Opinion(group, from, to, all) => {
                note(&mut transcript, &format!("  {group}: {from} -> {to}, all: {all}"));
            }
            Happening::Choices(offered) => {
                open = offered.into_iter().map(|choice| choice.id).collect();
                match script.next() {
                    Some(entry) => match entry.strip_prefix("say:") {
                        Some(words) => {
                            note(&mut transcript, &format!("> \"{words}\""));
                            court.say(words);
                        }
                        None => {
                            note(&mut transcript, &format!("> {entry}"));
                            court.choose(entry);
                        }
                    },
                    None => {
                        note(&mut transcript, &format!("> {}", open[0]));
                        court.choose(&open[0]);
                    }
                }
            }
            Happening::Unclear(said, meant) => {
                let meant: Vec<String> = meant.into_iter().map(|choice| choice.id).collect();
                note(&mut transcript, &format!("? \"{said}\" [{}]", meant.join(", ")));
                let first = meant.first().or(open.first()).cloned().unwrap_or_default();
                note(&mut transcript, &format!("> {first}"));
                court.choose(&first);
            }
            Happening::Ended(winner, why, opinion, text) => {
                let winner = winner.unwrap_or_else(|| "nobody".into());
                note(&mut transcript, &format!("The end: {winner}, by {why}, at {opinion}. {text}"));
                return match script.next() {
                    Some(entry) => Err(format!("'{entry}' of the script was never said: the debate was over before")),
                    None => Ok(transcript),
                };
            }
            Happening::Problem(problem) => return Err(problem),
        }
    }
}

/// Adds one line. What a line says may hold no line break of its own.
fn note(transcript: &mut String, line: &str) {
    transcript.push_str(&line.replace(['\n', '\r'], " "));
    transcript.push('\n');
}
