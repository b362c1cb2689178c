//! How a listener takes a telling in.

use super::people::unit;
use super::{Arrival, NOBODY, Row, Rumors, SOURCES, Telling};

/// What a source counts that is not independent of one heard before.
const DEPENDENT: f32 = 0.25;

impl Rumors {
    /// All that was told in this tick reaches its listeners: by listener, tale and teller.
    pub(super) fn take_in(&mut self) {
        let mut arrivals = std::mem::take(&mut self.arrivals);
        arrivals.clear();
        for (place, telling) in self.tellings.iter().enumerate() {
            let &Telling { tale, teller, .. } = telling;
            let listeners = self.listeners(telling).iter();
            arrivals.extend(listeners.map(|&listener| Arrival { listener, tale, teller, telling: place as u32 }));
        }
        // Two tellings of one tale by one teller in one tick: the one with the smaller form is heard, whichever meeting
        // was listed first.
        arrivals.sort_unstable_by_key(|arrival| {
            let form = self.tellings[arrival.telling as usize].form;
            (arrival.listener, arrival.tale, arrival.teller, form.values, form.sure)
        });
        arrivals.dedup_by_key(|arrival| (arrival.listener, arrival.tale, arrival.teller));
        for arrival in &arrivals {
            self.hear(*arrival);
        }
        arrivals.clear();
        self.arrivals = arrivals;
        for place in 0..self.tellings.len() {
            let Telling { tale, teller, .. } = self.tellings[place];
            if let Some(at) = self.at(teller, tale) {
                self.rows[at].told = self.rows[at].told.saturating_add(1);
            }
        }
    }

    fn hear(&mut self, arrival: Arrival) {
        let Arrival { listener, tale, teller, telling } = arrival;
        let telling = self.tellings[telling as usize];
        let Some(at) = self.at(listener, tale) else { return };
        let independence = self.independence(listener, teller, tale);
        let told = &self.tales[tale as usize];
        let row = &mut self.rows[at];
        if !row.is_held() {
            *row = Row { from: teller, at: self.tick, hops: telling.hop, form: telling.form, ..Row::NONE };
            self.interest[at] = told.tale.interest;
        }
        note_source(&mut row.sources, teller);
        if row.own {
            return;
        }
        let trust = self.relations.between(listener, teller).map_or(self.settings.strangers, |row| row.trust);
        let credulous = self.people[listener as usize].credulous;
        let mut gain =
            unit(trust) * (0.5 + 0.5 * credulous) * (0.6 + 0.4 * told.certainty(telling.form)) * independence;
        let (denied, tales) = (self.denies[tale as usize], self.tales.len() as u32);
        let is_opposed =
            |rumors: &Self, other: u32| denied == Some(other) || rumors.denies[other as usize] == Some(tale);
        for other in 0..tales {
            if is_opposed(self, other) {
                gain *= 1.0 - self.belief(listener, other);
            }
        }
        for other in 0..tales {
            if is_opposed(self, other)
                && let Some(at) = self.at(listener, other).filter(|&at| !self.rows[at].own)
            {
                let before = self.belief[at];
                self.belief[at] = unit(before * (1.0 - gain));
                self.shift(listener, other, before, self.belief[at]);
            }
        }
        let before = self.belief[at];
        self.belief[at] = unit(before + (1.0 - before) * gain);
        self.shift(listener, tale, before, self.belief[at]);
    }

    /// How far a teller is a source of their own for a listener.
    fn independence(&self, listener: u32, teller: u32, tale: u32) -> f32 {
        let Some(heard) = self.row(listener, tale) else { return 1.0 };
        let mut independence = if heard.sources.contains(&teller) { DEPENDENT } else { 1.0 };
        let mut who = teller;
        // The chain is as long as the hops say; without that bound a damaged one could be a circle.
        let steps = self.row(teller, tale).map_or(0, |row| row.hops);
        for _ in 0..steps {
            let Some(row) = self.row(who, tale).filter(|row| row.from != who) else { break };
            who = row.from;
            if who == listener {
                return 0.0;
            }
            if heard.sources.contains(&who) {
                independence = DEPENDENT;
            }
        }
        independence
    }
}

fn note_source(sources: &mut [u32; SOURCES], teller: u32) {
    if !sources.contains(&teller)
        && let Some(free) = sources.iter_mut().find(|source| **source == NOBODY)
    {
        *free = teller;
    }
}
