//! Pages of keys and values, and the pool they come from.

mod rounded;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{KvFormat, KvShape, PAGE};
pub(crate) use rounded::{Part, Rounded};

/// Spare pages that a pool keeps at most; more are given back to the system.
const SPARE: usize = 256;

/// Keys and values of [`PAGE`] tokens in all layers.
#[derive(Debug)]
pub(crate) struct Page {
    data: PageData,
    pool: Arc<Pages>,
}

/// The numbers of a page.
#[derive(Debug, Clone)]
pub(crate) enum PageData {
    F32(Plain),
    Q8(Rounded),
}

/// Numbers as they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plain {
    /// `[layers, heads, head_dim, PAGE]`: the tokens side by side, as scores are computed for many at once.
    pub(crate) keys: Vec<f32>,
    /// `[layers, heads, PAGE, head_dim]`
    pub(crate) values: Vec<f32>,
}

impl Plain {
    fn new(shape: KvShape) -> Self {
        let numbers = || vec![0.0; shape.groups() * PAGE * shape.head_dim];
        Self { keys: numbers(), values: numbers() }
    }

    fn write(&mut self, shape: KvShape, layer: usize, token: usize, key: &[f32], value: &[f32]) {
        let dim = shape.head_dim;
        for (head, (key, value)) in key.chunks_exact(dim).zip(value.chunks_exact(dim)).enumerate() {
            let group = layer * shape.heads + head;
            let column = self.keys[group * dim * PAGE..][..dim * PAGE].chunks_exact_mut(PAGE);
            for (to, &x) in column.zip(key) {
                to[token] = x;
            }
            self.values[(group * PAGE + token) * dim..][..dim].copy_from_slice(value);
        }
    }
}

impl PageData {
    fn new(shape: KvShape) -> Self {
        match shape.format {
            KvFormat::F32 => Self::F32(Plain::new(shape)),
            KvFormat::Q8 => Self::Q8(Rounded::new(shape)),
        }
    }
}

impl Page {
    pub(crate) fn data(&self) -> &PageData {
        &self.data
    }

    pub(crate) fn data_mut(&mut self) -> &mut PageData {
        &mut self.data
    }

    pub(super) fn write(&mut self, shape: KvShape, layer: usize, token: usize, key: &[f32], value: &[f32]) {
        match &mut self.data {
            PageData::F32(numbers) => numbers.write(shape, layer, token, key, value),
            PageData::Q8(numbers) => numbers.write(shape, layer, token, key, value),
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.pool.held.fetch_sub(1, Ordering::Relaxed);
        let mut spare = self.pool.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE {
            spare.push(std::mem::replace(&mut self.data, PageData::F32(Plain::default())));
        }
    }
}

/// Where the pages of a model come from, and where they go when nobody holds them.
#[derive(Debug)]
pub(crate) struct Pages {
    shape: KvShape,
    spare: Mutex<Vec<PageData>>,
    held: AtomicUsize,
}

impl Pages {
    pub(crate) fn new(shape: KvShape) -> Arc<Self> {
        Arc::new(Self { shape, spare: Mutex::default(), held: AtomicUsize::new(0) })
    }

    pub(crate) fn shape(&self) -> KvShape {
        self.shape
    }

    /// Number of pages that somebody holds.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Number of pages that wait for somebody.
    #[cfg(test)]
    pub(crate) fn spare(&self) -> usize {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// A page whose numbers mean nothing yet.
    pub(crate) fn take(pool: &Arc<Self>) -> Page {
        pool.held.fetch_add(1, Ordering::Relaxed);
        let spare = pool.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let data = spare.unwrap_or_else(|| PageData::new(pool.shape));
        Page { data, pool: Arc::clone(pool) }
    }

    /// A page with the same numbers.
    pub(crate) fn copy(pool: &Arc<Self>, page: &Page) -> Page {
        let mut copy = Self::take(pool);
        match (&mut copy.data, page.data()) {
            (PageData::F32(to), PageData::F32(from)) => {
                to.keys.copy_from_slice(&from.keys);
                to.values.copy_from_slice(&from.values);
            }
            (PageData::Q8(to), PageData::Q8(from)) => to.copy_from(from),
            (to, from) => *to = from.clone(),
        }
        copy
    }
}
