//! Back into a story from a save, or after the story itself has changed.

use std::sync::Arc;

use super::state::STATE_FORMAT;
use super::{Host, Position, Runner, RunnerError, RunnerEvent, RunnerState};
use crate::story::format::Story;

impl Runner {
    /// Goes on from a saved state, also when the story has changed since: new variables take their first value, old ones
    /// are clamped, and the place is found again by the line, else by the beat, else by the last checkpoint, else the
    /// story starts again with what is known. What is open is settled anew; effects that were applied are not repeated.
    ///
    /// # Errors
    /// [`RunnerError::WrongStory`], [`RunnerError::NewerSave`], or as [`Runner::new`].
    pub fn resume(
        story: Arc<Story>,
        mut state: RunnerState,
        host: &dyn Host,
    ) -> Result<(Self, Vec<RunnerEvent>), RunnerError> {
        if state.story != story.id {
            return Err(RunnerError::WrongStory { saved: state.story, story: story.id.clone() });
        }
        if state.format > STATE_FORMAT {
            return Err(RunnerError::NewerSave { format: state.format, newest: STATE_FORMAT });
        }
        let mut vars = RunnerState::new(&story, 0).vars;
        for (name, value) in &mut vars {
            if let (Some(old), Some(var)) = (state.vars.remove(name), story.vars.get(name)) {
                *value = var.clamp(old);
            }
        }
        state.vars = vars;
        let mut runner = Self { story, state };
        let mut events = Vec::new();
        runner.relocate(host, &mut events)?;
        Ok((runner, events))
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
        let by_line = match &self.state.position {
            Position::Line { id, spoken, .. } => story.beats.iter().find_map(|(beat, body)| {
                let index = body.lines.iter().position(|line| line.id == *id)?;
                Some((beat.to_owned(), Position::Line { id: id.clone(), index, spoken: *spoken }))
            }),
            _ => None,
        };
        if let Some((beat, position)) = by_line {
            if beat != from {
                events.push(RunnerEvent::Relocated { from, to: beat.clone() });
            }
            (self.state.beat, self.state.position) = (beat, position);
            return Ok(());
        }
        if let Some(beat) = story.beats.get(&from) {
            // At the choices or the end of a beat its effects have been applied; only what is open is settled again.
            match &self.state.position {
                Position::Line { .. } => return self.walk_from(0, host, events),
                Position::Ended if beat.end => return Ok(()),
                _ => {}
            }
            return self.walk(None, host, events);
        }
        let to = self.state.checkpoint.clone().filter(|beat| story.beats.contains(beat));
        let to = to.unwrap_or_else(|| story.start.clone());
        events.push(RunnerEvent::Relocated { from, to: to.clone() });
        self.enter(&to, host, events)
    }
}
