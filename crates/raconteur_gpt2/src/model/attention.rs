//! Attention of new tokens over all tokens of their sequences, page by page.

mod plain;
mod rounded;

use std::cell::RefCell;
use std::sync::Arc;

use super::Chunk;
use super::workspace::{QUERIES, Queries};
use crate::arithmetic::vectorize;
use crate::config::Gpt2Config;
use crate::kv::{Page, PageData};
use crate::parallel::{TileMut, for_each_tile};
use plain::Plain;
use rounded::Rounded;

thread_local! {
    /// Kept from group to group.
    static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch::new()) };
}

/// What is computed for a group of queries in a head.
struct Scratch {
    scores: [Vec<f32>; QUERIES],
    rounded: rounded::Scratch,
}

impl Scratch {
    const fn new() -> Self {
        Self { scores: [const { Vec::new() }; QUERIES], rounded: rounded::Scratch::new() }
    }
}

/// `qkv: [tokens, 3 n_embd]` to `attended: [tokens, n_embd]`. The keys and values are already in the caches. `starts` are
/// the rows at which the groups begin.
///
/// The numbers of a query are sums over the head's dimensions, or over the tokens of a page and then the pages, in their
/// order. So they depend neither on the queries beside it nor on how its sequence is cut into chunks.
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
        let cache = &*batch[chunk].cache;
        let group = layer * config.n_head + head;
        let head = Head { pages: cache.pages(), lines: cache.shape().lines(), group, dim, position, scale };
        SCRATCH.with_borrow_mut(|scratch| match head.pages.first().map(|page| page.data()) {
            Some(PageData::F32(_)) => head.attend::<Plain>(queries, scratch, &mut out),
            Some(PageData::Q8(_)) => head.attend::<Rounded>(queries, scratch, &mut out),
            None => {}
        });
    });
}

/// What the queries of a group attend to in one head.
#[derive(Clone, Copy)]
struct Head<'a> {
    pages: &'a [Arc<Page>],
    /// [`KvShape::lines`](crate::kv::KvShape::lines)
    lines: usize,
    /// Index among all heads of all layers.
    group: usize,
    /// Dimensions of a head.
    dim: usize,
    /// Where the first query is; it attends to the tokens up to this one.
    position: usize,
    scale: f32,
}

/// How it is done with a format of keys and values.
trait Format {
    /// `R` queries at once, and `B` blocks of dimensions of the values: enough sums that none has to wait for itself.
    fn attend<const R: usize, const B: usize>(
        head: Head<'_>,
        queries: &[&[f32]; R],
        scratch: &mut Scratch,
        out: &mut TileMut<'_, f32>,
    );
}

impl Head<'_> {
    fn attend<F: Format>(self, queries: &[&[f32]], scratch: &mut Scratch, out: &mut TileMut<'_, f32>) {
        vectorize(
            #[inline(always)]
            || match queries {
                [query] => F::attend::<1, 4>(self, &[query], scratch, out),
                [a, b] => F::attend::<2, 2>(self, &[a, b], scratch, out),
                [a, b, c] => F::attend::<3, 1>(self, &[a, b, c], scratch, out),
                [a, b, c, d, ..] => F::attend::<4, 1>(self, &[a, b, c, d], scratch, out),
                [] => {}
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Chunk, Gpt2, LoadOptions, Logits};
    use crate::config::Gpt2Config;
    use crate::kv::{KvCache, KvFormat, PAGE};

    /// With heads that fill no whole block of dimensions.
    fn model(kv: KvFormat) -> Gpt2 {
        let config =
            Gpt2Config { vocab_size: 50, n_positions: 64, n_embd: 60, n_head: 3, n_layer: 2, ..Gpt2Config::gpt2() };
        Gpt2::random(config, &LoadOptions { kv: Some(kv), ..LoadOptions::default() }, 3).unwrap()
    }

    fn logits(model: &Gpt2, cache: &mut KvCache) -> Vec<f32> {
        let ids: Vec<u32> = (0..21).collect();
        let rows = model.forward(&mut [Chunk { ids: &ids, cache, logits: Logits::All }]).unwrap();
        rows.into_iter().flatten().flatten().collect()
    }

    #[test]
    fn what_a_page_held_before_does_not_matter() {
        for kv in [KvFormat::F32, KvFormat::Q8] {
            let model = model(kv);
            let want = logits(&model, &mut model.new_cache(32));
            assert!(want.iter().all(|x| x.is_finite()));
            let mut bad = model.new_cache(32);
            bad.reserve(2 * PAGE);
            for position in 0..2 * PAGE {
                for layer in 0..2 {
                    bad.write(layer, position, &[f32::NAN; 60], &[f32::INFINITY; 60]);
                }
            }
            drop(bad);
            assert_eq!(logits(&model, &mut model.new_cache(32)), want, "{kv:?}");
        }
    }

    #[test]
    fn eight_bits_come_close_to_the_reference() {
        let (exact, rounded) = (model(KvFormat::F32), model(KvFormat::Q8));
        let want = logits(&exact, &mut exact.new_cache(32));
        let got = logits(&rounded, &mut rounded.new_cache(32));
        let spread = want.iter().map(|x| x * x).sum::<f32>().sqrt();
        let error = want.iter().zip(&got).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
        assert!(error > 0.0 && error < 0.05 * spread, "{error} of {spread}");
    }
}
