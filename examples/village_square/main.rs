//! A village square at dusk: villagers who talk among themselves and to the player, at 60 frames a second.
//!
//! ```text
//! cargo run --release --example village_square
//! cargo run --release --example village_square -- --npcs 32
//! cargo run --release --example village_square -- --headless --seconds 60
//! ```
//! `village.rs` is the whole simulation and `talk.rs` all that it asks of the plugin; `window.rs` adds the picture,
//! `headless.rs` measures the same village without one.

#![expect(
    clippy::type_complexity,
    reason = "the arguments of a system are its queries, and queries that share a component have to be told apart"
)]

mod backdrop;
mod bubble;
mod cast;
mod circle;
mod folk;
mod frames;
mod headless;
mod panel;
mod player;
mod props;
mod scenery;
mod shape;
mod snapshot;
mod speech;
mod square;
mod strip;
mod talk;
mod tally;
mod village;
mod walk;
mod window;

#[path = "../drowned_bell/display.rs"]
mod display;
#[path = "../drowned_bell/paint.rs"]
mod paint;
#[path = "../drowned_bell/palette.rs"]
mod palette;
#[path = "../drowned_bell/typeface.rs"]
mod typeface;

#[expect(dead_code, reason = "shared with the other example, which also looks for a story")]
#[path = "../drowned_bell/files.rs"]
mod files;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use bevy_raconteur::gpt2::config::PublishedShape;
use bevy_raconteur::prelude::GovernorMode;
use clap::Parser;
use talk::Pace;
use village::VillagePlugin;

/// Seconds that a run without a window takes where a window was wanted.
const FALLBACK_SECONDS: f32 = 10.0;

/// Walk among villagers who talk.
#[derive(Parser, Debug)]
struct Args {
    /// How many villagers, 2 to 32.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(2..=32))]
    npcs: u8,
    /// A directory with a GPT-2, or "off". The model in the box when left out.
    #[arg(long, value_name = "DIR|off")]
    model: Option<String>,
    /// Random weights of a published size instead, with ember's vocabulary: nonsense to read, but the same work.
    #[arg(long, value_name = "distilgpt2|124M|355M|774M|1.5B", conflicts_with = "model")]
    shape: Option<PublishedShape>,
    /// How much is said: calm (as one reads) or eager (everybody, always). Calm in a window, eager without.
    #[arg(long, value_enum)]
    pace: Option<Pace>,
    /// Candidates for every line; the one that fits best is said. One is shown while it is written.
    #[arg(long, default_value_t = 3, value_name = "N")]
    tries: u8,
    /// Where people go and who speaks first.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Who goes first when the game and the model want the same cores.
    #[arg(long, value_enum, default_value_t = Governor::Balanced)]
    governor: Governor,
    /// Run without a window and print what frames took, first with the model off, then on.
    #[arg(long)]
    headless: bool,
    /// How long to run without a window.
    #[arg(long, default_value_t = 20.0, requires = "headless")]
    seconds: f32,
    /// Without a window: milliseconds of work in every frame that stand for the rest of a game.
    #[arg(long, default_value_t = 4.0, value_name = "MS")]
    work: f32,
    /// Without a window: print every line.
    #[arg(long)]
    lines: bool,
    /// Let the player walk around and ask by itself, until a key is pressed.
    #[arg(long)]
    tour: bool,
    /// Save a picture of the window and leave.
    #[arg(long, value_name = "FILE", hide = true)]
    screenshot: Option<PathBuf>,
    /// When, in seconds since the start.
    #[arg(long, hide = true, default_value_t = 12.0)]
    screenshot_at: f32,
    /// Only try whether a window can be opened.
    #[arg(long = "try-window", hide = true)]
    try_window: bool,
}

/// The modes of the governor, as the command line calls them.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Governor {
    Frame,
    Balanced,
    Reply,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.try_window {
        return if display::try_window().is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    match run(&args) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<ExitCode, String> {
    let governor = match args.governor {
        Governor::Frame => GovernorMode::PrioritiseFrame,
        Governor::Balanced => GovernorMode::Balanced,
        Governor::Reply => GovernorMode::PrioritiseReply,
    };
    let (model, missing) = files::model(args.model.as_deref());
    if let Some(missing) = &missing {
        eprintln!("{missing}");
    }
    let model = match args.shape {
        Some(shape) => shape::source(shape, files::assets().join("models/ember")),
        None => model,
    };
    let village = |pace, tour| VillagePlugin {
        npcs: args.npcs.into(),
        seed: args.seed,
        tries: args.tries.into(),
        pace: args.pace.unwrap_or(pace),
        tour,
    };
    let no_window = if args.headless { None } else { display::missing() };
    if !args.headless && no_window.is_none() {
        let snapshot = args.screenshot.clone().map(|file| snapshot::SnapshotPlugin { file, at: args.screenshot_at });
        let exit = window::run(village(Pace::Calm, args.tour), model, governor, snapshot);
        return Ok(if exit.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let seconds = if args.headless { args.seconds } else { FALLBACK_SECONDS };
    if let Some(why) = no_window {
        println!("{why}: the village runs without a window for {seconds:.0} s.");
    }
    println!(
        "{} villagers, {seconds} s, half of it with the model off; {} ms of other work a frame",
        args.npcs, args.work
    );
    let setup = headless::Setup {
        village: village(Pace::Eager, true),
        model,
        time: Duration::try_from_secs_f32(seconds).map_err(|error| format!("--seconds {seconds}: {error}"))?,
        governor,
        work_ms: args.work,
        lines: args.lines,
    };
    print!("{}", headless::run(setup)?.text());
    Ok(ExitCode::SUCCESS)
}
