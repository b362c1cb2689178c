//! Runs a part of the plugin for some frames and takes the time.

use std::time::{Duration, Instant};

use bevy::ecs::schedule::{ScheduleLabel, SingleThreadedExecutor};
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::HeadlessPlugins;

/// The time that a frame takes in the game.
const FRAME: Duration = Duration::from_nanos(16_666_667);
/// Frames before the first that is measured: things begin.
const WARM_UP: usize = 30;

/// A part of the plugin whose frame cost is measured.
///
/// ```ignore
/// #[derive(Default)]
/// pub struct Criers;
/// impl Part for Criers {
///     fn build(&mut self, app: &mut App, npcs: usize) { /* spawn NPCs; the plugins are there */ }
///     fn happened(&self, app: &mut App) -> String { /* "14 items cried" */ }
/// }
/// ```
pub trait Part {
    /// Fills an app, which has `NarrativePlugins` with the model off, with `npcs` NPCs. Systems outside the sets of the
    /// plugin are measured with [`watch`].
    fn build(&mut self, app: &mut App, npcs: usize);

    /// What the game does in a frame, before it; measured too.
    fn frame(&mut self, _app: &mut App, _frame: usize) {}

    /// What has happened, in a few words.
    fn happened(&self, app: &mut App) -> String;
}

/// What our systems have taken of this frame.
#[derive(Resource)]
struct Watch {
    begun: Instant,
    ours: Duration,
}

/// Measures a set of systems of a schedule.
pub fn watch<S: SystemSet + Clone>(app: &mut App, schedule: impl ScheduleLabel + Clone, set: S) {
    app.add_systems(schedule.clone(), (begin.before(set.clone()), end.after(set)));
    app.edit_schedule(schedule, |schedule| {
        schedule.set_executor(SingleThreadedExecutor::new());
    });
}

fn begin(mut watch: ResMut<Watch>) {
    watch.begun = Instant::now();
}

fn end(mut watch: ResMut<Watch>) {
    let took = watch.begun.elapsed();
    watch.ours += took;
}

/// Least, median and 99th percentile, in ms.
pub fn quantiles(times: &mut [f64]) -> [f64; 3] {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or_default();
    [at(0.0), at(0.5), at(0.99)]
}

/// An app with the plugins, the model off, in which every frame takes 1/60 s of the game's time.
pub fn app(part: &mut dyn Part, npcs: usize) -> App {
    let mut app = App::new();
    app.add_plugins(HeadlessPlugins)
        .add_plugins(NarrativePlugins::new(ModelSource::None))
        .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
        .insert_resource(Watch { begun: Instant::now(), ours: Duration::ZERO });
    for set in [NarrativeSystems::Receive, NarrativeSystems::Advance] {
        watch(&mut app, PreUpdate, set);
    }
    watch(&mut app, PostUpdate, NarrativeSystems::Submit);
    watch(&mut app, Last, NarrativeSystems::Last);
    part.build(&mut app, npcs);
    app.finish();
    app.cleanup();
    app
}

/// Runs a part and gives the columns of its row.
pub fn measure(part: &mut dyn Part, npcs: usize, frames: usize) -> String {
    let mut app = app(part, npcs);
    let (mut ours, mut updates) = (Vec::new(), Vec::new());
    for frame in 0..WARM_UP + frames {
        let start = Instant::now();
        part.frame(&mut app, frame);
        let asked = start.elapsed();
        app.world_mut().resource_mut::<Watch>().ours = asked;
        app.update();
        if frame >= WARM_UP {
            updates.push(start.elapsed().as_secs_f64() * 1e3);
            ours.push(app.world().resource::<Watch>().ours.as_secs_f64() * 1e3);
        }
    }
    let column = |times: &mut Vec<f64>| {
        let [least, median, p99] = quantiles(times);
        format!("{least:.3} / {median:.3} / {p99:.3}")
    };
    format!("{:<23} {:<23} {}", column(&mut ours), column(&mut updates), part.happened(&mut app))
}
