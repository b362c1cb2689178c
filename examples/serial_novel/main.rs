//! A serial in the terminal: every day the crier of Harrow Ford reads out a chapter, which was written in the background.
//!
//! ```text
//! cargo run --release --example serial_novel
//! cargo run --release --example serial_novel -- --script --seed 3 --model off
//! ```
//! What a model wrote stands between bars.

mod novel;

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use novel::{Novel, Setup};

/// Hear a serial.
#[derive(Parser, Debug)]
struct Args {
    /// Read all chapters without waiting for Enter, then the figures.
    #[arg(long)]
    script: bool,
    /// A directory with a GPT-2, or "off". The model in the box when left out.
    #[arg(long, value_name = "DIR|off")]
    model: Option<String>,
    /// The same seed tells the same serial.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of chapters, 5 or more.
    #[arg(long, value_name = "N")]
    chapters: Option<usize>,
    /// Another opening, below the assets folder or anywhere.
    #[arg(long, value_name = "FILE", default_value = "serials/drowned_bell.serial.ron")]
    opening: PathBuf,
}

fn main() -> ExitCode {
    match tell(&Args::parse(), &mut std::io::stdin().lock(), &mut std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn tell(args: &Args, input: &mut impl BufRead, out: &mut impl Write) -> Result<(), String> {
    let closed = |error: std::io::Error| format!("the terminal is closed: {error}");
    let opening = if args.opening.is_file() {
        std::path::absolute(&args.opening).map_err(|error| format!("{}: {error}", args.opening.display()))?
    } else {
        args.opening.clone()
    };
    let model = novel::model(args.model.as_deref());
    let mut novel = Novel::new(Setup { opening, model, seed: args.seed, chapters: args.chapters })?;
    writeln!(out, "Model: {}.", novel.model()).map_err(closed)?;
    while let Some(reading) = novel.next()? {
        let (number, of) = reading.number;
        if number == 1 {
            writeln!(out, "\n{}", reading.serial.to_uppercase()).map_err(closed)?;
        }
        let by = if reading.is_generated() { " (in part by the model)" } else { "" };
        writeln!(out, "\n{number} of {of}. {}{by}\n\n{}", reading.title, reading.marked()).map_err(closed)?;
        if !args.script && number < of {
            write!(out, "\n(Enter for the next day) ").map_err(closed)?;
            out.flush().map_err(closed)?;
            if input.read_line(&mut String::new()).map_err(closed)? == 0 {
                return writeln!(out).map_err(closed);
            }
        }
    }
    if let Some(report) = novel.report() {
        writeln!(
            out,
            "\n{} words, {:.1} % of them by the model; {} threads opened, {} closed; entity consistency {:.2} %; seq-rep-4 {:.2} %",
            report.words,
            100.0 * report.generated_share,
            report.opened,
            report.closed,
            100.0 * report.entity_consistency,
            100.0 * report.seq_rep_4,
        )
        .map_err(closed)?;
    }
    Ok(())
}
