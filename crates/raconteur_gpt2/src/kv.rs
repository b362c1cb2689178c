//! The key/value cache of one sequence.

use crate::config::Gpt2Config;

/// Keys and values of the tokens a sequence has seen, so that each token is computed once.
///
/// All memory is taken when it is made; it can be rolled back and copied, so that several texts go on from one prompt.
#[derive(Debug)]
pub struct KvCache {
    pub(crate) shape: KvShape,
    pub(crate) capacity: usize,
    len: usize,
    /// `[layers, heads, head_dim, capacity]`: the tokens side by side, as scores are computed for many at once.
    keys: Vec<f32>,
    /// `[layers, heads, capacity, head_dim]`
    values: Vec<f32>,
}

/// What a cache has to have in common with the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KvShape {
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    pub(crate) head_dim: usize,
}

impl KvShape {
    pub(crate) fn of(config: &Gpt2Config) -> Self {
        Self { layers: config.n_layer, heads: config.n_head, head_dim: config.head_dim() }
    }

    /// Numbers of a token in each of the two buffers.
    fn width(self) -> usize {
        self.layers * self.heads * self.head_dim
    }
}

impl KvCache {
    pub(crate) fn new(shape: KvShape, capacity: usize) -> Self {
        let size = shape.width() * capacity;
        Self { shape, capacity, len: 0, keys: vec![0.0; size], values: vec![0.0; size] }
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

    /// Bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        (size_of_val(&self.keys[..]) + size_of_val(&self.values[..])) as u64
    }

    /// Forgets all tokens but the first `len`; does nothing when it holds fewer.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// A cache with the same tokens and capacity.
    #[must_use]
    pub fn fork(&self) -> Self {
        self.fork_with_capacity(self.capacity)
    }

    /// A cache with the same tokens and room for `capacity` of them, at least as many as it holds.
    #[must_use]
    pub fn fork_with_capacity(&self, capacity: usize) -> Self {
        let mut copy = Self::new(self.shape, capacity.max(self.len));
        copy.len = self.len;
        if self.len > 0 {
            let rows = self.keys.chunks_exact(self.capacity).zip(copy.keys.chunks_exact_mut(copy.capacity));
            for (from, to) in rows {
                to[..self.len].copy_from_slice(&from[..self.len]);
            }
            let dim = self.shape.head_dim;
            let heads =
                self.values.chunks_exact(self.capacity * dim).zip(copy.values.chunks_exact_mut(copy.capacity * dim));
            for (from, to) in heads {
                to[..self.len * dim].copy_from_slice(&from[..self.len * dim]);
            }
        }
        copy
    }

    /// Writes keys and values of one token in one layer. `key`, `value`: `[heads, head_dim]`
    pub(crate) fn write(&mut self, layer: usize, position: usize, key: &[f32], value: &[f32]) {
        let KvShape { heads, head_dim, .. } = self.shape;
        let first = layer * heads * head_dim * self.capacity;
        let keys = &mut self.keys[first..][..heads * head_dim * self.capacity];
        for (row, &key) in keys.chunks_exact_mut(self.capacity).zip(key) {
            row[position] = key;
        }
        let values = &mut self.values[first..][..heads * head_dim * self.capacity];
        for (head, value) in values.chunks_exact_mut(self.capacity * head_dim).zip(value.chunks_exact(head_dim)) {
            head[position * head_dim..][..head_dim].copy_from_slice(value);
        }
    }

    /// Keys and values of a head: `[head_dim, capacity]` and `[capacity, head_dim]`.
    pub(crate) fn head(&self, layer: usize, head: usize) -> (&[f32], &[f32]) {
        let size = self.shape.head_dim * self.capacity;
        let first = (layer * self.shape.heads + head) * size;
        (&self.keys[first..][..size], &self.values[first..][..size])
    }

    /// Counts the tokens that every layer has written.
    pub(crate) fn advance(&mut self, tokens: usize) {
        self.len += tokens;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_holds_the_same_tokens_and_goes_its_own_way() {
        let shape = KvShape { layers: 2, heads: 3, head_dim: 4 };
        let mut cache = KvCache::new(shape, 8);
        for position in 0..5 {
            for layer in 0..2 {
                let row = |sign: f32| -> Vec<f32> {
                    (0..12).map(|i| sign * (position * 100 + layer * 50 + i) as f32).collect()
                };
                cache.write(layer, position, &row(1.0), &row(-1.0));
            }
        }
        cache.advance(5);
        let mut fork = cache.fork_with_capacity(6);
        for layer in 0..2 {
            for head in 0..3 {
                let ((keys, values), (fork_keys, fork_values)) = (cache.head(layer, head), fork.head(layer, head));
                for position in 0..5 {
                    for dim in 0..4 {
                        let want = (position * 100 + layer * 50 + head * 4 + dim) as f32;
                        assert_eq!(keys[dim * 8 + position], want);
                        assert_eq!(fork_keys[dim * 6 + position], want);
                        assert_eq!(values[position * 4 + dim], -want);
                        assert_eq!(fork_values[position * 4 + dim], -want);
                    }
                }
            }
        }
        fork.truncate(2);
        fork.truncate(4);
        assert_eq!((fork.len(), cache.len(), fork.capacity()), (2, 5, 6));
    }
}
