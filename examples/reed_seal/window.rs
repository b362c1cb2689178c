//! The story in a window: one column of text in the font of its language, and the choices below.

use std::path::PathBuf;

use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, save_to_disk};
use bevy::text::LineHeight;
use bevy::window::WindowResolution;
use bevy_raconteur::prelude::*;

use crate::headless::Setup;
use crate::reveal;

const SIZE: UVec2 = UVec2::new(1100, 720);
const PAPER: Color = Color::srgb(0.93, 0.90, 0.82);
const INK: Color = Color::srgb(0.13, 0.13, 0.12);
const SEAL: Color = Color::srgb(0.62, 0.16, 0.11);
const FADED: Color = Color::srgb(0.45, 0.42, 0.36);

/// What is on show.
#[derive(Resource, Default)]
struct Page {
    title: String,
    setting: String,
    name: String,
    text: String,
    /// Seconds since the line began.
    age: f32,
    choices: Vec<OfferedChoice>,
    ended: bool,
}

#[derive(Resource)]
struct Playing {
    handle: Handle<StoryAsset>,
    story: Entity,
}

/// The fonts by language.
#[derive(Resource)]
struct Fonts {
    latin: Handle<Font>,
    chinese: Handle<Font>,
}

/// A part of the page.
#[derive(Component, Clone, Copy, PartialEq)]
enum Part {
    Title,
    Setting,
    Name,
    Text,
    Choices,
    Hint,
}

/// A picture to take, and what to choose until then.
#[derive(Resource)]
struct Snapshot {
    file: PathBuf,
    script: Vec<String>,
    waited: f32,
    taken: bool,
}

/// Opens the window and plays until it is closed.
pub fn run(setup: Setup, snapshot: Option<(PathBuf, Vec<String>)>) -> AppExit {
    let mut app = App::new();
    app.add_plugins(DefaultPlugins.set(primary(true)).set(crate::files::plugin()))
        .add_plugins(Setup::plugins(setup.model, setup.chinese_model, &setup.language, setup.deadlines))
        .insert_resource(ClearColor(PAPER))
        .init_resource::<Page>()
        .add_systems(Startup, spawn)
        .add_systems(Update, (listen_to_keys, age, read_title, draw).chain())
        .add_observer(show_beat)
        .add_observer(show_line)
        .add_observer(show_whole_line)
        .add_observer(show_choices)
        .add_observer(show_end);
    let assets = app.world().resource::<AssetServer>().clone();
    let fonts = Fonts {
        latin: assets.load("fonts/EBGaramond-Regular.otf"),
        chinese: assets.load("fonts/NotoSerifSC-Subset.ttf"),
    };
    let handle = assets.load(setup.story);
    let story = app.world_mut().spawn(StoryRunner::new(handle.clone(), setup.seed)).id();
    app.insert_resource(fonts).insert_resource(Playing { handle, story });
    if let Some((file, script)) = snapshot {
        app.insert_resource(Snapshot { file, script, waited: 0.0, taken: false }).add_systems(Update, play_and_take);
    }
    app.run()
}

/// The window, `visible` unless it is only tried out.
pub fn primary(visible: bool) -> WindowPlugin {
    WindowPlugin {
        primary_window: Some(Window {
            title: "The Reed Seal 苇印".into(),
            resolution: WindowResolution::new(SIZE.x, SIZE.y),
            visible,
            ..default()
        }),
        ..default()
    }
}

fn spawn(mut commands: Commands) {
    commands.spawn(Camera2d);
    let page = Node {
        width: percent(100),
        height: percent(100),
        padding: UiRect::axes(px(150), px(48)),
        flex_direction: FlexDirection::Column,
        row_gap: px(18),
        ..default()
    };
    commands.spawn(page).with_children(|page| {
        for (part, ink) in [
            (Part::Title, SEAL),
            (Part::Setting, FADED),
            (Part::Name, SEAL),
            (Part::Text, INK),
            (Part::Choices, INK),
            (Part::Hint, FADED),
        ] {
            let grow = if part == Part::Text { 1.0 } else { 0.0 };
            page.spawn((part, Text::default(), TextColor(ink), Node { flex_grow: grow, ..default() }));
        }
    });
}

fn is_chinese(settings: &NarrativeSettings) -> bool {
    settings.language.as_deref().is_some_and(|tag| tag.starts_with("zh"))
}

fn listen_to_keys(
    keys: Res<ButtonInput<KeyCode>>,
    mouse: Res<ButtonInput<MouseButton>>,
    playing: Res<Playing>,
    mut page: ResMut<Page>,
    mut settings: ResMut<NarrativeSettings>,
    mut commands: Commands,
) {
    const DIGITS: [KeyCode; 6] =
        [KeyCode::Digit1, KeyCode::Digit2, KeyCode::Digit3, KeyCode::Digit4, KeyCode::Digit5, KeyCode::Digit6];
    let entity = playing.story;
    if keys.just_pressed(KeyCode::KeyL) {
        settings.language = Some(if is_chinese(&settings) { "en" } else { "zh" }.to_owned());
    }
    let on = keys.any_just_pressed([KeyCode::Space, KeyCode::Enter]) || mouse.just_pressed(MouseButton::Left);
    if on && page.choices.is_empty() {
        if reveal::visible(&page.text, page.age).len() < page.text.len() {
            page.age = f32::MAX;
        } else {
            commands.trigger(Advance { entity });
        }
    }
    let pressed = DIGITS.iter().position(|digit| keys.just_pressed(*digit));
    if let Some(choice) = pressed.and_then(|at| page.choices.get(at)) {
        commands.trigger(Choose { entity, choice: choice.id.clone() });
    }
}

fn age(time: Res<Time>, mut page: ResMut<Page>) {
    page.age += time.delta_secs();
}

fn read_title(
    stories: Res<Assets<StoryAsset>>,
    playing: Res<Playing>,
    settings: Res<NarrativeSettings>,
    mut page: ResMut<Page>,
) {
    if let Some(asset) = stories.get(&playing.handle) {
        page.title.clone_from(&asset.in_language(settings.language.as_deref()).title);
    }
}

/// Puts the page on the screen; a text that has not changed is left alone, for laying it out costs.
fn draw(
    page: Res<Page>,
    fonts: Res<Fonts>,
    settings: Res<NarrativeSettings>,
    mut parts: Query<(&Part, &mut Text, &mut TextFont, &mut LineHeight)>,
) {
    let chinese = is_chinese(&settings);
    for (part, mut text, mut font, mut leading) in &mut parts {
        let (words, size) = match part {
            Part::Title => (page.title.clone(), 34.0),
            Part::Setting => (page.setting.clone(), 19.0),
            Part::Name => (page.name.clone(), 24.0),
            Part::Text => (reveal::visible(&page.text, page.age).to_owned(), 29.0),
            Part::Choices => {
                let choices = page.choices.iter().enumerate();
                (
                    choices.map(|(at, choice)| format!("{}  {}", at + 1, choice.label)).collect::<Vec<_>>().join("\n"),
                    23.0,
                )
            }
            Part::Hint => (hint(&page, chinese).to_owned(), 17.0),
        };
        if text.0 != words {
            text.0 = words;
        }
        let face = if chinese { &fonts.chinese } else { &fonts.latin };
        let wanted = TextFont { font: face.clone().into(), font_size: FontSize::Px(size), ..default() };
        if *font != wanted {
            *font = wanted;
            *leading = LineHeight::RelativeToFont(if chinese { 1.6 } else { 1.3 });
        }
    }
}

fn hint(page: &Page, chinese: bool) -> &'static str {
    match (chinese, page.ended) {
        (true, true) => "完。",
        (true, false) => "空格继续，数字选择，L 换语言",
        (false, true) => "The end.",
        (false, false) => "Space goes on, a number chooses, L changes the language",
    }
}

fn show_beat(beat: On<BeatEntered>, mut page: ResMut<Page>) {
    page.setting.clone_from(&beat.setting);
}

fn show_line(line: On<LineStarted>, mut page: ResMut<Page>) {
    page.name.clone_from(&line.name);
    page.text.clear();
    page.choices.clear();
    page.age = 0.0;
}

fn show_whole_line(line: On<LineReady>, mut page: ResMut<Page>) {
    page.text.clone_from(&line.text);
}

fn show_choices(ready: On<ChoicesReady>, mut page: ResMut<Page>) {
    page.choices.clone_from(&ready.choices);
}

fn show_end(_: On<StoryEnded>, mut page: ResMut<Page>) {
    page.ended = true;
}

/// Plays by itself, takes the picture at the first choice that the script has nothing for, and leaves.
fn play_and_take(
    time: Res<Time<Real>>,
    playing: Res<Playing>,
    mut page: ResMut<Page>,
    mut snapshot: ResMut<Snapshot>,
    mut commands: Commands,
    mut exit: MessageWriter<AppExit>,
) {
    snapshot.waited += time.delta_secs();
    if snapshot.taken {
        // The picture is read back and saved in the background.
        if snapshot.waited > 4.0 {
            exit.write(AppExit::Success);
        }
        return;
    }
    if snapshot.waited < 1.0 || page.text.is_empty() {
        return;
    }
    snapshot.waited = 0.0;
    page.age = f32::MAX;
    let entity = playing.story;
    if page.choices.is_empty() && !page.ended {
        commands.trigger(Advance { entity });
    } else if !page.ended && !snapshot.script.is_empty() {
        let choice = snapshot.script.remove(0);
        commands.trigger(Choose { entity, choice });
    } else {
        commands.spawn(Screenshot::primary_window()).observe(save_to_disk(snapshot.file.clone()));
        snapshot.taken = true;
    }
}
