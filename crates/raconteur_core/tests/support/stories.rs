//! Stories from a seed: small ones in which anything may happen, and large ones with the structure of a game.
//!
//! Shared by tests and by `examples/flow_time.rs`, and each uses a part of it.

use std::fmt::Write;

/// `SplitMix64` (Steele, Lea and Flood 2014): enough for stories, and the same everywhere.
pub struct Dice {
    state: u64,
    plain: bool,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self { state: seed, plain: false }
    }

    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

/// What a random story has.
const VARS: &str = r#"
        "n": Int(init: 0, min: 0, max: 3), "m": Int(init: 1, min: -2, max: 2), "b": Bool(init: false),
        "w": Enum(init: "red", of: ["red", "green", "blue"]), "unread": Int(init: 0, min: 0, max: 1000000),"#;
const HOSTS: &str = r#""night": (args: [], ret: Bool), "coins": (args: [], ret: Int), "has": (args: [Text], ret: Bool),
        "mood": (args: [], ret: Text)"#;

/// A small story of the right types, in which anything may happen: soft-locks, circles, ways that never open. A `plain` one
/// has no host functions, detours and storylets, so that it goes as the player goes.
pub fn random(seed: u64, plain: bool) -> String {
    let mut dice = Dice { plain, ..Dice::new(seed) };
    let beats = 3 + dice.below(7);
    let mut body = String::new();
    for at in 0..beats {
        beat(&mut dice, &mut body, at, beats);
    }
    let mut storylets = String::new();
    if !dice.plain && dice.chance(30) {
        for at in 0..1 + dice.below(2) {
            let when = if dice.chance(70) { condition(&mut dice, beats) } else { "true".to_owned() };
            let once = dice.chance(50);
            let then = effects(&mut dice, beats, 2);
            _ = writeln!(
                storylets,
                "        (id: \"bark_{at}\", who: \"ann\", say: \"Hm.\", when: {when:?}, once: {once}, cooldown: {}, then: [{then}]),",
                dice.below(3)
            );
        }
    }
    format!(
        "Story(\n    format: 1, id: \"random_{seed}\", start: \"b0\",\n    vars: {{{VARS} }},\n    host: {{ {HOSTS} }},\n    \
         cast: {{ \"ann\": (name: \"Ann\") }},\n    beats: {{\n{body}    }},\n    storylets: [\n{storylets}    ],\n)\n"
    )
}

fn beat(dice: &mut Dice, body: &mut String, at: usize, beats: usize) {
    _ = write!(body, "        \"b{at}\": (lines: [");
    // The first beat has a line that conditions may ask about.
    for line in 0..dice.below(4).max(usize::from(at == 0)) {
        _ = write!(body, "(id: \"l{at}_{line}\", who: \"ann\", say: \"Yes.\"");
        if dice.chance(30) {
            _ = write!(body, ", when: {:?}", condition(dice, beats));
        }
        _ = write!(body, "{}), ", if dice.chance(15) { ", once: true" } else { "" });
    }
    _ = write!(body, "], ");
    if at + 1 == beats || (at > 1 && dice.chance(10)) {
        _ = writeln!(body, "end: true),");
        return;
    }
    _ = write!(body, "then: [{}], ", effects(dice, beats, 2));
    if !dice.plain && dice.chance(15) {
        let may = dice.of(&["n += 0..1", "m += -1..1", "n = 1..2", "m -= 1..2", "unread += 0..9"]);
        let say = if dice.chance(50) { "A memory." } else { "" };
        let when = if dice.chance(30) { format!(", when: {:?}", condition(dice, beats)) } else { String::new() };
        let once = if dice.chance(50) { ", once: true" } else { "" };
        _ = write!(body, "detour: (goal: \"x\", say: {say:?}, may: [{may:?}]{when}{once}), ");
    }
    match dice.below(10) {
        0..2 => _ = write!(body, "next: \"b{}\"", target(dice, at, beats)),
        2..4 => {
            let count = 1 + dice.below(3);
            _ = write!(body, "slot: (offer: 1, outcomes: [");
            for number in 0..count {
                way(dice, body, &format!("o{at}_{number}"), at, beats);
            }
            _ = write!(body, "])");
        }
        _ => {
            _ = write!(body, "choices: [");
            for number in 0..1 + dice.below(3) {
                way(dice, body, &format!("c{at}_{number}"), at, beats);
            }
            _ = write!(body, "]");
            if dice.chance(30) {
                _ = write!(body, ", otherwise: ");
                way(dice, body, &format!("e{at}"), at, beats);
            }
        }
    }
    _ = writeln!(body, "),");
}

fn way(dice: &mut Dice, body: &mut String, id: &str, at: usize, beats: usize) {
    _ = write!(body, "(id: {id:?}, say: \"Go.\", to: \"b{}\"", target(dice, at, beats));
    if dice.chance(45) {
        _ = write!(body, ", when: {:?}", condition(dice, beats));
    }
    if dice.chance(25) {
        _ = write!(body, ", once: true");
    }
    if dice.chance(50) {
        _ = write!(body, ", then: [{}]", effects(dice, beats, 2));
    }
    _ = write!(body, "), ");
}

/// Mostly forward, so that most stories go somewhere.
fn target(dice: &mut Dice, at: usize, beats: usize) -> usize {
    if dice.chance(60) { (at + 1 + dice.below(2)).min(beats - 1) } else { dice.below(beats) }
}

fn effects(dice: &mut Dice, beats: usize, most: usize) -> String {
    let mut list = String::new();
    for _ in 0..dice.below(most + 1) {
        let effect = match dice.below(14) {
            0..3 => "n += 1".to_owned(),
            3 => "n -= 1".to_owned(),
            4 => "m = n - 1".to_owned(),
            5 => "b = true".to_owned(),
            6 => format!("b = {}", condition(dice, beats)),
            7 => format!("w = {}", dice.of(&["red", "green", "blue"])),
            8 => "unread += 7".to_owned(),
            9 => "m += 1".to_owned(),
            10 if dice.plain => "n = 2".to_owned(),
            10 => "n = coins()".to_owned(),
            11 => format!("n = visits(b{})", dice.below(beats)),
            12 => "m += n".to_owned(),
            _ => "b = not b".to_owned(),
        };
        _ = write!(list, "{effect:?}, ");
    }
    list
}

/// A condition of the variables, hosts, beats and ids that a random story has.
fn condition(dice: &mut Dice, beats: usize) -> String {
    let sign = dice.of(&["==", "!=", "<", "<=", ">", ">="]);
    let is = dice.of(&["==", "!="]);
    match dice.below(18) {
        0..3 => format!("n {sign} {}", dice.below(4)),
        3..5 => format!("m {sign} {}", dice.below(5) as i64 - 2),
        5 => "b".to_owned(),
        6 => "not b".to_owned(),
        7 => format!("w {is} {}", dice.of(&["red", "green", "blue"])),
        8 => dice.of(&["seen(l0_0)", "visited(b1)", "visited(b2)", "not visited(b1)"]).to_owned(),
        9 => format!("visits(b{}) {sign} {}", dice.below(beats), dice.below(4)),
        10 if dice.plain => "seen(l0_0) or n == 1".to_owned(),
        10 => format!("visits(b{}) {sign} visits(b{})", dice.below(beats), dice.below(beats)),
        11 => format!("visits(b{}) {sign} n + 1", dice.below(beats)),
        12..=14 if dice.plain => "m >= 0".to_owned(),
        12 => dice.of(&["night()", "not night()"]).to_owned(),
        13 => format!("coins() {sign} {}", dice.below(20)),
        14 => dice.of(&["has(\"rope\")", "mood() == \"glad\"", "coins() >= n", "coins() > coins() - m"]).to_owned(),
        15 => format!("{} and {}", condition(dice, beats), condition(dice, beats)),
        16 => format!("({} or {})", condition(dice, beats), condition(dice, beats)),
        _ => format!("not ({})", condition(dice, beats)),
    }
}

/// A story with the structure of a game: chapters, in each of them a hub from which scenes are played once, what was found
/// there opens the way on; some things are remembered until the end.
///
/// `beats` is rounded down to whole chapters of 20, and as many lines as are missing to `lines` are spread over the scenes.
pub fn large(seed: u64, beats: usize, lines: usize) -> String {
    const CHAPTER: usize = 20;
    let mut dice = Dice::new(seed);
    let chapters = (beats / CHAPTER).max(1);
    let per_beat = lines.div_ceil(chapters * CHAPTER);
    let mut vars = String::new();
    let mut body = String::new();
    _ = writeln!(vars, "        \"trust\": Int(init: 1, min: 0, max: 2),");
    _ = writeln!(vars, "        \"side\": Enum(init: \"none\", of: [\"none\", \"crown\", \"river\"]),");
    let mut left = lines;
    for chapter in 0..chapters {
        _ = writeln!(vars, "        \"clues_{chapter}\": Int(init: 0, min: 0, max: 3),");
        _ = writeln!(vars, "        \"door_{chapter}\": Bool(init: false),");
        _ = writeln!(vars, "        \"debt_{chapter}\": Bool(init: false),");
        let last = chapter + 1 == chapters;
        let next = if last { "end_hub".to_owned() } else { format!("c{}_hub", chapter + 1) };
        // Hub, 17 scenes in 6 strands, a debate with a slot, a way out.
        let mut beat = |id: &str, rest: &str, dice: &mut Dice| {
            _ = writeln!(body, "        {id:?}: (setting: \"Chapter {chapter}.\", lines: [");
            let count = per_beat.min(left);
            left -= count;
            for line in 0..count {
                let who = dice.of(&["ann", "bo", "cy"]);
                let when = match dice.below(12) {
                    0 => format!(", when: \"trust >= {}\"", dice.below(4)),
                    1 => format!(", when: \"clues_{chapter} < 2\""),
                    _ => String::new(),
                };
                _ = writeln!(
                    body,
                    "            (id: \"{id}_{line}\", who: {who:?}, say: \"The water is at step {line}.\"{when}),"
                );
            }
            _ = writeln!(body, "        ], {rest}),");
        };
        let mut choices = String::new();
        for strand in 0..6 {
            let when = match strand {
                4 => format!(", when: \"clues_{chapter} >= 1\""),
                5 => ", when: \"trust >= 2\"".to_owned(),
                _ => String::new(),
            };
            let then = dice.of(&["trust += 1", "trust -= 1", ""]);
            let then = if then.is_empty() { String::new() } else { format!(", then: [{then:?}]") };
            _ = write!(
                choices,
                "(id: \"c{chapter}_to_{strand}\", say: \"Strand {strand}.\", to: \"c{chapter}_s{strand}_0\", once: {}{when}{then}), ",
                strand < 3
            );
        }
        _ = write!(
            choices,
            "(id: \"c{chapter}_leave\", say: \"Go.\", to: \"c{chapter}_debate\", when: \"clues_{chapter} >= 2 or door_{chapter}\"), \
             (id: \"c{chapter}_force\", say: \"Break the door.\", to: \"c{chapter}_out\", when: \"not door_{chapter}\", then: [\"door_{chapter} = true\", \"debt_{chapter} = true\"])"
        );
        beat(
            &format!("c{chapter}_hub"),
            &format!(
                "choices: [{choices}], otherwise: (id: \"c{chapter}_else\", say: \"Wait.\", to: \"c{chapter}_out\")"
            ),
            &mut dice,
        );
        let mut scenes = 0;
        for strand in 0..6 {
            let length = if strand < 5 { 3 } else { 2 };
            for scene in 0..length {
                scenes += 1;
                let id = format!("c{chapter}_s{strand}_{scene}");
                let end = scene + 1 == length;
                let to = if end { format!("c{chapter}_hub") } else { format!("c{chapter}_s{strand}_{}", scene + 1) };
                let then =
                    if end && strand < 4 { format!("then: [\"clues_{chapter} += 1\"], ") } else { String::new() };
                let rest = if dice.chance(30) {
                    format!(
                        "{then}choices: [(id: \"{id}_x\", say: \"Listen.\", to: {to:?}), (id: \"{id}_y\", say: \"Ask.\", to: {to:?}, when: \"side != river\", then: [\"trust += 1\"])]"
                    )
                } else {
                    format!("{then}next: {to:?}")
                };
                beat(&id, &rest, &mut dice);
            }
        }
        assert_eq!(scenes, CHAPTER - 3);
        let side = dice.of(&["crown", "river"]);
        beat(
            &format!("c{chapter}_debate"),
            &format!(
                "slot: (offer: 2, outcomes: [(id: \"c{chapter}_d0\", say: \"Agree.\", to: \"c{chapter}_out\", then: [\"side = {side}\"]), \
                 (id: \"c{chapter}_d1\", say: \"Refuse.\", to: \"c{chapter}_out\"), \
                 (id: \"c{chapter}_d2\", say: \"Pay.\", to: \"c{chapter}_out\", when: \"debt_{chapter}\", then: [\"debt_{chapter} = false\"])])"
            ),
            &mut dice,
        );
        beat(&format!("c{chapter}_out"), &format!("next: {next:?}, checkpoint: true"), &mut dice);
    }
    _ = writeln!(
        body,
        "        \"end_hub\": (choices: [(id: \"e0\", say: \"For the crown.\", to: \"end_a\", when: \"side == crown\"), \
         (id: \"e1\", say: \"For the river.\", to: \"end_b\", when: \"side == river and trust >= 2\")], \
         otherwise: (id: \"e2\", say: \"For nobody.\", to: \"end_c\")),\n        \"end_a\": (end: true),\n        \"end_b\": (end: true),\n        \"end_c\": (end: true),"
    );
    format!(
        "Story(\n    format: 1, id: \"large\", start: \"c0_hub\",\n    vars: {{\n{vars}    }},\n    \
         cast: {{ \"ann\": (name: \"Ann\"), \"bo\": (name: \"Bo\"), \"cy\": (name: \"Cy\") }},\n    beats: {{\n{body}    }},\n)\n"
    )
}
