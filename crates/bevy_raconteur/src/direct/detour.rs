//! Detours: an interlude of the narrator, written or authored, and what is read out of it.
//!
//! ```text
//! arrive --request--> Detour --told--> Shown --Advance--> Reading --> on, with the variables changed
//!    |  no model, no text                 |  readings are asked for while the player reads
//!    +--> on
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use raconteur_core::compose::{Composed, Reading};
use raconteur_core::request::{Finished, Source, Why};

use super::outgoing::Outgoing;
use super::take::Take;
use super::{Director, Play, Stage};
use crate::events::{LineChunk, LineReady, LineStarted};

/// Cast id of who tells a detour.
const NARRATOR: &str = "narrator";

/// A detour that is being written.
pub(super) struct DetourInPlay {
    /// When the authored text takes its place, on the real clock.
    deadline: Duration,
    /// Whether the player waits no longer.
    interrupted: bool,
    pub(super) take: Take,
}

impl DetourInPlay {
    /// It is due now.
    pub(super) fn interrupt(&mut self) {
        self.interrupted = true;
    }
}

/// What a variable becomes, being ranked.
pub(super) struct ReadingInPlay {
    reading: Reading,
    /// When the variable stays as it is, on the real clock.
    deadline: Duration,
    pub(super) take: Take,
}

impl Director<'_, '_> {
    /// Takes up the detour that the runner stands at.
    pub(super) fn begin_detour(&mut self, play: &mut Play) {
        let composed = play.composer.detour(&play.runner, self.host);
        match (composed, self.absence.clone()) {
            (Some(Composed::Request(request)), None) => {
                let deadline = self.deadline(request.budget_ms);
                let of = format!("detour:{}", play.runner.state().beat);
                let take = self.take_for(play, &of, self.voice(NARRATOR), request);
                play.stage = Stage::Detour(Box::new(DetourInPlay { deadline, interrupted: false, take }));
                self.follow_detour(play);
            }
            (Some(Composed::Authored(why)), None) | (_, Some(why)) => self.tell_detour(play, authored(why)),
            (Some(Composed::Chosen { .. }) | None, None) => self.tell_detour(play, authored(Why::Written)),
        }
    }

    /// Tells the detour when it has come, or when it is due.
    pub(super) fn follow_detour(&mut self, play: &mut Play) {
        let Stage::Detour(detour) = &mut play.stage else { return };
        let finished = match detour.take.finished.take() {
            Some(finished) => finished,
            None => {
                let late = (self.now >= detour.deadline).then_some(Why::Late);
                let interrupted = detour.interrupted.then_some(Why::Interrupted);
                let Some(why) = self.absence.clone().or(interrupted).or(late) else { return };
                self.requests.forget(detour.take.id);
                authored(why)
            }
        };
        self.tell_detour(play, finished);
    }

    /// Shows the detour, and asks what it changes while the player reads; one that has nothing to show is passed over.
    fn tell_detour(&mut self, play: &mut Play, finished: Finished) {
        play.stage = Stage::Arriving;
        // Nobody wants it any more: then it is told as it was written, like every other text.
        let finished = if finished.source == Source::Cancelled { authored(Why::Written) } else { finished };
        let lines = play.composer.detour_lines(&play.runner, &finished);
        if lines.is_empty() || play.runner.tell_detour(&lines, &BTreeMap::new()).is_err() {
            let moved = play.runner.skip_detour(self.host);
            self.moved(play, moved);
            return;
        }
        self.show_detour(play, &lines, finished.source);
    }

    /// Puts the words of a detour that has been told on stage.
    pub(super) fn show_detour(&mut self, play: &mut Play, lines: &[String], source: Source) {
        let (voice, story) = (self.voice(NARRATOR), self.story);
        let line = format!("detour:{}", play.runner.state().beat);
        self.note_gap(&line);
        let source = self.source_of(&line, source);
        let name = play.runner.story().cast.get(NARRATOR).map(|narrator| narrator.name.clone()).unwrap_or_default();
        let (text, who) = (lines.join("\n"), NARRATOR.to_owned());
        self.out.push(Outgoing::Started(LineStarted {
            entity: voice,
            story,
            line: line.clone(),
            who: who.clone(),
            name,
        }));
        let chunk = LineChunk { entity: voice, story, line: line.clone(), text: text.clone(), sentence: true };
        self.out.push(Outgoing::Chunk(chunk));
        self.out.push(Outgoing::Ready(LineReady { entity: voice, story, line, who, text, source, asks: false }));
        play.stage = Stage::Shown { asks: false, voice };
        self.ask_readings(play, lines);
    }

    fn ask_readings(&mut self, play: &mut Play, lines: &[String]) {
        if self.absence.is_some() {
            return;
        }
        for reading in play.composer.readings(&play.runner, lines) {
            let deadline = self.deadline(reading.request.budget_ms);
            let take = self.submit(&reading.variable, self.story, reading.request.clone());
            play.readings.push(ReadingInPlay { reading, deadline, take });
        }
    }

    /// The player has read it.
    pub(super) fn leave_detour(&mut self, play: &mut Play) {
        play.stage = Stage::Reading;
        self.follow_readings(play);
    }

    /// Goes on when all readings are there, or due.
    pub(super) fn follow_readings(&mut self, play: &mut Play) {
        let (now, absent) = (self.now, self.absence.is_some());
        let waits = |reading: &ReadingInPlay| reading.take.finished.is_none() && now < reading.deadline && !absent;
        if play.readings.iter().any(waits) {
            return;
        }
        let mut values = BTreeMap::new();
        for ReadingInPlay { reading, take, .. } in play.readings.drain(..) {
            match take.finished {
                Some(finished) => {
                    if let Some(value) = reading.value(&finished) {
                        values.insert(reading.variable, value);
                    }
                }
                None => self.requests.forget(take.id),
            }
        }
        // Its words have been told; this adds what was read out of them.
        let moved = match play.runner.tell_detour(&[], &values) {
            Ok(()) => play.runner.advance(self.host),
            Err(error) => Err(error),
        };
        self.moved(play, moved);
    }
}

fn authored(why: Why) -> Finished {
    raconteur_core::desk::authored(String::new(), why)
}
