//! The forward pass of a step, and who suffers when it fails.

use raconteur_core::generate::{GenerateError, RequestId};

use super::cache::{self, Cache};
use crate::error::Gpt2Error;
use crate::model::{Chunk, Gpt2, Logits};
use crate::parallel::Threads;
#[cfg(feature = "candle")]
use crate::reference::CandleGpt2;

/// What the generator needs of a model: [`Gpt2`], or `CandleGpt2`. Tests put one that fails around it.
pub(crate) trait LanguageModel: Send + Sync {
    fn forward(&self, batch: &mut [Chunk<'_, Cache>]) -> Result<Vec<Vec<Vec<f32>>>, Gpt2Error>;
    fn new_cache(&self, capacity: usize) -> Cache;
    fn n_positions(&self) -> usize;
    fn vocab_size(&self) -> usize;
    fn eos_token_id(&self) -> Option<u32>;
    fn describe(&self) -> String;
    /// A number that differs for models that compute different keys and values. `None` where these are not kept.
    fn fingerprint(&self) -> Option<u64>;
}

impl LanguageModel for Gpt2 {
    fn forward(&self, batch: &mut [Chunk<'_, Cache>]) -> Result<Vec<Vec<Vec<f32>>>, Gpt2Error> {
        Self::forward(
            self,
            &mut cache::unwrap(batch, |cache| match cache {
                Cache::Own(cache) => Some(cache),
                #[cfg(feature = "candle")]
                Cache::Candle(_) => None,
            })?,
        )
    }

    fn new_cache(&self, capacity: usize) -> Cache {
        Cache::Own(Self::new_cache(self, capacity))
    }

    fn n_positions(&self) -> usize {
        Self::n_positions(self)
    }

    fn vocab_size(&self) -> usize {
        self.config().vocab_size
    }

    fn eos_token_id(&self) -> Option<u32> {
        self.config().eos_token_id
    }

    fn describe(&self) -> String {
        Self::describe(self)
    }

    fn fingerprint(&self) -> Option<u64> {
        Some(crate::snapshot::fingerprint(self))
    }
}

#[cfg(feature = "candle")]
impl LanguageModel for CandleGpt2 {
    fn forward(&self, batch: &mut [Chunk<'_, Cache>]) -> Result<Vec<Vec<Vec<f32>>>, Gpt2Error> {
        Self::forward(
            self,
            &mut cache::unwrap(batch, |cache| match cache {
                Cache::Own(_) => None,
                Cache::Candle(cache) => Some(cache),
            })?,
        )
    }

    fn new_cache(&self, capacity: usize) -> Cache {
        Cache::Candle(Self::new_cache(self, capacity))
    }

    fn n_positions(&self) -> usize {
        self.config().n_positions
    }

    fn vocab_size(&self) -> usize {
        self.config().vocab_size
    }

    fn eos_token_id(&self) -> Option<u32> {
        self.config().eos_token_id
    }

    fn describe(&self) -> String {
        Self::describe(self)
    }

    fn fingerprint(&self) -> Option<u64> {
        None
    }
}

/// New tokens of one sequence, with its cache for as long as the step lasts.
#[derive(Debug)]
pub(super) struct Work {
    pub request: RequestId,
    pub part: Part,
    pub ids: Vec<u32>,
    pub cache: Cache,
    pub logits: Logits,
}

/// Which sequence of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The prompt, or the context of scores.
    Context,
    /// The candidate, or the text to score, of this index.
    Text(usize),
}

impl Work {
    /// Belongs to no request.
    pub fn warm_up(ids: Vec<u32>, cache: Cache) -> Self {
        Self { request: RequestId(u64::MAX), part: Part::Context, ids, cache, logits: Logits::Last }
    }

    fn chunk(&mut self) -> Chunk<'_, Cache> {
        Chunk { ids: &self.ids, cache: &mut self.cache, logits: self.logits }
    }
}

/// One forward pass over all of `work`. When it fails, each piece is tried alone, so that only those suffer that cannot
/// be computed. Returns the logits of each, by position.
pub(super) fn forward(
    model: &dyn LanguageModel,
    threads: &Threads,
    work: &mut [Work],
) -> Vec<Result<Vec<Vec<f32>>, GenerateError>> {
    if work.is_empty() {
        return Vec::new();
    }
    let before: Vec<usize> = work.iter().map(|work| work.cache.len()).collect();
    let all = threads.run(|| {
        let mut batch: Vec<Chunk<'_, Cache>> = work.iter_mut().map(Work::chunk).collect();
        model.forward(&mut batch)
    });
    match all {
        Ok(logits) => logits.into_iter().map(Ok).collect(),
        Err(_) => {
            let alone = work.iter_mut().zip(before).map(|(work, before)| {
                work.cache.truncate(before);
                let mut logits = threads.run(|| model.forward(&mut [work.chunk()]))?;
                Ok(logits.pop().unwrap_or_default())
            });
            alone.collect()
        }
    }
}
