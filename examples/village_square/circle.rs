//! Company: people stand in twos and threes, and now and then one of them goes over to others.

use bevy::prelude::*;

use crate::square::{SPOTS, drawn, standing};
use crate::talk::{Floor, Voice};
use crate::walk::Feet;

/// Most people that stand together.
pub const SEATS: usize = 3;
/// Where they stand, from the middle, on the flat ground: one to the left, one to the right, one behind, so that
/// nobody hides another and the front stays free.
const PLACES: [Vec2; SEATS] = [Vec2::new(-58.0, -6.0), Vec2::new(58.0, 4.0), Vec2::new(4.0, 52.0)];
/// Seconds that somebody stays, at least and at most.
const STAY: (f32, f32) = (22.0, 55.0);

/// Where people come together, and what is said there.
#[derive(Resource, Default)]
pub struct Circles(pub Vec<Circle>);

/// One of these places.
pub struct Circle {
    /// Its middle.
    pub at: Vec2,
    /// The entity of its conversation.
    pub talk: Entity,
    /// Whose words are read there.
    pub floor: Floor,
}

/// With whom somebody stands.
#[derive(Component, Debug, Clone, Copy)]
pub struct Company {
    /// Index of the circle.
    pub circle: usize,
    /// Which place in it.
    pub seat: usize,
    /// When they think of leaving, in seconds since the start.
    pub until: f32,
}

/// Dice of the square: the same seed, the same evening.
#[derive(Resource, Debug, Clone)]
pub struct Dice(u32);

impl Dice {
    /// Dice with a seed.
    pub fn new(seed: u32) -> Self {
        // Zero would stay zero.
        Self(seed.wrapping_mul(0x9e37_79b9) | 1)
    }

    /// A number from 0 to 1, without 1.
    pub fn share(&mut self) -> f32 {
        // xorshift32 (Marsaglia 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 8) as f32 / (1 << 24) as f32
    }

    /// A whole number below `n`; 0 when there is none.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.share() * n as f32) as usize).min(n.saturating_sub(1))
    }

    /// A number between two others.
    pub fn between(&mut self, (low, high): (f32, f32)) -> f32 {
        low + (high - low) * self.share()
    }
}

impl Circles {
    /// As many places as so many people need, and one more to go over to.
    pub fn for_people(people: usize, world: &mut World) -> Self {
        let places = (people.div_ceil(SEATS) + 1).clamp(2, SPOTS.len());
        let circle = |&at| Circle { at, talk: world.spawn_empty().id(), floor: Floor::default() };
        Self(SPOTS[..places].iter().map(circle).collect())
    }

    /// Where one stands in a circle.
    pub fn seat(&self, company: &Company) -> Vec2 {
        // No two circles stand quite alike.
        let turn = Vec2::from_angle(0.3 * (company.circle as f32 * 2.4).sin());
        standing(self.0[company.circle].at + drawn(turn.rotate(PLACES[company.seat])))
    }
}

/// How long somebody stays from now on.
pub fn stay(now: f32, dice: &mut Dice) -> f32 {
    now + dice.between(STAY)
}

/// Sends people over to others when they have stayed long, or stand alone.
pub fn mingle(
    time: Res<Time>,
    circles: Res<Circles>,
    mut dice: ResMut<Dice>,
    mut people: Query<(&mut Company, &mut Feet, &Voice)>,
) {
    let now = time.elapsed_secs();
    let mut taken = vec![[false; SEATS]; circles.0.len()];
    for (company, ..) in &people {
        taken[company.circle][company.seat] = true;
    }
    for (mut company, mut feet, voice) in &mut people {
        let size = |seats: &[bool; SEATS]| seats.iter().filter(|seat| **seat).count();
        let alone = size(&taken[company.circle]) == 1;
        feet.looks_at = circles.0[company.circle].at;
        let restless = now > company.until || alone && now > company.until - STAY.0;
        if !restless || voice.busy() || !feet.arrived() {
            continue;
        }
        // Only where somebody stands already; who leaves two behind must not leave one.
        let open: Vec<usize> =
            (0..taken.len()).filter(|&i| i != company.circle && (1..SEATS).contains(&size(&taken[i]))).collect();
        company.until = stay(now, &mut dice);
        if open.is_empty() || size(&taken[company.circle]) == 2 && dice.share() < 0.5 {
            continue;
        }
        let to = open[dice.below(open.len())];
        let Some(seat) = taken[to].iter().position(|seat| !seat) else { continue };
        taken[company.circle][company.seat] = false;
        taken[to][seat] = true;
        (company.circle, company.seat) = (to, seat);
        feet.goal = circles.seat(&company);
    }
}
