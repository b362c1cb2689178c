//! A team: the leader computes a pass, helpers take pieces of each of its operations.
//!
//! ```text
//! leader   open(job) -- takes pieces --.-- close: nobody may come in, wait for those inside --> next operation
//! helper   .. spin, then sleep .. enter -- takes pieces -- leave .. spin, then sleep ..  until dismissed
//! ```
//! A helper that the system has put aside holds up the leader only while it is inside, that is for the piece it works on:
//! one that comes late finds the door closed, and its pieces have been done by others.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// Looks at the door before a thread sleeps: some 10 microseconds.
const SPINS: u32 = 300;

/// The door is open.
const OPEN: u32 = 1 << 31;
/// The pass is over.
const DISMISSED: u32 = 1 << 30;
/// One operation more. The number of the operation is in the bits from here to [`DISMISSED`], and may begin anew.
const NEXT: u32 = 1 << 14;
/// The number of the operation.
const NUMBER: u32 = DISMISSED - NEXT;
/// The number of helpers inside.
const INSIDE: u32 = NEXT - 1;

/// What helpers and leader share.
#[derive(Debug, Default)]
pub(super) struct Team {
    /// [`OPEN`], [`DISMISSED`], [`NUMBER`] and [`INSIDE`].
    door: AtomicU32,
    /// Valid while the door is open or somebody is inside.
    job: AtomicPtr<Job<'static>>,
    /// Threads that sleep until the door changes.
    sleepers: AtomicUsize,
    lock: Mutex<()>,
    changed: Condvar,
}

/// An operation: pieces to be worked on.
struct Job<'a> {
    work: &'a (dyn Fn(usize) + Sync),
    count: usize,
    grain: usize,
    next: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Job<'_> {
    /// Works on pieces until none is left.
    fn take_part(&self) {
        let result = catch_unwind(AssertUnwindSafe(|| {
            loop {
                let first = self.next.fetch_add(self.grain, Ordering::Relaxed);
                if first >= self.count {
                    return;
                }
                (first..self.count.min(first + self.grain)).for_each(self.work);
            }
        }));
        if let Err(panic) = result {
            // Nobody begins another piece.
            self.next.store(self.count, Ordering::Relaxed);
            *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
        }
    }
}

impl Team {
    /// Calls `work` for every index below `count`. Only the leader may.
    pub(super) fn work(&self, count: usize, grain: usize, work: &(dyn Fn(usize) + Sync)) {
        let job = Job { work, count, grain: grain.max(1), next: AtomicUsize::new(0), panic: Mutex::default() };
        self.job.store((&raw const job).cast_mut().cast(), Ordering::Release);
        // Nobody but the leader changes a door that is closed, with nobody inside.
        let number = self.door.load(Ordering::Relaxed).wrapping_add(NEXT) & NUMBER;
        self.door.store(OPEN | number, Ordering::Release);
        self.wake();
        job.take_part();
        self.door.fetch_and(!OPEN, Ordering::AcqRel);
        self.wait(|door| door & INSIDE == 0);
        let panic = job.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// Works on pieces of whatever the leader opens, until it dismisses the team.
    pub(super) fn help(&self) {
        let mut done = 0;
        loop {
            let door = self.wait(|door| door & DISMISSED != 0 || door & OPEN != 0 && door & NUMBER != done);
            if door & DISMISSED != 0 {
                return;
            }
            if self.door.compare_exchange(door, door + 1, Ordering::AcqRel, Ordering::Relaxed).is_err() {
                continue;
            }
            done = door & NUMBER;
            self.enter();
            let door = self.door.fetch_sub(1, Ordering::AcqRel) - 1;
            if door & OPEN == 0 && door & INSIDE == 0 {
                self.wake();
            }
        }
    }

    #[expect(unsafe_code, reason = "a job lives on the leader's stack")]
    fn enter(&self) {
        // SAFETY: this thread came in while the door was open, so `job` points to the leader's current job, and the
        // leader does not return from `work`, where that job lives, before everybody has left.
        let job = unsafe { &*self.job.load(Ordering::Acquire) };
        job.take_part();
    }

    /// Sends the helpers away.
    pub(super) fn dismiss(&self) {
        self.door.fetch_or(DISMISSED, Ordering::AcqRel);
        self.wake();
    }

    /// Waits until the door is as it should be, and returns it.
    fn wait(&self, ready: impl Fn(u32) -> bool) -> u32 {
        for _ in 0..SPINS {
            let door = self.door.load(Ordering::Acquire);
            if ready(door) {
                return door;
            }
            std::hint::spin_loop();
        }
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        let door = loop {
            // Sequentially consistent, as in `wake`: either this sees the new door, or `wake` sees the sleeper.
            let door = self.door.load(Ordering::SeqCst);
            if ready(door) {
                break door;
            }
            guard = self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
        };
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
        door
    }

    /// Wakes whoever sleeps, after the door has changed.
    fn wake(&self) {
        std::sync::atomic::fence(Ordering::SeqCst);
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
            self.changed.notify_all();
        }
    }
}
