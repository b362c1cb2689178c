//! The village in a window: the picture, the keys and the panel around `village.rs`.

use bevy::prelude::*;
use bevy::window::WindowResolution;
use bevy_raconteur::prelude::*;

use crate::player::{Intent, Tour};
use crate::snapshot::SnapshotPlugin;
use crate::talk::Pace;
use crate::typeface::Typeface;
use crate::village::VillagePlugin;

/// Logical size that everything is laid out for; other windows scale it.
pub const DESIGN: Vec2 = Vec2::new(1280.0, 800.0);

/// Size of what can be seen, in design units: [`DESIGN`] and a margin where the window has another shape.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct Screen(pub Vec2);

impl Screen {
    /// Where a place of the picture lies on the UI, whose origin is the upper left corner.
    pub fn ui(&self, world: Vec2) -> Vec2 {
        Vec2::new(world.x + self.0.x / 2.0, self.0.y / 2.0 - world.y)
    }
}

/// Everything that is seen, and the hands.
struct PicturePlugin;

impl Plugin for PicturePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Typeface>()
            .insert_resource(Screen(DESIGN))
            .add_plugins((
                crate::scenery::SceneryPlugin,
                crate::bubble::BubblePlugin,
                crate::strip::StripPlugin,
                crate::panel::PanelPlugin,
            ))
            .add_systems(First, fit_screen)
            .add_systems(PreUpdate, hands);
    }
}

/// Opens the window and runs until it is closed.
pub fn run(
    village: VillagePlugin,
    model: ModelSource,
    governor: GovernorMode,
    snapshot: Option<SnapshotPlugin>,
) -> AppExit {
    let mut app = App::new();
    app.add_plugins(DefaultPlugins.set(primary(true)).set(crate::files::plugin()))
        .add_plugins(NarrativePlugins::new(model).with_settings(NarrativeSettings { governor, ..default() }))
        .add_plugins((village, PicturePlugin));
    if let Some(snapshot) = snapshot {
        app.add_plugins(snapshot);
    }
    app.run()
}

/// The window, `visible` unless it is only tried out.
pub fn primary(visible: bool) -> WindowPlugin {
    WindowPlugin {
        primary_window: Some(Window {
            title: "Village square".into(),
            resolution: WindowResolution::new(DESIGN.x as u32, DESIGN.y as u32),
            visible,
            ..default()
        }),
        ..default()
    }
}

/// Type and boxes grow with the window as the picture does.
fn fit_screen(window: Single<&Window>, mut scale: ResMut<UiScale>, mut screen: ResMut<Screen>) {
    let wanted = (window.width() / DESIGN.x).min(window.height() / DESIGN.y).max(0.3);
    if (scale.0 - wanted).abs() > 0.001 {
        scale.0 = wanted;
    }
    screen.set_if_neq(Screen(Vec2::new(window.width(), window.height()) / wanted));
}

/// WASD or arrows walk, E or a click asks, M switches the model, T the pace, G the governor.
fn hands(
    keys: Res<ButtonInput<KeyCode>>,
    mouse: Res<ButtonInput<MouseButton>>,
    tour: Option<Res<Tour>>,
    mut intent: ResMut<Intent>,
    mut settings: ResMut<NarrativeSettings>,
    mut pace: ResMut<Pace>,
    mut commands: Commands,
) {
    let held = |a: KeyCode, b: KeyCode| f32::from(u8::from(keys.any_pressed([a, b])));
    let step = Vec2::new(
        held(KeyCode::KeyD, KeyCode::ArrowRight) - held(KeyCode::KeyA, KeyCode::ArrowLeft),
        held(KeyCode::KeyW, KeyCode::ArrowUp) - held(KeyCode::KeyS, KeyCode::ArrowDown),
    );
    if step != Vec2::ZERO && tour.is_some() {
        // Hands end the tour.
        commands.remove_resource::<Tour>();
    }
    if step != Vec2::ZERO || tour.is_none() {
        intent.step = step.normalize_or_zero();
    }
    if keys.any_just_pressed([KeyCode::KeyE, KeyCode::Space, KeyCode::Enter]) || mouse.just_pressed(MouseButton::Left) {
        intent.ask = true;
    }
    if keys.just_pressed(KeyCode::KeyM) {
        settings.enabled = !settings.enabled;
    }
    if keys.just_pressed(KeyCode::KeyG) {
        settings.governor = match settings.governor {
            GovernorMode::Balanced => GovernorMode::PrioritiseFrame,
            GovernorMode::PrioritiseFrame => GovernorMode::PrioritiseReply,
            GovernorMode::PrioritiseReply => GovernorMode::Balanced,
        };
    }
    if keys.just_pressed(KeyCode::KeyT) {
        *pace = if *pace == Pace::Calm { Pace::Eager } else { Pace::Calm };
    }
}
