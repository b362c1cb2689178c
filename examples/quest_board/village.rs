//! Who and what there is at Harrow Green, drawn by seed: who owns what, who is whose friend, who is at odds.

use bevy::prelude::*;
use bevy_raconteur::prelude::*;

const PEOPLE: [(&str, &str, &str); 6] = [
    ("nell", "Nell", "fold"),
    ("bram", "Bram", "green"),
    ("isa", "Isa", "chapel"),
    ("corm", "Corm", "mill"),
    ("tam", "Tam", "garden"),
    ("wat", "Wat", "green"),
];
const PLACES: [(&str, &str); 6] = [
    ("mill", "the mill"),
    ("quarry", "the old quarry"),
    ("fold", "the high fold"),
    ("chapel", "the chapel"),
    ("garden", "the bee garden"),
    ("ford", "the ford"),
];
const THINGS: [&str; 14] = [
    "the bell of the lead ewe",
    "a tin lantern",
    "the good shears",
    "a sack of seed",
    "the small hammer",
    "a jar of honey",
    "a letter nobody opened",
    "a copper kettle",
    "the brass scales",
    "a bundle of mint",
    "a wooden whistle",
    "a kite with one wing",
    "a lambskin",
    "the key of the chapel",
];

/// Spawns the village. The same seed gives the same one.
pub fn spawn(world: &mut World, seed: u64) {
    let mut dice = Dice(seed);
    let mut things: Vec<usize> = (0..THINGS.len()).collect();
    for at in (1..things.len()).rev() {
        things.swap(at, dice.below(at + 1));
    }
    for (at, (id, name, home)) in PEOPLE.into_iter().enumerate() {
        let mut person = PlotEntity::new(id, "person", name).tagged("villager").related("at_home", home);
        if id == "wat" {
            person = person.tagged("child");
        }
        for thing in &things[at * 2..at * 2 + 2] {
            person = person.related("owns", format!("thing_{thing}"));
        }
        for _ in 0..3 {
            person = person.related("friend", PEOPLE[dice.below(PEOPLE.len())].0);
        }
        if dice.below(2) == 0 {
            person = person.related("at_odds", PEOPLE[dice.below(PEOPLE.len())].0);
        }
        world.spawn((Name::new(name), person));
    }
    for (id, name) in PLACES {
        let place = PlotEntity::new(id, "place", name);
        world.spawn((Name::new(name), if id == "quarry" || id == "fold" { place.tagged("wild") } else { place }));
    }
    for (at, name) in THINGS.into_iter().enumerate() {
        world.spawn((Name::new(name), PlotEntity::new(format!("thing_{at}"), "item", name)));
    }
}

/// `SplitMix64` (Steele, Lea and Flood 2014).
pub struct Dice(pub u64);

impl Dice {
    /// From 0 to below `most`.
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) % most.max(1) as u64) as usize
    }
}
