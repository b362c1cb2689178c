//! A graph for Mermaid, as Markdown pages show it.
//!
//! A text in quotes may hold anything but quotes; what has a meaning to Mermaid or to HTML is written as an entity of
//! Mermaid's, `#quot;` or `#35;` (source: Mermaid's page on flowcharts, "Entity codes to escape characters").

use super::data::{Graph, MarkKind, WayKind};
use super::dot::{label, way_label};

/// The graph as a flowchart.
pub fn write(graph: &Graph) -> String {
    let mut out = format!("---\ntitle: \"{}\"\n---\nflowchart LR\n", title(&graph.title));
    for (index, beat) in graph.beats.iter().enumerate() {
        let text = quoted(&label(graph, beat));
        let class = match beat.marks.first().map(|mark| mark.kind) {
            Some(MarkKind::Unreachable) => ":::unreachable",
            Some(MarkKind::SoftLock | MarkKind::NoEnding) => ":::locked",
            Some(MarkKind::DeadEnd | MarkKind::Missing | MarkKind::Circle) => ":::dead",
            None if beat.start => ":::start",
            None if beat.end => ":::ending",
            None => "",
        };
        // Round ends tell start and endings apart where there is no colour.
        let round = beat.start || beat.end;
        let (open, close) = if round { ("([", "])") } else { ("[", "]") };
        out.push_str(&format!("    b{index}{open}{text}{close}{class}\n"));
    }
    for way in &graph.ways {
        let arrow = match way.kind {
            _ if way.dead => "-.-x",
            WayKind::Next => "==>",
            WayKind::Choice | WayKind::Outcome => "-->",
            WayKind::Otherwise | WayKind::Detour => "-.->",
        };
        let label = way_label(way);
        let text = if label.is_empty() { String::new() } else { format!("|{}|", quoted(&label)) };
        out.push_str(&format!("    b{} {arrow}{text} b{}\n", way.from, way.to));
    }
    out.push_str("    classDef start fill:#dbeafe,stroke:#2563eb,color:#111\n");
    out.push_str("    classDef ending fill:#dcf5e3,stroke:#1f8a4c,color:#111\n");
    out.push_str("    classDef unreachable fill:#e6e6e6,stroke:#9a9a9a,color:#111,stroke-dasharray:4 3\n");
    out.push_str("    classDef locked fill:#ffe1de,stroke:#c0392b,color:#111\n");
    out.push_str("    classDef dead fill:#ffeacc,stroke:#c77700,color:#111\n");
    out
}

/// A text between quotes. Letters, digits of any script and plain signs stay; the rest becomes numbers.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\n' => out.push_str("<br/>"),
            c if c.is_control() => out.push('\u{fffd}'),
            c if !c.is_ascii() || c.is_ascii_alphanumeric() || " .,:!?'()-_+=/…·".contains(c) => out.push(c),
            c => out.push_str(&format!("#{};", u32::from(c))),
        }
    }
    if out.len() == 1 {
        // An empty text is a syntax error.
        out.push(' ');
    }
    out.push('"');
    out
}

/// A text in a quoted YAML string on one line.
fn title(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = flat.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
    clean.collect::<String>().replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests;
