//! `raconteur serial`: a serial from an opening, written to its end, or as far as there is time for, and gone on with later.

mod figures;
mod state;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use raconteur_core::generate::{GeneratorLoader, TextGenerator};
use raconteur_core::request::Why;
use raconteur_core::serial::{Opening, Passage, SerialReport, SerialWriter};
use raconteur_core::template::Templates;
use raconteur_gpt2::loader::Gpt2Loader;
use raconteur_gpt2::quantize::Quantization;

use crate::atomic;
use crate::error::CliError;
use crate::loading::{loading_bar, read_templates};
use figures::{Output, print_report};
use state::StateFile;

/// Arguments of `raconteur serial`.
#[derive(clap::Args)]
pub struct Args {
    /// The opening, such as `drowned_bell.serial.ron`.
    opening: PathBuf,
    /// Folder of a GPT-2 that writes the free passages. Without one they stand as they are written.
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Number format of the weights in memory. As in a game when left out.
    #[arg(long, value_name = "none|q8_0|q4", requires = "model")]
    quantize: Option<Quantization>,
    /// The same seed tells the same serial. **Default** 1.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Number of chapters, 5 or more; as the opening says when left out.
    #[arg(long, value_name = "N")]
    chapters: Option<usize>,
    /// Write the serial to this file, in Markdown, chapter by chapter. Beside it stands FILE.state.json, from which the same
    /// command goes on when it was ended early.
    #[arg(long, value_name = "FILE.md")]
    out: Option<PathBuf>,
    /// Keep the state in this file instead.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Begin anew even if there is a state.
    #[arg(long)]
    anew: bool,
    /// Stop after so many passages; the same command goes on from there.
    #[arg(long, value_name = "N")]
    passages: Option<usize>,
    /// Put what the model wrote in italics.
    #[arg(long)]
    mark: bool,
    /// Tell serials with so many seeds, from --seed on, and print their figures only.
    #[arg(long, value_name = "N", conflicts_with_all = ["out", "state", "anew", "passages", "mark"])]
    runs: Option<u64>,
    /// Print one JSON object: chapters with who wrote which passage, and the figures.
    #[arg(long)]
    json: bool,
}

/// Set by Ctrl-C: the passage at hand is finished, the state is saved.
static STOPPED: AtomicBool = AtomicBool::new(false);

/// Tells a serial, and prints what came of it.
pub fn run(args: &Args) -> Result<(), CliError> {
    let opening = Arc::new(read_opening(&args.opening)?);
    let seed = args.seed.unwrap_or(1);
    // What can be known to be impossible is said before a model is loaded.
    let first = SerialWriter::new(opening.clone(), seed, args.chapters).map_err(CliError::failed)?;
    if let Some(runs) = args.runs {
        return run_many(args, &opening, seed, runs);
    }
    let file = StateFile::of(args.state.as_deref(), args.out.as_deref());
    let state = match &file {
        Some(file) if !args.anew => file.read(&opening)?,
        _ => None,
    };
    let name = args.model.as_ref().map_or_else(String::new, |dir| dir.display().to_string());
    let mut writer = match state {
        Some(state) => state.taken_up(args.seed, args.chapters, &name)?,
        None => first,
    };
    let mut model = load(args)?;
    let templates = templates(args)?;
    // Twice, and the system's own way out is used.
    let _ = ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    let files = Files { out: args.out.as_deref(), mark: args.mark, state: file.as_ref(), model: name };
    tell(&mut writer, model.as_deref_mut(), &templates, args.passages.unwrap_or(usize::MAX), &files)?;
    show(args, &writer, file.as_ref())
}

/// Reads an opening, with all its mistakes in the error.
fn read_opening(path: &Path) -> Result<Opening, CliError> {
    let shown = path.display();
    let text = std::fs::read(path).map_err(|error| {
        CliError::Failed(format!(
            "{shown} cannot be read: {error}. Name an opening, such as assets/serials/drowned_bell.serial.ron"
        ))
    })?;
    let text = String::from_utf8(text).map_err(|_| CliError::Failed(format!("{shown} is no UTF-8 text")))?;
    Opening::from_ron(&text).map_err(|error| CliError::Failed(format!("{shown}:\n{error}")))
}

fn load(args: &Args) -> Result<Option<Box<dyn TextGenerator>>, CliError> {
    let Some(dir) = &args.model else { return Ok(None) };
    let mut loader = Gpt2Loader::new(dir);
    if let Some(format) = args.quantize {
        loader.load.quantization = format;
    }
    let bar = loading_bar();
    let loaded = loader.load(&mut |progress| bar.show(progress));
    bar.clear();
    let mut generator = loaded.map_err(CliError::failed)?;
    crate::loading::check_adapters(generator.as_mut(), &[])?;
    Ok(Some(generator))
}

/// The layout that the model brings, with that of serials if it brings none of its own.
fn templates(args: &Args) -> Result<Templates, CliError> {
    args.model.as_deref().map_or_else(|| Ok(Templates::default()), read_templates)
}

fn bar(writer: &SerialWriter) -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(writer.passages().len() as u64)
    } else {
        ProgressBar::hidden()
    };
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} passages, {msg}, {elapsed} gone, {eta} left")
    {
        bar.set_style(style);
    }
    bar
}

/// Where a serial goes while it is told.
#[derive(Default)]
struct Files<'a> {
    out: Option<&'a Path>,
    mark: bool,
    state: Option<&'a StateFile>,
    /// What the model is called, for the state.
    model: String,
}

impl Files<'_> {
    fn save(&self, writer: &SerialWriter) -> Result<(), CliError> {
        if let Some(out) = self.out {
            atomic::write_all(&[(out, writer.markdown(self.mark))]).map_err(CliError::failed)?;
        }
        self.keep(writer)
    }

    fn keep(&self, writer: &SerialWriter) -> Result<(), CliError> {
        self.state.map_or(Ok(()), |file| file.write(writer, &self.model))
    }
}

/// Tells what is left, or at most `most` passages of it. The files are up to date after each chapter, and after each passage
/// that a model had to do with.
fn tell(
    writer: &mut SerialWriter,
    mut model: Option<&mut (dyn TextGenerator + 'static)>,
    templates: &Templates,
    most: usize,
    files: &Files<'_>,
) -> Result<(), CliError> {
    let bar = bar(writer);
    bar.set_position(writer.told().len() as u64);
    let mut left = most;
    while !writer.is_over() && left > 0 && !STOPPED.load(Ordering::Relaxed) {
        let complete = writer.complete();
        let asks = writer.due().is_some_and(Passage::is_free) && model.is_some();
        bar.set_message(format!("chapter {} of {}", complete + 1, writer.plan().chapters.len()));
        let generator = model.as_mut().map(|model| &mut **model as &mut dyn TextGenerator);
        writer.write_next(generator, templates, &Why::ModelOff);
        left -= 1;
        bar.inc(1);
        if writer.complete() > complete {
            files.save(writer)?;
        } else if asks {
            files.keep(writer)?;
        }
    }
    bar.finish_and_clear();
    files.save(writer)
}

fn show(args: &Args, writer: &SerialWriter, file: Option<&StateFile>) -> Result<(), CliError> {
    if args.json {
        let output = Output::of(writer);
        println!("{}", serde_json::to_string_pretty(&output).map_err(CliError::failed)?);
    } else {
        if args.out.is_none() {
            println!("{}", writer.markdown(args.mark));
        }
        print_report(&[SerialReport::of(writer)]);
    }
    if !writer.is_over() {
        let complete = format!("{} of {} chapters are complete", writer.complete(), writer.plan().chapters.len());
        match file {
            Some(file) => eprintln!("{complete}; the same command goes on from '{}'.", file.path().display()),
            None => eprintln!("{complete}; with --out or --state the same command could go on."),
        }
    }
    Ok(())
}

/// Serials with many seeds, for their figures.
fn run_many(args: &Args, opening: &Arc<Opening>, seed: u64, runs: u64) -> Result<(), CliError> {
    let mut model = load(args)?;
    let templates = templates(args)?;
    let mut reports = Vec::new();
    for seed in seed..seed.saturating_add(runs) {
        let mut writer = SerialWriter::new(opening.clone(), seed, args.chapters).map_err(CliError::failed)?;
        tell(&mut writer, model.as_deref_mut(), &templates, usize::MAX, &Files::default())?;
        reports.push(SerialReport::of(&writer));
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&reports).map_err(CliError::failed)?);
    } else {
        print_report(&reports);
    }
    Ok(())
}
