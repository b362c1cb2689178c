//! What a serial is like, for people and for programs.

use raconteur_core::serial::{Chapter, SerialReport, SerialWriter};
use serde::Serialize;

/// What `--json` prints.
#[derive(Serialize)]
pub struct Output {
    title: String,
    premise: String,
    /// Whether everything has been told.
    complete: bool,
    chapters: Vec<Chapter>,
    report: SerialReport,
}

impl Output {
    /// All complete chapters.
    pub fn of(writer: &SerialWriter) -> Self {
        Self {
            title: writer.opening().title.clone(),
            premise: writer.opening().premise.clone(),
            complete: writer.is_over(),
            chapters: (1..=writer.complete()).filter_map(|number| writer.chapter(number)).collect(),
            report: SerialReport::of(writer),
        }
    }
}

/// Prints the figures of one serial, or of several together.
pub fn print_report(reports: &[SerialReport]) {
    let count = reports.len().max(1) as f64;
    let sum = |of: fn(&SerialReport) -> usize| reports.iter().map(of).sum::<usize>();
    let mean = |of: fn(&SerialReport) -> f64| reports.iter().map(of).sum::<f64>() / count;
    let share = |part: usize, of: usize| if of == 0 { 0.0 } else { 100.0 * part as f64 / of as f64 };
    if reports.len() > 1 {
        eprintln!("serials               {}", reports.len());
    }
    eprintln!("chapters              {} of {}", sum(|r| r.chapters), sum(|r| r.planned));
    eprintln!("words                 {}", sum(|r| r.words));
    let (passages, free, generated) = (sum(|r| r.passages), sum(|r| r.free), sum(|r| r.generated));
    eprintln!("passages              {passages}, of which {free} are free");
    eprintln!(
        "written by the model  {generated} passages ({:.1} % of the free ones), {:.1} % of all words",
        share(generated, free),
        100.0 * mean(|r| r.generated_share)
    );
    let mut reasons: Vec<(String, usize)> = Vec::new();
    for (why, times) in reports.iter().flat_map(|report| &report.fallbacks) {
        match reasons.iter_mut().find(|(other, _)| other == why) {
            Some((_, all)) => *all += times,
            None => reasons.push((why.clone(), *times)),
        }
    }
    reasons.sort_by(|(a, more), (b, less)| less.cmp(more).then(a.cmp(b)));
    if !reasons.is_empty() {
        let reasons: Vec<String> = reasons.iter().map(|(why, times)| format!("{why} {times}")).collect();
        eprintln!("as written because    {}", reasons.join(", "));
    }
    eprintln!("threads               {} opened, {} closed", sum(|r| r.opened), sum(|r| r.closed));
    let last = reports.iter().filter(|report| report.first_closes_last).count();
    eprintln!("first one closes last {last} of {}", reports.len());
    eprintln!("entity consistency    {:.2} %", 100.0 * mean(|r| r.entity_consistency));
    for misplaced in reports.iter().flat_map(|report| &report.misplaced).take(20) {
        eprintln!("  chapter {}, {}: {} is {}", misplaced.chapter, misplaced.passage, misplaced.name, misplaced.what);
    }
    eprintln!("without a needed word {}", sum(|r| r.without_must));
    eprintln!("told twice            {}", sum(|r| r.repeated_passages));
    eprintln!("seq-rep-4             {:.2} %", 100.0 * mean(|r| r.seq_rep_4));
}
