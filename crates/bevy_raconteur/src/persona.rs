//! NPCs that talk without a story: a persona on an entity, requests in its voice.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bevy_ecs::prelude::*;
use bevy_time::{Real, Time};
use raconteur_core::compose::Talk;
use raconteur_core::generate::{Priority, RequestId};
use raconteur_core::judge::said_hash;
use raconteur_core::player_text::PlayerText;
use raconteur_core::reading::Voice;
use raconteur_core::request::{LineEvent, LineRequest, Source, Turn, Why};
use raconteur_core::runner::{HISTORY_LIMIT, SAID_LIMIT};
use raconteur_core::story::format::Policy;
use raconteur_core::template::Templates;
use serde::{Deserialize, Serialize};

use crate::direct::ModelTemplates;
use crate::events::{Ask, Generate, Generated, GeneratedChunk, LookAt};
use crate::memory::{InMind, Recalling};
use crate::model::ModelStatus;
use crate::reading::Reads;
use crate::requests::Requests;
use crate::runner::StoryRunner;
use crate::settings::NarrativeSettings;
use crate::speaker::Manners;

/// Most turns that an NPC remembers of its talk, as many as a story does.
const MOST_TURNS: usize = HISTORY_LIMIT;
/// Name of the player in an NPC's talk.
pub(crate) const PLAYER: &str = "You";
/// Said when a game gives no fallback: never nothing.
pub(crate) const SILENCE: &str = "...";

/// Who an NPC is: name, voice, mood, examples of its talk. With it, an entity can be asked ([`Ask`]) and told to speak
/// ([`Generate`]), with no story at all.
#[derive(Component, Debug, Clone, PartialEq)]
pub struct Persona {
    /// Who they are.
    pub who: raconteur_core::persona::Persona,
    /// Facts they may speak of, as plain sentences. What is not here they can hardly leak.
    pub knows: Vec<String>,
    /// What they say when they do not know, or when the model is off, late or wrong.
    pub unsure: String,
    /// Rules and sampling of what they say. **Default** the first of one candidate, shown sentence by sentence.
    pub policy: Policy,
    /// What a save keeps of them.
    memory: PersonaMemory,
}

/// What an NPC remembers: save it and give it back with [`Persona::remembering`], and they go on in the same words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonaMemory {
    /// Their talk so far, newest last.
    pub history: Vec<Turn>,
    /// How many requests they have made: each gets its own random stream.
    pub asked: u64,
    /// [Hashes](said_hash) of what they have said, oldest first: the model does not say it again by chance.
    #[serde(default)]
    pub said: Vec<u32>,
}

impl Persona {
    /// Somebody with a name and a voice: `Persona::new("Mara", "ferrywoman; dry, tired")`.
    #[must_use]
    pub fn new(name: impl Into<String>, voice: impl Into<String>) -> Self {
        Self {
            who: raconteur_core::persona::Persona::new(name, voice),
            knows: Vec::new(),
            unsure: SILENCE.to_owned(),
            policy: Policy { stream: true, ..Policy::default() },
            memory: PersonaMemory::default(),
        }
    }

    /// Gives them back what a save kept.
    #[must_use]
    pub fn remembering(mut self, memory: PersonaMemory) -> Self {
        self.memory = memory;
        let over = self.memory.history.len().saturating_sub(MOST_TURNS);
        self.memory.history.drain(..over);
        self
    }

    /// What a save is to keep of them.
    #[must_use]
    pub fn memory(&self) -> &PersonaMemory {
        &self.memory
    }

    /// Sets the adapter that is their voice, by its name; see [`ModelSource`](crate::model::ModelSource).
    #[must_use]
    pub fn speaking_under(mut self, adapter: impl Into<String>) -> Self {
        self.who.adapter = Some(adapter.into());
        self
    }

    /// Adds a fact they may speak of.
    #[must_use]
    pub fn knowing(mut self, fact: impl Into<String>) -> Self {
        self.knows.push(fact.into());
        self
    }

    /// Sets what they say when they do not know.
    #[must_use]
    pub fn unsure(mut self, say: impl Into<String>) -> Self {
        self.unsure = say.into();
        self
    }

    /// Their talk so far, newest last.
    #[must_use]
    pub fn history(&self) -> &[Turn] {
        &self.memory.history
    }

    /// What they say when they do not know: never nothing.
    pub(crate) fn unsure_text(&self) -> String {
        if self.unsure.trim().is_empty() { SILENCE.to_owned() } else { self.unsure.clone() }
    }

    /// Them as the voice of an answer from documents. It counts as a request of theirs, so that each has its own words.
    pub(crate) fn reading_voice(&mut self) -> Voice {
        self.memory.asked += 1;
        Voice {
            policy: self.policy.clone(),
            history: self.memory.history.clone(),
            said: self.memory.said.clone(),
            listener: PLAYER.to_owned(),
            seed: self.memory.asked,
            ..Voice::new(self.who.clone())
        }
    }

    /// Notes that the player asked something and what they answered.
    pub(crate) fn note_exchange(&mut self, asked: &str, answered: &str) {
        if !asked.is_empty() {
            self.remember(PLAYER, asked);
        }
        let name = self.who.name.clone();
        self.remember(&name, answered);
    }

    /// What somebody of this name said becomes a part of their talk.
    pub(crate) fn remember(&mut self, who: &str, text: &str) {
        let history = &mut self.memory.history;
        history.push(Turn { who: who.to_owned(), text: text.to_owned() });
        if history.len() > MOST_TURNS {
            history.remove(0);
        }
        if who == self.who.name {
            let (hash, said) = (said_hash(text), &mut self.memory.said);
            said.retain(|other| *other != hash);
            said.push(hash);
            if said.len() > SAID_LIMIT {
                said.remove(0);
            }
        }
    }
}

/// Requests of NPCs that are not over.
#[derive(Resource, Default)]
pub(crate) struct Utterances(HashMap<RequestId, Utterance>);

impl Utterances {
    /// Whether some NPC waits for words.
    pub(crate) fn any_open(utterances: Res<Self>) -> bool {
        !utterances.0.is_empty()
    }
}

struct Utterance {
    npc: Entity,
    fallback: String,
    conversation: Option<Entity>,
    /// On the real clock.
    deadline: Duration,
    /// What has been told. Never taken back.
    told: String,
}

/// Everything that a request is composed of, as it was when it was asked for.
struct Saying {
    who: raconteur_core::persona::Persona,
    knows: Vec<String>,
    must_not: Vec<String>,
    policy: Policy,
    history: Vec<Turn>,
    said: Vec<u32>,
    asked: u64,
    ask: Generate,
    heard: Option<PlayerText>,
    fallback: String,
    templates: Arc<Templates>,
}

impl Saying {
    fn compose(self) -> LineRequest {
        self.talk().request(&self.templates)
    }

    fn talk(&self) -> Talk<'_> {
        Talk {
            persona: &self.who,
            setting: &self.ask.setting,
            facts: &self.knows,
            history: &self.history,
            said: &self.said,
            listener: if self.ask.from.is_empty() { PLAYER } else { &self.ask.from },
            heard: self.heard.as_ref(),
            goal: &self.ask.goal,
            must: &[],
            must_not: &self.must_not,
            policy: &self.policy,
            fallback: &self.fallback,
            priority: self.ask.priority,
            seed: self.asked,
        }
    }
}

/// What answering a request needs.
#[derive(bevy_ecs::system::SystemParam)]
pub(crate) struct Voices<'w, 's> {
    npcs: Query<'w, 's, &'static mut Persona>,
    requests: ResMut<'w, Requests>,
    utterances: ResMut<'w, Utterances>,
    templates: Res<'w, ModelTemplates>,
    status: Res<'w, ModelStatus>,
    settings: Res<'w, NarrativeSettings>,
    manners: Manners<'w, 's>,
    time: Res<'w, Time<Real>>,
    commands: Commands<'w, 's>,
}

/// What reading ahead needs.
#[derive(bevy_ecs::system::SystemParam)]
pub(crate) struct LookedAt<'w> {
    requests: ResMut<'w, Requests>,
    templates: Res<'w, ModelTemplates>,
    status: Res<'w, ModelStatus>,
    settings: Res<'w, NarrativeSettings>,
}

impl Voices<'_, '_> {
    fn speak(&mut self, ask: &Generate, mind: impl FnOnce(&str) -> InMind) {
        let Ok(mut npc) = self.npcs.get_mut(ask.entity) else { return };
        let heard = ask.heard.as_deref().map(PlayerText::new);
        let fallback = if ask.fallback.trim().is_empty() { npc.unsure.clone() } else { ask.fallback.clone() };
        let fallback = if fallback.trim().is_empty() { SILENCE.to_owned() } else { fallback };
        if !self.manners.let_speak(ask.entity, ask.priority) {
            self.end(ask.entity, ask.conversation, fallback, Source::Cancelled, false);
            return;
        }
        // Nothing that can be answered was said.
        let pointless = heard.as_ref().is_some_and(PlayerText::is_empty).then_some(Why::Written);
        if let Some(why) = pointless.or_else(|| self.status.absence(self.settings.enabled)) {
            self.end(ask.entity, ask.conversation, fallback, Source::Authored(why), true);
            return;
        }
        npc.memory.asked += 1;
        let mut history = npc.memory.history.clone();
        // In a conversation they have heard it before they are asked for an answer. It is said once.
        let from = if ask.from.is_empty() { PLAYER } else { &ask.from };
        let heard_before = heard.as_ref().is_some_and(|heard| {
            history.pop_if(|last| last.who == from && PlayerText::new(&last.text) == *heard).is_some()
        });
        let InMind { mut called, rest, must_not } = mind(heard.as_ref().map_or("", PlayerText::as_str));
        for fact in npc.knows.iter().chain(&rest) {
            if !called.contains(fact) {
                called.push(fact.clone());
            }
        }
        let saying = Saying {
            who: npc.who.clone(),
            knows: called,
            must_not,
            policy: npc.policy.clone(),
            history,
            said: npc.memory.said.clone(),
            asked: npc.memory.asked,
            ask: ask.clone(),
            heard,
            fallback: fallback.clone(),
            templates: self.templates.0.clone(),
        };
        if let Some(heard) = saying.heard.as_ref().filter(|_| !heard_before) {
            npc.remember(from, heard.as_str());
        }
        let id = self.requests.submit_uncomposed(ask.entity, ask.priority, fallback.clone(), || saying.compose());
        let deadline =
            if self.settings.deadlines { self.time.elapsed() + self.settings.request_timeout } else { Duration::MAX };
        let (npc, conversation) = (ask.entity, ask.conversation);
        self.utterances.0.insert(id, Utterance { npc, fallback, conversation, deadline, told: String::new() });
    }

    /// Ends what somebody says by themselves, with the words that have been told.
    pub(crate) fn hush(&mut self, npc: Entity) {
        let mut ids: Vec<RequestId> =
            self.utterances.0.iter().filter(|(_, utterance)| utterance.npc == npc).map(|(&id, _)| id).collect();
        ids.sort_unstable();
        for id in ids {
            let Some(utterance) = self.utterances.0.remove(&id) else { continue };
            self.requests.forget(id);
            let Utterance { told, fallback, conversation, .. } = utterance;
            let text = if told.is_empty() {
                fallback
            } else {
                // It has been heard, so it has been said.
                if let Ok(mut persona) = self.npcs.get_mut(npc) {
                    let name = persona.who.name.clone();
                    persona.remember(&name, &told);
                }
                told
            };
            self.end(npc, conversation, text, Source::Cancelled, false);
        }
    }

    /// Ends a request without another word about it.
    pub(crate) fn forget(&mut self, id: RequestId) {
        self.requests.forget(id);
    }

    fn end(&mut self, npc: Entity, conversation: Option<Entity>, text: String, source: Source, untold: bool) {
        if source != Source::Cancelled
            && let Ok(mut persona) = self.npcs.get_mut(npc)
        {
            let name = persona.who.name.clone();
            persona.remember(&name, &text);
        }
        if self.commands.get_entity(npc).is_err() {
            return;
        }
        if untold {
            self.commands.trigger(GeneratedChunk { entity: npc, text: text.clone(), sentence: true, conversation });
        }
        self.commands.trigger(Generated { entity: npc, text, reason: source, conversation });
    }
}

pub(crate) fn speak_on_generate(ask: On<Generate>, recalling: Recalling, mut voices: Voices) {
    voices.speak(&ask, |heard| recalling.at(ask.entity, &[heard, &ask.goal]));
}

pub(crate) fn answer_on_ask(
    ask: On<Ask>,
    others: Query<(), Or<(With<StoryRunner>, With<Reads>)>>,
    recalling: Recalling,
    mut voices: Voices,
) {
    // A story answers by itself, and who has documents looks there first.
    if others.contains(ask.entity) {
        return;
    }
    let Ok(npc) = voices.npcs.get(ask.entity) else { return };
    let request = Generate {
        priority: Priority::Addressed,
        heard: Some(ask.text.clone()),
        ..Generate::new(ask.entity, npc.unsure.clone())
    };
    voices.speak(&request, |heard| recalling.at(ask.entity, &[heard]));
}

/// The prompt of a question, up to the question.
pub(crate) fn read_ahead_on_look(look: On<LookAt>, npcs: Query<&Persona>, mut voices: LookedAt) {
    let Ok(npc) = npcs.get(look.entity) else { return };
    if voices.status.absence(voices.settings.enabled).is_some() {
        return;
    }
    let saying = Saying {
        who: npc.who.clone(),
        knows: npc.knows.clone(),
        must_not: Vec::new(),
        policy: npc.policy.clone(),
        history: npc.memory.history.clone(),
        said: npc.memory.said.clone(),
        asked: npc.memory.asked,
        ask: Generate::new(look.entity, "").at(look.setting.clone()),
        heard: None,
        fallback: String::new(),
        templates: voices.templates.0.clone(),
    };
    // No request is made, so nobody's has changed.
    voices.requests.bypass_change_detection().read_ahead(move || vec![saying.talk().read_ahead(&saying.templates)]);
}

/// `Advance`: tells what has come of the NPCs' requests, and ends those that are late.
pub(crate) fn direct_utterances(mut voices: Voices) {
    let mut npcs: Vec<Entity> = voices.utterances.0.values().map(|utterance| utterance.npc).collect();
    npcs.sort_unstable();
    npcs.dedup();
    for npc in npcs {
        // Reading mail changes no request.
        for (id, event) in voices.requests.bypass_change_detection().read(npc) {
            let Some(utterance) = voices.utterances.0.get_mut(&id) else { continue };
            match event {
                LineEvent::Started { .. } => {}
                LineEvent::Chunk { text, sentence } => {
                    utterance.told.push_str(&text);
                    let conversation = utterance.conversation;
                    voices.commands.trigger(GeneratedChunk { entity: npc, text, sentence, conversation });
                }
                LineEvent::Finished(finished) => {
                    let (untold, conversation) = (utterance.told.is_empty(), utterance.conversation);
                    voices.utterances.0.remove(&id);
                    voices.end(npc, conversation, finished.text, finished.source, untold);
                }
            }
        }
    }
    let now = voices.time.elapsed();
    let late: Vec<RequestId> =
        voices.utterances.0.iter().filter(|(_, utterance)| now >= utterance.deadline).map(|(&id, _)| id).collect();
    for id in late {
        let Some(utterance) = voices.utterances.0.remove(&id) else { continue };
        voices.requests.forget(id);
        let untold = utterance.told.is_empty();
        let (text, source) = if untold {
            (utterance.fallback, Source::Authored(Why::Late))
        } else {
            (utterance.told, Source::Generated)
        };
        voices.end(utterance.npc, utterance.conversation, text, source, untold);
    }
}
