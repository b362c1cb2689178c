//! Generated lines for games whose dialogue is written in Yarn: a text provider for `bevy_yarnspinner` 0.9.
//!
//! ```text
//! node begins --hints--> GeneratedTextProvider --wishes--> worker: same prompts, filters and ranking as a story's lines
//! line is due --text---> the model's words if they are there, else the line as it was written
//! ```
//! A line asks for it with hashtags; see [`Wish`]. All others pass through untouched, and so does every line while the
//! model is off, late or wrong. Lines with inline expressions (`{$gold}`) or markup stay as written: a model would lose
//! them.
//!
//! ```
//! # use bevy_app::prelude::*;
//! # use bevy_ecs::prelude::*;
//! use bevy_raconteur::yarn::{GeneratedTextProvider, YarnLines, YarnLinesPlugin};
//! use bevy_yarnspinner::prelude::*;
//!
//! fn plugins(app: &mut App) {
//!     app.add_plugins(YarnLinesPlugin); // beside YarnSpinnerPlugin and NarrativePlugins
//! }
//!
//! fn start(mut commands: Commands, project: Res<YarnProject>, mut lines: ResMut<YarnLines>) {
//!     let words = GeneratedTextProvider::new(&project, &mut lines);
//!     let mut runner = project.build_dialogue_runner(&mut commands).with_text_provider(words).build();
//!     runner.start_node("Ferry");
//!     commands.spawn(runner);
//! }
//! ```
//! A line `Mara: You came for the bell. #gen:vary #must:bell` is spoken in the voice of the entity whose
//! [`Persona`] has the name `Mara`, with what it knows; without one, of somebody of that name.

mod provider;
mod shelf;
mod wish;

use std::sync::{Arc, Mutex, Weak};

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_time::{Real, Time};
use raconteur_core::compose::Talk;
use raconteur_core::generate::Priority;
use raconteur_core::request::{LineEvent, LineRequest, Source, Turn};
use raconteur_core::template::Templates;

pub use provider::GeneratedTextProvider;
pub use wish::{Mode, Wish};

use crate::direct::ModelTemplates;
use crate::model::ModelStatus;
use crate::persona::Persona;
use crate::plugin::NarrativeSystems;
use crate::requests::Requests;
use crate::settings::NarrativeSettings;
use shelf::{Shelf, Wanted};

/// Lets [`GeneratedTextProvider`]s reach the worker. Add it beside `NarrativePlugins`.
pub struct YarnLinesPlugin;

impl Plugin for YarnLinesPlugin {
    fn build(&self, app: &mut App) {
        let asker = app.world_mut().spawn_empty().id();
        app.insert_resource(YarnLines { asker, shelves: Vec::new() })
            .add_systems(PreUpdate, shelve_words.in_set(NarrativeSystems::Advance))
            .add_systems(PostUpdate, ask_for_words.in_set(NarrativeSystems::Submit));
    }
}

/// The dialogues whose lines may be generated.
#[derive(Resource, Debug)]
pub struct YarnLines {
    /// Whom the worker answers.
    asker: Entity,
    shelves: Vec<Weak<Mutex<Shelf>>>,
}

impl YarnLines {
    fn add(&mut self) -> Arc<Mutex<Shelf>> {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        self.shelves.push(Arc::downgrade(&shelf));
        shelf
    }

    /// Does something with each dialogue that is left; the others are forgotten.
    fn each(&mut self, mut act: impl FnMut(&mut Shelf)) {
        self.shelves.retain(|shelf| {
            let Some(shelf) = shelf.upgrade() else { return false };
            // A panic elsewhere while it was locked leaves words behind, no broken promise.
            act(&mut shelf.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
            true
        });
    }
}

/// `Advance`: puts the words that have come where their line finds them.
fn shelve_words(mut lines: ResMut<YarnLines>, mut requests: ResMut<Requests>, time: Res<Time<Real>>) {
    let now = time.elapsed();
    let asker = lines.asker;
    // Reading mail changes no request.
    let mail = requests.bypass_change_detection().read(asker);
    let ended: Vec<_> = mail
        .into_iter()
        .filter_map(|(id, event)| match event {
            LineEvent::Finished(finished) => Some((id, finished)),
            LineEvent::Started { .. } | LineEvent::Chunk { .. } => None,
        })
        .collect();
    lines.each(|shelf| {
        shelf.now = now;
        for (id, finished) in &ended {
            let written = !matches!(finished.source, Source::Authored(_) | Source::Cancelled);
            shelf.finish(*id, written.then(|| finished.text.clone()));
        }
    });
}

/// `Submit`: asks for the words of lines that may be due soon, and takes back what nobody will hear.
fn ask_for_words(
    mut lines: ResMut<YarnLines>,
    mut requests: ResMut<Requests>,
    personas: Query<&Persona>,
    status: Res<ModelStatus>,
    settings: Res<NarrativeSettings>,
    templates: Res<ModelTemplates>,
) {
    let absent = status.absence(settings.enabled).is_some();
    let asker = lines.asker;
    lines.each(|shelf| {
        for id in std::mem::take(&mut shelf.dropped) {
            requests.forget(id);
        }
        for mut wanted in std::mem::take(&mut shelf.wanted) {
            if absent {
                continue;
            }
            let persona = personas.iter().find(|persona| persona.who.name == wanted.name);
            let persona = persona.cloned().unwrap_or_else(|| Persona::new(wanted.name.clone(), ""));
            wanted.deadline = shelf.now.saturating_add(std::time::Duration::from_millis(persona.policy.budget_ms));
            let (templates, history) = (templates.0.clone(), shelf.history.clone());
            let saying = wanted.clone();
            let compose = move || compose(&saying, &persona, &history, &templates);
            let id = requests.submit_uncomposed(asker, Priority::OnScreen, wanted.say.clone(), compose);
            shelf.asked.push((id, wanted));
        }
    });
}

fn compose(wanted: &Wanted, persona: &Persona, history: &[Turn], templates: &Templates) -> LineRequest {
    let mut who = persona.who.clone();
    who.mood = wanted.wish.tone.clone().or(who.mood);
    let mut policy = persona.policy.clone();
    // A line of Yarn is shown whole.
    policy.stream = false;
    let talk = Talk {
        persona: &who,
        setting: &wanted.setting,
        facts: &persona.knows,
        history,
        said: &persona.memory().said,
        listener: "You",
        heard: None,
        goal: wanted.wish.goal.as_deref().unwrap_or_default(),
        must: &wanted.wish.must,
        must_not: &wanted.wish.must_not,
        policy: &policy,
        fallback: &wanted.say,
        priority: Priority::OnScreen,
        seed: wanted.seed,
    };
    match wanted.wish.mode {
        Mode::Vary => talk.reword(&wanted.say, templates),
        Mode::Free => talk.request(templates),
    }
}
