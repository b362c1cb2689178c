//! The Drowned Bell: a small story with two people in it, whose words a GPT-2 writes while one plays.
//!
//! ```text
//! cargo run --release --example drowned_bell
//! cargo run --release --example drowned_bell -- --script ford_a,ford_c,confess --transcript out.txt
//! ```
//! The picture (`window.rs` and what it adds) reads plain data in `show.rs`; `play.rs` is all that connects it to the
//! plugin. `headless.rs` plays the same story without a picture, for `script.rs` and `terminal.rs`.

#![expect(
    clippy::type_complexity,
    clippy::too_many_arguments,
    reason = "the arguments of a system are its queries, and queries that share a component have to be told apart"
)]

mod ask;
mod cards;
mod choices;
mod dialogue_box;
mod display;
mod figures;
mod files;
mod headless;
mod paint;
mod palette;
mod play;
mod portrait;
mod scenery;
mod script;
mod show;
mod snapshot;
mod status_strip;
mod terminal;
mod typeface;
mod window;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Play The Drowned Bell.
#[derive(Parser, Debug)]
struct Args {
    /// Play these choices without a window and print what happens; `ask:QUESTION` asks where somebody can be asked.
    #[arg(long, value_name = "ID,ID,..", value_delimiter = ',')]
    script: Option<Vec<String>>,
    /// Write the transcript of the script to this file instead of printing it.
    #[arg(long, value_name = "FILE", requires = "script")]
    transcript: Option<PathBuf>,
    /// A directory with a GPT-2, or "off". The model in the box when left out.
    #[arg(long, value_name = "DIR|off")]
    model: Option<String>,
    /// The same seed and the same choices give the same words.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Another story.
    #[arg(long, value_name = "FILE")]
    story: Option<PathBuf>,
    /// Play in the terminal, also where a window could be opened.
    #[arg(long)]
    terminal: bool,
    /// Save a picture of the window and leave; plays by itself until then, with the choices of the script.
    #[arg(long, value_name = "FILE", hide = true)]
    screenshot: Option<PathBuf>,
    /// When: seconds, title, ask, or ford, tower, stair, green, dusk (":choice" for its choices).
    #[arg(long, hide = true, default_value = "5")]
    screenshot_at: snapshot::Moment,
    /// Only try whether a window can be opened.
    #[arg(long = "try-window", hide = true)]
    try_window: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.try_window {
        return if display::try_window().is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    match run(args) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<ExitCode, String> {
    let (model, missing) = files::model(args.model.as_deref());
    let story = files::story(args.story.as_deref());
    let headless = |model, deadlines| headless::Setup { story: story.clone(), model, seed: args.seed, deadlines };
    if let Some(missing) = &missing {
        eprintln!("{missing}");
    }
    if let (Some(script), None) = (&args.script, &args.screenshot) {
        let transcript = script::play(headless(model, false), script).map_err(|error| error.to_string())?;
        match &args.transcript {
            Some(file) => std::fs::write(file, transcript).map_err(|error| format!("{}: {error}", file.display()))?,
            None => print!("{transcript}"),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let no_window = if args.terminal { None } else { display::missing() };
    if let Some(why) = &no_window {
        println!("{why}: the story plays in the terminal.");
    }
    if args.terminal || no_window.is_some() {
        terminal::play(headless(model, true), &mut std::io::stdin().lock(), &mut std::io::stdout().lock())?;
        return Ok(ExitCode::SUCCESS);
    }
    let snapshot = args.screenshot.map(|file| snapshot::SnapshotPlugin {
        file,
        at: args.screenshot_at,
        script: args.script.unwrap_or_default(),
    });
    let exit = window::run(model, play::PlayPlugin { story, seed: args.seed }, snapshot, missing);
    Ok(if exit.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
