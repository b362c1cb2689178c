//! What the keys do.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::super::Stop;
use super::app::{App, Input, List, Page};

/// Lines that a page key scrolls.
const PAGE: usize = 10;

/// All keys of the story, with what they do.
pub const KEYS: [(&str, &str); 14] = [
    ("Enter, Space", "go on, or take the choice under the cursor"),
    ("1 to 9", "take a choice"),
    ("Up, Down", "move among the choices, else scroll"),
    ("PgUp, PgDn", "scroll"),
    ("a", "ask whoever has just spoken, or make a choice, in your own words"),
    ("s", "let somebody remark something (storylets)"),
    ("u, Backspace", "take a step back, as many as you like"),
    ("p", "the last prompt and its tokens"),
    ("r", "texts of the model that were not taken, and why"),
    ("j", "jump to a beat"),
    ("n", "begin anew with another seed"),
    ("w, o, t", "save, load, write the transcript"),
    ("v, l", "variables on and off, language"),
    ("q, Ctrl-C", "leave"),
];

/// Does what a key says.
pub fn press(app: &mut App<'_>, key: KeyEvent) -> Result<(), Stop> {
    // Windows also tells when a key comes up again.
    if key.kind == KeyEventKind::Release {
        return Ok(());
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        app.quit |= matches!(key.code, KeyCode::Char('c' | 'C' | 'd'));
        return Ok(());
    }
    match app.page {
        Page::Story => story(app, key.code),
        Page::Input(input) => typed(app, input, key.code),
        Page::List(list) => listed(app, list, key.code),
        Page::Help | Page::Prompt | Page::Rejected => {
            match key.code {
                KeyCode::Up => app.scroll = app.scroll.saturating_sub(1),
                KeyCode::Down => app.scroll += 1,
                KeyCode::PageUp => app.scroll = app.scroll.saturating_sub(PAGE),
                KeyCode::PageDown => app.scroll += PAGE,
                _ => (app.page, app.scroll) = (Page::Story, 0),
            }
            Ok(())
        }
    }
}

fn story(app: &mut App<'_>, key: KeyCode) -> Result<(), Stop> {
    app.status.clear();
    match key {
        KeyCode::Enter | KeyCode::Char(' ') => return app.go_on(),
        KeyCode::Char(digit @ '1'..='9') => return app.choose(digit as usize - '1' as usize),
        KeyCode::Up if !app.offered.is_empty() => app.cursor = app.cursor.saturating_sub(1),
        KeyCode::Down if !app.offered.is_empty() => app.cursor = (app.cursor + 1).min(app.offered.len() - 1),
        KeyCode::Up => app.scroll += 1,
        KeyCode::Down => app.scroll = app.scroll.saturating_sub(1),
        KeyCode::PageUp => app.scroll += PAGE,
        KeyCode::PageDown => app.scroll = app.scroll.saturating_sub(PAGE),
        KeyCode::Char('a') if app.can_ask() => open(app, Input::Question, String::new()),
        KeyCode::Char('a') if !app.offered.is_empty() => open(app, Input::Words, String::new()),
        KeyCode::Char('a') => app.say("Nobody can be asked here."),
        KeyCode::Char('s') => app.open(List::Remarks),
        KeyCode::Char('u') | KeyCode::Backspace => return app.undo(),
        KeyCode::Char('p') => (app.page, app.scroll) = (Page::Prompt, 0),
        KeyCode::Char('r') => (app.page, app.scroll) = (Page::Rejected, 0),
        KeyCode::Char('j') => app.open(List::Beats),
        KeyCode::Char('n') => {
            let seed = app.game.runner().state().seed.wrapping_add(1);
            open(app, Input::Seed, seed.to_string());
        }
        KeyCode::Char('w') => open(app, Input::Save, file(app, "save.ron")),
        KeyCode::Char('o') => open(app, Input::Load, file(app, "save.ron")),
        KeyCode::Char('t') => open(app, Input::Transcript, file(app, "txt")),
        KeyCode::Char('v') => app.variables = !app.variables,
        KeyCode::Char('l') => app.open(List::Languages),
        KeyCode::Char('?' | 'h') | KeyCode::F(1) => (app.page, app.scroll) = (Page::Help, 0),
        KeyCode::Char('q') => app.quit = true,
        _ => {}
    }
    Ok(())
}

fn open(app: &mut App<'_>, input: Input, begun: String) {
    (app.page, app.input) = (Page::Input(input), begun);
}

/// A name to begin with, in the folder that the program runs in.
fn file(app: &App<'_>, end: &str) -> String {
    format!("{}.{end}", app.game.story().id)
}

fn typed(app: &mut App<'_>, input: Input, key: KeyCode) -> Result<(), Stop> {
    match key {
        KeyCode::Esc => app.page = Page::Story,
        KeyCode::Backspace => {
            app.input.pop();
        }
        KeyCode::Char(c) => app.input.push(c),
        KeyCode::Enter => {
            app.page = Page::Story;
            let text = std::mem::take(&mut app.input);
            let text = text.trim();
            match input {
                _ if text.is_empty() => {}
                Input::Question => return app.ask(text),
                Input::Words => return app.understand(text),
                Input::Seed => match text.parse() {
                    Ok(seed) => return app.reseed(seed),
                    Err(_) => app.say("A seed is a whole number."),
                },
                Input::Save => app.save(text),
                Input::Load => return app.load(text),
                Input::Transcript => app.write_transcript(text),
            }
        }
        _ => {}
    }
    Ok(())
}

fn listed(app: &mut App<'_>, list: List, key: KeyCode) -> Result<(), Stop> {
    let last = app.list.len().saturating_sub(1);
    match key {
        KeyCode::Up => app.cursor = app.cursor.saturating_sub(1),
        KeyCode::Down => app.cursor = (app.cursor + 1).min(last),
        KeyCode::PageUp => app.cursor = app.cursor.saturating_sub(PAGE),
        KeyCode::PageDown => app.cursor = (app.cursor + PAGE).min(last),
        KeyCode::Home => app.cursor = 0,
        KeyCode::End => app.cursor = last,
        KeyCode::Enter | KeyCode::Char(' ') => {
            app.page = Page::Story;
            let Some((id, _)) = app.list.get(app.cursor).cloned() else { return Ok(()) };
            app.cursor = 0;
            return match list {
                List::Beats => app.jump(&id),
                List::Remarks => app.tell(&id),
                List::Languages => app.speak(&id),
            };
        }
        // A letter goes to the next entry that begins with it.
        KeyCode::Char(c) => {
            let found = (1..=app.list.len()).map(|step| (app.cursor + step) % app.list.len());
            let begins = |at: &usize| app.list[*at].0.to_lowercase().starts_with(c.to_ascii_lowercase());
            if let Some(at) = found.into_iter().find(begins) {
                app.cursor = at;
            }
        }
        _ => (app.page, app.cursor) = (Page::Story, 0),
    }
    Ok(())
}
