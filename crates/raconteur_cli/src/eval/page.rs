//! The report as one HTML page that needs nothing else: no network, no script, no other file.
//!
//! Every text is escaped, and a content security policy allows the page's own styles and nothing else, so that no scene and
//! no model can put anything into it but words.

mod plot;

use super::report::{Candidate, Ends, Metric, Report, Sample};
use super::table::number;
use crate::markup::escape;

const STYLE: &str = include_str!("page/page.css");

/// The page.
pub fn html(report: &Report) -> String {
    let counts: Vec<String> = report.counts.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    let cpu = report.machine.cpu.as_deref().unwrap_or(report.machine.arch);
    let head = format!(
        "<h1>What {} is worth on {}</h1><p>{}. Seed {}, {:.0} s on {} cores of {}. raconteur {}. Whiskers and brackets are \
         95 % bootstrap intervals.</p>",
        escape(&report.model),
        escape(&report.source),
        escape(&counts.join(", ")),
        report.seed,
        report.seconds,
        report.machine.cores,
        escape(cpu),
        escape(report.version),
    );
    let notes: String = report.notes.iter().map(|note| format!("<li>{}</li>", escape(note))).collect();
    let metrics: String = report.metrics.iter().map(metric).collect();
    let ends = if report.ends.is_empty() {
        String::new()
    } else {
        let tables: String = report.ends.iter().map(rejected).collect();
        format!(
            "<section><h2>How requests ended</h2>{}<details><summary>Why candidates were rejected</summary>{tables}\
             </details></section>",
            plot::ends(&report.ends)
        )
    };
    let samples: String = report.samples.iter().map(sample).collect();
    let samples = if samples.is_empty() {
        samples
    } else {
        format!("<section><h2>Lines, drawn by the seed and unedited</h2>{samples}</section>")
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>{}</title><style>{STYLE}</style></head>\n\
         <body><main>{head}<ul>{notes}</ul>{metrics}{ends}{samples}</main></body></html>\n",
        escape(&format!("{} on {}", report.model, report.source)),
    )
}

fn metric(metric: &Metric) -> String {
    format!(
        "<section class=\"metric\"><h2><span>{}</span> {}</h2><p>{}.</p>{}</section>\n",
        metric.id,
        escape(&metric.name),
        escape(metric.about),
        plot::bars(metric)
    )
}

fn rejected(ends: &Ends) -> String {
    let rows: String =
        ends.rejected.iter().map(|(why, times)| format!("<tr><td>{}</td><td>{times}</td></tr>", escape(why))).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("<table><caption>{}</caption>{rows}</table>", escape(&ends.column))
}

fn sample(sample: &Sample) -> String {
    let candidates: String = sample.candidates.iter().map(candidate).collect();
    format!(
        "<article><h3>{} <small>{}, {}</small></h3><pre>{}</pre><p><b>Delivered</b> {}</p><p><b>Authored</b> {}</p>\
         <table>{candidates}</table></article>\n",
        escape(&sample.id),
        escape(&sample.column),
        escape(&sample.source),
        escape(&sample.prompt),
        escape(&sample.delivered),
        escape(&sample.authored),
    )
}

fn candidate(candidate: &Candidate) -> String {
    let Candidate { text, rejected, score, .. } = candidate;
    let score = score.map_or_else(String::new, |score| number(super::report::Unit::Number, score));
    let (class, why) = match rejected {
        Some(why) => (" class=\"rejected\"", escape(why)),
        None => ("", score),
    };
    format!("<tr{class}><td>{}</td><td>{why}</td></tr>", escape(text))
}

#[cfg(test)]
mod tests;
