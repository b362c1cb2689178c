//! `raconteur bench`: how fast a GPT-2 is on this machine, and what it costs a game that runs beside it.
//!
//! ```text
//! source   a folder, or random weights of a published shape  ->  writer   what is measured: the generator of a game
//! prompts  random tokens                                      ->  trace    what happened in which step
//! trace, game, memory, machine  ->  report   JSON, or tables to paste
//! ```

mod game;
pub mod machine;
mod measure;
mod memory;
mod prompts;
mod report;
mod source;
mod trace;
mod writer;

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::ArgGroup;
use indicatif::{ProgressBar, ProgressStyle};
use raconteur_core::generate::GenerationConfig;
use raconteur_gpt2::device::ModelDevice;
use raconteur_gpt2::generator::GeneratorOptions;
use raconteur_gpt2::quantize::Quantization;

use crate::error::CliError;
use measure::{Driver, Job, TAIL};
use report::{FirstToken, Hit, Report, Row, Spread};
use source::{Shape, Source};

/// What to measure, and how.
#[derive(clap::Args)]
#[command(group(ArgGroup::new("what").required(true).args(["model", "shape"])))]
pub struct Args {
    /// Folder of a GPT-2 in Hugging Face layout.
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Random weights of a published shape, so that nothing has to be downloaded: distilgpt2, 124M, 355M, 774M or 1.5B.
    #[arg(long, value_name = "SHAPE")]
    shape: Option<Shape>,
    /// Number formats of the weights: `none` (f32), `q8_0`, `q4`; several with commas. Default: `q8_0` on the CPU, else
    /// none.
    #[arg(long, value_name = "FORMATS", value_delimiter = ',')]
    quantize: Vec<Quantization>,
    /// Numbers of texts that are written at once.
    #[arg(long, value_name = "NS", value_delimiter = ',', default_values_t = [1, 4, 8])]
    batch: Vec<usize>,
    /// Tokens of each prompt; they are random.
    #[arg(long, value_name = "N", default_value_t = 256)]
    prompt_tokens: usize,
    /// Tokens to write while all texts of the batch are being written.
    #[arg(long, value_name = "N", default_value_t = 100)]
    new_tokens: usize,
    /// Most tokens of prompts that are read in one step beside texts that are written.
    #[arg(long, value_name = "N", default_value_t = GeneratorOptions::default().prefill_chunk)]
    prefill_chunk: usize,
    /// Most MiB of keys and values, those that are kept for later prompts included.
    #[arg(long, value_name = "N", default_value_t = GeneratorOptions::default().kv_budget_mb)]
    kv_budget_mb: usize,
    /// Numbers of threads that compute; 0 leaves one core free.
    #[arg(long, value_name = "NS", value_delimiter = ',', default_values_t = [0])]
    threads: Vec<usize>,
    /// What computes: `cpu` (own kernels), `candle` (the reference on the CPU), `cuda` or `metal`.
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: ModelDevice,
    /// Draw tokens with the default temperature and `top_p`, instead of taking the likeliest.
    #[arg(long)]
    sample: bool,
    /// Measurements of each row; the best and the median are reported.
    #[arg(long, value_name = "N", default_value_t = 3)]
    repeat: usize,
    /// Measure the first token again when all but the last 16 tokens of the prompt were read for an earlier text.
    #[arg(long)]
    prefix_hit: bool,
    /// Run a game of so many milliseconds of work a frame beside it, at 60 Hz.
    #[arg(long, value_name = "MS")]
    game_load: Option<f64>,
    /// Give the game a second thread with so many milliseconds of work a frame.
    #[arg(long, value_name = "MS", requires = "game_load")]
    game_helper: Option<f64>,
    /// Who goes first, the `frame`, both (`balanced`) or the `reply`; several with commas.
    #[arg(long, value_name = "MODES", value_delimiter = ',', default_values = ["balanced"])]
    game_mode: Vec<game::Mode>,
    /// Seconds that the game is measured without generation, and as many with it.
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    seconds: f64,
    /// After each row, print to stderr where the time of its passes went.
    #[arg(long)]
    profile: bool,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Refuses what cannot be measured, before anything is loaded.
    fn check(&self, window: usize) -> Result<(), CliError> {
        let usage = |what: String| Err(CliError::Usage(what));
        let numbers = [
            ("--prompt-tokens", self.prompt_tokens),
            ("--new-tokens", self.new_tokens.saturating_sub(1)),
            ("--prefill-chunk", self.prefill_chunk),
            ("--repeat", self.repeat),
            ("--batch", self.batch.iter().copied().min().unwrap_or(0)),
        ];
        if let Some((name, _)) = numbers.into_iter().find(|&(_, number)| number == 0) {
            let least = if name == "--new-tokens" { 2 } else { 1 };
            return usage(format!("{name} has to be at least {least}"));
        }
        if self.prefix_hit && self.prompt_tokens <= TAIL {
            return usage(format!("--prefix-hit needs more than {TAIL} --prompt-tokens: the others are the prefix"));
        }
        if self.device != ModelDevice::Cpu && self.quantize.iter().any(|&format| format != Quantization::None) {
            return usage(format!("--quantize is for --device cpu; on '{}' the weights are f32", self.device));
        }
        for (name, ms) in [("--game-load", self.game_load), ("--game-helper", self.game_helper)] {
            if ms.is_some_and(|ms| !(ms > 0.0 && ms <= 1000.0)) {
                return usage(format!("{name} is milliseconds of work a frame: above 0, at most 1000"));
            }
        }
        if !(self.seconds >= 0.1 && self.seconds <= 3600.0) {
            return usage("--seconds lies between 0.1 and 3600".into());
        }
        let batch = self.batch.iter().copied().max().unwrap_or(1);
        let job = self.job(batch);
        let longest = job.prompt_tokens + job.new_tokens_of(0);
        if longest > window {
            return usage(format!(
                "the model's window is {window} tokens, and {batch} texts with prompts of {} and {} new tokens need \
                 {longest}: the first ones write on while the others are read; lower --prompt-tokens, --new-tokens or \
                 --batch, or raise --prefill-chunk",
                self.prompt_tokens, self.new_tokens
            ));
        }
        Ok(())
    }

    fn job(&self, batch: usize) -> Job {
        let steps = self.prompt_tokens.div_ceil(self.prefill_chunk);
        Job { batch, prompt_tokens: self.prompt_tokens, new_tokens: self.new_tokens, prefill_steps: steps }
    }

    fn formats(&self) -> Vec<Quantization> {
        match (&self.quantize[..], self.device) {
            ([], ModelDevice::Cpu) => vec![Quantization::Q8_0],
            ([], _) => vec![Quantization::None],
            (formats, _) => formats.to_vec(),
        }
    }

    fn sampling(&self) -> GenerationConfig {
        if self.sample { GenerationConfig::default() } else { GenerationConfig::greedy() }
    }
}

/// Runs `bench`.
pub fn run(args: &Args) -> Result<(), CliError> {
    let source = match (&args.model, args.shape) {
        (Some(dir), _) => Source::Folder(dir.clone()),
        (None, Some(shape)) => Source::Shape(shape),
        (None, None) => return Err(CliError::Usage("give --model or --shape".into())),
    };
    let config = source.config()?;
    args.check(config.n_positions)?;

    let formats = args.formats();
    let rows = formats.len() * args.threads.len() * args.batch.len();
    let games = if args.game_load.is_some() { 2 * args.game_mode.len() } else { 0 };
    let bar = bar((rows * (args.repeat + games)) as u64);
    let mut report = Report::new(args.sampling().do_sample, args.prefill_chunk, args.kv_budget_mb);
    for &quantization in &formats {
        for &threads in &args.threads {
            let options = GeneratorOptions {
                max_batch: args.batch.iter().copied().max().unwrap_or(1),
                prefill_chunk: args.prefill_chunk,
                threads,
                kv_budget_mb: args.kv_budget_mb,
            };
            bar.set_message("loading");
            let subject = source.open(quantization, args.device, options, args.sampling())?;
            report.model = subject.name.clone();
            let mut driver = Driver::new(subject.writer, config.vocab_size);
            driver.warm_up()?;
            for &batch in &args.batch {
                bar.set_message(format!("{quantization}, {} threads, {batch} texts", subject.threads));
                let before = driver.profile();
                let row = measure_row(args, &mut driver, &args.job(batch), &bar)?;
                if args.profile
                    && let (Some(before), Some(after)) = (before, driver.profile())
                {
                    let profile = after - before;
                    bar.suspend(|| eprintln!("{quantization}, {} threads, {batch} texts\n{profile}", subject.threads));
                }
                report.rows.push(Row {
                    quantization: quantization.to_string(),
                    device: args.device.to_string(),
                    threads: subject.threads,
                    weights_bytes: subject.weights_bytes,
                    kv_bytes: subject.kv_bytes_per_token * args.job(batch).tokens() as u64,
                    load: subject.load,
                    ..row
                });
            }
        }
    }
    bar.finish_and_clear();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(CliError::failed)?);
    } else {
        print!("{}", report.tables());
    }
    Ok(())
}

/// One row, but for what the model alone decides.
fn measure_row(args: &Args, driver: &mut Driver, job: &Job, bar: &ProgressBar) -> Result<Row, CliError> {
    let peak_reset = memory::reset_peak();
    let (mut rounds, mut hits) = (Vec::with_capacity(args.repeat), Vec::new());
    for _ in 0..args.repeat {
        let prompts = driver.prompts(job);
        rounds.push(driver.round(prompts.clone(), job)?);
        if args.prefix_hit {
            let prompts = driver.with_other_tails(prompts);
            hits.push(driver.round(prompts, job)?);
        }
        bar.inc(1);
    }
    let peak_rss_bytes = memory::peak();
    let hit = hits.iter().map(|round| round.cached_tokens).min().map(|cached_tokens| Hit {
        ms: Spread::lowest(hits.iter().flat_map(|round| round.first_token.iter().copied()).collect()),
        cached_tokens,
    });
    let mut steps: Vec<f64> = rounds.iter().flat_map(|round| round.steps.iter().copied()).collect();
    steps.sort_by(f64::total_cmp);
    let first: Vec<f64> = rounds.iter().flat_map(|round| round.first_token.iter().copied()).collect();
    let mut games = Vec::new();
    if let Some(work_ms) = args.game_load {
        let (helper_ms, seconds) = (args.game_helper.unwrap_or(0.0), args.seconds);
        for &mode in &args.game_mode {
            let load = game::Load { mode, work_ms, helper_ms, seconds };
            games.push(measure::beside_game(driver, job, &load, bar)?);
        }
    }
    Ok(Row {
        batch: job.batch,
        prompt_tokens: job.prompt_tokens,
        new_tokens: job.new_tokens,
        repeat: args.repeat,
        decode_tokens_per_s: Spread::highest(rounds.iter().map(|round| round.decode_tokens_per_s).collect()),
        prefill_tokens_per_s: Spread::highest(rounds.iter().map(|round| round.prefill_tokens_per_s).collect()),
        first_token_ms: FirstToken { cold: Spread::lowest(first), hit },
        step_ms: report::Percentiles::of_sorted(&steps),
        peak_rss_bytes,
        peak_rss_of_row: peak_reset,
        games,
        ..Row::default()
    })
}

fn bar(rounds: u64) -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(rounds) } else { ProgressBar::hidden() };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}, {msg}, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
