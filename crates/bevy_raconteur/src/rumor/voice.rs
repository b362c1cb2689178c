//! Words for what somebody overhears, and for nothing else.

use std::time::Duration;

use bevy_ecs::prelude::*;
use bevy_time::{Real, Time};
use raconteur_core::compose::{Composed, Talk};
use raconteur_core::generate::{Priority, RequestId};
use raconteur_core::request::{Source, Turn, Why};
use raconteur_core::rumors::{Retelling, Telling};

use super::events::{TaleOverheard, WhoToldAnswered};
use super::mill::RumorMill;
use super::people::{AtPlace, TownPlace};
use super::worded::{Tell, Wordings};
use crate::direct::ModelTemplates;
use crate::host::WorldHost;
use crate::model::ModelStatus;
use crate::persona::Persona;
use crate::requests::Requests;
use crate::runner::{Cast, StoryRunner};
use crate::settings::NarrativeSettings;
use crate::speaker::{InScene, SpeakerState, lets_speak};

/// How overheard tellings are worded.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct RumorVoicing {
    /// Whether a model words them. When not, each teller keeps to their authored wording. **Default** true.
    pub enabled: bool,
    /// How far the words may stray from the authored wording, 0 to 1. With more than this a small model loses the sense; see
    /// docs/rumors.md. **Default** 0.3.
    pub drift: f32,
    /// Most tellings that wait for words; what is beyond is told in the authored wording at once. **Default** 2.
    pub at_once: usize,
    /// Policy of a story, for tellers that a story's [`Cast`] binds. **Default** "default".
    pub policy: String,
    /// Where and when it is, for tellers who are at no [`TownPlace`].
    pub setting: String,
}

impl Default for RumorVoicing {
    fn default() -> Self {
        Self { enabled: true, drift: 0.3, at_once: 2, policy: "default".to_owned(), setting: String::new() }
    }
}

/// A telling that needs words.
#[derive(Debug, Clone)]
pub(super) struct Overheard {
    pub(super) telling: Telling,
    pub(super) tick: u64,
    pub(super) teller: Entity,
    pub(super) listeners: Vec<Entity>,
}

pub(super) fn anything_overheard(wordings: Res<Wordings>) -> bool {
    !wordings.overheard.is_empty()
}

/// `Submit`: asks for the words of what was overheard, or tells it in the authored ones.
pub(super) fn voice_overheard(world: &mut World) {
    let overheard = std::mem::take(&mut world.resource_mut::<Wordings>().overheard);
    for heard in overheard {
        voice(world, heard);
    }
}

fn voice(world: &mut World, heard: Overheard) {
    let Overheard { telling, tick, teller, listeners } = heard;
    if world.get_entity(teller).is_err() {
        return;
    }
    let voicing = world.resource::<RumorVoicing>().clone();
    let mill = world.resource::<RumorMill>();
    let retelling = mill.rumors.retelling(&telling, voicing.drift);
    let (tale, strayed) = (mill.id(telling.tale), mill.rumors.strayed(telling.tale, telling.form));
    let heard_from = heard_from(mill, &telling);
    // Of its own, so that it has words of its own.
    let id = format!("{tale}:{tick}:{}", mill.key(telling.teller).unwrap_or_default());
    let event = TaleOverheard {
        entity: teller,
        tale,
        listeners,
        hop: telling.hop,
        strayed,
        authored: retelling.text.clone(),
        text: retelling.text.clone(),
        source: Source::Cancelled,
    };
    let tell: Tell = Box::new(move |commands, text, source| commands.trigger(TaleOverheard { text, source, ..event }));
    let wish = Wish { voice: teller, id, heard_from, priority: Priority::Ambient, voicing };
    word(world, wish, Wording::Retell(retelling), tell);
}

/// How it was told to the teller.
fn heard_from(mill: &RumorMill, telling: &Telling) -> Option<Turn> {
    let from = mill.rumors.who_told(telling.teller, telling.tale)?;
    let who = mill.name(from)?.to_owned();
    Some(Turn { who, text: mill.rumors.words(telling.tale, telling.before, from) })
}

/// What is to be said.
pub(crate) enum Wording {
    /// A telling.
    Retell(Retelling),
    /// An authored text in other words, in which these have to stand.
    Reword { text: String, must: Vec<String> },
}

impl Wording {
    fn text(&self) -> String {
        match self {
            Self::Retell(telling) => telling.text.clone(),
            Self::Reword { text, .. } => text.clone(),
        }
    }
}

/// Whose words are asked for, and how.
pub(crate) struct Wish {
    pub(crate) voice: Entity,
    /// Names what is said; settles the seed.
    pub(crate) id: String,
    pub(crate) heard_from: Option<Turn>,
    pub(crate) priority: Priority,
    pub(crate) voicing: RumorVoicing,
}

/// The answer to "who told you?", said.
pub(super) fn say_answer(world: &mut World, event: WhoToldAnswered, name: Option<String>) {
    let voicing = world.resource::<RumorVoicing>().clone();
    let id = format!("who:{}:{}", event.tale, event.way.len());
    let wish = Wish { voice: event.entity, id, heard_from: None, priority: Priority::Addressed, voicing };
    let wording = Wording::Reword { text: event.text.clone(), must: name.into_iter().collect() };
    word(
        world,
        wish,
        wording,
        Box::new(move |commands, text, source| {
            commands.trigger(WhoToldAnswered { text, source, ..event });
        }),
    );
}

/// Asks for words, or tells the authored ones at once when there is nobody to ask.
fn word(world: &mut World, wish: Wish, wording: Wording, tell: Tell) {
    let (voice, fallback) = (wish.voice, wording.text());
    match ask(world, wish, wording) {
        Ok(id) => wait(world, id, voice, fallback, tell),
        Err((text, source)) => {
            tell(&mut world.commands(), text, source);
            world.flush();
        }
    }
}

fn wait(world: &mut World, id: RequestId, voice: Entity, fallback: String, tell: Tell) {
    let settings = world.resource::<NarrativeSettings>();
    let deadline = if settings.deadlines {
        world.resource::<Time<Real>>().elapsed() + settings.request_timeout
    } else {
        Duration::MAX
    };
    world.resource_mut::<Wordings>().wait(id, voice, fallback, deadline, tell);
}

/// The request, or the words that need none.
fn ask(world: &mut World, wish: Wish, wording: Wording) -> Result<RequestId, (String, Source)> {
    let fallback = wording.text();
    let written = |why: Why| (fallback.clone(), Source::Authored(why));
    let entity = world.entity(wish.voice);
    if !lets_speak(entity.get::<SpeakerState>(), entity.contains::<InScene>(), wish.priority) {
        return Err((fallback, Source::Cancelled));
    }
    if !wish.voicing.enabled {
        return Err(written(Why::Written));
    }
    if let Some(why) = world.resource::<ModelStatus>().absence(world.resource::<NarrativeSettings>().enabled) {
        return Err(written(why));
    }
    if wish.priority != Priority::Addressed && world.resource::<Wordings>().open() >= wish.voicing.at_once {
        return Err(written(Why::QueueFull));
    }
    let asker = world.resource::<Wordings>().asker;
    let by_story = match &wording {
        Wording::Retell(telling) => in_story(world, &wish, telling),
        Wording::Reword { .. } => None,
    };
    match by_story {
        Some(Composed::Request(request)) => Ok(world.resource_mut::<Requests>().submit(asker, wish.voice, request)),
        Some(Composed::Chosen { text, source }) => Err((text, source)),
        Some(Composed::Authored(why)) => Err(written(why)),
        None => by_persona(world, asker, wish.voice, &wish, wording).ok_or_else(|| written(Why::Written)),
    }
}

/// By the composer of the story that has the teller in its cast, so that what they hide there stays hidden.
fn in_story(world: &mut World, wish: &Wish, telling: &Retelling) -> Option<Composed> {
    let mut stories = world.query::<(Entity, &StoryRunner, &Cast)>();
    let bound = stories.iter(world).filter(|(_, story, _)| story.play.is_some()).filter_map(|(entity, _, cast)| {
        let who = cast.0.iter().filter(|&(_, bound)| *bound == wish.voice).map(|(who, _)| who).min()?;
        Some((entity, who.clone()))
    });
    let (story, who) = bound.min()?;
    let play = world.get_mut::<StoryRunner>(story)?.bypass_change_detection().play.take()?;
    let composed = {
        let host = WorldHost::new(world);
        let (runner, policy) = (&play.runner, wish.voicing.policy.as_str());
        play.composer.retelling(runner, &who, &wish.id, telling, "rumor", policy, wish.priority, &host)
    };
    if let Some(mut component) = world.get_mut::<StoryRunner>(story) {
        component.bypass_change_detection().play = Some(play);
    }
    Some(composed)
}

/// Asks for a written text in somebody's voice, such as a notice: nobody speaks, so nobody can be cut short. `false` when
/// they have no [`Persona`]; then `tell` is not called.
pub(crate) fn write_for(world: &mut World, wish: &Wish, wording: Wording, tell: Tell) -> bool {
    let asker = world.resource::<Wordings>().asker;
    let fallback = wording.text();
    let Some(id) = by_persona(world, asker, asker, wish, wording) else { return false };
    wait(world, id, asker, fallback, tell);
    true
}

/// In the voice of a persona, composed on the worker. `speaker` is who may be cut short while it is written.
fn by_persona(world: &mut World, asker: Entity, speaker: Entity, wish: &Wish, wording: Wording) -> Option<RequestId> {
    let persona = world.get::<Persona>(wish.voice)?.clone();
    let place = world.get::<AtPlace>(wish.voice).and_then(|at| world.get::<TownPlace>(at.0));
    let setting = place.map_or_else(|| wish.voicing.setting.clone(), |place| place.setting.clone());
    let templates = world.resource::<ModelTemplates>().0.clone();
    let seed = raconteur_core::compose::seed_of(persona.memory().asked, &wish.id, 0);
    let (history, priority): (Vec<Turn>, Priority) = (wish.heard_from.iter().cloned().collect(), wish.priority);
    let fallback = wording.text();
    let compose = move || {
        let (must, text) = match &wording {
            Wording::Retell(_) => (Vec::new(), wording.text()),
            Wording::Reword { text, must } => (must.iter().map(|word| vec![word.clone()]).collect(), text.clone()),
        };
        let talk = Talk {
            persona: &persona.who,
            setting: &setting,
            facts: &[],
            history: &history,
            said: &persona.memory().said,
            listener: "",
            heard: None,
            goal: "",
            must: &must,
            must_not: &[],
            policy: &persona.policy,
            fallback: &text,
            priority,
            seed,
        };
        match &wording {
            Wording::Retell(telling) => talk.retell(telling, &templates),
            Wording::Reword { text, .. } => talk.reword(text, &templates),
        }
    };
    Some(world.resource_mut::<Requests>().submit_uncomposed_by(asker, speaker, priority, fallback, compose))
}
