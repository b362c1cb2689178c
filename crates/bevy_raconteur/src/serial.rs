//! Serials: chapters that are written in the background and lie in the world as things to read.
//!
//! ```text
//! X.serial.ron --OpeningLoader--> OpeningAsset     Serial (component): where a serial of it stands
//!   write_serials (Advance)   authored passages: told, a few a frame
//!                             free passages: one ambient request at a time, while nobody waits for words
//!   chapter complete -------> an entity with Chapter + TextOrigin;  ChapterReady, at the end SerialEnded
//! ```
//! A serial asks for words only while no request that somebody waits for is open, and its requests are
//! [`Ambient`](raconteur_core::generate::Priority::Ambient): they begin behind everything else, and what the player waits
//! for starts within a step beside them. So no dialogue ever stands behind a chapter.
//!
//! Put a [`Serial`] on an entity of its own, not on one with a [`Persona`](crate::Persona) or a
//! [`StoryRunner`](crate::prelude::StoryRunner). When it is despawned it stops; chapters that are out stay, since the game
//! may have given them to somebody.

mod asset;
mod chapter;
mod progress;
mod write;

use bevy_app::prelude::*;
use bevy_asset::{AssetApp, AssetLoadFailedEvent};
use bevy_ecs::prelude::*;
use raconteur_core::serial::SerialReport;

use crate::plugin::NarrativeSystems;

pub use asset::{OpeningAsset, OpeningLoader, OpeningLoaderError};
pub use chapter::Chapter;
pub use progress::{ChapterRelease, Serial, SerialSave};

/// Serials, with [`NarrativePlugins`](crate::NarrativePlugins).
pub(crate) struct SerialPlugin;

impl Plugin for SerialPlugin {
    fn build(&self, app: &mut App) {
        app.init_asset::<OpeningAsset>()
            .init_asset_loader::<OpeningLoader>()
            .init_resource::<write::Turn>()
            .add_systems(
                PreUpdate,
                (
                    asset::report_failed_openings.run_if(on_message::<AssetLoadFailedEvent<OpeningAsset>>),
                    write::write_serials.run_if(any_with_component::<Serial>),
                )
                    .chain()
                    .in_set(NarrativeSystems::Advance),
            )
            .add_observer(progress::publish_on_request)
            .add_observer(write::forget_lost_serial);
    }
}

/// Let the next chapter out, of a serial with [`ChapterRelease::OnRequest`]: at once if it is complete, else when it is.
#[derive(EntityEvent, Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishChapter {
    /// The serial.
    pub entity: Entity,
}

/// A chapter is out.
#[derive(EntityEvent, Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChapterReady {
    /// The serial.
    pub entity: Entity,
    /// The chapter: an entity with a [`Chapter`].
    pub chapter: Entity,
    /// Its number, from 1.
    pub number: usize,
    /// It was out before the game was saved, and has been put into the world again.
    pub again: bool,
}

/// All chapters of a serial are out.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct SerialEnded {
    /// The serial.
    pub entity: Entity,
    /// What it is like, in figures.
    pub report: SerialReport,
}

/// Something about a serial is not as it should be.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct SerialProblem {
    /// The serial.
    pub entity: Entity,
    /// What happened. Ends with what to do.
    pub problem: String,
    /// The serial goes on; else nothing more comes of it.
    pub goes_on: bool,
}
