//! Keys and values in 8 bits, as the integer kernels read them.

use bytemuck::{Pod, Zeroable};

use super::super::{KvShape, PAGE};
use crate::arithmetic::{LANES, vectorize};
use crate::quantize::Quads;

/// Neighbouring numbers that an instruction multiplies and adds up.
const QUAD: usize = 4;

/// A [`Quads`] that begins where a line of the cache begins.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line(Quads);

/// Numbers of a page in 8 bits, with 128 added, and a scale for those of a token in a head.
///
/// What one head needs lies together: it is read from memory that no cache holds.
#[derive(Debug, Clone)]
pub(crate) struct Rounded {
    /// For each layer and head its keys, `[dimensions / 4][PAGE tokens][4]`, then its values,
    /// `[dimensions / LANES][PAGE / 4][LANES][4 tokens]`. Dimensions are rounded up to [`LANES`]; what is in those beyond
    /// the head does not matter.
    lines: Vec<Line>,
    /// For each layer and head the scales of its keys, then those of its values.
    scales: Vec<[f32; PAGE]>,
}

/// Keys, or values, of a page in a head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) quads: &'a [Quads],
    /// Of the tokens.
    pub(crate) scales: &'a [f32; PAGE],
}

impl Rounded {
    pub(super) fn new(shape: KvShape) -> Self {
        let lines = vec![Line::zeroed(); shape.groups() * 2 * shape.lines()];
        Self { lines, scales: vec![[0.0; PAGE]; shape.groups() * 2] }
    }

    pub(super) fn copy_from(&mut self, other: &Self) {
        self.lines.copy_from_slice(&other.lines);
        self.scales.copy_from_slice(&other.scales);
    }

    /// Keys of a head: `group` counts the heads of all layers, `lines` are [`KvShape::lines`].
    #[inline(always)]
    pub(crate) fn keys(&self, group: usize, lines: usize) -> Part<'_> {
        self.part(2 * group, lines)
    }

    /// Values of a head, as [`keys`](Self::keys).
    #[inline(always)]
    pub(crate) fn values(&self, group: usize, lines: usize) -> Part<'_> {
        self.part(2 * group + 1, lines)
    }

    #[inline(always)]
    fn part(&self, part: usize, lines: usize) -> Part<'_> {
        let quads: &[Quads] = bytemuck::cast_slice(&self.lines[part * lines..][..lines]);
        Part { quads, scales: &self.scales[part] }
    }

    /// All bytes and all scales, for a snapshot.
    pub(crate) fn raw(&self) -> (&[u8], &[f32]) {
        (bytemuck::cast_slice(&self.lines), self.scales.as_flattened())
    }

    /// The same, to be written.
    pub(crate) fn raw_mut(&mut self) -> (&mut [u8], &mut [f32]) {
        (bytemuck::cast_slice_mut(&mut self.lines), self.scales.as_flattened_mut())
    }

    pub(super) fn write(&mut self, shape: KvShape, layer: usize, token: usize, key: &[f32], value: &[f32]) {
        let (dim, size) = (shape.head_dim, shape.lines());
        let first = layer * shape.heads;
        let lines = self.lines[first * 2 * size..][..shape.heads * 2 * size].chunks_exact_mut(2 * size);
        let scales = self.scales[first * 2..][..shape.heads * 2].as_chunks_mut::<2>().0.iter_mut();
        let rows = key.chunks_exact(dim).zip(value.chunks_exact(dim));
        vectorize(
            #[inline(always)]
            || {
                for ((lines, [key_scales, value_scales]), (key, value)) in lines.zip(scales).zip(rows) {
                    let (keys, values) = lines.split_at_mut(size);
                    key_scales[token] = round(key, |chunk, bytes| {
                        for (Line(line), quad) in keys[chunk * QUAD..].iter_mut().zip(bytes.as_chunks::<QUAD>().0) {
                            line[token * QUAD..][..QUAD].copy_from_slice(quad);
                        }
                    });
                    value_scales[token] = round(value, |chunk, bytes| {
                        let Line(line) = &mut values[chunk * QUAD + token / QUAD];
                        for (quad, &byte) in line.as_chunks_mut::<QUAD>().0.iter_mut().zip(bytes) {
                            quad[token % QUAD] = byte;
                        }
                    });
                }
            },
        );
    }
}

/// Rounds the numbers of a token in a head, hands them on in chunks and returns their scale: NaN when one of them is not
/// finite, so that it stays visible.
#[inline(always)]
fn round(row: &[f32], mut put: impl FnMut(usize, &[u8; LANES])) -> f32 {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut last = [0.0; LANES];
    last[..rest.len()].copy_from_slice(rest);
    let (mut largest, mut poison) = ([0.0f32; LANES], [0.0f32; LANES]);
    for chunk in chunks.iter().chain([&last]) {
        for lane in 0..LANES {
            largest[lane] = if chunk[lane].abs() > largest[lane] { chunk[lane].abs() } else { largest[lane] };
            poison[lane] += chunk[lane] * 0.0;
        }
    }
    let largest = largest.iter().fold(0.0f32, |max, &x| if x > max { x } else { max });
    let scale = largest / 127.0 + poison.iter().sum::<f32>();
    let inverse = if scale > f32::MIN_POSITIVE { 1.0 / scale } else { 0.0 };
    // Adding 1.5 * 2^23 rounds to the nearest integer, which is then in the low bits; a changed sign bit adds 128.
    let narrow = |x: f32| (x * inverse + 12_582_912.0).to_bits() as u8 ^ 128;
    for (at, chunk) in chunks.iter().enumerate() {
        put(at, &chunk.map(narrow));
    }
    if !rest.is_empty() {
        put(chunks.len(), &last.map(narrow));
    }
    scale
}
