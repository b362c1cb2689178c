//! Plot branches: quest hooks on a board, and a director that paces remarks.
//!
//! ```text
//! PlotEntity on entities --> PlotWorld --+                         HookBoard --HookOffered / HookTaken / HookDone--> game
//!                     X.hooks.ron -------+--search, some nodes a frame; rank-->  |  labels, hook_open(..), variables
//!                                                                               v
//!                                                                          StoryRunner
//!                 X.director.ron, Jolt --Director, a moment at a time--> storylet to tell --Remarked--> game
//! ```
//! Both work on what a [`StoryRunner`](crate::runner::StoryRunner) plays, on the same entity, and cost next to nothing
//! while nothing changes. What they cannot use (a file with mistakes, a save of a newer version) they tell as a
//! [`StoryProblem`](crate::prelude::StoryProblem), and the story goes on without them.

mod asset;
mod board;
mod director;
mod offers;
mod told;
mod world;

use bevy_app::prelude::*;
use bevy_asset::AssetApp;
use bevy_ecs::prelude::*;

use crate::direct::direct_stories;
use crate::plugin::NarrativeSystems;

pub use asset::{DirectorAsset, DirectorLoader, HooksAsset, HooksLoader, PlotLoaderError};
pub use board::HookBoard;
pub use director::{Director, Pace};
pub(crate) use offers::{Offer, Offers};
pub use told::{HookDone, HookOffered, HookTaken, HookWithdrawn, Jolt, StoryletTold};
pub use world::{PlotEntity, PlotWorld};

/// Boards and directors; part of [`NarrativePlugins`](crate::plugin::NarrativePlugins).
pub(crate) struct PlotPlugin;

impl Plugin for PlotPlugin {
    fn build(&self, app: &mut App) {
        app.init_asset::<HooksAsset>()
            .init_asset_loader::<HooksLoader>()
            .init_asset::<DirectorAsset>()
            .init_asset_loader::<DirectorLoader>()
            .init_resource::<PlotWorld>()
            .add_systems(
                PreUpdate,
                director::pace
                    .run_if(any_with_component::<Director>)
                    .in_set(NarrativeSystems::Advance)
                    .after(direct_stories),
            )
            .add_systems(
                PostUpdate,
                board::tend_boards
                    .run_if(any_with_component::<HookBoard>)
                    .in_set(NarrativeSystems::Submit)
                    .after(direct_stories),
            )
            .add_observer(world::enter)
            .add_observer(world::leave)
            .add_observer(board::clear)
            .add_observer(director::note_told)
            .add_observer(director::note_beat)
            .add_observer(director::note_jolt);
    }
}
