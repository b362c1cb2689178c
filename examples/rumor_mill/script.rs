//! Three days in Harrow Ford, as a script: what is started, seen and asked, and what comes of it.

use std::fmt::Write as _;

use bevy_raconteur::prelude::*;

use crate::picture::{Node, graph, terminal};
use crate::svg::svg;
use crate::village::{HOURS, Overheard, Record, Village};

/// What a run has come to.
pub struct Told {
    /// The report, as it is printed.
    pub text: String,
    /// The picture.
    pub svg: String,
    /// The graph of the bell.
    pub nodes: Vec<Node>,
}

/// Plays `days` days. `show` is given a picture after each.
pub fn play(village: &mut Village, days: u64, mut show: impl FnMut(&str)) -> Told {
    for day in 1..=days {
        for hour in 0..HOURS {
            act(village, day, hour);
            village.pass_hour();
        }
        let nodes = graph(village, "bell", "no_bell");
        show(&format!(
            "Day {day}, in the evening: the bell of Saint Wenna\n\n{}\n\n{}",
            terminal(&nodes),
            inn(village)
        ));
    }
    for key in ["brom", "kerra", "wat"] {
        if let Some(entity) = village.of(key) {
            village.ask(AskWhoTold { entity, tale: "bell".to_owned() });
        }
    }
    village.pass_hour();
    let nodes = graph(village, "bell", "no_bell");
    let text = village.seen.with(|seen| report(seen, &nodes));
    let way = farthest(village);
    let picture = svg(&nodes, &format!("Harrow Ford after {days} days: who told whom first of the bell"), &way);
    Told {
        text: format!("{text}\nThe longest way, from its end to its origin:\n{}\n", way.join("\n")),
        svg: picture,
        nodes,
    }
}

fn act(village: &mut Village, day: u64, hour: u64) {
    match (day, hour) {
        (1, 0) => {
            if let Some(entity) = village.of("odo") {
                village.ask(StartTale { entity, tale: "bell".to_owned(), belief: 1.0 });
            }
        }
        // The player makes something up, and has Fenn tell it.
        (2, 9) => {
            if let (Some(entity), Some(gisla)) = (village.of("fenn"), village.of("gisla")) {
                village.ask(StartTale { entity, tale: "wolf".to_owned(), belief: 0.4 });
                village.ask(TellTale { entity, to: vec![gisla], tale: "wolf".to_owned() });
            }
        }
        // The water falls, and two who are believed see the bell under the bridge.
        (2, 6) => {
            for key in ["mara", "ede"] {
                if let Some(entity) = village.of(key) {
                    village.ask(ShowEvidence { entity, tale: "no_bell".to_owned(), sure: 1.0 });
                }
            }
        }
        _ => {}
    }
}

fn inn(village: &Village) -> String {
    let places = village.whereabouts();
    let here = places.iter().find(|(key, _)| *key == "inn").map(|(_, people)| people.join(", ")).unwrap_or_default();
    let last = village.seen.with(|seen| {
        let told = seen.overheard.iter().rev().take(3).rev();
        told.map(|told| format!("  {} ({}): {}", told.teller, told.source, told.text)).collect::<Vec<_>>().join("\n")
    });
    format!("In the inn: {here}\n{last}")
}

fn report(seen: &Record, nodes: &[Node]) -> String {
    let mut out = String::new();
    let heard = nodes.iter().filter(|node| node.hops.is_some()).count();
    let believe = nodes.iter().filter(|node| node.belief >= 0.5).count();
    let know = nodes.iter().filter(|node| node.denial >= 0.5).count();
    let _ =
        writeln!(out, "the bell: {heard} of {} have heard it, {believe} believe it, {know} know better", nodes.len());
    let _ = writeln!(out, "beliefs won {}, corrected {}", seen.turns.0, seen.turns.1);
    let _ = writeln!(out, "\n hop  tellings  strayed  kept");
    for (hop, (count, strayed, kept)) in seen.hops.iter().enumerate().filter(|(_, row)| row.0 > 0) {
        let mean = strayed / f64::from(*count);
        let _ = writeln!(out, "{hop:4} {count:9} {mean:8.3}  {:3.0} %", 100.0 * f64::from(*kept) / f64::from(*count));
    }
    let kept = seen.overheard.iter().filter(|told| told.kept).count();
    let _ = writeln!(out, "\noverheard in the inn: {}, with all kept words in {kept}", seen.overheard.len());
    for told in &seen.overheard {
        let Overheard { teller, hop, strayed, voiced, text, source, .. } = told;
        let _ = writeln!(out, "  hop {hop}, strayed {strayed:.2}, worded {voiced:.2}  {teller} ({source}): {text}");
    }
    let _ = writeln!(out, "\ncried:");
    for (text, generated, ears) in &seen.cried {
        let by = if *generated { "generated" } else { "authored" };
        let _ = writeln!(out, "  to {ears} new ears ({by}): {text}");
    }
    let _ = writeln!(out, "\nletters:");
    for (to, text) in &seen.letters {
        let _ = writeln!(out, "  to {to}: {text}");
    }
    let _ = writeln!(out, "\nwho told you?");
    for answer in &seen.answers {
        let _ = writeln!(out, "  {answer}");
    }
    for problem in &seen.problems {
        let _ = writeln!(out, "problem: {problem}");
    }
    out
}

/// The way of the bell that took the most tellings, as words.
fn farthest(village: &Village) -> Vec<String> {
    let mill = village.app.world().resource::<RumorMill>();
    let ways = village.people.iter().map(|&entity| mill.way(entity, "bell"));
    let longest = ways.enumerate().max_by_key(|(at, way)| (way.len(), std::cmp::Reverse(*at)));
    let Some((_, way)) = longest else { return Vec::new() };
    way.iter()
        .map(|step| format!("{} {}, hour {}: {}", step.hops, crate::folk::name(&step.key), step.at, step.text))
        .collect()
}
