//! `raconteur eval lambada` and `raconteur eval wikitext`: the figures by which published weights are known.
//!
//! **lambada**, as the task `lambada_openai` of lm-evaluation-harness defines it: a text is split at its last space, which
//! belongs to the last word. A word counts when each of its tokens is the likeliest after those before it. Perplexity is
//! `exp(-mean ln P(word))` over texts. Of a text longer than the window the beginning goes.
//!
//! **wikitext**: the whole file as one sequence of tokens, in windows of `n_positions` without overlap (stride = window).
//! The first token of a window is not predicted. Perplexity per token is `exp(-sum ln P / predicted tokens)`, per word
//! `exp(-sum ln P / words)`, with words as whitespace separates them in the file. That is the variant without overlap in
//! "Perplexity of fixed-length models" of the documentation of transformers; smaller strides give smaller numbers.

use std::path::Path;

use raconteur_gpt2::arithmetic::log_prob;
use raconteur_gpt2::error::Gpt2Error;
use raconteur_gpt2::kv::KvCache;
use raconteur_gpt2::model::{Chunk, Gpt2, LoadOptions, Logits};
use raconteur_gpt2::parallel::Threads;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;
use serde::{Deserialize, Serialize};

use super::stats::{Estimate, bootstrap, share};
use super::{Args, bar, put};
use crate::error::CliError;

/// Tokens that go through the model at once: their logits are held.
const CHUNK: usize = 64;

/// What `lambada` prints as JSON.
#[derive(Serialize)]
struct Lambada {
    task: &'static str,
    texts: usize,
    accuracy: Estimate,
    perplexity: Estimate,
}

/// What `wikitext` prints as JSON.
#[derive(Serialize)]
struct Wikitext {
    task: &'static str,
    window: usize,
    stride: usize,
    tokens: usize,
    predicted: usize,
    words: usize,
    bytes: usize,
    token_perplexity: f64,
    word_perplexity: f64,
    bits_per_byte: f64,
}

/// One text of `lambada`.
#[derive(Deserialize)]
struct Passage {
    text: String,
}

/// How a model takes a run of tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Predicted {
    /// Natural logarithm of the probability of all of them.
    logprob: f64,
    /// Whether each is the likeliest.
    greedy: bool,
}

/// Measures `lambada` or `wikitext`.
pub(super) fn run(task: &str, data: &Path, args: &Args) -> Result<(), CliError> {
    let text = std::fs::read_to_string(data)
        .map_err(|error| CliError::Failed(format!("cannot read {} as UTF-8 text: {error}", data.display())))?;
    let threads = Threads::new(args.threads).map_err(CliError::failed)?;
    let tokenizer = Gpt2Tokenizer::load(&args.model).map_err(CliError::failed)?;
    let mut options = LoadOptions::default();
    if let Some(format) = args.quantize {
        options.quantization = format;
    }
    let json = threads.run(|| -> Result<String, CliError> {
        let model = Gpt2::load(&args.model, &options, &mut |_| {}).map_err(CliError::failed)?;
        tokenizer.check(model.config()).map_err(CliError::failed)?;
        match task {
            "lambada" => {
                lambada(&model, &tokenizer, &text, args).and_then(|found| told(args, &found, &found.sentence()))
            }
            _ => wikitext(&model, &tokenizer, &text).and_then(|found| told(args, &found, &found.sentence())),
        }
    })?;
    match &args.json {
        Some(path) => put(path, &format!("{json}\n")),
        None => Ok(()),
    }
}

/// Prints the sentence, unless JSON takes its place, and returns the JSON.
fn told(args: &Args, found: &impl Serialize, sentence: &str) -> Result<String, CliError> {
    if args.json.as_deref() != Some(Path::new("-")) {
        println!("{sentence}");
    }
    serde_json::to_string_pretty(found).map_err(CliError::failed)
}

impl Lambada {
    fn sentence(&self) -> String {
        let (a, p) = (self.accuracy, self.perplexity);
        format!(
            "{} texts: last word right {:.2} % [{:.2}, {:.2}], perplexity {:.2} [{:.2}, {:.2}]",
            self.texts,
            a.value * 100.0,
            a.low * 100.0,
            a.high * 100.0,
            p.value,
            p.low,
            p.high
        )
    }
}

impl Wikitext {
    fn sentence(&self) -> String {
        format!(
            "{} tokens in windows of {} without overlap, {} words, {} bytes: perplexity {:.2} per token, {:.2} per word; \
             {:.4} bits per byte",
            self.tokens,
            self.window,
            self.words,
            self.bytes,
            self.token_perplexity,
            self.word_perplexity,
            self.bits_per_byte
        )
    }
}

fn lambada(model: &Gpt2, tokenizer: &Gpt2Tokenizer, text: &str, args: &Args) -> Result<Lambada, CliError> {
    let lines: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .take(args.limit.unwrap_or(usize::MAX))
        .collect();
    let bar = bar(lines.len());
    let mut found: Vec<Predicted> = Vec::new();
    for (at, line) in lines {
        let wrong = |what: String| CliError::Failed(format!("line {}: {what}", at + 1));
        let passage: Passage = serde_json::from_str(line)
            .map_err(|error| wrong(format!("{error}; each line should be {{\"text\": \"...\"}}")))?;
        let (context, _) = passage
            .text
            .rsplit_once(' ')
            .ok_or_else(|| wrong("the text has one word only, so that nothing stands before its last word".into()))?;
        let (ids, first) = (tokenizer.encode(&passage.text), tokenizer.encode(context).len());
        found.push(last(model, &ids, first).map_err(|error| wrong(error.to_string()))?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let greedy: Vec<bool> = found.iter().map(|word| word.greedy).collect();
    let perplexity = bootstrap(found.len(), args.seed, |items| {
        (-items.iter().map(|&at| found[at].logprob).sum::<f64>() / items.len() as f64).exp()
    });
    let (Some(accuracy), Some(perplexity)) = (share(&greedy, args.seed), perplexity) else {
        return Err(CliError::Failed("there are no texts; each line should be {\"text\": \"...\"}".into()));
    };
    Ok(Lambada { task: "lambada", texts: found.len(), accuracy, perplexity })
}

fn wikitext(model: &Gpt2, tokenizer: &Gpt2Tokenizer, text: &str) -> Result<Wikitext, CliError> {
    let ids = tokenizer.encode(text);
    let window = model.n_positions();
    let bar = bar(ids.len().div_ceil(window));
    let (nats, predicted) = windows(model, &ids, &mut || bar.inc(1)).map_err(CliError::failed)?;
    bar.finish_and_clear();
    if predicted == 0 {
        return Err(CliError::Failed("the file has less than two tokens: there is nothing to predict".into()));
    }
    let words = text.split_whitespace().count();
    Ok(Wikitext {
        task: "wikitext",
        window,
        stride: window,
        tokens: ids.len(),
        predicted,
        words,
        bytes: text.len(),
        token_perplexity: (nats / predicted as f64).exp(),
        word_perplexity: (nats / words.max(1) as f64).exp(),
        bits_per_byte: nats / std::f64::consts::LN_2 / text.len() as f64,
    })
}

/// The tokens from place `first`, at least 1, on; of a sequence longer than the window the beginning goes.
fn last(model: &Gpt2, ids: &[u32], first: usize) -> Result<Predicted, Gpt2Error> {
    let drop = ids.len().saturating_sub(model.n_positions() + 1);
    let (ids, first) = (&ids[drop..], first.saturating_sub(drop).max(1));
    predicted(model, ids, first)
}

/// Nats of all tokens but the first of each window, and their number.
fn windows(model: &Gpt2, ids: &[u32], progress: &mut dyn FnMut()) -> Result<(f64, usize), Gpt2Error> {
    let (mut nats, mut count) = (0.0, 0);
    for window in ids.chunks(model.n_positions()) {
        if window.len() > 1 {
            nats -= predicted(model, window, 1)?.logprob;
            count += window.len() - 1;
        }
        progress();
    }
    Ok((nats, count))
}

/// How the tokens from place `first`, at least 1, on follow on those before them. Computes with all but the last.
fn predicted(model: &Gpt2, ids: &[u32], first: usize) -> Result<Predicted, Gpt2Error> {
    let inputs = ids.len().saturating_sub(1);
    let mut cache = model.new_cache(inputs.max(1));
    let mut found = Predicted { logprob: 0.0, greedy: true };
    let context = (first - 1).min(inputs);
    for (range, logits) in [(0..context, Logits::None), (context..inputs, Logits::All)] {
        for start in range.clone().step_by(CHUNK) {
            let end = (start + CHUNK).min(range.end);
            let rows = forward(model, &ids[start..end], &mut cache, logits)?;
            for (place, row) in (start..end).zip(rows) {
                let next = ids[place + 1] as usize;
                if next >= row.len() {
                    return Err(Gpt2Error::Token { id: ids[place + 1], vocab_size: row.len() });
                }
                found.logprob += f64::from(log_prob(&row, next));
                // Of equals the first is taken, as greedy decoding does.
                let likeliest = row.iter().enumerate().fold(0, |best, (at, x)| if *x > row[best] { at } else { best });
                found.greedy &= likeliest == next;
            }
        }
    }
    Ok(found)
}

fn forward(model: &Gpt2, ids: &[u32], cache: &mut KvCache, logits: Logits) -> Result<Vec<Vec<f32>>, Gpt2Error> {
    Ok(model.forward(&mut [Chunk { ids, cache, logits }])?.pop().unwrap_or_default())
}

#[cfg(test)]
mod tests;
