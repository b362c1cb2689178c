//! A village that one can watch while a rumor goes round: who told whom, who believes it, what becomes of it, and how
//! evidence and the town crier catch up with it.
//!
//! ```text
//! cargo run --release --example rumor_mill                     a picture for each day, in the terminal
//! cargo run --release --example rumor_mill -- --script         the report only, without waiting
//!     --days 5 --seed 7                                        longer, or another village
//!     --model assets/models/ember                              what is overheard in the inn is worded by a model
//!     --svg rumor_mill.svg                                     the graph as a picture
//! ```

mod folk;
mod picture;
mod script;
mod svg;
mod village;

use std::path::PathBuf;
use std::time::Duration;

use bevy_raconteur::prelude::ModelSource;
use clap::Parser;

/// What can be asked for.
#[derive(Parser)]
struct Args {
    /// Prints the report only, without waiting between the days.
    #[arg(long)]
    script: bool,
    /// How many days are played.
    #[arg(long, default_value_t = 3)]
    days: u64,
    /// Seed of all that happens.
    #[arg(long, default_value_t = 4)]
    seed: u64,
    /// Folder of a model that words what is overheard; none for the authored wordings.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Where the picture is written.
    #[arg(long)]
    svg: Option<PathBuf>,
}

fn main() -> Result<(), String> {
    let args = Args::parse();
    let model = args.model.map_or(ModelSource::None, ModelSource::directory);
    let mut village = village::Village::new(model, args.seed)?;
    let told = script::play(&mut village, args.days, |picture| {
        if !args.script {
            println!("{picture}\n");
            std::thread::sleep(Duration::from_millis(1200));
        }
    });
    println!("{}\n\n{}", picture::terminal(&told.nodes), told.text);
    if let Some(path) = args.svg {
        std::fs::write(&path, told.svg).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
