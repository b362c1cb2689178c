//! Which threads compute: the rayon pool the caller is in, and nothing else.
//!
//! Results do not depend on the number of threads. No kernel spins while it waits for work, so a game keeps the cores
//! that the model was not given. (candle's quantised kernels are not used for this reason among others: they run on a
//! pool of their own that spins, and whose size can only be set by environment variables before the first use.)

use rayon::prelude::*;

use crate::error::Gpt2Error;

/// A fixed number of threads for everything that is computed inside [`run`](Self::run).
///
/// ```
/// let threads = raconteur_gpt2::parallel::Threads::new(1)?;
/// assert_eq!(threads.run(|| 2 + 2), 4);
/// # Ok::<(), raconteur_gpt2::error::Gpt2Error>(())
/// ```
#[derive(Debug)]
pub struct Threads {
    pool: rayon::ThreadPool,
}

impl Threads {
    /// Starts `count` threads named `gpt2-0` and so on; 0 means one for each core.
    ///
    /// # Errors
    /// The system refuses to start them.
    pub fn new(count: usize) -> Result<Self, Gpt2Error> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|index| format!("gpt2-{index}"))
            .build()
            .map_err(|error| Gpt2Error::Threads { reason: error.to_string() })?;
        Ok(Self { pool })
    }

    /// Number of threads.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Computes `work` on these threads, and waits for it.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }
}

/// Calls `work(index, piece)` for every piece of `data` with `size` elements, on the threads of the current pool.
/// A task is at least `grain` pieces, so that it is worth handing to a thread.
pub(crate) fn for_each_piece<T: Send>(
    data: &mut [T],
    size: usize,
    grain: usize,
    work: impl Fn(usize, &mut [T]) + Sync + Send,
) {
    if data.len() <= size * grain || rayon::current_num_threads() == 1 {
        data.chunks_mut(size).enumerate().for_each(|(index, piece)| work(index, piece));
    } else {
        data.par_chunks_mut(size).with_min_len(grain).enumerate().for_each(|(index, piece)| work(index, piece));
    }
}
