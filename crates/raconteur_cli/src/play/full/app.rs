//! What the full screen holds and does; drawing it is [`view`](super::view)'s business, keys are [`keys`](super::keys)'.

use std::collections::BTreeMap;
use std::sync::Arc;

use raconteur_core::player_text::PlayerText;
use raconteur_core::runner::{Moment, Position, Runner, RunnerEvent, RunnerState};
use raconteur_core::save::Save;
use raconteur_core::story::format::{Gen, Story, Value};
use raconteur_core::template::Templates;
use raconteur_core::understand::Understood;

use super::super::Stop;
use super::super::game::{Game, Offered};
use super::log::{Entry, Log};
use crate::error::CliError;

/// What the keys mean now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The story goes on.
    Story,
    /// All keys.
    Help,
    /// The last prompt and its bill.
    Prompt,
    /// Texts of the model that were not taken.
    Rejected,
    /// One of a list is picked.
    List(List),
    /// Something is typed.
    Input(Input),
}

/// What a list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Beats to jump to.
    Beats,
    /// Storylets that can be told now.
    Remarks,
    /// Languages.
    Languages,
}

/// What is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A question.
    Question,
    /// A choice, in free words.
    Words,
    /// A seed.
    Seed,
    /// File to save to.
    Save,
    /// File to load.
    Load,
    /// File for the transcript.
    Transcript,
}

/// Where it can go back to.
struct Past {
    runner: Runner,
    offered: Vec<Offered>,
    entries: usize,
    notes: usize,
    before: BTreeMap<String, Value>,
}

/// A story on the full screen.
pub struct App<'a> {
    /// The story.
    pub game: Game<'a>,
    /// What was seen.
    pub log: Log,
    /// What can be chosen, when something can.
    pub offered: Vec<Offered>,
    /// Place in the choices, or in a list.
    pub cursor: usize,
    /// What the keys mean.
    pub page: Page,
    /// What is being typed.
    pub input: String,
    /// What the list shows: key, and words.
    pub list: Vec<(String, String)>,
    /// Lines that the text is scrolled up.
    pub scroll: usize,
    /// Values before the last step.
    pub before: BTreeMap<String, Value>,
    /// One sentence at the bottom.
    pub status: String,
    /// Whether variables are shown.
    pub variables: bool,
    /// Whether it is over.
    pub quit: bool,
    past: Vec<Past>,
    whole: Arc<Story>,
    templates: Templates,
}

impl<'a> App<'a> {
    /// Begins: shows the first line. `whole` is the story with all of its languages.
    pub fn new(game: Game<'a>, log: Log, whole: Arc<Story>, templates: Templates) -> Result<Self, Stop> {
        let before = game.runner().state().vars.clone();
        let mut app = Self {
            game,
            log,
            offered: Vec::new(),
            cursor: 0,
            page: Page::Story,
            input: String::new(),
            list: Vec::new(),
            scroll: 0,
            before,
            status: String::new(),
            variables: true,
            quit: false,
            past: Vec::new(),
            whole,
            templates,
        };
        app.settle()?;
        Ok(app)
    }

    /// Whether somebody can be asked something now.
    pub fn can_ask(&self) -> bool {
        self.game.runner().line().is_some_and(|line| matches!(line.generate, Some(Gen::Answer { .. })))
    }

    /// Number of steps that can be taken back.
    pub fn steps(&self) -> usize {
        self.past.len()
    }

    /// Goes on behind a line, or takes the choice under the cursor.
    pub fn go_on(&mut self) -> Result<(), Stop> {
        match self.game.moment() {
            Moment::Line { .. } => {
                self.remember();
                let went = self.game.advance();
                self.went(went.map_err(CliError::failed))
            }
            Moment::Choices(_) | Moment::Slot { .. } => self.choose(self.cursor),
            Moment::Ended { .. } => {
                self.say("The story is over. u goes back, n begins with another seed, q leaves.");
                Ok(())
            }
            Moment::Stuck(_) | Moment::Detour { .. } => Ok(()),
        }
    }

    /// Takes a choice by its place.
    pub fn choose(&mut self, at: usize) -> Result<(), Stop> {
        let Some(chosen) = self.offered.get(at).cloned() else { return Ok(()) };
        self.remember();
        self.log.note(&format!("> {}  {} ({})", chosen.id, chosen.label, chosen.source))?;
        self.log.push(Entry::You(chosen.label.clone()));
        let went = self.game.choose(&chosen);
        self.went(went.map_err(CliError::failed))
    }

    /// Asks whoever has just spoken.
    pub fn ask(&mut self, question: &str) -> Result<(), Stop> {
        if question.trim().is_empty() || !self.can_ask() {
            return Ok(());
        }
        self.remember();
        let question = PlayerText::new(question);
        self.log.note(&format!("> ask  {}", question.as_str()))?;
        self.log.push(Entry::You(question.as_str().to_owned()));
        self.game.ask(question.as_str(), &mut self.log)?;
        Ok(())
    }

    /// Takes the choice that free words mean, or points at what they may mean.
    pub fn understand(&mut self, text: &str) -> Result<(), Stop> {
        match self.game.understand(text, &self.offered, &mut self.log)? {
            Understood::Sure(at) => self.choose(at),
            Understood::DidYouMean(meant) => {
                self.cursor = meant.first().copied().unwrap_or_default();
                let numbers: Vec<String> = meant.iter().map(|at| (at + 1).to_string()).collect();
                self.say(&format!("Did you mean {}? Enter takes the one under the cursor.", numbers.join(" or ")));
                Ok(())
            }
            Understood::No => {
                self.say("That is none of the choices.");
                Ok(())
            }
        }
    }

    /// Tells a storylet.
    pub fn tell(&mut self, id: &str) -> Result<(), Stop> {
        self.remember();
        self.game.tell(id, &mut self.log)?;
        self.settle()
    }

    /// Takes the last step back.
    pub fn undo(&mut self) -> Result<(), Stop> {
        let Some(past) = self.past.pop() else {
            self.say("There is nothing to take back.");
            return Ok(());
        };
        self.game.put_back(past.runner);
        self.log.back_to(past.entries, past.notes)?;
        self.offered = past.offered;
        self.before = past.before;
        (self.cursor, self.scroll) = (0, 0);
        self.say("One step back.");
        Ok(())
    }

    /// Begins the story anew with another seed; what was can be taken back.
    pub fn reseed(&mut self, seed: u64) -> Result<(), Stop> {
        let story = self.game.runner().story().clone();
        let (runner, events) = Runner::new(story, seed, self.game.host()).map_err(CliError::failed)?;
        self.remember();
        self.log.note(&format!("= seed {seed}"))?;
        self.log.push(Entry::Note(format!("The story begins anew with seed {seed}.")));
        self.game.put_back(runner);
        self.events(events)?;
        self.settle()
    }

    /// Goes to a beat as if the story had come to it; what happens on the way there does not.
    pub fn jump(&mut self, beat: &str) -> Result<(), Stop> {
        let mut state = self.game.runner().state().clone();
        beat.clone_into(&mut state.beat);
        *state.visits.entry(beat.to_owned()).or_insert(0) += 1;
        state.shown.clear();
        // No line is called so: the beat is begun from its first one that is due.
        state.position = Position::Line { id: "\u{0}".to_owned(), index: 0, spoken: false };
        self.remember();
        self.log.note(&format!("= jump {beat}"))?;
        self.log.push(Entry::Note(format!("Jump to {beat}. Effects on the way there were skipped.")));
        let story = self.game.runner().story().clone();
        self.show_setting(beat)?;
        self.resume(story, state)
    }

    /// Goes on in another language.
    pub fn speak(&mut self, tag: &str) -> Result<(), Stop> {
        let story = if tag == self.whole.locale { self.whole.clone() } else { Arc::new(self.whole.localized(tag)) };
        let state = self.game.runner().state().clone();
        self.remember();
        self.log.push(Entry::Note(format!("Language: {tag}")));
        self.resume(story, state)
    }

    /// Writes the state to a file.
    pub fn save(&mut self, path: &str) {
        let state = self.game.runner().state().clone();
        let text = Save::new(vec![state]).to_text().map_err(|error| error.to_string());
        let done = text.and_then(|text| {
            crate::atomic::write_all(&[(std::path::Path::new(path), text)]).map_err(|error| error.to_string())
        });
        self.say(&done.map_or_else(|error| error, |()| format!("Saved to {path}.")));
    }

    /// Goes on from a file; what was can be taken back.
    pub fn load(&mut self, path: &str) -> Result<(), Stop> {
        let read = std::fs::read_to_string(path).map_err(|error| format!("'{path}' cannot be read: {error}"));
        let id = self.whole.id.clone();
        let state = read.and_then(|text| {
            let save = Save::from_text(&text).map_err(|error| error.to_string())?;
            save.state_of(&id).cloned().map_err(|error| error.to_string())
        });
        match state {
            Err(error) => {
                self.say(&error);
                Ok(())
            }
            Ok(state) => {
                self.remember();
                self.log.push(Entry::Note(format!("Loaded {path}.")));
                for shown in &state.shown {
                    let name = self.name(&shown.who);
                    self.log.push(Entry::Said { name, text: shown.text.clone(), source: "saved".to_owned() });
                }
                let story = self.game.runner().story().clone();
                self.resume(story, state)
            }
        }
    }

    /// Writes what was seen so far to a file.
    pub fn write_transcript(&mut self, path: &str) {
        let text = self.log.notes.iter().map(|line| format!("{line}\n")).collect();
        let done = crate::atomic::write_all(&[(std::path::Path::new(path), text)]);
        self.say(&done.map_or_else(|error| error.to_string(), |()| format!("Transcript written to {path}.")));
    }

    /// Opens a list, or says why there is none.
    pub fn open(&mut self, list: List) {
        let runner = self.game.runner();
        let story = runner.story();
        self.list = match list {
            List::Beats => {
                story.beats.iter().map(|(id, beat)| (id.to_owned(), format!("{id}  {}", beat.setting))).collect()
            }
            List::Remarks => self.remarks(),
            List::Languages => {
                let own = (self.whole.locale.clone(), format!("{}  (as written)", self.whole.locale));
                let others = self.whole.translations.iter();
                let others = others.map(|(tag, locale)| (tag.to_owned(), format!("{tag}  {}", locale.name)));
                std::iter::once(own).chain(others).collect()
            }
        };
        if self.list.is_empty() {
            self.say("Nobody here has anything to remark now.");
            return;
        }
        (self.page, self.cursor) = (Page::List(list), 0);
    }

    /// Says a sentence at the bottom.
    pub fn say(&mut self, what: &str) {
        what.clone_into(&mut self.status);
    }

    /// The name that the screen shows for a cast id.
    fn name(&self, who: &str) -> String {
        self.game.story().cast.get(who).map_or_else(String::new, |character| character.name.clone())
    }

    /// What those who are present, and those without a place, would remark.
    fn remarks(&self) -> Vec<(String, String)> {
        let runner = self.game.runner();
        let story = runner.story();
        let mut speakers: Vec<&str> = story.storylets.iter().map(|storylet| storylet.who.as_str()).collect();
        speakers.sort_unstable();
        speakers.dedup();
        let lines = runner.beat().map(|beat| beat.lines.as_slice()).unwrap_or_default();
        let here = |who: &str| lines.iter().any(|line| line.who == who);
        // Those who speak in this beat first.
        speakers.sort_by_key(|who| !here(who));
        let told = speakers.iter().filter_map(|who| runner.storylet(who, self.game.host()));
        told.map(|storylet| {
            let name = self.name(&storylet.who);
            (storylet.id.clone(), format!("{name}: {}  [{}]", storylet.say, storylet.id))
        })
        .collect()
    }

    fn remember(&mut self) {
        let runner = self.game.runner().clone();
        let before = std::mem::replace(&mut self.before, runner.state().vars.clone());
        let (entries, notes) = (self.log.entries.len(), self.log.notes.len());
        self.past.push(Past { runner, offered: self.offered.clone(), entries, notes, before });
        self.scroll = 0;
        self.status.clear();
    }

    fn resume(&mut self, story: Arc<Story>, state: RunnerState) -> Result<(), Stop> {
        match self.game.resume(story, state, &self.templates) {
            Ok(()) => self.settle(),
            Err(error) => {
                self.undo()?;
                self.say(&error.to_string());
                Ok(())
            }
        }
    }

    fn went(&mut self, went: Result<(), CliError>) -> Result<(), Stop> {
        if let Err(error) = went {
            self.log.push(Entry::Note(error.to_string()));
        }
        self.settle()
    }

    /// Goes on until the player has to do something.
    fn settle(&mut self) -> Result<(), Stop> {
        (self.offered, self.cursor) = (Vec::new(), 0);
        loop {
            let events = self.game.take_events();
            self.events(events)?;
            match self.game.moment() {
                Moment::Line { .. } => {
                    if !matches!(self.game.runner().state().position, Position::Line { spoken: true, .. }) {
                        self.game.line(&mut self.log)?;
                    }
                    return Ok(());
                }
                Moment::Detour { .. } => self.game.detour(&mut self.log)?,
                Moment::Choices(open) | Moment::Slot { outcomes: open } => {
                    self.offered = self.game.offer(&open, &mut self.log)?;
                    return Ok(());
                }
                Moment::Ended { beat } => {
                    self.log.note(&format!("The end: {beat}"))?;
                    self.log.push(Entry::End(beat));
                    return Ok(());
                }
                Moment::Stuck(reason) => {
                    self.log.push(Entry::Note(format!("The story cannot go on: {reason}. u takes a step back.")));
                    return Ok(());
                }
            }
        }
    }

    fn events(&mut self, events: Vec<RunnerEvent>) -> Result<(), Stop> {
        for event in events {
            match event {
                RunnerEvent::BeatEntered { beat } => self.show_setting(&beat)?,
                RunnerEvent::ConditionFailed { source, error } => {
                    self.problem(&format!("\"{source}\" counts as false: {error}"))?;
                }
                RunnerEvent::EffectFailed { source, error } => {
                    self.problem(&format!("\"{source}\" was left out: {error}"))?;
                }
                RunnerEvent::Relocated { from, to } => {
                    self.problem(&format!("'{from}' is gone; the story goes on in '{to}'"))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn problem(&mut self, what: &str) -> Result<(), Stop> {
        self.log.note(&format!("! {what}"))?;
        self.log.push(Entry::Note(what.to_owned()));
        Ok(())
    }

    fn show_setting(&mut self, beat: &str) -> Result<(), Stop> {
        let setting = self.game.story().beats.get(beat).map(|beat| beat.setting.clone()).unwrap_or_default();
        self.log.note(&format!("[{beat}] {setting}"))?;
        if !setting.is_empty() {
            self.log.push(Entry::Setting(setting));
        }
        Ok(())
    }
}
