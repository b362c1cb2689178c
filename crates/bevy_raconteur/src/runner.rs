//! A story in play: the component, who is bound to it, and what the game has asked of it.

use std::collections::HashMap;
use std::sync::Arc;

use bevy_asset::Handle;
use bevy_ecs::prelude::*;
use raconteur_core::generate::{Priority, RequestId};
use raconteur_core::runner::{Runner, RunnerState};
use raconteur_core::story::format::{Story, Value};

use crate::direct::Play;
use crate::events::{Advance, Ask, Choose, LookAt, Problem, Remark, Say, SetVariable, StoryProblem};
use crate::plot::Offers;
use crate::speaker::Manners;
use crate::story::StoryAsset;

/// A story in play. Put it on an entity of its own: it begins as soon as the asset is loaded.
///
/// Several may run at once, also several of one asset.
#[derive(Component)]
pub struct StoryRunner {
    pub(crate) story: Handle<StoryAsset>,
    pub(crate) seed: u64,
    /// Where it goes on from when the asset is there.
    pub(crate) saved: Option<Box<RunnerState>>,
    /// `None` until the asset is there.
    pub(crate) play: Option<Box<Play>>,
    /// What the game has asked since the last time, in order.
    pub(crate) inputs: Vec<Input>,
    /// A version that cannot be played, so that it is tried once.
    pub(crate) refused: Option<Arc<Story>>,
    /// Who speaks the line that is on show, and is [`InScene`](crate::prelude::InScene).
    pub(crate) on_stage: Option<Entity>,
    /// The hooks at its outcomes.
    pub(crate) offers: Arc<Offers>,
}

/// Something that the game has asked of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    Advance,
    Choose(String),
    Ask(String),
    Say(String),
    Remark(String),
    Set(String, Value),
    /// One of these storylets is to be told.
    Tell(Vec<String>),
    /// A model is to rank the texts of hooks.
    RankHooks(Vec<String>),
    /// A storylet has been told in a conversation, in its authored words.
    Told(String),
    /// Show at once what is being written.
    Interrupt,
    /// At one of its speakers, or at all.
    LookAt(Option<String>),
}

impl StoryRunner {
    /// A story that begins at its start. The same seed and the same choices give the same words.
    #[must_use]
    pub fn new(story: Handle<StoryAsset>, seed: u64) -> Self {
        Self {
            story,
            seed,
            saved: None,
            play: None,
            inputs: Vec::new(),
            refused: None,
            on_stage: None,
            offers: Arc::default(),
        }
    }

    /// A story that goes on where a save left it, in the same words, also when the story has changed since. What the
    /// save knew and the story does not know any more is told as [`Problem::Lost`]. A save that cannot be used at all (of
    /// another story, or of a newer version) is told as [`Problem::Save`], and the story begins at its start.
    #[must_use]
    pub fn resume(story: Handle<StoryAsset>, saved: RunnerState) -> Self {
        Self { seed: saved.seed, saved: Some(Box::new(saved)), ..Self::new(story, 0) }
    }

    /// What to save: plain data for serde, at any moment, also in the middle of a line. Before the story has begun it is
    /// what it was resumed from, if anything.
    #[must_use]
    pub fn state(&self) -> Option<&RunnerState> {
        self.runner().map(Runner::state).or(self.saved.as_deref())
    }

    /// The state of the story, once it has begun: variables, visits, history.
    #[must_use]
    pub fn runner(&self) -> Option<&Runner> {
        self.play.as_ref().map(|play| &play.runner)
    }

    /// Drops the remarks that are being written for a speaker, and gives their requests.
    pub(crate) fn drop_remarks_of(&mut self, speaker: Entity) -> Vec<RequestId> {
        self.play.as_mut().map(|play| play.drop_remarks_of(speaker)).unwrap_or_default()
    }
}

/// Binds the speakers of a story to entities of the scene: cast id to entity. Lines of a bound speaker are told to that
/// entity; when it is despawned, its open requests are cancelled.
#[derive(Component, Debug, Clone, Default, PartialEq, Eq)]
pub struct Cast(pub HashMap<String, Entity>);

impl Cast {
    /// Binds a speaker.
    #[must_use]
    pub fn with(mut self, id: impl Into<String>, entity: Entity) -> Self {
        self.0.insert(id.into(), entity);
        self
    }
}

pub(crate) fn note_advance(advance: On<Advance>, mut stories: Query<&mut StoryRunner>) {
    if let Ok(mut story) = stories.get_mut(advance.entity) {
        story.inputs.push(Input::Advance);
    }
}

pub(crate) fn note_choose(choose: On<Choose>, mut stories: Query<&mut StoryRunner>) {
    if let Ok(mut story) = stories.get_mut(choose.entity) {
        story.inputs.push(Input::Choose(choose.choice.clone()));
    }
}

pub(crate) fn note_remark(remark: On<Remark>, mut stories: Query<(&mut StoryRunner, Option<&Cast>)>, manners: Manners) {
    let Ok((mut story, cast)) = stories.get_mut(remark.entity) else { return };
    let voice = cast.and_then(|cast| cast.0.get(&remark.who));
    if voice.is_none_or(|&voice| manners.let_speak(voice, Priority::Ambient)) {
        story.inputs.push(Input::Remark(remark.who.clone()));
    }
}

pub(crate) fn note_set(set: On<SetVariable>, mut stories: Query<&mut StoryRunner>) {
    if let Ok(mut story) = stories.get_mut(set.entity) {
        story.inputs.push(Input::Set(set.name.clone(), set.value.clone()));
    }
}

pub(crate) fn note_ask(
    ask: On<Ask>,
    mut stories: Query<&mut StoryRunner>,
    personas: Query<(), Or<(With<crate::persona::Persona>, With<crate::reading::Reads>)>>,
    mut commands: Commands,
) {
    if let Ok(mut story) = stories.get_mut(ask.entity) {
        story.inputs.push(Input::Ask(ask.text.clone()));
    } else if !personas.contains(ask.entity) {
        commands.trigger(StoryProblem { entity: ask.entity, problem: Problem::NobodyToAsk });
    }
}

pub(crate) fn note_say(say: On<Say>, mut stories: Query<&mut StoryRunner>) {
    if let Ok(mut story) = stories.get_mut(say.entity) {
        story.inputs.push(Input::Say(say.text.clone()));
    }
}

pub(crate) fn note_look(look: On<LookAt>, mut stories: Query<(Entity, &mut StoryRunner, Option<&Cast>)>) {
    for (entity, mut story, cast) in &mut stories {
        let bound = cast.and_then(|cast| cast.0.iter().find(|&(_, bound)| *bound == look.entity));
        if let Some((who, _)) = bound {
            story.inputs.push(Input::LookAt(Some(who.clone())));
        } else if entity == look.entity {
            story.inputs.push(Input::LookAt(None));
        }
    }
}
