//! Who takes part in the next step: pure policy, without a model.
//!
//! A step is one forward pass of bounded size: one token for each of at most `max_batch` rows, and at most
//! `prefill_chunk` tokens of prompts. A text is one row; under guidance it is two. So a newcomer with a long prompt does not stall those who are talking. While
//! nobody is talking, [`ALONE`] times as many tokens are read in a step, which needs fewer passes over the weights.
//! What is left of a chunk goes to the next prompt: several that are almost known are read in one step.
//!
//! The order is strict: higher priority first, then first come, first served. There is no fixed reserve of places for
//! the urgent; when the batch is full of chatter, the chatter **pauses**: its texts keep their caches and go on when
//! there is room again. So a request that the player waits for starts with the next step however much chatter there
//! is, and nothing is computed twice. Pausing cannot be seen in a text, since no text depends on its company.
//!
//! A prompt that another one is about to share pages with **is held** until they are there. It waits only for one that
//! stands before it and is read first, so that nobody waits for ever, or for somebody less urgent.
//!
//! Memory is bounded: a request begins to read only when its texts would find a place, so there are at most `max_batch`
//! texts with caches of each priority, and the prompts that are being read.

/// How many chunks are read in a step in which no text is written.
pub const ALONE: usize = 4;

/// What one request could use. Requests stand in their order: most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Tokens of its prompt, or of texts to score, that have to be read. 1 while nobody has counted them.
    pub reads: usize,
    /// It reads nothing in this step: somebody before it reads what it needs.
    pub held: bool,
    /// Texts that are being written.
    pub rows: usize,
    /// Texts that will be written, when the prompt has been read and there is a place.
    pub waiting: usize,
    /// Rows of the batch that one of its texts takes, at least 1.
    pub width: usize,
}

impl Default for Demand {
    fn default() -> Self {
        Self { reads: 0, held: false, rows: 0, waiting: 0, width: 1 }
    }
}

impl Demand {
    /// Rows of the batch that its texts take, those included that have not begun.
    #[must_use]
    pub fn places(&self) -> usize {
        (self.rows + self.waiting) * self.width
    }
}

/// What one request gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Grant {
    /// Tokens that it may read.
    pub read: usize,
    /// Number of its texts, the first ones, that get their next token; the others pause.
    pub rows: usize,
    /// Number of texts that it may begin.
    pub starts: usize,
}

/// How large a step may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepSize {
    /// Most rows that get a token. A text that takes more than these goes alone.
    pub max_batch: usize,
    /// Most tokens that are read beside them.
    pub beside: usize,
    /// Most tokens that are read when there are none.
    pub alone: usize,
}

/// Shares out a step. Returns one grant for each demand.
pub fn plan(demands: &[Demand], size: StepSize) -> Vec<Grant> {
    let mut free = size.max_batch;
    let mut readers = Vec::new();
    let mut grants: Vec<Grant> = Vec::with_capacity(demands.len());
    for (at, demand) in demands.iter().enumerate() {
        let mut grant = Grant::default();
        if demand.reads > 0 {
            if free > 0 && !demand.held {
                readers.push(at);
            }
            // Its texts keep their places, so that a later request does not begin what would have to pause at once.
            free = free.saturating_sub(demand.waiting * demand.width);
        } else {
            // Where not even one text fits into an empty batch, one goes on alone: else it never would.
            let least = usize::from(free == size.max_batch);
            grant.rows = demand.rows.min((free / demand.width).max(least));
            free = free.saturating_sub(grant.rows * demand.width);
            let least = least * usize::from(grant.rows == 0);
            grant.starts = demand.waiting.min((free / demand.width).max(least));
            free = free.saturating_sub(grant.starts * demand.width);
        }
        grants.push(grant);
    }
    let alone = grants.iter().all(|grant| grant.rows + grant.starts == 0);
    let mut tokens = if alone { size.alone } else { size.beside };
    for at in readers {
        grants[at].read = demands[at].reads.min(tokens);
        tokens -= grants[at].read;
    }
    grants
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: StepSize = StepSize { max_batch: 8, beside: 32, alone: 128 };

    fn reads(reads: usize, waiting: usize) -> Demand {
        Demand { reads, waiting, ..Demand::default() }
    }

    fn held(demand: Demand) -> Demand {
        Demand { held: true, ..demand }
    }

    fn writes(rows: usize, waiting: usize) -> Demand {
        Demand { rows, waiting, ..Demand::default() }
    }

    fn guided(demand: Demand) -> Demand {
        Demand { width: 2, ..demand }
    }

    fn tokens(demands: &[Demand]) -> Vec<usize> {
        plan(demands, SIZE).iter().map(|grant| grant.read).collect()
    }

    #[test]
    fn the_urgent_reads_at_once_and_chatter_pauses_when_it_writes() {
        let grants = plan(&[reads(9, 2), writes(8, 0)], SIZE);
        assert_eq!((grants[0].read, grants[1].rows), (9, 6));
        let grants = plan(&[writes(2, 0), writes(8, 0)], SIZE);
        assert_eq!((grants[0].rows, grants[1].rows), (2, 6));
    }

    #[test]
    fn a_newcomer_waits_for_its_place_behind_equals() {
        assert_eq!(tokens(&[writes(8, 0), reads(9, 1)]), [0, 0]);
        assert_eq!(tokens(&[writes(7, 0), reads(9, 4)]), [0, 9]);
        assert_eq!(tokens(&[writes(5, 3), reads(9, 1)]), [0, 0], "texts that are yet to begin count");
    }

    #[test]
    fn more_texts_than_places_are_written_in_turns() {
        assert_eq!(plan(&[writes(0, 20)], SIZE)[0].starts, 8);
        assert_eq!(plan(&[writes(5, 12)], SIZE)[0], Grant { read: 0, rows: 5, starts: 3 });
    }

    #[test]
    fn a_chunk_is_shared_and_larger_while_nobody_writes() {
        assert_eq!(tokens(&[writes(1, 0), reads(500, 1)]), [0, 32]);
        assert_eq!(tokens(&[reads(500, 1)]), [128]);
        assert_eq!(tokens(&[writes(1, 0), reads(10, 1), reads(4, 1), reads(90, 1), reads(7, 1)]), [0, 10, 4, 18, 0]);
        assert_eq!(tokens(&[reads(100, 1), writes(8, 0), reads(9, 1)]), [32, 0, 0], "seven texts are written");
        assert_eq!(tokens(&[reads(100, 8), writes(8, 0)]), [100, 0], "the chatter pauses anyway");
    }

    #[test]
    fn what_only_reads_takes_no_place() {
        let grants = plan(&[reads(20, 0), writes(8, 0)], SIZE);
        assert_eq!((grants[0].read, grants[1].rows), (20, 8));
    }

    #[test]
    fn who_is_held_keeps_its_place_and_others_read() {
        assert_eq!(tokens(&[reads(100, 1), held(reads(90, 1)), reads(20, 1)]), [100, 0, 20]);
        assert_eq!(tokens(&[reads(10, 1), held(reads(90, 7)), reads(20, 1)]), [10, 0, 0]);
    }

    #[test]
    fn a_guided_text_takes_two_places() {
        let grants = plan(&[guided(writes(3, 0)), writes(5, 0)], SIZE);
        assert_eq!((grants[0].rows, grants[1].rows), (3, 2));
        assert_eq!(tokens(&[guided(writes(3, 0)), guided(reads(9, 1)), reads(9, 1)]), [0, 9, 0], "its places are kept");
        assert_eq!(plan(&[writes(7, 0), guided(writes(1, 1))], SIZE)[1], Grant::default());
        let small = StepSize { max_batch: 1, ..SIZE };
        assert_eq!(plan(&[guided(writes(2, 2)), writes(1, 0)], small)[0], Grant { read: 0, rows: 1, starts: 0 });
        assert_eq!(plan(&[guided(writes(0, 2)), writes(1, 0)], small)[0], Grant { read: 0, rows: 0, starts: 1 });
        assert_eq!(plan(&[guided(writes(0, 2)), writes(1, 0)], small)[1], Grant::default());
    }

    proptest! {
        #[test]
        fn a_step_is_bounded_and_never_idle(
            demands in prop::collection::vec((0usize..99, any::<bool>(), 0usize..12, 0usize..12, 1usize..3), 0..10),
            max_batch in 1usize..12, beside in 1usize..50, more in 0usize..100,
        ) {
            let demands: Vec<Demand> = demands
                .into_iter()
                .enumerate()
                .map(|(at, (tokens, waits, rows, waiting, width))| {
                    let writes = Demand { width, ..writes(rows, waiting) };
                    let reads = Demand { held: waits && at > 0, width, ..reads(tokens, waiting) };
                    if tokens == 0 { writes } else { reads }
                })
                .collect();
            let size = StepSize { max_batch, beside, alone: beside + more };
            let grants = plan(&demands, size);
            let texts = grants.iter().map(|g| g.rows + g.starts).sum::<usize>();
            let places = demands.iter().zip(&grants).map(|(d, g)| (g.rows + g.starts) * d.width).sum::<usize>();
            prop_assert!(places <= max_batch || texts == 1);
            let read = grants.iter().map(|g| g.read).sum::<usize>();
            let most = if texts == 0 { size.alone } else { size.beside };
            prop_assert!(read <= most);
            let works = |d: &Demand| d.reads > 0 || d.rows + d.waiting > 0;
            if let Some(first) = demands.iter().position(works).filter(|&first| !demands[first].held) {
                let got = grants[first];
                prop_assert!(got.read > 0 || got.rows + got.starts > 0, "the most urgent always goes on");
            }
            for (demand, grant) in demands.iter().zip(&grants) {
                prop_assert!(grant.rows <= demand.rows && grant.starts <= demand.waiting && grant.read <= demand.reads);
                prop_assert!(!demand.held || grant.read == 0);
            }
        }
    }
}
