//! The graph as an SVG picture.

use std::fmt::Write as _;

use crate::picture::Node;

const SIDE: f32 = 720.0;
const RING: f32 = 265.0;

/// A picture of who told whom first, with colours by belief.
pub fn svg(nodes: &[Node], title: &str, lines: &[String]) -> String {
    let height = SIDE + 30.0 + 18.0 * lines.len() as f32;
    let mut out = String::new();
    let _ = writeln!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{height}" viewBox="0 0 {SIDE} {height}" font-family="sans-serif" font-size="13">
<title>{}</title>
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="#8a7a68"/></marker></defs>
<rect width="100%" height="100%" fill="#fbf8f2"/>
<text x="20" y="30" font-size="17" fill="#3a3128">{}</text>"##,
        escaped(title),
        escaped(title)
    );
    let spot = |node: &Node| (SIDE / 2.0 + node.at.0 * RING, SIDE / 2.0 + 20.0 + node.at.1 * RING);
    for node in nodes {
        let Some(from) = node.from.and_then(|from| nodes.get(from)) else { continue };
        let ((ax, ay), (bx, by)) = (spot(from), spot(node));
        // A little bent toward the middle, and short of the circles.
        let (mx, my) = ((ax + bx) / 2.0 * 0.8 + SIDE / 2.0 * 0.2, (ay + by) / 2.0 * 0.8 + (SIDE / 2.0 + 20.0) * 0.2);
        let (dx, dy) = (bx - mx, by - my);
        let length = dx.hypot(dy).max(1.0);
        let (ex, ey) = (bx - dx / length * 19.0, by - dy / length * 19.0);
        let _ = writeln!(
            out,
            r##"<path d="M{ax:.1} {ay:.1}Q{mx:.1} {my:.1} {ex:.1} {ey:.1}" fill="none" stroke="#8a7a68" stroke-width="1.4" marker-end="url(#tip)"/>"##
        );
    }
    for node in nodes {
        let (x, y) = spot(node);
        let _ = writeln!(
            out,
            r##"<circle cx="{x:.1}" cy="{y:.1}" r="17" fill="{}" stroke="{}" stroke-width="{}"/>"##,
            fill(node),
            if node.hops == Some(0) { "#3a3128" } else { "#8a7a68" },
            if node.hops == Some(0) { 3 } else { 1 },
        );
        if let Some(hops) = node.hops {
            let _ = writeln!(
                out,
                r##"<text x="{x:.1}" y="{:.1}" text-anchor="middle" fill="#241d16">{hops}</text>"##,
                y + 4.5
            );
        }
        let (lx, ly) = (SIDE / 2.0 + node.at.0 * (RING + 38.0), SIDE / 2.0 + 24.0 + node.at.1 * (RING + 32.0));
        let _ = writeln!(
            out,
            r##"<text x="{lx:.1}" y="{ly:.1}" text-anchor="middle" fill="#3a3128">{}</text>"##,
            escaped(&node.name)
        );
    }
    for (at, (colour, text)) in [
        ("#e9e4da", "has not heard it"),
        ("#f3d9a8", "doubts it"),
        ("#d9822b", "believes it"),
        ("#4f86b8", "believes the opposite"),
    ]
    .into_iter()
    .enumerate()
    {
        let y = 56.0 + 20.0 * at as f32;
        let _ = writeln!(
            out,
            r##"<rect x="20" y="{:.0}" width="12" height="12" fill="{colour}" stroke="#8a7a68"/><text x="38" y="{y:.0}" fill="#3a3128">{text}</text>"##,
            y - 11.0
        );
    }
    for (at, line) in lines.iter().enumerate() {
        let y = SIDE + 22.0 + 18.0 * at as f32;
        let _ = writeln!(out, r##"<text x="20" y="{y:.0}" font-size="11" fill="#3a3128">{}</text>"##, escaped(line));
    }
    out.push_str("</svg>\n");
    out
}

fn fill(node: &Node) -> String {
    if node.denial >= 0.5 && node.denial > node.belief {
        return "#4f86b8".to_owned();
    }
    if node.hops.is_none() {
        return "#e9e4da".to_owned();
    }
    // From #f3d9a8 to #d9822b.
    let mixed = |from: f32, to: f32| (from + (to - from) * node.belief.clamp(0.0, 1.0)).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mixed(243.0, 217.0), mixed(217.0, 130.0), mixed(168.0, 43.0))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
