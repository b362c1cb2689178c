use proptest::prelude::*;

use super::*;
use crate::kv::{KvFormat, KvShape};

fn pool() -> Arc<Pages> {
    Pages::new(KvShape { layers: 1, heads: 1, head_dim: 4, format: KvFormat::F32 })
}

fn cache(pool: &Arc<Pages>, budget: usize) -> PrefixCache {
    PrefixCache::new(Arc::clone(pool), budget).unwrap()
}

fn pages(pool: &Arc<Pages>, count: usize) -> Vec<Arc<Page>> {
    (0..count).map(|_| Arc::new(Pages::take(pool))).collect()
}

/// Tokens of pages, one number a page.
fn tokens(of: &[u32]) -> Vec<u32> {
    of.iter().flat_map(|&page| [page; PAGE]).collect()
}

fn same(found: &[Arc<Page>], kept: &[Arc<Page>]) -> bool {
    found.len() == kept.len() && found.iter().zip(kept).all(|(a, b)| Arc::ptr_eq(a, b))
}

#[test]
fn the_longest_common_beginning_is_found() {
    let pool = pool();
    let mut cache = cache(&pool, 100);
    let (mara, odo) = (pages(&pool, 3), pages(&pool, 3));
    cache.keep(Start::MODEL, &tokens(&[1, 2, 3]), &mara);
    cache.keep(Start::MODEL, &tokens(&[1, 2, 9]), &odo);
    assert_eq!(cache.len(), 4, "the first two are held once");
    let mut longer = tokens(&[1, 2, 3, 4]);
    longer.truncate(PAGE * 3 + 5);
    assert!(same(&cache.find(Start::MODEL, &longer, 0).unwrap(), &mara));
    assert!(same(
        &cache.find(Start::MODEL, &tokens(&[1, 2, 9]), 2).unwrap(),
        &[mara[0].clone(), mara[1].clone(), odo[2].clone()]
    ));
    assert!(cache.find(Start::MODEL, &longer, 3).is_none(), "no more than is known");
    assert!(
        cache.find(Start::MODEL, &tokens(&[2, 3]), 0).is_none(),
        "a page counts only behind those that it was read behind"
    );
    assert!(cache.find(Start::MODEL, &tokens(&[1])[..PAGE - 1], 0).is_none());
    let mut other = tokens(&[1, 2]);
    other[PAGE + 7] = 3;
    assert_eq!(cache.find(Start::MODEL, &other, 0).unwrap().len(), 1, "every token counts");
}

#[test]
fn what_was_not_used_for_the_longest_time_goes_first_and_the_end_before_the_beginning() {
    let pool = pool();
    let mut cache = cache(&pool, 6);
    for first in [10, 20, 30] {
        let pages = pages(&pool, 2);
        cache.keep(Start::MODEL, &tokens(&[first, first + 1]), &pages);
    }
    assert_eq!((cache.len(), pool.held()), (6, 6));
    cache.find(Start::MODEL, &tokens(&[10, 11]), 0).unwrap();
    cache.make_room(1);
    assert!(
        cache.find(Start::MODEL, &tokens(&[20, 21]), 1).is_none()
            && cache.find(Start::MODEL, &tokens(&[30, 31]), 1).is_some()
    );
    cache.find(Start::MODEL, &tokens(&[30]), 0).unwrap();
    cache.find(Start::MODEL, &tokens(&[10, 11]), 0).unwrap();
    cache.make_room(3);
    assert_eq!((cache.len(), pool.held()), (3, 3));
    let left: Vec<usize> = [10, 20, 30]
        .iter()
        .map(|&page| cache.find(Start::MODEL, &tokens(&[page, page + 1]), 0).map_or(0, |found| found.len()))
        .collect();
    assert_eq!(left, [2, 0, 1], "10 was used whole, then the beginning of 30");
}

#[test]
fn sequences_at_work_come_first() {
    let pool = pool();
    let mut cache = cache(&pool, 4);
    let held = pages(&pool, 3);
    cache.keep(Start::MODEL, &tokens(&[1, 2, 3]), &held);
    cache.keep(Start::MODEL, &tokens(&[7, 8]), &pages(&pool, 2));
    cache.make_room(0);
    assert_eq!(cache.len(), 4, "the oldest is held by a sequence, so the younger gave way");
    let more = pages(&pool, 9);
    cache.make_room(0);
    assert_eq!(cache.len(), 3, "what is held anyway costs nothing to keep");
    assert!(same(&cache.find(Start::MODEL, &tokens(&[1, 2, 3]), 0).unwrap(), &held));
    drop((held, more));
    cache.make_room(4);
    assert_eq!((cache.len(), pool.held()), (0, 0));
}

#[test]
fn without_a_budget_there_is_no_cache() {
    assert!(PrefixCache::new(pool(), 0).is_none());
}

proptest! {
    #[test]
    fn it_agrees_with_a_list_of_prompts_and_never_holds_more_than_its_budget(
        prompts in prop::collection::vec(prop::collection::vec(0u32..3, 0..6), 1..30), budget in 1usize..20,
    ) {
        let pool = pool();
        let mut cache = cache(&pool, budget);
        for prompt in &prompts {
            let prompt = tokens(prompt);
            let found = cache.find(Start::MODEL, &prompt, 0).unwrap_or_default();
            let more = pages(&pool, prompt.len() / PAGE - found.len());
            let all = [found, more].concat();
            cache.keep(Start::MODEL, &prompt, &all);
            prop_assert!(same(&cache.find(Start::MODEL, &prompt, 0).unwrap_or_default(), &all), "what is held is not evicted");
            drop(all);
            cache.make_room(0);
            prop_assert!(cache.len() <= budget && pool.held() == cache.len());
            prop_assert_eq!(cache.ids.len(), cache.len());
            prop_assert_eq!(cache.order.len(), cache.len());
            let behind: usize = cache.entries.values().map(|entry| entry.behind).sum();
            let firsts = cache.entries.values().filter(|entry| entry.key.before == Start::MODEL.0).count();
            prop_assert_eq!(behind + firsts, cache.len());
        }
    }
}
