//! Conversations between any number of NPCs and the player: a relationship between entities.
//!
//! ```
//! use bevy_raconteur::core::scripted::ScriptedGenerator;
//! use bevy_raconteur::prelude::*;
//! use bevy_raconteur::test_app::{TestApp, scripted};
//!
//! let mut test = TestApp::new(ModelSource::None);
//! let world = test.app.world_mut();
//! let talk = world.spawn(Conversation::new("The ferry stage at dusk.")).id();
//! for (name, line) in [("Mara", "It rained all night."), ("Odo", "It did.")] {
//!     world.spawn((Persona::new(name, "dry"), Conversant::default().saying(line), InConversation(talk)));
//! }
//! world.add_observer(|turn: bevy_ecs::prelude::On<TurnSpoken>| println!("{}: {}", turn.name, turn.text));
//! test.run_until(|test| !test.log.generated().is_empty());
//! ```
//!
//! ```text
//! InConversation inserted --joins--> Participants of the Conversation          ConversationStarted, JoinedConversation
//!     who is next (core) --TurnStarted--> Generate .. Generated --TurnSpoken--> who hears it: histories, memories
//!          ^                                 |  Speak, BargeIn: TurnInterrupted        |
//!          +---------- after a pause, or NextTurn ------------------------------------+
//! InConversation removed, despawned, scene left: leaves; at the end ConversationEnded with the reason, once
//! ```
//! Who is next, who may cut whom short and when it is over is decided in [`raconteur_core::conversation`], whatever the
//! model writes. With the model off everybody says lines of their own ([`Conversant::lines`]), else what their
//! [`Persona`](crate::Persona) says when it is unsure, never nothing.
//!
//! Somebody who is [`Busy`](crate::prelude::SpeakerState) begins nothing, and answers the player who addresses them;
//! somebody who is `Scripted`, or [`InScene`](crate::prelude::InScene), or is saying something else, has no turn.

mod company;
mod direct;
mod events;
mod hearing;
mod requests;

use std::time::Duration;

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use raconteur_core::conversation::{self as core, Rules};
use raconteur_core::generate::Priority;
use raconteur_core::memory::Claim;

pub use events::{
    BargeIn, BargeInJudged, ConversationEnded, ConversationStarted, EndConversation, FloorOffered, JoinedConversation,
    LeftConversation, NextTurn, Speak, TurnInterrupted, TurnSpoken, TurnStarted,
};
pub use hearing::{Hearing, Whereabouts};

use crate::persona::direct_utterances;
use crate::plugin::NarrativeSystems;
use direct::direct_conversations;

/// On who takes part in a conversation: points to the entity with the [`Conversation`]. Insert it to join, remove it to
/// leave; who joins another one leaves the first.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
#[relationship(relationship_target = Participants)]
pub struct InConversation(pub Entity);

/// On a conversation: who takes part, in the order of joining. Bevy keeps it.
#[derive(Component, Debug, Default, PartialEq, Eq)]
#[relationship_target(relationship = InConversation)]
pub struct Participants(Vec<Entity>);

/// When the next turn begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnPace {
    /// After a time to read the last one, in the game's time.
    Reading {
        /// For each character of it. **Default** 45 ms.
        character: Duration,
        /// And then. **Default** 600 ms.
        pause: Duration,
    },
    /// When the game triggers [`NextTurn`].
    Game,
}

impl Default for TurnPace {
    fn default() -> Self {
        Self::Reading { character: Duration::from_millis(45), pause: Duration::from_millis(600) }
    }
}

/// A conversation. Put it on an entity of its own; [`InConversation`] on others makes them take part. It begins when two
/// are there. When it is over, everybody is let go, the component is removed, and [`ConversationEnded`] says why.
#[derive(Component, Debug, Clone)]
pub struct Conversation {
    /// Where and when it is, in one sentence; opens every prompt.
    pub setting: String,
    /// What it is about: the goal of a turn that answers nothing. May be empty.
    pub topic: String,
    /// When the next turn begins.
    pub pace: TurnPace,
    /// How long it is silent when nobody wants to speak. **Default** 2 s.
    pub silence: Duration,
    /// How long a player who was addressed, or might say something, is waited for. **Default** 8 s.
    pub patience: Duration,
    /// How urgent turns are. What answers the player is always [`Addressed`](Priority::Addressed). **Default**
    /// [`OnScreen`](Priority::OnScreen); [`Ambient`](Priority::Ambient) suits what the player does not hear.
    pub priority: Priority,
    /// Who is next, and whether it is over.
    talk: core::Conversation,
    locale: String,
    /// Numbers of the members, and who they are.
    people: Vec<Person>,
    joined: u64,
    phase: Phase,
    /// Whether it was told that it has begun.
    begun: bool,
    /// What was said last: the name of who said it, and the words.
    last: Option<(String, String)>,
    /// Whether the player said it.
    last_player: bool,
    /// Who heard it, and answers it.
    heard: Vec<Entity>,
    /// Members who did not hear it, and cannot speak.
    deaf: Vec<Entity>,
    turns: u32,
}

/// A member.
#[derive(Debug, Clone)]
struct Person {
    id: u64,
    entity: Entity,
    name: String,
    /// Exactly these words are their next turn.
    words: Option<(String, Vec<Claim>)>,
}

/// What is going on.
#[derive(Debug, Clone)]
enum Phase {
    /// The floor is free at this time.
    Pause {
        until: Duration,
    },
    /// The floor is free when the game says so.
    Held,
    /// Somebody speaks.
    Speaking {
        by: Entity,
        id: u64,
        /// What has been told of it.
        told: String,
        /// What is said if the model says nothing.
        line: Behind,
        /// Who takes over where the sentence ends.
        cut_by: Option<Entity>,
    },
    /// Nobody speaks, until this time.
    Quiet {
        until: Duration,
    },
    Over,
}

/// A writer's line that stands behind a turn.
#[derive(Debug, Clone)]
enum Behind {
    /// None but what they say when they are unsure.
    Nothing,
    /// Place in [`Conversant::lines`].
    Line(usize),
    Storylet {
        story: Entity,
        id: String,
    },
}

impl Conversation {
    /// Nobody is there yet.
    #[must_use]
    pub fn new(setting: impl Into<String>) -> Self {
        let locale = "en".to_owned();
        Self {
            setting: setting.into(),
            topic: String::new(),
            pace: TurnPace::default(),
            silence: Duration::from_secs(2),
            patience: Duration::from_secs(8),
            priority: Priority::OnScreen,
            talk: core::Conversation::new(Rules::default(), &locale, 0),
            locale,
            people: Vec::new(),
            joined: 0,
            phase: Phase::Pause { until: Duration::ZERO },
            begun: false,
            last: None,
            last_player: false,
            heard: Vec::new(),
            deaf: Vec::new(),
            turns: 0,
        }
    }

    /// Sets what it is about.
    #[must_use]
    pub fn about(mut self, topic: impl Into<String>) -> Self {
        self.topic = topic.into();
        self
    }

    /// Sets when the next turn begins.
    #[must_use]
    pub fn paced(mut self, pace: TurnPace) -> Self {
        self.pace = pace;
        self
    }

    /// Sets the rules, and the seed that decides between equals. For a conversation in which nobody is yet.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules, seed: u64) -> Self {
        self.talk = core::Conversation::new(rules, &self.locale, seed);
        self
    }

    /// Sets the BCP 47 tag of the language that is spoken, whose forms of a word are the same word. **Default** `en`. Set
    /// it before the rules.
    #[must_use]
    pub fn in_language(mut self, tag: impl Into<String>) -> Self {
        self.locale = tag.into();
        self.talk = core::Conversation::new(self.talk.rules, &self.locale, 0);
        self
    }

    /// Turns, budgets and members, as the rules see them.
    #[must_use]
    pub fn talk(&self) -> &core::Conversation {
        &self.talk
    }

    /// Who speaks.
    #[must_use]
    pub fn speaker(&self) -> Option<Entity> {
        if let Phase::Speaking { by, .. } = self.phase { Some(by) } else { None }
    }

    /// What was said last: the name of who said it, and the words.
    #[must_use]
    pub fn last(&self) -> Option<(&str, &str)> {
        self.last.as_ref().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    fn person(&self, entity: Entity) -> Option<&Person> {
        self.people.iter().find(|person| person.entity == entity)
    }

    fn entity(&self, id: u64) -> Option<Entity> {
        self.people.iter().find(|person| person.id == id).map(|person| person.entity)
    }
}

/// How somebody takes part in conversations. Without it an NPC is as talkative as most and has no lines of their own.
#[derive(Component, Debug, Clone, PartialEq)]
pub struct Conversant {
    /// Their name; empty: that of their [`Persona`](crate::Persona), or "You" for a player.
    pub name: String,
    /// Other names that they are addressed by.
    pub also_called: Vec<String>,
    /// How talkative they are, 0 to 100. **Default** 50.
    pub talkative: u8,
    /// Whom they may cut short: who has a lower standing. **Default** 0.
    pub standing: u8,
    /// Whether it is the player, who speaks with [`Speak`].
    pub player: bool,
    /// What they say when the model is off, late or wrong.
    pub lines: Vec<AuthoredLine>,
    /// How often each of these has been said.
    used: Vec<u32>,
}

/// A line of a writer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuthoredLine {
    /// The words.
    pub say: String,
    /// It fits when one of these stands in what was said last.
    pub keys: Vec<String>,
    /// What those learn who hear it, beside what it states of what the speaker remembers.
    pub tells: Vec<Claim>,
}

impl Default for Conversant {
    fn default() -> Self {
        Self {
            name: String::new(),
            also_called: Vec::new(),
            talkative: 50,
            standing: 0,
            player: false,
            lines: Vec::new(),
            used: Vec::new(),
        }
    }
}

impl Conversant {
    /// The player, by name; "You" for no name.
    #[must_use]
    pub fn player(name: impl Into<String>) -> Self {
        Self { name: name.into(), player: true, ..Self::default() }
    }

    /// Sets how talkative they are, 0 to 100.
    #[must_use]
    pub fn talkative(mut self, percent: u8) -> Self {
        self.talkative = percent.min(100);
        self
    }

    /// Sets whom they may cut short.
    #[must_use]
    pub fn standing(mut self, standing: u8) -> Self {
        self.standing = standing;
        self
    }

    /// Adds another name.
    #[must_use]
    pub fn called(mut self, name: impl Into<String>) -> Self {
        self.also_called.push(name.into());
        self
    }

    /// Adds a line that fits after anything.
    #[must_use]
    pub fn saying(self, say: impl Into<String>) -> Self {
        self.answering([], say)
    }

    /// Adds a line that fits best after one of these words.
    #[must_use]
    pub fn answering<'a>(mut self, keys: impl IntoIterator<Item = &'a str>, say: impl Into<String>) -> Self {
        let keys = keys.into_iter().map(str::to_owned).collect();
        self.lines.push(AuthoredLine { say: say.into(), keys, tells: Vec::new() });
        self
    }
}

/// Conversations.
pub(crate) struct ConversationPlugin;

impl Plugin for ConversationPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(
            PreUpdate,
            direct_conversations
                .run_if(any_with_component::<Conversation>)
                .in_set(NarrativeSystems::Advance)
                .after(direct_utterances),
        )
        .add_observer(direct::hear_chunk)
        .add_observer(direct::hear_end)
        .add_observer(requests::speak)
        .add_observer(requests::barge_in)
        .add_observer(requests::next_turn)
        .add_observer(requests::end_conversation)
        .add_observer(requests::lose_conversation);
    }
}
