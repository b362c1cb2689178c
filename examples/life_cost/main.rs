//! What the life of a world costs a frame, part by part: the systems of each part of the plugin at 10, 100 and 500 NPCs.
//!
//! ```text
//! cargo run --release --example life_cost -- [PART..] [--npcs 10,100,500] [--frames 600]
//! ```
//! Each part is a [`Part`]: an app in which so many NPCs live as they would in a game, with the model off, so that what is
//! measured is the plugin and not a model. A frame takes 1/60 s of the game's time, and no time is waited for. Columns, in
//! ms, each as least / median / 99th percentile:
//! - `ours`: from the first to the last of the plugin's systems in each of its sets, with everything that they trigger,
//!   and what the part does in [`Part::frame`]. The schedules run on the main thread alone.
//! - `update`: all of `App::update`, with bevy's own schedules.
//!
//! The last column counts what happened, so that one sees that something did.

mod conversation;
mod crier;
mod debate;
mod measure;
mod memory;
mod plot;
mod reading;
mod rumors;
mod serial;

use measure::{Part, measure};

/// All parts, by name.
pub fn parts() -> Vec<(&'static str, fn() -> Box<dyn Part>)> {
    vec![
        ("conversation", || Box::new(conversation::Talking)),
        ("memory", || Box::new(memory::Remembering::default())),
        ("debate", || Box::new(debate::Arguing::default())),
        ("asked readers", || Box::new(reading::Reading { asking: true })),
        ("idle readers", || Box::new(reading::Reading { asking: false })),
        ("serial", || Box::new(serial::Telling::default())),
        ("rumors", || Box::new(rumors::Telling::default())),
        ("crier", || Box::new(crier::Crying::default())),
        ("plot", || Box::new(plot::Plotting::default())),
    ]
}

fn main() {
    let (mut wanted, mut npcs, mut frames) = (Vec::new(), vec![10, 100, 500], 600);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--npcs" => {
                npcs = words.next().iter().flat_map(|list| list.split(',')).filter_map(|n| n.parse().ok()).collect()
            }
            "--frames" => frames = words.next().and_then(|n| n.parse().ok()).unwrap_or(frames),
            _ => wanted.push(word),
        }
    }
    let known = parts();
    if let Some(unknown) = wanted.iter().find(|name| known.iter().all(|(known, _)| known != name)) {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        eprintln!("There is no part '{unknown}'; there are: {}.", names.join(", "));
        std::process::exit(2);
    }
    println!("{frames} frames of 1/60 s each, times in ms: least / median / 99th percentile");
    println!("{:14} {:>5}   {:<23} {:<23} what happened", "part", "NPCs", "ours", "update");
    for (name, part) in known {
        for &npcs in npcs.iter().filter(|_| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name)) {
            println!("{name:14} {npcs:>5}   {}", measure(&mut *part(), npcs, frames));
        }
    }
}
