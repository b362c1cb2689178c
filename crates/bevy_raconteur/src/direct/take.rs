//! One request for a line, from when it is made (perhaps ahead of time) to its end.

use raconteur_core::generate::RequestId;
use raconteur_core::request::{Finished, LineEvent, LineRequest};

/// A request and what has come of it so far.
pub(super) struct Take {
    pub(super) id: RequestId,
    /// Id of the line, outcome or slot it is for.
    pub(super) of: String,
    /// What was asked, to see whether it is still what is wanted.
    pub(super) request: LineRequest,
    /// Whether the worker has begun.
    pub(super) begun: bool,
    /// Chunks that have come and have not been shown: text, and whether it ends a sentence.
    pub(super) chunks: Vec<(String, bool)>,
    pub(super) finished: Option<Finished>,
}

impl Take {
    pub(super) fn new(id: RequestId, of: String, request: LineRequest) -> Self {
        Self { id, of, request, begun: false, chunks: Vec::new(), finished: None }
    }

    pub(super) fn hear(&mut self, event: LineEvent) {
        match event {
            LineEvent::Started { .. } => self.begun = true,
            LineEvent::Chunk { text, sentence } => self.chunks.push((text, sentence)),
            LineEvent::Finished(finished) => self.finished = Some(finished),
        }
    }

    /// Whether this is what `wanted` asks for; how urgent it is does not matter.
    pub(super) fn is_for(&self, of: &str, wanted: &LineRequest) -> bool {
        self.of == of && LineRequest { priority: wanted.priority, ..self.request.clone() } == *wanted
    }
}
