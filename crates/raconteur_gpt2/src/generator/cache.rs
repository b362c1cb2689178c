//! The cache of a sequence, whatever computes the model.

use crate::error::Gpt2Error;
use crate::kv::KvCache;
use crate::model::Chunk;
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
