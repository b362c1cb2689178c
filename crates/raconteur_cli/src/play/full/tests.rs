//! The full screen, by keys, drawn into memory.

use std::path::Path;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::play::answers::Answers;
use raconteur_core::generate::TextGenerator;
use raconteur_core::runner::Host;
use raconteur_core::scripted::ScriptedGenerator;
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;

const STORY: &str = r#"(
    format: 1, id: "inn", title: "The Inn", start: "inn", ends: ["out"], locales: ["ja"],
    vars: { "coins": Int(init: 0, min: 0, max: 3), "mood": Enum(init: "calm", of: ["calm", "cross"]) },
    cast: { "narrator": (name: ""), "mara": (name: "Mara", voice: "dry", knows: ["bell"]) },
    lore: { "bell": (says: "The bell is gone.", keys: ["bell"]) },
    beats: {
        "inn": (setting: "A low room.", lines: [
            (id: "a", who: "mara", say: "You came for the bell.", gen: Vary(prompt: "vary", must: [["bell"]])),
            (id: "q", who: "mara", say: "Ask me.", gen: Answer(from: ["bell"], unsure: "q")),
        ], choices: [
            (id: "pay", say: "Pay her.", to: "inn", then: ["coins += 1"]),
            (id: "go", say: "Go out into the rain.", to: "out"),
        ]),
        "out": (setting: "Rain.", lines: [(id: "z", who: "narrator", say: "It rains.")], end: true),
    },
    storylets: [(id: "bark", who: "mara", say: "Mind the step.", then: ["mood = cross"])],
)"#;

const JAPANESE: &str = r#"(name: "日本語", texts: {
    "a": (say: "鐘のために来たのでしょう。皆、鐘のために来るのです。"), "name:mara": (say: "マラ"),
})"#;

fn story() -> Arc<Story> {
    let sources = vec![Source::new("inn.story.ron", STORY), Source::new("inn.ja.l10n.ron", JAPANESE)];
    Arc::new(parse(sources).story.expect("a story"))
}

/// Runs a play by keys and gives the screen after each of them.
struct Desk<'a> {
    app: App<'a>,
    terminal: Terminal<TestBackend>,
}

impl<'a> Desk<'a> {
    fn new(host: &'a dyn Host, writer: Option<Box<dyn TextGenerator>>, width: u16, height: u16) -> Self {
        let (whole, templates) = (story(), Templates::default());
        let game = Game::new(whole.clone(), &templates, 1, host, writer).expect("a game");
        let app = App::new(game, Log::new(None), whole, templates).ok().expect("a first line");
        Self { app, terminal: Terminal::new(TestBackend::new(width, height)).expect("a terminal") }
    }

    fn press(&mut self, key: KeyCode) -> String {
        assert!(keys::press(&mut self.app, KeyEvent::new(key, KeyModifiers::NONE)).is_ok());
        self.screen()
    }

    fn typed(&mut self, text: &str) -> String {
        text.chars().for_each(|c| {
            self.press(KeyCode::Char(c));
        });
        self.press(KeyCode::Enter)
    }

    /// What is on the screen, row by row; the second half of a wide letter is left out.
    fn screen(&mut self) -> String {
        self.terminal.draw(|frame| view::draw(frame, &self.app)).expect("drawn");
        let buffer = self.terminal.backend().buffer();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let mut x = 0;
            while x < buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                text.push_str(if symbol == "\u{a0}" { " " } else { symbol });
                x += wrap::columns(symbol).max(1) as u16;
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text
    }
}

fn answers() -> Answers {
    Answers::new(&story(), &[]).expect("no host functions")
}

#[test]
fn a_play_by_keys_shows_lines_choices_and_what_changed() {
    let host = answers();
    let mut desk = Desk::new(&host, None, 80, 24);
    let screen = desk.screen();
    assert!(screen.starts_with(" The Inn"), "{screen}");
    assert!(screen.contains("inn · en · seed 1 · no model"), "{screen}");
    assert!(screen.contains("~ A low room. ~") && screen.contains("Mara: You came for the bell."), "{screen}");
    assert!(screen.contains("coins = 0") && screen.contains("0..3"), "{screen}");
    assert!(screen.contains("Enter go on") && screen.contains("q leave"), "{screen}");
    assert!(screen.lines().all(|line| wrap::columns(line) <= 80) && screen.lines().count() == 24, "{screen}");
    desk.press(KeyCode::Enter);
    let screen = desk.press(KeyCode::Enter);
    assert!(screen.contains(" 1  Pay her.") && screen.contains(" 2  Go out into the rain."), "{screen}");
    let screen = desk.press(KeyCode::Char('1'));
    assert!(screen.contains("» Pay her.") && screen.contains("coins = 1") && screen.contains("was 0"), "{screen}");
    desk.press(KeyCode::Enter);
    desk.press(KeyCode::Enter);
    desk.press(KeyCode::Down);
    desk.press(KeyCode::Enter);
    let screen = desk.press(KeyCode::Enter);
    assert!(screen.contains("The end: out"), "{screen}");
    assert_eq!(desk.app.log.notes.last().map(String::as_str), Some("The end: out"));
    desk.press(KeyCode::Char('q'));
    assert!(desk.app.quit);
}

#[test]
fn steps_are_taken_back_to_the_very_start() {
    let host = answers();
    let mut desk = Desk::new(&host, None, 80, 24);
    let start = desk.screen();
    let state = desk.app.game.runner().state().clone();
    for _ in 0..5 {
        desk.press(KeyCode::Enter);
        desk.press(KeyCode::Enter);
        desk.press(KeyCode::Char('1'));
    }
    assert_eq!(desk.app.steps(), 15);
    for _ in 0..15 {
        desk.press(KeyCode::Char('u'));
    }
    assert_eq!(*desk.app.game.runner().state(), state);
    desk.app.say("");
    assert_eq!(desk.screen(), start);
    assert!(desk.press(KeyCode::Backspace).contains("nothing to take back"));
}

#[test]
fn questions_prompts_and_what_was_not_taken_are_shown() {
    let host = answers();
    let writer = ScriptedGenerator::saying("The river has it, and nobody else.");
    let mut desk = Desk::new(&host, Some(Box::new(writer)), 80, 24);
    assert!(desk.screen().contains("You came for the bell.  authored(must)"), "no bell in it: {}", desk.screen());
    let writer = ScriptedGenerator::saying("They all come for that old bell here, one by one.");
    let mut good = Desk::new(&host, Some(Box::new(writer)), 80, 24);
    let screen = good.screen();
    assert!(screen.contains("one.  generated"), "{screen}");
    let writer = ScriptedGenerator::saying("They all come for that old bell, one by one, and go.");
    let mut full = Desk::new(&host, Some(Box::new(writer)), 62, 24);
    let screen = full.screen();
    assert!(screen.contains("and go.\n   generated\n"), "no room behind it: {screen}");
    let screen = desk.press(KeyCode::Char('r'));
    assert!(screen.contains("a: the text has none of [\"bell\"]") && screen.contains("The river has it"), "{screen}");
    desk.press(KeyCode::Esc);
    let screen = desk.press(KeyCode::Char('p'));
    assert!(screen.contains("for a: 0 of 0 tokens") && screen.contains("| Mara: You came for the bell."), "{screen}");
    desk.press(KeyCode::Esc);
    assert!(desk.press(KeyCode::Char('a')).contains("Nobody can be asked here."));
    desk.press(KeyCode::Enter);
    assert!(desk.press(KeyCode::Char('a')).contains(" Ask: "));
    let screen = desk.typed("Where is the bell?");
    assert!(screen.contains("» Where is the bell?"), "{screen}");
    assert!(screen.contains("Mara: The bell is gone.  authored(unsupported)"), "the river stands in no fact: {screen}");
    let screen = desk.press(KeyCode::Char('u'));
    assert!(!screen.contains("Where is the bell?"), "{screen}");
}

#[test]
fn a_choice_is_made_in_free_words() {
    let host = answers();
    let mut desk = Desk::new(&host, None, 80, 24);
    desk.press(KeyCode::Enter);
    desk.press(KeyCode::Enter);
    assert!(desk.press(KeyCode::Char('a')).contains(" Do: "));
    assert!(desk.typed("paint a horse").contains("That is none of the choices."));
    desk.press(KeyCode::Char('a'));
    assert!(desk.typed("sing and dance in the rain").contains("Did you mean 2? Enter takes the one under the cursor."));
    desk.press(KeyCode::Char('a'));
    assert!(desk.typed("pay her").contains("coins = 1"));
}

#[test]
fn jumps_warn_remarks_change_and_seeds_begin_anew() {
    let host = answers();
    let mut desk = Desk::new(&host, None, 80, 24);
    let screen = desk.press(KeyCode::Char('j'));
    assert!(screen.contains("Effects and choices on the way there are skipped."), "{screen}");
    assert!(screen.contains("out  Rain."), "{screen}");
    desk.press(KeyCode::Char('o'));
    let screen = desk.press(KeyCode::Enter);
    assert!(screen.contains("! Jump to out.") && screen.contains("It rains."), "{screen}");
    desk.press(KeyCode::Char('u'));
    let screen = desk.press(KeyCode::Char('s'));
    assert!(screen.contains("Mara: Mind the step."), "{screen}");
    let screen = desk.press(KeyCode::Enter);
    assert!(screen.contains("mood = cross") && screen.contains("was calm"), "{screen}");
    desk.press(KeyCode::Char('n'));
    desk.press(KeyCode::Backspace);
    let screen = desk.typed("77");
    assert!(screen.contains("seed 77") && screen.contains("mood = calm"), "{screen}");
    desk.press(KeyCode::Char('n'));
    assert!(desk.typed("x").contains("A seed is a whole number."));
}

#[test]
fn saves_are_loaded_and_bad_ones_change_nothing() {
    let host = answers();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.ron").display().to_string();
    let mut desk = Desk::new(&host, None, 100, 24);
    let name = |desk: &mut Desk<'_>, key: char, name: &str| {
        desk.press(KeyCode::Char(key));
        for _ in 0..20 {
            desk.press(KeyCode::Backspace);
        }
        desk.typed(name)
    };
    desk.press(KeyCode::Enter);
    desk.press(KeyCode::Enter);
    desk.press(KeyCode::Char('1'));
    assert!(name(&mut desk, 'w', &path).contains("Saved to"));
    let saved = desk.app.game.runner().state().clone();
    desk.press(KeyCode::Enter);
    desk.press(KeyCode::Enter);
    desk.press(KeyCode::Char('1'));
    assert!(name(&mut desk, 'o', &path).contains("coins = 1"));
    assert_eq!(*desk.app.game.runner().state(), saved);
    std::fs::write(&path, "(((").expect("a file");
    assert!(name(&mut desk, 'o', &path).contains("damaged"));
    assert!(name(&mut desk, 'o', "/no/such").contains("cannot be read"));
    assert_eq!(*desk.app.game.runner().state(), saved);
    assert!(name(&mut desk, 't', &path).contains("Transcript written"));
    assert!(std::fs::read_to_string(Path::new(&path)).expect("a file").contains("> pay  Pay her."));
}

#[test]
fn another_language_goes_on_in_place_and_wide_letters_fit() {
    let host = answers();
    let mut desk = Desk::new(&host, None, 40, 14);
    let screen = desk.press(KeyCode::Char('l'));
    assert!(screen.contains("ja  日本語"), "{screen}");
    desk.press(KeyCode::Down);
    desk.press(KeyCode::Enter);
    desk.press(KeyCode::Enter);
    desk.press(KeyCode::Enter);
    let screen = desk.press(KeyCode::Char('1'));
    assert!(screen.contains("マラ: 鐘のために来たのでしょう。"), "{screen}");
    assert!(screen.lines().all(|line| wrap::columns(line) <= 40), "{screen}");
    assert!(!screen.contains("coins"), "too narrow for the variables: {screen}");
    assert!(screen.contains("· ja ·") || screen.contains("ja"), "{screen}");
}

#[test]
fn the_smallest_screens_do_not_panic_and_ctrl_c_leaves() {
    let host = answers();
    for (width, height) in [(1, 1), (2, 3), (10, 4), (80, 2), (300, 100)] {
        let mut desk = Desk::new(&host, None, width, height);
        for key in ['p', 'r', '?', 'j', 'l', 's'] {
            desk.press(KeyCode::Char(key));
            desk.press(KeyCode::PageDown);
            desk.press(KeyCode::Esc);
        }
    }
    let mut desk = Desk::new(&host, None, 80, 24);
    desk.press(KeyCode::Char('j'));
    assert!(keys::press(&mut desk.app, KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)).is_ok());
    assert!(desk.app.quit);
}
