//! The story without a picture: an app without window or renderer, moved on step by step.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::HeadlessPlugins;

/// How long one step may take before something is wrong. A large model on a slow machine needs a while to load.
const PATIENCE: Duration = Duration::from_secs(600);

/// Something that the story tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// Another beat: its id and where it is.
    Beat(String, String),
    /// A line, complete.
    Line {
        /// The speaker's name, or the cast id of a narrator.
        name: String,
        /// What they say.
        text: String,
        /// Where the words came from.
        source: Source,
        /// Whether they may be asked something now.
        asks: bool,
    },
    /// What may be chosen.
    Choices(Vec<OfferedChoice>),
    /// The end, at this beat.
    Ended(String),
    /// Something is not as it should be.
    Problem(String),
}

/// What to play, and how.
pub struct Setup {
    /// Asset path of the story.
    pub story: PathBuf,
    /// The model.
    pub model: ModelSource,
    /// Same seed and same choices, same words.
    pub seed: u64,
    /// Whether a late line shows its authored text. Off for scripted runs, where the clock must not matter.
    pub deadlines: bool,
}

/// A story in play.
pub struct Headless {
    app: App,
    story: Entity,
    told: Arc<Mutex<VecDeque<Happening>>>,
}

impl Headless {
    /// Loads the model, then begins the story.
    ///
    /// # Errors
    /// When the model is still not there after ten minutes. A model that fails to load is no error: lines are authored.
    pub fn new(setup: Setup) -> Result<Self, String> {
        let told = Arc::new(Mutex::new(VecDeque::new()));
        let settings = NarrativeSettings { deadlines: setup.deadlines, ..default() };
        let mut app = App::new();
        app.add_plugins(
            HeadlessPlugins.set(AssetPlugin { watch_for_changes_override: Some(false), ..crate::files::plugin() }),
        )
        .add_plugins(NarrativePlugins::new(setup.model).with_settings(settings))
        .add_host_function("is_night", |_: In<HostArgs>| Value::Bool(true));
        listen(&mut app, &told);
        app.finish();
        app.cleanup();
        let begun = Instant::now();
        while matches!(app.world().resource::<ModelStatus>(), ModelStatus::Loading { .. }) {
            step(&mut app);
            if begun.elapsed() > PATIENCE {
                return Err("the model does not come; try a smaller one, or --model off".into());
            }
        }
        let story = app.world().resource::<AssetServer>().load(setup.story);
        let story = app.world_mut().spawn(StoryRunner::new(story, setup.seed)).id();
        Ok(Self { app, story, told })
    }

    /// What the model is, or why there is none.
    pub fn model(&self) -> String {
        match self.app.world().resource::<ModelStatus>() {
            ModelStatus::Ready { name } => name.clone(),
            ModelStatus::Failed { error } => format!("none: {error}"),
            _ => "none".into(),
        }
    }

    /// The next thing that is told.
    ///
    /// # Errors
    /// When nothing is told for ten minutes: the caller has to advance, choose or ask between two lines.
    pub fn next(&mut self) -> Result<Happening, String> {
        let begun = Instant::now();
        loop {
            if let Some(next) = self.told.lock().ok().and_then(|mut told| told.pop_front()) {
                return Ok(next);
            }
            if begun.elapsed() > PATIENCE {
                return Err("the story says nothing more".into());
            }
            step(&mut self.app);
        }
    }

    /// Goes on after a line.
    pub fn advance(&mut self) {
        let entity = self.story;
        self.app.world_mut().trigger(Advance { entity });
    }

    /// Takes a choice.
    pub fn choose(&mut self, choice: &str) {
        let entity = self.story;
        self.app.world_mut().trigger(Choose { entity, choice: choice.into() });
    }

    /// Asks whoever has just spoken.
    pub fn ask(&mut self, text: &str) {
        let entity = self.story;
        self.app.world_mut().trigger(Ask { entity, text: text.into() });
    }
}

/// One frame, and a moment for the worker's thread to come to something.
fn step(app: &mut App) {
    app.update();
    std::thread::sleep(Duration::from_micros(300));
}

fn listen(app: &mut App, told: &Arc<Mutex<VecDeque<Happening>>>) {
    let note = |told: &Arc<Mutex<VecDeque<Happening>>>| {
        let told = told.clone();
        move |happening| {
            if let Ok(mut told) = told.lock() {
                told.push_back(happening);
            }
        }
    };
    let names: Arc<Mutex<String>> = Arc::default();
    let speaker = names.clone();
    let tell = note(told);
    app.add_observer(move |e: On<BeatEntered>| tell(Happening::Beat(e.beat.clone(), e.setting.clone())));
    app.add_observer(move |e: On<LineStarted>| {
        if let Ok(mut name) = speaker.lock() {
            *name = if e.name.is_empty() { e.who.clone() } else { e.name.clone() };
        }
    });
    let tell = note(told);
    app.add_observer(move |e: On<LineReady>| {
        let name = names.lock().map(|name| name.clone()).unwrap_or_default();
        tell(Happening::Line { name, text: e.text.clone(), source: e.source.clone(), asks: e.asks });
    });
    let tell = note(told);
    app.add_observer(move |e: On<ChoicesReady>| tell(Happening::Choices(e.choices.clone())));
    let tell = note(told);
    app.add_observer(move |e: On<StoryEnded>| tell(Happening::Ended(e.beat.clone())));
    let tell = note(told);
    app.add_observer(move |e: On<StoryProblem>| tell(Happening::Problem(e.problem.to_string())));
}
