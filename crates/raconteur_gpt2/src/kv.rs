//! Keys and values of the tokens that sequences have seen, in pages that sequences share.
//!
//! A page holds [`PAGE`] tokens of all layers. Sequences that begin alike hold the same pages: forking copies nothing,
//! and a page is copied when one of its holders writes into it while others still hold it. Pages that nobody holds any
//! more are kept for the next sequence, so that decoding takes no memory from the system.

mod page;

use std::sync::Arc;

use crate::arithmetic::LANES;
use crate::config::Gpt2Config;
use crate::lora::Adapter;
use crate::quantize::Quads;
pub(crate) use page::{Page, PageData, Pages, Part, Plain, Rounded};

/// Tokens of a page.
pub const PAGE: usize = LANES;

/// How keys and values are held in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KvFormat {
    /// f32: the reference, for models whose weights are f32.
    F32,
    /// 8 bits, and a scale for the numbers of a token in a head: 1.06 bytes a number with heads of 64.
    Q8,
}

/// Keys and values of one sequence, so that each token is computed once.
#[derive(Debug)]
pub struct KvCache {
    pool: Arc<Pages>,
    /// Under which all its tokens are read.
    adapter: Option<Arc<Adapter>>,
    capacity: usize,
    len: usize,
    /// Of the tokens in their order. The last one may have room.
    pages: Vec<Arc<Page>>,
}

/// What a cache has to have in common with the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KvShape {
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    pub(crate) head_dim: usize,
    pub(crate) format: KvFormat,
}

impl KvShape {
    pub(crate) fn new(config: &Gpt2Config, format: KvFormat) -> Self {
        Self { layers: config.n_layer, heads: config.n_head, head_dim: config.head_dim(), format }
    }

    /// Number of heads of all layers.
    pub(crate) fn groups(self) -> usize {
        self.layers * self.heads
    }

    /// Dimensions of a head as far as 8-bit pages hold them.
    pub(crate) fn padded_dim(self) -> usize {
        self.head_dim.next_multiple_of(LANES)
    }

    /// Number of [`Quads`](crate::quantize::Quads) of the keys, and as many of the values, of an 8-bit page in a head.
    pub(crate) fn lines(self) -> usize {
        self.padded_dim() * PAGE / size_of::<Quads>()
    }

    /// Bytes of a page.
    pub(crate) fn page_bytes(self) -> u64 {
        let rows = 2 * self.groups() * PAGE;
        let bytes = match self.format {
            KvFormat::F32 => rows * self.head_dim * 4,
            KvFormat::Q8 => rows * (self.padded_dim() + 4),
        };
        bytes as u64
    }
}

impl KvCache {
    pub(crate) fn new(pool: Arc<Pages>, capacity: usize, adapter: Option<Arc<Adapter>>) -> Self {
        Self { pool, adapter, capacity, len: 0, pages: Vec::with_capacity(capacity.div_ceil(PAGE)) }
    }

    /// The adapter under which all its tokens are read, if any.
    #[must_use]
    pub fn adapter(&self) -> Option<&Arc<Adapter>> {
        self.adapter.as_ref()
    }

    /// Number of tokens it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Most tokens it can hold.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Bytes of its pages, whoever else holds them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.pages.len() as u64 * self.pool.shape().page_bytes()
    }

    /// Forgets all tokens but the first `len`; does nothing when it holds fewer.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.pages.truncate(self.len.div_ceil(PAGE));
    }

    /// A cache with the same tokens and capacity, which shares their pages.
    #[must_use]
    pub fn fork(&self) -> Self {
        self.fork_with_capacity(self.capacity)
    }

    /// A cache with the same tokens and room for `capacity` of them, at least as many as it holds.
    #[must_use]
    pub fn fork_with_capacity(&self, capacity: usize) -> Self {
        let mut fork = Self::new(Arc::clone(&self.pool), capacity.max(self.len), self.adapter.clone());
        fork.len = self.len;
        fork.pages.extend_from_slice(&self.pages);
        fork
    }

    pub(crate) fn shape(&self) -> KvShape {
        self.pool.shape()
    }

    /// Where its pages come from.
    pub(crate) fn pool(&self) -> &Arc<Pages> {
        &self.pool
    }

    /// The pages that are full, in their order.
    pub(crate) fn full_pages(&self) -> &[Arc<Page>] {
        &self.pages[..self.len / PAGE]
    }

    /// Takes over full pages that stand for the first tokens of an empty cache. Those beyond its capacity are left out.
    pub(crate) fn adopt(&mut self, pages: &[Arc<Page>]) {
        debug_assert!(self.is_empty(), "only an empty cache can take over pages");
        let fitting = pages.len().min(self.capacity / PAGE);
        self.pages.clear();
        self.pages.extend_from_slice(&pages[..fitting]);
        self.len = fitting * PAGE;
    }

    /// Makes room for `tokens` more: pages that are this cache's alone, for [`write`](Self::write).
    pub(crate) fn reserve(&mut self, tokens: usize) {
        if tokens == 0 {
            return;
        }
        if let Some(last) = self.pages.get_mut(self.len / PAGE)
            && Arc::get_mut(last).is_none()
        {
            *last = Arc::new(Pages::copy(&self.pool, last));
        }
        while self.pages.len() < (self.len + tokens).div_ceil(PAGE) {
            self.pages.push(Arc::new(Pages::take(&self.pool)));
        }
    }

    /// Writes keys and values of one token in one layer, for which room was reserved. `key`, `value`:
    /// `[heads, head_dim]`
    pub(crate) fn write(&mut self, layer: usize, position: usize, key: &[f32], value: &[f32]) {
        let shape = self.shape();
        let page = self.pages.get_mut(position / PAGE).and_then(Arc::get_mut);
        debug_assert!(page.is_some(), "no room was reserved for position {position}");
        if let Some(page) = page {
            page.write(shape, layer, position % PAGE, key, value);
        }
    }

    pub(crate) fn pages(&self) -> &[Arc<Page>] {
        &self.pages
    }

    /// Counts the tokens that every layer has written.
    pub(crate) fn advance(&mut self, tokens: usize) {
        self.len += tokens;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(format: KvFormat) -> KvShape {
        KvShape { layers: 2, heads: 3, head_dim: 4, format }
    }

    /// Appends tokens whose numbers are functions of `sign`, their position and their place.
    fn append(cache: &mut KvCache, tokens: usize, sign: f32) {
        cache.reserve(tokens);
        for position in cache.len()..cache.len() + tokens {
            for layer in 0..2 {
                let row = |sign: f32| -> Vec<f32> {
                    (0..12).map(|i| sign * (position * 100 + layer * 50 + i) as f32).collect()
                };
                cache.write(layer, position, &row(sign), &row(-sign));
            }
        }
        cache.advance(tokens);
    }

    /// A key and the value at a place, as a kernel reads them.
    fn read(cache: &KvCache, layer: usize, head: usize, position: usize, dim: usize) -> (f32, f32) {
        let (group, token) = (layer * 3 + head, position % PAGE);
        match cache.pages[position / PAGE].data() {
            PageData::F32(numbers) => {
                (numbers.keys[(group * 4 + dim) * PAGE + token], numbers.values[(group * PAGE + token) * 4 + dim])
            }
            PageData::Q8(numbers) => {
                let number = |byte: u8, scale: f32| (f32::from(byte) - 128.0) * scale;
                let (keys, values) = (numbers.keys(group, 4), numbers.values(group, 4));
                let key = keys.quads[dim / 4][4 * token + dim % 4];
                let value = values.quads[token / 4][4 * dim + token % 4];
                (number(key, keys.scales[token]), number(value, values.scales[token]))
            }
        }
    }

    #[test]
    fn a_fork_shares_pages_and_goes_its_own_way() {
        let pool = Pages::new(shape(KvFormat::F32));
        let mut cache = KvCache::new(Arc::clone(&pool), 100, None);
        append(&mut cache, 20, 1.0);
        let mut fork = cache.fork_with_capacity(64);
        assert!(Arc::ptr_eq(&cache.pages[1], &fork.pages[1]));
        append(&mut fork, 2, 3.0);
        append(&mut cache, 15, 1.0);
        assert!(Arc::ptr_eq(&cache.pages[0], &fork.pages[0]), "a full page is never copied");
        for position in 0..35 {
            let want = (position * 100 + 50 + 4 + 3) as f32;
            assert_eq!(read(&cache, 1, 1, position, 3), (want, -want));
            if position < 22 {
                let sign = if position < 20 { 1.0 } else { 3.0 };
                assert_eq!(read(&fork, 1, 1, position, 3), (sign * want, -sign * want));
            }
        }
        fork.truncate(2);
        fork.truncate(4);
        assert_eq!((fork.len(), cache.len(), fork.capacity()), (2, 35, 64));
    }

    #[test]
    fn eight_bits_are_close() {
        let pool = Pages::new(shape(KvFormat::Q8));
        let mut cache = KvCache::new(pool, 100, None);
        append(&mut cache, 40, 1.0);
        for position in 0..40 {
            let want = (position * 100 + 50 + 4 + 3) as f32;
            let (key, value) = read(&cache, 1, 1, position, 3);
            assert!((key - want).abs() <= want / 250.0 && (value + want).abs() <= want / 250.0);
        }
    }

    #[test]
    fn what_is_not_finite_stays_visible() {
        let mut cache = KvCache::new(Pages::new(shape(KvFormat::Q8)), 100, None);
        cache.reserve(1);
        let mut key = [1.0; 12];
        key[5] = f32::NAN;
        cache.write(0, 0, &key, &[f32::INFINITY; 12]);
        cache.advance(1);
        let (key, value) = read(&cache, 0, 1, 0, 1);
        assert!(key.is_nan() && value.is_nan());
        assert!(read(&cache, 0, 0, 0, 1).0 == 1.0);
    }

    #[test]
    fn pages_are_used_again() {
        let pool = Pages::new(shape(KvFormat::Q8));
        let mut cache = KvCache::new(Arc::clone(&pool), 100, None);
        append(&mut cache, 50, 1.0);
        assert_eq!((pool.held(), pool.spare()), (4, 0));
        drop(cache.fork());
        drop(cache);
        assert_eq!((pool.held(), pool.spare()), (0, 4));
        let mut cache = KvCache::new(Arc::clone(&pool), 100, None);
        append(&mut cache, 20, 1.0);
        assert_eq!((pool.held(), pool.spare()), (2, 2));
    }
}
