//! Who stands above whom in a column, so that few arrows cross.

use super::lanes::{Kind, Lanes, Segment};

/// How often all columns are ordered by their neighbours, once to the right and once to the left.
const SWEEPS: usize = 16;

/// Orders the columns by the mean place of what each item is connected to (the barycenter heuristic), keeps the best
/// order that was found, then lets neighbours change places where that saves crossings. Turns are gone afterwards.
pub fn order(lanes: &mut Lanes) {
    let mut work = Work::new(lanes);
    let mut best = (work.crossings(), work.columns.clone());
    for sweep in 0..SWEEPS {
        work.sweep(sweep % 2 == 0);
        let count = work.crossings();
        if count < best.0 {
            best = (count, work.columns.clone());
        }
    }
    work.take(best.1);
    work.swap_neighbours();
    let mut columns = std::mem::take(&mut work.columns);
    for column in &mut columns {
        column.retain(|&item| !matches!(lanes.items[item].kind, Kind::Turn(_)));
    }
    lanes.columns = columns;
    let turn = |item: usize| matches!(lanes.items[item].kind, Kind::Turn(_));
    lanes.segments.retain(|segment| !turn(segment.left) && !turn(segment.right));
}

/// A segment's end as others see it: the item, and how far down its side in parts of its height.
#[derive(Clone, Copy)]
struct End {
    item: usize,
    part: f32,
}

struct Work {
    columns: Vec<Vec<usize>>,
    /// Place of each item in its column.
    place: Vec<usize>,
    column_of: Vec<usize>,
    /// For each item, the ends on the left with the own part, and those on the right.
    before: Vec<Vec<(f32, End)>>,
    after: Vec<Vec<(f32, End)>>,
    /// Segments by the column on their left.
    gaps: Vec<Vec<(End, End)>>,
}

impl Work {
    fn new(lanes: &Lanes) -> Self {
        let count = lanes.items.len();
        let mut work = Self {
            columns: Vec::new(),
            place: vec![0; count],
            column_of: lanes.items.iter().map(|item| item.column).collect(),
            before: vec![Vec::new(); count],
            after: vec![Vec::new(); count],
            gaps: vec![Vec::new(); lanes.columns.len()],
        };
        for &Segment { left, left_at, right, right_at } in &lanes.segments {
            let part = |item: usize, at: f32| (at / lanes.items[item].height.max(1.0)).clamp(0.0, 0.99);
            let (left, right) =
                (End { item: left, part: part(left, left_at) }, End { item: right, part: part(right, right_at) });
            work.after[left.item].push((left.part, right));
            work.before[right.item].push((right.part, left));
            work.gaps[work.column_of[left.item]].push((left, right));
        }
        work.take(lanes.columns.clone());
        work
    }

    fn take(&mut self, columns: Vec<Vec<usize>>) {
        self.columns = columns;
        for column in 0..self.columns.len() {
            self.number(column);
        }
    }

    fn number(&mut self, column: usize) {
        for (place, &item) in self.columns[column].iter().enumerate() {
            self.place[item] = place;
        }
    }

    fn height(&self, end: End) -> f32 {
        self.place[end.item] as f32 + end.part
    }

    fn sweep(&mut self, rightwards: bool) {
        let count = self.columns.len();
        for step in 0..count {
            let column = if rightwards { step } else { count - 1 - step };
            let beside = if rightwards { &self.before } else { &self.after };
            let mut keyed: Vec<(f32, usize)> = Vec::with_capacity(self.columns[column].len());
            for (place, &item) in self.columns[column].iter().enumerate() {
                let ends = &beside[item];
                // Nothing on that side: it stays about where it is.
                let mean = if ends.is_empty() {
                    place as f32
                } else {
                    ends.iter().map(|&(_, end)| self.height(end)).sum::<f32>() / ends.len() as f32
                };
                keyed.push((mean, item));
            }
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            self.columns[column] = keyed.into_iter().map(|(_, item)| item).collect();
            self.number(column);
        }
    }

    fn crossings(&self) -> usize {
        self.gaps.iter().map(|gap| self.crossings_of(gap)).sum()
    }

    /// Inversions, counted with a tree of sums over the ends on the right.
    fn crossings_of(&self, gap: &[(End, End)]) -> usize {
        let mut rights: Vec<f32> = gap.iter().map(|&(_, right)| self.height(right)).collect();
        rights.sort_by(f32::total_cmp);
        rights.dedup();
        let mut order: Vec<(f32, f32)> =
            gap.iter().map(|&(left, right)| (self.height(left), self.height(right))).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut sums = vec![0_usize; rights.len() + 1];
        let mut crossings = 0;
        for (seen, (_, right)) in order.iter().enumerate() {
            let rank = rights.partition_point(|other| other.total_cmp(right).is_lt()) + 1;
            let mut not_above = 0;
            let mut at = rank;
            while at > 0 {
                not_above += sums[at];
                at &= at - 1;
            }
            crossings += seen - not_above;
            let mut at = rank;
            while at < sums.len() {
                sums[at] += 1;
                at += at & at.wrapping_neg();
            }
        }
        crossings
    }

    /// Two neighbours change places as long as that saves crossings.
    fn swap_neighbours(&mut self) {
        /// More rounds than any picture that was looked at needed; a bound all the same.
        const ROUNDS: usize = 12;
        for _ in 0..ROUNDS {
            let mut better = false;
            for column in 0..self.columns.len() {
                for place in 1..self.columns[column].len() {
                    let (upper, lower) = (self.columns[column][place - 1], self.columns[column][place]);
                    if self.between(lower, upper) < self.between(upper, lower) {
                        self.columns[column].swap(place - 1, place);
                        self.place.swap(upper, lower);
                        better = true;
                    }
                }
            }
            if !better {
                return;
            }
        }
    }

    /// Crossings between the segments of two neighbours, when the first stands above the second.
    fn between(&self, upper: usize, lower: usize) -> usize {
        let pairs = |one: &[(f32, End)], two: &[(f32, End)]| {
            let mut count = 0;
            for &(_, above) in one {
                count += two.iter().filter(|&&(_, below)| self.height(below) < self.height(above)).count();
            }
            count
        };
        pairs(&self.before[upper], &self.before[lower]) + pairs(&self.after[upper], &self.after[lower])
    }
}
