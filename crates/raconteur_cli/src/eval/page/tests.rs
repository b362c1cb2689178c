use super::super::report::{Better, Unit};
use super::super::stats::Estimate;
use super::*;
use crate::bench::machine::Machine;

const HOSTILE: &str = "<script>alert('x')</script>&\"\u{1}";

/// A report whose every text would be markup if it were not escaped.
fn report() -> Report {
    let mut shares = Metric::new("M3", HOSTILE, Unit::Share, Some(Better::Higher), "about <b>");
    shares.push_tested(HOSTILE, Some(Estimate { value: 0.5, low: 0.25, high: 0.75, n: 8 }), Some(0.2));
    shares.push_control("other context", Some(Estimate { value: 0.25, low: 0.25, high: 0.25, n: 8 }));
    let mut numbers = Metric::new("M5", "nats", Unit::Number, None, "about");
    numbers.push("a", Some(Estimate { value: -1.0, low: -2.0, high: 0.5, n: 8 }));
    let ends = Ends {
        column: HOSTILE.into(),
        n: 4,
        ends: vec![("ranked".into(), 3), (HOSTILE.into(), 1)],
        rejected: vec![(HOSTILE.into(), 2)],
    };
    let candidate = |rejected: Option<&str>| Candidate {
        text: HOSTILE.into(),
        rejected: rejected.map(str::to_owned),
        score: Some(0.5),
        parts: Vec::new(),
    };
    let sample = Sample {
        id: HOSTILE.into(),
        column: HOSTILE.into(),
        prompt: HOSTILE.into(),
        authored: HOSTILE.into(),
        candidates: vec![candidate(None), candidate(Some(HOSTILE))],
        delivered: HOSTILE.into(),
        source: HOSTILE.into(),
    };
    Report {
        schema: 1,
        version: "0",
        machine: Machine::detect(),
        model: HOSTILE.into(),
        source: HOSTILE.into(),
        seed: 1,
        counts: vec![(HOSTILE.into(), 1)],
        seconds: 1.0,
        metrics: vec![shares, numbers],
        ends: vec![ends],
        samples: vec![sample],
        notes: vec![HOSTILE.into()],
    }
}

#[test]
fn every_element_is_closed_and_no_text_is_markup() {
    let page = html(&report());
    assert!(!page.contains("<script") && !page.contains("<b>about") && !page.contains('\u{1}'));
    assert!(page.contains("&lt;script&gt;"));
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").unwrap();
    let mut count = 0;
    while let Some((_, tag)) = rest.split_once('<') {
        let (inside, after) = tag.split_once('>').unwrap();
        let name = inside.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
        if inside.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{page}");
        } else if !inside.ends_with('/') && name != "meta" {
            open.push(name);
        }
        count += 1;
        rest = after;
    }
    assert!(open.is_empty() && count > 60, "{open:?} {count}");
}

#[test]
fn nothing_comes_from_elsewhere() {
    let page = html(&report());
    for word in ["http:", "https", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn bars_stay_inside_their_picture() {
    for metric in &report().metrics {
        let svg = plot::bars(metric);
        for rect in svg.split("<rect").skip(1) {
            let number = |name: &str| -> f64 {
                let (_, rest) = rect.split_once(&format!(" {name}=\"")).unwrap();
                rest.split('"').next().unwrap().parse().unwrap()
            };
            let (x, width) = (number("x"), number("width"));
            assert!(x >= 189.9 && x + width <= 405.1, "{rect}");
        }
    }
}
