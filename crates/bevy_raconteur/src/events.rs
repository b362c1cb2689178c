//! What a game says to the plugin, and what it hears from it.
//!
//! Requests are imperative ([`Advance`], [`Choose`], [`Ask`], [`Say`], [`LookAt`], [`Generate`]), outcomes past tense ([`LineReady`],
//! [`Generated`], ..). All are entity events: trigger and observe them on an entity, or observe them everywhere with
//! `app.add_observer`.
//!
//! Outcomes about a line target the entity that speaks it, when the story's [`Cast`](crate::Cast) binds the speaker,
//! else the story's own entity. `story` always names the latter.

use bevy_ecs::entity::Entity;
use bevy_ecs::event::EntityEvent;
use raconteur_core::generate::Priority;
use raconteur_core::request::Source;
use raconteur_core::runner::Lost;
use raconteur_core::story::format::Value;

/// Go on to the next line, choice or beat. Ignored while a line is still coming, and while there is a choice to make.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// The story.
    pub entity: Entity,
}

/// Take a choice that [`ChoicesReady`] offered. One that is not open is reported as a [`StoryProblem`] and changes
/// nothing.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct Choose {
    /// The story.
    pub entity: Entity,
    /// Id of the choice or outcome.
    pub choice: String,
}

/// Ask something in the player's own words: of a story while a line with `asks` is on show, or of an NPC that has a
/// [`Persona`](crate::Persona).
///
/// The text may be anything; what could harm a prompt is taken out of it. An empty question gets the unsure answer.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The story, or the NPC.
    pub entity: Entity,
    /// What the player typed.
    pub text: String,
}

/// The player says something to a story in their own words: at a choice it makes the choice that they mean, as [`Choose`]
/// does, or gives rise to one [`DidYouMean`] or [`NotUnderstood`]; at a line with `asks` it is an [`Ask`]. So one text box
/// is enough for a whole story. Numbers ("2", "the last one") and labels are understood too.
///
/// It works without a model. With one, a text whose words are not clear waits for it, for some 700 ms at most.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// The story.
    pub entity: Entity,
    /// What the player typed. It may be anything; what could harm a prompt is taken out of it.
    pub text: String,
}

/// Let somebody of a story make a remark: the storylet that suits its state best, if there is one. Ends with one
/// [`Remarked`], and the story stays where it is. Ignored while they may not talk by themselves, see
/// [`SpeakerState`](crate::prelude::SpeakerState); an interrupted remark is not made.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The story.
    pub entity: Entity,
    /// Cast id of whoever is to speak.
    pub who: String,
}

/// Give a variable of a story another value, within its range: one that the story names in `game: (writes: ..)`, so that its
/// checks count with it. Told as [`VariableChanged`] when the value is another.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct SetVariable {
    /// The story.
    pub entity: Entity,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// The player looks at somebody and may talk to them next: at an NPC with a [`Persona`](crate::Persona), at an entity
/// that a story's [`Cast`](crate::Cast) binds, or at the story itself for all who speak in its beat.
///
/// What is known of their next prompt is then read while nobody waits for a line, so that an answer starts sooner.
/// Trigger it when the look begins, not every frame. Nothing comes of it, and nothing is lost without it.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct LookAt {
    /// Who is looked at.
    pub entity: Entity,
    /// Where and when this is, as the [`Generate`] will say that is expected. Empty for an [`Ask`]; a story knows it.
    pub setting: String,
}

impl LookAt {
    /// The player looks at `entity` and may [`Ask`] next.
    #[must_use]
    pub fn new(entity: Entity) -> Self {
        Self { entity, setting: String::new() }
    }

    /// Sets where and when this is.
    #[must_use]
    pub fn at(mut self, setting: impl Into<String>) -> Self {
        self.setting = setting.into();
        self
    }
}

/// Cut somebody short: an NPC, or a story, which then shows the whole line that is being written at once, as the authored
/// text if nothing of it is on show yet. What an NPC says by itself ends where it is. Nothing happens when they are silent.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct Interrupt {
    /// The NPC, or the story.
    pub entity: Entity,
}

/// Let an NPC with a [`Persona`](crate::Persona) say something. Ends with one [`Generated`].
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct Generate {
    /// The NPC.
    pub entity: Entity,
    /// Where and when this is, in one sentence.
    pub setting: String,
    /// What the line is to achieve; may be empty.
    pub goal: String,
    /// What somebody has just said to them, if anybody has.
    pub heard: Option<String>,
    /// Display name of who said that, and to whom they speak. Empty: the player, "You".
    pub from: String,
    /// What is said when the model is off, late or wrong. Empty becomes "...".
    pub fallback: String,
    /// How urgent it is.
    pub priority: Priority,
    /// The [`Conversation`](crate::prelude::Conversation) in which it is a turn; it stands in [`Generated`] again.
    pub conversation: Option<Entity>,
}

impl Generate {
    /// A remark of `entity`, with `fallback` as the authored text.
    #[must_use]
    pub fn new(entity: Entity, fallback: impl Into<String>) -> Self {
        Self {
            entity,
            setting: String::new(),
            goal: String::new(),
            heard: None,
            from: String::new(),
            fallback: fallback.into(),
            priority: Priority::OnScreen,
            conversation: None,
        }
    }

    /// Sets where and when this is.
    #[must_use]
    pub fn at(mut self, setting: impl Into<String>) -> Self {
        self.setting = setting.into();
        self
    }

    /// Sets what the line is to achieve.
    #[must_use]
    pub fn toward(mut self, goal: impl Into<String>) -> Self {
        self.goal = goal.into();
        self
    }

    /// Sets what they answer.
    #[must_use]
    pub fn hearing(mut self, heard: impl Into<String>) -> Self {
        self.heard = Some(heard.into());
        self
    }

    /// Sets what they answer, and the name of who said it.
    #[must_use]
    pub fn hearing_from(self, name: impl Into<String>, heard: impl Into<String>) -> Self {
        Self { from: name.into(), ..self.hearing(heard) }
    }
}

/// More of the text of a [`Generate`] or of an [`Ask`] to an NPC.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct GeneratedChunk {
    /// The NPC.
    pub entity: Entity,
    /// The new characters.
    pub text: String,
    /// Whether they end a sentence.
    pub sentence: bool,
    /// The conversation of the [`Generate`], if it is a turn.
    pub conversation: Option<Entity>,
}

/// A [`Generate`] or an [`Ask`] to an NPC is over.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct Generated {
    /// The NPC.
    pub entity: Entity,
    /// The whole text, never empty.
    pub text: String,
    /// Where it came from.
    pub reason: Source,
    /// The conversation of the [`Generate`], if it was a turn.
    pub conversation: Option<Entity>,
}

/// The story is at another beat.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct BeatEntered {
    /// The story.
    pub entity: Entity,
    /// Id of the beat.
    pub beat: String,
    /// Where and when it is.
    pub setting: String,
}

/// Somebody is about to speak.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct LineStarted {
    /// Who speaks, if bound, else the story.
    pub entity: Entity,
    /// The story.
    pub story: Entity,
    /// Id of the line.
    pub line: String,
    /// Cast id of the speaker.
    pub who: String,
    /// Their name on screen; empty for a narrator.
    pub name: String,
}

/// More of a line. It is never taken back.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct LineChunk {
    /// Who speaks, if bound, else the story.
    pub entity: Entity,
    /// The story.
    pub story: Entity,
    /// Id of the line.
    pub line: String,
    /// The new characters.
    pub text: String,
    /// Whether they end a sentence.
    pub sentence: bool,
}

/// A line is complete. [`Advance`] goes on.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct LineReady {
    /// Who speaks, if bound, else the story.
    pub entity: Entity,
    /// The story.
    pub story: Entity,
    /// Id of the line.
    pub line: String,
    /// Cast id of the speaker.
    pub who: String,
    /// The whole text, never empty: all chunks together.
    pub text: String,
    /// Where it came from.
    pub source: Source,
    /// Whether the player may now [`Ask`], as often as they like, before they [`Advance`].
    pub asks: bool,
}

/// Somebody has made a remark.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct Remarked {
    /// Who speaks, if bound, else the story.
    pub entity: Entity,
    /// The story.
    pub story: Entity,
    /// Id of the storylet.
    pub storylet: String,
    /// The whole text, never empty.
    pub text: String,
    /// Where it came from.
    pub source: Source,
}

/// The player has a choice. [`Choose`] makes it.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct ChoicesReady {
    /// The story.
    pub entity: Entity,
    /// What may be chosen, never empty.
    pub choices: Vec<OfferedChoice>,
}

/// Something that may be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferedChoice {
    /// Its id, for [`Choose`].
    pub id: String,
    /// Its label, never empty.
    pub label: String,
    /// Where the label came from.
    pub source: Source,
}

/// What the player [said](Say) at a choice could be one of several, or is not clear enough to act upon: show these and let
/// them [`Choose`], or [`Say`] it again. The choice is still open.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct DidYouMean {
    /// The story.
    pub entity: Entity,
    /// What they said, made safe.
    pub said: String,
    /// The choices that may be meant, the likeliest first: one to three.
    pub choices: Vec<OfferedChoice>,
}

/// What the player [said](Say) at a choice is none of the choices. They are still open.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct NotUnderstood {
    /// The story.
    pub entity: Entity,
    /// What they said, made safe; may be empty.
    pub said: String,
}

/// Something is not shown in the language of [`NarrativeSettings::language`](crate::prelude::NarrativeSettings::language). The
/// story goes on in the words that there are. Told just before what it is about, each time that is shown: for logs of
/// translators, and for games that mark such texts.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct LanguageGap {
    /// The story.
    pub entity: Entity,
    /// Tag of the language that was asked for.
    pub wanted: String,
    /// Tag of the language that the story is written in.
    pub written: String,
    /// What is missing.
    pub gap: Untranslated,
}

/// What a [`LanguageGap`] is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Untranslated {
    /// The story has no translation for the language at all. Told once, when the language is asked for.
    Story,
    /// This text has not been translated: it is shown in the language that the story is written in.
    Text {
        /// Id of the line, choice or remark; `detour:BEAT` for an interlude.
        id: String,
    },
    /// This text is shown as a machine has translated it, since
    /// [`NarrativeSettings::drafts`](crate::prelude::NarrativeSettings::drafts) is on.
    Draft {
        /// Its id.
        id: String,
    },
}

/// A variable of the story has another value.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct VariableChanged {
    /// The story.
    pub entity: Entity,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// The story is over.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct StoryEnded {
    /// The story.
    pub entity: Entity,
    /// Id of the last beat.
    pub beat: String,
}

/// Something about a story is not as it should be. The story goes on where it can.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct StoryProblem {
    /// The story.
    pub entity: Entity,
    /// What happened.
    pub problem: Problem,
}

/// What a [`StoryProblem`] is about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be loaded, or its reload is broken: the last good graph stays.
    #[error("the story cannot be loaded: {0}")]
    Load(String),
    /// A reload could not keep the place.
    #[error("the story was reloaded and goes on in beat '{at}': beat '{lost}' is gone")]
    PlaceLost {
        /// Where it continues.
        at: String,
        /// What is gone.
        lost: String,
    },
    /// The story has changed since a save, or is reloaded: something that it knew is gone. It goes on.
    #[error("the story has changed: {0}")]
    Lost(Lost),
    /// A save cannot be used: the story begins at its start.
    #[error("the save cannot be used, and the story begins anew: {0}")]
    Save(String),
    /// [`Choose`] named something that is not open now.
    #[error("'{choice}' cannot be chosen now; open are: {}", open.join(", "))]
    NotOpen {
        /// What was named.
        choice: String,
        /// What is open.
        open: Vec<String>,
    },
    /// [`Ask`] came while nobody can be asked, or [`Say`] while there is nothing to choose either.
    #[error("nobody can be asked now: questions go to a line that `asks`, or to an NPC with a Persona")]
    NobodyToAsk,
    /// A condition or an effect could not be computed; it counts as false, or did nothing.
    #[error("\"{expression}\": {error}; it counts as false")]
    Expression {
        /// As the writer wrote it.
        expression: String,
        /// Why.
        error: String,
    },
    /// The story declares a host function that no system answers.
    #[error(
        "the story declares the host function '{0}' and no system answers it: add one with `app.add_host_function(\"{0}\", system)`; until then conditions with it are false"
    )]
    HostMissing(String),
    /// A prompt of the story cannot be read, so the story is not played.
    #[error("{0}. Correct it under `prompts`, or leave it out: the model brings its own")]
    Template(String),
    /// Hooks cannot be used, or something of them is lost; the story goes on without.
    #[error("hooks: {0}")]
    Hooks(String),
    /// [`Choose`] took an outcome whose hook is gone. The choice is still open.
    #[error("'{outcome}' cannot be chosen now: {why}. Show the choices without it")]
    HookGone {
        /// Id of the outcome.
        outcome: String,
        /// What is not so any more.
        why: String,
    },
    /// A plan of a director cannot be used, or does not know what happens; the story goes on without.
    #[error("director: {0}")]
    Director(String),
    /// There is no way on.
    #[error("the story is stuck: {0}")]
    Stuck(String),
}
