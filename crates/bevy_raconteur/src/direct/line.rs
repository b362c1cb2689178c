//! A line on its way to the screen.

use std::collections::BTreeMap;
use std::time::Duration;

use bevy_ecs::entity::Entity;
use raconteur_core::compose::Composed;
use raconteur_core::player_text::PlayerText;
use raconteur_core::request::{LineRequest, Source, Why};
use raconteur_core::runner::PLAYER;
use raconteur_core::story::format::Gen;

use super::outgoing::Outgoing;
use super::take::Take;
use super::{Director, Play, Stage};
use crate::events::{LineChunk, LineReady, LineStarted, Problem};

/// A line that has begun and is not complete.
pub(super) struct LineInPlay {
    id: String,
    who: String,
    voice: Entity,
    /// Whether the player may ask when it is complete.
    asks: bool,
    /// When the authored text takes its place, on the real clock.
    deadline: Duration,
    pub(super) take: Option<Take>,
    /// What stands on screen. Never taken back.
    shown: String,
    /// Whether the player waits no longer.
    interrupted: bool,
}

impl LineInPlay {
    pub(super) fn voice(&self) -> Entity {
        self.voice
    }

    /// It is due now.
    pub(super) fn interrupt(&mut self) {
        self.interrupted = true;
    }
}

impl Director<'_, '_> {
    /// Takes up the line that the runner stands at.
    pub(super) fn begin_line(&mut self, play: &mut Play) {
        let Some(line) = play.runner.line().cloned() else { return };
        let asks = matches!(line.generate, Some(Gen::Answer { .. }));
        let composed = play.composer.line(&play.runner, &line, self.host);
        self.start(play, line.id, line.who, asks, composed, &line.say);
    }

    /// Answers a question of the player, if somebody can be asked.
    pub(super) fn ask(&mut self, play: &mut Play, question: &str) {
        let line = match play.stage {
            Stage::Shown { asks: true, .. } => play.runner.line().cloned(),
            _ => None,
        };
        let Some(line) = line else {
            self.problem(Problem::NobodyToAsk);
            return;
        };
        let question = PlayerText::new(question);
        let composed = play.composer.answer(&play.runner, &line, &question, self.host);
        play.runner.record(PLAYER, question.as_str());
        let unsure = play.composer.unsure(&line).to_owned();
        self.start(play, line.id, line.who, true, composed, &unsure);
    }

    /// Shows the line that is on stage once more, in the words that were shown, else as it was written in the language
    /// that the story is in now. Nobody says it again.
    pub(super) fn show_again(&mut self, play: &mut Play, words: Option<String>) {
        let (Stage::Shown { asks, voice }, Some(line)) = (&play.stage, play.runner.line()) else { return };
        let (asks, voice, story) = (*asks, *voice, self.story);
        let (id, who) = (line.id.clone(), line.who.clone());
        if words.is_none() {
            self.note_gap(&id);
        }
        let text = words.unwrap_or_else(|| line.say.clone());
        let name = play.runner.story().cast.get(&who).map(|character| character.name.clone()).unwrap_or_default();
        self.out.push(Outgoing::Started(LineStarted {
            entity: voice,
            story,
            line: id.clone(),
            who: who.clone(),
            name,
        }));
        let chunk = LineChunk { entity: voice, story, line: id.clone(), text: text.clone(), sentence: true };
        self.out.push(Outgoing::Chunk(chunk));
        let source = self.source_of(&id, Source::Authored(Why::Written));
        self.out.push(Outgoing::Ready(LineReady { entity: voice, story, line: id, who, text, source, asks }));
    }

    fn start(&mut self, play: &mut Play, id: String, who: String, asks: bool, composed: Composed, say: &str) {
        let voice = self.voice(&who);
        self.note_gap(&id);
        let name = play.runner.story().cast.get(&who).map(|character| character.name.clone()).unwrap_or_default();
        self.out.push(Outgoing::Started(LineStarted {
            entity: voice,
            story: self.story,
            line: id.clone(),
            who: who.clone(),
            name,
        }));
        let mut line = LineInPlay {
            id,
            who,
            voice,
            asks,
            deadline: Duration::MAX,
            take: None,
            shown: String::new(),
            interrupted: false,
        };
        match composed {
            Composed::Request(request) if self.absence.is_none() => {
                line.deadline = self.deadline(request.budget_ms);
                line.take = Some(self.take_for(play, &line.id, line.voice, request));
                play.stage = Stage::Line(Box::new(line));
                self.follow_line(play);
            }
            composed => {
                let why = self.absence.clone().unwrap_or(Why::ModelOff);
                let finished = play.composer.offline(&line.id, say, composed, why);
                let source = self.source_of(&line.id, finished.source);
                self.complete(play, line, finished.text, source);
            }
        }
    }

    /// The take for a request that is due: one that was made ahead, if it is the same, else a new one.
    pub(super) fn take_for(&mut self, play: &mut Play, of: &str, voice: Entity, request: LineRequest) -> Take {
        if let Some(at) = play.ahead.iter().position(|take| take.is_for(of, &request)) {
            let take = play.ahead.swap_remove(at);
            // One that still waits behind others is asked for again, more urgently; the words will be the same.
            if take.begun || take.finished.is_some() || take.request.priority >= request.priority {
                return take;
            }
            self.requests.forget(take.id);
        }
        self.submit(of, voice, request)
    }

    pub(super) fn submit(&mut self, of: &str, voice: Entity, request: LineRequest) -> Take {
        let id = self.requests.submit(self.story, voice, request.clone());
        Take::new(id, of.to_owned(), request)
    }

    /// Shows what has come of the line, or its authored text when that is due.
    pub(super) fn follow_line(&mut self, play: &mut Play) {
        let Stage::Line(line) = &mut play.stage else { return };
        let Some(take) = &mut line.take else { return };
        for (text, sentence) in take.chunks.drain(..) {
            line.shown.push_str(&text);
            self.out.push(Outgoing::Chunk(LineChunk {
                entity: line.voice,
                story: self.story,
                line: line.id.clone(),
                text,
                sentence,
            }));
        }
        let (text, source) = if let Some(finished) = take.finished.take() {
            (finished.text, finished.source)
        } else {
            let late = (self.now >= line.deadline).then_some(Why::Late);
            let interrupted = line.interrupted.then_some(Why::Interrupted);
            let Some(why) = self.absence.clone().or(interrupted).or(late) else { return };
            self.requests.forget(take.id);
            (take.request.fallback.clone(), Source::Authored(why))
        };
        let Stage::Line(line) = std::mem::replace(&mut play.stage, Stage::Arriving) else { return };
        // Words on screen are never swapped: what has been shown is the line, however it would have gone on.
        if line.shown.is_empty() {
            self.complete(play, *line, text, source);
        } else {
            let shown = line.shown.clone();
            let source = if matches!(source, Source::Authored(_)) { Source::Generated } else { source };
            self.complete(play, *line, shown, source);
        }
    }

    fn complete(&mut self, play: &mut Play, line: LineInPlay, text: String, source: Source) {
        let LineInPlay { id, who, voice, asks, shown, .. } = line;
        if shown.is_empty() {
            let chunk =
                LineChunk { entity: voice, story: self.story, line: id.clone(), text: text.clone(), sentence: true };
            self.out.push(Outgoing::Chunk(chunk));
        }
        if play.runner.detour().is_some() {
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            // A detour is due, so it can be told.
            let _ = play.runner.tell_detour(&lines, &BTreeMap::new());
        } else {
            play.runner.spoken(&text);
        }
        play.stage = Stage::Shown { asks, voice };
        let story = self.story;
        self.out.push(Outgoing::Ready(LineReady { entity: voice, story, line: id, who, text, source, asks }));
    }
}
