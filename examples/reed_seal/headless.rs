//! The story without a picture: an app without window or renderer, moved on step by step.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::HeadlessPlugins;

/// How long one step may take before something is wrong.
const PATIENCE: Duration = Duration::from_secs(600);

/// Something that the story tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// Another beat: its id and where it is.
    Beat(String, String),
    /// A line, complete: who says it, what, and where the words came from.
    Line(String, String, Source),
    /// What may be chosen.
    Choices(Vec<OfferedChoice>),
    /// What the player said at a choice was not clear: what it may mean, or nothing.
    Unclear(Vec<OfferedChoice>),
    /// Something is not in the language that was asked for.
    Gap(Untranslated),
    /// The end, at this beat.
    Ended(String),
    /// Something is not as it should be.
    Problem(String),
}

/// What to play, and how.
pub struct Setup {
    /// Asset path of the story.
    pub story: PathBuf,
    /// The model for English.
    pub model: ModelSource,
    /// The model for Chinese, if there is one.
    pub chinese_model: Option<PathBuf>,
    /// The language to begin in.
    pub language: String,
    /// Same seed and same choices, same words.
    pub seed: u64,
    /// Whether a late line shows its authored text. Off for scripted runs, where the clock must not matter.
    pub deadlines: bool,
}

impl Setup {
    /// The plugins of the game: one model for each language that has one.
    pub fn plugins(model: ModelSource, chinese: Option<PathBuf>, language: &str, deadlines: bool) -> NarrativePlugins {
        let settings =
            NarrativeSettings { language: Some(language.to_owned()), deadlines, ..NarrativeSettings::default() };
        let plugins = NarrativePlugins::new(model).with_settings(settings);
        match chinese {
            Some(path) => plugins.with_language_model("zh", move || ModelSource::directory(&path)),
            None => plugins,
        }
    }
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
        let mut app = App::new();
        app.add_plugins(
            HeadlessPlugins.set(AssetPlugin { watch_for_changes_override: Some(false), ..crate::files::plugin() }),
        )
        .add_plugins(Setup::plugins(setup.model, setup.chinese_model, &setup.language, setup.deadlines));
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
    /// When nothing is told for ten minutes: the caller has to advance or choose between two lines.
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

    /// Shows the story in another language from now on. What is on show is told again, unless it is in it already.
    /// Gives whether anything will be told.
    pub fn speak(&mut self, tag: &str) -> bool {
        self.app.world_mut().resource_mut::<NarrativeSettings>().language = Some(tag.to_owned());
        step(&mut self.app);
        self.told.lock().is_ok_and(|told| told.iter().any(|told| !matches!(told, Happening::Gap(_))))
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

    /// Says something at a choice, in one's own words.
    pub fn say(&mut self, text: &str) {
        let entity = self.story;
        self.app.world_mut().trigger(Say { entity, text: text.into() });
    }
}

/// One frame, and a moment for the worker's thread to come to something.
fn step(app: &mut App) {
    app.update();
    std::thread::sleep(Duration::from_micros(300));
}

fn listen(app: &mut App, told: &Arc<Mutex<VecDeque<Happening>>>) {
    let note = || {
        let told = told.clone();
        move |happening| {
            if let Ok(mut told) = told.lock() {
                told.push_back(happening);
            }
        }
    };
    let names: Arc<Mutex<String>> = Arc::default();
    let speaker = names.clone();
    let tell = note();
    app.add_observer(move |e: On<BeatEntered>| tell(Happening::Beat(e.beat.clone(), e.setting.clone())));
    app.add_observer(move |e: On<LineStarted>| {
        if let Ok(mut name) = speaker.lock() {
            name.clone_from(&e.name);
        }
    });
    let tell = note();
    app.add_observer(move |e: On<LineReady>| {
        let name = names.lock().map(|name| name.clone()).unwrap_or_default();
        tell(Happening::Line(name, e.text.clone(), e.source.clone()));
    });
    let tell = note();
    app.add_observer(move |e: On<ChoicesReady>| tell(Happening::Choices(e.choices.clone())));
    let tell = note();
    app.add_observer(move |e: On<DidYouMean>| tell(Happening::Unclear(e.choices.clone())));
    let tell = note();
    app.add_observer(move |_: On<NotUnderstood>| tell(Happening::Unclear(Vec::new())));
    let tell = note();
    app.add_observer(move |e: On<LanguageGap>| tell(Happening::Gap(e.gap.clone())));
    let tell = note();
    app.add_observer(move |e: On<StoryEnded>| tell(Happening::Ended(e.beat.clone())));
    let tell = note();
    app.add_observer(move |e: On<StoryProblem>| tell(Happening::Problem(e.problem.to_string())));
}
