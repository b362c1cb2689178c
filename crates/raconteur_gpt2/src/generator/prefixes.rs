//! What the generator does with beginnings of prompts: taking them over, making room for them, saving and restoring them.

use raconteur_core::generate::{RequestId, Sink};
use raconteur_core::prompt::Prompt;

use super::backend::{LanguageModel, Work};
use super::{Gpt2Generator, State, prepare};
use crate::kv::PAGE;
use crate::prefix::{PrefixCache, Start};
use crate::snapshot::{self, SnapshotError};

/// A cache of beginnings for a model, where it has pages and at least one of them fits into `mib`.
pub(super) fn cache(model: &dyn LanguageModel, mib: usize) -> Option<PrefixCache> {
    let cache = model.new_cache(0, None);
    let pool = cache.pool()?;
    let pages = ((mib as u64) << 20) / pool.shape().page_bytes().max(1);
    PrefixCache::new(std::sync::Arc::clone(pool), usize::try_from(pages).unwrap_or(usize::MAX))
}

impl Gpt2Generator {
    /// Lets every request that reads take over what somebody has read. One that only reads may have nothing left to do.
    pub(super) fn catch_up(&mut self, sink: &mut Sink<'_>) {
        if let Some(prefixes) = &mut self.prefixes {
            for live in &mut self.live {
                if let Some(context) = live.state.context() {
                    context.catch_up(prefixes, &*self.model);
                }
            }
        }
        let mut over: Vec<RequestId> = Vec::new();
        for live in &mut self.live {
            if let State::Reading(reading) = &mut live.state {
                if self.prefixes.is_none() {
                    reading.skip();
                }
                over.extend(reading.done().is_some().then_some(live.id));
            }
        }
        for id in over {
            self.settle(id, Ok(()), sink);
        }
    }

    /// Lets beginnings go until what a step takes fits into the budget.
    pub(super) fn make_room(&mut self, work: &[Work]) {
        if let Some(prefixes) = &mut self.prefixes {
            prefixes.make_room(work.iter().map(|work| work.cache.more_pages(work.ids.len())).sum());
        }
    }

    /// The tokens of a prompt as a request would read it that writes `room` tokens, for
    /// [`save_prefix`](Self::save_prefix). `None` when there is no tokenizer, or the prompt does not fit.
    #[must_use]
    pub fn prompt_tokens(&self, prompt: &Prompt, room: usize) -> Option<Vec<u32>> {
        if !self.vocabulary.has_tokenizer() {
            return None;
        }
        let window = self.model.n_positions();
        prepare::fit(prompt, window - room.min(window - 1), &self.vocabulary).ok().map(|(tokens, _)| tokens)
    }

    /// Number of tokens whose keys and values are kept for requests to come.
    #[must_use]
    pub fn prefix_tokens(&self) -> usize {
        self.prefixes.as_ref().map_or(0, |prefixes| prefixes.len() * PAGE)
    }

    /// Forgets all beginnings of prompts.
    pub fn forget_prefixes(&mut self) {
        if let Some(prefixes) = &mut self.prefixes {
            prefixes.clear();
        }
    }

    /// Keys and values of the beginning of `tokens` as bytes, as far as they are kept: whole pages of
    /// [`PAGE`] tokens, read by the model as it is, without an adapter. `None` when there is not even one. [`Task::Read`](raconteur_core::generate::Task) puts a prompt
    /// there.
    #[must_use]
    pub fn save_prefix(&mut self, tokens: &[u32]) -> Option<Vec<u8>> {
        let fingerprint = self.fingerprint()?;
        let prefixes = self.prefixes.as_mut()?;
        let pages = prefixes.find(Start::MODEL, tokens, 0)?;
        Some(snapshot::write(fingerprint, prefixes.pool().shape(), &tokens[..pages.len() * PAGE], &pages))
    }

    /// Takes back what [`save_prefix`](Self::save_prefix) gave, of this model in this format, and says how many tokens
    /// of it are kept: fewer when the budget is smaller. Requests that begin with them start as if somebody had just
    /// read them, and their texts are the same.
    ///
    /// # Errors
    /// [`SnapshotError`]. Nothing has changed then, and requests read their prompts: whoever cannot do more about it
    /// may ignore it.
    pub fn restore_prefix(&mut self, bytes: &[u8]) -> Result<usize, SnapshotError> {
        let fingerprint = self.fingerprint().ok_or(SnapshotError::Unsupported)?;
        let prefixes = self.prefixes.as_mut().ok_or(SnapshotError::Unsupported)?;
        let (tokens, pages) = snapshot::read(bytes, fingerprint, prefixes.pool())?;
        prefixes.keep(Start::MODEL, &tokens, &pages);
        drop(pages);
        prefixes.make_room(0);
        Ok(prefixes.find(Start::MODEL, &tokens, 0).map_or(0, |pages| pages.len() * PAGE))
    }

    fn fingerprint(&self) -> Option<u64> {
        match self.fingerprint.get() {
            Some(&fingerprint) => Some(fingerprint),
            None => {
                let fingerprint = self.threads.run(|| self.model.fingerprint())?;
                Some(*self.fingerprint.get_or_init(|| fingerprint))
            }
        }
    }
}
