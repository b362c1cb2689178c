//! `raconteur generate`: write on from a prompt, or from tokens.

use std::io::Write;
use std::path::PathBuf;

use raconteur_core::generate::{
    Constraints, FinishReason, GenerationConfig, GenerationEvent, GenerationRequest, Priority, Progress, RequestId,
    Task, TextGenerator,
};
use raconteur_core::prompt::Prompt;
use raconteur_gpt2::device::ModelDevice;
use raconteur_gpt2::generator::{GeneratorOptions, Gpt2Generator};
use raconteur_gpt2::loader::{AdapterFolder, Gpt2Loader, TokenizerFiles};
use raconteur_gpt2::model::LoadOptions;
use raconteur_gpt2::quantize::Quantization;
use serde::Serialize;

use crate::error::CliError;
use crate::loading::{adapter_folder, check_adapters};

/// Arguments of `generate`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of a GPT-2 in Hugging Face layout.
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Text to write on from.
    #[arg(long, value_name = "TEXT", conflicts_with = "ids", required_unless_present = "ids")]
    prompt: Option<String>,
    /// Tokens to write on from, with commas between them. Needs no tokenizer.
    #[arg(long, value_name = "1,2,3", value_delimiter = ',')]
    ids: Option<Vec<u32>>,
    /// Put the end-of-text token first, as training texts have it.
    #[arg(long)]
    bos: bool,
    /// Most tokens to write.
    #[arg(long, value_name = "N", default_value_t = GenerationConfig::default().max_new_tokens)]
    max_new_tokens: usize,
    /// Fewest tokens before the text may end.
    #[arg(long, value_name = "N", default_value_t = 0)]
    min_new_tokens: usize,
    #[command(flatten)]
    sampling: Sampling,
    /// End the text at this string; may be given several times.
    #[arg(long, value_name = "TEXT")]
    stop: Vec<String>,
    /// Never write this word or phrase; may be given several times.
    #[arg(long, value_name = "WORD")]
    ban: Vec<String>,
    /// Number format of the weights in memory: `none` (f32), `q8_0` or `q4`.
    #[arg(long, value_name = "FORMAT", default_value = "none")]
    quantize: Quantization,
    /// What computes: `cpu` (own kernels), `candle` (the reference, on the CPU), `cuda` or `metal`. All but `cpu` hold
    /// the weights in f32; `cuda` and `metal` need a build with the feature of that name.
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: ModelDevice,
    /// Threads that compute; 0 leaves one core free.
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Write under this adapter: a name, and the folder of the adapter.
    #[arg(long, value_name = "NAME=DIR", value_parser = adapter_folder, conflicts_with = "ids")]
    adapter: Option<AdapterFolder>,
    /// Print one JSON object when the text is complete, instead of the text as it comes.
    #[arg(long)]
    json: bool,
}

/// How tokens are drawn.
#[derive(clap::Args)]
struct Sampling {
    /// Take the likeliest token each time.
    #[arg(long, conflicts_with_all = ["seed", "temperature", "top_k", "top_p", "min_p", "typical_p"])]
    greedy: bool,
    /// Start of the random numbers: the same seed gives the same text.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Below 1 likelier, above 1 wilder.
    #[arg(long, value_name = "T", default_value_t = GenerationConfig::default().temperature)]
    temperature: f32,
    /// Keep the K likeliest tokens; 0 keeps all.
    #[arg(long, value_name = "K", default_value_t = 0)]
    top_k: usize,
    /// Keep the likeliest tokens that together have this probability; 1 keeps all.
    #[arg(long, value_name = "P", default_value_t = GenerationConfig::default().top_p)]
    top_p: f32,
    /// Drop tokens less likely than this times the likeliest.
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    min_p: f32,
    /// Keep the tokens nearest the expected information; 1 keeps all.
    #[arg(long, value_name = "P", default_value_t = 1.0)]
    typical_p: f32,
    /// Make tokens that were there before less likely; 1 is off.
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    repetition_penalty: f32,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Answer {
    /// The new tokens, those of a stop string included, end-of-text not.
    ids: Vec<u32>,
    /// The new text, up to a stop string.
    text: String,
    finish_reason: FinishReason,
}

/// Runs `generate`.
pub fn run(args: &Args) -> Result<(), CliError> {
    if args.device != ModelDevice::Cpu && args.quantize != Quantization::None {
        return Err(CliError::Usage(format!(
            "--quantize {} is for --device cpu; on '{}' the weights are f32",
            args.quantize, args.device
        )));
    }
    let loader = Gpt2Loader {
        dir: args.model.clone(),
        load: LoadOptions { quantization: args.quantize, device: args.device, ..LoadOptions::default() },
        generator: GeneratorOptions { threads: args.threads, ..GeneratorOptions::default() },
        adapters: args.adapter.clone().into_iter().collect(),
    };
    let files = if args.prompt.is_some() { TokenizerFiles::Required } else { TokenizerFiles::Optional };
    let mut generator = loader.load_generator(files, &mut |_| {}).map_err(CliError::failed)?;
    check_adapters(&mut generator, loader.adapters.as_slice())?;
    let id = RequestId(0);
    submit(args, id, &mut generator)?;

    let (mut text, mut reason, mut failure) = (String::new(), FinishReason::Length, None);
    let mut out = std::io::stdout().lock();
    let mut working = Progress::Working;
    while working == Progress::Working {
        working = generator.step(&mut |_, event| match event {
            GenerationEvent::Text { text: new, .. } => {
                if !args.json && failure.is_none() {
                    failure = write!(out, "{new}").and_then(|()| out.flush()).err().map(CliError::failed);
                }
                text.push_str(&new);
            }
            GenerationEvent::CandidateDone { reason: end, .. } => reason = end,
            GenerationEvent::Failed(error) => failure = Some(CliError::failed(error)),
            _ => {}
        });
        if failure.is_some() {
            generator.cancel(id);
            break;
        }
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    let line = if args.json {
        let ids = generator.take_tokens(id).pop().unwrap_or_default();
        serde_json::to_string(&Answer { ids, text, finish_reason: reason }).map_err(CliError::failed)?
    } else {
        String::new()
    };
    writeln!(out, "{line}").map_err(CliError::failed)
}

fn submit(args: &Args, id: RequestId, generator: &mut Gpt2Generator) -> Result<(), CliError> {
    let Sampling { greedy, seed, temperature, top_k, top_p, min_p, typical_p, repetition_penalty } = args.sampling;
    let config = GenerationConfig {
        max_new_tokens: args.max_new_tokens,
        min_new_tokens: args.min_new_tokens,
        do_sample: !greedy,
        temperature,
        top_k,
        top_p,
        min_p,
        typical_p,
        repetition_penalty,
        seed,
        ..GenerationConfig::default()
    };
    let constraints = Constraints { banned: args.ban.clone(), stop: args.stop.clone(), ..Constraints::default() };
    if let Some(text) = &args.prompt {
        let adapter = args.adapter.as_ref().map(|adapter| adapter.name.clone());
        let prompt = Prompt { start_of_text: args.bos, adapter, ..Prompt::text(text.as_str()) };
        let task = Task::Continue { config, constraints };
        generator.submit(id, GenerationRequest { prompt, task, priority: Priority::Addressed });
        generator.keep_tokens(id);
    } else {
        let mut ids = args.ids.clone().unwrap_or_default();
        if args.bos {
            let end = generator.end_of_text().ok_or_else(|| {
                CliError::Usage("--bos: this model's vocabulary has no end-of-text token; leave it out".into())
            })?;
            ids.insert(0, end);
        }
        let about_text = !args.ban.is_empty() || !args.stop.is_empty();
        if about_text && !generator.has_tokenizer() {
            return Err(CliError::Usage(
                "--ban and --stop are about text, and this model has no tokenizer; add tokenizer.json or leave them out"
                    .into(),
            ));
        }
        generator.submit_tokens(id, ids, config, constraints, Priority::Addressed);
    }
    Ok(())
}
