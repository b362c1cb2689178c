//! The places of the story as drawn scenes: two meshes each, one that stands still and one painted in every frame.

mod dusk;
mod ford;
mod green;
mod parts;
mod stair;
mod tower;

use bevy::camera::ScalingMode;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;

use crate::paint::{Painter, blank};
use crate::palette::PITCH;
use crate::show::Show;

/// Logical size that everything is laid out for; other windows scale it.
pub const DESIGN: Vec2 = Vec2::new(1280.0, 800.0);

/// Somewhere the story can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// The ferry stage, by night.
    #[default]
    Ford,
    /// The ringing chamber of the tower.
    Tower,
    /// The tower stair, by candle light.
    Stair,
    /// The green and the smith's yard, at dawn.
    Green,
    /// The far bank, at dusk.
    Dusk,
}

impl Place {
    /// The place that a beat's setting describes.
    pub fn of(setting: &str) -> Self {
        let setting = setting.to_lowercase();
        let about = |words: &[&str]| words.iter().any(|w| setting.contains(w));
        // "The bell tower. Odo stands between you and the stair." is still the tower.
        match () {
            () if about(&["green", "dawn", "smith"]) => Self::Green,
            () if about(&["dusk"]) => Self::Dusk,
            () if about(&["tower stair"]) => Self::Stair,
            () if about(&["tower"]) => Self::Tower,
            () => Self::Ford,
        }
    }
}

/// Who can be seen to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The ferrywoman.
    Mara,
    /// The sexton.
    Odo,
}

impl Actor {
    /// The figure for a cast id.
    pub fn of(cast: &str) -> Option<Self> {
        match cast {
            "mara" => Some(Self::Mara),
            "odo" => Some(Self::Odo),
            _ => None,
        }
    }
}

/// What a scene needs to know to paint a frame.
pub struct View {
    /// Seconds since the start.
    pub time: f32,
    /// Whether the characters are there (not behind the title).
    pub cast: bool,
    /// How much Mara and Odo are speaking, 0 to 1.
    voices: [f32; 2],
}

impl View {
    /// How much `who` is speaking, from 0 to 1.
    pub fn speaking(&self, who: Actor) -> f32 {
        self.voices[who as usize]
    }
}

/// The scene on show, and the veil between two.
#[derive(Resource, Default)]
pub struct Stage {
    shown: Option<Place>,
    voices: [f32; 2],
    /// How dark the veil is: 1 hides the scene.
    veil: f32,
}

impl Stage {
    /// Whether the veil has lifted enough for people to speak.
    pub fn open(&self, place: Place) -> bool {
        self.shown == Some(place) && self.veil < 0.35
    }

    /// Whether the place of the story is to be seen, unveiled.
    pub fn settled(&self, place: Place) -> bool {
        self.shown == Some(place) && self.veil < 0.02
    }
}

#[derive(Component)]
struct Backdrop;
#[derive(Component)]
struct Living;

/// Shows the place that [`Show`] names.
pub struct SceneryPlugin;

impl Plugin for SceneryPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Stage>()
            .insert_resource(ClearColor(PITCH.ui(1.0)))
            .add_systems(Startup, spawn_layers)
            .add_systems(Update, (change_place, paint_living, scale_ui));
    }
}

fn spawn_layers(mut commands: Commands, mut meshes: ResMut<Assets<Mesh>>, mut inks: ResMut<Assets<ColorMaterial>>) {
    // Keeps 1280 x 800 in view whatever the window's shape; the scenes are painted wider and higher than that.
    let projection = OrthographicProjection {
        scaling_mode: ScalingMode::AutoMin { min_width: DESIGN.x, min_height: DESIGN.y },
        ..OrthographicProjection::default_2d()
    };
    commands.spawn((Camera2d, Projection::Orthographic(projection), IsDefaultUiCamera));
    let ink = inks.add(ColorMaterial::default());
    let mut layer = |z: f32| {
        (Mesh2d(meshes.add(blank())), MeshMaterial2d(ink.clone()), Transform::from_xyz(0.0, 0.0, z), NoFrustumCulling)
    };
    commands.spawn((layer(0.0), Backdrop));
    commands.spawn((layer(1.0), Living));
}

/// Lowers the veil when the story is somewhere else, changes the backdrop behind it and lifts it again.
fn change_place(
    show: Res<Show>,
    time: Res<Time>,
    mut stage: ResMut<Stage>,
    mut meshes: ResMut<Assets<Mesh>>,
    backdrop: Single<&Mesh2d, With<Backdrop>>,
) {
    let place = show.place;
    if stage.shown == Some(place) {
        stage.veil = (stage.veil - time.delta_secs() * 1.6).max(0.0);
        return;
    }
    if stage.shown.is_some() && stage.veil < 1.0 {
        stage.veil = (stage.veil + time.delta_secs() * 2.6).min(1.0);
        return;
    }
    stage.shown = Some(place);
    stage.veil = 1.0;
    let mut p = Painter::default();
    match place {
        Place::Ford => ford::backdrop(&mut p),
        Place::Tower => tower::backdrop(&mut p),
        Place::Stair => stair::backdrop(&mut p),
        Place::Green => green::backdrop(&mut p),
        Place::Dusk => dusk::backdrop(&mut p),
    }
    if let Some(mut mesh) = meshes.get_mut(&backdrop.0) {
        p.finish(&mut mesh);
    }
}

fn paint_living(
    show: Res<Show>,
    time: Res<Time>,
    mut stage: ResMut<Stage>,
    mut meshes: ResMut<Assets<Mesh>>,
    living: Single<&Mesh2d, With<Living>>,
) {
    let who = show.speaking();
    for (i, actor) in [Actor::Mara, Actor::Odo].into_iter().enumerate() {
        let target = if who == Some(actor) { 1.0 } else { 0.0 };
        stage.voices[i] += (target - stage.voices[i]) * (time.delta_secs() * 6.0).min(1.0);
    }
    let view = View { time: time.elapsed_secs(), cast: show.started, voices: stage.voices };
    let mut p = Painter::default();
    match stage.shown {
        Some(Place::Ford) => ford::living(&mut p, &view),
        Some(Place::Tower) => tower::living(&mut p, &view),
        Some(Place::Stair) => stair::living(&mut p, &view),
        Some(Place::Green) => green::living(&mut p, &view),
        Some(Place::Dusk) => dusk::living(&mut p, &view),
        None => {}
    }
    vignette(&mut p);
    let eased = stage.veil * stage.veil * (3.0 - 2.0 * stage.veil);
    p.rect(Vec2::splat(-3000.0), Vec2::splat(3000.0), PITCH.alpha(eased));
    if let Some(mut mesh) = meshes.get_mut(&living.0) {
        p.finish(&mut mesh);
    }
}

/// Darkens the edges of the picture.
fn vignette(p: &mut Painter) {
    let (clear, dark) = (PITCH.alpha(0.0), PITCH.alpha(0.62));
    p.bands(parts::WIDE, &[(560.0, dark), (330.0, PITCH.alpha(0.34)), (170.0, clear)]);
    p.bands(parts::WIDE, &[(-140.0, clear), (-420.0, dark)]);
    for side in [-1.0, 1.0] {
        let (inner, outer) = (side * 380.0, side * 900.0);
        let corners =
            [Vec2::new(inner, -900.0), Vec2::new(outer, -900.0), Vec2::new(outer, 900.0), Vec2::new(inner, 900.0)];
        p.quad(corners, [clear, dark, dark, clear]);
    }
}

/// Type and boxes grow with the window as the picture does.
fn scale_ui(window: Single<&Window>, mut scale: ResMut<UiScale>) {
    let wanted = (window.width() / DESIGN.x).min(window.height() / DESIGN.y).max(0.3);
    if (scale.0 - wanted).abs() > 0.001 {
        scale.0 = wanted;
    }
}
