//! Debates in a game: two NPCs, or an NPC and the player, argue a topic before an audience.
//!
//! ```text
//! Debate (component) --asset there--> openings
//!   turn of an NPC      candidates by rules -> a model ranks them -> a model words the first -> ClaimReady, OpinionMoved
//!   turn of the player  candidates by rules -> ChoicesReady -> Choose | Say -----------------> ClaimReady, OpinionMoved
//!   Advance goes on     ...  closings -> DebateEnded with the verdict
//! ```
//! Put a [`Debate`] on an entity of its own, with a [`Cast`](crate::Cast) that binds the speakers to entities of the scene.
//! [`Advance`], [`Choose`], [`Say`] and [`Interrupt`] are those of stories, and so are [`ChoicesReady`](crate::prelude::ChoicesReady),
//! [`DidYouMean`](crate::prelude::DidYouMean) and [`NotUnderstood`](crate::prelude::NotUnderstood), with the debate in the
//! place of the story.
//!
//! What may be said, and what it moves, is for the rules of [`raconteur_core::debate`]; without a model the seed chooses and
//! the authored words stand. When a bound speaker is despawned the debate ends, and nobody has won.

mod asset;
mod direct;
mod events;
mod play;
mod player;

use std::sync::Arc;

use bevy_app::prelude::*;
use bevy_asset::{AssetApp, AssetLoadFailedEvent, Handle};
use bevy_ecs::prelude::*;
use raconteur_core::debate::{DebateState, Motion};
use raconteur_core::story::format::Value;

use crate::events::{Advance, Choose, Interrupt, Say};
use crate::inspector::NarrativeCounts;
use crate::plugin::NarrativeSystems;
use crate::requests::Requests;
use crate::speaker::InScene;

pub use asset::{DebateAsset, DebateLoader, DebateLoaderError};
pub use events::{ClaimReady, DebateEnded, DebateProblem, DebateTrouble, DebateTurn, FellSilent, OpinionMoved};

use direct::{direct_debates, report_failed_debates};
use play::Play;

/// A debate in play. It begins as soon as its asset, and the story that it names, are loaded.
#[derive(Component)]
pub struct Debate {
    debate: Handle<DebateAsset>,
    seed: u64,
    /// Id of the side that the player argues.
    player: Option<String>,
    /// The story whose variables conditions look at.
    world: Option<Entity>,
    /// Where it goes on from when the asset is there.
    saved: Option<Box<DebateState>>,
    /// What the game has set before it began.
    set: Vec<(String, Value)>,
    /// `None` until the asset is there.
    play: Option<Box<Play>>,
    /// What the game has asked since the last time, in order.
    inputs: Vec<Input>,
    /// A version that cannot be held, so that it is tried once.
    refused: Option<Arc<Motion>>,
    /// Who speaks, and is [`InScene`].
    on_stage: Option<Entity>,
}

/// Something that the game has asked of a debate.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Input {
    Advance,
    Choose(String),
    Say(String),
    Interrupt,
}

impl Debate {
    /// A debate that begins with its openings. The same seed and the same choices give the same words.
    #[must_use]
    pub fn new(debate: Handle<DebateAsset>, seed: u64) -> Self {
        Self {
            debate,
            seed,
            player: None,
            world: None,
            saved: None,
            set: Vec::new(),
            play: None,
            inputs: Vec::new(),
            refused: None,
            on_stage: None,
        }
    }

    /// A debate that goes on where a save left it: what was being chosen or worded is chosen and worded again, in the same
    /// words. What is gone from the debate is told as [`DebateTrouble::Lost`]; a save that cannot be used as
    /// [`DebateTrouble::Save`], and the debate begins anew.
    #[must_use]
    pub fn resume(debate: Handle<DebateAsset>, saved: DebateState) -> Self {
        Self { seed: saved.seed, saved: Some(Box::new(saved)), ..Self::new(debate, 0) }
    }

    /// Lets the player argue the side of this id. **Default** the side whose `who` is `player`, if there is one.
    #[must_use]
    pub fn with_player(mut self, side: impl Into<String>) -> Self {
        self.player = Some(side.into());
        self
    }

    /// Lets conditions look at the variables of the story that this entity plays.
    #[must_use]
    pub fn inside(mut self, story: Entity) -> Self {
        self.world = Some(story);
        self
    }

    /// Sets a variable of a debate that belongs to no story, within its range; unknown names do nothing.
    pub fn set(&mut self, name: impl Into<String>, value: Value) {
        let name = name.into();
        if let Some(play) = &mut self.play {
            play.debate.set(&name, value);
        } else {
            self.set.push((name, value));
        }
    }

    /// What to save: plain data for serde, at any moment. Before the debate has begun it is what it was resumed from, if
    /// anything.
    #[must_use]
    pub fn state(&self) -> Option<&DebateState> {
        self.debate().map(raconteur_core::debate::Debate::state).or(self.saved.as_deref())
    }

    /// The debate, once it has begun: who is due, what has been said, opinions.
    #[must_use]
    pub fn debate(&self) -> Option<&raconteur_core::debate::Debate> {
        self.play.as_ref().map(|play| &play.debate)
    }
}

/// Everything that debates need. Part of [`NarrativePlugins`](crate::NarrativePlugins).
pub(crate) struct DebatePlugin;

impl Plugin for DebatePlugin {
    fn build(&self, app: &mut App) {
        app.init_asset::<DebateAsset>()
            .init_asset_loader::<DebateLoader>()
            .add_systems(
                PreUpdate,
                (
                    report_failed_debates.run_if(
                        on_message::<AssetLoadFailedEvent<DebateAsset>>
                            .or_else(on_message::<AssetLoadFailedEvent<crate::story::StoryAsset>>),
                    ),
                    direct_debates.run_if(any_with_component::<Debate>),
                )
                    .chain()
                    .in_set(NarrativeSystems::Advance),
            )
            .add_systems(
                PostUpdate,
                // Before who is speaking is looked at.
                direct_debates
                    .run_if(any_with_component::<Debate>)
                    .in_set(NarrativeSystems::Submit)
                    .before(crate::requests::mark_speakers),
            )
            .add_observer(note_advance)
            .add_observer(note_choose)
            .add_observer(note_say)
            .add_observer(note_interrupt)
            .add_observer(forget_lost_debate)
            .add_observer(count_claim);
    }
}

fn note_advance(advance: On<Advance>, mut debates: Query<&mut Debate>) {
    if let Ok(mut debate) = debates.get_mut(advance.entity) {
        debate.inputs.push(Input::Advance);
    }
}

fn note_choose(choose: On<Choose>, mut debates: Query<&mut Debate>) {
    if let Ok(mut debate) = debates.get_mut(choose.entity) {
        debate.inputs.push(Input::Choose(choose.choice.clone()));
    }
}

fn note_say(say: On<Say>, mut debates: Query<&mut Debate>) {
    if let Ok(mut debate) = debates.get_mut(say.entity) {
        debate.inputs.push(Input::Say(say.text.clone()));
    }
}

fn note_interrupt(barged: On<Interrupt>, scenes: Query<&InScene>, mut debates: Query<&mut Debate>) {
    let debate = scenes.get(barged.entity).map_or(barged.entity, |scene| scene.story);
    if let Ok(mut debate) = debates.get_mut(debate) {
        debate.inputs.push(Input::Interrupt);
    }
}

/// A debate that is despawned asks for nothing any more, and keeps nobody in its scene.
fn forget_lost_debate(
    lost: On<Remove, Debate>,
    mut debates: Query<&mut Debate>,
    scenes: Query<(Entity, &InScene)>,
    mut requests: ResMut<Requests>,
    mut commands: Commands,
) {
    if let Ok(mut debate) = debates.get_mut(lost.entity)
        && let Some(play) = &mut debate.play
        && let Some(id) = play.request()
    {
        requests.forget(id);
    }
    // What has come for it and was not read has no reader any more.
    drop(requests.read(lost.entity));
    for (voice, _) in scenes.iter().filter(|(_, scene)| scene.story == lost.entity) {
        commands.entity(voice).try_remove::<InScene>();
    }
}

fn count_claim(claim: On<ClaimReady>, mut counts: ResMut<NarrativeCounts>) {
    counts.shown(&claim.source);
}
