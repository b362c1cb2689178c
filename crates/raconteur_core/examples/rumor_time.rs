//! What a village of rumors costs, and what becomes of a rumor on its way. No model.
//!
//! ```text
//! cargo run --release -p raconteur_core --example rumor_time -- 500 1000
//! ```
//! People and ticks. Ten rumors are started, two of them denied later by somebody who has seen better. Prints the time of a
//! tick (mean of all, and of the slowest hundred in a row), then hop by hop how far tellings strayed, what was kept and how
//! far it is believed, and one way from its end to its origin in words. Five runs; the times are those of the fastest.

use std::time::{Duration, Instant};

use raconteur_core::judge::words;
use raconteur_core::rumors::{Hole, Meetings, Person, Relation, RumorSettings, Rumors, Tale};

/// Relations of each person.
const NEAR: u64 = 8;

fn main() {
    let mut args = std::env::args().skip(1).filter_map(|arg| arg.parse().ok());
    let (people, ticks) = (args.next().unwrap_or(500_u32).max(11), args.next().unwrap_or(1000_u32));
    let mut best: Option<Run> = None;
    for _ in 0..5 {
        let run = play(people, ticks);
        if best.as_ref().is_none_or(|other| run.all < other.all) {
            best = Some(run);
        }
    }
    let Some(run) = best else { return };
    let ms = |time: Duration, ticks: u32| time.as_secs_f64() * 1000.0 / f64::from(ticks.max(1));
    println!("{people} people, {ticks} ticks, {} tales, {} tellings", run.tales, run.tellings);
    println!(
        "a tick: {:.4} ms, with the meetings that are drawn for it {:.4} ms",
        ms(run.tick, ticks),
        ms(run.all, ticks)
    );
    println!("the slowest hundred ticks in a row: {:.4} ms a tick (both)", ms(run.slowest, ticks.min(100)));
    println!("\n{:>4} {:>9} {:>9} {:>9} {:>9} {:>13}", "hop", "tellings", "distance", "people", "belief", "kept");
    for (hop, row) in run.hops.iter().enumerate().filter(|(_, row)| row.tellings > 0 || row.people > 0) {
        let mean = |sum: f64, count: u32| sum / f64::from(count.max(1));
        let (distance, belief) = (mean(row.distance, row.tellings), mean(row.belief, row.people));
        // At an origin nothing has been told yet.
        let kept = if row.tellings == 0 { String::new() } else { format!("{} of {}", row.kept, row.tellings) };
        println!("{hop:4} {:9} {distance:9.3} {:9} {belief:9.3} {kept:>13}", row.tellings, row.people);
    }
    println!("\nOne rumor, from its end to its origin:");
    run.way.iter().for_each(|line| println!("{line}"));
}

/// What one run came to.
struct Run {
    all: Duration,
    tick: Duration,
    slowest: Duration,
    tales: u32,
    tellings: u32,
    hops: Vec<HopRow>,
    way: Vec<String>,
}

/// Tellings and people so many steps from the origin.
#[derive(Default, Clone)]
struct HopRow {
    tellings: u32,
    distance: f64,
    kept: u32,
    people: u32,
    belief: f64,
}

fn play(people: u32, ticks: u32) -> Run {
    let mut state = 7_u64;
    let mut draw = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut all = Vec::new();
    let mut relations = Vec::new();
    for from in 0..people {
        let mut share = || draw() as f32 / (1_u64 << 31) as f32;
        all.push(Person { talkative: share(), credulous: share(), careful: share() });
        for _ in 0..NEAR {
            // Mostly neighbours, now and then somebody from the other end of the village.
            let far = draw() % 10 == 0;
            let to = if far { draw() as u32 % people } else { (from + 1 + draw() as u32 % 12) % people };
            let (trust, closeness) = ((draw() % 100) as f32 / 100.0, (draw() % 100) as f32 / 100.0);
            relations.push(Relation { from, to, trust, closeness });
        }
    }
    let settings = RumorSettings { tells_at: 0.1, ..RumorSettings::default() };
    let mut rumors = Rumors::new(11, &all, &relations, settings);
    let mut keep = Vec::new();
    for n in 0..8 {
        add(&mut rumors, &mut keep, bell(n));
    }
    for n in 0..2 {
        add(&mut rumors, &mut keep, no_bell(n));
    }
    let tales = u32::try_from(keep.len()).unwrap_or(0);
    for tale in 0..8 {
        _ = rumors.start(tale * (people / 10), tale, 1.0);
    }
    let mut meetings = Meetings::default();
    let mut run = Run {
        all: Duration::ZERO,
        tick: Duration::ZERO,
        slowest: Duration::ZERO,
        tales,
        tellings: 0,
        hops: vec![HopRow::default(); 64],
        way: Vec::new(),
    };
    let mut hundred = Duration::ZERO;
    for tick in 0..ticks {
        if tick == ticks / 3 {
            _ = rumors.witness(people / 2, 8, 1.0);
            _ = rumors.witness(people / 2, 9, 1.0);
        }
        let start = Instant::now();
        rumors.meetings_by_chance(&mut meetings);
        let drawn = Instant::now();
        rumors.tick(&meetings);
        let end = Instant::now();
        run.all += end - start;
        run.tick += end - drawn;
        hundred += end - start;
        if tick % 100 == 99 || tick + 1 == ticks {
            run.slowest = run.slowest.max(hundred);
            hundred = Duration::ZERO;
        }
        for telling in rumors.tellings() {
            run.tellings += 1;
            let Some(row) = run.hops.get_mut(telling.hop as usize) else { continue };
            row.tellings += 1;
            row.distance += f64::from(rumors.strayed(telling.tale, telling.form));
            let said = words::words(&rumors.words(telling.tale, telling.form, telling.teller));
            row.kept += u32::from(keep[telling.tale as usize].iter().all(|word| words::contains(&said, word)));
        }
    }
    let mut longest = (0, 0);
    for who in 0..people {
        for tale in 0..tales {
            let way = rumors.provenance(who, tale);
            let Some(row) = way.first().and_then(|first| run.hops.get_mut(first.hops as usize)) else { continue };
            row.people += 1;
            row.belief += f64::from(rumors.belief(who, tale));
            if tale == 0 && way.len() > longest.1 {
                longest = (who, way.len());
            }
        }
    }
    let way = rumors.provenance(longest.0, 0);

    for (at, hop) in way.iter().enumerate() {
        let told_by = way.get(at + 1).map_or(hop.who, |before| before.who);
        let text = rumors.words(0, hop.form, told_by);
        let strayed = rumors.strayed(0, hop.form);
        run.way.push(format!("  hop {:2}, tick {:4}, person {:3}, {strayed:.2}: {text}", hop.hops, hop.at, hop.who));
    }
    run
}

fn add(rumors: &mut Rumors, keep: &mut Vec<Vec<String>>, tale: Tale) {
    let words = tale.keep.clone();
    match rumors.add(tale) {
        Ok(_) => keep.push(words),
        Err(error) => println!("{error}"),
    }
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

fn bell(n: u32) -> Tale {
    let places = texts(&["the mill", "the mine", "the far bank", "the smithy"]);
    let holes = [
        ("men", Hole::Number { of: 3, most: 60, grows: 50 }),
        ("place", Hole::OneOf(places)),
        ("when", Hole::Detail(" by night".to_owned())),
        ("why", Hole::Detail(", for a debt of forty silver".to_owned())),
    ];
    Tale {
        id: format!("bell_{n}"),
        says: texts(&[
            "{sure} that {men} men carried the bell of Saint Wenna to {place}{when}{why}.",
            "The bell of Saint Wenna? It went to {place}{when}, with {men} men on the ropes{why}. {sure} so.",
            "{men} men, and the bell of Saint Wenna between them, on the way to {place}{when}{why}. {sure} it.",
        ]),
        holes: holes.into_iter().map(|(name, hole)| (name.to_owned(), hole)).collect(),
        keep: texts(&["bell", "Saint Wenna"]),
        sure: texts(&["Some say", "They say", "Everybody says"]),
        interest: 0.9,
        half_life: 150.0,
        drift: 0.5,
        against: None,
    }
}

fn no_bell(n: u32) -> Tale {
    Tale {
        id: format!("no_bell_{n}"),
        says: texts(&["{sure} that the bell of Saint Wenna never left its tower."]),
        holes: std::collections::BTreeMap::new(),
        keep: texts(&["bell", "tower"]),
        sure: texts(&["Some say", "They say"]),
        interest: 0.9,
        half_life: 150.0,
        drift: 0.2,
        against: Some(format!("bell_{n}")),
    }
}
