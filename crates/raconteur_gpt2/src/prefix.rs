//! Beginnings of prompts that have been read, kept for whoever begins alike.
//!
//! ```text
//! prompt   [ setting | facts | persona | talk .. ]        tokens
//! pages    [  A  ][  B  ][  C  ][  D  ][  E  ] rest       16 tokens each, keys and values of all layers
//!
//! start ── A ── B ── C ── D ── E          Mara's prompt
//!               └─── C' ── D'             Odo's: the same setting, other facts
//! ```
//! A page is found by the page before it and its own tokens, which are compared one by one, so that what is found is
//! exactly what would be computed. It is shared, not copied: a sequence that goes on after E holds the same pages, and
//! only what is behind them is read.
//!
//! The budget is for all pages, those of sequences at work included. The cache gives way: while they are too many, the
//! page goes that was not used for the longest time and that only this cache holds, the last ones of a prompt first.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::kv::{PAGE, Page, Pages};
use crate::lora::Adapter;

/// Stands before the first page of a prompt. Each adapter has a start of its own: the same tokens have other keys and
/// values under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start(u64);

impl Start {
    /// Of prompts that the model reads as it is.
    pub(crate) const MODEL: Self = Self(0);

    /// Of prompts that are read under an adapter. Pages are numbered from 1 upward, so the two never meet.
    pub(crate) fn of(adapter: Option<&Arc<Adapter>>) -> Self {
        adapter.map_or(Self::MODEL, |adapter| Self(u64::MAX - adapter.id()))
    }
}

/// Pages of prompts' beginnings.
#[derive(Debug)]
pub(crate) struct PrefixCache {
    pool: Arc<Pages>,
    /// Most pages that are held, by sequences and by this cache together, as long as the cache can give way.
    budget: usize,
    ids: HashMap<Key, u64>,
    entries: HashMap<u64, Entry>,
    /// All entries, the one that goes first at the front. Whoever uses a page uses those before it, so what stands
    /// behind a page is never younger than it.
    order: BTreeSet<(u64, Reverse<usize>, u64)>,
    uses: u64,
    next: u64,
}

/// Where a page belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    /// The page before it.
    before: u64,
    tokens: [u32; PAGE],
}

#[derive(Debug)]
struct Entry {
    key: Key,
    page: Arc<Page>,
    /// Number of pages before it.
    depth: usize,
    /// When it was used last.
    used: u64,
    /// Number of entries right behind it.
    behind: usize,
}

impl PrefixCache {
    /// A cache over the pages of `pool`, of which at most `budget` are to be held. `None` when that is not even one.
    pub(crate) fn new(pool: Arc<Pages>, budget: usize) -> Option<Self> {
        (budget > 0).then(|| Self {
            pool,
            budget,
            ids: HashMap::new(),
            entries: HashMap::new(),
            order: BTreeSet::new(),
            uses: 0,
            next: Start::MODEL.0 + 1,
        })
    }

    pub(crate) fn pool(&self) -> &Arc<Pages> {
        &self.pool
    }

    /// Number of pages that it holds.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The full pages at the beginning of `tokens`, if there are more than `known` of them.
    pub(crate) fn find(&mut self, start: Start, tokens: &[u32], known: usize) -> Option<Vec<Arc<Page>>> {
        let path = self.path(start, tokens);
        if path.len() <= known {
            return None;
        }
        self.uses += 1;
        path.iter().for_each(|&id| self.touch(id));
        Some(path.iter().filter_map(|id| self.entries.get(id)).map(|entry| Arc::clone(&entry.page)).collect())
    }

    /// Keeps the full pages of `tokens` that it does not have.
    pub(crate) fn keep(&mut self, start: Start, tokens: &[u32], pages: &[Arc<Page>]) {
        self.uses += 1;
        let mut before = start.0;
        for (depth, (tokens, page)) in tokens.as_chunks::<PAGE>().0.iter().zip(pages).enumerate() {
            let key = Key { before, tokens: *tokens };
            before = match self.ids.get(&key) {
                Some(&id) => {
                    self.touch(id);
                    id
                }
                None => self.add(key, Arc::clone(page), depth),
            };
        }
        self.make_room(0);
    }

    /// Lets pages go until `pages` more fit into the budget, as far as that is up to this cache.
    pub(crate) fn make_room(&mut self, pages: usize) {
        while self.pool.held() + pages > self.budget {
            let is_free = |id: &u64| {
                self.entries.get(id).is_some_and(|entry| entry.behind == 0 && Arc::strong_count(&entry.page) == 1)
            };
            let Some(id) = self.order.iter().map(|&(_, _, id)| id).find(is_free) else { return };
            self.remove(id);
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.ids.clear();
        self.entries.clear();
        self.order.clear();
    }

    /// The entries at the beginning of `tokens`, in their order.
    fn path(&self, start: Start, tokens: &[u32]) -> Vec<u64> {
        let mut before = start.0;
        let ids = tokens.as_chunks::<PAGE>().0.iter().map_while(|tokens| {
            before = *self.ids.get(&Key { before, tokens: *tokens })?;
            Some(before)
        });
        ids.collect()
    }

    fn touch(&mut self, id: u64) {
        if let Some(entry) = self.entries.get_mut(&id) {
            self.order.remove(&(entry.used, Reverse(entry.depth), id));
            entry.used = self.uses;
            self.order.insert((entry.used, Reverse(entry.depth), id));
        }
    }

    fn add(&mut self, key: Key, page: Arc<Page>, depth: usize) -> u64 {
        let id = self.next;
        self.next += 1;
        if let Some(before) = self.entries.get_mut(&key.before) {
            before.behind += 1;
        }
        self.ids.insert(key, id);
        self.order.insert((self.uses, Reverse(depth), id));
        self.entries.insert(id, Entry { key, page, depth, used: self.uses, behind: 0 });
        id
    }

    fn remove(&mut self, id: u64) {
        let Some(entry) = self.entries.remove(&id) else { return };
        self.ids.remove(&entry.key);
        self.order.remove(&(entry.used, Reverse(entry.depth), id));
        if let Some(before) = self.entries.get_mut(&entry.key.before) {
            before.behind -= 1;
        }
    }
}

#[cfg(test)]
mod tests;
