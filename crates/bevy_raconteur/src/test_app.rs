//! A headless app with a clock that is moved by hand: for this crate's tests and for those of games.
//!
//! ```
//! use bevy_raconteur::core::scripted::ScriptedGenerator;
//! use bevy_raconteur::prelude::*;
//! use bevy_raconteur::test_app::{TestApp, scripted};
//!
//! let mut test = TestApp::new(scripted(|| ScriptedGenerator::saying(" The bell is gone.")));
//! let mara = test.app.world_mut().spawn(Persona::new("Mara", "ferrywoman")).id();
//! test.app.world_mut().trigger(Generate::new(mara, "Hm."));
//! test.run_until(|test| !test.log.generated().is_empty());
//! assert_eq!(test.log.generated()[0].0, "The bell is gone.");
//! ```

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bevy_app::prelude::*;
use bevy_app::{PluginGroup, PluginGroupBuilder, TaskPoolPlugin};
use bevy_asset::{AssetPlugin, Assets, Handle};
use bevy_ecs::prelude::*;
use bevy_time::{TimePlugin, TimeUpdateStrategy};
use raconteur_core::request::Source;
use raconteur_core::scripted::{ScriptedGenerator, ScriptedLoader};
use raconteur_core::story::format::Story;

use crate::prelude::{
    Advance, BeatEntered, ChoicesReady, Choose, DidYouMean, Generated, GeneratedChunk, LanguageGap, LineChunk,
    LineReady, LineStarted, ModelSource, ModelStatus, NarrativePlugins, NarrativeSettings, NotUnderstood,
    OfferedChoice, Remarked, Say, StoryAsset, StoryEnded, StoryProblem, StoryRunner, Untranslated,
};

/// Most frames that [`TestApp::run_until`] waits for. The worker has a thread of its own, so a frame may find nothing.
const MOST_FRAMES: usize = 10_000;

/// The least that the plugin needs: schedules, task pools, time and assets.
pub struct HeadlessPlugins;

impl PluginGroup for HeadlessPlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>().add(TaskPoolPlugin::default()).add(TimePlugin).add(AssetPlugin::default())
    }
}

/// A model source for [`ScriptedGenerator`]s.
#[must_use]
pub fn scripted(mut make: impl FnMut() -> ScriptedGenerator + Send + 'static) -> ModelSource {
    ModelSource::custom(ScriptedLoader::new(move || Ok(make())))
}

/// An app in which every frame takes as long as the test says.
pub struct TestApp {
    /// The app.
    pub app: App,
    /// What the plugin has told.
    pub log: Log,
}

/// One thing that the plugin has told, in short.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// [`BeatEntered`]: id of the beat.
    Beat(String),
    /// [`LineStarted`]: id of the line.
    Started(String),
    /// [`LineChunk`]: id of the line, the new text.
    Chunk(String, String),
    /// [`LineReady`].
    Line {
        /// Id of the line.
        id: String,
        /// Cast id of the speaker.
        who: String,
        /// The words.
        text: String,
        /// Where they came from.
        source: Source,
        /// Whether the player may ask.
        asks: bool,
    },
    /// [`ChoicesReady`].
    Choices(Vec<OfferedChoice>),
    /// [`DidYouMean`]: ids of the choices.
    DidYouMean(Vec<String>),
    /// [`NotUnderstood`]: what was said.
    NotUnderstood(String),
    /// [`StoryEnded`]: id of the beat.
    Ended(String),
    /// [`GeneratedChunk`]: the new text.
    GeneratedChunk(String),
    /// [`Generated`]: the words, where they came from.
    Generated(String, Source),
    /// [`Remarked`]: id of the storylet, the words, where they came from.
    Remark(String, String, Source),
    /// [`LanguageGap`]: what is not in the language that is asked for.
    Gap(Untranslated),
    /// [`StoryProblem`], as text.
    Problem(String),
}

/// Everything that the plugin has told, in order. Clones share it.
#[derive(Resource, Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<Told>>>);

impl Log {
    /// All of it.
    #[must_use]
    pub fn all(&self) -> Vec<Told> {
        self.0.lock().map(|told| told.clone()).unwrap_or_default()
    }

    /// The last line that is complete: its words and their source.
    #[must_use]
    pub fn last_line(&self) -> Option<(String, Source)> {
        self.all().into_iter().rev().find_map(|told| match told {
            Told::Line { text, source, .. } => Some((text, source)),
            _ => None,
        })
    }

    /// The choices that were offered last.
    #[must_use]
    pub fn last_choices(&self) -> Vec<OfferedChoice> {
        let choices = |told| if let Told::Choices(choices) = told { Some(choices) } else { None };
        self.all().into_iter().rev().find_map(choices).unwrap_or_default()
    }

    /// All [`Generated`]: words and source.
    #[must_use]
    pub fn generated(&self) -> Vec<(String, Source)> {
        let generated = |told| if let Told::Generated(text, source) = told { Some((text, source)) } else { None };
        self.all().into_iter().filter_map(generated).collect()
    }

    /// All problems.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let problem = |told| if let Told::Problem(text) = told { Some(text) } else { None };
        self.all().into_iter().filter_map(problem).collect()
    }

    /// All [`LanguageGap`]s.
    #[must_use]
    pub fn gaps(&self) -> Vec<Untranslated> {
        let gap = |told| if let Told::Gap(gap) = told { Some(gap) } else { None };
        self.all().into_iter().filter_map(gap).collect()
    }

    /// The beat at which the story ended.
    #[must_use]
    pub fn ended(&self) -> Option<String> {
        self.all().into_iter().find_map(|told| if let Told::Ended(beat) = told { Some(beat) } else { None })
    }

    fn note(&self, told: Told) {
        if let Ok(mut log) = self.0.lock() {
            log.push(told);
        }
    }
}

impl TestApp {
    /// An app with a model. The clock stands still; deadlines pass only when the test moves it.
    #[must_use]
    pub fn new(model: ModelSource) -> Self {
        Self::with_plugins(NarrativePlugins::new(model))
    }

    /// An app with plugins that were set up by the test.
    #[must_use]
    pub fn with_plugins(plugins: NarrativePlugins) -> Self {
        let mut app = App::new();
        app.add_plugins(HeadlessPlugins).add_plugins(plugins);
        Self::around(app)
    }

    /// Takes over an app that has its plugins but has not run.
    #[must_use]
    pub fn around(mut app: App) -> Self {
        let log = Log::default();
        app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::ZERO));
        app.insert_resource(log.clone());
        app.add_observer(|e: On<BeatEntered>, log: Res<Log>| log.note(Told::Beat(e.beat.clone())))
            .add_observer(|e: On<LineStarted>, log: Res<Log>| log.note(Told::Started(e.line.clone())))
            .add_observer(|e: On<LineChunk>, log: Res<Log>| log.note(Told::Chunk(e.line.clone(), e.text.clone())))
            .add_observer(|e: On<LineReady>, log: Res<Log>| {
                log.note(Told::Line {
                    id: e.line.clone(),
                    who: e.who.clone(),
                    text: e.text.clone(),
                    source: e.source.clone(),
                    asks: e.asks,
                });
            })
            .add_observer(|e: On<ChoicesReady>, log: Res<Log>| log.note(Told::Choices(e.choices.clone())))
            .add_observer(|e: On<DidYouMean>, log: Res<Log>| {
                log.note(Told::DidYouMean(e.choices.iter().map(|choice| choice.id.clone()).collect()));
            })
            .add_observer(|e: On<NotUnderstood>, log: Res<Log>| log.note(Told::NotUnderstood(e.said.clone())))
            .add_observer(|e: On<StoryEnded>, log: Res<Log>| log.note(Told::Ended(e.beat.clone())))
            .add_observer(|e: On<GeneratedChunk>, log: Res<Log>| log.note(Told::GeneratedChunk(e.text.clone())))
            .add_observer(|e: On<Generated>, log: Res<Log>| {
                log.note(Told::Generated(e.text.clone(), e.reason.clone()));
            })
            .add_observer(|e: On<Remarked>, log: Res<Log>| {
                log.note(Told::Remark(e.storylet.clone(), e.text.clone(), e.source.clone()));
            })
            .add_observer(|e: On<LanguageGap>, log: Res<Log>| log.note(Told::Gap(e.gap.clone())))
            .add_observer(|e: On<StoryProblem>, log: Res<Log>| log.note(Told::Problem(e.problem.to_string())));
        app.finish();
        app.cleanup();
        Self { app, log }
    }

    /// Puts a story into play and gives its entity.
    pub fn play(&mut self, story: impl Into<StoryAsset>) -> Entity {
        let handle: Handle<StoryAsset> = self.app.world_mut().resource_mut::<Assets<StoryAsset>>().add(story.into());
        self.app.world_mut().spawn(StoryRunner::new(handle, 1)).id()
    }

    /// One frame, in which the clock does not move.
    pub fn frame(&mut self) {
        self.app.update();
    }

    /// One frame that takes `time`.
    pub fn pass(&mut self, time: Duration) {
        self.app.insert_resource(TimeUpdateStrategy::ManualDuration(time));
        self.app.update();
        self.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::ZERO));
    }

    /// Frames until `done`, without moving the clock.
    ///
    /// # Panics
    /// When it is not done after very many frames; the panic shows what has been told.
    pub fn run_until(&mut self, mut done: impl FnMut(&Self) -> bool) {
        for _ in 0..MOST_FRAMES {
            if done(self) {
                return;
            }
            self.app.update();
            // The worker is another thread: let it come to something.
            std::thread::sleep(Duration::from_micros(200));
        }
        panic!("not done after {MOST_FRAMES} frames; told so far: {:#?}", self.log.all());
    }

    /// Frames until the model is there.
    pub fn run_until_ready(&mut self) {
        self.run_until(|test| matches!(test.app.world().resource::<ModelStatus>(), ModelStatus::Ready { .. }));
    }

    /// Goes on: to the next line, choice or beat.
    pub fn advance(&mut self, story: Entity) {
        self.app.world_mut().trigger(Advance { entity: story });
        self.frame();
    }

    /// Takes a choice.
    pub fn choose(&mut self, story: Entity, choice: &str) {
        self.app.world_mut().trigger(Choose { entity: story, choice: choice.to_owned() });
        self.frame();
    }

    /// Says something at a choice, or to a line that asks.
    pub fn say(&mut self, story: Entity, text: &str) {
        self.app.world_mut().trigger(Say { entity: story, text: text.to_owned() });
        self.frame();
    }

    /// Plays a story to its end: takes the listed choices in order, then always the first.
    ///
    /// # Panics
    /// When the story neither ends nor offers anything for very many frames.
    pub fn play_to_end(&mut self, story: Entity, choices: &[&str]) -> String {
        let mut choices = choices.iter();
        let mut seen = 0;
        for _ in 0..MOST_FRAMES {
            let told = self.log.all();
            for event in &told[seen..] {
                match event {
                    Told::Line { .. } => self.app.world_mut().trigger(Advance { entity: story }),
                    Told::Choices(offered) => {
                        let choice = choices.next().map_or_else(|| offered[0].id.clone(), |id| (*id).to_owned());
                        self.app.world_mut().trigger(Choose { entity: story, choice });
                    }
                    Told::Ended(beat) => return beat.clone(),
                    _ => {}
                }
            }
            seen = told.len();
            self.app.update();
            std::thread::sleep(Duration::from_micros(200));
        }
        panic!("the story did not end; told so far: {:#?}", self.log.all());
    }

    /// The runtime knobs.
    pub fn settings(&mut self) -> Mut<'_, NarrativeSettings> {
        self.app.world_mut().resource_mut::<NarrativeSettings>()
    }
}

impl From<Arc<Story>> for StoryAsset {
    fn from(story: Arc<Story>) -> Self {
        Self::new(story)
    }
}
