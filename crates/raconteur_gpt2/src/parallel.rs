//! Which threads compute: those of the [`Threads`] the caller runs on, and nothing else.
//!
//! Results do not depend on the number of threads. A pass through a model is some sixty short operations one after the
//! other, so the threads of a pass wait for the next operation with open eyes for a few microseconds before they sleep;
//! between passes they sleep, and a game keeps the cores that the model was not given. (candle's quantised kernels are
//! not used for this reason among others: they run on a pool of their own that spins, and whose size can only be set by
//! environment variables before the first use.)

mod team;
mod tiles;

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use raconteur_core::generate::ThreadPriority;

use crate::error::Gpt2Error;
use team::Team;
pub(crate) use tiles::{TileMut, for_each_tile};

thread_local! {
    /// The team whose leader this thread is.
    static TEAM: RefCell<Option<Arc<Team>>> = const { RefCell::new(None) };
}

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
    priority: ThreadPriority,
    /// How many of the threads take part.
    active: AtomicUsize,
}

impl Threads {
    /// Starts `count` threads named `gpt2-0` and so on, at the priority of the caller; 0 means one for each core.
    ///
    /// # Errors
    /// The system refuses to start them.
    pub fn new(count: usize) -> Result<Self, Gpt2Error> {
        Self::with_priority(count, ThreadPriority::Normal)
    }

    /// The same at a given priority. It cannot be changed later: most systems let a thread step back but not forward.
    ///
    /// # Errors
    /// The system refuses to start them. That it refuses the priority is no error.
    pub fn with_priority(count: usize, priority: ThreadPriority) -> Result<Self, Gpt2Error> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|index| format!("gpt2-{index}"))
            .start_handler(move |_| step_back(priority))
            .build()
            .map_err(|error| Gpt2Error::Threads { reason: error.to_string() })?;
        let active = AtomicUsize::new(pool.current_num_threads());
        Ok(Self { pool, priority, active })
    }

    /// Number of threads.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Priority of the threads.
    #[must_use]
    pub fn priority(&self) -> ThreadPriority {
        self.priority
    }

    /// From the next [`run`](Self::run) on only so many of the threads take part, at least one. With one, the others are
    /// free for what rayon hands them, which is how candle works.
    pub fn set_active(&self, threads: usize) {
        self.active.store(threads.clamp(1, self.count()), Ordering::Relaxed);
    }

    /// Computes `work` on these threads, and waits for it.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        let active = self.active.load(Ordering::Relaxed);
        if active == 1 {
            return self.pool.install(work);
        }
        let team = Arc::new(Team::default());
        self.pool.scope(|scope| {
            for _ in 1..active {
                let team = Arc::clone(&team);
                scope.spawn(move |_| team.help());
            }
            // Also when `work` panics: the helpers are told to leave, and the panic goes on to the caller.
            let _lead = Lead::new(Arc::clone(&team));
            work()
        })
    }
}

/// Makes this thread the leader of a team for as long as it lives.
struct Lead {
    team: Arc<Team>,
    before: Option<Arc<Team>>,
}

impl Lead {
    fn new(team: Arc<Team>) -> Self {
        let before = TEAM.replace(Some(Arc::clone(&team)));
        Self { team, before }
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        TEAM.replace(self.before.take());
        self.team.dismiss();
    }
}

/// Calls `work(index)` for every index below `count`, on the threads of the current team, and returns when all are done.
/// Threads take `grain` indices at a time, so that it is worth the trouble.
pub(crate) fn for_each_index(count: usize, grain: usize, work: &(dyn Fn(usize) + Sync)) {
    // Taken out for as long as it works: an operation inside of an operation is computed by whoever comes upon it.
    match if count > grain { TEAM.take() } else { None } {
        Some(team) => {
            team.work(count, grain, work);
            TEAM.set(Some(team));
        }
        None => (0..count).for_each(work),
    }
}

/// Calls `work(index, piece)` for every piece of `data` with `size` elements. Else as [`for_each_index`].
pub(crate) fn for_each_piece<T: Send>(
    data: &mut [T],
    size: usize,
    grain: usize,
    work: impl Fn(usize, &mut [T]) + Sync + Send,
) {
    tiles::for_each_row(data, size.max(1), grain, &work);
}

/// Takes the current thread back behind others. What the system does not allow is not worth an error: everything is
/// computed all the same.
fn step_back(priority: ThreadPriority) {
    use thread_priority::{ThreadPriority as System, ThreadPriorityValue, set_current_thread_priority};
    // On Linux the values below 50 become the nice values 1 to 19, which any thread may give itself.
    let value: u8 = match priority {
        ThreadPriority::Lowest => 0,
        ThreadPriority::Low => 25,
        ThreadPriority::Normal => return,
    };
    if let Ok(value) = ThreadPriorityValue::try_from(value) {
        drop(set_current_thread_priority(System::Crossplatform(value)));
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn every_piece_is_visited_once_whatever_the_threads() {
        for count in 1..5 {
            let threads = Threads::new(count).unwrap();
            for round in 0..200 {
                let mut data = vec![0u32; 1000 + round];
                threads.run(|| {
                    for _ in 0..3 {
                        for_each_piece(&mut data, 7, 2, |index, piece| {
                            for x in piece {
                                *x += index as u32 + 1;
                            }
                        });
                    }
                });
                for (i, x) in data.into_iter().enumerate() {
                    assert_eq!(x as usize, 3 * (i / 7 + 1));
                }
            }
        }
    }

    #[test]
    fn an_operation_inside_of_an_operation_is_computed_too() {
        let threads = Threads::new(3).unwrap();
        let mut rows = vec![vec![0; 50]; 40];
        threads.run(|| {
            for_each_piece(&mut rows, 1, 1, |row, rows| {
                for_each_piece(&mut rows[0], 1, 1, |column, x| x[0] = row * 50 + column);
            });
        });
        assert!(rows.iter().flatten().enumerate().all(|(i, &x)| i == x));
    }

    #[test]
    fn a_panic_comes_back_and_the_threads_go_on() {
        let threads = Threads::new(3).unwrap();
        for bad in [0, 50, 99] {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                threads.run(|| for_each_index(100, 1, &|index| assert_ne!(index, bad, "bad piece")));
            }));
            assert!(panicked.is_err());
            let mut data = [0; 64];
            threads.run(|| for_each_piece(&mut data, 1, 1, |index, piece| piece[0] = index));
            assert!(data.iter().enumerate().all(|(i, &x)| i == x));
        }
    }

    #[test]
    fn fewer_threads_take_part_when_told_to() {
        let threads = Threads::with_priority(3, ThreadPriority::Low).unwrap();
        threads.set_active(1);
        let names = std::sync::Mutex::new(std::collections::BTreeSet::new());
        threads.run(|| {
            for_each_index(300, 1, &|_| {
                names.lock().unwrap().insert(std::thread::current().name().map(str::to_owned));
            });
        });
        assert_eq!(names.lock().unwrap().len(), 1);
        assert!(names.lock().unwrap().iter().all(|name| name.as_deref().unwrap().starts_with("gpt2-")));
        assert_eq!((threads.count(), threads.priority()), (3, ThreadPriority::Low));
    }
}
