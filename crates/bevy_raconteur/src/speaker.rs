//! Whether somebody may speak now: so that generated talk never runs over a scripted scene, and can be cut short.
//!
//! | | talks by themselves ([`Generate`], [`Remark`](crate::prelude::Remark)) | answers an [`Ask`](crate::Ask) | speaks their lines of a story |
//! |---|---|---|---|
//! | [`Interruptible`](SpeakerState::Interruptible), or no state | yes | yes | yes |
//! | [`Busy`](SpeakerState::Busy) | no | yes | yes |
//! | [`Scripted`](SpeakerState::Scripted) | no | no | yes |
//! | [`InScene`]: a line of theirs is on show | no | no | yes |
//!
//! What may not begin ends at once as [`Source::Cancelled`], and nothing is written for it. What is being said when
//! somebody becomes `Scripted`, when a line of theirs begins, or when an [`Interrupt`] reaches them ends there, with the
//! words that have been told.
//!
//! [`Generate`]: crate::Generate
//! [`Source::Cancelled`]: raconteur_core::request::Source::Cancelled

use bevy_ecs::prelude::*;
use raconteur_core::generate::Priority;

use crate::events::Interrupt;
use crate::persona::Voices;
use crate::runner::{Input, StoryRunner};

/// What an NPC is at, as far as talk goes. Put it on the entity that speaks.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SpeakerState {
    /// Free to talk, and to be cut short.
    #[default]
    Interruptible,
    /// At work, in a fight, asleep: does not begin to talk, but answers who asks.
    Busy,
    /// Part of a scene of the game's own: nothing generated, until the game says otherwise.
    Scripted,
}

/// On an entity while it speaks a line of a story: from the start of the line until the player goes on.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct InScene {
    /// The story.
    pub story: Entity,
}

/// Who is free to talk.
#[derive(bevy_ecs::system::SystemParam)]
pub(crate) struct Manners<'w, 's> {
    speakers: Query<'w, 's, (Option<&'static SpeakerState>, Has<InScene>)>,
}

impl Manners<'_, '_> {
    /// Whether somebody may begin to say something this urgent.
    pub(crate) fn let_speak(&self, speaker: Entity, priority: Priority) -> bool {
        let (state, in_scene) = self.speakers.get(speaker).unwrap_or((None, false));
        lets_speak(state, in_scene, priority)
    }
}

/// Whether somebody in this state may begin to say something this urgent.
pub(crate) fn lets_speak(state: Option<&SpeakerState>, in_scene: bool, priority: Priority) -> bool {
    !in_scene
        && match state {
            Some(SpeakerState::Scripted) => false,
            Some(SpeakerState::Busy) => priority == Priority::Addressed,
            Some(SpeakerState::Interruptible) | None => true,
        }
}

/// Somebody's line of a story begins: what they say by themselves ends.
pub(crate) fn hush_for_scene(begun: On<Insert, InScene>, mut voices: Voices, mut stories: Query<&mut StoryRunner>) {
    hush(begun.entity, &mut voices, &mut stories);
}

/// The game takes somebody for a scene of its own.
pub(crate) fn hush_for_script(
    taken: On<Insert, SpeakerState>,
    states: Query<&SpeakerState>,
    mut voices: Voices,
    mut stories: Query<&mut StoryRunner>,
) {
    if states.get(taken.entity) == Ok(&SpeakerState::Scripted) {
        hush(taken.entity, &mut voices, &mut stories);
    }
}

/// The player cuts somebody short.
pub(crate) fn hush_on_interrupt(
    barged: On<Interrupt>,
    scenes: Query<&InScene>,
    mut voices: Voices,
    mut stories: Query<&mut StoryRunner>,
) {
    hush(barged.entity, &mut voices, &mut stories);
    let story = scenes.get(barged.entity).map_or(barged.entity, |scene| scene.story);
    if let Ok(mut story) = stories.get_mut(story) {
        story.inputs.push(Input::Interrupt);
    }
}

fn hush(speaker: Entity, voices: &mut Voices, stories: &mut Query<&mut StoryRunner>) {
    voices.hush(speaker);
    for mut story in stories {
        // Most have nothing to drop, and are not to count as changed.
        let dropped = story.bypass_change_detection().drop_remarks_of(speaker);
        dropped.into_iter().for_each(|id| voices.forget(id));
    }
}

/// Moves [`InScene`] to where it belongs after a story has been directed.
pub(crate) fn move_scene(world: &mut World, story: Entity, before: Option<Entity>, now: Option<Entity>) {
    if before == now {
        return;
    }
    if let Some(before) = before.and_then(|voice| world.get_entity_mut(voice).ok()) {
        leave(before, story);
    }
    if let Some(mut now) = now.and_then(|voice| world.get_entity_mut(voice).ok()) {
        now.insert(InScene { story });
    }
}

/// A story that is gone keeps nobody.
pub(crate) fn leave_lost_scene(
    lost: On<Remove, StoryRunner>,
    scenes: Query<(Entity, &InScene)>,
    mut commands: Commands,
) {
    for (voice, _) in scenes.iter().filter(|(_, scene)| scene.story == lost.entity) {
        commands.entity(voice).try_remove::<InScene>();
    }
}

fn leave(mut voice: EntityWorldMut, story: Entity) {
    // Another story may have taken them in the meantime.
    if voice.get::<InScene>().is_some_and(|scene| scene.story == story) {
        voice.remove::<InScene>();
    }
}
