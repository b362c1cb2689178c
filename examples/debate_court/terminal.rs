//! The debate with somebody at the keys, or with nobody: then it is watched.

use std::io::{BufRead, Write};

use bevy_raconteur::prelude::OfferedChoice;

use crate::court::{Court, Happening, Setup};

/// Plays until the debate ends. Without input the first claim that is offered is made.
///
/// # Errors
/// When the debate cannot be held or the output is closed.
pub fn play(setup: Setup, input: &mut impl BufRead, out: &mut impl Write) -> Result<(), String> {
    let mut court = Court::new(setup)?;
    let broken = |error: std::io::Error| format!("the terminal is closed: {error}");
    writeln!(out, "Model: {}. Your turns: a number, or what you would say.\n", court.model()).map_err(broken)?;
    let (mut name, mut told, mut offered) = (String::new(), false, Vec::new());
    loop {
        match court.next()? {
            Happening::Turn(speaker, firmness, mood) => {
                if let (false, Some(motion)) = (told, court.motion()) {
                    writeln!(out, "  ~ {} ~\n  {}\n", motion.setting, motion.topic).map_err(broken)?;
                    told = true;
                }
                name = format!("{speaker} ({mood}, {firmness})");
            }
            Happening::Said { text, source, .. } => {
                writeln!(out, "\n{name}: {text}   ({source})").map_err(broken)?;
                court.advance();
            }
            Happening::Silent(side) => writeln!(out, "\n({side} has nothing to say.)").map_err(broken)?,
            Happening::Opinion(group, _, to, all) => {
                let (first, second) = court.names().unwrap_or_default();
                writeln!(out, "    {group:>16} {} {to:>4}   all {all:>4}   ({second} < 0 < {first})", bar(to))
                    .map_err(broken)?;
            }
            Happening::Choices(choices) => {
                offered = choices;
                ask(&mut court, &offered, input, out).map_err(broken)?;
            }
            Happening::Unclear(said, meant) => {
                let help = if meant.is_empty() { "That is nothing you can argue here." } else { "Did you mean:" };
                writeln!(out, "\"{said}\"? {help}").map_err(broken)?;
                if !meant.is_empty() {
                    offered = meant;
                }
                ask(&mut court, &offered, input, out).map_err(broken)?;
            }
            Happening::Ended(.., opinion, text) => {
                return writeln!(out, "\n{text}\n\nThe end, at {opinion}.").map_err(broken);
            }
            Happening::Problem(problem) => {
                writeln!(out, "({problem})").map_err(broken)?;
                if problem.contains("cannot be loaded") || problem.contains("does not fit") {
                    return Err(problem);
                }
            }
        }
    }
}

/// Twenty-one places from -100 to 100.
fn bar(opinion: i32) -> String {
    let place = ((opinion + 105) / 10).clamp(0, 20);
    (0..21)
        .map(|at| {
            if at == place {
                '#'
            } else if at == 10 {
                '|'
            } else {
                '-'
            }
        })
        .collect()
}

/// Shows what may be said and reads a number, an id, or words.
fn ask(
    court: &mut Court,
    offered: &[OfferedChoice],
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> std::io::Result<()> {
    writeln!(out)?;
    for (at, choice) in offered.iter().enumerate() {
        writeln!(out, "  {}  {}", at + 1, choice.label)?;
    }
    write!(out, "> ")?;
    out.flush()?;
    let mut line = String::new();
    let typed = input.read_line(&mut line)?;
    let line = line.trim();
    let chosen = match line.parse::<usize>() {
        _ if typed == 0 => offered.first(),
        Ok(number) => offered.get(number.wrapping_sub(1)),
        Err(_) => offered.iter().find(|choice| choice.id == line),
    };
    match chosen {
        Some(choice) => court.choose(&choice.id),
        None => court.say(line),
    }
    Ok(())
}
