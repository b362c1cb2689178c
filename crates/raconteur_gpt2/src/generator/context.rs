//! Tokens that are read before anything is written or scored: a prompt, or the context of scores.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use raconteur_core::generate::RequestId;

use super::backend::{LanguageModel, Part, Work};
use super::cache::Cache;
use crate::kv::PAGE;
use crate::lora::Adapter;
use crate::model::Logits;
use crate::prefix::{PrefixCache, Start};

/// A context on its way into a cache.
#[derive(Debug)]
pub(super) struct Context {
    tokens: Vec<u32>,
    /// Under which it is read.
    adapter: Option<Arc<Adapter>>,
    /// For each whole page of the tokens a hash of them and of all before: beginnings are compared in each step, for each
    /// pair of requests that read.
    beginnings: Vec<u64>,
    /// Of the cache: what is to be written after it included.
    capacity: usize,
    /// Whether the logits after the last token are wanted. Then at least that one has to be read, known or not.
    logits: bool,
    /// Away while a step computes; none before it begins.
    cache: Option<Cache>,
    /// Tokens that are in the cache.
    read: usize,
    /// Those of them that nobody had to read for it.
    found: usize,
}

impl Context {
    /// A context after which there is something to write or to score.
    pub fn new(tokens: Vec<u32>, more: usize, adapter: Option<Arc<Adapter>>) -> Self {
        let capacity = tokens.len() + more;
        let beginnings = beginnings(&tokens, adapter.as_ref());
        Self { tokens, adapter, beginnings, capacity, logits: true, cache: None, read: 0, found: 0 }
    }

    /// A context that is only read, as far as it can be kept for others: whole pages.
    pub fn only_read(mut tokens: Vec<u32>, adapter: Option<Arc<Adapter>>) -> Self {
        tokens.truncate(tokens.len() / PAGE * PAGE);
        Self { logits: false, ..Self::new(tokens, 0, adapter) }
    }

    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// Tokens that are still to be read.
    pub fn left(&self) -> usize {
        self.tokens.len() - self.read
    }

    /// Tokens that did not have to be read.
    pub fn found(&self) -> usize {
        self.found
    }

    /// Takes over pages that somebody has read, if they reach further than what it has.
    pub fn catch_up(&mut self, prefixes: &mut PrefixCache, model: &dyn LanguageModel) {
        let useful = self.useful();
        if self.left() == 0 {
            return;
        }
        let start = Start::of(self.adapter.as_ref());
        let Some(pages) = prefixes.find(start, &self.tokens[..useful], self.read / PAGE) else { return };
        let mut cache = model.new_cache(self.capacity, self.adapter.as_ref());
        if cache.adopt(&pages) {
            let known = cache.len();
            self.found += known - self.read;
            self.read = known;
            self.cache = Some(cache);
        }
    }

    /// Whether the next page that neither has is one that it is about to read and that `other` needs too.
    ///
    /// Beginnings count as alike when their hashes are: an error, one in 2^64, makes `other` wait for its turn, and no
    /// more, as pages are found by their tokens.
    pub fn will_give(&self, other: &Self) -> bool {
        let page = (self.read / PAGE).max(other.read / PAGE);
        page < other.useful() / PAGE
            && self.beginnings.get(page).is_some_and(|beginning| other.beginnings.get(page) == Some(beginning))
    }

    /// Adds up to `tokens` of its tokens to what is computed in this step.
    pub fn work(&mut self, request: RequestId, tokens: usize, model: &dyn LanguageModel, work: &mut Vec<Work>) {
        let end = (self.read + tokens).min(self.tokens.len());
        if end == self.read {
            return;
        }
        let logits = if self.logits && end == self.tokens.len() { Logits::Last } else { Logits::None };
        let cache = self.cache.take().unwrap_or_else(|| model.new_cache(self.capacity, self.adapter.as_ref()));
        work.push(Work { request, part: Part::Context, ids: self.tokens[self.read..end].to_vec(), cache, logits });
    }

    /// Takes its cache back after a step.
    pub fn absorb(&mut self, cache: Cache) {
        self.read = cache.len();
        self.cache = Some(cache);
    }

    /// Its cache, unless it is away.
    pub fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    /// Gives its cache away.
    pub fn take_cache(&mut self) -> Option<Cache> {
        self.cache.take()
    }

    /// Tokens of which pages could save reading.
    fn useful(&self) -> usize {
        if self.logits { self.tokens.len().saturating_sub(1) } else { self.tokens.len() }
    }
}

/// For each whole page a hash of the adapter and of all tokens up to its end.
fn beginnings(tokens: &[u32], adapter: Option<&Arc<Adapter>>) -> Vec<u64> {
    let mut hash = DefaultHasher::new();
    adapter.map(|adapter| adapter.id()).hash(&mut hash);
    let pages = tokens.as_chunks::<PAGE>().0.iter();
    pages
        .map(|page| {
            page.hash(&mut hash);
            hash.finish()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_whom_is_what_comparing_all_tokens_says() {
        let context = |common: usize, len: usize, read: usize, logits: bool| {
            let tokens = (0..len as u32).map(|at| if (at as usize) < common { at } else { 1000 + at + len as u32 });
            Context { read, logits, ..Context::new(tokens.collect(), 5, None) }
        };
        let mut held = 0;
        for (common, len, read) in [(40, 100, 0), (48, 100, 20), (64, 64, 33), (0, 90, 0), (31, 31, 0)] {
            for (other_common, other_len, other_read) in
                [(40, 80, 0), (48, 49, 16), (64, 64, 0), (64, 64, 47), (5, 5, 0)]
            {
                for logits in [true, false] {
                    let one = context(common, len, read, true);
                    let other = context(other_common, other_len, other_read, logits);
                    let alike = one.tokens.iter().zip(&other.tokens[..other.useful()]).take_while(|(a, b)| a == b);
                    let pages = alike.count() / PAGE;
                    let want = pages > read / PAGE && pages > other_read / PAGE;
                    assert_eq!(
                        one.will_give(&other),
                        want,
                        "{common} {len} {read} {other_common} {other_len} {other_read}"
                    );
                    held += usize::from(want);
                }
            }
        }
        assert!(held > 5);
    }
}
