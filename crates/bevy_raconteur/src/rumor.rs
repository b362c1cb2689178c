//! Rumors among entities: who meets whom, who tells what, who believes it, and which tellings are heard.
//!
//! ```text
//! Gossip, Acquaintances --sync--> RumorMill (core::rumors)        PostUpdate
//! Meet, MeetBy, StartTale, TellTale, ShowEvidence --> tick, on the game's clock
//!     |--> TaleTold, TaleBelieved, TaleCorrected                  messages, for all
//!     `--> a teller is InEarshot --request--> TaleOverheard       entity event, worded, or as the writer has it
//! ```
//! Nothing is written for what nobody hears: a tick costs no token. Tales come from `*.rumors.ron` ([`RumorBooks`]) or
//! from code ([`RumorMill::add_tale`]); what holds for them is in [`raconteur_core::rumors`].
//!
//! A person is known by the key of their [`Gossip`]. An entity that is despawned goes away, and what it heard stays: the
//! tales that came through it can still be traced, and an entity that is spawned with the same key is the same person.
//!
//! ```
//! use bevy_raconteur::prelude::*;
//! use bevy_raconteur::test_app::TestApp;
//! use bevy_raconteur::core::rumors::Tale;
//!
//! let mut test = TestApp::new(ModelSource::None);
//! let world = test.app.world_mut();
//! let mara = world.spawn((Gossip::new("mara"), Acquaintances::default().with("odo", 0.8, 1.0))).id();
//! let odo = world.spawn((Gossip::new("odo"), Acquaintances::default().with("mara", 0.8, 1.0))).id();
//! let tale = Tale::from_ron(r#"(id: "bell", says: ["The bell is gone."])"#).unwrap();
//! world.resource_mut::<RumorMill>().add_tale(tale).unwrap();
//! test.frame();
//! test.app.world_mut().trigger(StartTale { entity: mara, tale: "bell".into(), belief: 1.0 });
//! test.app.world_mut().trigger(TellTale { entity: mara, to: vec![odo], tale: "bell".into() });
//! test.app.world_mut().trigger(TickRumors);
//! test.frame();
//! assert!(test.app.world().resource::<RumorMill>().belief(odo, "bell") > 0.3);
//! ```

mod ask;
mod book;
mod clock;
mod events;
mod mill;
mod people;
mod save;
mod voice;
mod worded;

use bevy_app::prelude::*;
use bevy_asset::{AssetApp, AssetEvent, AssetLoadFailedEvent};
use bevy_ecs::prelude::*;

use crate::plugin::NarrativeSystems;

pub use book::{RumorBook, RumorBookError, RumorBookLoader, RumorBooks};
pub use clock::{Meet, MeetBy, RumorClock, TickRumors};
pub use events::{
    AskWhoTold, RumorProblem, ShowEvidence, StartTale, TaleBelieved, TaleCorrected, TaleOrigin, TaleOverheard,
    TaleTold, TellTale, WayStep, WhoToldAnswered,
};
pub use mill::RumorMill;
pub use people::{Acquaintances, AtPlace, Gossip, InEarshot, PlacePeople, TownPlace};
pub use save::{RUMOR_MILL_FORMAT, RumorMillData};
pub use voice::RumorVoicing;

pub(crate) use clock::run_clock;
pub(crate) use voice::{Wish, Wording, write_for};
pub(crate) use worded::Tell;

/// People, tales and their clock. Part of [`NarrativePlugins`](crate::NarrativePlugins).
pub(crate) struct RumorPlugin;

impl Plugin for RumorPlugin {
    fn build(&self, app: &mut App) {
        let asker = app.world_mut().spawn_empty().id();
        app.init_asset::<RumorBook>()
            .init_asset_loader::<RumorBookLoader>()
            .init_resource::<RumorMill>()
            .init_resource::<RumorBooks>()
            .init_resource::<RumorClock>()
            .init_resource::<RumorVoicing>()
            .insert_resource(worded::Wordings::new(asker))
            .add_message::<Meet>()
            .add_message::<TaleTold>()
            .add_message::<TaleBelieved>()
            .add_message::<TaleCorrected>()
            .add_systems(
                PreUpdate,
                worded::tell_words.run_if(worded::Wordings::any_open).in_set(NarrativeSystems::Advance),
            )
            .add_systems(
                PostUpdate,
                (
                    book::read_books.run_if(
                        on_message::<AssetEvent<RumorBook>>
                            .or_else(on_message::<AssetLoadFailedEvent<RumorBook>>)
                            .or_else(resource_changed::<RumorBooks>),
                    ),
                    save::finish_load.run_if(RumorMill::waits_for_tales),
                    people::take_in.run_if(people::anybody_changed),
                    clock::note_meetings.run_if(on_message::<Meet>),
                    run_clock.run_if(clock::is_at_work),
                    voice::voice_overheard.run_if(voice::anything_overheard),
                )
                    .chain()
                    .in_set(NarrativeSystems::Submit),
            )
            .add_observer(people::let_go)
            .add_observer(people::forget_acquaintances)
            .add_observer(clock::tick_on_demand)
            .add_observer(ask::start_tale)
            .add_observer(ask::tell_tale)
            .add_observer(ask::show_evidence)
            .add_observer(ask::answer_who_told)
            .add_observer(worded::hush_for_scene)
            .add_observer(worded::hush_for_script)
            .add_observer(worded::hush_on_interrupt);
    }
}
