//! Who meets, for a game that does not know better.

use super::chance::{For, draw, mix, share};
use super::{Meetings, NOBODY, Rumors};

/// Of how many people at a place somebody turns to the nearest.
const LOOKS_AT: u64 = 4;

impl Rumors {
    /// People who meet in the next tick, in pairs, for a game that does not know better: everybody seeks company by
    /// chance, and whom they find is drawn by closeness. What was in `meetings` goes.
    pub fn meetings_by_chance(&self, meetings: &mut Meetings) {
        meetings.clear();
        let tick = self.tick + 1;
        let count = u32::try_from(self.people.len()).unwrap_or(NOBODY);
        for who in 0..count {
            let ids = [u64::from(who), 0, 0];
            if !self.is_present(who) || share(draw(self.seed, tick, For::Meet, ids)) >= self.settings.sociable {
                continue;
            }
            let drawn = draw(self.seed, tick, For::Whom, ids);
            let near = self.relations.of(who);
            let all: f32 = near.iter().map(|relation| relation.closeness).sum();
            let mut left = share(drawn) * all;
            let found = near.iter().find(|relation| {
                left -= relation.closeness;
                left < 0.0
            });
            // Who is near to nobody meets anybody.
            let other = found.map_or_else(|| (drawn % u64::from(count)) as u32, |relation| relation.to);
            if other != who && self.is_present(other) {
                meetings.push(&[who, other], false);
            }
        }
    }

    /// People of one place who meet in the next tick, in pairs: everybody there seeks company by chance, looks at a few of
    /// the others and turns to the nearest. They are added to `meetings`. The order of `people` does not matter; those who
    /// are not there are passed over.
    pub fn meetings_at(&self, place: u64, people: &[u32], meetings: &mut Meetings) {
        let mut here: Vec<u32> = people.iter().copied().filter(|&who| self.is_present(who)).collect();
        here.sort_unstable();
        here.dedup();
        if here.len() < 2 {
            return;
        }
        for &who in &here {
            let draw = |what, n| draw(self.seed, self.tick + 1, what, [u64::from(who), mix(place), n]);
            if share(draw(For::Meet, 1)) >= self.settings.sociable {
                continue;
            }
            let mut nearest: Option<(f32, u32)> = None;
            for look in 0..LOOKS_AT {
                let other = here[(draw(For::Whom, look + 1) % here.len() as u64) as usize];
                let closeness = self.relations.between(who, other).map_or(0.0, |relation| relation.closeness);
                if other != who && nearest.is_none_or(|(near, _)| closeness > near) {
                    nearest = Some((closeness, other));
                }
            }
            if let Some((_, other)) = nearest {
                meetings.push(&[who, other], false);
            }
        }
    }
}
