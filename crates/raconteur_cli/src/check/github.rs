//! Findings as workflow commands of GitHub Actions, which puts them beside the lines of a pull request.
//!
//! Source: GitHub documentation, "Workflow commands for GitHub Actions"; the escapes are those of actions/toolkit,
//! `packages/core/src/command.ts`: `%`, `\r` and `\n` in a message, and `:` and `,` in a property too.

use raconteur_core::story::diagnostic::Severity;

use super::{Outcome, end_of, human, page};

/// One command a finding, then one plain line a story.
pub(super) fn print(outcome: &Outcome) -> String {
    let mut text = String::new();
    for report in &outcome.reports {
        for found in &report.checked.diagnostics {
            let level = match found.severity {
                Severity::Error => "error",
                Severity::Warn => "warning",
                Severity::Info | Severity::Note => "notice",
            };
            let (end_line, end_column) = end_of(&report.checked, found);
            let place = &found.primary;
            let mut message = found.message.clone();
            if let Some(help) = &found.help {
                message.push_str("\nhelp: ");
                message.push_str(help);
            }
            message.push('\n');
            message.push_str(&page(found.code));
            text.push_str(&format!(
                "::{level} file={},line={},col={},endLine={end_line},endColumn={end_column},title={}::{}\n",
                property(&place.file),
                place.line,
                place.column,
                property(found.code),
                data(&message),
            ));
        }
    }
    for report in &outcome.reports {
        // A line of a log that began with `::` would be a command.
        text.push_str(&data(&format!("checked {}: {}", report.path, human::summary(report))));
        text.push('\n');
    }
    text
}

/// A message, on one line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which ends at a comma or at two colons.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(data("100 %\r\nnext, a: b"), "100 %25%0D%0Anext, a: b");
        assert_eq!(property("C:\\a,b::c%\n"), "C%3A\\a%2Cb%3A%3Ac%25%0A");
        assert_eq!(property("a b/ş 鐘.ron"), "a b/ş 鐘.ron");
    }
}
