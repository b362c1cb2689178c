//! A picture of how the told tension followed its curve.

use std::fmt::Write as _;

use super::{HIGHEST, Sample};

/// A row of moments to draw.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// What the legend calls it.
    pub name: &'a str,
    /// A colour of SVG, such as `#b5482a`.
    pub color: &'a str,
    /// The moments.
    pub samples: &'a [Sample],
}

/// Width and height of the drawing, and its margin.
const SIZE: (f32, f32, f32) = (860.0, 300.0, 36.0);

/// An SVG page: the curve of the first row as a grey area, what was as a line for each row, a dot where something was told.
#[must_use]
pub fn svg(title: &str, rows: &[Shown<'_>]) -> String {
    let (width, height, margin) = SIZE;
    let moments = rows.iter().map(|row| row.samples.len()).max().unwrap_or(0).max(2);
    let x = |at: usize| margin + (width - 2.0 * margin) * at as f32 / (moments - 1) as f32;
    let y = |tension: u8| height - margin - (height - 2.0 * margin) * f32::from(tension) / f32::from(HIGHEST);
    let mut page = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"serif\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fbf8f1\"/>\n<text x=\"{margin}\" y=\"20\">{}</text>\n",
        escaped(title)
    );
    for tension in [0, 25, 50, 75, 100] {
        let at = y(tension);
        let right = width - margin;
        let _ = writeln!(
            page,
            "<path d=\"M{margin} {at:.1}H{right}\" stroke=\"#ddd6c5\"/><text x=\"8\" y=\"{:.1}\">{tension}</text>",
            at + 4.0
        );
    }
    if let Some(first) = rows.first().filter(|row| !row.samples.is_empty()) {
        let mut path = format!("M{:.1} {:.1}", x(0), y(0));
        for (at, sample) in first.samples.iter().enumerate() {
            let _ = write!(path, "L{:.1} {:.1}", x(at), y(sample.wanted));
        }
        let _ = writeln!(page, "<path d=\"{path}L{:.1} {:.1}Z\" fill=\"#d9d2bf\"/>", x(first.samples.len() - 1), y(0));
    }
    for (number, row) in rows.iter().enumerate() {
        let (name, color) = (escaped(row.name), escaped(row.color));
        let points: Vec<String> = row
            .samples
            .iter()
            .enumerate()
            .map(|(at, sample)| format!("{:.1},{:.1}", x(at), y(sample.present)))
            .collect();
        let _ = writeln!(
            page,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.6\"/>",
            points.join(" ")
        );
        for (at, sample) in row.samples.iter().enumerate().filter(|(_, sample)| sample.told.is_some()) {
            let told = escaped(sample.told.as_deref().unwrap_or_default());
            let _ = writeln!(
                page,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.6\" fill=\"{color}\"><title>{told}</title></circle>",
                x(at),
                y(sample.present)
            );
        }
        let at = width - margin - 150.0 * (rows.len() - number) as f32;
        let _ = writeln!(page, "<text x=\"{at:.0}\" y=\"{:.0}\" fill=\"{color}\">{name}</text>", height - 10.0);
    }
    page.push_str("</svg>\n");
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
