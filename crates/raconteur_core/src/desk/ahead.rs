//! Prompts that are read before anybody asks for a line: nobody waits for them, and they are the first to be dropped.

use std::collections::VecDeque;

use crate::generate::{GenerationRequest, Priority, RequestId, Task, TextGenerator};
use crate::prompt::Prompt;

/// Most prompts that wait to be read. When there are more, the oldest is dropped.
const WAITING: usize = 16;

/// The beginning of a prompt that will probably be needed soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAhead {
    /// The prompt, as far as it is known.
    pub prompt: Prompt,
    /// Tokens that the expected request will write.
    pub room: usize,
    /// How soon it may be needed.
    pub priority: Priority,
}

/// What is to be read, and what is being read.
#[derive(Default)]
pub(super) struct Ahead {
    waiting: VecDeque<ReadAhead>,
    /// One at a time, so that what is not wanted any more has hardly begun.
    reading: Option<RequestId>,
}

impl Ahead {
    pub(super) fn push(&mut self, ahead: ReadAhead) {
        if self.waiting.contains(&ahead) {
            return;
        }
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(ahead);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.reading.is_none()
    }

    pub(super) fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    pub(super) fn most_urgent(&self) -> Option<Priority> {
        self.waiting.iter().map(|ahead| ahead.priority).max()
    }

    /// The most urgent one, the oldest of equals, that the generator has room for, when it reads none.
    pub(super) fn next(&mut self, generator: &dyn TextGenerator) -> Option<GenerationRequest> {
        if self.reading.is_some() {
            return None;
        }
        let (at, most) = self.waiting.iter().enumerate().rev().max_by_key(|(_, ahead)| ahead.priority)?;
        if !generator.has_room(most.priority) {
            return None;
        }
        let ReadAhead { prompt, room, priority } = self.waiting.remove(at)?;
        Some(GenerationRequest { prompt, task: Task::Read { room }, priority })
    }

    pub(super) fn reads(&mut self, id: RequestId) {
        self.reading = Some(id);
    }

    pub(super) fn is_read_by(&self, id: RequestId) -> bool {
        self.reading == Some(id)
    }

    pub(super) fn is_over(&mut self) {
        self.reading = None;
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.reading = None;
    }
}
