//! The loss as a picture.

use std::fmt::Write;

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 360.0;
const MARGIN: f64 = 48.0;

/// A plot of the training loss (nats a token, left) and of the validation (bits a byte, right) over the steps, as SVG.
pub fn losses(training: &[(u64, f64)], validation: &[(u64, f64)]) -> String {
    let last = training.iter().chain(validation).map(|&(step, _)| step).max().unwrap_or(1).max(1) as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    curve(&mut svg, training, last, "#4878a8", "loss, nats a token", MARGIN - 6.0, "end", 16.0);
    curve(&mut svg, validation, last, "#b8562c", "validation, bits a byte", WIDTH - MARGIN + 6.0, "start", 32.0);
    for part in 0..=4 {
        let step = last * f64::from(part) / 4.0;
        let x = across(step, last);
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{step:.0}</text>", HEIGHT - 16.0);
    }
    svg.push_str("</svg>\n");
    svg
}

/// One curve with its own axis: three numbers beside it, at `beside`.
fn curve(
    svg: &mut String,
    points: &[(u64, f64)],
    last: f64,
    color: &str,
    name: &str,
    beside: f64,
    anchor: &str,
    legend: f64,
) {
    let values = || points.iter().map(|&(_, value)| value).filter(|value| value.is_finite());
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    if low > high {
        return;
    }
    let span = (high - low).max(1e-9);
    let up = |value: f64| HEIGHT - MARGIN - (value - low) / span * (HEIGHT - 2.0 * MARGIN);
    let finite = points.iter().filter(|(_, value)| value.is_finite());
    let path: Vec<String> =
        finite.map(|&(step, value)| format!("{:.1},{:.1}", across(step as f64, last), up(value))).collect();
    let _ = writeln!(
        svg,
        "<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\" points=\"{}\"/>",
        path.join(" ")
    );
    for value in [low, low + span / 2.0, high] {
        let y = up(value) + 4.0;
        let _ = writeln!(
            svg,
            "<text x=\"{beside:.1}\" y=\"{y:.1}\" fill=\"{color}\" text-anchor=\"{anchor}\">{value:.2}</text>"
        );
    }
    let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{legend:.1}\" fill=\"{color}\">{name}</text>");
}

fn across(step: f64, last: f64) -> f64 {
    MARGIN + step / last * (WIDTH - 2.0 * MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_has_both_curves_and_survives_odd_numbers() {
        let svg = losses(&[(1, 8.0), (50, 4.0), (100, 3.0)], &[(50, 1.6), (100, f64::NAN)]);
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(svg.contains("8.00") && svg.contains("1.60") && !svg.contains("NaN"));
        assert_eq!(losses(&[], &[]).matches("<polyline").count(), 0);
    }
}
