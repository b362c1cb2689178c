//! A generator that is made anew when it has panicked, as the plugin's worker does it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::generate::{GenerationRequest, Pace, Priority, Progress, RequestId, Sink, TextGenerator};

/// Wraps a generator: a panic in a step replaces it by another, and goes on to whoever steps, who ends what was at work.
pub struct Renewed<F> {
    make: F,
    inner: Box<dyn TextGenerator>,
    pace: Option<Pace>,
}

impl<F: FnMut() -> Box<dyn TextGenerator> + Send> Renewed<F> {
    /// Makes the first one.
    pub fn new(mut make: F) -> Self {
        let inner = make();
        Self { make, inner, pace: None }
    }
}

impl<F: FnMut() -> Box<dyn TextGenerator> + Send> TextGenerator for Renewed<F> {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        self.inner.submit(id, request);
    }

    fn cancel(&mut self, id: RequestId) {
        self.inner.cancel(id);
    }

    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        match catch_unwind(AssertUnwindSafe(|| self.inner.step(sink))) {
            Ok(progress) => progress,
            Err(panic) => {
                let mut next = (self.make)();
                if let Some(pace) = self.pace {
                    next.set_pace(pace);
                }
                self.inner = next;
                resume_unwind(panic)
            }
        }
    }

    fn has_room(&self, priority: Priority) -> bool {
        self.inner.has_room(priority)
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn set_pace(&mut self, pace: Pace) {
        self.pace = Some(pace);
        self.inner.set_pace(pace);
    }
}
