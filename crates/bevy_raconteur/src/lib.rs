//! Narrative AI for Bevy: a GPT-2 off the main thread voices NPCs, conditioned by a story graph, with authored lines as
//! the floor.
//!
//! ```text
//! game --trigger--> Advance / Choose / Ask / Say / Generate          Update
//!   Submit   compose the prompt from persona, beat and facts   PostUpdate
//!      |  Job    (bounded channel, game -> worker)
//!      v
//!   worker thread: queue, batched decoding, filters, ranking, cancelled between two tokens
//!      |  Reply  (bounded channel, worker -> game)
//!      v
//!   Receive  take replies in, a limited number a frame         PreUpdate
//!   Advance  stories move, entity events fire                  PreUpdate
//! game <--observe-- LineStarted / LineChunk / LineReady / ChoicesReady / StoryEnded / Generated
//! ```
//!
//! Every request ends exactly once, with a reason ([`Source`](prelude::Source)); no line is ever empty; nothing here
//! waits on the main thread.
//!
//! # Add it to a game
//!
//! ```
//! use bevy_app::prelude::*;
//! use bevy_ecs::prelude::*;
//! use bevy_raconteur::prelude::*;
//!
//! fn main() {
//!     App::new()
//!         .add_plugins(bevy_raconteur::test_app::HeadlessPlugins) // DefaultPlugins in a game
//!         .add_plugins(NarrativePlugins::new(ModelSource::None)) // ModelSource::directory("assets/models/ember")
//!         .add_systems(Startup, spawn)
//!         .add_observer(|line: On<Generated>| println!("{} ({})", line.text, line.reason))
//!         .update();
//! }
//!
//! fn spawn(mut commands: Commands) {
//!     let mara = commands.spawn(Persona::new("Mara", "ferrywoman; dry, tired").knowing("The bell is gone.")).id();
//!     commands.trigger(Generate::new(mara, "You came for the bell.").at("The ferry stage, after the flood."));
//! }
//! ```
//!
//! # Frames first, or words first
//! The model computes on threads of its own, which never spin and have a lower priority than the game's. How hard they
//! work is up to [`NarrativeSettings::governor`](prelude::NarrativeSettings::governor), at any time:
//! [`PrioritiseFrame`](prelude::GovernorMode::PrioritiseFrame), [`Balanced`](prelude::GovernorMode::Balanced) or
//! [`PrioritiseReply`](prelude::GovernorMode::PrioritiseReply). Unless
//! [`frame_feedback`](prelude::NarrativeSettings::frame_feedback) is off, the first two also back off while frames slip;
//! [`NarrativeStats::governor`](prelude::NarrativeStats::governor) shows how far. What is written is the same in all of
//! them.
//!
//! # Features
//! | feature | default | what it brings |
//! |---|---|---|
//! | `gpt2` | yes | the model in `raconteur_gpt2`; without it the plugin plays authored lines or any [`TextGenerator`] of yours |
//! | `candle` | no | the same model on candle, in f32, chosen by `LoadOptions::device` in `raconteur_gpt2` |
//! | `yarnspinner` | no | the module `yarn`: generated lines for games written in Yarn, with `bevy_yarnspinner` 0.9 |
//! | `cuda` | no | `candle` on an NVIDIA GPU; building it needs the CUDA toolkit. Not tested on a GPU yet |
//! | `metal` | no | `candle` on an Apple GPU. Not tested on a GPU yet |
//!
//! # Why is nothing generated?
//! Look at the line's source: `authored(..)` says why.
//! | source | what to do |
//! |---|---|
//! | `authored(written)` | the line has no `gen`; for an `Answer` line, nobody has asked yet |
//! | `authored(model_off)` | give [`NarrativePlugins`] a [`ModelSource`](prelude::ModelSource), and see [`NarrativeSettings::enabled`](prelude::NarrativeSettings) |
//! | `authored(model_failed)` | [`ModelStatus::Failed`](prelude::ModelStatus) holds the error |
//! | `authored(other_language)` | no model was given for the language on show ([`with_language_model`](NarrativePlugins::with_language_model)), or the translation does not say `generate: true` |
//! | `authored(late)` | the model takes longer than the policy's `budget_ms`: a smaller or quantised model, or a longer budget |
//! | `authored(must)`, `(banned)`, `(unknown_name)`, .. | all candidates broke that rule: more `tries`, or a looser rule |
//!
//! [`NarrativeCounts`](prelude::NarrativeCounts) says how often each rule rejected a text, and
//! [`Inspector`](prelude::Inspector) has the latest requests with every text that was rejected and why.
//!
//! [`TextGenerator`]: raconteur_core::generate::TextGenerator

mod adapter;
mod conversation;
pub mod crier;
mod debate;
mod diagnostics;
mod direct;
mod events;
mod governor;
mod host;
mod inspector;
mod language;
mod memory;
mod model;
mod persona;
mod plot;
mod plugin;
pub mod provenance;
mod reading;
mod requests;
pub mod rumor;
mod runner;
mod serial;
mod settings;
mod speaker;
mod stats;
mod story;
pub mod test_app;
mod worker;
#[cfg(feature = "yarnspinner")]
pub mod yarn;

pub use raconteur_core as core;
#[cfg(feature = "gpt2")]
pub use raconteur_gpt2 as gpt2;

pub use events::{Ask, Generate};
pub use persona::Persona;
pub use plugin::{LoadModel, NarrativePlugins, NarrativeSystems, UnloadModel};
pub use runner::Cast;

/// Everything a game needs.
pub mod prelude {
    pub use crate::adapter::{Adapters, VoiceAdapter, VoiceAdapterError, VoiceAdapterLoader};
    pub use crate::conversation::{
        BargeIn, BargeInJudged, Conversant, Conversation, ConversationEnded, ConversationStarted, EndConversation,
        FloorOffered, Hearing, InConversation, JoinedConversation, LeftConversation, NextTurn, Participants, Speak,
        TurnInterrupted, TurnPace, TurnSpoken, TurnStarted, Whereabouts,
    };
    pub use crate::crier::{
        Letter, LetterArrived, LetterTo, NewsCried, NewsItem, NewsProblem, NewsTold, NoticeBoard, Publish, TownCrier,
        Withdraw,
    };
    pub use crate::debate::{
        ClaimReady, Debate, DebateAsset, DebateEnded, DebateLoader, DebateLoaderError, DebateProblem, DebateTrouble,
        DebateTurn, FellSilent, OpinionMoved,
    };
    pub use crate::events::{
        Advance, Ask, BeatEntered, ChoicesReady, Choose, DidYouMean, Generate, Generated, GeneratedChunk, Interrupt,
        LanguageGap, LineChunk, LineReady, LineStarted, LookAt, NotUnderstood, OfferedChoice, Problem, Remark,
        Remarked, Say, SetVariable, StoryEnded, StoryProblem, Untranslated, VariableChanged,
    };
    pub use crate::governor::GovernorMode;
    pub use crate::host::{AddHostFunction, HostArgs};
    pub use crate::inspector::{Inspected, Inspector, NarrativeCounts};
    pub use crate::memory::{Forgot, Lapse, Learned, MemoryClock, Remember, Remembers};
    pub use crate::model::{ModelChanged, ModelSource, ModelStatus};
    pub use crate::persona::{Persona, PersonaMemory};
    pub use crate::plot::{
        Director, DirectorAsset, DirectorLoader, HookBoard, HookDone, HookOffered, HookTaken, HookWithdrawn,
        HooksAsset, HooksLoader, Jolt, Pace, PlotEntity, PlotLoaderError, PlotWorld, StoryletTold,
    };
    pub use crate::plugin::{LoadModel, NarrativePlugins, NarrativeSystems, UnloadModel};
    pub use crate::provenance::{AuthoredText, GeneratedText, TextOrigin};
    pub use crate::reading::{
        AskDocuments, CollectDocument, DocumentCollected, DocumentsAnswered, DocumentsAsset, DocumentsLoader,
        DocumentsLoaderError, DocumentsProblem, Journal, ReadingProblem, Reads,
    };
    pub use crate::requests::Speaking;
    pub use crate::rumor::{
        Acquaintances, AskWhoTold, AtPlace, Gossip, InEarshot, Meet, MeetBy, RumorBooks, RumorClock, RumorMill,
        RumorProblem, RumorVoicing, ShowEvidence, StartTale, TaleBelieved, TaleCorrected, TaleOrigin, TaleOverheard,
        TaleTold, TellTale, TickRumors, TownPlace, WhoToldAnswered,
    };
    pub use crate::runner::{Cast, StoryRunner};
    pub use crate::serial::{
        Chapter, ChapterReady, ChapterRelease, OpeningAsset, OpeningLoader, OpeningLoaderError, PublishChapter, Serial,
        SerialEnded, SerialProblem, SerialSave,
    };
    pub use crate::settings::NarrativeSettings;
    pub use crate::speaker::{InScene, SpeakerState};
    pub use crate::stats::{GovernorStats, NarrativeStats};
    pub use crate::story::{StoryAsset, StoryLoader, StoryLoaderError};
    pub use raconteur_core::generate::{GenerationConfig, Priority};
    pub use raconteur_core::request::{Source, Why};
    pub use raconteur_core::runner::{Lost, RunnerState};
    pub use raconteur_core::story::format::{Story, Value};
}

/// The README's snippet is compiled with the tests.
#[cfg(all(doctest, feature = "gpt2"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
