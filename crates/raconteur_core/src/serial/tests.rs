//! Openings for tests, and tests that concern several files.

mod plans;
mod saves;
mod shipped;
mod told;
mod troubles;

use std::sync::Arc;

use super::*;
use crate::rehearsal::dice::Dice;
use crate::request::Why;
use crate::story::table::Table;
use crate::template::Templates;

/// Two threads, three people, one event.
pub(super) const TINY: &str = r#"Serial(
    format: 1, id: "tiny", title: "The Lamp", premise: "A lamp is gone from the yard, and Ann is blamed.",
    cast: {
        "ann": (name: "Ann", is: She, traits: ["stubborn"]), "bo": (name: "Bo", is: He), "cy": (name: "Cy", away: true),
    },
    places: {
        "yard": (name: "the yard", setting: "A yard behind the mill, at dusk."),
        "mill": (name: "the mill", setting: "The mill, with the wheel stopped."),
    },
    facts: [(says: "The lamp has burned for thirty years.", keys: ["lamp"])],
    threads: {
        "lamp": (
            question: "Who took the lamp?", keys: ["lamp"], leads: true,
            opens: (goal: "Ann finds that the lamp is gone.", at: "yard", with: ["ann"], tell: [
                Say("The hook in the yard was empty."),
                Free(say: "Ann put her hand where the lamp had been.", must: [["lamp", "hook"]]),
            ]),
            steps: {
                "blame": (goal: "Bo blames Ann.", at: "mill", with: ["ann", "bo"], tell: [
                    Pick(["'You had the key,' said Bo.", "'It was you,' said Bo, and shut the door."]),
                    Break,
                    Free(say: "She said nothing, and the wheel said nothing."),
                ]),
                "home": (goal: "Cy comes home with news.", at: "mill", with: ["cy", "ann"], returns: ["cy"], tell: [
                    Say("At noon the carrier set Cy down at the gate."),
                ]),
            },
            closes: (title: "The hook", goal: "Ann hangs the lamp up again.", at: "yard", with: ["ann", "cy"], tell: [
                Say("It went back on its hook as if it had never been away."),
            ]),
        ),
        "wheel": (
            question: "Why does the wheel stand still?",
            opens: (goal: "The wheel stops.", at: "mill", with: ["bo"], tell: [Say("The wheel stopped at three.")]),
            closes: (goal: "Bo frees the wheel, and it kills him.", at: "mill", with: ["bo"], dies: ["bo"],
                after: ["lamp/blame"], tell: [
                Say("He cut the rope, and the wheel turned, and took him with it."),
            ]),
        ),
    },
    events: {
        "rain": (holes: { "who": Person(), "n": Number(from: 2, to: 4) }, times: 2, scene: (
            goal: "{who} waits for the rain to end.", at: "yard", with: ["{who}"], tell: [
            Say("It rained for {n} hours, and {who} counted them on {who.their} fingers."),
        ])),
    },
)"#;

pub(super) fn tiny() -> Opening {
    Opening::from_ron(TINY).unwrap_or_else(|error| panic!("{error}"))
}

/// A serial written to its end, every passage as its writer wrote it.
pub(super) fn authored(opening: &Arc<Opening>, seed: u64, chapters: Option<usize>) -> SerialWriter {
    let mut writer = SerialWriter::new(opening.clone(), seed, chapters).unwrap_or_else(|error| panic!("{error}"));
    while !writer.is_over() {
        writer.write_next(None, &Templates::default(), &Why::ModelOff);
    }
    writer
}

/// An opening by chance. It need not be sound.
pub(super) fn random(seed: u64) -> Opening {
    let mut dice = Dice::new(seed);
    const NAMES: [&str; 6] = ["Ann", "Bo", "Cy", "Dot", "Eve", "Finn"];
    let people = 2 + dice.below(5);
    let ids: Vec<String> = NAMES[..people].iter().map(|name| name.to_lowercase()).collect();
    let mut cast = Table::default();
    for (id, name) in ids.iter().zip(NAMES) {
        let away = id != "ann" && dice.chance(10);
        cast.push(id.clone(), Person { name: name.to_owned(), away, ..Person::default() });
    }
    let mut places = Table::default();
    for place in ["yard", "mill"] {
        places.push(place, Place { name: format!("the {place}"), setting: format!("The {place} at noon.") });
    }
    let mut count = 0;
    let mut said = |what: &str| {
        count += 1;
        format!("Then came the {what} number {count} of that long and dry year.")
    };
    let threads = 1 + dice.below(5);
    let lengths: Vec<usize> = (0..threads).map(|_| dice.below(4)).collect();
    let mut scene = |dice: &mut Dice, thread: usize, what: &str| {
        let with: Vec<String> = ids.iter().filter(|_| dice.chance(40)).cloned().collect();
        let mut after = Vec::new();
        if thread > 0 && dice.chance(30) {
            let other = dice.below(thread);
            let step = dice.below(lengths[other] + 1);
            after.push(if step == 0 { format!("t{other}/opens") } else { format!("t{other}/s{step}") });
        }
        let one = |dice: &mut Dice, chance| with.iter().filter(|_| dice.chance(chance)).take(1).cloned().collect();
        let (dies, leaves, returns) = (one(dice, 4), one(dice, 6), one(dice, 6));
        let must = vec![vec!["dry".to_owned(), "wet".to_owned()]];
        let free = Tell::Free { say: said(what), or: vec![said(what)], must, must_not: Vec::new(), sentences: 1 };
        let mut tell = vec![Tell::Say(said(what))];
        if dice.chance(70) {
            tell.extend([Tell::Break, free]);
        }
        Scene {
            goal: format!("The {what} comes."),
            at: "yard".into(),
            with,
            after,
            dies,
            leaves,
            returns,
            tell,
            ..Scene::default()
        }
    };
    let mut table = Table::default();
    for (at, length) in lengths.iter().enumerate() {
        let opens = scene(&mut dice, at, "opening");
        let steps = (1..=*length).map(|step| (format!("s{step}"), scene(&mut dice, at, "step"))).collect();
        let closes = scene(&mut dice, at, "closing");
        let leads = dice.chance(40);
        let question = format!("What of thread {at}?");
        table.push(
            format!("t{at}"),
            Thread { question, with: Vec::new(), keys: vec!["dry".into()], leads, opens, steps, closes },
        );
    }
    let mut events = Table::default();
    for event in 0..dice.below(4) {
        let mut holes = Table::default();
        holes.push("who", Hole::Person { of: Vec::new() });
        holes.push("n", Hole::Number { from: 2, to: 9 });
        let tell = vec![Tell::Say(format!("{{who}} counted {{n}} crows on beam {event}."))];
        let scene = Scene {
            goal: "{who} counts crows.".into(),
            at: "mill".into(),
            with: vec!["{who}".into()],
            tell,
            ..Scene::default()
        };
        events.push(format!("e{event}"), SerialEvent { holes, about: Vec::new(), before: Vec::new(), times: 3, scene });
    }
    Opening { cast, places, threads: table, events, facts: Vec::new(), holes: Table::default(), ..tiny() }
}

/// The sound ones of the openings by chance from `seed` on.
pub(super) fn sound(seed: u64) -> impl Iterator<Item = Opening> {
    (seed..).map(random).filter(|opening| opening.troubles().is_empty())
}
