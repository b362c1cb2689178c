//! F01 to F08, G04, G07, V03: what [`flow`](crate::story::flow) finds out about a story whose names and types are right.

use std::collections::{HashMap, HashSet};

use super::Linter;
use super::place::Place;
use crate::plot::HOOK_OPEN;
use crate::story::diagnostic::{Diagnostic, Severity};
use crate::story::expr::Expr;
use crate::story::flow::{
    Clamp, EffectOwner, Flow, Known, Limits, Openness, Path, Precision, SoftLock, WayFlow, WayKind, explore, list,
};
use crate::story::format::{Beat, Outcome};

pub(super) fn check(linter: &mut Linter) {
    let broken = |found: &Diagnostic| found.severity == Severity::Error && found.code.starts_with(['S', 'V']);
    if linter.found.iter().any(broken) {
        // What follows from a mistake would only hide it.
        return;
    }
    let limits = Limits::default();
    let flow = explore(linter.story, &limits);
    unreached(linter, &flow);
    never_open(linter, &flow);
    soft_locks(linter, &flow);
    dead_ends(linter, &flow);
    circles(linter, &flow);
    hidden(linter, &flow);
    too_many(linter, &flow, &limits);
    short_slots(linter, &flow);
    decisions(linter, &flow);
    clamps(linter, &flow);
}

fn beat_place<'a>(linter: &Linter<'a>, id: &str) -> Place<'a> {
    linter.places.entry("beats", linter.story.beats.position(id).unwrap_or(0))
}

/// Place of a way by its id.
fn way_place<'a>(linter: &Linter<'a>, beat: &str, id: &str) -> Place<'a> {
    let place = beat_place(linter, beat);
    let Some(content) = linter.story.beats.get(beat) else { return place };
    let in_list = |list: Place<'a>, at: Option<usize>| at.map(|at| list.item(at));
    in_list(place.field("choices"), content.choices.iter().position(|choice| choice.id == id))
        .or_else(|| {
            let slot = content.slot.as_ref()?;
            let list = place.field("slot").field("outcomes");
            in_list(list, slot.outcomes.iter().position(|outcome| outcome.id == id))
        })
        .unwrap_or_else(|| place.field("otherwise"))
}

/// ` when clues=2`, or nothing.
fn when(values: &[Known]) -> String {
    if values.is_empty() { String::new() } else { format!(" when {}", list(values)) }
}

fn path(path: &Path) -> String {
    if path.steps.is_empty() { "right at the start".to_owned() } else { format!("path: {path}") }
}

/// F01 and F05.
fn unreached(linter: &mut Linter, flow: &Flow) {
    let story = linter.story;
    let start = &story.start;
    let reached: HashSet<&str> = reached(flow).collect();
    let mut ways: HashMap<&str, Vec<&WayFlow>> = HashMap::new();
    flow.ways.iter().for_each(|way| ways.entry(&way.to).or_default().push(way));
    let next: HashMap<&str, &str> =
        story.beats.iter().filter_map(|(id, beat)| beat.next.as_deref().map(|next| (next, id))).collect();
    for beat in flow.beats.iter().filter(|beat| !beat.reached) {
        let ways = ways.get(beat.beat.as_str()).map_or(&[][..], Vec::as_slice);
        let known = |way: &&&WayFlow| reached.contains(way.beat.as_str());
        let help = match (ways.iter().find(known).or(ways.first()), next.get(beat.beat.as_str())) {
            (Some(way), _) if known(&way) => {
                format!("{} '{}' in '{}' leads to it, but can never be taken", kind(way.kind), way.id, way.beat)
            }
            (Some(WayFlow { beat, .. }), _) => format!("'{beat}', which leads to it, can never be reached either"),
            (None, Some(before)) => format!("'{before}', which leads to it, can never be reached either"),
            (None, None) => {
                format!(
                    "nothing leads to it: give a choice to: \"{0}\" or a beat next: \"{0}\", or take it out",
                    beat.beat
                )
            }
        };
        let place = beat_place(linter, &beat.beat).key();
        let found = if beat.end {
            linter.report("F05", Severity::Warn, place, format!("ending '{}' cannot be reached", beat.beat))
        } else {
            let message = format!("beat '{}' can never be reached from '{start}'", beat.beat);
            linter.report("F01", Severity::Warn, place, message)
        };
        found.help = Some(help);
    }
}

fn reached(flow: &Flow) -> impl Iterator<Item = &str> {
    flow.beats.iter().filter(|beat| beat.reached).map(|beat| beat.beat.as_str())
}

fn kind(kind: WayKind) -> &'static str {
    match kind {
        WayKind::Choice => "choice",
        WayKind::Otherwise => "otherwise",
        WayKind::Outcome => "outcome",
    }
}

/// F02.
fn never_open(linter: &mut Linter, flow: &Flow) {
    let reached: HashSet<&str> = reached(flow).collect();
    let closed = |way: &&WayFlow| way.open == Openness::Never && reached.contains(way.beat.as_str());
    for way in flow.ways.iter().filter(closed) {
        let place = way_place(linter, &way.beat, &way.id);
        let condition = linter.story.beats.get(&way.beat).and_then(|beat| condition(beat, &way.id));
        let (why, help) = match (way.kind, condition) {
            (WayKind::Otherwise, None) => (
                "some other choice is open in every state that reaches it".to_owned(),
                "take it out; it is needed only where every other choice can be closed".to_owned(),
            ),
            (WayKind::Otherwise, Some(condition)) => (
                format!("wherever no other choice is open, \"{condition}\" is false"),
                "take its when: away, so that it is always there when nothing else is".to_owned(),
            ),
            (kind, condition) => (
                format!("\"{}\" is false in every state that reaches it", condition.unwrap_or("true")),
                format!(
                    "mend the condition, or change what it reads on a way that leads here; else take the {} out",
                    self::kind(kind)
                ),
            ),
        };
        let message = format!("{} '{}' in '{}' can never be taken: {why}", kind(way.kind), way.id, way.beat);
        let place = if place.has("when") { place.field("when") } else { place };
        linter.report("F02", Severity::Warn, place, message).help = Some(help);
    }
}

/// The condition of a way.
fn condition<'a>(beat: &'a Beat, id: &str) -> Option<&'a str> {
    let choices = beat.choices.iter().chain(&beat.otherwise).map(|choice| (&choice.id, &choice.when));
    let outcomes = beat.slot.iter().flat_map(|slot| &slot.outcomes).map(|outcome| (&outcome.id, &outcome.when));
    let mut ways = choices.chain(outcomes);
    ways.find(|(other, _)| *other == id).and_then(|(_, when)| when.as_ref()).map(Expr::source)
}

/// F03.
fn soft_locks(linter: &mut Linter, flow: &Flow) {
    for SoftLock { beat, reason, values, path, states } in &flow.soft_locks {
        let slot = linter.story.beats.get(beat).is_some_and(|beat| beat.slot.is_some());
        let what = match reason {
            crate::runner::StuckReason::NoOpenChoice if slot => "has no open outcome".to_owned(),
            crate::runner::StuckReason::NoOpenChoice => "has no open choice".to_owned(),
            other => format!("cannot go on: {other}"),
        };
        let more = match states - 1 {
            0 => String::new(),
            1 => ", and in one more state".to_owned(),
            more => format!(", and in {more} more states"),
        };
        let message = format!("'{beat}' {what}{}{more}", when(values));
        let help = if slot { "add an outcome without when:" } else { "add a choice without when:, or otherwise:" };
        let place = beat_place(linter, beat).key();
        let found = linter.error("F03", place, message);
        found.caption = self::path(path);
        found.help = Some(help.to_owned());
    }
}

/// F04.
fn dead_ends(linter: &mut Linter, flow: &Flow) {
    for end in &flow.dead_ends {
        let place = beat_place(linter, &end.beat).key();
        let message = format!("from '{}' no ending can be reached{}", end.beat, when(&end.values));
        let found = linter.error("F04", place, message);
        found.caption = end.path.as_ref().map(path).unwrap_or_default();
        found.help = Some(if end.always {
            "lead a way from it, or from a beat that follows it, to an ending".to_owned()
        } else {
            "lead a way that is open then too to an ending, or keep the story from coming here so".to_owned()
        });
    }
}

/// F06. A circle with lines is a dead end; it is told here where the story has no endings at all.
fn circles(linter: &mut Linter, flow: &Flow) {
    let endless = !flow.beats.iter().any(|beat| beat.end);
    for circle in flow.circles.iter().filter(|circle| circle.silent || endless) {
        let mut beats: Vec<String> = circle.beats.iter().map(|beat| format!("'{beat}'")).collect();
        beats.extend(beats.first().cloned());
        let then = if circle.silent { "the game would hang" } else { "the player is never asked again" };
        let message = if circle.chain {
            format!("more than 1000 beats without a line or a choice follow {}; {then}", beats[0])
        } else {
            format!("{} repeats without a choice or an effect{}; {then}", beats.join(" > "), when(&circle.values))
        };
        let place = beat_place(linter, &circle.beats[0]).key();
        let found = linter.report("F06", Severity::Warn, place, message);
        found.caption = path(&circle.path);
        found.help = Some("give one of these beats a choice, or let its next: lead out of the circle".to_owned());
    }
}

/// F07.
fn hidden(linter: &mut Linter, flow: &Flow) {
    for hidden in &flow.hidden {
        let place = way_place(linter, &hidden.beat, &hidden.way);
        let other = way_place(linter, &hidden.beat, &hidden.behind).value();
        let what = flow
            .ways
            .iter()
            .find(|way| way.beat == hidden.beat && way.id == hidden.way)
            .map_or("choice", |way| kind(way.kind));
        let message = format!(
            "{what} '{}' hides behind '{}': whenever it is open '{}' is open, goes to the same beat and does the same",
            hidden.way, hidden.behind, hidden.behind
        );
        let found = linter.report("F07", Severity::Warn, place, message);
        found.help = Some("give it an effect or a target of its own, or take it out".to_owned());
        *found = found.clone().label(other, "does the same");
    }
}

/// F08.
fn too_many(linter: &mut Linter, flow: &Flow, limits: &Limits) {
    if flow.precision == Precision::Exact {
        return;
    }
    let large: Vec<String> =
        flow.large.iter().map(|large| format!("{} ({}..{})", large.variable, large.range.0, large.range.1)).collect();
    let mut message = format!("more than {} states; flow checks used ranges only and may miss cases", limits.states);
    if !large.is_empty() {
        message = format!("{message}. Large variables: {}", large.join(", "));
    }
    let first = flow.large.first().and_then(|large| linter.story.vars.position(&large.variable));
    let place = match first {
        Some(index) => linter.places.entry("vars", index).key(),
        None => linter.places.root().field("vars").key(),
    };
    linter.report("F08", Severity::Info, place, message).help = Some(
        "count in a few steps (poor, enough, rich) instead of many, or forget what no later condition reads".to_owned(),
    );
}

/// G04.
fn short_slots(linter: &mut Linter, flow: &Flow) {
    for short in &flow.short_slots {
        // How many hooks there are is for the game's world to say, and a slot of hooks offers as many as there are.
        let slot = linter.story.beats.get(&short.beat).and_then(|beat| beat.slot.as_ref());
        let asks = |outcome: &Outcome| outcome.when.as_ref().is_some_and(|when| when.source().contains(HOOK_OPEN));
        if slot.is_some_and(|slot| slot.outcomes.iter().any(asks)) {
            continue;
        }
        let place = beat_place(linter, &short.beat).field("slot").field("offer");
        let are = if short.open == 1 { "outcome is" } else { "outcomes are" };
        let message = format!(
            "the slot of '{}' offers {} but only {} {are} open{}",
            short.beat,
            short.offer,
            short.open,
            when(&short.values)
        );
        let found = linter.error("G04", place, message);
        found.caption = path(&short.path);
        found.help = Some(format!("write offer: {}, or add outcomes without when:", short.open));
    }
}

/// G07.
fn decisions(linter: &mut Linter, flow: &Flow) {
    for decision in &flow.decisions {
        let place = beat_place(linter, &decision.beat).field("detour").field("may").item(decision.may);
        let message = format!(
            "the detour of '{}' may write '{}', which decides \"{}\" in '{}'",
            decision.beat, decision.variable, decision.condition, decision.decides_in
        );
        linter.error("G07", place, message).help = Some(format!(
            "what a model writes may not decide how the story ends: take '{}' out of may, or let a choice decide it",
            decision.variable
        ));
    }
}

/// V03: one for each variable and end of its range, with all effects.
fn clamps(linter: &mut Linter, flow: &Flow) {
    let mut told: Vec<(&str, bool)> = Vec::new();
    for clamp in &flow.clamps {
        let above = clamp.wanted > clamp.range.1;
        if told.contains(&(clamp.variable.as_str(), above)) {
            continue;
        }
        told.push((&clamp.variable, above));
        let alike = |other: &&Clamp| other.variable == clamp.variable && (other.wanted > other.range.1) == above;
        let all: Vec<&Clamp> = flow.clamps.iter().filter(alike).collect();
        let mut spans: Vec<_> =
            all.iter().filter_map(|clamp| effect_place(linter, clamp)).map(|place| place.value()).collect();
        if spans.is_empty() {
            continue;
        }
        let first = spans.remove(0);
        let (low, high) = clamp.range;
        let furthest = all.iter().map(|clamp| clamp.wanted);
        let furthest = if above { furthest.max() } else { furthest.min() }.unwrap_or(clamp.wanted);
        let message = format!(
            "\"{}\" can push '{}' to {}, outside {low}..{high}; it is clamped",
            clamp.effect, clamp.variable, clamp.wanted
        );
        let wide = if above { format!("{low}..{furthest}") } else { format!("{furthest}..{high}") };
        let found = linter.report("V03", Severity::Note, first, message);
        found.help =
            Some(format!("that may be meant; else widen the range to {wide}, or guard the effect by a condition"));
        for span in spans {
            *found = found.clone().label(span, "so can this");
        }
    }
}

fn effect_place<'a>(linter: &Linter<'a>, clamp: &Clamp) -> Option<Place<'a>> {
    let owner = match &clamp.owner {
        EffectOwner::Beat(id) => beat_place(linter, id),
        EffectOwner::Way(id) => {
            let choices = linter.choices().into_iter().find(|(_, choice, _)| choice.id == *id).map(|(.., place)| place);
            let outcome = || linter.outcomes().into_iter().find(|(_, outcome, _)| outcome.id == *id);
            choices.or_else(|| outcome().map(|(.., place)| place))?
        }
        EffectOwner::Storylet(id) => {
            linter.storylets().into_iter().find(|(storylet, _)| storylet.id == *id).map(|(_, place)| place)?
        }
    };
    Some(owner.field("then").item(clamp.index))
}
