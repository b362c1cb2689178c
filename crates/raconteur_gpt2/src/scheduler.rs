//! Who takes part in the next step: pure policy, without a model.
//!
//! A step is one forward pass of bounded size: one token for each of at most `max_batch` texts, and at most
//! `prefill_chunk` tokens of one prompt. So a newcomer with a long prompt does not stall those who are talking.
//!
//! The order is strict: higher priority first, then first come, first served. There is no fixed reserve of places for
//! the urgent; when the batch is full of chatter, the chatter **pauses**: its texts keep their caches and go on when
//! there is room again. So a request that the player waits for starts with the next step however much chatter there
//! is, and nothing is computed twice. Pausing cannot be seen in a text, since no text depends on its company.
//!
//! Memory is bounded: a request begins to read only when its texts would find a place, so there are at most `max_batch`
//! texts with caches of each priority, and one prompt that is being read.

/// What one request could use. Requests stand in their order: most urgent first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Demand {
    /// It has a prompt, or texts to score, that have to be read.
    pub reads: bool,
    /// Texts that are being written.
    pub rows: usize,
    /// Texts that will be written, when the prompt has been read and there is a place.
    pub waiting: usize,
}

/// What one request gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Grant {
    /// It may read up to `prefill_chunk` tokens. True for one request at most.
    pub read: bool,
    /// Number of its texts, the first ones, that get their next token; the others pause.
    pub rows: usize,
    /// Number of texts that it may begin.
    pub starts: usize,
}

/// Shares out a step. Returns one grant for each demand.
pub fn plan(demands: &[Demand], max_batch: usize) -> Vec<Grant> {
    let mut free = max_batch;
    let mut read = false;
    let grants = demands.iter().map(|demand| {
        let mut grant = Grant::default();
        if demand.reads {
            grant.read = !read && free > 0;
            read = true;
            // Its texts keep their places, so that a later request does not begin what would have to pause at once.
            free = free.saturating_sub(demand.waiting.max(1));
        } else {
            grant.rows = demand.rows.min(free);
            free -= grant.rows;
            grant.starts = demand.waiting.min(free);
            free -= grant.starts;
        }
        grant
    });
    grants.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reads(waiting: usize) -> Demand {
        Demand { reads: true, rows: 0, waiting }
    }

    fn writes(rows: usize, waiting: usize) -> Demand {
        Demand { reads: false, rows, waiting }
    }

    #[test]
    fn the_urgent_reads_at_once_and_chatter_pauses_when_it_writes() {
        let grants = plan(&[reads(2), writes(8, 0)], 8);
        assert!(grants[0].read);
        assert_eq!(grants[1].rows, 6);
        let grants = plan(&[writes(2, 0), writes(8, 0)], 8);
        assert_eq!((grants[0].rows, grants[1].rows), (2, 6));
    }

    #[test]
    fn a_newcomer_waits_for_its_place_behind_equals() {
        assert!(!plan(&[writes(8, 0), reads(1)], 8)[1].read);
        assert!(plan(&[writes(7, 0), reads(4)], 8)[1].read);
        assert!(!plan(&[writes(5, 3), reads(1)], 8)[1].read, "texts that are yet to begin count");
    }

    #[test]
    fn more_texts_than_places_are_written_in_turns() {
        assert_eq!(plan(&[writes(0, 20)], 8)[0].starts, 8);
        assert_eq!(plan(&[writes(5, 12)], 8)[0], Grant { read: false, rows: 5, starts: 3 });
    }

    proptest! {
        #[test]
        fn a_step_is_bounded_and_never_idle(
            demands in prop::collection::vec((any::<bool>(), 0usize..12, 0usize..12), 0..10), max_batch in 1usize..12,
        ) {
            let demands: Vec<Demand> = demands
                .into_iter()
                .map(|(is, rows, waiting)| if is { reads(waiting) } else { writes(rows, waiting) })
                .collect();
            let grants = plan(&demands, max_batch);
            prop_assert!(grants.iter().map(|g| g.rows + g.starts).sum::<usize>() <= max_batch);
            prop_assert!(grants.iter().filter(|g| g.read).count() <= 1);
            if let Some(first) = demands.iter().position(|d| d.reads || d.rows + d.waiting > 0) {
                let got = grants[first];
                prop_assert!(got.read || got.rows + got.starts > 0, "the most urgent always goes on");
            }
            for (demand, grant) in demands.iter().zip(&grants) {
                prop_assert!(grant.rows <= demand.rows && grant.starts <= demand.waiting);
            }
        }
    }
}
