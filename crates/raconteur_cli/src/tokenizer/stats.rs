//! `raconteur tokenizer stats`.

use std::path::{Path, PathBuf};

use raconteur_gpt2::tokenizer::Gpt2Tokenizer;
use serde::Serialize;

use super::documents;
use crate::error::CliError;
use crate::loading::read_templates;

/// Arguments of `raconteur tokenizer stats`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder with the tokenizer.
    dir: PathBuf,
    /// Files of scenes (`.jsonl`) and of plain text.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Tokens that are listed.
const LISTED: usize = 12;

/// How well a tokenizer fits.
#[derive(Debug, Serialize)]
struct Fit {
    vocabulary: usize,
    texts: usize,
    bytes: usize,
    words: usize,
    tokens: usize,
    bytes_per_token: f64,
    tokens_per_word: f64,
    /// Share of the tokens that are a single byte.
    single_bytes: f64,
    /// Entries that stand nowhere in the files, the end mark apart.
    unused: usize,
    /// Those of them that are more than a byte, the first ones.
    unused_examples: Vec<String>,
    longest: Vec<String>,
}

/// Counts, and prints.
pub fn run(args: &Args) -> Result<(), CliError> {
    let tokenizer = Gpt2Tokenizer::load(&args.dir).map_err(CliError::failed)?;
    let templates = match args.dir.join("prompts.ron").exists() {
        true => read_templates(&args.dir)?,
        false => {
            raconteur_core::template::Templates::from_ron(raconteur_core::scenes::LAYOUT).map_err(CliError::failed)?
        }
    };
    let documents = documents(&args.files, &templates, 1, 0.0)?;
    let fit = fit(&tokenizer, &documents);
    if fit.tokens == 0 {
        return Err(CliError::Failed("there is no text in the files".into()));
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&fit).map_err(CliError::failed)?);
    } else {
        print!("{}", table(&args.dir, &fit));
    }
    Ok(())
}

fn fit(tokenizer: &Gpt2Tokenizer, documents: &[String]) -> Fit {
    let size = tokenizer.vocab_size();
    let mut times = vec![0_usize; size];
    for document in documents {
        for id in tokenizer.encode(document) {
            times[id as usize] += 1;
        }
    }
    let tokens: usize = times.iter().sum();
    let bytes: usize = documents.iter().map(String::len).sum();
    let words: usize = documents.iter().map(|text| text.split_whitespace().count()).sum();
    let text = |id: usize| String::from_utf8_lossy(tokenizer.token_bytes(id as u32)).into_owned();
    let length = |id: usize| tokenizer.token_bytes(id as u32).len();
    let unused: Vec<usize> = (0..size).filter(|&id| times[id] == 0 && id != tokenizer.end_of_text() as usize).collect();
    let mut longest: Vec<usize> = (0..size).filter(|&id| times[id] > 0).collect();
    longest.sort_by_key(|&id| (std::cmp::Reverse(length(id)), id));
    let single: usize = (0..size).filter(|&id| length(id) == 1).map(|id| times[id]).sum();
    let ratio = |above: usize, below: usize| above as f64 / below.max(1) as f64;
    Fit {
        vocabulary: size,
        texts: documents.len(),
        bytes,
        words,
        tokens,
        bytes_per_token: ratio(bytes, tokens),
        tokens_per_word: ratio(tokens, words),
        single_bytes: ratio(single, tokens),
        unused: unused.len(),
        unused_examples: unused.iter().filter(|&&id| length(id) > 1).take(LISTED).map(|&id| text(id)).collect(),
        longest: longest.into_iter().take(LISTED).map(text).collect(),
    }
}

fn table(dir: &Path, fit: &Fit) -> String {
    let list = |texts: &[String]| texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(" ");
    let mut out = format!(
        "{}: {} tokens\n{} texts, {} bytes, {} words -> {} tokens\n{:.3} bytes a token, {:.3} tokens a word, {:.1} % of the \
         tokens are a single byte\n{} entries stand nowhere here",
        dir.display(),
        fit.vocabulary,
        fit.texts,
        fit.bytes,
        fit.words,
        fit.tokens,
        fit.bytes_per_token,
        fit.tokens_per_word,
        fit.single_bytes * 100.0,
        fit.unused,
    );
    if !fit.unused_examples.is_empty() {
        out.push_str(&format!(", such as {}", list(&fit.unused_examples)));
    }
    out.push_str(&format!("\nlongest: {}\n", list(&fit.longest)));
    out
}
