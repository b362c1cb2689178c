//! Back into a story from a save, or after the story itself has changed.

use std::sync::Arc;

use super::merge::merge;
use super::state::STATE_FORMAT;
use super::walk::Stage;
use super::{Host, Lost, Position, Runner, RunnerError, RunnerEvent, RunnerState};
use crate::story::format::{Beat, Story};

impl Runner {
    /// Goes on from a saved state, also when the story has changed since. What is new takes its first value; what is gone
    /// is dropped, and [`RunnerEvent::Lost`] says so. The place is found again by the line, else by the beat, else by the
    /// last checkpoint, else the story starts again with what is known; [`RunnerEvent::Relocated`] tells a change of
    /// beat. What is open is settled anew; effects that were applied are not repeated, and what stands on the screen
    /// ([`shown`](Self::shown), [`labels`](Self::labels)) is as it was saved.
    ///
    /// # Errors
    /// [`RunnerError::WrongStory`], [`RunnerError::NewerSave`], or as [`Runner::new`] when the story can go on from none
    /// of these places.
    pub fn resume(
        story: Arc<Story>,
        state: RunnerState,
        host: &dyn Host,
    ) -> Result<(Self, Vec<RunnerEvent>), RunnerError> {
        if state.story != story.id {
            return Err(RunnerError::WrongStory { saved: state.story, story: story.id.clone() });
        }
        if state.format > STATE_FORMAT {
            return Err(RunnerError::NewerSave { format: state.format, newest: STATE_FORMAT });
        }
        let (state, lost) = merge(&story, state);
        let mut events: Vec<RunnerEvent> = lost.into_iter().map(RunnerEvent::Lost).collect();
        let was_stuck = matches!(state.position, Position::Stuck(_));
        let mut runner = Self { story, state };
        let saved = runner.state.clone();
        let Err(error) = runner.relocate(host, &mut events) else { return Ok((runner, events)) };
        if was_stuck {
            // It could not go on before either. The game may still help it out.
            let RunnerError::Stuck { events: more, .. } = error else { return Err(error) };
            events.extend(more);
            return Ok((runner, events));
        }
        // The beat is there, but in this state it has no way on: a state that the changed story cannot reach itself.
        events.extend(error.into_events());
        let places = [saved.checkpoint.clone(), Some(runner.story.start.clone())];
        let mut result = Err(RunnerError::NoSuchBeat { beat: saved.beat.clone(), events: Vec::new() });
        for place in places.into_iter().flatten() {
            runner.state = saved.clone();
            let mut on_the_way = vec![RunnerEvent::Relocated { from: saved.beat.clone(), to: place.clone() }];
            result = runner.enter(&place, host, &mut on_the_way);
            if result.is_ok() {
                events.append(&mut on_the_way);
                return Ok((runner, events));
            }
        }
        result.map(|()| (runner, events))
    }

    /// Settles again which choices are open, because what the host answers may have changed.
    ///
    /// # Errors
    /// [`RunnerError::Stuck`] when none is open any more.
    pub fn refresh(&mut self, host: &dyn Host) -> Result<Vec<RunnerEvent>, RunnerError> {
        let mut events = Vec::new();
        if matches!(self.state.position, Position::Choices { .. } | Position::Slot { .. } | Position::Stuck(_)) {
            self.relocate(host, &mut events)?;
        }
        Ok(events)
    }

    fn relocate(&mut self, host: &dyn Host, events: &mut Vec<RunnerEvent>) -> Result<(), RunnerError> {
        let story = self.story.clone();
        let from = self.state.beat.clone();
        if let Position::Line { id, spoken, .. } = &self.state.position
            && let Some((beat, index)) = find_line(&story, &from, id)
        {
            let position = Position::Line { id: id.clone(), index, spoken: *spoken };
            if beat != from {
                events.push(RunnerEvent::Relocated { from, to: beat.clone() });
            }
            (self.state.beat, self.state.position) = (beat, position);
            return Ok(());
        }
        if let Some(beat) = story.beats.get(&from) {
            return self.resettle(beat, host, events);
        }
        let to = self.state.checkpoint.clone().filter(|beat| story.beats.contains(beat));
        let to = to.unwrap_or_else(|| story.start.clone());
        events.push(RunnerEvent::Relocated { from, to: to.clone() });
        self.enter(&to, host, events)
    }

    /// Finds the place in the beat again, which is still there.
    fn resettle(&mut self, beat: &Beat, host: &dyn Host, events: &mut Vec<RunnerEvent>) -> Result<(), RunnerError> {
        match self.state.position.clone() {
            Position::Line { id, .. } => {
                // The beat begins again; what was said in it does not stand on the screen twice.
                self.state.shown.clear();
                let (before, at) = (self.state.beat.clone(), events.len());
                let walked = self.walk(Stage::Line(0), host, events);
                let instead = self.line().filter(|_| self.state.beat == before).map(|line| line.id.clone());
                let lost = RunnerEvent::Lost(Lost::Line { id, instead });
                match walked {
                    Ok(()) => {
                        events.insert(at, lost);
                        Ok(())
                    }
                    Err(error) => Err(error.after(lost)),
                }
            }
            Position::Detour { .. } if beat.detour.is_some() => Ok(()),
            Position::Detour { .. } => {
                events.push(RunnerEvent::Lost(Lost::Detour { beat: self.state.beat.clone() }));
                self.walk(Stage::WayOn, host, events)
            }
            Position::Ended if beat.end => Ok(()),
            Position::Ended | Position::Stuck(_) => self.walk(Stage::WayOn, host, events),
            Position::Choices { open } => {
                self.walk(Stage::WayOn, host, events)?;
                self.tell_lost_ways(beat, &open, events);
                Ok(())
            }
            Position::Slot { open, labels } => {
                self.walk(Stage::WayOn, host, events)?;
                self.tell_lost_ways(beat, &open, events);
                // The same words stay on the screen only if all of them can still be taken.
                if let Position::Slot { open, labels: shown } = &mut self.state.position
                    && labels.iter().all(|label| open.contains(&label.id))
                {
                    *shown = labels;
                }
                Ok(())
            }
        }
    }

    /// Says which of the ways that were open are not in the beat any more. Those that are only closed now are the
    /// business of their conditions.
    fn tell_lost_ways(&self, beat: &Beat, open: &[String], events: &mut Vec<RunnerEvent>) {
        if !matches!(self.state.position, Position::Choices { .. } | Position::Slot { .. }) {
            events.push(RunnerEvent::Lost(Lost::WayOn { beat: self.state.beat.clone() }));
            return;
        }
        let gone = open.iter().filter(|id| super::walk::find(beat, id).is_none());
        events.extend(gone.map(|id| RunnerEvent::Lost(Lost::Choice { id: id.clone() })));
    }
}

/// Where a line stands now: in the beat it stood in, if it is there twice.
fn find_line(story: &Story, beat: &str, id: &str) -> Option<(String, usize)> {
    let within = |beat: &Beat| beat.lines.iter().position(|line| line.id == id);
    if let Some(index) = story.beats.get(beat).and_then(within) {
        return Some((beat.to_owned(), index));
    }
    story.beats.iter().find_map(|(beat, body)| Some((beat.to_owned(), within(body)?)))
}
