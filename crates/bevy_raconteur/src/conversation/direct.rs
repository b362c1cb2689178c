//! Moves conversations on: who is there, who is next, what was said.

use std::time::Duration;

use bevy_ecs::prelude::*;
use bevy_time::Time;
use raconteur_core::conversation::{Ability, Because, Ending, Next};
use raconteur_core::generate::Priority;
use raconteur_core::memory::Claim;
use raconteur_core::request::{Source, Why};

use super::company::Company;
use super::events::{
    ConversationEnded, ConversationStarted, FloorOffered, JoinedConversation, LeftConversation, TurnInterrupted,
    TurnSpoken, TurnStarted,
};
use super::{Conversation, InConversation, Participants, Person, Phase, TurnPace};
use crate::events::{Generate, Generated, GeneratedChunk, Interrupt};

/// `Advance`: all conversations.
pub(super) fn direct_conversations(
    mut talks: Query<(Entity, &mut Conversation, Option<Ref<Participants>>)>,
    time: Res<Time>,
    mut company: Company,
) {
    let now = time.elapsed();
    for (entity, mut talk, participants) in &mut talks {
        // Most frames change nothing.
        let talk = talk.bypass_change_detection();
        let (changed, there) = match &participants {
            // One that was put in another one's place knows nobody yet.
            Some(there) => (there.is_changed() || talk.people.is_empty(), there.0.as_slice()),
            None => (!talk.people.is_empty(), [].as_slice()),
        };
        let mut stage = Stage { entity, talk, company: &mut company, now };
        if changed {
            stage.reconcile(there);
        }
        stage.go_on();
    }
}

/// One conversation, for the length of one call.
pub(super) struct Stage<'a, 'w, 's> {
    pub(super) entity: Entity,
    pub(super) talk: &'a mut Conversation,
    pub(super) company: &'a mut Company<'w, 's>,
    pub(super) now: Duration,
}

/// Something that has been said.
pub(super) struct Turn {
    pub(super) id: u64,
    pub(super) by: Entity,
    pub(super) text: String,
    pub(super) source: Source,
    pub(super) cut: bool,
    pub(super) tells: Vec<Claim>,
}

impl Stage<'_, '_, '_> {
    /// Lets those in who have come, and those go who have left.
    pub(super) fn reconcile(&mut self, there: &[Entity]) {
        if matches!(self.talk.phase, Phase::Over) {
            return;
        }
        let conversation = self.entity;
        let left: Vec<Person> = self.talk.people.iter().filter(|one| !there.contains(&one.entity)).cloned().collect();
        for Person { id, entity, .. } in left {
            if self.talk.speaker() == Some(entity) {
                self.cut_short(None);
            }
            self.talk.talk.leave(id);
            self.talk.people.retain(|person| person.id != id);
            self.company.commands.trigger(LeftConversation { entity, conversation });
        }
        for &entity in there {
            if self.talk.person(entity).is_some() {
                continue;
            }
            let id = self.talk.joined;
            let (member, name) = self.company.member(entity, id);
            if self.talk.talk.join(member) {
                self.talk.joined += 1;
                self.talk.people.push(Person { id, entity, name, words: None });
                self.company.commands.trigger(JoinedConversation { entity, conversation });
            }
        }
        if !self.talk.begun && self.talk.people.len() > 1 {
            self.talk.begun = true;
            self.talk.phase = Phase::Pause { until: self.now };
            self.company.commands.trigger(ConversationStarted { entity: conversation });
        }
    }

    fn go_on(&mut self) {
        match self.talk.phase {
            _ if !self.talk.begun => {}
            Phase::Pause { until } if self.now >= until => self.choose(),
            Phase::Quiet { until } if self.now >= until => {
                self.talk.talk.quiet();
                // Who has not heard what was said may begin anew.
                self.talk.deaf.clear();
                self.choose();
            }
            // Whoever is left alone does not wait for the next turn.
            Phase::Held | Phase::Quiet { .. } | Phase::Pause { .. } if self.talk.people.len() < 2 => self.choose(),
            Phase::Held | Phase::Quiet { .. } | Phase::Pause { .. } | Phase::Speaking { .. } | Phase::Over => {}
        }
    }

    /// Gives the floor to whoever is next.
    pub(super) fn choose(&mut self) {
        // Abilities are asked of everybody once: the rules look at a state of things.
        let people = self.talk.people.iter();
        let abilities: Vec<(u64, Ability)> =
            people.map(|one| (one.id, self.company.ability(self.talk, one.entity))).collect();
        let able = |id: u64| {
            let found = abilities.iter().find(|(other, _)| *other == id);
            found.map_or(Ability::Unable, |(_, ability)| *ability)
        };
        let next = self.talk.talk.next(&able);
        match next {
            Next::Speak { id, because } => self.begin(id, because),
            Next::Listen { id } => {
                if let Some(entity) = self.talk.entity(id) {
                    self.company.commands.trigger(FloorOffered { entity, conversation: self.entity });
                }
                self.talk.phase = Phase::Quiet { until: self.now + self.talk.patience };
            }
            Next::Silence => {
                let player = self.talk.talk.members().any(|member| member.player);
                let silence = if player { self.talk.patience } else { self.talk.silence };
                self.talk.phase = Phase::Quiet { until: self.now + silence };
            }
            Next::Wait => {}
            Next::Over(ending) => self.finish(ending),
        }
    }

    fn begin(&mut self, id: u64, because: Because) {
        let Some(person) = self.talk.people.iter_mut().find(|person| person.id == id) else { return };
        let (by, words) = (person.entity, person.words.take());
        self.talk.talk.begin(id);
        self.company.commands.trigger(TurnStarted { entity: by, conversation: self.entity, because });
        if let Some((text, tells)) = words {
            self.say(Turn { id, by, text, source: Source::Authored(Why::Written), cut: false, tells });
            return;
        }
        // A silence ("...") is nothing to answer.
        let says = |text: &str| text.chars().any(char::is_alphanumeric);
        let heard = self.talk.last.clone().filter(|(_, text)| says(text) && self.talk.heard.contains(&by));
        let (fallback, line) = self.company.line(by, heard.as_ref().map_or("", |(_, text)| text));
        let answers_player = heard.is_some() && self.talk.last_player;
        let (from, heard) = heard.unzip();
        self.company.commands.trigger(Generate {
            setting: self.talk.setting.clone(),
            goal: self.talk.topic.clone(),
            heard,
            from: from.unwrap_or_default(),
            priority: if answers_player { Priority::Addressed } else { self.talk.priority },
            conversation: Some(self.entity),
            ..Generate::new(by, fallback)
        });
        self.talk.phase = Phase::Speaking { by, id, told: String::new(), line, cut_by: None };
    }

    /// Words that were not asked of the model have been said.
    pub(super) fn say(&mut self, turn: Turn) {
        let name = self.talk.person(turn.by).map(|person| person.name.clone()).unwrap_or_default();
        self.company.note_for(vec![turn.by], &name, &turn.text);
        self.close(turn);
    }

    /// A turn is over: everybody who hears it has heard it.
    fn close(&mut self, turn: Turn) {
        let Turn { id, by, text, source, cut, tells } = turn;
        let Some(person) = self.talk.people.iter().find(|person| person.id == id) else { return };
        let name = person.name.clone();
        let heard_by = self.company.hearers(self.talk, self.entity, by);
        self.company.set_keys(self.talk);
        self.talk.talk.said(id, &text);
        self.company.note(self.talk, &heard_by, &name, &text);
        self.talk.turns = self.talk.turns.saturating_add(1);
        self.talk.last_player = self.talk.talk.members().any(|member| member.id == id && member.player);
        self.talk.last = Some((name.clone(), text.clone()));
        let others = self.talk.people.iter().map(|person| person.entity).filter(|entity| *entity != by);
        self.talk.deaf = others.filter(|entity| !heard_by.contains(entity)).collect();
        self.talk.heard.clone_from(&heard_by);
        self.talk.phase = match self.talk.pace {
            TurnPace::Game if !cut && !self.talk.last_player => Phase::Held,
            TurnPace::Reading { character, pause } if !cut && !self.talk.last_player => {
                let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                Phase::Pause { until: self.now + character.saturating_mul(letters) + pause }
            }
            // Who barged in does not wait, nor does the player.
            TurnPace::Game | TurnPace::Reading { .. } => Phase::Pause { until: self.now },
        };
        let (conversation, turn) = (self.entity, self.talk.turns);
        self.company.commands.trigger(TurnSpoken {
            entity: by,
            conversation,
            turn,
            name,
            text,
            source,
            cut,
            heard_by,
            tells,
        });
    }

    /// The turn that is going on ends where it is; `by` takes over.
    pub(super) fn cut_short(&mut self, by: Option<Entity>) {
        let now = self.now;
        let phase = std::mem::replace(&mut self.talk.phase, Phase::Pause { until: now });
        let Phase::Speaking { by: speaker, id, told, .. } = phase else {
            self.talk.phase = phase;
            return;
        };
        self.company.commands.trigger(TurnInterrupted { entity: speaker, conversation: self.entity, by });
        // What is being written for it ends; its end finds no turn any more.
        self.company.commands.trigger(Interrupt { entity: speaker });
        self.spoken_so_far(id, speaker, told);
    }

    fn spoken_so_far(&mut self, id: u64, by: Entity, told: String) {
        if told.trim().is_empty() {
            self.talk.talk.withdrew(id);
        } else {
            self.close(Turn { id, by, text: told, source: Source::Cancelled, cut: true, tells: Vec::new() });
        }
    }

    /// The model, or the writer, has said it.
    fn ended(&mut self, text: String, source: Source) {
        let now = self.now;
        let phase = std::mem::replace(&mut self.talk.phase, Phase::Pause { until: now });
        let Phase::Speaking { by, id, told, line, .. } = phase else {
            self.talk.phase = phase;
            return;
        };
        if source == Source::Cancelled {
            self.company.commands.trigger(TurnInterrupted { entity: by, conversation: self.entity, by: None });
            self.spoken_so_far(id, by, told);
            return;
        }
        let authored = matches!(source, Source::Authored(_));
        let tells = if authored { self.company.use_line(by, line) } else { Vec::new() };
        self.close(Turn { id, by, text, source, cut: false, tells });
    }

    /// It is over.
    pub(super) fn finish(&mut self, ending: Ending) {
        if matches!(self.talk.phase, Phase::Over) {
            return;
        }
        self.cut_short(None);
        finish(self.entity, self.talk, ending, false, &mut self.company.commands);
    }
}

/// Lets everybody go and tells that a conversation is over, once. The component goes too, unless it is `gone` already.
pub(super) fn finish(entity: Entity, talk: &mut Conversation, ending: Ending, gone: bool, commands: &mut Commands) {
    talk.talk.end(ending);
    talk.phase = Phase::Over;
    let people: Vec<Entity> = talk.people.iter().map(|person| person.entity).collect();
    let members = people.clone();
    // First everything is as it will be, then it is told: whoever hears it may begin a new one on the same entity.
    commands.queue(move |world: &mut World| {
        if let Ok(mut place) = world.get_entity_mut(entity)
            && !gone
        {
            place.remove::<Conversation>();
        }
        // Where another one has taken its place, they stay for that.
        if world.get::<Conversation>(entity).is_some() {
            return;
        }
        for member in members {
            // They may have joined another one.
            if world.get::<InConversation>(member).is_some_and(|within| within.0 == entity) {
                world.entity_mut(member).remove::<InConversation>();
            }
        }
    });
    commands.trigger(ConversationEnded { entity, ending, turns: talk.turns, people });
}

/// More words of whoever has the floor: at the end of a sentence another one may take it.
pub(super) fn hear_chunk(
    chunk: On<GeneratedChunk>,
    mut talks: Query<&mut Conversation>,
    time: Res<Time>,
    mut company: Company,
) {
    let Some(entity) = chunk.conversation else { return };
    let Ok(mut talk) = talks.get_mut(entity) else { return };
    let Phase::Speaking { by, told, cut_by, .. } = &mut talk.phase else { return };
    if *by != chunk.entity {
        return;
    }
    told.push_str(&chunk.text);
    if let Some(cutter) = cut_by.filter(|_| chunk.sentence) {
        let (now, talk) = (time.elapsed(), &mut *talk);
        Stage { entity, talk, company: &mut company, now }.cut_short(Some(cutter));
    }
}

/// A turn has been said, or came to nothing.
pub(super) fn hear_end(end: On<Generated>, mut talks: Query<&mut Conversation>, time: Res<Time>, mut company: Company) {
    let Some(entity) = end.conversation else { return };
    let Ok(mut talk) = talks.get_mut(entity) else { return };
    if talk.speaker() == Some(end.entity) {
        let (now, talk) = (time.elapsed(), &mut *talk);
        let mut stage = Stage { entity, talk, company: &mut company, now };
        stage.ended(end.text.clone(), end.reason.clone());
    }
}
