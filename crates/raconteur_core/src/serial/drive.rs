//! A serial that is written here and now, by whoever can wait for it: the command line, tests, tools.

use super::writer::SerialWriter;
use crate::desk::Desk;
use crate::generate::{GenerateError, Priority, Progress, RequestId, TextGenerator};
use crate::request::{Finished, LineEvent, Why};
use crate::template::Templates;

/// Most steps of the generator for one passage; what is not over then stands as it was written. Far above what any model
/// needs.
const MOST_STEPS: usize = 100_000;

impl SerialWriter {
    /// Writes and tells the passage that is due. Without a generator, and where no model may write, it stands as it was
    /// written; `absent` is why. Does nothing at the end.
    pub fn write_next(&mut self, generator: Option<&mut dyn TextGenerator>, templates: &Templates, absent: &Why) {
        match (self.brief(), generator) {
            (Some(brief), Some(generator)) => {
                let request = brief.request(templates, Priority::Ambient);
                let finished = see_to_its_end(request, generator);
                self.tell(&finished);
            }
            _ => self.tell_authored(absent),
        }
    }
}

fn see_to_its_end(request: crate::request::LineRequest, generator: &mut dyn TextGenerator) -> Finished {
    const ONE: RequestId = RequestId(0);
    let mut desk = Desk::new(1);
    let mut end: Option<Finished> = None;
    let fallback = request.fallback.clone();
    let mut sink = |_: RequestId, event: LineEvent| {
        if let LineEvent::Finished(finished) = event {
            end = Some(finished);
        }
    };
    desk.submit(ONE, request, &mut sink);
    for _ in 0..MOST_STEPS {
        if desk.step(generator, &mut sink) == Progress::Idle {
            break;
        }
    }
    desk.expire(ONE, Some(generator), &mut sink);
    // A model that falls silent leaves its request behind.
    let silent = || Why::Failed(GenerateError::Backend("it stopped without an answer".to_owned()));
    end.unwrap_or_else(|| crate::desk::authored(fallback, silent()))
}
