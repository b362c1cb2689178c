//! Keys and values in 8 bits. They meet queries, and weights of the tokens of a page, that were rounded to 8 bits too,
//! each with a scale: products are added up as integers, by the same instructions as those of the matrices.

use std::array::from_fn;
use std::sync::Arc;

use super::{Format, Head};
use crate::arithmetic::{LANES, softmax_unscaled};
use crate::kv::{PAGE, Page, PageData};
use crate::linear::round_row;
use crate::parallel::TileMut;
use crate::simd::{self, Factor, Kernel, PAGE_QUADS};

/// Pages that are asked for before they are needed: a head's part of a page is too short for the processor to see a
/// pattern.
const AHEAD: usize = 3;

pub(super) struct Rounded;

/// Queries and weights in 8 bits.
pub(super) struct Scratch {
    /// The numbers of a query, up to whole blocks.
    query: Vec<[f32; LANES]>,
    /// `[quads of dimensions][R]`
    queries: Vec<i32>,
    /// `[pages][quads of tokens][R]`
    weights: Vec<i32>,
    /// `[pages][R]`
    factors: Vec<Factor>,
}

impl Scratch {
    pub(super) const fn new() -> Self {
        Self { query: Vec::new(), queries: Vec::new(), weights: Vec::new(), factors: Vec::new() }
    }
}

impl Format for Rounded {
    #[inline(always)]
    fn attend<const R: usize, const B: usize>(
        head: Head<'_>,
        queries: &[&[f32]; R],
        scratch: &mut super::Scratch,
        out: &mut TileMut<'_, f32>,
    ) {
        let super::Scratch { scores, rounded } = scratch;
        let Some(scores) = scores.first_chunk_mut::<R>() else { return };
        let pages = &head.pages[..(head.position + R).div_ceil(PAGE)];
        head.score(pages, queries, scores, rounded);
        let totals = head.weights(pages, scores, rounded);

        let x = rounded.weights.as_chunks::<R>().0.as_chunks::<PAGE_QUADS>().0;
        let factors = rounded.factors.as_chunks::<R>().0;
        let blocks = head.dim.div_ceil(LANES);
        let mut first = 0;
        while first < blocks {
            if first + B <= blocks {
                let sums = simd::weigh::<R, B>(Kernel::best(), head.values(pages, first), x, factors);
                finish(&sums, &totals, first, out);
                first += B;
            } else {
                let sums = simd::weigh::<R, 1>(Kernel::best(), head.values(pages, first), x, factors);
                finish(&sums, &totals, first, out);
                first += 1;
            }
        }
    }
}

impl<'a> Head<'a> {
    /// Scores of all tokens of the pages. What is in those beyond the query does not matter.
    #[inline(always)]
    fn score<const R: usize>(
        &self,
        pages: &'a [Arc<Page>],
        queries: &[&[f32]; R],
        scores: &mut [Vec<f32>; R],
        scratch: &mut Scratch,
    ) {
        let Scratch { query: buffer, queries: x, .. } = scratch;
        buffer.resize(self.dim.div_ceil(LANES), [0.0; LANES]);
        x.resize(buffer.len() * LANES / 4 * R, 0);
        let factors = from_fn(|r| {
            let (whole, rest) = queries[r].as_chunks();
            buffer[..whole.len()].copy_from_slice(whole);
            if let Some(last) = buffer.get_mut(whole.len()) {
                last[..rest.len()].copy_from_slice(rest);
                last[rest.len()..].fill(0.0);
            }
            let factor = round_row(buffer, |quad, numbers| x[quad * R + r] = numbers);
            Factor { scale: factor.scale * self.scale, ..factor }
        });
        let out = scores.each_mut().map(|scores| {
            // What is in them does not matter: all of it is written before it is read.
            scores.resize(pages.len() * PAGE, 0.0);
            scores.as_chunks_mut().0
        });
        let keys = |page: &'a Page| numbers(page).keys(self.group, self.lines);
        pages.iter().take(AHEAD).for_each(|page| simd::prefetch(keys(page).quads));
        let keys = |page: usize| {
            if let Some(next) = pages.get(page + AHEAD) {
                simd::prefetch(keys(next).quads);
            }
            keys(&pages[page])
        };
        simd::scores::<R>(Kernel::best(), keys, x.as_chunks().0, &factors, out);
    }

    /// Turns scores into the weights of the tokens, and returns the sums by which they have to be divided.
    #[inline(always)]
    fn weights<const R: usize>(
        &self,
        pages: &'a [Arc<Page>],
        scores: &mut [Vec<f32>; R],
        scratch: &mut Scratch,
    ) -> [f32; R] {
        let Scratch { weights: x, factors, .. } = scratch;
        x.resize(pages.len() * PAGE_QUADS * R, 0);
        factors.resize(pages.len() * R, Factor::default());
        pages.iter().take(AHEAD).for_each(|page| simd::prefetch(numbers(page).values(self.group, self.lines).quads));
        from_fn(|r| {
            let scores = &mut scores[r];
            let end = self.position + r + 1;
            let total = softmax_unscaled(&mut scores[..end]);
            for (page, scores) in scores.as_chunks_mut::<PAGE>().0.iter_mut().enumerate() {
                let scales = numbers(&pages[page]).values(self.group, self.lines).scales;
                for token in 0..PAGE {
                    scores[token] *= scales[token];
                }
                // Beyond the query a page holds whatever it held before.
                if let Some(beyond) = scores.get_mut(end.saturating_sub(page * PAGE)..) {
                    beyond.fill(0.0);
                }
                let x = &mut x[page * PAGE_QUADS * R..][..PAGE_QUADS * R];
                factors[page * R + r] =
                    round_row(std::slice::from_ref(scores), |quad, numbers| x[quad * R + r] = numbers);
            }
            total
        })
    }

    /// The values of each page, from a block of dimensions on.
    #[inline(always)]
    fn values(self, pages: &'a [Arc<Page>], first: usize) -> impl Fn(usize) -> &'a [simd::Quads] {
        let values = move |page: &'a Page| numbers(page).values(self.group, self.lines).quads;
        move |page| {
            if let Some(next) = pages.get(page + AHEAD).filter(|_| first == 0) {
                simd::prefetch(values(next));
            }
            &values(&pages[page])[first * PAGE_QUADS..]
        }
    }
}

/// Writes the sums, divided by the totals.
#[inline(always)]
fn finish<const R: usize, const B: usize>(
    sums: &[[[f32; LANES]; B]; R],
    totals: &[f32; R],
    first: usize,
    out: &mut TileMut<'_, f32>,
) {
    for r in 0..R {
        let inverse = 1.0 / totals[r];
        for (out, &sum) in out.row(r)[first * LANES..].iter_mut().zip(sums[r].as_flattened()) {
            *out = sum * inverse;
        }
    }
}

/// The numbers of a page. (A model's pages are all of one format.)
#[inline(always)]
fn numbers(page: &Page) -> &crate::kv::Rounded {
    match page.data() {
        PageData::Q8(numbers) => numbers,
        PageData::F32(_) => unreachable!("an 8-bit cache with a page in f32"),
    }
}
