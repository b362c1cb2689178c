//! The counts as a picture.

use std::fmt::Write;

use super::counts::Counts;
use crate::markup::escape;

const WIDTH: f64 = 800.0;
/// Height of a bar with its gap.
const ROW: f64 = 22.0;
/// Where bars begin.
const LEFT: f64 = 120.0;

/// Three plots in one SVG: scenes by kind, scenes by world, lines by their number of words.
pub fn svg(counts: &Counts) -> String {
    let kinds: Vec<(String, usize)> = counts.kinds.iter().map(|part| (part.name.clone(), part.scenes)).collect();
    let worlds: Vec<(String, usize)> = counts.worlds.iter().map(|part| (part.name.clone(), part.scenes)).collect();
    let last = counts.histogram.len().saturating_sub(1);
    let lines: Vec<(String, usize)> = counts
        .histogram
        .iter()
        .enumerate()
        .map(|(at, &(most, lines))| {
            let least = most.saturating_sub(2);
            (if at == last { format!("{least} words and more") } else { format!("{least}-{most} words") }, lines)
        })
        .collect();
    let mut body = String::new();
    let mut y = 24.0;
    for (title, rows) in [("Scenes by kind", kinds), ("Scenes by world", worlds), ("Lines by length", lines)] {
        y = bars(&mut body, title, &rows, y) + ROW;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y:.0}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{y:.0}\" fill=\"#fff\"/>\n{body}</svg>\n"
    )
}

/// Bars below each other; gives where the next plot begins.
fn bars(svg: &mut String, title: &str, rows: &[(String, usize)], top: f64) -> f64 {
    let _ = writeln!(svg, "<text x=\"8\" y=\"{top:.0}\" font-size=\"15\">{}</text>", escape(title));
    let most = rows.iter().map(|row| row.1).max().unwrap_or(1).max(1) as f64;
    for (at, (name, value)) in rows.iter().enumerate() {
        let y = top + 10.0 + at as f64 * ROW;
        let width = *value as f64 / most * (WIDTH - LEFT - 70.0);
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text><rect x=\"{LEFT:.0}\" y=\"{y:.1}\" width=\"{width:.1}\" \
             height=\"16\" fill=\"#4878a8\"/><text x=\"{:.1}\" y=\"{:.1}\">{value}</text>",
            LEFT - 6.0,
            y + 12.0,
            escape(name),
            LEFT + width + 5.0,
            y + 12.0,
        );
    }
    top + 10.0 + rows.len() as f64 * ROW + ROW
}

#[cfg(test)]
mod tests {
    use super::super::counts::count;
    use super::*;

    #[test]
    fn a_picture_has_a_bar_for_each_part_and_its_names_escaped() {
        let text = include_str!("../../tests/scenes/quay.jsonl").replace("\"quay\"", "\"<quay> & co\"");
        let counts = count(&raconteur_core::scenes::read(&text).expect("scenes"), None);
        let svg = svg(&counts);
        let bars = counts.kinds.len() + counts.worlds.len() + counts.histogram.len();
        assert_eq!(svg.matches("<rect").count(), bars + 1);
        assert!(svg.contains("&lt;quay&gt; &amp; co") && !svg.contains("<quay>") && !svg.contains("NaN"));
        assert!(super::svg(&count(&[], None)).ends_with("</svg>\n"));
    }
}
