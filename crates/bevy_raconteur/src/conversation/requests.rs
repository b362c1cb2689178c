//! What the game asks of conversations.

use bevy_ecs::prelude::*;
use bevy_time::Time;
use raconteur_core::conversation::{Ending, Refusal, Verdict};
use raconteur_core::memory::Claim;
use raconteur_core::player_text::PlayerText;
use raconteur_core::request::{Source, Why};

use super::company::Company;
use super::direct::{Stage, Turn, finish};
use super::events::{BargeIn, BargeInJudged, EndConversation, NextTurn, Speak, TurnInterrupted};
use super::{Conversation, InConversation, Participants, Phase};
use crate::events::Interrupt;

/// What has to be at hand to change a conversation.
#[derive(bevy_ecs::system::SystemParam)]
pub(super) struct Talks<'w, 's> {
    members: Query<'w, 's, &'static InConversation>,
    talks: Query<'w, 's, (&'static mut Conversation, Option<&'static Participants>)>,
    company: Company<'w, 's>,
    time: Res<'w, Time>,
}

/// Words that somebody is to say: the words, what they tell.
type Words = Option<(String, Vec<Claim>)>;

pub(super) fn speak(speak: On<Speak>, mut talks: Talks) {
    talks.barge(speak.entity, false, Some((speak.text.clone(), speak.tells.clone())));
}

pub(super) fn barge_in(barge: On<BargeIn>, mut talks: Talks) {
    talks.barge(barge.entity, barge.urgent, barge.text.clone().map(|text| (text, Vec::new())));
}

impl Talks<'_, '_> {
    fn barge(&mut self, by: Entity, urgent: bool, words: Words) {
        let within = self.members.get(by).ok().map(|within| within.0);
        let verdict = within.map_or(Verdict::Refused(Refusal::NotThere), |entity| {
            let Ok((mut talk, participants)) = self.talks.get_mut(entity) else {
                return Verdict::Refused(Refusal::NotThere);
            };
            let (now, talk) = (self.time.elapsed(), &mut *talk);
            let mut stage = Stage { entity, talk, company: &mut self.company, now };
            // Somebody may have come in this very frame.
            stage.reconcile(participants.map_or(&[], |there| there.0.as_slice()));
            barge(&mut stage, by, urgent, words)
        });
        self.company.commands.trigger(BargeInJudged { entity: by, conversation: within, verdict });
    }
}

fn barge(stage: &mut Stage<'_, '_, '_>, by: Entity, urgent: bool, words: Words) -> Verdict {
    let Some(id) = stage.talk.person(by).map(|person| person.id) else { return Verdict::Refused(Refusal::NotThere) };
    let player = stage.talk.talk.members().any(|member| member.id == id && member.player);
    let words = words.map(|(text, tells)| {
        let safe = PlayerText::new(&text);
        let text = if player { safe.as_str().to_owned() } else { text.trim().to_owned() };
        (text, tells)
    });
    let words = words.filter(|(text, _)| text.chars().any(char::is_alphanumeric));
    if player && words.is_none() {
        return Verdict::Later;
    }
    let ability = stage.company.ability(stage.talk, by);
    let verdict = stage.talk.talk.barge(id, urgent, ability);
    match verdict {
        Verdict::AtOnce => stage.cut_short(Some(by)),
        Verdict::AtSentenceEnd => {
            if let Phase::Speaking { cut_by, .. } = &mut stage.talk.phase {
                *cut_by = Some(by);
            }
        }
        Verdict::Next => {
            if let Phase::Quiet { until } = &mut stage.talk.phase {
                *until = stage.now;
            }
        }
        Verdict::Later => {}
        Verdict::Refused(_) => return verdict,
    }
    let free = matches!(verdict, Verdict::AtOnce | Verdict::Next);
    match words {
        Some((text, tells)) if free && stage.talk.begun => {
            let source = Source::Authored(Why::Written);
            stage.talk.talk.begin(id);
            stage.say(Turn { id, by, text, source, cut: false, tells });
        }
        words => {
            if let Some(person) = stage.talk.people.iter_mut().find(|person| person.id == id)
                && words.is_some()
            {
                person.words = words;
            }
        }
    }
    verdict
}

pub(super) fn next_turn(next: On<NextTurn>, mut talks: Query<&mut Conversation>, time: Res<Time>) {
    if let Ok(mut talk) = talks.get_mut(next.entity)
        && matches!(talk.phase, Phase::Held)
    {
        talk.phase = Phase::Pause { until: time.elapsed() };
    }
}

pub(super) fn end_conversation(end: On<EndConversation>, mut talks: Talks) {
    let entity = end.entity;
    if let Ok((mut talk, _)) = talks.talks.get_mut(entity) {
        let (now, talk) = (talks.time.elapsed(), &mut *talk);
        Stage { entity, talk, company: &mut talks.company, now }.finish(Ending::Stopped);
    }
}

/// The entity is despawned, or the game has taken the component away or put another one in its place.
pub(super) fn lose_conversation(
    lost: On<Discard, Conversation>,
    mut talks: Query<&mut Conversation>,
    mut commands: Commands,
) {
    let Ok(mut talk) = talks.get_mut(lost.entity) else { return };
    if matches!(talk.phase, Phase::Over) {
        return;
    }
    if let Some(speaker) = talk.speaker() {
        commands.trigger(TurnInterrupted { entity: speaker, conversation: lost.entity, by: None });
        commands.trigger(Interrupt { entity: speaker });
    }
    finish(lost.entity, &mut talk, Ending::Gone, true, &mut commands);
}
