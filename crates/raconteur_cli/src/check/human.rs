//! Findings for people.

use super::{Outcome, Report, stats};

/// The findings of all stories, with a summary and, if asked for, statistics of each.
pub(super) fn print(outcome: &Outcome, color: bool) -> String {
    let several = outcome.reports.len() + outcome.unreadable.len() > 1;
    let mut text = String::new();
    for (index, report) in outcome.reports.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let findings = report.checked.render(color);
        text.push_str(&findings);
        text.push_str(if findings.is_empty() { "" } else { "\n\n" });
        if several {
            text.push_str(&format!("{}: ", report.path));
        }
        text.push_str(&summary(report));
        text.push('\n');
        if let Some(counted) = &report.stats {
            text.push('\n');
            text.push_str(&stats::table(counted));
        }
    }
    text
}

/// One line: what was found, and what was not looked at.
pub(super) fn summary(report: &Report) -> String {
    let found = report.checked.summary();
    if report.unmeasured { format!("{found}; prompts not measured, which needs --model DIR") } else { found }
}
