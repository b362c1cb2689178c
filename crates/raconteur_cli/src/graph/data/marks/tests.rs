use raconteur_core::runner::StuckReason;
use raconteur_core::story::flow::{DeadEnd, Known, Limits, Path, SoftLock, Step, WayFlow, WayKind as FlowWay, explore};
use raconteur_core::story::format::Value;
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;

use super::*;
use crate::graph::sample::HOSTILE;

/// The graph of the sample with what a walk over its states found; `change` may add to it.
fn graph(change: impl FnOnce(&mut Flow)) -> Graph {
    let checked = parse(vec![Source::new("test.story.ron", HOSTILE)]);
    let story = checked.story.as_ref().expect("a story");
    let mut flow = explore(story, &Limits::default());
    flow.soft_locks.clear();
    flow.dead_ends.clear();
    change(&mut flow);
    Graph::new(story, &checked, &flow)
}

fn marks(graph: &Graph, beat: &str) -> Vec<MarkKind> {
    let beat = graph.beats.iter().find(|found| found.id == beat).expect("a beat");
    beat.marks.iter().map(|mark| mark.kind).collect()
}

#[test]
fn ways_alone_tell_the_plain_cases() {
    let graph = graph(|_| {});
    assert_eq!(marks(&graph, "stub"), [MarkKind::DeadEnd, MarkKind::Unreachable]);
    assert_eq!(marks(&graph, "attic"), [MarkKind::Unreachable]);
    assert_eq!(marks(&graph, "nowhere"), [MarkKind::Missing]);
    assert_eq!(marks(&graph, "a"), []);
}

#[test]
fn a_soft_lock_says_how_to_get_there() {
    let graph = graph(|flow| {
        flow.soft_locks.push(SoftLock {
            beat: "locked".to_owned(),
            reason: StuckReason::NoOpenChoice,
            values: vec![Known::Var { name: "clues".to_owned(), value: Value::Int(0) }],
            path: Path { steps: vec![Step::Beat { beat: "a".to_owned(), way: Some("a_x".to_owned()) }] },
            states: 1,
        });
    });
    let locked = graph.beats.iter().find(|beat| beat.id == "locked").expect("a beat");
    let mark = locked.marks.iter().find(|mark| mark.kind == MarkKind::SoftLock).expect("a mark");
    assert_eq!(mark.text, "in 1 state the story cannot go on here: no choice is open");
    assert_eq!((mark.values.as_str(), mark.path.as_str()), ("clues=0", "a:a_x"));
}

#[test]
fn a_beat_without_a_way_on_is_marked_once() {
    let graph = graph(|flow| {
        let (path, values) = (Path::default(), Vec::new());
        flow.soft_locks.push(SoftLock {
            beat: "stub".to_owned(),
            reason: StuckReason::NoWayOn,
            values: values.clone(),
            path,
            states: 2,
        });
        flow.dead_ends.push(DeadEnd { beat: "a".to_owned(), always: true, values, path: None });
    });
    assert_eq!(marks(&graph, "stub"), [MarkKind::DeadEnd, MarkKind::Unreachable]);
    assert_eq!(marks(&graph, "a"), [MarkKind::NoEnding]);
}

#[test]
fn a_way_that_never_opens_is_dead() {
    let graph = graph(|flow| {
        let never = |beat: &str, id: &str, open| WayFlow {
            beat: beat.to_owned(),
            id: id.to_owned(),
            kind: FlowWay::Choice,
            to: "end".to_owned(),
            open,
        };
        flow.ways = vec![never("a", "a_y", Openness::Never), never("a", "a_x", Openness::Sometimes)];
    });
    let dead: Vec<&str> = graph.ways.iter().filter(|way| way.dead).map(|way| way.id.as_str()).collect();
    assert_eq!(dead, ["a_y"]);
}
