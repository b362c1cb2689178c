//! The detour of a beat: told between its effects and its way on, and back to the same point.

use std::collections::BTreeMap;

use super::walk::Stage;
use super::{Host, Position, Runner, RunnerError, RunnerEvent};
use crate::story::expr::{EffectOp, RangeEffect};
use crate::story::format::Value;

/// Who tells a detour.
const NARRATOR: &str = "narrator";

impl Runner {
    /// The detour that is due has been shown with these lines: they enter the history, and
    /// [`advance`](Self::advance) applies its changes and goes on. Called again, it replaces the readings and adds lines.
    ///
    /// `readings` holds, for variables of [`may`](crate::story::format::Detour::may), the number that was read out of the
    /// interlude: what is added, subtracted or set. Each is clamped to its range. A variable without a reading changes
    /// by 0, or keeps its value, as far as its range allows that.
    ///
    /// # Errors
    /// [`RunnerError::NoDetour`] when none is due; nothing changes.
    pub fn tell_detour(&mut self, lines: &[String], readings: &BTreeMap<String, i64>) -> Result<(), RunnerError> {
        if self.detour().is_none() {
            return Err(RunnerError::NoDetour);
        }
        let id = format!("detour:{}", self.state.beat);
        for line in lines.iter().filter(|line| !line.trim().is_empty()) {
            self.state.record(&id, NARRATOR, line);
        }
        self.state.position = Position::Detour { told: true, readings: readings.clone() };
        Ok(())
    }

    /// Tells the detour that is due, applies its changes and goes on: [`tell_detour`](Self::tell_detour) and
    /// [`advance`](Self::advance) in one. Without lines nothing has been told: it is [skipped](Self::skip_detour).
    ///
    /// # Errors
    /// [`RunnerError::NoDetour`] when none is due, and nothing changes; else as [`advance`](Self::advance).
    pub fn finish_detour(
        &mut self,
        lines: &[String],
        readings: &BTreeMap<String, i64>,
        host: &dyn Host,
    ) -> Result<Vec<RunnerEvent>, RunnerError> {
        if lines.iter().all(|line| line.trim().is_empty()) {
            return self.skip_detour(host);
        }
        self.tell_detour(lines, readings)?;
        self.advance(host)
    }

    /// Passes over the detour that is due: it has not been told, and changes nothing.
    ///
    /// # Errors
    /// [`RunnerError::NoDetour`] when none is due, and nothing changes; else as [`advance`](Self::advance).
    pub fn skip_detour(&mut self, host: &dyn Host) -> Result<Vec<RunnerEvent>, RunnerError> {
        if self.detour().is_none() {
            return Err(RunnerError::NoDetour);
        }
        let mut events = Vec::new();
        self.walk(Stage::WayOn, host, &mut events)?;
        Ok(events)
    }

    pub(super) fn leave_detour(&mut self, host: &dyn Host) -> Result<Vec<RunnerEvent>, RunnerError> {
        let Some((say, may)) = self.detour().map(|detour| (detour.say.clone(), detour.may.clone())) else {
            return self.skip_detour(host);
        };
        if matches!(self.state.position, Position::Detour { told: false, .. }) {
            if say.trim().is_empty() {
                return self.skip_detour(host);
            }
            let lines: Vec<String> = say.lines().map(str::to_owned).collect();
            self.tell_detour(&lines, &BTreeMap::new())?;
        }
        let readings = match &self.state.position {
            Position::Detour { readings, .. } => readings.clone(),
            _ => BTreeMap::new(),
        };
        let beat = self.state.beat.clone();
        self.state.detours.insert(beat.clone());
        let mut events = vec![RunnerEvent::DetourTold { beat }];
        for effect in &may {
            self.write_reading(effect, &readings, &mut events);
        }
        self.walk(Stage::WayOn, host, &mut events)?;
        Ok(events)
    }

    /// Changes a variable as a detour may. One that is no number, or does not exist, stays: the lint has named it.
    fn write_reading(&mut self, effect: &RangeEffect, readings: &BTreeMap<String, i64>, events: &mut Vec<RunnerEvent>) {
        let (Some(name), Some(op), Some((low, high))) = (effect.variable(), effect.op(), effect.range()) else {
            return;
        };
        let Some(Value::Int(old)) = self.state.vars.get(name) else { return };
        let kept = if op == EffectOp::Set { *old } else { 0 };
        // An empty range does not panic here; the lint reports it.
        let read = readings.get(name).copied().unwrap_or(kept).min(high).max(low);
        let new = match op {
            EffectOp::Set => read,
            EffectOp::Add => old.saturating_add(read),
            EffectOp::Subtract => old.saturating_sub(read),
        };
        self.set_var(name, Value::Int(new), events);
    }
}
