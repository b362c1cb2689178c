//! The plugin group: wires resources, systems and the worker.

use std::sync::Mutex;

use bevy_app::prelude::*;
use bevy_app::{PluginGroup, PluginGroupBuilder};
use bevy_asset::{AssetApp, AssetLoadFailedEvent};
use bevy_ecs::prelude::*;

use crate::adapter::AdapterPlugin;
use crate::conversation::ConversationPlugin;
use crate::crier::CrierPlugin;
use crate::diagnostics;
use crate::direct::{ModelTemplates, direct_stories, forget_lost_story, report_failed_stories};
use crate::governor::{FrameGovernor, govern};
use crate::inspector::{Inspector, NarrativeCounts, count_labels, count_line, count_remark, count_utterance};
use crate::language::{LanguageModels, follow_language};
use crate::memory::MemoryPlugin;
use crate::model::{ModelChanged, ModelSource, ModelStatus};
use crate::persona::{Utterances, answer_on_ask, direct_utterances, read_ahead_on_look, speak_on_generate};
use crate::reading::ReadingPlugin;
use crate::requests::{Requests, cancel_for_lost_voice, mark_speakers, receive_replies};
use crate::rumor::RumorPlugin;
use crate::runner::{StoryRunner, note_advance, note_ask, note_choose, note_look, note_remark, note_say, note_set};
use crate::settings::NarrativeSettings;
use crate::speaker::{hush_for_scene, hush_for_script, hush_on_interrupt, leave_lost_scene};
use crate::stats::NarrativeStats;
use crate::story::{StoryAsset, StoryLoader};
use crate::worker::Worker;

/// Where the plugin's systems run.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NarrativeSystems {
    /// `PreUpdate`: takes in what the worker says.
    Receive,
    /// `PreUpdate`, after `Receive`: stories move, events fire.
    Advance,
    /// `PostUpdate`: what the game asked in `Update` goes to the worker in the same frame.
    Submit,
    /// `Last`: the governor looks at the frame; bookkeeping.
    Last,
}

/// Everything: stories, requests, the worker and its model. Needs Bevy's `AssetPlugin` and `TimePlugin` before it.
pub struct NarrativePlugins {
    model: ModelSource,
    settings: NarrativeSettings,
    queue: usize,
    languages: LanguageModels,
}

impl NarrativePlugins {
    /// The plugins with a model, which is loaded off the main thread when the app starts.
    #[must_use]
    pub fn new(model: ModelSource) -> Self {
        Self {
            model,
            settings: NarrativeSettings::default(),
            queue: raconteur_core::desk::DEFAULT_CAPACITY,
            languages: LanguageModels::default(),
        }
    }

    /// Sets the runtime knobs that the app starts with.
    #[must_use]
    pub fn with_settings(mut self, settings: NarrativeSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Another model for a language, by BCP 47 tag (`zh-Hans`, or `zh` for all of its kinds): loaded when
    /// [`NarrativeSettings::language`] becomes it, and only then is anything written in it. The model given to
    /// [`new`](Self::new) writes the language that each story was written in, and is loaded again when that comes back; a
    /// loader of the game's own can be used once only, so name it here too. What a model would write in a language that
    /// none was given for shows its authored text, with
    /// [`Why::OtherLanguage`](raconteur_core::request::Why::OtherLanguage).
    #[must_use]
    pub fn with_language_model(
        mut self,
        language: impl Into<String>,
        make: impl Fn() -> ModelSource + Send + Sync + 'static,
    ) -> Self {
        self.languages.add(language.into(), make);
        self
    }

    /// Sets how many requests may wait before the oldest ambient one is dropped. **Default** 64.
    #[must_use]
    pub fn with_queue(mut self, requests: usize) -> Self {
        self.queue = requests;
        self
    }
}

impl PluginGroup for NarrativePlugins {
    fn build(mut self) -> PluginGroupBuilder {
        self.languages.set_other(&self.model);
        PluginGroupBuilder::start::<Self>()
            .add(AdapterPlugin)
            .add(MemoryPlugin)
            .add(ConversationPlugin)
            .add(NarrativePlugin { settings: self.settings, languages: self.languages })
            .add(crate::debate::DebatePlugin)
            .add(crate::serial::SerialPlugin)
            .add(ReadingPlugin)
            .add(crate::plot::PlotPlugin)
            .add(RumorPlugin)
            .add(CrierPlugin)
            .add(WorkerPlugin { model: Mutex::new(Some(self.model)), queue: self.queue })
    }
}

/// Stories, personas and their events, on whatever worker there is.
struct NarrativePlugin {
    settings: NarrativeSettings,
    languages: LanguageModels,
}

impl Plugin for NarrativePlugin {
    fn build(&self, app: &mut App) {
        // A condition is cheaper than a system: it is not handed to another thread.
        app.init_asset::<StoryAsset>()
            .init_asset_loader::<StoryLoader>()
            .insert_resource(self.settings.clone())
            .insert_resource(self.languages.clone())
            .init_resource::<Requests>()
            .init_resource::<Utterances>()
            .init_resource::<ModelStatus>()
            .init_resource::<ModelTemplates>()
            .init_resource::<NarrativeStats>()
            .init_resource::<NarrativeCounts>()
            .init_resource::<Inspector>()
            .init_resource::<FrameGovernor>()
            .add_message::<ModelChanged>()
            .configure_sets(PreUpdate, (NarrativeSystems::Receive, NarrativeSystems::Advance).chain())
            .add_systems(
                PreUpdate,
                (
                    receive_replies.in_set(NarrativeSystems::Receive),
                    follow_language.run_if(resource_changed::<NarrativeSettings>).before(NarrativeSystems::Advance),
                ),
            )
            .add_systems(
                PreUpdate,
                (
                    report_failed_stories.run_if(on_message::<AssetLoadFailedEvent<StoryAsset>>),
                    direct_stories.run_if(any_with_component::<StoryRunner>),
                    direct_utterances.run_if(Utterances::any_open),
                )
                    .chain()
                    .in_set(NarrativeSystems::Advance),
            )
            .add_systems(
                PostUpdate,
                (
                    direct_stories.run_if(any_with_component::<StoryRunner>),
                    mark_speakers.run_if(resource_changed::<Requests>),
                )
                    .chain()
                    .in_set(NarrativeSystems::Submit),
            )
            .add_systems(Last, (govern, diagnostics::measure).chain().in_set(NarrativeSystems::Last))
            .add_observer(note_advance)
            .add_observer(note_choose)
            .add_observer(note_ask)
            .add_observer(note_say)
            .add_observer(note_remark)
            .add_observer(note_set)
            .add_observer(note_look)
            .add_observer(read_ahead_on_look)
            .add_observer(speak_on_generate)
            .add_observer(answer_on_ask)
            .add_observer(hush_for_scene)
            .add_observer(hush_for_script)
            .add_observer(hush_on_interrupt)
            .add_observer(leave_lost_scene)
            .add_observer(count_line)
            .add_observer(count_utterance)
            .add_observer(count_remark)
            .add_observer(count_labels)
            .add_observer(cancel_for_lost_voice)
            .add_observer(forget_lost_story)
            .add_observer(load_model)
            .add_observer(unload_model);
    }

    fn finish(&self, app: &mut App) {
        diagnostics::register(app);
    }
}

/// The worker's thread, started when everything else is there.
struct WorkerPlugin {
    /// Taken once; a plugin is only lent to the app.
    model: Mutex<Option<ModelSource>>,
    queue: usize,
}

impl Plugin for WorkerPlugin {
    fn build(&self, _: &mut App) {}

    fn cleanup(&self, app: &mut App) {
        let worker = Worker::spawn(self.queue);
        if worker.is_none() {
            bevy_log::error!("the system gives no thread for text generation: stories play their authored lines");
        }
        app.world_mut().resource_mut::<Requests>().start(worker);
        app.world_mut().resource_scope(|world, mut governor: Mut<FrameGovernor>| {
            let settings = world.resource::<NarrativeSettings>().clone();
            if let Some(worker) = world.resource_mut::<Requests>().worker() {
                // Before there is a model, so that it begins at its pace.
                governor.begin(&settings, worker);
            }
        });
        let model = self.model.lock().ok().and_then(|mut model| model.take());
        start_loading(app.world_mut(), model.unwrap_or_default());
    }
}

/// Load another model in place of the one there is, or try a failed one again. What is being written ends with authored
/// text.
#[derive(Event)]
pub struct LoadModel(Mutex<Option<ModelSource>>);

impl LoadModel {
    /// Loads from `source`.
    #[must_use]
    pub fn new(source: ModelSource) -> Self {
        Self(Mutex::new(Some(source)))
    }
}

/// Drop the model and its memory.
#[derive(Event, Debug, Clone, Copy)]
pub struct UnloadModel;

fn load_model(load: On<LoadModel>, mut commands: Commands) {
    if let Some(source) = load.0.lock().ok().and_then(|mut source| source.take()) {
        commands.queue(|world: &mut World| start_loading(world, source));
    }
}

fn unload_model(_: On<UnloadModel>, mut requests: ResMut<Requests>) {
    if let Some(worker) = requests.worker() {
        worker.unload();
    }
}

fn start_loading(world: &mut World, source: ModelSource) {
    let (loader, templates, problem) = source.open();
    if let Some(problem) = problem {
        bevy_log::warn!("the model's prompts.ron is not used: {problem}");
    }
    world.insert_resource(ModelTemplates(templates.into()));
    let is_off = *world.resource::<ModelStatus>() == ModelStatus::Off;
    let mut requests = world.resource_mut::<Requests>();
    let Some(loader) = loader else {
        // No model in place of one: what was loaded goes.
        if let Some(worker) = requests.worker().filter(|_| !is_off) {
            worker.unload();
        }
        return;
    };
    if let Some(worker) = requests.worker() {
        worker.load(loader);
        *world.resource_mut::<ModelStatus>() = ModelStatus::Loading { stage: "starting".to_owned(), fraction: 0.0 };
    }
}
