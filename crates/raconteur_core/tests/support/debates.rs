//! Debates by chance, and a second look at what was said in one, by code that the state machine does not share.

use std::collections::BTreeMap;

use raconteur_core::debate::{Claim, Debate, Ends, Listeners, Motion, Seat, Side, Silence, What};
use raconteur_core::story::expr::Expr;
use raconteur_core::story::format::{Policy, Value, VarDecl};
use raconteur_core::story::table::Table;

/// `SplitMix64` (Steele, Lea and Flood 2014).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A debate of the right shape in which anything may stand: conditions that never hold, claims that contradict themselves,
/// weights beyond all bounds.
pub fn random(seed: u64) -> Motion {
    let mut dice = Dice::new(seed);
    let count = 2 + dice.below(30);
    let id = |at: usize| format!("c{at}");
    let mut claims = Table::default();
    for at in 0..count {
        let list = |percent: usize, dice: &mut Dice| -> Vec<String> {
            let mut list = Vec::new();
            for _ in 0..dice.below(4) {
                if dice.chance(percent) {
                    list.push(id(dice.below(count + 2)));
                }
            }
            list
        };
        let (counters, contradicts, concedes) = (list(80, &mut dice), list(40, &mut dice), list(15, &mut dice));
        let when = match dice.below(8) {
            0 => Some("mood >= 1".to_owned()),
            1 => Some(format!("seen({})", id(dice.below(count)))),
            2 => Some(format!("not seen({})", id(dice.below(count)))),
            3 => Some("this is no condition".to_owned()),
            _ => None,
        };
        let mut sways = Table::default();
        for group in ["crowd", "court", "nobody"] {
            if dice.chance(70) {
                sways.push(group, dice.below(61) as i32 - if dice.chance(10) { 3000 } else { 10 });
            }
        }
        let claim = Claim {
            side: if dice.chance(50) { "left" } else { "right" }.to_owned(),
            say: format!("Mara says that stone {at} stands on the hill, and the river is wide."),
            must: if dice.chance(40) { vec![vec!["stone".to_owned(), "hill".to_owned()]] } else { Vec::new() },
            must_not: if dice.chance(20) { vec!["boat".to_owned()] } else { Vec::new() },
            when: when.map(|when| Expr::parse(&when)),
            counters,
            contradicts,
            concedes,
            sways,
            shakes: dice.below(40) as i32,
            steadies: dice.below(40) as i32 - 20,
            ..Claim::default()
        };
        claims.push(id(at), claim);
    }
    let side = |who: &str, name: &str, dice: &mut Dice| Side {
        who: who.to_owned(),
        name: name.to_owned(),
        voice: "dry".to_owned(),
        firmness: dice.below(140) as i32 - 20,
        opening: if dice.chance(50) { "Hear me.".to_owned() } else { String::new() },
        closing: if dice.chance(50) { "I am done.".to_owned() } else { String::new() },
        ..Side::default()
    };
    let mut sides = Table::default();
    sides.push("left", side("mara", "Mara", &mut dice));
    sides.push("right", side("odo", "Odo", &mut dice));
    let mut audience = Table::default();
    for group in ["crowd", "court"] {
        let opinion = dice.below(300) as i32 - 150;
        audience.push(group, Listeners { opinion, weight: dice.below(4) as u32, ..Listeners::default() });
    }
    let mut vars = Table::default();
    vars.push("mood", VarDecl::Int { init: dice.below(3) as i64, min: 0, max: 2, meta: None });
    Motion {
        format: 1,
        id: format!("random_{seed}"),
        topic: "The stone should stay on the hill.".to_owned(),
        setting: "A green hill.".to_owned(),
        turns: dice.below(24) as u32,
        beside: dice.below(140) as i32 - 20,
        ends: Ends {
            opinion: dice.chance(40).then(|| dice.below(130) as i32),
            gives_in: dice.chance(50),
            silence: [Silence::Passes, Silence::Ends, Silence::Loses][dice.below(3)],
            margin: dice.below(12) as i32 - 2,
        },
        policy: Some(Policy { tries: 3, tokens: (1, 20), ..Policy::default() }),
        locale: "en".to_owned(),
        sides,
        claims,
        audience,
        vars,
        ..Motion::default()
    }
}

/// What a debate's variables are in the eyes of the test.
pub fn mood(debate: &Debate) -> Option<&Value> {
    debate.state().vars.get("mood")
}

/// All that is wrong with what was said: looked up in the file's own words, not by the state machine's rules.
pub fn faults(debate: &Debate) -> Vec<String> {
    let said = debate.state().said.iter().filter_map(|said| match &said.what {
        What::Claim(id) => Some((said.seat, id.as_str())),
        _ => None,
    });
    faults_of(debate.motion(), &said.collect::<Vec<_>>())
}

/// The same of a list of claims.
pub fn faults_of(motion: &Motion, said: &[(Seat, &str)]) -> Vec<String> {
    let mut faults = Vec::new();
    let ids: Vec<&str> = motion.sides.ids().collect();
    for (at, (seat, id)) in said.iter().enumerate() {
        let Some(claim) = motion.claims.get(id) else {
            faults.push(format!("{id} is no claim"));
            continue;
        };
        if claim.side != ids[seat.index()] {
            faults.push(format!("{id} is not of its side"));
        }
        if said[..at].iter().any(|(_, other)| other == id) {
            faults.push(format!("{id} was said twice"));
        }
        if !claim.concedes.is_empty() && !claim.concedes.iter().any(|g| said[..at].iter().any(|(_, other)| other == g))
        {
            faults.push(format!("{id} grants what nobody said"));
        }
        for (_, other) in said[..at].iter().filter(|(by, _)| by == seat) {
            let Some(before) = motion.claims.get(other) else { continue };
            let contradicts =
                claim.contradicts.iter().any(|c| c == other) || before.contradicts.iter().any(|c| c == id);
            let granted = before.concedes.iter().any(|c| claim.counters.contains(c));
            let grants = claim.concedes.iter().any(|c| before.counters.contains(c));
            if contradicts || granted || grants {
                faults.push(format!("{id} contradicts {other}"));
            }
        }
    }
    faults
}

/// The opinions that the claims of a debate lead to, added up anew.
pub fn opinions(debate: &Debate) -> BTreeMap<String, i32> {
    let motion = debate.motion();
    let mut opinions: BTreeMap<String, i32> =
        motion.audience.iter().map(|(id, group)| (id.to_owned(), group.opinion.clamp(-100, 100))).collect();
    let mut last: [Option<&str>; 2] = [None, None];
    for said in &debate.state().said {
        let What::Claim(id) = &said.what else { continue };
        let claim = motion.claims.get(id).expect("a claim");
        let heard = last[1 - said.seat.index()];
        let on_point = heard.is_none_or(|heard| claim.counters.iter().any(|counter| counter == heard));
        let percent = if on_point { 100 } else { motion.beside.clamp(0, 100) };
        for (group, by) in claim.sways.iter() {
            if let Some(opinion) = opinions.get_mut(group) {
                let by = (*by).clamp(-100, 100) * percent / 100;
                let by = if said.seat == Seat::First { by } else { -by };
                *opinion = (*opinion + by).clamp(-100, 100);
            }
        }
        last[said.seat.index()] = Some(id);
    }
    opinions
}
