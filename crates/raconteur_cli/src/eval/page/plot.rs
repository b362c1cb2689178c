//! Bars with whiskers, and bars of parts, as SVG.

use super::super::report::{Ends, Figure, Metric, Unit};
use super::super::table::number;
use crate::markup::escape;

/// Width of a picture.
const WIDTH: f64 = 690.0;
/// Where bars begin.
const LEFT: f64 = 190.0;
/// Widest bar.
const SPAN: f64 = 215.0;
/// Height of a row.
const ROW: f64 = 24.0;
/// Share that chance has among four.
const CHANCE: f64 = 0.25;
/// Colours of parts, by the style sheet.
const PARTS: usize = 8;

/// One bar for each figure of a metric.
pub fn bars(metric: &Metric) -> String {
    let high = metric.figures.iter().map(|figure| figure.estimate.high).fold(0.0, f64::max);
    let low = metric.figures.iter().map(|figure| figure.estimate.low).fold(0.0, f64::min);
    // Shares go to 100 %, small ones to 10 %, so that pictures can be held beside each other.
    let top = match metric.unit {
        Unit::Share if high > 0.1 => 1.0,
        Unit::Share => 0.1,
        _ if high > 0.0 => high,
        _ => 1.0,
    };
    let at = |x: f64| LEFT + (x - low) / (top - low) * SPAN;
    let height = ROW * metric.figures.len() as f64 + 8.0;
    let mut out = open(height, &metric.name);
    if matches!(metric.id, "M3" | "M4") {
        out += &format!(
            "<line class=\"chance\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{height:.0}\"><title>chance</title></line>",
            x = at(CHANCE)
        );
    }
    for (row, figure) in metric.figures.iter().enumerate() {
        out += &bar(metric.unit, figure, ROW * row as f64 + 4.0, &at);
    }
    out + "</svg>"
}

fn bar(unit: Unit, figure: &Figure, y: f64, at: &dyn Fn(f64) -> f64) -> String {
    let e = figure.estimate;
    let (from, to) = (at(0.0_f64.min(e.value)), at(0.0_f64.max(e.value)));
    let class = if figure.control { "control" } else { "bar" };
    let middle = y + ROW / 2.0 - 2.0;
    let whisker = if e.low == e.high {
        String::new()
    } else {
        format!(
            "<path class=\"whisker\" d=\"M{l:.1} {m:.1}H{h:.1}M{l:.1} {a:.1}v8M{h:.1} {a:.1}v8\"/>",
            l = at(e.low),
            h = at(e.high),
            m = middle,
            a = middle - 4.0
        )
    };
    let interval =
        if e.low == e.high { String::new() } else { format!(" [{}, {}]", number(unit, e.low), number(unit, e.high)) };
    let p = figure.p.map_or_else(String::new, |p| if p < 0.001 { " p < 0.001".into() } else { format!(" p = {p:.3}") });
    format!(
        "<text x=\"{label:.0}\" y=\"{base:.1}\" text-anchor=\"end\">{name}</text>\
         <rect class=\"{class}\" x=\"{from:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"14\" rx=\"2\"/>{whisker}\
         <text class=\"value\" x=\"{value:.0}\" y=\"{base:.1}\">{text} n = {n}</text>",
        label = LEFT - 8.0,
        base = middle + 4.0,
        name = escape(&figure.column),
        top = middle - 7.0,
        width = (to - from).max(0.5),
        value = LEFT + SPAN + 10.0,
        text = escape(&format!("{}{interval}{p}", number(unit, e.value))),
        n = e.n,
    )
}

/// One bar for each column, of parts that are how its requests ended.
pub fn ends(all: &[Ends]) -> String {
    // The same end has the same colour in all columns; what is seldom shares the last one.
    let mut names: Vec<(&str, usize)> = Vec::new();
    for (name, times) in all.iter().flat_map(|ends| &ends.ends) {
        match names.iter_mut().find(|(other, _)| other == name) {
            Some(known) => known.1 += times,
            None => names.push((name, *times)),
        }
    }
    names.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let colour = |name: &str| names.iter().position(|(other, _)| *other == name).unwrap_or(PARTS).min(PARTS - 1);
    let mut out = open(ROW * all.len() as f64 + 8.0, "How requests ended");
    for (row, ends) in all.iter().enumerate() {
        let y = ROW * row as f64 + 4.0;
        out += &format!(
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 8.0,
            y + 14.0,
            escape(&ends.column)
        );
        let mut x = LEFT;
        for (name, times) in &ends.ends {
            let width = *times as f64 / ends.n.max(1) as f64 * (WIDTH - LEFT - 60.0);
            out += &format!(
                "<rect class=\"part{}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"16\"><title>{}</title></rect>",
                colour(name),
                escape(&format!("{name}: {times} of {}", ends.n))
            );
            x += width;
        }
        out += &format!("<text class=\"value\" x=\"{:.0}\" y=\"{:.1}\">n = {}</text>", x + 8.0, y + 14.0, ends.n);
    }
    let legend: String = names
        .iter()
        .map(|(name, times)| format!("<li><i class=\"part{}\"></i>{} ({times})</li>", colour(name), escape(name)))
        .collect();
    format!("{out}</svg><ul class=\"legend\">{legend}</ul>")
}

fn open(height: f64, name: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH:.0} {height:.0}\" width=\"{WIDTH:.0}\" role=\"img\"><title>{}</title>",
        escape(name)
    )
}
