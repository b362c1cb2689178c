//! Attention of new tokens over all tokens of their sequences, page by page.

use std::cell::RefCell;
use std::sync::Arc;

use super::Chunk;
use super::workspace::{QUERIES, Queries};
use crate::arithmetic::{LANES, softmax_unscaled, vectorize};
use crate::config::Gpt2Config;
use crate::kv::{Number, Numbers, PAGE, Page, PageData};
use crate::linear::add_multiple;
use crate::parallel::{TileMut, for_each_tile};
use crate::simd::{self, Kernel};

thread_local! {
    /// Scores of the queries of a group over all tokens, kept from group to group.
    static SCORES: RefCell<[Vec<f32>; QUERIES]> = const { RefCell::new([const { Vec::new() }; QUERIES]) };
}

/// `qkv: [tokens, 3 n_embd]` to `attended: [tokens, n_embd]`. The keys and values are already in the caches. `starts` are
/// the rows at which the groups begin.
///
/// The numbers of a query are sums over the head's dimensions, or over the tokens, in their order. So they depend neither
/// on the queries beside it nor on how its sequence is cut into chunks.
pub(super) fn attend(
    config: &Gpt2Config,
    layer: usize,
    batch: &[Chunk<'_>],
    groups: &[Queries],
    starts: &[usize],
    qkv: &[f32],
    attended: &mut [f32],
) {
    let (width, dim, scale) = (config.n_embd, config.head_dim(), config.attention_scale(layer));
    for_each_tile(attended, width, starts, dim, 2, |group, head, mut out| {
        let Queries { chunk, position } = groups[group];
        let queries: [&[f32]; QUERIES] = std::array::from_fn(|i| {
            let row = starts[group] + i.min(out.rows() - 1);
            &qkv[row * 3 * width + head * dim..][..dim]
        });
        let queries = &queries[..out.rows()];
        let pages = batch[chunk].cache.pages();
        let head = Head { pages, group: layer * config.n_head + head, dim, position, scale };
        SCORES.with_borrow_mut(|scores| match pages.first().map(|page| page.data()) {
            Some(PageData::F32(_)) => head.attend::<f32>(queries, scores, &mut out),
            Some(PageData::Q8(_)) => head.attend::<i8>(queries, scores, &mut out),
            None => {}
        });
    });
}

/// What the queries of a group attend to in one head.
#[derive(Clone, Copy)]
struct Head<'a> {
    pages: &'a [Arc<Page>],
    /// Index among all heads of all layers.
    group: usize,
    /// Dimensions of a head.
    dim: usize,
    /// Where the first query is; it attends to the tokens up to this one.
    position: usize,
    scale: f32,
}

impl Head<'_> {
    fn attend<T: Stored>(self, queries: &[&[f32]], scores: &mut [Vec<f32>; QUERIES], out: &mut TileMut<'_, f32>) {
        vectorize(
            #[inline(always)]
            || match queries {
                [query] => self.rows::<T, 1, 4>(&[query], scores, out),
                [a, b] => self.rows::<T, 2, 2>(&[a, b], scores, out),
                [a, b, c] => self.rows::<T, 3, 1>(&[a, b, c], scores, out),
                [a, b, c, d, ..] => self.rows::<T, 4, 1>(&[a, b, c, d], scores, out),
                [] => {}
            },
        );
    }

    /// `R` queries at once, and with few queries `B` pages, or blocks of dimensions, at once: enough sums that none has
    /// to wait for itself.
    #[inline(always)]
    fn rows<T: Stored, const R: usize, const B: usize>(
        self,
        queries: &[&[f32]; R],
        scores: &mut [Vec<f32>; QUERIES],
        out: &mut TileMut<'_, f32>,
    ) {
        let last = self.position + R;
        for scores in &mut scores[..R] {
            // What is in them does not matter: all of it is written before it is read.
            scores.resize(last.next_multiple_of(PAGE), 0.0);
        }
        let pages = &self.pages[..last.div_ceil(PAGE)];
        let size = self.dim * PAGE;
        let keys = |page: &Arc<Page>| simd::prefetch(&T::of(page).keys[self.group * size..][..size]);
        let values = |page: &Arc<Page>| simd::prefetch(&T::of(page).values[self.group * size..][..size]);
        // A head's part of a page is too short for the processor to see a pattern: it is told what comes next.
        pages.iter().take(B).for_each(keys);
        for (index, pages) in pages.chunks(B).enumerate() {
            self.pages.iter().skip((index + 1) * B).take(B).for_each(keys);
            if let Some(pages) = pages.first_chunk::<B>() {
                self.scores::<T, R, B>(queries, pages, index * B, scores);
            } else {
                for (i, page) in pages.iter().enumerate() {
                    self.scores::<T, R, 1>(queries, std::array::from_ref(page), index * B + i, scores);
                }
            }
        }
        pages.iter().take(2).for_each(values);
        let mut totals = [0.0; R];
        for (r, total) in totals.iter_mut().enumerate() {
            *total = softmax_unscaled(&mut scores[r][..=self.position + r]);
            // What is beyond the last token is scaled too, and never read.
            for (scores, page) in scores[r].as_chunks_mut().0.iter_mut().zip(pages) {
                *scores = product(scores, self.scales(&T::of(page).value_scales), 1.0);
            }
        }
        let mut first = 0;
        while first + B * LANES <= self.dim {
            let sums = self.values::<T, R, B>(pages, first, scores);
            for (r, sums) in sums.iter().enumerate() {
                let out = out.row(r)[first..].as_chunks_mut().0.iter_mut();
                for (out, sums) in out.zip(sums) {
                    *out = product(sums, &[1.0; LANES], 1.0 / totals[r]);
                }
            }
            first += B * LANES;
        }
        for dim in first..self.dim {
            for (r, total) in totals.iter().enumerate() {
                let mut sum = 0.0f32;
                for (scores, page) in scores[r][..=self.position + r].chunks(PAGE).zip(pages) {
                    let values = &T::of(page).values[self.group * PAGE * self.dim..][..PAGE * self.dim];
                    for (&score, values) in scores.iter().zip(values.chunks_exact(self.dim)) {
                        sum = score.mul_add(values[dim].widen(), sum);
                    }
                }
                out.row(r)[dim] = sum * (1.0 / total);
            }
        }
    }

    /// Scores of all tokens of `B` neighbouring pages, the first of which is `index`.
    #[inline(always)]
    fn scores<T: Stored, const R: usize, const B: usize>(
        self,
        queries: &[&[f32]; R],
        pages: &[Arc<Page>; B],
        index: usize,
        scores: &mut [Vec<f32>; QUERIES],
    ) {
        let size = self.dim * PAGE;
        let keys = std::array::from_fn(|b| T::of(&pages[b]).keys[self.group * size..][..size].as_chunks().0);
        let sums: [[[f32; LANES]; R]; B] = T::scores(keys, queries.map(|query| &query[..self.dim]));
        for b in 0..B {
            let scales = self.scales(&T::of(&pages[b]).key_scales);
            for r in 0..R {
                let Some(scores) = scores[r][(index + b) * PAGE..].first_chunk_mut() else { continue };
                *scores = product(&sums[b][r], scales, self.scale);
            }
        }
    }

    /// Weighted sums of the values, for `B` blocks of dimensions from `first` on.
    #[inline(always)]
    fn values<T: Stored, const R: usize, const B: usize>(
        self,
        pages: &[Arc<Page>],
        first: usize,
        scores: &[Vec<f32>; QUERIES],
    ) -> [[[f32; LANES]; B]; R] {
        let mut sums = [[[0.0f32; LANES]; B]; R];
        let size = self.dim * PAGE;
        for (index, page) in pages.iter().enumerate() {
            let values = &T::of(page).values[self.group * size..][..size];
            if first == 0
                && let Some(next) = pages.get(index + 2)
            {
                simd::prefetch(&T::of(next).values[self.group * size..][..size]);
            }
            let begin = index * PAGE;
            let weights: [&[f32]; R] = std::array::from_fn(|r| &scores[r][begin..][..PAGE]);
            // Tokens that all queries attend to; only the first query ends here.
            let common = (self.position + 1).saturating_sub(begin).min(PAGE);
            T::weigh(&values[..common * self.dim], self.dim, first, weights, &mut sums);
            for r in 1..R {
                let end = (self.position + r + 1).saturating_sub(begin).min(PAGE);
                let values = &values[common * self.dim..end * self.dim];
                T::weigh(values, self.dim, first, [&weights[r][common..]], std::array::from_mut(&mut sums[r]));
            }
        }
        sums
    }

    /// The scales of the tokens of a page in this head: 1 where there are none.
    #[inline(always)]
    fn scales<'a>(&self, scales: &'a [f32]) -> &'a [f32; PAGE] {
        scales.get(self.group * PAGE..).and_then(<[f32]>::first_chunk).unwrap_or(&[1.0; PAGE])
    }
}

/// `numbers x scales x factor`
#[inline(always)]
fn product(numbers: &[f32; LANES], scales: &[f32; LANES], factor: f32) -> [f32; LANES] {
    let mut out = [0.0; LANES];
    for lane in 0..LANES {
        out[lane] = numbers[lane] * (scales[lane] * factor);
    }
    out
}

/// A format of the numbers in a page.
trait Stored: Number {
    /// The numbers of a page, which are of this format. (A model's pages are all of one format.)
    fn of(page: &Page) -> &Numbers<Self>;

    /// As [`simd::scores`].
    fn scores<const R: usize, const B: usize>(
        keys: [&[[Self; LANES]]; B],
        queries: [&[f32]; R],
    ) -> [[[f32; LANES]; R]; B];

    /// As [`simd::weigh`].
    fn weigh<const R: usize, const B: usize>(
        values: &[Self],
        dimensions: usize,
        first: usize,
        weights: [&[f32]; R],
        sums: &mut [[[f32; LANES]; B]; R],
    );
}

/// What stands for a page of the other format, which there is none of.
static NO_F32: Numbers<f32> = Numbers::EMPTY;
static NO_Q8: Numbers<i8> = Numbers::EMPTY;

impl Stored for i8 {
    #[inline(always)]
    fn of(page: &Page) -> &Numbers<Self> {
        match page.data() {
            PageData::Q8(numbers) => numbers,
            PageData::F32(_) => &NO_Q8,
        }
    }

    #[inline(always)]
    fn scores<const R: usize, const B: usize>(
        keys: [&[[Self; LANES]]; B],
        queries: [&[f32]; R],
    ) -> [[[f32; LANES]; R]; B] {
        simd::scores(Kernel::best(), keys, queries)
    }

    #[inline(always)]
    fn weigh<const R: usize, const B: usize>(
        values: &[Self],
        dimensions: usize,
        first: usize,
        weights: [&[f32]; R],
        sums: &mut [[[f32; LANES]; B]; R],
    ) {
        simd::weigh(Kernel::best(), values, dimensions, first, weights, sums);
    }
}

/// The reference, which is not in a hurry.
impl Stored for f32 {
    #[inline(always)]
    fn of(page: &Page) -> &Numbers<Self> {
        match page.data() {
            PageData::F32(numbers) => numbers,
            PageData::Q8(_) => &NO_F32,
        }
    }

    #[inline(always)]
    fn scores<const R: usize, const B: usize>(
        keys: [&[[Self; LANES]]; B],
        queries: [&[f32]; R],
    ) -> [[[f32; LANES]; R]; B] {
        let mut sums = [[[0.0f32; LANES]; R]; B];
        for (sums, keys) in sums.iter_mut().zip(keys) {
            for (sums, query) in sums.iter_mut().zip(queries) {
                for (keys, &q) in keys.iter().zip(query) {
                    *sums = add_multiple(*sums, q, keys);
                }
            }
        }
        sums
    }

    #[inline(always)]
    fn weigh<const R: usize, const B: usize>(
        values: &[Self],
        dimensions: usize,
        first: usize,
        weights: [&[f32]; R],
        sums: &mut [[[f32; LANES]; B]; R],
    ) {
        for (sums, weights) in sums.iter_mut().zip(weights) {
            for (values, &weight) in values.chunks_exact(dimensions).zip(weights) {
                for (sum, &value) in sums.as_flattened_mut().iter_mut().zip(&values[first..]) {
                    *sum = weight.mul_add(value, *sum);
                }
            }
        }
    }
}
