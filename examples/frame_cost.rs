//! What talking costs a frame: the same headless app at 60 frames a second, with the model off and with it on.
//!
//! ```text
//! cargo run --release --example frame_cost -- [NPCS] [SECONDS]
//! ```
//! Prints how long `App::update` took (all systems of the plugin, and bevy's own schedules, on the main thread) and how
//! late frames began: the model's thread shares the cores with the game.

use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::HeadlessPlugins;

const FRAME: Duration = Duration::from_nanos(16_666_667);

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let npcs = numbers.first().copied().unwrap_or(8);
    let seconds = numbers.get(1).copied().unwrap_or(10);
    println!(
        "{npcs} NPCs, {seconds} s each, times in ms\nmodel  lines  tok/s  first text  update p50   p99   max   late p50   p99   max"
    );
    for enabled in [false, true] {
        measure(enabled, npcs, Duration::from_secs(seconds as u64));
    }
}

/// Number of lines that have been said.
#[derive(Resource, Default)]
struct Said(usize);

fn measure(enabled: bool, npcs: usize, time: Duration) {
    let mut app = App::new();
    let settings = NarrativeSettings { enabled, ..NarrativeSettings::default() };
    let model = ModelSource::directory("assets/models/ember");
    app.add_plugins(HeadlessPlugins).add_plugins(NarrativePlugins::new(model).with_settings(settings));
    app.init_resource::<Said>();
    // Everybody who has said something is asked again at once, so that all of them talk all the time.
    app.add_observer(|line: On<Generated>, mut said: ResMut<Said>, mut commands: Commands| {
        said.0 += 1;
        let npc = line.entity;
        commands.queue(move |world: &mut World| {
            world.entity_mut(npc).insert(Silent);
        });
    });
    app.add_systems(Update, ask_the_silent);
    app.finish();
    app.cleanup();
    for npc in 0..npcs {
        let persona = Persona::new(format!("Guard {npc}"), "guard; bored, watches the river")
            .knowing("The bell of Saint Wenna vanished on the night of the flood.");
        app.world_mut().spawn((persona, Silent));
    }
    while !matches!(app.world().resource::<ModelStatus>(), ModelStatus::Ready { .. }) {
        if let ModelStatus::Failed { error } = app.world().resource::<ModelStatus>() {
            println!("{error}");
            return;
        }
        app.update();
        std::thread::sleep(Duration::from_millis(1));
    }

    let (mut updates, mut delays) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    let mut due = begun;
    while begun.elapsed() < time {
        let start = Instant::now();
        delays.push((start - due).as_secs_f64() * 1e3);
        app.update();
        updates.push(start.elapsed().as_secs_f64() * 1e3);
        due = (due + FRAME).max(Instant::now());
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    let (said, stats) = (app.world().resource::<Said>().0, *app.world().resource::<NarrativeStats>());
    let (update, delay) = (quantiles(updates), quantiles(delays));
    println!(
        "{:5}  {said:5}  {:5.0}  {:10.1}  {:10.3} {:5.3} {:5.3} {:10.3} {:5.3} {:5.3}",
        if enabled { "on" } else { "off" },
        stats.tokens_per_second,
        stats.first_text_ms,
        update[0],
        update[1],
        update[2],
        delay[0],
        delay[1],
        delay[2]
    );
}

/// On an NPC that has nothing to say yet.
#[derive(Component)]
struct Silent;

fn ask_the_silent(silent: Query<Entity, With<Silent>>, mut commands: Commands) {
    for npc in &silent {
        commands.entity(npc).remove::<Silent>();
        commands
            .trigger(Generate::new(npc, "Nothing moves.").at("The bridge at night.").hearing("Did you hear the bell?"));
    }
}

/// Median, 99th percentile and maximum.
fn quantiles(mut times: Vec<f64>) -> [f64; 3] {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or_default();
    [at(0.5), at(0.99), at(1.0)]
}
