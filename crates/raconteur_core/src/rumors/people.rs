//! Who may tell whom: people, whom they trust, and who meets.

/// What somebody is like as a teller and as a listener; each number lies in 0 to 1 and is clamped to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Person {
    /// Chance to tell something that is new and of full interest, at each meeting.
    pub talkative: f32,
    /// How readily they believe.
    pub credulous: f32,
    /// How little they change when they tell.
    pub careful: f32,
}

impl Default for Person {
    fn default() -> Self {
        Self { talkative: 0.5, credulous: 0.5, careful: 0.2 }
    }
}

/// How one person stands to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Relation {
    /// Whose relation it is.
    pub from: u32,
    /// To whom.
    pub to: u32,
    /// How much `from` believes of what `to` says, 0 to 1.
    pub trust: f32,
    /// How near they are, 0 to 1: how often they meet, and how much is told.
    pub closeness: f32,
}

/// All relations, sorted by person: those of `p` stand at `starts[p]..starts[p + 1]`.
#[derive(Debug, Clone, Default)]
pub(super) struct Relations {
    starts: Vec<u32>,
    rows: Vec<Relation>,
}

impl Relations {
    /// Of two relations of the same pair the one with the larger trust counts, then the closer, so that their order does
    /// not matter.
    pub(super) fn new(people: usize, relations: &[Relation]) -> Self {
        let mut rows: Vec<Relation> = relations
            .iter()
            .filter(|row| row.from != row.to && (row.from as usize) < people && (row.to as usize) < people)
            .map(|row| Relation { trust: unit(row.trust), closeness: unit(row.closeness), ..*row })
            .collect();
        rows.sort_by(|a, b| {
            let pair = (a.from, a.to).cmp(&(b.from, b.to));
            pair.then(b.trust.total_cmp(&a.trust)).then(b.closeness.total_cmp(&a.closeness))
        });
        rows.dedup_by_key(|row| (row.from, row.to));
        let mut starts = vec![0_u32; people + 1];
        for row in &rows {
            starts[row.from as usize + 1] += 1;
        }
        for at in 0..people {
            starts[at + 1] += starts[at];
        }
        Self { starts, rows }
    }

    /// Room for more people, who have no relations.
    pub(super) fn grow(&mut self, people: usize) {
        let end = self.starts.last().copied().unwrap_or(0);
        self.starts.resize((people + 1).max(self.starts.len()), end);
    }

    /// All relations of one person, in the place of those that there are.
    pub(super) fn replace(&mut self, from: u32, relations: &[Relation]) {
        let people = self.starts.len().saturating_sub(1);
        let at = from as usize;
        if at >= people {
            return;
        }
        let own: Vec<Relation> = relations.iter().filter(|row| row.from == from).copied().collect();
        let new = Self::new(people, &own).rows;
        let old = self.starts[at] as usize..self.starts[at + 1] as usize;
        let (before, after) = (old.len(), new.len());
        self.rows.splice(old, new);
        for start in &mut self.starts[at + 1..] {
            *start = (*start as usize - before + after) as u32;
        }
    }

    /// The relations of somebody, by the other's id.
    pub(super) fn of(&self, who: u32) -> &[Relation] {
        let at = who as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(from), Some(to)) => &self.rows[*from as usize..*to as usize],
            _ => &[],
        }
    }

    pub(super) fn between(&self, from: u32, to: u32) -> Option<&Relation> {
        let row = self.of(from);
        row.binary_search_by_key(&to, |relation| relation.to).ok().map(|at| &row[at])
    }
}

/// A number brought into 0 to 1; 0 for what is none.
pub(super) fn unit(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}

/// Who meets in a tick. Kept by the game and cleared each tick, so that nothing is allocated in the long run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meetings {
    people: Vec<u32>,
    /// For each meeting: where its people end, and whether it is overheard.
    ends: Vec<(u32, bool)>,
}

impl Meetings {
    /// No meeting, with the room kept.
    pub fn clear(&mut self) {
        self.people.clear();
        self.ends.clear();
    }

    /// People who meet; `overheard` when the player is near enough to hear what they say. Less than two different people
    /// are no meeting.
    pub fn push(&mut self, people: &[u32], overheard: bool) {
        let start = self.people.len();
        self.people.extend_from_slice(people);
        self.people[start..].sort_unstable();
        let mut kept = start;
        for at in start..self.people.len() {
            if kept == start || self.people[at] != self.people[kept - 1] {
                self.people[kept] = self.people[at];
                kept += 1;
            }
        }
        self.people.truncate(kept);
        match u32::try_from(kept) {
            Ok(end) if kept - start > 1 => self.ends.push((end, overheard)),
            _ => self.people.truncate(start),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether nobody meets.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The meetings in the order in which they were given: the people by id, and whether it is overheard.
    pub fn iter(&self) -> impl Iterator<Item = (&[u32], bool)> {
        let mut start = 0;
        self.ends.iter().map(move |&(end, overheard)| {
            let people = &self.people[start..end as usize];
            start = end as usize;
            (people, overheard)
        })
    }
}
