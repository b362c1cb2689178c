//! How high everything stands, so that arrows are short and lanes straight.

use super::lanes::{Kind, Lanes};

/// Free room below a box and below a lane.
const BELOW_BOX: f32 = 26.0;
const BELOW_LANE: f32 = 8.0;

/// How often all columns are placed, once to the right and once to the left.
const SWEEPS: usize = 24;

/// A wish of an item: to stand so high, with so much weight.
type Wish = (f32, f32);

/// The top of each item.
pub fn place(lanes: &Lanes) -> Vec<f32> {
    let mut tops = vec![0.0_f32; lanes.items.len()];
    for column in &lanes.columns {
        let mut y = 0.0;
        for &item in column {
            tops[item] = y;
            y += lanes.items[item].height + gap(lanes, item);
        }
    }
    let mut before = vec![Vec::new(); lanes.items.len()];
    let mut after = vec![Vec::new(); lanes.items.len()];
    for segment in &lanes.segments {
        let lane = |item: usize| lanes.items[item].kind != Kind::Box;
        // Long straight lanes matter more than short arrows (the weights of Gansner et al., 1993).
        let weight = match (lane(segment.left), lane(segment.right)) {
            (false, false) => 1.0,
            (true, true) => 8.0,
            _ => 2.0,
        };
        before[segment.right].push((segment.left, segment.left_at - segment.right_at, weight));
        after[segment.left].push((segment.right, segment.right_at - segment.left_at, weight));
    }
    let count = lanes.columns.len();
    for sweep in 0..SWEEPS {
        for step in 0..count {
            let rightwards = sweep % 2 == 0;
            let column = &lanes.columns[if rightwards { step } else { count - 1 - step }];
            // The last sweeps look to both sides, which settles what one side alone leaves open.
            let both = sweep >= SWEEPS / 2;
            let mut wishes = Vec::with_capacity(column.len());
            for &item in column {
                let mut wish = (0.0, 0.0);
                let sides = [(&before[item], rightwards || both), (&after[item], !rightwards || both)];
                for (ends, _) in sides.into_iter().filter(|(_, looked_at)| *looked_at) {
                    for &(other, offset, weight) in ends {
                        add(&mut wish, tops[other] + offset, weight);
                    }
                }
                for &(lane, beside) in lanes.mates.iter().filter(|(lane, _)| *lane == item) {
                    // Below its box if that is the order, else above it.
                    let below = tops[lane] > tops[beside];
                    let room = if below { lanes.items[beside].height + BELOW_LANE } else { -BELOW_LANE - 10.0 };
                    add(&mut wish, tops[beside] + room, 0.5);
                }
                // Whoever wants nothing stays.
                add(&mut wish, tops[item], 0.01);
                wishes.push(wish);
            }
            settle(lanes, column, &wishes, &mut tops);
        }
    }
    let highest = tops.iter().zip(&lanes.items).filter(|(_, item)| !matches!(item.kind, Kind::Turn(_)));
    let highest = highest.map(|(top, _)| *top).fold(f32::INFINITY, f32::min);
    tops.iter_mut().for_each(|top| *top -= highest);
    tops
}

fn gap(lanes: &Lanes, item: usize) -> f32 {
    if lanes.items[item].kind == Kind::Box { BELOW_BOX } else { BELOW_LANE }
}

fn add(wish: &mut Wish, place: f32, weight: f32) {
    let total = wish.1 + weight;
    *wish = ((wish.0 * wish.1 + place * weight) / total, total);
}

/// The places closest to what is wished for that keep the order and the room between two: least squares under an order,
/// by merging those that push each other (pool adjacent violators).
fn settle(lanes: &Lanes, column: &[usize], wishes: &[Wish], tops: &mut [f32]) {
    // (mean wish less the room above, weight, members)
    let mut pools: Vec<(f32, f32, usize)> = Vec::new();
    let mut above = 0.0;
    let mut rooms = Vec::with_capacity(column.len());
    for (&item, &(place, weight)) in column.iter().zip(wishes) {
        rooms.push(above);
        let mut pool = (place - above, weight, 1);
        while let Some(&(mean, total, members)) = pools.last().filter(|(mean, ..)| *mean > pool.0) {
            pool = ((mean * total + pool.0 * pool.1) / (total + pool.1), total + pool.1, members + pool.2);
            pools.pop();
        }
        pools.push(pool);
        above += lanes.items[item].height + gap(lanes, item);
    }
    let means = pools.iter().flat_map(|&(mean, _, members)| std::iter::repeat_n(mean, members));
    for ((&item, room), mean) in column.iter().zip(rooms).zip(means) {
        tops[item] = mean + room;
    }
}
