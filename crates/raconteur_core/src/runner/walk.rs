//! From one moment to the next.

use std::collections::BTreeMap;

use super::{Host, Position, Runner, RunnerError, RunnerEvent, StuckReason};
use crate::story::expr::{Effect, Expr};
use crate::story::format::{Beat, Value};

/// Most beats in a row without a line. More is a circle: a story of a thousand silent beats has other troubles.
const MAX_HOPS: usize = 1000;

/// How far a beat has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// This line is next.
    Line(usize),
    /// Its lines have been shown and its effects applied, and its detour has been told or passed over.
    WayOn,
}

/// What a choice and an outcome have in common.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) id: &'a str,
    pub(super) say: &'a str,
    pub(super) to: &'a str,
    pub(super) when: Option<&'a Expr>,
    pub(super) once: bool,
    pub(super) then: &'a [Effect],
}

fn choices(beat: &Beat) -> impl Iterator<Item = Way<'_>> {
    beat.choices.iter().map(way_of)
}

fn way_of(choice: &crate::story::format::Choice) -> Way<'_> {
    Way {
        id: &choice.id,
        say: &choice.say,
        to: &choice.to,
        when: choice.when.as_ref(),
        once: choice.once,
        then: &choice.then,
    }
}

fn outcomes(beat: &Beat) -> impl Iterator<Item = Way<'_>> {
    beat.slot.iter().flat_map(|slot| &slot.outcomes).map(|outcome| Way {
        id: &outcome.id,
        say: &outcome.say,
        to: &outcome.to,
        when: outcome.when.as_ref(),
        once: outcome.once,
        then: &outcome.then,
    })
}

/// The choice or outcome of a beat with this id.
pub(super) fn find<'a>(beat: &'a Beat, id: &str) -> Option<Way<'a>> {
    choices(beat).chain(beat.otherwise.iter().map(way_of)).chain(outcomes(beat)).find(|way| way.id == id)
}

impl Runner {
    /// Enters a beat and goes on to the first moment at which somebody has to do something.
    pub(super) fn enter(
        &mut self,
        beat: &str,
        host: &dyn Host,
        events: &mut Vec<RunnerEvent>,
    ) -> Result<(), RunnerError> {
        self.arrive(beat, events)?;
        self.walk(Stage::Line(0), host, events)
    }

    /// Goes on in the current beat.
    pub(super) fn walk(
        &mut self,
        mut from: Stage,
        host: &dyn Host,
        events: &mut Vec<RunnerEvent>,
    ) -> Result<(), RunnerError> {
        let story = self.story.clone();
        for _ in 0..MAX_HOPS {
            let Some(beat) = story.beats.get(&self.state.beat) else {
                return Err(self.lost(self.state.beat.clone(), events));
            };
            if let Stage::Line(index) = from {
                for (index, line) in beat.lines.iter().enumerate().skip(index) {
                    let told = line.once && self.state.seen.contains(&line.id);
                    if !told && self.holds(line.when.as_ref(), host, events) {
                        self.state.position = Position::Line { id: line.id.clone(), index, spoken: false };
                        return Ok(());
                    }
                }
                self.apply(&beat.then, host, events);
            }
            if from != Stage::WayOn
                && let Some(detour) = &beat.detour
            {
                let told = detour.once && self.state.detours.contains(&self.state.beat);
                if !told && self.holds(detour.when.as_ref(), host, events) {
                    self.state.position = Position::Detour { told: false, readings: BTreeMap::new() };
                    return Ok(());
                }
            }
            if beat.end {
                self.state.position = Position::Ended;
                events.push(RunnerEvent::StoryEnded { beat: self.state.beat.clone() });
                return Ok(());
            }
            match self.ways_on(beat, host, events) {
                Some(Ok(position)) => {
                    self.state.position = position;
                    return Ok(());
                }
                Some(Err(reason)) => return Err(self.stuck(reason, events)),
                None => {}
            }
            let Some(next) = &beat.next else { return Err(self.stuck(StuckReason::NoWayOn, events)) };
            self.arrive(next, events)?;
            from = Stage::Line(0);
        }
        self.state.position = Position::Stuck(StuckReason::Loop);
        Err(RunnerError::Loop { beat: self.state.beat.clone(), hops: MAX_HOPS, events: std::mem::take(events) })
    }

    /// The choices or the slot of a beat with what is open; `None` when it has neither.
    fn ways_on(
        &mut self,
        beat: &Beat,
        host: &dyn Host,
        events: &mut Vec<RunnerEvent>,
    ) -> Option<Result<Position, StuckReason>> {
        if beat.slot.is_some() && beat.choices.is_empty() {
            let open = self.open_ways(outcomes(beat), host, events);
            return Some(if open.is_empty() {
                Err(StuckReason::NoOpenChoice)
            } else {
                Ok(Position::Slot { open, labels: Vec::new() })
            });
        }
        if beat.choices.is_empty() && beat.otherwise.is_none() {
            return None;
        }
        let mut open = self.open_ways(choices(beat), host, events);
        if open.is_empty() {
            open = self.open_ways(beat.otherwise.iter().map(way_of), host, events);
        }
        Some(if open.is_empty() { Err(StuckReason::NoOpenChoice) } else { Ok(Position::Choices { open }) })
    }

    fn open_ways<'a>(
        &self,
        ways: impl Iterator<Item = Way<'a>>,
        host: &dyn Host,
        events: &mut Vec<RunnerEvent>,
    ) -> Vec<String> {
        ways.filter(|way| !(way.once && self.state.taken.contains(way.id)))
            .filter(|way| self.holds(way.when, host, events))
            .map(|way| way.id.to_owned())
            .collect()
    }

    /// Whether a condition is true. One that cannot be evaluated is false, and reported.
    pub(super) fn holds(&self, when: Option<&Expr>, host: &dyn Host, events: &mut Vec<RunnerEvent>) -> bool {
        let Some(when) = when else { return true };
        when.holds(&self.environment(host)).unwrap_or_else(|error| {
            events.push(RunnerEvent::ConditionFailed { source: when.source().to_owned(), error });
            false
        })
    }

    pub(super) fn apply(&mut self, effects: &[Effect], host: &dyn Host, events: &mut Vec<RunnerEvent>) {
        for effect in effects {
            match effect.eval(&self.environment(host)) {
                Ok((name, value)) => self.set_var(&name, value, events),
                Err(error) => {
                    events.push(RunnerEvent::EffectFailed { source: effect.source().to_owned(), error });
                }
            }
        }
    }

    pub(super) fn set_var(&mut self, name: &str, wanted: Value, events: &mut Vec<RunnerEvent>) {
        let Some(var) = self.story.vars.get(name) else { return };
        let value = var.clamp(wanted.clone());
        if value != wanted {
            events.push(RunnerEvent::Clamped { name: name.to_owned(), wanted, value: value.clone() });
        }
        if self.state.vars.get(name) != Some(&value) {
            self.state.vars.insert(name.to_owned(), value.clone());
            events.push(RunnerEvent::VarChanged { name: name.to_owned(), value });
        }
    }

    fn arrive(&mut self, beat: &str, events: &mut Vec<RunnerEvent>) -> Result<(), RunnerError> {
        let Some(checkpoint) = self.story.beats.get(beat).map(|beat| beat.checkpoint) else {
            return Err(self.lost(beat.to_owned(), events));
        };
        beat.clone_into(&mut self.state.beat);
        self.state.shown.clear();
        let visits = self.state.visits.entry(beat.to_owned()).or_insert(0);
        *visits = visits.saturating_add(1);
        if checkpoint {
            self.state.checkpoint = Some(beat.to_owned());
        }
        events.push(RunnerEvent::BeatEntered { beat: beat.to_owned() });
        Ok(())
    }

    fn stuck(&mut self, reason: StuckReason, events: &mut Vec<RunnerEvent>) -> RunnerError {
        self.state.position = Position::Stuck(reason);
        RunnerError::Stuck { beat: self.state.beat.clone(), reason, events: std::mem::take(events) }
    }

    fn lost(&mut self, beat: String, events: &mut Vec<RunnerEvent>) -> RunnerError {
        self.state.position = Position::Stuck(StuckReason::NoSuchBeat);
        RunnerError::NoSuchBeat { beat, events: std::mem::take(events) }
    }
}
