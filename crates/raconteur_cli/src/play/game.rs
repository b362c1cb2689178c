//! The story and its model, moved on one step at a time. Nothing here is late: every request is waited for.

use std::collections::BTreeMap;
use std::sync::Arc;

use raconteur_core::compose::{Composed, Composer};
use raconteur_core::desk::{Desk, authored};
use raconteur_core::generate::{GenerateError, Progress, RequestId, TextGenerator};
use raconteur_core::judge::Rejection;
use raconteur_core::player_text::PlayerText;
use raconteur_core::prompt::Bill;
use raconteur_core::request::{Finished, LineEvent, LineRequest, Source, Why};
use raconteur_core::runner::{Host, Moment, OpenChoice, PLAYER, Runner, RunnerError, RunnerEvent, RunnerState};
use raconteur_core::story::format::{Gen, Line, Story};
use raconteur_core::template::Templates;

use super::Stop;
use super::witness::Witness;
use crate::error::CliError;

/// A story that is played.
pub struct Game<'a> {
    runner: Runner,
    composer: Composer,
    host: &'a dyn Host,
    desk: Desk,
    /// Without one, all lines are as written.
    writer: Option<Box<dyn TextGenerator>>,
    next: u64,
    events: Vec<RunnerEvent>,
}

/// A line that has been said.
pub struct Spoken {
    /// Display name of the speaker; empty for a narrator.
    pub name: String,
    /// Whether they can be asked something.
    pub asks: bool,
}

/// A choice as it is offered.
#[derive(Clone)]
pub struct Offered {
    /// Id of the choice or outcome.
    pub id: String,
    /// What it is called, perhaps by the model.
    pub label: String,
    /// Where the label comes from.
    pub source: Source,
}

impl<'a> Game<'a> {
    /// Begins a story.
    ///
    /// # Errors
    /// When a template cannot be read, or the story is broken at its start.
    pub fn new(
        story: Arc<Story>,
        templates: &Templates,
        seed: u64,
        host: &'a dyn Host,
        writer: Option<Box<dyn TextGenerator>>,
    ) -> Result<Self, CliError> {
        let composer = Composer::new(story.clone(), templates).map_err(CliError::failed)?;
        let (runner, events) = Runner::new(story, seed, host).map_err(CliError::failed)?;
        Ok(Self { runner, composer, host, desk: Desk::default(), writer, next: 0, events })
    }

    /// The story.
    pub fn story(&self) -> &Story {
        self.runner.story()
    }

    /// What the model is, if there is one.
    pub fn model(&self) -> Option<String> {
        self.writer.as_ref().map(|writer| writer.describe())
    }

    /// The runner, with the state that it is in.
    pub fn runner(&self) -> &Runner {
        &self.runner
    }

    /// What answers for the game.
    pub fn host(&self) -> &'a dyn Host {
        self.host
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
    pub fn resume(&mut self, story: Arc<Story>, state: RunnerState, templates: &Templates) -> Result<(), CliError> {
        let composer = Composer::new(story.clone(), templates).map_err(CliError::failed)?;
        let (runner, events) = Runner::resume(story, state, self.host).map_err(CliError::failed)?;
        (self.composer, self.runner) = (composer, runner);
        self.events.extend(events);
        Ok(())
    }

    /// Tells a storylet: its words, and its effects. `None` when it cannot be told.
    pub fn tell(&mut self, id: &str, screen: &mut dyn Witness) -> Result<Option<()>, Stop> {
        let story = self.runner.story().clone();
        let Some(storylet) = story.storylets.iter().find(|storylet| storylet.id == id) else { return Ok(None) };
        let name = story.cast.get(&storylet.who).map(|character| character.name.clone()).unwrap_or_default();
        let speaker = if name.is_empty() { storylet.who.clone() } else { name.clone() };
        let composed = self.composer.storylet(&self.runner, storylet, self.host);
        let finished = self.finish(&storylet.id, &name, composed, &storylet.say, screen)?;
        screen.line(&speaker, &name, &finished)?;
        let events = self.runner.tell(id, self.host).map_err(CliError::failed)?;
        self.runner.remarked(id, &finished.text);
        self.events.extend(events);
        // Its effects may have opened a choice.
        self.events.extend(self.runner.refresh(self.host).map_err(CliError::failed)?);
        Ok(Some(()))
    }

    /// What has happened since the last call.
    pub fn take_events(&mut self) -> Vec<RunnerEvent> {
        std::mem::take(&mut self.events)
    }

    /// What is due.
    pub fn moment(&self) -> Moment {
        self.runner.moment()
    }

    /// Says the line that is due; `None` when none is.
    pub fn line(&mut self, screen: &mut dyn Witness) -> Result<Option<Spoken>, Stop> {
        let Some(line) = self.runner.line().cloned() else { return Ok(None) };
        let composed = self.composer.line(&self.runner, &line, self.host);
        let say = line.say.clone();
        self.say(&line, composed, say, screen).map(Some)
    }

    /// Answers a question to whoever has just spoken.
    pub fn ask(&mut self, question: &str, screen: &mut dyn Witness) -> Result<Option<Spoken>, Stop> {
        let Some(line) = self.runner.line().cloned() else { return Ok(None) };
        let question = PlayerText::new(question);
        let composed = self.composer.answer(&self.runner, &line, &question, self.host);
        self.runner.record(PLAYER, question.as_str());
        let unsure = self.composer.unsure(&line).to_owned();
        self.say(&line, composed, unsure, screen).map(Some)
    }

    fn say(&mut self, line: &Line, composed: Composed, say: String, screen: &mut dyn Witness) -> Result<Spoken, Stop> {
        let name = self.story().cast.get(&line.who).map(|character| character.name.clone()).unwrap_or_default();
        let speaker = if name.is_empty() { line.who.clone() } else { name.clone() };
        let finished = self.finish(&line.id, &name, composed, &say, screen)?;
        screen.line(&speaker, &name, &finished)?;
        self.runner.spoken(&finished.text);
        Ok(Spoken { name, asks: matches!(line.generate, Some(Gen::Answer { .. })) })
    }

    /// Sees a text to its end, with the model if there is one; `name` stands before what comes.
    fn finish(
        &mut self,
        id: &str,
        name: &str,
        composed: Composed,
        say: &str,
        screen: &mut dyn Witness,
    ) -> Result<Finished, Stop> {
        let request = match composed {
            Composed::Request(request) if self.writer.is_some() => request,
            other => return Ok(self.composer.offline(id, say, other, Why::ModelOff)),
        };
        screen.prompt(id, prompt_of(&request))?;
        let mut failure = None;
        let finished = self.write(vec![request], &mut |_, event| {
            let shown = match event {
                LineEvent::Started { bill } => screen.bill(bill),
                LineEvent::Chunk { text, .. } => screen.chunk(name, text),
                LineEvent::Finished(_) => Ok(()),
            };
            failure = failure.take().or(shown.err());
        });
        if let Some(failure) = failure {
            return Err(failure.into());
        }
        Ok(finished.into_iter().next().unwrap_or_else(|| authored(say.to_owned(), Why::Written)))
    }

    /// Tells the detour that is due, reads out of it what it changes, and goes on behind it.
    pub fn detour(&mut self, screen: &mut dyn Witness) -> Result<(), Stop> {
        let Moment::Detour { beat, say } = self.runner.moment() else { return Ok(()) };
        let composed = self.composer.detour(&self.runner, self.host);
        let composed = composed.unwrap_or(Composed::Authored(Why::Written));
        let finished = self.finish(&format!("detour:{beat}"), "", composed, &say, screen)?;
        let lines = self.composer.detour_lines(&self.runner, &finished);
        if !lines.is_empty() {
            screen.line("narrator", "", &Finished { text: lines.join("\n"), ..finished })?;
        }
        let readings = match &self.writer {
            Some(_) => self.composer.readings(&self.runner, &lines),
            None => Vec::new(),
        };
        let requests = readings.iter().map(|reading| reading.request.clone()).collect();
        let ends = self.write(requests, &mut |_, _| {});
        let read = readings.iter().zip(&ends);
        let values = read.filter_map(|(reading, end)| Some((reading.variable.clone(), reading.value(end)?))).collect();
        let events = self.runner.finish_detour(&lines, &values, self.host).map_err(CliError::failed)?;
        self.events.extend(events);
        Ok(())
    }

    /// The choices to show, in the writer's order. At a slot the model words and ranks them.
    pub fn offer(&mut self, open: &[OpenChoice], screen: &mut dyn Witness) -> Result<Vec<Offered>, Stop> {
        let written =
            |choice: OpenChoice, why: Why| Offered { id: choice.id, label: choice.say, source: Source::Authored(why) };
        if !matches!(self.runner.moment(), Moment::Slot { .. }) {
            return Ok(open.iter().map(|choice| written(choice.clone(), Why::Written)).collect());
        }
        let beat = self.runner.state().beat.clone();
        let story = self.runner.story().clone();
        let slot = story.beats.get(&beat).and_then(|beat| beat.slot.as_ref());
        let outcomes = slot.map(|slot| slot.outcomes.as_slice()).unwrap_or_default();
        if self.writer.is_none() {
            let label = |choice: OpenChoice| {
                let Some(outcome) = outcomes.iter().find(|outcome| outcome.id == choice.id) else {
                    return written(choice, Why::ModelOff);
                };
                let composed = self.composer.label(&self.runner, &beat, outcome, self.host);
                let composed = match composed {
                    Composed::Authored(_) => Composed::Authored(Why::ModelOff),
                    other => other,
                };
                let label = self.composer.offline(&choice.id, &choice.say, composed, Why::ModelOff);
                Offered { id: choice.id, label: label.text, source: label.source }
            };
            return Ok(self.runner.offered(&[]).into_iter().map(label).collect());
        }
        let (mut asked, mut requests) = (Vec::new(), Vec::new());
        for choice in open {
            let Some(outcome) = outcomes.iter().find(|outcome| outcome.id == choice.id) else { continue };
            if let Composed::Request(request) = self.composer.label(&self.runner, &beat, outcome, self.host) {
                asked.push(choice.id.clone());
                requests.push(request);
            }
        }
        let ranks = self.composer.rank_outcomes(&self.runner, &beat);
        let ranked = ranks.is_some();
        requests.extend(ranks);

        if let Some(request) = requests.first() {
            screen.prompt(&beat, prompt_of(request))?;
        }
        let mut bill: Option<Bill> = None;
        let mut finished = self.write(requests, &mut |at, event| {
            if let (0, LineEvent::Started { bill: of }) = (at, event) {
                bill = Some(of.clone());
            }
        });
        if let Some(bill) = bill {
            screen.bill(&bill)?;
        }
        let ranking = if ranked { finished.pop().map(|ranks| ranks.ranking) } else { None };
        let mut labels: BTreeMap<String, Finished> = asked.into_iter().zip(finished).collect();

        let mut offered: Vec<Offered> = Vec::new();
        for choice in self.runner.offered(&ranking.unwrap_or_default()) {
            let Some(label) = labels.remove(&choice.id) else {
                offered.push(written(choice, Why::Written));
                continue;
            };
            screen.rejected(&choice.id, &label)?;
            // Two choices that read the same are no choice.
            if offered.iter().any(|other| other.label == label.text) {
                offered.push(written(choice, Why::Rejected(Rejection::Repeats)));
            } else {
                offered.push(Offered { id: choice.id, label: label.text, source: label.source });
            }
        }
        Ok(offered)
    }

    /// Takes a choice, with the words that were shown.
    pub fn choose(&mut self, chosen: &Offered) -> Result<(), RunnerError> {
        let events = self.runner.choose_worded(&chosen.id, Some(&chosen.label), self.host)?;
        self.events.extend(events);
        Ok(())
    }

    /// Goes on after a line.
    pub fn advance(&mut self) -> Result<(), RunnerError> {
        let events = self.runner.advance(self.host)?;
        self.events.extend(events);
        Ok(())
    }

    /// Sees requests to their end, all at once, and gives the ends in the order of the requests. `hear` is told what
    /// comes, with the place of its request.
    fn write(&mut self, requests: Vec<LineRequest>, hear: &mut dyn FnMut(usize, &LineEvent)) -> Vec<Finished> {
        let first = self.next;
        self.next += requests.len() as u64;
        let fallbacks: Vec<String> = requests.iter().map(|request| request.fallback.clone()).collect();
        let mut ends: Vec<Option<Finished>> = vec![None; requests.len()];
        let mut sink = |id: RequestId, event: LineEvent| {
            let at = id.0.saturating_sub(first) as usize;
            hear(at, &event);
            if let (LineEvent::Finished(finished), Some(end)) = (event, ends.get_mut(at)) {
                *end = Some(finished);
            }
        };
        for (id, request) in (first..).zip(requests) {
            self.desk.submit(RequestId(id), request, &mut sink);
        }
        if let Some(writer) = &mut self.writer {
            while self.desk.step(writer.as_mut(), &mut sink) == Progress::Working {}
        }
        // A model that falls silent leaves requests behind.
        let silent = Why::Failed(GenerateError::Backend("it stopped without an answer".to_owned()));
        self.desk.abandon(&silent, &mut sink);
        let ended = ends.into_iter().zip(fallbacks);
        ended.map(|(end, say)| end.unwrap_or_else(|| authored(say, silent.clone()))).collect()
    }
}

/// The whole text of a prompt, before anything is dropped from it.
fn prompt_of(request: &LineRequest) -> String {
    request.work.prompt().full()
}
