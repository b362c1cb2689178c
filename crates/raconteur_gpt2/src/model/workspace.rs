//! [`Workspace`]: the buffers of a pass.

use super::{Chunk, Profile};
use crate::config::Gpt2Config;
use crate::linear::Activations;

/// Queries of one sequence that attend together, to load its keys and values once for all of them.
pub(super) const QUERIES: usize = 4;

/// What a pass computes, from the embeddings to the logits. Used again and again, it takes memory only when a pass is
/// larger than all before.
#[derive(Debug, Default)]
pub struct Workspace {
    /// `[tokens]`
    pub(super) places: Vec<Place>,
    /// The row of the first token of each chunk.
    pub(super) firsts: Vec<usize>,
    /// Tokens that attend together.
    pub(super) groups: Vec<Queries>,
    /// The row of the first token of each group.
    pub(super) starts: Vec<usize>,
    /// `[tokens, n_embd]`
    pub(super) hidden: Vec<f32>,
    /// `[tokens, n_embd]`
    pub(super) normed: Vec<f32>,
    /// `[tokens, 3 n_embd]`: queries, keys, values.
    pub(super) qkv: Vec<f32>,
    /// `[tokens, n_embd]`
    pub(super) attended: Vec<f32>,
    /// `[tokens, n_inner]`
    pub(super) inner: Vec<f32>,
    /// `[positions that were asked for, vocab_size]`
    pub(super) logits: Vec<f32>,
    /// Scratch of the matrices.
    pub(super) rounded: Activations,
    pub(super) profile: Profile,
    vocab_size: usize,
    /// For each chunk its first row of `logits`, and the number of all rows.
    rows: Vec<usize>,
}

/// A token of the batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) id: u32,
    /// Where in its sequence.
    pub(super) position: usize,
}

/// Up to [`QUERIES`] neighbouring tokens of a chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Queries {
    pub(super) chunk: usize,
    /// Where in its sequence the first one is.
    pub(super) position: usize,
}

impl Workspace {
    /// The logits, `vocab_size` of them, of each position of a chunk of the last pass that was asked for.
    pub fn logits(&self, chunk: usize) -> impl DoubleEndedIterator<Item = &[f32]> + ExactSizeIterator {
        let rows = match self.rows.get(chunk..chunk + 2) {
            Some(&[first, last]) => first * self.vocab_size..last * self.vocab_size,
            _ => 0..0,
        };
        self.logits[rows].chunks_exact(self.vocab_size.max(1))
    }

    /// Where the time of all passes so far went.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Takes in the logits of a chunk that something else than a pass has computed: `[positions, vocab_size]`.
    pub(crate) fn push_logits<'a>(&mut self, vocab_size: usize, rows: impl Iterator<Item = &'a [f32]>) {
        self.vocab_size = vocab_size;
        rows.for_each(|row| self.logits.extend_from_slice(row));
        if self.rows.is_empty() {
            self.rows.push(0);
        }
        self.rows.push(self.logits.len() / vocab_size.max(1));
    }

    /// Replaces a logit of every position of a chunk.
    #[cfg(test)]
    pub(crate) fn set_logit(&mut self, chunk: usize, id: usize, logit: f32) {
        for row in self.rows[chunk]..self.rows[chunk + 1] {
            self.logits[row * self.vocab_size + id] = logit;
        }
    }

    /// Forgets the logits of the last pass.
    pub(crate) fn clear(&mut self) {
        self.logits.clear();
        self.rows.clear();
    }

    /// Makes all buffers as large as a batch needs them.
    pub(super) fn arrange(&mut self, config: &Gpt2Config, batch: &[Chunk<'_>]) {
        self.clear();
        self.places.clear();
        self.firsts.clear();
        self.groups.clear();
        self.starts.clear();
        self.vocab_size = config.vocab_size;
        let mut wanted = 0;
        self.rows.push(0);
        for (chunk, part) in batch.iter().enumerate() {
            let held = part.cache.len();
            let starts = (0..part.ids.len()).step_by(QUERIES);
            let row = self.places.len();
            self.firsts.push(row);
            self.groups.extend(starts.clone().map(|at| Queries { chunk, position: held + at }));
            self.starts.extend(starts.map(|at| row + at));
            let tokens = part.ids.iter().enumerate();
            self.places.extend(tokens.map(|(at, &id)| Place { id, position: held + at }));
            wanted += part.logits.count(part.ids.len());
            self.rows.push(wanted);
        }
        let (tokens, width) = (self.places.len(), config.n_embd);
        for (buffer, size) in [
            (&mut self.hidden, tokens * width),
            (&mut self.normed, tokens * width),
            (&mut self.qkv, tokens * 3 * width),
            (&mut self.attended, tokens * width),
            (&mut self.inner, tokens * config.inner()),
            (&mut self.logits, wanted * config.vocab_size),
        ] {
            // What is in them does not matter: all of it is written before it is read.
            buffer.resize(size, 0.0);
        }
    }
}
