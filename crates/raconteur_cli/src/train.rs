//! `raconteur train`: a GPT-2 learns from scenes and plain text, on this machine.
//!
//! ```text
//! scenes (JSON Lines), drills, texts -> rows -> Trainer -> OUT/last   to go on from, also after Ctrl-C
//!                                                       -> OUT/best   the model that did best on the validation scenes
//!                                                       -> OUT/training.json, OUT/loss.svg
//! ```
//! The same data, settings and seed give the same weights, on any number of threads, stopped in between or not.

mod data;
mod plot;
mod record;
mod sample;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::device::ModelDevice;
use raconteur_gpt2::lora::{Lora, LoraConfig, Targets};
use raconteur_gpt2::train::{
    Base, Documents, Engine, Parameters, Schedule, Step, TrainConfig, Trainer, Validated, checkpoint,
};

use crate::error::CliError;
use data::Data;
use record::Record;
use sample::Sample;

/// Arguments of `raconteur train`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder to write to: `last` and `best` are models, `training.json` and `loss.svg` tell how it went.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Files of scenes to learn from, JSON Lines.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    scenes: Vec<PathBuf>,
    /// Files of plain text to learn from. A line `<|endoftext|>` ends a document.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    text: Vec<PathBuf>,
    /// Scenes or plain text that are not learned from, to see how well it does. By the ending: `.jsonl` or else text.
    #[arg(long, value_name = "FILE")]
    valid: Option<PathBuf>,
    /// Go on from the weights of this model, with its tokenizer and its prompts.
    #[arg(long, value_name = "DIR", conflicts_with = "tokenizer")]
    init: Option<PathBuf>,
    /// Begin with random weights, and with the tokenizer and the prompts of this folder.
    #[arg(long, value_name = "DIR")]
    tokenizer: Option<PathBuf>,
    /// Go on where `OUT/last` stopped. Data and settings have to be those that it began with.
    #[arg(long)]
    resume: bool,
    /// Leave the model as it is and learn an adapter of this rank for it: `best` and `last` are adapters then. Needs
    /// `--init`.
    #[arg(long, value_name = "N", requires = "init")]
    lora_rank: Option<usize>,
    /// How much what an adapter learns counts: it is multiplied with this over the rank.
    #[arg(long, value_name = "X", default_value_t = LoraConfig::default().alpha, requires = "lora_rank")]
    lora_alpha: f32,
    /// Matrices that an adapter changes: of `c_attn`, `attn.c_proj`, `c_fc`, `mlp.c_proj`, with commas between them, or
    /// `all`.
    #[arg(long, value_name = "NAMES", default_value = "all", requires = "lora_rank")]
    lora_targets: Targets,
    /// Width of a new model; multiples of 256 suit the quantised kernels.
    #[arg(long, value_name = "N", default_value_t = 256)]
    width: usize,
    /// Blocks of a new model.
    #[arg(long, value_name = "N", default_value_t = 4)]
    layers: usize,
    /// Heads of a block of a new model.
    #[arg(long, value_name = "N", default_value_t = 8)]
    heads: usize,
    /// Window of a new model, in tokens.
    #[arg(long, value_name = "N", default_value_t = 512)]
    positions: usize,
    /// Updates.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    steps: u64,
    /// Rows of a pass.
    #[arg(long, value_name = "N", default_value_t = 16)]
    batch: usize,
    /// Passes for one update.
    #[arg(long, value_name = "N", default_value_t = 1)]
    accumulate: usize,
    /// Tokens of a row.
    #[arg(long, value_name = "N", default_value_t = 256)]
    row: usize,
    /// Highest learning rate.
    #[arg(long, value_name = "RATE", default_value_t = 1.4e-3)]
    lr: f32,
    /// Share of it that is left at the end.
    #[arg(long, value_name = "SHARE", default_value_t = 0.03)]
    lr_end: f32,
    /// Steps until it is reached.
    #[arg(long, value_name = "N", default_value_t = 100)]
    warmup: u64,
    /// Share of numbers that are dropped.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    dropout: f32,
    /// Weight of the term against repeats.
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.0)]
    unlikelihood: f32,
    /// Fact drills for each scene of an epoch.
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    drills: f64,
    /// Voice drills for each scene of an epoch.
    #[arg(long, value_name = "N", default_value_t = 0.5)]
    voices: f64,
    /// Windows of plain text, as long as a row, for each scene of an epoch. Without it all of the text is read in each.
    #[arg(long, value_name = "N")]
    text_share: Option<f64>,
    /// Probability that the people and places of a scene get other names.
    #[arg(long, value_name = "SHARE", default_value_t = 0.75)]
    swap: f64,
    /// Learn from a scene as often as it stands in the files, instead of once.
    #[arg(long)]
    keep_duplicates: bool,
    /// Steps between two looks at the validation data.
    #[arg(long, value_name = "N", default_value_t = 200)]
    look: u64,
    /// Stop after so many looks without a better result; 0 never.
    #[arg(long, value_name = "N", default_value_t = 0)]
    patience: usize,
    /// What chance is drawn from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Threads to compute on; 0 takes one for each core.
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// What computes: `cpu` (own gradients, the same weights on any number of threads), `candle`, `cuda` or `metal`.
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: ModelDevice,
    /// Licence of the data, for `training.json`; may be given several times.
    #[arg(long, value_name = "TEXT")]
    licence: Vec<String>,
}

/// A checkpoint is written at least this often.
const SAVE_EVERY: Duration = Duration::from_secs(120);

/// Trains.
pub fn run(args: &Args) -> Result<(), CliError> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    // Without a handler Ctrl-C ends the program between two checkpoints, which loses minutes and harms nothing.
    if let Err(error) = ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed)) {
        eprintln!("note: Ctrl-C will not save first ({error})");
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads).build().map_err(CliError::failed)?;
    pool.install(|| train(args, &stop))
}

fn train(args: &Args, stop: &AtomicBool) -> Result<(), CliError> {
    let last = args.out.join("last");
    let from = args.init.as_deref().or(args.tokenizer.as_deref());
    let Some(from) = from.or(args.resume.then_some(last.as_path())) else {
        return Err(CliError::Usage(
            "give --init, a model to go on from, or --tokenizer, a folder with a tokenizer".into(),
        ));
    };
    let data = Data::read(args, from)?;
    let documents = data.documents(args);
    let trainer = if let Some(rank) = args.lora_rank {
        let lora = LoraConfig { rank, alpha: args.lora_alpha, root: false, targets: args.lora_targets };
        adapt(args, from, lora, &documents)?
    } else if args.resume {
        let (model, config, state) = checkpoint::load(&last).map_err(CliError::failed)?;
        if config != settings(args) {
            return Err(CliError::Failed(format!(
                "{} was trained with other settings; give the same ones, or another --out. They were: {config:?}",
                last.display()
            )));
        }
        Trainer::resume(model, &documents, config, state).map_err(CliError::failed)?
    } else {
        let (model, parameters) = begin(args, &data)?;
        Trainer::new(model, parameters, &documents, settings(args)).map_err(CliError::failed)?
    };
    let engine = Engine::of(args.device, trainer.model()).map_err(CliError::failed)?;
    let mut trainer = trainer.on(engine);
    std::fs::create_dir_all(&args.out)
        .map_err(|error| CliError::Failed(format!("{} cannot be made: {error}", args.out.display())))?;
    let mut record = Record::open(args, &trainer, &data)?;

    let bar = ProgressBar::new(args.steps).with_position(trainer.state().optimizer.steps());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}, {eta} left") {
        bar.set_style(style);
    }
    let (began, before) = (Instant::now(), trainer.state().tokens);
    let mut saved = Instant::now();
    while !trainer.is_over() && !stop.load(Ordering::Relaxed) {
        let step = trainer.step().map_err(CliError::failed)?;
        record.step(step);
        let rate = (step.tokens - before) as f64 / began.elapsed().as_secs_f64().max(1e-9);
        bar.set_position(step.step);
        bar.set_message(format!("loss {:.3}, {rate:.0} tokens/s", step.loss));
        let over = trainer.is_over();
        if data.has_validation() && (step.step % args.look.max(1) == 0 || over) {
            let look = trainer.validate(&data.validation).map_err(CliError::failed)?;
            save(&last, &trainer, &data)?;
            saved = Instant::now();
            let (model, adapter) =
                if args.lora_rank.is_some() { (from, Some(last.as_path())) } else { (last.as_path(), None) };
            let samples = sample::lines(model, adapter, &data.prompts)?;
            bar.suspend(|| tell(&step, look, rate, &samples));
            record.look(look, rate, samples);
            record.write(&trainer)?;
            if trainer.is_best() {
                write_best(&args.out.join("best"), &trainer, &data)?;
            }
        }
        if over || saved.elapsed() > SAVE_EVERY {
            save(&last, &trainer, &data)?;
            record.write(&trainer)?;
            saved = Instant::now();
        }
    }
    bar.finish_and_clear();
    save(&last, &trainer, &data)?;
    record.write(&trainer)?;
    if stop.load(Ordering::Relaxed) {
        println!("stopped after step {}; --resume goes on from there", trainer.state().optimizer.steps());
    }
    println!("{}", record.summary());
    Ok(())
}

fn settings(args: &Args) -> TrainConfig {
    TrainConfig {
        schedule: Schedule { learning_rate: args.lr, floor: args.lr_end, warmup: args.warmup, steps: args.steps },
        batch: args.batch,
        accumulate: args.accumulate,
        row: args.row,
        dropout: args.dropout,
        unlikelihood: args.unlikelihood,
        seed: args.seed,
        patience: args.patience,
        ..TrainConfig::default()
    }
}

/// Learns an adapter for the model of a folder.
fn adapt<'a>(
    args: &Args,
    from: &Path,
    lora: LoraConfig,
    documents: &'a dyn Documents,
) -> Result<Trainer<'a>, CliError> {
    let model = Gpt2Config::load(from).map_err(CliError::failed)?;
    let parameters = Parameters::load(from, &model).map_err(CliError::failed)?;
    let name = from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let base = Base { model, parameters, name };
    if !args.resume {
        let new = Lora::initial(lora, &base.model, args.seed).map_err(CliError::failed)?;
        return Trainer::adapt(base, &new, documents, settings(args)).map_err(CliError::failed);
    }
    let last = args.out.join("last");
    let (config, kind, state) = checkpoint::load_adapter(&last, &base.model).map_err(CliError::failed)?;
    if config != settings(args) || kind != lora {
        return Err(CliError::Failed(format!(
            "{} was trained with other settings; give the same ones, or another --out. They were: {kind:?}, {config:?}",
            last.display()
        )));
    }
    Trainer::resume_adapter(base, lora, documents, config, state).map_err(CliError::failed)
}

/// The weights that it begins with.
fn begin(args: &Args, data: &Data) -> Result<(Gpt2Config, Parameters), CliError> {
    if let Some(dir) = &args.init {
        let model = Gpt2Config::load(dir).map_err(CliError::failed)?;
        let parameters = Parameters::load(dir, &model).map_err(CliError::failed)?;
        return Ok((model, parameters));
    }
    let model = Gpt2Config {
        vocab_size: data.tokenizer.vocab_size(),
        n_positions: args.positions,
        n_embd: args.width,
        n_layer: args.layers,
        n_head: args.heads,
        eos_token_id: Some(data.tokenizer.end_of_text()),
        ..Gpt2Config::default()
    };
    model.validate().map_err(CliError::failed)?;
    let parameters = Parameters::initial(&model, args.seed);
    Ok((model, parameters))
}

fn tell(step: &Step, look: Validated, rate: f64, samples: &[Sample]) {
    println!(
        "step {:>6}  loss {:.3}  valid {:.4} bits/byte  {:.1} M tokens, {rate:.0}/s",
        step.step,
        step.loss,
        look.bits_per_byte,
        step.tokens as f64 / 1e6
    );
    for Sample { asked, line } in samples {
        println!("    {asked} {line}");
    }
}

fn save(dir: &Path, trainer: &Trainer<'_>, data: &Data) -> Result<(), CliError> {
    trainer.save(dir).map_err(CliError::failed)?;
    // An adapter has the tokenizer of its model.
    if trainer.adapter().map_err(CliError::failed)?.is_some() { Ok(()) } else { data.copy_tokenizer(dir) }
}

fn write_best(dir: &Path, trainer: &Trainer<'_>, data: &Data) -> Result<(), CliError> {
    if let Some(adapter) = trainer.adapter().map_err(CliError::failed)? {
        return adapter.save(dir, trainer.base_name().unwrap_or_default()).map_err(CliError::failed);
    }
    std::fs::create_dir_all(dir).map_err(|error| CliError::Failed(format!("{}: {error}", dir.display())))?;
    checkpoint::write_model(dir, trainer.model(), &trainer.state().parameters).map_err(CliError::failed)?;
    data.copy_tokenizer(dir)
}
