//! The full screen: the story with everything that a writer wants to see beside it.
//!
//! ```text
//! keys -> App (game, what was seen, steps back) -> view -> terminal
//! ```
//! The terminal is put back however the program ends: on leaving, on an error and on a panic. Ctrl-C is a key here, so it
//! leaves as `q` does.

mod app;
mod keys;
mod log;
mod view;
mod wrap;

use std::fs::File;
use std::sync::Arc;

use raconteur_core::story::format::Story;
use raconteur_core::template::Templates;
use ratatui::crossterm::event::{self, Event};

use super::Stop;
use super::game::Game;
use app::App;
use log::Log;

/// Plays until the player leaves. `transcript` takes in what happens as it does.
pub fn run(game: Game<'_>, transcript: Option<File>, whole: Arc<Story>, templates: Templates) -> Result<(), Stop> {
    // `try_init` also sees to it that a panic puts the terminal back before it is reported.
    let mut terminal = ratatui::try_init()?;
    let played = play(&mut terminal, game, transcript, whole, templates);
    let restored = ratatui::try_restore();
    played?;
    Ok(restored?)
}

fn play(
    terminal: &mut ratatui::DefaultTerminal,
    game: Game<'_>,
    transcript: Option<File>,
    whole: Arc<Story>,
    templates: Templates,
) -> Result<(), Stop> {
    let mut app = App::new(game, Log::new(transcript), whole, templates)?;
    while !app.quit {
        terminal.draw(|frame| view::draw(frame, &app))?;
        if let Event::Key(key) = event::read()? {
            if app.game.model().is_some() && app.page == app::Page::Story {
                // What comes may take a while.
                app.say("The model writes…");
                terminal.draw(|frame| view::draw(frame, &app))?;
                app.status.clear();
            }
            keys::press(&mut app, key)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
