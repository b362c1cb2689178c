//! What a conversation has to know of the people around it, and what it does to them.

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use raconteur_core::conversation::{Ability, Member, keys_of};
use raconteur_core::judge::words;
use raconteur_core::memory::Claim;

use super::hearing::{Hearing, Whereabouts};
use super::{Behind, Conversant, Conversation, InConversation, Person};
use crate::memory::Recalling;
use crate::persona::{PLAYER, Persona, SILENCE};
use crate::requests::Speaking;
use crate::runner::{Input, StoryRunner};
use crate::speaker::{InScene, SpeakerState};

/// Other people's components.
#[derive(SystemParam)]
pub(super) struct Company<'w, 's> {
    personas: Query<'w, 's, &'static Persona>,
    conversants: Query<'w, 's, &'static mut Conversant>,
    states: Query<'w, 's, (Option<&'static SpeakerState>, Has<InScene>, Has<Speaking>)>,
    places: Query<'w, 's, (Option<&'static Hearing>, Option<&'static Whereabouts>)>,
    /// Who may overhear something.
    around: Query<'w, 's, (Entity, &'static Hearing, &'static Whereabouts, Option<&'static InConversation>)>,
    recalling: Recalling<'w, 's>,
    pub(super) commands: Commands<'w, 's>,
}

impl Company<'_, '_> {
    /// Somebody as the rules see them, and their name.
    pub(super) fn member(&self, entity: Entity, id: u64) -> (Member, String) {
        let manner = self.conversants.get(entity).ok();
        let persona = self.personas.get(entity).ok();
        let own = manner.map(|manner| manner.name.trim()).filter(|name| !name.is_empty());
        let player = manner.is_some_and(|manner| manner.player);
        let name = match (own, persona) {
            (Some(name), _) => name,
            (None, Some(persona)) => persona.who.name.trim(),
            (None, None) => PLAYER,
        };
        // "And you?" is said to anybody.
        let addressed = if name == PLAYER { "" } else { name };
        let mut member = if player { Member::player(id, addressed) } else { Member::new(id, addressed) };
        if let Some(manner) = manner {
            member.also_called.clone_from(&manner.also_called);
            (member.talkative, member.standing) = (manner.talkative, manner.standing);
        }
        (member, name.to_owned())
    }

    /// What each of a conversation knows of.
    pub(super) fn set_keys(&self, talk: &mut Conversation) {
        for Person { id, entity, .. } in &talk.people {
            let mut keys = self.recalling.keys(*entity);
            if let Ok(persona) = self.personas.get(*entity) {
                keys.extend(keys_of(persona.knows.iter().map(String::as_str), &talk.locale));
            }
            talk.talk.set_keys(*id, &keys);
        }
    }

    /// What somebody is able to now.
    pub(super) fn ability(&self, talk: &Conversation, entity: Entity) -> Ability {
        let player = self.conversants.get(entity).is_ok_and(|manner| manner.player);
        if player {
            return Ability::Free;
        }
        let Ok((state, in_scene, speaking)) = self.states.get(entity) else { return Ability::Unable };
        let speaks_here = talk.speaker() == Some(entity);
        let deaf = talk.deaf.contains(&entity);
        if in_scene || deaf || (speaking && !speaks_here) || !self.personas.contains(entity) {
            return Ability::Unable;
        }
        match state {
            Some(SpeakerState::Scripted) => Ability::Unable,
            Some(SpeakerState::Busy) => Ability::Answers,
            Some(SpeakerState::Interruptible) | None => Ability::Free,
        }
    }

    /// Who hears somebody of a conversation, the speaker left out: members in the order of joining, then others by entity.
    pub(super) fn hearers(&self, talk: &Conversation, conversation: Entity, speaker: Entity) -> Vec<Entity> {
        let place = self.places.get(speaker).ok().and_then(|(_, place)| place);
        let hears = |entity: &Entity| match (self.places.get(*entity), place) {
            (Ok((Some(hearing), Some(here))), Some(there)) => hearing.reaches(here, there),
            _ => true,
        };
        let members = talk.people.iter().map(|person| person.entity).filter(|entity| *entity != speaker);
        let mut heard: Vec<Entity> = members.filter(hears).collect();
        if let Some(place) = place {
            let member = |within: Option<&InConversation>| within.is_some_and(|within| within.0 == conversation);
            let near = self.around.iter().filter(|(entity, hearing, here, within)| {
                *entity != speaker && !member(*within) && hearing.reaches(here, place)
            });
            let mut near: Vec<Entity> = near.map(|(entity, ..)| entity).collect();
            near.sort_unstable();
            heard.extend(near);
        }
        heard
    }

    /// What was said stands in the talk of all members who heard it.
    pub(super) fn note(&mut self, talk: &Conversation, heard: &[Entity], name: &str, text: &str) {
        let members = talk.people.iter().map(|person| person.entity);
        let hearers: Vec<Entity> = members.filter(|entity| heard.contains(entity)).collect();
        self.note_for(hearers, name, text);
    }

    /// What was said stands in the talk of somebody. It is a command, so that it comes after the end of what was said
    /// before, which is one too.
    pub(super) fn note_for(&mut self, hearers: Vec<Entity>, name: &str, text: &str) {
        let (name, text) = (name.to_owned(), text.to_owned());
        self.commands.queue(move |world: &mut World| {
            for hearer in hearers {
                if let Some(mut persona) = world.get_mut::<Persona>(hearer) {
                    persona.remember(&name, &text);
                }
            }
        });
    }

    /// What somebody says without a model: the line that fits what was said and has been said least; else a storylet of
    /// their story; else what they say when unsure. Never nothing.
    pub(super) fn line(&self, entity: Entity, heard: &str) -> (String, Behind) {
        let manner = self.conversants.get(entity).ok();
        if let Some((manner, at)) = manner.and_then(|manner| Some((manner, manner.fitting(heard)?))) {
            return (manner.lines[at].say.clone(), Behind::Line(at));
        }
        if let Some((story, id, say)) = self.recalling.storylet(entity).filter(|(.., say)| !say.trim().is_empty()) {
            return (say, Behind::Storylet { story, id });
        }
        let unsure = self.personas.get(entity).ok().map(|persona| persona.unsure.clone());
        (unsure.filter(|text| !text.trim().is_empty()).unwrap_or_else(|| SILENCE.to_owned()), Behind::Nothing)
    }

    /// A writer's line has been said: it counts as used. Gives what it tells.
    pub(super) fn use_line(&mut self, entity: Entity, line: Behind) -> Vec<Claim> {
        match line {
            Behind::Nothing => Vec::new(),
            Behind::Line(line) => {
                let Ok(mut manner) = self.conversants.get_mut(entity) else { return Vec::new() };
                let most = manner.lines.len();
                manner.used.resize(most, 0);
                if let Some(used) = manner.used.get_mut(line) {
                    *used = used.saturating_add(1);
                }
                manner.lines.get(line).map(|line| line.tells.clone()).unwrap_or_default()
            }
            Behind::Storylet { story, id } => {
                self.commands.queue(move |world: &mut World| {
                    if let Some(mut runner) = world.get_mut::<StoryRunner>(story) {
                        runner.inputs.push(Input::Told(id));
                    }
                });
                Vec::new()
            }
        }
    }
}

impl Conversant {
    /// The line that fits: of those that a key calls up the one that was said least, unless it has been said more than once
    /// oftener than others; else of all the one that was said least. Of equals the first. Blank lines are none.
    fn fitting(&self, heard: &str) -> Option<usize> {
        let heard = words::words(heard);
        let used = |at: usize| self.used.get(at).copied().unwrap_or(0);
        let written = || (0..self.lines.len()).filter(|&at| !self.lines[at].say.trim().is_empty());
        let least = written().min_by_key(|&at| (used(at), !self.lines[at].keys.is_empty(), at))?;
        let called = |at: &usize| self.lines[*at].keys.iter().any(|key| words::contains(&heard, key));
        let fitting = written().filter(called).min_by_key(|&at| (used(at), at));
        Some(fitting.filter(|&at| used(at) <= used(least).saturating_add(1)).unwrap_or(least))
    }
}
