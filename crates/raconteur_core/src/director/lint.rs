//! The checks of a plan, against the story that it paces.
//!
//! | code | severity | |
//! |---|---|---|
//! | D01 | error | a tension or a share above 100 (also of a storylet, in the checks of a story) |
//! | D02 | error | a curve without points, or with moments that do not grow; a quiet phase that ends before it begins |
//! | D03 | error | a measure whose condition cannot be computed |
//! | D04 | warning | a story of which too little has a tension for the curve |
//! | D05 | error | a format that this version does not read |

use super::{DIRECTOR_FORMAT, HIGHEST, Plan};
use crate::story::diagnostic::{Diagnostic, Severity, Span};
use crate::story::expr::Scope;
use crate::story::format::Story;
use crate::story::lint::place::Places;
use crate::story::source::Source;
use crate::story::spans::Tree;

/// Farther than this from every storylet a curve cannot be followed, in points.
const REACH: u8 = 25;

pub(super) fn lint(plan: &Plan, source: &Source, story: &Story) -> Vec<Diagnostic> {
    let trees = [Tree::scan(&source.text)];
    let places = Places::new(std::slice::from_ref(source), &trees);
    let root = places.root();
    let mut found = Vec::new();
    let mut report = |code: &'static str, severity: Severity, at: Span, message: String, help: String| {
        found.push(Diagnostic::new(code, severity, at, message).help(help));
    };
    let error = Severity::Error;
    if plan.format != DIRECTOR_FORMAT {
        let message = format!("the plan has format {}, and this version reads {DIRECTOR_FORMAT}", plan.format);
        report("D05", error, root.field("format").into(), message, "update the game, or write format: 1".to_owned());
    }
    let high = |what: &str, value: u8| {
        (format!("{what} is {value}; it goes from 0 to {HIGHEST}"), "0 is calm, 100 is the peak".to_owned())
    };
    let curve = root.field("curve").field("points");
    for (index, &(_, tension)) in plan.curve.points.iter().enumerate().filter(|(_, point)| point.1 > HIGHEST) {
        let (message, help) = high("a point of the curve", tension);
        report("D01", error, curve.item(index).into(), message, help);
    }
    for (index, measure) in plan.measures.iter().enumerate() {
        let place = root.field("measures").item(index);
        if measure.tension > HIGHEST {
            let (message, help) = high("a measure", measure.tension);
            report("D01", error, place.field("tension").into(), message, help);
        }
        for wrong in Scope::new(story).check_condition(&measure.when) {
            let help = wrong.help.unwrap_or_else(|| "see the language of conditions in docs/writing.md".to_owned());
            report("D03", error, place.field("when").within(wrong.span), wrong.message, help);
        }
    }
    for (index, (name, jolt)) in plan.jolts.iter().enumerate().filter(|(_, (_, jolt))| jolt.tension > HIGHEST) {
        let (message, help) = high(&format!("the jolt '{name}'"), jolt.tension);
        report("D01", error, root.field("jolts").entry(index).into(), message, help);
    }
    for (name, share) in [("pull", plan.pull), ("decay", plan.decay), ("near", plan.near)] {
        if share > HIGHEST {
            let (message, _) = high(name, share);
            report("D01", error, root.field(name).into(), message, "it is a share of a hundred".to_owned());
        }
    }
    if plan.curve.points.is_empty() {
        let help = "write points: [(0, 10), (8, 60), (12, 20)]: moments and tensions".to_owned();
        report("D02", error, curve.into(), "the curve has no points".to_owned(), help);
    }
    let falls = plan.curve.points.windows(2).position(|pair| pair[0].0 > pair[1].0);
    if let Some(index) = falls {
        let message = "the moments of the curve do not grow".to_owned();
        report("D02", error, curve.item(index + 1).into(), message, "write its points in the order of time".to_owned());
    }
    if let Some(index) = plan.quiet.iter().position(|&(first, last)| first > last) {
        let message = "a quiet phase ends before it begins".to_owned();
        let help = "write (first moment, last moment)".to_owned();
        report("D02", error, root.field("quiet").item(index).into(), message, help);
    }
    let tensions: Vec<u8> = story.storylets.iter().filter_map(|storylet| storylet.tension).collect();
    let far = |tension: u8| tensions.iter().all(|other| other.abs_diff(tension) > REACH);
    if let Some(index) = plan.curve.points.iter().position(|&(_, tension)| far(tension)) {
        let wanted = plan.curve.points[index].1;
        let message = format!("no storylet has a tension near {wanted}, which the curve asks for");
        let help = format!(
            "write storylets with a tension of {} to {}",
            wanted.saturating_sub(10),
            wanted.saturating_add(10).min(HIGHEST)
        );
        report("D04", Severity::Warn, curve.item(index).into(), message, help);
    }
    found
}
