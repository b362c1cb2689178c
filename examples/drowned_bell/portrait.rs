//! The portrait in the dialogue box: a bust of the speaker, painted into an image of its own in every frame.

use bevy::camera::visibility::{NoFrustumCulling, RenderLayers};
use bevy::camera::{RenderTarget, ScalingMode};
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;

use crate::figures::{self, Pose, lantern};
use crate::paint::{Painter, blank, sway};
use crate::palette::*;
use crate::scenery::Actor;
use crate::show::Show;

/// Pixels of the image along each side: twice what the box shows at its design size.
const SIZE: u32 = 320;
const LAYER: usize = 1;

/// The image that the portrait is painted into.
#[derive(Resource)]
pub struct Portrait {
    /// Square.
    pub image: Handle<Image>,
}

#[derive(Component)]
struct Bust;

/// Paints whoever speaks [`Show::line`].
pub struct PortraitPlugin;

impl Plugin for PortraitPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, spawn).add_systems(Update, paint);
    }
}

/// Makes the image, its camera and the mesh before it.
pub fn spawn(
    mut commands: Commands,
    mut images: ResMut<Assets<Image>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut inks: ResMut<Assets<ColorMaterial>>,
) {
    let image = images.add(Image::new_target_texture(SIZE, SIZE, TextureFormat::Bgra8UnormSrgb, None));
    let projection = OrthographicProjection {
        scaling_mode: ScalingMode::Fixed { width: 110.0, height: 110.0 },
        ..OrthographicProjection::default_2d()
    };
    commands.spawn((
        Camera2d,
        Camera { order: -1, clear_color: ClearColorConfig::Custom(NIGHT.ui(1.0)), ..default() },
        RenderTarget::Image(image.clone().into()),
        Projection::Orthographic(projection),
        RenderLayers::layer(LAYER),
    ));
    commands.spawn((
        Bust,
        Mesh2d(meshes.add(blank())),
        MeshMaterial2d(inks.add(ColorMaterial::default())),
        NoFrustumCulling,
        RenderLayers::layer(LAYER),
    ));
    commands.insert_resource(Portrait { image });
}

fn paint(
    show: Res<Show>,
    time: Res<Time>,
    bust: Single<&Mesh2d, With<Bust>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut voice: Local<f32>,
) {
    let Some(who) = show.line.as_ref().and_then(|line| Actor::of(&line.who)) else { return };
    let target = if show.speaking().is_some() { 1.0 } else { 0.0 };
    *voice += (target - *voice) * (time.delta_secs() * 6.0).min(1.0);
    let pose = Pose { time: time.elapsed_secs(), speaking: *voice };
    let mut p = Painter::default();
    match who {
        Actor::Mara => {
            p.bands((-60.0, 60.0), &[(60.0, NIGHT.full()), (0.0, RIVER.full()), (-60.0, SLATE.full())]);
            p.ellipse(Vec2::new(-10.0, -8.0), Vec2::new(90.0, 16.0), MIST.alpha(0.5), MIST.alpha(0.0));
            figures::flame_light(&mut p, Vec2::new(50.0, -20.0), 90.0, pose.time, 1.5);
            p.placed(Vec2::new(-8.0, -236.0), Vec2::splat(1.0), |p| figures::mara_bust(p, pose));
            lantern(&mut p, Vec2::new(43.0, 4.0), 0.8, pose.time);
            figures::flame_light(&mut p, Vec2::new(43.0, -18.0), 40.0, pose.time, 1.2);
        }
        Actor::Odo => {
            p.bands((-60.0, 60.0), &[(60.0, DEEP.full()), (-60.0, SLATE.full())]);
            for i in 0..8 {
                let y = -60.0 + 17.0 * i as f32;
                p.stroke(&[Vec2::new(-60.0, y), Vec2::new(60.0, y)], (1.0, 1.0), PITCH.alpha(0.5));
                for k in 0..4 {
                    let x = -58.0 + 34.0 * k as f32 + 17.0 * (i % 2) as f32;
                    p.stroke(&[Vec2::new(x, y), Vec2::new(x, y + 17.0)], (1.0, 1.0), PITCH.alpha(0.5));
                }
            }
            let light = Vec2::new(46.0, 12.0 + sway(pose.time, 0.9, 4));
            figures::flame_light(&mut p, light, 100.0, pose.time, 1.5);
            p.placed(Vec2::new(-6.0, -236.0), Vec2::splat(1.0), |p| figures::odo_bust(p, pose));
        }
    }
    if let Some(mut mesh) = meshes.get_mut(&bust.0) {
        p.finish(&mut mesh);
    }
}
