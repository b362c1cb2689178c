//! Tokens that are read before anything is written or scored: a prompt, or the context of scores.

use raconteur_core::generate::RequestId;

use super::backend::{LanguageModel, Part, Work};
use super::cache::Cache;
use crate::kv::PAGE;
use crate::model::Logits;
use crate::prefix::PrefixCache;

/// A context on its way into a cache.
#[derive(Debug)]
pub(super) struct Context {
    tokens: Vec<u32>,
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
    pub fn new(tokens: Vec<u32>, more: usize) -> Self {
        let capacity = tokens.len() + more;
        Self { tokens, capacity, logits: true, cache: None, read: 0, found: 0 }
    }

    /// A context that is only read, as far as it can be kept for others: whole pages.
    pub fn only_read(mut tokens: Vec<u32>) -> Self {
        tokens.truncate(tokens.len() / PAGE * PAGE);
        Self { logits: false, ..Self::new(tokens, 0) }
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
        let Some(pages) = prefixes.find(&self.tokens[..useful], self.read / PAGE) else { return };
        let mut cache = model.new_cache(self.capacity);
        if cache.adopt(&pages) {
            let known = cache.len();
            self.found += known - self.read;
            self.read = known;
            self.cache = Some(cache);
        }
    }

    /// Whether the pages that it is about to read would save `other` from reading as many.
    pub fn will_give(&self, other: &Self) -> bool {
        let common = self.tokens.iter().zip(&other.tokens[..other.useful()]).take_while(|(a, b)| a == b).count();
        let pages = common / PAGE;
        pages > other.read / PAGE && pages > self.read / PAGE
    }

    /// Adds up to `tokens` of its tokens to what is computed in this step.
    pub fn work(&mut self, request: RequestId, tokens: usize, model: &dyn LanguageModel, work: &mut Vec<Work>) {
        let end = (self.read + tokens).min(self.tokens.len());
        if end == self.read {
            return;
        }
        let logits = if self.logits && end == self.tokens.len() { Logits::Last } else { Logits::None };
        let cache = self.cache.take().unwrap_or_else(|| model.new_cache(self.capacity));
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
