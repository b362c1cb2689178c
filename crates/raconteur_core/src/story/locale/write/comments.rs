//! Comments between the values of a RON file.

use crate::story::spans::tokens;

/// The comments of a stretch that holds no values.
#[derive(Default)]
pub(super) struct Gap {
    /// Those on the line that the stretch begins on.
    pub beside: Vec<String>,
    /// Those on later lines.
    pub below: Vec<String>,
}

impl Gap {
    /// Reads a stretch of white space, commas and comments.
    pub fn read(text: &str) -> Self {
        let mut gap = Self::default();
        let mut at = 0;
        let mut line = 0;
        while let Some(first) = text[at..].chars().next() {
            let rest = &text[at..];
            let length = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                block(rest)
            } else {
                line += usize::from(first == '\n');
                at += first.len_utf8();
                continue;
            };
            let comment = rest[..length].trim_end();
            // A line comment ends its line, so one beside an entry may stand only last.
            let list = if line == 0 { &mut gap.beside } else { &mut gap.below };
            list.push(comment.to_owned());
            line += comment.matches('\n').count();
            at += length;
        }
        gap
    }
}

/// The comments among the tokens of a value.
pub(super) fn inside(value: &str) -> Vec<String> {
    let mut comments = Vec::new();
    let mut at = 0;
    for token in tokens(value) {
        let Gap { beside, below } = Gap::read(&value[at..token.span.start]);
        comments.extend(beside);
        comments.extend(below);
        at = token.span.end;
    }
    comments
}

/// Length of a `/* .. */`, which may hold others.
fn block(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match rest.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}
