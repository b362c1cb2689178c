//! `X.baked.ron` as text: for people to read and mark, and the same for the same rows.

use std::fmt::Write;

use super::review::{locks_of, say_of};
use super::{Review, RowState};
use crate::story::format::{Story, Variant};
use crate::story::quoted::quoted;

const HEAD: &str = "\
// Variants that a model has written, for review. Set `accept: true` for those that may be shown, mend `say` where a word
// is wrong, leave a `note`. `raconteur bake` keeps all of that and adds. A row with `reasons` breaks a rule of its line.
";

/// The table as RON, texts in the order of the story, each with its authored text in a comment.
#[must_use]
pub fn to_ron(story: &Story, review: &Review) -> String {
    let mut out = format!("{HEAD}{{\n");
    let mut ids: Vec<&str> =
        review.rows.iter().filter(|(_, rows)| !rows.is_empty()).map(|(id, _)| id.as_str()).collect();
    let order = order_of(story);
    // A stable sort: what the story does not have any more stays where it was, behind the rest.
    ids.sort_by_key(|id| order.iter().position(|other| other == id).unwrap_or(usize::MAX));
    for id in ids {
        let locks = locks_of(story, id);
        match say_of(story, id) {
            Some(say) => write_line(&mut out, &format!("    // {}", one_line(say))),
            None => write_line(&mut out, "    // (the story has no such text any more)"),
        }
        write_line(&mut out, &format!("    {}: [", quoted(id)));
        for row in review.of(id) {
            let stale =
                if Review::state(row, &locks) == RowState::Stale { "  // stale: the text has changed" } else { "" };
            write_line(&mut out, &format!("        {},{stale}", row_text(row)));
        }
        write_line(&mut out, "    ],");
    }
    out.push_str("}\n");
    out
}

fn write_line(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

fn row_text(row: &Variant) -> String {
    let mut text = format!("(accept: {}, score: {:.3}, say: {}", row.accept, finite(row.score), quoted(&row.say));
    if !row.reasons.is_empty() {
        let reasons: Vec<String> = row.reasons.iter().map(|reason| quoted(reason)).collect();
        // Writing to a string cannot fail.
        let _ = write!(text, ", reasons: [{}]", reasons.join(", "));
    }
    if !row.note.is_empty() {
        let _ = write!(text, ", note: {}", quoted(&row.note));
    }
    let _ = write!(text, ", lock: {})", quoted(&row.lock));
    text
}

/// RON has no numbers that are none.
fn finite(score: f32) -> f32 {
    if score.is_finite() { score } else { 0.0 }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn order_of(story: &Story) -> Vec<&str> {
    let mut order: Vec<&str> = Vec::new();
    for (_, beat) in story.beats.iter() {
        order.extend(beat.lines.iter().map(|line| line.id.as_str()));
        order.extend(beat.slot.iter().flat_map(|slot| &slot.outcomes).map(|outcome| outcome.id.as_str()));
    }
    order.extend(story.storylets.iter().map(|storylet| storylet.id.as_str()));
    order
}
