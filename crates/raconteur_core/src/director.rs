//! When to say what: a director that keeps the tension of what is told near a curve.
//!
//! ```text
//! X.director.ron: curve, measures, quiet phases --Plan--.
//!   state of the story --measures--> tension of what goes on  \
//!   storylets that were told, jolts --decay--> told tension    +--> present tension <-> curve at this moment
//!   open storylets, each with its `tension` ------------------+--> the one that brings it nearest, or silence
//! ```
//! The idea is that of a drama manager. Façade picks its next beat by how well its effect on the tension fits an arc that
//! was drawn beforehand (Mateas and Stern, "Façade: An Experiment in Building a Fully-Realized Interactive Drama", Game
//! Developers Conference 2003); Left 4 Dead estimates the intensity that players live through, lets it decay, and goes
//! through build up, peak and relax (Booth, "The AI Systems of Left 4 Dead", AIIDE 2009). Here both are one rule with no
//! chance in it: among what may be told now, what would bring the present tension nearest to the curve. What is as near as
//! the best is a tie: a model may rank it by the scene, and without one what was told longest ago comes first.
//!
//! Tension is a number from 0 to 100; inside it is kept in thousandths, in whole numbers, so that a play is the same on
//! every machine. A moment is whatever the game counts: a beat of the story, or some seconds.

mod curve;
mod lint;
mod plan;
mod save;
mod svg;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::runner::{Host, Runner};
use crate::story::format::Storylet;

pub use curve::Curve;
pub use plan::{DIRECTOR_FORMAT, Jolt, Measure, Plan, ReadPlan};
pub use save::{DIRECTOR_DATA_FORMAT, DirectorData, DirectorError};
pub use svg::{Shown, svg};

/// Thousandths in a point of tension.
const UNIT: i64 = 1000;
/// Highest tension, in points.
pub const HIGHEST: u8 = 100;
/// Most moments that a director remembers for [`Director::trace`].
pub const TRACE_LIMIT: usize = 1024;

/// Keeps the tension of one story near its curve.
#[derive(Debug, Clone)]
pub struct Director {
    plan: Arc<Plan>,
    /// Moments so far.
    moment: u64,
    /// What was told makes so much tension, in thousandths.
    told: i64,
    /// Moments since something was told.
    silent: u32,
    last: Option<String>,
    last_who: Option<String>,
    trace: VecDeque<Sample>,
}

/// One moment, as it was.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sample {
    /// Its number, from 1.
    pub moment: u64,
    /// What the curve asks for, in points.
    pub wanted: u8,
    /// What it was once something had been told or not, in points.
    pub present: u8,
    /// Id of the storylet that was told.
    pub told: Option<String>,
}

/// What a director would have told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cue {
    /// One of these storylets, by their ids: all of one speaker and as near to the curve as the best. The first is told
    /// when no model chooses.
    Tell(Vec<String>),
    /// Nothing, and why.
    Silence(Quiet),
}

/// Why nothing is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quiet {
    /// The plan has a quiet phase here.
    Phase,
    /// Something was told less than `gap` moments ago.
    Gap,
    /// Silence is nearer to the curve than anything that could be told.
    Nearer,
    /// No storylet with a tension is open.
    Nothing,
}

impl Director {
    /// A director at the start of its curve.
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        let silent = plan.gap;
        Self { plan, moment: 0, told: 0, silent, last: None, last_who: None, trace: VecDeque::new() }
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Moments so far.
    #[must_use]
    pub fn moment(&self) -> u64 {
        self.moment
    }

    /// The next moment: what was told loses some of its tension.
    pub fn pass(&mut self, runner: &Runner, host: &dyn Host) {
        self.moment += 1;
        self.silent = self.silent.saturating_add(1);
        self.told -= self.told * i64::from(self.plan.decay) / 100;
        let sample = Sample {
            moment: self.moment,
            wanted: points(self.wanted()),
            present: points(self.present(runner, host)),
            told: None,
        };
        self.trace.push_back(sample);
        if self.trace.len() > TRACE_LIMIT {
            self.trace.pop_front();
        }
    }

    /// What the curve asks for now, in thousandths of a point.
    #[must_use]
    pub fn wanted(&self) -> i64 {
        self.plan.curve.at(self.moment)
    }

    /// The tension now, in thousandths of a point, 0 to 100 000: of what was told, and of the measures that hold.
    #[must_use]
    pub fn present(&self, runner: &Runner, host: &dyn Host) -> i64 {
        clamp(self.told + self.measured(runner, host))
    }

    fn measured(&self, runner: &Runner, host: &dyn Host) -> i64 {
        let env = runner.environment(host);
        let hold = self.plan.measures.iter().filter(|measure| measure.when.holds(&env).unwrap_or(false));
        hold.map(|measure| i64::from(measure.tension) * UNIT).sum()
    }

    /// What is to be told now. `may` says who is free to talk, by cast id. Asking changes nothing; [`told`](Self::told)
    /// does, once it is.
    pub fn cue(&self, runner: &Runner, host: &dyn Host, may: impl Fn(&str) -> bool) -> Cue {
        if self.plan.is_quiet(self.moment) {
            return Cue::Silence(Quiet::Phase);
        }
        if self.silent < self.plan.gap {
            return Cue::Silence(Quiet::Gap);
        }
        let (wanted, measured) = (self.wanted(), self.measured(runner, host));
        let distance = |told: i64| (wanted - clamp(told + measured)).abs();
        let open = runner.open_storylets(host).into_iter().filter(|storylet| may(&storylet.who));
        let mut near: Vec<(i64, &Storylet)> = open
            .filter_map(|storylet| Some((distance(self.after(storylet.tension?)), storylet)))
            .filter(|(_, storylet)| self.last.as_deref() != Some(&storylet.id))
            .collect();
        let Some(best) = near.iter().map(|(distance, _)| *distance).min() else { return Cue::Silence(Quiet::Nothing) };
        let slack = i64::from(self.plan.near) * UNIT;
        if self.silent < self.plan.silence && distance(self.told) + slack < best {
            return Cue::Silence(Quiet::Nearer);
        }
        near.retain(|(distance, _)| *distance <= best + slack);
        let state = runner.state();
        let since = |storylet: &Storylet| state.told.get(&storylet.id).copied().unwrap_or(0);
        // The same voice twice is dull; and a stable sort keeps the writer's order.
        near.sort_by_key(|(distance, storylet)| {
            (self.last_who.as_deref() == Some(storylet.who.as_str()), since(storylet), *distance)
        });
        let who = near.first().map(|(_, storylet)| storylet.who.clone()).unwrap_or_default();
        Cue::Tell(near.into_iter().filter(|(_, one)| one.who == who).map(|(_, one)| one.id.clone()).collect())
    }

    /// The told tension after a storylet.
    fn after(&self, tension: u8) -> i64 {
        self.told + (i64::from(tension.min(HIGHEST)) * UNIT - self.told) * i64::from(self.plan.pull) / 100
    }

    /// A storylet has been told, by whoever chose it. One without a tension changes nothing but the silence.
    pub fn told(&mut self, runner: &Runner, host: &dyn Host, storylet: &Storylet) {
        if let Some(tension) = storylet.tension {
            self.told = self.after(tension);
        }
        self.silent = 0;
        self.last = Some(storylet.id.clone());
        self.last_who = Some(storylet.who.clone());
        let present = points(self.present(runner, host));
        if let Some(sample) = self.trace.back_mut() {
            sample.told = Some(storylet.id.clone());
            sample.present = present;
        }
    }

    /// Something happens in the game that the plan has under `jolts`: the tension is at least that high now. `false` when
    /// the plan does not know it.
    pub fn jolt(&mut self, what: &str) -> bool {
        let Some(jolt) = self.plan.jolts.get(what) else { return false };
        let tension = i64::from(jolt.tension) * UNIT;
        self.told = self.told.max(tension);
        true
    }

    /// The last moments, oldest first, at most [`TRACE_LIMIT`].
    pub fn trace(&self) -> impl ExactSizeIterator<Item = &Sample> {
        self.trace.iter()
    }

    /// Mean distance between the curve and what was, in points, over [`trace`](Self::trace). 0 before the first moment.
    #[must_use]
    pub fn mean_distance(&self) -> f64 {
        let sum: u64 = self.trace.iter().map(|sample| u64::from(sample.wanted.abs_diff(sample.present))).sum();
        sum as f64 / self.trace.len().max(1) as f64
    }

    /// The plan of a new version of the story or of its file; where it stands stays.
    pub fn replan(&mut self, plan: Arc<Plan>) {
        self.plan = plan;
    }
}

fn clamp(tension: i64) -> i64 {
    tension.clamp(0, i64::from(HIGHEST) * UNIT)
}

/// Whole points, rounded.
fn points(tension: i64) -> u8 {
    u8::try_from((clamp(tension) + UNIT / 2) / UNIT).unwrap_or(HIGHEST)
}
