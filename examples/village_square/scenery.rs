//! The picture: a backdrop that stands still, and everything on the square, painted anew in every frame from the back
//! to the front.

use bevy::camera::ScalingMode;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;

use crate::backdrop;
use crate::folk::{self, Look};
use crate::paint::{Painter, blank};
use crate::palette::*;
use crate::player::{Earshot, Nearest};
use crate::props;
use crate::square::{DEPTH, EARSHOT, POSTS, STALLS, WELL, size_at};
use crate::talk::{Trade, Voice};
use crate::walk::Feet;
use crate::window::DESIGN;

#[derive(Component)]
struct Living;

/// Paints the square and who is on it.
pub struct SceneryPlugin;

impl Plugin for SceneryPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(ClearColor(PITCH.ui(1.0)))
            .add_systems(Startup, spawn_layers)
            .add_systems(PostUpdate, paint_living);
    }
}

/// An empty mesh of the picture at a height; higher ones hide lower ones.
pub fn layer(meshes: &mut Assets<Mesh>, inks: &mut Assets<ColorMaterial>, z: f32) -> impl Bundle + use<> {
    let ink = inks.add(ColorMaterial::default());
    (Mesh2d(meshes.add(blank())), MeshMaterial2d(ink), Transform::from_xyz(0.0, 0.0, z), NoFrustumCulling)
}

fn spawn_layers(mut commands: Commands, mut meshes: ResMut<Assets<Mesh>>, mut inks: ResMut<Assets<ColorMaterial>>) {
    // Keeps 1280 x 800 in view whatever the window's shape; the backdrop is painted wider and higher than that.
    let projection = OrthographicProjection {
        scaling_mode: ScalingMode::AutoMin { min_width: DESIGN.x, min_height: DESIGN.y },
        ..OrthographicProjection::default_2d()
    };
    commands.spawn((Camera2d, Projection::Orthographic(projection), IsDefaultUiCamera));
    let mut p = Painter::default();
    backdrop::paint(&mut p);
    let mut mesh = blank();
    p.finish(&mut mesh);
    let ink = inks.add(ColorMaterial::default());
    commands.spawn((Mesh2d(meshes.add(mesh)), MeshMaterial2d(ink), Transform::default(), NoFrustumCulling));
    commands.spawn((layer(&mut meshes, &mut inks, 1.0), Living));
}

/// Something that stands on the square.
enum Thing<'a> {
    Well,
    Stall(usize),
    Post(usize),
    Goose(usize),
    Barrels(usize),
    Somebody(&'a Feet, Look),
}

fn paint_living(
    time: Res<Time>,
    nearest: Res<Nearest>,
    people: Query<(Entity, &Feet, &Voice, Option<&Trade>, Has<Earshot>)>,
    mut meshes: ResMut<Assets<Mesh>>,
    living: Single<&Mesh2d, With<Living>>,
) {
    let t = time.elapsed_secs();
    let mut p = Painter::default();
    let mut things: Vec<(f32, Thing)> = vec![(WELL.y, Thing::Well)];
    things.extend(STALLS.iter().enumerate().map(|(i, at)| (at.y, Thing::Stall(i))));
    things.extend(POSTS.iter().enumerate().map(|(i, at)| (at.y, Thing::Post(i))));
    things.extend(props::BARRELS.iter().enumerate().map(|(i, at)| (at.y, Thing::Barrels(i))));
    things.extend((0..props::GEESE).map(|i| (props::goose_at(i, t).0.y, Thing::Goose(i))));
    for (entity, feet, voice, trade, near) in &people {
        let player = trade.is_none();
        if player {
            earshot_ring(&mut p, feet.at, t);
        } else if near {
            let (radius, strength) = if nearest.0 == Some(entity) { (25.0, 0.9) } else { (21.0, 0.45) };
            let radii = Vec2::new(radius, radius / DEPTH) * size_at(feet.at.y);
            ring(&mut p, feet.at, radii, 1.6, AMBER.alpha(strength));
        }
        let speaking = voice.bubble.as_ref().is_some_and(|bubble| bubble.read_at.is_none());
        let look = Look { who: trade.map_or(0, |trade| trade.1), player, speaking };
        things.push((feet.at.y, Thing::Somebody(feet, look)));
    }
    things.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, thing) in things {
        match thing {
            Thing::Well => props::well(&mut p, WELL, t),
            Thing::Stall(i) => props::stall(&mut p, STALLS[i], i, t),
            Thing::Post(i) => props::post(&mut p, POSTS[i], i, t),
            Thing::Goose(i) => props::goose(&mut p, i, t),
            Thing::Barrels(i) => props::barrels(&mut p, props::BARRELS[i]),
            Thing::Somebody(feet, look) => folk::paint(&mut p, feet, look, t),
        }
    }
    props::light_in_the_air(&mut p, t);
    backdrop::vignette(&mut p);
    if let Some(mut mesh) = meshes.get_mut(&living.0) {
        p.finish(&mut mesh);
    }
}

/// How far the player hears: those inside are written for first.
fn earshot_ring(p: &mut Painter, at: Vec2, t: f32) {
    let radii = Vec2::new(EARSHOT, EARSHOT / DEPTH);
    p.ellipse(at, radii, AMBER.alpha(0.0), AMBER.alpha(0.10));
    const DASHES: usize = 44;
    for i in 0..DASHES {
        let from = std::f32::consts::TAU * (i as f32 / DASHES as f32 + t * 0.006);
        let points: Vec<Vec2> = (0..=3).map(|k| at + Vec2::from_angle(from + 0.028 * k as f32) * radii).collect();
        p.stroke(&points, (2.0, 2.0), AMBER.alpha(0.62));
    }
}

/// A thin ellipse.
fn ring(p: &mut Painter, at: Vec2, radii: Vec2, width: f32, color: LinearRgba) {
    let points: Vec<Vec2> =
        (0..=32).map(|i| at + Vec2::from_angle(std::f32::consts::TAU * i as f32 / 32.0) * radii).collect();
    p.stroke(&points, (width, width), color);
}
