//! For the picture in the documentation: saves one picture of the window and leaves.

use std::path::PathBuf;

use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, save_to_disk};

/// Takes the picture.
#[derive(Resource, Clone)]
pub struct SnapshotPlugin {
    /// A `.png`.
    pub file: PathBuf,
    /// Seconds since the start.
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
    mut taken: Local<bool>,
    mut commands: Commands,
    mut exit: MessageWriter<AppExit>,
) {
    if !*taken && time.elapsed_secs() >= snapshot.at {
        commands.spawn(Screenshot::primary_window()).observe(save_to_disk(snapshot.file.clone()));
        *taken = true;
    }
    // The picture is read back and saved in the background.
    if time.elapsed_secs() > snapshot.at + 4.0 {
        exit.write(AppExit::Success);
    }
}
