//! Between the story and the picture: what the plugin tells goes into [`Show`], what the player does goes to the plugin.

use std::path::PathBuf;

use bevy::prelude::*;
use bevy_raconteur::prelude::*;

use crate::scenery::Place;
use crate::show::{Act, ModelState, Offer, Show, Spoken};

/// Plays a story on the picture.
pub struct PlayPlugin {
    /// Asset path of the story.
    pub story: PathBuf,
    /// Seed of the first time through.
    pub seed: u64,
}

/// The story that is played, and its people.
#[derive(Resource)]
struct Playing {
    handle: Handle<StoryAsset>,
    cast: Cast,
    seed: u64,
    /// The story's entity, once the title card is left.
    story: Option<Entity>,
}

impl Plugin for PlayPlugin {
    fn build(&self, app: &mut App) {
        let handle = app.world().resource::<AssetServer>().load(self.story.clone());
        let mara = app.world_mut().spawn(Name::new("Mara")).id();
        let odo = app.world_mut().spawn(Name::new("Odo")).id();
        let cast = Cast::default().with("mara", mara).with("odo", odo);
        app.insert_resource(Playing { handle, cast, seed: self.seed, story: None })
            .add_host_function("is_night", is_night)
            .add_systems(Update, (act, tell_model, read_title, welcome_mended_story))
            .add_observer(show_beat)
            .add_observer(show_line)
            .add_observer(show_chunk)
            .add_observer(show_whole_line)
            .add_observer(show_choices)
            .add_observer(show_end)
            .add_observer(show_problem);
    }
}

/// The story's question to the game: what the picture shows is what the story is told.
fn is_night(_: In<HostArgs>, show: Res<Show>) -> Value {
    Value::Bool(!matches!(show.place, Place::Green | Place::Dusk))
}

/// Does what the player wants.
fn act(
    mut acts: MessageReader<Act>,
    mut commands: Commands,
    mut show: ResMut<Show>,
    mut playing: ResMut<Playing>,
    mut settings: ResMut<NarrativeSettings>,
) {
    for act in acts.read() {
        match (act, playing.story) {
            (Act::Begin, None) if !show.title.is_empty() => {
                show.started = true;
                begin(&mut commands, &mut playing);
            }
            (Act::Advance, Some(entity)) => commands.trigger(Advance { entity }),
            (Act::Choose(choice), Some(entity)) => {
                show.offers.clear();
                commands.trigger(Choose { entity, choice: choice.clone() });
            }
            (Act::Ask(text), Some(entity)) => commands.trigger(Ask { entity, text: text.clone() }),
            (Act::ToggleModel, _) => settings.enabled = !settings.enabled,
            (Act::Restart, Some(entity)) => {
                commands.entity(entity).despawn();
                *show = Show { title: std::mem::take(&mut show.title), started: true, place: show.place, ..default() };
                // Another seed: the same choices need not bring the same words.
                playing.seed += 1;
                begin(&mut commands, &mut playing);
            }
            _ => {}
        }
    }
}

fn begin(commands: &mut Commands, playing: &mut Playing) {
    let runner = StoryRunner::new(playing.handle.clone(), playing.seed);
    playing.story = Some(commands.spawn((runner, playing.cast.clone())).id());
}

/// The title card shows the story's name as soon as it is read.
fn read_title(
    mut show: ResMut<Show>,
    playing: Res<Playing>,
    stories: Res<Assets<StoryAsset>>,
    server: Res<AssetServer>,
) {
    if !show.title.is_empty() {
        return;
    }
    if let Some(asset) = stories.get(&playing.handle) {
        show.title.clone_from(&asset.story.title);
    } else if let Some(bevy::asset::LoadState::Failed(error)) = server.get_load_state(&playing.handle) {
        show.notice = Some(error.to_string());
    }
}

/// A story that was broken and has been mended needs no notice any more.
fn welcome_mended_story(mut changes: MessageReader<AssetEvent<StoryAsset>>, mut show: ResMut<Show>) {
    if changes.read().any(|change| matches!(change, AssetEvent::Modified { .. })) {
        show.notice = None;
    }
}

fn tell_model(
    mut show: ResMut<Show>,
    status: Res<ModelStatus>,
    stats: Res<NarrativeStats>,
    settings: Res<NarrativeSettings>,
) {
    let model = &mut show.model;
    model.on = settings.enabled;
    model.tokens_per_second = stats.tokens_per_second;
    model.first_text_ms = stats.first_text_ms;
    model.state = match &*status {
        ModelStatus::Off => ModelState::None,
        ModelStatus::Loading { stage, fraction } => ModelState::Loading(stage.clone(), *fraction),
        ModelStatus::Ready { name } => ModelState::Ready(name.clone()),
        ModelStatus::Failed { error } => ModelState::Failed(error.to_string()),
    };
}

fn show_beat(beat: On<BeatEntered>, mut show: ResMut<Show>) {
    let place = Place::of(&beat.setting);
    if place != show.place {
        show.line = None;
    }
    show.offers.clear();
    show.place = place;
    show.setting.clone_from(&beat.setting);
}

fn show_line(line: On<LineStarted>, mut show: ResMut<Show>) {
    show.offers.clear();
    show.line = Some(Spoken { who: line.who.clone(), name: line.name.clone(), ..default() });
}

fn show_chunk(chunk: On<LineChunk>, mut show: ResMut<Show>) {
    if let Some(line) = &mut show.line {
        line.text.push_str(&chunk.text);
    }
}

fn show_whole_line(ready: On<LineReady>, mut show: ResMut<Show>) {
    if let Some(line) = &mut show.line {
        line.text.clone_from(&ready.text);
        line.source = Some(ready.source.to_string());
        line.asks = ready.asks;
    }
}

fn show_choices(ready: On<ChoicesReady>, mut show: ResMut<Show>) {
    let offer = |choice: &OfferedChoice| Offer {
        id: choice.id.clone(),
        label: choice.label.clone(),
        source: choice.source.to_string(),
    };
    show.offers = ready.choices.iter().map(offer).collect();
}

fn show_end(end: On<StoryEnded>, mut show: ResMut<Show>) {
    show.ended = Some(end.beat.clone());
}

fn show_problem(problem: On<StoryProblem>, mut show: ResMut<Show>) {
    let words = problem.problem.to_string();
    bevy::log::warn!("{words}");
    show.notice = words.lines().next().map(str::to_owned);
}
