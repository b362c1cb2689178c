//! Pages of keys and values, and the pool they come from.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{KvFormat, KvShape, PAGE};
use crate::arithmetic::LANES;

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
    F32(Numbers<f32>),
    Q8(Numbers<i8>),
}

/// Numbers of one format. Scales are empty where there are none.
#[derive(Debug, Clone)]
pub(crate) struct Numbers<T> {
    /// `[layers, heads, head_dim, PAGE]`: the tokens side by side, as scores are computed for many at once.
    pub(crate) keys: Vec<T>,
    /// `[layers, heads, PAGE, head_dim]`
    pub(crate) values: Vec<T>,
    /// `[layers, heads, PAGE]`
    pub(crate) key_scales: Vec<f32>,
    /// `[layers, heads, PAGE]`
    pub(crate) value_scales: Vec<f32>,
}

/// How a number is held in a page.
pub(crate) trait Number: Copy + Default + Send + Sync {
    /// Whether numbers have scales.
    const SCALED: bool;
    /// Without its scale.
    fn widen(self) -> f32;
    /// The nearest one, of a number that was divided by its scale.
    fn narrow(x: f32) -> Self;
}

impl Number for f32 {
    const SCALED: bool = false;
    #[inline(always)]
    fn widen(self) -> f32 {
        self
    }
    #[inline(always)]
    fn narrow(x: f32) -> Self {
        x
    }
}

impl Number for i8 {
    const SCALED: bool = true;
    #[inline(always)]
    fn widen(self) -> f32 {
        f32::from(self)
    }
    #[inline(always)]
    fn narrow(x: f32) -> Self {
        // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer.
        ((x + 12_582_912.0) - 12_582_912.0) as Self
    }
}

impl<T> Numbers<T> {
    /// Of no page.
    pub(crate) const EMPTY: Self =
        Self { keys: Vec::new(), values: Vec::new(), key_scales: Vec::new(), value_scales: Vec::new() };
}

impl<T: Number> Numbers<T> {
    fn new(shape: KvShape) -> Self {
        let rows = shape.layers * shape.heads * PAGE;
        let scales = if T::SCALED { rows } else { 0 };
        let numbers = || vec![T::default(); rows * shape.head_dim];
        Self { keys: numbers(), values: numbers(), key_scales: vec![0.0; scales], value_scales: vec![0.0; scales] }
    }

    fn copy_from(&mut self, other: &Self) {
        self.keys.copy_from_slice(&other.keys);
        self.values.copy_from_slice(&other.values);
        self.key_scales.copy_from_slice(&other.key_scales);
        self.value_scales.copy_from_slice(&other.value_scales);
    }

    fn write(&mut self, shape: KvShape, layer: usize, token: usize, key: &[f32], value: &[f32]) {
        let dim = shape.head_dim;
        for (head, (key, value)) in key.chunks_exact(dim).zip(value.chunks_exact(dim)).enumerate() {
            let group = layer * shape.heads + head;
            let (key_scale, value_scale) = (scale::<T>(key), scale::<T>(value));
            if T::SCALED {
                self.key_scales[group * PAGE + token] = key_scale;
                self.value_scales[group * PAGE + token] = value_scale;
            }
            let (key_inverse, value_inverse) = (inverse(key_scale), inverse(value_scale));
            let column = self.keys[group * dim * PAGE..][..dim * PAGE].chunks_exact_mut(PAGE);
            for (to, &x) in column.zip(key) {
                to[token] = T::narrow(x * key_inverse);
            }
            let row = &mut self.values[(group * PAGE + token) * dim..][..dim];
            for (to, &x) in row.iter_mut().zip(value) {
                *to = T::narrow(x * value_inverse);
            }
        }
    }
}

/// The scale of the numbers of a token in a head; NaN when one of them is not finite, so that it stays visible.
fn scale<T: Number>(row: &[f32]) -> f32 {
    if !T::SCALED {
        return 1.0;
    }
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut largest = [0.0f32; LANES];
    let mut poison = [0.0f32; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            largest[lane] = if chunk[lane].abs() > largest[lane] { chunk[lane].abs() } else { largest[lane] };
            poison[lane] += chunk[lane] * 0.0;
        }
    }
    for (lane, x) in rest.iter().enumerate() {
        largest[lane] = if x.abs() > largest[lane] { x.abs() } else { largest[lane] };
        poison[lane] += x * 0.0;
    }
    largest.iter().fold(0.0f32, |max, &x| max.max(x)) / 127.0 + poison.iter().sum::<f32>()
}

fn inverse(scale: f32) -> f32 {
    if scale > f32::MIN_POSITIVE { 1.0 / scale } else { 0.0 }
}

impl PageData {
    /// What is left of a page whose numbers went back to the pool.
    const EMPTY: Self = Self::F32(Numbers::EMPTY);

    fn new(shape: KvShape) -> Self {
        match shape.format {
            KvFormat::F32 => Self::F32(Numbers::new(shape)),
            KvFormat::Q8 => Self::Q8(Numbers::new(shape)),
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
            spare.push(std::mem::replace(&mut self.data, PageData::EMPTY));
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
            (PageData::F32(to), PageData::F32(from)) => to.copy_from(from),
            (PageData::Q8(to), PageData::Q8(from)) => to.copy_from(from),
            (to, from) => *to = from.clone(),
        }
        copy
    }
}
