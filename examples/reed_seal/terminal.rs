//! The story in a terminal: where there is no display or graphics driver, or where somebody prefers it.

use std::io::{BufRead, Write};

use bevy_raconteur::prelude::OfferedChoice;

use crate::headless::{Happening, Headless, Setup};

/// What the terminal itself says, in English and in Chinese.
const HINT: [&str; 2] = [
    "Enter goes on; a number, or words of your own, make a choice; \"l\" changes the language.",
    "回车继续；选择可以打数字，也可以用自己的话；打“l”换语言。",
];
const UNCLEAR: [&str; 2] = ["Which one do you mean?", "你指的是哪一个？"];
const END: [&str; 2] = ["The end.", "完。"];

/// Plays until the story ends, or until there is no more input; then the first of each choice that was not taken yet.
///
/// # Errors
/// When the story cannot be played or the output is closed.
pub fn play(setup: Setup, input: &mut impl BufRead, out: &mut impl Write) -> Result<(), String> {
    let mut chinese = setup.language.starts_with("zh");
    let mut game = Headless::new(setup)?;
    let broken = |error: std::io::Error| format!("the terminal is closed: {error}");
    writeln!(out, "Model: {}. {}\n", game.model(), HINT[usize::from(chinese)]).map_err(broken)?;
    let mut taken: Vec<String> = Vec::new();
    let mut offered: Vec<OfferedChoice> = Vec::new();
    loop {
        // What the player typed at what is on show: nothing where they have no say.
        let typed = match game.next()? {
            Happening::Beat(_, setting) => {
                writeln!(out, "\n  ~ {setting} ~\n").map_err(broken)?;
                continue;
            }
            Happening::Line(name, text, source) => {
                offered.clear();
                let colon = if name.is_empty() { "" } else { ": " };
                writeln!(out, "{name}{colon}{text}   ({source})").map_err(broken)?;
                read("", input, out).map_err(broken)?
            }
            Happening::Choices(open) => {
                offered = open;
                show(&offered, out).map_err(broken)?;
                read("> ", input, out).map_err(broken)?
            }
            Happening::Unclear(meant) => {
                writeln!(out, "{}", UNCLEAR[usize::from(chinese)]).map_err(broken)?;
                show(if meant.is_empty() { &offered } else { &meant }, out).map_err(broken)?;
                read("> ", input, out).map_err(broken)?
            }
            Happening::Gap(_) => continue,
            Happening::Ended(_) => return writeln!(out, "\n{}", END[usize::from(chinese)]).map_err(broken),
            Happening::Problem(problem) => {
                writeln!(out, "({problem})").map_err(broken)?;
                if problem.contains("cannot be loaded") || problem.contains("stuck") {
                    return Err(problem);
                }
                continue;
            }
        };
        match typed.as_deref() {
            Some("l" | "L" | "ｌ") => {
                chinese = !chinese;
                game.speak(if chinese { "zh" } else { "en" });
            }
            _ if offered.is_empty() => game.advance(),
            None => {
                // Without input what was not taken before, so that a story that offers to go in circles ends all the same.
                let times = |choice: &&OfferedChoice| taken.iter().filter(|id| **id == choice.id).count();
                let next = offered.iter().min_by_key(times).map(|choice| choice.id.clone()).unwrap_or_default();
                writeln!(out, "{next}").map_err(broken)?;
                game.choose(&next);
                taken.push(next);
            }
            Some(words) => game.say(words),
        }
    }
}

fn show(offered: &[OfferedChoice], out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out)?;
    offered.iter().enumerate().try_for_each(|(at, choice)| writeln!(out, "  {}  {}", at + 1, choice.label))
}

/// One line of input; `None` at its end.
fn read(prompt: &str, input: &mut impl BufRead, out: &mut impl Write) -> std::io::Result<Option<String>> {
    write!(out, "{prompt}")?;
    out.flush()?;
    let mut line = String::new();
    let read = input.read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}
