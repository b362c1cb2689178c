//! When rumors go on, and who meets then.

use std::time::Duration;

use bevy_ecs::prelude::*;
use bevy_time::Time;

use super::events::{TaleBelieved, TaleCorrected, TaleTold};
use super::mill::RumorMill;
use super::people::{InEarshot, PlacePeople, TownPlace};
use super::voice::Overheard;
use super::worded::Wordings;
use crate::crier::TownCrier;

/// How who meets is found, beside the meetings that the game [gives](Meet).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MeetBy {
    /// The game says who meets, and nobody else does.
    #[default]
    Game,
    /// Everybody seeks company by chance, wherever they are, and finds it by closeness.
    Closeness,
    /// Those who are at the same [`TownPlace`] meet by chance.
    Place,
}

/// When rumors go on. Runs with the game's clock: it stands still while that is paused.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct RumorClock {
    /// Game time between two ticks; `None` when the game ticks itself, with [`TickRumors`]. **Default** 1 s.
    pub every: Option<Duration>,
    /// Most ticks in a frame; what is due beyond them is left out, so that a long frame does not make another one.
    /// **Default** 4.
    pub most_per_frame: u32,
    /// Who meets. **Default** [`MeetBy::Game`].
    pub meet: MeetBy,
    /// From what belief on somebody counts as believing, for [`TaleBelieved`] and [`TaleCorrected`]. **Default** 0.5.
    pub believes_at: f32,
    /// Time since the last tick.
    since: Duration,
    /// Ticks that the game has asked for.
    asked: u32,
}

impl Default for RumorClock {
    fn default() -> Self {
        Self {
            every: Some(Duration::from_secs(1)),
            most_per_frame: 4,
            meet: MeetBy::Game,
            believes_at: 0.5,
            since: Duration::ZERO,
            asked: 0,
        }
    }
}

impl RumorClock {
    /// A clock that is moved by [`TickRumors`] alone: for games that go by turns.
    #[must_use]
    pub fn by_turns(meet: MeetBy) -> Self {
        Self { every: None, meet, ..Self::default() }
    }

    /// A clock that ticks by the game's time.
    #[must_use]
    pub fn every(period: Duration, meet: MeetBy) -> Self {
        Self { every: Some(period), meet, ..Self::default() }
    }

    /// Ticks that are due after `passed`.
    fn due(&mut self, passed: Duration) -> u32 {
        let mut due = std::mem::take(&mut self.asked);
        if let Some(every) = self.every {
            let every = every.max(Duration::from_millis(1));
            self.since += passed;
            let whole = self.since.as_nanos() / every.as_nanos();
            let taken = u32::try_from(whole).unwrap_or(u32::MAX).min(self.most_per_frame);
            self.since = if whole > u128::from(self.most_per_frame) {
                Duration::ZERO
            } else {
                self.since.saturating_sub(every.saturating_mul(taken))
            };
            due = due.saturating_add(taken);
        }
        due
    }
}

/// These people meet in the next tick; write it in each tick, or frame, in which they do.
#[derive(Message, Debug, Clone, PartialEq, Eq)]
pub struct Meet(pub Vec<Entity>);

/// Rumors go on by one tick in this frame.
#[derive(Event, Debug, Clone, Copy, PartialEq, Eq)]
pub struct TickRumors;

pub(super) fn tick_on_demand(_: On<TickRumors>, mut clock: ResMut<RumorClock>) {
    clock.asked = clock.asked.saturating_add(1);
}

/// `Submit`: keeps the meetings for the next tick.
pub(super) fn note_meetings(mut mill: ResMut<RumorMill>, mut met: MessageReader<Meet>) {
    let mill = &mut *mill;
    let mut people = Vec::new();
    for meet in met.read() {
        people.clear();
        people.extend(meet.0.iter().filter_map(|entity| mill.by_entity.get(entity)));
        mill.meetings.push(&people, false);
    }
}

/// Whether ticks do anything.
pub(super) fn is_at_work(mill: Res<RumorMill>, town: Res<TownCrier>) -> bool {
    mill.is_at_work() || town.is_open()
}

/// `Submit`: as many ticks as are due.
pub(crate) fn run_clock(
    mut mill: ResMut<RumorMill>,
    mut town: ResMut<TownCrier>,
    mut clock: ResMut<RumorClock>,
    mut wordings: ResMut<Wordings>,
    time: Res<Time>,
    places: Query<(Entity, &TownPlace, &PlacePeople)>,
    heard: Query<(), With<InEarshot>>,
    mut told: MessageWriter<TaleTold>,
    mut believed: MessageWriter<TaleBelieved>,
    mut corrected: MessageWriter<TaleCorrected>,
) {
    let due = clock.bypass_change_detection().due(time.delta());
    let mill = &mut *mill;
    for _ in 0..due {
        if mill.is_at_work() {
            tick(mill, &clock, &mut wordings, &places, &heard, &mut told, &mut believed, &mut corrected);
        }
        if town.is_open() && !mill.is_loading() {
            town.step(mill, &places);
        }
    }
}

fn tick(
    mill: &mut RumorMill,
    clock: &RumorClock,
    wordings: &mut Wordings,
    places: &Query<(Entity, &TownPlace, &PlacePeople)>,
    heard: &Query<(), With<InEarshot>>,
    told: &mut MessageWriter<TaleTold>,
    believed: &mut MessageWriter<TaleBelieved>,
    corrected: &mut MessageWriter<TaleCorrected>,
) {
    gather(mill, clock.meet, places);
    mill.rumors.tick(&mill.all_meetings);
    mill.meetings.clear();
    let tick = mill.rumors.now();
    for telling in mill.rumors.tellings() {
        let Some(teller) = mill.entity(telling.teller) else { continue };
        let listeners = mill.rumors.listeners(telling).iter().filter_map(|&who| mill.entity(who));
        let told_now = TaleTold {
            tick,
            tale: mill.id(telling.tale),
            teller,
            listeners: listeners.collect(),
            before: telling.before,
            form: telling.form,
            hop: telling.hop,
        };
        let news = mill.cried.contains(&(telling.teller, telling.tale));
        if !news && (telling.overheard || heard.contains(teller)) {
            let listeners = told_now.listeners.clone();
            wordings.overheard.push(Overheard { telling: *telling, tick, teller, listeners });
        }
        told.write(told_now);
    }
    mill.cried.clear();
    tell_shifts(mill, clock.believes_at, believed, corrected);
}

fn gather(mill: &mut RumorMill, meet: MeetBy, places: &Query<(Entity, &TownPlace, &PlacePeople)>) {
    mill.all_meetings.clear();
    match meet {
        MeetBy::Game => {}
        MeetBy::Closeness => mill.rumors.meetings_by_chance(&mut mill.all_meetings),
        MeetBy::Place => {
            // By key: what happens does not depend on where places lie in memory.
            let mut places: Vec<_> = places.iter().collect();
            places.sort_unstable_by(|(a, one, _), (b, other, _)| (&one.key, a).cmp(&(&other.key, b)));
            let mut here = Vec::new();
            for (_, place, people) in places {
                here.clear();
                here.extend(people.iter().filter_map(|entity| mill.by_entity.get(&entity)));
                mill.rumors.meetings_at(number_of(&place.key), &here, &mut mill.all_meetings);
            }
        }
    }
    for (people, overheard) in mill.meetings.iter() {
        mill.all_meetings.push(people, overheard);
    }
}

/// A number for the key of a place.
fn number_of(key: &str) -> u64 {
    raconteur_core::compose::seed_of(0, key, 0)
}

/// Tells which beliefs have passed the mark.
pub(super) fn tell_shifts(
    mill: &mut RumorMill,
    mark: f32,
    believed: &mut MessageWriter<TaleBelieved>,
    corrected: &mut MessageWriter<TaleCorrected>,
) {
    for shift in mill.rumors.take_shifts() {
        let Some(entity) = mill.entity(shift.who) else { continue };
        let (tale, belief) = (mill.id(shift.tale), shift.to);
        if shift.from < mark && shift.to >= mark {
            believed.write(TaleBelieved { entity, tale, belief });
        } else if shift.from >= mark && shift.to < mark {
            corrected.write(TaleCorrected { entity, tale, belief });
        }
    }
}
