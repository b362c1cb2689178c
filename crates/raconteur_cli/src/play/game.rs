//! The story and its model, moved on one step at a time, in front of whoever watches. Nothing here is late: every
//! request is waited for.

use std::sync::Arc;

use raconteur_core::generate::TextGenerator;
use raconteur_core::player_text::PlayerText;
use raconteur_core::rehearsal::{Kind, Limits, Rehearsal, Room, Told};
use raconteur_core::runner::{Host, Moment, OpenChoice, Runner, RunnerError, RunnerEvent, RunnerState};
use raconteur_core::story::format::Story;
use raconteur_core::template::Templates;
use raconteur_core::understand::{Choosable, Heard, Understood};

use super::Stop;
use super::witness::{Witness, Written};
use crate::error::CliError;

pub use raconteur_core::rehearsal::Offered;

/// A story that is played.
pub struct Game<'a> {
    rehearsal: Rehearsal<'a>,
    /// Without one, all lines are as written.
    writer: Option<Box<dyn TextGenerator>>,
}

/// A line that has been said.
pub struct Spoken {
    /// Display name of the speaker; empty for a narrator.
    pub name: String,
    /// Whether they can be asked something.
    pub asks: bool,
}

impl From<raconteur_core::rehearsal::Spoken> for Spoken {
    fn from(spoken: raconteur_core::rehearsal::Spoken) -> Self {
        Self { name: spoken.piece.name, asks: spoken.asks }
    }
}

impl<'a> Game<'a> {
    /// Begins a story.
    ///
    /// # Errors
    /// When a template cannot be read, or the story is broken at its start.
    pub fn new(
        story: Arc<Story>,
        templates: &Templates,
        seed: u64,
        host: &'a dyn Host,
        writer: Option<Box<dyn TextGenerator>>,
    ) -> Result<Self, CliError> {
        let rehearsal = Rehearsal::new(story, templates, seed, host).map_err(CliError::failed)?;
        Ok(Self { rehearsal: rehearsal.with_limits(Limits { steps: usize::MAX, ..Limits::default() }), writer })
    }

    /// The story.
    pub fn story(&self) -> &Story {
        self.rehearsal.story()
    }

    /// What the model is, if there is one.
    pub fn model(&self) -> Option<String> {
        self.writer.as_ref().map(|writer| writer.describe())
    }

    /// The runner, with the state that it is in.
    pub fn runner(&self) -> &Runner {
        self.rehearsal.runner()
    }

    /// What answers for the game.
    pub fn host(&self) -> &'a dyn Host {
        self.rehearsal.host()
    }

    /// Puts the story back to where a runner stood.
    pub fn put_back(&mut self, runner: Runner) {
        self.rehearsal.put_back(runner);
    }

    /// Goes on from another state of this story, perhaps in another language.
    ///
    /// # Errors
    /// The state belongs to another story, or the story cannot go on from there.
    pub fn resume(&mut self, story: Arc<Story>, state: RunnerState, templates: &Templates) -> Result<(), CliError> {
        self.rehearsal.resume(story, state, templates).map_err(CliError::failed)
    }

    /// What has happened since the last call.
    pub fn take_events(&mut self) -> Vec<RunnerEvent> {
        self.rehearsal.take_events()
    }

    /// What is due.
    pub fn moment(&self) -> Moment {
        self.rehearsal.moment()
    }

    /// Says the line that is due; `None` when none is.
    pub fn line(&mut self, screen: &mut dyn Witness) -> Result<Option<Spoken>, Stop> {
        self.watched(screen, |rehearsal, room| Ok(rehearsal.line(room).map(Spoken::from)))
    }

    /// Answers a question to whoever has just spoken.
    pub fn ask(&mut self, question: &str, screen: &mut dyn Witness) -> Result<Option<Spoken>, Stop> {
        self.watched(screen, |rehearsal, room| Ok(rehearsal.ask(question, room).map(Spoken::from)))
    }

    /// Tells a storylet: its words, and its effects. `None` when it cannot be told.
    pub fn tell(&mut self, id: &str, screen: &mut dyn Witness) -> Result<Option<()>, Stop> {
        self.watched(screen, |rehearsal, room| Ok(rehearsal.tell(id, room)?.map(|_| ())))
    }

    /// Tells the detour that is due, reads out of it what it changes, and goes on behind it.
    pub fn detour(&mut self, screen: &mut dyn Witness) -> Result<(), Stop> {
        self.watched(screen, Rehearsal::detour)
    }

    /// The choices to show, in the writer's order. At a slot the model words and ranks them.
    pub fn offer(&mut self, open: &[OpenChoice], screen: &mut dyn Witness) -> Result<Vec<Offered>, Stop> {
        self.watched(screen, |rehearsal, room| Ok(rehearsal.offer(open, room)))
    }

    /// Which of the offered choices free words mean, with the model's help where the words alone are not clear.
    pub fn understand(
        &mut self,
        text: &str,
        offered: &[Offered],
        screen: &mut dyn Witness,
    ) -> Result<Understood, Stop> {
        let open = match self.moment() {
            Moment::Choices(open) | Moment::Slot { outcomes: open } => open,
            _ => Vec::new(),
        };
        let authored = |id: &str| open.iter().find(|choice| choice.id == id).map_or("", |choice| choice.say.as_str());
        let choices: Vec<Choosable<'_>> =
            offered.iter().map(|choice| Choosable { label: &choice.label, say: authored(&choice.id) }).collect();
        let said = PlayerText::new(text);
        let heard = Heard::new(&said, &choices, &self.story().locale);
        let understood = heard.understood();
        let request = match understood {
            Understood::Sure(_) => None,
            _ => self.rehearsal.composer().hear(&said, &choices),
        };
        let Some(request) = request else { return Ok(understood) };
        let finished = self.watched(screen, |rehearsal, room| Ok(rehearsal.hear(request, room)))?;
        Ok(finished.map_or(understood, |finished| heard.with_finished(&finished)))
    }

    /// Takes a choice, with the words that were shown.
    pub fn choose(&mut self, chosen: &Offered) -> Result<(), RunnerError> {
        self.rehearsal.choose(chosen)
    }

    /// Goes on after a line.
    pub fn advance(&mut self) -> Result<(), RunnerError> {
        self.rehearsal.advance()
    }

    /// Does something of which `screen` is told.
    fn watched<T>(
        &mut self,
        screen: &mut dyn Witness,
        what: impl FnOnce(&mut Rehearsal<'a>, &mut Room<'_, '_>) -> Result<T, RunnerError>,
    ) -> Result<T, Stop> {
        let mut failure: Option<std::io::Error> = None;
        let mut watch = |told: Told<'_>| {
            // What could not be shown is told at the end: a request is seen to its end in any case.
            if failure.is_none() {
                failure = show(told, screen).err();
            }
        };
        let writer = self.writer.as_deref_mut().map(|writer| writer as &mut dyn TextGenerator);
        let done = what(&mut self.rehearsal, &mut Room::new(writer, &mut watch));
        if self.rehearsal.counts().panics > 0 {
            // What is left of it is not to be trusted.
            self.writer = None;
        }
        match failure {
            Some(failure) => Err(failure.into()),
            None => Ok(done.map_err(CliError::failed)?),
        }
    }
}

/// Shows what is told. The first of the labels of a slot stands for all of them.
fn show(told: Told<'_>, screen: &mut dyn Witness) -> Written {
    match told {
        Told::Asked { piece, request } => match piece.kind {
            Kind::Reading => Ok(()),
            Kind::Label | Kind::Ranking if piece.at > 0 => Ok(()),
            Kind::Label | Kind::Ranking => screen.prompt(&piece.beat, request.prompt().full()),
            _ => screen.prompt(&piece.id, request.prompt().full()),
        },
        Told::Started { piece, bill } => match piece.kind {
            Kind::Reading | Kind::Words => Ok(()),
            Kind::Label | Kind::Ranking if piece.at > 0 => Ok(()),
            _ => screen.bill(bill),
        },
        Told::Chunk { piece, text } if piece.kind.is_shown() && piece.kind != Kind::Label => {
            screen.chunk(&piece.name, text)
        }
        Told::Delivered(it) => match it.piece.kind {
            Kind::Choice | Kind::Ranking | Kind::Reading | Kind::Words => Ok(()),
            Kind::Label => screen.rejected(&it.piece.id, it.finished),
            _ => {
                let speaker = if it.piece.name.is_empty() { &it.piece.who } else { &it.piece.name };
                screen.line(speaker, &it.piece.name, it.finished)
            }
        },
        Told::Chunk { .. } | Told::Moment { .. } | Told::Chosen { .. } | Told::Event(_) => Ok(()),
    }
}
