//! A debate in the terminal: two NPCs before a court, or the player against one of them.
//!
//! ```text
//! cargo run --release --example debate_court                                 the two argue; watch
//! cargo run --release --example debate_court -- --side dykes                 argue it yourself, by numbers or in your own words
//! cargo run --release --example debate_court -- --debate assets/debates/pear_tree.debate.ron
//! cargo run --release --example debate_court -- --side dykes --script w_storm,"say:nobody runs it at night"
//! ```
//! `court.rs` is an app without a window; `script.rs` plays it by a list, `terminal.rs` with somebody at the keys.

mod court;
mod script;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Hold a debate.
#[derive(Parser, Debug)]
struct Args {
    /// The debate.
    #[arg(long, value_name = "FILE", default_value = court::DEBATE)]
    debate: PathBuf,
    /// Argue this side yourself.
    #[arg(long, value_name = "SIDE")]
    side: Option<String>,
    /// Play these claims and print what happens; `say:WORDS` says it in words of one's own. When the list is over, the first
    /// claim that is offered is made.
    #[arg(long, value_name = "ID,ID,..", value_delimiter = ',', num_args = 0..)]
    script: Option<Vec<String>>,
    /// A directory with a GPT-2, or "off". The model in the box when left out.
    #[arg(long, value_name = "DIR|off")]
    model: Option<String>,
    /// The same seed and the same choices give the same words.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let setup = court::Setup {
        debate: args.debate,
        model: court::model(args.model.as_deref()),
        seed: args.seed,
        side: args.side,
        deadlines: args.script.is_none(),
    };
    let played = match args.script {
        Some(script) => script::play(setup, &script).map(|transcript| print!("{transcript}")),
        None => terminal::play(setup, &mut std::io::stdin().lock(), &mut std::io::stdout().lock()),
    };
    match played {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
