//! The Reed Seal, in English and in Chinese: the language changes while one plays, and the story goes on at the same line.
//!
//! ```text
//! cargo run --example reed_seal
//! cargo run --example reed_seal -- --script lang:zh,bed_why,lang:en,to_dykes
//! cargo run --example reed_seal -- --terminal --language zh
//! ```
//! `headless.rs` plays without a picture, for `script.rs` and `terminal.rs`; `window.rs` shows the same in a window, in a
//! font that has been cut down to the characters of the story.

#[path = "../drowned_bell/display.rs"]
mod display;
#[path = "../drowned_bell/files.rs"]
mod files;
mod headless;
mod reveal;
mod script;
mod terminal;
mod window;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Play The Reed Seal.
#[derive(Parser, Debug)]
struct Args {
    /// Play these entries without a window and print what happens: ids of choices, `lang:TAG` to change the language,
    /// `say:WORDS` for a choice in one's own words.
    #[arg(long, value_name = "ID,ID,..", value_delimiter = ',')]
    script: Option<Vec<String>>,
    /// Write the transcript of the script to this file instead of printing it.
    #[arg(long, value_name = "FILE", requires = "script")]
    transcript: Option<PathBuf>,
    /// The language to begin in.
    #[arg(long, value_name = "TAG", default_value = "en")]
    language: String,
    /// A directory with a GPT-2, or "off". The model in the box when left out; it writes English only.
    #[arg(long, value_name = "DIR|off")]
    model: Option<String>,
    /// A directory with a GPT-2 that writes Chinese. Without one Chinese lines are as they were translated.
    #[arg(long, value_name = "DIR")]
    chinese_model: Option<PathBuf>,
    /// The same seed and the same choices give the same words.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Play in the terminal, also where a window could be opened.
    #[arg(long)]
    terminal: bool,
    /// Save a picture of the window after some seconds and leave; the choices of the script are taken until then.
    #[arg(long, value_name = "FILE", hide = true)]
    screenshot: Option<PathBuf>,
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
    if let Some(missing) = &missing {
        eprintln!("{missing}");
    }
    let setup = |model, deadlines| headless::Setup {
        story: story(),
        model,
        chinese_model: args.chinese_model.clone(),
        language: args.language.clone(),
        seed: args.seed,
        deadlines,
    };
    if let (Some(script), None) = (&args.script, &args.screenshot) {
        let transcript = script::play(setup(model, false), script).map_err(|error| error.to_string())?;
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
        terminal::play(setup(model, true), &mut std::io::stdin().lock(), &mut std::io::stdout().lock())?;
        return Ok(ExitCode::SUCCESS);
    }
    let snapshot = args.screenshot.clone().map(|file| (file, args.script.clone().unwrap_or_default()));
    let exit = window::run(setup(model, true), snapshot);
    Ok(if exit.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Asset path of the story.
fn story() -> PathBuf {
    files::story(Some(&files::assets().join("stories/reed_seal.story.ron")))
}
