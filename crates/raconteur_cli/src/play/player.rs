//! What the player does: by a list, then by hand.

use std::collections::VecDeque;
use std::io::{BufRead, IsTerminal};

use super::Stop;
use super::game::{Game, Offered};
use super::screen::Screen;
use crate::error::CliError;
use raconteur_core::understand::Understood;

/// How an entry of the list that asks something begins.
const ASK: &str = "ask:";
/// How an entry of the list that makes a choice in free words begins.
const SAY: &str = "say:";

/// Gives choices and questions.
pub struct Player {
    script: VecDeque<String>,
    /// Whether standard input is read when the list is used up.
    by_hand: bool,
}

/// What is chosen.
pub enum Answer {
    /// The choice at this place.
    Taken(usize),
    /// There is no more input.
    Nothing,
}

impl Player {
    /// A player with a list, if there is one. Standard input is read behind it when it is a terminal, and without a
    /// list in any case.
    pub fn new(script: Option<&[String]>) -> Self {
        let entries = script.unwrap_or_default().iter().map(|entry| entry.trim().to_owned());
        Self {
            script: entries.filter(|entry| !entry.is_empty()).collect(),
            by_hand: script.is_none() || std::io::stdin().is_terminal(),
        }
    }

    /// A question to whoever has spoken; `None` goes on.
    pub fn question(&mut self, name: &str, screen: &mut Screen) -> Result<Option<String>, Stop> {
        if let Some(entry) = self.script.front() {
            let question = entry.strip_prefix(ASK).map(|question| question.trim().to_owned());
            if question.is_some() {
                self.script.pop_front();
            }
            return Ok(question);
        }
        if !self.by_hand {
            return Ok(None);
        }
        screen.ask_for(&format!("Ask {name} something, or Enter to go on: "))?;
        let typed = self.read(screen)?;
        Ok(typed.filter(|question| !question.is_empty()))
    }

    /// One of the choices, by number, id or in free words. By hand it is asked for until one fits.
    ///
    /// # Errors
    /// When the next entry of the list is not among them, or its words are not clear.
    pub fn choose(&mut self, offered: &[Offered], game: &mut Game<'_>, screen: &mut Screen) -> Result<Answer, Stop> {
        if let Some(entry) = self.script.pop_front() {
            if let Some(words) = entry.strip_prefix(SAY) {
                return match game.understand(words, offered, screen)? {
                    Understood::Sure(at) => Ok(Answer::Taken(at)),
                    Understood::DidYouMean(meant) => {
                        let meant: Vec<&str> = meant.iter().map(|at| offered[*at].id.as_str()).collect();
                        let meant = meant.join(", ");
                        Err(CliError::failed(format!("'{entry}' of --choices is not clear; it may mean {meant}"))
                            .into())
                    }
                    Understood::No => {
                        Err(CliError::failed(format!("'{entry}' of --choices means no choice here")).into())
                    }
                };
            }
            return match find(&entry, offered) {
                Some(at) => Ok(Answer::Taken(at)),
                None => {
                    let open: Vec<&str> = offered.iter().map(|choice| choice.id.as_str()).collect();
                    let open = open.join(", ");
                    Err(CliError::failed(format!("'{entry}' of --choices is not open here; open are {open}")).into())
                }
            };
        }
        while self.by_hand {
            screen.ask_for("> ")?;
            let Some(typed) = self.read(screen)? else { break };
            if let Some(at) = find(&typed, offered) {
                return Ok(Answer::Taken(at));
            }
            match game.understand(&typed, offered, screen)? {
                Understood::Sure(at) => return Ok(Answer::Taken(at)),
                Understood::DidYouMean(meant) => screen.did_you_mean(&meant, offered)?,
                Understood::No => {
                    let words = format!("Type a number from 1 to {}, or what you want to do.", offered.len());
                    screen.remark(&words)?;
                }
            }
        }
        Ok(Answer::Nothing)
    }

    /// Whether the story has ended with the list.
    ///
    /// # Errors
    /// When entries are left.
    pub fn check_used_up(&self) -> Result<(), CliError> {
        match self.script.front() {
            Some(entry) => Err(CliError::failed(format!("'{entry}' of --choices comes after the end of the story"))),
            None => Ok(()),
        }
    }

    /// One line without its line break; `None` at the end of the input, which stays at its end. What is no UTF-8 is
    /// read as replacement characters.
    fn read(&mut self, screen: &mut Screen) -> Result<Option<String>, Stop> {
        let mut line = Vec::new();
        // Nobody's question is longer, and a pipe without a line break is endless.
        let mut input = std::io::Read::take(std::io::stdin().lock(), 1 << 20);
        if input.read_until(b'\n', &mut line)? == 0 {
            self.by_hand = false;
            screen.end_of_input()?;
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(&line).trim().to_owned()))
    }
}

fn find(typed: &str, offered: &[Offered]) -> Option<usize> {
    let by_id = offered.iter().position(|choice| choice.id == typed);
    by_id.or_else(|| typed.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < offered.len()))
}
