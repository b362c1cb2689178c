//! Ask the Archivist: an NPC who answers from the papers in her archive, and says where it stands; a journal that knows what
//! you have taken along.
//!
//! ```text
//! cargo run --release --example ask_the_archivist
//! cargo run --release --example ask_the_archivist -- --script
//! cargo run --release --example ask_the_archivist -- --model off --script "Who cast the great bell?" "take bell_book"
//! ```
//! `archive.rs` is all that connects it to the plugin; `desk.rs` is the terminal.

mod archive;
mod desk;

use std::process::ExitCode;

use clap::Parser;

/// Ask an archivist about her papers.
#[derive(Parser, Debug)]
struct Args {
    /// Say these entries and leave; without any, a visit that the example brings along.
    #[arg(long, value_name = "ENTRY", num_args = 0..)]
    script: Option<Vec<String>>,
    /// A directory with a GPT-2, or "off". The model in the box when left out.
    #[arg(long, value_name = "DIR|off")]
    model: Option<String>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let model = archive::model(args.model.as_deref());
    if args.model.as_deref() != Some("off") && model.is_none() {
        eprintln!("No model there: the archivist quotes what is written.");
    }
    let mut archive = archive::Archive::open(model, args.script.is_some())?;
    match &args.script {
        Some(script) if script.is_empty() => print!("{}", desk::visit(&mut archive, desk::VISIT)?),
        Some(script) => {
            let entries: Vec<&str> = script.iter().map(String::as_str).collect();
            print!("{}", desk::visit(&mut archive, &entries)?);
        }
        None => desk::talk(&mut archive, &mut std::io::stdin().lock(), &mut std::io::stdout().lock())?,
    }
    Ok(())
}
