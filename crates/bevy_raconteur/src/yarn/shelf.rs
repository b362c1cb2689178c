//! Where the words of one dialogue wait for their line.

use std::collections::HashMap;
use std::time::Duration;

use raconteur_core::generate::RequestId;
use raconteur_core::request::Turn;

use super::Wish;

/// Most turns that a dialogue remembers.
const MOST_TURNS: usize = 8;

/// A line that may be due soon.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Id of the line.
    pub(super) line: String,
    /// Name of the speaker; empty for a narrator.
    pub(super) name: String,
    /// The line as it was written, without the name.
    pub(super) say: String,
    pub(super) setting: String,
    pub(super) wish: Wish,
    /// When the line as written takes its place, on the real clock.
    pub(super) deadline: Duration,
    pub(super) seed: u64,
}

/// One dialogue.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// The real clock, as of this frame.
    pub(super) now: Duration,
    /// To be asked for.
    pub(super) wanted: Vec<Wanted>,
    /// Asked for, and not here yet.
    pub(super) asked: Vec<(RequestId, Wanted)>,
    /// Nobody wants these any more.
    pub(super) dropped: Vec<RequestId>,
    /// The words that have come, by the id of their line.
    ready: HashMap<String, String>,
    /// What has been said, oldest first. `who` is a display name.
    pub(super) history: Vec<Turn>,
    /// How often each line has been asked for: the next time it gets other words.
    times: HashMap<String, u64>,
}

impl Shelf {
    /// Another node begins: what the last one left unsaid is not wanted any more.
    pub(super) fn begin_node(&mut self) {
        self.dropped.extend(self.asked.drain(..).map(|(id, _)| id));
        self.wanted.clear();
        self.ready.clear();
    }

    pub(super) fn want(&mut self, mut wanted: Wanted) {
        let times = self.times.entry(wanted.line.clone()).or_insert(0);
        *times += 1;
        wanted.seed = *times;
        self.wanted.push(wanted);
    }

    /// A request is over; `None`: the line stays as it was written.
    pub(super) fn finish(&mut self, id: RequestId, text: Option<String>) {
        let Some(at) = self.asked.iter().position(|(asked, _)| *asked == id) else { return };
        let (_, wanted) = self.asked.swap_remove(at);
        // Yarn would read these as its own markup.
        if let Some(text) = text.filter(|text| !text.contains(['[', ']', '{', '}', '\\'])) {
            self.ready.insert(wanted.line, text);
        }
    }

    /// The words of a line that is due now, if they have come. They are used once.
    pub(super) fn take(&mut self, line: &str) -> Option<String> {
        for (id, _) in self.asked.extract_if(.., |(_, wanted)| wanted.line == line) {
            self.dropped.push(id);
        }
        self.wanted.retain(|wanted| wanted.line != line);
        self.ready.remove(line)
    }

    /// Whether all words are here that are worth waiting for.
    pub(super) fn is_settled(&self) -> bool {
        self.wanted.is_empty() && self.asked.iter().all(|(_, wanted)| self.now >= wanted.deadline)
    }

    pub(super) fn remember(&mut self, who: &str, text: &str) {
        self.history.push(Turn { who: who.to_owned(), text: text.to_owned() });
        let over = self.history.len().saturating_sub(MOST_TURNS);
        self.history.drain(..over);
    }
}
