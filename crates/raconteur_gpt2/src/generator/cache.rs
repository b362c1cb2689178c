//! The cache of a sequence, whatever computes the model.

use std::sync::Arc;

use crate::error::Gpt2Error;
use crate::kv::{KvCache, PAGE, Page, Pages};
use crate::model::Chunk;
use crate::prefix::Start;
#[cfg(feature = "candle")]
use crate::reference::CandleCache;

/// A sequence's cache, of the kind that belongs to the model.
#[derive(Debug)]
pub(crate) enum Cache {
    /// Of [`Gpt2`](crate::model::Gpt2).
    Own(KvCache),
    /// Of [`CandleGpt2`](crate::reference::CandleGpt2).
    #[cfg(feature = "candle")]
    Candle(CandleCache),
}

impl Cache {
    /// Number of tokens it holds.
    pub fn len(&self) -> usize {
        match self {
            Self::Own(cache) => cache.len(),
            #[cfg(feature = "candle")]
            Self::Candle(cache) => cache.len(),
        }
    }

    /// Forgets all tokens but the first `len`; does nothing when it holds fewer.
    pub fn truncate(&mut self, len: usize) {
        match self {
            Self::Own(cache) => cache.truncate(len),
            #[cfg(feature = "candle")]
            Self::Candle(cache) => cache.truncate(len),
        }
    }

    /// A cache with the same tokens and capacity.
    pub fn fork(&self) -> Self {
        match self {
            Self::Own(cache) => Self::Own(cache.fork()),
            #[cfg(feature = "candle")]
            Self::Candle(cache) => Self::Candle(cache.fork()),
        }
    }

    /// The pages that are full, where there are pages.
    pub fn full_pages(&self) -> &[Arc<Page>] {
        match self {
            Self::Own(cache) => cache.full_pages(),
            #[cfg(feature = "candle")]
            Self::Candle(_) => &[],
        }
    }

    /// Takes over full pages that stand for the first tokens of an empty cache, where there are pages. Whether it did.
    pub fn adopt(&mut self, pages: &[Arc<Page>]) -> bool {
        match self {
            Self::Own(cache) => {
                cache.adopt(pages);
                true
            }
            #[cfg(feature = "candle")]
            Self::Candle(_) => false,
        }
    }

    /// What stands before its first page, for whoever keeps its pages.
    pub fn start(&self) -> Start {
        match self {
            Self::Own(cache) => Start::of(cache.adapter()),
            #[cfg(feature = "candle")]
            Self::Candle(_) => Start::MODEL,
        }
    }

    /// Where its pages come from, where there are pages.
    pub fn pool(&self) -> Option<&Arc<Pages>> {
        match self {
            Self::Own(cache) => Some(cache.pool()),
            #[cfg(feature = "candle")]
            Self::Candle(_) => None,
        }
    }

    /// Most pages that `tokens` more tokens take from the pool.
    pub fn more_pages(&self, tokens: usize) -> usize {
        if tokens == 0 {
            return 0;
        }
        let len = self.len();
        // One that has room and is shared is copied.
        let copied = usize::from(!len.is_multiple_of(PAGE));
        (len + tokens).div_ceil(PAGE) - len.div_ceil(PAGE) + copied
    }
}

/// The same batch with caches of one kind, as a model takes them; a cache of another kind is foreign to it.
pub(super) fn unwrap<'a, C>(
    batch: &'a mut [Chunk<'_, Cache>],
    kind: impl Fn(&'a mut Cache) -> Option<&'a mut C>,
) -> Result<Vec<Chunk<'a, C>>, Gpt2Error> {
    let chunk = |chunk: &'a mut Chunk<'_, Cache>| {
        let cache = kind(chunk.cache).ok_or(Gpt2Error::ForeignCache)?;
        Ok(Chunk { ids: chunk.ids, cache, logits: chunk.logits })
    };
    batch.iter_mut().map(chunk).collect()
}
