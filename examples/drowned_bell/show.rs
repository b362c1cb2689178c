//! What is on show, as plain data: the story side writes it, the scenery and the boxes read it. Nothing here knows the
//! plugin, so the whole picture can be looked at without a model or a story.

use bevy::prelude::*;

use crate::scenery::{Actor, Place};

/// The state of the picture.
#[derive(Resource, Default)]
pub struct Show {
    /// The name of the story, on the title card.
    pub title: String,
    /// Whether the player has left the title card.
    pub started: bool,
    /// Where the story is.
    pub place: Place,
    /// What the place is, in the writer's words.
    pub setting: String,
    /// The line on show.
    pub line: Option<Spoken>,
    /// What the player may choose; empty while a line is being read.
    pub offers: Vec<Offer>,
    /// The beat at which the story ended.
    pub ended: Option<String>,
    /// Something the player should know, such as a story that does not load.
    pub notice: Option<String>,
    /// Whether the help lies over everything.
    pub help: bool,
    /// The model.
    pub model: ModelView,
}

/// A line as it is being spoken.
#[derive(Debug, Default, Clone)]
pub struct Spoken {
    /// Cast id of the speaker.
    pub who: String,
    /// The speaker's name; empty for a narrator.
    pub name: String,
    /// The text so far.
    pub text: String,
    /// Characters of `text` that the typewriter has reached.
    pub shown: f32,
    /// Where the text came from, once the line is whole.
    pub source: Option<String>,
    /// Whether the player may ask the speaker something now.
    pub asks: bool,
}

impl Spoken {
    /// Whether everything that there will be is to be read.
    pub fn read_out(&self) -> bool {
        self.source.is_some() && self.caught_up()
    }

    /// Whether the typewriter has reached the end of what has come.
    pub fn caught_up(&self) -> bool {
        self.shown as usize >= self.text.chars().count()
    }
}

/// Something the player may choose.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its id in the story.
    pub id: String,
    /// What it says.
    pub label: String,
    /// Where the words came from.
    pub source: String,
}

/// What the status strip tells about the model.
#[derive(Debug, Clone, Default)]
pub struct ModelView {
    /// Its state.
    pub state: ModelState,
    /// Whether the player has it switched on.
    pub on: bool,
    /// Tokens written per second; 0 before the first.
    pub tokens_per_second: f32,
    /// Milliseconds from asking for a line to its first text; 0 before the first.
    pub first_text_ms: f32,
}

/// See [`ModelView::state`].
#[derive(Debug, Clone, Default)]
pub enum ModelState {
    /// There is none.
    #[default]
    None,
    /// What is being done, and how much of it is done (0 to 1).
    Loading(String, f32),
    /// Its name.
    Ready(String),
    /// Why there is none.
    Failed(String),
}

impl Show {
    /// Who is speaking in this frame, if it is somebody one can see.
    pub fn speaking(&self) -> Option<Actor> {
        let line = self.line.as_ref().filter(|line| !line.read_out())?;
        Actor::of(&line.who)
    }

    /// Whether the player may type a question now.
    pub fn may_ask(&self) -> bool {
        self.started && !self.help && self.line.as_ref().is_some_and(|line| line.asks && line.read_out())
    }
}

/// What the player does.
#[derive(Message, Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Leaves the title card.
    Begin,
    /// Goes on to the next line.
    Advance,
    /// Takes the choice with this id.
    Choose(String),
    /// Asks the speaker of the line on show.
    Ask(String),
    /// Switches the model off, or on again.
    ToggleModel,
    /// Starts the story again.
    Restart,
}
