//! The game in a window.

use bevy::prelude::*;
use bevy::window::WindowResolution;
use bevy_raconteur::prelude::{ModelSource, NarrativePlugins};

use crate::play::PlayPlugin;
use crate::scenery::DESIGN;
use crate::show::{Act, Show};
use crate::snapshot::SnapshotPlugin;
use crate::typeface::Typeface;

/// Everything that is seen: scenery, boxes, cards. Needs `DefaultPlugins`, and knows nothing of the story's source.
pub struct PicturePlugin;

impl Plugin for PicturePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Show>().init_resource::<Typeface>().add_message::<Act>().add_plugins((
            crate::scenery::SceneryPlugin,
            crate::portrait::PortraitPlugin,
            crate::dialogue_box::DialogueBoxPlugin,
            crate::choices::ChoicesPlugin,
            crate::ask::AskPlugin,
            crate::status_strip::StatusStripPlugin,
            crate::cards::CardsPlugin,
        ));
    }
}

/// Opens the window and plays until it is closed.
pub fn run(model: ModelSource, play: PlayPlugin, snapshot: Option<SnapshotPlugin>, notice: Option<String>) -> AppExit {
    let mut app = App::new();
    app.add_plugins(DefaultPlugins.set(primary(true)).set(crate::files::plugin()))
        .add_plugins(NarrativePlugins::new(model))
        .add_plugins((PicturePlugin, play));
    app.world_mut().resource_mut::<Show>().notice = notice;
    if let Some(snapshot) = snapshot {
        app.add_plugins(snapshot);
    }
    app.run()
}

/// The window, `visible` unless it is only tried out.
pub fn primary(visible: bool) -> WindowPlugin {
    WindowPlugin {
        primary_window: Some(Window {
            title: "The Drowned Bell".into(),
            resolution: WindowResolution::new(DESIGN.x as u32, DESIGN.y as u32),
            visible,
            ..default()
        }),
        ..default()
    }
}
