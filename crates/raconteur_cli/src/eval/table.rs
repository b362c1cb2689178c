//! The report as tables for a terminal, in Markdown.

use super::report::{Figure, Metric, Report, Unit};

/// All metrics with their columns, then how requests ended.
pub fn text(report: &Report) -> String {
    let counts: Vec<String> = report.counts.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    let mut out = format!(
        "{}; {}: {}; seed {}; {:.0} s\n95 % bootstrap intervals in brackets\n\n",
        report.model,
        report.source,
        counts.join(", "),
        report.seed,
        report.seconds
    );
    // Metrics with the same columns share a table.
    let mut rest = report.metrics.as_slice();
    while let Some(first) = rest.first() {
        let columns = columns(first);
        let same = rest.iter().take_while(|metric| self::columns(metric) == columns).count();
        let mut head = vec!["".to_owned(), "metric".to_owned(), "n".to_owned()];
        head.extend(columns.iter().map(|column| (*column).to_owned()));
        let rows = rest[..same].iter().map(row).collect();
        out.push_str(&table(head, rows));
        out.push('\n');
        rest = &rest[same..];
    }
    for ends in &report.ends {
        let list = |counts: &[(String, usize)]| {
            counts.iter().map(|(name, times)| format!("{name} {times}")).collect::<Vec<_>>().join(", ")
        };
        out.push_str(&format!("{} ({}): {}\n", ends.column, ends.n, list(&ends.ends)));
        if !ends.rejected.is_empty() {
            out.push_str(&format!("    candidates rejected: {}\n", list(&ends.rejected)));
        }
    }
    out
}

fn columns(metric: &Metric) -> Vec<&str> {
    metric.figures.iter().map(|figure| figure.column.as_str()).collect()
}

fn row(metric: &Metric) -> Vec<String> {
    let n: Vec<usize> = metric.figures.iter().map(|figure| figure.estimate.n).collect();
    let (least, most) = (n.iter().min().copied().unwrap_or(0), n.iter().max().copied().unwrap_or(0));
    let n = if least == most { most.to_string() } else { format!("{least}-{most}") };
    let mut row = vec![metric.id.to_owned(), metric.name.clone(), n];
    row.extend(metric.figures.iter().map(|figure| cell(metric.unit, figure)));
    row
}

/// A number with its interval, and how likely it is by chance.
fn cell(unit: Unit, figure: &Figure) -> String {
    let e = figure.estimate;
    let p =
        figure.p.map_or_else(String::new, |p| if p < 0.001 { ", p < 0.001".into() } else { format!(", p = {p:.3}") });
    if e.low == e.high {
        return format!("{}{p}", number(unit, e.value));
    }
    format!("{} [{}, {}]{p}", number(unit, e.value), number(unit, e.low), number(unit, e.high))
}

/// A number as people read it.
pub fn number(unit: Unit, x: f64) -> String {
    match unit {
        Unit::Share => format!("{:.1} %", x * 100.0),
        Unit::Ms => format!("{x:.0}"),
        Unit::Number if x.abs() >= 100.0 => format!("{x:.0}"),
        Unit::Number if x.abs() >= 10.0 => format!("{x:.1}"),
        Unit::Number => format!("{x:.3}"),
    }
}

/// A table whose columns stand in line.
fn table(head: Vec<String>, rows: Vec<Vec<String>>) -> String {
    let width = |at: usize| {
        let cells = rows.iter().chain([&head]).filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!(" {cell:width$} |"));
        format!("|{}\n", cells.collect::<String>())
    };
    let rule: String = widths.iter().map(|width| format!("{}|", "-".repeat(width + 2))).collect();
    let rows: String = rows.iter().map(|row| line(row)).collect();
    format!("{}|{rule}\n{rows}", line(&head))
}

#[cfg(test)]
mod tests {
    use super::super::stats::Estimate;
    use super::*;

    #[test]
    fn metrics_with_the_same_columns_share_a_table() {
        let metric = |name: &str, column: &str| {
            let mut metric = Metric::new("M1", name, Unit::Share, None, "");
            metric.push_tested(column, Some(Estimate { value: 0.5, low: 0.25, high: 0.75, n: 8 }), Some(0.01));
            metric
        };
        assert_eq!(columns(&metric("a", "raw")), ["raw"]);
        let cells = row(&metric("a", "raw"));
        assert_eq!(cells, ["M1", "a", "8", "50.0 % [25.0 %, 75.0 %], p = 0.010"]);
        let text = table(vec!["a".into(), "long".into()], vec![vec!["ä wide".into(), "1".into()]]);
        assert!(
            text.lines().all(|line| line.chars().count() == text.lines().next().unwrap().chars().count()),
            "{text}"
        );
    }
}
