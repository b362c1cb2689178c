//! For the picture in the documentation: saves one picture of the window and leaves.

use std::path::PathBuf;

use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, save_to_disk};

use crate::talk::Voice;

/// Seconds after which the picture is taken without an answer.
const PATIENCE: f32 = 60.0;

/// Takes the picture.
#[derive(Resource, Clone)]
pub struct SnapshotPlugin {
    /// A `.png`.
    pub file: PathBuf,
    /// Seconds since the start, and then as soon as an answer to the player can be read.
    pub at: f32,
}

impl Plugin for SnapshotPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(self.clone()).add_systems(Update, take);
    }
}

fn take(
    time: Res<Time<Real>>,
    snapshot: Res<SnapshotPlugin>,
    voices: Query<&Voice>,
    mut taken_at: Local<Option<f32>>,
    mut commands: Commands,
    mut exit: MessageWriter<AppExit>,
) {
    let now = time.elapsed_secs();
    let answered = voices
        .iter()
        .filter_map(|voice| voice.bubble.as_ref())
        .any(|bubble| bubble.urgent && bubble.shown > 0.8 * bubble.told.chars().count() as f32);
    if taken_at.is_none() && now >= snapshot.at && (answered || now > snapshot.at + PATIENCE) {
        commands.spawn(Screenshot::primary_window()).observe(save_to_disk(snapshot.file.clone()));
        *taken_at = Some(now);
    }
    // The picture is read back and saved in the background.
    if taken_at.is_some_and(|taken| now > taken + 4.0) {
        exit.write(AppExit::Success);
    }
}
