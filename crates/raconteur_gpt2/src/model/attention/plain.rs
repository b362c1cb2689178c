//! Keys and values in f32: the reference, which is not in a hurry.

use super::{Format, Head, Scratch};
use crate::arithmetic::softmax_unscaled;
use crate::kv::{self, PAGE, PageData};
use crate::linear::add_multiple;
use crate::parallel::TileMut;

pub(super) struct Plain;

impl Format for Plain {
    #[inline(always)]
    fn attend<const R: usize, const B: usize>(
        head: Head<'_>,
        queries: &[&[f32]; R],
        scratch: &mut Scratch,
        out: &mut TileMut<'_, f32>,
    ) {
        let scores = &mut scratch.scores[0];
        for (r, query) in queries.iter().enumerate() {
            let end = head.position + r + 1;
            scores.resize(end.next_multiple_of(PAGE), 0.0);
            for (scores, numbers) in scores.as_chunks_mut().0.iter_mut().zip(numbers(&head)) {
                let keys = numbers.keys[head.group * head.dim * PAGE..].as_chunks().0;
                let mut sums = [0.0f32; PAGE];
                for (&q, keys) in query.iter().zip(keys) {
                    sums = add_multiple(sums, q, keys);
                }
                *scores = sums.map(|sum| sum * head.scale);
            }
            let scores = &mut scores[..end];
            let total = softmax_unscaled(scores);
            let out = out.row(r);
            out.fill(0.0);
            for (scores, numbers) in scores.chunks(PAGE).zip(numbers(&head)) {
                let values = numbers.values[head.group * PAGE * head.dim..].chunks_exact(head.dim);
                for (&score, values) in scores.iter().zip(values) {
                    for (out, &value) in out.iter_mut().zip(values) {
                        *out = score.mul_add(value, *out);
                    }
                }
            }
            out.iter_mut().for_each(|out| *out *= 1.0 / total);
        }
    }
}

/// The numbers of all pages. (A model's pages are all of one format.)
#[inline(always)]
fn numbers<'a>(head: &Head<'a>) -> impl Iterator<Item = &'a kv::Plain> {
    head.pages.iter().filter_map(|page| match page.data() {
        PageData::F32(numbers) => Some(numbers),
        PageData::Q8(_) => None,
    })
}
