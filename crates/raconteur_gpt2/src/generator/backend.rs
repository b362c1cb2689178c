//! The forward pass of a step, and who suffers when it fails.

use std::sync::Arc;

use raconteur_core::generate::{GenerateError, RequestId};

use super::cache::{self, Cache};
use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::lora::Adapter;
use crate::model::{Chunk, Gpt2, Logits, Workspace};
#[cfg(feature = "candle")]
use crate::reference::CandleGpt2;

/// What the generator needs of a model: [`Gpt2`], or `CandleGpt2`. Tests put one that fails around it.
pub(crate) trait LanguageModel: Send + Sync {
    /// As [`Gpt2::pass`].
    fn pass(&self, batch: &mut [Chunk<'_, Cache>], workspace: &mut Workspace) -> Result<(), Gpt2Error>;
    /// A cache for a sequence that is read under an adapter, one for models of this shape.
    fn new_cache(&self, capacity: usize, adapter: Option<&Arc<Adapter>>) -> Cache;
    /// The shape that adapters have to be for; `None` where it takes none.
    fn adaptable(&self) -> Option<&Gpt2Config>;
    fn n_positions(&self) -> usize;
    fn vocab_size(&self) -> usize;
    fn eos_token_id(&self) -> Option<u32>;
    fn describe(&self) -> String;
    /// Whether it computes on the team of [`Threads`](crate::parallel::Threads); else on rayon's.
    fn uses_team(&self) -> bool {
        true
    }
    /// A number that differs for models that compute different keys and values. `None` where these are not kept.
    fn fingerprint(&self) -> Option<u64>;
}

impl LanguageModel for Gpt2 {
    fn pass(&self, batch: &mut [Chunk<'_, Cache>], workspace: &mut Workspace) -> Result<(), Gpt2Error> {
        let mut batch = cache::unwrap(batch, |cache| match cache {
            Cache::Own(cache) => Some(cache),
            #[cfg(feature = "candle")]
            Cache::Candle(_) => None,
        })?;
        Self::pass(self, &mut batch, workspace)
    }

    fn new_cache(&self, capacity: usize, adapter: Option<&Arc<Adapter>>) -> Cache {
        Cache::Own(self.cache(capacity, adapter.map(Arc::clone)))
    }

    fn adaptable(&self) -> Option<&Gpt2Config> {
        Some(self.config())
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
    fn pass(&self, batch: &mut [Chunk<'_, Cache>], workspace: &mut Workspace) -> Result<(), Gpt2Error> {
        let mut batch = cache::unwrap(batch, |cache| match cache {
            Cache::Own(_) => None,
            Cache::Candle(cache) => Some(cache),
        })?;
        let logits = self.forward(&mut batch)?;
        workspace.clear();
        logits.iter().for_each(|rows| workspace.push_logits(self.config().vocab_size, rows.iter().map(|row| &row[..])));
        Ok(())
    }

    fn new_cache(&self, capacity: usize, _: Option<&Arc<Adapter>>) -> Cache {
        Cache::Candle(Self::new_cache(self, capacity))
    }

    fn adaptable(&self) -> Option<&Gpt2Config> {
        None
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

    fn uses_team(&self) -> bool {
        false
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
    /// The same candidate after the context that it is guided against.
    Against(usize),
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

/// One forward pass over all of `work`, whose logits are then in `workspace`. When it fails, each piece is tried alone,
/// so that only those suffer that cannot be computed.
pub(super) fn forward(
    model: &dyn LanguageModel,
    work: &mut [Work],
    workspace: &mut Workspace,
) -> Vec<Result<(), GenerateError>> {
    if work.is_empty() {
        return Vec::new();
    }
    let before: Vec<usize> = work.iter().map(|work| work.cache.len()).collect();
    let mut batch: Vec<Chunk<'_, Cache>> = work.iter_mut().map(Work::chunk).collect();
    if model.pass(&mut batch, workspace).is_ok() {
        return work.iter().map(|_| Ok(())).collect();
    }
    workspace.clear();
    let mut alone = Workspace::default();
    let results = work.iter_mut().zip(before).map(|(work, before)| {
        work.cache.truncate(before);
        let result = model.pass(&mut [work.chunk()], &mut alone);
        if result.is_err() {
            alone.clear();
        }
        workspace.push_logits(model.vocab_size(), alone.logits(0));
        result.map_err(GenerateError::from)
    });
    results.collect()
}
