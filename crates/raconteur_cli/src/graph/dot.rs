//! A graph for Graphviz.
//!
//! Texts stand in quoted strings, in which only `"` and `\` have a meaning (source: the DOT language, "ID"); a label adds
//! its own escapes such as `\N`, so a backslash of a text is doubled.

use super::data::{Beat, Graph, MarkKind, Way, WayKind};

/// The graph in the DOT language.
pub fn write(graph: &Graph) -> String {
    let mut out = format!("digraph {} {{\n", quoted(&graph.id));
    out.push_str("  graph [rankdir=LR, fontname=\"sans-serif\", nodesep=0.3, ranksep=0.7, labelloc=t, label=");
    out.push_str(&format!("{}];\n", quoted(&graph.title)));
    out.push_str("  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f7f7f9\", color=\"#7a8194\", ");
    out.push_str("fontname=\"sans-serif\", fontsize=11];\n");
    out.push_str("  edge [color=\"#5b6478\", fontname=\"sans-serif\", fontsize=9, arrowsize=0.7];\n");
    for (index, beat) in graph.beats.iter().enumerate() {
        out.push_str(&format!("  b{index} [{}];\n", node(graph, beat)));
    }
    for way in &graph.ways {
        out.push_str(&format!("  b{} -> b{} [{}];\n", way.from, way.to, edge(way)));
    }
    out.push_str("}\n");
    out
}

fn node(graph: &Graph, beat: &Beat) -> String {
    let mut parts = vec![format!("id={}", quoted(&beat.id)), format!("label={}", quoted(&label(graph, beat)))];
    let (fill, line) = match beat.marks.first().map(|mark| mark.kind) {
        Some(MarkKind::Unreachable) => ("#e6e6e6", "#9a9a9a"),
        Some(MarkKind::SoftLock | MarkKind::NoEnding) => ("#ffe1de", "#c0392b"),
        Some(MarkKind::DeadEnd | MarkKind::Missing | MarkKind::Circle) => ("#ffeacc", "#c77700"),
        None if beat.start => ("#dbeafe", "#2563eb"),
        None if beat.end => ("#dcf5e3", "#1f8a4c"),
        None => ("", ""),
    };
    if !fill.is_empty() {
        parts.push(format!("fillcolor=\"{fill}\", color=\"{line}\""));
    }
    if beat.start || beat.end {
        parts.push("penwidth=2".to_owned());
    }
    if beat.is(MarkKind::Unreachable) || beat.missing {
        parts.push("style=\"rounded,filled,dashed\"".to_owned());
    }
    if let Some((x, y)) = beat.pos.filter(|(x, y)| x.is_finite() && y.is_finite()) {
        // Graphviz counts upwards; `neato -n` draws beats where the writer put them.
        parts.push(format!("pos=\"{x},{}\"", -y));
    }
    parts.join(", ")
}

/// Title, setting, speakers, counts and marks, one a line.
pub fn label(graph: &Graph, beat: &Beat) -> String {
    let mut rows = vec![beat.id.clone()];
    if !beat.setting.is_empty() {
        rows.push(shorten(&beat.setting, 48));
    }
    if !beat.speakers.is_empty() {
        let names: Vec<&str> = beat.speakers.iter().map(|who| graph.name_of(who)).collect();
        rows.push(shorten(&names.join(", "), 48));
    }
    rows.extend(Some(counts(beat)).filter(|counts| !counts.is_empty()));
    rows.extend(beat.marks.iter().map(|mark| format!("! {}", mark.kind.name())));
    rows.join("\n")
}

/// `start · 3 lines, 1 generated · checkpoint`.
fn counts(beat: &Beat) -> String {
    let mut parts = Vec::new();
    parts.extend(beat.start.then(|| "start".to_owned()));
    parts.extend(beat.end.then(|| "ending".to_owned()));
    let lines = beat.lines.len();
    if lines > 0 {
        let generated = match beat.generated() {
            0 => String::new(),
            count => format!(", {count} generated"),
        };
        parts.push(format!("{lines} {}{generated}", if lines == 1 { "line" } else { "lines" }));
    }
    parts.extend(beat.checkpoint.then(|| "checkpoint".to_owned()));
    parts.join(" · ")
}

fn edge(way: &Way) -> String {
    let mut parts = vec![format!("label={}", quoted(&way_label(way)))];
    if !way.id.is_empty() {
        parts.push(format!("id={}", quoted(&way.id)));
    }
    match way.kind {
        WayKind::Choice => {}
        WayKind::Next => parts.push("color=\"#1f2937\", penwidth=1.6".to_owned()),
        WayKind::Outcome => parts.push("color=\"#7c3aed\"".to_owned()),
        WayKind::Otherwise => parts.push("style=dashed".to_owned()),
        WayKind::Detour => parts.push("style=dotted, color=\"#7c3aed\"".to_owned()),
    }
    if way.dead {
        parts.push("style=dashed, color=\"#c0392b\", fontcolor=\"#c0392b\"".to_owned());
    }
    parts.join(", ")
}

/// What a way says, and under which condition.
pub fn way_label(way: &Way) -> String {
    let mut rows = Vec::new();
    if !way.say.is_empty() {
        rows.push(shorten(&way.say, 40));
    }
    match way.kind {
        WayKind::Choice | WayKind::Outcome | WayKind::Next => {}
        WayKind::Otherwise | WayKind::Detour => rows.push(format!("({})", way.kind.name())),
    }
    if !way.when.is_empty() {
        rows.push(format!("if {}", shorten(&way.when, 60)));
    }
    if way.dead {
        rows.push("! never open".to_owned());
    }
    rows.join("\n")
}

/// At most `most` characters, without line breaks.
pub fn shorten(text: &str, most: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= most {
        return flat;
    }
    let cut: String = flat.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// A text as a quoted string of DOT. Control characters mean nothing in a label, and some break readers of the output.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push('\u{fffd}'),
            // Graphviz reads HTML entities in labels: an ampersand stands for itself only as one.
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests;
