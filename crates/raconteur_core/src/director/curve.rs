//! The tension that a story is to have, moment by moment.

use serde::{Deserialize, Serialize};

use super::UNIT;

/// Points of a curve, (moment, tension); between two of them it is a straight line, before the first and after the last it
/// is level. With `again` it starts anew behind the last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// Moments that grow, with a tension of 0 to 100.
    pub points: Vec<(u32, u8)>,
    /// Whether it starts anew when it is over. **Default** false.
    #[serde(default)]
    pub again: bool,
}

impl Curve {
    /// A curve that ends level.
    #[must_use]
    pub fn new(points: impl Into<Vec<(u32, u8)>>) -> Self {
        Self { points: points.into(), again: false }
    }

    /// A moment of the curve: that of a play, or with `again` its place in the round.
    #[must_use]
    pub fn place(&self, moment: u64) -> u64 {
        let length = self.points.last().map_or(0, |&(last, _)| u64::from(last));
        if self.again && length > 0 { moment % length } else { moment }
    }

    /// The tension at a moment, in thousandths of a point. A curve without points is 0.
    #[must_use]
    pub fn at(&self, moment: u64) -> i64 {
        let moment = self.place(moment);
        let mut before: Option<(u64, i64)> = None;
        for &(at, tension) in &self.points {
            let (at, tension) = (u64::from(at), i64::from(tension) * UNIT);
            if moment <= at {
                let Some((start, from)) = before.filter(|&(start, _)| start < at) else { return tension };
                let (passed, length) = ((moment - start) as i64, (at - start) as i64);
                return from + (tension - from) * passed / length;
            }
            before = Some((at, tension));
        }
        before.map_or(0, |(_, tension)| tension)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_straight_between_points_and_level_outside() {
        let curve = Curve::new([(2, 10), (6, 50), (7, 0)]);
        let at: Vec<i64> = (0..10).map(|moment| curve.at(moment) / UNIT).collect();
        assert_eq!(at, [10, 10, 10, 20, 30, 40, 50, 0, 0, 0]);
        assert_eq!(Curve::default().at(5), 0);
        let round = Curve { again: true, ..Curve::new([(0, 0), (4, 80)]) };
        assert_eq!([round.at(2), round.at(6), round.at(4_000_000_002)], [40_000; 3]);
        // Two points at one moment are a step.
        assert_eq!(Curve::new([(0, 10), (3, 10), (3, 90)]).at(4), 90_000);
    }
}
