//! What talking costs a frame: the same headless app at 60 frames a second, with the model off and with it on.
//!
//! ```text
//! cargo run --release --example frame_cost -- [NPCS] [SECONDS] [frame|balanced|reply] [pools]
//! ```
//! Four rows: the model off; a double that writes a word every 5 ms and takes no core (what the plugin's systems cost by
//! themselves); ember on the plugin's worker; and ember with the game's thread busy for 8 ms a frame. Columns, each as
//! median, 99th percentile and maximum in ms:
//! - `ours`: the plugin's share of the main thread. The time from the first to the last of its systems in each of its
//!   sets, with everything that they trigger, and the time of asking, which composes a prompt. So that it is the systems
//!   that are measured, the schedules run on the main thread alone; with `pools`, on bevy's task pools as in most games.
//! - `update`: all of `App::update`, with bevy's own schedules and the busy work.
//! - `late`: how late frames began.

use std::time::{Duration, Instant};

use bevy::ecs::schedule::SingleThreadedExecutor;
use bevy::prelude::*;
use bevy_raconteur::core::generate::{
    GenerationRequest, GeneratorLoader, LoadError, LoadProgress, Progress, RequestId, Sink, TextGenerator,
};
use bevy_raconteur::core::scripted::ScriptedGenerator;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::HeadlessPlugins;

const FRAME: Duration = Duration::from_nanos(16_666_667);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let npcs = numbers.first().copied().unwrap_or(8);
    let time = Duration::from_secs(numbers.get(1).copied().unwrap_or(10) as u64);
    let governor = words.iter().find_map(|word| match word.as_str() {
        "frame" => Some(GovernorMode::PrioritiseFrame),
        "reply" => Some(GovernorMode::PrioritiseReply),
        _ => None,
    });
    let governor = governor.unwrap_or_default();
    println!("{npcs} NPCs, {} s each, {governor:?}, times in ms: median / p99 / max", time.as_secs());
    println!(
        "{:12} {:>6} {:>6} {:>6}   {:<21} {:<21} {:<21} governor",
        "model", "lines", "tok/s", "first", "ours", "update", "late"
    );
    let pools = words.iter().any(|word| word == "pools");
    let build = |model, settings| build(npcs, model, settings, pools);
    let settings = NarrativeSettings { governor, ..NarrativeSettings::default() };
    let off = NarrativeSettings { enabled: false, ..settings.clone() };
    let ember = || ModelSource::directory("assets/models/ember");
    let double = || ModelSource::custom(Double);
    measure("off", npcs, time, build(ember(), off), Duration::ZERO);
    measure("double", npcs, time, build(double(), settings.clone()), Duration::ZERO);
    measure("ember", npcs, time, build(ember(), settings.clone()), Duration::ZERO);
    measure("ember, 8 ms", npcs, time, build(ember(), settings), Duration::from_millis(8));
}

/// Number of lines that have been said, and what the plugin has taken of this frame.
#[derive(Resource)]
struct Tally {
    said: usize,
    begun: Instant,
    ours: Duration,
}

fn build(npcs: usize, model: ModelSource, settings: NarrativeSettings, pools: bool) -> App {
    let mut app = App::new();
    app.add_plugins(HeadlessPlugins).add_plugins(NarrativePlugins::new(model).with_settings(settings));
    app.insert_resource(Tally { said: 0, begun: Instant::now(), ours: Duration::ZERO });
    // Everybody who has said something is asked again at once, so that all of them talk all the time.
    app.add_observer(|line: On<Generated>, mut tally: ResMut<Tally>, mut commands: Commands| {
        tally.said += 1;
        commands.entity(line.entity).insert(Silent);
    });
    app.add_systems(Update, ask_the_silent);
    app.add_systems(PreUpdate, (begin.before(NarrativeSystems::Receive), end.after(NarrativeSystems::Advance)));
    app.add_systems(PostUpdate, (begin.before(NarrativeSystems::Submit), end.after(NarrativeSystems::Submit)));
    app.add_systems(Last, (begin.before(NarrativeSystems::Last), end.after(NarrativeSystems::Last)));
    if !pools {
        app.edit_schedule(PreUpdate, alone).edit_schedule(PostUpdate, alone).edit_schedule(Last, alone);
    }
    app.finish();
    app.cleanup();
    for npc in 0..npcs {
        let persona = Persona::new(format!("Guard {npc}"), "guard; bored, watches the river")
            .knowing("The bell of Saint Wenna vanished on the night of the flood.");
        app.world_mut().spawn((persona, Silent));
    }
    app
}

fn alone(schedule: &mut Schedule) {
    schedule.set_executor(SingleThreadedExecutor::new());
}

fn begin(mut tally: ResMut<Tally>) {
    tally.begun = Instant::now();
}

fn end(mut tally: ResMut<Tally>) {
    let took = tally.begun.elapsed();
    tally.ours += took;
}

/// On an NPC that has nothing to say yet.
#[derive(Component)]
struct Silent;

fn ask_the_silent(world: &mut World, silent: &mut QueryState<Entity, With<Silent>>) {
    let silent: Vec<Entity> = silent.iter(world).collect();
    for npc in silent {
        world.entity_mut(npc).remove::<Silent>();
        let ask = Generate::new(npc, "Nothing moves.").at("The bridge at night.").hearing("Did you hear the bell?");
        let begun = Instant::now();
        world.trigger(ask);
        world.flush();
        world.resource_mut::<Tally>().ours += begun.elapsed();
    }
}

fn measure(name: &str, npcs: usize, time: Duration, mut app: App, busy: Duration) {
    while !matches!(app.world().resource::<ModelStatus>(), ModelStatus::Ready { .. }) {
        if let ModelStatus::Failed { error } = app.world().resource::<ModelStatus>() {
            println!("{error}");
            return;
        }
        app.update();
        std::thread::sleep(Duration::from_millis(1));
    }

    let (mut ours, mut updates, mut delays) = (Vec::new(), Vec::new(), Vec::new());
    let mut least_talking = npcs;
    let begun = Instant::now();
    let mut due = begun;
    while begun.elapsed() < time {
        let start = Instant::now();
        delays.push((start - due).as_secs_f64() * 1e3);
        app.world_mut().resource_mut::<Tally>().ours = Duration::ZERO;
        app.update();
        spin(busy);
        updates.push(start.elapsed().as_secs_f64() * 1e3);
        ours.push(app.world().resource::<Tally>().ours.as_secs_f64() * 1e3);
        let world = app.world_mut();
        least_talking = least_talking.min(world.query::<&Speaking>().iter(world).count());
        due = (due + FRAME).max(Instant::now());
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    let (said, stats) = (app.world().resource::<Tally>().said, *app.world().resource::<NarrativeStats>());
    let columns = [ours, updates, delays].map(quantiles).map(|[p50, p99, max]| format!("{p50:.3}/{p99:.3}/{max:.3}"));
    println!(
        "{name:12} {said:6} {:6.0} {:6.1}   {:<21} {:<21} {:<21} rest {} ms, {} slips, {least_talking} always talking",
        stats.tokens_per_second,
        stats.first_text_ms,
        columns[0],
        columns[1],
        columns[2],
        stats.governor.rest.as_millis(),
        stats.governor.slips,
    );
}

/// Stands for the rest of the game.
fn spin(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Median, 99th percentile and maximum.
fn quantiles(mut times: Vec<f64>) -> [f64; 3] {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or_default();
    [at(0.5), at(0.99), at(1.0)]
}

/// Loads a [`Dozing`] generator.
struct Double;

impl GeneratorLoader for Double {
    fn load(&mut self, _: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn TextGenerator>, LoadError> {
        Ok(Box::new(Dozing(ScriptedGenerator::saying(
            " Nothing moves on the river. I would have heard it. Go home now, and mind the third step of the stair.",
        ))))
    }
}

/// Writes a word of every text each 5 ms, and sleeps instead of computing.
struct Dozing(ScriptedGenerator);

impl TextGenerator for Dozing {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        self.0.submit(id, request);
    }

    fn cancel(&mut self, id: RequestId) {
        self.0.cancel(id);
    }

    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        std::thread::sleep(Duration::from_millis(5));
        self.0.step(sink)
    }

    fn has_room(&self, priority: Priority) -> bool {
        self.0.has_room(priority)
    }

    fn describe(&self) -> String {
        "a double".to_owned()
    }
}
