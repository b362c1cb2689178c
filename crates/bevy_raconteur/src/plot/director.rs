//! A director on a story: it lets people make remarks so that the told tension follows its curve.

use std::sync::Arc;
use std::time::Duration;

use bevy_asset::{Assets, Handle};
use bevy_ecs::prelude::*;
use bevy_time::Time;
use raconteur_core::director::{Cue, Director as Pacing, DirectorData, Plan};
use raconteur_core::generate::Priority;
use raconteur_core::story::diagnostic::Severity;

use super::{DirectorAsset, Jolt, StoryletTold};
use crate::direct::Play;
use crate::events::{BeatEntered, Problem, StoryProblem};
use crate::host::WorldHost;
use crate::runner::{Cast, Input, StoryRunner};
use crate::speaker::{InScene, SpeakerState, lets_speak};

/// Paces the story on the same entity: at each moment it may let somebody make a remark, by the plan's curve. The remark
/// comes as [`Remarked`](crate::prelude::Remarked), as those that the game asks for do, and whoever may not talk by
/// themselves is left in peace.
#[derive(Component)]
pub struct Director {
    plan: Handle<DirectorAsset>,
    /// What a moment is.
    pub pace: Pace,
    saved: Option<Box<DirectorData>>,
    live: Option<Box<Pacing>>,
    /// A plan that cannot be used, so that it is told once.
    refused: Option<Arc<Plan>>,
    /// Game time since the last moment.
    since: Duration,
    /// Moments that are due and storylets that were told since the last look, in order.
    pending: Vec<Pending>,
}

/// What a moment of a [`Director`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// So much game time: of the default clock of the app, which a pause stops, and to which a slow frame counts a quarter of
    /// a second at most unless the game has set another limit.
    Every(Duration),
    /// A beat that the story enters.
    Beats,
}

enum Pending {
    Moment,
    Told(String),
    Jolt(String),
}

/// Most moments that are made up for in one frame, when a frame took longer than one.
const MOST_MOMENTS: u32 = 4;
/// Most events that wait for a story that has not begun.
const MOST_PENDING: usize = 256;

impl Director {
    /// A director at the start of its curve.
    #[must_use]
    pub fn new(plan: Handle<DirectorAsset>, pace: Pace) -> Self {
        Self { plan, pace, saved: None, live: None, refused: None, since: Duration::ZERO, pending: Vec::new() }
    }

    /// A director where a save left it. A save that cannot be used is told as [`Problem::Director`], and it begins anew.
    #[must_use]
    pub fn resume(plan: Handle<DirectorAsset>, pace: Pace, saved: DirectorData) -> Self {
        Self { saved: Some(Box::new(saved)), ..Self::new(plan, pace) }
    }

    /// What to save, at any moment. Before it has begun it is what it was resumed from, if anything.
    #[must_use]
    pub fn data(&self) -> Option<DirectorData> {
        self.live.as_ref().map(|live| live.data()).or_else(|| self.saved.as_deref().cloned())
    }

    /// Where it stands, with the trace of the last moments, once the story has begun.
    #[must_use]
    pub fn pacing(&self) -> Option<&Pacing> {
        self.live.as_deref()
    }

    fn push(&mut self, pending: Pending) {
        if self.pending.len() < MOST_PENDING {
            self.pending.push(pending);
        }
    }
}

pub(super) fn note_told(told: On<StoryletTold>, mut directors: Query<&mut Director>) {
    if let Ok(mut director) = directors.get_mut(told.entity) {
        director.push(Pending::Told(told.storylet.clone()));
    }
}

pub(super) fn note_jolt(jolt: On<Jolt>, mut directors: Query<&mut Director>) {
    if let Ok(mut director) = directors.get_mut(jolt.entity) {
        director.push(Pending::Jolt(jolt.what.clone()));
    }
}

pub(super) fn note_beat(entered: On<BeatEntered>, mut directors: Query<&mut Director>) {
    if let Ok(mut director) = directors.get_mut(entered.entity)
        && director.pace == Pace::Beats
    {
        director.push(Pending::Moment);
    }
}

/// `Advance`, after the stories: lets time pass for all directors.
pub(super) fn pace(world: &mut World, directors: &mut QueryState<(Entity, &mut Director), With<StoryRunner>>) {
    let delta = world.resource::<Time>().delta();
    let mut due = Vec::new();
    for (entity, mut director) in directors.iter_mut(world) {
        let own = director.bypass_change_detection();
        if let Pace::Every(length) = own.pace {
            own.since = own.since.saturating_add(delta);
            let length = length.max(Duration::from_millis(1));
            let mut moments = 0;
            while own.since >= length && moments < MOST_MOMENTS {
                own.since -= length;
                own.push(Pending::Moment);
                moments += 1;
            }
            own.since = own.since.min(length);
        }
        if !own.pending.is_empty() || own.live.is_none() {
            due.push(entity);
        }
    }
    for entity in due {
        for problem in direct(world, entity) {
            world.trigger(StoryProblem { entity, problem });
        }
    }
}

fn direct(world: &mut World, entity: Entity) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(component) = world.get::<Director>(entity) else { return problems };
    let Some(assets) = world.get_resource::<Assets<DirectorAsset>>() else { return problems };
    let asset = assets.get(&component.plan);
    let refuses = |plan: &Arc<Plan>| component.refused.as_ref().is_some_and(|refused| Arc::ptr_eq(refused, plan));
    let asset = asset.filter(|asset| !refuses(&asset.plan)).cloned();
    if component.live.is_none() && asset.is_none() {
        return problems;
    }
    // Nobody is to take the story for changed by being looked at.
    let Some(mut story) = world.get_mut::<StoryRunner>(entity) else { return problems };
    let Some(play) = story.bypass_change_detection().play.take() else { return problems };
    let offers = story.offers.clone();
    let free = free_speakers(world, entity, &play);
    let Some(mut component) = world.get_mut::<Director>(entity) else {
        give_back(world, entity, play, None);
        return problems;
    };
    let (mut live, saved) = (component.live.take(), component.saved.take());
    let pending = std::mem::take(&mut component.pending);
    let mut refused = component.refused.take();
    if let Some(asset) = asset {
        (live, refused) = begin(&asset, &play, live, saved, refused, &mut problems);
    }
    let mut cue = None;
    if let Some(live) = &mut live {
        let host = WorldHost::new(world).with_offers(offers);
        cue = follow(live, &play, &host, pending, &free, &mut problems);
    }
    give_back(world, entity, play, cue);
    if let Some(mut component) = world.get_mut::<Director>(entity) {
        (component.live, component.refused) = (live, refused);
    }
    problems
}

fn give_back(world: &mut World, entity: Entity, play: Box<Play>, cue: Option<Vec<String>>) {
    if let Some(mut story) = world.get_mut::<StoryRunner>(entity) {
        let story = story.bypass_change_detection();
        story.play = Some(play);
        story.inputs.extend(cue.map(Input::Tell));
    }
}

/// The director of a plan that is new, or has changed; the last good plan stays.
fn begin(
    asset: &DirectorAsset,
    play: &Play,
    live: Option<Box<Pacing>>,
    saved: Option<Box<DirectorData>>,
    refused: Option<Arc<Plan>>,
    problems: &mut Vec<Problem>,
) -> (Option<Box<Pacing>>, Option<Arc<Plan>>) {
    if live.as_ref().is_some_and(|live| Arc::ptr_eq(live.plan(), &asset.plan)) {
        return (live, refused);
    }
    let found = asset.plan.check(&asset.source, play.runner.story());
    if found.iter().any(|found| found.severity == Severity::Error) {
        let sources = std::slice::from_ref(&asset.source);
        let rendered: Vec<String> = found.iter().map(|found| found.render(sources, false)).collect();
        problems.push(Problem::Director(rendered.join("\n\n")));
        return (live, Some(asset.plan.clone()));
    }
    if let Some(mut live) = live {
        live.replan(asset.plan.clone());
        return (Some(live), None);
    }
    let resumed = saved.and_then(|saved| match Pacing::from_data(asset.plan.clone(), *saved) {
        Ok(resumed) => Some(resumed),
        Err(error) => {
            problems.push(Problem::Director(format!("{error}; the director begins anew")));
            None
        }
    });
    (Some(Box::new(resumed.unwrap_or_else(|| Pacing::new(asset.plan.clone())))), None)
}

/// What has happened, in order; the storylets of which one is to be told now.
fn follow(
    live: &mut Pacing,
    play: &Play,
    host: &WorldHost<'_>,
    pending: Vec<Pending>,
    free: &[String],
    problems: &mut Vec<Problem>,
) -> Option<Vec<String>> {
    let mut cue = None;
    for pending in pending {
        match pending {
            Pending::Moment => {
                live.pass(&play.runner, host);
                cue = match live.cue(&play.runner, host, |who| free.iter().any(|other| other == who)) {
                    // What is being written for an earlier moment comes first.
                    Cue::Tell(ids) if play.remarks_are_over() => Some(ids),
                    Cue::Tell(_) | Cue::Silence(_) => None,
                };
            }
            Pending::Told(id) => {
                let story = play.runner.story();
                if let Some(storylet) = story.storylets.iter().find(|storylet| storylet.id == id) {
                    live.told(&play.runner, host, storylet);
                }
            }
            Pending::Jolt(what) => {
                if !live.jolt(&what) {
                    problems.push(Problem::Director(format!("the plan has no jolt '{what}'")));
                }
            }
        }
    }
    cue
}

/// Cast ids of those who tell storylets and may talk by themselves now.
fn free_speakers(world: &World, entity: Entity, play: &Play) -> Vec<String> {
    let cast = world.get::<Cast>(entity);
    let mut speakers: Vec<String> = Vec::new();
    for storylet in &play.runner.story().storylets {
        if speakers.contains(&storylet.who) {
            continue;
        }
        let voice = cast.and_then(|cast| cast.0.get(&storylet.who)).copied();
        let free = voice.is_none_or(|voice| {
            // A voice that is gone says nothing.
            world.get_entity(voice).is_ok_and(|voice| {
                lets_speak(voice.get::<SpeakerState>(), voice.contains::<InScene>(), Priority::Ambient)
            })
        });
        if free {
            speakers.push(storylet.who.clone());
        }
    }
    speakers
}
