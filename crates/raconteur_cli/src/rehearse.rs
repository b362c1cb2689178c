//! `raconteur rehearse`: a story is played by chance many times, with a model, an adversary or none, and all that is
//! delivered is looked at. For a build server: it fails when a play gets stuck or something is seen that may not be.

mod report;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use raconteur_core::generate::TextGenerator;
use raconteur_core::rehearsal::{Limits, Plays, Renewed};
use raconteur_core::scripted::Adversary;
use raconteur_core::story::flow::{self, explore};
use raconteur_core::template::Templates;
use raconteur_gpt2::loader::AdapterFolder;
use raconteur_gpt2::quantize::Quantization;

use crate::error::CliError;
use crate::loading::{adapter_folder, load_model, read_story, read_templates};
use report::Report;

/// Arguments of `raconteur rehearse`.
#[derive(clap::Args)]
pub struct Args {
    /// Root file of the story, such as `village.story.ron`.
    story: PathBuf,
    /// How often it is played.
    #[arg(long, value_name = "N", default_value_t = 100)]
    plays: u64,
    /// The same seed plays the same.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Folder of a GPT-2 that improves on lines with `gen`.
    #[arg(long, value_name = "DIR", conflicts_with = "adversary")]
    model: Option<PathBuf>,
    /// Number format of the weights in memory. As in a game when left out.
    #[arg(long, value_name = "none|q8_0|q4", requires = "model")]
    quantize: Option<Quantization>,
    /// An adapter that the story names, and its folder; may be given several times. Those in the folder `adapters` of the
    /// model are there anyway.
    #[arg(long, value_name = "NAME=DIR", value_parser = adapter_folder, requires = "model")]
    adapter: Vec<AdapterFolder>,
    /// Instead of a model, a generator that tries to get everything on the screen that must not be there, that never ends
    /// and that panics.
    #[arg(long)]
    adversary: bool,
    /// Most moments of one play; a story with circles has no end.
    #[arg(long, value_name = "N", default_value_t = 400)]
    moments: usize,
    /// Ask one of these questions where somebody can be asked; may be given several times. When left out, about all that
    /// the story knows.
    #[arg(long, value_name = "TEXT")]
    question: Vec<String>,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Plays, and prints what came of it.
pub fn run(args: &Args) -> Result<(), CliError> {
    let story = read_story(&args.story)?;
    let templates = match &args.model {
        Some(dir) => read_templates(dir)?,
        None => Templates::default(),
    };
    let mut panics = None;
    let mut writer: Option<Box<dyn TextGenerator>> = match &args.model {
        Some(dir) => Some(load_model(dir, args.quantize, &args.adapter, &story)?),
        None if args.adversary => {
            let adversary = Adversary::new(&story, args.seed);
            panics = Some(adversary.panics());
            let mut next = args.seed;
            Some(Box::new(Renewed::new(move || {
                next = next.wrapping_add(1);
                Box::new(adversary.another(next)) as Box<dyn TextGenerator>
            })))
        }
        None => None,
    };
    let questions = if args.question.is_empty() { Plays::questions(&story) } else { args.question.clone() };
    // An adversary never ends on purpose; a model does end.
    let steps = if args.adversary { 300 } else { Limits::default().steps };
    let limits = Limits { moments: args.moments, steps, ..Limits::default() };
    let plays = Plays { plays: args.plays, seed: args.seed, limits, questions, ..Plays::default() };
    let flow = explore(&story, &flow::Limits::default());

    let bar = ProgressBar::new(args.plays);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} plays, {elapsed} gone, {eta} left") {
        bar.set_style(style);
    }
    let begun = Instant::now();
    let writer_name = writer.as_ref().map_or_else(|| "none".to_owned(), |writer| writer.describe());
    let writer = writer.as_deref_mut().map(|writer| writer as &mut dyn TextGenerator);
    let played = plays.run(&story, &templates, Some(&flow), writer, &mut |_| {}, &mut |done| bar.set_position(done));
    bar.finish_and_clear();
    let seconds = begun.elapsed().as_secs_f64();
    let played = played.map_err(CliError::failed)?;

    let meant = panics.map(|panics: Arc<AtomicUsize>| panics.load(Ordering::Relaxed));
    let report = Report::new(&story, writer_name, &plays, &played, seconds, meant);
    report.print(args.json)?;
    if report.is_clean() { Ok(()) } else { Err(CliError::Reported) }
}
