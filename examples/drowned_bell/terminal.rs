//! The story in a terminal: where there is no display or graphics driver, or where somebody prefers it.

use std::io::{BufRead, Write};

use bevy_raconteur::prelude::OfferedChoice;

use crate::headless::{Happening, Headless, Setup};

/// Plays until the story ends, or until there is no more input; then an open choice takes its first.
///
/// # Errors
/// When the story cannot be played or the output is closed.
pub fn play(setup: Setup, input: &mut impl BufRead, out: &mut impl Write) -> Result<(), String> {
    let mut game = Headless::new(setup)?;
    let broken = |error: std::io::Error| format!("the terminal is closed: {error}");
    writeln!(out, "Model: {}. Type the number of a choice.\n", game.model()).map_err(broken)?;
    let mut taken = Vec::new();
    loop {
        match game.next()? {
            Happening::Beat(_, setting) => writeln!(out, "\n  ~ {setting} ~\n").map_err(broken)?,
            Happening::Line { name, text, source, asks } => {
                let speaker = if name == "narrator" { String::new() } else { format!("{name}: ") };
                writeln!(out, "{speaker}{text}   ({source})").map_err(broken)?;
                let prompt = if asks { format!("Ask {name} something, or Enter to go on: ") } else { String::new() };
                let question = if asks { read(&prompt, input, out).map_err(broken)? } else { None };
                match question.filter(|question| !question.is_empty()) {
                    Some(question) => game.ask(&question),
                    None => game.advance(),
                }
            }
            Happening::Choices(offered) => {
                let id = choose(&offered, &taken, input, out).map_err(broken)?;
                taken.push(id.clone());
                game.choose(&id);
            }
            Happening::Ended(_) => return writeln!(out, "\nThe end.").map_err(broken),
            Happening::Problem(problem) => {
                writeln!(out, "({problem})").map_err(broken)?;
                if problem.contains("cannot be loaded") || problem.contains("stuck") {
                    return Err(problem);
                }
            }
        }
    }
}

/// Shows what is open and reads a number or an id until one fits. Without input it takes what was not taken before, so
/// that a story that offers to go in circles ends all the same.
fn choose(
    offered: &[OfferedChoice],
    taken: &[String],
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> std::io::Result<String> {
    writeln!(out)?;
    for (i, choice) in offered.iter().enumerate() {
        writeln!(out, "  {}  {}   ({})", i + 1, choice.label, choice.source)?;
    }
    loop {
        let Some(answer) = read("> ", input, out)? else {
            let times = |choice: &&OfferedChoice| taken.iter().filter(|id| **id == choice.id).count();
            let next = offered.iter().min_by_key(times).map(|choice| choice.id.clone()).unwrap_or_default();
            writeln!(out, "{next}")?;
            return Ok(next);
        };
        let by_number = answer.parse::<usize>().ok().and_then(|n| offered.get(n.wrapping_sub(1)));
        if let Some(choice) = by_number.or_else(|| offered.iter().find(|choice| choice.id == answer)) {
            return Ok(choice.id.clone());
        }
        writeln!(out, "Type a number from 1 to {}.", offered.len())?;
    }
}

/// One line of input; `None` at its end.
fn read(prompt: &str, input: &mut impl BufRead, out: &mut impl Write) -> std::io::Result<Option<String>> {
    write!(out, "{prompt}")?;
    out.flush()?;
    let mut line = String::new();
    let read = input.read_line(&mut line)?;
    if read == 0 {
        writeln!(out)?;
    }
    Ok((read > 0).then(|| line.trim().to_owned()))
}
