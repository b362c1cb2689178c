//! `raconteur score`: how likely a model finds tokens, a continuation of a prompt, or a whole file.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ArgGroup;
use indicatif::{ProgressBar, ProgressStyle};
use raconteur_gpt2::error::Gpt2Error;
use raconteur_gpt2::loader::AdapterFolder;
use raconteur_gpt2::lora::{Adapter, Lora};
use raconteur_gpt2::model::{Gpt2, LoadOptions};
use raconteur_gpt2::parallel::Threads;
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::score;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;
use serde::Serialize;

use crate::error::CliError;
use crate::loading::adapter_folder;

/// What to score, and with which model.
#[derive(clap::Args)]
#[command(group(ArgGroup::new("what").required(true).args(["ids", "prompt", "text_file"])))]
pub struct Args {
    /// Folder of a GPT-2: config.json, model.safetensors, tokenizer.json.
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Score these token ids, each given the ones before it.
    #[arg(long, value_name = "1,2,3", value_delimiter = ',')]
    ids: Option<Vec<u32>>,
    /// Score a continuation of this prompt.
    #[arg(long, requires = "continuation")]
    prompt: Option<String>,
    /// The continuation, as it stands: after a word it needs its leading space.
    #[arg(long, requires = "prompt", conflicts_with_all = ["ids", "text_file"])]
    continuation: Option<String>,
    /// Score the documents of a file, each of which ends with a line `<|endoftext|>`.
    #[arg(long, value_name = "FILE")]
    text_file: Option<PathBuf>,
    /// Print the logits after the last token, too.
    #[arg(long, conflicts_with = "text_file")]
    logits: bool,
    /// Format of the weights in memory: none (f32), `q8_0` or `q4`.
    #[arg(long, default_value = "none", value_name = "FORMAT")]
    quantize: Quantization,
    /// Score under this adapter: a name, and the folder of the adapter.
    #[arg(long, value_name = "NAME=DIR", value_parser = adapter_folder)]
    adapter: Option<AdapterFolder>,
    /// Threads to compute on; 0 takes one for each core. The result is the same.
    #[arg(long, default_value_t = 0, value_name = "N")]
    threads: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Scores of single tokens.
#[derive(Serialize)]
struct Tokens {
    ids: Vec<u32>,
    token_logprobs: Vec<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_logits: Option<Vec<f32>>,
}

/// Score of a file.
#[derive(Serialize)]
struct Text {
    documents: usize,
    tokens: usize,
    bytes: usize,
    bits_per_byte: f64,
}

/// Loads the model, scores, prints.
pub fn run(args: &Args) -> Result<(), CliError> {
    let threads = Threads::new(args.threads).map_err(CliError::failed)?;
    if let Some(path) = &args.text_file {
        return text_file(args, path, &threads);
    }
    let scores = threads.run(|| tokens(args))?;
    if args.json {
        return print_json(&scores);
    }
    let first = scores.ids.len() - scores.token_logprobs.len();
    for (id, logprob) in scores.ids[first..].iter().zip(&scores.token_logprobs) {
        println!("{id:>6}  {logprob:.4}");
    }
    println!("   all  {:.4}", scores.token_logprobs.iter().sum::<f32>());
    if let Some(logits) = scores.last_logits {
        println!("logits  {logits:?}");
    }
    Ok(())
}

fn tokens(args: &Args) -> Result<Tokens, CliError> {
    let (ids, first) = match (&args.ids, &args.prompt, &args.continuation) {
        (Some(ids), ..) => (ids.clone(), 1),
        (None, Some(prompt), Some(continuation)) => {
            let tokenizer = Gpt2Tokenizer::load(&args.model).map_err(CliError::failed)?;
            let (mut ids, continuation) = (tokenizer.encode(prompt), tokenizer.encode(continuation));
            // An empty prompt: the continuation stands at the start of a document.
            if ids.is_empty() {
                ids.push(tokenizer.end_of_text());
            }
            let first = ids.len();
            ids.extend(continuation);
            if ids.len() == first {
                return Err(CliError::Usage("--continuation is empty: there is nothing to score".into()));
            }
            (ids, first)
        }
        _ => return Err(CliError::Usage("give --ids, or --prompt with --continuation, or --text-file".into())),
    };
    let (model, adapter) = load(args)?;
    let mut score = score::sequence_under(&model, adapter.as_ref(), &ids).map_err(CliError::failed)?;
    score.token_logprobs.drain(..first - 1);
    if !score.token_logprobs.iter().chain(&score.last_logits).all(|x| x.is_finite()) {
        return Err(CliError::failed(raconteur_core::generate::GenerateError::NotFinite));
    }
    let last_logits = args.logits.then_some(score.last_logits);
    Ok(Tokens { ids, token_logprobs: score.token_logprobs, last_logits })
}

fn text_file(args: &Args, path: &std::path::Path, threads: &Threads) -> Result<(), CliError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| CliError::Failed(format!("cannot read {} as UTF-8 text: {error}", path.display())))?;
    let tokenizer = Gpt2Tokenizer::load(&args.model).map_err(CliError::failed)?;
    let bar = ProgressBar::new(score::documents(&text).len() as u64).with_style(bar_style());
    let scored = threads.run(|| -> Result<_, CliError> {
        let (model, adapter) = load(args)?;
        let mut progress = |done| bar.set_position(done as u64);
        score::text_under(&model, adapter.as_ref(), &tokenizer, &text, &mut progress).map_err(CliError::failed)
    });
    bar.finish_and_clear();
    let scored = scored?;
    let (documents, tokens, bytes) = (scored.documents, scored.tokens, scored.bytes);
    if !scored.bits_per_byte.is_finite() {
        return Err(CliError::failed(raconteur_core::generate::GenerateError::NotFinite));
    }
    if args.json {
        return print_json(&Text { documents, tokens, bytes, bits_per_byte: scored.bits_per_byte });
    }
    println!("{documents} documents, {tokens} tokens, {bytes} bytes: {:.4} bits per byte", scored.bits_per_byte);
    Ok(())
}

/// Loads the model, with a bar on stderr where somebody looks at it, and the adapter, if one was asked for.
fn load(args: &Args) -> Result<(Gpt2, Option<Arc<Adapter>>), CliError> {
    let options = LoadOptions { quantization: args.quantize, ..LoadOptions::default() };
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(100) } else { ProgressBar::hidden() };
    let bar = bar.with_style(bar_style());
    let model: Result<Gpt2, Gpt2Error> =
        Gpt2::load(&args.model, &options, &mut |progress| bar.set_position((progress.fraction * 100.0) as u64));
    bar.finish_and_clear();
    let model = model.map_err(CliError::failed)?;
    let adapter = args.adapter.as_ref().map(|adapter| {
        let lora = Lora::load(&adapter.dir, model.config())?;
        Adapter::new(&lora, model.config()).map(Arc::new)
    });
    let adapter = adapter.transpose().map_err(CliError::failed)?;
    Ok((model, adapter))
}

fn bar_style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:40} {pos}/{len}, {eta} left").unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn print_json(value: &impl Serialize) -> Result<(), CliError> {
    println!("{}", serde_json::to_string(value).map_err(CliError::failed)?);
    Ok(())
}
