//! A story that is played without a screen: by a list, or by chance, with any generator or none.
//!
//! ```text
//! Player   a route, then chance          what is chosen, asked and told
//!   |
//! Rehearsal: Runner -> Composer -> Desk -> generator
//!   |
//! Told     to whoever watches            prompts, bills, chunks, and what was delivered
//! ```
//! `raconteur play` puts a screen in front of it, `raconteur eval` counts what it tells, tests let the worst of
//! generators loose on it. It is moved on step by step ([`line`](Rehearsal::line), [`offer`](Rehearsal::offer), ..), or
//! plays by itself to the end ([`play`](Rehearsal::play)).
//!
//! It knows no thread and no clock: nothing is late unless the [`Room`] brings a clock, or a request takes more steps
//! than [`Limits::steps`].

mod chance;
pub(crate) mod dice;
mod inspect;
mod player;
mod plays;
mod renewed;
mod told;
mod writing;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compose::{Composed, Composer};
use crate::desk::{Desk, authored};
use crate::judge::Rejection;
use crate::player_text::PlayerText;
use crate::request::{Finished, LineRequest, Source, Why};
use crate::runner::{Host, Moment, OpenChoice, PLAYER, Runner, RunnerError, RunnerEvent, RunnerState};
use crate::story::format::{Gen, Line, Story};
use crate::template::{TemplateError, Templates};

pub use chance::Chance;
pub(crate) use chance::Words;
pub use inspect::{Fault, Inspector, KnownWords, Tally};
pub use player::{End, Player};
pub use plays::{Played, Plays};
pub use renewed::Renewed;
pub use told::{Delivered, Kind, Piece, Room, Told};
pub use writing::{Counts, Limits};

/// Cast id of who tells a detour.
const NARRATOR: &str = "narrator";

/// A story that is being played.
pub struct Rehearsal<'a> {
    runner: Runner,
    composer: Composer,
    host: &'a dyn Host,
    desk: Desk,
    limits: Limits,
    counts: Counts,
    /// Number of the next request.
    next: u64,
    events: Vec<RunnerEvent>,
}

/// A choice as it is offered.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// Id of the choice or outcome.
    pub id: String,
    /// What it is called, perhaps by the model.
    pub label: String,
    /// Where the label comes from.
    pub source: Source,
}

/// A line that has been said.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoken {
    /// Whose line it was.
    pub piece: Piece,
    /// Its words.
    pub finished: Finished,
    /// Whether its speaker can be asked something.
    pub asks: bool,
}

/// Why a story cannot be played.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RehearsalError {
    /// A template of the story cannot be read.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The story is broken at its start, or a state does not belong to it.
    #[error(transparent)]
    Runner(#[from] RunnerError),
}

impl<'a> Rehearsal<'a> {
    /// Begins a story. What happens on the way to its first moment is in [`take_events`](Self::take_events).
    ///
    /// Whoever wants other policies clones the story and changes them before.
    ///
    /// # Errors
    /// When a template of the story cannot be read, or the story is broken at its start.
    pub fn new(
        story: Arc<Story>,
        templates: &Templates,
        seed: u64,
        host: &'a dyn Host,
    ) -> Result<Self, RehearsalError> {
        let composer = Composer::new(story.clone(), templates)?;
        let (runner, events) = Runner::new(story, seed, host)?;
        Ok(Self {
            runner,
            composer,
            host,
            desk: Desk::default(),
            limits: Limits::default(),
            counts: Counts::default(),
            next: 0,
            events,
        })
    }

    /// Sets what it may take.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Begins the story anew with another seed and another host. Composing is set up already, which takes longer than a
    /// short play. Counts go on.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn again<'b>(self, seed: u64, host: &'b dyn Host) -> Result<Rehearsal<'b>, RehearsalError> {
        let (runner, events) = Runner::new(self.runner.story().clone(), seed, host)?;
        Ok(Rehearsal { runner, host, events, ..self })
    }

    /// The story.
    #[must_use]
    pub fn story(&self) -> &Arc<Story> {
        self.runner.story()
    }

    /// What makes the requests.
    #[must_use]
    pub fn composer(&self) -> &Composer {
        &self.composer
    }

    /// The runner, with the state that it is in.
    #[must_use]
    pub fn runner(&self) -> &Runner {
        &self.runner
    }

    /// What answers for the game.
    #[must_use]
    pub fn host(&self) -> &'a dyn Host {
        self.host
    }

    /// How many requests were made, and how they ended.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// What is due.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.runner.moment()
    }

    /// What has happened since the last call.
    pub fn take_events(&mut self) -> Vec<RunnerEvent> {
        std::mem::take(&mut self.events)
    }

    /// Puts the story back to where a runner stood.
    pub fn put_back(&mut self, runner: Runner) {
        self.events.clear();
        self.runner = runner;
    }

    /// Goes on from another state of this story, perhaps in another language.
    ///
    /// # Errors
    /// The state belongs to another story, or the story cannot go on from there.
    pub fn resume(
        &mut self,
        story: Arc<Story>,
        state: RunnerState,
        templates: &Templates,
    ) -> Result<(), RehearsalError> {
        let composer = Composer::new(story.clone(), templates)?;
        let (runner, events) = Runner::resume(story, state, self.host)?;
        (self.composer, self.runner) = (composer, runner);
        self.events.extend(events);
        Ok(())
    }

    /// Says the line that is due; `None` when none is. Goes on with [`advance`](Self::advance).
    pub fn line(&mut self, room: &mut Room<'_, '_>) -> Option<Spoken> {
        let line = self.runner.line().cloned()?;
        let composed = self.composer.line(&self.runner, &line, self.host);
        let piece = self.piece(Kind::Line, &line.id, &line.who, line.generate.as_ref());
        let finished = self.deliver(&piece, composed, &line.say, "", room);
        Some(self.said(&line, piece, finished))
    }

    /// Answers a question to whoever has just spoken; `None` when no line is due.
    pub fn ask(&mut self, question: &str, room: &mut Room<'_, '_>) -> Option<Spoken> {
        let line = self.runner.line().cloned()?;
        let question = PlayerText::new(question);
        let composed = self.composer.answer(&self.runner, &line, &question, self.host);
        self.runner.record(PLAYER, question.as_str());
        let unsure = self.composer.unsure(&line).to_owned();
        let piece = self.piece(Kind::Answer, &line.id, &line.who, line.generate.as_ref());
        let finished = self.deliver(&piece, composed, &unsure, question.as_str(), room);
        Some(self.said(&line, piece, finished))
    }

    /// Tells a storylet, whether or not it may be told now: its words, and its effects. `None` when the story has none of
    /// this id.
    ///
    /// # Errors
    /// When the story cannot go on where it stands.
    pub fn tell(&mut self, id: &str, room: &mut Room<'_, '_>) -> Result<Option<Spoken>, RunnerError> {
        let story = self.runner.story().clone();
        let Some(storylet) = story.storylets.iter().find(|storylet| storylet.id == id) else { return Ok(None) };
        let composed = self.composer.storylet(&self.runner, storylet, self.host);
        let piece = self.piece(Kind::Storylet, id, &storylet.who, storylet.generate.as_ref());
        let finished = self.deliver(&piece, composed, &storylet.say, "", room);
        let events = self.runner.tell(id, self.host)?;
        self.runner.remarked(id, &finished.text);
        self.events.extend(events);
        // Its effects may have opened a choice.
        let events = self.runner.refresh(self.host)?;
        self.events.extend(events);
        Ok(Some(Spoken { piece, finished, asks: false }))
    }

    /// Tells the detour that is due, reads out of it what it changes, and goes on behind it. Does nothing when none is.
    ///
    /// # Errors
    /// When the story cannot go on behind it.
    pub fn detour(&mut self, room: &mut Room<'_, '_>) -> Result<(), RunnerError> {
        let Moment::Detour { beat, say } = self.runner.moment() else { return Ok(()) };
        let composed = self.composer.detour(&self.runner, self.host).unwrap_or(Composed::Authored(Why::Written));
        let piece = self.piece(Kind::Detour, &format!("detour:{beat}"), NARRATOR, None);
        let (finished, request, millis) = self.finish(&piece, composed, &say, room);
        let lines = self.composer.detour_lines(&self.runner, &finished);
        if !lines.is_empty() {
            let finished = Finished { text: lines.join("\n"), ..finished };
            self.tell_delivered(&piece, "", request.as_ref(), &finished, millis, room);
        }
        let readings = match &room.writer {
            Some(_) => self.composer.readings(&self.runner, &lines),
            None => Vec::new(),
        };
        let pieces: Vec<Piece> =
            readings.iter().map(|reading| self.piece(Kind::Reading, &reading.variable, NARRATOR, None)).collect();
        let requests = pieces.iter().zip(readings.iter().map(|reading| reading.request.clone())).collect();
        let (ends, millis) = self.write(requests, room);
        for ((piece, reading), end) in pieces.iter().zip(&readings).zip(&ends) {
            self.tell_delivered(piece, "", Some(&reading.request), end, millis, room);
        }
        let read = readings.iter().zip(&ends);
        let values = read.filter_map(|(reading, end)| Some((reading.variable.clone(), reading.value(end)?))).collect();
        let events = self.runner.finish_detour(&lines, &values, self.host)?;
        self.events.extend(events);
        Ok(())
    }

    /// The choices to show, in the writer's order. At a slot the model words and ranks them.
    pub fn offer(&mut self, open: &[OpenChoice], room: &mut Room<'_, '_>) -> Vec<Offered> {
        let slot = matches!(self.runner.moment(), Moment::Slot { .. });
        let labels = if slot { self.slot_labels(open, room) } else { written_labels(open) };
        let mut offered: Vec<Offered> = Vec::new();
        for Label { id, mut finished, request, millis } in labels {
            let piece = self.piece(if slot { Kind::Label } else { Kind::Choice }, &id, PLAYER, None);
            // Two choices that read the same are no choice.
            if request.is_some()
                && offered.iter().any(|other| other.label == finished.text)
                && let Some(choice) = open.iter().find(|choice| choice.id == id)
            {
                finished.text.clone_from(&choice.say);
                finished.source = Source::Authored(Why::Rejected(Rejection::Repeats));
            }
            self.tell_delivered(&piece, "", request.as_ref(), &finished, millis, room);
            offered.push(Offered { id, label: finished.text, source: finished.source });
        }
        offered
    }

    /// Asks which choice the player's free words mean: `request` comes from the [composer](Self::composer). `None`
    /// without a writer.
    pub fn hear(&mut self, request: LineRequest, room: &mut Room<'_, '_>) -> Option<Finished> {
        room.writer.as_ref()?;
        let piece = self.piece(Kind::Words, "words", PLAYER, None);
        let (ends, millis) = self.write(vec![(&piece, request.clone())], room);
        let finished = ends.into_iter().next()?;
        self.tell_delivered(&piece, "", Some(&request), &finished, millis, room);
        Some(finished)
    }

    /// Takes a choice, with the words that were shown.
    ///
    /// # Errors
    /// As [`Runner::choose_worded`].
    pub fn choose(&mut self, chosen: &Offered) -> Result<(), RunnerError> {
        let events = self.runner.choose_worded(&chosen.id, Some(&chosen.label), self.host)?;
        self.events.extend(events);
        Ok(())
    }

    /// Goes on after a line.
    ///
    /// # Errors
    /// As [`Runner::advance`].
    pub fn advance(&mut self) -> Result<(), RunnerError> {
        let events = self.runner.advance(self.host)?;
        self.events.extend(events);
        Ok(())
    }

    fn said(&mut self, line: &Line, piece: Piece, finished: Finished) -> Spoken {
        self.runner.spoken(&finished.text);
        Spoken { piece, finished, asks: matches!(line.generate, Some(Gen::Answer { .. })) }
    }

    /// The labels of a slot in the order in which they are shown, before those that read the same are told apart.
    fn slot_labels(&mut self, open: &[OpenChoice], room: &mut Room<'_, '_>) -> Vec<Label> {
        let story = self.runner.story().clone();
        let beat = self.runner.state().beat.clone();
        let slot = story.beats.get(&beat).and_then(|beat| beat.slot.as_ref());
        let outcome = |id: &str| slot.and_then(|slot| slot.outcomes.iter().find(|outcome| outcome.id == id));
        if room.writer.is_none() {
            let label = |choice: OpenChoice| {
                let composed = outcome(&choice.id).map(|it| self.composer.label(&self.runner, &beat, it, self.host));
                let composed = match composed {
                    None | Some(Composed::Authored(_)) => Composed::Authored(Why::ModelOff),
                    Some(other) => other,
                };
                let finished = self.composer.offline(&choice.id, &choice.say, composed, Why::ModelOff);
                Label { id: choice.id, finished, request: None, millis: None }
            };
            return self.runner.offered(&[]).into_iter().map(label).collect();
        }
        let (mut pieces, mut requests) = (Vec::new(), Vec::new());
        for (choice, outcome) in open.iter().filter_map(|choice| Some((choice, outcome(&choice.id)?))) {
            if let Composed::Request(request) = self.composer.label(&self.runner, &beat, outcome, self.host) {
                pieces.push(self.piece(Kind::Label, &choice.id, PLAYER, None));
                requests.push(request);
            }
        }
        let ranks = self.composer.rank_outcomes(&self.runner, &beat);
        let ranked = ranks.is_some();
        if let Some(ranks) = ranks {
            pieces.push(self.piece(Kind::Ranking, &beat, PLAYER, None));
            requests.push(ranks);
        }
        let kept: Vec<Option<LineRequest>> = requests.iter().map(|request| Some(request.clone())).collect();
        let (mut ends, millis) = self.write(pieces.iter().zip(requests).collect(), room);
        let mut ranking = Vec::new();
        if ranked && let (Some(end), Some(piece), Some(request)) = (ends.pop(), pieces.pop(), kept.last()) {
            self.tell_delivered(&piece, "", request.as_ref(), &end, millis, room);
            ranking = end.ranking;
        }
        let mut worded: BTreeMap<String, (Finished, Option<LineRequest>)> =
            pieces.into_iter().map(|piece| piece.id).zip(ends.into_iter().zip(kept)).collect();
        let label = |choice: OpenChoice| match worded.remove(&choice.id) {
            Some((finished, request)) => Label { id: choice.id, finished, request, millis },
            None => Label::written(choice),
        };
        self.runner.offered(&ranking).into_iter().map(label).collect()
    }

    /// Sees a text to its end and tells of it.
    fn deliver(
        &mut self,
        piece: &Piece,
        composed: Composed,
        say: &str,
        question: &str,
        room: &mut Room<'_, '_>,
    ) -> Finished {
        let (finished, request, millis) = self.finish(piece, composed, say, room);
        self.tell_delivered(piece, question, request.as_ref(), &finished, millis, room);
        finished
    }

    /// Sees a text to its end, with the model if there is one.
    fn finish(
        &mut self,
        piece: &Piece,
        composed: Composed,
        say: &str,
        room: &mut Room<'_, '_>,
    ) -> (Finished, Option<LineRequest>, Option<f64>) {
        let request = match composed {
            Composed::Request(request) if room.writer.is_some() => request,
            other => return (self.composer.offline(&piece.id, say, other, Why::ModelOff), None, None),
        };
        let (ends, millis) = self.write(vec![(piece, request.clone())], room);
        let finished = ends.into_iter().next().unwrap_or_else(|| authored(say.to_owned(), Why::Written));
        (finished, Some(request), millis)
    }

    fn tell_delivered(
        &self,
        piece: &Piece,
        question: &str,
        request: Option<&LineRequest>,
        finished: &Finished,
        millis: Option<f64>,
        room: &mut Room<'_, '_>,
    ) {
        let (runner, host) = (&self.runner, self.host);
        (room.watch)(Told::Delivered(&Delivered { piece, question, request, finished, millis, runner, host }));
    }

    fn piece(&self, kind: Kind, id: &str, who: &str, generate: Option<&Gen>) -> Piece {
        let name = self.story().cast.get(who).map(|character| character.name.clone()).unwrap_or_default();
        Piece {
            kind,
            id: id.to_owned(),
            beat: self.runner.state().beat.clone(),
            who: who.to_owned(),
            name,
            gen_kind: told::gen_kind(kind, generate),
            at: 0,
        }
    }
}

/// A label before it is offered.
struct Label {
    id: String,
    finished: Finished,
    /// What was asked of the model, if anything was.
    request: Option<LineRequest>,
    millis: Option<f64>,
}

impl Label {
    fn written(choice: OpenChoice) -> Self {
        Self { id: choice.id, finished: authored(choice.say, Why::Written), request: None, millis: None }
    }
}

fn written_labels(open: &[OpenChoice]) -> Vec<Label> {
    open.iter().cloned().map(Label::written).collect()
}
