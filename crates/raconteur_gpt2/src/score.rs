//! How likely texts are: continuations of a prompt, whole sequences, and files.

use std::ops::Range;
use std::sync::Arc;

use crate::arithmetic::log_prob;
use crate::error::Gpt2Error;
use crate::kv::KvCache;
use crate::lora::Adapter;
use crate::model::{Chunk, Gpt2, Logits};
use crate::tokenizer::{END_OF_TEXT, Gpt2Tokenizer};

/// Tokens that go through the model at once: their logits are held, 50,000 numbers each for the published models.
const CHUNK: usize = 64;

/// Log-probabilities of a sequence of tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceScore {
    /// Natural logarithm of the probability of every token but the first, given all before it.
    pub token_logprobs: Vec<f32>,
    /// Logits after the last token. `[vocab_size]`
    pub last_logits: Vec<f32>,
}

/// Scores every token of a sequence that fits into the window, given the ones before it.
///
/// # Errors
/// The sequence is empty or longer than the window, or a token is unknown.
pub fn sequence(model: &Gpt2, ids: &[u32]) -> Result<SequenceScore, Gpt2Error> {
    sequence_under(model, None, ids)
}

/// The same under an adapter for models of this shape.
///
/// # Errors
/// As [`sequence`]; [`Gpt2Error::ForeignCache`] when the adapter is for another shape.
pub fn sequence_under(model: &Gpt2, adapter: Option<&Arc<Adapter>>, ids: &[u32]) -> Result<SequenceScore, Gpt2Error> {
    if ids.is_empty() {
        return Err(Gpt2Error::NothingToScore { reason: "the sequence has no tokens" });
    }
    let mut cache = model.cache(ids.len(), adapter.map(Arc::clone));
    let mut token_logprobs = Vec::with_capacity(ids.len() - 1);
    let mut last_logits = Vec::new();
    for range in chunks(0..ids.len()) {
        let rows = forward(model, &ids[range.clone()], &mut cache, Logits::All)?;
        for (position, logits) in range.zip(rows) {
            match ids.get(position + 1) {
                Some(&next) => token_logprobs.push(log_prob(&logits, next as usize)),
                None => last_logits = logits,
            }
        }
    }
    Ok(SequenceScore { token_logprobs, last_logits })
}

/// Scores several continuations of one prompt: for each, the log-probability of each of its tokens.
///
/// The prompt is computed once; up to `batch` continuations run side by side from copies of its cache.
///
/// # Errors
/// The prompt is empty, the prompt with a continuation is longer than the window, or a token is unknown.
pub fn continuations(
    model: &Gpt2,
    prompt: &[u32],
    continuations: &[Vec<u32>],
    batch: usize,
) -> Result<Vec<Vec<f32>>, Gpt2Error> {
    if prompt.is_empty() {
        return Err(Gpt2Error::NothingToScore { reason: "the prompt has no tokens" });
    }
    let longest = continuations.iter().map(Vec::len).max().unwrap_or(0);
    if prompt.len() + longest > model.n_positions() {
        return Err(Gpt2Error::Window { held: prompt.len(), more: longest, room: model.n_positions() });
    }
    let mut cache = model.new_cache(prompt.len());
    let mut after_prompt = Vec::new();
    for range in chunks(0..prompt.len()) {
        let logits = if range.end == prompt.len() { Logits::Last } else { Logits::None };
        after_prompt = forward(model, &prompt[range], &mut cache, logits)?.pop().unwrap_or_default();
    }
    let mut scores = Vec::with_capacity(continuations.len());
    for group in continuations.chunks(batch.max(1)) {
        // The last token of a continuation predicts what nobody asked for.
        let inputs: Vec<&[u32]> = group.iter().map(|ids| &ids[..ids.len().saturating_sub(1)]).collect();
        let mut caches: Vec<KvCache> =
            inputs.iter().map(|ids| cache.fork_with_capacity(prompt.len() + ids.len())).collect();
        let mut chunks: Vec<Chunk<'_>> =
            inputs.iter().zip(&mut caches).map(|(ids, cache)| Chunk { ids, cache, logits: Logits::All }).collect();
        let rows = model.forward(&mut chunks)?;
        for (ids, rows) in group.iter().zip(&rows) {
            if let Some(&id) = ids.iter().find(|&&id| id as usize >= model.config().vocab_size) {
                return Err(Gpt2Error::Token { id, vocab_size: model.config().vocab_size });
            }
            let logits = std::iter::once(&after_prompt).chain(rows);
            scores.push(ids.iter().zip(logits).map(|(&id, logits)| log_prob(logits, id as usize)).collect());
        }
    }
    Ok(scores)
}

/// How well a model predicts a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextScore {
    /// Number of documents.
    pub documents: usize,
    /// Tokens scored.
    pub tokens: usize,
    /// UTF-8 bytes of the documents, without the newline before each end mark.
    pub bytes: usize,
    /// Bits that the model needs for one byte.
    pub bits_per_byte: f64,
}

/// Splits a text into documents. Each ends with a line `<|endoftext|>`, which, like the newline before it, is no part
/// of it; what follows the last mark is a document too if it is not empty.
#[must_use]
pub fn documents(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let (mut start, mut place) = (0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end_matches(['\n', '\r']) == END_OF_TEXT {
            documents.push(&text[start..place]);
            start = place + line.len();
        }
        place += line.len();
    }
    documents.push(&text[start..]);
    documents
        .into_iter()
        .map(|document| document.strip_suffix('\n').unwrap_or(document))
        .filter(|d| !d.is_empty())
        .collect()
}

/// Scores documents, each with end-of-text as the only context before it; what is longer than the window goes through
/// windows that overlap by half. `progress` is called after every document with the number of those done.
///
/// # Errors
/// There is nothing to score, or the tokenizer does not go with the model.
pub fn text(
    model: &Gpt2,
    tokenizer: &Gpt2Tokenizer,
    text: &str,
    progress: &mut dyn FnMut(usize),
) -> Result<TextScore, Gpt2Error> {
    text_under(model, None, tokenizer, text, progress)
}

/// The same under an adapter for models of this shape.
///
/// # Errors
/// As [`text()`]; [`Gpt2Error::ForeignCache`] when the adapter is for another shape.
pub fn text_under(
    model: &Gpt2,
    adapter: Option<&Arc<Adapter>>,
    tokenizer: &Gpt2Tokenizer,
    text: &str,
    progress: &mut dyn FnMut(usize),
) -> Result<TextScore, Gpt2Error> {
    tokenizer.check(model.config())?;
    let documents = documents(text);
    let mut score = TextScore { documents: documents.len(), tokens: 0, bytes: 0, bits_per_byte: 0.0 };
    let mut nats = 0.0;
    for (done, document) in documents.iter().enumerate() {
        let mut ids = vec![tokenizer.end_of_text()];
        ids.extend(tokenizer.encode(document));
        for (window, scored) in windows(ids.len(), model.n_positions()) {
            nats -= window_logprob(model, adapter, &ids[window.clone()], scored.start - window.start)?;
        }
        score.tokens += ids.len() - 1;
        score.bytes += document.len();
        progress(done + 1);
    }
    if score.bytes == 0 {
        return Err(Gpt2Error::NothingToScore { reason: "the file has no text" });
    }
    score.bits_per_byte = nats / std::f64::consts::LN_2 / score.bytes as f64;
    Ok(score)
}

/// Windows over `len` tokens and the tokens scored in each: every token but the first once, with half a window of
/// context or all there is.
fn windows(len: usize, size: usize) -> Vec<(Range<usize>, Range<usize>)> {
    let stride = (size / 2).max(1);
    let (mut windows, mut start, mut scored) = (Vec::new(), 0, 1);
    while scored < len {
        let end = (start + size).min(len);
        windows.push((start..end, scored..end));
        scored = end;
        start += stride;
    }
    windows
}

/// Log-probability of the tokens of a window from the one at `first`, at least 1, on.
fn window_logprob(model: &Gpt2, adapter: Option<&Arc<Adapter>>, ids: &[u32], first: usize) -> Result<f64, Gpt2Error> {
    let mut cache = model.cache(ids.len(), adapter.map(Arc::clone));
    let mut total = 0.0;
    // A token is predicted at the position before it, and the last position predicts nothing that is scored.
    let (context, scored) = (0..first - 1, first - 1..ids.len() - 1);
    for range in chunks(context) {
        forward(model, &ids[range], &mut cache, Logits::None)?;
    }
    for range in chunks(scored) {
        let rows = forward(model, &ids[range.clone()], &mut cache, Logits::All)?;
        for (position, logits) in range.zip(rows) {
            total += f64::from(log_prob(&logits, ids[position + 1] as usize));
        }
    }
    Ok(total)
}

fn chunks(range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    range.clone().step_by(CHUNK).map(move |start| start..(start + CHUNK).min(range.end))
}

fn forward(model: &Gpt2, ids: &[u32], cache: &mut KvCache, logits: Logits) -> Result<Vec<Vec<f32>>, Gpt2Error> {
    Ok(model.forward(&mut [Chunk { ids, cache, logits }])?.pop().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_end_at_their_marks() {
        let text = "a\nb\n<|endoftext|>\n\nc <|endoftext|>\n<|endoftext|>\n<|endoftext|>\nrest\n";
        assert_eq!(documents(text), ["a\nb", "\nc <|endoftext|>", "rest"]);
        assert_eq!(documents("a\n<|endoftext|>"), ["a"]);
        assert_eq!(documents(""), Vec::<&str>::new());
    }

    #[test]
    fn windows_score_every_token_once_and_overlap_by_half() {
        assert_eq!(windows(5, 8), [(0..5, 1..5)]);
        assert_eq!(windows(1, 8), []);
        assert_eq!(windows(17, 8), [(0..8, 1..8), (4..12, 8..12), (8..16, 12..16), (12..17, 16..17)]);
    }
}
